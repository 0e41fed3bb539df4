//! One tree for YAML and JSON: every value and every key knows where it stands.

use std::sync::Arc;

use crate::model::position::Point;

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

/// From the first character to the one after the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first character.
    pub start: Point,
    /// The character after the last one.
    pub end: Point,
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

/// Turns byte offsets into lines and columns.
#[derive(Debug)]
pub struct Lines {
    /// The offset of each line's first byte.
    starts: Vec<usize>,
    /// For each character that is not ASCII: the offset after it, and by how much bytes exceed UTF-16 units so far.
    wide: Vec<(usize, usize)>,
    length: usize,
}

impl Lines {
    /// Reads a text once.
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        let mut wide = Vec::new();
        let mut excess = 0;
        let mut bytes = text.bytes().enumerate().peekable();
        while let Some((at, byte)) = bytes.next() {
            // Lines end with LF, CRLF or CR, in YAML ("Line Break Characters" of YAML 1.2) as in every viewer.
            let ends = byte == b'\n' || byte == b'\r' && bytes.peek().is_none_or(|(_, next)| *next != b'\n');
            if ends {
                starts.push(at + 1);
            }
        }
        if !text.is_ascii() {
            for (at, c) in text.char_indices().filter(|(_, c)| !c.is_ascii()) {
                excess += c.len_utf8() - c.len_utf16();
                wide.push((at + c.len_utf8(), excess));
            }
        }
        Self { starts, wide, length: text.len() }
    }

    /// The place of the character at this offset; the end of the text for any offset behind it.
    pub fn point(&self, offset: usize) -> Point {
        let offset = offset.min(self.length);
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index)).copied().unwrap_or(0);
        let units = (offset - start) - (self.excess(offset) - self.excess(start));
        Point { line: number(line), column: number(units + 1) }
    }

    /// The range of characters between two offsets.
    pub fn span(&self, start: usize, end: usize) -> Span {
        Span { start: self.point(start), end: self.point(end.max(start)) }
    }

    fn excess(&self, offset: usize) -> usize {
        let before = self.wide.partition_point(|(after, _)| *after <= offset);
        before.checked_sub(1).and_then(|index| self.wide.get(index)).map_or(0, |(_, excess)| *excess)
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
