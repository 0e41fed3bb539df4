//! One bucket's configuration.

use aws_sdk_s3::operation::get_bucket_encryption::GetBucketEncryptionOutput;
use aws_sdk_s3::operation::get_object_lock_configuration::GetObjectLockConfigurationOutput;
use aws_sdk_s3::types::{MfaDeleteStatus, ObjectLockEnabled, PublicAccessBlockConfiguration};

use crate::model::fact::{Fact, Reason};
use crate::model::resource::{Facts, Link, Tags};
use crate::model::s3::{Bucket, Encryption, ObjectLock, PublicAccessBlock};

use super::super::convert::days;
use super::super::failure::Failure;
use super::super::look::{GLOBAL, Look, tags};
use super::super::operation::Operation;
use super::super::part::Part;
use super::super::session::Session;
use super::{BUCKET, LIST_BUCKETS, lifecycle, replication, versioning_status};

macro_rules! operation {
    ($name:literal, $action:literal, $why:literal) => {
        Operation { service: "s3", name: $name, actions: &[$action], why: $why }
    };
}

pub const GET_VERSIONING: Operation =
    operation!("GetBucketVersioning", "s3:GetBucketVersioning", "a bucket's versioning and MFA delete");
pub const GET_REPLICATION: Operation =
    operation!("GetBucketReplication", "s3:GetReplicationConfiguration", "a bucket's replication");
pub const GET_OBJECT_LOCK: Operation =
    operation!("GetObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration", "a bucket's Object Lock");
pub const GET_LIFECYCLE: Operation =
    operation!("GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration", "a bucket's lifecycle rules");
pub const GET_PUBLIC_ACCESS_BLOCK: Operation =
    operation!("GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock", "a bucket's public access block");
pub const GET_ENCRYPTION: Operation =
    operation!("GetBucketEncryption", "s3:GetEncryptionConfiguration", "a bucket's default encryption");
pub const GET_TAGGING: Operation =
    operation!("GetBucketTagging", "s3:GetBucketTagging", "a bucket's tags, and so its tier");
pub const GET_LOGGING: Operation =
    operation!("GetBucketLogging", "s3:GetBucketLogging", "where a bucket's access logs go");
pub const GET_POLICY: Operation = operation!("GetBucketPolicy", "s3:GetBucketPolicy", "a bucket's policy");

const GONE: &str = "NoSuchBucket";

