//! Which evaluations a change gives.

use super::super::change::{self, Asked};
use super::super::place::Key;
use super::super::plan::{Compliance, Standing};
use super::{RULES, bucket, finding, id, key, report, stands, versioning};
use crate::finding::Finding;
use crate::finding::severity::Severity;
use crate::finding::verdict::Verdict;

fn changed(findings: Vec<Finding>, standing: Option<Standing>) -> Option<(Compliance, Option<String>)> {
    let orders = bucket("orders");
    let asked = Asked::of(&RULES, "AWS::S3::Bucket", Severity::High);
    let report = report(findings);
    let said = change::evaluation(&key("orders"), &orders, &report, &asked, Severity::High, standing.as_ref());
    said.map(|evaluation| (evaluation.compliance, evaluation.annotation))
}

fn standing(compliance: Compliance, annotation: &str) -> Option<Standing> {
    Some(Standing { compliance, annotation: Some(annotation.to_owned()) })
}

#[test]
fn a_change_judges_the_rules_of_the_resource_itself_alone() {
    let asked = Asked::of(&RULES, "AWS::S3::Bucket", Severity::High);
    assert!(asked.configure.contains(&"s3-versioning-enabled"));
    assert!(!asked.configure.contains(&"workload-protected") && asked.others > 0);
    let protect = finding("workload-protected", Severity::Critical, Verdict::Fail, &bucket("orders"));
    assert_eq!(changed(vec![protect], None), None);
    let other = finding("s3-versioning-enabled", Severity::High, Verdict::Fail, &bucket("others"));
    assert_eq!(changed(vec![other], None), None);
}

#[test]
fn a_change_for_the_worse_is_said_at_once() {
    let (compliance, why) = changed(versioning(Verdict::Fail), None).unwrap();
    assert_eq!(compliance, Compliance::NonCompliant);
    let said = "fails 1 rule: high s3-versioning-enabled";
    assert!(why.as_deref().unwrap().starts_with(said));
    assert!(why.unwrap().ends_with("; the other rules are not judged yet"));
    let (_, why) = changed(versioning(Verdict::Fail), standing(Compliance::Compliant, "")).unwrap();
    assert_eq!(why.unwrap(), format!("{said} (s3-versioning-enabled says so)"));
}

#[test]
fn a_change_never_touches_a_failure_of_other_rules() {
    for text in [
        "fails 1 rule: critical workload-protected (nothing protects it)",
        "fails 2 rules: critical workload-protected, high s3-versioning-enabled",
        "fails 1 rule: high s3-versioning-enabled; 1 unknown",
        "fails 9 rules: high s3-versioning-enabled, and 8 more",
        "somebody else's words",
    ] {
        assert_eq!(changed(Vec::new(), standing(Compliance::NonCompliant, text)), None, "{text}");
        assert_eq!(changed(versioning(Verdict::Fail), standing(Compliance::NonCompliant, text)), None, "{text}");
    }
    assert_eq!(changed(Vec::new(), Some(stands(Compliance::NonCompliant))), None);
}

#[test]
fn a_change_lifts_what_the_resources_own_rules_alone_had_said() {
    let own = || standing(Compliance::NonCompliant, "fails 1 rule: high s3-versioning-enabled (versioning is off)");
    assert_eq!(changed(Vec::new(), own()), Some((Compliance::Compliant, None)));
    assert_eq!(changed(versioning(Verdict::Unknown), own()), None, "what is not known lifts nothing");
    assert_eq!(changed(versioning(Verdict::Waived), own()), Some((Compliance::Compliant, None)));
    let not_judged = "fails 1 rule: high s3-versioning-enabled (off); the other rules are not judged yet";
    assert_eq!(changed(Vec::new(), standing(Compliance::NonCompliant, not_judged)), None);
}

#[test]
fn a_change_alone_makes_nothing_compliant_that_other_rules_ask_about() {
    assert_eq!(changed(Vec::new(), None), None);
    assert_eq!(changed(Vec::new(), standing(Compliance::Compliant, "")), None);
    let vault = id("AWS::Backup::BackupVault", "eu-west-1", "arn:aws:backup:eu-west-1:111122223333:backup-vault:v");
    let asked = Asked::of(&RULES, "AWS::Backup::BackupVault", Severity::Low);
    assert_eq!(asked.others, 0, "a vault has only rules of its own");
    let key = Key { kind: "AWS::Backup::BackupVault".to_owned(), id: "v".to_owned() };
    let said = change::evaluation(&key, &vault, &report(Vec::new()), &asked, Severity::Low, None).unwrap();
    assert_eq!(said.compliance, Compliance::Compliant);
}

#[test]
fn a_type_that_no_rule_asks_about_is_not_applicable() {
    let queue = id("AWS::SQS::Queue", "eu-west-1", "q");
    let key = Key { kind: "AWS::SQS::Queue".to_owned(), id: "q".to_owned() };
    let asked = Asked::of(&RULES, "AWS::SQS::Queue", Severity::Low);
    let said = change::evaluation(&key, &queue, &report(Vec::new()), &asked, Severity::Low, None).unwrap();
    assert_eq!(said.compliance, Compliance::NotApplicable);
    assert!(said.annotation.is_some());
}
