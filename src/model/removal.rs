//! What is lost when the files that declare a resource let it go.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::attribute::attributes;
use super::fact::Fact;
use super::position::Position;

/// Whether a resource's data outlives its declaration. Only of files: what nobody declares, nobody lets go.
///
/// Backups, replicas and what else lies elsewhere outlive it anyway; this is about what it holds itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Removal {
    /// Whether it is deleted with its data when its stack is, when its root is destroyed, or when it is taken out of
    /// either.
    pub lost_on_delete: Fact<bool>,
    /// Whether that becomes of the old one when an update puts a new one in its place.
    pub lost_on_replace: Fact<bool>,
    /// What lets it be lost, for people.
    pub faults: Fact<Vec<String>>,
}

attributes!(Removal: "Backstop::Removal" {
    "lostOnDelete" => lost_on_delete,
    "lostOnReplace" => lost_on_replace,
    "faults" => faults,
});

impl Removal {
    /// The same as a section of facts: it stands where what is lost is written, else where what is not known is; nowhere
    /// where nothing is written.
    pub fn section(&self) -> Fact<Self> {
        let both = || [&self.lost_on_delete, &self.lost_on_replace].into_iter();
        let written = |wanted: fn(&Fact<bool>) -> bool| -> Option<Arc<Position>> {
            both().filter(|fact| wanted(fact)).find_map(|fact| fact.at.clone())
        };
        let at = if both().any(Fact::is_true) { written(Fact::is_true) } else { written(Fact::is_unknown) };
        Fact::known(self.clone()).at(at)
    }
}
