//! Destinations of replication: whom their policies let in.

use crate::derive::access::replication_role::tests::*;
use crate::derive::tests::build::*;
use crate::model::derived::ReplicationDerived;
use crate::model::fact::Fact;
use crate::model::kms::Key;
use crate::model::resource::{Facts, Resource};
use crate::model::s3::{Bucket, PublicAccessBlock};

const COPY: &str = r#""Resource": "arn:aws:s3:::copy/*""#;

fn lets_in(principal: &str) -> String {
    format!(
        r#"{{"Effect": "Allow", "Principal": {principal}, "Action": ["s3:ReplicateObject", "s3:ReplicateDelete"], {COPY}}}"#
    )
}

fn to(destination: Resource) -> ReplicationDerived {
    judged(role(&sound()), source(), vec![destination])
}

fn to_foreign(statements: &str) -> ReplicationDerived {
    to(foreign(known(&policy(statements))))
}

fn to_own(statements: &str) -> ReplicationDerived {
    to(bucket_of(AWAY, Bucket { policy: known(&policy(statements)), ..versioned("copy") }))
}

fn faults(derived: &ReplicationDerived) -> Vec<String> {
    derived.destination_faults.value().cloned().unwrap_or_default()
}

fn named() -> String {
    format!(r#"{{"AWS": "{ROLE}"}}"#)
}

#[test]
fn another_account_must_let_the_role_in() {
    let account = format!(r#"{{"AWS": "{ACCOUNT}"}}"#);
    for principal in [named(), account, named().replace("role/replication", "root")] {
        let derived = to_foreign(&lets_in(&principal));
        assert!(derived.destinations_admit.is_true(), "{derived:?}");
        assert!(faults(&derived).is_empty());
    }
    let closed = to(foreign(Fact::absent()));
    assert!(closed.destinations_admit.is_false() && closed.role_sufficient.is_true());
    assert_eq!(
        faults(&closed),
        [
            "bucket copy has no policy that lets role replication of another account do s3:ReplicateObject, s3:ReplicateDelete: nothing replicates"
        ]
    );
    let markers = to_foreign(&lets_in(&named()).replace(r#", "s3:ReplicateDelete""#, ""));
    assert_eq!(
        faults(&markers),
        [
            "the policy of bucket copy does not let role replication of another account do s3:ReplicateDelete: delete markers do not arrive"
        ]
    );
    assert!(to_foreign(&lets_in(&named().replace("replication", "other"))).destinations_admit.is_false());
    let bucket_alone = lets_in(&named()).replace("copy/*", "copy");
    assert!(to_foreign(&bucket_alone).destinations_admit.is_false(), "objects are no bucket");
}

#[test]
fn markers_that_are_not_replicated_need_nothing() {
    let objects = lets_in(&named()).replace(r#", "s3:ReplicateDelete""#, "");
    let with = |markers: Fact<bool>| {
        let source = changed(&source(), |rule| rule.delete_markers = markers);
        judged(role(&sound()), source, vec![foreign(known(&policy(&objects)))]).destinations_admit
    };
    assert!(with(Fact::known(false)).is_true());
    assert!(with(Fact::unknown("why")).is_unknown());
}

#[test]
fn in_one_account_only_a_denial_keeps_the_role_out() {
    assert!(to(copy()).destinations_admit.is_true());
    let deny = |sid: &str, principal: &str, more: &str| {
        to_own(&format!(
            r#"{{{sid}"Effect": "Deny", "Principal": {principal}, "Action": "s3:Replicate*", {COPY}{more}}}"#
        ))
    };
    let closed = deny(r#""Sid": "Shut", "#, r#""*""#, "");
    assert!(closed.destinations_admit.is_false() && closed.role_sufficient.is_true());
    assert_eq!(
        faults(&closed)[0],
        "statement `Shut` of the policy of bucket copy denies role replication s3:ReplicateObject, s3:ReplicateDelete: nothing replicates"
    );
    assert!(faults(&deny("", &named(), ""))[0].starts_with("statement 1 of the policy"));
    assert!(deny("", &named().replace("replication", "other"), "").destinations_admit.is_true());
    let when = |condition: &str| deny("", r#""*""#, &format!(r#", "Condition": {condition}"#)).destinations_admit;
    assert!(when(r#"{"Bool": {"aws:SecureTransport": "false"}}"#).is_true(), "S3 uses TLS");
    assert!(when(&format!(r#"{{"ArnNotEquals": {{"aws:PrincipalArn": "{ROLE}"}}}}"#)).is_true());
    assert!(when(r#"{"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/admin"}}"#).is_false());
    assert!(when(r#"{"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#).is_unknown());
}

#[test]
fn deletion_that_is_denied_to_all_but_administrators_lets_replicas_in() {
    let guard = r#"{"Effect": "Deny", "Principal": "*", "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"], "Resource": "arn:aws:s3:::copy/*"}"#;
    assert!(to_own(guard).destinations_admit.is_true());
}

#[test]
fn what_was_not_read_is_unknown_with_a_cure() {
    assert!(to(foreign(Fact::unknown("denied"))).destinations_admit.is_unknown());
    let unseen = judged(role(&sound()), source(), Vec::new());
    let reasons = unseen.destinations_admit.reasons().unwrap();
    assert!(reasons.iter().any(|reason| reason.cure.is_some()), "{reasons:?}");
    let gone = changed(&source(), |rule| rule.destination.exists = Fact::known(false));
    let gone = judged(role(&sound()), gone, Vec::new());
    assert!(gone.destinations_exist.is_false() && gone.destinations_admit.is_true());
    assert_eq!(faults(&gone), ["bucket copy does not exist"]);
    let unversioned = to(bucket("copy"));
    assert_eq!(faults(&unversioned), ["bucket copy is not versioned"]);
}

#[test]
fn a_rule_or_bucket_that_may_not_be_there_is_no_certain_fault() {
    let source = changed(&source(), |rule| rule.enabled = Fact::unknown("parameter `On` has no default"));
    let mut facts = source;
    if let crate::model::fact::State::Known(configuration) = &mut facts.replication.state
        && let crate::model::fact::State::Known(rules) = &mut configuration.rules.state
    {
        let mut other = rules[0].clone();
        other.enabled = Fact::known(true);
        other.destination.bucket = link("arn:aws:s3:::sound");
        rules.push(other);
    }
    let sound_copy = bucket_of(AWAY, versioned("sound"));
    let derived = judged(role(&sound()), facts, vec![foreign(Fact::absent()), sound_copy]);
    assert!(derived.destinations_admit.is_unknown(), "{derived:?}");
    let mut unsure = foreign(Fact::absent());
    unsure.exists = Fact::unknown("condition `Copy` cannot be decided");
    assert!(to(unsure).destinations_admit.is_unknown());
}

#[test]
fn a_role_that_was_not_seen_is_asked_about_by_its_arn() {
    let of = |statements: &str| {
        let copy = foreign(known(&policy(statements)));
        replication(&estate(vec![bucket_of(HOME, source()), copy]), "source")
    };
    assert!(of(&lets_in(&named())).destinations_admit.is_true());
    assert!(of(&lets_in(&named().replace("replication", "other"))).destinations_admit.is_false());
}

#[test]
fn files_without_an_account_are_judged_where_it_does_not_matter() {
    let with = |policy_text: Fact<String>| {
        let copy = bucket_of(AWAY, Bucket { policy: policy_text, ..versioned("copy") });
        replication(&template(vec![role(&sound()), bucket_of(HOME, source()), copy]), "source").destinations_admit
    };
    assert!(with(Fact::absent()).is_true(), "one template is one account");
    let shut = r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:Replicate*", "Resource": "arn:aws:s3:::copy/*"}"#;
    assert!(with(known(&policy(shut))).is_false());
    let apart = |copy: Bucket| {
        let mut snapshot = template(vec![role(&sound()), bucket_of(HOME, source())]);
        snapshot.resources.push(declared(bucket_of(AWAY, copy), "b.yaml"));
        snapshot.sort();
        replication(&snapshot, "source").destinations_admit
    };
    assert!(apart(versioned("copy")).is_unknown(), "another template may be for another account");
    assert!(apart(Bucket { policy: known(&policy(shut)), ..versioned("copy") }).is_false());
}

#[test]
fn a_public_policy_lets_nobody_in_where_it_is_restricted() {
    let block = |restricted: Fact<bool>| {
        let block = PublicAccessBlock {
            block_public_acls: Fact::known(true),
            ignore_public_acls: Fact::known(true),
            block_public_policy: Fact::known(true),
            restrict_public_buckets: restricted,
        };
        let mut bucket = foreign(known(&policy(&lets_in(r#""*""#))));
        if let Facts::Bucket(facts) = &mut bucket.facts {
            facts.public_access_block = Fact::known(block);
        }
        to(bucket)
    };
    let shut = block(Fact::known(true));
    assert!(shut.destinations_admit.is_false());
    assert!(faults(&shut)[0].contains("the public access block shuts role replication out"), "{shut:?}");
    assert!(block(Fact::unknown("denied")).destinations_admit.is_unknown());
    let mut one = foreign(known(&policy(&lets_in(&named()))));
    if let Facts::Bucket(facts) = &mut one.facts {
        facts.public_access_block = Fact::known(PublicAccessBlock {
            block_public_acls: Fact::known(true),
            ignore_public_acls: Fact::known(true),
            block_public_policy: Fact::known(true),
            restrict_public_buckets: Fact::known(true),
        });
    }
    assert!(to(one).destinations_admit.is_true(), "a policy that names the role is not public");
}

const ROOT: &str = r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "kms:*", "Resource": "*"}"#;

fn foreign_key(statements: &str) -> Resource {
    let mut key = key_of(Key { policy: known(&policy(statements)), ..key_facts("k-2") });
    key.id.account = Some(OTHER_ACCOUNT.into());
    key.id.id = key.id.id.replace(ACCOUNT, OTHER_ACCOUNT).into();
    key
}

#[test]
fn the_key_of_replicas_must_let_the_role_encrypt() {
    let with = |key: Vec<Resource>| {
        let facts =
            changed(&encrypted(), |rule| rule.replica_key = known(&key_arn("k-2").replace(ACCOUNT, OTHER_ACCOUNT)));
        let kms = r#"{"Effect": "Allow", "Action": ["kms:Decrypt", "kms:Encrypt"], "Resource": "*"}"#;
        let mut resources = keys(&ROOT.replace(OTHER_ACCOUNT, ACCOUNT));
        resources.remove(1);
        resources.extend(key);
        judged(role(&format!("{}, {kms}", sound())), facts, resources)
    };
    let closed = with(vec![foreign_key(ROOT)]);
    assert!(closed.destinations_admit.is_false() && closed.role_sufficient.is_true(), "{closed:?}");
    assert_eq!(
        faults(&closed),
        [
            "the policy of key k-2 does not let role replication of another account do kms:Encrypt: objects under KMS keys do not arrive"
        ]
    );
    let source = format!(
        r#"{ROOT}, {{"Effect": "Allow", "Principal": {}, "Action": "kms:Encrypt", "Resource": "*", "Condition": {{"StringEquals": {{"kms:ViaService": "s3.{HOME}.amazonaws.com"}}}}}}"#,
        named()
    );
    assert!(with(vec![foreign_key(&source)]).destinations_admit.is_true());
    let elsewhere = source.replace(&format!("s3.{HOME}"), "s3.us-east-1");
    assert!(with(vec![foreign_key(&elsewhere)]).destinations_admit.is_false());
    let unseen = with(Vec::new());
    assert!(unseen.destinations_admit.is_unknown() && unseen.role_sufficient.is_true(), "{unseen:?}");
}
