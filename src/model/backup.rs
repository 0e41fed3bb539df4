//! Facts of AWS Backup: vaults, plans, selections, recovery points.

pub mod audit;
pub mod job;
pub mod testing;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::attribute::attributes;
use super::fact::Fact;
use super::resource::Link;

/// A backup vault. Source: `DescribeBackupVault`, `GetBackupVaultAccessPolicy`, `GetBackupVaultNotifications` in the
/// AWS Backup API Reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Vault {
    /// The vault's name.
    pub vault_name: Fact<String>,
    /// `BACKUP_VAULT`, `LOGICALLY_AIR_GAPPED_BACKUP_VAULT` or `RESTORE_ACCESS_BACKUP_VAULT`.
    pub vault_type: Fact<String>,
    /// The key that encrypts it; absent in a template that names none (then it is `aws/backup`).
    pub key: Fact<Link>,
    /// Vault Lock; absent where the vault is not locked.
    pub lock: Fact<VaultLock>,
    /// Notifications; absent where none are set.
    pub notifications: Fact<Notifications>,
    /// The access policy's text; absent where there is none.
    pub policy: Fact<String>,
    /// The multi-party approval team that opens a logically air-gapped vault to other accounts; absent where none is
    /// associated, and for other vaults.
    pub approval_team: Fact<String>,
    /// How many recovery points AWS counts in it; unknown in a template.
    pub recovery_points: Fact<i64>,
}

attributes!(Vault: "AWS::Backup::BackupVault" {
    "vaultType" => vault_type,
    "lock?" => lock,
    "notifications?" => notifications,
});

/// The lock of a vault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VaultLock {
    /// The shortest retention that the vault accepts; absent where there is no bound.
    pub min_retention: Fact<SignedDuration>,
    /// The longest retention that the vault accepts; absent where there is no bound.
    pub max_retention: Fact<SignedDuration>,
    /// When the lock can no longer be removed. Absent in governance mode, which whoever may call
    /// `DeleteBackupVaultLockConfiguration` can lift. In a template, where only `ChangeableForDays` is said, unknown.
    pub lock_date: Fact<Timestamp>,
    /// Whether the lock is in compliance mode, its grace time over or not: a lock date is set.
    pub compliance: Fact<bool>,
}

attributes!(VaultLock: "AWS::Backup::VaultLock" {
    "minRetention?" => min_retention,
    "maxRetention?" => max_retention,
    "compliance" => compliance,
});

/// A vault's notifications.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Notifications {
    /// The SNS topic's ARN.
    pub topic: Fact<String>,
    /// The events, as AWS Backup spells them: `COPY_JOB_FAILED`.
    pub events: Fact<Vec<String>>,
}

attributes!(Notifications: "AWS::Backup::Notifications" {
    "events" => events,
});

/// A backup plan. Source: `GetBackupPlan`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plan {
    /// The plan's name.
    pub plan_name: Fact<String>,
    /// The plan's id; unknown in a template.
    pub plan_id: Fact<String>,
    /// Its rules.
    pub rules: Fact<Vec<PlanRule>>,
    /// Since when it can have run: when it was made, last changed where AWS tells that, or first given one of its
    /// selections, whichever is the latest; unknown in a template.
    pub created: Fact<Timestamp>,
    /// When AWS Backup last ran it; absent where it never did.
    pub last_run: Fact<Timestamp>,
}

/// One rule of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanRule {
    /// The rule's name; its place is that of the rule.
    pub name: Fact<String>,
    /// AWS's id of it; unknown in a template.
    pub rule_id: Fact<String>,
    /// The vault that it writes to (a name; an ARN for a logically air-gapped target).
    pub target_vault: Link,
    /// `cron(…)` or `rate(…)`; absent where AWS Backup's own `cron(0 5 ? * * *)` runs.
    pub schedule: Fact<String>,
    /// The schedule's time zone; absent is UTC.
    pub timezone: Fact<String>,
    /// Minutes within which the job must start; absent is 480 (8 hours).
    pub start_window_minutes: Fact<i64>,
    /// Minutes after which a running job is cancelled; absent is 10,080 (7 days).
    pub completion_window_minutes: Fact<i64>,
    /// Whether it makes continuous backups where the type supports them.
    pub continuous: Fact<bool>,
    /// Retention of what it writes; absent keeps for ever.
    pub lifecycle: Fact<Lifecycle>,
    /// Copies.
    pub copies: Fact<Vec<CopyAction>>,
}

/// Retention of recovery points, in days after their creation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Lifecycle {
    /// Absent keeps for ever (AWS also writes -1).
    pub delete_after_days: Fact<i64>,
    /// Absent stays warm.
    pub cold_after_days: Fact<i64>,
    /// Whether types that have to opt in to it (EBS) move too: `OptInToArchiveForSupportedResources`.
    pub archive_opt_in: Fact<bool>,
}

