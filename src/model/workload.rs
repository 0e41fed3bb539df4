//! What is judged of every workload: its objective and its protection. Both are derived, never saved.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::attribute::{Ranged, attributes};
use super::derived::{BackupKeys, Restores};
use super::fact::Fact;
use super::removal::Removal;

/// A resource that AWS Backup lists as protected and whose service has no collector yet.
/// Source: `ListProtectedResources`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProtectedWorkload {
    /// Its ARN.
    pub arn: Fact<String>,
    /// AWS Backup's name of its type: `EBS`, `RDS` …
    pub backup_type: Fact<String>,
    /// When AWS Backup last backed it up.
    pub last_backup: Fact<Timestamp>,
}

/// What a tier asks for. One entity serves all workloads of the tier.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// The tier's name.
    pub tier: Fact<String>,
    /// Whether the tier asks for nothing (`none`).
    pub exempt: Fact<bool>,
    /// The most data, as time, that may be lost.
    pub rpo: Fact<SignedDuration>,
    /// The longest time that a restore may take.
    pub rto: Fact<SignedDuration>,
    /// How long backups are kept.
    pub retention: Fact<SignedDuration>,
    /// How long some (weekly, monthly) backups are kept; absent where the tier asks for none.
    pub long_retention: Fact<SignedDuration>,
    /// Whether a copy in a recovery Region is asked for.
    pub cross_region: Fact<bool>,
    /// Whether a copy in another account is asked for.
    pub cross_account: Fact<bool>,
    /// Whether backups must be immutable.
    pub immutable: Fact<bool>,
    /// Whether continuous backup (point in time) is asked for.
    pub continuous: Fact<bool>,
    /// Whether a customer-managed key is asked for.
    pub customer_key: Fact<bool>,
    /// How often a restore is to be tested; absent where the tier asks for no test.
    pub restore_test: Fact<SignedDuration>,
    /// Whether a copy in a logically air-gapped vault is asked for.
    pub air_gapped: Fact<bool>,
}

attributes!(Objective: "Backstop::Objective" {
    "tier" => tier,
    "exempt" => exempt,
    "rpo" => rpo,
    "rto" => rto,
    "retention" => retention,
    "longRetention?" => long_retention,
    "crossRegion" => cross_region,
    "crossAccount" => cross_account,
    "immutable" => immutable,
    "continuous" => continuous,
    "customerKey" => customer_key,
    "restoreTest?" => restore_test,
    "airGapped" => air_gapped,
}
    fn shared_id(&self) -> Option<Arc<str>> {
        self.tier.value().map(|tier| tier.as_str().into())
    }
);

/// How a workload is protected: as declared (schedules, retention, copies) and as found (recovery points).
///
/// It is worked out for what is certain and for what is possible ([`Ranged`]); within one version every fact is
/// known or absent, but for those that are three-valued by themselves and the same in all versions: `immutable`,
/// `air_gapped`, `continuous`, `continuous_supported`, `opted_in`, `paid_twice`.
#[derive(Clone, Debug, PartialEq)]
pub struct Protection {
    /// Whether at least one path that keeps history covers it.
    pub covered: Fact<bool>,
    /// The paths, as people name them: `plan daily-35d, rule daily`.
    pub paths: Fact<Vec<String>>,
    /// Whether AWS Backup selects it by a plan.
    pub by_backup_plan: Fact<bool>,
    /// The scheduled RPO: the longest time between two runs of all schedules that cover it, or the lag of continuous
    /// backup; absent where nothing runs on a schedule.
    pub scheduled_rpo: Fact<SignedDuration>,
    /// The longest retention of the paths that cover it ([`FOREVER`] where one never expires); absent without a path.
    pub retention: Fact<SignedDuration>,
    /// The longest retention of backups in one place that are made at least daily; absent where none are.
    pub daily_retention: Fact<SignedDuration>,
    /// The longest retention of backups in one place that are made at least every 31 days; absent where none are.
    pub monthly_retention: Fact<SignedDuration>,
    /// Whether a copy, replica or native copy leads to a recovery Region.
    pub copied_to_recovery_region: Fact<bool>,
    /// The Regions that copies lead to; `its own Region` where that alone is known.
    pub copy_regions: Fact<Vec<String>>,
    /// Whether a copy or replica outlives the loss of the account: it leads to a recovery account, or to a logically
    /// air-gapped vault that other accounts can reach.
    pub copied_to_recovery_account: Fact<bool>,
    /// The accounts that copies lead to; `its own account` where that alone is known.
    pub copy_accounts: Fact<Vec<String>>,
    /// The vaults and buckets in which its backups lie, and whether they are locked, for people.
    pub lies_in: Fact<Vec<String>>,
    /// Whether the backups that nobody can delete before their time (those in locked vaults, in logically air-gapped
    /// ones, under Object Lock) are enough for the objective, or as many as there are at all.
    pub immutable: Fact<bool>,
    /// Whether a copy lies in a logically air-gapped vault that has an approval team or is shared.
    pub air_gapped: Fact<bool>,
    /// Whether a path restores to any point in time, but for minutes.
    pub continuous: Fact<bool>,
    /// Whether AWS backs the type up continuously at all.
    pub continuous_supported: Fact<bool>,
    /// Whether no plan leaves it out only because the Region does not opt in to its type.
    pub opted_in: Fact<bool>,
    /// Whether a path is paid for that another one makes needless: the same runs into the same vault. Of files, those
    /// plans are compared that are declared together.
    pub paid_twice: Fact<bool>,
    /// The needless paths, for people.
    pub needless_paths: Fact<Vec<String>>,
    /// How many recovery points can be restored now. Evidence: only of a live source.
    pub recovery_points: Fact<i64>,
    /// The age of the newest restorable time; absent without a recovery point. Evidence.
    pub newest_age: Fact<SignedDuration>,
    /// The age of the newest restorable time that outlives the loss of the workload's Region; absent without one. Evidence.
    pub newest_copy_age: Fact<SignedDuration>,
    /// The age of the newest restorable time that outlives the loss of the workload's account; absent without one. Evidence.
    pub newest_account_copy_age: Fact<SignedDuration>,
    /// What a healthy schedule may add to the RPO before a recovery point shows: the start window, or `grace`.
    pub grace: Fact<SignedDuration>,
    /// `newest_age` less grace, not under zero: what is held against the RPO, since Cedar cannot add durations.
    pub newest_age_less_grace: Fact<SignedDuration>,
    /// `newest_copy_age` less grace, not under zero.
    pub newest_copy_age_less_grace: Fact<SignedDuration>,
    /// `newest_account_copy_age` less grace, not under zero.
    pub newest_account_copy_age_less_grace: Fact<SignedDuration>,
}

