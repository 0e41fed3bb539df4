//! CloudFormation templates, in YAML or JSON: what they declare, with the line and column of every property.
//!
//! What a template leaves out has the default that AWS documents; what cannot be decided from the template alone is
//! unknown, with the chain of references that stopped it. Nested stacks whose templates are files are read with what
//! they are given; resources that macros of one's own make are not seen.

mod attach;
mod backup;
mod backup_audit;
mod cdk;
mod events;
mod expand;
mod gaps;
mod iam;
pub(super) mod json;
mod kms;
mod nested;
pub mod parameters;
mod removal;
mod resolve;
mod restore_testing;
mod s3;
mod sam;
mod stack;
mod suppression;
mod template;
mod trail;
pub(super) mod tree;
mod workload;
pub(super) mod yaml;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use typed_arena::Arena;

use self::nested::Child;
use self::resolve::Resolver;
use self::stack::{Shared, Stack};
use self::template::{Declared, Template};
use self::tree::{Node, TreeError};
use super::declared::item::Item;
use super::declared::tags;
use super::files::FileOptions;
use crate::model::fact::Fact;
use crate::model::gap::Gap;
use crate::model::identity::ResourceId;
use crate::model::resource::{Facts, Origin, Resource, Tags};
use crate::model::suppression::Suppression;

pub use self::gaps::{broken, not_utf8};
pub use self::stack::Reader;

/// What a file turned out to be.
#[derive(Debug)]
pub enum Outcome {
    /// A template: its resources of the types that Backstop knows, and what it hides.
    Template {
        /// The resources, in order of their logical ids.
        resources: Vec<Resource>,
        /// Macros, loops and nested stacks that are not seen.
        gaps: Vec<Gap>,
        /// The texts of the templates that it nests, by their reported paths: they are judged with it.
        nested: BTreeMap<Arc<str>, Arc<str>>,
        /// Suppressions that stand at none of these resources.
        stray: Vec<Suppression>,
    },
    /// Something else.
    Other,
    /// A template by its looks that cannot be read.
    Broken(Gap),
}

/// Whether a file may be a template, by its bytes alone: it names the section that every template has, and the
/// version or a type of AWS.
pub fn looks_like_template(bytes: &[u8]) -> bool {
    let has = |needle: &str| bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
    has("AWSTemplateFormatVersion") || ((has("Resources:") || has("\"Resources\"")) && has("AWS::"))
}

/// Whether a file may be a template at all: without one of these words it is none.
pub fn may_be_template(text: &str) -> bool {
    text.contains("Resources") || text.contains("AWSTemplateFormatVersion")
}

/// Reads one file. `file` is the path as it is reported. What it nests is not seen.
pub fn read(file: &Arc<str>, text: &str, options: &FileOptions) -> Outcome {
    read_with(file, text, options, &|_| None)
}

/// Reads one file and those that it nests, which `reader` gives.
pub fn read_with(file: &Arc<str>, text: &str, options: &FileOptions, reader: &Reader<'_>) -> Outcome {
    let document = match parse(file, text) {
        Ok(Some(document)) => document,
        Ok(None) => return Outcome::Other,
        Err(error) if looks_like_template(text.as_bytes()) => return Outcome::Broken(broken(file, &error)),
        Err(_) => return Outcome::Other,
    };
    let Some(template) = Template::recognise(&document) else { return Outcome::Other };
    if let Some(gap) = gaps::rewritten(file, &template) {
        return Outcome::Broken(gap);
    }
    let assembly = cdk::options(file, options, reader);
    let arena = Arena::new();
    let shared = Shared::new(&arena, reader);
    let stack = Stack::outermost(file, assembly.as_ref().unwrap_or(options));
    let mut resolver = Resolver::open(&shared, shared.keep(document), expand::may_have_loops(text), stack);
    let mut resources = Vec::new();
    collect(&mut resolver, &mut resources);
    each(&mut resolver, &mut |resolver| {
        attach::attach(resolver, &mut resources);
        iam::attach(resolver, &mut resources);
    });
    attach::name_keys(&mut resources);
    let mut stray = Vec::new();
    each(&mut resolver, &mut |resolver| {
        let (stack, nested) = (&resolver.stack, shared.nested.borrow());
        let text = if stack.file == *file { Some(text) } else { nested.get(&stack.file).map(|text| &**text) };
        let text = text.unwrap_or_default();
        stray.extend(suppression::hand_out(&stack.file, text, &resolver.template, &mut resources));
    });
    drop(resolver);
    Outcome::Template { resources, gaps: shared.gaps.into_inner(), nested: shared.nested.into_inner(), stray }
}

/// The resources of a stack and of those that it nests.
fn collect(resolver: &mut Resolver<'_>, resources: &mut Vec<Resource>) {
    let hidden = gaps::hidden(&resolver.stack.file, &resolver.template);
    resolver.shared.gaps.borrow_mut().extend(hidden);
    let declared: Vec<_> = resolver.template.resources.values().copied().collect();
    for declared in &declared {
        if nested::is_nested(declared.kind) {
            resolver.descend(declared);
        } else {
            resources.extend(resource(resolver, declared));
        }
    }
    for child in resolver.children.values_mut() {
        if let Child::Open(child) = child {
            collect(child, resources);
        }
    }
}

