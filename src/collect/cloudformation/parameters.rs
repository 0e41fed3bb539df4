//! Files with the values of template parameters: those of the AWS CLI, of CodePipeline and Git sync, and of the SAM CLI.
//!
//! "create-stack" and "deploy" of `aws cloudformation` in the AWS CLI Command Reference; "Template configuration file"
//! in the CloudFormation User Guide (artifacts of CodePipeline, deployment files of Git sync); "AWS SAM CLI
//! configuration file" in the AWS SAM Developer Guide.

mod samconfig;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::tree::{Entry, Node, Span, TreeError, Value};

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParameterFile {
    /// Values, by the name of the parameter.
    pub values: BTreeMap<String, String>,
    /// Parameters whose values the file leaves to somebody else, each with the reason as the rest of a sentence that
    /// begins with the parameter. They have not their defaults.
    pub unknown: BTreeMap<String, String>,
    /// Tags of the stack.
    pub tags: BTreeMap<String, String>,
}

impl ParameterFile {
    /// Adds what another one says, which goes before.
    pub fn put(&mut self, later: Self) {
        for (name, value) in later.values {
            self.unknown.remove(&name);
            self.values.insert(name, value);
        }
        for (name, why) in later.unknown {
            self.values.remove(&name);
            self.unknown.insert(name, why);
        }
        self.tags.extend(later.tags);
    }
}

/// Why a file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{file}`, line {line}: {message}")]
pub struct ParameterError {
    /// The file, as it was given.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// What is wrong.
    pub message: String,
}

impl ParameterError {
    /// What the user can do.
    pub const fn help(&self) -> &'static str {
        "write `[{\"ParameterKey\": \"Env\", \"ParameterValue\": \"prod\"}]`, `[\"Env=prod\"]`, `{\"Parameters\": {\"Env\": \
         \"prod\"}}`, or a samconfig.toml with `parameter_overrides`"
    }
}

/// What is wrong, and where.
struct Fault {
    message: String,
    at: Span,
}

impl Fault {
    fn new(message: impl Into<String>, at: Span) -> Self {
        Self { message: message.into(), at }
    }
}

/// Reads a file with the values of parameters; its form is told by its content, TOML by its name. Fails with the first
/// thing that is wrong, since a value that was passed over would be judged by its default.
pub fn read(file: &str, text: &str) -> Result<ParameterFile, ParameterError> {
    let failed = |message: String, line: u32| ParameterError { file: file.to_owned(), line, message };
    let tree = if file.to_ascii_lowercase().ends_with(".toml") {
        samconfig::tree(text)
    } else {
        super::parse(if text.trim_start().starts_with(['{', '[']) { "" } else { "t.yaml" }, text)
    };
    let tree = tree.map_err(|error: TreeError| failed(error.message, error.at.line))?;
    let Some(tree) = tree else { return Err(failed("the file is empty".to_owned(), 1)) };
    let mut found = ParameterFile::default();
    form(&tree, &mut found).map_err(|fault| failed(fault.message, fault.at.start.line))?;
    Ok(found)
}

fn form(tree: &Node, found: &mut ParameterFile) -> Result<(), Fault> {
    if let Value::List(elements) = &tree.value {
        return elements.iter().try_for_each(|element| listed(element, found));
    }
    let section = |name: &str| tree.get(name).or_else(|| tree.get(&name.to_lowercase()));
    if let Some(parameters) = section("Parameters") {
        let Value::Map(entries) = &parameters.value else {
            return Err(Fault::new("`Parameters` is not a mapping of names to values", parameters.span));
        };
        entries.iter().try_for_each(|entry| configured(entry, found))?;
        return section("Tags").map_or(Ok(()), |tags| stack_tags(tags, found));
    }
    if samconfig::is_one(tree) {
        return samconfig::read(tree, found);
    }
    Err(Fault::new("this is no form of a parameter file", tree.span))
}

