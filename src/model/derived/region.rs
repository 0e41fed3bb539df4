//! What is derived for a Region of an account: one section for each matter.

pub mod config;
mod jobs;

use crate::model::attribute::{Ranged, attributes};
use crate::model::fact::Fact;

use super::restore_testing::RegionRestoreTesting;

pub use config::RegionConfig;
pub use jobs::JobStatistics;

/// Derived facts of a Region of an account.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionDerived {
    /// What AWS Config records there. Never absent.
    pub config: Fact<RegionConfig>,
    /// How its backup jobs of the window ended.
    pub backup_jobs: Fact<JobStatistics>,
    /// How its copy jobs of the window ended.
    pub copy_jobs: Fact<JobStatistics>,
    /// Restore testing.
    pub restore_testing: Ranged<RegionRestoreTesting>,
}

attributes!(RegionDerived: "AWS::Region" {
    "config" => config,
    "backupJobs" => backup_jobs,
    "copyJobs" => copy_jobs,
    "restoreTesting" => restore_testing,
});
