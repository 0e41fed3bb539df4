//! YAML into the tree, CloudFormation's short tags written out (`!Ref X` is `{Ref: X}`).
//!
//! Text that needs no quotes is read by YAML 1.1, as CloudFormation does ("Template format" in the CloudFormation
//! User Guide): `yes`, `no`, `on` and `off` are booleans. Anchors, aliases and merge keys are taken although
//! CloudFormation itself wants them written out first, since `aws cloudformation package` does that.

pub mod comments;

use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span as Range, StrInput, Tag};

use super::tree::{Entry, Lines, MAX_DEPTH, MAX_NODES, Node, Span, TreeError, Value, duplicate_key, over_budget};
use crate::model::position::Point;

/// What a text holds.
#[derive(Debug)]
pub struct Document {
    /// The first document; none where the text is empty.
    pub first: Option<Node>,
    /// Where a second document begins, if one does.
    pub second: Option<Point>,
}

/// Reads the first document. Fails at the first character that is no YAML.
pub fn read(text: &str) -> Result<Document, TreeError> {
    let options = granit_parser::options! {
        emit_comments: false,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
        // A key of JSON written as YAML may be long.
        simple_key_max_lookahead: 65_536,
    };
    let lines = Lines::new(text);
    let parser = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder { parser, lines, anchors: HashMap::new(), nodes: 0 };
    builder.document()
}

type Anchors = HashMap<usize, (Arc<Node>, usize)>;

struct Builder<'a> {
    parser: Parser<'a, StrInput<'a>>,
    lines: Lines,
    /// Anchored nodes, each with how many nodes it has.
    anchors: Anchors,
    nodes: usize,
}

impl<'a> Builder<'a> {
    fn document(&mut self) -> Result<Document, TreeError> {
        let mut first = None;
        let mut seen = false;
        while let Some((event, range)) = self.next()? {
            match event {
                Event::DocumentStart(..) if seen => {
                    return Ok(Document { first, second: Some(self.start(&range)) });
                }
                Event::StreamStart | Event::DocumentStart(..) => {}
                Event::DocumentEnd => seen = true,
                Event::StreamEnd => break,
                other => first = Some(self.node(other, range, 0)?),
            }
        }
        Ok(Document { first, second: None })
    }

    fn next(&mut self) -> Result<Option<(Event<'a>, Range)>, TreeError> {
        self.parser.next_event().transpose().map_err(|error| self.error(&error))
    }

    fn error(&self, error: &ScanError) -> TreeError {
        let at = match error.marker().byte_offset() {
            Some(offset) => self.lines.point(offset),
            None => Point { line: u32::try_from(error.marker().line()).unwrap_or(u32::MAX), column: 1 },
        };
        TreeError { message: error.info().replace('\n', " "), at }
    }

    fn node(&mut self, event: Event<'a>, range: Range, depth: usize) -> Result<Node, TreeError> {
        let start = self.start(&range);
        if depth > MAX_DEPTH {
            return Err(over_budget(&format!("values are nested over {MAX_DEPTH} deep"), start));
        }
        self.count(1, start)?;
        let before = self.nodes;
        let (value, anchor, tag, end) = match event {
            Event::Alias(id) => return self.alias(id, &range, depth),
            Event::Scalar(text, style, anchor, tag) => {
                let end = range.byte_range().map_or(start, |bytes| self.lines.point(bytes.end));
                (scalar(&text, style, tag.as_deref()), anchor, tag, end)
            }
            Event::SequenceStart(_, anchor, tag) => {
                let (elements, end) = self.sequence(depth)?;
                (Value::List(elements), anchor, tag, end)
            }
            Event::MappingStart(_, anchor, tag) => {
                let (entries, end) = self.mapping(depth)?;
                (Value::Map(entries), anchor, tag, end)
            }
            _ => return Err(TreeError { message: "a value was expected".to_owned(), at: start }),
        };
        let mut node = Node { value, span: Span { start, end: end.max(start) } };
        if let Some(function) = tag.as_deref().and_then(function) {
            node = written_out(function, node);
        }
        if anchor != 0 {
            self.anchors.insert(anchor, (Arc::new(node.clone()), self.nodes - before + 1));
        }
        Ok(node)
    }

    /// A copy of the anchored node, at the alias's place: its inner values keep theirs.
    fn alias(&mut self, id: usize, range: &Range, depth: usize) -> Result<Node, TreeError> {
        let start = self.start(range);
        let Some((node, count)) = self.anchors.get(&id).cloned() else {
            return Err(TreeError { message: "an alias stands inside its own anchor".to_owned(), at: start });
        };
        self.count(count, start)?;
        if depth + height(&node) > MAX_DEPTH {
            return Err(over_budget(&format!("aliases nest values over {MAX_DEPTH} deep"), start));
        }
        let end = range.byte_range().map_or(start, |bytes| self.lines.point(bytes.end));
        Ok(Node { value: node.value.clone(), span: Span { start, end } })
    }

