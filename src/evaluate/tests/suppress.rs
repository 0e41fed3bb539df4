//! Suppressions accept findings about their own resource, if they say which and why, and are told of otherwise.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::collect::cloudformation::{self, Outcome as Read};
use crate::collect::files::FileOptions;
use crate::derive::derive;
use crate::evaluate::evaluate;
use crate::finding::report::Report;
use crate::finding::verdict::Verdict;
use crate::model::settings::{RuleSetting, Settings};
use crate::model::snapshot::Snapshot;
use crate::rule::{RuleSet, load, waiver};

static RULES: LazyLock<RuleSet> = LazyLock::new(|| load::load(&[], &BTreeMap::new()).unwrap());

const VERSIONING: &str = "s3-versioning-enabled";

fn judge_by(rules: &RuleSet, resources: &str, settings: &Settings) -> Report {
    let text = format!("Resources:\n{resources}");
    let Read::Template { resources, stray, .. } =
        cloudformation::read(&"t.yaml".into(), &text, &FileOptions::default())
    else {
        panic!("no template: {text}");
    };
    let snapshot = Snapshot { resources, stray, ..Snapshot::default() };
    let subjects = derive(&snapshot, settings, None);
    let report = evaluate(&snapshot, &subjects, rules, settings, "2027-01-01T12:00:00Z".parse().unwrap()).unwrap();
    let found = |verdict| report.findings.iter().filter(|finding| finding.verdict == verdict).count() as u64;
    let totals = report.totals();
    assert_eq!((totals.fail, totals.waived), (found(Verdict::Fail), found(Verdict::Waived)), "counts agree");
    report
}

fn judge(resources: &str) -> Report {
    judge_by(&RULES, resources, &Settings { complete: true, ..Settings::default() })
}

/// A bucket without versioning, with this behind its header.
fn bucket(name: &str, comment: &str) -> String {
    format!("  {name}: # {comment}\n    Type: AWS::S3::Bucket\n")
}

/// What is waived, as `rule on name`.
fn waived(report: &Report) -> Vec<String> {
    let waived = report.findings.iter().filter(|finding| finding.verdict == Verdict::Waived);
    waived.map(|finding| format!("{} on {}", finding.rule, finding.name)).collect()
}

/// The notices, as `id:line message`.
fn notices(report: &Report) -> Vec<String> {
    let own = report.findings.iter().filter(|finding| finding.rule.starts_with("suppression-"));
    own.map(|f| format!("{}:{} {}", f.rule, f.at.as_ref().unwrap().start.line, f.message)).collect()
}

#[test]
fn a_suppression_accepts_what_it_names_on_its_own_resource_alone() {
    let here = bucket("A", &format!("backstop:ignore {VERSIONING} goes away"));
    let report = judge(&(here + &bucket("B", "")));
    assert_eq!(waived(&report), [format!("{VERSIONING} on A")]);
    assert_eq!(notices(&report), Vec::<String>::new());
    let finding = report.findings.iter().find(|finding| finding.verdict == Verdict::Waived).unwrap();
    let suppression = finding.suppression.as_ref().unwrap();
    assert_eq!((&*suppression.reason, suppression.accepts, suppression.at.start.line), ("goes away", Verdict::Fail, 2));
    assert_eq!((finding.judged(), &finding.waiver), (Verdict::Fail, &None));
    let used = &report.suppressions[0];
    assert_eq!((used.findings, &used.fault, &*used.resource.as_ref().unwrap().1), (1, &None, "A"));
    let other = report.findings.iter().find(|finding| &*finding.name == "B" && *finding.rule == *VERSIONING);
    assert_eq!(other.unwrap().verdict, Verdict::Fail);
}

#[test]
fn an_unknown_verdict_is_accepted_too_and_keeps_what_is_missing() {
    let text = "  A: # backstop:ignore s3-versioning-enabled set by the platform\n    Type: AWS::S3::Bucket\n    \
                Properties: {VersioningConfiguration: {Status: !ImportValue x}}\n";
    let report = judge(text);
    let finding = report.findings.iter().find(|finding| *finding.rule == *VERSIONING).unwrap();
    assert_eq!((finding.verdict, finding.judged()), (Verdict::Waived, Verdict::Unknown));
    assert_eq!(finding.missing.len(), 1);
}

