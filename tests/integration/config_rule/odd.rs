//! Answers of AWS Config and events that are odd, and all the same must end well or visibly.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{ACCOUNT_TYPE, BUCKET, all_regions, keys, with_settings};
use crate::harness::emulator::Emulator;
use crate::harness::lambda::{Call, Function, changed, scheduled};

fn sizes(emulator: &Emulator) -> Vec<usize> {
    emulator.puts().iter().map(|put| put["Evaluations"].as_array().expect("a list").len()).collect()
}

#[test]
fn a_list_whose_pages_go_round_is_given_up_and_what_was_judged_is_sent() {
    let emulator = Emulator::seeded("small");
    let function = Function::new(&emulator);
    emulator.stand(BUCKET, "acme-gone", "NON_COMPLIANT", "x");
    let round = ["a", "b"].repeat(5000);
    emulator.ask("POST", "config/pages", &json!({"tokens": round}));
    let answer = function.invoke(all_regions());
    let (kind, message) = answer.error();
    assert_eq!(kind, "PartialError");
    assert!(message.contains("what stands is not known") && message.contains("same page token twice"), "{message}");
    let evaluations = emulator.evaluations();
    assert!(evaluations.len() > 2, "{evaluations:?}");
    assert_eq!(keys(&evaluations, "NOT_APPLICABLE").len(), 0, "nothing is taken back");

    // Pages that end are read to their end, whatever else AWS may write into them some day.
    emulator.forget_calls();
    emulator.ask("POST", "config/pages", &json!({"tokens": ["a", "b", "c"]}));
    function.invoke(all_regions()).response();
    assert_eq!(emulator.calls()[&("config".to_owned(), "GetComplianceDetailsByConfigRule".to_owned())], 4);
    assert_eq!(keys(&emulator.evaluations(), "NOT_APPLICABLE"), [(BUCKET.to_owned(), "acme-gone".to_owned())].into());
}

#[test]
fn what_stands_is_not_waited_for_until_there_is_no_time_to_send() {
    let emulator = Emulator::seeded("small");
    emulator.plant(&json!({
        "service": "config", "operation": "GetComplianceDetailsByConfigRule", "kind": "slow", "seconds": 90,
    }));
    let call = Call { event: all_regions().to_string(), time: Duration::from_secs(20) };
    let begun = Instant::now();
    let answer = Function::new(&emulator).invoke(call);
    assert!(begun.elapsed() < Duration::from_secs(20), "it took {:?}", begun.elapsed());
    let (kind, message) = answer.error();
    assert_eq!(kind, "PartialError");
    assert!(message.contains("`config:GetComplianceDetailsByConfigRule` failed: there was no time left"), "{message}");
    assert!(!message.contains("not sent"), "{message}");
    assert_eq!(emulator.evaluations().last().map(|one| one.kind.clone()).as_deref(), Some(ACCOUNT_TYPE));
}

#[test]
fn reports_that_are_not_taken_end_before_the_deadline() {
    let emulator = Emulator::seeded("small");
    emulator.plant(&json!({"service": "s3", "operation": "PutObject", "kind": "slow", "seconds": 90}));
    let event = scheduled(&json!({"ReportBucket": "acme-reports"}));
    let call = Call { event: event.to_string(), time: Duration::from_secs(15) };
    let begun = Instant::now();
    let answer = Function::new(&emulator).invoke(call);
    assert!(begun.elapsed() < Duration::from_secs(15), "it took {:?}", begun.elapsed());
    let (kind, message) = answer.error();
    assert_eq!(kind, "PartialError");
    assert!(message.contains("`s3:PutObject` failed: there was no time left"), "{message}");
    assert!(emulator.evaluations().len() > 2);
}

#[test]
fn a_rule_that_was_deleted_meanwhile_is_raised_after_one_call() {
    let emulator = Emulator::seeded("small");
    for operation in ["GetComplianceDetailsByConfigRule", "PutEvaluations"] {
        emulator.plant(&json!({"service": "config", "operation": operation, "code": "NoSuchConfigRuleException"}));
    }
    let answer = Function::new(&emulator).invoke(all_regions());
    let (kind, message) = answer.error();
    assert_eq!(kind, "PartialError");
    assert!(message.contains("NoSuchConfigRuleException"), "{message}");
    assert_eq!(emulator.dig_up(), 2);
}

