//! Judges facts by rules: one verdict for each rule and resource, and the report of them.

pub mod entities;
pub mod fold;
pub mod judge;
pub mod memo;
mod notices;
mod related;
pub mod suppress;
pub mod view;
pub mod waive;
pub mod worlds;

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use rayon::prelude::*;

use crate::finding::report::{Counts, Report, Statistics};
use crate::finding::verdict::Verdict;
use crate::finding::{Finding, Missing};
use crate::model::derived::Subject;
use crate::model::fact::{Fact, State};
use crate::model::resource::{Facts, Origin, Resource};
use crate::model::settings::Settings;
use crate::model::snapshot::{Snapshot, Source};
use crate::rule::{Rule, RuleSet, template};
use judge::{Circumstances, Judge};
use notices::Notices;
use suppress::Suppressions;
use view::View;
use waive::Waivers;

/// Judges all subjects. `now` is the moment at which ages are judged.
///
/// Fails only if Cedar refuses what the rules were checked for.
pub fn evaluate(
    snapshot: &Snapshot,
    subjects: &[Subject<'_>],
    rules: &RuleSet,
    settings: &Settings,
    now: Timestamp,
) -> Result<Report, String> {
    judge_all(snapshot, subjects.par_iter(), rules, settings, now)
}

/// Judges the snapshot's resources one at a time: `derive` gives what is derived for each, which is dropped when it has
/// been judged, or none for what is not judged.
///
/// Fails as [`evaluate`] does.
pub fn evaluate_each<'a>(
    snapshot: &'a Snapshot,
    derive: &(dyn Fn(&'a Resource) -> Option<Subject<'a>> + Sync),
    rules: &RuleSet,
    settings: &Settings,
    now: Timestamp,
) -> Result<Report, String> {
    judge_all(snapshot, snapshot.resources.par_iter().filter_map(derive), rules, settings, now)
}

fn judge_all<'a, S: Borrow<Subject<'a>>>(
    snapshot: &Snapshot,
    subjects: impl ParallelIterator<Item = S>,
    rules: &RuleSet,
    settings: &Settings,
    now: Timestamp,
) -> Result<Report, String> {
    let judge = Judge::new(rules, &circumstances(snapshot, settings, now))?;
    let waivers = Waivers::new(rules, now)?;
    let suppressions = Suppressions::new(rules);
    let accepting = Accepting { waivers: &waivers, suppressions: &suppressions };
    let sum = subjects
        .fold(|| Tally::of(rules), |tally, subject| tally.add(&judge, &accepting, rules, subject.borrow()))
        .reduce(|| Tally::of(rules), Tally::plus);
    let mut resources = BTreeMap::new();
    for resource in &snapshot.resources {
        *resources.entry(Arc::clone(&resource.id.kind)).or_insert(0) += 1;
    }
    let mut report = Report {
        source: snapshot.source,
        now: (snapshot.source == Source::Live).then_some(now),
        findings: sum.findings,
        rules: rules.rules.iter().zip(sum.counts).map(|(rule, counts)| (Arc::clone(&rule.meta.id), counts)).collect(),
        gaps: snapshot.gaps.clone(),
        errors: sum.errors,
        statistics: Statistics { resources, ..Statistics::default() },
        waivers: Vec::new(),
        suppressions: Vec::new(),
        baseline: None,
        outside: None,
        notices: BTreeMap::new(),
    };
    let notices = Notices { settings };
    waivers.report(&mut report, &sum.accepted, &notices);
    suppressions.report(&mut report, snapshot, &notices);
    report.sort();
    Ok(report)
}

/// What is the same for all resources of this run.
pub fn circumstances(snapshot: &Snapshot, settings: &Settings, now: Timestamp) -> Circumstances {
    let mut units = BTreeMap::new();
    for resource in &snapshot.resources {
        if let (Facts::Account(facts), Some(account)) = (&resource.facts, &resource.id.account) {
            units.insert(Arc::clone(account), facts.organizational_units.clone());
        }
    }
    Circumstances {
        now,
        source: match snapshot.source {
            Source::Files => "files",
            Source::Live => "live",
        },
        recovery_regions: settings.recovery_regions.clone(),
        recovery_accounts: settings.recovery_accounts.clone(),
        units,
    }
}

/// What may accept a finding.
struct Accepting<'a> {
    waivers: &'a Waivers<'a>,
    suppressions: &'a Suppressions<'a>,
}

/// What some of the subjects gave: added up in parallel, ordered at the end.
struct Tally {
    findings: Vec<Finding>,
    counts: Vec<Counts>,
    errors: Vec<String>,
    /// How many findings each waiver accepts.
    accepted: Vec<u64>,
}

impl Tally {
    fn of(rules: &RuleSet) -> Self {
        Self {
            findings: Vec::new(),
            counts: vec![Counts::default(); rules.rules.len()],
            errors: Vec::new(),
            accepted: vec![0; rules.waivers.len()],
        }
    }

