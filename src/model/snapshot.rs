//! What one look at an estate saw: resources, what was listed to its end, and the gaps.

pub mod file;
pub mod whole;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::gap::Gap;
use super::resource::Resource;
use super::suppression::Suppression;

/// One look at an estate. Sorted by identity, so that the same estate gives the same bytes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Snapshot {
    /// When it was taken; none for files, which have no time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Timestamp>,
    /// The kind of source.
    pub source: Source,
    /// The resources.
    pub resources: Vec<Resource>,
    /// What was listed to its end: whatever of it is not among the resources does not exist.
    pub listed: BTreeSet<Listing>,
    /// What was not seen, and why.
    pub gaps: Vec<Gap>,
    /// Suppressions that stand at no resource of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stray: Vec<Suppression>,
}

/// Where a snapshot comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// Files that declare resources: design facts only.
    #[default]
    Files,
    /// A live account: design facts and evidence.
    Live,
}

/// A list that was read to its end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Listing {
    /// The type of what was listed.
    #[serde(rename = "type")]
    pub kind: Arc<str>,
    /// The account.
    pub account: Arc<str>,
    /// The Region; `global` for what belongs to none (buckets are listed for all Regions at once).
    pub region: Arc<str>,
    /// The ARN or id of what the list belongs to: the vault of recovery points, the plan of selections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Arc<str>>,
}

impl Snapshot {
    /// Puts everything into its one order. Collectors call it last.
    pub fn sort(&mut self) {
        self.resources.sort_by(|a, b| a.id.cmp(&b.id));
        self.gaps.sort();
        self.gaps.dedup();
        self.stray.sort();
    }

    /// Whether this list was read to its end.
    pub fn has_listed(&self, kind: &str, account: &str, region: &str, parent: Option<&str>) -> bool {
        self.listed.contains(&Listing {
            kind: kind.into(),
            account: account.into(),
            region: region.into(),
            parent: parent.map(Into::into),
        })
    }
}
