//! The ways in which unknown facts may go, as far as a rule can tell them apart.

use crate::evaluate::view::View;
use crate::model::attribute::Seen;
use crate::rule::reads::Reads;

/// The worlds that differ in a fact which the rule reads, each with the facts that tell it from the others; without a
/// name where there is only one.
pub(super) fn distinct(worlds: Vec<View>, reads: &Reads) -> (Vec<View>, Vec<String>) {
    let mut kept: Vec<(View, Vec<Read>)> = Vec::new();
    for world in worlds {
        let read = read(&world, reads);
        if reads.opaque || reads.any_tag || kept.iter().all(|(_, other)| *other != read) {
            kept.push((world, read));
        }
    }
    let differs = |index: usize| {
        kept.iter().any(|(_, facts)| facts.get(index) != kept.first().and_then(|(_, facts)| facts.get(index)))
    };
    let names = kept
        .iter()
        .map(|(_, facts)| {
            let telling = facts.iter().enumerate().filter(|(index, _)| differs(*index));
            telling.map(|(_, fact)| format!("{} {}", fact.path, fact.text)).collect::<Vec<_>>().join(", ")
        })
        .collect();
    (kept.into_iter().map(|(world, _)| world).collect(), names)
}

/// What a rule sees of one fact in one world.
#[derive(PartialEq)]
struct Read {
    path: String,
    /// None where only its presence is asked for.
    seen: Option<Seen>,
    text: String,
}

fn read(world: &View, reads: &Reads) -> Vec<Read> {
    let mut facts: Vec<Read> = reads
        .paths
        .iter()
        .map(|path| {
            let seen = world.find(path).map(|attribute| &attribute.seen);
            let text = match seen {
                Some(Seen::Unknown(_)) => "there".to_owned(),
                None => "none".to_owned(),
                Some(_) if reads.whole.contains(path) => world.text(path),
                Some(Seen::Absent) => "none".to_owned(),
                Some(_) => "there".to_owned(),
            };
            Read { path: path.clone(), seen: seen.filter(|_| reads.whole.contains(path)).cloned(), text }
        })
        .collect();
    for key in &reads.tags {
        let tag = world.tags.get(key);
        let text = if tag.is_absent() { "none" } else { tag.value().map_or("there", String::as_str) };
        facts.push(Read { path: format!("tags[\"{key}\"]"), seen: None, text: text.to_owned() });
    }
    facts
}
