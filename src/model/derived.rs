//! What is derived for each type of resource; worked out anew for each judgement, never saved.

pub mod account;
pub mod backup_keys;
pub mod backup_setup;
pub mod bucket;
pub mod holders;
pub mod key;
pub mod plan;
pub mod principal;
pub mod recovery_point;
pub mod region;
pub mod related;
pub mod restore_testing;
pub mod vault;

use super::attribute::{Attribute, Attributes, Described};
use super::resource::{Facts, Resource};
use super::workload::{Objective, Protection, WorkloadDerived};

pub use account::{AccountDerived, ControlledBackups, RecoveryAccount};
pub use backup_keys::BackupKeys;
pub use backup_setup::{BackupAccount, BackupRegion, BackupReports};
pub use bucket::{BucketAccess, BucketDerived, EncryptionDerived, LifecycleDerived, ReplicationDerived};
pub use key::{KeyAccess, KeyDerived};
pub use plan::PlanDerived;
pub use principal::{BackupRole, Grants, IdentityDerived, Power};
pub use recovery_point::RecoveryPointDerived;
pub use region::{JobStatistics, RegionConfig, RegionDerived};
pub use related::Related;
pub use restore_testing::{RegionRestoreTesting, RestoreTestingPlanDerived, RestoreTestingSelectionDerived, Restores};
pub use vault::{VaultAccess, VaultDerived};

/// A resource with all that is derived for it: what rules judge.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// The resource itself.
    pub resource: &'a Resource,
    /// What is derived for it.
    pub derived: Derived,
    /// The places that it rests on.
    pub related: Vec<Related>,
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
    /// Of a recovery point.
    RecoveryPoint(Box<RecoveryPointDerived>),
    /// Of a restore-testing plan.
    RestoreTestingPlan(Box<RestoreTestingPlanDerived>),
    /// Of a selection of a restore-testing plan.
    RestoreTestingSelection(Box<RestoreTestingSelectionDerived>),
    /// Of what a plan destroys: nothing is derived.
    PlannedChange,
    /// Of a user or role.
    Identity(Box<IdentityDerived>),
    /// Of a Region of an account.
    Region(Box<RegionDerived>),
    /// Of an account.
    Account(Box<AccountDerived>),
}

impl Subject<'_> {
    /// The saved facts as rules see them.
    pub fn saved(&self) -> Vec<Attribute> {
        match &self.resource.facts {
            Facts::Bucket(facts) => facts.attributes(),
            Facts::Vault(facts) => facts.attributes(),
            Facts::Key(facts) => facts.attributes(),
            Facts::Account(facts) => facts.attributes(),
            Facts::PlannedChange(facts) => facts.attributes(),
            _ => Vec::new(),
        }
    }

    /// All attributes as rules see them: the saved facts, then the derived ones.
    pub fn attributes(&self) -> Vec<Attribute> {
        let mut all = self.saved();
        match &self.derived {
            Derived::Bucket(derived) => {
                all.extend(derived.attributes());
                all.extend(derived.workload.attributes());
            }
            Derived::Vault(derived) => all.extend(derived.attributes()),
            Derived::Plan(derived) => all.extend(derived.attributes()),
            Derived::Key(derived) => all.extend(derived.attributes()),
            Derived::Workload(derived) => all.extend(derived.attributes()),
            Derived::RecoveryPoint(derived) => all.extend(derived.attributes()),
            Derived::RestoreTestingPlan(derived) => all.extend(derived.attributes()),
            Derived::RestoreTestingSelection(derived) => all.extend(derived.attributes()),
            Derived::Identity(derived) => all.extend(derived.attributes()),
            Derived::Region(derived) => all.extend(derived.attributes()),
            Derived::Account(derived) => all.extend(derived.attributes()),
            Derived::PlannedChange => {}
        }
        all
    }
}

/// The contract of every Cedar entity type that Rust structs fill: type name and attributes in order. Types that
/// several structs fill together are listed once, with all their attributes.
pub fn contract() -> Vec<(&'static str, Vec<Described>)> {
    use super::account::{Account, Organization, RootUser};
    use super::backup::{Notifications, Vault, VaultLock};
    use super::kms::Key;
    use super::planned::PlannedChange;
    use super::removal::Removal;
    use super::s3::{Bucket, ObjectLock, PublicAccessBlock};

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
        of::<BucketAccess>(),
        of::<ReplicationDerived>(),
        of::<LifecycleDerived>(),
        joined::<Vault>(&[VaultDerived::describe()]),
        of::<VaultAccess>(),
        of::<VaultLock>(),
        of::<Notifications>(),
        of::<PlanDerived>(),
        joined::<Key>(&[KeyDerived::describe()]),
        of::<KeyAccess>(),
        of::<PlannedChange>(),
        of::<IdentityDerived>(),
        ("AWS::IAM::Role", IdentityDerived::describe()),
        of::<Power>(),
        of::<Grants>(),
        of::<BackupRole>(),
        of::<Objective>(),
        of::<Protection>(),
        of::<BackupKeys>(),
        of::<WorkloadDerived>(),
        of::<Removal>(),
        of::<RecoveryPointDerived>(),
        of::<RestoreTestingPlanDerived>(),
        of::<RestoreTestingSelectionDerived>(),
        of::<RegionRestoreTesting>(),
        of::<Restores>(),
        of::<RegionDerived>(),
        of::<RegionConfig>(),
        joined::<Account>(&[AccountDerived::describe()]),
        of::<Organization>(),
        of::<RootUser>(),
        of::<JobStatistics>(),
        of::<BackupRegion>(),
        of::<BackupReports>(),
        of::<BackupAccount>(),
        of::<RecoveryAccount>(),
        of::<ControlledBackups>(),
    ]
}
