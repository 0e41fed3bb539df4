//! Terraform among the files of a scan: its roots, their resources, and the suppressions that stand at them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelExtend, ParallelIterator};

use super::nested::Neighbours;
use super::{FileOptions, Scanned, reason};
use crate::collect::declared::item::Kind;
use crate::collect::declared::suppression::{hand_out, hcl, may_hold_any};
use crate::collect::terraform::block::{Block, Root};
use crate::collect::terraform::source::{Outside, SourceOptions, SourceRoot, Sources};
use crate::collect::terraform::{map, plan};
use crate::model::gap::{ACCOUNT_BLOCK, Gap, GapKind};
use crate::model::position::{Point, Position};
use crate::model::resource::Resource;

impl Outside for Neighbours {
    fn read(&self, path: &str) -> Result<Option<Arc<str>>, Arc<str>> {
        match self.find(path) {
            Some(found) => found.map(Some),
            None => Ok(None),
        }
    }

    fn list(&self, folder: &str) -> Result<Option<Vec<Arc<str>>>, Arc<str>> {
        let Some(path) = self.place(folder) else { return Ok(None) };
        let path = path?;
        // A folder that is read in part would lack files that say what its resources are.
        let failed = |error: std::io::Error| -> Arc<str> { reason(&error).into() };
        let entries = std::fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(failed)?;
        let mut names: Vec<Arc<str>> =
            entries.into_iter().map(|entry| entry.file_name().to_string_lossy().into_owned().into()).collect();
        names.sort();
        Ok(Some(names))
    }
}

/// The files of Terraform in a scan, by their reported paths.
#[derive(Default)]
pub(super) struct Files {
    /// Source, and values of its variables.
    pub(super) sources: BTreeMap<Arc<str>, Arc<str>>,
    /// Plans.
    pub(super) plans: BTreeMap<Arc<str>, Arc<str>>,
}

/// What one root declares.
struct Read {
    resources: Vec<Resource>,
    gaps: Vec<Gap>,
    /// The blocks of its source.
    blocks: Vec<Block>,
    /// The texts that were read from beside the scanned files.
    texts: BTreeMap<Arc<str>, Arc<str>>,
}

impl Files {
    /// Works out all roots and plans, and adds what they declare. A root whose plan lies beside it is judged by the plan,
    /// which knows more; its source says where everything stands.
    pub(super) fn add(self, options: &FileOptions, outside: &Neighbours, scanned: &mut Scanned) {
        let source_options = SourceOptions {
            account: options.account.clone(),
            region: options.region.clone(),
            partition: options.partition.clone(),
            ..options.terraform.clone()
        };
        let sources = Sources::new(&self.sources);
        let roots: BTreeMap<Arc<str>, SourceRoot> = sources
            .roots()
            .into_par_iter()
            .map(|folder| (folder.clone(), sources.read(&folder, &source_options, outside)))
            .collect();
        let planned: BTreeSet<&str> = self.plans.keys().map(|plan| folder_of(plan)).collect();
        let mut all: Vec<Read> = self
            .plans
            .par_iter()
            .map(|(file, text)| read_plan(file, text, options, roots.get(folder_of(file))))
            .collect();
        let alone: Vec<SourceRoot> = roots.into_values().filter(|root| !planned.contains(&*root.folder)).collect();
        all.par_extend(alone.into_par_iter().map(|read| Read {
            resources: map::resources(&read.root),
            gaps: read.root.gaps.iter().cloned().chain(account_blocks(&read.root)).collect(),
            blocks: read.root.blocks,
            texts: read.texts,
        }));
        let mut texts = self.sources;
        texts.extend(self.plans);
        let mut extents = Vec::new();
        let mut resources = Vec::new();
        for read in all {
            extents.extend(extents_of(&read, resources.len()));
            scanned.snapshot.gaps.extend(read.gaps);
            texts.extend(read.texts);
            resources.extend(read.resources);
        }
        suppress(&texts, &extents, &mut resources, scanned);
        scanned.snapshot.resources.extend(resources);
        scanned.texts.extend(texts);
    }
}

/// The folder of a file as it is reported; `.` for the working folder.
fn folder_of(file: &str) -> &str {
    file.rsplit_once('/').map_or(".", |(folder, _)| folder)
}

fn read_plan(file: &Arc<str>, text: &str, options: &FileOptions, source: Option<&SourceRoot>) -> Read {
    let blocks = source.map_or(&[][..], |source| source.root.blocks.as_slice());
    let by_address: BTreeMap<&str, &Block> = blocks.iter().map(|block| (&*block.address, block)).collect();
    let locate = |address: &str, path: &[String]| place_in(by_address.get(address)?, path);
    let (resources, mut gaps) = match plan::root(file, text, options, &locate) {
        Ok(Some(mut root)) => {
            prevent_destroy(&mut root, &by_address);
            (map::resources(&root), root.gaps.iter().cloned().chain(account_blocks(&root)).collect())
        }
        Ok(None) => (Vec::new(), Vec::new()),
        Err(gap) => (Vec::new(), vec![*gap]),
    };
    // A broken file beside a plan is broken all the same; what modules hide from the source, the plan tells.
    let broken = source.into_iter().flat_map(|source| &source.root.gaps).filter(|gap| gap.kind == GapKind::BrokenFile);
    gaps.extend(broken.cloned());
    let texts = source.map(|source| source.texts.clone()).unwrap_or_default();
    Read { resources, gaps, blocks: blocks.to_vec(), texts }
}

