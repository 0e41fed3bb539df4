//! Replication: what rules cover together, and whose bucket takes the replicas.

use super::build::*;
use crate::model::derived::ReplicationDerived;
use crate::model::fact::{Fact, State};
use crate::model::resource::Resource;
use crate::model::s3::{Bucket, Encryption, ReplicationConfiguration, ReplicationRule};
use crate::model::settings::Settings;

fn rule_to(bucket: &str) -> ReplicationRule {
    let State::Known(ReplicationConfiguration { rules, .. }) = replicates_to(link(bucket)).state else { panic!() };
    rules.value().unwrap().first().unwrap().clone()
}

fn source(rules: Vec<ReplicationRule>, kms: bool) -> Resource {
    let mut facts = Bucket { replication: replicates_to(link("copy")), ..versioned("source") };
    if let State::Known(replication) = &mut facts.replication.state {
        replication.rules = Fact::known(rules);
    }
    if kms {
        let encryption = Encryption { algorithm: known("aws:kms"), key: Fact::known(link("alias/k-1")) };
        facts.encryption = Fact::known(encryption);
    }
    bucket_of(HOME, facts)
}

fn replication(rules: Vec<ReplicationRule>, kms: bool) -> ReplicationDerived {
    let near = bucket_of(HOME, versioned("near"));
    let away = bucket_of(AWAY, versioned("away"));
    let snapshot = estate(vec![source(rules, kms), near, away]);
    of_bucket(&snapshot, &Settings::default(), "source").replication.value().unwrap().clone()
}

fn prefixed(bucket: &str, prefix: &str) -> ReplicationRule {
    ReplicationRule { prefix: known(prefix), ..rule_to(bucket) }
}

#[test]
fn one_rule_without_prefix_or_tags_covers_the_bucket() {
    assert!(replication(vec![rule_to("away")], false).covers_bucket.is_true());
    assert!(replication(vec![prefixed("away", "")], false).covers_bucket.is_true());
    assert!(replication(vec![prefixed("away", "a/"), prefixed("away", "b/")], false).covers_bucket.is_false());
    let tagged = ReplicationRule { tag_filter: Fact::known(vec!["a=b".to_owned()]), ..rule_to("away") };
    assert!(replication(vec![tagged], false).covers_bucket.is_false());
    let off = ReplicationRule { enabled: Fact::known(false), ..rule_to("away") };
    assert!(replication(vec![off, prefixed("away", "a/")], false).covers_bucket.is_false());
    let unknown = ReplicationRule { prefix: Fact::unknown("why"), ..rule_to("away") };
    assert!(replication(vec![unknown], false).covers_bucket.is_unknown());
}

#[test]
fn a_whole_copy_next_door_does_not_make_up_for_a_part_in_the_recovery_region() {
    assert!(replication(vec![rule_to("near"), prefixed("away", "a/")], false).covers_bucket.is_false());
    assert!(replication(vec![rule_to("away"), prefixed("near", "a/")], false).covers_bucket.is_true());
    assert!(replication(vec![rule_to("near"), prefixed("near", "a/")], false).covers_bucket.is_true());
}

#[test]
fn encrypted_objects_are_left_out_unless_a_rule_takes_them_and_names_a_key() {
    let key = "arn:aws:kms:eu-central-1:111122223333:key/k";
    let taking =
        ReplicationRule { kms_objects: Fact::known(true), replica_key: known(key), ..rule_to("away") };
    assert!(replication(vec![taking.clone()], true).leaves_encrypted_out.is_false());
    assert!(replication(vec![rule_to("away")], true).leaves_encrypted_out.is_true());
    assert!(replication(vec![rule_to("away")], false).leaves_encrypted_out.is_false(), "there are none by default");
    let keyless = ReplicationRule { replica_key: Fact::absent(), ..taking.clone() };
    assert!(replication(vec![keyless], true).leaves_encrypted_out.is_true());
    let ranked = |rule: ReplicationRule, priority| ReplicationRule { priority: Fact::known(priority), ..rule };
    let over = vec![ranked(taking.clone(), 1), ranked(prefixed("away", "a/"), 2)];
    assert!(replication(over, true).leaves_encrypted_out.is_unknown(), "the upper rule may shadow the lower");
    let under = vec![ranked(taking, 2), ranked(prefixed("away", "a/"), 1)];
    assert!(replication(under, true).leaves_encrypted_out.is_false());
}

#[test]
fn rules_of_one_destination_agree_about_delete_markers() {
    let marking = |bucket: &str| ReplicationRule { delete_markers: Fact::known(true), ..prefixed(bucket, "a/") };
    assert!(replication(vec![rule_to("away"), marking("away")], false).delete_markers_agree.is_false());
    assert!(replication(vec![rule_to("away"), marking("near")], false).delete_markers_agree.is_true());
    let tagged = ReplicationRule { tag_filter: Fact::known(vec!["a=b".to_owned()]), ..rule_to("away") };
    assert!(replication(vec![marking("away"), tagged], false).delete_markers_agree.is_true());
    let unread = ReplicationRule { delete_markers: Fact::unknown("why"), ..rule_to("away") };
    assert!(replication(vec![rule_to("away"), unread], false).delete_markers_agree.is_unknown());
}

#[test]
fn a_bucket_that_is_none_of_the_account_is_anothers() {
    let seen = |name: &str| {
        let mut rule = rule_to(name);
        rule.destination.exists = Fact::known(true);
        rule.destination.region = known(AWAY);
        rule
    };
    let found = |rule: ReplicationRule, settings: &Settings| {
        let snapshot = estate(vec![source(vec![rule], false), bucket_of(AWAY, versioned("away"))]);
        of_bucket(&snapshot, settings, "source").replication.value().unwrap().reaches_recovery_account.clone()
    };
    let any = Settings::default();
    assert!(found(rule_to("away"), &any).is_false());
    assert!(found(seen("elsewhere"), &any).is_true());
    let named = Settings { recovery_accounts: vec![OTHER_ACCOUNT.to_owned()], ..Settings::default() };
    assert!(found(seen("elsewhere"), &named).is_unknown());
    let mut owned = seen("elsewhere");
    owned.destination.account = known(OTHER_ACCOUNT);
    assert!(found(owned.clone(), &named).is_true());
    owned.destination.account = known("123456789012");
    assert!(found(owned, &named).is_false());
    let mut unlisted = estate(vec![source(vec![seen("elsewhere")], false)]);
    unlisted.listed.remove(&listing("AWS::S3::Bucket", "global", None));
    let found = of_bucket(&unlisted, &any, "source").replication.value().unwrap().reaches_recovery_account.clone();
    assert!(found.is_unknown(), "it may be one of the account's own");
}