/// The retention of what never expires: 100 years of 365 days. Printed as "forever".
pub const FOREVER: SignedDuration = SignedDuration::from_hours(24 * 365 * 100);

attributes!(Protection: "Backstop::Protection" {
    "covered" => covered,
    "paths" => paths,
    "byBackupPlan" => by_backup_plan,
    "scheduledRpo?" => scheduled_rpo,
    "retention?" => retention,
    "dailyRetention?" => daily_retention,
    "monthlyRetention?" => monthly_retention,
    "copiedToRecoveryRegion" => copied_to_recovery_region,
    "copyRegions" => copy_regions,
    "copiedToRecoveryAccount" => copied_to_recovery_account,
    "copyAccounts" => copy_accounts,
    "liesIn" => lies_in,
    "immutable" => immutable,
    "airGapped" => air_gapped,
    "continuous" => continuous,
    "continuousSupported" => continuous_supported,
    "optedIn" => opted_in,
    "paidTwice" => paid_twice,
    "needlessPaths" => needless_paths,
    "recoveryPoints" => recovery_points,
    "newestAge?" => newest_age,
    "newestCopyAge?" => newest_copy_age,
    "newestAccountCopyAge?" => newest_account_copy_age,
    "grace" => grace,
    "newestAgeLessGrace?" => newest_age_less_grace,
    "newestCopyAgeLessGrace?" => newest_copy_age_less_grace,
    "newestAccountCopyAgeLessGrace?" => newest_account_copy_age_less_grace,
});

/// What is derived for any workload.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadDerived {
    /// What its tier asks for; every possible tier where it cannot be said which.
    pub objective: Ranged<Objective>,
    /// Whether its tier was stated: by its tag or by a `[[tier-map]]` entry, not by default.
    pub tier_assigned: Fact<bool>,
    /// How it is protected.
    pub protection: Ranged<Protection>,
    /// What the keys of its copies allow.
    pub keys: Fact<BackupKeys>,
    /// How its restore is tested.
    pub restores: Ranged<Restores>,
    /// What is lost when the files that declare it let it go; absent where that loses nothing, and live.
    pub removal: Fact<Removal>,
}

attributes!(WorkloadDerived: "Backstop::Workload" {
    "objective" => objective,
    "tierAssigned" => tier_assigned,
    "protection" => protection,
    "keys" => keys,
    "restores" => restores,
    "removal?" => removal,
});

/// Every type that holds data and that AWS Backup or Backstop knows as a workload, with AWS Backup's own name for it
/// (`ResourceType` of its API).
pub const WORKLOAD_TYPES: &[(&str, &str)] = &[
    ("AWS::S3::Bucket", "S3"),
    ("AWS::EC2::Volume", "EBS"),
    ("AWS::EC2::Instance", "EC2"),
    ("AWS::RDS::DBInstance", "RDS"),
    ("AWS::RDS::DBCluster", "Aurora"),
    ("AWS::DocDB::DBCluster", "DocumentDB"),
    ("AWS::Neptune::DBCluster", "Neptune"),
    ("AWS::Redshift::Cluster", "Redshift"),
    ("AWS::DynamoDB::Table", "DynamoDB"),
    ("AWS::EFS::FileSystem", "EFS"),
    ("AWS::FSx::FileSystem", "FSx"),
];
