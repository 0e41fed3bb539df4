//! One resource was changed.

use serde_json::json;

use super::{BUCKET, audited, config_key, keys, with_settings};
use crate::harness::emulator::{ACCOUNT, Emulator};
use crate::harness::lambda::{Evaluation, Function, changed, event};

/// Type, id and ARN of everything that was seeded and that a change can be about, in the rule's Region.
fn changeable(emulator: &Emulator) -> Vec<(String, String, String)> {
    let kinds = [BUCKET, "AWS::Backup::BackupVault", "AWS::Backup::BackupPlan", "AWS::KMS::Key"];
    let mut found = Vec::new();
    for kind in kinds {
        for (name, arn) in emulator.arns.get(kind).into_iter().flatten() {
            if name.starts_with("eu-west-1/")
                && let Some((kind, id)) = config_key(kind, "eu-west-1", arn)
            {
                found.push((kind, id, arn.clone()));
            }
        }
    }
    found
}

#[test]
fn changes_say_nothing_that_the_schedule_contradicts() {
    let emulator = Emulator::seeded("whole");
    let (fails, unknowns) = audited(&emulator);
    emulator.forget_calls();
    let resources = changeable(&emulator);
    assert!(resources.len() > 20, "{}", resources.len());
    let folder = with_settings();
    let function = Function::new(&emulator).in_folder(folder.path());
    for (kind, id, arn) in &resources {
        function.invoke(changed(&json!({}), kind, id, arn, "OK")).response();
    }
    let evaluations = emulator.evaluations();
    let failing = keys(&evaluations, "NON_COMPLIANT");
    let compliant = keys(&evaluations, "COMPLIANT");
    assert!(failing.is_subset(&fails), "wrong: {:?}", failing.difference(&fails).collect::<Vec<_>>());
    assert!(compliant.is_disjoint(&fails) && compliant.is_disjoint(&unknowns), "{compliant:?}");
    for kind in [BUCKET, "AWS::Backup::BackupPlan", "AWS::KMS::Key"] {
        assert!(failing.iter().any(|(of, _)| of == kind), "no {kind} fails at a change: {failing:?}");
    }
    assert!(!compliant.is_empty(), "vaults have only rules of their own, and some pass");
    assert!(emulator.calls().keys().all(|(_, operation)| operation != "ListRecoveryPointsByBackupVault"));
    for put in emulator.puts() {
        // The item's own time: 2026-11-01T11:59:00Z.
        assert_eq!(put["Evaluations"][0]["OrderingTimestamp"].as_f64(), Some(1_793_534_340.0));
    }
}

#[test]
fn an_oversized_change_is_judged_like_any_other() {
    let emulator = Emulator::seeded("whole");
    let (kind, id, arn) = (BUCKET, "acme-no-versions", "arn:aws:s3:::acme-no-versions");
    let folder = with_settings();
    let function = Function::new(&emulator).in_folder(folder.path());
    emulator.forget_calls();
    function.invoke(changed(&json!({}), kind, id, arn, "OK")).response();
    let whole = emulator.evaluations();
    assert_eq!(whole.first().map(|one| one.compliance.as_str()), Some("NON_COMPLIANT"));
    emulator.forget_calls();
    // What the first call let stand would keep the second one from saying anything.
    let summary = json!({
        "configurationItemSummary": {
            "changeType": "UPDATE", "configurationItemVersion": "1.3",
            "configurationItemCaptureTime": "2026-11-01T11:59:00.000Z", "configurationStateId": 1,
            "awsAccountId": ACCOUNT, "configurationItemStatus": "OK", "resourceType": kind, "resourceId": id,
            "resourceName": id, "ARN": arn, "awsRegion": "eu-west-1", "availabilityZone": "Regional",
            "configurationStateMd5Hash": "", "resourceCreationTime": "2026-01-01T00:00:00.000Z",
        },
        "messageType": "OversizedConfigurationItemChangeNotification",
    });
    emulator.stand(kind, id, "COMPLIANT", "");
    function.invoke(event(&json!({}), &summary)).response();
    let keys = |evaluations: &[Evaluation]| {
        evaluations.iter().map(|one| (one.key(), one.compliance.clone())).collect::<Vec<_>>()
    };
    assert_eq!(keys(&emulator.evaluations()), keys(&whole));
}

