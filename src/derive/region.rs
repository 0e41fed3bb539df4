//! What is derived for a Region of an account: a section for each area.

mod backup;
mod reports;

use crate::model::derived::RegionDerived;
use crate::model::fact::Fact;
use crate::model::resource::Resource;

use super::index::Index;
use super::workload::Workloads;

/// Derives all of a Region.
pub fn derive(index: &Index<'_>, workloads: &Workloads<'_, '_>, resource: &Resource) -> RegionDerived {
    RegionDerived {
        backup: Fact::known(backup::derive(index, workloads, resource)),
        reports: reports::derive(index, resource),
    }
}
