//! Findings in the AWS Security Finding Format, as Security Hub imports them.
//!
//! Rests on "Required top-level ASFF attributes", "Resources" and the limits of `BatchImportFindings` in the AWS Security
//! Hub User Guide and API Reference. A batch holds at most a hundred findings of one Region and one account, since
//! Security Hub takes them in the Region of their `ProductArn` and from their account alone.
//!
//! A Fail is `FAILED`, and Unknown is `NOT_AVAILABLE`. A waived finding is `ARCHIVED`: it is known, and nobody has to act.
//! What passes is not told, since a report does not name it; a finding that is no longer imported stays until Security
//! Hub drops it, 90 days after its last update.

pub mod shape;

use std::collections::BTreeMap;

use super::text::{cut, visible};
use super::{Input, ReportError};
use crate::finding::Finding;
use crate::finding::severity::Severity;
use crate::finding::verdict::Verdict;
use crate::model::identity::{ResourceId, partition_of};
use crate::rule::meta::Meta;

use shape::{Batch, Written};

/// How many findings one call takes.
pub const BATCH: usize = 100;
/// How many related requirements a finding may have.
const REQUIREMENTS: usize = 32;

/// Batches, sorted by account and Region: `[{"Account", "Region", "Findings": […]}, …]`. Findings of a report that has no
/// time, and those about no account, cannot be imported and are left out.
pub fn render(input: &Input<'_>) -> Result<String, ReportError> {
    let mut places: BTreeMap<(&str, String), Vec<Written>> = BTreeMap::new();
    let now = input.report.now.map(|now| now.to_string());
    // What is about the audit itself (a waiver that has expired) belongs to the account that was audited.
    let audited = input.report.findings.iter().find_map(|finding| finding.resource.account.as_deref());
    for finding in &input.report.findings {
        let account = finding.resource.account.as_deref().or(audited);
        let (Some(account), Some(now)) = (account, &now) else { continue };
        let region = region(&finding.resource);
        let written = written(input, finding, account, &region, now);
        places.entry((account, region)).or_default().push(written);
    }
    let batches: Vec<Batch> = places
        .iter()
        .flat_map(|((account, region), findings)| {
            findings.chunks(BATCH).map(move |batch| Batch {
                account: (*account).to_owned(),
                region: region.clone(),
                findings: batch.to_vec(),
            })
        })
        .collect();
    let mut text = serde_json::to_string_pretty(&batches)?;
    text.push('\n');
    Ok(text)
}

/// Its Region; of what belongs to none, the one in which AWS keeps global services of the partition.
fn region(resource: &ResourceId) -> String {
    let own = resource.region.as_deref().filter(|region| *region != "global");
    let global = || match resource.partition.as_deref().unwrap_or("aws") {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        _ => "us-east-1",
    };
    own.unwrap_or_else(global).to_owned()
}

fn written(input: &Input<'_>, finding: &Finding, account: &str, region: &str, now: &str) -> Written {
    let partition = finding.resource.partition.as_deref().unwrap_or_else(|| partition_of(region));
    let rule = input.rule(&finding.rule);
    let (status, state) = match finding.verdict {
        Verdict::Fail => ("FAILED", "ACTIVE"),
        Verdict::Unknown => ("NOT_AVAILABLE", "ACTIVE"),
        Verdict::Waived => ("NOT_AVAILABLE", "ARCHIVED"),
        Verdict::Pass => ("PASSED", "ARCHIVED"),
    };
    let fields = [
        ("backstop/rule", limited(&finding.rule, 512)),
        ("backstop/verdict", finding.verdict.name().to_owned()),
        ("backstop/version", input.version.to_owned()),
    ];
    let fix = rule.map(|rule| super::text::first_paragraph(&rule.guide.fix)).filter(|fix| !fix.is_empty());
    Written {
        schema_version: "2018-10-08".to_owned(),
        id: format!("backstop/{}", finding.fingerprint()),
        product_arn: format!("arn:{partition}:securityhub:{region}:{account}:product/{account}/default"),
        product_name: "Backstop".to_owned(),
        generator_id: limited(&format!("backstop/{}", finding.rule), 512),
        aws_account_id: account.to_owned(),
        region: region.to_owned(),
        types: vec!["Software and Configuration Checks/AWS Security Best Practices".to_owned()],
        created_at: now.to_owned(),
        updated_at: now.to_owned(),
        severity: shape::Severity {
            label: label(finding.severity).to_owned(),
            original: finding.severity.name().to_owned(),
        },
        title: limited(&format!("{}: {}", cut(&finding.name, 100), finding.message), 256),
        description: limited(&description(finding, rule), 1024),
        product_fields: fields.map(|(name, text)| (name.to_owned(), text)).into(),
        resources: vec![shape::Resource {
            kind: kind(&finding.resource.kind).to_owned(),
            id: limited(&resource_id(&finding.resource, account), 512),
            partition: partition.to_owned(),
            region: region.to_owned(),
        }],
        compliance: shape::Compliance {
            status: status.to_owned(),
            related_requirements: requirements(input, &finding.rule),
        },
        record_state: state.to_owned(),
        remediation: fix
            .map(|fix| shape::Remediation { recommendation: shape::Recommendation { text: limited(&fix, 512) } }),
    }
}

