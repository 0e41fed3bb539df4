//! What is derived for a Region of an account: one file for each section.

mod config;
mod holdings;

use crate::model::derived::RegionDerived;
use crate::model::resource::Resource;

use super::index::Index;
pub use holdings::Holdings;

/// Derives all of a Region.
pub fn derive(index: &Index<'_>, holdings: &Holdings<'_>, resource: &Resource) -> RegionDerived {
    RegionDerived { config: config::derive(index, holdings, resource) }
}
