//! The report: all that outputs may say, in its one order.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::baseline::{Comparison, Novelty};
use super::outside::Outside;
use super::severity::Severity;
use super::verdict::Verdict;
use super::{Finding, Waiver};
use crate::model::gap::{Gap, GapKind};
use crate::model::identity::ResourceId;
use crate::model::position::Position;
use crate::model::snapshot::Source;

/// The outcome of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The kind of source that was judged.
    pub source: Source,
    /// The moment at which ages were judged; none for files, whose reports print no time.
    pub now: Option<Timestamp>,
    /// Fail, Unknown and Waived, in the order of [`Report::sort`].
    pub findings: Vec<Finding>,
    /// Counts by rule, for every rule that was enabled, in order of the rules' ids.
    pub rules: BTreeMap<Arc<str>, Counts>,
    /// What was not seen.
    pub gaps: Vec<Gap>,
    /// Policies that errored while they judged a resource, as one line each. Never silent: the exit code says so.
    pub errors: Vec<String>,
    /// What was looked at.
    pub statistics: Statistics,
    /// Every waiver, in order of their ids: also those that have expired, and those that accept nothing.
    pub waivers: Vec<WaiverUse>,
    /// Every suppression that stands in the files that were judged, in order of their places.
    pub suppressions: Vec<SuppressionUse>,
    /// Counts of the notices that were given, by id: they are findings without a rule.
    pub notices: BTreeMap<Arc<str>, Counts>,
    /// What is no longer there; none without a baseline.
    pub baseline: Option<Comparison>,
    /// What is left out because it lies elsewhere; none where all that was judged is reported.
    pub outside: Option<Outside>,
}

/// A waiver, and what it did in this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaiverUse {
    /// The waiver.
    pub waiver: Waiver,
    /// The rules whose findings it may accept, by id, sorted.
    pub rules: Vec<Arc<str>>,
    /// Whether its last day is over: then it accepts nothing.
    pub expired: bool,
    /// How many findings it accepts, or would accept if it had not expired.
    pub findings: u64,
}

/// A suppression, and what it did in this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuppressionUse {
    /// Where it is written.
    pub at: Arc<Position>,
    /// The rules that it names, as it is written.
    pub rules: Vec<Arc<str>>,
    /// Why, if it says so.
    pub reason: Option<Arc<str>>,
    /// The resource that it stands at, and what people call that; none where it stands at none that is judged.
    pub resource: Option<(ResourceId, Arc<str>)>,
    /// Why it accepts nothing at all, without a full stop; none where it is valid.
    pub fault: Option<String>,
    /// How many findings it accepts.
    pub findings: u64,
}

/// What counts for the exit code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Threshold {
    /// The mildest severity that counts; none counts without one.
    pub severity: Option<Severity>,
    /// Whether Unknown counts like Fail.
    pub unknown_fails: bool,
    /// Whether only what is new in comparison to the baseline counts.
    pub only_new: bool,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing at or over the threshold, and the picture is complete.
    Clean,
    /// Findings at or over the threshold.
    Findings,
    /// Nothing at or over the threshold, but the picture is incomplete.
    Incomplete,
}

impl Outcome {
    /// The exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Incomplete => 3,
        }
    }
}

/// How often a rule gave each verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Fail.
    pub fail: u64,
    /// Unknown.
    pub unknown: u64,
    /// Waived.
    pub waived: u64,
    /// Pass.
    pub pass: u64,
}

impl Counts {
    /// Counts one more verdict.
    pub const fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Fail => self.fail += 1,
            Verdict::Unknown => self.unknown += 1,
            Verdict::Waived => self.waived += 1,
            Verdict::Pass => self.pass += 1,
        }
    }

    /// Takes one of these verdicts away again.
    pub const fn take(&mut self, verdict: Verdict) {
        let count = match verdict {
            Verdict::Fail => &mut self.fail,
            Verdict::Unknown => &mut self.unknown,
            Verdict::Waived => &mut self.waived,
            Verdict::Pass => &mut self.pass,
        };
        *count = count.saturating_sub(1);
    }

    /// The sum of both.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            fail: self.fail + other.fail,
            unknown: self.unknown + other.unknown,
            waived: self.waived + other.waived,
            pass: self.pass + other.pass,
        }
    }
}

/// What was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Files that were read as templates.
    pub files: u64,
    /// Files that were passed over because they are none.
    pub passed_over: u64,
    /// Resources by type.
    pub resources: BTreeMap<Arc<str>, u64>,
}

impl Report {
    /// Puts findings into their one order: Fail, Unknown, Waived; worst first; then by file and line, resource, rule.
    pub fn sort(&mut self) {
        self.findings.sort_by(|a, b| {
            let key = |f: &Finding| (f.verdict, Reverse(f.severity), f.at.clone());
            key(a).cmp(&key(b)).then_with(|| a.resource.cmp(&b.resource)).then_with(|| a.rule.cmp(&b.rule))
        });
        self.gaps.sort();
        self.gaps.dedup();
        self.errors.sort();
        self.errors.dedup();
    }

    /// How the run ended: what the exit code says.
    pub fn outcome(&self, threshold: Threshold) -> Outcome {
        let counts = |finding: &Finding| {
            let unknown = threshold.unknown_fails && finding.verdict == Verdict::Unknown;
            (finding.verdict == Verdict::Fail || unknown)
                && threshold.severity.is_some_and(|mildest| finding.severity >= mildest)
                && !(threshold.only_new && finding.novelty == Some(Novelty::Unchanged))
        };
        if self.findings.iter().any(counts) {
            Outcome::Findings
        } else if self.is_complete() {
            Outcome::Clean
        } else {
            Outcome::Incomplete
        }
    }

    /// Whether everything that was meant to be looked at was: no broken file, no policy that errored, no list that was
    /// not read to its end, and no other failed or denied call that left a verdict open. A denial that left none open
    /// is listed and does not count.
    pub fn is_complete(&self) -> bool {
        let open = self.findings.iter().filter(|finding| finding.verdict == Verdict::Unknown);
        let mut reasons = BTreeSet::new();
        for reason in open.flat_map(|finding| &finding.missing).flat_map(|missing| &missing.reasons) {
            reasons.insert(reason);
        }
        let harmless = |gap: &Gap| match gap.kind {
            GapKind::BrokenFile | GapKind::Fallback => false,
            // What a list left out has no verdict at all that could be open.
            GapKind::Denied | GapKind::Failed => !gap.is_of_a_list() && !reasons.contains(&gap.reason()),
            GapKind::NotModelled => true,
        };
        self.errors.is_empty() && self.gaps.iter().all(harmless)
    }

    /// Counts over all rules and notices.
    pub fn totals(&self) -> Counts {
        self.rules.values().chain(self.notices.values()).fold(Counts::default(), |sum, counts| sum.plus(*counts))
    }

    /// How many findings with this verdict have each severity, worst first.
    pub fn by_severity(&self, verdict: Verdict) -> Vec<(Severity, usize)> {
        Severity::WORST_FIRST
            .into_iter()
            .map(|severity| {
                let same = |f: &&Finding| f.verdict == verdict && f.severity == severity;
                (severity, self.findings.iter().filter(same).count())
            })
            .collect()
    }
}
