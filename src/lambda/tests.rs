//! Which evaluations a report gives.

mod change;
mod publish;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::annotation::LONGEST;
use super::place::{ACCOUNT, Key};
use super::plan::{Compliance, Evaluation, Standing, Unseen, plan};
use super::verdicts::{Judgement, Outcome, Scope, outcomes};
use crate::finding::report::{Counts, Report, Statistics};
use crate::finding::severity::Severity;
use crate::finding::verdict::Verdict;
use crate::finding::{Finding, Missing};
use crate::model::gap::{Gap, GapKind};
use crate::model::identity::ResourceId;
use crate::model::snapshot::Source;
use crate::rule::{RuleSet, load};

const OWN: &str = "111122223333";
const SCOPE: Scope<'static> = Scope { account: OWN, region: "eu-west-1", threshold: Severity::High };

static RULES: LazyLock<RuleSet> = LazyLock::new(|| load::load(&[], &BTreeMap::new()).unwrap());

fn id(kind: &str, region: &str, id: &str) -> ResourceId {
    ResourceId {
        root: None,
        partition: Some("aws".into()),
        account: Some(OWN.into()),
        region: Some(region.into()),
        kind: kind.into(),
        id: id.into(),
    }
}

fn bucket(name: &str) -> ResourceId {
    id("AWS::S3::Bucket", "eu-west-1", &format!("arn:aws:s3:::{name}"))
}

fn finding(rule: &str, severity: Severity, verdict: Verdict, resource: &ResourceId) -> Finding {
    Finding {
        rule: rule.into(),
        severity,
        verdict,
        resource: resource.clone(),
        name: resource.id.rsplit(':').next().unwrap().into(),
        address: resource.id.clone(),
        message: format!("{rule} says so"),
        at: None,
        related: Vec::new(),
        missing: if verdict == Verdict::Unknown {
            vec![Missing { fact: "versioning".to_owned(), reasons: "`s3:GetBucketVersioning` was denied".into() }]
        } else {
            Vec::new()
        },
        values: BTreeMap::new(),
        waiver: None,
        suppression: None,
        novelty: None,
    }
}

fn report(findings: Vec<Finding>) -> Report {
    let mut report = Report {
        source: Source::Live,
        now: Some("2026-11-01T12:00:00Z".parse().unwrap()),
        findings,
        rules: BTreeMap::from([("s3-versioning-enabled".into(), Counts { fail: 1, pass: 2, ..Counts::default() })]),
        gaps: Vec::new(),
        errors: Vec::new(),
        statistics: Statistics::default(),
        waivers: Vec::new(),
        suppressions: Vec::new(),
        notices: BTreeMap::new(),
        baseline: None,
        outside: None,
    };
    report.sort();
    report
}

fn denied(operation: &str) -> Gap {
    Gap {
        kind: GapKind::Denied,
        account: Some(OWN.into()),
        region: Some("eu-west-1".into()),
        operation: operation.into(),
        subject: None,
        code: "AccessDenied".into(),
        message: "no".into(),
        leaves_unknown: "something".into(),
        permission: Some("x:Y".into()),
        at: None,
    }
}

fn outcomes_of(judged: &[&ResourceId], report: Report, scope: Scope<'_>) -> BTreeMap<String, Outcome> {
    let judgement = Judgement { report, judged: judged.iter().copied().collect() };
    outcomes(&judgement, &RULES, scope).into_iter().map(|outcome| (outcome.key.id.clone(), outcome)).collect()
}

fn verdicts(outcomes: &BTreeMap<String, Outcome>) -> Vec<(&str, Verdict)> {
    outcomes.values().map(|outcome| (outcome.key.id.as_str(), outcome.verdict)).collect()
}

#[test]
fn one_resource_has_one_outcome_and_its_worst_rules_are_named() {
    let (orders, photos, logs) = (bucket("orders"), bucket("photos"), bucket("logs"));
    let report = report(vec![
        finding("s3-versioning-enabled", Severity::High, Verdict::Fail, &orders),
        finding("workload-protected", Severity::Critical, Verdict::Fail, &orders),
        finding("s3-lifecycle-configured", Severity::Medium, Verdict::Fail, &photos),
        finding("s3-versioning-enabled", Severity::High, Verdict::Waived, &photos),
        finding("s3-versioning-enabled", Severity::High, Verdict::Unknown, &logs),
    ]);
    let outcomes = outcomes_of(&[&orders, &photos, &logs], report, SCOPE);
    let expected =
        [(OWN, Verdict::Pass), ("logs", Verdict::Unknown), ("orders", Verdict::Fail), ("photos", Verdict::Pass)];
    assert_eq!(verdicts(&outcomes), expected, "what is milder or waived does not count");
    let said = outcomes["orders"].annotation.as_deref().unwrap();
    assert_eq!(said, "fails 2 rules: critical workload-protected, high s3-versioning-enabled");
    assert_eq!(outcomes["photos"].annotation, None);
    assert_eq!(outcomes[OWN].key.kind, ACCOUNT);
}

