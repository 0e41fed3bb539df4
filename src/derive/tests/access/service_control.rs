//! Whether service control policies keep the backups of an organization's members.

use super::*;
use crate::model::account::{Account, ControlPolicy, ControlledAccount, ServiceControl};
use crate::model::derived::ControlledBackups;
use crate::model::fact::Cure;

const MEMBER: &str = "444455556666";
const FULL: &str = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
const KEEPS: &str = r#"{"Effect": "Deny", "Action": ["backup:Delete*", "backup:Update*"], "Resource": "*"}"#;

fn policy_of(id: &str, document: Fact<String>) -> ControlPolicy {
    ControlPolicy { id: id.to_owned(), name: id.to_owned(), document }
}

/// Policies `full` and `keeps`, and one member with these of them on root, unit and account.
fn control(keeps: &str, levels: [&[&str]; 3]) -> ServiceControl {
    let texts = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    let manager = vec![vec!["full".to_owned()]; 2];
    ServiceControl {
        enabled: true,
        policies: vec![
            policy_of("full", Fact::known(policy(FULL))),
            policy_of("keeps", Fact::known(policy(keeps))),
            policy_of("unread", Fact::unknown("denied")),
        ],
        accounts: vec![
            ControlledAccount { id: ACCOUNT.to_owned(), levels: manager },
            ControlledAccount { id: MEMBER.to_owned(), levels: levels.map(texts).to_vec() },
        ],
    }
}

fn account_in(manager: &str, control: Fact<ServiceControl>) -> Resource {
    let organization = Organization {
        id: known("o-1"),
        management_account: known(manager),
        all_features: Fact::known(true),
        backup_administrators: Fact::known(Vec::new()),
    };
    account_of(Account { organization: Fact::known(organization), service_control: control, ..account_facts() })
}

fn section(account: Resource, settings: &Settings) -> Fact<ControlledBackups> {
    let snapshot = estate(vec![account, vault("main")]);
    let subjects = derive(&snapshot, settings, Some(now()));
    let own = subjects.into_iter().find(|subject| matches!(subject.resource.facts, Facts::Account(_))).unwrap();
    match own.derived {
        Derived::Account(derived) => derived.service_control,
        other => panic!("{other:?}"),
    }
}

fn recovery() -> Settings {
    Settings { recovery_accounts: vec![MEMBER.to_owned()], ..Settings::default() }
}

/// Of the management account, which names the member as a recovery account.
fn of(control: ServiceControl) -> ControlledBackups {
    section(account_in(ACCOUNT, Fact::known(control)), &recovery()).value().unwrap().clone()
}

/// With this statement in a policy on the member itself.
fn denying(statement: &str) -> Fact<bool> {
    of(control(statement, [&["full"], &["full"], &["full", "keeps"]])).keeps_backups
}

#[test]
fn outside_an_organization_with_all_features_there_is_nothing_to_ask() {
    assert!(section(account(), &recovery()).is_absent());
    assert!(section(account_in(ACCOUNT, Fact::absent()), &recovery()).is_absent());
    let unknown = account_of(Account { organization: Fact::unknown("denied"), ..account_facts() });
    assert!(section(unknown, &recovery()).is_unknown());
}

#[test]
fn a_member_is_told_where_to_ask() {
    let bound = section(account_in(OTHER_ACCOUNT, Fact::unknown("withheld")), &recovery());
    let reasons = bound.value().unwrap().keeps_backups.reasons().unwrap().clone();
    assert!(reasons.iter().all(|reason| reason.why != "withheld"), "no gap counts for it");
    let cures: Vec<&Cure> = reasons.iter().filter_map(|reason| reason.cure.as_ref()).collect();
    assert!(matches!(&cures[..], [Cure::Source(what)] if what.contains(OTHER_ACCOUNT)), "{cures:?}");
    // The management account itself is told why.
    let own = section(account_in(ACCOUNT, Fact::unknown("denied")), &recovery());
    assert_eq!(own.value().unwrap().keeps_backups.reasons().unwrap().iter().count(), 1);
}

#[test]
fn a_denial_on_any_level_keeps_the_backups_of_a_recovery_account() {
    let open = of(control(KEEPS, [&["full"], &["full"], &["full"]]));
    assert!(open.keeps_backups.is_false());
    assert_eq!(told(&open.open), [format!("account {MEMBER}")]);
    for levels in [[&["full", "keeps"][..], &["full"], &["full"]], [&["full"], &["full", "keeps"], &["full"]]] {
        assert!(of(control(KEEPS, levels)).keeps_backups.is_true(), "{levels:?}");
    }
    assert!(denying(KEEPS).is_true());
    assert!(of(control(KEEPS, [&["full"], &["full"], &[]])).keeps_backups.is_true(), "nothing at all is allowed there");
    let idle = ServiceControl { enabled: false, ..control(KEEPS, [&["keeps"], &[], &[]]) };
    assert!(of(idle).keeps_backups.is_false(), "policies of this kind are not enabled");
}