/// What should be, what is, and what is missing to know it.
fn description(finding: &Finding, rule: Option<&Meta>) -> String {
    let mut text = rule.map(|rule| format!("Asked for: {}. ", rule.title)).unwrap_or_default();
    text.push_str(&finding.message);
    for missing in &finding.missing {
        let reasons: Vec<&str> = missing.reasons.iter().map(|reason| reason.why.as_str()).collect();
        text.push_str(&format!("; `{}` is not known: {}", missing.fact, reasons.join(", ")));
    }
    text
}

fn requirements(input: &Input<'_>, rule: &str) -> Vec<String> {
    let controls = input.frameworks.iter().flat_map(|framework| {
        let mapped = framework.controls.iter().filter(|control| control.rules.iter().any(|one| one == rule));
        mapped.map(|control| limited(&format!("{} {}", framework.name, control.id), 64))
    });
    controls.take(REQUIREMENTS).collect()
}

const fn label(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "CRITICAL",
        Severity::High => "HIGH",
        Severity::Medium => "MEDIUM",
        Severity::Low => "LOW",
    }
}

/// The format's own name of a type, where it has one.
fn kind(kind: &str) -> &'static str {
    match kind {
        "AWS::Account" => "AwsAccount",
        "AWS::Backup::BackupPlan" => "AwsBackupBackupPlan",
        "AWS::Backup::BackupVault" => "AwsBackupBackupVault",
        "AWS::Backup::RecoveryPoint" => "AwsBackupRecoveryPoint",
        "AWS::DynamoDB::Table" => "AwsDynamoDbTable",
        "AWS::EC2::Instance" => "AwsEc2Instance",
        "AWS::EC2::Volume" => "AwsEc2Volume",
        "AWS::KMS::Key" => "AwsKmsKey",
        "AWS::RDS::DBCluster" => "AwsRdsDbCluster",
        "AWS::RDS::DBInstance" => "AwsRdsDbInstance",
        "AWS::Redshift::Cluster" => "AwsRedshiftCluster",
        "AWS::S3::Bucket" => "AwsS3Bucket",
        _ => "Other",
    }
}

/// The ARN, or of what has none, its type and id; of the account, the id that Security Hub gives it.
fn resource_id(resource: &ResourceId, account: &str) -> String {
    match &*resource.kind {
        "AWS::Account" => format!("AWS::::Account:{account}"),
        _ if resource.id.starts_with("arn:") => resource.id.to_string(),
        kind => format!("{kind}:{account}:{}", resource.id),
    }
}

