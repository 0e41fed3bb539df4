//! Roles of restore tests.

use super::*;
use crate::model::backup::testing::RestoreTestingSelection;
use crate::model::derived::Derived;

const RESTORES: &str = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores";
const S3_RESTORE: &str = "arn:aws:iam::aws:policy/AWSBackupServiceRolePolicyForS3Restore";

fn restore_test(kind: Fact<String>) -> Resource {
    let facts = RestoreTestingSelection {
        selection_name: known("test"),
        plan: link("monthly"),
        resource_type: kind,
        resources: Fact::known(vec![link("*")]),
        conditions: Fact::absent(),
        validation_window_hours: Fact::absent(),
        role: Fact::known(link(ROLE)).at(at(5)),
        created: Fact::absent(),
    };
    live(
        HOME,
        "AWS::Backup::RestoreTestingSelection",
        "p/selection/test",
        "test",
        Facts::RestoreTestingSelection(Box::new(facts)),
    )
}

fn restored(snapshot: &Snapshot) -> (Fact<bool>, Vec<String>) {
    let Derived::RestoreTestingSelection(one) = derived(snapshot, &Settings::default(), "test") else { panic!() };
    (one.role_sufficient, one.role_faults.value().cloned().unwrap_or_default())
}

fn restores(kind: &str, role: Resource) -> (Fact<bool>, Vec<String>) {
    let resources = vec![role, restore_test(known(kind))];
    let (live, declared) = (restored(&estate(resources.clone())), restored(&template(resources)));
    assert_eq!(
        (live.0.is_true(), live.0.is_false(), &live.1),
        (declared.0.is_true(), declared.0.is_false(), &declared.1)
    );
    live
}

#[test]
fn the_policies_of_aws_for_restores_restore_what_they_are_for() {
    for kind in crate::derive::restore_testing::TESTABLE_TYPES {
        let s3 = kind == "S3";
        assert_eq!(restores(kind, role("", &[RESTORES])).0.is_true(), !s3, "{kind}");
        assert_eq!(restores(kind, role("", &[S3_RESTORE])).0.is_false(), !s3, "{kind}");
        assert!(restores(kind, role("", &[BACKUP, S3_BACKUP])).0.is_false(), "{kind}");
        let (both, faults) = restores(kind, role("", &[RESTORES, S3_RESTORE]));
        assert!(both.is_true() && faults.is_empty(), "{kind}");
    }
    let (found, faults) = restores("EFS", role("", &[BACKUP]));
    assert_eq!(found.at, at(5));
    assert_eq!(faults, ["role backup lacks elasticfilesystem:Restore, so EFS file systems cannot be restored"]);
}

#[test]
fn either_call_restores_a_table_on_the_resource_that_it_takes() {
    let on = |action: &str, resource: &str| {
        let statement = format!(r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "{resource}"}}"#);
        restores("DynamoDB", role(&statement, &[])).0
    };
    assert!(on("dynamodb:*", "*").is_true());
    for (action, resource) in [
        ("dynamodb:RestoreTableFromAwsBackup", "arn:aws:dynamodb:*:*:table/*"),
        ("dynamodb:RestoreTableFromBackup", "arn:aws:dynamodb:*:*:table/*/backup/*"),
    ] {
        assert!(on(action, resource).is_unknown(), "{action}: AWS asks for more");
    }
    assert!(on("dynamodb:CreateTable", "*").is_false());
    assert!(on("dynamodb:RestoreTableFromAwsBackup", "arn:aws:dynamodb:*:*:table/orders-*").is_unknown());
}

