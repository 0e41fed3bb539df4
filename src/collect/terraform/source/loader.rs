//! Where modules come from: the scanned folders, and what lies beside them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::evaluator::Evaluator;
use super::folder::{self, ParsedFile, file_kind};
use super::handle::ModuleId;
use super::module::{self, Module};
use super::path;
use super::tree::Block;
use crate::collect::terraform::source::Outside;
use crate::model::fact::{Cure, Reason, Reasons};
use crate::model::gap::{Gap, GapKind};

/// Reads folders of modules, each once.
pub struct Loader<'a> {
    folders: &'a BTreeMap<Arc<str>, Vec<ParsedFile>>,
    outside: &'a dyn Outside,
    loaded: BTreeMap<Arc<str>, Option<Arc<Module>>>,
    /// The folders of installed modules, by the names of the calls; none where nothing is installed.
    manifest: Option<BTreeMap<String, String>>,
    manifest_read: bool,
    /// Texts that were read from outside, by their reported path.
    pub texts: BTreeMap<Arc<str>, Arc<str>>,
    /// Modules and files that are not there or cannot be read.
    pub gaps: BTreeMap<Arc<str>, Gap>,
}

impl<'a> Loader<'a> {
    /// A loader over parsed folders.
    pub fn new(folders: &'a BTreeMap<Arc<str>, Vec<ParsedFile>>, outside: &'a dyn Outside) -> Self {
        Self {
            folders,
            outside,
            loaded: BTreeMap::new(),
            manifest: None,
            manifest_read: false,
            texts: BTreeMap::new(),
            gaps: BTreeMap::new(),
        }
    }

    /// The module in a folder; none where there is no configuration.
    pub fn folder(&mut self, folder: &Arc<str>) -> Option<Arc<Module>> {
        if let Some(loaded) = self.loaded.get(folder) {
            return loaded.clone();
        }
        let module = match self.folders.get(folder) {
            Some(files) => {
                let mut all = files.clone();
                all.extend(self.beside(folder));
                all.sort_by(|a, b| a.path.cmp(&b.path));
                Some(Arc::new(Module::new(folder, &all)))
            }
            None => {
                let files = self.beside(folder);
                (!files.is_empty()).then(|| Arc::new(Module::new(folder, &files)))
            }
        };
        self.loaded.insert(folder.clone(), module.clone());
        module
    }

    /// The files of a folder that are not among the scanned ones: a module is all files of its folder, whichever of them
    /// are scanned.
    fn beside(&mut self, folder: &Arc<str>) -> Vec<ParsedFile> {
        let mut files = Vec::new();
        let Ok(Some(mut names)) = self.outside.list(folder) else { return files };
        names.sort();
        let scanned = self.folders.get(folder).map(Vec::as_slice).unwrap_or_default();
        for name in names {
            let Some(kind) = file_kind(&name) else { continue };
            let path: Arc<str> = path::join(folder, &name).into();
            if scanned.iter().any(|file| folder::name(&file.path) == &*name) {
                continue;
            }
            match self.outside.read(&path) {
                Ok(Some(text)) => {
                    files.push(folder::parse(&path, kind, &text));
                    self.texts.insert(path, text);
                }
                Ok(None) => {}
                Err(message) => {
                    files.push(ParsedFile { path: path.clone(), kind, body: Err(unreadable(&path, &message)) })
                }
            }
        }
        files
    }

    /// The text of a file that an expression names, or why it cannot be had; none where there is no such file.
    pub fn text(&mut self, path: &str) -> Result<Option<Arc<str>>, Arc<str>> {
        self.outside.read(path)
    }

    /// Where `terraform init` has put a module.
    fn installed(&mut self, root: &str, names: &str) -> Option<String> {
        if !self.manifest_read {
            self.manifest_read = true;
            self.manifest = self.manifest(root);
        }
        let folder = self.manifest.as_ref()?.get(names)?;
        Some(path::join(root, folder))
    }

    fn manifest(&self, root: &str) -> Option<BTreeMap<String, String>> {
        let text = self.outside.read(&path::join(root, ".terraform/modules/modules.json")).ok()??;
        let json: serde_json::Value = serde_json::from_str(&text).ok()?;
        let modules = json.get("Modules")?.as_array()?;
        let text = |module: &serde_json::Value, key: &str| Some(module.get(key)?.as_str()?.to_owned());
        Some(modules.iter().filter_map(|module| Some((text(module, "Key")?, text(module, "Dir")?))).collect())
    }
}

impl Evaluator<'_> {
    /// The module that a block calls, or why it was not read.
    pub(super) fn called(&mut self, caller: ModuleId, call: &Block, names: &str) -> Result<Arc<Module>, Reasons> {
        let Some(source) = module::source(call) else {
            return Err("the source of the module is not written out".into());
        };
        let folder = if module::is_local(&source) {
            let own = self.declared(caller).map(|module| module.folder.clone()).unwrap_or_default();
            Some(path::join(&own, &source))
        } else {
            let root = self.root_folder();
            self.loader.installed(&root, names)
        };
        if folder.as_deref().is_some_and(|folder| self.is_within(caller, folder)) {
            return Err(format!("module source `{source}` is the module itself, or one that calls it").into());
        }
        if let Some(module) = folder.and_then(|folder| self.loader.folder(&folder.into())) {
            return Ok(module);
        }
        let gap = missing(&source, call);
        let reason = Reason::new(format!("module source `{source}` is not there"));
        let cure = if module::is_local(&source) {
            Cure::Source(format!("scan the folder that `{source}` names, too"))
        } else {
            Cure::Source("run `terraform init` before the scan".to_owned())
        };
        self.loader.gaps.entry(source).or_insert(gap);
        Err(reason.cured_by(cure).into())
    }
}

impl Evaluator<'_> {
    /// Whether a module, or one of those that call it, is the one in this folder: Terraform refuses such a circle.
    fn is_within(&mut self, module: ModuleId, folder: &str) -> bool {
        let mut at = Some(module);
        while let Some(module) = at {
            if self.declared(module).is_some_and(|declared| &*declared.folder == folder) {
                return true;
            }
            at = self.instance(module).and_then(|instance| instance.call.as_ref().map(|call| call.scope.module));
        }
        false
    }
}

fn missing(source: &Arc<str>, call: &Block) -> Gap {
    Gap {
        kind: GapKind::NotModelled,
        account: None,
        region: None,
        operation: "expand".into(),
        subject: Some(call.header.file.clone()),
        code: "ModuleNotFound".into(),
        message: format!("module source `{source}` is not there; `terraform init` fetches modules").into(),
        leaves_unknown: "the resources of the module, and its outputs".into(),
        permission: None,
        at: Some(call.header.clone()),
    }
}

fn unreadable(path: &Arc<str>, message: &str) -> Gap {
    Gap {
        kind: GapKind::BrokenFile,
        account: None,
        region: None,
        operation: "read".into(),
        subject: Some(path.clone()),
        code: "Unreadable".into(),
        message: message.into(),
        leaves_unknown: "all that the file declares".into(),
        permission: None,
        at: None,
    }
}
