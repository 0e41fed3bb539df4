//! What goes out beside the evaluations: objects with reports, and an event and a message with the counts.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Value, json};

use crate::finding::report::Report;
use crate::finding::verdict::Verdict;
use crate::model::fact::Reason;
use crate::report::{Input, ReportError, checklist, json as json_report, sarif, visible};

/// A report as an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// The first part of its key: `json`, `sarif`, `checklist`, `findings`.
    pub kind: &'static str,
    /// Its key.
    pub key: String,
    /// Its media type.
    pub content_type: &'static str,
    /// Its text.
    pub text: String,
}

/// Whose reports they are.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The account.
    pub account: &'a str,
    /// The Region that the rule is in.
    pub region: &'a str,
    /// The rule's name.
    pub rule: &'a str,
    /// When it was judged.
    pub now: Timestamp,
}

/// The key of a report: `[prefix/]kind/account=…/region=…/rule=…/date=YYYY-MM-DD/HHMMSS.ext`, so that Athena and Glue find
/// the partitions by name. A run of the same second replaces the one before.
fn key(prefix: &str, kind: &str, subject: Subject<'_>, extension: &str) -> String {
    let now = subject.now.to_zoned(TimeZone::UTC);
    let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
    let (account, region, rule) = (plain(subject.account), plain(subject.region), plain(subject.rule));
    let (date, time) = (now.strftime("%Y-%m-%d"), now.strftime("%H%M%S"));
    format!("{prefix}{kind}/account={account}/region={region}/rule={rule}/date={date}/{time}Z.{extension}")
}

/// With nothing in it that would be read as a part of the key.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || "-_.".contains(c) {
            out.push(c);
        } else {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                // Writing to a String cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// The whole report as JSON and as SARIF, the checklist, and the findings as lines that Athena reads.
///
/// # Errors
///
/// Where a report cannot be written as JSON: an error of Backstop's own.
pub fn objects(
    input: &Input<'_>,
    prefix: &str,
    subject: Subject<'_>,
    exit_code: u8,
) -> Result<Vec<Object>, ReportError> {
    let options = sarif::Options { exit_code, ..sarif::Options::default() };
    let object = |kind, extension, content_type, text| Object {
        kind,
        key: key(prefix, kind, subject, extension),
        content_type,
        text,
    };
    Ok(vec![
        object("json", "json", "application/json", json_report::render(input)?),
        object("sarif", "sarif", "application/sarif+json", sarif::render(input, &options)?),
        object("checklist", "md", "text/markdown; charset=utf-8", checklist::render(input)?),
        object("findings", "ndjson", "application/x-ndjson", rows(input.report, subject)?),
    ])
}

/// A finding as a row. Fields are added at the end, and none changes its meaning: tables rest on them.
#[derive(Serialize)]
struct Row<'a> {
    judged_at: String,
    rule: &'a str,
    severity: &'a str,
    verdict: &'a str,
    resource_type: &'a str,
    resource_id: &'a str,
    resource_region: Option<&'a str>,
    name: &'a str,
    message: &'a str,
    missing: Vec<String>,
    fingerprint: String,
}

/// One line for each finding.
fn rows(report: &Report, subject: Subject<'_>) -> Result<String, ReportError> {
    let mut text = String::new();
    for finding in &report.findings {
        let missing = finding.missing.iter().map(|missing| {
            let reasons: Vec<&str> = missing.reasons.iter().map(|reason: &Reason| reason.why.as_ref()).collect();
            format!("{}: {}", missing.fact, reasons.join("; "))
        });
        let row = Row {
            judged_at: subject.now.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S").to_string(),
            rule: &finding.rule,
            severity: finding.severity.name(),
            verdict: finding.verdict.name(),
            resource_type: &finding.resource.kind,
            resource_id: &finding.resource.id,
            resource_region: finding.resource.region.as_deref(),
            name: &finding.name,
            message: &finding.message,
            missing: missing.collect(),
            fingerprint: finding.fingerprint(),
        };
        text.push_str(&serde_json::to_string(&row)?);
        text.push('\n');
    }
    Ok(text)
}

/// The source of the event.
pub const SOURCE: &str = "backstop";
/// Its type.
pub const DETAIL_TYPE: &str = "Backstop Audit Completed";

/// The event's detail: the counts, whether all was read, and where the reports lie.
pub fn detail(report: &Report, subject: Subject<'_>, reports: &[(&str, String)]) -> Value {
    let totals = report.totals();
    let failures: serde_json::Map<String, Value> = report
        .by_severity(Verdict::Fail)
        .into_iter()
        .map(|(severity, count)| (severity.name().to_owned(), json!(count)))
        .collect();
    let reports: serde_json::Map<String, Value> =
        reports.iter().map(|(kind, uri)| ((*kind).to_owned(), json!(uri))).collect();
    json!({
        "account": subject.account,
        "region": subject.region,
        "rule": subject.rule,
        "judgedAt": subject.now.to_string(),
        "complete": report.is_complete(),
        "counts": { "fail": totals.fail, "unknown": totals.unknown, "waived": totals.waived, "pass": totals.pass },
        "failuresBySeverity": failures,
        "reports": reports,
    })
}

/// What an SNS topic is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// In a line, as e-mail shows it: ASCII, fewer than 100 characters.
    pub subject: String,
    /// By protocol, as `MessageStructure` asks for it: [`detail`] for programs, sentences for people.
    pub body: String,
    /// The severity of the worst failure, or `none`: what subscriptions may be filtered by.
    pub worst: &'static str,
}

/// The message for a topic ("Publish" in the Amazon SNS API Reference).
pub fn message(report: &Report, subject: Subject<'_>, reports: &[(&str, String)]) -> Message {
    let failures = report.by_severity(Verdict::Fail);
    let totals = report.totals();
    let worst = failures.iter().find(|(_, count)| *count > 0).map(|(severity, _)| *severity);
    let listed: Vec<String> = failures.iter().map(|(severity, count)| format!("{count} {}", severity.name())).collect();
    let mut text = format!(
        "Backstop judged account {} at {} (AWS Config rule {}, {}).\n\nFailures: {}.\nUnknown: {}, waived: {}, passed: {}.\n",
        subject.account,
        subject.now,
        visible(subject.rule),
        subject.region,
        listed.join(", "),
        totals.unknown,
        totals.waived,
        totals.pass,
    );
    if !report.is_complete() {
        text.push_str("Not all could be read: what is not known was not called compliant.\n");
    }
    for (at, (_, uri)) in reports.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}{uri}", if at == 0 { "\nReports:\n" } else { "" });
    }
    let noun = if totals.fail == 1 { "failure" } else { "failures" };
    let detail = detail(report, subject, reports).to_string();
    Message {
        subject: format!("Backstop: {} {noun} in account {}", totals.fail, subject.account),
        body: json!({ "default": detail, "email": text }).to_string(),
        worst: worst.map_or("none", |severity| severity.name()),
    }
}