#[test]
fn the_threshold_decides_what_counts() {
    let orders = bucket("orders");
    let medium = || report(vec![finding("s3-lifecycle-configured", Severity::Medium, Verdict::Fail, &orders)]);
    let at = |threshold| outcomes_of(&[&orders], medium(), Scope { threshold, ..SCOPE })["orders"].verdict;
    assert_eq!(at(Severity::High), Verdict::Pass);
    assert_eq!(at(Severity::Medium), Verdict::Fail);
}

#[test]
fn what_no_rule_at_the_threshold_asks_about_has_no_outcome() {
    let point = id("AWS::Backup::RecoveryPoint", "eu-west-1", "arn:aws:ec2:eu-west-1::snapshot/snap-1");
    let worst = super::verdicts::asked(&RULES, Severity::Critical);
    let all = super::verdicts::asked(&RULES, Severity::Low);
    assert!(all.contains("AWS::Backup::RecoveryPoint"));
    let outcomes = outcomes_of(&[&point], report(Vec::new()), Scope { threshold: Severity::Critical, ..SCOPE });
    assert_eq!(outcomes.len() == 2, worst.contains("AWS::Backup::RecoveryPoint"));
    let outcomes = outcomes_of(&[&point], report(Vec::new()), Scope { threshold: Severity::Low, ..SCOPE });
    assert_eq!(outcomes.len(), 2);
}

#[test]
fn an_unknown_that_may_be_worse_than_its_rule_counts_by_the_worse() {
    let escalating = RULES.rules.iter().find(|rule| rule.meta.escalation.is_some()).expect("a rule that escalates");
    let (worse, _) = escalating.meta.escalation.as_ref().unwrap();
    assert!(*worse > escalating.meta.severity);
    let kind = escalating.meta.types.first().unwrap();
    let one = id(kind, "eu-west-1", "arn:aws:x:eu-west-1:111122223333:y/one");
    let unknown = finding(&escalating.meta.id, escalating.meta.severity, Verdict::Unknown, &one);
    let judgement = Judgement { report: report(vec![unknown]), judged: BTreeSet::from([&one]) };
    let found = outcomes(&judgement, &RULES, Scope { threshold: *worse, ..SCOPE });
    assert!(found.iter().any(|outcome| outcome.verdict == Verdict::Unknown), "{found:?}");
}

#[test]
fn what_aws_config_has_no_type_for_counts_for_the_account() {
    let region = id("AWS::Region", "eu-west-1", "eu-west-1");
    let account = id("AWS::Account", "global", OWN);
    let files = id("AWS::FSx::FileSystem", "eu-west-1", "arn:aws:fsx:eu-west-1:111122223333:file-system/fs-1");
    let report = report(vec![
        finding("backup-plan-exists", Severity::High, Verdict::Fail, &region),
        finding("workload-protected", Severity::Critical, Verdict::Fail, &files),
        finding("iam-root-mfa-enabled", Severity::Critical, Verdict::Fail, &account),
    ]);
    let outcomes = outcomes_of(&[&region, &account, &files], report, SCOPE);
    assert_eq!(verdicts(&outcomes), [(OWN, Verdict::Fail)]);
    assert_eq!(
        outcomes[OWN].annotation.as_deref().unwrap(),
        "fails 3 rules: critical iam-root-mfa-enabled, critical workload-protected at file-system/fs-1, high \
         backup-plan-exists at eu-west-1"
    );
}

#[test]
fn while_not_all_was_read_the_account_does_not_pass() {
    let mut torn = report(Vec::new());
    torn.gaps.push(denied("backup:ListBackupPlans"));
    let outcomes = outcomes_of(&[], torn, SCOPE);
    assert_eq!(outcomes[OWN].verdict, Verdict::Unknown);
    let said = outcomes[OWN].annotation.as_deref().unwrap();
    assert_eq!(said, "not known: not all could be read: backup:ListBackupPlans (eu-west-1)");
    let mut failed = report(Vec::new());
    failed.errors.push("rule `x` on `y`: overflow".to_owned());
    assert_eq!(outcomes_of(&[], failed, SCOPE)[OWN].verdict, Verdict::Unknown);
}

#[test]
fn every_annotation_fits() {
    let regions: Vec<ResourceId> = (0..300).map(|n| id("AWS::Region", "eu-west-1", &format!("région-{n}"))).collect();
    let findings =
        regions.iter().map(|one| finding("backup-plan-exists", Severity::High, Verdict::Fail, one)).collect();
    let outcomes = outcomes_of(&regions.iter().collect::<Vec<_>>(), report(findings), SCOPE);
    let said = outcomes[OWN].annotation.as_deref().unwrap();
    assert!(said.starts_with("fails 300 rules: high backup-plan-exists at "), "{said}");
    assert!(said.encode_utf16().count() <= LONGEST);
}

