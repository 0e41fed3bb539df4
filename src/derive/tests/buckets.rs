//! Buckets: what they are for, and their settings in effect.

use super::build::*;
use crate::model::account::Account;
use crate::model::fact::Fact;
use crate::model::gap::{ACCOUNT_BLOCK, Gap};
use crate::model::identity::ResourceId;
use crate::model::resource::{Facts, Link, Resource};
use crate::model::s3::{Bucket, Encryption, LifecycleRule, ObjectLock, PublicAccessBlock};
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;

fn defaults() -> Settings {
    Settings::default()
}

fn replicating(name: &str, to: Link) -> Resource {
    bucket_of(HOME, Bucket { replication: replicates_to(to), ..versioned(name) })
}

fn change_rule(mut resource: Resource, change: impl FnOnce(&mut crate::model::s3::ReplicationRule)) -> Resource {
    if let Facts::Bucket(facts) = &mut resource.facts
        && let crate::model::fact::State::Known(replication) = &mut facts.replication.state
        && let crate::model::fact::State::Known(rules) = &mut replication.rules.state
    {
        change(rules.first_mut().unwrap());
    }
    resource
}

#[test]
fn a_backup_bucket_is_named_so_or_receives_replicas() {
    let replica = bucket_of(AWAY, versioned("orders-copy"));
    let snapshot = estate(vec![
        bucket("orders-backup-eu"),
        bucket("orders"),
        replica,
        replicating("source", link("arn:aws:s3:::orders-copy")),
    ]);
    for (name, backup, replica) in [
        ("orders-backup-eu", true, false),
        ("orders", false, false),
        ("orders-copy", true, true),
        ("source", false, false),
    ] {
        let found = of_bucket(&snapshot, &defaults(), name);
        assert_eq!(found.backup_bucket.value(), Some(&backup), "{name}");
        assert_eq!(found.replica.value(), Some(&replica), "{name}");
    }
}

#[test]
fn a_bucket_without_a_known_name_may_be_a_backup_bucket() {
    let unnamed = Bucket { bucket_name: Fact::unknown("AWS makes the name"), ..bucket_facts("x") };
    let found = of_bucket(&template(vec![bucket_of(HOME, unnamed)]), &complete(), "unnamed");
    assert!(found.backup_bucket.is_unknown());
}

#[test]
fn replication_that_was_not_read_may_lead_to_any_other_versioned_bucket() {
    let unread = bucket_of(HOME, Bucket { replication: Fact::unknown("denied"), ..versioned("secret") });
    let snapshot = estate(vec![unread, bucket_of(HOME, versioned("a")), bucket("unversioned")]);
    assert!(of_bucket(&snapshot, &defaults(), "a").replica.is_unknown());
    assert!(of_bucket(&snapshot, &defaults(), "unversioned").replica.is_false());
    assert!(of_bucket(&snapshot, &defaults(), "secret").replica.is_false(), "no bucket replicates to itself");
    assert!(of_bucket(&snapshot, &defaults(), "secret").replication.is_unknown());
}

#[test]
fn replication_is_absent_where_no_rule_is_enabled() {
    let off = change_rule(replicating("source", link("arn:aws:s3:::copy")), |rule| rule.enabled = Fact::known(false));
    assert!(of_bucket(&estate(vec![off]), &defaults(), "source").replication.is_absent());
    let unclear = change_rule(replicating("source", link("arn:aws:s3:::copy")), |rule| {
        rule.enabled = Fact::unknown("parameter `Status` has no default");
    });
    assert!(of_bucket(&estate(vec![unclear]), &defaults(), "source").replication.is_unknown());
}

#[test]
fn a_live_destination_outside_the_snapshot_is_judged_by_the_look_at_it() {
    let looked_at = change_rule(replicating("source", link("arn:aws:s3:::elsewhere")), |rule| {
        rule.destination.exists = Fact::known(true);
        rule.destination.region = known(AWAY);
        rule.destination.versioning = Fact::absent();
    });
    let found = of_bucket(&estate(vec![looked_at]), &defaults(), "source").replication.value().unwrap().clone();
    assert!(found.crosses_region.is_true() && found.reaches_recovery_region.is_true());
    assert!(found.destinations_exist.is_true() && found.destinations_versioned.is_false());
    assert_eq!(found.destinations.value().unwrap(), &["elsewhere"]);
}

#[test]
fn a_declared_destination_that_is_in_no_file_is_unknown_unless_the_files_are_complete() {
    let mut source = replicating("source", link("arn:aws:s3:::elsewhere"));
    source = change_rule(source, |rule| rule.destination.bucket.text.at = at(7));
    let snapshot = template(vec![source.clone()]);
    let open = of_bucket(&snapshot, &defaults(), "source").replication.value().unwrap().clone();
    assert!(open.destinations_exist.is_unknown() && open.crosses_region.is_unknown());
    let closed = of_bucket(&snapshot, &complete(), "source").replication.value().unwrap().clone();
    assert!(closed.destinations_exist.is_false());
    assert_eq!(closed.destinations_exist.at, at(7), "the finding points to the destination");
    let other = change_rule(source, |rule| rule.destination.account = known(OTHER_ACCOUNT));
    let other = of_bucket(&template(vec![other]), &complete(), "source").replication.value().unwrap().clone();
    assert!(other.destinations_exist.is_unknown(), "another account's bucket is never in our files");
}

