//! What is derived for a vault.

use crate::model::attribute::{Ranged, attributes};
use crate::model::fact::Fact;
use crate::model::workload::Objective;

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
    /// Whether its key encrypts no production data.
    pub key_separate: Fact<bool>,
    /// Whether its key belongs to the vault's own Region and account.
    pub key_local: Fact<bool>,
    /// Whether the lock can no longer be removed by anybody (in files: whether it is declared in compliance mode, which
    /// ends so); absent without a lock.
    pub lock_permanent: Fact<bool>,
    /// Whether an enabled EventBridge rule with a target passes on failed backup, copy and restore jobs in its Region.
    pub failures_routed: Fact<bool>,
    /// What its access policy denies and allows.
    pub access: Fact<VaultAccess>,
}

attributes!(VaultDerived: "AWS::Backup::BackupVault" {
    "objective" => objective,
    "targeted" => targeted,
    "inUse" => in_use,
    "holdsFullyManaged" => holds_fully_managed,
    "customerKey" => customer_key,
    "keySeparate" => key_separate,
    "keyLocal" => key_local,
    "lockPermanent?" => lock_permanent,
    "failuresRouted" => failures_routed,
    "access" => access,
});

/// What a vault's access policy denies and allows.
#[derive(Clone, Debug, PartialEq)]
pub struct VaultAccess {
    /// Whether it keeps everybody but named administrators from deleting recovery points and the vault, from changing
    /// how long points are kept, and from changing the policy itself.
    pub deletion_denied: Fact<bool>,
    /// What it leaves open of that, for people.
    pub deletion_faults: Fact<Vec<String>>,
    /// Whether it lets nobody copy into the vault but accounts and organizations that it names.
    pub copy_in_restricted: Fact<bool>,
    /// The statements that let others, for people.
    pub copy_in_grants: Fact<Vec<String>>,
}

attributes!(VaultAccess: "AWS::Backup::VaultAccess" {
    "deletionDenied" => deletion_denied,
    "deletionFaults" => deletion_faults,
    "copyInRestricted" => copy_in_restricted,
    "copyInGrants" => copy_in_grants,
});