/// Reads a bucket in its own Region.
pub async fn read(session: &Session<'_>, region: &str, name: &str) -> Part {
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let s3 = &clients.s3;
    let arn = arn(session, name);

    let (versioning, replication, lock, lifecycle, block, encryption, tagging, logging, policy) = tokio::join!(
        session.send(s3.get_bucket_versioning().bucket(name).send()),
        session.send(s3.get_bucket_replication().bucket(name).send()),
        session.send(s3.get_object_lock_configuration().bucket(name).send()),
        session.send(s3.get_bucket_lifecycle_configuration().bucket(name).send()),
        session.send(s3.get_public_access_block().bucket(name).send()),
        session.send(s3.get_bucket_encryption().bucket(name).send()),
        session.send(s3.get_bucket_tagging().bucket(name).send()),
        session.send(s3.get_bucket_logging().bucket(name).send()),
        session.send(s3.get_bucket_policy().bucket(name).send()),
    );
    let failures = [
        versioning.as_ref().err(),
        replication.as_ref().err(),
        lock.as_ref().err(),
        lifecycle.as_ref().err(),
        block.as_ref().err(),
        encryption.as_ref().err(),
        tagging.as_ref().err(),
        logging.as_ref().err(),
        policy.as_ref().err(),
    ];
    if failures.into_iter().flatten().any(|failure| failure.code == GONE) {
        look.gone(&LIST_BUCKETS, &arn, GONE);
        return look.part;
    }

    let versioning = look.fact(&GET_VERSIONING, &arn, &[], versioning, Fact::known);
    let facts = Bucket {
        bucket_name: Fact::known(name.to_owned()),
        versioning: versioning.as_ref().and_then(|output| versioning_status(output.status.as_ref())),
        mfa_delete: versioning.map(|output| output.mfa_delete == Some(MfaDeleteStatus::Enabled)),
        encryption: look.fact(&GET_ENCRYPTION, &arn, &[], default_encryption(encryption), encryption_of),
        object_lock: look.fact(&GET_OBJECT_LOCK, &arn, &["ObjectLockConfigurationNotFoundError"], lock, object_lock),
        public_access_block: look.fact(
            &GET_PUBLIC_ACCESS_BLOCK,
            &arn,
            &["NoSuchPublicAccessBlockConfiguration"],
            block,
            |output| Fact::from_option(output.public_access_block_configuration).map(|block| access_block(&block)),
        ),
        replication: look.fact(
            &GET_REPLICATION,
            &arn,
            &["ReplicationConfigurationNotFoundError"],
            replication,
            |output| Fact::from_option(output.replication_configuration).map(replication::configuration),
        ),
        lifecycle: look.fact(&GET_LIFECYCLE, &arn, &["NoSuchLifecycleConfiguration"], lifecycle, |output| {
            Fact::from_option(output.rules).map(|rules| rules.iter().map(lifecycle::rule).collect())
        }),
        logging_target: look.fact(&GET_LOGGING, &arn, &[], logging, |output| {
            Fact::from_option(output.logging_enabled).map(|logging| Link::text(Fact::known(logging.target_bucket)))
        }),
        policy: look
            .fact(&GET_POLICY, &arn, &["NoSuchBucketPolicy"], policy, |output| Fact::from_option(output.policy)),
    };
    let tags = look.tags_of(&GET_TAGGING, &arn, &["NoSuchTagSet", "NoSuchTagSetError"], tagging, |output| {
        tags(output.tag_set.into_iter().map(|tag| (tag.key, tag.value)))
    });
    let id = look.id(BUCKET, &arn);
    look.found(id, name, tags, Facts::Bucket(Box::new(facts)));
    look.part
}

/// A bucket whose Region could not be told, so that nothing of it can be asked.
pub fn unread(session: &Session<'_>, name: &str, reason: &Reason) -> Part {
    fn unknown<T>(reason: &Reason) -> Fact<T> {
        Fact::unknown(reason.clone())
    }
    let mut look = Look::at(session, GLOBAL);
    let mut id = look.id(BUCKET, &arn(session, name));
    id.region = None;
    let facts = Bucket {
        bucket_name: Fact::known(name.to_owned()),
        versioning: unknown(reason),
        mfa_delete: unknown(reason),
        encryption: unknown(reason),
        object_lock: unknown(reason),
        public_access_block: unknown(reason),
        replication: unknown(reason),
        lifecycle: unknown(reason),
        logging_target: unknown(reason),
        policy: unknown(reason),
    };
    look.found(id, name, Tags::unread(reason.clone()), Facts::Bucket(Box::new(facts)));
    look.part
}

fn arn(session: &Session<'_>, name: &str) -> String {
    format!("arn:{}:s3:::{name}", session.partition)
}

/// A bucket without a setting is encrypted with SSE-S3 (Amazon S3 User Guide: Setting default server-side encryption
/// behavior for Amazon S3 buckets; since January 2023).
fn default_encryption(
    answer: Result<GetBucketEncryptionOutput, Failure>,
) -> Result<GetBucketEncryptionOutput, Failure> {
    match answer {
        Err(failure) if failure.code == "ServerSideEncryptionConfigurationNotFoundError" => {
            Ok(GetBucketEncryptionOutput::builder().build())
        }
        other => other,
    }
}

fn encryption_of(output: GetBucketEncryptionOutput) -> Fact<Encryption> {
    let default = output
        .server_side_encryption_configuration
        .and_then(|configuration| configuration.rules.into_iter().next())
        .and_then(|rule| rule.apply_server_side_encryption_by_default);
    Fact::known(default.map_or_else(
        || Encryption { algorithm: Fact::known("AES256".to_owned()), key: Fact::absent() },
        |default| {
            Encryption {
                algorithm: Fact::known(default.sse_algorithm.as_str().to_owned()),
                key: Fact::from_option(default.kms_master_key_id.filter(|key| !key.is_empty()))
                    .map(|key| Link::text(Fact::known(key))),
            }
        },
    ))
}

