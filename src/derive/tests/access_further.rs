//! Ways to the backups over what runs already, over other accounts, and over what AWS keeps for itself.

use super::access::*;
use super::access_ways::{escalates, surely};
use super::build::*;
use crate::model::fact::Fact;
use crate::model::resource::{Facts, Resource};
use crate::model::snapshot::{Listing, Snapshot};

fn service(name: &str) -> String {
    format!(r#"{{"Service": "{name}"}}"#)
}

fn found(snapshot: &Snapshot) -> Option<bool> {
    escalates(snapshot, "ann").0
}

#[test]
fn what_runs_already_may_run_as_a_role_that_destroys() {
    let of = |name: &str, action: &str| {
        found(&with_vault(vec![user("ann", &allow(action, "*")), role("admin", &service(name), DELETE)]))
    };
    for (name, action) in [
        ("lambda.amazonaws.com", "lambda:UpdateFunctionCode"),
        ("ec2.amazonaws.com", "ssm:SendCommand"),
        ("ec2.amazonaws.com", "ssm:StartSession"),
        ("ec2.amazonaws.com", "ec2:CreateLaunchTemplateVersion"),
        ("ec2.amazonaws.com", "codedeploy:CreateDeployment"),
        ("ec2.amazonaws.com", "elasticmapreduce:AddJobFlowSteps"),
        ("ecs-tasks.amazonaws.com", "batch:SubmitJob"),
        ("glue.amazonaws.com", "glue:StartJobRun"),
        ("ec2.amazonaws.com.cn", "ssm:StartSession"),
        ("states.eu-west-1.amazonaws.com", "states:UpdateStateMachine"),
        ("ec2.amazonaws.com", "ec2-instance-connect:SendSSHPublicKey"),
        ("cloudformation.amazonaws.com", "cloudformation:UpdateStack"),
        ("codebuild.amazonaws.com", "codebuild:StartBuild"),
        ("ecs-tasks.amazonaws.com", "ecs:ExecuteCommand"),
        ("glue.amazonaws.com", "glue:UpdateJob"),
        ("sagemaker.amazonaws.com", "sagemaker:CreatePresignedNotebookInstanceUrl"),
    ] {
        assert_eq!(of(name, action), None, "{action} reaches what runs as the role, if something does");
    }
    assert_eq!(of("lambda.amazonaws.com", "lambda:GetFunction"), Some(false));
    assert_eq!(of("ec2.amazonaws.com", "lambda:UpdateFunctionCode"), Some(false), "no function has the role");
    assert_eq!(of("backup.amazonaws.com", "ssm:SendCommand"), Some(false));
    let named = user("ann", &allow("ssm:SendCommand", &format!("arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-1")));
    let ec2 = role("admin", &service("ec2.amazonaws.com"), DELETE);
    assert_eq!(found(&with_vault(vec![named, ec2])), None, "the instance may have the role");
}

#[test]
fn a_role_may_be_passed_to_what_is_there_already() {
    let of = |name: &str, action: &str| {
        let own = format!("{}, {}", allow("iam:PassRole", "*"), allow(action, "*"));
        found(&with_vault(vec![user("ann", &own), role("admin", &service(name), DELETE)]))
    };
    for (name, action) in [
        ("ec2.amazonaws.com", "ec2:AssociateIamInstanceProfile"),
        ("ec2.amazonaws.com", "ec2:RequestSpotInstances"),
        ("ec2.amazonaws.com", "autoscaling:CreateAutoScalingGroup"),
        ("lambda.amazonaws.com", "lambda:UpdateFunctionConfiguration"),
        ("cloudformation.amazonaws.com", "cloudformation:CreateStackSet"),
        ("ecs-tasks.amazonaws.com", "ecs:CreateService"),
        ("states.amazonaws.com", "states:UpdateStateMachine"),
        ("scheduler.amazonaws.com", "scheduler:UpdateSchedule"),
        ("codebuild.amazonaws.com", "codebuild:UpdateProject"),
    ] {
        assert_eq!(of(name, action), None, "{action}");
    }
    assert_eq!(of("lambda.amazonaws.com", "lambda:ListFunctions"), Some(false));
}

#[test]
fn whoever_changes_an_identity_provider_may_vouch_for_themselves() {
    let provider = format!(r#"{{"Federated": "{}"}}"#, arn("saml-provider", "corp"));
    let trust = format!(r#"{{"Effect": "Allow", "Principal": {provider}, "Action": "sts:AssumeRoleWithSAML"}}"#);
    let of = |own: &str| found(&with_vault(vec![user("ann", own), role_of("admin", &trust, DELETE)]));
    assert_eq!(of(&allow("iam:UpdateSAMLProvider", &arn("saml-provider", "corp"))), None);
    assert_eq!(of(&allow("iam:ListSAMLProviders", "*")), Some(false));
}

#[test]
fn roles_of_identity_center_are_changed_by_nobody_else() {
    let path = "aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef";
    let provider = format!(r#"{{"Federated": "{}"}}"#, arn("saml-provider", "AWSSSO"));
    let trust = format!(r#"{{"Effect": "Allow", "Principal": {provider}, "Action": "sts:AssumeRoleWithSAML"}}"#);
    let mut reserved = role_of("AWSReservedSSO_Admin_0123456789abcdef", &trust, DELETE);
    reserved.id.id = arn("role", path).into();
    let own = format!("{}, {}", allow("iam:UpdateAssumeRolePolicy", "*"), allow("iam:PutRolePolicy", "*"));
    assert_eq!(found(&with_vault(vec![user("ann", &own), reserved])), Some(false));
}

#[test]
fn a_service_linked_role_is_handed_to_its_service_alone() {
    let mut linked = role("AWSServiceRoleForX", &service("x.amazonaws.com"), DELETE);
    linked.id.id = arn("role", "aws-service-role/x.amazonaws.com/AWSServiceRoleForX").into();
    assert_eq!(found(&with_vault(vec![user("ann", &allow("iam:PassRole", "*")), linked])), Some(false));
}

#[test]
fn a_new_role_may_have_a_name_that_the_policy_of_a_vault_spares() {
    let mut vault = vault_facts("main");
    vault.policy = known(&policy(&format!(
        r#"{{"Effect": "Deny", "Principal": "*", "Action": "backup:*", "Resource": "*", "Condition": {{"ArnNotLike": {{"aws:PrincipalArn": "{}"}}}}}}"#,
        arn("role", "backup-*")
    )));
    let of = |own: &str| found(&estate(vec![account(), vault_of(HOME, vault.clone()), user("ann", own)]));
    assert_eq!(of(&allow("backup:*", "*")), Some(false));
    assert_eq!(of(&allow("*", "*")), None, "it makes one");
}

#[test]
fn roles_of_other_accounts_are_assumed_and_nothing_else_done_with_them() {
    let assume = allow("sts:AssumeRole", "*");
    let of = |own: &str, trusts: &str| {
        let mut zed = user("ann", own);
        zed.id.account = Some(OTHER_ACCOUNT.into());
        zed.id.id = zed.id.id.replace(ACCOUNT, OTHER_ACCOUNT).into();
        let mut theirs = account();
        theirs.id.account = Some(OTHER_ACCOUNT.into());
        theirs.id.id = OTHER_ACCOUNT.into();
        let mut snapshot = with_vault(vec![theirs, zed, role("admin", trusts, DELETE), user("bob", DELETE)]);
        let listed: Vec<_> = snapshot.listed.iter().cloned().collect();
        snapshot.listed.extend(listed.into_iter().map(|one| Listing { account: OTHER_ACCOUNT.into(), ..one }));
        found(&snapshot)
    };
    let root = format!(r#"{{"AWS": "arn:aws:iam::{OTHER_ACCOUNT}:root"}}"#);
    let named = format!(r#"{{"AWS": "arn:aws:iam::{OTHER_ACCOUNT}:user/ann"}}"#);
    assert_eq!(of(&assume, &root), Some(true));
    assert_eq!(of("", &named), Some(false), "both accounts must allow it");
    assert_eq!(of(&assume, &service("lambda.amazonaws.com")), Some(false));
    let pass = format!("{}, {}", allow("iam:PassRole", "*"), allow("lambda:CreateFunction", "*"));
    assert_eq!(of(&pass, &service("lambda.amazonaws.com")), Some(false), "a role is passed within its account");
    assert_eq!(of(&allow("iam:CreateAccessKey", "*"), &service("lambda.amazonaws.com")), Some(false));
}

#[test]
fn a_role_of_aws_backup_in_china_is_nobodys() {
    let snapshot = with_vault(vec![role("backup", &service("backup.amazonaws.com.cn"), DELETE)]);
    assert!(power(&snapshot, "backup").destroys_backups.is_false());
}

/// A bucket of another account, with this policy.
fn foreign_bucket(statements: &str) -> Resource {
    let mut facts = versioned("theirs");
    facts.policy = known(&policy(statements));
    let mut bucket = bucket_of(HOME, facts);
    bucket.id.account = Some(OTHER_ACCOUNT.into());
    bucket
}

#[test]
fn a_bucket_of_another_account_is_destroyed_by_those_whom_its_policy_lets_in() {
    let statement = |action: &str| {
        format!(
            r#"{{"Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::{ACCOUNT}:root"}}, "Action": "{action}", "Resource": ["arn:aws:s3:::theirs", "arn:aws:s3:::theirs/*"]}}"#
        )
    };
    let snapshot = |action: &str, own: &str| {
        estate(vec![account(), user("ann", &allow(own, "*")), foreign_bucket(&statement(action))])
    };
    let deletes = snapshot("s3:DeleteObjectVersion", "s3:DeleteObjectVersion");
    assert!(power(&deletes, "ann").destroys_backups.is_true());
    assert!(power(&snapshot("s3:GetObject", "s3:DeleteObjectVersion"), "ann").destroys_backups.is_false());
    assert!(power(&snapshot("s3:DeleteObjectVersion", "s3:GetObject"), "ann").destroys_backups.is_false());
    let rewrites = snapshot("s3:PutBucketPolicy", "s3:*");
    assert!(power(&rewrites, "ann").destroys_backups.is_false(), "no other account changes a bucket's policy");
    let raises = snapshot("s3:DeleteObjectVersion", "iam:PutUserPolicy");
    surely(&raises, "ann");
}

#[test]
fn what_is_made_and_never_started_does_nothing() {
    let of = |name: &str, actions: &[&str]| {
        let pass = allow("iam:PassRole", &arn("role", "app-*"));
        let own = actions.iter().map(|action| allow(action, "*")).fold(pass, |all, one| format!("{all}, {one}"));
        let with =
            |role_name: &str| found(&with_vault(vec![user("ann", &own), role(role_name, &service(name), DELETE)]));
        if name.starts_with("lambda") {
            assert_eq!(with("ops-admin"), Some(false), "ann passes no such role");
        }
        with("app-admin")
    };
    let lambda = "lambda.amazonaws.com";
    assert_eq!(of(lambda, &["lambda:CreateFunction"]), None, "something there may start it");
    assert_eq!(of(lambda, &["lambda:CreateFunction", "lambda:InvokeFunction"]), Some(true));
    assert_eq!(of(lambda, &["lambda:CreateFunction", "lambda:AddPermission"]), Some(true));
    assert_eq!(of(lambda, &["lambda:InvokeFunction"]), Some(false));
    let states = "states.amazonaws.com";
    assert_eq!(of(states, &["states:CreateStateMachine"]), None);
    assert_eq!(of(states, &["states:CreateStateMachine", "states:StartExecution"]), Some(true));
    assert_eq!(of(states, &["states:TestState"]), Some(true));
    let sagemaker = "sagemaker.amazonaws.com";
    assert_eq!(of(sagemaker, &["sagemaker:CreateNotebookInstance"]), None, "nobody gets into it");
    assert_eq!(of("glue.amazonaws.com", &["glue:CreateSession"]), None);
    assert_eq!(of("glue.amazonaws.com", &["glue:CreateSession", "glue:RunStatement"]), Some(true));
}

#[test]
fn whoever_may_assume_no_role_does_not_surely_come_in_by_a_trust_policy_of_their_own_making() {
    let denied = r#"{"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"}"#;
    let of =
        |own: &str| found(&with_vault(vec![user("ann", own), role("admin", &service("backup.amazonaws.com"), DELETE)]));
    let trust = allow("iam:UpdateAssumeRolePolicy", "*");
    assert_eq!(of(&trust), Some(true));
    assert_eq!(of(&format!("{trust}, {denied}")), None);
    let makes = ["iam:CreateRole", "iam:PutRolePolicy"].map(|action| allow(action, &arn("role", "new-*"))).join(", ");
    assert_eq!(of(&makes), Some(true));
    assert_eq!(of(&format!("{makes}, {denied}")), None);
}

#[test]
fn rights_of_real_estates_that_look_like_more_are_no_more() {
    let backup = || role("admin", &service("backup.amazonaws.com"), DELETE);
    let of = |own: &str| found(&with_vault(vec![user("ann", own), user("bob", DELETE), backup()]));
    let on = |action: &str, condition: &str| {
        format!(r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "*", "Condition": {condition}}}"#)
    };
    let read_only = r#"{"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}}"#;
    assert_ne!(of(&on("iam:AttachUserPolicy", read_only)), Some(true), "it reads alone");
    assert_eq!(of(&on("iam:CreateAccessKey", r#"{"StringEquals": {"iam:ResourceTag/team": "app"}}"#)), None);
    assert_eq!(of(&allow("iam:CreateServiceLinkedRole", "*")), Some(false));
    assert_eq!(of(&allow("iam:CreateRole", "*")), Some(false));
    let but_own =
        r#"{"Effect": "Deny", "Action": "iam:*", "NotResource": "arn:aws:iam::111122223333:user/${aws:username}"}"#;
    assert_eq!(of(&format!("{}, {but_own}", allow("iam:CreateAccessKey", "*"))), Some(false));
    assert_eq!(of(&format!("{}, {but_own}", allow("iam:PutUserPolicy", "*"))), Some(true));
    let gone = r#"{"AWS": "AROAEXAMPLEEXAMPLE123"}"#;
    let snapshot = with_vault(vec![user("ann", ""), role("admin", gone, DELETE)]);
    assert_eq!(found(&snapshot), Some(false), "whoever it was is gone");
    let itself = role("ann", &format!(r#"{{"AWS": "{}"}}"#, arn("role", "ann")), "");
    assert_eq!(found(&with_vault(vec![itself])), Some(false));
}

#[test]
fn a_boundary_that_allows_no_assuming_holds_a_role_and_no_user_whom_a_trust_policy_names() {
    let of = |kind: &str| {
        let admin = role("admin", &format!(r#"{{"AWS": "{}"}}"#, arn(kind, "ann")), DELETE);
        let mut ann = if kind == "user" { user("ann", "") } else { role("ann", &service("lambda.amazonaws.com"), "") };
        if let Facts::Role(facts) | Facts::User(facts) = &mut ann.facts {
            facts.boundary = Fact::known(link(&arn("policy", "boundary")));
        }
        found(&with_vault(vec![managed("boundary", &allow("s3:*", "*")), ann, admin]))
    };
    assert_eq!(of("role"), Some(false));
    assert_eq!(of("user"), Some(true));
}

#[test]
fn conditions_trust_policies_and_groups_of_real_estates_are_taken_at_their_word() {
    let power_user = r#"{"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"}, {"Effect": "Allow", "Action": ["iam:CreateServiceLinkedRole", "iam:ListRoles"], "Resource": "*"}"#;
    assert!(power(&with_vault(vec![user("ann", power_user)]), "ann").destroys_backups.is_true());
    let no_backups = r#"{"Effect": "Deny", "Action": ["backup:*"], "Resource": "*"}"#;
    let lambda = || role("admin", &service("lambda.amazonaws.com"), DELETE);
    let held = with_vault(vec![user("ann", &format!("{power_user}, {no_backups}")), lambda()]);
    assert_eq!(escalates(&held, "ann").0, None, "a function that is there may have the role");
    let only = |trust: &str| {
        let admin = role_of("admin", trust, DELETE);
        escalates(&with_vault(vec![user("ann", &allow("sts:*", "*")), admin]), "ann")
    };
    let saml = format!(
        r#"{{"Effect": "Allow", "Principal": {{"Federated": "{}"}}, "Action": "sts:AssumeRoleWithSAML"}}"#,
        arn("saml-provider", "corp")
    );
    assert_eq!(only(&saml).0, Some(false), "nobody vouches for ann");
    let web = r#"{"Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Action": "sts:AssumeRoleWithWebIdentity"}"#;
    assert_eq!(only(web).0, Some(false), "nobody vouches for ann");
    let name = format!(
        r#"{{"Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::{ACCOUNT}:root"}}, "Action": "sts:AssumeRole", "Condition": {{"StringEquals": {{"sts:RoleSessionName": "${{aws:username}}"}}}}}}"#
    );
    assert_ne!(only(&name).0, Some(false), "ann names her session so");
    let tag = format!(
        r#"{{"Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::{ACCOUNT}:root"}}, "Action": "sts:AssumeRole", "Condition": {{"StringEquals": {{"aws:PrincipalTag/duty": "backup"}}}}}}"#
    );
    assert_eq!(only(&tag).0, None, "her tags may be it");
    let itself = format!(
        r#"{{"Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::{ACCOUNT}:root"}}, "Action": "sts:AssumeRole", "Condition": {{"ArnEquals": {{"aws:PrincipalArn": "{}"}}}}}}"#,
        arn("role", "other")
    );
    assert_eq!(only(&itself).0, Some(false), "somebody else is meant");
    let not = format!(
        r#"{{"Effect": "Allow", "Principal": {{"AWS": "arn:aws:iam::{ACCOUNT}:root"}}, "Action": "sts:AssumeRole"}}, {{"Effect": "Deny", "Principal": {{"AWS": "{}"}}, "Action": "sts:AssumeRole"}}"#,
        arn("user", "ann")
    );
    assert_eq!(only(&not).0, Some(false), "the trust policy denies her");
    let tags = |own: &str| {
        let by_tag = r#"{"Effect": "Allow", "Action": "backup:DeleteRecoveryPoint", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/duty": "backup"}}}"#;
        let ann = user("ann", &format!("{by_tag}, {own}"));
        power(&with_vault(vec![ann]), "ann").destroys_backups.value().copied()
    };
    assert_ne!(tags(&allow("iam:List*", "*")), Some(true), "ann has no such tag");
    let condition = |action: &str, condition: &str| {
        format!(r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "*", "Condition": {condition}}}"#)
    };
    let of = |own: &str| escalates(&with_vault(vec![user("ann", own)]), "ann");
    let none = r#"{"Null": {"iam:PermissionsBoundary": "false"}}"#;
    assert_eq!(
        of(&format!("{}, {}", condition("iam:CreateRole", none), allow("iam:PutRolePolicy", "*"))).0,
        None,
        "which boundary, is not known"
    );
    let path = format!(
        "{}, {}",
        allow("iam:CreateRole", &arn("role", "app/*")),
        condition(
            "iam:AttachRolePolicy",
            r#"{"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}}"#
        )
    );
    assert_ne!(of(&path).0, Some(true), "the new role reads alone");
    let attach_not = condition(
        "iam:AttachUserPolicy",
        r#"{"ArnNotEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}}"#,
    );
    assert_ne!(of(&attach_not).0, Some(false), "other policies may be enough");
    let own = format!(r#"{{"ArnLike": {{"iam:PolicyARN": "{}"}}}}"#, arn("policy", "app-*"));
    let attach = condition("iam:AttachUserPolicy", &own);
    let create_policy = format!("{}, {attach}", allow("iam:CreatePolicy", &arn("policy", "app-*")));
    assert_ne!(of(&create_policy).0, Some(false), "other policies may be enough");
    let in_group = |denied: &str| {
        let member = crate::model::iam::Principal { groups: Fact::known(vec![link("ops")]), ..facts(&allow("*", "*")) };
        let snapshot = with_vault(vec![super::access_ways::group("ops", denied), user_of("ann", member)]);
        escalates(&snapshot, "ann")
    };
    assert_eq!(in_group(no_backups).0, Some(true), "the group is changed first");
    assert_eq!(
        in_group(r#"{"Effect": "Deny", "Action": ["backup:*", "iam:*"], "Resource": "*"}"#).0,
        Some(false),
        "the group keeps itself"
    );
}
