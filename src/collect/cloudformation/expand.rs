//! `Fn::ForEach`: loops written out, as the transform `AWS::LanguageExtensions` does before the stack is made.
//!
//! "Fn::ForEach" in the CloudFormation Template Reference: a loop stands in `Conditions`, `Resources`, `Outputs` or
//! among properties, as `Fn::ForEach::Name: [Identifier, Collection, {OutputKey: OutputValue}]`. A loop over what is not
//! known stays as it is.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::resolve::Resolver;
use super::tree::{Entry, MAX_DEPTH, MAX_NODES, Node, Span, Value};
use crate::model::fact::Reasons;

/// How the key of a loop begins.
pub const LOOP: &str = "Fn::ForEach::";
/// What stands in place of a value that hangs on the identifier of a loop over what is not known: a function that is
/// never worked out.
pub const UNKNOWN: &str = "Fn::ForEach";
/// The longest text that identifiers are written into; a template has at most 1 MB ("AWS CloudFormation quotas").
const MAX_TEXT: usize = 1024 * 1024;

/// Whether a text may have loops at all.
pub fn may_have_loops(text: &str) -> bool {
    text.contains("Fn::ForEach")
}

/// The document with all loops written out whose collections can be worked out; none where that would be larger than
/// any template may be.
pub(super) fn loops<'t>(resolver: &mut Resolver<'t>, document: &'t Node) -> Option<Node> {
    let mut expansion = Expansion { resolver, nodes: 0, bound: Vec::new() };
    let section = |expansion: &mut Expansion<'_, 't>, entry: &Entry| {
        let value = match &*entry.key {
            "Conditions" | "Resources" | "Outputs" => expansion.node(&entry.value, 0),
            _ => entry.value.clone(),
        };
        Entry { key: entry.key.clone(), key_span: entry.key_span, value }
    };
    let entries = document.entries().iter().map(|entry| section(&mut expansion, entry)).collect();
    (expansion.nodes <= MAX_NODES).then_some(Node { value: Value::Map(entries), span: document.span })
}

struct Expansion<'a, 't> {
    resolver: &'a mut Resolver<'t>,
    /// How many nodes were written.
    nodes: usize,
    /// The identifiers of the loops around, each with its value; none where that is not known.
    bound: Vec<(Arc<str>, Option<String>)>,
}

