//! A root module and all modules below it as blocks.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::evaluator::{Evaluator, TANGLED};
use super::folder::ParsedFile;
use super::handle::{Handle, ModuleId};
use super::loader::Loader;
use super::tree::Block as Written;
use super::value::{Kind, Value};
use super::{Outside, SourceOptions, SourceRoot};
use crate::collect::terraform::block::{Block, Change, Place, Root};
use crate::model::fact::Fact;
use crate::model::gap::{Gap, GapKind};

/// How many resources one root may declare.
const MAX_BLOCKS: usize = 50_000;

/// Works out one root module.
pub fn read(
    folders: &BTreeMap<Arc<str>, Vec<ParsedFile>>,
    folder: &Arc<str>,
    options: &SourceOptions,
    outside: &dyn Outside,
) -> SourceRoot {
    let mut evaluator = Evaluator::new(folder, Loader::new(folders, outside), options);
    let mut blocks = Vec::new();
    evaluator.module(0, &mut blocks);
    let handed_out = evaluator.handed_out(&blocks);
    let mut gaps: BTreeMap<(Option<Arc<str>>, Arc<str>), Gap> = BTreeMap::new();
    let broken: Vec<Gap> = evaluator
        .modules
        .iter()
        .filter_map(|instance| instance.module.as_ref().ok())
        .flat_map(|module| module.gaps.iter().cloned())
        .collect();
    for gap in broken.into_iter().chain(evaluator.loader.gaps.values().cloned()) {
        gaps.entry((gap.subject.clone(), gap.message.clone())).or_insert(gap);
    }
    let mut gaps: Vec<Gap> = gaps.into_values().collect();
    if evaluator.exhausted() || blocks.len() >= MAX_BLOCKS {
        gaps.push(tangled(folder));
    }
    blocks.sort_by(|a, b| a.address.cmp(&b.address));
    let written = std::mem::take(&mut evaluator.statements).into_iter();
    let statements = written.filter_map(|(text, places)| Some((text, places?))).collect();
    SourceRoot {
        folder: folder.clone(),
        root: Root { blocks, gaps, handed_out, statements, unseen: None },
        texts: evaluator.loader.texts,
    }
}

fn tangled(folder: &Arc<str>) -> Gap {
    Gap {
        kind: GapKind::BrokenFile,
        account: None,
        region: None,
        operation: "expand".into(),
        subject: Some(folder.clone()),
        code: "TooEntangled".into(),
        message: TANGLED.into(),
        leaves_unknown: "what was not worked out".into(),
        permission: None,
        at: None,
    }
}

impl Evaluator<'_> {
    /// All resources of a module and of those that it calls.
    fn module(&mut self, module: ModuleId, out: &mut Vec<Block>) {
        let Some(declared) = self.declared(module) else { return };
        for (name, block) in &declared.resources {
            if !name.starts_with("data.") {
                self.instances(module, name, block, out);
            }
        }
        for call in declared.calls.keys() {
            let Some(expansion) = self.expansion(module, &format!("module.{call}")) else { continue };
            for one in &expansion.instances {
                if out.len() >= MAX_BLOCKS {
                    return;
                }
                if let Some(child) = self.child(module, call, &one.key) {
                    self.module(child, out);
                }
            }
        }
    }

    fn instances(&mut self, module: ModuleId, name: &Arc<str>, block: &Written, out: &mut Vec<Block>) {
        let Some(expansion) = self.expansion(module, name) else { return };
        let above = self.instance(module).map_or_else(Fact::absent, |instance| instance.exists.clone());
        for one in &expansion.instances {
            let exists = Fact::all([above.clone(), one.exists.clone()]);
            if exists.is_false() || out.len() >= MAX_BLOCKS {
                continue;
            }
            let value = self.handle(module, name, &one.key);
            let Kind::Whole(handle) = &value.kind else { continue };
            let Handle::Resource(handle) = &**handle else { continue };
            let (place, body) = match self.resolved(handle) {
                Some(resolved) => (resolved.place.clone(), resolved.item.clone()),
                None => {
                    let place = Place { root: self.root_folder(), ..Place::default() };
                    (place, Value::from(Kind::unknown(TANGLED)).item())
                }
            };
            let scope = self.scope_of(module, one);
            let mut lifecycle = |argument: &str| {
                let written = block.body.blocks("lifecycle").find_map(|block| block.body.attribute(argument));
                written.map_or_else(Fact::absent, |written| self.argument(&scope, &written.expr).item().boolean())
            };
            let (mut prevent_destroy, destroy) = (lifecycle("prevent_destroy"), lifecycle("destroy"));
            if !destroy.is_absent() {
                prevent_destroy = Fact::any([prevent_destroy, destroy.negate()]);
            }
            out.push(Block {
                address: handle.address.clone(),
                kind: handle.kind().into(),
                place,
                header: block.header.clone(),
                extent: block.extent.clone(),
                exists,
                body,
                prevent_destroy,
                change: Change::Kept,
            });
        }
    }
}
