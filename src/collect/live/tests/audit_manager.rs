//! Backup Audit Manager, legal holds and the global settings of AWS Backup.

use super::*;
use crate::model::account::Account;
use crate::model::backup::audit::{Framework, LegalHold, ReportPlan};

const PLACE: &str = "arn:aws:backup:eu-west-1:111122223333";

fn resource<'a>(snapshot: &'a Snapshot, name: &str) -> Option<&'a Resource> {
    snapshot.resources.iter().find(|resource| resource.name.as_ref() == name)
}

fn framework<'a>(snapshot: &'a Snapshot, name: &str) -> &'a Framework {
    match &resource(snapshot, name).unwrap().facts {
        Facts::Framework(facts) => facts,
        other => panic!("{other:?}"),
    }
}

fn report_plan<'a>(snapshot: &'a Snapshot, name: &str) -> &'a ReportPlan {
    match &resource(snapshot, name).unwrap().facts {
        Facts::ReportPlan(facts) => facts,
        other => panic!("{other:?}"),
    }
}

fn hold<'a>(snapshot: &'a Snapshot, name: &str) -> &'a LegalHold {
    match &resource(snapshot, name).unwrap().facts {
        Facts::LegalHold(facts) => facts,
        other => panic!("{other:?}"),
    }
}

fn account(snapshot: &Snapshot) -> &Account {
    let found = snapshot.resources.iter().find_map(|resource| match &resource.facts {
        Facts::Account(facts) => Some(facts),
        _ => None,
    });
    found.unwrap()
}

fn listed(snapshot: &Snapshot, kind: &str) -> bool {
    snapshot.has_listed(kind, "111122223333", "eu-west-1", None)
}

