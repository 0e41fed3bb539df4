//! The AWS Config rule: the real program between a Lambda Runtime API and an emulated account, judged by the calls that
//! went out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::emulator::{ACCOUNT, Emulator};
use crate::harness::lambda::{Call, Evaluation, Function, RULE, changed, event, scheduled};
use crate::harness::program::audit_command;
use crate::harness::server::root;

const ACCOUNT_TYPE: &str = "AWS::::Account";
const BUCKET: &str = "AWS::S3::Bucket";

/// A folder as Lambda would unpack it, with the tests' settings beside the program.
fn with_settings() -> tempfile::TempDir {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    std::fs::create_dir(folder.path().join("bundle")).expect("a folder");
    let settings = root().join("tests/emulator/backstop.toml");
    std::fs::copy(settings, folder.path().join("bundle/backstop.toml")).expect("a copy");
    folder
}

fn all_regions() -> Value {
    scheduled(&json!({"Regions": "eu-west-1,eu-central-1,us-east-1"}))
}

/// What the rule must call a resource, written down independently of the program.
fn config_key(kind: &str, region: &str, arn: &str) -> Option<(String, String)> {
    let refused = ["AWS::Account", "AWS::Region", "AWS::Backup::RestoreTestingSelection", "AWS::FSx::FileSystem"];
    if refused.contains(&kind) || kind.contains("DocDB") || kind.contains("Neptune") || kind.contains("Redshift") {
        return None;
    }
    let whole = [
        "AWS::Backup::RecoveryPoint",
        "AWS::Backup::RestoreTestingPlan",
        "AWS::RDS::DBInstance",
        "AWS::RDS::DBCluster",
    ];
    let short = kind == BUCKET || (region == "eu-west-1" && !whole.contains(&kind));
    let id = if short { arn.rsplit([':', '/']).next().expect("a last part") } else { arn };
    Some((kind.to_owned(), id.to_owned()))
}

/// The keys that an audit fails and leaves unknown at a severity of high or worse; `None` for the account.
fn audited(emulator: &Emulator) -> (BTreeSet<(String, String)>, BTreeSet<(String, String)>) {
    let out = audit_command(&emulator.url(), "json").output().expect("the program runs");
    let report: Value = serde_json::from_slice(&out.stdout).expect("a report");
    let mut found = BTreeMap::from([("fail", BTreeSet::new()), ("unknown", BTreeSet::new())]);
    for finding in report["findings"].as_array().expect("findings") {
        if !["critical", "high"].contains(&finding["severity"].as_str().expect("a severity")) {
            continue;
        }
        let text = |member: &str| finding["resource"][member].as_str().unwrap_or_default();
        let key = config_key(text("type"), text("region"), text("id"));
        let key = key.unwrap_or_else(|| (ACCOUNT_TYPE.to_owned(), ACCOUNT.to_owned()));
        found.entry(finding["verdict"].as_str().expect("a verdict")).or_default().insert(key);
    }
    (found.remove("fail").expect("fails"), found.remove("unknown").expect("unknowns"))
}

fn keys(evaluations: &[Evaluation], compliance: &str) -> BTreeSet<(String, String)> {
    evaluations.iter().filter(|one| one.compliance == compliance).map(Evaluation::key).collect()
}