fn outcome(key: &Key, verdict: Verdict) -> Outcome {
    let annotation = (verdict != Verdict::Pass).then(|| "why".to_owned());
    Outcome { key: key.clone(), verdict, annotation }
}

fn key(name: &str) -> Key {
    Key { kind: "AWS::S3::Bucket".to_owned(), id: name.to_owned() }
}

fn stands(compliance: Compliance) -> Standing {
    Standing { compliance, annotation: None }
}

fn sent(evaluations: &[Evaluation]) -> Vec<(&str, Compliance)> {
    evaluations.iter().map(|evaluation| (evaluation.key.id.as_str(), evaluation.compliance)).collect()
}

#[test]
fn failures_go_first_and_the_account_last() {
    let outcomes = vec![
        outcome(&Key::account(OWN), Verdict::Fail),
        outcome(&key("a"), Verdict::Pass),
        outcome(&key("b"), Verdict::Fail),
    ];
    let standing = BTreeMap::from([(key("gone"), stands(Compliance::NonCompliant))]);
    let planned = plan(outcomes, Some(&standing), &Unseen::default());
    let expected = [
        ("b", Compliance::NonCompliant),
        ("gone", Compliance::NotApplicable),
        ("a", Compliance::Compliant),
        (OWN, Compliance::NonCompliant),
    ];
    assert_eq!(sent(&planned), expected);
}

#[test]
fn unknown_takes_a_compliant_back_and_leaves_a_non_compliant() {
    let outcomes = || vec![outcome(&Key::account(OWN), Verdict::Pass), outcome(&key("a"), Verdict::Unknown)];
    let with = |standing: &[(Key, Standing)]| {
        let standing: BTreeMap<Key, Standing> = standing.iter().cloned().collect();
        let planned = plan(outcomes(), Some(&standing), &Unseen::default());
        planned.iter().find(|evaluation| evaluation.key == key("a")).map(|evaluation| evaluation.compliance)
    };
    assert_eq!(with(&[(key("a"), stands(Compliance::Compliant))]), Some(Compliance::NotApplicable));
    assert_eq!(with(&[(key("a"), stands(Compliance::NonCompliant))]), None);
    assert_eq!(with(&[]), None);
    let other = Key { kind: "AWS::KMS::Key".to_owned(), id: "a".to_owned() };
    assert_eq!(with(&[(other, stands(Compliance::Compliant))]), None, "another type of the same id is another one");
}

#[test]
fn the_account_is_told_that_it_is_not_known_unless_a_failure_stands() {
    let unknown = || vec![outcome(&Key::account(OWN), Verdict::Unknown)];
    let of =
        |standing| plan(unknown(), Some(&BTreeMap::from([(Key::account(OWN), stands(standing))])), &Unseen::default());
    assert_eq!(sent(&plan(unknown(), Some(&BTreeMap::new()), &Unseen::default())), [(OWN, Compliance::NotApplicable)]);
    assert_eq!(sent(&of(Compliance::Compliant)), [(OWN, Compliance::NotApplicable)]);
    assert_eq!(sent(&of(Compliance::NonCompliant)), []);
    assert_eq!(sent(&plan(unknown(), None, &Unseen::default())), [], "nobody knows what stands");
}

#[test]
fn what_may_still_be_there_is_not_called_gone() {
    let standing = BTreeMap::from([
        (key("failing"), stands(Compliance::NonCompliant)),
        (key("passing"), stands(Compliance::Compliant)),
    ]);
    let planned = |gaps: Vec<Gap>| {
        let mut torn = report(Vec::new());
        torn.gaps = gaps;
        plan(Vec::new(), Some(&standing), &Unseen::of(&torn))
    };
    let both = [("failing", Compliance::NotApplicable), ("passing", Compliance::NotApplicable)];
    assert_eq!(sent(&planned(Vec::new())), both);
    assert_eq!(sent(&planned(vec![denied("backup:ListBackupVaults")])), both, "buckets were listed");
    let fallback = Gap { kind: GapKind::Fallback, ..denied("account:ListRegions") };
    for gap in [denied("s3:ListBuckets"), fallback] {
        let planned = planned(vec![gap]);
        assert_eq!(sent(&planned), [("passing", Compliance::NotApplicable)]);
        assert!(planned.first().unwrap().annotation.as_deref().unwrap().starts_with("not known"));
    }
}

#[test]
fn recovery_points_of_vaults_that_were_not_listed_may_still_be_there() {
    let point = Key { kind: "AWS::Backup::RecoveryPoint".to_owned(), id: "p".to_owned() };
    let standing = BTreeMap::from([(point, stands(Compliance::NonCompliant))]);
    let mut torn = report(Vec::new());
    torn.gaps.push(denied("backup:ListBackupVaults"));
    assert_eq!(plan(Vec::new(), Some(&standing), &Unseen::of(&torn)), []);
}

fn versioning(verdict: Verdict) -> Vec<Finding> {
    vec![finding("s3-versioning-enabled", Severity::High, verdict, &bucket("orders"))]
}
