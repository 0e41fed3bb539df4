//! Ways round to the backups.

use super::access::*;
use super::build::*;
use crate::model::fact::Fact;
use crate::model::iam::Principal;
use crate::model::resource::{Facts, Resource};
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;

pub fn group(name: &str, statements: &str) -> Resource {
    let facts = Principal { name: known(name), ..facts(statements) };
    live("global", "AWS::IAM::Group", &arn("group", name), name, Facts::Group(Box::new(facts)))
}

const DENY: &str = r#"{"Effect": "Deny", "Action": "backup:*", "Resource": "*"}"#;

/// Whether somebody escalates: yes, no or unknown, with the steps.
pub fn escalates(snapshot: &Snapshot, name: &str) -> (Option<bool>, Vec<String>) {
    let power = power(snapshot, name);
    assert!(power.destroys_backups.is_false(), "{name} can already, or might");
    (power.escalates.value().copied(), told(&power.escalation))
}

pub fn surely(snapshot: &Snapshot, name: &str) {
    let (found, steps) = escalates(snapshot, name);
    assert_eq!(found, Some(true), "{steps:?}");
}

fn admin(principal: &str) -> Resource {
    role("admin", principal, DELETE)
}

fn service(name: &str) -> String {
    format!(r#"{{"Service": "{name}"}}"#)
}

pub fn attaches(facts: Principal, arns: &[&str]) -> Principal {
    Principal { attached: Fact::known(arns.iter().map(|arn| link(arn)).collect()), ..facts }
}

#[test]
fn whoever_puts_themselves_into_a_group_has_what_it_has() {
    let join = |name: &str| user(name, &allow("iam:AddUserToGroup", &arn("group", "ops")));
    let snapshot = with_vault(vec![group("ops", DELETE), group("idle", ""), join("ann"), user("bob", "")]);
    assert_eq!(
        escalates(&snapshot, "ann"),
        (Some(true), vec!["iam:AddUserToGroup of itself, user ann to group ops (own, statement 1)".to_owned()])
    );
    assert_eq!(escalates(&snapshot, "bob").0, Some(false));
    let elsewhere = with_vault(vec![group("ops", ""), join("ann")]);
    assert_eq!(escalates(&elsewhere, "ann").0, Some(false), "the group may nothing");
}

#[test]
fn a_trust_policy_that_names_nobody_in_particular_lets_everybody_in() {
    for principal in [r#"{"AWS": "*"}"#, r#""*""#] {
        surely(&with_vault(vec![user("ann", ""), admin(principal)]), "ann");
    }
    let mut unread = admin(r#""*""#);
    if let Facts::Role(facts) = &mut unread.facts {
        facts.trust = Fact::unknown("denied");
    }
    assert_eq!(escalates(&with_vault(vec![user("ann", ""), unread]), "ann").0, None, "it may name ann");
    let session = format!(r#"{{"AWS": "arn:aws:sts::{ACCOUNT}:assumed-role/mid/x"}}"#);
    let mid = role("mid", &service("lambda.amazonaws.com"), "");
    let snapshot = with_vault(vec![mid, user("ann", ""), admin(&session)]);
    assert_ne!(escalates(&snapshot, "mid").0, Some(false), "a session of mid comes in");
    assert_eq!(escalates(&snapshot, "ann").0, Some(false));
    let root = format!(r#"{{"AWS": "arn:aws:iam::{ACCOUNT}:root"}}"#);
    assert_eq!(escalates(&with_vault(vec![user("ann", ""), admin(&root)]), "ann").0, Some(false), "ann needs a policy");
}

#[test]
fn a_service_that_runs_code_may_be_started_on_what_a_policy_names() {
    let pass = |actions: &[&str], on: &str| {
        let starts = actions.iter().map(|action| format!(", {}", allow(action, on)));
        format!("{}{}", allow("iam:PassRole", "*"), starts.collect::<String>())
    };
    let of = |name: &str, own: &str| escalates(&with_vault(vec![user("ann", own), admin(&service(name))]), "ann").0;
    let lambda = "lambda.amazonaws.com";
    assert_eq!(of(lambda, &pass(&["lambda:*Function"], "arn:aws:lambda:*:*:function:*")), Some(true));
    let one = format!("arn:aws:lambda:eu-west-1:{ACCOUNT}:function:app-*");
    assert_ne!(of(lambda, &pass(&["lambda:CreateFunction"], &one)), Some(false));
    assert_eq!(of(lambda, &pass(&["lambda:InvokeFunction"], "*")), Some(false));
    assert_eq!(of("ecs-tasks.amazonaws.com", &pass(&["ecs:RegisterTaskDefinition", "ecs:RunTask"], "*")), Some(true));
    assert_eq!(of("ecs-tasks.amazonaws.com", &pass(&["ecs:RunTask"], "*")), None, "it takes a task that is there");
    assert_eq!(of("ecs-tasks.amazonaws.com", &pass(&["ecs:RegisterTaskDefinition"], "*")), Some(false));
    assert_eq!(of("codebuild.amazonaws.com", &pass(&["codebuild:*"], "*")), Some(true));
    assert_eq!(of("glue.amazonaws.com", &pass(&["glue:CreateJob", "glue:StartJobRun"], "*")), Some(true));
    assert_eq!(of("sagemaker.amazonaws.com", &pass(&["sagemaker:CreateTrainingJob"], "*")), Some(true));
    assert_eq!(of("ec2.amazonaws.com", &pass(&["ec2:RunInstances"], "*")), Some(true));
    assert_eq!(of("some.new.service", &pass(&[], "*")), None, "what it does for ann is not known");
    assert_eq!(of("backup.amazonaws.com", &pass(&["ec2:RunInstances"], "*")), Some(false));
}

#[test]
fn a_denial_holds_whoever_writes_their_own_policies_until_they_take_it_away() {
    let denied = |own: &str| {
        let facts = attaches(facts(own), &[&arn("policy", "deny")]);
        with_vault(vec![managed("deny", DENY), user_of("ann", facts)])
    };
    let write = allow("iam:PutUserPolicy", &arn("user", "ann"));
    surely(&denied(&write), "ann");
    let kept = managed(
        "deny",
        r#"{"Effect": "Deny", "Action": ["backup:*", "iam:Detach*", "iam:Create*", "iam:SetDefault*"], "Resource": "*"}"#,
    );
    let facts_of = attaches(facts(&write), &[&arn("policy", "deny")]);
    let snapshot = with_vault(vec![kept, user_of("ann", facts_of)]);
    assert_eq!(escalates(&snapshot, "ann").0, Some(false), "no policy overrides a denial");
    let detach = allow("iam:DetachUserPolicy", &arn("user", "ann"));
    surely(&denied(&format!("{write}, {detach}")), "ann");
    surely(&denied(&format!("{DELETE}, {detach}")), "ann");
    surely(&denied(&format!("{DELETE}, {}", allow("iam:CreatePolicyVersion", &arn("policy", "deny")))), "ann");
    let other = r#"{"Effect": "Allow", "Action": "iam:DetachUserPolicy", "Resource": "*", "Condition": {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}}}"#;
    assert_eq!(escalates(&denied(&format!("{DELETE}, {other}")), "ann").0, Some(false), "it detaches another");
}

#[test]
fn a_boundary_holds_until_it_is_taken_away() {
    let bounded = |own: &str| {
        let boundary = managed("boundary", &format!("{}, {DENY}", allow("*", "*")));
        let facts = Principal { boundary: Fact::known(link(&arn("policy", "boundary"))), ..facts(own) };
        with_vault(vec![boundary, user_of("ann", facts)])
    };
    let delete = allow("iam:DeleteUserPermissionsBoundary", "*");
    assert_eq!(
        escalates(&bounded(&format!("{DELETE}, {delete}")), "ann").1,
        ["iam:DeleteUserPermissionsBoundary on itself, user ann (own, statement 2)"]
    );
    surely(&bounded(&allow("*", "*")), "ann");
    surely(&bounded(&format!("{DELETE}, {}", allow("iam:CreatePolicyVersion", "*"))), "ann");
    let same = format!(
        r#"{{"Effect": "Allow", "Action": "iam:PutUserPermissionsBoundary", "Resource": "*", "Condition": {{"ArnEquals": {{"iam:PermissionsBoundary": "{}"}}}}}}"#,
        arn("policy", "boundary")
    );
    assert_eq!(escalates(&bounded(&format!("{DELETE}, {same}")), "ann").0, Some(false), "it puts the same again");
}

#[test]
fn whoever_becomes_somebody_whose_policies_they_write_raises_themselves() {
    let all = |actions: &[&str]| actions.iter().map(|action| allow(action, "*")).collect::<Vec<_>>().join(", ");
    let idle = |name: &str| role("idle", &service(name), "");
    let with = |actions: &[&str], more: Resource| with_vault(vec![user("ann", &all(actions)), more]);
    let ec2 = "ec2.amazonaws.com";
    surely(&with(&["iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"], idle(ec2)), "ann");
    surely(&with(&["iam:PutRolePolicy", "iam:PassRole", "ec2:RunInstances"], idle(ec2)), "ann");
    surely(&with(&["iam:PutUserPolicy", "iam:CreateAccessKey"], user("bob", "")), "ann");
    surely(&with(&["iam:PutGroupPolicy", "iam:AddUserToGroup"], group("idle", "")), "ann");
    let others = |own: &[(&str, &str)]| {
        let own = own.iter().map(|(action, kind)| allow(action, &arn(kind, "bob"))).collect::<Vec<_>>().join(", ");
        with_vault(vec![user("ann", &own), user("bob", "")])
    };
    assert_eq!(escalates(&others(&[("iam:PutUserPolicy", "user")]), "ann").0, Some(false));
    assert_eq!(
        escalates(&others(&[("iam:PutUserPolicy", "user"), ("iam:CreateAccessKey", "user")]), "ann").1,
        [
            "1. iam:PutUserPolicy on user bob (own, statement 1)",
            "2. iam:CreateAccessKey for user bob (own, statement 2)"
        ]
    );
    let ann = format!(r#"{{"AWS": "{}"}}"#, arn("user", "ann"));
    let mut managed_role = role("idle", &ann, "");
    if let Facts::Role(facts) = &mut managed_role.facts {
        facts.attached = Fact::known(vec![link(&arn("policy", "reads"))]);
    }
    let version = user("ann", &allow("iam:CreatePolicyVersion", "*"));
    surely(&with_vault(vec![managed("reads", &allow("s3:ListBucket", "*")), version, managed_role]), "ann");
}

#[test]
fn a_role_that_may_not_be_there_is_an_uncertain_way() {
    let mut perhaps = admin(&format!(r#"{{"AWS": "{}"}}"#, arn("user", "ann")));
    perhaps.exists = Fact::unknown("a condition");
    assert_eq!(escalates(&with_vault(vec![user("ann", ""), perhaps]), "ann").0, None);
}

#[test]
fn whether_a_trust_policy_asks_for_mfa_may_be_unclear() {
    let trust = |value: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::{ACCOUNT}:root"}}, "Action": "sts:AssumeRole", "Condition": {{"Bool": {{"aws:MultiFactorAuthPresent": "{value}"}}}}}}"#
        )
    };
    let near = format!(
        r#"{}, {{"Effect": "Allow", "Principal": {{"AWS": "{}"}}, "Action": "sts:AssumeRole", "Condition": {{"IpAddress": {{"aws:SourceIp": "10.0.0.0/8"}}}}}}"#,
        trust("true"),
        arn("user", "ann")
    );
    let snapshot = with_vault(vec![
        role_of("asks", &trust("true"), DELETE),
        role_of("open", &trust("\u{fffc}"), DELETE),
        role_of("near", &near, DELETE),
    ]);
    assert!(power(&snapshot, "asks").needs_mfa.is_true());
    assert!(power(&snapshot, "open").needs_mfa.is_unknown(), "the files leave the value open");
    assert!(power(&snapshot, "near").needs_mfa.is_unknown(), "where ann is decides");
}

#[test]
fn members_of_a_group_have_its_duty() {
    let mut admins = group("admins", "");
    if let Facts::Group(facts) = &mut admins.facts {
        facts.attached = Fact::known(vec![link("arn:aws:iam::aws:policy/AWSBackupFullAccess")]);
    }
    let member = |groups| Principal { groups, ..facts(DELETE) };
    let mut unread = user("bob", DELETE);
    if let Facts::User(facts) = &mut unread.facts {
        facts.groups = Fact::unknown("denied");
    }
    let snapshot = with_vault(vec![
        admins,
        user_of("ann", member(Fact::known(vec![link("admins")]))),
        unread,
        user("eve", DELETE),
    ]);
    assert!(power(&snapshot, "ann").administrator.is_true());
    assert!(power(&snapshot, "bob").administrator.is_unknown());
    assert!(power(&snapshot, "eve").administrator.is_false());
}

#[test]
fn what_was_not_read_of_a_vault_or_bucket_may_be_what_somebody_destroys() {
    let snapshots = || user("ann", &allow("backup:DeleteRecoveryPoint", "arn:aws:ec2:*::snapshot/*"));
    let mut snapshot = with_vault(vec![snapshots(), user("bob", "")]);
    assert!(power(&snapshot, "ann").destroys_backups.is_false(), "the vault is empty");
    snapshot.listed.retain(|listing| &*listing.kind != "AWS::Backup::RecoveryPoint");
    assert!(power(&snapshot, "ann").destroys_backups.is_unknown(), "it may hold snapshots");
    assert!(power(&snapshot, "bob").destroys_backups.is_false());
    let mut facts = bucket_facts("x-backup");
    facts.versioning = Fact::unknown("denied");
    let snapshot = with_vault(vec![user("ann", &allow("s3:DeleteObject", "*")), bucket_of(HOME, facts)]);
    assert!(power(&snapshot, "ann").destroys_backups.is_unknown(), "it may keep no versions");
}

#[test]
fn the_policy_of_what_was_not_seen_may_say_anything() {
    let deny = r#"{"Effect": "Deny", "Principal": "*", "Action": "backup:DeleteRecoveryPoint", "Resource": "*"}"#;
    let mut facts = vault_facts("main");
    facts.policy = Fact::known(policy(deny));
    let id = "arn:aws:backup:eu-west-1:111122223333:recovery-point:seen";
    let snapshot = estate(vec![
        account(),
        vault_of(HOME, facts),
        point(HOME, "seen", "arn:aws:s3:::x", 1),
        user("ann", &format!("{}, {}", allow("kms:*", "*"), allow("backup:*", "*"))),
    ]);
    let who = |action: &str, arn: &str| {
        let all = crate::derive::who_can(&snapshot, &Settings::default(), Some(now()), action, Some(arn)).unwrap();
        all[0].rows[0].allowed.value().copied()
    };
    assert_eq!(who("kms:ScheduleKeyDeletion", &key_arn("gone")), None);
    let seen = snapshot.resources.iter().find(|one| matches!(one.facts, Facts::RecoveryPoint(_))).unwrap();
    assert_eq!(who("backup:DeleteRecoveryPoint", &seen.id.id), Some(false), "its vault denies it");
    assert_eq!(who("backup:DeleteRecoveryPoint", &id.replace("seen", "gone")), None);
}
