//! What is derived for a KMS key.

use jiff::SignedDuration;

use crate::model::attribute::attributes;
use crate::model::fact::Fact;
use crate::model::removal::Removal;

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
    /// Whether it encrypts backups that could have a key of their own: those of fully managed types in a vault, and backup
    /// buckets. Backups of other types keep their source's key, whatever anybody wishes.
    pub encrypts_backups: Fact<bool>,
    /// Whether it encrypts production data: a bucket that is no backup bucket, or a workload whose recovery points keep its
    /// key.
    pub encrypts_data: Fact<bool>,
    /// Whether it encrypts both.
    pub shared_with_data: Fact<bool>,
    /// What depends on it, for people.
    pub dependents: Fact<Vec<String>>,
    /// How long until it is deleted; absent where it is not pending deletion or the time is not judged (files).
    pub deleted_in: Fact<SignedDuration>,
    /// What its policy allows, and who may destroy it.
    pub access: Fact<KeyAccess>,
    /// What is lost when the files that declare it let it go: all that it encrypts, once it has waited; absent live.
    pub removal: Fact<Removal>,
}

attributes!(KeyDerived: "AWS::KMS::Key" {
    "rotatable" => rotatable,
    "inUse" => in_use,
    "protectsBackups" => protects_backups,
    "encryptsBackups" => encrypts_backups,
    "encryptsData" => encrypts_data,
    "sharedWithData" => shared_with_data,
    "dependents" => dependents,
    "deletedIn?" => deleted_in,
    "access" => access,
    "removal?" => removal,
});

/// Who may use and destroy a key.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyAccess {
    /// Whether its policy lets in nobody but accounts and organizations that it names.
    pub outsiders_kept_out: Fact<bool>,
    /// What lets others in, for people.
    pub outsider_grants: Fact<Vec<String>>,
    /// Whether nobody in its account but named administrators can delete or disable it; absent where it encrypts no
    /// backups.
    pub destruction_restricted: Fact<bool>,
    /// Who else can, and by which statement, for people.
    pub destroyers: Fact<Vec<String>>,
}

attributes!(KeyAccess: "AWS::KMS::KeyAccess" {
    "outsidersKeptOut" => outsiders_kept_out,
    "outsiderGrants" => outsider_grants,
    "destructionRestricted?" => destruction_restricted,
    "destroyers" => destroyers,
});
