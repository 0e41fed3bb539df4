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