#[test]
fn a_failed_evaluation_that_was_never_sent_is_raised() {
    let emulator = Emulator::seeded("small");
    emulator.ask("POST", "config/unkept", &json!({"id": "acme-orders", "times": 1000, "as": "ACME-ORDERS"}));
    let answer = Function::new(&emulator).invoke(all_regions());
    let (kind, message) = answer.error();
    assert_eq!(kind, "PartialError");
    assert!(message.contains("ACME-ORDERS"), "{message}");
}

#[test]
fn a_hundred_evaluations_fit_into_one_call_and_a_hundred_and_one_do_not() {
    let emulator = Emulator::seeded("small");
    let function = Function::new(&emulator);
    let invoke = || function.invoke(all_regions()).response().clone();
    invoke();
    let [own, 1] = sizes(&emulator)[..] else { panic!("{:?}", sizes(&emulator)) };
    for (wanted, expected) in [(100, vec![100, 1]), (101, vec![100, 1, 1])] {
        for n in own..wanted {
            emulator.stand(BUCKET, &format!("gone-{n:03}"), "COMPLIANT", "");
        }
        emulator.forget_calls();
        invoke();
        assert_eq!(sizes(&emulator), expected);
    }
}

#[test]
fn parameters_that_say_nothing_are_the_defaults() {
    let emulator = Emulator::seeded("small");
    let function = Function::new(&emulator);
    let mut without = scheduled(&json!({}));
    without.as_object_mut().expect("an object").remove("ruleParameters");
    let mut null = without.clone();
    null["ruleParameters"] = Value::Null;
    let mut empty = without.clone();
    empty["ruleParameters"] = json!("");
    let blank = scheduled(&json!({"Regions": "", "ReportBucket": " ", "BundleUri": "", "BundleSha256": ""}));
    for event in [without, null, empty, blank] {
        emulator.forget_calls();
        function.invoke(event).response();
        assert_eq!(emulator.evaluations().last().map(|one| one.kind.clone()).as_deref(), Some(ACCOUNT_TYPE));
        assert_eq!(emulator.regions_of("backup", "ListBackupVaults"), ["eu-west-1".to_owned()].into());
    }
}

#[test]
fn a_long_text_of_wide_characters_goes_out_whole_characters_only() {
    let emulator = Emulator::seeded("small");
    let folder = with_settings();
    let rule = format!(
        "@id(\"house-crabs\")\n@title(\"No crabs\")\n@severity(\"critical\")\n@practice(\"4\")\n@message(\"`{{{{ \
         resource.name }}}}` {}\")\nforbid (principal, action == Action::\"configure\", resource is \
         AWS::Backup::BackupVault);\n",
        "🦀é".repeat(150)
    );
    std::fs::create_dir(folder.path().join("bundle/policies")).expect("a folder");
    std::fs::write(folder.path().join("bundle/policies/house-crabs.cedar"), rule).expect("a file");
    Function::new(&emulator).in_folder(folder.path()).invoke(all_regions()).response();
    let evaluations = emulator.evaluations();
    let texts = evaluations.iter().filter_map(|one| one.annotation.as_deref()).filter(|text| text.contains('🦀'));
    let texts: Vec<&str> = texts.collect();
    assert!(!texts.is_empty(), "{evaluations:#?}");
    for text in texts {
        let units = text.encode_utf16().count();
        assert!((250..=256).contains(&units) && text.ends_with("…)"), "{units}: {text}");
    }
}

#[test]
fn what_happened_in_another_account_is_refused_before_anything_is_called() {
    let emulator = Emulator::seeded("small");
    let mut event = changed(&json!({}), BUCKET, "acme-orders", "arn:aws:s3:::acme-orders", "ResourceDeleted");
    let notification = event["invokingEvent"].as_str().expect("a text").replace("123456789012", "444455556666");
    event["invokingEvent"] = json!(notification);
    let answer = Function::new(&emulator).invoke(event);
    let (kind, message) = answer.error();
    assert_eq!(kind, "EventError");
    assert!(message.contains("`invokingEvent` is about `444455556666`"), "{message}");
    assert!(emulator.calls().is_empty(), "{:?}", emulator.calls());
}

