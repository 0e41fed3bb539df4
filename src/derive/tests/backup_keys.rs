//! Keys of copies: whether they let them be made, and be read.

use super::build::*;
use crate::model::backup::{PlanRule, RecoveryPoint, Vault};
use crate::model::derived::{BackupKeys, KeyDerived, VaultDerived};
use crate::model::fact::{Fact, State};
use crate::model::kms::Key;
use crate::model::resource::{Link, Resource};
use crate::model::s3::{Bucket, Encryption};
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;

const OTHERS: &str = "arn:aws:backup:eu-west-1:444455556666:backup-vault:main";

fn keys(snapshot: &Snapshot, name: &str) -> BackupKeys {
    of_workload(snapshot, &Settings::default(), name).keys.value().unwrap().clone()
}

fn under(key: &str, vault: &str, region: &str) -> Resource {
    vault_of(region, Vault { key: Fact::known(link(key)), ..vault_facts(vault) })
}

fn away_arn(id: &str) -> String {
    format!("arn:aws:kms:{AWAY}:{ACCOUNT}:key/{id}")
}

fn key_away(facts: Key) -> Resource {
    let mut key = key_of(facts);
    let id = key.name.to_string();
    key.id.region = Some(AWAY.into());
    key.id.id = away_arn(&id).into();
    key
}

/// An estate in which a plan copies the volume to this vault.
fn copying(to: &str, more: Vec<Resource>) -> Snapshot {
    let rule = PlanRule { copies: copies_to(to), ..rule("daily", "main", 35) };
    let mut all = vec![volume(), vault("main"), plan(vec![rule]), selects(&[VOLUME])];
    all.extend(more);
    estate(all)
}

fn original(change: impl FnOnce(&mut RecoveryPoint)) -> Resource {
    let mut taken = point(HOME, "p1", VOLUME, 1);
    taken.id.id = "arn:aws:ec2:eu-west-1::snapshot/snap-1".into();
    change_point(taken, change)
}

#[test]
fn a_copy_can_be_read_while_the_key_of_its_vault_is_enabled() {
    let of = |key: Option<&str>, seen: Vec<Resource>| {
        let facts = Vault { key: Fact::from_option(key.map(link)), ..vault_facts("main") };
        let mut all = seen;
        all.push(vault_of(AWAY, facts));
        keys(&copying(&vault_arn(AWAY, "main"), all), "vol-1").readable_in_recovery_region
    };
    let state = |state: &str| key_away(Key { state: known(state), ..key_facts("k-1") });
    assert!(of(None, vec![]).is_true(), "under aws/backup");
    assert!(of(Some(&away_arn("k-1")), vec![state("Enabled")]).is_true());
    assert!(of(Some(&away_arn("k-1")), vec![state("Disabled")]).is_false());
    assert!(of(Some(&away_arn("k-1")), vec![state("PendingDeletion")]).is_false());
    assert!(of(Some(&away_arn("k-1")), vec![]).is_unknown());
    assert!(of(Some(&key_arn("k-1")), vec![]).is_false(), "a key of another Region");
    let unread = key_away(Key { state: Fact::unknown("denied"), ..key_facts("k-1") });
    assert!(of(Some(&away_arn("k-1")), vec![unread]).is_unknown());
}

#[test]
fn without_a_copy_there_is_nothing_to_read() {
    assert!(keys(&estate(vec![volume()]), "vol-1").readable_in_recovery_region.is_true());
    let near = copying(&vault_arn(HOME, "near"), vec![under(&key_arn("k-1"), "near", HOME)]);
    assert!(keys(&near, "vol-1").readable_in_recovery_region.is_true(), "it leads nowhere that outlives the Region");
    let mut unlisted = estate(vec![volume()]);
    unlisted.listed.remove(&listing("AWS::Backup::BackupPlan", HOME, None));
    assert!(keys(&unlisted, "vol-1").readable_in_recovery_region.is_unknown());
}

#[test]
fn a_copy_to_where_nobody_looked_may_be_unreadable_in_an_account_and_counts_as_declared_in_files() {
    let to = "arn:aws:backup:ap-south-1:111122223333:backup-vault:main";
    assert!(keys(&copying(to, vec![]), "vol-1").readable_in_recovery_region.is_unknown());
    let orders = bucket_of(HOME, versioned("orders"));
    let rule = PlanRule { copies: copies_to(to), ..rule("daily", "main", 35) };
    let files = template(vec![orders, vault("main"), plan(vec![rule])]);
    assert!(keys(&files, "orders").readable_in_recovery_region.is_true());
}