#[test]
fn a_restore_test_of_which_the_type_or_the_role_is_not_known_stays_open() {
    let of = |kind: Fact<String>, role: Resource| restored(&estate(vec![role, restore_test(kind)])).0;
    assert!(of(Fact::unknown("parameter"), role("", &[RESTORES])).is_unknown());
    assert!(of(known("Timestream"), role("", &[RESTORES])).is_unknown());
    assert!(of(known("EBS"), role("", &["arn:aws:iam::111122223333:policy/mine"])).is_unknown());
    let (found, faults) = restores("EBS", role_of(&TRUST.replace("backup.", "ec2."), "", &[RESTORES]));
    assert!(found.is_false());
    assert_eq!(
        faults,
        [
            "restore test test: the trust policy of role backup does not let backup.amazonaws.com assume it, so nothing is restored"
        ]
    );
}

fn account(snapshot: &Snapshot) -> (Fact<bool>, Vec<String>) {
    let Derived::Account(one) = derived(snapshot, &Settings::default(), ACCOUNT) else { panic!() };
    let backup = one.backup.value().unwrap().clone();
    (backup.restorable, backup.unrestorable_types.value().cloned().unwrap_or_default())
}

fn point_of(id: &str, kind: &str) -> Resource {
    change_point(point(HOME, id, &format!("arn:aws:test:::{id}"), 1), |facts| facts.resource_type = text(kind))
}

fn with_points(roles: Vec<Resource>, kinds: &[&str]) -> Snapshot {
    let mut all = vec![account_of(account_facts()), vault("main")];
    all.extend(roles);
    all.extend(kinds.iter().map(|kind| point_of(&format!("p-{kind}"), kind)));
    let mut snapshot = estate(all);
    snapshot.listed.insert(listing("AWS::IAM::Role", "global", None));
    snapshot.listed.insert(listing("AWS::Backup::RecoveryPoint", HOME, Some(&vault_arn(HOME, "main"))));
    snapshot
}

#[test]
fn each_type_that_has_recovery_points_needs_a_role_that_restores_it() {
    let of = |roles, kinds: &[&str]| account(&with_points(roles, kinds));
    assert!(of(vec![], &[]).0.is_true(), "there is nothing to restore");
    let (none, types) = of(vec![role("", &[BACKUP])], &["EBS", "S3"]);
    assert!(none.is_false());
    assert_eq!(types, ["EBS volumes", "S3 buckets"]);
    let (some, types) = of(vec![role("", &[BACKUP, RESTORES])], &["EBS", "S3", "Aurora"]);
    assert!(some.is_false());
    assert_eq!(types, ["S3 buckets"]);
    assert!(of(vec![role("", &[RESTORES, S3_RESTORE])], &["EBS", "S3", "Aurora"]).0.is_true());
    let mut second = role("", &[S3_RESTORE]);
    second.id.id = "arn:aws:iam::111122223333:role/s3".into();
    assert!(of(vec![role("", &[RESTORES]), second], &["EBS", "S3"]).0.is_true(), "one each");
    let other = role_of(&TRUST.replace("backup.", "ec2."), "", &[RESTORES]);
    assert!(of(vec![other], &["EBS"]).0.is_false());
    assert!(of(vec![role("", &["arn:aws:iam::111122223333:policy/mine"])], &["EBS"]).0.is_unknown());
}

#[test]
fn roles_and_recovery_points_that_nobody_saw_leave_it_open() {
    let mut snapshot = with_points(vec![role("", &[BACKUP])], &["EBS"]);
    snapshot.listed.retain(|listing| &*listing.kind != "AWS::IAM::Role");
    assert!(account(&snapshot).0.is_unknown());
    let mut snapshot = with_points(vec![role("", &[BACKUP])], &[]);
    snapshot.listed.retain(|listing| &*listing.kind != "AWS::Backup::RecoveryPoint");
    assert!(account(&snapshot).0.is_unknown());
    let mut snapshot = with_points(vec![role("", &[RESTORES, S3_RESTORE])], &["S3"]);
    snapshot.listed.retain(|listing| &*listing.kind != "AWS::Backup::RecoveryPoint");
    assert!(account(&snapshot).0.is_true(), "they can be restored whatever they are");
}
