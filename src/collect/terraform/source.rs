//! Terraform source: the root modules in a set of files, their expressions worked out as far as the files allow.
//!
//! Nothing here reads a disk or the environment: files are handed in, and what lies beside them is read through
//! [`Outside`].

mod convert;
mod data;
mod evaluator;
mod expression;
mod folder;
mod function;
mod handed_out;
mod handle;
mod instances;
mod json;
mod loader;
mod module;
mod number;
mod operator;
mod parse;
mod path;
mod policy_document;
mod provider;
mod reference;
mod relax;
mod resource;
mod root;
mod shape;
mod template;
mod tree;
mod types;
mod value;
mod variables;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

use self::folder::ParsedFile;
use self::module::Module;
use super::block::Root;

/// What the user says of the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceOptions {
    /// The account of the default provider configuration, where it does not say it itself.
    pub account: Option<String>,
    /// The Region of the default provider configuration, where it does not say it itself.
    pub region: Option<String>,
    /// The partition: `aws`, `aws-cn` …
    pub partition: Option<String>,
    /// The workspace that is scanned for: `terraform.workspace`.
    pub workspace: Option<String>,
    /// Values of the root modules' variables, in the order of the command line: later ones win.
    pub inputs: Vec<Input>,
    /// Values of variables from the environment, by name without `TF_VAR_`; files and inputs win over them.
    pub environment: BTreeMap<String, String>,
}

/// A value of variables on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A file of values (`-var-file`), in JSON where its name ends so.
    File {
        /// Its path as it is reported.
        path: Arc<str>,
        /// Its text.
        text: Arc<str>,
    },
    /// One value (`-var`).
    Value {
        /// The variable's name.
        name: String,
        /// Text, or an expression where the variable is of a collection type.
        text: String,
    },
}

/// What lies beside the scanned files: installed modules, local modules in other folders, files that expressions name.
/// Paths are as they are reported; whether a path may be read at all is decided here.
pub trait Outside: Sync {
    /// The text of a file; none where there is no such file. Fails, in lower case, where it cannot or must not be read.
    fn read(&self, path: &str) -> Result<Option<Arc<str>>, Arc<str>>;

    /// The names of the files in a folder; none where there is no such folder.
    fn list(&self, folder: &str) -> Result<Option<Vec<Arc<str>>>, Arc<str>>;
}

/// Nothing lies beside the files.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nothing;

impl Outside for Nothing {
    fn read(&self, path: &str) -> Result<Option<Arc<str>>, Arc<str>> {
        Err(format!("`{path}` is not among the scanned files").into())
    }

    fn list(&self, _: &str) -> Result<Option<Vec<Arc<str>>>, Arc<str>> {
        Ok(None)
    }
}

/// Whether a file belongs to a Terraform module, by its name alone: `.tf`, `.tofu`, their JSON forms, and files of
/// variables' values that are read by themselves.
pub fn belongs(path: &str) -> bool {
    folder::file_kind(folder::name(path)).is_some()
}

/// Files of Terraform, parsed.
#[derive(Debug, Default)]
pub struct Sources {
    /// By folder, as it is reported; `.` for the working folder.
    folders: BTreeMap<Arc<str>, Vec<ParsedFile>>,
}

/// A root module that was read.
#[derive(Debug)]
pub struct SourceRoot {
    /// Its folder as it is reported.
    pub folder: Arc<str>,
    /// What it declares.
    pub root: Root,
    /// Texts that were read from outside, by their reported path: positions point into them.
    pub texts: BTreeMap<Arc<str>, Arc<str>>,
}

impl Sources {
    /// Parses all files that belong to modules, by their reported paths. A file that cannot be read is a gap of each root
    /// that it belongs to.
    pub fn new(files: &BTreeMap<Arc<str>, Arc<str>>) -> Self {
        let parsed: Vec<ParsedFile> = files
            .par_iter()
            .filter_map(|(path, text)| {
                folder::file_kind(folder::name(path)).map(|kind| folder::parse(path, kind, text))
            })
            .collect();
        let mut folders: BTreeMap<Arc<str>, Vec<ParsedFile>> = BTreeMap::new();
        for file in parsed {
            folders.entry(path::folder(&file.path).into()).or_default().push(file);
        }
        Self { folders }
    }

    /// The folders that hold a root module: those that have a backend or a configured provider, and those that no other
    /// folder calls. Folders with nothing but values of variables are none.
    pub fn roots(&self) -> Vec<Arc<str>> {
        let modules: Vec<Module> = self
            .folders
            .iter()
            .filter(|(_, files)| {
                files.iter().any(|file| matches!(file.kind, folder::FileKind::Native | folder::FileKind::Json))
            })
            .map(|(folder, files)| Module::new(folder, files))
            .collect();
        let called: BTreeSet<String> = modules
            .iter()
            .flat_map(|module| module.local_calls().filter(|called| **called != *module.folder).collect::<Vec<_>>())
            .collect();
        let is_root = |module: &&Module| module.is_root || !called.contains(&*module.folder);
        let mut roots: BTreeSet<Arc<str>> =
            modules.iter().filter(is_root).map(|module| module.folder.clone()).collect();
        let by_folder: BTreeMap<&str, &Module> = modules.iter().map(|module| (&*module.folder, module)).collect();
        let mut reached: BTreeSet<String> = BTreeSet::new();
        for root in &roots {
            reach(&by_folder, root, &mut reached);
        }
        // Folders that only call each other would be lost.
        for module in &modules {
            if !reached.contains(&*module.folder) {
                roots.insert(module.folder.clone());
                reach(&by_folder, &module.folder, &mut reached);
            }
        }
        roots.into_iter().collect()
    }

    /// Works out the root module in a folder.
    pub fn read(&self, folder: &Arc<str>, options: &SourceOptions, outside: &dyn Outside) -> SourceRoot {
        root::read(&self.folders, folder, options, outside)
    }
}

/// The folders that a folder calls, and those that they call.
fn reach(modules: &BTreeMap<&str, &Module>, folder: &str, reached: &mut BTreeSet<String>) {
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        if reached.insert(folder.clone()) {
            open.extend(modules.get(&*folder).into_iter().flat_map(|module| module.local_calls()));
        }
    }
}

/// Parses files, by their reported paths, and works out all root modules among them, in the order of their folders.
pub fn read_all(
    files: &BTreeMap<Arc<str>, Arc<str>>,
    options: &SourceOptions,
    outside: &dyn Outside,
) -> Vec<SourceRoot> {
    let sources = Sources::new(files);
    sources.roots().into_par_iter().map(|folder| sources.read(&folder, options, outside)).collect()
}
