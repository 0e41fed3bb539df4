//! Terraform's JSON syntax into the same tree: "JSON Configuration Syntax" in the Terraform language documentation.

use std::sync::Arc;

use super::number::Number;
use super::parse::{self, ParseError};
use super::tree::{Attribute, Block, Body, Expr, ExprKind};
use crate::collect::cloudformation::json as reader;
use crate::collect::cloudformation::tree::{Entry, Node, Value};
use crate::collect::declared::lines::Span;
use crate::model::position::Position;

/// How many labels a block has.
fn labels(kind: &str) -> usize {
    match kind {
        "resource" | "data" | "ephemeral" => 2,
        "module" | "variable" | "output" | "provider" | "check" => 1,
        _ => 0,
    }
}

/// Arguments whose value is a map. The syntax does not tell an object from a block, for which it takes the resource
/// type's schema; anything else that is an object is a block, which a mapper reads like a list of one.
const MAPS: &[&str] = &[
    "tags",
    "tags_all",
    "tags_to_add",
    "backup_options",
    "variables",
    "parameters",
    "labels",
    "global_settings",
    "resource_type_opt_in_preference",
    "resource_type_management_preference",
];

/// Arguments that name something, and are no templates.
const NAMES: &[&str] = &["provider", "depends_on", "ignore_changes", "replace_triggered_by", "from", "to"];

/// Reads a file. Fails at the first character that is no JSON.
pub fn body(file: &Arc<str>, text: &str) -> Result<Body, ParseError> {
    let node = match reader::read(text) {
        Ok(Some(node)) => node,
        Ok(None) => return Ok(Body::default()),
        Err(error) => return Err(ParseError { message: error.message.clone(), at: error.at }),
    };
    let lowering = Lowering { file };
    let mut body = Body::default();
    for entry in node.entries() {
        if entry.key.starts_with("//") {
            continue;
        }
        lowering.top(entry, &entry.value, labels(&entry.key), &mut Vec::new(), entry.key_span, &mut body);
    }
    Ok(body)
}

/// Reads a file of variables' values, which are no templates.
pub fn values(file: &Arc<str>, text: &str) -> Result<Body, ParseError> {
    let node = match reader::read(text) {
        Ok(Some(node)) => node,
        Ok(None) => return Ok(Body::default()),
        Err(error) => return Err(ParseError { message: error.message.clone(), at: error.at }),
    };
    let lowering = Lowering { file };
    let attributes = node.entries().iter().map(|entry| lowering.attribute(entry, false)).collect();
    Ok(Body { attributes, blocks: Vec::new() })
}

struct Lowering<'a> {
    file: &'a Arc<str>,
}

