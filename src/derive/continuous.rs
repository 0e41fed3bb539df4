//! Which types can be restored to any point in time, and by what.
//!
//! AWS Backup: "Continuous backups and point-in-time recovery (PITR)" in its Developer Guide. By themselves: "Restoring
//! a DB instance to a specified time" in the Amazon RDS User Guide, "Point-in-time backups for DynamoDB" in the Amazon
//! DynamoDB Developer Guide, and the pages on backing up and restoring of Amazon Aurora, Amazon DocumentDB and Amazon
//! Neptune.

use crate::model::fact::{Cure, Fact, Reason};
use crate::model::resource::Resource;

use super::evidence;
use super::selecting::backup_type;

/// Whether the type (AWS Backup's name of it) restores to a point in time without AWS Backup too.
pub fn has_its_own(kind: &str) -> bool {
    matches!(kind, "RDS" | "Aurora" | "DynamoDB" | "DocumentDB" | "Neptune")
}

/// Why it is not known whether it does.
pub fn not_read(kind: &str) -> Reason {
    Reason::new(format!("whether {kind} keeps point-in-time backups of its own was not read"))
        .cured_by(Cure::Setting("an entry of `[[external-paths]]` that declares them".to_owned()))
}

/// Why it is not known what a declared workload's own service backs up: automated backups and snapshots, lifecycle
/// policies of Amazon Data Lifecycle Manager.
pub fn service_not_read(kind: &str) -> Reason {
    Reason::new(format!("which backups the service of {kind} makes by itself is not read from files"))
        .cured_by(Cure::Setting("an entry of `[[external-paths]]` that declares them".to_owned()))
}

/// Whether the resource's type can be backed up continuously at all.
pub fn is_supported(resource: &Resource) -> Fact<bool> {
    backup_type(resource).map_or_else(
        || Fact::unknown("AWS Backup's name of the resource's type is not known"),
        |kind| Fact::known(evidence::is_continuous_type(kind) || has_its_own(kind)),
    )
}