#[test]
fn the_schedule_gives_the_verdicts_of_an_audit() {
    let emulator = Emulator::seeded("whole");
    let (fails, unknowns) = audited(&emulator);
    assert!(fails.len() > 20, "{fails:?}");
    emulator.forget_calls();
    let folder = with_settings();
    let answer = Function::new(&emulator).in_folder(folder.path()).invoke(all_regions());
    let response = answer.response();

    let evaluations = emulator.evaluations();
    assert_eq!(keys(&evaluations, "NON_COMPLIANT"), fails);
    assert!(keys(&evaluations, "COMPLIANT").len() > 20);
    assert!(keys(&evaluations, "COMPLIANT").is_disjoint(&unknowns), "what is unknown is not compliant");
    let all: BTreeSet<_> = evaluations.iter().map(Evaluation::key).collect();
    assert_eq!(all.len(), evaluations.len(), "a type and id were evaluated twice");
    assert_eq!(evaluations.last().map(|one| one.kind.as_str()), Some(ACCOUNT_TYPE), "the account comes last");

    for put in emulator.puts() {
        assert_eq!(put["ResultToken"], "token-backstop");
        assert_ne!(put["TestMode"], true);
        let evaluations = put["Evaluations"].as_array().expect("a list");
        assert!(evaluations.len() <= 100);
        for one in evaluations {
            // The schedule's own time: 2026-11-01T12:00:00Z.
            assert_eq!(one["OrderingTimestamp"].as_f64(), Some(1_793_534_400.0), "{one}");
            let said = one["Annotation"].as_str().unwrap_or_default();
            assert!(said.chars().count() <= 256, "{said}");
        }
    }
    let regions: BTreeSet<String> =
        emulator.requests("PutEvaluations").iter().map(|put| put["region"].to_string()).collect();
    assert_eq!(regions, BTreeSet::from(["\"eu-west-1\"".to_owned()]), "evaluations belong to the rule's Region");
    assert_eq!(response["evaluations"]["nonCompliant"], fails.len());
    assert_eq!(emulator.standing().len(), fails.len() + keys(&evaluations, "COMPLIANT").len());
}

#[test]
fn a_sound_account_is_compliant_and_its_account_evaluation_stands() {
    let emulator = Emulator::seeded("sound");
    let folder = with_settings();
    let function = Function::new(&emulator).in_folder(folder.path());
    assert_eq!(function.invoke(all_regions()).response()["complete"], true);
    let evaluations = emulator.evaluations();
    assert!(evaluations.iter().all(|one| one.compliance == "COMPLIANT"), "{evaluations:#?}");
    assert!(emulator.standing().contains_key(&(ACCOUNT_TYPE.to_owned(), ACCOUNT.to_owned())));
}

#[test]
fn by_itself_the_rule_reads_its_own_region() {
    let emulator = Emulator::seeded("small");
    let function = Function::new(&emulator);
    function.invoke(scheduled(&json!({}))).response();
    let regions = emulator.regions_of("backup", "ListBackupVaults");
    assert_eq!(regions, BTreeSet::from(["eu-west-1".to_owned()]));
    emulator.forget_calls();
    function.invoke(scheduled(&json!({"Regions": "all"}))).response();
    assert!(emulator.regions_of("backup", "ListBackupVaults").len() > 2);
}

#[test]
fn a_trial_checks_evaluations_and_keeps_none() {
    let emulator = Emulator::seeded("small");
    emulator.stand(BUCKET, "gone", "NON_COMPLIANT", "x");
    let mut trial = scheduled(&json!({"ReportBucket": "no-such-bucket", "EventBus": "default"}));
    trial["resultToken"] = json!("TESTMODE");
    Function::new(&emulator).invoke(trial).response();
    let puts = emulator.puts();
    assert!(!puts.is_empty() && puts.iter().all(|put| put["TestMode"] == true && put["ResultToken"] == "TESTMODE"));
    assert_eq!(emulator.standing().len(), 1, "nothing was kept, and nothing taken back");
    assert_eq!(emulator.requests("PutObject").len() + emulator.requests("PutEvents").len(), 0);
}

#[test]
fn what_is_gone_is_taken_back_by_type_and_id() {
    let emulator = Emulator::seeded("small");
    emulator.stand(BUCKET, "acme-gone", "NON_COMPLIANT", "fails 1 rule: high s3-versioning-enabled (off)");
    emulator.stand("AWS::DynamoDB::Table", "acme-orders", "COMPLIANT", "");
    Function::new(&emulator).invoke(all_regions()).response();
    let taken = keys(&emulator.evaluations(), "NOT_APPLICABLE");
    let expected = [("AWS::DynamoDB::Table", "acme-orders"), (BUCKET, "acme-gone")];
    assert_eq!(taken, expected.map(|(kind, id)| (kind.to_owned(), id.to_owned())).into());
    let standing = emulator.standing();
    assert!(standing.contains_key(&(BUCKET.to_owned(), "acme-orders".to_owned())), "the bucket of that name stands");
}