#[test]
fn one_readable_copy_is_enough() {
    let mut copies = copies_to(&vault_arn(AWAY, "bad"));
    if let (State::Known(all), State::Known(more)) = (&mut copies.state, copies_to(&vault_arn(AWAY, "good")).state) {
        all.extend(more);
    }
    let rule = PlanRule { copies, ..rule("daily", "main", 35) };
    let of = |more: Vec<Resource>| {
        let mut all = vec![volume(), vault("main"), plan(vec![rule.clone()]), selects(&[VOLUME])];
        all.extend(more);
        keys(&estate(all), "vol-1")
    };
    let bad = || under(&key_arn("k-1"), "bad", AWAY);
    assert!(of(vec![bad(), vault_of(AWAY, vault_facts("good"))]).readable_in_recovery_region.is_true());
    let none = of(vec![bad(), under(&key_arn("k-1"), "good", AWAY)]);
    assert!(none.readable_in_recovery_region.is_false());
    assert_eq!(
        none.recovery_faults.value().unwrap(),
        &["the copy of plan daily, rule daily is under a key that cannot be used there"]
    );
}

#[test]
fn replicas_of_encrypted_objects_need_a_key_of_their_region() {
    let of = |replica_key: Fact<String>, more: Vec<Resource>| {
        let encryption = Encryption { algorithm: known("aws:kms"), key: Fact::known(link(&key_arn("k-1"))) };
        let mut facts = Bucket {
            encryption: Fact::known(encryption),
            replication: replicates_to(link("arn:aws:s3:::copy")),
            ..versioned("orders")
        };
        if let State::Known(replication) = &mut facts.replication.state
            && let State::Known(rules) = &mut replication.rules.state
        {
            for rule in rules {
                rule.kms_objects = Fact::known(true);
                rule.replica_key = replica_key.clone();
            }
        }
        let mut all = vec![bucket_of(HOME, facts), bucket_of(AWAY, versioned("copy")), key_of(key_facts("k-1"))];
        all.extend(more);
        keys(&estate(all), "orders").readable_in_recovery_region
    };
    assert!(of(known(&key_arn("k-1")), vec![]).is_false(), "the source's own key stays in its Region");
    assert!(of(known(&away_arn("k-2")), vec![key_away(key_facts("k-2"))]).is_true());
    let disabled = key_away(Key { state: known("Disabled"), ..key_facts("k-2") });
    assert!(of(known(&away_arn("k-2")), vec![disabled]).is_false());
    assert!(of(known(&away_arn("k-2")), vec![]).is_unknown());
    assert!(of(Fact::absent(), vec![]).is_false());
    assert!(of(Fact::unknown("why"), vec![]).is_unknown());
}

#[test]
fn a_multi_region_key_tells_in_which_regions_it_has_replicas() {
    let of = |regions: &[&str]| {
        let family = Key {
            multi_region: known("PRIMARY"),
            related_regions: Fact::known(regions.iter().map(|region| (*region).to_owned()).collect()),
            ..key_facts("mrk-1")
        };
        let to = under(&away_arn("mrk-1"), "main", AWAY);
        keys(&copying(&vault_arn(AWAY, "main"), vec![to, key_of(family)]), "vol-1").readable_in_recovery_region
    };
    assert!(of(&[HOME]).is_false());
    assert!(of(&[HOME, AWAY]).is_unknown(), "it is there; whether it is enabled was not read");
}

fn shareable(vault: Vec<Resource>, points: Vec<Resource>, key: Option<Key>) -> Fact<bool> {
    let mut all = vault;
    all.extend(points);
    all.extend(key.map(key_of));
    keys(&copying(OTHERS, all), "vol-1").copies_shareable
}

/// A vault of the other account, as an audit of both sees it.
fn theirs(key: Option<&str>) -> Vec<Resource> {
    let mut vault = vault_of(HOME, Vault { key: Fact::from_option(key.map(link)), ..vault_facts("main") });
    vault.id.account = Some(OTHER_ACCOUNT.into());
    vault.id.id = OTHERS.into();
    vec![vault]
}

const THEIR_KEY: &str = "arn:aws:kms:eu-west-1:444455556666:key/theirs";

fn policy(account: &str) -> Fact<String> {
    known(&format!(
        r#"{{"Statement": {{"Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::{account}:root"}}, "Action": "kms:*", "Resource": "*"}}}}"#
    ))
}

