//! Roles of AWS Backup: whom they let in besides, and what they allow beyond their work.

use crate::derive::tests::build::*;
use crate::model::derived::{BackupRole, Derived};
use crate::model::fact::Fact;
use crate::model::iam::{ManagedPolicy, NamedPolicy, Principal};
use crate::model::resource::{Facts, Resource};
use crate::model::settings::Settings;

const BACKUP: &str =
    r#"{"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}"#;
const FOR_BACKUP: &str = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup";
const FOR_RESTORES: &str = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores";

fn policy(statements: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)
}

fn role_of(trust: Fact<String>, statements: &str, attached: &[&str]) -> Resource {
    let inline = NamedPolicy { name: "own".to_owned(), document: known(&policy(statements)), statements: Vec::new() };
    let facts = Principal {
        name: known("backup"),
        path: known("/"),
        inline: Fact::known(if statements.is_empty() { Vec::new() } else { vec![inline] }).at(at(9)),
        attached: Fact::known(attached.iter().map(|arn| link(arn)).collect()),
        groups: Fact::absent(),
        boundary: Fact::absent(),
        trust: trust.at(at(4)),
    };
    live("global", "AWS::IAM::Role", "arn:aws:iam::111122223333:role/backup", "backup", Facts::Role(Box::new(facts)))
}

fn judged(resources: Vec<Resource>) -> Fact<BackupRole> {
    let of = |snapshot: &_| {
        let Derived::Identity(one) = derived(snapshot, &Settings::default(), "backup") else { panic!() };
        one.backup_role
    };
    let (live, declared) = (of(&estate(resources.clone())), of(&template(resources)));
    let told =
        |fact: &Fact<BackupRole>| fact.value().map(|role| (role.sound.value().copied(), role.faults.value().cloned()));
    assert_eq!(told(&live), told(&declared), "a template without an account says the same");
    live
}

fn with(statements: &str, attached: &[&str]) -> BackupRole {
    judged(vec![role_of(known(&policy(BACKUP)), statements, attached)]).value().unwrap().clone()
}

fn faults(role: &BackupRole) -> Vec<String> {
    role.faults.value().cloned().unwrap_or_default()
}

fn allow(action: &str, resource: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Action": {action}, "Resource": {resource}}}"#)
}

#[test]
fn the_policies_of_aws_for_its_service_are_sound() {
    assert!(with("", &[FOR_BACKUP, FOR_RESTORES]).sound.is_true());
    let narrow = allow(
        r#"["elasticfilesystem:Backup", "elasticfilesystem:DescribeTags", "tag:GetResources", "kms:DescribeKey"]"#,
        r#""*""#,
    );
    assert!(with(&narrow, &[]).sound.is_true());
    let some = allow(
        r#"["ec2:DeleteSnapshot", "ec2:Describe*", "ec2:Create*", "rds:DeleteDBInstance", "s3:Get*", "backup:CopyIntoBackupVault"]"#,
        r#""*""#,
    );
    assert!(with(&some, &[]).sound.is_true(), "{:?}", with(&some, &[]));
}

