//! What was compared with a baseline, and what was left out, as JSON.

use serde::Serialize;

use crate::finding::baseline::{Comparison, Earlier, Novelty};
use crate::finding::outside::Outside;
use crate::finding::report::Report;

#[derive(Serialize)]
pub struct BaselineJson<'a> {
    new: usize,
    unchanged: usize,
    absent: Vec<AbsentJson<'a>>,
}

#[derive(Serialize)]
struct AbsentJson<'a> {
    fingerprint: &'a str,
    rule: &'a str,
    severity: &'static str,
    verdict: &'static str,
    name: &'a str,
    address: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
}

#[derive(Serialize)]
pub struct ChangedSinceJson<'a> {
    revision: &'a str,
    outside: OutsideJson,
}

#[derive(Serialize)]
struct OutsideJson {
    fail: u64,
    unknown: u64,
    waived: u64,
}

impl<'a> BaselineJson<'a> {
    pub fn new(report: &Report, compared: &'a Comparison) -> Self {
        let absent = |(fingerprint, earlier): (&'a String, &'a Earlier)| AbsentJson {
            fingerprint,
            rule: &earlier.rule,
            severity: earlier.severity.name(),
            verdict: earlier.verdict.name(),
            name: &earlier.name,
            address: &earlier.address,
            message: &earlier.message,
            file: earlier.at.as_ref().map(|(file, _)| &**file),
            line: earlier.at.as_ref().map(|(_, line)| *line),
        };
        Self {
            new: report.count_of(Novelty::New),
            unchanged: report.count_of(Novelty::Unchanged),
            absent: compared.absent.iter().map(absent).collect(),
        }
    }
}

impl<'a> ChangedSinceJson<'a> {
    pub fn new(outside: &'a Outside) -> Self {
        let counts = outside.counts;
        Self {
            revision: &outside.since,
            outside: OutsideJson { fail: counts.fail, unknown: counts.unknown, waived: counts.waived },
        }
    }
}
