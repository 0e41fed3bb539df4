//! From a report to one outcome for each type and id that AWS Config knows.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::annotation::{self, Named, Rest};
use super::place::{Key, key_of};
use crate::derive::with_derived;
use crate::evaluate::evaluate_each;
use crate::finding::Finding;
use crate::finding::report::Report;
use crate::finding::severity::Severity;
use crate::finding::verdict::Verdict;
use crate::model::gap::GapKind;
use crate::model::identity::ResourceId;
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;
use crate::rule::{Rule, RuleSet};

/// A report, and which resources it judged: a report names those alone that did not pass.
#[derive(Debug)]
pub struct Judgement<'a> {
    /// The report.
    pub report: Report,
    /// Every resource that rules were asked about.
    pub judged: BTreeSet<&'a ResourceId>,
}

/// Judges a live snapshot.
///
/// Fails only if Cedar refuses what the rules were checked for.
pub fn judge<'a>(
    snapshot: &'a Snapshot,
    rules: &RuleSet,
    settings: &Settings,
    now: Timestamp,
) -> Result<Judgement<'a>, String> {
    let judged = Mutex::new(BTreeSet::new());
    let report = with_derived(snapshot, settings, Some(now), |derive| {
        let noting = |resource: &'a _| {
            let subject = derive(resource)?;
            judged.lock().unwrap_or_else(PoisonError::into_inner).insert(&resource.id);
            Some(subject)
        };
        evaluate_each(snapshot, &noting, rules, settings, now)
    })?;
    Ok(Judgement { report, judged: judged.into_inner().unwrap_or_else(PoisonError::into_inner) })
}

/// For whom evaluations are made.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The account.
    pub account: &'a str,
    /// The Region that the rule is in.
    pub region: &'a str,
    /// The mildest severity that counts.
    pub threshold: Severity,
}

/// What is to be said of one type and id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Which.
    pub key: Key,
    /// Fail, Unknown or Pass.
    pub verdict: Verdict,
    /// The text beside it; none for a Pass.
    pub annotation: Option<String>,
}

/// The worst that a rule can say.
pub fn worst(rule: &Rule) -> Severity {
    rule.meta.escalation.as_ref().map_or(rule.meta.severity, |(worse, _)| *worse.max(&rule.meta.severity))
}

/// The types that a rule at or over the threshold asks about.
pub fn asked(rules: &RuleSet, threshold: Severity) -> BTreeSet<&str> {
    rules
        .rules
        .iter()
        .filter(|rule| worst(rule) >= threshold)
        .flat_map(|rule| &rule.meta.types)
        .map(String::as_str)
        .collect()
}

/// Whether a finding counts. What is not decided counts by the worst that its rule can say, since that may be true.
fn counts(finding: &Finding, rules: &RuleSet, threshold: Severity) -> bool {
    match finding.verdict {
        Verdict::Fail => finding.severity >= threshold,
        Verdict::Unknown => {
            rules.get(&finding.rule).map_or(finding.severity, |rule| worst(rule).max(finding.severity)) >= threshold
        }
        Verdict::Waived | Verdict::Pass => false,
    }
}

/// What counts against one key.
#[derive(Default)]
struct Against<'a> {
    fails: Vec<Named<'a>>,
    unknown: Vec<Named<'a>>,
}

impl<'a> Against<'a> {
    fn add(&mut self, finding: &'a Finding, of: Option<&'a str>) {
        let named = Named { severity: finding.severity, rule: &finding.rule, of, message: &finding.message };
        match finding.verdict {
            Verdict::Fail => self.fails.push(named),
            _ => self.unknown.push(named),
        }
    }

    fn outcome(mut self, key: Key) -> Outcome {
        for list in [&mut self.fails, &mut self.unknown] {
            list.sort_by_key(|named| (Reverse(named.severity), named.rule, named.of));
        }
        let (verdict, annotation) = if !self.fails.is_empty() {
            (Verdict::Fail, Some(annotation::failing(&self.fails, Rest::Unknown(self.unknown.len()))))
        } else if !self.unknown.is_empty() {
            (Verdict::Unknown, Some(annotation::undecided(&self.unknown)))
        } else {
            (Verdict::Pass, None)
        };
        Outcome { key, verdict, annotation }
    }
}

/// One outcome for each type and id that was judged, sorted, and always one for the account: it stands for all that
/// AWS Config has no type for. While not all was read, it does not pass.
pub fn outcomes(judgement: &Judgement<'_>, rules: &RuleSet, scope: Scope<'_>) -> Vec<Outcome> {
    let asked = asked(rules, scope.threshold);
    let mut against: BTreeMap<Key, Against<'_>> = BTreeMap::new();
    for resource in judgement.judged.iter().filter(|resource| asked.contains(&*resource.kind)) {
        if let Some(key) = key_of(resource, scope.region) {
            against.entry(key).or_default();
        }
    }
    let account = Key::account(scope.account);
    against.entry(account.clone()).or_default();
    for finding in judgement.report.findings.iter().filter(|finding| counts(finding, rules, scope.threshold)) {
        match key_of(&finding.resource, scope.region) {
            Some(key) => against.entry(key).or_default().add(finding, None),
            None => {
                let of = (&*finding.resource.kind != "AWS::Account").then_some(&*finding.name);
                against.entry(account.clone()).or_default().add(finding, of);
            }
        }
    }
    let mut outcomes: Vec<Outcome> = against.into_iter().map(|(key, against)| against.outcome(key)).collect();
    if !judgement.report.is_complete()
        && let Some(whole) =
            outcomes.iter_mut().find(|outcome| outcome.key == account && outcome.verdict == Verdict::Pass)
    {
        whole.verdict = Verdict::Unknown;
        whole.annotation = Some(annotation::incomplete(&unread(&judgement.report)));
    }
    outcomes
}

/// The calls that failed, with their Regions, and the rules that errored.
fn unread(report: &Report) -> Vec<String> {
    let failed = report.gaps.iter().filter(|gap| gap.kind != GapKind::NotModelled);
    let calls: BTreeSet<String> = failed
        .map(|gap| match gap.region.as_deref() {
            Some(region) => format!("{} ({region})", gap.operation),
            None => gap.operation.to_string(),
        })
        .collect();
    let errors = (!report.errors.is_empty()).then(|| format!("{} rules errored", report.errors.len()));
    errors.into_iter().chain(calls).collect()
}
