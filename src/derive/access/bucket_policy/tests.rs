//! Buckets' policies: what they really keep, and whom they let in from outside.

use crate::derive::tests::build::*;
use crate::model::derived::BucketAccess;
use crate::model::fact::Fact;
use crate::model::resource::Resource;
use crate::model::s3::{Bucket, ObjectLock, PublicAccessBlock};
use crate::model::settings::{Holder, Settings};

/// All that has to be denied in a versioned bucket without Object Lock.
const ACTIONS: [&str; 7] = [
    "s3:DeleteObjectVersion",
    "s3:DeleteBucket",
    "s3:PutLifecycleConfiguration",
    "s3:PutBucketVersioning",
    "s3:PutReplicationConfiguration",
    "s3:PutBucketPolicy",
    "s3:DeleteBucketPolicy",
];
const BOTH: &str = r#"["arn:aws:s3:::b-backup", "arn:aws:s3:::b-backup/*"]"#;

fn statement(effect: &str, principal: &str, actions: &[&str], resource: &str, more: &str) -> String {
    let actions = serde_json::to_string(actions).unwrap();
    format!(
        r#"{{"Sid": "S", "Effect": "{effect}", "Principal": {principal}, "Action": {actions}, "Resource": {resource}{more}}}"#
    )
}

fn deny(actions: &[&str], more: &str) -> String {
    statement("Deny", r#""*""#, actions, BOTH, more)
}

fn when(condition: &str) -> String {
    format!(r#", "Condition": {condition}"#)
}

fn policy(statements: &str) -> Fact<String> {
    known(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#))
}

fn with(statements: &str) -> Bucket {
    Bucket { policy: policy(statements), ..versioned("b-backup") }
}

fn find(facts: Bucket, settings: &Settings) -> BucketAccess {
    let name = facts.bucket_name.value().cloned().unwrap_or_else(|| "unnamed".to_owned());
    of_bucket(&estate(vec![bucket_of(HOME, facts), account_of(account_facts())]), settings, &name)
        .access
        .value()
        .unwrap()
        .clone()
}

fn of(statements: &str) -> BucketAccess {
    find(with(statements), &Settings::default())
}

fn administered(holder: &str) -> Settings {
    Settings { backup_administrators: Some(vec![Holder::parse(holder).unwrap()]), ..Settings::default() }
}

fn told(faults: &Fact<Vec<String>>) -> String {
    faults.value().map(|faults| faults.join("; ")).unwrap_or_default()
}

fn without(action: &str) -> Vec<&'static str> {
    ACTIONS.into_iter().filter(|one| *one != action).collect()
}

fn lock(mode: Fact<String>, retention: Fact<jiff::SignedDuration>) -> Fact<ObjectLock> {
    Fact::known(ObjectLock { mode, retention })
}

const ADMIN: &str = r#"{"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/backup-admin"}}"#;

#[test]
fn a_denial_to_everybody_but_administrators_protects() {
    for more in [String::new(), when(ADMIN)] {
        let access = of(&deny(&ACTIONS, &more));
        assert!(access.protected.is_true() && access.versions_kept.is_true(), "{access:?}");
        assert_eq!(access.protection_faults, Fact::known(Vec::new()));
    }
    let all = statement("Deny", r#"{"AWS": "*"}"#, &["s3:*"], BOTH, &when(ADMIN));
    assert!(of(&all).protected.is_true());
    let access = find(with(&deny(&ACTIONS, &when(ADMIN))), &administered("arn:aws:iam::*:role/other"));
    assert!(access.protected.is_false() && access.versions_kept.is_false());
    assert!(told(&access.version_faults).contains("who is no named administrator"), "{access:?}");
    let access = find(with(&deny(&ACTIONS, &when(ADMIN))), &administered("arn:aws:iam::*:role/backup-admin"));
    assert!(access.protected.is_true());
}

#[test]
fn each_action_that_is_left_out_is_named() {
    for action in ACTIONS {
        let access = of(&deny(&without(action), ""));
        assert!(access.protected.is_false(), "{action}");
        assert_eq!(told(&access.protection_faults), format!("nothing denies {action}"));
        assert_eq!(access.versions_kept.is_true(), action != "s3:DeleteObjectVersion");
    }
}

#[test]
fn without_a_policy_nothing_is_denied() {
    let access = find(versioned("b-backup"), &Settings::default());
    assert!(access.protected.is_false() && access.versions_kept.is_false());
    assert_eq!(told(&access.protection_faults), "it has no bucket policy");
    let unread = find(Bucket { policy: Fact::unknown("denied"), ..versioned("b-backup") }, &Settings::default());
    assert!(unread.protected.is_unknown() && unread.versions_kept.is_unknown());
}

#[test]
fn a_denial_that_denies_nothing_is_named() {
    let bucket_alone = statement("Deny", r#""*""#, &ACTIONS, r#""arn:aws:s3:::b-backup""#, "");
    let access = of(&bucket_alone);
    assert!(access.versions_kept.is_false());
    assert_eq!(
        told(&access.version_faults),
        "s3:DeleteObjectVersion: statement `S` denies it only for Resource arn:aws:s3:::b-backup"
    );
    let objects_alone = statement("Deny", r#""*""#, &ACTIONS, r#""arn:aws:s3:::b-backup/*""#, "");
    let access = of(&objects_alone);
    assert!(access.versions_kept.is_true() && access.protected.is_false(), "{access:?}");
    assert!(told(&access.protection_faults).contains("only for Resource arn:aws:s3:::b-backup/*"));
    let one = statement("Deny", r#"{"AWS": "arn:aws:iam::111122223333:role/intern"}"#, &ACTIONS, BOTH, "");
    assert_eq!(
        told(&of(&one).version_faults),
        "s3:DeleteObjectVersion: statement `S` denies it only for Principal arn:aws:iam::111122223333:role/intern"
    );
    let network = deny(&ACTIONS, &when(r#"{"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#));
    assert!(of(&network).versions_kept.is_false());
    let names = ["s3:DeleteVersion", "s3:PutBucketReplication"];
    let access = of(&deny(&names, ""));
    assert!(access.protected.is_false());
    assert!(
        told(&access.protection_faults).contains("s3:PutBucketReplication, which is no action of IAM"),
        "{access:?}"
    );
}

#[test]
fn a_denial_for_some_objects_leaves_the_others_open_if_there_are_any() {
    let some =
        statement("Deny", r#""*""#, &ACTIONS, r#"["arn:aws:s3:::b-backup", "arn:aws:s3:::b-backup/daily/*"]"#, "");
    let access = of(&some);
    assert!(access.versions_kept.is_unknown() && access.protected.is_unknown(), "{access:?}");
    let why = format!("{:?}", access.versions_kept.reasons());
    assert!(why.contains("whether the bucket holds other objects"), "{why}");
}

#[test]
fn a_policy_may_ask_for_mfa_as_mfa_delete_does() {
    let asks = |condition: &str| of(&deny(&ACTIONS, &when(condition)));
    for condition in [
        r#"{"Null": {"aws:MultiFactorAuthAge": "true"}}"#,
        r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#,
    ] {
        let access = asks(condition);
        assert!(access.versions_kept.is_true(), "{access:?}");
        assert!(access.protected.is_false(), "whoever has a device may still: {access:?}");
    }
    let keys = asks(r#"{"Bool": {"aws:MultiFactorAuthPresent": "false"}}"#);
    assert!(keys.versions_kept.is_false(), "long-term keys do not say it");
}

#[test]
fn deletion_makes_markers_alone_in_a_versioned_bucket() {
    let facts = |versioning: Fact<String>| Bucket { versioning, ..with(&deny(&ACTIONS, "")) };
    let judged = |versioning: Fact<String>| find(facts(versioning), &Settings::default());
    for versioning in [known("Suspended"), Fact::absent()] {
        let access = judged(versioning);
        assert!(access.protected.is_false());
        assert_eq!(told(&access.protection_faults), "nothing denies s3:DeleteObject");
    }
    assert!(judged(Fact::unknown("denied")).protected.is_unknown());
    let all: Vec<&str> = ACTIONS.into_iter().chain(["s3:DeleteObject"]).collect();
    let unread = Bucket { versioning: Fact::unknown("denied"), ..with(&deny(&all, "")) };
    assert!(find(unread, &Settings::default()).protected.is_true(), "it does not matter");
}

#[test]
fn object_lock_keeps_what_a_policy_need_not() {
    let judged = |lock: Fact<ObjectLock>, actions: &[&str]| {
        find(Bucket { object_lock: lock, ..with(&deny(actions, "")) }, &Settings::default())
    };
    let compliance = || lock(known("COMPLIANCE"), Fact::known(DAY * 30));
    let settings = [
        "s3:PutBucketObjectLockConfiguration",
        "s3:PutReplicationConfiguration",
        "s3:PutBucketPolicy",
        "s3:DeleteBucketPolicy",
    ];
    assert!(judged(compliance(), &settings).protected.is_true());
    assert!(judged(compliance(), &settings[1..]).protected.is_false());
    let governance = || lock(known("GOVERNANCE"), Fact::known(DAY * 30));
    let deletes = ["s3:DeleteObjectVersion", "s3:DeleteBucket", "s3:BypassGovernanceRetention"];
    let more: Vec<&str> = settings.into_iter().chain(deletes).collect();
    assert!(judged(governance(), &more).protected.is_true());
    let access = judged(governance(), &settings);
    assert_eq!(
        told(&access.protection_faults),
        "nothing denies s3:BypassGovernanceRetention, s3:DeleteBucket, s3:DeleteObjectVersion"
    );
    let unset = lock(Fact::absent(), Fact::absent());
    assert_eq!(told(&judged(unset, &more).protection_faults), "nothing denies s3:PutLifecycleConfiguration");
    let unread = Fact::unknown("denied");
    assert!(judged(unread.clone(), &settings).protected.is_unknown());
    let everything = ["s3:*"];
    assert!(judged(unread, &everything).protected.is_true());
    let with_mfa = Bucket {
        mfa_delete: Fact::known(true),
        ..with(&deny(&["s3:PutReplicationConfiguration", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"], ""))
    };
    assert!(find(with_mfa, &Settings::default()).protected.is_true());
}

/// Denies all that is asked to the bucket's own account, so that only what is allowed to others is left.
fn own() -> String {
    statement("Deny", r#"{"AWS": "arn:aws:iam::111122223333:root"}"#, &ACTIONS, BOTH, "")
}

fn allows(principal: &str, actions: &[&str]) -> BucketAccess {
    let allow = statement("Allow", principal, actions, BOTH, "").replace(r#""Sid": "S""#, r#""Sid": "Lets""#);
    of(&format!("{}, {allow}", own()))
}

#[test]
fn other_accounts_that_may_destroy_are_named() {
    assert!(of(&own()).protected.is_true(), "{:?}", of(&own()));
    let access =
        allows(r#"{"AWS": "arn:aws:iam::444455556666:root"}"#, &["s3:PutBucketVersioning", "s3:ReplicateObject"]);
    assert!(access.protected.is_false());
    assert_eq!(told(&access.protection_faults), "statement `Lets` lets account 444455556666 do s3:PutBucketVersioning");
    assert!(access.versions_kept.is_true());
    let access = allows(r#"{"AWS": "444455556666"}"#, &["s3:DeleteObjectVersion"]);
    assert!(access.versions_kept.is_false());
    let access = allows(r#""*""#, &["s3:*"]);
    assert!(told(&access.protection_faults).starts_with("statement `Lets` lets anybody do s3:DeleteObjectVersion, "));
    assert_eq!(told(&access.protection_faults).matches("lets").count(), 1, "{access:?}");
}

#[test]
fn replication_of_another_account_and_named_roles_are_let_in() {
    let replicates =
        ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags", "s3:ObjectOwnerOverrideToBucketOwner"];
    assert!(allows(r#"{"AWS": "arn:aws:iam::444455556666:root"}"#, &replicates).protected.is_true());
    let role = r#"{"AWS": "arn:aws:iam::444455556666:role/central-backup"}"#;
    assert!(allows(role, &["s3:DeleteObjectVersion"]).protected.is_true());
    let policy = r#"{"AWS": "arn:aws:iam::444455556666:root"}"#;
    assert!(allows(policy, &["s3:PutBucketPolicy"]).protected.is_true(), "no other account can change the policy");
}

#[test]
fn a_condition_on_the_principal_is_worked_out() {
    let by = |condition: &str| {
        let allow = statement("Allow", r#""*""#, &["s3:DeleteObjectVersion"], BOTH, &when(condition));
        of(&format!("{}, {allow}", own()))
    };
    assert!(by(r#"{"StringEquals": {"aws:PrincipalAccount": "444455556666"}}"#).protected.is_false());
    assert!(by(r#"{"StringEquals": {"aws:PrincipalTag/team": "dr"}}"#).protected.is_false(), "anybody tags a role");
    assert!(by(r#"{"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/one"}}"#).protected.is_true());
}

#[test]
fn a_public_policy_reaches_nobody_outside_where_it_is_restricted() {
    let block = |restricted: Fact<bool>| {
        let block = PublicAccessBlock {
            block_public_acls: Fact::known(false),
            ignore_public_acls: Fact::known(false),
            block_public_policy: Fact::known(false),
            restrict_public_buckets: restricted,
        };
        let allow = statement("Allow", r#""*""#, &["s3:DeleteObjectVersion"], BOTH, "");
        let facts = with(&format!("{}, {allow}", own()));
        find(Bucket { public_access_block: Fact::known(block), ..facts }, &Settings::default()).protected
    };
    assert!(block(Fact::known(true)).is_true());
    assert!(block(Fact::known(false)).is_false());
    assert!(block(Fact::unknown("denied")).is_unknown());
}

fn in_files(facts: Bucket) -> BucketAccess {
    let resources: Vec<Resource> = vec![bucket_of(HOME, facts)];
    of_bucket(&template(resources), &Settings::default(), "b-backup").access.value().unwrap().clone()
}

#[test]
fn files_without_an_account_are_judged_where_it_does_not_matter() {
    assert!(in_files(with(&deny(&ACTIONS, ""))).protected.is_true());
    assert!(in_files(with(&deny(&without("s3:PutBucketVersioning"), ""))).protected.is_false());
    let named = statement("Allow", r#"{"AWS": "arn:aws:iam::444455556666:root"}"#, &["s3:DeleteBucket"], BOTH, "");
    let but = r#"{"StringNotEquals": {"aws:PrincipalAccount": "444455556666"}}"#;
    let access = in_files(with(&format!("{}, {named}", deny(&ACTIONS, &when(but)))));
    assert!(!access.protected.is_true(), "{access:?}");
    let unnamed = Bucket { bucket_name: Fact::unknown("AWS makes the name"), ..with(&deny(&ACTIONS, "")) };
    let snapshot = template(vec![bucket_of(HOME, unnamed)]);
    let access = of_bucket(&snapshot, &Settings::default(), "unnamed").access.value().unwrap().clone();
    assert!(access.protected.is_unknown(), "whether the policy means this bucket is not known: {access:?}");
}
