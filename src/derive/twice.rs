//! Backups that are paid for twice: rules of two plans that back the same workload up at the same times into the same
//! vault.
//!
//! Of two rules of *one* plan whose start windows overlap, AWS Backup runs the longer-retained one alone ("Backup plan
//! options and configuration" in the AWS Backup Developer Guide); of two plans it runs both. So a rule is needless
//! where it would always give way if both stood in one plan, and brings no copy and no continuous backup of its own.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use crate::model::fact::{Fact, Reasons, State};
use crate::model::identity::ResourceId;

use super::index::{Found, add_reasons};
use super::plans::{PlanNode, RuleNode};
use super::schedule::{Effect, Ties, effective_rules};
use super::schedules::Schedules;

/// A rule: the numbers of its plan and of itself in that.
type Number = (usize, usize);

/// Where a plan writes to.
struct Targets {
    /// The numbers of its vaults, in order.
    vaults: BTreeSet<usize>,
    /// Whether one of them may be any.
    anywhere: bool,
}

impl Targets {
    /// Whether both may write to one vault.
    fn may_meet(&self, other: &Self) -> bool {
        self.anywhere || other.anywhere || !self.vaults.is_disjoint(&other.vaults)
    }
}

/// What was found out of pairs of rules, so that each pair is looked at once.
pub struct Pairs {
    targets: Vec<Targets>,
    seen: Mutex<HashMap<(Number, Number), Fact<bool>>>,
}

impl Pairs {
    /// Notes where the plans write to, since most pairs of them have no vault in common.
    pub fn new<'a>(plans: &[PlanNode<'a>]) -> Self {
        let mut numbers: HashMap<&'a ResourceId, usize> = HashMap::new();
        let mut all = Vec::new();
        for plan in plans {
            let mut targets = Targets { vaults: BTreeSet::new(), anywhere: false };
            for rule in plan.rules.iter().flatten() {
                match rule.target {
                    Found::Here((vault, _)) => {
                        let next = numbers.len();
                        targets.vaults.insert(*numbers.entry(&vault.id).or_insert(next));
                    }
                    Found::Missing(_) => {}
                    Found::Unknown(_) => targets.anywhere = true,
                }
            }
            all.push(targets);
        }
        Self { targets: all, seen: Mutex::default() }
    }

    fn may_meet(&self, one: usize, other: usize) -> bool {
        self.targets.get(one).zip(self.targets.get(other)).is_some_and(|(one, other)| one.may_meet(other))
    }

    /// The rules, among those of the plans that select a workload, that another plan's rule makes needless. Unknown
    /// where there may be one; `unseen` says why there may be plans that nobody saw.
    pub fn needless(
        &self,
        plans: &[PlanNode<'_>],
        schedules: &Schedules,
        selecting: &[(usize, Option<Reasons>)],
        unseen: Option<&Reasons>,
    ) -> Fact<Vec<String>> {
        let mut labels = Vec::new();
        let mut doubt = unseen.cloned();
        if selecting.len() > 1 {
            let unread = selecting.iter().filter_map(|(plan, _)| plans.get(*plan)?.rules.as_ref().err());
            unread.for_each(|reasons| add_reasons(&mut doubt, reasons));
        }
        for (number, (one, one_doubt)) in selecting.iter().enumerate() {
            let others = selecting.iter().skip(number + 1);
            for (other, other_doubt) in others.filter(|(other, _)| self.may_meet(*one, *other)) {
                let selected = [one_doubt, other_doubt].map(|doubt| {
                    doubt.as_ref().map_or_else(|| Fact::known(true), |reasons| Fact::unknown(reasons.clone()))
                });
                for (a, b) in pairs(plans, *one, *other) {
                    let Some(rules) = rule(plans, a).zip(rule(plans, b)) else { continue };
                    let twice = self.same(plans, schedules, (a, b));
                    match Fact::all(selected.iter().cloned().chain([twice])).state {
                        State::Known(true) => labels.push(format!("{} beside {}", rules.0.label, rules.1.label)),
                        State::Known(false) | State::Absent => {}
                        State::Unknown(reasons) => add_reasons(&mut doubt, &reasons),
                    }
                }
            }
        }
        labels.sort();
        match doubt {
            Some(reasons) if labels.is_empty() => Fact::unknown(reasons),
            _ => Fact::known(labels),
        }
    }

    fn same(&self, plans: &[PlanNode<'_>], schedules: &Schedules, pair: (Number, Number)) -> Fact<bool> {
        // A poisoned cache holds whole entries all the same: they are inserted in one step.
        let seen = || self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = seen().get(&pair) {
            return known.clone();
        }
        let found = rule(plans, pair.0).zip(rule(plans, pair.1));
        let found = found.map_or_else(|| Fact::known(false), |(a, b)| same(schedules, a, b));
        seen().insert(pair, found.clone());
        found
    }
}

fn rule<'p, 'a>(plans: &'p [PlanNode<'a>], (plan, rule): Number) -> Option<&'p RuleNode<'a>> {
    plans.get(plan)?.rules.as_ref().ok()?.get(rule)
}