#[test]
fn a_list_that_was_refused_takes_no_failure_back_and_calls_nothing_compliant() {
    let emulator = Emulator::seeded("small");
    emulator.stand(BUCKET, "acme-orders", "COMPLIANT", "");
    emulator.stand(BUCKET, "acme-photos", "NON_COMPLIANT", "fails 1 rule: high s3-versioning-enabled (off)");
    emulator.plant(&json!({"service": "s3", "operation": "ListBuckets", "code": "AccessDenied"}));
    let answer = Function::new(&emulator).invoke(all_regions());
    assert_eq!(answer.response()["complete"], false);
    let evaluations = emulator.evaluations();
    let buckets: Vec<_> = evaluations.iter().filter(|one| one.kind == BUCKET).collect();
    assert_eq!(buckets.len(), 1, "{buckets:?}");
    assert_eq!((buckets[0].id.as_str(), buckets[0].compliance.as_str()), ("acme-orders", "NOT_APPLICABLE"));
    let account = evaluations.last().expect("the account's");
    assert_eq!((account.kind.as_str(), account.compliance.as_str()), (ACCOUNT_TYPE, "NOT_APPLICABLE"));
    assert!(account.annotation.as_deref().is_some_and(|said| said.starts_with("not known: ")), "{account:?}");
}

#[test]
fn more_than_a_hundred_evaluations_go_out_in_several_calls_and_are_all_taken_back_again() {
    let emulator = Emulator::seeded("small");
    for n in 0..250 {
        emulator.stand(BUCKET, &format!("gone-{n:03}"), "NON_COMPLIANT", "x");
    }
    Function::new(&emulator).invoke(all_regions()).response();
    let sizes: Vec<usize> =
        emulator.puts().iter().map(|put| put["Evaluations"].as_array().expect("a list").len()).collect();
    assert!(sizes.len() >= 4 && sizes.iter().all(|size| *size <= 100), "{sizes:?}");
    assert_eq!(&sizes[..2], [100, 100]);
    assert!(keys(&emulator.evaluations(), "NOT_APPLICABLE").len() >= 250);
    assert!(emulator.standing().keys().all(|(_, id)| !id.starts_with("gone-")));
}

#[test]
fn what_aws_config_failed_to_keep_is_sent_again_and_then_raised() {
    let emulator = Emulator::seeded("small");
    let function = Function::new(&emulator);
    emulator.ask("POST", "config/unkept", &json!({"id": "acme-orders", "times": 2}));
    function.invoke(all_regions()).response();
    let sent: Vec<_> = emulator.evaluations().into_iter().filter(|one| one.id == "acme-orders").collect();
    assert_eq!(sent.len(), 3, "{sent:?}");
    assert!(emulator.standing().contains_key(&(BUCKET.to_owned(), "acme-orders".to_owned())));

    emulator.forget_calls();
    emulator.ask("POST", "config/unkept", &json!({"id": "acme-photos", "times": 1000}));
    let answer = function.invoke(all_regions());
    let (kind, message) = answer.error();
    assert_eq!(kind, "PartialError");
    assert!(
        message.contains("failed to keep 1 evaluations after 4 tries") && message.contains("acme-photos"),
        "{message}"
    );
    assert_eq!(
        emulator.evaluations().last().map(|one| one.kind.clone()).as_deref(),
        Some(ACCOUNT_TYPE),
        "the rest went out"
    );
}

#[test]
fn throttling_passes_or_is_raised() {
    let emulator = Emulator::seeded("small");
    let function = Function::new(&emulator);
    let throttled = |times: Option<u32>| {
        let mut plant = json!({"service": "config", "operation": "PutEvaluations", "code": "ThrottlingException"});
        if let Some(times) = times {
            plant["times"] = json!(times);
        }
        emulator.plant(&plant);
    };
    throttled(Some(2));
    function.invoke(all_regions()).response();
    assert_eq!(emulator.dig_up(), 2);
    assert!(emulator.standing().len() > 2);
    throttled(None);
    let answer = function.invoke(all_regions());
    let (kind, message) = answer.error();
    assert_eq!(kind, "PartialError");
    assert!(message.contains("`config:PutEvaluations` failed") && message.contains("ThrottlingException"), "{message}");
}

