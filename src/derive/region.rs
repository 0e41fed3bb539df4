//! What is derived for a Region of an account.

mod jobs;

use crate::model::derived::RegionDerived;
use crate::model::resource::Resource;

use super::index::Index;
use super::workload::Workloads;

/// Derives all of a Region.
pub fn derive(index: &Index<'_>, workloads: &Workloads<'_, '_>, resource: &Resource) -> RegionDerived {
    RegionDerived {
        backup_jobs: jobs::backup_jobs(index, workloads, &resource.id),
        copy_jobs: jobs::copy_jobs(index, workloads, &resource.id),
    }
}