/// One copy action of a plan rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CopyAction {
    /// The destination vault (ARN).
    pub destination: Link,
    /// Retention of the copy; absent keeps for ever.
    pub lifecycle: Fact<Lifecycle>,
}

/// A resource assignment. Source: `GetBackupSelection`; "Assigning resources to a backup plan" in the AWS Backup
/// Developer Guide.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Selection {
    /// The selection's name.
    pub selection_name: Fact<String>,
    /// The plan that it belongs to (its id).
    pub plan: Link,
    /// The role that backs up.
    pub role: Fact<Link>,
    /// ARNs and ARN patterns; absent or empty adds nothing by ARN.
    pub resources: Fact<Vec<Link>>,
    /// ARNs and patterns that are left out.
    pub not_resources: Fact<Vec<Link>>,
    /// Tags of which one is enough.
    pub list_of_tags: Fact<Vec<TagCondition>>,
    /// Tags that must all match.
    pub conditions: Fact<Vec<TagCondition>>,
}

/// A condition on one tag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TagCondition {
    /// How it compares.
    pub operator: TagOperator,
    /// The tag's key, without the prefix `aws:ResourceTag/`.
    pub key: Fact<String>,
    /// The value or pattern.
    pub value: Fact<String>,
}

/// How a selection's condition compares a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TagOperator {
    /// The same text.
    StringEquals,
    /// Another text.
    StringNotEquals,
    /// Matches a pattern with `*`.
    StringLike,
    /// Does not match a pattern with `*`.
    StringNotLike,
}

/// A recovery point. Source: `ListRecoveryPointsByBackupVault`. There may be very many: texts that they share are kept
/// once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecoveryPoint {
    /// The ARN of the vault that holds it.
    pub vault: Arc<str>,
    /// The ARN of the resource that it restores; absent where AWS names none.
    pub resource: Fact<Arc<str>>,
    /// AWS Backup's name of the resource's type: `EBS`, `S3` …
    pub resource_type: Fact<Arc<str>>,
    /// `COMPLETED`, `PARTIAL`, `DELETING`, `EXPIRED`, `AVAILABLE`, `STOPPED`, `CREATING`.
    pub status: Fact<Arc<str>>,
    /// When it was created; a copy keeps its source's date.
    pub created: Fact<Timestamp>,
    /// When AWS Backup will delete it; absent where it is kept for ever.
    pub delete_at: Fact<Timestamp>,
    /// When it was or will be moved to cold storage; absent where it stays warm.
    pub cold_at: Fact<Timestamp>,
    /// Whether it is encrypted.
    pub encrypted: Fact<bool>,
    /// The key that encrypts it; absent where it has none.
    pub key: Fact<Arc<str>>,
    /// The vault that it was copied from; absent where it is no copy.
    pub copied_from: Fact<Arc<str>>,
    /// The ARN of the plan that asked for it; absent for one on demand.
    pub plan: Fact<Arc<str>>,
    /// The rule of that plan; absent for one on demand.
    pub rule: Fact<Arc<PlanRuleName>>,
}

/// How a recovery point names the plan rule that made it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanRuleName {
    /// AWS's id of the rule.
    pub id: Option<Arc<str>>,
    /// Its name, which outlives changes of the plan.
    pub name: Option<Arc<str>>,
}

impl RecoveryPoint {
    /// Whether this, the point with this ARN, is a continuous one: `…:recovery-point:continuous:…` (example in
    /// "Restoring an Amazon Aurora cluster" in the AWS Backup Developer Guide), or, for S3, the bucket's name and eight
    /// hexadecimal digits without a time between them ("AWS Backup resource ARNs" under "Access control" there). A copy of
    /// one is periodic, and its ARN is an ordinary one.
    pub fn is_continuous(&self, arn: &str) -> bool {
        if self.copied_from.is_known() {
            return false;
        }
        let mut parts = arn.splitn(6, ':').skip(2);
        let (Some("backup"), Some(part)) = (parts.next(), parts.nth(2)) else { return false };
        let Some(id) = part.strip_prefix("recovery-point:") else { return false };
        let resource = self.resource.value().and_then(|arn| arn.strip_prefix("arn:")?.rsplit_once(":::"));
        let suffix = resource.and_then(|(_, bucket)| id.strip_prefix(bucket)?.strip_prefix('-'));
        id.starts_with("continuous:")
            || suffix.is_some_and(|hex| hex.len() == 8 && hex.chars().all(|digit| digit.is_ascii_hexdigit()))
    }
}
