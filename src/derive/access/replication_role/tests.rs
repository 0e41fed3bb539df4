//! Replication roles: what they lack, on which resource.

use crate::derive::tests::build::*;
use crate::model::derived::ReplicationDerived;
use crate::model::fact::{Fact, State};
use crate::model::iam::{NamedPolicy, Principal};
use crate::model::kms::Key;
use crate::model::resource::{Facts, Resource};
use crate::model::s3::{Bucket, Encryption, ObjectLock, ReplicationConfiguration, ReplicationRule};
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;

pub const ROLE: &str = "arn:aws:iam::111122223333:role/replication";
const S3: &str = r#"{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}"#;
const SOURCE: &str = r#"{"Effect": "Allow", "Action": ["s3:GetReplicationConfiguration", "s3:ListBucket"], "Resource": "arn:aws:s3:::source"}"#;
const OBJECTS: &str = r#"{"Effect": "Allow", "Action": ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"], "Resource": "arn:aws:s3:::source/*"}"#;
const COPY: &str = r#"{"Sid": "Copy", "Effect": "Allow", "Action": ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"], "Resource": "arn:aws:s3:::copy/*"}"#;

pub fn policy(statements: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)
}

pub fn sound() -> String {
    [SOURCE, OBJECTS, COPY].join(", ")
}

pub fn role_trusting(trust: &str, statements: &str) -> Resource {
    let inline =
        NamedPolicy { name: "replicate".to_owned(), document: known(&policy(statements)), statements: Vec::new() };
    let facts = Principal {
        name: Fact::unknown("not needed here"),
        path: known("/"),
        inline: Fact::known(vec![inline]),
        attached: Fact::known(Vec::new()),
        groups: Fact::absent(),
        boundary: Fact::absent(),
        trust: known(&policy(trust)),
    };
    live("global", "AWS::IAM::Role", ROLE, "replication", Facts::Role(Box::new(facts)))
}

pub fn role(statements: &str) -> Resource {
    role_trusting(S3, statements)
}

pub fn changed(facts: &Bucket, change: impl FnOnce(&mut ReplicationRule)) -> Bucket {
    let State::Known(ReplicationConfiguration { rules, role }) = facts.replication.state.clone() else { panic!() };
    let mut rule = rules.value().unwrap().first().unwrap().clone();
    change(&mut rule);
    let replication = ReplicationConfiguration { rules: Fact::known(vec![rule]), role };
    Bucket { replication: Fact::known(replication), ..facts.clone() }
}

pub fn source() -> Bucket {
    let facts = Bucket { replication: replicates_to(link("arn:aws:s3:::copy")), ..versioned("source") };
    changed(&facts, |rule| rule.delete_markers = Fact::known(true))
}

pub fn replication(snapshot: &Snapshot, name: &str) -> ReplicationDerived {
    of_bucket(snapshot, &Settings::default(), name).replication.value().unwrap().clone()
}

pub fn judged(role: Resource, source: Bucket, more: Vec<Resource>) -> ReplicationDerived {
    let mut resources = vec![role, bucket_of(HOME, source)];
    resources.extend(more);
    replication(&estate(resources), "source")
}

pub fn copy() -> Resource {
    bucket_of(AWAY, versioned("copy"))
}

fn find(statements: &str) -> ReplicationDerived {
    judged(role(statements), source(), vec![copy()])
}

fn faults(derived: &ReplicationDerived) -> Vec<String> {
    derived.role_faults.value().cloned().unwrap_or_default()
}

