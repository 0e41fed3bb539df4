//! Plans with their rules resolved: schedules, retention, vaults, copies.

use std::collections::{BTreeMap, HashMap};

use jiff::SignedDuration;

use crate::model::backup::{CopyAction, Lifecycle, Plan, PlanRule, Selection, Vault};
use crate::model::fact::{Fact, Reasons, State};
use crate::model::identity::ResourceId;
use crate::model::resource::{Facts, Resource};
use crate::model::settings::Settings;
use crate::model::workload::FOREVER;

use super::index::{Found, Index, Of};
use super::objective::Dependents;
use super::place::{Arn, Spot};
use super::resting::Resting;
use super::schedule::{self, Effect, Ties, Timed};
use super::schedules::{Group, Schedules};
use super::{evidence, world};

/// A plan, its rules resolved.
pub struct PlanNode<'a> {
    pub resource: &'a Resource,
    pub selections: Vec<Of<'a, Selection>>,
    /// What each of these assigns of what was seen, and why it is only possible that it does.
    pub assigned: Vec<Vec<(&'a Resource, Option<Reasons>)>>,
    /// Why it may have selections that nobody saw.
    pub open: Option<Reasons>,
    pub rules: Result<Vec<RuleNode<'a>>, Reasons>,
    /// The objectives of the workloads that it selects.
    pub dependents: Dependents,
    /// AWS Backup's names of their types, and why it is only possible that it selects one; none where it is certain.
    pub types: BTreeMap<String, Option<Reasons>>,
}

/// One rule of a plan.
pub struct RuleNode<'a> {
    pub label: String,
    pub rule: &'a PlanRule,
    pub schedule: Result<usize, Reasons>,
    pub window: Fact<SignedDuration>,
    pub retention: Fact<SignedDuration>,
    pub target: Found<Of<'a, Vault>>,
    /// Whether it ever runs beside the other rules of its plan.
    pub runs: Fact<bool>,
    /// Whether it never makes a backup, since each of its runs gives way to a longer-kept rule of its plan.
    pub dropped: Fact<bool>,
    pub copies: Vec<CopyNode<'a>>,
    pub copies_unknown: Option<Reasons>,
}

/// One copy action of a rule.
pub struct CopyNode<'a> {
    pub action: &'a CopyAction,
    pub destination: Found<Of<'a, Vault>>,
    pub spot: Spot<'a>,
    /// Why copies may lie where nobody looked.
    pub not_audited: Option<Reasons>,
}

impl CopyNode<'_> {
    /// Whether it outlives the loss of this resource's account: by where it lies, or in a logically air-gapped vault
    /// that other accounts can reach.
    pub fn outlives_account(&self, from: &ResourceId, settings: &Settings) -> Fact<bool> {
        let resting = Resting::in_vault(&self.destination, &self.action.destination);
        Fact::any([self.spot.outlives_account(from, &settings.recovery_accounts), resting.beyond_reach()])
    }
}

/// All plans, their numbers by identity, and the selections of which the plan is not known.
pub type Nodes<'a> = (Vec<PlanNode<'a>>, HashMap<&'a ResourceId, usize>, Vec<Stray<'a>>);

/// A selection of which the plan is not known, and why.
pub type Stray<'a> = (Of<'a, Selection>, Reasons);

/// Resolves every plan of the snapshot.
pub fn plan_nodes<'a>(index: &Index<'a>, schedules: &mut Schedules) -> Nodes<'a> {
    let mut plans: Vec<PlanNode<'a>> = Vec::new();
    let mut numbers = HashMap::new();
    let mut by_name: HashMap<&str, usize> = HashMap::new();
    for resource in &index.snapshot.resources {
        let Facts::Plan(facts) = &resource.facts else { continue };
        numbers.insert(&resource.id, plans.len());
        by_name.insert(&resource.id.id, plans.len());
        if let Some(id) = facts.plan_id.value() {
            by_name.insert(id, plans.len());
        }
        plans.push(PlanNode {
            resource,
            selections: Vec::new(),
            assigned: Vec::new(),
            open: open_selections(index, resource, facts),
            rules: rule_nodes(index, (plans.len(), resource), facts, schedules),
            dependents: Dependents::default(),
            types: BTreeMap::new(),
        });
    }
    let mut stray = Vec::new();
    for (resource, facts) in &index.selections {
        let target = facts.plan.target.as_ref().and_then(|target| numbers.get(target));
        let by_text = || {
            let text = facts.plan.text.value()?;
            by_name
                .get(text.rsplit_once(':').map_or(text.as_str(), |(_, id)| id))
                .or_else(|| by_name.get(text.as_str()))
        };
        match target.or_else(by_text).and_then(|number| plans.get_mut(*number)) {
            Some(plan) => {
                plan.selections.push((resource, facts));
                plan.assigned.push(Vec::new());
            }
            None => {
                let doubt = facts.plan.text.reasons().cloned();
                stray.push(((*resource, *facts), doubt.unwrap_or_else(|| "its plan was not seen".into())));
            }
        }
    }
    (plans, numbers, stray)
}

