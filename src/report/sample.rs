//! One report with every kind of finding, and with the names that hostile estates have.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::finding::baseline::{Baseline, Earlier};
use crate::finding::report::{Counts, Report, Statistics, SuppressionUse, WaiverUse};
use crate::finding::severity::Severity;
use crate::finding::verdict::Verdict;
use crate::finding::{Finding, Missing, Suppression, Waiver};
use crate::model::fact::{Cure, Reason, Reasons};
use crate::model::gap::{Gap, GapKind};
use crate::model::identity::ResourceId;
use crate::model::position::{Point, Position};
use crate::model::snapshot::Source;
use crate::rule::framework::Framework;
use crate::rule::guide::Guide;
use crate::rule::meta::{Action, Meta, Precision};

use super::Input;

/// A bucket name that no shell, Markdown or terminal should obey.
pub const HOSTILE: &str = "it's `a`|b\n# $(touch x) <img src=x> [l](http://evil.example) @team \u{1b}[31m😀 ```";

/// The text of `stacks/app.yaml`; line 5 has a tab and wide characters before the subject.
pub const TEXT: &str = "Resources:\n  Orders:\n    Type: AWS::S3::Bucket\n    Properties:\n\tName: 注文😀 # Status: Off\n  Logs:\n    Type: AWS::S3::Bucket\n";

/// All that an [`Input`] borrows.
pub struct Sample {
    pub report: Report,
    pub rules: Vec<Arc<Meta>>,
    pub frameworks: Vec<Framework>,
    pub texts: BTreeMap<Arc<str>, Arc<str>>,
}

impl Sample {
    pub fn new(report: Report) -> Self {
        Self {
            report,
            rules: rules(),
            frameworks: Framework::shipped().unwrap(),
            texts: BTreeMap::from([("stacks/app.yaml".into(), TEXT.into())]),
        }
    }

    /// Live and declared resources together.
    pub fn everything() -> Self {
        Self::new(report())
    }

    /// Files alone: no clock.
    pub fn files() -> Self {
        let mut report = report();
        report.source = Source::Files;
        report.now = None;
        report.findings.retain(|finding| finding.at.is_some());
        report.gaps.retain(|gap| gap.kind == GapKind::BrokenFile);
        report.waivers.clear();
        for (rule, counts) in &mut report.rules {
            let count =
                |verdict| report.findings.iter().filter(|f| f.rule == *rule && f.verdict == verdict).count() as u64;
            *counts = Counts { fail: count(Verdict::Fail), unknown: count(Verdict::Unknown), waived: 0, pass: 1 };
        }
        Self::new(report)
    }

    /// Files in which comments accept findings: one alone, one together with a waiver.
    pub fn suppressed() -> Self {
        let mut sample = Self::files();
        let report = &mut sample.report;
        let suppression = |line| Suppression {
            at: at("stacks/app.yaml", line, 7, 50),
            reason: "gone by | *March*".into(),
            accepts: Verdict::Fail,
        };
        let mut alone = declared("s3-versioning-enabled", Severity::Medium, "Logs", at("stacks/app.yaml", 6, 3, 7));
        alone.verdict = Verdict::Waived;
        alone.suppression = Some(suppression(6));
        let mut both = declared("vault-locked", Severity::Low, "Logs", at("stacks/app.yaml", 6, 3, 7));
        both.verdict = Verdict::Waived;
        both.suppression = Some(suppression(7));
        both.waiver = waived().waiver;
        for finding in [&alone, &both] {
            report.rules.entry(finding.rule.clone()).or_default().waived += 1;
            report.suppressions.push(SuppressionUse {
                at: finding.suppression.clone().unwrap().at,
                rules: vec![finding.rule.clone()],
                reason: Some("gone by | *March*".into()),
                resource: Some((finding.resource.clone(), finding.name.clone())),
                fault: None,
                findings: 1,
            });
        }
        report.suppressions.push(SuppressionUse {
            at: at("stacks/app.yaml", 1, 1, 9),
            rules: vec!["no-such".into()],
            reason: None,
            resource: None,
            fault: Some("no rule is named `no-such`".to_owned()),
            findings: 0,
        });
        report.findings.extend([alone, both]);
        report.sort();
        sample
    }

    /// Everything, in comparison to a baseline without one of its failures, with one that is gone; and narrowed.
    pub fn compared() -> Self {
        let mut sample = Self::everything();
        let report = &mut sample.report;
        let mut baseline = Baseline::default();
        for finding in report.findings.iter().filter(|finding| &*finding.name != "Orders") {
            baseline.findings.insert(finding.fingerprint(), earlier(finding));
        }
        let mut gone = live("vault-locked", Severity::High, "old");
        gone.message = "the vault `old` has no lock".into();
        baseline.findings.insert(gone.fingerprint(), earlier(&gone));
        report.compare(&baseline);
        report.narrow("origin/main", &|finding| &*finding.name != HOSTILE);
        sample
    }

