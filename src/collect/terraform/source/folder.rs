//! The files of one folder, as Terraform and OpenTofu read them together.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::json;
use super::parse::{self, ParseError};
use super::tree::{Attribute, Block, Body};
use crate::model::gap::{Gap, GapKind};
use crate::model::position::{Point, Position};

/// What the ending of a file says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// `.tf`, `.tofu`.
    Native,
    /// `.tf.json`, `.tofu.json`.
    Json,
    /// `terraform.tfvars`, `*.auto.tfvars`.
    Values,
    /// The same as JSON.
    JsonValues,
}

/// The kind of a file by its name; none where it does not belong to a module.
pub fn file_kind(name: &str) -> Option<FileKind> {
    let ends = |end: &str| name.len() > end.len() && name.ends_with(end);
    if name.starts_with('.') || name.starts_with('#') || name.ends_with('~') {
        None
    } else if ends(".tf.json") || ends(".tofu.json") {
        Some(FileKind::Json)
    } else if ends(".tf") || ends(".tofu") {
        Some(FileKind::Native)
    } else if name == "terraform.tfvars" || ends(".auto.tfvars") {
        Some(FileKind::Values)
    } else if name == "terraform.tfvars.json" || ends(".auto.tfvars.json") {
        Some(FileKind::JsonValues)
    } else {
        None
    }
}

/// A file that was read, or the gap that it leaves.
#[derive(Clone, Debug)]
pub struct ParsedFile {
    /// Its path as it is reported.
    pub path: Arc<str>,
    /// What it is.
    pub kind: FileKind,
    /// What it holds.
    pub body: Result<Arc<Body>, Gap>,
}

/// Reads one file.
pub fn parse(path: &Arc<str>, kind: FileKind, text: &str) -> ParsedFile {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let body = if text.len() > parse::MAX_BYTES {
        let message = format!("it is larger than {} MiB", parse::MAX_BYTES / 1024 / 1024);
        Err(ParseError { message, at: Point { line: 1, column: 1 } })
    } else {
        match kind {
            FileKind::Native | FileKind::Values => parse::body(path, text),
            FileKind::Json => json::body(path, text),
            FileKind::JsonValues => json::values(path, text),
        }
    };
    ParsedFile { path: path.clone(), kind, body: body.map(Arc::new).map_err(|error| broken(path, &error)) }
}

/// The gap that a file leaves which cannot be read.
fn broken(path: &Arc<str>, error: &ParseError) -> Gap {
    Gap {
        kind: GapKind::BrokenFile,
        account: None,
        region: None,
        operation: "parse".into(),
        subject: Some(path.clone()),
        code: "BrokenTerraform".into(),
        message: error.message.as_str().into(),
        leaves_unknown: "all that the file declares".into(),
        permission: None,
        at: Some(Arc::new(Position { file: path.clone(), start: error.at, end: error.at })),
    }
}

/// The file's name without its folder.
pub fn name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// A folder's files that count: where an OpenTofu file stands beside one of Terraform with the same stem, only the
/// former ("Files with the .tofu extension" in OpenTofu's documentation, "Files and Directories").
pub fn effective(files: &[ParsedFile]) -> Vec<&ParsedFile> {
    let names: Vec<&str> = files.iter().map(|file| name(&file.path)).collect();
    let shadowed = |file: &str| {
        let other = if let Some(stem) = file.strip_suffix(".tf") {
            format!("{stem}.tofu")
        } else if let Some(stem) = file.strip_suffix(".tf.json") {
            format!("{stem}.tofu.json")
        } else {
            return false;
        };
        names.contains(&other.as_str())
    };
    files.iter().filter(|file| !shadowed(name(&file.path))).collect()
}

/// Whether a file's blocks are merged over those of the others ("Override Files" in the Terraform language
/// documentation).
pub fn is_override(path: &str) -> bool {
    let name = name(path);
    let stem = name.split('.').next().unwrap_or(name);
    stem == "override" || stem.ends_with("_override")
}

/// All blocks of a folder, overrides merged in; in the order of the files' names.
pub fn blocks(files: &[&ParsedFile]) -> Vec<Arc<Block>> {
    let bodies = |overrides: bool| {
        let mut chosen: Vec<_> = files
            .iter()
            .filter(|file| matches!(file.kind, FileKind::Native | FileKind::Json))
            .filter(|file| is_override(&file.path) == overrides)
            .collect();
        chosen.sort_by(|a, b| a.path.cmp(&b.path));
        chosen.into_iter().filter_map(|file| file.body.as_ref().ok())
    };
    let mut all: Vec<Arc<Block>> = Vec::new();
    for body in bodies(false) {
        all.extend(body.blocks.iter().cloned().map(Arc::new));
    }
    let mut index: BTreeMap<(Arc<str>, Vec<Arc<str>>), usize> = BTreeMap::new();
    for (at, block) in all.iter().enumerate() {
        index.entry((block.kind.clone(), identity(block))).or_insert(at);
    }
    for block in bodies(true).flat_map(|body| &body.blocks) {
        let merged = index.get(&(block.kind.clone(), identity(block))).and_then(|at| all.get_mut(*at));
        match merged {
            Some(base) if &*block.kind != "locals" && &*block.kind != "terraform" => {
                *base = Arc::new(over(base, block));
            }
            // Locals are merged name by name: later ones win. What overrides nothing is refused by Terraform.
            _ => all.push(Arc::new(block.clone())),
        }
    }
    all
}

/// What tells a block from others of its kind: its labels, and for a provider its alias.
fn identity(block: &Block) -> Vec<Arc<str>> {
    let mut identity = block.labels.clone();
    if &*block.kind == "provider" {
        identity.extend(block.body.attribute("alias").and_then(|alias| alias.expr.literal().cloned()));
    }
    identity
}

/// A block with another merged over it: arguments replace arguments, nested blocks all of their kind; those of
/// `lifecycle` are merged themselves.
fn over(base: &Block, other: &Block) -> Block {
    let mut merged = base.clone();
    replace(&mut merged.body.attributes, &other.body.attributes);
    let kind = |block: &Block| match (&*block.kind, block.labels.first()) {
        ("dynamic", Some(label)) => label.clone(),
        _ => block.kind.clone(),
    };
    for block in &other.body.blocks {
        if &*block.kind == "lifecycle"
            && let Some(own) = merged.body.blocks.iter_mut().find(|own| &*own.kind == "lifecycle")
        {
            replace(&mut own.body.attributes, &block.body.attributes);
            continue;
        }
        let replaced = kind(block);
        let own = |inner: &Block| base.body.blocks.iter().any(|block| block.extent == inner.extent);
        merged.body.blocks.retain(|inner| kind(inner) != replaced || !own(inner));
        merged.body.blocks.push(block.clone());
    }
    merged
}

fn replace(attributes: &mut Vec<Attribute>, others: &[Attribute]) {
    for other in others {
        match attributes.iter_mut().find(|own| own.name == other.name) {
            Some(own) => *own = other.clone(),
            None => attributes.push(other.clone()),
        }
    }
}
