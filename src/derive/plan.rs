//! What is derived for a backup plan: whether it selects, whether its lifecycles and vaults hold, whether its rules run and
//! its windows fit.

mod cold;
mod windows;

pub mod ran;

use std::sync::Arc;

use jiff::SignedDuration;

use crate::model::backup::{Lifecycle, Selection, Vault};
use crate::model::derived::PlanDerived;
use crate::model::fact::{Cure, Fact, Reason, Reasons, State};
use crate::model::position::Position;
use crate::model::resource::{Facts, Resource};
use crate::model::workload::FOREVER;

use super::access::backup_role;
use super::access::policies::Policies;
use super::index::{Found, Index, Of, add_reasons};
use super::plans::{PlanNode, RuleNode, retention};
use super::selecting::has_role;
use super::workload::Workloads;

/// Cold storage is paid for 90 days at least, and AWS refuses shorter stays (`Lifecycle` in the AWS Backup API
/// Reference).
const COLD_DAYS: i64 = 90;

/// Derives all of a plan; none for what is none.
pub fn derive(
    index: &Index<'_>,
    workloads: &Workloads<'_, '_>,
    policies: &Policies<'_>,
    resource: &Resource,
) -> Option<PlanDerived> {
    let plan = workloads.plan(&resource.id)?;
    let mut selection = Checks::default();
    check_selections(index, workloads, plan, &mut selection);
    let mut cold = Checks::default();
    let mut locks = Checks::default();
    let mut vaults = Checks::default();
    match &plan.rules {
        Ok(rules) => rules.iter().for_each(|rule| check_rule(rule, &mut cold, &mut locks, &mut vaults)),
        Err(reasons) => [&mut cold, &mut locks, &mut vaults].into_iter().for_each(|checks| checks.doubt(reasons)),
    }
    let mut warm = Checks::default();
    let mut windows = Checks::default();
    let mut dropped = Checks::default();
    match &plan.rules {
        Ok(rules) => {
            cold::check(index, workloads, plan, rules, &mut warm);
            rules.iter().for_each(|rule| windows::check(workloads, rule, &mut windows));
            rules.iter().for_each(|rule| check_dropped(rule, &mut dropped));
        }
        Err(reasons) => [&mut warm, &mut windows, &mut dropped].into_iter().for_each(|checks| checks.doubt(reasons)),
    }
    let lifecycle_faults = Checks {
        faults: cold.faults.iter().chain(&locks.faults).cloned().collect(),
        doubt: cold.doubt.iter().chain(&locks.doubt).cloned().reduce(|a, b| a.and(&b)),
    };
    let Facts::Plan(facts) = &resource.facts else { return None };
    let runs = ran::runs(index, workloads, plan, facts);
    let mut roles = backup_role::check_plan(index, policies, plan);
    for (_, reasons) in workloads.stray.iter().filter(|((_, facts), _)| facts.plan.text.is_unknown()) {
        roles.doubt(reasons);
    }
    Some(PlanDerived {
        objective: workloads.strictest(&plan.dependents),
        selects: selection.passed(),
        selection_faults: selection.texts(),
        cold_storage_long_enough: cold.passed(),
        retention_within_locks: locks.passed(),
        lifecycle_faults: lifecycle_faults.texts(),
        ran_recently: runs.recently,
        last_run_age: runs.last_age,
        longest_gap: runs.longest_gap,
        vaults_exist: vaults.passed(),
        missing_vaults: vaults.texts(),
        cold_storage_used: warm.passed(),
        warm_rules: warm.texts(),
        windows_fit: windows.passed(),
        window_faults: windows.texts(),
        every_rule_runs: dropped.passed(),
        dropped_rules: dropped.texts(),
        role_covers: roles.passed(),
        role_faults: roles.texts(),
    })
}

/// What was found wrong, each with its place, and what could not be said.
#[derive(Default)]
pub struct Checks {
    faults: Vec<(String, Option<Arc<Position>>)>,
    doubt: Option<Reasons>,
}

impl Checks {
    /// Adds a fault that stands here.
    pub fn fault(&mut self, text: String, at: &Option<Arc<Position>>) {
        self.faults.push((text, at.clone()));
    }

    /// Adds why something cannot be said.
    pub fn doubt(&mut self, reasons: &Reasons) {
        add_reasons(&mut self.doubt, reasons);
    }

    /// Adds what was found of something that may not be there: then nothing is wrong for certain.
    pub fn join(&mut self, other: Self, exists: &Fact<bool>) {
        if let Some(reasons) = &other.doubt {
            self.doubt(reasons);
        }
        match exists.reasons() {
            Some(reasons) if !other.faults.is_empty() => self.doubt(reasons),
            Some(_) => {}
            None => self.faults.extend(other.faults),
        }
    }