impl<'t> Expansion<'_, 't> {
    fn node(&mut self, node: &Node, depth: usize) -> Node {
        self.nodes = self.nodes.saturating_add(1);
        let value = match &node.value {
            // What is over the budget is not written, and so nothing that is known.
            _ if self.nodes > MAX_NODES || depth > MAX_DEPTH * 2 => unknown(node.span),
            Value::Plain(text) | Value::Quoted(text) => match self.text(text) {
                Some(Text::Same) => node.value.clone(),
                Some(Text::Other(other)) => Value::Quoted(other.into()),
                None => unknown(node.span),
            },
            Value::List(elements) => {
                Value::List(elements.iter().map(|element| self.node(element, depth + 1)).collect())
            }
            Value::Map(entries) => match self.identifier(entries) {
                Some(Some(value)) => Value::Quoted(value.into()),
                Some(None) => unknown(node.span),
                None => Value::Map(self.entries(entries, depth)),
            },
            Value::Null | Value::Bool(..) => node.value.clone(),
        };
        Node { value, span: node.span }
    }

    /// The value of the identifier that `Ref` means, if it means one.
    fn identifier(&self, entries: &[Entry]) -> Option<Option<String>> {
        let [entry] = entries else { return None };
        let name = if &*entry.key == "Ref" { entry.value.name()? } else { return None };
        let (_, value) = self.bound.iter().rev().find(|(identifier, _)| *identifier == name)?;
        Some(value.clone())
    }

    fn entries(&mut self, entries: &[Entry], depth: usize) -> Vec<Entry> {
        if entries.iter().all(|entry| of_loop(entry).is_none()) {
            return entries.iter().map(|entry| self.entry(entry, depth)).collect();
        }
        let mut made: Vec<Vec<Entry>> = entries
            .iter()
            .map(|entry| match of_loop(entry) {
                Some(parts) => self.written_out(entry, parts, depth),
                None => vec![self.entry(entry, depth)],
            })
            .collect();
        let (mut seen, mut twice) = (BTreeSet::new(), BTreeSet::new());
        for entry in made.iter().flatten() {
            if !seen.insert(entry.key.clone()) {
                twice.insert(entry.key.clone());
            }
        }
        // CloudFormation refuses what is made twice, so nothing is known of what these loops make.
        for (entry, made) in entries.iter().zip(&mut made) {
            if let Some(parts) = of_loop(entry)
                && made.iter().any(|entry| twice.contains(&entry.key))
            {
                *made = vec![self.left(entry, parts, depth)];
            }
        }
        made.into_iter().flatten().collect()
    }

    fn entry(&mut self, entry: &Entry, depth: usize) -> Entry {
        let key = match self.text(&entry.key) {
            Some(Text::Other(other)) => other.into(),
            _ => entry.key.clone(),
        };
        Entry { key, key_span: entry.key_span, value: self.node(&entry.value, depth + 1) }
    }

    fn written_out(&mut self, entry: &Entry, parts: Loop<'_>, depth: usize) -> Vec<Entry> {
        let Ok(values) = self.collection(parts.collection, depth) else {
            return vec![self.left(entry, parts, depth)];
        };
        let mut written = Vec::new();
        for value in values {
            self.nodes = self.nodes.saturating_add(1);
            if self.nodes > MAX_NODES {
                break;
            }
            self.bound.push((parts.identifier.clone(), Some(value)));
            written.extend(self.entries(parts.fragment.entries(), depth + 1));
            self.bound.pop();
        }
        written
    }

    /// A loop that stays: how often it runs is not known, so its identifier means nothing that is known.
    fn left(&mut self, entry: &Entry, parts: Loop<'_>, depth: usize) -> Entry {
        self.bound.push((parts.identifier.clone(), None));
        let value = self.node(&entry.value, depth + 1);
        self.bound.pop();
        Entry { key: entry.key.clone(), key_span: entry.key_span, value }
    }

    /// The values that a loop runs over, with the identifiers of the loops around written out.
    fn collection(&mut self, node: &Node, depth: usize) -> Result<Vec<String>, Reasons> {
        let node = self.node(node, depth + 1);
        self.resolver.collection(node)
    }

    /// A text with the identifiers written out; none where one of them is not known.
    fn text(&mut self, text: &str) -> Option<Text> {
        if self.bound.is_empty() || !text.contains('{') {
            return Some(Text::Same);
        }
        let mut changed: Option<String> = None;
        // An inner loop's identifier hides an outer one of the same name.
        for (name, value) in self.bound.iter().rev() {
            for (mark, plain) in [("${", false), ("&{", true)] {
                let placeholder = format!("{mark}{name}}}");
                let now = changed.as_deref().unwrap_or(text);
                let count = now.matches(&placeholder).count();
                if count == 0 {
                    continue;
                }
                let value = value.as_ref().filter(|value| value.len().saturating_mul(count) <= MAX_TEXT)?;
                // `&{…}` is for logical ids, which take letters and digits alone.
                let value: String =
                    if plain { value.chars().filter(char::is_ascii_alphanumeric).collect() } else { value.clone() };
                changed = Some(now.replace(&placeholder, &value));
            }
        }
        // A long text counts for as many values as it takes the room of.
        self.nodes = self.nodes.saturating_add(changed.as_ref().map_or(0, |text| text.len() / 64));
        Some(changed.map_or(Text::Same, Text::Other))
    }
}

enum Text {
    Same,
    Other(String),
}

fn unknown(span: Span) -> Value {
    let nothing = Node { value: Value::Quoted("".into()), span };
    Value::Map(vec![Entry { key: UNKNOWN.into(), key_span: span, value: nothing }])
}

/// The parts of a loop.
#[derive(Clone, Copy)]
struct Loop<'a> {
    identifier: &'a Arc<str>,
    collection: &'a Node,
    fragment: &'a Node,
}

fn of_loop(entry: &Entry) -> Option<Loop<'_>> {
    if !entry.key.starts_with(LOOP) {
        return None;
    }
    let Value::List(arguments) = &entry.value.value else { return None };
    let [identifier, collection, fragment] = arguments.as_slice() else { return None };
    let identifier = match &identifier.value {
        Value::Plain(name) | Value::Quoted(name) | Value::Bool(_, name) => name,
        _ => return None,
    };
    matches!(fragment.value, Value::Map(_)).then_some(Loop { identifier, collection, fragment })
}
