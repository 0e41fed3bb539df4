//! What the shipped rules say of plans.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::Timestamp;

use super::*;
use crate::derive::derive;
use crate::evaluate::evaluate;
use crate::finding::report::Report;
use crate::finding::severity::Severity;
use crate::finding::verdict::Verdict;
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;
use crate::rule::RuleSet;
use crate::rule::load;

static RULES: LazyLock<RuleSet> = LazyLock::new(|| load::load(&[], &BTreeMap::new()).unwrap());

fn judged(text: &str) -> Report {
    let (resources, gaps) = parts(text);
    let mut snapshot = Snapshot { resources, gaps, ..Snapshot::default() };
    snapshot.sort();
    let settings = Settings::default();
    let report =
        evaluate(&snapshot, &derive(&snapshot, &settings, None), &RULES, &settings, Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(report.errors, Vec::<String>::new());
    report
}

/// The verdict of a rule on a resource, with its severity; none where it passes.
fn verdict(report: &Report, rule: &str, address: &str) -> Option<(Verdict, Severity)> {
    let found = report.findings.iter().find(|finding| &*finding.rule == rule && &*finding.address == address);
    found.map(|finding| (finding.verdict, finding.severity))
}

#[test]
fn what_is_there_after_a_plan_of_new_resources_is_judged() {
    let report = judged(include_str!("estate/plan.json"));
    let of = |rule: &str, address: &str| verdict(&report, rule, address).map(|(verdict, _)| verdict);
    assert_eq!(of("s3-versioning-enabled", "aws_s3_bucket.b"), None);
    assert_eq!(of("s3-versioning-enabled", "aws_s3_bucket.generated"), None);
    assert_eq!(of("s3-versioning-enabled", "module.logs[\"other\"].aws_s3_bucket.this"), Some(Verdict::Fail));
    assert_eq!(of("s3-replication-crosses-region", "aws_s3_bucket.b"), None);
    let admits = of("s3-replication-destination-ready", "aws_s3_bucket.b");
    assert_eq!(admits, Some(Verdict::Unknown), "whether the role is of the same account is not said");
    assert_eq!(of("backup-plan-target-vault-exists", "aws_backup_plan.p"), None);
    assert_eq!(of("vault-locked", "aws_backup_vault.v"), None);
    assert_eq!(of("s3-lifecycle-configured", "module.logs[\"other\"].aws_s3_bucket.this"), Some(Verdict::Fail));
    assert_eq!(of("kms-rotation-enabled", "aws_kms_key.k"), None);
}

#[test]
fn what_a_plan_destroys_is_found_and_protects_nothing() {
    let report = judged(include_str!("changes/plan.json"));
    let rule = "iac-plan-keeps-backups";
    assert_eq!(verdict(&report, rule, "aws_backup_vault.gone[0]"), Some((Verdict::Fail, Severity::High)));
    assert_eq!(verdict(&report, rule, "aws_s3_bucket.replaced"), Some((Verdict::Fail, Severity::High)));
    assert_eq!(verdict(&report, rule, "aws_kms_key.k"), None);
    let of = |rule: &str, address: &str| verdict(&report, rule, address).map(|(verdict, _)| verdict);
    assert_eq!(of("s3-versioning-enabled", "aws_s3_bucket.loses"), Some(Verdict::Fail));
    assert_eq!(of("s3-versioning-enabled", "aws_s3_bucket.later"), None);
    assert_eq!(of("vault-locked", "aws_backup_vault.gone[0]"), None, "what is not there is not asked");

    let report = judged(include_str!("changes/destroy.json"));
    assert_eq!(verdict(&report, rule, "aws_kms_key.k"), Some((Verdict::Fail, Severity::Critical)));
    assert!(report.findings.iter().all(|finding| &*finding.rule == rule));
}