/// One visible line within a limit, and never empty, which Security Hub refuses.
fn limited(text: &str, limit: usize) -> String {
    let text = super::text::line(text.trim(), limit);
    if text.is_empty() { visible("-") } else { text }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Value;

    use super::super::sample::{Sample, live, report};
    use super::*;

    fn batches(sample: &Sample) -> Vec<Value> {
        serde_json::from_str(&render(&sample.input()).unwrap()).unwrap()
    }

    fn findings(batches: &[Value]) -> Vec<&Value> {
        batches.iter().flat_map(|batch| batch["Findings"].as_array().unwrap()).collect()
    }

    fn count(value: &Value) -> usize {
        value.as_str().unwrap().chars().count()
    }

    #[test]
    fn every_finding_keeps_the_formats_limits() {
        let batches = batches(&Sample::everything());
        let all = findings(&batches);
        assert_eq!(all.len(), 9, "those of files belong to the account that was audited");
        for one in all {
            assert_eq!(one["SchemaVersion"], "2018-10-08");
            assert!(count(&one["Id"]) <= 512 && count(&one["GeneratorId"]) <= 512);
            assert!((1..=256).contains(&count(&one["Title"])), "{}", one["Title"]);
            assert!((1..=1024).contains(&count(&one["Description"])));
            assert!((1..=512).contains(&count(&one["Resources"][0]["Id"])));
            assert_eq!(one["AwsAccountId"], "111122223333");
            assert_eq!(one["CreatedAt"], "2026-03-01T12:00:00Z");
            assert!(one["ProductFields"].as_object().unwrap().len() <= 50);
            assert!(serde_json::to_string(one).unwrap().len() < 240 * 1024);
            let arn = one["ProductArn"].as_str().unwrap();
            let region = one["Region"].as_str().unwrap();
            assert_eq!(arn, format!("arn:aws:securityhub:{region}:111122223333:product/111122223333/default"));
            if let Some(related) = one["Compliance"].get("RelatedRequirements") {
                let related = related.as_array().unwrap();
                assert!((1..=32).contains(&related.len()) && related.iter().all(|text| count(text) <= 64));
            }
            if let Some(text) = one.pointer("/Remediation/Recommendation/Text") {
                assert!((1..=512).contains(&count(text)));
            }
        }
    }

    #[test]
    fn each_verdict_has_its_status() {
        let batches = batches(&Sample::everything());
        let of = |rule: &str, verdict: &str| {
            let all = findings(&batches);
            let found = all.iter().find(|one| {
                one["ProductFields"]["backstop/rule"] == rule && one["ProductFields"]["backstop/verdict"] == verdict
            });
            let found = found.unwrap();
            (found["Compliance"]["Status"].clone(), found["RecordState"].clone(), found["Severity"]["Label"].clone())
        };
        assert_eq!(of("workload-recovery-point-fresh", "fail"), ("FAILED".into(), "ACTIVE".into(), "CRITICAL".into()));
        let unknown = of("s3-replication-enabled", "unknown");
        assert_eq!(unknown, ("NOT_AVAILABLE".into(), "ACTIVE".into(), "HIGH".into()));
        let waived = of("s3-versioning-enabled", "waived");
        assert_eq!(waived, ("NOT_AVAILABLE".into(), "ARCHIVED".into(), "MEDIUM".into()));
    }

    #[test]
    fn a_batch_has_a_hundred_findings_of_one_region() {
        let mut whole = report();
        whole.findings = (0..250).map(|n| live("vault-locked", Severity::Low, &format!("b{n:03}"))).collect();
        for (n, finding) in whole.findings.iter_mut().enumerate() {
            finding.resource.region = Some(Arc::from(match n {
                0..205 => "eu-west-1",
                205..249 => "eu-central-1",
                _ => "global",
            }));
        }
        let batches = batches(&Sample::new(whole));
        let sizes: Vec<(&str, usize)> = batches
            .iter()
            .map(|batch| (batch["Region"].as_str().unwrap(), batch["Findings"].as_array().unwrap().len()))
            .collect();
        let expected =
            [("eu-central-1", 44), ("eu-west-1", 100), ("eu-west-1", 100), ("eu-west-1", 5), ("us-east-1", 1)];
        assert_eq!(sizes, expected);
    }

    #[test]
    fn a_finding_keeps_its_id_from_run_to_run() {
        let ids = |batches: &[Value]| findings(batches).iter().map(|one| one["Id"].to_string()).collect::<Vec<_>>();
        let mut later = report();
        later.now = Some("2026-04-01T12:00:00Z".parse().unwrap());
        assert_eq!(ids(&batches(&Sample::everything())), ids(&batches(&Sample::new(later))));
    }
}