    fn sequence(&mut self, depth: usize) -> Result<(Vec<Node>, Point), TreeError> {
        let mut elements: Vec<Node> = Vec::new();
        while let Some((event, range)) = self.next()? {
            if matches!(event, Event::SequenceEnd) {
                let end = self.end(&range, elements.last().map(|element| element.span.end));
                return Ok((elements, end));
            }
            elements.push(self.node(event, range, depth + 1)?);
        }
        Err(TreeError { message: "the list does not end".to_owned(), at: self.lines.point(usize::MAX) })
    }

    fn mapping(&mut self, depth: usize) -> Result<(Vec<Entry>, Point), TreeError> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut merged: Vec<Entry> = Vec::new();
        let mut seen: HashMap<Arc<str>, Span> = HashMap::new();
        while let Some((event, range)) = self.next()? {
            if matches!(event, Event::MappingEnd) {
                let end = self.end(&range, entries.last().map(|entry| entry.value.span.end));
                entries.extend(
                    merged.into_iter().filter(|entry| seen.insert(entry.key.clone(), entry.key_span).is_none()),
                );
                return Ok((entries, end));
            }
            let plain = matches!(event, Event::Scalar(_, ScalarStyle::Plain, ..));
            let name = if let Event::Scalar(text, ..) = &event { Some(Arc::<str>::from(text.as_ref())) } else { None };
            let key_node = self.node(event, range, depth + 1)?;
            // `On: x` has the key "On" for CloudFormation, not `true`: the key's own text counts.
            let Some(key) = name.or_else(|| key_node.name()) else {
                return Err(TreeError { message: "a key must be text".to_owned(), at: key_node.span.start });
            };
            let Some((event, range)) = self.next()? else { break };
            let value = self.node(event, range, depth + 1)?;
            if &*key == "<<" && plain {
                match value.value {
                    Value::Map(more) => merged.extend(more),
                    Value::List(maps) => merged.extend(maps.into_iter().flat_map(|map| match map.value {
                        Value::Map(more) => more,
                        _ => Vec::new(),
                    })),
                    _ => {}
                }
                continue;
            }
            if let Some(first) = seen.insert(key.clone(), key_node.span) {
                return Err(duplicate_key(&key, first, key_node.span));
            }
            entries.push(Entry { key, key_span: key_node.span, value });
        }
        Err(TreeError { message: "the mapping does not end".to_owned(), at: self.lines.point(usize::MAX) })
    }

    fn count(&mut self, more: usize, at: Point) -> Result<(), TreeError> {
        self.nodes = self.nodes.saturating_add(more);
        if self.nodes > MAX_NODES {
            return Err(over_budget(&format!("there are over {MAX_NODES} values, aliases written out"), at));
        }
        Ok(())
    }

    /// Where a value begins: at its tag, if it has one.
    fn start(&self, range: &Range) -> Point {
        let offset = range.tag_start().and_then(|tag| tag.byte_offset());
        self.lines.point(offset.or_else(|| range.byte_range().map(|bytes| bytes.start)).unwrap_or_default())
    }

    /// Where a collection ends: with its closing bracket, or in block style, where the parser names the next token,
    /// with its last value.
    fn end(&self, range: &Range, last: Option<Point>) -> Point {
        let bytes = range.byte_range().unwrap_or_default();
        if bytes.is_empty() {
            last.unwrap_or_else(|| self.lines.point(bytes.start))
        } else {
            self.lines.point(bytes.end)
        }
    }
}

fn height(node: &Node) -> usize {
    match &node.value {
        Value::List(elements) => 1 + elements.iter().map(height).max().unwrap_or(0),
        Value::Map(entries) => 1 + entries.iter().map(|entry| height(&entry.value)).max().unwrap_or(0),
        _ => 0,
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let quoted = || Value::Quoted(text.into());
    if style != ScalarStyle::Plain {
        return quoted();
    }
    match tag {
        Some(tag) if tag.is_yaml_core_schema_tag("str") || function(tag).is_some() => quoted(),
        _ => plain(text),
    }
}

/// The YAML 1.1 types "bool" and "null".
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Value::Bool(true, text.into()),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Value::Bool(false, text.into()),
        _ => Value::Plain(text.into()),
    }
}

/// The long name of a short tag: `Ref`, `Condition`, `Fn::Sub`.
fn function(tag: &Tag) -> Option<Arc<str>> {
    let original = tag.original();
    let name = original.strip_prefix('!')?;
    if name.is_empty() || name.starts_with('!') || name.starts_with('<') {
        return None;
    }
    Some(match name {
        "Ref" | "Condition" => name.into(),
        _ => format!("Fn::{name}").into(),
    })
}

fn written_out(function: Arc<str>, mut argument: Node) -> Node {
    let span = argument.span;
    // `!GetAZs ""` and `!Ref` without a value: a tag on nothing is an empty text.
    if argument.value == Value::Null {
        argument.value = Value::Quoted("".into());
    }
    Node { value: Value::Map(vec![Entry { key: function, key_span: span, value: argument }]), span }
}