#[test]
fn a_copy_to_another_account_needs_a_key_that_admits_it() {
    let encrypted = || vec![original(|point| point.key = text(&key_arn("k-1")))];
    let key = |policy: Fact<String>| Some(Key { policy, ..key_facts("k-1") });
    assert!(shareable(theirs(Some("alias/theirs")), encrypted(), key(policy(OTHER_ACCOUNT))).is_true());
    assert!(shareable(theirs(Some("alias/theirs")), encrypted(), key(policy(ACCOUNT))).is_false());
    assert!(shareable(theirs(Some("alias/theirs")), encrypted(), key(Fact::unknown("denied"))).is_unknown());
    let aws = Key { manager: known("AWS"), ..key_facts("k-1") };
    assert!(shareable(theirs(Some("alias/theirs")), encrypted(), Some(aws)).is_false(), "aws/ebs admits nobody");
    assert!(shareable(theirs(None), encrypted(), key(policy(OTHER_ACCOUNT))).is_false(), "aws/backup takes nothing");
    assert!(shareable(theirs(Some(THEIR_KEY)), vec![], None).is_unknown(), "no recovery point tells the key");
    assert!(shareable(vec![], encrypted(), key(policy(OTHER_ACCOUNT))).is_unknown(), "their account was not audited");
    assert!(shareable(vec![], encrypted(), key(policy(ACCOUNT))).is_false(), "whatever their vault is");
}

#[test]
fn a_logically_air_gapped_vault_takes_copies_under_a_key_of_aws() {
    let mut vault = theirs(None);
    if let crate::model::resource::Facts::Vault(facts) = &mut vault[0].facts {
        facts.vault_type = known("LOGICALLY_AIR_GAPPED_BACKUP_VAULT");
    }
    let encrypted = vec![original(|point| point.key = text(&key_arn("k-1")))];
    let key = |account| Some(Key { policy: policy(account), ..key_facts("k-1") });
    assert!(shareable(vault.clone(), encrypted.clone(), key(OTHER_ACCOUNT)).is_true());
    assert!(shareable(vault, encrypted, key(ACCOUNT)).is_false(), "the source's key must admit it all the same");
}

#[test]
fn what_is_not_encrypted_or_managed_fully_needs_no_shared_key() {
    let plain = original(|point| {
        point.encrypted = Fact::known(false);
        point.key = Fact::absent();
    });
    assert!(shareable(theirs(Some("alias/theirs")), vec![plain.clone()], None).is_true());
    assert!(shareable(theirs(None), vec![plain], None).is_false(), "the vault needs a customer's key all the same");
    let orders = bucket_of(HOME, barely_versioned("orders"));
    let rule = PlanRule { copies: copies_to(OTHERS), ..rule("daily", "main", 35) };
    let bucket = estate(vec![orders, vault("main"), plan(vec![rule]), selects(&["arn:aws:s3:::orders"])]);
    assert!(keys(&bucket, "orders").copies_shareable.is_true());
}

#[test]
fn the_volumes_of_an_instance_may_have_keys_of_their_own() {
    let arn = "arn:aws:ec2:eu-west-1:111122223333:instance/i-1";
    let rule = PlanRule { copies: copies_to(OTHERS), ..rule("daily", "main", 35) };
    let mut all = theirs(Some("alias/theirs"));
    all.extend([workload("AWS::EC2::Instance", "EC2", arn), vault("main"), plan(vec![rule]), selects(&[arn])]);
    all.push(change_point(point(HOME, "p1", arn, 1), |point| {
        point.resource_type = text("EC2");
        point.encrypted = Fact::known(false);
    }));
    assert!(keys(&estate(all), "i-1").copies_shareable.is_unknown());
}

#[test]
fn a_copy_within_the_account_needs_no_shared_key() {
    let found = keys(&copying(&vault_arn(AWAY, "main"), vec![vault_of(AWAY, vault_facts("main"))]), "vol-1");
    assert!(found.copies_shareable.is_true());
    assert_eq!(found.sharing_faults.value().unwrap(), &Vec::<String>::new());
}

#[test]
fn what_fails_is_said_with_its_rule() {
    let mut all = theirs(None);
    all.push(original(|point| point.key = text(&key_arn("k-1"))));
    all.push(key_of(Key { policy: policy(ACCOUNT), ..key_facts("k-1") }));
    assert_eq!(
        keys(&copying(OTHERS, all), "vol-1").sharing_faults.value().unwrap(),
        &["plan daily, rule daily: the destination vault is under aws/backup, not a key of yours"]
    );
}

fn encrypted_bucket(name: &str, key: &str) -> Resource {
    let encryption = Encryption { algorithm: known("aws:kms"), key: Fact::known(link(key)) };
    bucket_of(HOME, Bucket { encryption: Fact::known(encryption), ..versioned(name) })
}

fn key_and_vault(resources: Vec<Resource>) -> (KeyDerived, VaultDerived) {
    let mut all = vec![key_of(key_facts("k-1")), under(&key_arn("k-1"), "main", HOME)];
    all.extend(resources);
    let snapshot = estate(all);
    let settings = Settings::default();
    (of_key(&snapshot, &settings, "k-1"), of_vault(&snapshot, &settings, "main"))
}

