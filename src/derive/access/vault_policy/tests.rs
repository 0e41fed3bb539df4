//! Vaults' access policies: what they really keep, and whom they let copy in.

use crate::derive::tests::build::*;
use crate::model::backup::Vault;
use crate::model::derived::VaultAccess;
use crate::model::fact::Fact;
use crate::model::resource::Resource;
use crate::model::settings::{Holder, Settings};

const ALL: &str = r#"["backup:DeleteRecoveryPoint", "backup:DisassociateRecoveryPoint", "backup:UpdateRecoveryPointLifecycle",
    "backup:DeleteBackupVault", "backup:DeleteBackupVaultAccessPolicy", "backup:PutBackupVaultAccessPolicy"]"#;

fn statement(effect: &str, principal: &str, action: &str, resource: &str, more: &str) -> String {
    format!(
        r#"{{"Sid": "S", "Effect": "{effect}", "Principal": {principal}, "Action": {action}, "Resource": {resource}{more}}}"#
    )
}

fn deny(more: &str) -> String {
    statement("Deny", r#""*""#, ALL, r#""*""#, more)
}

fn spares(operator: &str, key: &str, value: &str) -> String {
    deny(&format!(r#", "Condition": {{"{operator}": {{"{key}": "{value}"}}}}"#))
}

fn with(statements: &str) -> Vault {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    Vault { policy: known(&text), ..vault_facts("main") }
}

fn find(vault: Vault, more: Vec<Resource>, settings: &Settings) -> VaultAccess {
    let mut resources = more;
    resources.push(vault_of(HOME, vault));
    let derived = of_vault(&estate(resources), settings, "main");
    derived.access.value().unwrap().clone()
}

fn of(statements: &str) -> VaultAccess {
    find(with(statements), Vec::new(), &Settings::default())
}

fn administered(holder: &str) -> Settings {
    Settings { backup_administrators: Some(vec![Holder::parse(holder).unwrap()]), ..Settings::default() }
}

fn faults(access: &VaultAccess) -> String {
    access.deletion_faults.value().map(|faults| faults.join("; ")).unwrap_or_default()
}

/// A volume that a plan backs up into the vault.
fn volumes() -> Vec<Resource> {
    vec![volume(), plan(vec![rule("r", "main", 35)]), selects(&[VOLUME])]
}

#[test]
fn a_denial_to_everybody_keeps_recovery_points() {
    let access = of(&deny(""));
    assert!(access.deletion_denied.is_true(), "{access:?}");
    assert_eq!(access.deletion_faults, Fact::known(Vec::new()));
    assert!(of(&deny("").replace(r#""Principal": "*""#, r#""Principal": {"AWS": "*"}"#)).deletion_denied.is_true());
    let account = deny("").replace(r#""Principal": "*""#, &format!(r#""Principal": {{"AWS": "{ACCOUNT}"}}"#));
    assert!(of(&account).deletion_denied.is_true(), "an account is everybody in it");
}

#[test]
fn without_a_policy_nothing_is_denied() {
    let access = find(vault_facts("main"), Vec::new(), &Settings::default());
    assert!(access.deletion_denied.is_false());
    assert_eq!(faults(&access), "it has no access policy");
    let other = of(&statement("Deny", r#""*""#, r#""backup:StartRestoreJob""#, r#""*""#, ""));
    assert!(other.deletion_denied.is_false());
    assert!(faults(&other).starts_with("nothing denies backup:DeleteBackupVault,"), "{}", faults(&other));
}

#[test]
fn what_is_left_out_of_the_denial_is_named() {
    let without = |action: &str| deny("").replace(&format!(r#""{action}""#), r#""backup:StartCopyJob""#);
    for action in super::OF_POINTS.into_iter().chain(super::OF_VAULT) {
        let access = of(&without(action));
        assert!(access.deletion_denied.is_false(), "{action}");
        assert_eq!(faults(&access), format!("nothing denies {action}"));
    }
}

#[test]
fn recovery_points_of_services_have_arns_that_one_of_backup_does_not_cover() {
    let partial = deny("").replace(
        r#""Resource": "*""#,
        r#""Resource": ["arn:aws:backup:*:*:recovery-point:*", "arn:aws:backup:*:*:backup-vault:*"]"#,
    );
    let access = find(with(&partial), volumes(), &Settings::default());
    assert!(access.deletion_denied.is_false());
    assert!(faults(&access).contains("recovery points of EBS"), "{}", faults(&access));
    assert!(of(&partial).deletion_denied.is_true(), "nothing of the kind is in it, nor will be");
    let covered = partial.replace(r#"["arn:aws:backup"#, r#"["arn:aws:ec2:*::snapshot/*", "arn:aws:backup"#);
    assert!(find(with(&covered), volumes(), &Settings::default()).deletion_denied.is_true());
    let mut unlisted = estate(vec![vault_of(HOME, with(&partial))]);
    unlisted.listed.retain(|listing| &*listing.kind != "AWS::Backup::BackupPlan");
    let unlisted = of_vault(&unlisted, &Settings::default(), "main").access.value().unwrap().clone();
    assert!(unlisted.deletion_denied.is_unknown(), "what else is written to it is not known");
}

#[test]
fn a_denial_on_the_vault_guards_no_recovery_point() {
    let arn = format!(r#""Resource": "{}""#, vault_arn(HOME, "main"));
    let access = of(&deny("").replace(r#""Resource": "*""#, &arn));
    assert!(access.deletion_denied.is_false());
    assert!(
        faults(&access).contains("statement `S` denies it only for Resource arn:aws:backup"),
        "{}",
        faults(&access)
    );
    assert!(!faults(&access).contains("DeleteBackupVault"), "that one is really denied: {}", faults(&access));
}

#[test]
fn names_that_are_no_actions_guard_nothing() {
    let idle = statement("Deny", r#""*""#, r#"["backup:DeleteVault", "backup:DeleteRecoveryPoint"]"#, r#""*""#, "");
    let access = of(&idle);
    assert!(access.deletion_denied.is_false());
    assert!(faults(&access).contains("backup:DeleteVault, which is no action of IAM"), "{}", faults(&access));
}

#[test]
fn wildcards_in_actions_are_not_supported_there() {
    let wild = statement("Deny", r#""*""#, r#""backup:*""#, r#""*""#, "");
    assert!(of(&wild).deletion_denied.is_unknown());
    assert!(of(&format!("{wild}, {}", deny(""))).deletion_denied.is_true());
}

#[test]
fn an_administrator_who_is_named_may_be_spared() {
    let admin = format!("arn:aws:iam::{ACCOUNT}:role/backup-admin");
    for operator in ["ArnNotEquals", "ArnNotLike", "StringNotEquals", "StringNotLike", "StringNotEqualsIfExists"] {
        assert!(of(&spares(operator, "aws:PrincipalArn", &admin)).deletion_denied.is_true(), "{operator}");
    }
    for value in [format!("arn:aws:iam::{ACCOUNT}:role/*"), format!("arn:aws:iam::{ACCOUNT}:role/backup-*")] {
        let access = of(&spares("ArnNotLike", "aws:PrincipalArn", &value));
        assert!(access.deletion_denied.is_false(), "{value} names nobody");
        let said = ["who is no named administrator", r#"only under its Condition {"ArnNotLike""#];
        assert!(said.iter().any(|said| faults(&access).contains(said)), "{}", faults(&access));
    }
    let center =
        format!("arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Backup_*");
    assert!(of(&spares("ArnNotLike", "aws:PrincipalArn", &center)).deletion_denied.is_true());
    let root = format!("arn:aws:iam::{ACCOUNT}:root");
    assert!(of(&spares("ArnNotEquals", "aws:PrincipalArn", &root)).deletion_denied.is_true());
}

#[test]
fn by_the_settings_only_their_administrators_may_be_spared() {
    let admin = format!("arn:aws:iam::{ACCOUNT}:role/backup-admin");
    let spared = with(&spares("ArnNotLike", "aws:PrincipalArn", &admin));
    let judged = |holder: &str| find(spared.clone(), Vec::new(), &administered(holder)).deletion_denied;
    assert!(judged(&admin).is_true());
    assert!(judged("arn:aws:iam::*:role/backup-*").is_true());
    assert!(judged("arn:aws:iam::*:role/other").is_false());
    assert!(judged("/ops/").is_false());
    assert!(judged("tag:duty=backup").is_unknown(), "its tags were not read");
    let of_path = with(&spares("ArnNotLike", "aws:PrincipalArn", &format!("arn:aws:iam::{ACCOUNT}:role/ops/*")));
    assert!(find(of_path, Vec::new(), &administered("/ops/")).deletion_denied.is_true());
    let tagged = with(&spares("StringNotEquals", "aws:PrincipalTag/duty", "backup"));
    assert!(find(tagged.clone(), Vec::new(), &administered("tag:duty=backup")).deletion_denied.is_true());
    assert!(find(tagged.clone(), Vec::new(), &administered("tag:duty=web")).deletion_denied.is_false());
    assert!(find(tagged, Vec::new(), &Settings::default()).deletion_denied.is_unknown());
}

#[test]
fn a_unique_id_names_one_principal_and_an_equality_with_a_wildcard_names_nobody() {
    let id = |operator: &str, value: &str| of(&spares(operator, "aws:userid", value)).deletion_denied;
    assert!(id("StringNotLike", "AROAEXAMPLEROLE12345:*").is_true());
    assert!(id("StringNotEquals", "AROAEXAMPLEROLE12345:*").is_true(), "it spares nobody");
    assert!(id("StringNotLike", "*:alice").is_false(), "whoever names the session so");
}

#[test]
fn a_denial_that_conditions_can_lift_keeps_nobody_off() {
    let mfa = |operator: &str| of(&spares(operator, "aws:MultiFactorAuthPresent", "false"));
    for operator in ["Bool", "BoolIfExists"] {
        assert!(mfa(operator).deletion_denied.is_false(), "{operator}");
    }
    assert!(faults(&mfa("Bool")).contains("aws:MultiFactorAuthPresent"));
    let insecure = of(&spares("Bool", "aws:SecureTransport", "false"));
    assert!(insecure.deletion_denied.is_false());
    let always = of(&spares("Bool", "aws:SecureTransport", "true"));
    assert!(always.deletion_denied.is_true(), "AWS Backup takes nothing else");
    assert!(of(&spares("StringEquals", "aws:RequestedRegion", HOME)).deletion_denied.is_true());
    assert!(of(&spares("StringEquals", "aws:RequestedRegion", AWAY)).deletion_denied.is_false());
    let since = of(&spares("DateGreaterThan", "aws:CurrentTime", "2020-01-01T00:00:00Z"));
    assert!(since.deletion_denied.is_unknown(), "nobody moves the clock");
    let outsiders = of(&spares("StringNotEquals", "aws:PrincipalOrgID", "o-1234567890"));
    assert!(outsiders.deletion_denied.is_unknown(), "whether the account is in that organization was not read");
    let foreign = of(&spares("StringNotEquals", "aws:PrincipalAccount", ACCOUNT));
    assert!(foreign.deletion_denied.is_false());
}

#[test]
fn a_denial_to_some_leaves_the_others() {
    let role = format!(r#"{{"AWS": "arn:aws:iam::{ACCOUNT}:role/intern"}}"#);
    let access = of(&deny("").replace(r#""Principal": "*""#, &format!(r#""Principal": {role}"#)));
    assert!(access.deletion_denied.is_false());
    assert!(faults(&access).contains("only for Principal"), "{}", faults(&access));
    let all_but = deny("").replace(r#""Principal": "*""#, &format!(r#""NotPrincipal": {role}"#));
    assert!(of(&all_but).deletion_denied.is_unknown());
}

#[test]
fn what_was_not_read_stays_unknown() {
    let unread = Vault { policy: Fact::unknown("denied"), ..vault_facts("main") };
    let access = find(unread, Vec::new(), &Settings::default());
    assert!(access.deletion_denied.is_unknown() && access.copy_in_restricted.is_unknown());
    let broken = Vault { policy: known("{"), ..vault_facts("main") };
    let access = find(broken, Vec::new(), &Settings::default());
    assert!(access.deletion_denied.is_unknown() && access.copy_in_restricted.is_unknown());
}

#[test]
fn a_template_without_an_account_is_judged_for_any() {
    let declared = |statements: &str| {
        let snapshot = template(vec![vault_of(HOME, with(statements))]);
        of_vault(&snapshot, &Settings::default(), "main").access.value().unwrap().clone()
    };
    assert!(declared(&deny("")).deletion_denied.is_true());
    assert!(
        declared(&spares("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/a"))
            .deletion_denied
            .is_true()
    );
    let account = deny("").replace(r#""Principal": "*""#, r#""Principal": {"AWS": "111122223333"}"#);
    assert!(declared(&account).deletion_denied.is_unknown(), "it may be for that account or another");
    let hole = deny("").replace(r#""Principal": "*""#, "\"Principal\": {\"AWS\": \"arn:aws:iam::\u{fffc}:root\"}");
    assert!(declared(&hole).deletion_denied.is_unknown());
}

fn copies(principal: &str, more: &str) -> VaultAccess {
    of(&statement("Allow", principal, r#""backup:CopyIntoBackupVault""#, r#""*""#, more))
}

#[test]
fn named_accounts_and_organizations_may_copy_in() {
    let none = find(vault_facts("main"), Vec::new(), &Settings::default());
    assert!(none.copy_in_restricted.is_true());
    assert!(copies(r#"{"AWS": "arn:aws:iam::444455556666:root"}"#, "").copy_in_restricted.is_true());
    let conditions = [
        r#"{"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}"#,
        r#"{"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}"#,
        r#"{"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1234567890/r-abcd/ou-abcd-12345678/*"}}"#,
        r#"{"StringEquals": {"aws:PrincipalAccount": ["444455556666", "123456789012"]}}"#,
        r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/*"}}"#,
    ];
    for condition in conditions {
        let access = copies(r#""*""#, &format!(r#", "Condition": {condition}"#));
        assert!(access.copy_in_restricted.is_true(), "{condition}: {access:?}");
    }
}

#[test]
fn anybody_may_copy_in_where_nothing_binds_them() {
    let open = copies(r#""*""#, "");
    assert!(open.copy_in_restricted.is_false());
    assert_eq!(open.copy_in_grants, Fact::known(vec!["statement `S`".to_owned()]));
    let conditions = [
        r#"{"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1234567890"}}"#,
        r#"{"StringLike": {"aws:PrincipalOrgID": "o-*"}}"#,
        r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/backup"}}"#,
        r#"{"StringEquals": {"aws:PrincipalTag/team": "backup"}}"#,
        r#"{"StringNotEquals": {"aws:PrincipalAccount": "444455556666"}}"#,
        r#"{"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-1234567890/*"}}"#,
    ];
    for condition in conditions {
        let access = copies(r#""*""#, &format!(r#", "Condition": {condition}"#));
        assert!(access.copy_in_restricted.is_false(), "{condition}: {access:?}");
    }
    let all_but = statement("Allow", r#""x""#, r#""backup:CopyIntoBackupVault""#, r#""*""#, "")
        .replace(r#""Principal": "x""#, r#""NotPrincipal": {"AWS": "444455556666"}"#);
    assert!(of(&all_but).copy_in_restricted.is_false());
}

#[test]
fn a_denial_takes_a_grant_away() {
    let allow = statement("Allow", r#""*""#, r#""backup:CopyIntoBackupVault""#, r#""*""#, "");
    let condition = r#", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1234567890"}}"#;
    let deny = statement("Deny", r#""*""#, r#""backup:CopyIntoBackupVault""#, r#""*""#, condition);
    assert!(of(&format!("{allow}, {deny}")).copy_in_restricted.is_true());
    let other = statement("Allow", r#""*""#, r#""backup:StartRestoreJob""#, r#""*""#, "");
    assert!(of(&other).copy_in_restricted.is_true(), "of other accounts, AWS Backup takes nothing else");
}

#[test]
fn conditions_of_which_nothing_is_known_leave_it_open() {
    let time = copies(r#""*""#, r#", "Condition": {"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}"#);
    assert!(time.copy_in_restricted.is_unknown());
}