impl Lowering<'_> {
    fn position(&self, span: Span) -> Arc<Position> {
        Arc::new(Position { file: self.file.clone(), start: span.start, end: span.end })
    }

    fn top(&self, entry: &Entry, node: &Node, more: usize, names: &mut Vec<Arc<str>>, header: Span, out: &mut Body) {
        match &node.value {
            Value::List(all) => all.iter().for_each(|node| self.top(entry, node, more, names, header, out)),
            Value::Map(entries) if more > 0 => {
                for inner in entries.iter().filter(|inner| !inner.key.starts_with("//")) {
                    names.push(inner.key.clone());
                    self.top(entry, &inner.value, more - 1, names, inner.key_span, out);
                    names.pop();
                }
            }
            Value::Map(entries) => {
                let body = match &*entry.key {
                    "resource" | "data" | "ephemeral" | "terraform" | "provider" | "check" => self.body(entries),
                    kind => self.plain(kind, entries),
                };
                let extent = Span { start: header.start, end: node.span.end };
                out.blocks.push(Block {
                    kind: entry.key.clone(),
                    labels: names.clone(),
                    header: self.position(header),
                    extent: self.position(extent),
                    body,
                });
            }
            _ => {}
        }
    }

    /// A body that has only arguments.
    fn plain(&self, kind: &str, entries: &[Entry]) -> Body {
        let mut body = Body::default();
        for entry in entries.iter().filter(|entry| !entry.key.starts_with("//")) {
            let attribute = match (kind, &*entry.key) {
                ("variable", "type") | ("module", "providers") => self.named(entry),
                ("variable", "default") => self.attribute(entry, false),
                ("module", "source" | "version") => self.attribute(entry, false),
                _ if NAMES.contains(&&*entry.key) => self.named(entry),
                _ => self.attribute(entry, true),
            };
            body.attributes.push(attribute);
        }
        body
    }

    /// A body with arguments and blocks.
    fn body(&self, entries: &[Entry]) -> Body {
        let mut body = Body::default();
        for entry in entries.iter().filter(|entry| !entry.key.starts_with("//")) {
            if &*entry.key == "dynamic" {
                for inner in entry.value.entries() {
                    self.blocks(&inner.value, inner.key_span, &entry.key, std::slice::from_ref(&inner.key), &mut body);
                }
                continue;
            }
            let objects = |all: &[Node]| !all.is_empty() && all.iter().all(|node| matches!(node.value, Value::Map(_)));
            let is_block = !MAPS.contains(&&*entry.key)
                && &*entry.key != "for_each"
                && match &entry.value.value {
                    Value::Map(_) => true,
                    Value::List(all) => objects(all),
                    _ => false,
                };
            if is_block {
                self.blocks(&entry.value, entry.key_span, &entry.key, &[], &mut body);
            } else if NAMES.contains(&&*entry.key) {
                body.attributes.push(self.named(entry));
            } else {
                body.attributes.push(self.attribute(entry, true));
            }
        }
        body
    }

    fn blocks(&self, node: &Node, header: Span, kind: &Arc<str>, labels: &[Arc<str>], out: &mut Body) {
        match &node.value {
            Value::List(all) => all.iter().for_each(|node| self.blocks(node, header, kind, labels, out)),
            Value::Map(entries) => out.blocks.push(Block {
                kind: kind.clone(),
                labels: labels.to_vec(),
                header: self.position(header),
                extent: self.position(Span { start: header.start, end: node.span.end }),
                body: self.body(entries),
            }),
            _ => {}
        }
    }

    fn attribute(&self, entry: &Entry, templates: bool) -> Attribute {
        Attribute {
            name: entry.key.clone(),
            name_at: self.position(entry.key_span),
            expr: Arc::new(self.expr(&entry.value, templates)),
        }
    }

    /// Texts that are expressions: `"aws.east"`, `"list(string)"`.
    fn named(&self, entry: &Entry) -> Attribute {
        Attribute {
            name: entry.key.clone(),
            name_at: self.position(entry.key_span),
            expr: Arc::new(self.name(&entry.value)),
        }
    }

    fn name(&self, node: &Node) -> Expr {
        let at = self.position(node.span);
        match &node.value {
            Value::Quoted(text) => {
                parse::expression(text, &at).unwrap_or(Expr { kind: ExprKind::Text(text.clone()), at })
            }
            Value::List(all) => Expr { kind: ExprKind::Tuple(all.iter().map(|node| self.name(node)).collect()), at },
            Value::Map(entries) => {
                let entries = entries.iter().map(|entry| (self.key(entry, false), self.name(&entry.value))).collect();
                Expr { kind: ExprKind::Object(entries), at }
            }
            _ => self.expr(node, false),
        }
    }

    fn key(&self, entry: &Entry, templates: bool) -> Expr {
        let at = self.position(entry.key_span);
        let plain = Expr { kind: ExprKind::Text(entry.key.clone()), at: at.clone() };
        if templates { parse::template(&entry.key, &at).unwrap_or(plain) } else { plain }
    }

    fn expr(&self, node: &Node, templates: bool) -> Expr {
        let at = self.position(node.span);
        let kind = match &node.value {
            Value::Null => ExprKind::Null,
            Value::Bool(value, _) => ExprKind::Bool(*value),
            Value::Plain(number) => Number::parse(number).map_or(ExprKind::Text(number.clone()), ExprKind::Number),
            Value::Quoted(text) if templates => match parse::template(text, &at) {
                Some(expr) => return expr,
                // Terraform refuses it; a name that nothing declares is unknown.
                None => ExprKind::Variable("a template that cannot be read".into()),
            },
            Value::Quoted(text) => ExprKind::Text(text.clone()),
            Value::List(all) => ExprKind::Tuple(all.iter().map(|node| self.expr(node, templates)).collect()),
            Value::Map(entries) => ExprKind::Object(
                entries.iter().map(|entry| (self.key(entry, templates), self.expr(&entry.value, templates))).collect(),
            ),
        };
        Expr { kind, at }
    }
}
