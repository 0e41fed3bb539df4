//! What a module's files declare, by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::folder::{self, FileKind, ParsedFile};
use super::path;
use super::tree::{Block, Expr};
use super::types::Type;
use crate::model::gap::Gap;

/// A module: the files of one folder.
#[derive(Debug, Default)]
pub struct Module {
    /// The folder as it is reported.
    pub folder: Arc<str>,
    /// `variable`.
    pub variables: BTreeMap<Arc<str>, Variable>,
    /// `locals`.
    pub locals: BTreeMap<Arc<str>, Arc<Expr>>,
    /// `resource` and `data`: `aws_s3_bucket.b`, `data.aws_region.r`.
    pub resources: BTreeMap<Arc<str>, Arc<Block>>,
    /// `module`.
    pub calls: BTreeMap<Arc<str>, Arc<Block>>,
    /// `output`.
    pub outputs: BTreeMap<Arc<str>, Arc<Expr>>,
    /// `provider "aws"`, by alias; without one the default, by the empty text.
    pub providers: BTreeMap<Arc<str>, Arc<Block>>,
    /// Whether there is a `backend` or `cloud` block, or a provider that is configured.
    pub is_root: bool,
    /// Files that cannot be read.
    pub gaps: Vec<Gap>,
    /// A broken override file, which may change anything.
    pub broken_override: Option<Arc<str>>,
    /// Files with variables' values, in Terraform's precedence: later ones win.
    pub values: Vec<ParsedFile>,
}

/// A `variable` block.
#[derive(Debug)]
pub struct Variable {
    /// The value where none is given.
    pub default: Option<Arc<Expr>>,
    /// The type that values are turned into.
    pub kind: Type,
    /// Whether `null` may be given, rather than standing for the default.
    pub nullable: bool,
}

impl Module {
    /// Reads what the files of a folder declare.
    pub fn new(folder: &Arc<str>, files: &[ParsedFile]) -> Self {
        let files = folder::effective(files);
        let mut module = Self { folder: folder.clone(), ..Self::default() };
        for file in &files {
            if let Err(gap) = &file.body {
                module.gaps.push(gap.clone());
                if folder::is_override(&file.path) && matches!(file.kind, FileKind::Native | FileKind::Json) {
                    module.broken_override = Some(file.path.clone());
                }
            }
        }
        for block in folder::blocks(&files) {
            module.declare(block);
        }
        module.values = values(&files);
        module
    }

    fn declare(&mut self, block: Arc<Block>) {
        match (&*block.kind, block.labels.as_slice()) {
            ("resource", [kind, name]) => {
                self.resources.entry(format!("{kind}.{name}").into()).or_insert(block);
            }
            ("data", [kind, name]) => {
                self.resources.entry(format!("data.{kind}.{name}").into()).or_insert(block);
            }
            ("module", [name]) => {
                self.calls.entry(name.clone()).or_insert(block);
            }
            ("variable", [name]) => {
                self.variables.entry(name.clone()).or_insert_with(|| variable(&block));
            }
            ("output", [name]) => {
                if let Some(value) = block.body.attribute("value") {
                    self.outputs.entry(name.clone()).or_insert_with(|| value.expr.clone());
                }
            }
            ("locals", _) => {
                for attribute in &block.body.attributes {
                    self.locals.insert(attribute.name.clone(), attribute.expr.clone());
                }
            }
            ("provider", [name]) => {
                let alias = block.body.attribute("alias").and_then(|alias| alias.expr.literal().cloned());
                // A block with an alias alone only passes a configuration on.
                let configured = !block.body.blocks.is_empty()
                    || block.body.attributes.iter().any(|attribute| !matches!(&*attribute.name, "alias" | "version"));
                self.is_root |= configured;
                if &**name == "aws" && (configured || alias.is_none()) {
                    self.providers.entry(alias.unwrap_or_default()).or_insert(block);
                }
            }
            ("terraform", _) => {
                self.is_root |= block.body.blocks.iter().any(|inner| matches!(&*inner.kind, "backend" | "cloud"));
            }
            _ => {}
        }
    }

    /// The folders of local modules that it calls.
    pub fn local_calls(&self) -> impl Iterator<Item = String> {
        self.calls.values().filter_map(|call| source(call)).filter(|source| is_local(source)).map(|source| {
            // A local module is named relative to the folder that calls it.
            path::join(&self.folder, &source)
        })
    }
}

/// Where a call's module comes from.
pub fn source(call: &Block) -> Option<Arc<str>> {
    call.body.attribute("source").and_then(|source| source.expr.literal().cloned())
}

/// Whether a source is a folder beside the module ("Module Sources" in the Terraform language documentation).
pub fn is_local(source: &str) -> bool {
    source == "." || source == ".." || source.starts_with("./") || source.starts_with("../")
}

fn variable(block: &Block) -> Variable {
    let flag = |name: &str| {
        let expr = &block.body.attribute(name)?.expr;
        if let super::tree::ExprKind::Bool(value) = expr.kind { Some(value) } else { None }
    };
    Variable {
        default: block.body.attribute("default").map(|default| default.expr.clone()),
        kind: block.body.attribute("type").map_or(Type::Any, |kind| Type::of(&kind.expr)),
        nullable: flag("nullable").unwrap_or(true),
    }
}

/// `terraform.tfvars`, then `terraform.tfvars.json`, then `*.auto.tfvars` and `*.auto.tfvars.json` by name ("Variable
/// Definition Precedence" in the Terraform language documentation).
fn values(files: &[&ParsedFile]) -> Vec<ParsedFile> {
    let mut chosen: Vec<&&ParsedFile> =
        files.iter().filter(|file| matches!(file.kind, FileKind::Values | FileKind::JsonValues)).collect();
    let rank = |file: &ParsedFile| match folder::name(&file.path) {
        "terraform.tfvars" => 0,
        "terraform.tfvars.json" => 1,
        _ => 2,
    };
    chosen.sort_by(|a, b| (rank(a), &a.path).cmp(&(rank(b), &b.path)));
    chosen.into_iter().map(|file| (*file).clone()).collect()
}
