use super::*;

#[test]
fn an_empty_bucket_has_the_documented_defaults() {
    let all = mapped(json!({ "aws_s3_bucket.b": {} }));
    let facts = bucket(&all, "aws_s3_bucket.b");
    assert!(facts.bucket_name.is_unknown() && facts.versioning.is_absent() && facts.object_lock.is_absent());
    assert_eq!(facts.encryption.value().unwrap().algorithm.value().unwrap(), "AES256");
    assert!(facts.public_access_block.value().unwrap().restrict_public_buckets.is_true());
    assert!(facts.replication.is_absent() && facts.lifecycle.is_absent() && facts.logging_target.is_absent());
    assert!(facts.policy.is_absent() && facts.mfa_delete.is_false());
    assert_eq!(place(&facts.versioning), "aws_s3_bucket.b", "what is missing is missing in the block");
    let resource = named(&all, "aws_s3_bucket.b");
    assert_eq!((&*resource.name, resource.id.root.as_deref()), ("aws_s3_bucket.b", Some("infra")));
}

#[test]
fn the_blocks_of_older_versions_of_the_provider_are_read() {
    let all = mapped(json!({ "aws_s3_bucket.b": {
        "bucket": "b",
        "tags": { "backup-tier": "critical" },
        "versioning": [{ "enabled": true, "mfa_delete": true }],
        "logging": [{ "target_bucket": "logs" }],
        "policy": "{}",
        "object_lock_configuration": [{
            "object_lock_enabled": "Enabled",
            "rule": [{ "default_retention": [{ "mode": "GOVERNANCE", "years": 1, "days": 0 }] }],
        }],
        "server_side_encryption_configuration": [{ "rule": [{ "apply_server_side_encryption_by_default": [
            { "sse_algorithm": "aws:kms", "kms_master_key_id": "" }
        ] }] }],
        "lifecycle_rule": [{
            "enabled": true, "prefix": "", "tags": {}, "abort_incomplete_multipart_upload_days": 7,
            "expiration": [{ "days": 0, "date": "", "expired_object_delete_marker": true }],
            "noncurrent_version_expiration": [{ "days": 35 }],
            "transition": [{ "days": 30, "storage_class": "GLACIER" }],
        }],
        "replication_configuration": [{ "role": "r", "rules": [{
            "status": "Enabled", "priority": 1, "filter": [{ "prefix": "", "tags": { "a": "b" } }],
            "delete_marker_replication_status": "Enabled",
            "source_selection_criteria": [{ "sse_kms_encrypted_objects": [{ "enabled": true }] }],
            "destination": [{ "bucket": "arn:aws:s3:::c", "account_id": "444455556666", "replica_kms_key_id": "k" }],
        }] }],
    } }));
    let facts = bucket(&all, "aws_s3_bucket.b");
    assert_eq!(facts.versioning.value().unwrap(), "Enabled");
    assert!(facts.mfa_delete.is_true());
    assert_eq!(facts.logging_target.value().unwrap().text.value().unwrap(), "logs");
    let lock = facts.object_lock.value().unwrap();
    assert_eq!((lock.mode.value().unwrap().as_str(), lock.retention.value().unwrap().as_hours()), ("GOVERNANCE", 8760));
    let encryption = facts.encryption.value().unwrap();
    assert!(encryption.algorithm.value().unwrap() == "aws:kms" && encryption.key.is_absent());
    let rule = &facts.lifecycle.value().unwrap()[0];
    assert!(rule.enabled.is_true() && rule.whole_bucket.is_true() && rule.expire_days.is_absent());
    assert_eq!((rule.noncurrent_expire_days.value(), rule.abort_uploads_days.value()), (Some(&35), Some(&7)));
    assert_eq!(rule.transitions.value().unwrap(), &["GLACIER@30"]);
    let rule = &facts.replication.value().unwrap().rules.value().unwrap()[0];
    assert!(rule.prefix.is_absent() && rule.delete_markers.is_true() && rule.kms_objects.is_true());
    assert_eq!(rule.tag_filter.value().unwrap(), &["a=b"]);
    assert_eq!(rule.destination.account.value().unwrap(), "444455556666");
    assert_eq!(rule.replica_key.value().unwrap(), "k");
    assert_eq!(named(&all, "aws_s3_bucket.b").tags.get("backup-tier").value().unwrap(), "critical");
    assert_eq!(&*named(&all, "aws_s3_bucket.b").name, "b");
}

