//! What both fronts ask of what is deleted.

use super::item::Item;
use crate::model::fact::{Fact, Reasons, State};

/// A boolean with its default. What is left out stands nowhere.
pub fn flag(item: &Item, default: bool) -> Fact<bool> {
    let written = item.boolean();
    if written.is_absent() { Fact::known(default) } else { written }
}

/// Whether the automated backups of a database outlive it: it has some, and they are not deleted with it. Left out, they
/// are ("Deleting a DB instance" in the Amazon RDS User Guide).
pub fn automated_backups(deleted: &Item, retention: &Item, default_retention: i64) -> Fact<bool> {
    let days = retention.integer().or_default_to(default_retention);
    Fact::all([flag(deleted, true).negate(), days.map(|days| days > 0)])
}

/// The faults that there are; unknown where it is unknown whether or what one of them is.
pub fn faults(all: impl IntoIterator<Item = Fact<String>>) -> Fact<Vec<String>> {
    let mut known = Vec::new();
    let mut doubt: Option<Reasons> = None;
    for fault in all {
        match fault.state {
            State::Known(fault) => known.push(fault),
            State::Absent => {}
            State::Unknown(more) => doubt = Some(doubt.map_or_else(|| more.clone(), |sum| sum.and(&more))),
        }
    }
    doubt.map_or_else(|| Fact::known(known), Fact::unknown)
}