#[test]
fn a_destination_of_the_same_template_is_in_the_same_region() {
    let target = declared(bucket_of(HOME, versioned("copy")), "t.yaml").id;
    let to = Link { text: Fact::unknown("made by AWS"), target: Some(target) };
    let snapshot = template(vec![replicating("source", to), bucket_of(HOME, versioned("copy"))]);
    let found = of_bucket(&snapshot, &defaults(), "source").replication.value().unwrap().clone();
    assert!(found.crosses_region.is_false() && found.destinations_exist.is_true());
    assert!(of_bucket(&snapshot, &defaults(), "copy").replica.is_true());
}

fn account(block: Fact<PublicAccessBlock>) -> Resource {
    account_of(Account { public_access_block: block, ..account_facts() })
}

fn block(all: bool) -> PublicAccessBlock {
    PublicAccessBlock {
        block_public_acls: Fact::known(all),
        ignore_public_acls: Fact::known(all),
        block_public_policy: Fact::known(all),
        restrict_public_buckets: Fact::known(all),
    }
}

#[test]
fn the_account_or_the_bucket_blocks_public_access_flag_by_flag() {
    let own = PublicAccessBlock { block_public_acls: Fact::known(true), ..block(false) };
    let of = |own: Fact<PublicAccessBlock>, others: Vec<Resource>| {
        let mut all = vec![bucket_of(HOME, Bucket { public_access_block: own, ..bucket_facts("orders") })];
        all.extend(others);
        of_bucket(&estate(all), &defaults(), "orders").public_access.value().unwrap().clone()
    };
    let neither = of(Fact::known(own.clone()), vec![account(Fact::absent())]);
    assert!(neither.block_public_acls.is_true() && neither.restrict_public_buckets.is_false());
    let by_account = of(Fact::absent(), vec![account(Fact::known(block(true)))]);
    assert!(by_account.restrict_public_buckets.is_true());
    let unread = of(Fact::known(own), vec![account(Fact::unknown("denied"))]);
    assert!(unread.block_public_acls.is_true(), "the bucket's own flag is enough");
    assert!(unread.restrict_public_buckets.is_unknown());
    let unread_bucket = of(Fact::unknown("denied"), vec![account(Fact::known(block(true)))]);
    assert!(unread_bucket.restrict_public_buckets.is_true());
}

#[test]
fn files_do_not_tell_the_accounts_block_unless_they_are_complete() {
    let snapshot = template(vec![bucket("orders")]);
    let open = of_bucket(&snapshot, &defaults(), "orders").public_access.value().unwrap().clone();
    assert!(open.block_public_acls.is_unknown());
    let closed = of_bucket(&snapshot, &complete(), "orders").public_access.value().unwrap().clone();
    assert!(closed.block_public_acls.is_false());
}

#[test]
fn what_was_not_read_of_complete_files_may_set_the_accounts_block() {
    let mut snapshot = template(vec![bucket("orders")]);
    snapshot.gaps.push(broken_file());
    let open = |snapshot: &Snapshot| {
        of_bucket(snapshot, &complete(), "orders").public_access.value().unwrap().block_public_acls.is_unknown()
    };
    assert!(open(&snapshot));
    snapshot.gaps = vec![Gap { code: ACCOUNT_BLOCK.into(), ..broken_file() }];
    assert!(open(&snapshot), "of an unknown account");
    assert_eq!(protection_versions(&snapshot), 1, "it hides nothing else");
    for (account, is_open) in [(ACCOUNT, true), (OTHER_ACCOUNT, false)] {
        snapshot.gaps[0].account = Some(account.into());
        snapshot.resources.iter_mut().for_each(|bucket| bucket.id.account = Some(ACCOUNT.into()));
        assert_eq!(open(&snapshot), is_open, "{account}");
    }
}

fn protection_versions(snapshot: &Snapshot) -> usize {
    of_workload(snapshot, &complete(), "orders").protection.versions.len()
}

#[test]
fn only_a_rule_for_the_whole_bucket_aborts_uploads() {
    let of = |rules: Vec<LifecycleRule>| {
        let facts = Bucket { lifecycle: Fact::known(rules), ..bucket_facts("orders") };
        of_bucket(&estate(vec![bucket_of(HOME, facts)]), &defaults(), "orders").lifecycle
    };
    let aborts = LifecycleRule { abort_uploads_days: Fact::known(7), ..expires_noncurrent(90) };
    assert!(of(vec![aborts.clone()]).value().unwrap().aborts_uploads.is_true());
    let in_a_prefix = LifecycleRule { whole_bucket: Fact::known(false), ..aborts.clone() };
    assert!(of(vec![in_a_prefix]).value().unwrap().aborts_uploads.is_false());
    assert!(of(vec![expires_noncurrent(90)]).value().unwrap().aborts_uploads.is_false());
    let off = LifecycleRule { enabled: Fact::known(false), ..aborts };
    assert!(of(vec![off]).is_absent(), "no rule is enabled");
    assert!(of(vec![]).is_absent());
}

