//! The AWS Config rule: the real program between a Lambda Runtime API and an emulated account, judged by the calls that
//! went out.

mod begin;
mod bundles;
mod changes;
mod odd;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::emulator::{ACCOUNT, Emulator};
use crate::harness::lambda::{Call, Evaluation, Function, scheduled};
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

/// Types and ids.
type Keys = BTreeSet<(String, String)>;

/// The keys that an audit fails and leaves unknown at a severity of high or worse; `None` for the account.
fn audited(emulator: &Emulator) -> (Keys, Keys) {
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
    let topic = emulator.topic("eu-west-1", "dr-counts");
    let mut trial = scheduled(&json!({"ReportBucket": "no-such-bucket", "EventBus": "default", "TopicArn": topic}));
    trial["resultToken"] = json!("TESTMODE");
    Function::new(&emulator).invoke(trial).response();
    let puts = emulator.puts();
    assert!(!puts.is_empty() && puts.iter().all(|put| put["TestMode"] == true && put["ResultToken"] == "TESTMODE"));
    assert_eq!(emulator.standing().len(), 1, "nothing was kept, and nothing taken back");
    for operation in ["PutObject", "PutEvents", "Publish"] {
        assert_eq!(emulator.requests(operation).len(), 0, "{operation}");
    }
}

#[test]
fn the_event_of_the_guide_is_a_trial() {
    let emulator = Emulator::seeded("small");
    let guide = std::fs::read_to_string(root().join("docs/config-rule.md")).expect("the guide");
    let (_, event) = guide.split_once("<<'JSON'\n").expect("an event");
    let (event, _) = event.split_once("\nJSON\n").expect("its end");
    let event: Value = serde_json::from_str(&event.replace("111122223333", ACCOUNT)).expect("JSON");
    Function::new(&emulator).invoke(event).response();
    let puts = emulator.puts();
    assert!(!puts.is_empty() && puts.iter().all(|put| put["TestMode"] == true));
    assert!(emulator.standing().is_empty());
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
fn a_token_that_aws_config_does_not_know_is_raised_at_once() {
    let emulator = Emulator::seeded("small");
    for n in 0..150 {
        emulator.stand(BUCKET, &format!("gone-{n:03}"), "NON_COMPLIANT", "x");
    }
    let mut event = all_regions();
    event["resultToken"] = json!("another");
    let answer = Function::new(&emulator).invoke(event);
    let (kind, message) = answer.error();
    assert_eq!(kind, "PartialError");
    assert!(message.contains("InvalidResultTokenException") && message.contains("were not sent"), "{message}");
    assert_eq!(emulator.puts().len(), 1, "no other call would end better");
    assert_eq!(emulator.standing().len(), 150);
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