/// An element of the AWS CLI's lists: `{ParameterKey, ParameterValue, UsePreviousValue}` or `Key=Value`.
fn listed(element: &Node, found: &mut ParameterFile) -> Result<(), Fault> {
    if let Some(text) = element.text() {
        let Some((name, value)) = text.split_once('=') else {
            return Err(Fault::new(format!("`{text}` is not written NAME=VALUE"), element.span));
        };
        return set(name, value, element.span, found);
    }
    let Some(name) = element.get("ParameterKey").and_then(Node::text) else {
        return Err(Fault::new("an element has no `ParameterKey`", element.span));
    };
    let previous = element.get("UsePreviousValue").is_some_and(|node| {
        matches!(node.value, Value::Bool(true, _)) || node.text().is_some_and(|text| text.eq_ignore_ascii_case("true"))
    });
    if previous {
        return withhold(&name, "keeps the value that it has in the deployed stack", element.span, found);
    }
    match element.get("ParameterValue") {
        Some(value) => match scalar(value) {
            Some(text) => set(&name, &text, element.span, found),
            None => Err(Fault::new(format!("the `ParameterValue` of `{name}` is no text"), value.span)),
        },
        None => Err(Fault::new(format!("`{name}` has no `ParameterValue`"), element.span)),
    }
}

/// An entry of a template configuration.
fn configured(entry: &Entry, found: &mut ParameterFile) -> Result<(), Fault> {
    match &entry.value.value {
        // `Fn::GetArtifactAtt` and `Fn::GetParam` of CodePipeline.
        Value::Map(function) if matches!(function.as_slice(), [one] if one.key.starts_with("Fn::")) => {
            withhold(&entry.key, "is read from an artifact when the pipeline runs", entry.key_span, found)
        }
        _ => match scalar(&entry.value) {
            Some(text) => set(&entry.key, &text, entry.key_span, found),
            None => Err(Fault::new(format!("the value of `{}` is no text", entry.key), entry.value.span)),
        },
    }
}

/// Tags as a mapping, or as a list of `{Key, Value}`.
fn stack_tags(tags: &Node, found: &mut ParameterFile) -> Result<(), Fault> {
    let mut add = |key: &str, value: &Node| match scalar(value) {
        Some(text) => {
            found.tags.insert(key.to_owned(), text);
            Ok(())
        }
        None => Err(Fault::new(format!("the value of tag `{key}` is no text"), value.span)),
    };
    match &tags.value {
        Value::Map(entries) => entries.iter().try_for_each(|entry| add(&entry.key, &entry.value)),
        Value::List(elements) => elements.iter().try_for_each(|element| {
            match (element.get("Key").and_then(Node::text), element.get("Value")) {
                (Some(key), Some(value)) => add(&key, value),
                _ => Err(Fault::new("a tag has no `Key` or no `Value`", element.span)),
            }
        }),
        _ => Err(Fault::new("`Tags` is not a mapping of keys to values", tags.span)),
    }
}

/// A scalar as it is written; nothing at all is an empty text.
fn scalar(node: &Node) -> Option<String> {
    match &node.value {
        Value::Null => Some(String::new()),
        Value::Bool(_, written) => Some(written.to_string()),
        _ => node.text().map(|text| text.to_string()),
    }
}

fn set(name: &str, value: &str, at: Span, found: &mut ParameterFile) -> Result<(), Fault> {
    unseen(name, at, found)?;
    found.values.insert(name.to_owned(), value.to_owned());
    Ok(())
}

fn withhold(name: &str, why: &str, at: Span, found: &mut ParameterFile) -> Result<(), Fault> {
    unseen(name, at, found)?;
    found.unknown.insert(name.to_owned(), why.to_owned());
    Ok(())
}

fn unseen(name: &str, at: Span, found: &ParameterFile) -> Result<(), Fault> {
    if name.is_empty() {
        return Err(Fault::new("a parameter has no name", at));
    }
    if found.values.contains_key(name) || found.unknown.contains_key(name) {
        return Err(Fault::new(format!("parameter `{name}` stands twice"), at));
    }
    Ok(())
}
