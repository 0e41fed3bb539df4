//! `aws_s3_bucket`, and what is declared beside it. Before version 4 of the provider all of it stood in the bucket.

mod lifecycle;
mod replication;

use super::nested::either;
use super::split::Owner;
use super::{Mapped, tags};
use crate::collect::declared::item::Item;
use crate::collect::declared::read::days_long;
use crate::model::fact::Fact;
use crate::model::resource::{Facts, Link};
use crate::model::s3::{Bucket, Encryption, ObjectLock, PublicAccessBlock};

/// A bucket.
pub(super) fn bucket(owner: &Owner<'_>, body: &Item) -> Mapped {
    let bucket_name =
        body.get("bucket").filled().or_unknown("the bucket gets its name when the configuration is applied");
    let facts = Bucket {
        versioning: versioning(owner, body),
        mfa_delete: mfa_delete(owner, body),
        encryption: encryption(owner, body),
        object_lock: object_lock(owner, body),
        public_access_block: public_access_block(owner),
        replication: replication::configuration(owner, body),
        lifecycle: lifecycle::rules(owner, body),
        logging_target: owner.said("aws_s3_bucket_logging", logging_target(&body.nested("logging")), &logging_target),
        policy: owner.said("aws_s3_bucket_policy", body.get("policy").filled(), &|body| body.get("policy").filled()),
        bucket_name,
    };
    let name = facts.bucket_name.value().cloned();
    Mapped { facts: Facts::Bucket(Box::new(facts)), tags: tags::of(body), name }
}

/// `Disabled` is for a bucket that never was versioned (`aws_s3_bucket_versioning`). A bucket that is made with Object
/// Lock is versioned ("Object Lock considerations" in the Amazon S3 User Guide).
fn versioning(owner: &Owner<'_>, body: &Item) -> Fact<String> {
    let on = |enabled: bool| if enabled { Fact::known("Enabled".to_owned()) } else { Fact::absent() };
    let inline = body.nested("versioning").get("enabled").boolean().and_then(on);
    let said = owner.said("aws_s3_bucket_versioning", inline, &|body| {
        let status = body.nested("versioning_configuration").get("status").filled();
        status.and_then(|status| if status == "Disabled" { Fact::absent() } else { Fact::known(status) })
    });
    if !said.is_absent() {
        return said;
    }
    let locked = made_locked(body).and_then(on);
    if locked.is_absent() { said } else { locked }
}

/// Off where nothing says it.
fn mfa_delete(owner: &Owner<'_>, body: &Item) -> Fact<bool> {
    let inline = body.nested("versioning").get("mfa_delete").boolean();
    let said = owner.said("aws_s3_bucket_versioning", inline, &|body| {
        body.nested("versioning_configuration").get("mfa_delete").filled().map(|status| status == "Enabled")
    });
    said.or_default_to(false)
}

/// Whether the bucket is made with Object Lock: `object_lock_enabled`, or the older block.
fn made_locked(body: &Item) -> Fact<bool> {
    Fact::any([
        body.get("object_lock_enabled").boolean().or_default_to(false),
        body.nested("object_lock_configuration").get("object_lock_enabled").is("Enabled").or_default_to(false),
    ])
}

fn object_lock(owner: &Owner<'_>, body: &Item) -> Fact<ObjectLock> {
    let inline = body.nested("object_lock_configuration");
    let with_rule = inline.nested("rule.default_retention").section(&retention);
    // The resource of its own has Object Lock enabled by being there.
    let said = owner.said("aws_s3_bucket_object_lock_configuration", with_rule, &|body| {
        Fact::known(retention(&body.nested("rule.default_retention"))).at(body.nested("rule").at)
    });
    if !said.is_absent() {
        return said;
    }
    let at = if inline.present().is_false() { body.get("object_lock_enabled").at } else { inline.at };
    let bare = ObjectLock { mode: Fact::absent().at(at.clone()), retention: Fact::absent().at(at.clone()) };
    made_locked(body).at(at).and_then(|locked| if locked { Fact::known(bare) } else { Fact::absent() }).or_at(&said.at)
}

fn retention(retention: &Item) -> ObjectLock {
    let days = retention.get("days").nonzero().and_then(|days| days_long(days, 1));
    ObjectLock {
        mode: retention.get("mode").filled(),
        retention: either(days, || retention.get("years").nonzero().and_then(|years| days_long(years, 365))),
    }
}

/// Without a setting, SSE-S3 ("Setting default server-side encryption behavior for Amazon S3 buckets": the base level
/// of every bucket since January 2023).
fn encryption(owner: &Owner<'_>, body: &Item) -> Fact<Encryption> {
    let read = |body: &Item| {
        body.nested("rule").section(&|rule| {
            let default = rule.nested("apply_server_side_encryption_by_default");
            Encryption {
                algorithm: default.get("sse_algorithm").filled().or_default_to("AES256".to_owned()),
                key: default.get("kms_master_key_id").filled_link(),
            }
        })
    };
    let inline = read(&body.nested("server_side_encryption_configuration"));
    let sse_s3 = Encryption { algorithm: Fact::known("AES256".to_owned()), key: Fact::absent() };
    owner.said("aws_s3_bucket_server_side_encryption_configuration", inline, &read).or_default_to(sse_s3)
}

/// Without a setting all four are on ("Blocking public access to your Amazon S3 storage": new buckets since April
/// 2023); in a setting, what is left out is off (`aws_s3_bucket_public_access_block`).
fn public_access_block(owner: &Owner<'_>) -> Fact<PublicAccessBlock> {
    let all_on = PublicAccessBlock {
        block_public_acls: Fact::known(true),
        ignore_public_acls: Fact::known(true),
        block_public_policy: Fact::known(true),
        restrict_public_buckets: Fact::known(true),
    };
    let flag = |body: &Item, name: &str| body.get(name).boolean().or_default_to(false);
    let said = owner.said("aws_s3_bucket_public_access_block", Fact::absent(), &|body| {
        Fact::known(PublicAccessBlock {
            block_public_acls: flag(body, "block_public_acls"),
            ignore_public_acls: flag(body, "ignore_public_acls"),
            block_public_policy: flag(body, "block_public_policy"),
            restrict_public_buckets: flag(body, "restrict_public_buckets"),
        })
    });
    said.or_default_to(all_on)
}

fn logging_target(body: &Item) -> Fact<Link> {
    body.get("target_bucket").filled_link()
}