#[test]
fn a_type_that_aws_config_no_longer_takes_counts_for_the_account() {
    let emulator = Emulator::seeded("small");
    let account = (ACCOUNT_TYPE.to_owned(), ACCOUNT.to_owned());
    emulator.ask("POST", "config/refused", &json!({"type": "AWS::Backup::BackupVault"}));
    Function::new(&emulator).invoke(all_regions()).response();
    let standing = emulator.standing();
    assert_eq!(standing.get(&account).map(String::as_str), Some("COMPLIANT"), "no vault fails");
    assert!(standing.keys().any(|(kind, _)| kind == BUCKET), "the others of the call were sent again: {standing:?}");

    let folder = with_settings();
    let rule = "@id(\"house-no-vaults\")\n@title(\"There are no vaults\")\n@severity(\"critical\")\n@practice(\"4\")\n\
        @message(\"`{{ resource.name }}` is one\")\nforbid (principal, action == Action::\"configure\", resource is \
        AWS::Backup::BackupVault);\n";
    std::fs::create_dir(folder.path().join("bundle/policies")).expect("a folder");
    std::fs::write(folder.path().join("bundle/policies/house-no-vaults.cedar"), rule).expect("a file");
    Function::new(&emulator).in_folder(folder.path()).invoke(all_regions()).response();
    let standing = emulator.standing();
    assert_eq!(standing.get(&account).map(String::as_str), Some("NON_COMPLIANT"));
    assert!(standing.keys().all(|(kind, _)| kind != "AWS::Backup::BackupVault"));
    let said = emulator.evaluations().pop().expect("the account's").annotation.expect("why");
    assert!(said.starts_with("fails, and AWS Config refuses its type: AWS::Backup::BackupVault "), "{said}");
}

#[test]
fn when_time_runs_out_what_was_judged_is_sent_and_the_rest_is_not_called_compliant() {
    let emulator = Emulator::seeded("small");
    emulator.stand(BUCKET, "acme-orders", "COMPLIANT", "");
    emulator.stand(BUCKET, "acme-photos", "NON_COMPLIANT", "fails 1 rule: critical workload-protected (nothing does)");
    emulator.stand("AWS::Backup::BackupVault", "acme-main", "NON_COMPLIANT", "fails 1 rule: high vault-locked (no)");
    // The lists of vaults and plans never come.
    for operation in ["ListBackupVaults", "ListBackupPlans"] {
        emulator.plant(&json!({"service": "backup", "operation": operation, "kind": "slow", "seconds": 90}));
    }
    let call = Call { event: all_regions().to_string(), time: Duration::from_secs(20) };
    let begun = Instant::now();
    let answer = Function::new(&emulator).invoke(call);
    assert!(begun.elapsed() < Duration::from_secs(60), "it took {:?}", begun.elapsed());
    assert_eq!(answer.response()["complete"], false);
    let evaluations = emulator.evaluations();
    assert_eq!(keys(&evaluations, "NON_COMPLIANT"), BTreeSet::new(), "what was not seen does not fail");
    let compliant = keys(&evaluations, "COMPLIANT");
    assert!(!compliant.is_empty(), "what was judged is sent");
    let unseen = [(BUCKET, "acme-orders"), (BUCKET, "acme-photos"), ("AWS::Backup::BackupVault", "acme-main")];
    assert!(
        unseen.iter().all(|(kind, id)| !compliant.contains(&((*kind).to_owned(), (*id).to_owned()))),
        "{compliant:?}"
    );
    let standing = emulator.standing();
    let of = |kind: &str, id: &str| standing.get(&(kind.to_owned(), id.to_owned())).map(String::as_str);
    assert_eq!(of(BUCKET, "acme-orders"), None, "it is no longer known to be compliant");
    assert_eq!(of(BUCKET, "acme-photos"), Some("NON_COMPLIANT"));
    assert_eq!(of("AWS::Backup::BackupVault", "acme-main"), Some("NON_COMPLIANT"), "it may still be there");
    assert_eq!(evaluations.last().map(|one| one.compliance.as_str()), Some("NOT_APPLICABLE"));
}