#[test]
fn a_change_leaves_a_failure_of_other_rules_alone() {
    let emulator = Emulator::seeded("small");
    let arn = "arn:aws:s3:::acme-orders";
    emulator.stand(BUCKET, "acme-orders", "NON_COMPLIANT", "fails 1 rule: critical workload-protected (nothing does)");
    Function::new(&emulator).invoke(changed(&json!({}), BUCKET, "acme-orders", arn, "OK")).response();
    assert_eq!(emulator.evaluations(), []);
}

#[test]
fn what_was_deleted_or_left_the_scope_is_not_applicable_and_nothing_is_read() {
    let emulator = Emulator::seeded("small");
    let function = Function::new(&emulator);
    let arn = "arn:aws:s3:::acme-orders";
    let mut left = changed(&json!({}), BUCKET, "acme-orders", arn, "OK");
    left["eventLeftScope"] = json!(true);
    let calls = ["ResourceDeleted", "ResourceDeletedNotRecorded", "ResourceNotRecorded"]
        .map(|status| changed(&json!({}), BUCKET, "acme-orders", arn, status));
    for event in calls.into_iter().chain([left]) {
        emulator.stand(BUCKET, "acme-orders", "NON_COMPLIANT", "x");
        emulator.forget_calls();
        function.invoke(event).response();
        let said = emulator.evaluations();
        assert_eq!(said.len(), 1);
        assert_eq!((said[0].id.as_str(), said[0].compliance.as_str()), ("acme-orders", "NOT_APPLICABLE"));
        assert_eq!(emulator.calls().len(), 1, "{:?}", emulator.calls());
        assert!(emulator.standing().is_empty());
    }
    // The schedule calls a database by its ARN, so that its evaluation is taken back by the ARN.
    let arn = "arn:aws:rds:eu-west-1:123456789012:db:orders";
    emulator.stand("AWS::RDS::DBInstance", arn, "NON_COMPLIANT", "x");
    function.invoke(changed(&json!({}), "AWS::RDS::DBInstance", "db-ABC", arn, "ResourceDeleted")).response();
    assert!(emulator.standing().is_empty(), "{:?}", emulator.standing());
    let queue = changed(&json!({}), "AWS::SQS::Queue", "https://q", "arn:aws:sqs:eu-west-1:123456789012:q", "OK");
    emulator.forget_calls();
    function.invoke(queue).response();
    assert_eq!(keys(&emulator.evaluations(), "NOT_APPLICABLE").len(), 1);
}

#[test]
fn a_change_of_a_restore_testing_plan_says_nothing_since_all_hangs_on_what_it_tests() {
    let emulator = Emulator::seeded("whole");
    let kind = "AWS::Backup::RestoreTestingPlan";
    let plans = emulator.arns.get(kind).expect("restore-testing plans");
    let (_, arn) = plans.iter().find(|(name, _)| name.starts_with("eu-west-1/")).expect("one in the rule's Region");
    let function = Function::new(&emulator);
    emulator.stand(kind, arn, "NON_COMPLIANT", "fails 1 rule: medium restore-testing-cadence (monthly)");
    let event = |status| changed(&json!({"MinSeverity": "low"}), kind, "weekly", arn, status);
    function.invoke(event("OK")).response();
    assert_eq!(emulator.evaluations(), []);
    assert_eq!(emulator.standing().len(), 1, "the failure stands until the schedule judges it");
    function.invoke(event("ResourceDeleted")).response();
    assert!(emulator.standing().is_empty(), "what is gone fails no longer");
}
