//! `AWS::S3::Bucket`: its page in the CloudFormation Template Reference.

mod lifecycle;
mod replication;

use super::Mapped;
use super::tags::tags;
use crate::collect::declared::item::Item;
use crate::collect::declared::read::days_long;
use crate::model::fact::Fact;
use crate::model::identity::ResourceId;
use crate::model::resource::{Facts, Link};
use crate::model::s3::{Bucket, Encryption, ObjectLock, PublicAccessBlock};

/// Why nobody knows the name of a bucket that has none in its template.
const GENERATED: &str = "the bucket gets its name when the stack is made";

/// Whether a bucket's name is one that CloudFormation makes up, which no text of a template can be.
pub(super) fn is_generated(name: &Fact<String>) -> bool {
    name.reasons().is_some_and(|reasons| reasons.iter().all(|reason| reason.why == GENERATED))
}

/// A bucket.
pub(super) fn bucket(id: &ResourceId, properties: &Item) -> Mapped {
    let written_name = properties.get("BucketName").text();
    let name = written_name.value().cloned();
    let bucket_name = if written_name.is_absent() { Fact::unknown(GENERATED) } else { written_name };
    let facts = Bucket {
        versioning: versioning(properties),
        // CloudFormation has no property for it.
        mfa_delete: Fact::known(false),
        encryption: encryption(properties),
        object_lock: object_lock(properties),
        public_access_block: public_access_block(properties),
        replication: replication::configuration(properties),
        lifecycle: lifecycle::rules(properties),
        logging_target: logging_target(properties, id, &bucket_name),
        policy: Fact::absent(),
        bucket_name,
    };
    Mapped { facts: Facts::Bucket(Box::new(facts)), tags: tags(&properties.get("Tags")), name }
}

/// A bucket that is made with Object Lock is versioned ("Object Lock considerations" in the Amazon S3 User Guide).
fn versioning(properties: &Item) -> Fact<String> {
    let written = properties.dig("VersioningConfiguration.Status").text();
    if !written.is_absent() {
        return written;
    }
    let made_locked = properties.get("ObjectLockEnabled").boolean();
    made_locked.and_then(|locked| if locked { Fact::known("Enabled".to_owned()) } else { Fact::absent() })
}

/// On with `ObjectLockEnabled: true` (at the bucket's making) or with `Enabled` in the configuration.
fn object_lock(properties: &Item) -> Fact<ObjectLock> {
    let configuration = properties.get("ObjectLockConfiguration");
    let switch = properties.get("ObjectLockEnabled");
    let enabled = Fact::any([
        switch.boolean().or_default_to(false),
        configuration.get("ObjectLockEnabled").is("Enabled").or_default_to(false),
    ]);
    let at = if configuration.present().is_false() { switch.at.clone() } else { configuration.at.clone() };
    enabled.at(at).and_then(|enabled| {
        if !enabled {
            return Fact::absent();
        }
        let retention = configuration.dig("Rule.DefaultRetention");
        let days = retention.get("Days").days();
        Fact::known(ObjectLock {
            mode: retention.get("Mode").text(),
            retention: if days.is_absent() {
                retention.get("Years").integer().and_then(|years| days_long(years, 365))
            } else {
                days
            },
        })
    })
}

/// Without a setting, SSE-S3 ("Setting default server-side encryption behavior for Amazon S3 buckets": the base level
/// of every bucket since January 2023).
fn encryption(properties: &Item) -> Fact<Encryption> {
    let sse_s3 = || Encryption { algorithm: Fact::known("AES256".to_owned()), key: Fact::absent() };
    let rules = properties.dig("BucketEncryption.ServerSideEncryptionConfiguration").sections(&|rule| {
        let default = rule.get("ServerSideEncryptionByDefault");
        Encryption {
            algorithm: default.get("SSEAlgorithm").text().or_default_to("AES256".to_owned()),
            key: default.get("KMSMasterKeyID").optional_link(),
        }
    });
    rules.and_then(|rules| Fact::known(rules.into_iter().next().unwrap_or_else(sse_s3))).or_default_to(sse_s3())
}

/// Without a setting all four are on ("Blocking public access to your Amazon S3 storage": new buckets since April
/// 2023); in a setting, what is left out is off (`PublicAccessBlockConfiguration` in the Amazon S3 API Reference).
fn public_access_block(properties: &Item) -> Fact<PublicAccessBlock> {
    let all_on = PublicAccessBlock {
        block_public_acls: Fact::known(true),
        ignore_public_acls: Fact::known(true),
        block_public_policy: Fact::known(true),
        restrict_public_buckets: Fact::known(true),
    };
    let flag = |block: &Item, name: &str| block.get(name).boolean().or_default_to(false);
    properties
        .get("PublicAccessBlockConfiguration")
        .section(&|block| PublicAccessBlock {
            block_public_acls: flag(block, "BlockPublicAcls"),
            ignore_public_acls: flag(block, "IgnorePublicAcls"),
            block_public_policy: flag(block, "BlockPublicPolicy"),
            restrict_public_buckets: flag(block, "RestrictPublicBuckets"),
        })
        .or_default_to(all_on)
}

/// Without a destination the logs go to the bucket itself (`LoggingConfiguration`).
fn logging_target(properties: &Item, own: &ResourceId, own_name: &Fact<String>) -> Fact<Link> {
    let logging = properties.get("LoggingConfiguration");
    let destination = logging.get("DestinationBucketName").optional_link();
    if !destination.is_absent() {
        return destination;
    }
    logging.present().and_then(|on| {
        if on {
            Fact::known(Link { text: own_name.clone().at(None), target: Some(own.clone()) })
        } else {
            Fact::absent()
        }
    })
}
