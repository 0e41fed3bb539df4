//! Multi-factor authentication on the ways to the backups: who can show it, and who cannot.

use super::access::*;
use super::build::*;
use crate::model::resource::Resource;

const WITH_MFA: &str = r#"{"Effect": "Allow", "Action": "backup:DeleteRecoveryPoint", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}"#;
const NOT_WITHOUT: &str = r#"{"Effect": "Deny", "Action": "backup:*", "Resource": "*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}"#;

fn destroys(one: Resource) -> Option<bool> {
    let name = one.name.clone();
    power(&with_vault(vec![one]), &name).destroys_backups.value().copied()
}

#[test]
fn a_session_that_nobody_makes_with_mfa_has_none() {
    let held = format!("{DELETE}, {NOT_WITHOUT}");
    let lambda = r#"{"Service": "lambda.amazonaws.com"}"#;
    let federated = r#"{"Federated": "arn:aws:iam::111122223333:saml-provider/corp"}"#;
    let people = format!(r#"{{"AWS": "{ACCOUNT}"}}"#);
    for own in [held.as_str(), WITH_MFA] {
        assert_eq!(destroys(user("ann", own)), Some(true));
        assert_eq!(destroys(role("runner", lambda, own)), Some(false), "{own}");
        assert_eq!(destroys(role("federated", federated, own)), Some(false), "the provider's word is none");
        assert_eq!(destroys(role("admin", &people, own)), None, "whether a session shows how it was made is not said");
    }
    let loose = NOT_WITHOUT.replace("BoolIfExists", "Bool");
    assert_eq!(destroys(role("runner", lambda, &format!("{DELETE}, {loose}"))), Some(false), "a session shows it");
    assert_eq!(destroys(role("admin", &people, DELETE)), Some(true));
}

#[test]
fn a_denial_with_mfa_holds_nobody_who_leaves_it_away() {
    let wrong = NOT_WITHOUT.replace(r#""false""#, r#""true""#).replace("IfExists", "");
    let ann = power(&with_vault(vec![user("ann", &format!("{DELETE}, {wrong}"))]), "ann");
    assert!(ann.destroys_backups.is_true());
    assert!(ann.needs_mfa.is_false());
}

#[test]
fn whoever_takes_somebodys_keys_has_not_their_second_factor() {
    let keys = allow("iam:CreateAccessKey", &arn("user", "bob"));
    let of = |own: &str, bob: &str| {
        let admin = role_of(
            "admin",
            &format!(
                r#"{{"Effect": "Allow", "Principal": {{"AWS": "{}"}}, "Action": "sts:AssumeRole", "Condition": {{"Bool": {{"aws:MultiFactorAuthPresent": "true"}}}}}}"#,
                arn("user", "bob")
            ),
            DELETE,
        );
        let snapshot = with_vault(vec![user("ann", own), user("bob", bob), admin]);
        power(&snapshot, "ann").escalates.value().copied()
    };
    assert_eq!(of(&keys, WITH_MFA), None, "bob's device is needed");
    assert_eq!(of(&keys, ""), None, "bob assumes the role with it");
    assert_eq!(of(&keys, DELETE), Some(true));
    let device = allow("iam:EnableMFADevice", &arn("user", "bob"));
    assert_eq!(of(&format!("{keys}, {device}"), WITH_MFA), Some(true), "ann gives bob another device");
    assert_eq!(of(&format!("{keys}, {}", allow("iam:PutUserPolicy", &arn("user", "bob"))), WITH_MFA), Some(true));
}

#[test]
fn a_role_that_a_service_runs_assumes_no_role_that_asks_for_mfa() {
    let trust = r#"{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}"#;
    let own = allow("sts:AssumeRole", "*");
    let snapshot = with_vault(vec![
        role("runner", r#"{"Service": "lambda.amazonaws.com"}"#, &own),
        user("ann", &own),
        role_of("admin", trust, DELETE),
    ]);
    assert!(power(&snapshot, "runner").escalates.is_false());
    assert!(power(&snapshot, "ann").escalates.is_true());
}

#[test]
fn a_service_comes_in_without_the_second_factor_that_people_are_asked_for() {
    let trust = |more: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": "{ACCOUNT}"}}, "Action": "sts:AssumeRole", "Condition": {{"Bool": {{"aws:MultiFactorAuthPresent": "true"}}}}}}{more}"#
        )
    };
    let lambda =
        r#", {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}"#;
    let backup = lambda.replace("lambda", "backup");
    let of = |more: &str| power(&with_vault(vec![role_of("admin", &trust(more), DELETE)]), "admin").needs_mfa;
    assert!(of("").is_true());
    assert!(of(lambda).is_unknown());
    assert!(of(&backup).is_true(), "it does its own work alone");
}

#[test]
fn a_role_may_come_in_without_the_second_factor_that_users_are_asked_for() {
    let trust = |more: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": "{}"}}, "Action": "sts:AssumeRole", "Condition": {{"Bool": {{"aws:MultiFactorAuthPresent": "true"}}}}}}{more}"#,
            arn("user", "ann")
        )
    };
    let of = |more: &str| power(&with_vault(vec![role_of("admin", &trust(more), DELETE)]), "admin").needs_mfa;
    let ci = format!(
        r#", {{"Effect": "Allow", "Principal": {{"AWS": "{}"}}, "Action": "sts:AssumeRole"}}"#,
        arn("role", "ci")
    );
    let asked = ci.replace(
        r#""sts:AssumeRole""#,
        r#""sts:AssumeRole", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#,
    );
    assert!(of("").is_true());
    assert!(of(&ci).is_unknown());
    assert!(of(&asked).is_true());
}

#[test]
fn a_password_alone_may_open_nothing() {
    let of = |action: &str| {
        let snapshot = with_vault(vec![user("ann", &allow(action, &arn("user", "bob"))), user("bob", DELETE)]);
        power(&snapshot, "ann").escalates.value().copied()
    };
    assert_eq!(of("iam:CreateAccessKey"), Some(true));
    assert_eq!(of("iam:UpdateLoginProfile"), None, "bob may have no password, or a second factor");
    assert_eq!(of("iam:CreateLoginProfile"), None, "bob may have one");
    let new = |action: &str| {
        let own = ["iam:CreateUser", "iam:PutUserPolicy", action]
            .map(|action| allow(action, &arn("user", "new-*")))
            .join(", ");
        power(&with_vault(vec![user("ann", &own)]), "ann").escalates.value().copied()
    };
    assert_eq!(new("iam:CreateLoginProfile"), Some(true));
    assert_ne!(new("iam:UpdateLoginProfile"), Some(true), "somebody new has no password to change");
}

#[test]
fn whoever_takes_the_question_for_mfa_away_without_it_may_not_need_it() {
    let of = |more: &str| {
        let own = format!("{DELETE}, {NOT_WITHOUT}, {more}");
        power(&with_vault(vec![user("ann", &own)]), "ann").needs_mfa
    };
    assert!(of(&allow("s3:ListBucket", "*")).is_true());
    assert!(of(&allow("*", "*")).is_unknown(), "ann takes the denial away first");
    let forced = r#"{"Effect": "Deny", "NotAction": ["iam:EnableMFADevice", "sts:GetSessionToken"], "Resource": "*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}"#;
    assert!(of(&format!("{}, {forced}", allow("*", "*"))).is_true());
}