fn open_selections(index: &Index<'_>, resource: &Resource, facts: &Plan) -> Option<Reasons> {
    let (account, region) = (resource.id.account.as_deref(), resource.id.region.as_deref());
    let by_arn = index.open(world::selections(&resource.id.id), account, region)?;
    facts.plan_id.value().map_or(Some(by_arn), |id| index.open(world::selections(id), account, region))
}

fn rule_nodes<'a>(
    index: &Index<'a>,
    (number, resource): (usize, &'a Resource),
    facts: &'a Plan,
    schedules: &mut Schedules,
) -> Result<Vec<RuleNode<'a>>, Reasons> {
    let rules = match &facts.rules.state {
        State::Known(rules) => rules,
        State::Absent => return Ok(Vec::new()),
        State::Unknown(reasons) => return Err(reasons.clone()),
    };
    let plan = facts.plan_name.value().map_or(&*resource.name, String::as_str);
    let nodes = rules.iter().enumerate().map(|(place, rule)| {
        let name = rule.name.value().cloned().unwrap_or_else(|| format!("{}", place + 1));
        let mut copies_unknown = None;
        let copies = match &rule.copies.state {
            State::Known(copies) => copies.as_slice(),
            State::Absent => &[],
            State::Unknown(reasons) => {
                copies_unknown = Some(reasons.clone());
                &[]
            }
        };
        RuleNode {
            label: format!("plan {plan}, rule {name}"),
            rule,
            schedule: schedule_number(number, rule, schedules),
            window: rule
                .start_window_minutes
                .clone()
                .or_default_to(schedule::DEFAULT_START_WINDOW_MINUTES)
                .map(SignedDuration::from_mins),
            retention: retention(&rule.lifecycle),
            target: index.vault(&rule.target_vault, &resource.id),
            runs: Fact::known(true),
            dropped: Fact::known(false),
            copies: copies.iter().map(|action| copy_node(index, resource, action)).collect(),
            copies_unknown,
        }
    });
    let mut nodes: Vec<RuleNode<'a>> = nodes.collect();
    shadow(&mut nodes, schedules);
    Ok(nodes)
}

