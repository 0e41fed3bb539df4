//! Facts of S3 buckets.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::attribute::attributes;
use super::fact::Fact;
use super::resource::Link;

/// A general purpose bucket, as its own configuration says.
///
/// Source: the `GetBucket…` operations of the Amazon S3 API Reference; `AWS::S3::Bucket` in the CloudFormation
/// resource reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bucket {
    /// The bucket's name; in a template without `BucketName`, unknown.
    pub bucket_name: Fact<String>,
    /// `Enabled` or `Suspended`; absent where versioning was never on.
    pub versioning: Fact<String>,
    /// Whether deleting a version asks for MFA. Never absent: AWS's default is off.
    pub mfa_delete: Fact<bool>,
    /// Default encryption. Never absent on AWS since 2023: without a setting it is SSE-S3.
    pub encryption: Fact<Encryption>,
    /// Object Lock; absent where the bucket was made without it.
    pub object_lock: Fact<ObjectLock>,
    /// The bucket's own public access block; absent where none is set.
    pub public_access_block: Fact<PublicAccessBlock>,
    /// Replication; absent where no configuration is set.
    pub replication: Fact<ReplicationConfiguration>,
    /// Lifecycle rules; absent where no configuration is set.
    pub lifecycle: Fact<Vec<LifecycleRule>>,
    /// Where server access logs go; absent where logging is off.
    pub logging_target: Fact<Link>,
    /// The bucket policy's text; absent where there is none.
    pub policy: Fact<String>,
}

attributes!(Bucket: "AWS::S3::Bucket" {
    "versioning?" => versioning,
    "mfaDelete" => mfa_delete,
    "objectLock?" => object_lock,
});

/// Default encryption of a bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Encryption {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    pub algorithm: Fact<String>,
    /// The KMS key; absent where the algorithm uses none or AWS's own key `aws/s3`.
    pub key: Fact<Link>,
}

/// Object Lock of a bucket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ObjectLock {
    /// `GOVERNANCE` or `COMPLIANCE` of the default retention; absent without one.
    pub mode: Fact<String>,
    /// How long the default retention protects a new version (a year counts as 365 days); absent without one.
    pub retention: Fact<SignedDuration>,
}

attributes!(ObjectLock: "AWS::S3::ObjectLock" {
    "mode?" => mode,
    "retention?" => retention,
});

/// The four settings of Block Public Access, of a bucket or of an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PublicAccessBlock {
    /// New public ACLs are refused.
    pub block_public_acls: Fact<bool>,
    /// Public ACLs have no effect.
    pub ignore_public_acls: Fact<bool>,
    /// New public policies are refused.
    pub block_public_policy: Fact<bool>,
    /// Public policies have no effect on others.
    pub restrict_public_buckets: Fact<bool>,
}

attributes!(PublicAccessBlock: "AWS::S3::PublicAccessBlock" {
    "blockPublicAcls" => block_public_acls,
    "ignorePublicAcls" => ignore_public_acls,
    "blockPublicPolicy" => block_public_policy,
    "restrictPublicBuckets" => restrict_public_buckets,
});

/// A bucket's replication configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplicationConfiguration {
    /// The role that S3 assumes.
    pub role: Fact<Link>,
    /// The rules, enabled or not.
    pub rules: Fact<Vec<ReplicationRule>>,
}

/// One replication rule, of schema V1 (`Prefix`) or V2 (`Filter`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplicationRule {
    /// The rule's id; absent where it has none.
    pub id: Fact<String>,
    /// Whether its status is Enabled.
    pub enabled: Fact<bool>,
    /// Absent in V1 rules and where a single V2 rule leaves it out.
    pub priority: Fact<i64>,
    /// Absent or empty where every key matches.
    pub prefix: Fact<String>,
    /// Tags that an object must carry, as `key=value`; absent where none are asked for.
    pub tag_filter: Fact<Vec<String>>,
    /// Whether delete markers are replicated: V1 rules do, V2 rules only if they say so.
    pub delete_markers: Fact<bool>,
    /// Whether objects under KMS keys are replicated.
    pub kms_objects: Fact<bool>,
    /// The key that encrypts replicas; absent where none is named.
    pub replica_key: Fact<String>,
    /// The destination.
    pub destination: Destination,
}

/// Where a replication rule sends replicas.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Destination {
    /// The bucket (ARN).
    pub bucket: Link,
    /// The account named as the replicas' owner; absent where the rule names none.
    pub account: Fact<String>,
    /// Whether the owner of the destination becomes the owner of replicas (`AccessControlTranslation`).
    pub changes_owner: Fact<bool>,
    /// What a look at the bucket itself said, for buckets outside the snapshot: whether it exists.
    pub exists: Fact<bool>,
    /// … its Region …
    pub region: Fact<String>,
    /// … and its versioning (`Enabled`, `Suspended`, absent).
    pub versioning: Fact<String>,
    /// The storage class of replicas; absent where it is the source's.
    pub storage_class: Fact<String>,
    /// Whether replication metrics or RTC are on.
    pub metrics: Fact<bool>,
}

/// One lifecycle rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LifecycleRule {
    /// The rule's id; absent where it has none.
    pub id: Fact<String>,
    /// Whether its status is Enabled.
    pub enabled: Fact<bool>,
    /// Whether it applies to every object of the bucket: no prefix, tag or size filter.
    pub whole_bucket: Fact<bool>,
    /// Days after which current versions expire; absent where they do not.
    pub expire_days: Fact<i64>,
    /// Days after which noncurrent versions expire; absent where they do not.
    pub noncurrent_expire_days: Fact<i64>,
    /// How many noncurrent versions are kept whatever their age; absent where none are.
    pub noncurrent_keep: Fact<i64>,
    /// Days after which incomplete multipart uploads are aborted; absent where they are not.
    pub abort_uploads_days: Fact<i64>,
    /// Storage classes that current versions move to, with days: `GLACIER@90`.
    pub transitions: Fact<Vec<String>>,
    /// The same for noncurrent versions.
    pub noncurrent_transitions: Fact<Vec<String>>,
}
