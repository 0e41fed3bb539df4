//! Keys' policies: whom they let in, and who can destroy the key.

use crate::derive::tests::build::*;
use crate::model::derived::KeyAccess;
use crate::model::fact::Fact;
use crate::model::iam::{NamedPolicy, Principal};
use crate::model::kms::Key;
use crate::model::resource::{Facts, Resource};
use crate::model::settings::{Holder, Settings};
use crate::model::snapshot::Snapshot;

const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
const ACCOUNT_MAY: &str = r#"{"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}"#;

fn policy(statements: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)
}

fn key(statements: &str) -> Key {
    Key { policy: known(&policy(statements)), origin: known("AWS_KMS"), ..key_facts(ID) }
}

fn principal(statements: &str, trust: Fact<String>) -> Principal {
    let inline = NamedPolicy { name: "own".to_owned(), document: known(&policy(statements)), statements: Vec::new() };
    Principal {
        name: Fact::unknown("not needed here"),
        path: known("/"),
        inline: Fact::known(vec![inline]),
        attached: Fact::known(Vec::new()),
        groups: Fact::absent(),
        boundary: Fact::absent(),
        trust,
    }
}

fn role(name: &str, statements: &str) -> Resource {
    let trust = r#"{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}"#;
    let facts = principal(statements, known(&policy(trust)));
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/{name}");
    live("global", "AWS::IAM::Role", &arn, name, Facts::Role(Box::new(facts)))
}