    /// Whether nothing is wrong, at the place of the first fault.
    pub fn passed(&self) -> Fact<bool> {
        match (self.faults.first(), &self.doubt) {
            (Some((_, at)), _) => Fact::known(false).at(at.clone()),
            (None, Some(reasons)) => Fact::unknown(reasons.clone()),
            (None, None) => Fact::known(true),
        }
    }

    /// What is wrong, at the place of the first fault. Where something was found, that is enough to say.
    pub fn texts(&self) -> Fact<Vec<String>> {
        if self.faults.is_empty()
            && let Some(reasons) = &self.doubt
        {
            return Fact::unknown(reasons.clone());
        }
        let mut texts: Vec<String> = self.faults.iter().map(|(text, _)| text.clone()).collect();
        texts.sort();
        texts.dedup();
        Fact::known(texts).at(self.faults.iter().find_map(|(_, at)| at.clone()))
    }
}

/// A plan selects where one selection can match something and names a role.
fn check_selections(index: &Index<'_>, workloads: &Workloads<'_, '_>, plan: &PlanNode<'_>, checks: &mut Checks) {
    let mut faults = Vec::new();
    for selection in &plan.selections {
        match check_selection(selection) {
            Ok(()) => return,
            Err(Fault::Found(text, at)) => faults.push((text, at)),
            Err(Fault::Unknown(reasons)) => checks.doubt(&reasons),
        }
    }
    for (_, reasons) in &workloads.stray {
        checks.doubt(reasons);
    }
    if let Some(open) = &plan.open {
        checks.doubt(&index.open_in_words(open.clone(), other_selections));
    }
    if checks.doubt.is_some() {
        return;
    }
    if faults.is_empty() {
        faults.push(("no resources are assigned to it".to_owned(), None));
    }
    checks.faults = faults;
}

enum Fault {
    Found(String, Option<Arc<Position>>),
    Unknown(Reasons),
}

fn check_selection((resource, facts): &Of<'_, Selection>) -> Result<(), Fault> {
    let name = facts.selection_name.value().map_or(&*resource.name, String::as_str);
    let role = has_role(facts);
    if role.is_false() {
        return Err(Fault::Found(format!("selection {name} names no role"), facts.role.at.clone()));
    }
    let all_left_out = facts
        .not_resources
        .as_ref()
        .map(|links| links.iter().any(|link| link.text.value().is_some_and(|text| text == "*")));
    if all_left_out.is_true() {
        let text = format!("selection {name} leaves every resource out");
        return Err(Fault::Found(text, facts.not_resources.at.clone()));
    }
    let doubts = [role.reasons(), all_left_out.reasons(), resource.exists.reasons()];
    match doubts.into_iter().flatten().cloned().reduce(|a, b| a.and(&b)) {
        Some(reasons) => Err(Fault::Unknown(reasons)),
        None => Ok(()),
    }
}

fn other_selections() -> Reasons {
    Reason::new("another stack may assign resources to it")
        .cured_by(Cure::Setting("complete = true in backstop.toml".to_owned()))
        .into()
}

fn check_rule(rule: &RuleNode<'_>, cold: &mut Checks, locks: &mut Checks, vaults: &mut Checks) {
    let name = rule.rule.name.value().map_or("", String::as_str);
    let of = |what: &str| format!("rule {name}{what}");
    let at = rule.rule.target_vault.text.at.clone().or_else(|| rule.rule.name.at.clone());
    check_write(&of(""), &rule.rule.lifecycle, (&rule.target, &at), [cold, locks, vaults]);
    for copy in &rule.copies {
        let at = copy.action.destination.text.at.clone().or_else(|| rule.rule.copies.at.clone());
        check_write(&of(", its copy"), &copy.action.lifecycle, (&copy.destination, &at), [cold, locks, vaults]);
    }
    if let Some(reasons) = &rule.copies_unknown {
        [cold, locks, vaults].into_iter().for_each(|checks| checks.doubt(reasons));
    }
}

fn rule_name(rule: &RuleNode<'_>) -> String {
    format!("rule {}", rule.rule.name.value().map_or("", String::as_str))
}

