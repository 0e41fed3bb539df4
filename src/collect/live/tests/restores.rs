//! Restore testing and restore jobs.

use super::*;

const PLAN_ARN: &str = "arn:aws:backup:eu-west-1:111122223333:restore-testing-plan:monthly-1";

fn listed(snapshot: &Snapshot, kind: &str, parent: Option<&str>) -> bool {
    snapshot.has_listed(kind, "111122223333", "eu-west-1", parent)
}

fn plans() -> Answer {
    ok(format!(
        r#"{{"RestoreTestingPlans":[{{"CreationTime":1,"RestoreTestingPlanArn":"{PLAN_ARN}",
            "RestoreTestingPlanName":"monthly","ScheduleExpression":"cron(0 5 1 * ? *)"}}]}}"#
    ))
}

#[test]
fn restore_jobs_are_read_page_by_page_for_the_last_thirty_days() {
    let (snapshot, _) = run(&["eu-west-1"], |request| match request.path.as_str() {
        path if path.starts_with("/restore-jobs") && !path.contains("nextToken") => {
            assert!(path.contains("createdAfter=2025-12-02T00%3A00%3A00Z"), "{path}");
            ok(r#"{"RestoreJobs":[{"RestoreJobId":"1","Status":"COMPLETED","CreationDate":1767000000.5,
                "SourceResourceArn":"arn:aws:s3:::b","ResourceType":"S3"}],"NextToken":"t"}"#)
        }
        path if path.starts_with("/restore-jobs") => ok(r#"{"RestoreJobs":[{"RestoreJobId":"2","Status":"FAILED"}]}"#),
        _ => denied(request),
    });
    assert!(listed(&snapshot, "AWS::Backup::RestoreJob", None));
    let jobs: Vec<_> = snapshot
        .resources
        .iter()
        .filter_map(|resource| match &resource.facts {
            Facts::RestoreJob(job) => Some((resource.name.as_ref(), job)),
            _ => None,
        })
        .collect();
    let [("1", first), ("2", second)] = jobs[..] else { panic!("{jobs:?}") };
    assert_eq!(first.resource.value().unwrap(), "arn:aws:s3:::b");
    assert!(second.created.is_absent() && second.resource.is_absent());
}

#[test]
fn a_list_of_restore_jobs_that_breaks_off_is_not_called_listed() {
    let (snapshot, _) = run(&["eu-west-1"], |request| match request.path.as_str() {
        path if path.starts_with("/restore-jobs") && !path.contains("nextToken") => {
            ok(r#"{"RestoreJobs":[{"RestoreJobId":"1","Status":"COMPLETED"}],"NextToken":"t"}"#)
        }
        path if path.starts_with("/restore-jobs") => json_error(400, "InvalidParameterValueException"),
        _ => denied(request),
    });
    assert!(!listed(&snapshot, "AWS::Backup::RestoreJob", None));
    assert!(snapshot.resources.iter().any(|resource| resource.name.as_ref() == "1"));
}

#[test]
fn a_plan_whose_selections_are_denied_has_an_open_list() {
    let (snapshot, _) = run(&["eu-west-1"], |request| match request.path.split('?').next().unwrap() {
        "/restore-testing/plans" => plans(),
        _ => denied(request),
    });
    assert!(listed(&snapshot, "AWS::Backup::RestoreTestingPlan", None));
    assert!(!listed(&snapshot, "AWS::Backup::RestoreTestingSelection", Some(PLAN_ARN)));
    let plan = snapshot.resources.iter().find(|resource| resource.name.as_ref() == "monthly").unwrap();
    let Facts::RestoreTestingPlan(facts) = &plan.facts else { panic!("a plan") };
    assert!(facts.schedule.is_unknown() && facts.include_vaults.is_unknown() && facts.last_run.is_unknown());
}

#[test]
fn a_selection_keeps_what_the_list_told_where_the_rest_is_denied() {
    let (snapshot, _) = run(&["eu-west-1"], |request| match request.path.split('?').next().unwrap() {
        "/restore-testing/plans" => plans(),
        "/restore-testing/plans/monthly/selections" => {
            ok(r#"{"RestoreTestingSelections":[{"CreationTime":1,"IamRoleArn":"r","ProtectedResourceType":"EBS",
                "RestoreTestingPlanName":"monthly","RestoreTestingSelectionName":"volumes","ValidationWindowHours":4}]}"#)
        }
        _ => denied(request),
    });
    assert!(listed(&snapshot, "AWS::Backup::RestoreTestingSelection", Some(PLAN_ARN)));
    let selection = snapshot.resources.iter().find(|resource| resource.name.as_ref() == "volumes").unwrap();
    let Facts::RestoreTestingSelection(facts) = &selection.facts else { panic!("a selection") };
    assert_eq!(facts.resource_type.value().unwrap(), "EBS");
    assert!(facts.resources.is_unknown() && facts.conditions.is_unknown());
    assert_eq!(facts.plan.target.as_ref().unwrap().id.as_ref(), PLAN_ARN);
}

#[test]
fn a_region_without_restore_testing_has_no_plans_and_a_refusal_says_nothing() {
    for (code, none) in [("UnknownOperationException", true), ("AccessDeniedException", false), ("NotFound", false)] {
        let (snapshot, _) = run(&["eu-west-1"], move |request| match request.path.split('?').next().unwrap() {
            "/restore-testing/plans" => json_error(400, code),
            _ => denied(request),
        });
        assert_eq!(listed(&snapshot, "AWS::Backup::RestoreTestingPlan", None), none, "{code}");
        let gap = snapshot.gaps.iter().any(|gap| gap.operation.as_ref() == "backup:ListRestoreTestingPlans");
        assert_eq!(gap, !none, "{code}");
    }
}