/// Marks rules that give way to longer-retained ones of their plan. A rule whose times are not known may make any other
/// give way; one whose vault is gone makes none. A continuous rule may be updated all the same, which AWS's documentation
/// leaves open.
fn shadow(nodes: &mut [RuleNode<'_>], schedules: &Schedules) {
    let writes = |node: &RuleNode<'_>| !matches!(node.target, Found::Missing(_));
    if nodes.iter().filter(|node| writes(node)).count() < 2 {
        return;
    }
    let unknown = nodes.iter().filter(|node| writes(node)).filter_map(|node| {
        let reasons = [node.schedule.as_ref().err(), node.retention.reasons(), node.window.reasons()];
        reasons.into_iter().flatten().cloned().reduce(|a, b| a.and(&b))
    });
    if let Some(reasons) = unknown.reduce(|a, b| a.and(&b)) {
        for node in nodes.iter_mut() {
            node.runs = Fact::unknown(reasons.clone());
            if writes(node) {
                node.dropped = Fact::unknown(reasons.clone());
            }
        }
        return;
    }
    let timed = |node: &RuleNode<'_>| schedules.get(*node.schedule.as_ref().ok()?).cloned();
    let known: Vec<(usize, Timed)> = nodes
        .iter()
        .enumerate()
        .filter(|(_, node)| writes(node))
        .filter_map(|(number, node)| Some((number, timed(node)?)))
        .collect();
    let rules: Vec<Timed> = known.iter().map(|(_, timed)| timed.clone()).collect();
    let why = "whether the rule gives way to a longer-retained one of its plan cannot be told";
    let readings: &[Ties] = if schedule::tied(&rules) {
        &[Ties::LaterGivesWay, Ties::EarlierGivesWay, Ties::BothRun]
    } else {
        &[Ties::LaterGivesWay]
    };
    let readings: Vec<_> = readings.iter().map(|ties| schedule::effective_rules(&rules, *ties)).collect();
    for (place, (number, _)) in known.iter().enumerate() {
        let Some(node) = nodes.get_mut(*number) else { continue };
        let effects: Vec<Effect> = readings.iter().filter_map(|effects| effects.get(place).copied()).collect();
        let runs = |effect: &Effect| match effect {
            Effect::Runs | Effect::PartlyShadowed => Fact::known(true),
            Effect::Shadowed if node.rule.continuous.is_false() => Fact::known(false),
            Effect::Shadowed | Effect::Unclear => Fact::unknown(why),
        };
        // Of rules that are kept equally long, either backup serves.
        node.runs = effects.first().map_or_else(|| Fact::unknown(why), runs);
        let (some, all) = (effects.iter().map(runs), effects.iter().map(runs));
        node.dropped = match (Fact::any(some).negate().is_true(), Fact::all(all).is_true()) {
            (true, _) => Fact::known(true),
            (_, true) => Fact::known(false),
            _ => Fact::unknown(why),
        };
    }
}

fn copy_node<'a>(index: &Index<'a>, plan: &'a Resource, action: &'a CopyAction) -> CopyNode<'a> {
    let destination = index.vault(&action.destination, &plan.id);
    let spot = match (&destination, action.destination.text.value().and_then(|text| Arn::parse(text))) {
        (Found::Here((vault, _)), _) => Spot::of(&vault.id),
        (_, Some(arn)) => Spot::of_arn(&arn),
        (Found::Unknown(reasons), None) => Spot::unknown(reasons),
        (Found::Missing(name), None) => Spot::unknown(&format!("vault `{name}` was not seen").into()),
    };
    let not_audited = action.destination.text.value().and_then(|text| Arn::parse(text)).and_then(|arn| {
        let seen = !index.live() || index.snapshot.has_listed(world::VAULTS.kind, arn.account, arn.region, None);
        (!seen).then(|| evidence::not_audited(arn.account, arn.region))
    });
    CopyNode { action, destination, spot, not_audited }
}

fn schedule_number(plan: usize, rule: &PlanRule, schedules: &mut Schedules) -> Result<usize, Reasons> {
    let zone = match &rule.timezone.state {
        State::Known(zone) => Some(zone.as_str()),
        State::Absent => None,
        State::Unknown(reasons) => return Err(reasons.clone()),
    };
    let text = match &rule.schedule.state {
        State::Known(text) => text.as_str(),
        State::Absent => schedule::DEFAULT_SCHEDULE,
        State::Unknown(reasons) => return Err(reasons.clone()),
    };
    let window = rule.start_window_minutes.value().copied().unwrap_or(schedule::DEFAULT_START_WINDOW_MINUTES);
    let kept = retention(&rule.lifecycle).value().filter(|time| **time < FOREVER).map(|time| time.as_hours() / 24);
    let number = schedules.add(Group::Plan(plan), text, zone, (window, kept))?;
    let doubts = [rule.start_window_minutes.reasons().cloned(), retention(&rule.lifecycle).reasons().cloned()];
    if let Some(reasons) = doubts.into_iter().flatten().reduce(|a, b| a.and(&b)) {
        schedules.doubt(number, &reasons);
    }
    Ok(number)
}

/// How long a lifecycle keeps: [`FOREVER`] where it never deletes.
pub fn retention(lifecycle: &Fact<Lifecycle>) -> Fact<SignedDuration> {
    let days = lifecycle.as_ref().and_then(|lifecycle| lifecycle.delete_after_days.clone());
    // AWS writes -1 for what is never deleted.
    days.map(|days| {
        if days < 0 {
            FOREVER
        } else {
            SignedDuration::from_hours(24).saturating_mul(i32::try_from(days).unwrap_or(i32::MAX))
        }
    })
    .or_default_to(FOREVER)
}