#[test]
fn with_no_time_at_all_nothing_is_called_compliant() {
    let emulator = Emulator::seeded("small");
    emulator.stand(BUCKET, "acme-orders", "NON_COMPLIANT", "x");
    let call = Call { event: all_regions().to_string(), time: Duration::from_millis(1) };
    let answer = Function::new(&emulator).invoke(call);
    assert!(!answer.ok || answer.body["complete"] == false, "{:#}", answer.body);
    assert!(
        emulator.evaluations().iter().all(|one| one.compliance == "NOT_APPLICABLE"),
        "{:?}",
        emulator.evaluations()
    );
    assert_eq!(emulator.standing().len(), 1, "the failure stands");
}

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
    let queue = changed(&json!({}), "AWS::SQS::Queue", "https://q", "arn:aws:sqs:eu-west-1:123456789012:q", "OK");
    emulator.forget_calls();
    function.invoke(queue).response();
    assert_eq!(keys(&emulator.evaluations(), "NOT_APPLICABLE").len(), 1);
}

#[test]
fn what_cannot_be_begun_fails_before_anything_is_called() {
    let emulator = Emulator::seeded("small");
    let mut tokenless = all_regions();
    tokenless.as_object_mut().expect("an object").remove("resultToken");
    let mut roleless = scheduled(&json!({"AssumeRoleMode": "true"}));
    roleless.as_object_mut().expect("an object").remove("executionRoleArn");
    let mut foreign = scheduled(&json!({"ExecutionRoleName": "backstop"}));
    foreign["executionRoleArn"] = json!("arn:aws:iam::444455556666:role/config");
    let long = scheduled(&json!({"ReportPrefix": "x".repeat(1100)}));
    let function = Function::new(&emulator);
    for (event, kind, part) in [
        (json!({"Records": []}), "EventError", "none of AWS Config"),
        (tokenless, "EventError", "resultToken"),
        (
            event(&json!({}), &json!({"messageType": "ConfigurationSnapshotDeliveryCompleted"})),
            "EventError",
            "does not answer",
        ),
        (scheduled(&json!({"Regions": "everywhere"})), "ParameterError", "`Regions` is wrong: `everywhere`"),
        (scheduled(&json!({"MinSeverty": "low"})), "ParameterError", "did you mean `MinSeverity`?"),
        (long, "ParameterError", "1024"),
        (roleless, "RoleError", "`ExecutionRoleName`"),
        (foreign, "RoleError", "444455556666"),
    ] {
        let answer = function.invoke(event);
        let (found, message) = answer.error();
        assert_eq!(found, kind, "{message}");
        assert!(message.contains(part), "{message}");
    }
    assert!(emulator.calls().is_empty(), "{:?}", emulator.calls());
    let torn = Call { event: "{\"invokingEvent\":".to_owned(), time: Duration::from_secs(60) };
    assert!(!function.invoke(torn).ok);
}