#[test]
fn versioning_is_enabled_suspended_or_never_was_on() {
    for (status, expected) in [("Enabled", Some("Enabled")), ("Suspended", Some("Suspended")), ("Disabled", None)] {
        let all = beside("aws_s3_bucket_versioning", json!({ "versioning_configuration": [{ "status": status }] }));
        let facts = bucket(&all, "aws_s3_bucket.b");
        assert_eq!(facts.versioning.value().map(String::as_str), expected);
        assert_eq!(place(&facts.versioning), "aws_s3_bucket_versioning.x/versioning_configuration/0/status");
    }
    let mfa = json!({ "versioning_configuration": [{ "status": "Enabled", "mfa_delete": "Enabled" }] });
    assert!(bucket(&beside("aws_s3_bucket_versioning", mfa), "aws_s3_bucket.b").mfa_delete.is_true());
}

#[test]
fn an_argument_that_is_missing_beside_the_bucket_is_missing_there() {
    let all =
        beside("aws_s3_bucket_public_access_block", json!({ "block_public_acls": true, "ignore_public_acls": false }));
    let block = bucket(&all, "aws_s3_bucket.b").public_access_block.value().unwrap().clone();
    assert!(block.block_public_acls.is_true() && block.ignore_public_acls.is_false());
    assert_eq!(place(&block.ignore_public_acls), "aws_s3_bucket_public_access_block.x/ignore_public_acls");
    assert!(block.block_public_policy.is_false());
    assert_eq!(place(&block.block_public_policy), "aws_s3_bucket_public_access_block.x");
}

#[test]
fn object_lock_is_on_by_the_bucket_or_beside_it() {
    let all = mapped(json!({ "aws_s3_bucket.b": { "object_lock_enabled": true } }));
    let facts = bucket(&all, "aws_s3_bucket.b");
    assert_eq!(facts.versioning.value().unwrap(), "Enabled");
    assert!(facts.object_lock.value().unwrap().mode.is_absent());

    let rule = json!({ "rule": [{ "default_retention": [{ "mode": "COMPLIANCE", "days": 35 }] }] });
    let all = beside("aws_s3_bucket_object_lock_configuration", rule);
    let lock = bucket(&all, "aws_s3_bucket.b").object_lock.value().unwrap().clone();
    assert_eq!((lock.mode.value().unwrap().as_str(), lock.retention.value().unwrap().as_hours()), ("COMPLIANCE", 840));

    let all = beside("aws_s3_bucket_object_lock_configuration", json!({ "object_lock_enabled": "Enabled" }));
    let lock = &bucket(&all, "aws_s3_bucket.b").object_lock;
    assert!(lock.value().unwrap().mode.is_absent());
    assert_eq!(place(lock), "aws_s3_bucket_object_lock_configuration.x");
}

#[test]
fn encryption_and_logging_lead_to_other_resources() {
    let all = mapped(json!({
        "aws_kms_key.k": {},
        "aws_s3_bucket.b": { "bucket": "b" },
        "aws_s3_bucket.logs": { "bucket": "logs" },
        "aws_s3_bucket_logging.x": { "bucket": { "$": "aws_s3_bucket.b.id" }, "target_bucket": { "$": "aws_s3_bucket.logs.id" } },
        "aws_s3_bucket_server_side_encryption_configuration.x": {
            "bucket": { "$": "aws_s3_bucket.b.bucket" },
            "rule": [{ "bucket_key_enabled": true, "apply_server_side_encryption_by_default": [
                { "sse_algorithm": "aws:kms", "kms_master_key_id": { "$": "aws_kms_key.k.arn" } }
            ] }],
        },
    }));
    let facts = bucket(&all, "aws_s3_bucket.b");
    let key = facts.encryption.value().unwrap().key.value().unwrap();
    assert!(key.text.is_unknown() && key.target.as_ref() == Some(&named(&all, "aws_kms_key.k").id));
    let logs = facts.logging_target.value().unwrap();
    assert_eq!(logs.target.as_ref(), Some(&named(&all, "aws_s3_bucket.logs").id));
    assert_eq!(logs.text.value().unwrap(), "logs");
    let other = bucket(&all, "aws_s3_bucket.logs");
    assert_eq!(other.encryption.value().unwrap().algorithm.value().unwrap(), "AES256");
}