#[test]
fn a_role_as_aws_documents_it_is_sufficient() {
    let derived = find(&sound());
    assert!(derived.role_sufficient.is_true(), "{derived:?}");
    assert_eq!(derived.role, known("replication"));
    assert!(find(r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#).role_sufficient.is_true());
}

#[test]
fn each_missing_permission_is_named_with_its_resource() {
    let cases = [
        ("s3:GetReplicationConfiguration", "s3:GetReplicationConfiguration on arn:aws:s3:::source: "),
        ("s3:ListBucket", "s3:ListBucket on arn:aws:s3:::source: "),
        ("s3:GetObjectVersionForReplication", "s3:GetObjectVersionForReplication on arn:aws:s3:::source/*: "),
        ("s3:GetObjectVersionAcl", "s3:GetObjectVersionAcl on arn:aws:s3:::source/*: "),
        ("s3:GetObjectVersionTagging", "s3:GetObjectVersionTagging on arn:aws:s3:::source/*: "),
        ("s3:ReplicateObject", "s3:ReplicateObject on arn:aws:s3:::copy/*: "),
        ("s3:ReplicateDelete", "s3:ReplicateDelete on arn:aws:s3:::copy/*: "),
    ];
    for (action, fault) in cases {
        let derived = find(&sound().replace(&format!(r#""{action}""#), r#""s3:PutObject""#));
        assert!(derived.role_sufficient.is_false(), "{action}");
        let faults = faults(&derived);
        assert!(faults.len() == 1 && faults[0].starts_with(fault), "{faults:?}");
    }
    let tags = find(&sound().replace(r#", "s3:ReplicateTags""#, ""));
    assert!(tags.role_sufficient.is_true(), "whoever replicates objects replicates their tags");
}

/// The replication role of the practice guide's §5a, on buckets of its own.
#[test]
fn the_role_of_the_practice_guide_is_reported_permission_by_permission() {
    let statements = r#"{"Effect": "Allow", "Action": ["s3:GetObjectVersion", "s3:GetObjectVersionAcl"],
            "Resource": "arn:aws:s3:::twtechapp-backups-prod/*"},
        {"Effect": "Allow", "Action": ["s3:ReplicateObject"], "Resource": "arn:aws:s3:::twtechapp-backups-dr/*"}"#;
    let facts = Bucket {
        replication: replicates_to(link("arn:aws:s3:::tetechapp-backups-dr")),
        ..versioned("twtechapp-backups-prod")
    };
    let facts = changed(&facts, |rule| rule.delete_markers = Fact::known(true));
    let resources = vec![role(statements), bucket_of(HOME, facts), bucket_of(AWAY, versioned("tetechapp-backups-dr"))];
    let expected = [
        "s3:GetReplicationConfiguration on arn:aws:s3:::twtechapp-backups-prod: S3 cannot read the rules, so nothing replicates",
        "s3:ListBucket on arn:aws:s3:::twtechapp-backups-prod: S3 cannot list versions and delete markers",
        "s3:GetObjectVersionTagging on arn:aws:s3:::twtechapp-backups-prod/*: objects replicate without their tags",
        "s3:ReplicateObject on arn:aws:s3:::tetechapp-backups-dr/*: S3 cannot write the replicas, so nothing replicates \
         (policy `replicate`, statement 2 allows it on arn:aws:s3:::twtechapp-backups-dr/*)",
        "s3:ReplicateDelete on arn:aws:s3:::tetechapp-backups-dr/*: the rule replicates delete markers, and they do not arrive",
        "s3:ReplicateTags on arn:aws:s3:::tetechapp-backups-dr/*: the replicas' tags do not arrive",
        "s3:GetObjectVersionForReplication on arn:aws:s3:::twtechapp-backups-prod/*: s3:GetObjectVersion in its place \
         leaves out objects under KMS keys",
    ];
    let live = replication(&estate(resources.clone()), "twtechapp-backups-prod");
    assert!(live.role_sufficient.is_false());
    assert_eq!(faults(&live), expected);
    // As a template says it, without an account; the role by its ARN or by reference.
    let declared = replication(&template(resources), "twtechapp-backups-prod");
    assert!(declared.role_sufficient.is_false());
    assert_eq!(faults(&declared), expected);
}

#[test]
fn s3_must_be_trusted() {
    let trusts = |trust: &str| judged(role_trusting(trust, &sound()), source(), vec![copy()]);
    let other = trusts(&S3.replace("s3.amazonaws.com", "backup.amazonaws.com"));
    assert!(other.role_sufficient.is_false());
    assert_eq!(faults(&other), ["its trust policy does not let s3.amazonaws.com assume it: nothing replicates"]);
    let guarded = S3.replace(
        r#""Action": "sts:AssumeRole""#,
        r#""Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}"#,
    );
    assert!(trusts(&guarded).role_sufficient.is_unknown(), "whether S3 says the account is not documented");
}

#[test]
fn reading_versions_is_enough_but_for_objects_under_keys() {
    let reads = sound().replace("s3:GetObjectVersionForReplication", "s3:GetObjectVersion");
    assert!(find(&reads).role_sufficient.is_true());
    let kms = changed(&source(), |rule| rule.kms_objects = Fact::known(true));
    let derived = judged(role(&reads), kms, vec![copy()]);
    assert!(derived.role_sufficient.is_false());
    assert!(faults(&derived)[0].contains("leaves out objects under KMS keys"), "{derived:?}");
    let unread = changed(&source(), |rule| rule.kms_objects = Fact::unknown("parameter `Kms` has no default"));
    assert!(judged(role(&reads), unread, vec![copy()]).role_sufficient.is_unknown());
}

#[test]
fn what_a_rule_does_not_ask_for_is_not_needed() {
    let without = sound().replace(r#"s3:ReplicateDelete"#, "s3:PutObject");
    let plain = |facts: Bucket| judged(role(&without), facts, vec![copy()]).role_sufficient;
    assert!(plain(changed(&source(), |rule| rule.delete_markers = Fact::known(false))).is_true());
    assert!(plain(changed(&source(), |rule| rule.delete_markers = Fact::unknown("why"))).is_unknown());
    let off = ReplicationRule {
        enabled: Fact::known(false),
        destination: crate::model::s3::Destination {
            bucket: link("arn:aws:s3:::other"),
            ..rule_of(&source()).destination
        },
        ..rule_of(&source())
    };
    let mut facts = source();
    if let State::Known(configuration) = &mut facts.replication.state {
        configuration.rules = Fact::known(vec![rule_of(&source()), off]);
    }
    assert!(judged(role(&sound()), facts, vec![copy()]).role_sufficient.is_true(), "a rule that is off needs nothing");
    let prefixed = changed(&source(), |rule| rule.prefix = known("orders/"));
    let narrow = sound().replace("arn:aws:s3:::source/*", "arn:aws:s3:::source/orders/*");
    assert!(judged(role(&narrow), prefixed, vec![copy()]).role_sufficient.is_true());
    assert!(!find(&narrow).role_sufficient.is_true(), "the whole bucket is more than a prefix");
}

fn rule_of(facts: &Bucket) -> ReplicationRule {
    facts.replication.value().unwrap().rules.value().unwrap().first().unwrap().clone()
}

#[test]
fn object_lock_needs_its_retention_read() {
    let locked =
        Bucket { object_lock: Fact::known(ObjectLock { mode: Fact::absent(), retention: Fact::absent() }), ..source() };
    let derived = judged(role(&sound()), locked.clone(), vec![copy()]);
    assert!(derived.role_sufficient.is_false());
    assert_eq!(faults(&derived).len(), 2, "{derived:?}");
    let more = OBJECTS.replace(
        r#""s3:GetObjectVersionAcl""#,
        r#""s3:GetObjectVersionAcl", "s3:GetObjectRetention", "s3:GetObjectLegalHold""#,
    );
    let enough = [SOURCE, &more, COPY].join(", ");
    assert!(judged(role(&enough), locked, vec![copy()]).role_sufficient.is_true());
    let unread = Bucket { object_lock: Fact::unknown("denied"), ..source() };
    assert!(judged(role(&sound()), unread, vec![copy()]).role_sufficient.is_unknown());
}

pub fn encrypted() -> Bucket {
    let encryption = Encryption { algorithm: known("aws:kms"), key: Fact::known(link(&key_arn("k-1"))) };
    let facts = Bucket { encryption: Fact::known(encryption), ..source() };
    changed(&facts, |rule| {
        rule.kms_objects = Fact::known(true);
        rule.replica_key = known(&key_arn("k-2"));
    })
}

pub fn keys(statement: &str) -> Vec<Resource> {
    let key = |id: &str| key_of(Key { policy: known(&policy(statement)), ..key_facts(id) });
    vec![key("k-1"), key("k-2"), copy()]
}

#[test]
fn objects_under_keys_need_both_keys() {
    let account = r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}"#;
    let derived = judged(role(&sound()), encrypted(), keys(account));
    assert!(derived.role_sufficient.is_false());
    let said = faults(&derived);
    assert!(
        said.len() == 2 && said[0].starts_with("kms:Decrypt on ") && said[1].starts_with("kms:Encrypt on "),
        "{said:?}"
    );
    let kms = r#"{"Effect": "Allow", "Action": ["kms:Decrypt", "kms:Encrypt"], "Resource": "*", "Condition": {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com", "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::source*"}}}"#;
    let enough = format!("{}, {kms}", sound());
    assert!(judged(role(&enough), encrypted(), keys(account)).role_sufficient.is_true());
    let objects = enough.replace("arn:aws:s3:::source*", "arn:aws:s3:::source/*");
    assert!(
        judged(role(&objects), encrypted(), keys(account)).role_sufficient.is_unknown(),
        "a bucket key may be in use"
    );
    let elsewhere = enough.replace("s3.*.amazonaws.com", "ec2.*.amazonaws.com");
    assert!(judged(role(&elsewhere), encrypted(), keys(account)).role_sufficient.is_false());
    let closed = account.replace(":root", ":role/other");
    let derived = judged(role(&enough), encrypted(), keys(&closed));
    assert!(derived.role_sufficient.is_false(), "the policy of the source's key lets IAM do nothing");
    assert!(faults(&derived).len() == 1 && faults(&derived)[0].starts_with("kms:Decrypt on "), "{derived:?}");
    assert!(judged(role(&enough), encrypted(), vec![copy()]).role_sufficient.is_unknown(), "the keys were not seen");
}

#[test]
fn a_replicas_key_that_lets_the_role_in_by_itself_needs_no_policy_of_the_role() {
    let account = r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}"#;
    let decrypts = format!(r#"{}, {{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}}"#, sound());
    let mut with = keys(account);
    assert!(judged(role(&decrypts), encrypted(), with.clone()).role_sufficient.is_false());
    let by_name = account.replace(":root", ":role/replication");
    with[1] = key_of(Key { policy: known(&policy(&by_name)), ..key_facts("k-2") });
    let derived = judged(role(&decrypts), encrypted(), with);
    assert!(derived.role_sufficient.is_true() && derived.destinations_admit.is_true(), "{derived:?}");
}

pub fn foreign(policy_text: Fact<String>) -> Resource {
    let mut bucket = bucket_of(AWAY, Bucket { policy: policy_text, ..versioned("copy") });
    bucket.id.account = Some(OTHER_ACCOUNT.into());
    bucket
}

#[test]
fn what_another_account_refuses_is_no_fault_of_the_role() {
    let to = |text: Fact<String>| judged(role(&sound()), source(), vec![foreign(text)]).role_sufficient;
    for text in [Fact::absent(), Fact::unknown("denied")] {
        assert!(to(text).is_true());
    }
    assert!(judged(role(&sound()), source(), Vec::new()).role_sufficient.is_true(), "a destination that was not seen");
    let lacking = sound().replace("s3:ReplicateObject", "s3:PutObject");
    assert!(judged(role(&lacking), source(), Vec::new()).role_sufficient.is_false());
    let named = changed(&source(), |rule| rule.destination.account = known(OTHER_ACCOUNT));
    let derived = judged(role(&sound()), named.clone(), vec![foreign(Fact::absent())]);
    assert!(derived.role_sufficient.is_true(), "replicas keep their owner");
    let named = changed(&named, |rule| rule.destination.changes_owner = Fact::known(true));
    let derived = judged(role(&sound()), named.clone(), vec![foreign(Fact::absent())]);
    assert!(derived.role_sufficient.is_unknown(), "the destination may own all that is in it");
    let owns = sound().replace(r#""s3:ReplicateTags""#, r#""s3:ReplicateTags", "s3:ObjectOwnerOverrideToBucketOwner""#);
    assert!(judged(role(&owns), named, vec![foreign(Fact::absent())]).role_sufficient.is_true());
    let there = |account: &str| {
        let condition = format!(
            r#""Resource": "arn:aws:s3:::copy/*", "Condition": {{"StringEquals": {{"aws:ResourceAccount": "{account}"}}}}"#
        );
        let bound = sound().replace(r#""Resource": "arn:aws:s3:::copy/*""#, &condition);
        judged(role(&bound), source(), vec![foreign(Fact::absent())]).role_sufficient
    };
    assert!(there(OTHER_ACCOUNT).is_true() && there(ACCOUNT).is_false());
}

#[test]
fn denials_count_wherever_they_stand() {
    let deny = |resource: &str| {
        format!(
            r#"{{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "{resource}", "Condition": {{"Bool": {{"aws:SecureTransport": "false"}}}}}}"#
        )
    };
    let guarded = bucket_of(AWAY, Bucket { policy: known(&policy(&deny("arn:aws:s3:::copy/*"))), ..versioned("copy") });
    assert!(judged(role(&sound()), source(), vec![guarded]).role_sufficient.is_true(), "S3 uses TLS");
    let closed =
        r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:ReplicateDelete", "Resource": "arn:aws:s3:::copy/*"}"#;
    let closed = bucket_of(AWAY, Bucket { policy: known(&policy(closed)), ..versioned("copy") });
    let derived = judged(role(&sound()), source(), vec![closed]);
    assert!(
        derived.role_sufficient.is_true() && derived.destinations_admit.is_false(),
        "told at the destination alone"
    );
    let own = format!(r#"{}, {{"Effect": "Deny", "Action": "s3:ReplicateDelete", "Resource": "*"}}"#, sound());
    assert!(judged(role(&own), source(), vec![copy()]).role_sufficient.is_false());
    let mut bounded = role(&sound());
    if let Facts::Role(facts) = &mut bounded.facts {
        facts.boundary = Fact::known(link("arn:aws:iam::111122223333:policy/unread"));
    }
    assert!(judged(bounded, source(), vec![copy()]).role_sufficient.is_unknown());
}

#[test]
fn a_role_that_was_not_seen_is_unknown_and_one_that_is_gone_is_missing() {
    let listed = estate(vec![bucket_of(HOME, source()), copy()]);
    let mut unlisted = listed.clone();
    unlisted.listed.remove(&listing("AWS::IAM::Role", "global", None));
    assert!(replication(&unlisted, "source").role_sufficient.is_unknown());
    let derived = replication(&listed, "source");
    assert!(derived.role_sufficient.is_false());
    assert_eq!(faults(&derived), [format!("role `{ROLE}` does not exist")]);
    let declared = template(vec![bucket_of(HOME, source()), copy()]);
    assert!(replication(&declared, "source").role_sufficient.is_unknown());
    let mut unsure = role("");
    unsure.exists = Fact::unknown("condition `Replicate` cannot be decided");
    assert!(judged(unsure, source(), vec![copy()]).role_sufficient.is_unknown());
    let unread =
        ReplicationConfiguration { role: Fact::unknown("why"), ..source().replication.value().unwrap().clone() };
    let unread = Bucket { replication: Fact::known(unread), ..source() };
    assert!(judged(role(&sound()), unread, vec![copy()]).role_sufficient.is_unknown());
}
