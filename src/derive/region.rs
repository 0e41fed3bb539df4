//! What is derived for a Region of an account: one file for each section.

mod backup;
mod config;
mod jobs;
mod reports;

use crate::model::derived::RegionDerived;
use crate::model::fact::Fact;
use crate::model::resource::Resource;

use super::index::Index;
use super::restore_testing::{self, Testing};
use super::workload::Workloads;

/// Derives all of a Region.
pub fn derive(
    index: &Index<'_>,
    workloads: &Workloads<'_, '_>,
    testing: &Testing<'_>,
    resource: &Resource,
) -> RegionDerived {
    RegionDerived {
        backup: Fact::known(backup::derive(index, workloads, resource)),
        config: config::derive(index, workloads, resource),
        backup_jobs: jobs::backup_jobs(index, workloads, &resource.id),
        copy_jobs: jobs::copy_jobs(index, workloads, &resource.id),
        restore_testing: restore_testing::region::derive(index, workloads, testing, resource),
        reports: reports::derive(index, resource),
    }
}
