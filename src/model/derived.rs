//! What is derived for each type of resource; worked out anew for each judgement, never saved.

use jiff::SignedDuration;

use super::attribute::{Attribute, Attributes, Described, Ranged, attributes};
use super::fact::Fact;
use super::resource::{Facts, Resource};
use super::s3::PublicAccessBlock;
use super::workload::{Objective, Protection, WorkloadDerived};

/// A resource with all that is derived for it: what rules judge.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// The resource itself.
    pub resource: &'a Resource,
    /// What is derived for it.
    pub derived: Derived,
}

/// Derived facts by type.
#[derive(Clone, Debug, PartialEq)]
pub enum Derived {
    /// Of an S3 bucket.
    Bucket(Box<BucketDerived>),
    /// Of a vault.
    Vault(Box<VaultDerived>),
    /// Of a backup plan.
    Plan(Box<PlanDerived>),
    /// Of a KMS key.
    Key(Box<KeyDerived>),
    /// Of a workload of any other type.
    Workload(Box<WorkloadDerived>),
    /// Nothing is derived: no rule judges this type yet.
    Nothing,
}

impl Subject<'_> {
    /// All attributes as rules see them: the saved facts, then the derived ones.
    pub fn attributes(&self) -> Vec<Attribute> {
        let mut all = match &self.resource.facts {
            Facts::Bucket(facts) => facts.attributes(),
            Facts::Vault(facts) => facts.attributes(),
            Facts::Key(facts) => facts.attributes(),
            Facts::Plan(_)
            | Facts::Selection(_)
            | Facts::RecoveryPoint(_)
            | Facts::EventRule(_)
            | Facts::Account(_)
            | Facts::Region(_)
            | Facts::Workload(_) => Vec::new(),
        };
        match &self.derived {
            Derived::Bucket(derived) => {
                all.extend(derived.attributes());
                all.extend(derived.workload.attributes());
            }
            Derived::Vault(derived) => all.extend(derived.attributes()),
            Derived::Plan(derived) => all.extend(derived.attributes()),
            Derived::Key(derived) => all.extend(derived.attributes()),
            Derived::Workload(derived) => all.extend(derived.attributes()),
            Derived::Nothing => {}
        }
        all
    }
}

/// Derived facts of a bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct BucketDerived {
    /// Its objective and protection.
    pub workload: WorkloadDerived,
    /// Whether it is a backup bucket: it receives replicas, exports, reports, trail logs or state, or its name matches
    /// `backup-buckets`.
    pub backup_bucket: Fact<bool>,
    /// Whether another bucket's enabled replication rule leads to it.
    pub replica: Fact<bool>,
    /// Whether server access logs are delivered to it (Object Lock cannot be on there).
    pub access_log_target: Fact<bool>,
    /// Default encryption.
    pub encryption: Fact<EncryptionDerived>,
    /// The public access block in effect: the account's or the bucket's.
    pub public_access: Fact<PublicAccessBlock>,
    /// What its enabled replication rules do; absent where it has no enabled rule.
    pub replication: Fact<ReplicationDerived>,
    /// What its enabled lifecycle rules do; absent where it has no enabled rule.
    pub lifecycle: Fact<LifecycleDerived>,
}

attributes!(BucketDerived: "AWS::S3::Bucket" {
    "backupBucket" => backup_bucket,
    "replica" => replica,
    "accessLogTarget" => access_log_target,
    "encryption" => encryption,
    "publicAccess" => public_access,
    "replication?" => replication,
    "lifecycle?" => lifecycle,
});

/// Default encryption of a bucket, its key looked up.
#[derive(Clone, Debug, PartialEq)]
pub struct EncryptionDerived {
    /// `AES256`, `aws:kms`, `aws:kms:dsse`.
    pub algorithm: Fact<String>,
    /// Whether the key is a customer's own, not AWS's `aws/s3`.
    pub customer_key: Fact<bool>,
}

attributes!(EncryptionDerived: "AWS::S3::Encryption" {
    "algorithm" => algorithm,
    "customerKey" => customer_key,
});

/// What a bucket's enabled replication rules do together.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplicationDerived {
    /// The destination buckets of enabled rules, by name.
    pub destinations: Fact<Vec<String>>,
    /// Whether at least one leads to a bucket of another Region.
    pub crosses_region: Fact<bool>,
    /// Whether at least one leads to a bucket of a recovery Region.
    pub reaches_recovery_region: Fact<bool>,
    /// Whether every destination exists, with the place of the first that does not.
    pub destinations_exist: Fact<bool>,
    /// Whether every destination has versioning Enabled, without which nothing is replicated.
    pub destinations_versioned: Fact<bool>,
}

attributes!(ReplicationDerived: "AWS::S3::Replication" {
    "destinations" => destinations,
    "crossesRegion" => crosses_region,
    "reachesRecoveryRegion" => reaches_recovery_region,
    "destinationsExist" => destinations_exist,
    "destinationsVersioned" => destinations_versioned,
});

