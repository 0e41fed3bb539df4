//! Waivers accept what certainly meets their conditions, and nothing else.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use crate::collect::cloudformation::{self, Outcome as Read};
use crate::collect::files::FileOptions;
use crate::derive::derive;
use crate::evaluate::evaluate;
use crate::finding::report::{Outcome, Report, Threshold};
use crate::finding::severity::Severity;
use crate::finding::verdict::Verdict;
use crate::model::account::Account;
use crate::model::fact::Fact;
use crate::model::identity::ResourceId;
use crate::model::resource::{Facts, Origin, Resource, Tags};
use crate::model::settings::{RuleSetting, Settings};
use crate::model::snapshot::Snapshot;
use crate::rule::{RuleSet, load, waiver};

static RULES: LazyLock<RuleSet> = LazyLock::new(|| load::load(&[], &BTreeMap::new()).unwrap());

const TEMPLATE: &str = "\
Parameters:
  Purpose: {Type: String}
Resources:
  Plain:
    Type: AWS::S3::Bucket
    Properties: {BucketName: plain, Tags: [{Key: purpose, Value: scratch}]}
  Doubtful:
    Type: AWS::S3::Bucket
    Properties: {BucketName: doubtful, Tags: [{Key: purpose, Value: !Ref Purpose}]}
";

/// One waiver with this scope of principals and this condition.
fn written(id: &str, expires: &str, principal: &str, condition: &str) -> String {
    format!(
        "@id(\"{id}\") @reason(\"r\") @owner(\"o\") @expires(\"{expires}\")\n\
         permit ({principal}, action == Action::\"waive\", resource is AWS::S3::Bucket)\nwhen {{ {condition} }};\n"
    )
}

const VERSIONING: &str = "context.rule == \"s3-versioning-enabled\"";

struct Run {
    account: Option<&'static str>,
    /// The units of the account; none where they were not read.
    units: Option<Vec<String>>,
    now: &'static str,
    settings: Settings,
}

impl Default for Run {
    fn default() -> Self {
        Self {
            account: Some("111122223333"),
            units: None,
            now: "2027-01-01T12:00:00Z",
            settings: Settings { complete: true, ..Settings::default() },
        }
    }
}

impl Run {
    fn judge(&self, waivers: &str) -> Report {
        let files = BTreeMap::from([("w.cedar".to_owned(), waivers.to_owned())]);
        let mut rules = RULES.clone();
        rules.waivers =
            waiver::check(&files, &rules).unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)));
        let options = FileOptions { account: self.account.map(str::to_owned), ..FileOptions::default() };
        let Read::Template { mut resources, .. } = cloudformation::read(&Arc::from("t.yaml"), TEMPLATE, &options)
        else {
            panic!("the template is one");
        };
        if let (Some(account), Some(units)) = (self.account, &self.units) {
            resources.push(of_account(account, units));
        }
        let snapshot = Snapshot { resources, ..Snapshot::default() };
        let subjects = derive(&snapshot, &self.settings, None);
        let report = evaluate(&snapshot, &subjects, &rules, &self.settings, self.now.parse().unwrap()).unwrap();
        assert_eq!(report.errors, Vec::<String>::new());
        let (totals, found) =
            (report.totals(), |verdict| report.findings.iter().filter(|f| f.verdict == verdict).count());
        assert_eq!(totals.waived as usize, found(Verdict::Waived), "counts and findings agree");
        assert_eq!(totals.fail as usize, found(Verdict::Fail), "counts and findings agree");
        report
    }
}

fn of_account(account: &str, units: &[String]) -> Resource {
    let facts = Account {
        public_access_block: Fact::unknown("a test"),
        organizational_units: Fact::known(units.to_vec()),
        organization: Fact::unknown("a test"),
        service_control: Fact::unknown("a test"),
        root: Fact::unknown("a test"),
        backup_global: Fact::unknown("a test"),
    };
    let id = ResourceId {
        root: None,
        partition: None,
        account: Some(account.into()),
        region: None,
        kind: "AWS::Account".into(),
        id: account.into(),
    };
    Resource {
        id,
        name: account.into(),
        origin: Origin::Live,
        exists: Fact::known(true),
        tags: Tags::unread("a test"),
        suppressions: Vec::new(),
        removal: None,
        facts: Facts::Account(Box::new(facts)),
    }
}