#[test]
fn whom_it_lets_in_besides_is_named() {
    let trusting = |trust: &str| judged(vec![role_of(known(&policy(trust)), "", &[FOR_BACKUP])]);
    let ec2 =
        trusting(&BACKUP.replace(r#""backup.amazonaws.com""#, r#"["backup.amazonaws.com", "ec2.amazonaws.com"]"#));
    let ec2 = ec2.value().unwrap();
    assert_eq!(faults(ec2), ["its trust policy also lets in ec2.amazonaws.com"]);
    assert_eq!(ec2.sound.at, at(4));
    let people = BACKUP.replace("{\"Service\"", "{\"AWS\": \"111122223333\", \"Service\"");
    assert_eq!(faults(trusting(&people).value().unwrap()), ["its trust policy also lets in 111122223333"]);
    let provider =
        BACKUP.replace("{\"Service\"", "{\"Federated\": \"arn:aws:iam::111122223333:saml-provider/x\", \"Service\"");
    assert_eq!(faults(trusting(&provider).value().unwrap()), ["its trust policy also lets in an identity provider"]);
    let china = trusting(&BACKUP.replace("amazonaws.com", "amazonaws.com.cn"));
    assert!(china.value().unwrap().sound.is_true());
    let canonical = BACKUP.replace("{\"Service\"", "{\"CanonicalUser\": \"79a59d\", \"Service\"");
    assert!(trusting(&canonical).value().unwrap().sound.is_unknown());
}

#[test]
fn other_roles_are_not_asked() {
    let other = |trust: &str| judged(vec![role_of(known(&policy(trust)), &allow(r#""*""#, r#""*""#), &[])]);
    assert!(other(&BACKUP.replace("backup.", "ec2.")).is_absent());
    assert!(other(&BACKUP.replace(r#"{"Service": "backup.amazonaws.com"}"#, r#"{"AWS": "111122223333"}"#)).is_absent());
    assert!(judged(vec![role_of(Fact::unknown("denied"), "", &[])]).is_unknown());
    let guarded = BACKUP
        .replace(r#""Action""#, r#""Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}, "Action""#);
    assert!(other(&guarded).value().unwrap().sound.is_false());
}

#[test]
fn wildcards_and_calls_beyond_its_work_are_named_with_their_statements() {
    let cases = [
        (allow(r#""*""#, r#""*""#), "it allows every action on every resource (own, statement 1)"),
        (allow(r#""s3:*""#, r#""*""#), "it allows s3:* on any resource (own, statement 1)"),
        (allow(r#"["iam:*", "ec2:*"]"#, r#""*""#), "it allows ec2:*, iam:* on any resource (own, statement 1)"),
        (
            allow(r#""backup:DeleteRecoveryPoint""#, r#""*""#),
            "it allows backup:DeleteRecoveryPoint on any resource (own, statement 1)",
        ),
        (
            allow(r#""backup:DeleteRecoveryPoint""#, r#""arn:aws:ec2:*::snapshot/*""#),
            "it allows backup:DeleteRecoveryPoint on any resource (own, statement 1)",
        ),
        (
            allow(r#""backup:Delete*""#, r#""*""#).replace("{\"Effect\"", "{\"Sid\": \"Wipe\", \"Effect\""),
            "it allows backup:DeleteBackupPlan, backup:DeleteBackupSelection, backup:DeleteBackupVault, \
             backup:DeleteBackupVaultAccessPolicy and 2 more on any resource (own, statement Wipe)",
        ),
        (
            allow(r#""s3:Delete*""#, r#"["arn:aws:s3:::*", "arn:aws:s3:::*/*"]"#),
            "it allows s3:DeleteBucket, s3:DeleteBucketPolicy, s3:DeleteObjectVersion on any resource (own, statement 1)",
        ),
    ];
    for (statements, fault) in cases {
        let role = with(&statements, &[FOR_BACKUP]);
        assert!(role.sound.is_false(), "{statements}");
        assert_eq!(role.sound.at, at(9));
        assert_eq!(faults(&role), [fault]);
    }
}

#[test]
fn what_is_allowed_on_named_resources_is_not_held_against_it() {
    for resource in [r#""arn:aws:s3:::scratch/*""#, r#""arn:aws:s3:::scratch*""#] {
        let role = with(&allow(r#"["s3:DeleteObjectVersion", "s3:DeleteBucket"]"#, resource), &[]);
        assert!(role.sound.is_true(), "{role:?}");
    }
    let regional = with(
        &allow(r#""backup:DeleteBackupVault""#, r#""arn:aws:backup:eu-west-1:111122223333:backup-vault:old""#),
        &[],
    );
    assert!(regional.sound.is_true());
}

#[test]
fn denials_boundaries_and_conditions_count() {
    let wide = allow(r#""iam:*""#, r#""*""#);
    let denied = format!(r#"{wide}, {{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}}"#);
    assert!(with(&denied, &[]).sound.is_true());
    let partly = format!(
        r#"{wide}, {{"Effect": "Deny", "Action": "iam:*", "Resource": "arn:aws:iam::111122223333:role/admin"}}"#
    );
    let partly = with(&partly, &[]);
    assert!(partly.sound.is_false(), "of users it allows it all");
    assert_eq!(
        faults(&partly),
        [
            "it allows iam:AttachUserPolicy, iam:CreateAccessKey, iam:CreatePolicyVersion, iam:CreateUser and 1 more on any \
          resource (own, statement 1)"
        ]
    );
    let guarded =
        wide.replace(r#""Action""#, r#""Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, "Action""#);
    assert!(with(&guarded, &[]).sound.is_unknown());
    let bounded = |boundary: &str| {
        let arn = "arn:aws:iam::111122223333:policy/bound";
        let facts = ManagedPolicy {
            name: known("bound"),
            path: known("/"),
            document: known(&policy(boundary)),
            statements: Vec::new(),
            attachments: Fact::known(1),
        };
        let policy_of = live("global", "AWS::IAM::ManagedPolicy", arn, "bound", Facts::ManagedPolicy(Box::new(facts)));
        let mut role = role_of(known(&policy(BACKUP)), &wide, &[]);
        if let Facts::Role(facts) = &mut role.facts {
            facts.boundary = Fact::known(link(arn));
        }
        judged(vec![role, policy_of]).value().unwrap().sound.clone()
    };
    assert!(bounded(&allow(r#""ec2:Describe*""#, r#""*""#)).is_true());
    assert!(bounded(&wide).is_false());
}

#[test]
fn policies_that_were_not_read_leave_it_open_but_for_those_that_are_known() {
    assert!(with("", &["arn:aws:iam::111122223333:policy/mine"]).sound.is_unknown());
    assert!(with("", &["arn:aws:iam::aws:policy/PowerUserAccess"]).sound.is_unknown());
    let admin = with("", &["arn:aws:iam::aws:policy/AdministratorAccess"]);
    assert_eq!(faults(&admin), ["it allows every action on every resource (AdministratorAccess, statement 1)"]);
    // What is certain does not wait for the rest.
    let both = with(&allow(r#""s3:*""#, r#""*""#), &["arn:aws:iam::111122223333:policy/mine"]);
    assert!(!both.sound.is_true());
}

#[test]
fn the_roles_that_aws_links_to_its_services_are_left_to_aws() {
    let mut role = role_of(known(&policy(BACKUP)), &allow(r#""*""#, r#""*""#), &[]);
    role.id.id = "arn:aws:iam::111122223333:role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup".into();
    let Derived::Identity(one) = derived(&estate(vec![role]), &Settings::default(), "backup") else { panic!() };
    assert!(one.backup_role.is_absent());
}