    /// A run without any finding or gap.
    pub fn clean() -> Self {
        let mut report = report();
        report.findings.clear();
        report.gaps.clear();
        report.errors.clear();
        report.waivers.clear();
        for counts in report.rules.values_mut() {
            *counts = Counts { pass: 2, ..Counts::default() };
        }
        Self::new(report)
    }

    pub fn input(&self) -> Input<'_> {
        Input {
            report: &self.report,
            rules: &self.rules,
            frameworks: &self.frameworks,
            texts: &self.texts,
            version: "1.2.3",
        }
    }
}

fn meta(id: &str, severity: Severity, title: &str, practice: &[&str], after: &[&str]) -> Arc<Meta> {
    Arc::new(Meta {
        id: id.into(),
        title: title.into(),
        severity,
        escalation: None,
        practice: practice.iter().map(|s| (*s).to_owned()).collect(),
        subject: None,
        message: String::new(),
        after: after.iter().map(|s| (*s).to_owned()).collect(),
        precision: Precision::High,
        aliases: Vec::new(),
        deprecated: None,
        action: Action::Configure,
        types: vec!["AWS::S3::Bucket".into()],
        guide: Guide {
            text: format!("# {title}\n\nThe whole guide.\n"),
            why: "Without it the data is lost.\nNobody notices.\n\nMore of it.".into(),
            fix: "Turn it on. Then wait.".into(),
            cli: Some(format!("aws s3api put-{id} --bucket {{{{ resource.name }}}}\n")),
            cloudformation: Some("Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n".into()),
            terraform: Some("resource \"aws_s3_bucket\" \"b\" {}\n".into()),
            verify: "Run `aws s3api get-bucket-versioning`.".into(),
            cost: "Old versions are stored too.".into(),
            references: vec!["https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html".into()],
        },
        file: format!("s3/{id}.cedar"),
        from_user: false,
        cedar: String::new(),
    })
}

/// Seven rules: a chain by `after`, a cycle, one that nothing breaks, one without a guide.
pub fn rules() -> Vec<Arc<Meta>> {
    let mut bare = meta("kms-rotation-enabled", Severity::Medium, "Key rotates", &["10"], &[]);
    Arc::make_mut(&mut bare).guide = Guide::default();
    vec![
        bare,
        meta("s3-lifecycle-configured", Severity::Low, "Bucket has a lifecycle rule", &["12.6"], &["vault-locked"]),
        meta(
            "s3-replication-enabled",
            Severity::High,
            "Bucket is replicated",
            &["4", "12.3"],
            &["s3-versioning-enabled"],
        ),
        meta("s3-versioning-enabled", Severity::Medium, "Versioning is enabled", &["12.3"], &[]),
        meta("vault-locked", Severity::Medium, "Vault is locked", &["10"], &["s3-lifecycle-configured"]),
        meta("workload-protected", Severity::Critical, "Something protects the workload", &["12.2"], &[]),
        meta("workload-recovery-point-fresh", Severity::Critical, "Newest recovery point is fresh", &["3"], &[]),
    ]
}

fn at(file: &str, line: u32, from: u32, to: u32) -> Arc<Position> {
    let point = |column| Point { line, column };
    Arc::new(Position { file: file.into(), start: point(from), end: point(to) })
}

fn id(kind: &str, id: &str) -> ResourceId {
    ResourceId {
        root: None,
        partition: Some("aws".into()),
        account: Some("111122223333".into()),
        region: Some("eu-west-1".into()),
        kind: kind.into(),
        id: id.into(),
    }
}

/// What a baseline has of a finding.
fn earlier(finding: &Finding) -> Earlier {
    Earlier {
        rule: finding.rule.to_string(),
        severity: finding.severity,
        verdict: finding.verdict,
        name: finding.name.to_string(),
        address: finding.address.to_string(),
        message: finding.message.clone(),
        at: finding.at.as_ref().map(|at| (at.file.to_string(), at.start.line)),
    }
}

/// A finding on a live bucket.
pub fn live(rule: &str, severity: Severity, name: &str) -> Finding {
    let arn = format!("arn:aws:s3:::{name}");
    Finding {
        rule: rule.into(),
        severity,
        verdict: Verdict::Fail,
        resource: id("AWS::S3::Bucket", &arn),
        name: name.into(),
        address: arn.into(),
        message: "versioning is Suspended".into(),
        at: None,
        related: Vec::new(),
        missing: Vec::new(),
        values: BTreeMap::from([("resource.name".to_owned(), name.to_owned())]),
        waiver: None,
        suppression: None,
        novelty: None,
    }
}

/// A finding on a bucket of `stacks/app.yaml`.
pub fn declared(rule: &str, severity: Severity, name: &str, position: Arc<Position>) -> Finding {
    let mut finding = live(rule, severity, name);
    finding.resource = ResourceId {
        root: Some("stacks/app.yaml".into()),
        partition: None,
        account: None,
        region: None,
        kind: "AWS::S3::Bucket".into(),
        id: name.into(),
    };
    finding.address = name.into();
    finding.at = Some(position);
    finding
}

