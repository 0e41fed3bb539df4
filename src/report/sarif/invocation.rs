//! What the run itself has to say: gaps, and policies that errored.

use std::collections::BTreeMap;

use serde_json::json;
use serde_sarif::sarif::{
    Invocation, Location, Notification, PropertyBag, ReportingDescriptor, ReportingDescriptorReference,
};

use super::super::Input;
use super::super::text::{line, sentence};
use super::{location, message, properties, text};
use crate::finding::report::Counts;
use crate::model::gap::{Gap, GapKind};

/// The kinds of notification: id, name, and what it means. The order is the index in `tool.driver.notifications`.
const KINDS: [(&str, &str, &str); 7] = [
    ("gap-denied", "GapDenied", "A call was denied, and what it reads is unknown."),
    ("gap-failed", "GapFailed", "A call failed after retries, and what it reads is unknown."),
    ("gap-broken-file", "GapBrokenFile", "A file could not be read as what it claims to be."),
    ("gap-fallback", "GapFallback", "A fallback was used in place of what could not be read."),
    ("gap-not-modelled", "GapNotModelled", "Something was seen that Backstop has no model of."),
    ("policy-error", "PolicyError", "A policy errored while it judged a resource."),
    ("results-left-out", "ResultsLeftOut", "The mildest results were left out to keep within the limits of GitHub."),
];

/// The place of [`limits`](super::limits)' own notification.
const LEFT_OUT: usize = 6;

/// The descriptors of all notifications.
pub fn descriptors() -> Vec<ReportingDescriptor> {
    KINDS
        .iter()
        .map(|(id, name, what)| {
            let what = text(what);
            ReportingDescriptor::builder()
                .id(*id)
                .name(*name)
                .short_description(what.clone())
                .full_description(what.clone())
                .help(what)
                .build()
        })
        .collect()
}

/// The one invocation. It prints no time for files: the same files give the same bytes.
pub fn invocation(input: &Input<'_>, exit_code: u8) -> Invocation {
    let report = input.report;
    let successful = report.errors.is_empty() && report.is_complete() && exit_code < 2;
    let mut all = Invocation::builder().execution_successful(successful).exit_code(i64::from(exit_code)).build();
    let mut pairs = BTreeMap::new();
    if let Some(now) = report.now {
        pairs.extend(properties([("judgedAt", json!(now.to_string()))]));
    }
    if let Some(outside) = &report.outside {
        let Counts { fail, unknown, waived, .. } = outside.counts;
        let left_out = json!({ "fail": fail, "unknown": unknown, "waived": waived });
        pairs.extend(properties([("changedSince", json!(outside.since)), ("outside", left_out)]));
    }
    if !pairs.is_empty() {
        all.properties = Some(PropertyBag::builder().additional_properties(pairs).build());
    }
    let gaps: Vec<_> = report.gaps.iter().map(gap).collect();
    if !gaps.is_empty() {
        all.tool_execution_notifications = Some(gaps);
    }
    let errors: Vec<_> = report.errors.iter().map(|error| notification(5, "error", error)).collect();
    if !errors.is_empty() {
        all.tool_configuration_notifications = Some(errors);
    }
    all
}

/// The notification that results were left out.
pub fn left_out(count: usize) -> Notification {
    let what = format!("{count} results were left out to keep within GitHub's limits, the mildest first");
    notification(LEFT_OUT, "warning", &what)
}

fn gap(gap: &Gap) -> Notification {
    let (kind, level) = match gap.kind {
        GapKind::Denied => (0, "warning"),
        GapKind::Failed => (1, "warning"),
        GapKind::BrokenFile => (2, "error"),
        GapKind::Fallback => (3, "note"),
        GapKind::NotModelled => (4, "note"),
    };
    let place = gap.region.as_deref().map(|region| format!(" in {region}")).unwrap_or_default();
    let subject = gap.subject.as_deref().map(|subject| format!(" for {subject}")).unwrap_or_default();
    let cure = gap.permission.as_deref().map(|action| format!("; allow {action}")).unwrap_or_default();
    let what = format!(
        "{}{subject}{place}: {} ({}); unknown: {}{cure}",
        gap.operation, gap.message, gap.code, gap.leaves_unknown
    );
    let mut all = notification(kind, level, &what);
    if let Some(position) = &gap.at {
        all.locations = Some(vec![Location::builder().physical_location(location::physical(position)).build()]);
    }
    let pairs = [
        ("account", gap.account.as_deref()),
        ("region", gap.region.as_deref()),
        ("operation", Some(&*gap.operation)),
        ("code", Some(&*gap.code)),
        ("subject", gap.subject.as_deref()),
        ("permission", gap.permission.as_deref()),
    ];
    let known: BTreeMap<_, _> =
        pairs.into_iter().filter_map(|(key, value)| Some((key.to_owned(), json!(value?)))).collect();
    all.properties = Some(PropertyBag::builder().additional_properties(known).build());
    all
}

fn notification(kind: usize, level: &str, what: &str) -> Notification {
    let id = KINDS.get(kind).map_or("notification", |(id, _, _)| id);
    let descriptor = ReportingDescriptorReference::builder().id(id).index(i64::try_from(kind).unwrap_or(-1)).build();
    Notification::builder()
        .descriptor(descriptor)
        .level(json!(level))
        .message(message(sentence(&line(what, 2_000))))
        .build()
}