fn pairs(plans: &[PlanNode<'_>], one: usize, other: usize) -> Vec<(Number, Number)> {
    let count = |plan: usize| plans.get(plan).and_then(|plan| plan.rules.as_ref().ok()).map_or(0, Vec::len);
    (0..count(one)).flat_map(|a| (0..count(other)).map(move |b| ((one, a), (other, b)))).collect()
}

/// Whether one of both rules, which stand in different plans, is needless beside the other.
fn same(schedules: &Schedules, a: &RuleNode<'_>, b: &RuleNode<'_>) -> Fact<bool> {
    let target = same_target(a, b);
    if target.is_false() {
        return target;
    }
    let timed = |rule: &RuleNode<'_>| -> Fact<usize> {
        let doubts = [rule.schedule.as_ref().err(), rule.window.reasons(), rule.retention.reasons()];
        let doubt = doubts.into_iter().flatten().cloned().reduce(|a, b| a.and(&b));
        doubt.map_or_else(|| Fact::from_option(rule.schedule.as_ref().ok().copied()), Fact::unknown)
    };
    let times = match (timed(a).state, timed(b).state) {
        (State::Known(a), State::Known(b)) => schedules.get(a).zip(schedules.get(b)),
        (State::Unknown(reasons), _) | (_, State::Unknown(reasons)) => {
            return Fact::all([target, Fact::unknown(reasons)]);
        }
        _ => None,
    };
    let Some((one, other)) = times else { return Fact::known(false) };
    let needless = match effective_rules(&[one.clone(), other.clone()], Ties::LaterGivesWay).as_slice() {
        [Effect::Shadowed, _] => adds_nothing(a, b),
        // Kept equally long, either of them may go.
        [_, Effect::Shadowed] if one.retention_days == other.retention_days => {
            Fact::any([adds_nothing(b, a), adds_nothing(a, b)])
        }
        [_, Effect::Shadowed] => adds_nothing(b, a),
        [Effect::Unclear, _] | [_, Effect::Unclear] => Fact::unknown(
            "whether the rules of two plans run at the same times cannot be told from a rate or a passing year",
        ),
        _ => Fact::known(false),
    };
    Fact::all([target, a.runs.clone(), b.runs.clone(), needless])
}

/// Whether both write to the same vault, which exists.
fn same_target(a: &RuleNode<'_>, b: &RuleNode<'_>) -> Fact<bool> {
    match (&a.target, &b.target) {
        (Found::Here((one, _)), Found::Here((other, _))) => {
            Fact::all([Fact::known(one.id == other.id), one.exists.clone()])
        }
        (Found::Missing(_), _) | (_, Found::Missing(_)) => Fact::known(false),
        (Found::Unknown(reasons), _) | (_, Found::Unknown(reasons)) => {
            let names = [&a.rule.target_vault, &b.rule.target_vault].map(|link| link.text.value());
            match names {
                [Some(one), Some(other)] if name(one) != name(other) => Fact::known(false),
                _ => Fact::unknown(reasons.clone()),
            }
        }
    }
}

fn name(text: &str) -> &str {
    text.rsplit_once(':').map_or(text, |(_, name)| name)
}

/// Whether a rule makes no copy and no continuous backup that the other does not make.
fn adds_nothing(rule: &RuleNode<'_>, beside: &RuleNode<'_>) -> Fact<bool> {
    let continuous = Fact::any([rule.rule.continuous.clone().negate(), beside.rule.continuous.clone()]);
    if let Some(reasons) = rule.copies_unknown.as_ref().or(beside.copies_unknown.as_ref()) {
        return Fact::all([continuous, Fact::unknown(reasons.clone())]);
    }
    let copied = rule.copies.iter().map(|copy| {
        let links = beside.copies.iter().map(|other| (&copy.action.destination, &other.action.destination));
        Fact::any(links.map(|(one, other)| match (&one.target, &other.target, one.text.value(), other.text.value()) {
            (Some(one), Some(other), ..) => Fact::known(one == other),
            (_, _, Some(one), Some(other)) => Fact::known(one == other),
            _ => Fact::unknown("whether two copies lead to the same vault cannot be told"),
        }))
    });
    let answer = Fact::all(copied.chain([continuous]));
    Fact { at: None, ..answer }
}