#[test]
fn a_role_is_assumed_for_reading_and_for_evaluations() {
    let emulator = Emulator::seeded("small");
    let function = Function::new(&emulator);
    let mut assumed = scheduled(&json!({
        "ExecutionRoleName": "audit/backstop", "ExecutionRoleRegion": "eu-central-1", "ExternalId": "acme-1",
    }));
    function.invoke(assumed.clone()).response();
    let calls = emulator.requests("AssumeRole");
    assert!(!calls.is_empty());
    for call in &calls {
        let body = call["body"].as_str().expect("a form");
        assert!(body.contains("RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Faudit%2Fbackstop"), "{body}");
        assert!(body.contains("ExternalId=acme-1"), "{body}");
        assert_eq!(call["region"], "eu-central-1");
    }
    // The credentials of the role, and not the function's own, whose key is the account's number.
    assert!(emulator.requests("PutEvaluations").iter().all(|put| put["account"].is_null()));
    assert!(emulator.standing().len() > 2);

    // The same role in another account: its credentials are that account's.
    emulator.forget_calls();
    assumed["accountId"] = json!("444455556666");
    assumed["executionRoleArn"] = json!("arn:aws:iam::444455556666:role/config");
    assumed["configRuleArn"] = json!("arn:aws:config:eu-west-1:444455556666:config-rule/config-rule-2");
    function.invoke(assumed.clone()).response();
    let account = emulator.evaluations().into_iter().find(|one| one.kind == ACCOUNT_TYPE).expect("the account's");
    assert_eq!(account.id, "444455556666");

    emulator.plant(&json!({"service": "sts", "operation": "AssumeRole", "code": "AccessDenied", "status": 403}));
    emulator.forget_calls();
    let answer = function.invoke(assumed);
    let (kind, message) = answer.error();
    assert_eq!(kind, "AccountError", "{message}");
    assert_eq!(emulator.evaluations(), []);
}

#[test]
fn credentials_of_another_account_are_refused_before_anything_is_read() {
    let emulator = Emulator::seeded("small");
    let mut other = all_regions();
    other["accountId"] = json!("444455556666");
    let answer = Function::new(&emulator).invoke(other);
    let (kind, message) = answer.error();
    assert_eq!(kind, "AccountError");
    assert!(message.contains("account 123456789012 answered, and 444455556666 is meant"), "{message}");
    let calls: Vec<_> = emulator.calls().into_keys().map(|(_, operation)| operation).collect();
    assert_eq!(calls, ["GetCallerIdentity"]);
}

/// A bundle with these files, and its SHA-256.
fn bundle(files: &[(&str, &str)]) -> (Vec<u8>, String) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }
    let tar = folder.path().join("bundle.tar.gz");
    let made = std::process::Command::new("tar")
        .args(["--exclude=bundle.tar.gz", "-czf"])
        .arg(&tar)
        .arg("-C")
        .arg(folder.path())
        .arg(".")
        .status();
    assert!(made.expect("tar runs").success());
    (std::fs::read(&tar).expect("a bundle"), digest(&tar))
}

fn digest(file: &Path) -> String {
    let out = std::process::Command::new("sha256sum").arg(file).output().expect("sha256sum runs");
    String::from_utf8_lossy(&out.stdout).split_whitespace().next().expect("a digest").to_owned()
}

#[test]
fn rules_and_settings_come_from_a_bundle_whose_digest_was_approved() {
    let emulator = Emulator::seeded("small");
    let function = Function::new(&emulator);
    let rule = "@id(\"house-no-photos\")\n@title(\"There are no photos\")\n@severity(\"critical\")\n@practice(\"4\")\n\
        @message(\"`{{ resource.name }}` holds photos\")\nforbid (principal, action == Action::\"configure\", resource is \
        AWS::S3::Bucket)\nwhen { resource.name like \"*photos\" };\n";
    let (bytes, sha256) = bundle(&[("backstop.toml", ""), ("policies/house-no-photos.cedar", rule)]);
    emulator.put_object("acme-policies", "v1.tar.gz", &bytes);
    emulator.put_object("acme-policies", "torn.tar.gz", &bytes[..bytes.len() / 2]);
    let with = |key: &str, sha256: &str| {
        scheduled(&json!({"BundleUri": format!("s3://acme-policies/{key}"), "BundleSha256": sha256}))
    };
    function.invoke(with("v1.tar.gz", &sha256)).response();
    let photos = emulator.evaluations().into_iter().find(|one| one.id == "acme-photos").expect("its evaluation");
    assert_eq!(photos.compliance, "NON_COMPLIANT");
    assert!(photos.annotation.as_deref().is_some_and(|said| said.contains("critical house-no-photos")), "{photos:?}");

    emulator.forget_calls();
    let answer = function.invoke(with("v1.tar.gz", &"0".repeat(64)));
    assert_eq!(answer.error().0, "BundleError");
    assert!(answer.error().1.contains(&format!("its SHA-256 is {sha256}")), "{:?}", answer.error());
    let torn = tempfile::NamedTempFile::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a file");
    std::fs::write(torn.path(), &bytes[..bytes.len() / 2]).expect("a file");
    let answer = function.invoke(with("torn.tar.gz", &digest(torn.path())));
    assert_eq!(answer.error().0, "BundleError");
    assert!(answer.error().1.contains("cannot be unpacked"), "{:?}", answer.error());
    let answer = function.invoke(with("none.tar.gz", &"1".repeat(64)));
    assert_eq!(answer.error().0, "CallError");
    assert!(answer.error().1.contains("s3://acme-policies/none.tar.gz"), "{:?}", answer.error());
    assert_eq!(emulator.evaluations(), [], "nothing is judged by rules that were not approved");
    assert!(emulator.calls().keys().all(|(service, _)| service == "s3"), "{:?}", emulator.calls());
}

