//! Which kind of policy limits what, beyond the documented cases.

use crate::iam::{Answer, Attachment, Context, HOLE, Lack, Layer, Open, Principal, Provenance, ServiceRule, Truth};

use super::estate::{ALL, DENIED, Estate, KEY, NO, OBJECT, ROLE, USER, VAULT};

const READ: &str = "s3:GetObject";

fn aws(who: &str) -> String {
    format!(r#"{{"AWS": "{who}"}}"#)
}

#[test]
fn the_statements_that_decide_are_named() {
    let deny = r#"{"Sid": "NoDeletion", "Effect": "Deny", "Action": "backup:Delete*", "Resource": "*"}"#;
    let denied =
        Estate::new(USER).identity(ALL).scp(&format!("{ALL}, {deny}")).decide("backup:DeleteBackupVault", VAULT);
    assert_eq!(denied.answer, DENIED);
    let [ground] = denied.grounds.as_slice() else { panic!("{:?}", denied.grounds) };
    assert_eq!((ground.layer, &*ground.policy, ground.statement), (Layer::ServiceControl(0), "scp", Some(1)));
    assert_eq!(ground.sid.as_deref(), Some("NoDeletion"));
    let allowed = Estate::new(USER).identity(ALL).decide(READ, OBJECT);
    assert_eq!(allowed.answer, Answer::Yes);
    assert_eq!(allowed.grounds.len(), 1);
    assert_eq!(allowed.lacks, []);
    let lacking = Estate::new(USER).identity(ALL).scp(r#"{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}"#);
    assert_eq!(lacking.decide(READ, OBJECT).lacks, [Lack::Layer(Layer::ServiceControl(0))]);
    let direct = Estate::new(USER).allowing(&aws(USER)).decide(READ, OBJECT);
    assert_eq!((direct.answer, direct.lacks.len()), (Answer::Yes, 0), "no identity policy is needed");
}

#[test]
fn what_is_left_over_is_named_with_who_settles_it() {
    let mut estate = Estate::new(USER).identity(
        r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*",
            "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "StringEquals": {"aws:username": "alice"}}}"#,
    );
    estate.context = Context::open();
    let decision = estate.decide(READ, OBJECT);
    assert_eq!(decision.answer, Answer::Conditional);
    let [residual] = decision.residuals()[..] else { panic!("{decision:?}") };
    assert_eq!((&*residual.operator, &*residual.key), ("Bool", "aws:MultiFactorAuthPresent"));
    assert_eq!((&*residual.values[0], residual.provenance), ("true", Provenance::Environment));
    assert!(estate.ask(READ, OBJECT, |request, layers| estate.library.needs_mfa(request, layers)));
    let plain = Estate::new(USER).identity(ALL);
    assert!(!plain.ask(READ, OBJECT, |request, layers| plain.library.needs_mfa(request, layers)));
}

#[test]
fn a_role_without_a_session_may_be_in_any() {
    let session = aws("arn:aws:sts::111122223333:assumed-role/admin/alice");
    let estate = Estate::new(ROLE).allowing(&session);
    let decision = estate.decide(READ, OBJECT);
    assert_eq!(decision.answer, Answer::Conditional);
    assert_eq!(decision.grounds[0].open, [Open::Principal]);
    let mut alice = Estate::new(ROLE).allowing(&session);
    alice.principal = alice.principal.in_session("alice");
    assert_eq!(alice.answer(READ, OBJECT), Answer::Yes);
    assert_eq!(
        Estate::new("arn:aws:sts::111122223333:assumed-role/admin/bob").allowing(&session).answer(READ, OBJECT),
        NO
    );
}

#[test]
fn everybody_is_everybody() {
    for principal in [USER, ROLE, "", "backup.amazonaws.com"] {
        assert_eq!(Estate::new(principal).allowing(r#""*""#).answer(READ, OBJECT), Answer::Yes, "{principal}");
    }
    let bounded =
        Estate::new(ROLE).allowing(r#""*""#).boundary(r#"{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}"#);
    assert_eq!(bounded.answer(READ, OBJECT), Answer::Yes, "only an explicit deny of the boundary limits it");
}

#[test]
fn services_and_providers_are_named_by_their_own_names() {
    let backup = r#"{"Service": "backup.amazonaws.com"}"#;
    assert_eq!(Estate::new("backup.amazonaws.com").allowing(backup).answer(READ, OBJECT), Answer::Yes);
    assert_eq!(Estate::new("s3.amazonaws.com").allowing(backup).answer(READ, OBJECT), NO);
    let regional = Estate::new("backup.eu-west-1.amazonaws.com").allowing(backup);
    assert_eq!(regional.answer(READ, OBJECT), Answer::Conditional);
    let provider = "arn:aws:iam::111122223333:saml-provider/corp";
    let mut estate = Estate::new("").allowing(&format!(r#"{{"Federated": "{provider}"}}"#));
    assert_eq!(estate.answer("sts:AssumeRoleWithSAML", ROLE), NO);
    estate.principal = Principal::provider(provider);
    assert_eq!(estate.answer("sts:AssumeRoleWithSAML", ROLE), Answer::Yes);
    assert_eq!(Estate::new(USER).allowing(backup).answer(READ, OBJECT), NO);
}

#[test]
fn an_id_without_an_arn_means_only_the_one_who_bears_it() {
    let named = aws("AROAEXAMPLEEXAMPLE123");
    assert_eq!(Estate::new(ROLE).allowing(&named).answer(READ, OBJECT), Answer::Conditional);
    let mut estate = Estate::new(ROLE).allowing(&named);
    estate.principal = Principal::of_arn(ROLE).unwrap().with_unique_id("AROAANOTHEREXAMPLE456");
    assert_eq!(estate.answer(READ, OBJECT), NO);
    estate.principal = Principal::of_arn(ROLE).unwrap().with_unique_id("AROAEXAMPLEEXAMPLE123");
    assert_eq!(estate.answer(READ, OBJECT), Answer::Yes);
}

#[test]
fn names_that_a_template_leaves_open_may_be_the_same() {
    let open = format!("arn:aws:iam::{HOLE}:root");
    let root = aws(&open);
    assert_eq!(Estate::new(USER).identity(ALL).allowing(&root).answer("kms:Decrypt", KEY), Answer::Conditional);
    assert_eq!(Estate::new(USER).allowing(&root).answer("kms:Decrypt", KEY), NO, "an account only delegates");
    let role = aws(&format!("arn:aws:iam::{HOLE}:role/ops/admin"));
    assert_eq!(Estate::new(ROLE).allowing(&role).answer(READ, OBJECT), Answer::Conditional);
    assert_eq!(Estate::new(ROLE).allowing(&role.replace("admin", "other")).answer(READ, OBJECT), NO);
    let declared = format!("arn:aws:iam::{HOLE}:role/ops/admin");
    assert_eq!(
        Estate::new(&declared).identity(ALL).answer(READ, OBJECT),
        Answer::Conditional,
        "it may be of another account"
    );
    assert_eq!(Estate::new(&declared).identity(ALL).allowing(&aws(ROLE)).answer(READ, OBJECT), Answer::Conditional);
    assert_eq!(Estate::new(&declared).allowing(&aws(USER)).answer(READ, OBJECT), NO);
}

#[test]
fn part_of_a_name_is_not_matched_by_a_wildcard() {
    assert_eq!(
        Estate::new(ROLE).allowing(&aws("arn:aws:iam::111122223333:role/*")).answer(READ, OBJECT),
        Answer::Conditional
    );
}

#[test]
fn all_but_some_spares_those_whose_every_name_is_listed() {
    let deny = |who: &str| {
        let statement =
            format!(r#"{{"Effect": "Deny", "NotPrincipal": {{"AWS": [{who}]}}, "Action": "*", "Resource": "*"}}"#);
        Estate::new(USER).identity(ALL).policy(&statement).answer(READ, OBJECT)
    };
    let account = "\"arn:aws:iam::111122223333:root\"";
    assert_eq!(deny(&format!("\"{USER}\", {account}")), Answer::Yes);
    assert_eq!(deny(&format!("\"{USER}\"")), Answer::Conditional, "the account may be checked first");
    assert_eq!(deny("\"arn:aws:iam::444455556666:root\""), DENIED);
    let statement = format!(
        r#"{{"Effect": "Deny", "NotPrincipal": {{"AWS": ["{USER}", {account}]}}, "Action": "*", "Resource": "*"}}"#
    );
    assert_eq!(Estate::new(USER).identity(ALL).boundary(ALL).policy(&statement).answer(READ, OBJECT), DENIED);
}

#[test]
fn the_root_user_needs_no_policy_but_scps_and_resources_bind_it() {
    let root = "arn:aws:iam::111122223333:root";
    assert_eq!(Estate::new(root).answer(READ, OBJECT), Answer::Yes);
    assert_eq!(
        Estate::new(root).scp(r#"{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}"#).answer(READ, OBJECT),
        NO
    );
    assert_eq!(Estate::new(root).owned_by(Some("444455556666")).answer(READ, OBJECT), NO);
    let deny = r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}"#;
    assert_eq!(Estate::new(root).policy(deny).answer(READ, OBJECT), DENIED);
    assert_eq!(
        Estate::new(root).allowing(&aws(ROLE)).answer("kms:Decrypt", KEY),
        NO,
        "a key's policy must name its account"
    );
}

#[test]
fn a_federated_session_has_what_was_asked_for_with_its_token() {
    let federated = "arn:aws:sts::111122223333:federated-user/alice";
    let mut estate = Estate::new(federated).identity(ALL);
    assert_eq!(estate.answer(READ, OBJECT), Answer::Conditional);
    let asked = estate.attach("session", ALL);
    estate.session = Some(vec![asked]);
    assert_eq!(estate.answer(READ, OBJECT), Answer::Yes);
    assert_eq!(Estate::new(federated).allowing(&aws(federated)).answer(READ, OBJECT), Answer::Yes);
    assert_eq!(Estate::new(federated).allowing(&aws(USER)).answer(READ, OBJECT), Answer::Conditional);
}

#[test]
fn an_unknown_owner_is_decided_only_where_both_accounts_agree() {
    assert_eq!(Estate::new(USER).identity(ALL).owned_by(None).answer(READ, OBJECT), Answer::Conditional);
    assert_eq!(Estate::new(USER).identity(ALL).allowing(r#""*""#).owned_by(None).answer(READ, OBJECT), Answer::Yes);
    assert_eq!(Estate::new(USER).owned_by(None).answer(READ, OBJECT), NO);
}

#[test]
fn across_accounts_both_sides_must_allow_and_limits_hold() {
    let away = |estate: Estate| estate.owned_by(Some("444455556666")).answer(READ, OBJECT);
    assert_eq!(away(Estate::new(ROLE).identity(ALL).allowing(&aws(ROLE))), Answer::Yes);
    assert_eq!(away(Estate::new(ROLE).allowing(r#""*""#)), NO);
    let boundary = r#"{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}"#;
    assert_eq!(away(Estate::new(ROLE).identity(ALL).boundary(boundary).allowing(r#""*""#)), NO);
}

#[test]
fn service_control_policies_spare_whom_they_do_not_bind() {
    let nothing = r#"{"Effect": "Deny", "Action": "*", "Resource": "*"}"#;
    let mut estate = Estate::new(USER).identity(ALL).scp(nothing);
    assert_eq!(estate.answer(READ, OBJECT), DENIED);
    estate.in_management_account = Truth::Maybe;
    assert_eq!(estate.answer(READ, OBJECT), Answer::Conditional);
    estate.in_management_account = Truth::Yes;
    assert_eq!(estate.answer(READ, OBJECT), Answer::Yes);
    let linked = "arn:aws:iam::111122223333:role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup";
    assert_eq!(Estate::new(linked).identity(ALL).scp(nothing).answer(READ, OBJECT), Answer::Yes);
    let for_service = "arn:aws:iam::111122223333:role/service-role/AWSBackupDefaultServiceRole";
    assert_eq!(Estate::new(for_service).identity(ALL).scp(nothing).answer(READ, OBJECT), DENIED);
    assert_eq!(Estate::new("backup.amazonaws.com").allowing(r#""*""#).scp(nothing).answer(READ, OBJECT), Answer::Yes);
}

#[test]
fn resource_control_policies_bind_the_services_that_are_listed() {
    let deny = r#"{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}"#;
    let estate = |principal: &str| Estate::new(principal).identity(ALL).allowing(r#""*""#).rcp(deny);
    assert_eq!(estate(USER).answer(READ, OBJECT), DENIED);
    assert_eq!(estate("backup.amazonaws.com").answer(READ, OBJECT), DENIED);
    assert_eq!(estate(USER).answer("kms:Decrypt", KEY), DENIED);
    assert_eq!(estate(USER).answer("kms:RetireGrant", KEY), Answer::Yes);
    assert_eq!(estate(USER).answer("ec2:DeleteSnapshot", "arn:aws:ec2:eu-west-1::snapshot/snap-1"), Answer::Yes);
    let linked = "arn:aws:iam::111122223333:role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup";
    assert_eq!(estate(linked).answer(READ, OBJECT), Answer::Yes);
}

#[test]
fn a_key_is_ruled_by_its_policy_and_its_grants() {
    let root = aws("arn:aws:iam::111122223333:root");
    assert_eq!(Estate::new(USER).identity(ALL).answer("kms:Decrypt", KEY), NO);
    assert_eq!(Estate::new(USER).identity(ALL).allowing(&root).answer("kms:Decrypt", KEY), Answer::Yes);
    assert_eq!(Estate::new(USER).identity(ALL).answer("kms:ListKeys", "*"), Answer::Yes, "no key is asked about");
    let alias = "arn:aws:kms:eu-west-1:111122223333:alias/backups";
    assert_eq!(Estate::new(USER).identity(ALL).answer("kms:DeleteAlias", alias), Answer::Yes, "an alias has no policy");
    let mut granted = Estate::new(USER).allowing(&root);
    assert_eq!(granted.answer("kms:Decrypt", KEY), NO);
    granted.granted = Truth::Maybe;
    assert_eq!(granted.answer("kms:Decrypt", KEY), Answer::Conditional, "a grant may allow it");
    let for_services = r#"{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:CreateGrant", "Resource": "*",
        "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}}"#;
    let mut estate = Estate::new(USER).policy(for_services);
    assert_eq!(estate.answer("kms:CreateGrant", KEY), NO);
    estate.context = estate.context.with("kms:GrantIsForAWSResource", "true");
    assert_eq!(estate.answer("kms:CreateGrant", KEY), Answer::Yes);
}

#[test]
fn aws_backup_takes_nothing_of_other_accounts_but_copies() {
    let estate = || Estate::new(USER).identity(ALL).allowing(r#""*""#).owned_by(Some("444455556666"));
    let decision = estate().decide("backup:DeleteBackupVault", VAULT);
    assert_eq!((decision.answer, decision.lacks), (NO, vec![Lack::Rule(ServiceRule::BackupCrossAccount)]));
    assert_eq!(estate().answer("backup:CopyIntoBackupVault", VAULT), Answer::Yes);
    let mut shared = estate();
    shared.granted = Truth::Maybe;
    assert_eq!(shared.answer("backup:StartRestoreJob", VAULT), Answer::Conditional, "a vault may be shared by AWS RAM");
}

#[test]
fn service_linked_roles_and_managed_policies_are_changed_by_aws_alone() {
    let admin = Estate::new(USER).identity(ALL);
    let linked = "arn:aws:iam::111122223333:role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup";
    assert_eq!(admin.answer("iam:PutRolePolicy", linked), NO);
    assert_eq!(admin.answer("iam:PutRolePolicy", ROLE), Answer::Yes);
    let managed = Estate::new(USER).identity(ALL).owned_by(Some("aws"));
    assert_eq!(managed.answer("iam:CreatePolicyVersion", "arn:aws:iam::aws:policy/ReadOnlyAccess"), NO);
}

#[test]
fn a_public_bucket_that_is_restricted_is_shut_to_other_accounts() {
    let asked = |principal: &str, statements: &str, restrict: Truth, owner: &'static str| {
        let mut estate = Estate::new(principal).identity(ALL).policy(statements).owned_by(Some(owner));
        estate.restrict_public = restrict;
        estate.answer(READ, OBJECT)
    };
    let allow = |principal: &str, condition: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "s3:*", "Resource": "*", "Condition": {condition}}}"#
        )
    };
    let (open, away) = (allow(r#""*""#, "{}"), "444455556666");
    assert_eq!(asked(USER, &open, Truth::No, away), Answer::Yes);
    assert_eq!(asked(USER, &open, Truth::Yes, away), NO);
    assert_eq!(asked(USER, &open, Truth::Maybe, away), Answer::Conditional);
    assert_eq!(asked(USER, &open, Truth::Yes, "111122223333"), Answer::Yes);
    assert_eq!(asked("", &open, Truth::Yes, "111122223333"), NO);
    assert_eq!(asked("backup.amazonaws.com", &open, Truth::Yes, away), Answer::Yes);
    let both = format!("{open}, {}", allow(&aws(USER), "{}"));
    assert_eq!(asked(USER, &both, Truth::Yes, away), NO, "one public statement makes the whole policy public");
    assert_eq!(asked(USER, &allow(&aws(USER), "{}"), Truth::Yes, away), Answer::Yes);
    let fixed = |condition: &str| {
        let mut estate = Estate::new(USER).identity(ALL).policy(&allow(r#""*""#, condition)).owned_by(Some(away));
        estate.restrict_public = Truth::Yes;
        estate.context = Context::whole().with("aws:SourceVpc", "vpc-1").with("aws:SourceIp", "10.1.1.1");
        estate.answer(READ, OBJECT)
    };
    assert_eq!(fixed(r#"{"StringEquals": {"aws:SourceVpc": "vpc-1"}}"#), Answer::Yes);
    assert_eq!(fixed(r#"{"StringLike": {"aws:SourceVpc": "vpc-*"}}"#), NO);
    assert_eq!(fixed(r#"{"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#), Answer::Yes);
    assert_eq!(fixed(r#"{"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}"#), NO);
    assert_eq!(fixed(r#"{"StringNotEquals": {"aws:SourceVpc": "vpc-2"}}"#), NO);
}

#[test]
fn statements_that_do_not_belong_where_they_are_decide_nothing() {
    let with_principal = r#"{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}"#;
    assert_eq!(Estate::new(USER).identity(with_principal).answer(READ, OBJECT), Answer::Conditional);
    assert_eq!(Estate::new(USER).policy(ALL).answer(READ, OBJECT), Answer::Conditional);
    let without_resource = r#"{"Effect": "Allow", "Action": "*"}"#;
    assert_eq!(Estate::new(USER).identity(without_resource).answer(READ, OBJECT), Answer::Conditional);
    let without_keys = r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {}}}"#;
    assert_eq!(Estate::new(USER).identity(without_keys).answer(READ, OBJECT), Answer::Conditional);
    let trust = format!(r#"{{"Effect": "Allow", "Principal": {}, "Action": "sts:AssumeRole"}}"#, aws(USER));
    assert_eq!(Estate::new(USER).policy(&trust).answer("sts:AssumeRole", ROLE), Answer::Yes);
}

#[test]
fn a_refused_document_leaves_open_what_it_could_decide() {
    let mut estate = Estate::new(USER);
    let refused = estate
        .library
        .add(r#"{"Version": "2012-10-17", "Statement": {"Effect": "allow", "Action": "*", "Resource": "*"}}"#);
    estate.identity.push(Attachment::new("refused", refused));
    let decision = estate.decide(READ, OBJECT);
    assert_eq!(decision.answer, Answer::Conditional);
    assert_eq!(decision.grounds[0].open, [Open::Policy]);
}

#[test]
fn the_older_version_has_no_variables() {
    let old = r#"{"Version": "2008-10-17", "Statement":
        {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::backups/${aws:username}"}}"#;
    let condition = r#"{"Version": "2008-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"StringLike": {"s3:prefix": "${aws:username}"}}}}"#;
    for old in [old, condition] {
        for (text, answer) in [(old.to_owned(), NO), (old.replace("2008-10-17", "2012-10-17"), Answer::Yes)] {
            let mut estate = Estate::new(USER);
            let id = estate.library.add(&text);
            estate.identity.push(Attachment::new("policy", id));
            estate.context = estate.context.with("s3:prefix", "alice");
            assert_eq!(estate.answer(READ, "arn:aws:s3:::backups/alice"), answer, "{text}");
        }
    }
}

#[test]
fn candidates_are_what_the_policies_may_let_through() {
    let backups = r#"{"Effect": "Allow", "Action": "backup:*", "Resource": "*"}"#;
    let estate =
        Estate::new(USER).identity(ALL).boundary(&format!("{backups}, {}", backups.replace("backup:*", "s3:*")));
    let found = |estate: &Estate| {
        let set = estate.library.candidates(&estate.principal, &estate.layers());
        set.iter().filter_map(|number| Some(estate.library.actions().get(number)?.name())).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(found(&estate), "s3:GetObject backup:DeleteBackupVault");
    assert_eq!(found(&estate.scp(backups)), "backup:DeleteBackupVault");
    let mut unread = Estate::new(USER);
    unread.identity.push(Attachment::unread("inline policies"));
    assert_eq!(found(&unread), "s3:GetObject backup:DeleteBackupVault kms:Decrypt");
    assert_eq!(found(&Estate::new(USER)), "");
    let read = r#"{"Effect": "Allow", "Principal": "*", "Action": "s3:Get*", "Resource": "*"}"#;
    assert_eq!(found(&Estate::new(USER).policy(read)), "s3:GetObject");
    assert_eq!(found(&Estate::new(USER).policy(read).scp(backups)), "");
}