#[test]
fn a_change_of_a_type_that_only_the_schedule_judges_says_nothing() {
    let emulator = Emulator::seeded("small");
    let function = Function::new(&emulator);
    for (kind, id, arn) in [
        ("AWS::RDS::DBInstance", "db-ABC", "arn:aws:rds:eu-west-1:123456789012:db:orders"),
        ("AWS::IAM::Role", "AROAEXAMPLE", "arn:aws:iam::123456789012:role/backup"),
        ("AWS::Backup::RecoveryPoint", "arn:x", "arn:aws:ec2:eu-west-1::snapshot/snap-1"),
    ] {
        emulator.stand(kind, id, "NON_COMPLIANT", "fails 1 rule: critical workload-protected (nothing does)");
        function.invoke(changed(&json!({"MinSeverity": "low"}), kind, id, arn, "OK")).response();
        assert_eq!(emulator.evaluations(), [], "{kind}");
    }
    assert_eq!(emulator.standing().len(), 3);
}

#[test]
fn a_change_that_names_no_arn_is_judged_by_its_id() {
    let emulator = Emulator::seeded("whole");
    let folder = with_settings();
    let function = Function::new(&emulator).in_folder(folder.path());
    let said = |mut event: Value, whole: bool| {
        if !whole {
            let mut notification: Value =
                serde_json::from_str(event["invokingEvent"].as_str().expect("a text")).expect("JSON");
            notification["configurationItem"].as_object_mut().expect("an item").remove("ARN");
            event["invokingEvent"] = json!(notification.to_string());
        }
        emulator.forget_calls();
        function.invoke(event).response();
        emulator.evaluations()
    };
    for kind in [BUCKET, "AWS::Backup::BackupVault", "AWS::Backup::BackupPlan", "AWS::KMS::Key"] {
        let mut judged = 0;
        for (name, arn) in
            emulator.arns.get(kind).into_iter().flatten().filter(|(name, _)| name.starts_with("eu-west-1/"))
        {
            let id = arn.rsplit([':', '/']).next().expect("an id");
            let event = |status| changed(&json!({"MinSeverity": "low"}), kind, id, arn, status);
            let by_arn = said(event("OK"), true);
            // What stands would keep the second from saying anything.
            said(event("ResourceDeleted"), true);
            let by_id = said(event("OK"), false);
            assert_eq!(by_id, by_arn, "{kind} {name}");
            said(event("ResourceDeleted"), false);
            judged += by_arn.len();
            if judged > 1 {
                break;
            }
        }
        assert!(judged > 0, "{kind}");
    }
    assert!(emulator.standing().is_empty(), "{:?}", emulator.standing());
}

#[test]
fn a_change_of_what_is_no_longer_there_says_nothing() {
    let emulator = Emulator::seeded("small");
    let function = Function::new(&emulator);
    for (kind, id, arn) in [
        (BUCKET, "acme-gone", "arn:aws:s3:::acme-gone"),
        ("AWS::Backup::BackupVault", "gone", "arn:aws:backup:eu-west-1:123456789012:backup-vault:gone"),
        ("AWS::Backup::BackupPlan", "p-gone", "arn:aws:backup:eu-west-1:123456789012:backup-plan:p-gone"),
        ("AWS::KMS::Key", "1-gone", "arn:aws:kms:eu-west-1:123456789012:key/1-gone"),
    ] {
        emulator.stand(kind, id, "NON_COMPLIANT", "fails 1 rule: critical workload-protected (nothing does)");
        let answer = function.invoke(changed(&json!({"MinSeverity": "low"}), kind, id, arn, "OK"));
        assert_eq!(answer.response()["complete"], false, "{kind}");
        assert_eq!(emulator.evaluations(), [], "{kind}");
    }
    assert_eq!(emulator.standing().len(), 4);
}
