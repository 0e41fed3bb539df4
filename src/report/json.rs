//! The report as JSON, version 1: what other programs read.
//!
//! `docs/schema/report-v1.schema.json` describes it and is closed, so that a field is never added by accident. The
//! structs are the format's own: a change of the snapshot or of a rule's annotations does not change it.

mod accepted;
mod compared;

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Input, ReportError};
use crate::finding::baseline::Novelty;
use crate::finding::report::Counts;
use crate::finding::verdict::Verdict;
use crate::finding::{Finding, Missing};
use crate::model::fact::Cure;
use crate::model::gap::{Gap, GapKind};
use crate::model::identity::ResourceId;
use crate::model::position::{Point, Position};
use crate::model::snapshot::Source;
use crate::rule::meta::Meta;
use crate::rule::notice::NOTICES;
use accepted::{SuppressionJson, SuppressionUseJson, WaiverJson, WaiverUseJson};
use compared::{BaselineJson, ChangedSinceJson};

/// The version of the format. It grows when a reader of the one before would misread the file.
pub const SCHEMA_VERSION: u32 = 1;

/// The report as indented JSON, with a line end behind it.
pub fn render(input: &Input<'_>) -> Result<String, ReportError> {
    let mut text = serde_json::to_string_pretty(&Document::new(input))?;
    text.push('\n');
    Ok(text)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    tool: ToolJson<'a>,
    source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    judged_at: Option<String>,
    totals: CountsJson,
    failures_by_severity: BTreeMap<&'static str, usize>,
    findings: Vec<FindingJson<'a>>,
    rules: Vec<RuleJson<'a>>,
    notices: Vec<NoticeJson>,
    waivers: Vec<WaiverUseJson<'a>>,
    suppressions: Vec<SuppressionUseJson<'a>>,
    gaps: Vec<GapJson<'a>>,
    errors: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<BaselineJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_since: Option<ChangedSinceJson<'a>>,
    statistics: StatisticsJson<'a>,
}

#[derive(Serialize)]
struct ToolJson<'a> {
    name: &'static str,
    version: &'a str,
}

#[derive(Serialize)]
struct CountsJson {
    fail: u64,
    unknown: u64,
    waived: u64,
    pass: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StatisticsJson<'a> {
    files: u64,
    passed_over: u64,
    resources: BTreeMap<&'a str, u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FindingJson<'a> {
    fingerprint: String,
    rule: &'a str,
    severity: &'static str,
    verdict: &'static str,
    resource: ResourceJson<'a>,
    name: &'a str,
    address: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<LocationJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<RelatedJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<MissingJson<'a>>,
    values: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiver: Option<WaiverJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppression: Option<SuppressionJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<&'static str>,
}

#[derive(Serialize)]
struct ResourceJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partition: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    #[serde(rename = "type")]
    kind: &'a str,
    id: &'a str,
}

#[derive(Serialize)]
struct LocationJson<'a> {
    file: &'a str,
    start: PointJson,
    end: PointJson,
}

#[derive(Serialize)]
struct PointJson {
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct RelatedJson<'a> {
    location: LocationJson<'a>,
    text: &'a str,
}

#[derive(Serialize)]
struct MissingJson<'a> {
    fact: &'a str,
    reasons: Vec<ReasonJson<'a>>,
}

#[derive(Serialize)]
struct ReasonJson<'a> {
    why: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cure: Option<CureJson<'a>>,
}

#[derive(Serialize)]
struct CureJson<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    instruction: String,
}

#[derive(Serialize)]
struct NoticeJson {
    id: &'static str,
    title: &'static str,
    counts: CountsJson,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleJson<'a> {
    id: &'a str,
    title: &'a str,
    severity: &'static str,
    action: &'static str,
    types: &'a [String],
    practice: &'a [String],
    precision: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    after: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    aliases: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    deprecated: Option<&'a str>,
    from_user: bool,
    controls: BTreeMap<&'a str, Vec<&'a str>>,
    counts: CountsJson,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GapJson<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
    operation: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    code: &'a str,
    message: &'a str,
    leaves_unknown: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    permission: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<LocationJson<'a>>,
}

impl<'a> Document<'a> {
    fn new(input: &Input<'a>) -> Self {
        let report = input.report;
        let by_severity = report.by_severity(Verdict::Fail);
        Self {
            schema_version: SCHEMA_VERSION,
            tool: ToolJson { name: "backstop", version: input.version },
            source: match report.source {
                Source::Files => "files",
                Source::Live => "live",
            },
            judged_at: report.now.map(|now| now.to_string()),
            totals: report.totals().into(),
            failures_by_severity: by_severity.into_iter().map(|(severity, n)| (severity.name(), n)).collect(),
            findings: report.findings.iter().map(FindingJson::new).collect(),
            rules: input.rules.iter().map(|rule| RuleJson::new(rule, input)).collect(),
            notices: NOTICES
                .iter()
                .map(|notice| NoticeJson {
                    id: notice.id,
                    title: notice.title,
                    counts: report.notices.get(notice.id).copied().unwrap_or_default().into(),
                })
                .collect(),
            waivers: report.waivers.iter().map(WaiverUseJson::new).collect(),
            suppressions: report.suppressions.iter().map(SuppressionUseJson::new).collect(),
            gaps: report.gaps.iter().map(GapJson::new).collect(),
            errors: &report.errors,
            baseline: report.baseline.as_ref().map(|compared| BaselineJson::new(report, compared)),
            changed_since: report.outside.as_ref().map(ChangedSinceJson::new),
            statistics: StatisticsJson {
                files: report.statistics.files,
                passed_over: report.statistics.passed_over,
                resources: report.statistics.resources.iter().map(|(kind, n)| (&**kind, *n)).collect(),
            },
        }
    }
}

