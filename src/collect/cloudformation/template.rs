//! The sections of a template, and how one is recognised.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::expand::LOOP;
use super::resolve::{TRANSFORM, rewrites};
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
    /// The entries of `Outputs`.
    pub outputs: BTreeMap<&'t str, &'t Node>,
    /// Loops in `Resources` (`Fn::ForEach::Name`) over what is not known, and macros, which make resources that cannot be
    /// seen here.
    pub loops: Vec<(&'t str, Span)>,
    /// What those loops make of which nobody knows how many there are: each of them once.
    pub phantoms: Vec<Declared<'t>>,
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
    /// The name in `Condition`, if there is one.
    pub condition: Option<&'t Node>,
    /// `Metadata`, which has the names that other tools give to the resource.
    pub metadata: Option<&'t Node>,
    /// `DeletionPolicy`, if there is one.
    pub deletion_policy: Option<&'t Node>,
    /// `UpdateReplacePolicy`, if there is one.
    pub update_replace_policy: Option<&'t Node>,
    /// Whether a macro stands beside its type and properties.
    pub transformed: bool,
}

impl<'t> Template<'t> {
    /// The template, if the document is one: a mapping that has `AWSTemplateFormatVersion`, or `Resources` of which at
    /// least one names a type of CloudFormation's form (`Provider::Service::Resource`).
    pub fn recognise(document: &'t Node) -> Option<Self> {
        let template = Self::of(document);
        let versioned = document.get("AWSTemplateFormatVersion").is_some();
        (versioned || !template.resources.is_empty() || !template.phantoms.is_empty()).then_some(template)
    }

    /// The template that a document is, whatever it looks like.
    pub fn of(document: &'t Node) -> Self {
        // A macro among the resources is given all of them.
        let rewritten = section(document, "Resources").any(rewrites);
        let resources: BTreeMap<&str, Declared<'_>> = section(document, "Resources")
            .filter_map(|entry| Some((&*entry.key, declared(entry)?)))
            .map(|(id, declared)| (id, Declared { transformed: declared.transformed || rewritten, ..declared }))
            .collect();
        let mut phantoms = Vec::new();
        for entry in section(document, "Resources") {
            made_by_loops(entry, &mut phantoms);
        }
        let by_name = |name| section(document, name).map(|entry| (&*entry.key, &entry.value)).collect();
        Self {
            parameters: by_name("Parameters"),
            mappings: by_name("Mappings"),
            conditions: by_name("Conditions"),
            outputs: by_name("Outputs"),
            resources,
            phantoms,
            loops: section(document, "Resources")
                .filter(|entry| entry.key.starts_with("Fn::"))
                .map(|entry| (&*entry.key, entry.key_span))
                .collect(),
            transforms: transforms(document),
        }
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
        condition: entry.value.get("Condition"),
        metadata: entry.value.get("Metadata"),
        deletion_policy: entry.value.get("DeletionPolicy"),
        update_replace_policy: entry.value.get("UpdateReplacePolicy"),
        transformed: entry.value.get(TRANSFORM).is_some(),
    })
}

/// What stands in a loop, and in the loops in it.
fn made_by_loops<'t>(entry: &'t Entry, made: &mut Vec<Declared<'t>>) {
    if !entry.key.starts_with(LOOP) {
        return;
    }
    let Value::List(arguments) = &entry.value.value else { return };
    let [_, _, fragment] = arguments.as_slice() else { return };
    for entry in fragment.entries() {
        made.extend(declared(entry));
        made_by_loops(entry, made);
    }
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
