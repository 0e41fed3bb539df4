//! The possible worlds of one rule: partial evaluation cannot doubt presence, so presence is tried both ways.
//!
//! An unknown *required* fact needs no worlds: Cedar carries it as an unknown value. An unknown *optional* fact may
//! be absent, or present with an unknown value. An unread tag likewise. A section of several versions is each of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::view::View;
use crate::model::attribute::{Attribute, Seen, Value};
use crate::model::fact::Fact;
use crate::rule::reads::Reads;

/// More forks than this in one rule, and its verdict is Unknown (design §2).
const MAX_FORKS: usize = 6;
/// The same bound on worlds, since a fork can have more than two ways: a tier is one of many.
const MAX_WORLDS: usize = 1 << MAX_FORKS;

/// One way in which a fork may go.
#[derive(Clone, Debug)]
enum Way {
    Absent,
    /// There, with an unknown value.
    Present,
    /// This version of a section.
    Version(Value),
}

/// The views in which a rule is judged; none where there are too many. `optional` says which paths may be absent.
pub fn worlds(view: &View, reads: &Reads, optional: &BTreeSet<String>) -> Option<Vec<View>> {
    let mut worlds = vec![view.only(reads)];
    let mut settled = BTreeSet::new();
    let mut forks = 0;
    while let Some((path, ways)) = worlds.iter().find_map(|world| next_fork(world, reads, optional, &settled)) {
        forks += 1;
        if forks > MAX_FORKS || worlds.len() * ways.len() > MAX_WORLDS {
            return None;
        }
        let mut next = Vec::with_capacity(worlds.len() * ways.len());
        for world in &worlds {
            for way in &ways {
                let mut world = world.clone();
                take(&mut world, &path, way);
                next.push(world);
            }
        }
        settled.insert(path);
        worlds = next;
    }
    Some(worlds)
}

/// The first fork that the rule reads and that is not settled yet, with its ways. A fork inside one version of a
/// section exists only in the worlds of that version; [`take`] leaves the others as they are.
fn next_fork(
    world: &View,
    reads: &Reads,
    optional: &BTreeSet<String>,
    settled: &BTreeSet<String>,
) -> Option<(String, Vec<Way>)> {
    let mut keys: BTreeSet<&str> = reads.tags.iter().map(String::as_str).collect();
    if reads.any_tag || reads.opaque {
        keys.extend(world.tags.entries.keys().map(|key| &**key));
    }
    if world.tags.others.is_some() {
        for key in keys {
            let path = format!("tags.{key}");
            if !world.tags.entries.contains_key(key) && !settled.contains(&path) {
                return Some((path, vec![Way::Absent, Way::Present]));
            }
        }
    }
    fork_in(&world.attributes, "", reads, optional, settled)
}

fn fork_in(
    attributes: &[Attribute],
    prefix: &str,
    reads: &Reads,
    optional: &BTreeSet<String>,
    settled: &BTreeSet<String>,
) -> Option<(String, Vec<Way>)> {
    for attribute in attributes {
        let path = format!("{prefix}{}", attribute.name);
        if !reads.touch(&path) {
            continue;
        }
        match &attribute.seen {
            Seen::OneOf(versions, _) => {
                return Some((path, versions.iter().cloned().map(Way::Version).collect()));
            }
            Seen::Unknown(_) if optional.contains(&path) && !settled.contains(&path) => {
                return Some((path, vec![Way::Absent, Way::Present]));
            }
            Seen::Known(Value::Section(section)) => {
                let inner = fork_in(&section.attributes, &format!("{path}."), reads, optional, settled);
                if inner.is_some() {
                    return inner;
                }
            }
            Seen::Unknown(_) | Seen::Known(_) | Seen::Absent => {}
        }
    }
    None
}

fn take(world: &mut View, path: &str, way: &Way) {
    if let Some(key) = path.strip_prefix("tags.") {
        if let Way::Present = way {
            let reasons = world.tags.others.clone().unwrap_or_else(|| "the tags were not read".into());
            world.tags.entries.insert(Arc::from(key), Fact::unknown(reasons));
        }
        return;
    }
    if let Some(attribute) = find_mut(&mut world.attributes, path) {
        match (way, &attribute.seen) {
            (Way::Absent, Seen::Unknown(_)) => attribute.seen = Seen::Absent,
            (Way::Version(version), Seen::OneOf(..)) => attribute.seen = Seen::Known(version.clone()),
            _ => {}
        }
    }
}

fn find_mut<'a>(attributes: &'a mut [Attribute], path: &str) -> Option<&'a mut Attribute> {
    let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
    let attribute = attributes.iter_mut().find(|attribute| attribute.name == head)?;
    match rest {
        None => Some(attribute),
        Some(rest) => match &mut attribute.seen {
            Seen::Known(Value::Section(section)) => find_mut(&mut section.attributes, rest),
            _ => None,
        },
    }
}