/// A plan does not say what its source keeps from being destroyed. It is said of a resource as a whole, so that the
/// instances whose `count` the source alone does not decide have it too.
fn prevent_destroy(plan: &mut Root, source: &BTreeMap<&str, &Block>) {
    for block in &mut plan.blocks {
        let resource = block.address.strip_suffix(']').and_then(|address| address.rsplit_once('['));
        let without_key = || source.get(resource?.0);
        if let Some(written) = source.get(&*block.address).or_else(without_key) {
            block.prevent_destroy = written.prevent_destroy.clone();
        }
    }
}

/// An account's public access block is no resource that is judged, but it makes up for a bucket's own ("Resource:
/// aws_s3_account_public_access_block" in the documentation of the AWS provider).
fn account_blocks(root: &Root) -> impl Iterator<Item = Gap> {
    let declared = |block: &&Block| &*block.kind == "aws_s3_account_public_access_block" && !block.exists.is_false();
    root.blocks.iter().filter(declared).map(|block| Gap {
        kind: GapKind::NotModelled,
        account: block.place.account.clone(),
        region: None,
        operation: "read".into(),
        subject: Some(block.address.clone()),
        code: ACCOUNT_BLOCK.into(),
        message: format!(
            "`{}` sets the account's own public access block, which is not read from files",
            block.address
        )
        .into(),
        leaves_unknown: "public access to the account's buckets where they do not block it themselves".into(),
        permission: None,
        at: Some(block.header.clone()),
    })
}

/// Where an argument stands in a block; none where it is not written there.
fn place_in(block: &Block, path: &[String]) -> Option<Arc<Position>> {
    if path.is_empty() {
        return Some(block.header.clone());
    }
    let mut item = block.body.clone();
    for step in path {
        item = match (&item.kind, step.parse::<usize>()) {
            (Kind::List(elements), Ok(at)) => elements.get(at)?.clone(),
            _ => item.get(step),
        };
    }
    if matches!(item.kind, Kind::Absent) { None } else { item.at }
}

/// Blocks at which a suppression speaks of a resource, and the resource's number: its own block, and those that set a
/// part of it.
fn extents_of(read: &Read, first: usize) -> Vec<(Arc<Position>, usize)> {
    let by_address: BTreeMap<&str, usize> =
        read.resources.iter().enumerate().map(|(at, one)| (&*one.id.id, first + at)).collect();
    let mut by_name: BTreeMap<(&str, &str), Option<usize>> = BTreeMap::new();
    for (at, one) in read.resources.iter().enumerate() {
        // Of several with one name nobody knows which is meant.
        by_name.entry((&one.id.kind, &one.name)).and_modify(|found| *found = None).or_insert(Some(first + at));
    }
    let named = |block: &Block| {
        let (kind, name) = map::part_of_named(block)?;
        by_name.get(&(kind, name.as_str())).copied().flatten()
    };
    let owner = |block: &Block| {
        let own = by_address.get(&*block.address);
        own.or_else(|| by_address.get(&*map::part_of(block)?.id)).copied().or_else(|| named(block))
    };
    read.blocks.iter().filter_map(|block| Some((block.extent.clone(), owner(block)?))).collect()
}

/// Hands the suppressions of all files out.
fn suppress(
    texts: &BTreeMap<Arc<str>, Arc<str>>,
    blocks: &[(Arc<Position>, usize)],
    resources: &mut [Resource],
    scanned: &mut Scanned,
) {
    let is_hcl = |file: &str| Path::new(file).extension().is_some_and(|end| end == "tf" || end == "tofu");
    for (file, text) in texts.iter().filter(|(file, text)| is_hcl(file) && may_hold_any(text)) {
        let here: Vec<_> = blocks.iter().filter(|(extent, _)| extent.file == *file).collect();
        let places: Vec<(Point, Point)> = here.iter().map(|(extent, _)| (extent.start, extent.end)).collect();
        let handed = hand_out(file, &hcl::comments(text), &places);
        scanned.snapshot.stray.extend(handed.stray);
        let mut seen = BTreeSet::new();
        for ((_, at), own) in here.into_iter().zip(handed.each) {
            if let Some(resource) = resources.get_mut(*at) {
                for suppression in own {
                    if seen.insert((*at, suppression.at.clone())) {
                        resource.suppressions.push(suppression);
                    }
                }
            }
        }
    }
}
