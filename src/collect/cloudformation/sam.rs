//! The macro `AWS::Serverless-2016-10-31`: what of its types becomes a resource that can be judged is written out as the
//! macro does it; its other types make nothing that Backstop knows.
//!
//! "AWS SAM resources and properties" and "Generated CloudFormation resources" in the AWS SAM Developer Guide.

mod role;

use std::sync::Arc;

use super::resolve::TRANSFORM;
use super::tree::{Entry, Node, Span, Value};

const MACRO: &str = "AWS::Serverless-2016-10-31";

/// The document as the macro makes it; none where it does not run.
pub(super) fn written_out(document: &Node) -> Option<Node> {
    let runs = |node: &Node| node.text().as_deref() == Some(MACRO);
    let transform = document.get("Transform")?;
    let runs = match &transform.value {
        Value::List(names) => names.iter().any(runs),
        _ => runs(transform),
    };
    if !runs {
        return None;
    }
    let globals = document.get("Globals");
    let section = |entry: &Entry| match &*entry.key {
        "Resources" => Entry { value: resources(&entry.value, globals), ..entry.clone() },
        _ => entry.clone(),
    };
    let entries = document.entries().iter().map(section).collect();
    Some(Node { value: Value::Map(entries), span: document.span })
}

fn resources(section: &Node, globals: Option<&Node>) -> Node {
    let Value::Map(entries) = &section.value else { return section.clone() };
    let mut all = Vec::with_capacity(entries.len());
    let mut made = Vec::new();
    for entry in entries {
        let kind = entry.value.get("Type").and_then(Node::text);
        let global = |name: &str| globals.and_then(|globals| globals.get(name));
        match kind.as_deref() {
            Some("AWS::Serverless::SimpleTable") => {
                all.push(changed(entry, "AWS::DynamoDB::Table", |from| table(from, global("SimpleTable"))));
            }
            Some("AWS::Serverless::Application") => {
                all.push(changed(entry, "AWS::CloudFormation::Stack", application));
            }
            Some("AWS::Serverless::Function" | "AWS::Serverless::StateMachine") => {
                all.push(entry.clone());
                rules(entry, &mut made);
                made.extend(role::of(entry, global("Function")));
            }
            _ => all.push(entry.clone()),
        }
    }
    // What the template itself declares under such a name is an error of its own.
    made.retain(|new: &Entry| all.iter().all(|entry| entry.key != new.key));
    all.extend(made);
    Node { value: Value::Map(all), span: section.span }
}

/// The resource with another type and other properties; its condition and the like stay.
fn changed(entry: &Entry, kind: &str, properties: impl Fn(&Node) -> Vec<Entry>) -> Entry {
    let change = |part: &Entry| match &*part.key {
        "Type" => Entry { value: text(kind, part.value.span), ..part.clone() },
        "Properties" if matches!(part.value.value, Value::Map(_)) => {
            Entry { value: Node { value: Value::Map(properties(&part.value)), ..part.value }, ..part.clone() }
        }
        _ => part.clone(),
    };
    let value = Value::Map(entry.value.entries().iter().map(change).collect());
    Entry { value: Node { value, span: entry.value.span }, ..entry.clone() }
}

/// "AWS::Serverless::Application": its `Location` is the template of a nested stack, or names an application of the
/// Serverless Application Repository.
fn application(from: &Node) -> Vec<Entry> {
    let rename = |entry: &Entry| match &*entry.key {
        "Location" => Entry { key: "TemplateURL".into(), ..entry.clone() },
        _ => entry.clone(),
    };
    from.entries().iter().map(rename).collect()
}

/// "AWS::Serverless::SimpleTable", with what `Globals` adds: a table with on-demand capacity unless it says otherwise.
fn table(from: &Node, global: Option<&Node>) -> Vec<Entry> {
    let merged = global.map_or_else(|| from.clone(), |global| merged(global, from));
    let keep = ["TableName", "ProvisionedThroughput", "SSESpecification", "PointInTimeRecoverySpecification", "Tags"];
    let mut all: Vec<Entry> =
        merged.entries().iter().filter(|entry| keep.contains(&&*entry.key) || is_open(entry)).cloned().collect();
    if merged.get("ProvisionedThroughput").is_none() {
        all.push(entry("BillingMode", text("PAY_PER_REQUEST", from.span)));
    }
    all
}

fn is_open(entry: &Entry) -> bool {
    entry.key.starts_with("Fn::")
}