#[test]
fn what_is_not_written_as_it_must_be_accepts_nothing_and_says_why() {
    let cases = [
        ("backstop:ignore s3-versioning-enabled", "it gives no reason"),
        ("backstop:ignore", "it names no rule"),
        (
            "backstop:ignore s3-versionin-enabled goes away",
            "no rule is named `s3-versionin-enabled`; did you mean `s3-versioning-enabled`?",
        ),
        ("backstop:ignore s3-versioning-enabled, qqqq goes away", "no rule is named `qqqq`"),
        (
            "backstop:ignore waiver-expired goes away",
            "`waiver-expired` is a notice, which `[rules.waiver-expired]` in `backstop.toml` changes",
        ),
    ];
    for (comment, fault) in cases {
        let report = judge(&bucket("A", comment));
        assert_eq!(waived(&report), Vec::<String>::new(), "{comment}");
        assert_eq!(notices(&report), [format!("suppression-invalid:2 the suppression accepts nothing: {fault}")]);
        assert_eq!(report.suppressions[0].fault.as_deref(), Some(fault));
    }
}

#[test]
fn what_accepts_nothing_that_is_found_is_told() {
    let text = "  A: # backstop:ignore s3-versioning-enabled, vault-locked, kms-key-enabled goes away\n    \
                Type: AWS::S3::Bucket\n  F: # backstop:ignore s3-versioning-enabled of a function\n    Type: AWS::Lambda::Function\n";
    let expected = [
        "suppression-unused:2 nothing is found of `kms-key-enabled`, `vault-locked` on `A` that it could accept",
        "suppression-unused:4 the suppression stands at no resource of its own that is judged",
    ];
    let report = judge(text);
    assert_eq!(notices(&report), expected);
    assert_eq!(waived(&report), [format!("{VERSIONING} on A")]);
    // Of a rule that is off nothing can be found.
    let off = RuleSetting { disabled: true, ..RuleSetting::default() };
    let rules = load::load(&[], &BTreeMap::from([("vault-locked".to_owned(), off.clone())])).unwrap();
    let settings = Settings { complete: true, ..Settings::default() };
    let text = bucket("A", "backstop:ignore s3-versioning-enabled, vault-locked goes away");
    assert_eq!(notices(&judge_by(&rules, &text, &settings)), Vec::<String>::new());
    // Notices are changed like rules.
    let settings = Settings { rules: BTreeMap::from([("suppression-unused".to_owned(), off)]), ..settings };
    assert_eq!(notices(&judge_by(&RULES, &text, &settings)), Vec::<String>::new());
    assert_eq!(notices(&judge(&text)).len(), 1);
}

#[test]
fn a_waiver_and_a_suppression_may_accept_the_same_finding_and_both_count() {
    let waiver = "@reason(\"r\") @owner(\"o\") @expires(\"2027-06-30\") permit (principal, action == Action::\"waive\", \
                  resource) when { context.rule == \"s3-versioning-enabled\" };";
    let mut rules = RULES.clone();
    rules.waivers = waiver::check(&BTreeMap::from([("w.cedar".to_owned(), waiver.to_owned())]), &rules).unwrap();
    let settings = Settings { complete: true, ..Settings::default() };
    let twice = "  # backstop:ignore s3-versioning-enabled once more\n".to_owned();
    let text = twice + &bucket("A", "backstop:ignore s3-versioning-enabled goes away");
    let report = judge_by(&rules, &text, &settings);
    let finding = report.findings.iter().find(|finding| finding.verdict == Verdict::Waived).unwrap();
    assert_eq!(finding.waiver.as_ref().unwrap().accepts, Verdict::Fail);
    assert_eq!(finding.suppression.as_ref().unwrap().accepts, Verdict::Fail);
    assert_eq!(report.waivers[0].findings, 1);
    assert_eq!(report.suppressions.iter().map(|used| used.findings).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(notices(&report), Vec::<String>::new());
}

#[test]
fn the_names_of_notices_outlive_moved_lines_and_are_told_apart() {
    let twice = |lines: &str| {
        let text = format!("{lines}  # backstop:ignore qqqq\n{}", bucket("A", "backstop:ignore qqqq"));
        let report = judge(&text);
        let mut prints: Vec<String> =
            report.findings.iter().filter(|f| f.rule.starts_with("suppression")).map(|f| f.fingerprint()).collect();
        prints.sort();
        prints.dedup();
        assert_eq!(prints.len(), 2);
        prints
    };
    assert_eq!(twice(""), twice("  # moved\n\n"));
}