/// The names of the buckets whose findings of a rule are waived.
fn waived<'a>(report: &'a Report, rule: &str) -> Vec<&'a str> {
    let waived = report.findings.iter().filter(|f| f.verdict == Verdict::Waived && *f.rule == *rule);
    waived.map(|finding| &*finding.name).collect()
}

fn versioning_waived(run: &Run, principal: &str, more: &str) -> Vec<String> {
    let report = run.judge(&written("w", "2027-03-31", principal, &format!("{VERSIONING}{more}")));
    waived(&report, "s3-versioning-enabled").into_iter().map(str::to_owned).collect()
}

#[test]
fn only_a_definite_satisfaction_waives() {
    let run = Run::default();
    assert_eq!(versioning_waived(&run, "principal", ""), ["plain", "doubtful"]);
    assert_eq!(versioning_waived(&run, "principal", " && resource.name like \"pl*\""), ["plain"]);
    let scratch = " && resource.hasTag(\"purpose\") && resource.getTag(\"purpose\") == \"scratch\"";
    assert_eq!(versioning_waived(&run, "principal", scratch), ["plain"], "the parameter may be anything");
    assert_eq!(versioning_waived(&run, "principal", " && resource.hasTag(\"purpose\")"), ["plain", "doubtful"]);
    let unknown = " && resource.region == \"eu-west-1\"";
    assert!(versioning_waived(&run, "principal", unknown).is_empty(), "no Region is told");
    assert!(versioning_waived(&run, "principal", " && context.now < datetime(\"2020-01-01\")").is_empty());
}

#[test]
fn an_account_that_is_not_known_is_not_the_one_that_is_meant() {
    let mut run = Run::default();
    let account = "principal == AWS::Account::\"111122223333\"";
    assert_eq!(versioning_waived(&run, account, "").len(), 2);
    assert!(versioning_waived(&run, "principal == AWS::Account::\"444455556666\"", "").is_empty());
    let unit = "principal in AWS::OrganizationalUnit::\"ou-prod\"";
    assert!(versioning_waived(&run, unit, "").is_empty(), "units that nobody read");
    run.units = Some(vec!["ou-prod".to_owned(), "r-root".to_owned()]);
    assert_eq!(versioning_waived(&run, unit, "").len(), 2);
    run.units = Some(vec!["r-root".to_owned()]);
    assert!(versioning_waived(&run, unit, "").is_empty());
    run = Run { account: None, ..Run::default() };
    assert!(versioning_waived(&run, account, "").is_empty());
    assert!(versioning_waived(&run, unit, "").is_empty());
    assert_eq!(versioning_waived(&run, "principal", "").len(), 2);
}

#[test]
fn unknown_findings_can_be_waived_and_say_what_they_were() {
    let run = Run { settings: Settings::default(), ..Run::default() };
    let report = run.judge(&written("w", "2027-03-31", "principal", "context.rule == \"workload-protected\""));
    let finding = report.findings.iter().find(|f| f.verdict == Verdict::Waived).unwrap();
    assert_eq!((&*finding.rule, finding.waiver.as_ref().unwrap().accepts), ("workload-protected", Verdict::Unknown));
    assert!(!finding.missing.is_empty());
    assert_eq!((report.rules["workload-protected"].waived, report.rules["workload-protected"].unknown), (2, 0));
}