#[test]
fn frameworks_are_listed_page_by_page_and_described() {
    let (snapshot, _) = run(&["eu-west-1"], |request| match request.path.as_str() {
        path if path.starts_with("/audit/frameworks?") && path.contains("NextToken=t") => {
            ok(format!(r#"{{"Frameworks":[{{"FrameworkName":"b","FrameworkArn":"{PLACE}:framework:b"}}]}}"#))
        }
        path if path.starts_with("/audit/frameworks?") => ok(format!(
            r#"{{"Frameworks":[{{"FrameworkName":"a","FrameworkArn":"{PLACE}:framework:a"}}],"NextToken":"t"}}"#
        )),
        "/audit/frameworks/a" => ok(
            r#"{"DeploymentStatus":"COMPLETED","FrameworkStatus":"INACTIVE","FrameworkControls":[{"ControlName":"X"}]}"#,
        ),
        _ => denied(request),
    });
    assert!(listed(&snapshot, "AWS::Backup::Framework"));
    let known = framework(&snapshot, "a");
    assert_eq!(known.status.value().unwrap(), "INACTIVE");
    assert_eq!(known.controls.value().unwrap(), &["X"]);
    let denied = framework(&snapshot, "b");
    assert!(denied.status.is_unknown() && denied.deployment.is_unknown() && denied.controls.is_unknown());
    let reason = denied.status.reasons().unwrap().iter().next().unwrap();
    assert_eq!(reason.cure, Some(Cure::Permission("backup:DescribeFramework".to_owned())));
}

#[test]
fn a_list_of_audit_manager_that_breaks_off_or_is_throttled_is_not_called_listed() {
    let (snapshot, _) = run(&["eu-west-1"], |request| match request.path.as_str() {
        path if path.starts_with("/audit/frameworks?") && path.contains("NextToken=t") => {
            json_error(400, "InvalidParameterValueException")
        }
        path if path.starts_with("/audit/frameworks?") => ok(format!(
            r#"{{"Frameworks":[{{"FrameworkName":"a","FrameworkArn":"{PLACE}:framework:a"}}],"NextToken":"t"}}"#
        )),
        path if path.starts_with("/audit/report-plans?") => json_error(429, "ThrottlingException"),
        _ => denied(request),
    });
    assert!(!listed(&snapshot, "AWS::Backup::Framework") && !listed(&snapshot, "AWS::Backup::ReportPlan"));
    assert!(!listed(&snapshot, "AWS::Backup::LegalHold"));
    assert!(resource(&snapshot, "a").is_some(), "what was read is kept");
    let gap = |operation: &str| snapshot.gaps.iter().find(|gap| gap.operation.as_ref() == operation).unwrap();
    assert_eq!(gap("backup:ListReportPlans").kind, GapKind::Failed);
    assert_eq!(gap("backup:ListLegalHolds").permission.as_deref(), Some("backup:ListLegalHolds"));
}

#[test]
fn what_is_deleted_while_it_is_read_is_left_out() {
    let (snapshot, _) = run(&["eu-west-1"], |request| match request.path.as_str() {
        path if path.starts_with("/audit/frameworks?") => {
            ok(format!(r#"{{"Frameworks":[{{"FrameworkName":"a","FrameworkArn":"{PLACE}:framework:a"}}]}}"#))
        }
        path if path.starts_with("/audit/report-plans?") => {
            ok(format!(r#"{{"ReportPlans":[{{"ReportPlanName":"r","ReportPlanArn":"{PLACE}:report-plan:r"}}]}}"#))
        }
        path if path.starts_with("/legal-holds?") => {
            ok(format!(r#"{{"LegalHolds":[{{"LegalHoldId":"h","LegalHoldArn":"{PLACE}:legal-hold:h","Title":"h"}}]}}"#))
        }
        "/audit/frameworks/a" | "/audit/report-plans/r" | "/legal-holds/h" | "/legal-holds/h/" => {
            json_error(400, "ResourceNotFoundException")
        }
        _ => denied(request),
    });
    for name in ["a", "r", "h"] {
        assert!(resource(&snapshot, name).is_none(), "{name}");
    }
    let notes = snapshot.gaps.iter().filter(|gap| gap.code.as_ref() == "ResourceNotFoundException");
    assert!(notes.clone().all(|gap| gap.kind == GapKind::NotModelled));
    assert_eq!(notes.count(), 3);
}

#[test]
fn a_report_plan_tells_when_it_last_delivered() {
    let (snapshot, _) = run(&["eu-west-1"], |request| match request.path.as_str() {
        path if path.starts_with("/audit/report-plans?") => ok(format!(
            r#"{{"ReportPlans":[{{"ReportPlanName":"r","ReportPlanArn":"{PLACE}:report-plan:r"}},
                {{"ReportPlanName":"s","ReportPlanArn":"{PLACE}:report-plan:s"}}]}}"#
        )),
        "/audit/report-plans/r" => ok(
            r#"{"ReportPlan":{"ReportPlanName":"r","CreationTime":1700000000,"LastSuccessfulExecutionTime":1767225600.5,
                "ReportDeliveryChannel":{"S3BucketName":"reports"},
                "ReportSetting":{"ReportTemplate":"BACKUP_JOB_REPORT","Regions":["*"]}}}"#,
        ),
        _ => denied(request),
    });
    assert!(listed(&snapshot, "AWS::Backup::ReportPlan"));
    let read = report_plan(&snapshot, "r");
    assert_eq!(read.last_success.value().unwrap().to_string(), "2026-01-01T00:00:00.5Z");
    assert!(read.last_attempt.is_absent() && read.created.is_known() && read.accounts.is_absent());
    assert_eq!((read.bucket.value().unwrap().as_str(), read.regions.value().unwrap().len()), ("reports", 1));
    let denied = report_plan(&snapshot, "s");
    assert!(denied.template.is_unknown() && denied.last_success.is_unknown() && denied.regions.is_unknown());
}

#[test]
fn a_legal_hold_tells_what_it_holds() {
    let (snapshot, _) = run(&["eu-west-1"], |request| match request.path.as_str() {
        path if path.starts_with("/legal-holds?") => ok(format!(
            r#"{{"LegalHolds":[{{"LegalHoldId":"1","LegalHoldArn":"{PLACE}:legal-hold:1","Title":"case","Status":"ACTIVE"}},
                {{"LegalHoldId":"2","LegalHoldArn":"{PLACE}:legal-hold:2","Title":"other","Status":"CANCELED"}}]}}"#
        )),
        "/legal-holds/1" | "/legal-holds/1/" => ok(
            r#"{"RecoveryPointSelection":{"VaultNames":["v"],"DateRange":{"FromDate":1700000000,"ToDate":1700000001}}}"#,
        ),
        _ => denied(request),
    });
    assert!(listed(&snapshot, "AWS::Backup::LegalHold"));
    let read = hold(&snapshot, "case");
    assert_eq!((read.status.value().unwrap().as_str(), read.vaults.value().unwrap().len()), ("ACTIVE", 1));
    assert!(read.resources.value().unwrap().is_empty() && read.from.is_known() && read.to.is_known());
    let denied = hold(&snapshot, "other");
    assert!(denied.vaults.is_unknown() && denied.resources.is_unknown() && denied.from.is_unknown());
    assert_eq!(denied.status.value().unwrap(), "CANCELED");
}

#[test]
fn the_global_settings_are_read_absent_outside_an_organization_and_unknown_where_they_are_denied() {
    let settings = |answer: fn(&Request) -> Answer| {
        let (snapshot, _) = run(&["eu-west-1"], move |request| match request.path.as_str() {
            "/global-settings" => answer(request),
            _ => denied(request),
        });
        account(&snapshot).backup_global.clone()
    };
    let read = settings(|_| ok(r#"{"GlobalSettings":{"isCrossAccountBackupEnabled":"true","isMpaEnabled":"false"}}"#));
    assert_eq!(read.value().unwrap()["isCrossAccountBackupEnabled"], "true");
    assert!(settings(|_| json_error(400, "InvalidRequestException")).is_absent());
    assert!(settings(|_| ok("{}")).is_unknown());
    let denied = settings(denied);
    let reason = denied.reasons().unwrap().iter().next().unwrap();
    assert_eq!(reason.cure, Some(Cure::Permission("backup:DescribeGlobalSettings".to_owned())));
}