    fn add(mut self, judge: &Judge<'_>, accepting: &Accepting<'_>, rules: &RuleSet, subject: &Subject<'_>) -> Self {
        let view = View::of(subject);
        let evidence = subject.resource.origin == Origin::Live;
        let suppressions = accepting.suppressions.of(subject.resource);
        for (index, outcome) in judge.judge(&view, evidence) {
            let (Some(rule), Some(counts)) = (rules.rules.get(index), self.counts.get_mut(index)) else { continue };
            let verdict = outcome.unwrap_or_else(|error| {
                self.errors.push(format!("rule `{}` on `{}`: {error}", rule.meta.id, subject.resource.id));
                Verdict::Unknown
            });
            let verdict = if subject.resource.exists.is_unknown() && verdict == Verdict::Fail {
                // It may not exist at all; then there is nothing to fail.
                Verdict::Unknown
            } else {
                verdict
            };
            if verdict == Verdict::Pass {
                counts.add(verdict);
                continue;
            }
            let mut finding = finding(rule, subject, &view, judge, verdict);
            self.errors.extend(accepting.waivers.apply(judge, &view, &mut finding, &mut self.accepted));
            Suppressions::apply(&suppressions, &mut finding);
            counts.add(finding.verdict);
            self.findings.push(finding);
        }
        self
    }

    fn plus(mut self, other: Self) -> Self {
        self.findings.extend(other.findings);
        self.errors.extend(other.errors);
        for (sum, more) in self.counts.iter_mut().zip(other.counts) {
            *sum = sum.plus(more);
        }
        for (sum, more) in self.accepted.iter_mut().zip(other.accepted) {
            *sum += more;
        }
        self
    }
}

fn finding(rule: &Rule, subject: &Subject<'_>, view: &View, judge: &Judge<'_>, verdict: Verdict) -> Finding {
    let resource = subject.resource;
    let meta = &rule.meta;
    let address = match &resource.origin {
        Origin::Live => Arc::clone(&resource.id.id),
        Origin::Declared { address, .. } => Arc::clone(address),
    };
    let values: BTreeMap<String, String> =
        rule.places.iter().map(|place| (place.clone(), value(place, subject, view))).collect();
    let severity = match &meta.escalation {
        Some((worse, path)) if view.text(path) == "true" => *worse,
        _ => meta.severity,
    };
    let missing = if verdict == Verdict::Unknown { missing(rule, subject, view, judge) } else { Vec::new() };
    // The template was checked when the rule was loaded; should it fail all the same, its title is true, too.
    let message = template::fill(&meta.message, &values).unwrap_or_else(|_| meta.title.clone());
    // What is not known to be wrong has nothing to be mended, and there may be very many of those.
    let values = if verdict == Verdict::Unknown { BTreeMap::new() } else { values };
    let at = view.place(meta.subject.as_deref(), &resource.origin);
    Finding {
        rule: Arc::clone(&meta.id),
        severity,
        verdict,
        resource: resource.id.clone(),
        name: Arc::clone(&resource.name),
        address,
        message,
        related: related::places(meta, subject, at.as_ref()),
        at,
        missing,
        values,
        waiver: None,
        suppression: None,
        novelty: None,
    }
}

/// What stands for a template's place.
fn value(place: &str, subject: &Subject<'_>, view: &View) -> String {
    let id = &subject.resource.id;
    let part = |part: &Option<Arc<str>>| part.as_deref().unwrap_or("unknown").to_owned();
    match place.strip_prefix("resource.").unwrap_or(place) {
        "account" => part(&id.account),
        "partition" => id.likely_partition().to_owned(),
        "type" => id.kind.to_string(),
        // A template's logical id is no ARN; a command must not take it for one.
        "arn" if id.id.starts_with("arn:") => id.id.to_string(),
        "arn" => "unknown".to_owned(),
        path => view.text(path),
    }
}

/// The facts that would have decided: all that the rule reads and that are not known.
fn missing(rule: &Rule, subject: &Subject<'_>, view: &View, judge: &Judge<'_>) -> Vec<Missing> {
    let mut missing: Vec<Missing> = view
        .undecided()
        .into_iter()
        .filter(|(path, _)| rule.reads.touch(path))
        .map(|(fact, reasons)| Missing { fact, reasons: reasons.clone() })
        .collect();
    for key in &rule.reads.tags {
        if let State::Unknown(reasons) = &view.tags.get(key).state {
            missing.push(Missing { fact: format!("tags[\"{key}\"]"), reasons: reasons.clone() });
        }
    }
    if let Fact { state: State::Unknown(reasons), .. } = &subject.resource.exists {
        missing.push(Missing { fact: "exists".to_owned(), reasons: reasons.clone() });
    }
    // Their reasons are those of the gap that left them open, by which a report knows that the gap counts.
    if let Some(reasons) = judge.unknown_principal(view).filter(|_| rule.reads.principal) {
        missing.push(Missing { fact: "principal".to_owned(), reasons });
    }
    missing.sort();
    missing
}

#[cfg(test)]
mod tests;
