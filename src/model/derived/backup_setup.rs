//! What is derived of AWS Backup for a Region and for an account: sections of theirs.

use jiff::SignedDuration;

use crate::model::attribute::attributes;
use crate::model::fact::Fact;

/// What a Region has of AWS Backup and of Backup Audit Manager.
#[derive(Clone, Debug, PartialEq)]
pub struct BackupRegion {
    /// Whether at least one workload whose tier asks for backups lies in it.
    pub needs_backups: Fact<bool>,
    /// Whether it has a backup plan.
    pub has_plan: Fact<bool>,
    /// Whether something is backed up in it: it has a plan, or a recovery point.
    pub has_backups: Fact<bool>,
    /// Whether a framework of Backup Audit Manager is deployed, and AWS Config records for it.
    pub has_framework: Fact<bool>,
    /// The frameworks that are not, each with its state, for people.
    pub idle_frameworks: Fact<Vec<String>>,
}

attributes!(BackupRegion: "Backstop::RegionBackup" {
    "needsBackups" => needs_backups,
    "hasPlan" => has_plan,
    "hasBackups" => has_backups,
    "hasFramework" => has_framework,
    "idleFrameworks" => idle_frameworks,
});

/// Who reports on the backup jobs of a Region.
#[derive(Clone, Debug, PartialEq)]
pub struct BackupReports {
    /// Whether a report plan that was seen reports on them.
    pub backup_jobs: Fact<bool>,
    /// The time since such a plan last delivered a report, or was made where it never did; absent without one, and where
    /// there is no clock. Evidence.
    pub silence: Fact<SignedDuration>,
}

attributes!(BackupReports: "Backstop::RegionReports" {
    "backupJobs" => backup_jobs,
    "silence?" => silence,
});

/// What an account has of AWS Backup for all its Regions.
#[derive(Clone, Debug, PartialEq)]
pub struct BackupAccount {
    /// Whether the tier of at least one workload asks for a copy in another account.
    pub needs_cross_account: Fact<bool>,
    /// Whether the organization lets its accounts copy backups to one another; false outside an organization.
    pub cross_account_enabled: Fact<bool>,
    /// Whether of each type that has recovery points, a role that AWS Backup may assume can restore it.
    pub restorable: Fact<bool>,
    /// The types that none can, for people.
    pub unrestorable_types: Fact<Vec<String>>,
}

attributes!(BackupAccount: "Backstop::AccountBackup" {
    "needsCrossAccount" => needs_cross_account,
    "crossAccountEnabled" => cross_account_enabled,
    "restorable" => restorable,
    "unrestorableTypes" => unrestorable_types,
});
