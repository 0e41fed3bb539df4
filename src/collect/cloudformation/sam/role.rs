//! The role that the macro makes for a function or state machine that names none: `Policies` and `Role` of
//! "AWS::Serverless::Function" and "AWS::Serverless::StateMachine" in the AWS SAM Developer Guide; its logical id is that
//! of its owner with `Role` behind it ("Generated CloudFormation resources").

use super::{entry, function, is_open, merged, text};
use crate::collect::cloudformation::resolve::TRANSFORM;
use crate::collect::cloudformation::tree::{Entry, Node, Span, Value};

/// Properties for whose sake the macro attaches further policies of AWS to a function's role.
const ADDING: [&str; 6] =
    ["VpcConfig", "Tracing", "Events", "DeadLetterQueue", "EventInvokeConfig", "DeploymentPreference"];

/// What every role of a function has.
const BASIC: &str = "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

/// The role; none where the owner has one already.
pub(super) fn of(owner: &Entry, global: Option<&Node>) -> Option<Entry> {
    let kind = owner.value.get("Type").and_then(Node::text)?;
    let is_function = &*kind == "AWS::Serverless::Function";
    let span = owner.value.span;
    let nothing = Node { value: Value::Map(Vec::new()), span };
    let own = owner.value.get("Properties").unwrap_or(&nothing);
    let properties = match global.filter(|_| is_function) {
        Some(global) => merged(global, own),
        None => own.clone(),
    };
    // Whether it has a role hangs on a condition, or on what a function inserts.
    let unsure = match properties.get("Role") {
        Some(role) if role.get("Fn::If").is_some() => true,
        Some(_) => return None,
        None => properties.entries().iter().any(is_open),
    };
    let mut parts = vec![entry("Type", text("AWS::IAM::Role", span))];
    parts.push(entry("Properties", Node { value: Value::Map(role(&owner.key, &properties, is_function)), span }));
    if unsure {
        parts.push(entry(TRANSFORM, text("", span)));
    }
    let inherited = owner.value.entries().iter().filter(|part| matches!(&*part.key, "Condition" | "Metadata"));
    parts.extend(inherited.cloned());
    Some(Entry {
        key: format!("{}Role", owner.key).into(),
        key_span: owner.key_span,
        value: Node { value: Value::Map(parts), span },
    })
}

fn role(owner: &str, from: &Node, is_function: bool) -> Vec<Entry> {
    let span = from.span;
    let (mut managed, mut inline) = (Vec::new(), Vec::new());
    if is_function {
        managed.push(function("Fn::Sub", text(BASIC, span), span));
    }
    if let Some(by) = from.entries().iter().find(|entry| ADDING.contains(&&*entry.key)) {
        managed.push(unknown(by.key_span));
    }
    if let Some(policies) = from.get("Policies") {
        let all = match &policies.value {
            Value::List(all) => all.as_slice(),
            _ => std::slice::from_ref(policies),
        };
        for (index, policy) in all.iter().enumerate() {
            let name = format!("{owner}RolePolicy{index}");
            match &policy.value {
                Value::Map(entries) if policy.get("Statement").is_some() && !entries.iter().any(is_open) => {
                    inline.push(named(&name, policy.clone()));
                }
                Value::Map(entries) => match entries.as_slice() {
                    // The ARN of a managed policy; but a condition may choose any kind of policy.
                    [entry] if is_open(entry) && &*entry.key != "Fn::If" || &*entry.key == "Ref" => {
                        managed.push(policy.clone());
                    }
                    // A policy template, whose text the macro has.
                    _ => inline.push(named(&name, unknown(policy.span))),
                },
                _ => managed.push(match policy.text() {
                    Some(arn) if arn.starts_with("arn:") => policy.clone(),
                    // The name of a policy of AWS, to which the macro finds the path.
                    _ => unknown(policy.span),
                }),
            }
        }
    }
    let trust = from.get("AssumeRolePolicyDocument").cloned().unwrap_or_else(|| trust(is_function, span));
    let mut properties = vec![
        entry("AssumeRolePolicyDocument", trust),
        entry("ManagedPolicyArns", Node { value: Value::List(managed), span }),
        entry("Policies", Node { value: Value::List(inline), span }),
    ];
    for (key, written) in [("RolePath", "Path"), ("PermissionsBoundary", "PermissionsBoundary")] {
        properties.extend(from.get(key).map(|value| entry(written, value.clone())));
    }
    properties
}

fn named(name: &str, document: Node) -> Node {
    let span = document.span;
    Node { value: Value::Map(vec![entry("PolicyName", text(name, span)), entry("PolicyDocument", document)]), span }
}

/// What the macro makes, which is not worked out here.
fn unknown(span: Span) -> Node {
    function(TRANSFORM, text("", span), span)
}

/// Who may assume it, unless it says so itself.
fn trust(is_function: bool, span: Span) -> Node {
    let service = if is_function { "lambda.amazonaws.com" } else { "states.amazonaws.com" };
    let map = |entries: Vec<Entry>| Node { value: Value::Map(entries), span };
    let statement = map(vec![
        entry("Effect", text("Allow", span)),
        entry("Principal", map(vec![entry("Service", text(service, span))])),
        entry("Action", text("sts:AssumeRole", span)),
    ]);
    map(vec![
        entry("Version", text("2012-10-17", span)),
        entry("Statement", Node { value: Value::List(vec![statement]), span }),
    ])
}
