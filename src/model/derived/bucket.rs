//! What is derived for an S3 bucket.

use jiff::SignedDuration;

use crate::model::attribute::attributes;
use crate::model::fact::Fact;
use crate::model::s3::PublicAccessBlock;
use crate::model::workload::WorkloadDerived;

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
    /// Whether all reads and writes of its objects are logged: by server access logs or by data events of trails.
    pub access_logged: Fact<bool>,
    /// Default encryption.
    pub encryption: Fact<EncryptionDerived>,
    /// The public access block in effect: the account's or the bucket's.
    pub public_access: Fact<PublicAccessBlock>,
    /// Whether AWS Backup copies it to a recovery Region.
    pub copied_by_backup: Fact<bool>,
    /// Whether AWS Backup copies it to a recovery account.
    pub copied_by_backup_to_account: Fact<bool>,
    /// What its policy denies and allows.
    pub access: Fact<BucketAccess>,
    /// What its enabled replication rules do; absent where it has no enabled rule.
    pub replication: Fact<ReplicationDerived>,
    /// What its enabled lifecycle rules do; absent where it has no enabled rule.
    pub lifecycle: Fact<LifecycleDerived>,
}

attributes!(BucketDerived: "AWS::S3::Bucket" {
    "backupBucket" => backup_bucket,
    "replica" => replica,
    "accessLogTarget" => access_log_target,
    "accessLogged" => access_logged,
    "encryption" => encryption,
    "publicAccess" => public_access,
    "copiedByBackup" => copied_by_backup,
    "copiedByBackupToAccount" => copied_by_backup_to_account,
    "access" => access,
    "replication?" => replication,
    "lifecycle?" => lifecycle,
});

/// What a bucket's policy denies and allows.
#[derive(Clone, Debug, PartialEq)]
pub struct BucketAccess {
    /// Whether it keeps everybody but named administrators from deleting versions.
    pub versions_kept: Fact<bool>,
    /// What it leaves open of that, for people.
    pub version_faults: Fact<Vec<String>>,
    /// Whether it keeps everybody but named administrators from destroying what the bucket holds, and from changing the
    /// settings that keep it and the policy itself; also everybody of other accounts.
    pub protected: Fact<bool>,
    /// What it leaves open of that, and whom it lets in, for people.
    pub protection_faults: Fact<Vec<String>>,
}

attributes!(BucketAccess: "AWS::S3::BucketAccess" {
    "versionsKept" => versions_kept,
    "versionFaults" => version_faults,
    "protected" => protected,
    "protectionFaults" => protection_faults,
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
    /// Whether at least one leads to a bucket of a recovery account.
    pub reaches_recovery_account: Fact<bool>,
    /// Whether every destination exists, with the place of the first that does not.
    pub destinations_exist: Fact<bool>,
    /// Whether every destination has versioning Enabled, without which nothing is replicated.
    pub destinations_versioned: Fact<bool>,
    /// Whether the policies of every destination, and of the key of replicas that its rule names, let the role in.
    pub destinations_admit: Fact<bool>,
    /// What is missing or wrong at the destinations, for people.
    pub destination_faults: Fact<Vec<String>>,
    /// Whether one rule takes every object of the bucket, whatever its key and tags, to a recovery Region, or to any
    /// destination where none is in one.
    pub covers_bucket: Fact<bool>,
    /// Whether objects under KMS keys, which the bucket makes by default, are left out.
    pub leaves_encrypted_out: Fact<bool>,
    /// Whether all rules of a destination treat delete markers alike.
    pub delete_markers_agree: Fact<bool>,
    /// The name of the role that S3 assumes for it.
    pub role: Fact<String>,
    /// Whether S3 can assume the role, and it allows all that the rules need on the buckets and keys that they name.
    pub role_sufficient: Fact<bool>,
    /// What it lacks, for people.
    pub role_faults: Fact<Vec<String>>,
    /// Whether the role allows no more than that to all buckets that replicate with it, and only S3 may assume it.
    pub role_minimal: Fact<bool>,
    /// What it allows besides, for people.
    pub role_excess: Fact<Vec<String>>,
}

attributes!(ReplicationDerived: "AWS::S3::Replication" {
    "destinations" => destinations,
    "crossesRegion" => crosses_region,
    "reachesRecoveryRegion" => reaches_recovery_region,
    "reachesRecoveryAccount" => reaches_recovery_account,
    "destinationsExist" => destinations_exist,
    "destinationsVersioned" => destinations_versioned,
    "destinationsAdmit" => destinations_admit,
    "destinationFaults" => destination_faults,
    "coversBucket" => covers_bucket,
    "leavesEncryptedOut" => leaves_encrypted_out,
    "deleteMarkersAgree" => delete_markers_agree,
    "role" => role,
    "roleSufficient" => role_sufficient,
    "roleFaults" => role_faults,
    "roleMinimal" => role_minimal,
    "roleExcess" => role_excess,
});

/// What a bucket's enabled lifecycle rules do together.
#[derive(Clone, Debug, PartialEq)]
pub struct LifecycleDerived {
    /// Whether a rule aborts incomplete multipart uploads everywhere in the bucket.
    pub aborts_uploads: Fact<bool>,
    /// Whether the transitions come in an order, and at days, that S3 accepts.
    pub order_accepted: Fact<bool>,
    /// What S3 does not accept, for people.
    pub order_faults: Fact<Vec<String>>,
    /// Whether current objects move to a cheaper storage class, or expire before that would pay.
    pub current_tiers_down: Fact<bool>,
    /// The same of noncurrent versions; true where they never expire, which is a question of its own.
    pub noncurrent_tiers_down: Fact<bool>,
    /// Whether noncurrent versions expire everywhere in the bucket.
    pub expires_noncurrent: Fact<bool>,
    /// The shortest time that a rule leaves noncurrent versions ([`FOREVER`] where none expires them).
    ///
    /// [`FOREVER`]: crate::model::workload::FOREVER
    pub noncurrent_retention: Fact<SignedDuration>,
}

attributes!(LifecycleDerived: "AWS::S3::Lifecycle" {
    "abortsUploads" => aborts_uploads,
    "orderAccepted" => order_accepted,
    "orderFaults" => order_faults,
    "currentTiersDown" => current_tiers_down,
    "noncurrentTiersDown" => noncurrent_tiers_down,
    "expiresNoncurrent" => expires_noncurrent,
    "noncurrentRetention" => noncurrent_retention,
});