#[test]
fn encryption_is_a_customers_where_its_key_is() {
    let of = |algorithm: &str, key: Fact<Link>, others: Vec<Resource>| {
        let encryption = Fact::known(Encryption { algorithm: known(algorithm), key });
        let mut all = vec![bucket_of(HOME, Bucket { encryption, ..bucket_facts("orders") })];
        all.extend(others);
        of_bucket(&estate(all), &defaults(), "orders").encryption.value().unwrap().customer_key.clone()
    };
    let named = |text: &str| Fact::known(link(text));
    let own = || key_of(key_facts("k-1"));
    let awss = || {
        let mut facts = key_facts("k-2");
        facts.manager = known("AWS");
        key_of(facts)
    };
    assert!(of("AES256", Fact::absent(), vec![]).is_false());
    assert!(of("aws:kms", Fact::absent(), vec![]).is_false());
    assert!(of("aws:kms", named("alias/aws/s3"), vec![]).is_false());
    assert!(of("aws:kms", named(&key_arn("k-1")), vec![own()]).is_true());
    assert!(of("aws:kms:dsse", named("k-1"), vec![own()]).is_true());
    assert!(of("aws:kms", named("alias/k-1"), vec![own()]).is_true());
    assert!(of("aws:kms", named(&key_arn("k-2")), vec![awss()]).is_false());
    assert!(of("aws:kms", named(&key_arn("gone")), vec![own()]).is_unknown());
    let other = format!("arn:aws:kms:{HOME}:{OTHER_ACCOUNT}:key/k-9");
    assert!(of("aws:kms", named(&other), vec![]).is_true(), "AWS's keys cannot be used from another account");
}

#[test]
fn a_bucket_may_receive_logs_of_one_whose_target_is_not_known() {
    let unclear = bucket_of(HOME, Bucket { logging_target: Fact::unknown("denied"), ..bucket_facts("source") });
    let locked = Bucket {
        object_lock: Fact::known(ObjectLock { mode: known("GOVERNANCE"), retention: Fact::known(DAY) }),
        ..bucket_facts("locked")
    };
    let snapshot =
        estate(vec![unclear, bucket("here"), bucket_of(AWAY, bucket_facts("away")), bucket_of(HOME, locked)]);
    assert!(of_bucket(&snapshot, &defaults(), "here").access_log_target.is_unknown());
    assert!(of_bucket(&snapshot, &defaults(), "away").access_log_target.is_false(), "logs stay in the Region");
    assert!(of_bucket(&snapshot, &defaults(), "locked").access_log_target.is_false());
    assert!(of_bucket(&snapshot, &defaults(), "source").access_log_target.is_false());
    let tier = of_bucket(&snapshot, &defaults(), "here").workload.objective;
    assert!(tier.only().is_some(), "only what is seen exempts");
}

#[test]
fn two_templates_with_the_same_logical_id_stay_apart() {
    let mut snapshot = template(vec![bucket("orders")]);
    let other: Resource = declared(bucket_of(HOME, versioned("orders")), "b.yaml");
    snapshot.resources.push(other);
    snapshot.sort();
    let roots: Vec<ResourceId> = crate::derive::derive(&snapshot, &complete(), None)
        .into_iter()
        .map(|subject| subject.resource.id.clone())
        .collect();
    assert_eq!(roots.len(), 2);
    assert!(roots.is_sorted());
}

#[test]
fn of_two_buckets_of_one_name_it_cannot_be_said_which_receives_replicas() {
    let only_if = |mut resource: Resource, id: &str| {
        resource.exists = Fact::unknown("condition `IsProd` cannot be decided");
        resource.id.id = id.into();
        resource.name = id.into();
        resource
    };
    let source = replicating("source", link("arn:aws:s3:::copy"));
    let plain = only_if(bucket("copy"), "Plain");
    let ready = only_if(bucket_of(HOME, versioned("copy")), "Ready");
    let snapshot = template(vec![source.clone(), plain.clone(), ready]);
    let found = of_bucket(&snapshot, &complete(), "source").replication;
    let replication = found.value().unwrap();
    assert!(replication.destinations_exist.is_unknown() && replication.destinations_versioned.is_unknown());
    assert!(of_bucket(&snapshot, &complete(), "Ready").replica.is_unknown());
    let found = of_bucket(&template(vec![source, plain]), &complete(), "source").replication;
    assert!(found.value().unwrap().destinations_versioned.is_unknown(), "another stack may make it");
}
