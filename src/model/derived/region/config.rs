//! What AWS Config does in a Region.

use crate::model::attribute::attributes;
use crate::model::fact::Fact;

/// The recorder of a Region, joined with what there is to record.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionConfig {
    /// Whether the Region holds a workload of a tier that asks for something, or a backup.
    pub needed: Fact<bool>,
    /// Whether a recorder of the customer's own runs, and its last recording did not fail.
    pub recording: Fact<bool>,
    /// Whether it has a delivery channel, whose last delivery did not fail.
    pub delivering: Fact<bool>,
    /// What is wrong with both, for people; empty where nothing is.
    pub faults: Fact<Vec<String>>,
    /// Whether it records every type of AWS Backup that audits read; absent where there is no recorder.
    pub records_backup: Fact<bool>,
    /// Those that it does not record; absent where there is no recorder.
    pub unrecorded_backup_types: Fact<Vec<String>>,
}

attributes!(RegionConfig: "AWS::Config::Recording" {
    "needed" => needed,
    "recording" => recording,
    "delivering" => delivering,
    "faults" => faults,
    "recordsBackup?" => records_backup,
    "unrecordedBackupTypes?" => unrecorded_backup_types,
});