#[test]
fn reports_go_to_the_bucket_and_the_counts_to_the_event_bus() {
    let emulator = Emulator::seeded("small");
    let function = Function::new(&emulator);
    emulator.put_object("acme-reports", "", b"");
    let parameters = json!({
        "Regions": "eu-west-1,eu-central-1,us-east-1", "ReportBucket": "acme-reports", "ReportPrefix": "dr",
        "ReportKmsKey": "alias/acme-reports", "EventBus": "default",
    });
    let answer = function.invoke(scheduled(&parameters));
    let response = answer.response();
    let place = "account=123456789012/region=eu-west-1/rule=backstop/date=2026-11-01/120000Z";
    let uris = ["json", "sarif", "checklist", "findings"].into_iter().zip(["json", "sarif", "md", "ndjson"]);
    let uris: Vec<String> = uris.map(|(kind, end)| format!("s3://acme-reports/dr/{kind}/{place}.{end}")).collect();
    assert_eq!(response["reports"], json!(uris));
    let puts = emulator.requests("PutObject");
    assert_eq!(puts.len(), 4);
    for put in &puts {
        assert_eq!(put["headers"]["x-amz-server-side-encryption"], "aws:kms");
        assert_eq!(put["headers"]["x-amz-server-side-encryption-aws-kms-key-id"], "alias/acme-reports");
    }
    let report: Value =
        serde_json::from_str(&emulator.object("acme-reports", &format!("dr/json/{place}.json"))).expect("JSON");
    assert_eq!(report["schemaVersion"], 1);
    assert_eq!(report["judgedAt"], "2026-11-01T12:00:00Z");

    let events = emulator.requests("PutEvents");
    assert_eq!(events.len(), 1);
    let body: Value = serde_json::from_str(events[0]["body"].as_str().expect("a text")).expect("JSON");
    let entry = &body["Entries"][0];
    assert_eq!((&entry["Source"], &entry["EventBusName"]), (&json!("backstop"), &json!("default")));
    let detail: Value = serde_json::from_str(entry["Detail"].as_str().expect("a text")).expect("JSON");
    assert_eq!(detail["counts"]["fail"], report["totals"]["fail"]);
    assert_eq!((&detail["account"], &detail["rule"]), (&json!(ACCOUNT), &json!(RULE)));
    assert_eq!(detail["reports"]["findings"], uris[3].as_str());

    emulator.plant(&json!({"service": "s3", "operation": "PutObject", "code": "AccessDenied", "status": 403}));
    emulator.forget_calls();
    let answer = function.invoke(scheduled(&parameters));
    let (kind, message) = answer.error();
    assert_eq!(kind, "PartialError");
    assert!(message.contains("`s3:PutObject` failed: s3://acme-reports/dr/json/"), "{message}");
    assert!(emulator.evaluations().len() > 2, "the evaluations went out all the same");
}
