//! Explains one verdict: the facts behind it, and the truth of each part of the rule's condition.

pub mod lookup;
mod operands;
mod versions;

use std::sync::Arc;

use jiff::Timestamp;

use crate::evaluate::judge::Judge;
use crate::evaluate::view::View;
use crate::evaluate::worlds::worlds;
use crate::evaluate::{circumstances, evaluate};
use crate::finding::explanation::{Clause, Explanation, Shown, Told, Truth};
use crate::finding::verdict::Verdict;
use crate::model::attribute::Seen;
use crate::model::derived::Subject;
use crate::model::resource::Origin;
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;
use crate::rule::schema::Contract;
use crate::rule::{Rule, RuleSet};

/// Explains what a rule says of a resource of one of its types.
///
/// Fails if the rule is not asked about it at all (evidence of a file), or if Cedar refuses what was checked before.
pub fn explain(
    snapshot: &Snapshot,
    subject: &Subject<'_>,
    rules: &RuleSet,
    rule: &Rule,
    settings: &Settings,
    now: Timestamp,
) -> Result<Explanation, String> {
    // The verdict is the report's own, and what follows only tells how it came about.
    // The other rules count as off: a suppression may name them, too.
    let others = rules.rules.iter().filter(|other| other.meta.id != rule.meta.id).chain(&rules.disabled);
    let alone = RuleSet { rules: vec![rule.clone()], disabled: others.cloned().collect(), ..rules.clone() };
    let report = evaluate(snapshot, std::slice::from_ref(subject), &alone, settings, now)?;
    let finding = report.findings.iter().find(|finding| finding.rule == rule.meta.id);
    let error = report.errors.first();
    let counts = report.totals();
    let verdict = match (finding, counts.pass) {
        _ if error.is_some() => None,
        (Some(finding), _) => Some(finding.verdict),
        (None, 1..) => Some(Verdict::Pass),
        (None, 0) => {
            let name = rule.meta.action.name();
            return Err(format!("`{name}` asks for evidence, and files have none"));
        }
    };

    let view = View::of(subject);
    let optional = Contract::default().optional(&view.kind);
    let worlds = worlds(&view, &rule.reads, &optional);
    let too_many = worlds.is_none();
    let (listed, names) = versions::distinct(worlds.unwrap_or_default(), &rule.reads);
    let mut asked = operands::Asked::of(rule)?;
    let set = RuleSet::new(Arc::clone(&rules.schema), asked.rules());
    let judge = Judge::new(&set, &circumstances(snapshot, settings, now))?;
    let evidence = subject.resource.origin == Origin::Live;
    let clauses: Vec<Clause> = asked.clauses(|index| {
        if too_many {
            let outcome = judge.judge(&view, evidence).into_iter().find(|(of, _)| *of == index);
            return (outcome.map_or(Truth::Unasked, |(_, outcome)| truth(&outcome)), Vec::new());
        }
        let each: Vec<Truth> = listed.iter().map(|world| truth(&judge.in_world(world, index))).collect();
        (together(&each), each)
    });
    Ok(Explanation {
        rule: Arc::clone(&rule.meta.id),
        resource: subject.resource.id.clone(),
        name: Arc::clone(&subject.resource.name),
        at: view.place(rule.meta.subject.as_deref(), &subject.resource.origin),
        verdict,
        message: error.cloned().or_else(|| finding.map(|finding| finding.message.clone())),
        facts: facts(subject, &view, &listed, rule),
        versions: names,
        clauses,
        missing: finding.map(|finding| finding.missing.clone()).unwrap_or_default(),
        waiver: finding.and_then(|finding| finding.waiver.clone()),
        suppression: finding.and_then(|finding| finding.suppression.clone()),
    })
}

fn truth(outcome: &Result<Verdict, String>) -> Truth {
    match outcome {
        Ok(Verdict::Fail) => Truth::True,
        Ok(Verdict::Pass) => Truth::False,
        Ok(Verdict::Unknown | Verdict::Waived) => Truth::Unknown,
        Err(_) => Truth::Unasked,
    }
}

/// The truth over all versions in which it is asked.
fn together(each: &[Truth]) -> Truth {
    let mut asked = each.iter().filter(|truth| **truth != Truth::Unasked);
    let Some(first) = asked.next() else { return Truth::Unasked };
    if asked.all(|truth| truth == first) { *first } else { Truth::Unknown }
}

fn facts(subject: &Subject<'_>, view: &View, worlds: &[View], rule: &Rule) -> Vec<Shown> {
    let saved: Vec<&str> = subject.saved().iter().map(|attribute| attribute.name).collect();
    let mut paths = rule.reads.paths.clone();
    paths.extend(rule.meta.subject.clone());
    paths.extend(rule.meta.escalation.iter().map(|(_, path)| path.clone()));
    let undecided = view.undecided();
    let live = subject.resource.origin == Origin::Live;
    let mut shown: Vec<Shown> = paths
        .into_iter()
        .map(|path| {
            let head = path.split('.').next().unwrap_or_default();
            let told = match placed(view, &path) {
                Some(at) => Told::At(at),
                None if !saved.contains(&head) && !["name", "region"].contains(&head) => Told::Derived,
                None if live => Told::Live,
                None => Told::Unwritten,
            };
            let reasons = above(&path).find_map(|path| undecided.get(path)).map(|reasons| (*reasons).clone());
            let (value, values) = over(view, worlds, |view| said(view, &path));
            Shown { path, value, values, told, reasons }
        })
        .collect();
    for key in &rule.reads.tags {
        let tag = view.tags.get(key);
        let told = match (&tag.at, live) {
            (Some(at), _) => Told::At(Arc::clone(at)),
            (None, true) => Told::Live,
            (None, false) => Told::Unwritten,
        };
        let value = match (tag.value(), tag.is_absent()) {
            (Some(text), _) => text.clone(),
            (None, true) => "none".to_owned(),
            (None, false) => "unknown".to_owned(),
        };
        let path = format!("tags[\"{key}\"]");
        shown.push(Shown { path, value, values: Vec::new(), told, reasons: tag.reasons().cloned() });
    }
    shown
}

/// The fact, and its value in each version where they differ.
fn over(view: &View, worlds: &[View], text: impl Fn(&View) -> String) -> (String, Vec<String>) {
    let values: Vec<String> = worlds.iter().map(&text).collect();
    match values.first() {
        Some(first) if values.iter().all(|value| value == first) => (first.clone(), Vec::new()),
        Some(_) => ("unknown".to_owned(), values),
        None => (text(view), Vec::new()),
    }
}

/// A fact as people read it; of what an absent section would hold, nothing.
fn said(view: &View, path: &str) -> String {
    let gone = above(path).filter_map(|path| view.find(path)).any(|attribute| attribute.seen == Seen::Absent);
    if gone { "none".to_owned() } else { view.text(path) }
}

/// The path and all sections that it is in.
fn above(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.rsplit_once('.').map(|(above, _)| above))
}

fn placed(view: &View, path: &str) -> Option<Arc<crate::model::position::Position>> {
    above(path).find_map(|path| view.find(path)?.at.clone())
}

#[cfg(test)]
mod tests;