#[test]
fn a_waived_finding_does_not_count_and_an_expired_waiver_does() {
    let all = |expires: &str| written("w", expires, "principal", "context.rule like \"*\"");
    let run = Run::default();
    assert_eq!(
        run.judge("").outcome(Threshold { severity: Some(Severity::High), ..Threshold::default() }),
        Outcome::Findings
    );
    let report = run.judge(&all("2027-01-01"));
    let strictest = Threshold { severity: Some(Severity::Low), unknown_fails: true, only_new: false };
    assert_eq!(report.outcome(strictest), Outcome::Clean, "the last day counts");
    assert!(report.findings.iter().all(|finding| finding.verdict == Verdict::Waived));

    let next = Run { now: "2027-01-02T00:00:00Z", ..Run::default() };
    let report = next.judge(&all("2027-01-01"));
    assert!(report.findings.iter().all(|finding| finding.verdict != Verdict::Waived));
    let notices: Vec<_> = report.findings.iter().filter(|finding| &*finding.rule == "waiver-expired").collect();
    let [notice] = notices.as_slice() else { panic!("one notice: {notices:?}") };
    assert_eq!((notice.severity, notice.verdict), (Severity::Medium, Verdict::Fail));
    assert!(notice.message.starts_with("waiver `w` of o ended on 2027-01-01; the "), "{}", notice.message);
    assert_eq!((&*notice.at.as_ref().unwrap().file, notice.at.as_ref().unwrap().start.line), ("w.cedar", 1));
    assert_eq!(report.notices["waiver-expired"].fail, 1);
    assert!(report.waivers[0].expired && report.waivers[0].findings > 0);
    assert!(!report.rules.contains_key("waiver-expired"));
}

#[test]
fn the_notice_is_changed_like_a_rule() {
    let changed = |disabled, severity: Option<&str>| {
        let change = RuleSetting { disabled, severity: severity.map(str::to_owned), at: None };
        let mut run = Run::default();
        run.settings.rules.insert("waiver-expired".to_owned(), change);
        assert!(load::load(&[], &run.settings.rules).is_ok());
        let report = run.judge(&written("w", "2026-12-31", "principal", VERSIONING));
        assert!(report.waivers[0].expired && waived(&report, "s3-versioning-enabled").is_empty());
        report.findings.iter().find(|finding| &*finding.rule == "waiver-expired").map(|finding| finding.severity)
    };
    assert_eq!(changed(false, None), Some(Severity::Medium));
    assert_eq!(changed(false, Some("low")), Some(Severity::Low));
    assert_eq!(changed(true, None), None);
}

#[test]
fn of_several_the_one_that_lasts_the_longest_is_named_and_idle_ones_are_listed() {
    let texts = [
        written("a", "2027-02-01", "principal", VERSIONING),
        written("b", "2027-03-01", "principal", VERSIONING),
        written("c", "2027-03-01", "principal", VERSIONING),
        written("idle", "2027-03-01", "principal", &format!("{VERSIONING} && resource.name == \"gone\"")),
        written("old", "2026-03-01", "principal", VERSIONING),
    ];
    let report = Run::default().judge(&texts.concat());
    let finding = report.findings.iter().find(|finding| finding.verdict == Verdict::Waived).unwrap();
    let waiver = finding.waiver.as_ref().unwrap();
    assert_eq!((&*waiver.id, waiver.also.iter().map(|id| &**id).collect::<Vec<_>>()), ("b", vec!["c", "a"]));
    let used: Vec<_> = report.waivers.iter().map(|used| (&*used.waiver.id, used.findings, used.expired)).collect();
    assert_eq!(used, [("a", 2, false), ("b", 2, false), ("c", 2, false), ("idle", 0, false), ("old", 0, true)]);
}

#[test]
fn a_waiver_that_errors_is_an_error_and_waives_nothing() {
    let overflow = format!("{VERSIONING} && context.now.offset(duration(\"9000000000000000d\")) > context.now");
    let files = BTreeMap::from([("w.cedar".to_owned(), written("w", "2027-03-31", "principal", &overflow))]);
    // Cedar may refuse what it sees to overflow; where it does not, the error is told.
    let mut rules = RULES.clone();
    let Ok(waivers) = waiver::check(&files, &rules) else { return };
    rules.waivers = waivers;
    let Read::Template { resources, .. } =
        cloudformation::read(&Arc::from("t.yaml"), TEMPLATE, &FileOptions::default())
    else {
        panic!("the template is one");
    };
    let snapshot = Snapshot { resources, ..Snapshot::default() };
    let settings = Settings { complete: true, ..Settings::default() };
    let subjects = derive(&snapshot, &settings, None);
    let report = evaluate(&snapshot, &subjects, &rules, &settings, "2027-01-01T00:00:00Z".parse().unwrap()).unwrap();
    assert!(waived(&report, "s3-versioning-enabled").is_empty());
    assert!(report.errors.iter().any(|error| error.starts_with("waiver `w` on")), "{:?}", report.errors);
}
