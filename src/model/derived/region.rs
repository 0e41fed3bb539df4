//! What is derived for a Region of an account.

use crate::model::attribute::{Ranged, attributes};
use crate::model::derived::{BackupRegion, BackupReports};
use crate::model::fact::Fact;

/// Derived facts of a Region of an account.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionDerived {
    /// What it has of AWS Backup.
    pub backup: Fact<BackupRegion>,
    /// Who reports on its backup jobs.
    pub reports: Ranged<BackupReports>,
}

attributes!(RegionDerived: "AWS::Region" {
    "backup" => backup,
    "reports" => reports,
});