/// A rule that never makes a backup, since AWS Backup takes that of longer-kept rules in its place ("Backup plan options
/// and configuration" in the AWS Backup Developer Guide).
fn check_dropped(rule: &RuleNode<'_>, checks: &mut Checks) {
    if let Some(reasons) = rule.dropped.reasons() {
        checks.doubt(reasons);
    }
    if rule.dropped.is_true() {
        let kept = rule.retention.value().map_or_else(String::new, |kept| format!(", kept {}", days(*kept)));
        let at = rule.rule.schedule.at.clone().or_else(|| rule.rule.name.at.clone());
        checks.fault(format!("{}{kept}", rule_name(rule)), &at);
    }
}

type Target<'t, 'a> = (&'t Found<Of<'a, Vault>>, &'t Option<Arc<Position>>);

fn check_write(what: &str, lifecycle: &Fact<Lifecycle>, (target, at): Target<'_, '_>, checks: [&mut Checks; 3]) {
    let [cold, locks, vaults] = checks;
    check_cold(what, lifecycle, cold);
    match target {
        Found::Here((vault, facts)) => {
            let Some(reasons) = vault.exists.reasons() else {
                return check_lock(what, lifecycle, &vault.name, facts, locks);
            };
            vaults.doubt(reasons);
            // The lock of a vault that may not be there breaks nothing for certain.
            let mut perhaps = Checks::default();
            check_lock(what, lifecycle, &vault.name, facts, &mut perhaps);
            if !perhaps.passed().is_true() {
                locks.doubt(reasons);
            }
        }
        Found::Missing(name) => vaults.fault(name.clone(), at),
        Found::Unknown(reasons) => {
            vaults.doubt(reasons);
            locks.doubt(reasons);
        }
    }
}

fn check_cold(what: &str, lifecycle: &Fact<Lifecycle>, checks: &mut Checks) {
    let cold = lifecycle.as_ref().and_then(|lifecycle| lifecycle.cold_after_days.clone());
    let delete = lifecycle.as_ref().and_then(|lifecycle| lifecycle.delete_after_days.clone());
    match (&cold.state, &delete.state) {
        (State::Absent, _) | (State::Known(_), State::Absent) => {}
        // Negative is never.
        (State::Known(cold), _) if *cold < 0 => {}
        (_, State::Known(delete)) if *delete < 0 => {}
        (State::Known(after), State::Known(delete)) => {
            if *delete < after.saturating_add(COLD_DAYS) {
                let text = format!("{what} moves to cold storage after {after} days and deletes after {delete}");
                checks.fault(text, &delete_or_cold(&delete_at(lifecycle), &cold.at, &lifecycle.at));
            }
        }
        (State::Unknown(reasons), _) | (_, State::Unknown(reasons)) => checks.doubt(reasons),
    }
}

fn delete_at(lifecycle: &Fact<Lifecycle>) -> Option<Arc<Position>> {
    lifecycle.value().and_then(|lifecycle| lifecycle.delete_after_days.at.clone())
}

fn delete_or_cold(
    delete: &Option<Arc<Position>>,
    cold: &Option<Arc<Position>>,
    lifecycle: &Option<Arc<Position>>,
) -> Option<Arc<Position>> {
    delete.clone().or_else(|| cold.clone()).or_else(|| lifecycle.clone())
}

/// A lock refuses jobs whose retention lies outside its bounds, whatever its mode ("AWS Backup Vault Lock" in the AWS
/// Backup Developer Guide).
fn check_lock(what: &str, lifecycle: &Fact<Lifecycle>, vault: &str, facts: &Vault, checks: &mut Checks) {
    let lock = match &facts.lock.state {
        State::Known(lock) => lock,
        State::Absent => return,
        State::Unknown(reasons) => return checks.doubt(reasons),
    };
    let retention = retention(lifecycle);
    let at = delete_at(lifecycle).or_else(|| lifecycle.at.clone());
    let mut bound =
        |bound: &Fact<SignedDuration>, broken: fn(SignedDuration, SignedDuration) -> bool, side: &str| match (
            &retention.state,
            &bound.state,
        ) {
            (_, State::Absent) | (State::Absent, _) => {}
            (State::Known(kept), State::Known(bound)) => {
                if broken(*kept, *bound) {
                    let (kept, bound) = (days(*kept), days(*bound));
                    checks.fault(format!("{what} keeps {kept}, vault {vault} accepts {side} {bound}"), &at);
                }
            }
            (State::Unknown(reasons), _) | (_, State::Unknown(reasons)) => checks.doubt(reasons),
        };
    bound(&lock.min_retention, |kept, bound| kept < bound, "at least");
    bound(&lock.max_retention, |kept, bound| kept > bound, "at most");
}

fn days(time: SignedDuration) -> String {
    if time >= FOREVER { "for ever".to_owned() } else { format!("{} days", time.as_hours() / 24) }
}