/// "Globals section of the AWS SAM template": what stands at the resource replaces texts and numbers, is added to lists
/// and merged into mappings.
pub(super) fn merged(global: &Node, own: &Node) -> Node {
    let value = match (&global.value, &own.value) {
        (Value::Map(global), Value::Map(own)) if !is_function(global) && !is_function(own) => {
            let mut all: Vec<Entry> = Vec::with_capacity(global.len() + own.len());
            for entry in global {
                let over = own.iter().find(|other| other.key == entry.key);
                all.push(over.map_or_else(
                    || entry.clone(),
                    |over| Entry { value: merged(&entry.value, &over.value), ..over.clone() },
                ));
            }
            all.extend(own.iter().filter(|entry| global.iter().all(|other| other.key != entry.key)).cloned());
            Value::Map(all)
        }
        (Value::List(global), Value::List(own)) => Value::List(global.iter().chain(own).cloned().collect()),
        _ => own.value.clone(),
    };
    Node { value, span: own.span }
}

fn is_function(entries: &[Entry]) -> bool {
    matches!(entries, [entry] if &*entry.key == "Ref" || entry.key.starts_with("Fn::"))
}

/// The EventBridge rules of a function's or state machine's events; the logical id of each is that of the function and
/// that of the event.
fn rules(owner: &Entry, made: &mut Vec<Entry>) {
    let Some(events) = owner.value.get("Properties").and_then(|properties| properties.get("Events")) else { return };
    for event in events.entries() {
        let kind = event.value.get("Type");
        match kind.and_then(Node::text).as_deref() {
            // A function in place of an event, or of its type: there may be a rule, and nobody knows which.
            None if is_open(event) || kind.is_some() => {
                made.push(perhaps(owner, event));
                continue;
            }
            Some("EventBridgeRule" | "CloudWatchEvent" | "Schedule") => {}
            _ => continue,
        }
        let from = event.value.get("Properties");
        let mut properties = from.map(rule).unwrap_or_default();
        properties.push(entry("Targets", target(&owner.key, event.value.span)));
        let mut parts = vec![
            entry("Type", text("AWS::Events::Rule", event.value.span)),
            entry("Properties", Node { value: Value::Map(properties), span: event.value.span }),
        ];
        let inherited = owner.value.entries().iter().filter(|part| matches!(&*part.key, "Condition" | "Metadata"));
        parts.extend(inherited.cloned());
        made.push(Entry {
            key: format!("{}{}", owner.key, event.key).into(),
            key_span: event.key_span,
            value: Node { value: Value::Map(parts), span: event.value.span },
        });
    }
}

/// A rule that may be made, of which nothing is known.
fn perhaps(owner: &Entry, event: &Entry) -> Entry {
    let span = event.value.span;
    let parts = vec![entry("Type", text("AWS::Events::Rule", span)), entry(TRANSFORM, text("", span))];
    let letters = event.key.chars().filter(char::is_ascii_alphanumeric);
    let key: String = owner.key.chars().chain(letters).collect();
    Entry { key: key.into(), key_span: event.key_span, value: Node { value: Value::Map(parts), span } }
}

/// "EventBridgeRule" and "Schedule" of "EventSource": `Enabled` is written as a state.
fn rule(from: &Node) -> Vec<Entry> {
    let rename = |entry: &Entry| {
        let (key, value) = match &*entry.key {
            "Pattern" => ("EventPattern", entry.value.clone()),
            "Schedule" => ("ScheduleExpression", entry.value.clone()),
            "RuleName" | "Name" => ("Name", entry.value.clone()),
            "EventBusName" => ("EventBusName", entry.value.clone()),
            "State" => ("State", entry.value.clone()),
            "Enabled" if from.get("State").is_none() => ("State", state(&entry.value)),
            _ if is_open(entry) => return Some(entry.clone()),
            _ => return None,
        };
        Some(Entry { key: key.into(), key_span: entry.key_span, value })
    };
    from.entries().iter().filter_map(rename).collect()
}

fn state(enabled: &Node) -> Node {
    let known = match (&enabled.value, enabled.text().as_deref()) {
        (Value::Bool(value, _), _) => Some(*value),
        (_, Some("true")) => Some(true),
        (_, Some("false")) => Some(false),
        _ => None,
    };
    match known {
        Some(enabled_now) => text(if enabled_now { "ENABLED" } else { "DISABLED" }, enabled.span),
        // A function, which the macro cannot look into.
        None => function(TRANSFORM, text("", enabled.span), enabled.span),
    }
}

fn target(owner: &Arc<str>, span: Span) -> Node {
    let arn = [text(owner, span), text("Arn", span)];
    let arn = function("Fn::GetAtt", Node { value: Value::List(arn.into()), span }, span);
    let target = Node { value: Value::Map(vec![entry("Arn", arn)]), span };
    Node { value: Value::List(vec![target]), span }
}

fn text(text: &str, span: Span) -> Node {
    Node { value: Value::Quoted(text.into()), span }
}

fn entry(key: &str, value: Node) -> Entry {
    Entry { key: key.into(), key_span: value.span, value }
}

fn function(name: &str, argument: Node, span: Span) -> Node {
    Node { value: Value::Map(vec![entry(name, argument)]), span }
}