/// What a bucket's enabled lifecycle rules do together.
#[derive(Clone, Debug, PartialEq)]
pub struct LifecycleDerived {
    /// Whether a rule aborts incomplete multipart uploads everywhere in the bucket.
    pub aborts_uploads: Fact<bool>,
}

attributes!(LifecycleDerived: "AWS::S3::Lifecycle" {
    "abortsUploads" => aborts_uploads,
});

/// Derived facts of a vault.
#[derive(Clone, Debug, PartialEq)]
pub struct VaultDerived {
    /// The strictest objective of the workloads whose backups land here; the default tier where there is none.
    pub objective: Ranged<Objective>,
    /// Whether a plan rule or copy action writes to it.
    pub targeted: Fact<bool>,
    /// Whether it holds at least one recovery point.
    pub in_use: Fact<bool>,
    /// Whether it holds, or is written to with, backups of a fully managed type, which take the vault's key.
    pub holds_fully_managed: Fact<bool>,
    /// Whether its key is a customer's own, not AWS's `aws/backup`.
    pub customer_key: Fact<bool>,
    /// Whether the lock can no longer be removed by anybody (in files: whether it is declared in compliance mode, which
    /// ends so); absent without a lock.
    pub lock_permanent: Fact<bool>,
    /// Whether an enabled EventBridge rule with a target passes on failed backup, copy and restore jobs in its Region.
    pub failures_routed: Fact<bool>,
}

attributes!(VaultDerived: "AWS::Backup::BackupVault" {
    "objective" => objective,
    "targeted" => targeted,
    "inUse" => in_use,
    "holdsFullyManaged" => holds_fully_managed,
    "customerKey" => customer_key,
    "lockPermanent?" => lock_permanent,
    "failuresRouted" => failures_routed,
});

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
    /// Whether all target and copy-destination vaults exist, with the place of the first that does not.
    pub vaults_exist: Fact<bool>,
    /// The vaults that do not exist, for people.
    pub missing_vaults: Fact<Vec<String>>,
}

attributes!(PlanDerived: "AWS::Backup::BackupPlan" {
    "objective" => objective,
    "selects" => selects,
    "selectionFaults" => selection_faults,
    "coldStorageLongEnough" => cold_storage_long_enough,
    "retentionWithinLocks" => retention_within_locks,
    "lifecycleFaults" => lifecycle_faults,
    "vaultsExist" => vaults_exist,
    "missingVaults" => missing_vaults,
});

/// Derived facts of a KMS key.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyDerived {
    /// Whether KMS can rotate it by itself: a customer-managed symmetric key with material of KMS's own, no replica,
    /// not about to be deleted.
    pub rotatable: Fact<bool>,
    /// Whether a vault, bucket or recovery point of the snapshot is encrypted with it.
    pub in_use: Fact<bool>,
    /// Whether a vault, backup bucket or recovery point is.
    pub protects_backups: Fact<bool>,
    /// What depends on it, for people.
    pub dependents: Fact<Vec<String>>,
    /// How long until it is deleted; absent where it is not pending deletion or the time is not judged (files).
    pub deleted_in: Fact<SignedDuration>,
}

attributes!(KeyDerived: "AWS::KMS::Key" {
    "rotatable" => rotatable,
    "inUse" => in_use,
    "protectsBackups" => protects_backups,
    "dependents" => dependents,
    "deletedIn?" => deleted_in,
});

/// The contract of every Cedar entity type that Rust structs fill: type name and attributes in order. Types that
/// several structs fill together are listed once, with all their attributes.
pub fn contract() -> Vec<(&'static str, Vec<Described>)> {
    use super::backup::{Notifications, Vault, VaultLock};
    use super::kms::Key;
    use super::s3::{Bucket, ObjectLock};

    fn of<T: Attributes>() -> (&'static str, Vec<Described>) {
        (T::TYPE, T::describe())
    }
    fn joined<T: Attributes>(more: &[Vec<Described>]) -> (&'static str, Vec<Described>) {
        let mut all = T::describe();
        all.extend(more.iter().flatten().copied());
        (T::TYPE, all)
    }
    vec![
        joined::<Bucket>(&[BucketDerived::describe(), WorkloadDerived::describe()]),
        of::<ObjectLock>(),
        of::<PublicAccessBlock>(),
        of::<EncryptionDerived>(),
        of::<ReplicationDerived>(),
        of::<LifecycleDerived>(),
        joined::<Vault>(&[VaultDerived::describe()]),
        of::<VaultLock>(),
        of::<Notifications>(),
        of::<PlanDerived>(),
        joined::<Key>(&[KeyDerived::describe()]),
        of::<Objective>(),
        of::<Protection>(),
        of::<WorkloadDerived>(),
    ]
}
