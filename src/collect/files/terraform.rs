//! Terraform among the files of a scan: its roots, their resources, and the suppressions that stand at them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::nested::Neighbours;
use super::{FileOptions, Scanned};
use crate::collect::declared::suppression::{hand_out, hcl, may_hold_any};
use crate::collect::terraform::block::{Block, Root};
use crate::collect::terraform::map;
use crate::collect::terraform::source::{Outside, SourceOptions, Sources};
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
        let Ok(entries) = std::fs::read_dir(path) else { return Ok(None) };
        let mut names: Vec<Arc<str>> =
            entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned().into()).collect();
        names.sort();
        Ok(Some(names))
    }
}

/// Works out all roots among these files and adds what they declare.
pub(super) fn add(
    files: &BTreeMap<Arc<str>, Arc<str>>,
    options: &FileOptions,
    outside: &Neighbours,
    scanned: &mut Scanned,
) {
    if files.is_empty() {
        return;
    }
    let options = SourceOptions {
        account: options.account.clone(),
        region: options.region.clone(),
        partition: options.partition.clone(),
        ..options.terraform.clone()
    };
    let sources = Sources::new(files);
    let roots = sources.roots();
    let read: Vec<_> = roots
        .par_iter()
        .map(|folder| {
            let root = sources.read(folder, &options, outside);
            let resources = map::resources(&root.root);
            (root, resources)
        })
        .collect();
    let mut texts = files.clone();
    let mut blocks = Vec::new();
    let mut resources = Vec::new();
    for (read, declared) in read {
        scanned.snapshot.gaps.extend(read.root.gaps.iter().cloned());
        texts.extend(read.texts);
        blocks.extend(extents(&read.root, &declared, resources.len()));
        resources.extend(declared);
    }
    suppress(&texts, &blocks, &mut resources, scanned);
    scanned.snapshot.resources.extend(resources);
    scanned.texts.extend(texts);
}

/// Blocks at which a suppression speaks of a resource, and the resource's number: its own block, and those that set a
/// part of it.
fn extents(root: &Root, resources: &[Resource], first: usize) -> Vec<(Arc<Position>, usize)> {
    let by_id: BTreeMap<_, usize> = resources.iter().enumerate().map(|(at, one)| (&one.id, first + at)).collect();
    let by_address: BTreeMap<&str, usize> =
        resources.iter().enumerate().map(|(at, one)| (&*one.id.id, first + at)).collect();
    let owner =
        |block: &Block| by_address.get(&*block.address).copied().or_else(|| by_id.get(&map::part_of(block)?).copied());
    root.blocks.iter().filter_map(|block| Some((block.extent.clone(), owner(block)?))).collect()
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
