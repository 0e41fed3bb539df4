//! Which roles over backups act for outsiders.

use super::*;

fn service(name: &str, condition: &str) -> String {
    let condition = if condition.is_empty() { String::new() } else { format!(r#", "Condition": {condition}"#) };
    format!(
        r#"{{"Effect": "Allow", "Principal": {{"Service": "{name}.amazonaws.com"}}, "Action": "sts:AssumeRole"{condition}}}"#
    )
}

/// Of a role that trusts this.
fn of(trust: &str, statements: &str) -> Power {
    power(&with_vault(vec![role_of("ops", trust, statements)]), "ops")
}

fn equals(key: &str, value: &str) -> String {
    format!(r#"{{"StringEquals": {{"{key}": "{value}"}}}}"#)
}

fn like(operator: &str, value: &str) -> String {
    format!(r#"{{"{operator}": {{"aws:SourceArn": "{value}"}}}}"#)
}

#[test]
fn a_service_that_says_for_whom_it_works_is_asked_for_it_where_backups_are_at_stake() {
    for name in ["datasync", "dlm", "rds", "scheduler", "ssm", "states"] {
        let ops = of(&service(name, ""), DELETE);
        assert!(ops.serves_outsiders.is_true(), "{name}");
        assert_eq!(told(&ops.outsiders), [format!("{name}.amazonaws.com for any account")]);
    }
    for name in ["backup", "s3", "lambda", "ec2", "cloudformation"] {
        assert!(of(&service(name, ""), DELETE).serves_outsiders.is_false(), "{name} knows no such condition");
    }
    assert!(of(&service("states", ""), "").serves_outsiders.is_false(), "it cannot destroy anything");
    assert!(of(&service("states.eu-west-1", ""), DELETE).serves_outsiders.is_true(), "its name in a Region");
    assert!(of(&service("dlm", ""), "").serves_outsiders.is_true(), "its work is to delete snapshots");
}

#[test]
fn account_organization_or_source_guard_it() {
    let own = format!("arn:aws:dlm:*:{ACCOUNT}:policy/*");
    let guards = [
        equals("aws:SourceAccount", ACCOUNT),
        equals("AWS:sourceaccount", ACCOUNT),
        equals("aws:SourceOrgID", "o-1"),
        like("ArnLike", &own),
        like("StringLike", &own),
        like("ArnEquals", &format!("arn:aws:dlm:eu-west-1:{ACCOUNT}:policy/policy-1")),
    ];
    for guard in guards {
        assert!(of(&service("dlm", &guard), "").serves_outsiders.is_false(), "{guard}");
    }
    let denies = format!(
        r#"{}, {{"Effect": "Deny", "Principal": {{"Service": "dlm.amazonaws.com"}}, "Action": "sts:AssumeRole",
            "Condition": {{"StringNotEquals": {{"aws:SourceAccount": "{ACCOUNT}"}}}}}}"#,
        service("dlm", "")
    );
    assert!(of(&denies, "").serves_outsiders.is_false());
}

#[test]
fn conditions_that_any_account_meets_guard_nothing() {
    let guards = [
        like("ArnLike", "arn:aws:dlm:*:*:policy/*"),
        like("StringLike", "arn:aws:dlm:*"),
        like("ArnLike", "arn:aws:dlm:eu-west-1:????????????:policy/*"),
        r#"{"StringLike": {"aws:SourceAccount": "*"}}"#.to_owned(),
        r#"{"StringNotEquals": {"aws:SourceAccount": "444455556666"}}"#.to_owned(),
    ];
    for guard in guards {
        assert!(of(&service("dlm", &guard), "").serves_outsiders.is_true(), "{guard}");
    }
}

#[test]
fn a_guard_that_is_not_known_is_open() {
    let hole = crate::iam::HOLE;
    for guard in
        [equals("aws:SourceAccount", &hole.to_string()), like("ArnLike", &format!("arn:aws:dlm:*:{hole}:policy/*"))]
    {
        assert!(of(&service("dlm", &guard), "").serves_outsiders.is_unknown(), "{guard}");
    }
    assert!(of(&service("dlm", &like("StringLike", "*:policy/*")), "").serves_outsiders.is_unknown());
    assert!(of(&service("dlm", &equals("aws:RequestedRegion", "eu-west-1")), "").serves_outsiders.is_unknown());
    let mut ops = role_of("ops", &service("dlm", ""), DELETE);
    let Facts::Role(facts) = &mut ops.facts else { panic!("a role") };
    facts.trust = Fact::unknown("denied");
    assert!(power(&with_vault(vec![ops]), "ops").serves_outsiders.is_unknown());
}

#[test]
fn a_role_that_anybody_may_assume_serves_outsiders_if_it_destroys_backups() {
    let anybody = |condition: &str| {
        let condition = if condition.is_empty() { String::new() } else { format!(r#", "Condition": {condition}"#) };
        format!(
            r#"{{"Sid": "All", "Effect": "Allow", "Principal": {{"AWS": "*"}}, "Action": "sts:AssumeRole"{condition}}}"#
        )
    };
    let ops = of(&anybody(""), DELETE);
    assert!(ops.serves_outsiders.is_true());
    assert_eq!(told(&ops.outsiders), ["anybody of any account (statement `All`)"]);
    assert!(of(&anybody(""), "").serves_outsiders.is_false());
    for guard in [
        equals("aws:PrincipalOrgID", "o-1"),
        equals("aws:PrincipalAccount", ACCOUNT),
        equals("sts:ExternalId", "agreed"),
        format!(r#"{{"ArnLike": {{"aws:PrincipalArn": "arn:aws:iam::{ACCOUNT}:role/*"}}}}"#),
    ] {
        assert!(of(&anybody(&guard), DELETE).serves_outsiders.is_false(), "{guard}");
    }
    let every_admin = r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}"#;
    assert!(of(&anybody(every_admin), DELETE).serves_outsiders.is_true(), "every account may have a role of that name");
}

/// A trust policy that lets in whoever is named.
fn lets_in(whom: &str, condition: &str) -> String {
    let condition = if condition.is_empty() { String::new() } else { format!(r#", "Condition": {condition}"#) };
    format!(r#"{{"Effect": "Allow", "Principal": {{"AWS": "{whom}"}}, "Action": "sts:AssumeRole"{condition}}}"#)
}

#[test]
fn another_account_as_a_whole_may_be_a_strangers_unless_it_is_known_or_an_external_id_was_agreed_on() {
    let root = format!("arn:aws:iam::{OTHER_ACCOUNT}:root");
    for whom in [OTHER_ACCOUNT, &root] {
        assert!(of(&lets_in(whom, ""), "").serves_outsiders.is_false(), "it destroys nothing");
        let open = of(&lets_in(whom, ""), DELETE).serves_outsiders;
        let cure = open.reasons().unwrap().into_iter().next().unwrap().cure.clone();
        assert_eq!(cure, Some(crate::model::fact::Cure::Setting("backup-administrators".to_owned())), "{whom}");
        for guard in [equals("sts:ExternalId", "agreed"), equals("aws:PrincipalOrgID", "o-1")] {
            assert!(of(&lets_in(whom, &guard), DELETE).serves_outsiders.is_false(), "{whom}: {guard}");
        }
        let snapshot = with_vault(vec![role_of("ops", &lets_in(whom, ""), DELETE)]);
        let recovery = Settings { recovery_accounts: vec![OTHER_ACCOUNT.to_owned()], ..Settings::default() };
        let named = Holder::Arn(format!("arn:aws:iam::{OTHER_ACCOUNT}:*"));
        let administered = Settings { backup_administrators: Some(vec![named]), ..Settings::default() };
        for settings in [recovery, administered] {
            assert!(both(&snapshot, &settings, "ops").0.serves_outsiders.is_false(), "{whom}");
        }
    }
    for whom in [ACCOUNT, &format!("arn:aws:iam::{OTHER_ACCOUNT}:role/backup-administrator")] {
        assert!(of(&lets_in(whom, ""), DELETE).serves_outsiders.is_false(), "{whom}");
    }
}

#[test]
fn users_and_service_linked_roles_serve_nobody_else() {
    assert!(power(&with_vault(vec![user("ann", DELETE)]), "ann").serves_outsiders.is_false());
    let linked = role_of("aws-service-role/ssm.amazonaws.com/AWSServiceRoleForAmazonSSM", &service("ssm", ""), DELETE);
    let name = linked.name.clone();
    assert!(power(&with_vault(vec![linked]), &name).serves_outsiders.is_false());
}

#[test]
fn a_trust_policy_that_was_not_read_leaves_it_open_whatever_the_role_may_do() {
    for (trust, statements) in [(Fact::unknown("denied"), ""), (Fact::unknown("denied"), DELETE)] {
        let facts = Principal { trust, ..facts(statements) };
        let ops = live("global", "AWS::IAM::Role", &arn("role", "ops"), "ops", Facts::Role(Box::new(facts)));
        assert!(power(&with_vault(vec![ops]), "ops").serves_outsiders.is_unknown(), "it may be one of `dlm`");
    }
    let open = r#"{"Effect": "Allow", "Principal": {"CanonicalUser": "79a59d"}, "Action": "sts:AssumeRole"}"#;
    assert!(of(open, "").serves_outsiders.is_unknown());
}

#[test]
fn a_provider_that_vouches_for_everybody_is_asked_for_whom() {
    let of = |host: &str, condition: &str, statements: &str| {
        let provider = arn("oidc-provider", host);
        let trust = format!(
            r#"{{"Effect": "Allow", "Principal": {{"Federated": "{provider}"}}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": {{{condition}}}}}"#
        );
        of(&trust, statements).serves_outsiders.value().copied()
    };
    let github = "token.actions.githubusercontent.com";
    let aud = r#""StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}"#;
    let sub = |operator: &str, value: &str| {
        format!(r#"{aud}, "{operator}": {{"token.actions.githubusercontent.com:sub": "{value}"}}"#)
    };
    assert_eq!(of(github, aud, DELETE), None, "every workflow on GitHub has this audience");
    assert_eq!(of(github, &sub("StringLike", "repo:*"), DELETE), None);
    assert_eq!(of(github, &sub("ForAllValues:StringLike", "repo:acme/*"), DELETE), None);
    assert_eq!(of(github, &sub("StringLike", "repo:acme/*"), DELETE), Some(false));
    assert_eq!(of(github, aud, ""), Some(false), "it destroys nothing");
    assert_eq!(of("oidc.eks.eu-west-1.amazonaws.com/id/ABC", "", DELETE), Some(false), "a cluster of one's own");
}

#[test]
fn a_vendor_comes_in_with_the_external_id_that_was_agreed_on() {
    let of = |condition: &str| {
        let trust = format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::{OTHER_ACCOUNT}:root"}}, "Action": "sts:AssumeRole"{condition}}}"#
        );
        of(&trust, DELETE).serves_outsiders.value().copied()
    };
    let with = |operator: &str, value: &str| {
        of(&format!(r#", "Condition": {{"{operator}": {{"sts:ExternalId": "{value}"}}}}"#))
    };
    assert_eq!(with("StringEquals", "a7f3"), Some(false));
    assert_eq!(with("StringLike", "*"), None, "anything is one");
    assert_eq!(of(""), None, "the account may be one's own");
    let tags = format!(
        r#"{{"Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::{OTHER_ACCOUNT}:root"}}, "Action": "sts:TagSession"}}"#
    );
    let ops = super::deputies::of(&tags, DELETE);
    assert!(ops.serves_outsiders.is_false() && ops.destroys_backups.is_false(), "nobody comes in");
}