#[test]
fn a_key_of_backups_and_of_data_is_told_from_one_of_backups_alone() {
    let backed_up = || vec![plan(vec![rule("daily", "main", 35)]), selects(&["arn:aws:s3:::*"])];
    let with = |more: Vec<Resource>| {
        let mut all = backed_up();
        all.extend(more);
        key_and_vault(all)
    };
    let (key, vault) = with(vec![encrypted_bucket("orders", &key_arn("k-1"))]);
    assert!(key.encrypts_backups.is_true() && key.encrypts_data.is_true() && key.shared_with_data.is_true());
    assert!(vault.key_separate.is_false() && vault.key_local.is_true());
    let (key, vault) = with(vec![encrypted_bucket("orders-backup", &key_arn("k-1"))]);
    assert!(key.encrypts_backups.is_true() && key.encrypts_data.is_false());
    assert!(vault.key_separate.is_true());
    let (key, _) = key_and_vault(vec![encrypted_bucket("orders", &key_arn("k-1"))]);
    assert!(key.encrypts_backups.is_false(), "nothing that takes the vault's key lands in it");
}

#[test]
fn one_bucket_is_backups_or_data_and_not_both() {
    let unnamed = |name: &str| {
        let mut bucket = encrypted_bucket(name, &key_arn("k-1"));
        if let crate::model::resource::Facts::Bucket(facts) = &mut bucket.facts {
            facts.bucket_name = Fact::unknown("made by AWS");
        }
        bucket
    };
    let of = |buckets: Vec<Resource>| {
        let mut all = vec![key_of(key_facts("k-1"))];
        all.extend(buckets);
        of_key(&estate(all), &Settings::default(), "k-1")
    };
    let one = of(vec![unnamed("a")]);
    assert!(one.encrypts_backups.is_unknown() && one.encrypts_data.is_unknown() && one.shared_with_data.is_false());
    assert!(of(vec![unnamed("a"), unnamed("b")]).shared_with_data.is_unknown());
}

#[test]
fn recovery_points_tell_the_key_of_their_source() {
    let kept = original(|point| point.key = text(&key_arn("k-1")));
    let (key, vault) = key_and_vault(vec![kept.clone()]);
    assert!(key.encrypts_data.is_true() && key.protects_backups.is_true());
    assert!(key.encrypts_backups.is_false(), "an EBS snapshot keeps its source's key, whatever anybody wishes");
    assert!(vault.key_separate.is_false());
    let copied = change_point(kept, |point| point.copied_from = text(&vault_arn(AWAY, "main")));
    assert!(key_and_vault(vec![copied]).0.encrypts_data.is_false(), "a copy has the key of its vault");
    let of_bucket = change_point(point(HOME, "b", "arn:aws:s3:::orders", 1), |point| {
        point.resource_type = text("S3");
        point.key = text(&key_arn("k-1"));
    });
    let (key, _) = key_and_vault(vec![of_bucket]);
    assert!(key.encrypts_backups.is_true() && key.encrypts_data.is_false());
}

#[test]
fn what_was_not_seen_leaves_open_whether_a_key_is_shared() {
    let mut unlisted = estate(vec![key_of(key_facts("k-1")), under(&key_arn("k-1"), "main", HOME)]);
    unlisted.listed.remove(&listing("AWS::S3::Bucket", "global", None));
    assert!(of_key(&unlisted, &Settings::default(), "k-1").encrypts_data.is_unknown());
    let unread = bucket_of(HOME, Bucket { encryption: Fact::unknown("denied"), ..versioned("orders") });
    let (key, vault) = key_and_vault(vec![unread]);
    assert!(key.encrypts_data.is_unknown() && vault.key_separate.is_unknown());
}

#[test]
fn a_vaults_key_is_its_own_accounts() {
    let of = |key: Fact<Link>| {
        let found = vault_of(HOME, Vault { key, ..vault_facts("main") });
        let found = of_vault(&estate(vec![found]), &Settings::default(), "main");
        (found.key_local, found.key_separate)
    };
    assert!(of(Fact::absent()).0.is_true() && of(Fact::absent()).1.is_true(), "aws/backup");
    assert!(of(Fact::known(link(THEIR_KEY))).0.is_false());
    assert!(of(Fact::known(link(THEIR_KEY))).1.is_unknown());
    assert!(of(Fact::unknown("denied")).0.is_unknown() && of(Fact::unknown("denied")).1.is_unknown());
}

#[test]
fn a_key_that_no_file_declares_is_shared_where_its_arn_stands_twice() {
    let of = |bucket_key: &str| {
        let snapshot = template(vec![under(THEIR_KEY, "main", HOME), encrypted_bucket("orders", bucket_key)]);
        of_vault(&snapshot, &complete(), "main").key_separate
    };
    assert!(of(THEIR_KEY).is_false());
    assert!(of(&key_arn("k-9")).is_true());
}
