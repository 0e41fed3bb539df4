//! What is derived for a Region of an account: one file for each section.

mod config;
mod holdings;
mod jobs;

use crate::model::derived::RegionDerived;
use crate::model::resource::Resource;

use super::index::Index;
use super::restore_testing::{self, Testing};
use super::workload::Workloads;
pub use holdings::Holdings;

/// Derives all of a Region.
pub fn derive(
    index: &Index<'_>,
    workloads: &Workloads<'_, '_>,
    holdings: &Holdings<'_>,
    testing: &Testing<'_>,
    resource: &Resource,
) -> RegionDerived {
    RegionDerived {
        config: config::derive(index, holdings, resource),
        backup_jobs: jobs::backup_jobs(index, workloads, &resource.id),
        copy_jobs: jobs::copy_jobs(index, workloads, &resource.id),
        restore_testing: restore_testing::region::derive(index, workloads, testing, resource),
    }
}