/// Does it for a stack and those that it nests.
fn each<'t>(resolver: &mut Resolver<'t>, work: &mut dyn FnMut(&mut Resolver<'t>)) {
    work(resolver);
    for child in resolver.children.values_mut() {
        if let Child::Open(child) = child {
            each(child, work);
        }
    }
}

/// Whether a text can be parsed, which is all that it does: the measure of what a scan costs (`benches/templates.rs`).
pub fn can_be_parsed(file: &str, text: &str) -> bool {
    matches!(parse(file, text), Ok(Some(_)))
}

/// JSON where the text begins like it, else YAML; a text that only begins like JSON is tried as YAML, too.
fn parse(file: &str, text: &str) -> Result<Option<Node>, TreeError> {
    let as_json = text.trim_start().starts_with(['{', '[']);
    if as_json {
        match json::read(text) {
            Ok(document) => return Ok(document),
            Err(error) if !is_yaml(file) => return Err(error),
            Err(_) => {}
        }
    }
    let document = yaml::read(text)?;
    match (document.first, document.second) {
        (Some(first), Some(at)) if Template::recognise(&first).is_some() => {
            Err(TreeError { message: "a second document begins, and a template is only one".to_owned(), at })
        }
        (first, _) => Ok(first),
    }
}

fn is_yaml(file: &str) -> bool {
    let file = file.to_ascii_lowercase();
    file.ends_with(".yaml") || file.ends_with(".yml")
}

/// What mappers fill: facts, tags, and the name where the template says it.
struct Mapped {
    facts: Facts,
    tags: Tags,
    name: Option<String>,
}

/// The mapper of a type with facts of its own.
fn mapper(kind: &str) -> Option<fn(&ResourceId, &Item) -> Mapped> {
    Some(match kind {
        "AWS::S3::Bucket" => s3::bucket,
        "AWS::Backup::BackupVault" => |_, properties| backup::vault(properties),
        "AWS::Backup::LogicallyAirGappedBackupVault" => |_, properties| backup::air_gapped_vault(properties),
        "AWS::Backup::BackupPlan" => |_, properties| backup::plan(properties),
        "AWS::Backup::BackupSelection" => |_, properties| backup::selection(properties),
        "AWS::Backup::RestoreTestingPlan" => |_, properties| restore_testing::plan(properties),
        "AWS::Backup::RestoreTestingSelection" => |_, properties| restore_testing::selection(properties),
        "AWS::Backup::Framework" => |_, properties| backup_audit::framework(properties),
        "AWS::Backup::ReportPlan" => |_, properties| backup_audit::report_plan(properties),
        "AWS::IAM::Role" => |_, properties| iam::role(properties),
        "AWS::IAM::User" => |_, properties| iam::user(properties),
        "AWS::IAM::Group" => |_, properties| iam::group(properties),
        "AWS::IAM::ManagedPolicy" => |_, properties| iam::managed_policy(properties),
        "AWS::KMS::Key" => kms::key,
        "AWS::KMS::ReplicaKey" => kms::replica_key,
        "AWS::CloudTrail::Trail" => |_, properties| trail::trail(properties),
        "AWS::Events::Rule" => |_, properties| events::rule(properties),
        _ => return None,
    })
}

/// Whether Backstop judges resources of a type.
fn is_judged(kind: &str) -> bool {
    mapper(kind).is_some() || workload::is_workload(kind)
}

fn resource<'t>(resolver: &mut Resolver<'t>, declared: &Declared<'t>) -> Option<Resource> {
    let kind = &**declared.kind;
    if !is_judged(kind) {
        return None;
    }
    let exists = Fact::all([resolver.stack.exists.clone(), resolver.exists(declared)]);
    if exists.is_false() {
        return None;
    }
    let properties = resolver.properties(declared);
    let exists = Fact::all([exists, workload::has_data_of_its_own(kind, &properties)]);
    if exists.is_false() {
        return None;
    }
    let id = resolver.identity(declared.logical_id, declared.kind);
    let Mapped { facts, tags, name } = match mapper(kind) {
        Some(map) => map(&id, &properties),
        None => workload::workload(kind, &properties)?,
    };
    let removal = removal::removal(resolver, declared, &properties).map(Box::new);
    let tags = nested::inherited(declared.kind, tags, &resolver.stack.tags);
    let address = declared.metadata.and_then(cdk::construct).unwrap_or_else(|| id.id.clone());
    Some(Resource {
        name: name.map_or_else(|| address.clone(), Into::into),
        origin: Origin::Declared { header: resolver.position(declared.header), address },
        id,
        exists,
        tags,
        suppressions: Vec::new(),
        removal,
        facts,
    })
}
