//! The sections of a template, and how one is recognised.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::resolve::TRANSFORM;
use super::tree::{Entry, Node, Span, Value};

/// A template: its sections by name. "Template anatomy" in the CloudFormation User Guide.
#[derive(Debug)]
pub struct Template<'t> {
    /// `Parameters`.
    pub parameters: BTreeMap<&'t str, &'t Node>,
    /// `Mappings`.
    pub mappings: BTreeMap<&'t str, &'t Node>,
    /// `Conditions`.
    pub conditions: BTreeMap<&'t str, &'t Node>,
    /// `Resources` that name a type, by logical id.
    pub resources: BTreeMap<&'t str, Declared<'t>>,
    /// Loops in `Resources` (`Fn::ForEach::Name`), which make resources that cannot be seen here.
    pub loops: Vec<(&'t str, Span)>,
    /// Macros of `Transform`, with the place of each.
    pub transforms: Vec<(Arc<str>, Span)>,
}

/// One member of `Resources`.
#[derive(Clone, Copy, Debug)]
pub struct Declared<'t> {
    /// Its logical id.
    pub logical_id: &'t Arc<str>,
    /// Where the logical id stands.
    pub header: Span,
    /// What stands under the logical id, from its first character to the one after the last.
    pub span: Span,
    /// The resource type: `AWS::S3::Bucket`.
    pub kind: &'t Arc<str>,
    /// `Properties`, if there are any.
    pub properties: Option<&'t Node>,
    /// `Metadata`, if there is any.
    pub metadata: Option<&'t Node>,
    /// The name in `Condition`, if there is one.
    pub condition: Option<&'t Node>,
    /// Whether a macro stands beside its type and properties.
    pub transformed: bool,
}

impl<'t> Template<'t> {
    /// The template, if the document is one: a mapping that has `AWSTemplateFormatVersion`, or `Resources` of which at
    /// least one names a type of CloudFormation's form (`Provider::Service::Resource`).
    pub fn recognise(document: &'t Node) -> Option<Self> {
        let resources: BTreeMap<&str, Declared<'_>> =
            section(document, "Resources").filter_map(|entry| Some((&*entry.key, declared(entry)?))).collect();
        if resources.is_empty() && document.get("AWSTemplateFormatVersion").is_none() {
            return None;
        }
        let by_name = |name| section(document, name).map(|entry| (&*entry.key, &entry.value)).collect();
        Some(Self {
            parameters: by_name("Parameters"),
            mappings: by_name("Mappings"),
            conditions: by_name("Conditions"),
            resources,
            loops: section(document, "Resources")
                .filter(|entry| entry.key.starts_with("Fn::"))
                .map(|entry| (&*entry.key, entry.key_span))
                .collect(),
            transforms: transforms(document),
        })
    }
}

fn section<'t>(document: &'t Node, name: &str) -> impl Iterator<Item = &'t Entry> {
    document.get(name).map(Node::entries).unwrap_or_default().iter()
}

fn declared(entry: &Entry) -> Option<Declared<'_>> {
    let kind = match &entry.value.get("Type")?.value {
        Value::Plain(kind) | Value::Quoted(kind) if kind.contains("::") => kind,
        _ => return None,
    };
    Some(Declared {
        logical_id: &entry.key,
        header: entry.key_span,
        span: entry.value.span,
        kind,
        properties: entry.value.get("Properties").filter(|node| node.value != Value::Null),
        metadata: entry.value.get("Metadata"),
        condition: entry.value.get("Condition"),
        transformed: entry.value.get(TRANSFORM).is_some(),
    })
}

fn transforms(document: &Node) -> Vec<(Arc<str>, Span)> {
    let Some(node) = document.get("Transform") else { return Vec::new() };
    let one = |node: &Node| {
        let name = node.text().or_else(|| node.get("Name").and_then(Node::text))?;
        Some((name, node.span))
    };
    match &node.value {
        Value::List(names) => names.iter().filter_map(one).collect(),
        _ => one(node).into_iter().collect(),
    }
}
