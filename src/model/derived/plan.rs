//! What is derived for a backup plan.

use jiff::SignedDuration;

use crate::model::attribute::{Ranged, attributes};
use crate::model::fact::Fact;
use crate::model::workload::Objective;

/// Derived facts of a backup plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanDerived {
    /// The strictest objective of the workloads that it selects; the default tier where there is none.
    pub objective: Ranged<Objective>,
    /// Whether it has a selection that can match something, with a role that exists.
    pub selects: Fact<bool>,
    /// Why not, for people; empty where it does.
    pub selection_faults: Fact<Vec<String>>,
    /// Whether every rule and copy keeps recovery points in cold storage for at least 90 days.
    pub cold_storage_long_enough: Fact<bool>,
    /// Whether the retention of every rule and copy lies within the lock's bounds of the vault that it writes to.
    pub retention_within_locks: Fact<bool>,
    /// What is wrong with lifecycles, for people; empty where nothing is.
    pub lifecycle_faults: Fact<Vec<String>>,
    /// Whether it ran within its longest gap and start window, or has not stood for so long (evidence).
    pub ran_recently: Fact<bool>,
    /// How long ago it last ran; absent where it never did (evidence).
    pub last_run_age: Fact<SignedDuration>,
    /// The longest time between two of its runs; absent where nothing runs twice.
    pub longest_gap: Fact<SignedDuration>,
    /// Whether all target and copy-destination vaults exist, with the place of the first that does not.
    pub vaults_exist: Fact<bool>,
    /// The vaults that do not exist, for people.
    pub missing_vaults: Fact<Vec<String>>,
    /// Whether no rule keeps warm for 180 days or more what may go to cold storage and could be restored from there
    /// within the RTO.
    pub cold_storage_used: Fact<bool>,
    /// The rules that do, for people.
    pub warm_rules: Fact<Vec<String>>,
    /// Whether every rule's start and completion windows fit its schedule.
    pub windows_fit: Fact<bool>,
    /// What is wrong with them, for people.
    pub window_faults: Fact<Vec<String>>,
    /// Whether every rule makes a backup at least at some of its times, beside the longer-kept rules of the plan.
    pub every_rule_runs: Fact<bool>,
    /// The rules that never do, for people.
    pub dropped_rules: Fact<Vec<String>>,
    /// Whether AWS Backup may assume the role of each selection, and the role allows the backups of every type that the
    /// selection assigns, with the place of the first that does not.
    pub role_covers: Fact<bool>,
    /// What the roles lack, for people.
    pub role_faults: Fact<Vec<String>>,
}

attributes!(PlanDerived: "AWS::Backup::BackupPlan" {
    "objective" => objective,
    "selects" => selects,
    "selectionFaults" => selection_faults,
    "coldStorageLongEnough" => cold_storage_long_enough,
    "retentionWithinLocks" => retention_within_locks,
    "lifecycleFaults" => lifecycle_faults,
    "ranRecently" => ran_recently,
    "lastRunAge?" => last_run_age,
    "longestGap?" => longest_gap,
    "vaultsExist" => vaults_exist,
    "missingVaults" => missing_vaults,
    "coldStorageUsed" => cold_storage_used,
    "warmRules" => warm_rules,
    "windowsFit" => windows_fit,
    "windowFaults" => window_faults,
    "everyRuleRuns" => every_rule_runs,
    "droppedRules" => dropped_rules,
    "roleCovers" => role_covers,
    "roleFaults" => role_faults,
});
