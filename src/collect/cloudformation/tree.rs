//! One tree for YAML and JSON: every value and every key knows where it stands.

use std::sync::Arc;

use crate::model::position::Point;

pub use crate::collect::declared::lines::{Lines, Span};

/// How deep values may be nested. CloudFormation itself refuses templates long before.
pub const MAX_DEPTH: usize = 128;
/// How many nodes a document may have, aliases written out. A template of the largest size that CloudFormation takes
/// (1 MB: "AWS CloudFormation quotas") stays well below.
pub const MAX_NODES: usize = 1_000_000;

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Its first and last character; a tag belongs to it.
    pub span: Span,
}

/// What a value may be.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`, `~` or nothing at all.
    Null,
    /// A boolean, in YAML also `yes`, `no`, `on`, `off`; and as it is written, since it may be meant as a name.
    Bool(bool, Arc<str>),
    /// A number as it is written, or any other plain text of YAML.
    Plain(Arc<str>),
    /// A quoted or block text.
    Quoted(Arc<str>),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the file; keys are unique.
    Map(Vec<Entry>),
}

/// One key of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Arc<str>,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The entries of a mapping; none of anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|entry| &*entry.key == key).map(|entry| &entry.value)
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<Arc<str>> {
        match &self.value {
            Value::Plain(text) | Value::Quoted(text) => Some(text.clone()),
            Value::Bool(value, _) => Some(if *value { "true".into() } else { "false".into() }),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The text of a scalar that names something in the template: a condition may be called `Yes`.
    pub fn name(&self) -> Option<Arc<str>> {
        match &self.value {
            Value::Bool(_, written) => Some(written.clone()),
            _ => self.text(),
        }
    }
}

/// Why a text is no tree, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TreeError {
    /// What is wrong, without a full stop.
    pub message: String,
    /// The first character that is wrong.
    pub at: Point,
}

/// The second of two equal keys, with the line of the first.
pub fn duplicate_key(key: &str, first: Span, second: Span) -> TreeError {
    TreeError {
        message: format!("key `{key}` stands twice, on lines {} and {}", first.start.line, second.start.line),
        at: second.start,
    }
}

/// The line that says what is too deep or too large.
pub fn over_budget(what: &str, at: Point) -> TreeError {
    TreeError { message: format!("{what}, which no template needs"), at }
}