fn allow(action: &str) -> String {
    format!(r#"{{"Sid": "Own", "Effect": "Allow", "Action": "{action}", "Resource": "*"}}"#)
}

/// A key that encrypts a vault, with all users and roles of the account.
fn whole(key: Key, people: Vec<Resource>) -> Snapshot {
    let arn = key_arn(ID);
    let vault = crate::model::backup::Vault { key: Fact::known(link(&arn)), ..vault_facts("main") };
    let mut resources = people;
    resources.extend([key_of(key), vault_of(HOME, vault), account_of(account_facts())]);
    let mut snapshot = estate(resources);
    for kind in ["AWS::IAM::Role", "AWS::IAM::User"] {
        snapshot.listed.insert(listing(kind, "global", None));
    }
    snapshot
}

fn settings() -> Settings {
    Settings { ignore_scps: true, ..Settings::default() }
}

fn judged(snapshot: &Snapshot, settings: &Settings) -> KeyAccess {
    let name = snapshot.resources.iter().find(|one| matches!(one.facts, Facts::Key(_))).unwrap().name.to_string();
    of_key(snapshot, settings, &name).access.value().unwrap().clone()
}

fn find(statements: &str, people: Vec<Resource>) -> KeyAccess {
    judged(&whole(key(statements), people), &settings())
}

fn outsiders(principal: &str, more: &str) -> KeyAccess {
    let open = format!(
        r#"{{"Sid": "Use", "Effect": "Allow", "Principal": {principal}, "Action": ["kms:Decrypt", "kms:DescribeKey"], "Resource": "*"{more}}}"#
    );
    find(&format!("{ACCOUNT_MAY}, {open}"), Vec::new())
}

#[test]
fn accounts_and_organizations_that_are_named_are_no_outsiders() {
    assert!(find(ACCOUNT_MAY, Vec::new()).outsiders_kept_out.is_true());
    assert!(outsiders(r#"{"AWS": "arn:aws:iam::444455556666:root"}"#, "").outsiders_kept_out.is_true());
    assert!(outsiders(r#"{"Service": "backup.amazonaws.com"}"#, "").outsiders_kept_out.is_true());
    let conditions = [
        r#"{"StringEquals": {"kms:CallerAccount": "111122223333"}}"#,
        r#"{"StringEquals": {"kms:CallerAccount": "111122223333", "kms:ViaService": "ec2.eu-west-1.amazonaws.com"}}"#,
        r#"{"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}"#,
        r#"{"StringEquals": {"aws:SourceVpce": "vpce-1234"}}"#,
        r#"{"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}"#,
        r#"{"StringEquals": {"aws:SourceAccount": "111122223333"}}"#,
    ];
    for condition in conditions {
        let access = outsiders(r#"{"AWS": "*"}"#, &format!(r#", "Condition": {condition}"#));
        assert!(access.outsiders_kept_out.is_true(), "{condition}: {access:?}");
    }
}

#[test]
fn anybody_is_let_in_where_nothing_binds_the_caller() {
    let open = outsiders(r#""*""#, "");
    assert!(open.outsiders_kept_out.is_false());
    assert_eq!(open.outsider_grants, Fact::known(vec!["statement `Use` (kms:Decrypt, kms:DescribeKey)".to_owned()]));
    let conditions = [
        r#"{"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}"#,
        r#"{"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}}"#,
        r#"{"Bool": {"aws:SecureTransport": "true"}}"#,
        r#"{"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}"#,
        r#"{"StringLike": {"kms:CallerAccount": "*"}}"#,
    ];
    for condition in conditions {
        let access = outsiders(r#"{"AWS": "*"}"#, &format!(r#", "Condition": {condition}"#));
        assert!(access.outsiders_kept_out.is_false(), "{condition}: {access:?}");
    }
    let deny = r#"{"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1234567890"}}}"#;
    let open = r#"{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}"#;
    assert!(find(&format!("{open}, {deny}"), Vec::new()).outsiders_kept_out.is_true());
    let many = find(open, Vec::new()).outsider_grants.value().unwrap().clone();
    assert_eq!(many, ["statement 1 (kms:PutKeyPolicy, kms:ScheduleKeyDeletion, kms:DisableKey and 21 more)"]);
}

#[test]
fn a_key_policy_that_was_not_read_says_nothing() {
    let unread = Key { policy: Fact::unknown("denied"), ..key("") };
    let access = judged(&whole(unread, vec![role("dev", &allow("*"))]), &settings());
    assert!(access.outsiders_kept_out.is_unknown() && access.destruction_restricted.is_unknown());
    let broken = Key { policy: known("{"), ..key("") };
    let access = judged(&whole(broken, vec![role("dev", &allow("*"))]), &settings());
    assert!(access.outsiders_kept_out.is_unknown() && access.destruction_restricted.is_unknown());
}

#[test]
fn whoever_iam_lets_destroy_the_key_is_named_with_the_statement() {
    for action in ["kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:PutKeyPolicy", "kms:*", "*"] {
        let access = find(ACCOUNT_MAY, vec![role("dev", &allow(action)), role("web", &allow("s3:*"))]);
        assert!(access.destruction_restricted.is_false(), "{action}");
        let destroyers = access.destroyers.value().unwrap();
        assert_eq!(destroyers.len(), 1, "{destroyers:?}");
        assert!(
            destroyers[0].starts_with("role dev: ") && destroyers[0].contains("own, statement Own"),
            "{destroyers:?}"
        );
    }
    assert!(find(ACCOUNT_MAY, vec![role("web", &allow("s3:*"))]).destruction_restricted.is_true());
}

#[test]
fn without_a_statement_for_the_account_iam_gives_nothing() {
    let admin = format!(r#"{{"AWS": "arn:aws:iam::{ACCOUNT}:role/key-admin"}}"#);
    let only = format!(r#"{{"Effect": "Allow", "Principal": {admin}, "Action": "kms:*", "Resource": "*"}}"#);
    let access = find(&only, vec![role("dev", &allow("*")), role("key-admin", &allow("s3:GetObject"))]);
    assert!(access.destruction_restricted.is_true(), "{access:?}");
    let mut open = whole(key(&only), Vec::new());
    open.listed.retain(|listing| &*listing.kind != "AWS::IAM::Role");
    assert!(judged(&open, &settings()).destruction_restricted.is_true(), "whoever else there is");
    let named = Settings { backup_administrators: Some(vec![Holder::Path("/ops/".to_owned())]), ..settings() };
    assert!(
        judged(&whole(key(&only), vec![role("key-admin", &allow("s3:GetObject"))]), &named)
            .destruction_restricted
            .is_false()
    );
}

#[test]
fn a_denial_in_the_key_policy_holds_everybody_else_back() {
    let deny = format!(
        r#"{{"Effect": "Deny", "Principal": "*", "Action": ["kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:PutKeyPolicy"], "Resource": "*",
            "Condition": {{"ArnNotEquals": {{"aws:PrincipalArn": "arn:aws:iam::{ACCOUNT}:role/backup-admin"}}}}}}"#
    );
    let both = format!("{ACCOUNT_MAY}, {deny}");
    let people = || vec![role("dev", &allow("*"))];
    assert!(find(&both, people()).destruction_restricted.is_true());
    let imported = Key { origin: known("EXTERNAL"), ..key(&both) };
    let access = judged(&whole(imported, people()), &settings());
    assert!(access.destruction_restricted.is_false(), "its material can be deleted");
    assert!(access.destroyers.value().unwrap()[0].contains("kms:DeleteImportedKeyMaterial"));
    let unread = Key { origin: Fact::unknown("denied"), ..key(&both) };
    assert!(judged(&whole(unread, people()), &settings()).destruction_restricted.is_unknown());
    let without = both.replace(r#", "kms:PutKeyPolicy""#, "");
    assert!(find(&without, people()).destruction_restricted.is_false(), "whoever writes the policy, does the rest");
}

#[test]
fn administrators_of_backups_and_roles_of_services_may() {
    let admin = || role("admin", &allow("kms:*"));
    let named =
        |holder: &str| Settings { backup_administrators: Some(vec![Holder::parse(holder).unwrap()]), ..settings() };
    let of = |settings: &Settings| judged(&whole(key(ACCOUNT_MAY), vec![admin()]), settings).destruction_restricted;
    assert!(of(&named("arn:aws:iam::*:role/admin")).is_true());
    assert!(of(&named("arn:aws:iam::*:role/other")).is_false());
    let mut aws = admin();
    if let Facts::Role(facts) = &mut aws.facts {
        facts.attached = Fact::known(vec![link("arn:aws:iam::aws:policy/AWSBackupFullAccess")]);
    }
    assert!(find(ACCOUNT_MAY, vec![aws]).destruction_restricted.is_true());
    let mut linked = admin();
    linked.id.id = format!("arn:aws:iam::{ACCOUNT}:role/aws-service-role/backup.amazonaws.com/admin").into();
    assert!(find(ACCOUNT_MAY, vec![linked]).destruction_restricted.is_true());
}

#[test]
fn a_second_factor_is_no_restriction_and_an_unread_policy_no_answer() {
    let gated = r#"{"Effect": "Allow", "Action": "kms:DisableKey", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}"#;
    let mut user = role("ann", gated);
    user.id.id = format!("arn:aws:iam::{ACCOUNT}:user/ann").into();
    (user.id.kind, user.facts) = match user.facts {
        Facts::Role(facts) => ("AWS::IAM::User".into(), Facts::User(facts)),
        other => (user.id.kind, other),
    };
    assert!(find(ACCOUNT_MAY, vec![user]).destruction_restricted.is_false());
    let of_role = find(ACCOUNT_MAY, vec![role("dev", gated)]).destruction_restricted;
    assert!(of_role.is_unknown(), "whether sessions of a role show it is not said");
    let mut unread = role("dev", "");
    if let Facts::Role(facts) = &mut unread.facts {
        facts.attached = Fact::known(vec![link("arn:aws:iam::aws:policy/NotRead")]);
    }
    assert!(find(ACCOUNT_MAY, vec![unread]).destruction_restricted.is_unknown());
    let mut open = whole(key(ACCOUNT_MAY), Vec::new());
    open.listed.retain(|listing| &*listing.kind != "AWS::IAM::Role");
    assert!(judged(&open, &settings()).destruction_restricted.is_unknown(), "there may be roles that nobody saw");
    assert!(
        judged(&whole(key(ACCOUNT_MAY), vec![role("dev", &allow("*"))]), &Settings::default())
            .destruction_restricted
            .is_false(),
        "an account of no organization"
    );
}

#[test]
fn a_key_that_encrypts_no_backups_is_not_asked() {
    let snapshot = estate(vec![key_of(key(ACCOUNT_MAY))]);
    let access = judged(&snapshot, &settings());
    assert!(access.destruction_restricted.is_absent() && access.outsiders_kept_out.is_true());
}

#[test]
fn a_template_names_who_can_and_never_that_nobody_can() {
    let declared = |people: Vec<Resource>, settings: &Settings| {
        let vault = crate::model::backup::Vault { key: Fact::known(link("alias/k")), ..vault_facts("main") };
        let key =
            Key { aliases: Fact::known(vec!["alias/k".to_owned()]), ..key(&ACCOUNT_MAY.replace(ACCOUNT, "\u{fffc}")) };
        let mut resources = people;
        resources.extend([key_of(key), vault_of(HOME, vault)]);
        judged(&template(resources), settings).destruction_restricted
    };
    let known = ACCOUNT_MAY;
    assert!(known.contains(ACCOUNT));
    assert!(declared(Vec::new(), &settings()).is_unknown());
    assert!(!declared(vec![role("dev", &allow("*"))], &settings()).is_true());
}
