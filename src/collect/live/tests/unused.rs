//! A Region in which nothing lies costs only the lists that say so.

use super::*;

/// A Region with nothing in it, and a bucket in eu-west-1; everything that is of no Region is denied.
fn nothing(request: &Request) -> Answer {
    match (request.path.as_str(), request.target.as_str()) {
        _ if is_bucket_list(request) => bucket_list(&["b"]),
        (_, "ListKeys") => ok(r#"{"Keys":[]}"#),
        (path, _) if path.starts_with("/backup-vaults?") => ok(r#"{"BackupVaultList":[]}"#),
        (path, _) if path.starts_with("/backup/plans") => ok(r#"{"BackupPlansList":[]}"#),
        (path, _) if path.starts_with("/resources") => ok(r#"{"Results":[]}"#),
        (path, _) if path.starts_with("/restore-testing/plans") => ok(r#"{"RestoreTestingPlans":[]}"#),
        (path, _) if path.starts_with("/restore-jobs") => ok(r#"{"RestoreJobs":[]}"#),
        (path, _) if path.starts_with("/audit/report-plans") => ok(r#"{"ReportPlans":[]}"#),
        _ => denied(request),
    }
}

const EMPTY: &str = "eu-central-1";

/// Whether it was read as one that is in use: only such a Region is a resource.
fn is_in_use(snapshot: &Snapshot) -> bool {
    snapshot.resources.iter().any(|resource| matches!(resource.facts, Facts::Region(_)))
}

#[test]
fn a_region_with_nothing_in_it_costs_nine_calls_and_claims_no_other_list() {
    let (snapshot, statistics) = run(&[EMPTY], nothing);
    assert!(!is_in_use(&snapshot));
    let calls = |service: &str| statistics.by_service().get(service).map_or(0, |calls| calls.calls);
    // Three kinds of vaults, plans, protected resources, restore-testing plans, restore jobs and report plans; the
    // account's own settings are asked for once, whatever its Regions.
    let global = statistics.calls.get(&("backup".to_owned(), "DescribeGlobalSettings".to_owned()));
    assert_eq!(calls("backup") - global.map_or(0, |calls| calls.calls), 8);
    assert_eq!((calls("kms"), calls("cloudtrail"), calls("config"), calls("events")), (1, 0, 0, 0));
    assert_eq!(statistics.calls[&("s3".to_owned(), "ListBuckets".to_owned())].calls, 1);
    let listed: BTreeSet<&str> =
        snapshot.listed.iter().filter(|list| &*list.region == EMPTY).map(|list| &*list.kind).collect();
    let wanted = [
        "AWS::Backup::BackupPlan",
        "AWS::Backup::BackupVault",
        "AWS::Backup::ReportPlan",
        "AWS::Backup::RestoreJob",
        "AWS::Backup::RestoreTestingPlan",
        "AWS::KMS::Key",
        "AWS::S3::Bucket",
        "Backstop::ProtectedResource",
    ];
    assert_eq!(listed, BTreeSet::from(wanted));
    assert!(!snapshot.gaps.iter().any(|gap| gap.region.as_deref() == Some(EMPTY)), "{:?}", snapshot.gaps);
}

#[test]
fn a_region_is_in_use_where_a_bucket_lies_or_may_lie() {
    assert!(is_in_use(&run(&["eu-west-1"], nothing).0));
    let nowhere = |request: &Request| {
        if is_bucket_list(request) {
            ok("<ListAllMyBucketsResult><Buckets><Bucket><Name>b</Name></Bucket></Buckets></ListAllMyBucketsResult>")
        } else {
            nothing(request)
        }
    };
    assert!(is_in_use(&run(&[EMPTY], nowhere).0));
    let refused = |request: &Request| if is_bucket_list(request) { denied(request) } else { nothing(request) };
    assert!(is_in_use(&run(&[EMPTY], refused).0));
}

#[test]
fn one_thing_in_one_list_or_one_list_that_fails_puts_a_region_in_use() {
    let vault = r#"{"BackupVaultList":[{"BackupVaultName":"v","BackupVaultArn":"arn:aws:backup:eu-central-1:111122223333:backup-vault:v","VaultType":"BACKUP_VAULT"}]}"#;
    let plan = r#"{"BackupPlansList":[{"BackupPlanId":"p","BackupPlanArn":"arn:aws:backup:eu-central-1:111122223333:backup-plan:p","BackupPlanName":"p"}]}"#;
    let table = r#"{"Results":[{"ResourceArn":"arn:aws:dynamodb:eu-central-1:111122223333:table/t","ResourceType":"DynamoDB"}]}"#;
    let test = r#"{"RestoreTestingPlans":[{"RestoreTestingPlanName":"t","RestoreTestingPlanArn":"arn:aws:backup:eu-central-1:111122223333:restore-testing-plan:t","CreationTime":1767000000,"ScheduleExpression":"cron(0 5 1 * ? *)"}]}"#;
    let job = r#"{"RestoreJobs":[{"RestoreJobId":"j","Status":"COMPLETED","CreationDate":1767000000}]}"#;
    let report = r#"{"ReportPlans":[{"ReportPlanName":"r","ReportPlanArn":"arn:aws:backup:eu-central-1:111122223333:report-plan:r"}]}"#;
    let lists = [
        ("/backup-vaults?", vault),
        ("/backup/plans", plan),
        ("/resources", table),
        ("/restore-testing/plans", test),
        ("/restore-jobs", job),
        ("/audit/report-plans", report),
    ];
    for (list, one) in lists {
        let of_list = move |request: &Request| request.path.split('?').next() == list.split('?').next();
        let found = run(&[EMPTY], move |request| if of_list(request) { ok(one) } else { nothing(request) });
        assert!(is_in_use(&found.0), "{list}: {:?}", found.0);
        let refused = run(&[EMPTY], move |request| if of_list(request) { denied(request) } else { nothing(request) });
        assert!(is_in_use(&refused.0), "{list} was refused");
    }
    let key = r#"{"Keys":[{"KeyId":"k","KeyArn":"arn:aws:kms:eu-central-1:111122223333:key/k"}]}"#;
    assert!(is_in_use(
        &run(&[EMPTY], move |request| if request.target == "ListKeys" { ok(key) } else { nothing(request) }).0
    ));
    let refused = |request: &Request| if request.target == "ListKeys" { denied(request) } else { nothing(request) };
    assert!(is_in_use(&run(&[EMPTY], refused).0));
}
