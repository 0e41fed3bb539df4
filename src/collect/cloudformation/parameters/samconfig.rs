//! `samconfig.toml`: `[ENVIRONMENT.COMMAND.parameters]` with `parameter_overrides` and `tags`.
//!
//! "AWS SAM CLI configuration file" in the AWS SAM Developer Guide: the environment is `default` unless another is named,
//! and what stands under a command replaces what stands under `global`.

use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Fault, ParameterFile, scalar, set};
use crate::collect::cloudformation::tree::{Entry, Lines, Node, TreeError, Value};

/// TOML as a tree.
pub(super) fn tree(text: &str) -> Result<Option<Node>, TreeError> {
    let lines = Lines::new(text);
    let table = DeTable::parse(text).map_err(|error| TreeError {
        message: error.message().replace('\n', " "),
        at: lines.point(error.span().map_or(0, |span| span.start)),
    })?;
    let span = lines.span(table.span().start, table.span().end);
    Ok(Some(Node { value: map(table.get_ref(), &lines), span }))
}

fn map(table: &DeTable<'_>, lines: &Lines) -> Value {
    let entry = |(key, value): (&Spanned<std::borrow::Cow<'_, str>>, &Spanned<DeValue<'_>>)| Entry {
        key: Arc::from(key.get_ref().as_ref()),
        key_span: lines.span(key.span().start, key.span().end),
        value: node(value, lines),
    };
    Value::Map(table.iter().map(entry).collect())
}

fn node(value: &Spanned<DeValue<'_>>, lines: &Lines) -> Node {
    let span = lines.span(value.span().start, value.span().end);
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Quoted(text.as_ref().into()),
        DeValue::Integer(number) => Value::Plain(number.as_str().into()),
        DeValue::Float(number) => Value::Plain(number.as_str().into()),
        DeValue::Boolean(value) => Value::Bool(*value, if *value { "true".into() } else { "false".into() }),
        DeValue::Datetime(time) => Value::Quoted(time.to_string().into()),
        DeValue::Array(elements) => Value::List(elements.iter().map(|element| node(element, lines)).collect()),
        DeValue::Table(table) => map(table, lines),
    };
    Node { value, span }
}

/// Whether a tree looks like one: an environment in it has parameters of a command.
pub(super) fn is_one(tree: &Node) -> bool {
    tree.entries().iter().any(|entry| is_environment(&entry.value))
}

fn is_environment(node: &Node) -> bool {
    node.entries().iter().any(|command| command.value.get("parameters").is_some())
}

/// Reads what `sam deploy` would take.
pub(super) fn read(tree: &Node, found: &mut ParameterFile) -> Result<(), Fault> {
    let environments: Vec<&Entry> = tree.entries().iter().filter(|entry| is_environment(&entry.value)).collect();
    let environment = match environments.as_slice() {
        [one] => one,
        several => match several.iter().find(|entry| &*entry.key == "default") {
            Some(default) => default,
            None => return Err(Fault::new("none of the environments is called `default`", tree.span)),
        },
    };
    let option = |name: &str| {
        ["deploy", "global"].into_iter().find_map(|command| {
            environment.value.get(command).and_then(|command| command.get("parameters")).and_then(|all| all.get(name))
        })
    };
    if let Some(node) = option("parameter_overrides") {
        overrides(node, &mut |name, value, node| set(name, value, node.span, found))?;
    }
    if let Some(node) = option("tags") {
        overrides(node, &mut |key, value, _| {
            found.tags.insert(key.to_owned(), value.to_owned());
            Ok(())
        })?;
    }
    Ok(())
}

type Each<'a> = dyn FnMut(&str, &str, &Node) -> Result<(), Fault> + 'a;

/// A text of words `K=V`, quoted as a shell does it; a list of such texts; or a mapping.
fn overrides(node: &Node, each: &mut Each<'_>) -> Result<(), Fault> {
    match &node.value {
        Value::List(elements) => elements.iter().try_for_each(|element| overrides(element, each)),
        Value::Map(entries) => entries.iter().try_for_each(|entry| match scalar(&entry.value) {
            Some(value) => each(&entry.key, &value, &entry.value),
            None => Err(Fault::new(format!("the value of `{}` is no text", entry.key), entry.value.span)),
        }),
        _ => {
            let Some(text) = node.text() else { return Err(Fault::new("this is no text of words `K=V`", node.span)) };
            let Some(words) = shlex::split(&text) else {
                return Err(Fault::new("a quotation mark is not closed", node.span));
            };
            words.iter().try_for_each(|word| {
                // The form of older versions.
                let older = word.strip_prefix("ParameterKey=").and_then(|rest| rest.split_once(",ParameterValue="));
                match older.or_else(|| word.split_once('=')) {
                    Some((name, value)) => each(name, value, node),
                    None => Err(Fault::new(format!("`{word}` is not written NAME=VALUE"), node.span)),
                }
            })
        }
    }
}