#[test]
fn whom_it_spares_must_be_named() {
    let but = |condition: &str| {
        denying(&format!(
            r#"{{"Effect": "Deny", "Action": "backup:*", "Resource": "*", "Condition": {{{condition}}}}}"#
        ))
    };
    let role = |name: &str| format!(r#""ArnNotLike": {{"aws:PrincipalArn": "arn:aws:iam::*:role/{name}"}}"#);
    assert!(but(&role("break-glass")).is_true());
    assert!(but(&role("*")).is_false(), "every role is spared");
    assert!(but(r#""StringNotEquals": {"aws:PrincipalTag/duty": "backup"}"#).is_true());
    assert!(but(r#""StringEquals": {"aws:PrincipalTag/guest": "true"}"#).is_false(), "it is meant for guests alone");
    assert!(but(r#""BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}"#).is_false(), "a second factor is enough");
    assert!(but(r#""StringEquals": {"aws:RequestedRegion": "eu-west-1"}"#).is_unknown());
}

#[test]
fn both_ways_to_destroy_and_all_recovery_points_must_be_denied() {
    let deny = |action: &str, resource: &str| {
        denying(&format!(r#"{{"Effect": "Deny", "Action": "{action}", "Resource": "{resource}"}}"#))
    };
    assert!(deny("backup:DeleteRecoveryPoint", "*").is_false(), "the lifecycle can be shortened");
    assert!(deny("backup:DeleteBackupVault", "*").is_false());
    assert!(deny("backup:*", "arn:aws:backup:*:*:recovery-point:*").is_unknown(), "others bear other ARNs");
    let some = r#"{"Effect": "Deny", "Action": "backup:*", "Resource": ["arn:aws:backup:*", "arn:aws:ec2:*"]}"#;
    assert!(denying(some).is_unknown(), "those of RDS bear yet others");
    let rest = r#""arn:aws:ec2:*", "arn:aws:rds:*", "arn:aws:fsx:*", "arn:aws:redshift:*""#;
    let all = some.replace(r#""arn:aws:ec2:*""#, rest);
    assert!(denying(&all).is_true());
    let people = r#"{"Effect": "Deny", "Action": "backup:*", "Resource": "*", "Condition": {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}}"#;
    assert!(denying(people).is_true());
    assert!(deny("backup:*", "arn:aws:backup:*:111122223333:*").is_false(), "that is another account");
}

#[test]
fn a_policy_that_was_not_read_may_deny_it_and_may_not() {
    assert!(of(control(KEEPS, [&["full"], &["full", "unread"], &["full"]])).keeps_backups.is_unknown());
    assert!(of(control(KEEPS, [&["full"], &["full", "unread"], &["full", "keeps"]])).keeps_backups.is_true());
    assert!(of(control(KEEPS, [&["full"], &["gone"], &["full"]])).keeps_backups.is_unknown());
}

#[test]
fn of_members_that_no_setting_names_it_is_only_known_that_they_are_kept() {
    let whole = |control| section(account_in(ACCOUNT, Fact::known(control)), &Settings::default());
    let open = whole(control(KEEPS, [&["full"], &["full"], &["full"]]));
    let reasons = open.value().unwrap().keeps_backups.reasons().unwrap().clone();
    assert_eq!(reasons.iter().next().unwrap().cure, Some(Cure::Setting("recovery-accounts".to_owned())));
    assert!(whole(control(KEEPS, [&["full", "keeps"], &["full"], &["full"]])).value().unwrap().keeps_backups.is_true());
}

#[test]
fn a_recovery_account_elsewhere_is_not_known_to_be_kept_and_the_management_account_is_never() {
    let with = |recovery: &[&str]| {
        let accounts = recovery.iter().map(|id| (*id).to_owned()).collect();
        let settings = Settings { recovery_accounts: accounts, ..Settings::default() };
        let control = control(KEEPS, [&["full", "keeps"], &["full"], &["full"]]);
        section(account_in(ACCOUNT, Fact::known(control)), &settings).value().unwrap().clone()
    };
    assert!(with(&["999999999999"]).keeps_backups.is_unknown());
    assert!(with(&["999999999999", MEMBER]).keeps_backups.is_unknown());
    let managing = with(&[MEMBER, ACCOUNT]);
    assert!(managing.keeps_backups.is_false());
    assert_eq!(
        told(&managing.open),
        [format!("account {ACCOUNT}, the management account, which no such policy binds")]
    );
}

/// The account that is read as a delegated administrator, with this on its own level.
fn delegate(own: &[&str]) -> Resource {
    let texts = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    let mut control = control(KEEPS, [&["full"], &["full"], &["full"]]);
    control.accounts = vec![ControlledAccount { id: ACCOUNT.to_owned(), levels: vec![texts(&["full"]), texts(own)] }];
    account_in(OTHER_ACCOUNT, Fact::known(control))
}

#[test]
fn an_account_that_can_read_them_and_has_vaults_is_judged_itself_and_so_is_who_destroys_its_backups() {
    let open = section(delegate(&["full"]), &Settings::default());
    assert!(open.value().unwrap().keeps_backups.is_false());
    assert!(section(delegate(&["full", "keeps"]), &Settings::default()).value().unwrap().keeps_backups.is_true());
    let ann = |own: &[&str]| {
        let snapshot = estate(vec![delegate(own), vault("main"), user("ann", DELETE)]);
        power(&snapshot, "ann").destroys_backups
    };
    assert!(ann(&["full"]).is_true());
    assert!(ann(&["full", "keeps"]).is_false());
    assert!(ann(&["full", "unread"]).is_unknown());
}

#[test]
fn where_all_members_are_known_another_account_is_a_strangers() {
    let served = |whom: &str| {
        let trust = format!(r#"{{"AWS": "{whom}"}}"#);
        let control = control(KEEPS, [&["full"], &["full"], &["full"]]);
        let account = account_in(ACCOUNT, Fact::known(control));
        power(&estate(vec![account, vault("main"), role("ops", &trust, DELETE)]), "ops")
    };
    assert!(served(MEMBER).serves_outsiders.is_false());
    let stranger = served("999999999999");
    assert!(stranger.serves_outsiders.is_true());
    let whom = "anybody of account 999999999999, which is no member of the organization";
    assert_eq!(told(&stranger.outsiders), [whom]);
}