fn object_lock(output: GetObjectLockConfigurationOutput) -> Fact<ObjectLock> {
    let configuration =
        output.object_lock_configuration.filter(|lock| lock.object_lock_enabled == Some(ObjectLockEnabled::Enabled));
    Fact::from_option(configuration).map(|configuration| {
        let retention = configuration.rule.and_then(|rule| rule.default_retention);
        let length = retention.as_ref().and_then(|retention| {
            let years = retention.years.map(|years| i64::from(years) * 365);
            retention.days.map(i64::from).filter(|days| *days > 0).or(years)
        });
        ObjectLock {
            mode: Fact::from_option(
                retention.and_then(|retention| retention.mode).map(|mode| mode.as_str().to_owned()),
            ),
            retention: length.map_or_else(Fact::absent, days),
        }
    })
}

fn access_block(block: &PublicAccessBlockConfiguration) -> PublicAccessBlock {
    PublicAccessBlock {
        block_public_acls: Fact::known(block.block_public_acls.unwrap_or(false)),
        ignore_public_acls: Fact::known(block.ignore_public_acls.unwrap_or(false)),
        block_public_policy: Fact::known(block.block_public_policy.unwrap_or(false)),
        restrict_public_buckets: Fact::known(block.restrict_public_buckets.unwrap_or(false)),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::types::{
        DefaultRetention, ObjectLockConfiguration, ObjectLockRetentionMode, ObjectLockRule, ServerSideEncryption,
        ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
    };
    use jiff::SignedDuration;

    use super::*;

    fn lock(retention: DefaultRetention) -> GetObjectLockConfigurationOutput {
        let configuration = ObjectLockConfiguration::builder()
            .object_lock_enabled(ObjectLockEnabled::Enabled)
            .rule(ObjectLockRule::builder().default_retention(retention).build())
            .build();
        GetObjectLockConfigurationOutput::builder().object_lock_configuration(configuration).build()
    }

    #[test]
    fn a_year_of_retention_is_365_days() {
        let retention = DefaultRetention::builder().mode(ObjectLockRetentionMode::Compliance).years(2).build();
        let read = object_lock(lock(retention));
        let read = read.value().unwrap();
        assert_eq!(read.mode.value().unwrap(), "COMPLIANCE");
        assert_eq!(read.retention.value(), Some(&SignedDuration::from_hours(2 * 365 * 24)));
    }

    #[test]
    fn object_lock_without_a_default_retention_has_no_mode() {
        let configuration = ObjectLockConfiguration::builder().object_lock_enabled(ObjectLockEnabled::Enabled).build();
        let output = GetObjectLockConfigurationOutput::builder().object_lock_configuration(configuration).build();
        let read = object_lock(output);
        assert!(read.value().unwrap().mode.is_absent() && read.value().unwrap().retention.is_absent());
        assert!(object_lock(GetObjectLockConfigurationOutput::builder().build()).is_absent());
    }

    #[test]
    fn a_bucket_without_an_encryption_setting_has_awss_own() {
        let answer = Err(Failure::ours("ServerSideEncryptionConfigurationNotFoundError", ""));
        let read = encryption_of(default_encryption(answer).unwrap());
        assert_eq!(read.value().unwrap().algorithm.value().unwrap(), "AES256");
        assert!(read.value().unwrap().key.is_absent());
        assert!(default_encryption(Err(Failure::ours("AccessDenied", ""))).is_err());
    }

    #[test]
    fn kms_without_a_key_is_awss_managed_key() {
        let default =
            ServerSideEncryptionByDefault::builder().sse_algorithm(ServerSideEncryption::AwsKms).build().unwrap();
        let rule = ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(default).build();
        let configuration = ServerSideEncryptionConfiguration::builder().rules(rule).build().unwrap();
        let read = encryption_of(
            GetBucketEncryptionOutput::builder().server_side_encryption_configuration(configuration).build(),
        );
        assert_eq!(read.value().unwrap().algorithm.value().unwrap(), "aws:kms");
        assert!(read.value().unwrap().key.is_absent());
    }
}