/// A finding that a denied call left open.
pub fn unknown() -> Finding {
    let mut finding = live("s3-replication-enabled", Severity::High, "orders");
    finding.verdict = Verdict::Unknown;
    finding.message = "replication is unknown".into();
    finding.missing =
        vec![Missing { fact: "replication".into(), reasons: denied("orders", "eu-west-1").reason().into() }];
    finding
}

/// A denied call.
pub fn denied(bucket: &str, region: &str) -> Gap {
    Gap {
        kind: GapKind::Denied,
        account: Some("111122223333".into()),
        region: Some(region.into()),
        operation: "s3:GetBucketReplication".into(),
        subject: Some(bucket.into()),
        code: "AccessDenied".into(),
        message: "User is not authorized".into(),
        leaves_unknown: "the replication of the bucket".into(),
        permission: Some("s3:GetReplicationConfiguration".into()),
        at: None,
    }
}

/// A finding that a waiver accepts.
fn waived() -> Finding {
    let mut waived = live("s3-versioning-enabled", Severity::Medium, "legacy-logs");
    waived.verdict = Verdict::Waived;
    waived.waiver = Some(Waiver {
        id: "legacy".into(),
        at: at("waivers/legacy.cedar", 2, 1, 9),
        reason: "goes away | in *March*".into(),
        owner: "@storage".into(),
        expires: "2027-03-31".into(),
        accepts: Verdict::Fail,
        also: Vec::new(),
    });
    waived
}

/// The report with every kind of finding.
pub fn report() -> Report {
    let waived = waived();
    let accepted = waived.waiver.clone().unwrap();
    let idle = Waiver { id: "idle".into(), at: at("waivers/idle.cedar", 1, 1, 9), ..accepted.clone() };
    let used =
        |waiver, findings| WaiverUse { waiver, rules: vec!["s3-versioning-enabled".into()], expired: false, findings };
    let mut parameter = declared("s3-lifecycle-configured", Severity::Low, "Logs", at("stacks/app.yaml", 6, 3, 7));
    parameter.verdict = Verdict::Unknown;
    parameter.message = "lifecycle is unknown".into();
    parameter.missing = vec![Missing {
        fact: "lifecycle".into(),
        reasons: Reasons::from(Reason::new("parameter `Days` has no default").cured_by(Cure::Parameter("Days".into())))
            .and(&"`Fn::GetAtt` of a custom resource".into()),
    }];
    let mut orders = declared("s3-versioning-enabled", Severity::High, "Orders", at("stacks/app.yaml", 5, 15, 26));
    orders.related = vec![(at("stacks/app.yaml", 2, 3, 9), "where [it] is declared".into())];
    let mut hostile = live("s3-versioning-enabled", Severity::Medium, HOSTILE);
    hostile.message = format!("bucket {HOSTILE} is not versioned");
    let mut stale = live("workload-recovery-point-fresh", Severity::Critical, "orders");
    stale.message = "newest recovery point is 3d old; tier critical allows 4h".into();
    let lock = live("vault-locked", Severity::Medium, "orders");
    let lifecycle = live("s3-lifecycle-configured", Severity::Low, "orders");
    let long = live("s3-lifecycle-configured", Severity::Low, &"x😀".repeat(2_500));
    let mut broken = denied("stacks/broken.yaml", "");
    broken.kind = GapKind::BrokenFile;
    (broken.account, broken.region, broken.permission) = (None, None, None);
    broken.operation = "parse".into();
    broken.code = "syntax".into();
    broken.message = "did not find expected key".into();
    broken.leaves_unknown = "what the template declares".into();
    broken.at = Some(at("stacks/broken.yaml", 3, 1, 2));
    let count = |fail, unknown, waived, pass| Counts { fail, unknown, waived, pass };
    let mut report = Report {
        source: Source::Live,
        now: Some("2026-03-01T12:00:00Z".parse().unwrap()),
        findings: vec![waived, parameter, orders, hostile, stale, lock, lifecycle, long, unknown()],
        rules: BTreeMap::from([
            ("kms-rotation-enabled".into(), count(0, 0, 0, 4)),
            ("s3-lifecycle-configured".into(), count(2, 1, 0, 0)),
            ("s3-replication-enabled".into(), count(0, 1, 0, 2)),
            ("s3-versioning-enabled".into(), count(2, 0, 1, 1)),
            ("vault-locked".into(), count(1, 0, 0, 0)),
            ("workload-protected".into(), count(0, 0, 0, 0)),
            ("workload-recovery-point-fresh".into(), count(1, 0, 0, 0)),
        ]),
        gaps: vec![denied("orders", "eu-west-1"), denied("logs", "eu-west-1"), broken],
        errors: vec!["policy `mine`: attribute `x` overflowed on `orders`".into()],
        statistics: Statistics {
            files: 1,
            passed_over: 2,
            resources: BTreeMap::from([("AWS::KMS::Key".into(), 4), ("AWS::S3::Bucket".into(), 6)]),
        },
        waivers: vec![used(idle, 0), used(accepted, 1)],
        suppressions: Vec::new(),
        notices: BTreeMap::new(),
        baseline: None,
        outside: None,
    };
    report.sort();
    report
}
