//! What one collector adds to the snapshot.

use crate::model::gap::Gap;
use crate::model::resource::Resource;
use crate::model::snapshot::Listing;

/// Resources, finished lists and gaps of one collector. The order does not matter: the snapshot is sorted at the end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    /// Resources.
    pub resources: Vec<Resource>,
    /// Lists that were read to their end.
    pub listed: Vec<Listing>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}

impl Part {
    /// Takes in what another collector found.
    pub fn absorb(&mut self, other: Self) {
        self.resources.extend(other.resources);
        self.listed.extend(other.listed);
        self.gaps.extend(other.gaps);
    }
}
