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
    /// Whether nothing was found, and all that was asked for was answered.
    pub const fn is_empty(&self) -> bool {
        self.resources.is_empty() && self.gaps.is_empty()
    }

    /// Takes in what another collector found.
    pub fn absorb(&mut self, mut other: Self) {
        // The longer list stays where it is: there may be tens of thousands.
        if other.resources.len() > self.resources.len() {
            std::mem::swap(&mut self.resources, &mut other.resources);
        }
        self.resources.extend(other.resources);
        self.listed.extend(other.listed);
        self.gaps.extend(other.gaps);
    }
}