#[test]
fn replication_rules_of_both_versions_are_read() {
    let all = beside(
        "aws_s3_bucket_replication_configuration",
        json!({ "role": "r", "rule": [
        { "status": "Enabled", "prefix": "logs/", "destination": [{ "bucket": "arn:aws:s3:::a" }] },
        {
            "status": "Disabled", "priority": 1,
            "filter": [{ "and": [{ "prefix": "x", "tags": { "k": "v", "a": "b" } }] }],
            "delete_marker_replication": [{ "status": "Disabled" }],
            "source_selection_criteria": [{ "sse_kms_encrypted_objects": [{ "status": "Enabled" }] }],
            "destination": [{
                "bucket": { "$": "aws_s3_bucket.b.arn" }, "account": "444455556666", "storage_class": "GLACIER_IR",
                "encryption_configuration": [{ "replica_kms_key_id": "k" }], "metrics": [{ "status": "Enabled" }],
                "access_control_translation": [{ "owner": "Destination" }],
            }],
        },
        { "status": "Enabled", "filter": [{ "and": [], "prefix": "", "tag": [] }], "destination": [{ "bucket": "b" }] },
        { "status": "Enabled", "filter": [null], "destination": [{ "bucket": "b" }] },
        { "status": "Enabled", "filter": [{ "tag": [{ "key": "k", "value": "v" }] }], "destination": [{ "bucket": "b" }] },
    ] }),
    );
    let rules = bucket(&all, "aws_s3_bucket.b").replication.value().unwrap().rules.value().unwrap().clone();
    assert!(rules[0].enabled.is_true() && rules[0].delete_markers.is_true() && rules[0].kms_objects.is_false());
    assert_eq!(rules[0].prefix.value().unwrap(), "logs/");
    assert!(rules[1].enabled.is_false() && rules[1].delete_markers.is_false() && rules[1].kms_objects.is_true());
    assert_eq!(rules[1].tag_filter.value().unwrap(), &["a=b", "k=v"]);
    assert_eq!(rules[1].destination.bucket.target.as_ref().unwrap(), &named(&all, "aws_s3_bucket.b").id);
    assert!(rules[1].destination.metrics.is_true() && rules[1].destination.exists.is_unknown());
    assert!(rules[0].destination.changes_owner.is_false() && rules[1].destination.changes_owner.is_true());
    for rule in [&rules[2], &rules[3]] {
        assert!(rule.delete_markers.is_false() && rule.tag_filter.is_absent() && rule.prefix.is_absent());
    }
    assert_eq!(rules[4].tag_filter.value().unwrap(), &["k=v"]);
}

#[test]
fn lifecycle_rules_say_what_they_cover() {
    let all = beside(
        "aws_s3_bucket_lifecycle_configuration",
        json!({ "rule": [
        {
            "id": "all", "status": "Enabled", "filter": [{}],
            "transition": [{ "days": 90, "storage_class": "GLACIER" }, { "storage_class": "DEEP_ARCHIVE" }],
            "noncurrent_version_transition": [{ "noncurrent_days": 30, "storage_class": "GLACIER_IR" }],
            "noncurrent_version_expiration": [{ "noncurrent_days": 35, "newer_noncurrent_versions": "2" }],
            "abort_incomplete_multipart_upload": [{ "days_after_initiation": 7 }],
        },
        { "status": "Disabled", "prefix": "a", "expiration": [{ "date": "2030-01-01T00:00:00Z" }] },
        { "status": "Enabled", "filter": [{ "tag": [{ "key": "a", "value": "b" }] }] },
        { "status": "Enabled", "filter": [{ "and": [{ "prefix": "", "tags": {}, "object_size_less_than": 5 }] }] },
        { "status": "Enabled", "filter": [{ "object_size_greater_than": "", "prefix": "" }], "expiration": [{ "days": 9 }] },
        { "status": "Enabled", "filter": [{ "prefix": { "?": "variable" } }] },
    ] }),
    );
    let rules = bucket(&all, "aws_s3_bucket.b").lifecycle.value().unwrap().clone();
    let whole: Vec<_> = rules.iter().map(|rule| rule.whole_bucket.value().copied()).collect();
    assert_eq!(whole, [Some(true), Some(false), Some(false), Some(false), Some(true), None]);
    assert_eq!(rules[0].transitions.value().unwrap(), &["GLACIER@90", "DEEP_ARCHIVE@0"]);
    assert_eq!(rules[0].noncurrent_transitions.value().unwrap(), &["GLACIER_IR@30"]);
    assert_eq!((rules[0].noncurrent_expire_days.value(), rules[0].noncurrent_keep.value()), (Some(&35), Some(&2)));
    assert_eq!(rules[0].abort_uploads_days.value(), Some(&7));
    assert!(rules[1].expire_days.is_unknown() && rules[0].expire_days.is_absent());
    assert_eq!(rules[4].expire_days.value(), Some(&9));
}

#[test]
fn tags_of_the_provider_count_and_unread_ones_are_not_none() {
    let all = mapped(json!({
        "aws_s3_bucket.a": { "tags": { "x": "1" }, "tags_all": { "x": "1", "y": { "?": "variable" } } },
        "aws_s3_bucket.b": { "tags": { "?": "variable" } },
    }));
    let tags = &named(&all, "aws_s3_bucket.a").tags;
    assert!(tags.get("x").is_known() && tags.get("y").is_unknown() && tags.get("z").is_absent());
    assert!(named(&all, "aws_s3_bucket.b").tags.get("x").is_unknown());
}
