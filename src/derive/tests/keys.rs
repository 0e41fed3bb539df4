//! Keys: whether they rotate, what depends on them, when they go.

use jiff::SignedDuration;

use super::build::*;
use crate::model::backup::Vault;
use crate::model::fact::Fact;
use crate::model::kms::Key;
use crate::model::resource::Resource;
use crate::model::s3::{Bucket, Encryption};
use crate::model::settings::Settings;

fn find(mut resources: Vec<Resource>, key: Key) -> crate::model::derived::KeyDerived {
    resources.push(key_of(key));
    of_key(&estate(resources), &Settings::default(), "k-1")
}

fn encrypted_by(name: &str, key: &str) -> Resource {
    let encryption = Encryption { algorithm: known("aws:kms"), key: Fact::known(link(key)) };
    bucket_of(HOME, Bucket { encryption: Fact::known(encryption), ..bucket_facts(name) })
}

#[test]
fn only_a_customers_symmetric_key_of_kms_own_material_rotates() {
    let of = |change: fn(&mut Key)| {
        let mut facts = key_facts("k-1");
        change(&mut facts);
        find(vec![], facts).rotatable
    };
    assert!(of(|_| {}).is_true());
    assert!(of(|key| key.multi_region = known("PRIMARY")).is_true());
    assert!(of(|key| key.state = known("Disabled")).is_true(), "it rotates again once it is enabled");
    let cases: [fn(&mut Key); 6] = [
        |key| key.manager = known("AWS"),
        |key| key.spec = known("RSA_4096"),
        |key| key.usage = known("GENERATE_VERIFY_MAC"),
        |key| key.origin = known("EXTERNAL"),
        |key| key.multi_region = known("REPLICA"),
        |key| key.state = known("PendingDeletion"),
    ];
    for case in cases {
        assert!(of(case).is_false());
    }
    assert!(of(|key| key.origin = Fact::unknown("denied")).is_unknown());
}

#[test]
fn vaults_buckets_and_points_depend_on_their_key() {
    let vault = vault_of(HOME, Vault { key: Fact::known(link(&key_arn("k-1"))), ..vault_facts("main") });
    let held = change_point(point(HOME, "p", VOLUME, 1), |point| point.key = text(&key_arn("k-1")));
    let found = find(vec![vault, encrypted_by("orders", "alias/k-1"), held], key_facts("k-1"));
    assert!(found.in_use.is_true() && found.protects_backups.is_true());
    assert_eq!(found.dependents.value().unwrap(), &["bucket orders", "vault main", "1 recovery point"]);
}

#[test]
fn a_plain_bucket_uses_a_key_without_making_it_one_of_backups() {
    let found = find(vec![encrypted_by("orders", "k-1")], key_facts("k-1"));
    assert!(found.in_use.is_true() && found.protects_backups.is_false());
    let backup = find(vec![encrypted_by("orders-backup", "k-1")], key_facts("k-1"));
    assert!(backup.protects_backups.is_true());
}

#[test]
fn an_unread_key_of_the_region_may_be_this_one() {
    let unread = bucket_of(HOME, Bucket { encryption: Fact::unknown("denied"), ..bucket_facts("orders") });
    let found = find(vec![unread.clone()], key_facts("k-1"));
    assert!(found.in_use.is_unknown() && found.protects_backups.is_false());
    let mut away = unread;
    away.id.region = Some(AWAY.into());
    assert!(find(vec![away], key_facts("k-1")).in_use.is_false());
    assert!(find(vec![], key_facts("k-1")).in_use.is_false());
}

#[test]
fn a_key_id_of_another_region_is_another_key() {
    let mut away = encrypted_by("orders", "k-1");
    away.id.region = Some(AWAY.into());
    assert!(find(vec![away], key_facts("k-1")).in_use.is_false());
}

#[test]
fn the_time_until_deletion_is_told_where_there_is_a_clock() {
    let facts = || Key { deletion_date: Fact::known(now() + SignedDuration::from_hours(48)), ..key_facts("k-1") };
    assert_eq!(find(vec![], facts()).deleted_in.value(), Some(&(DAY * 2)));
    assert!(find(vec![], key_facts("k-1")).deleted_in.is_absent());
    let over = Key { deletion_date: Fact::known(now() - SignedDuration::from_hours(1)), ..key_facts("k-1") };
    assert_eq!(find(vec![], over).deleted_in.value(), Some(&SignedDuration::ZERO));
    let files = of_key(&template(vec![key_of(facts())]), &Settings::default(), "k-1");
    assert!(files.deleted_in.is_absent());
}

#[test]
fn the_same_alias_in_another_template_may_be_another_accounts() {
    let of = |root: &str| {
        let key = declared(key_of(key_facts("k-1")), "keys.yaml");
        let user = declared(encrypted_by("orders", "alias/k-1"), root);
        let mut snapshot = template(vec![]);
        snapshot.resources = vec![key, user];
        snapshot.sort();
        of_key(&snapshot, &complete(), "k-1").in_use
    };
    assert!(of("keys.yaml").is_true());
    assert!(of("data.yaml").is_unknown());
}