impl From<Counts> for CountsJson {
    fn from(counts: Counts) -> Self {
        Self { fail: counts.fail, unknown: counts.unknown, waived: counts.waived, pass: counts.pass }
    }
}

impl<'a> FindingJson<'a> {
    fn new(finding: &'a Finding) -> Self {
        Self {
            fingerprint: finding.fingerprint(),
            rule: &finding.rule,
            severity: finding.severity.name(),
            verdict: finding.verdict.name(),
            resource: ResourceJson::new(&finding.resource),
            name: &finding.name,
            address: &finding.address,
            message: &finding.message,
            location: finding.at.as_deref().map(LocationJson::new),
            related: finding
                .related
                .iter()
                .map(|(at, text)| RelatedJson { location: LocationJson::new(at), text })
                .collect(),
            missing: finding.missing.iter().map(MissingJson::new).collect(),
            values: &finding.values,
            waiver: finding.waiver.as_ref().map(WaiverJson::new),
            suppression: finding.suppression.as_ref().map(SuppressionJson::new),
            baseline: finding.novelty.map(Novelty::name),
        }
    }
}

impl<'a> ResourceJson<'a> {
    fn new(id: &'a ResourceId) -> Self {
        Self {
            root: id.root.as_deref(),
            partition: id.partition.as_deref(),
            account: id.account.as_deref(),
            region: id.region.as_deref(),
            kind: &id.kind,
            id: &id.id,
        }
    }
}

impl<'a> LocationJson<'a> {
    fn new(at: &'a Position) -> Self {
        let point = |point: Point| PointJson { line: point.line, column: point.column };
        Self { file: &at.file, start: point(at.start), end: point(at.end) }
    }
}

impl<'a> MissingJson<'a> {
    fn new(missing: &'a Missing) -> Self {
        let reasons = missing.reasons.iter().map(|reason| ReasonJson {
            why: &reason.why,
            cure: reason.cure.as_ref().map(|cure| {
                let (kind, subject) = match cure {
                    Cure::Permission(action) => ("permission", Some(action.as_str())),
                    Cure::Parameter(name) => ("parameter", Some(name.as_str())),
                    Cure::Setting(name) => ("setting", Some(name.as_str())),
                    Cure::Source(what) => ("source", Some(what.as_str())),
                    Cure::Retry => ("retry", None),
                };
                CureJson { kind, subject, instruction: cure.instruction() }
            }),
        });
        Self { fact: &missing.fact, reasons: reasons.collect() }
    }
}

impl<'a> RuleJson<'a> {
    fn new(rule: &'a Meta, input: &Input<'a>) -> Self {
        let mut controls = BTreeMap::new();
        for framework in input.frameworks {
            let ids: Vec<&str> = framework.controls_of(&rule.id).map(|(_, control)| control.id.as_str()).collect();
            if !ids.is_empty() {
                controls.insert(framework.id.as_str(), ids);
            }
        }
        Self {
            id: &rule.id,
            title: &rule.title,
            severity: rule.severity.name(),
            action: rule.action.name(),
            types: &rule.types,
            practice: &rule.practice,
            precision: rule.precision.name(),
            after: &rule.after,
            aliases: &rule.aliases,
            deprecated: rule.deprecated.as_deref(),
            from_user: rule.from_user,
            controls,
            counts: input.report.rules.get(&rule.id).copied().unwrap_or_default().into(),
        }
    }
}

impl<'a> GapJson<'a> {
    fn new(gap: &'a Gap) -> Self {
        Self {
            kind: match gap.kind {
                GapKind::Denied => "denied",
                GapKind::Failed => "failed",
                GapKind::BrokenFile => "brokenFile",
                GapKind::Fallback => "fallback",
                GapKind::NotModelled => "notModelled",
            },
            account: gap.account.as_deref(),
            region: gap.region.as_deref(),
            operation: &gap.operation,
            subject: gap.subject.as_deref(),
            code: &gap.code,
            message: &gap.message,
            leaves_unknown: &gap.leaves_unknown,
            permission: gap.permission.as_deref(),
            location: gap.at.as_deref().map(LocationJson::new),
        }
    }
}

#[cfg(test)]
mod tests;
