//! CloudFormation templates, in YAML or JSON: what they declare, with the line and column of every property.
//!
//! What a template leaves out has the default that AWS documents; what cannot be decided from the template alone is
//! unknown, with the chain of references that stopped it. Tags that are given to the stack as a whole, and resources
//! that macros make, are not seen.

mod attach;
mod backup;
mod backup_audit;
mod events;
mod json;
mod kms;
mod resolve;
mod restore_testing;
mod s3;
mod suppression;
mod tags;
mod template;
mod trail;
mod tree;
mod yaml;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use self::resolve::Resolver;
use self::template::{Declared, Template};
use self::tree::{Node, TreeError};
use super::declared::item::Item;
use super::files::FileOptions;
use crate::model::gap::{Gap, GapKind};
use crate::model::identity::ResourceId;
use crate::model::position::{Point, Position};
use crate::model::resource::{Facts, Origin, Resource, Tags};
use crate::model::suppression::Suppression;

/// What a file turned out to be.
#[derive(Debug)]
pub enum Outcome {
    /// A template: its resources of the types that Backstop knows, and what it hides.
    Template {
        /// The resources, in order of their logical ids.
        resources: Vec<Resource>,
        /// Macros and loops.
        gaps: Vec<Gap>,
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

/// Reads one file. `file` is the path as it is reported.
pub fn read(file: &Arc<str>, text: &str, options: &FileOptions) -> Outcome {
    let document = match parse(file, text) {
        Ok(Some(document)) => document,
        Ok(None) => return Outcome::Other,
        Err(error) if looks_like_template(text.as_bytes()) => return Outcome::Broken(broken(file, &error)),
        Err(_) => return Outcome::Other,
    };
    let Some(template) = Template::recognise(&document) else { return Outcome::Other };
    if let Some(gap) = rewritten(file, &template) {
        return Outcome::Broken(gap);
    }
    let mut resolver = Resolver::new(&template, options, file);
    let mut resources: Vec<Resource> =
        template.resources.values().filter_map(|declared| resource(&mut resolver, declared)).collect();
    attach::attach(&mut resolver, &template, &mut resources);
    let stray = suppression::hand_out(file, text, &template, &mut resources);
    Outcome::Template { resources, gaps: hidden(file, &template), stray }
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

/// The gap that a template leaves which cannot be read.
pub fn broken(file: &Arc<str>, error: &TreeError) -> Gap {
    gap_at(
        file,
        GapKind::BrokenFile,
        "parse",
        "BrokenTemplate",
        &error.message,
        error.at,
        "all that the template declares",
    )
}

/// The gap of a template whose bytes are no UTF-8.
pub fn not_utf8(file: &Arc<str>, message: &str, line: u32) -> Gap {
    let at = Point { line, column: 1 };
    gap_at(file, GapKind::BrokenFile, "read", "NotUtf8", message, at, "all that the template declares")
}

fn gap_at(file: &Arc<str>, kind: GapKind, operation: &str, code: &str, message: &str, at: Point, lost: &str) -> Gap {
    Gap {
        kind,
        account: None,
        region: None,
        operation: operation.into(),
        subject: Some(file.clone()),
        code: code.into(),
        message: message.into(),
        leaves_unknown: lost.into(),
        permission: None,
        at: Some(Arc::new(Position { file: file.clone(), start: at, end: at })),
    }
}

/// A macro of one's own is given the whole template and may change all of it ("Using CloudFormation macros to perform
/// custom processing on templates" in the CloudFormation User Guide): nothing can be said before it has run. AWS's own
/// macros add resources, or write out what is written shorter.
fn rewritten(file: &Arc<str>, template: &Template<'_>) -> Option<Gap> {
    let (name, span) = template.transforms.iter().find(|(name, _)| !name.starts_with("AWS::"))?;
    let message = format!(
        "macro `{name}` may rewrite the whole template: judge what it makes (`aws cloudformation get-template \
         --template-stage Processed`)"
    );
    let lost = "all that the template declares";
    Some(gap_at(file, GapKind::BrokenFile, "expand", "Transform", &message, span.start, lost))
}

/// Macros of AWS that leave what stands in the template as it is.
const HARMLESS_TRANSFORMS: [&str; 3] =
    ["AWS::Serverless-2016-10-31", "AWS::LanguageExtensions", "AWS::CodeDeployBlueGreen"];

fn hidden(file: &Arc<str>, template: &Template<'_>) -> Vec<Gap> {
    let not_modelled = |code: &str, message: String, at: Point, lost: &str| {
        gap_at(file, GapKind::NotModelled, "expand", code, &message, at, lost)
    };
    let macros =
        template.transforms.iter().filter(|(name, _)| !HARMLESS_TRANSFORMS.contains(&&**name)).map(|(name, span)| {
            let message = format!("macro `{name}` runs when the stack is made");
            not_modelled("Transform", message, span.start, "what the macro adds")
        });
    let loops = template.loops.iter().map(|(name, span)| {
        let message = format!("loop `{name}` is written out when the stack is made");
        not_modelled("ForEach", message, span.start, "the resources that the loop makes")
    });
    macros.chain(loops).collect()
}

/// What mappers fill: facts, tags, and the name where the template says it.
struct Mapped {
    facts: Facts,
    tags: Tags,
    name: Option<String>,
}

/// What turns the properties of a type into facts; none of a type that Backstop does not know.
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
        "AWS::KMS::Key" => |_, properties| kms::key(properties),
        "AWS::KMS::ReplicaKey" => |_, properties| kms::replica_key(properties),
        "AWS::CloudTrail::Trail" => |_, properties| trail::trail(properties),
        "AWS::Events::Rule" => |_, properties| events::rule(properties),
        _ => return None,
    })
}

fn resource<'t>(resolver: &mut Resolver<'t>, declared: &Declared<'t>) -> Option<Resource> {
    let map = mapper(declared.kind)?;
    let exists = resolver.exists(declared);
    if exists.is_false() {
        return None;
    }
    let id = resolver.identity(declared.logical_id, declared.kind);
    let Mapped { facts, tags, name } = map(&id, &resolver.properties(declared));
    Some(Resource {
        id,
        name: name.map_or_else(|| declared.logical_id.clone(), Into::into),
        origin: Origin::Declared { header: resolver.position(declared.header), address: declared.logical_id.clone() },
        exists,
        tags,
        suppressions: Vec::new(),
        facts,
    })
}
