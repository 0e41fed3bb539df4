//! Which plans select which workload, and what follows for both.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::SignedDuration;
use rayon::prelude::*;

use crate::model::backup::{Plan, PlanRule, Selection, Vault};
use crate::model::fact::{Cure, Fact, Reason, Reasons, State};
use crate::model::identity::ResourceId;
use crate::model::resource::{Facts, Resource};
use crate::model::workload::{FOREVER, WORKLOAD_TYPES, WorkloadDerived};

use super::evidence::{self, Blind, Seen};
use super::index::{Found, Index, Of, add_reasons};
use super::objective::{Dependents, Possible, Tiers};
use super::place::{self, Arn, Spot};
use super::protection::{Copy, Drafts, Path, Runs};
use super::schedules::Schedules;
use super::selection::Candidate;
use super::{bucket, replication, schedule, selection, world};

/// A plan, its rules resolved.
pub struct PlanNode<'a> {
    pub resource: &'a Resource,
    pub selections: Vec<Of<'a, Selection>>,
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
    schedule: Result<usize, Reasons>,
    window: Fact<SignedDuration>,
    retention: Fact<SignedDuration>,
    pub target: Found<Of<'a, Vault>>,
    pub copies: Vec<CopyNode<'a>>,
    pub copies_unknown: Option<Reasons>,
}

/// One copy action of a rule.
pub struct CopyNode<'a> {
    pub action: &'a crate::model::backup::CopyAction,
    pub destination: Found<Of<'a, Vault>>,
    spot: Spot<'a>,
}

/// What was joined for one workload.
pub struct Join {
    arn: Fact<String>,
    pub possible: Possible,
    /// The plans that select it, by number, and why it is only possible that they do.
    plans: Vec<(usize, Option<Reasons>)>,
}

/// All workloads, joined with plans.
pub struct Workloads<'i, 'a> {
    index: &'i Index<'a>,
    tiers: &'i Tiers,
    blind: Blind,
    schedules: Schedules,
    external: Vec<(usize, Result<Runs, Reasons>)>,
    pub plans: Vec<PlanNode<'a>>,
    plan_numbers: HashMap<&'a ResourceId, usize>,
    /// Selections of which the plan is not known.
    pub stray: Vec<(Of<'a, Selection>, Reasons)>,
    joins: HashMap<&'a ResourceId, Join>,
    by_arn: HashMap<String, &'a ResourceId>,
    /// Why unseen plans may select workloads of a place.
    open_places: HashMap<(Option<&'a str>, Option<&'a str>), Option<Reasons>>,
}

impl<'i, 'a> Workloads<'i, 'a> {
    /// Joins every workload with every plan of its place.
    pub fn new(index: &'i Index<'a>, tiers: &'i Tiers) -> Self {
        let mut schedules = Schedules::default();
        let (mut plans, plan_numbers, stray) = plan_nodes(index, &mut schedules);
        let external = external_paths(index, &mut schedules);
        let by_place = by_place(&plans);
        let is_workload = |resource: &&&'a Resource| matches!(resource.facts, Facts::Bucket(_) | Facts::Workload(_));
        let all: Vec<&'a Resource> = index.snapshot.resources.iter().collect();
        let workloads: Vec<&'a Resource> = all.iter().filter(is_workload).copied().collect();
        let logs = index.log_targets();
        let joined: Vec<Join> = workloads
            .par_iter()
            .map(|resource| {
                let arn = place::arn_of(resource);
                let needs_none = logs.certain(&resource.id);
                let possible = tiers.possible(index, resource, &arn, needs_none);
                let plans = selecting(index, &plans, &by_place, resource, &arn);
                Join { arn, possible, plans }
            })
            .collect();
        let mut open_places = HashMap::new();
        for (resource, join) in workloads.iter().zip(&joined) {
            let (account, region) = (resource.id.account.as_deref(), resource.id.region.as_deref());
            open_places.entry((account, region)).or_insert_with(|| index.open(world::PLANS, account, region));
            for (number, doubt) in &join.plans {
                let Some(plan) = plans.get_mut(*number) else { continue };
                plan.dependents.add(&join.possible, doubt.as_ref());
                if let Some(kind) = backup_type(resource) {
                    match (plan.types.get_mut(kind), doubt) {
                        (Some(known), None) => *known = None,
                        (Some(_), Some(_)) => {}
                        (None, doubt) => {
                            plan.types.insert(kind.to_owned(), doubt.clone());
                        }
                    }
                }
            }
        }
        let by_arn = workloads
            .iter()
            .zip(&joined)
            .filter_map(|(resource, join)| Some((join.arn.value()?.clone(), &resource.id)))
            .collect();
        let joins = workloads.iter().map(|resource| &resource.id).zip(joined).collect();
        let blind = Blind::new(index);
        Self { index, tiers, blind, schedules, external, plans, plan_numbers, stray, joins, by_arn, open_places }
    }

    /// The plan of this identity.
    pub fn plan(&self, id: &ResourceId) -> Option<&PlanNode<'a>> {
        self.plans.get(*self.plan_numbers.get(id)?)
    }

    /// The tiers of the workload with this ARN.
    pub fn tiers_of(&self, arn: &str) -> Option<&Possible> {
        self.joins.get(self.by_arn.get(arn)?).map(|join| &join.possible)
    }

    /// The strictest objective of dependents.
    pub fn strictest(&self, dependents: &Dependents) -> crate::model::attribute::Ranged<crate::model::workload::Objective> {
        self.tiers.strictest(dependents)
    }

    /// What is derived for a workload; none for what is none.
    pub fn derive(&self, resource: &Resource) -> Option<WorkloadDerived> {
        let join = self.joins.get(&resource.id)?;
        let mut drafts = Drafts::default();
        let mut unseen = None;
        for (number, doubt) in &join.plans {
            let Some(plan) = self.plans.get(*number) else { continue };
            let selects = doubt.as_ref().map_or_else(|| Fact::known(true), |doubt| Fact::unknown(doubt.clone()));
            self.draw_plan(resource, plan, &selects, &mut drafts, &mut unseen);
        }
        let open = self.open_places.get(&(resource.id.account.as_deref(), resource.id.region.as_deref()));
        if let Some(reasons) = open.and_then(Option::as_ref) {
            drafts.may_be_ideal(reasons);
        }
        let replicated = self.draw_bucket(resource, join, &mut drafts);
        self.draw_external(resource, join, &mut drafts);
        let evidence = match self.index.now {
            Some(now) if self.index.live() => {
                let mut seen = evidence::look(self.index, &self.blind, now, (&resource.id, &join.arn), unseen.as_ref());
                self.newer_than_points(&mut seen, &replicated);
                seen
            }
            _ => Seen::default(),
        };
        Some(WorkloadDerived {
            objective: self.tiers.objective(&join.possible),
            tier_assigned: join.possible.assigned.clone(),
            protection: drafts.finish(&self.schedules, &evidence, self.index.settings.grace),
        })
    }

    fn draw_plan(
        &self,
        resource: &Resource,
        plan: &PlanNode<'a>,
        selects: &Fact<bool>,
        drafts: &mut Drafts,
        unseen: &mut Option<Reasons>,
    ) {
        let rules = match &plan.rules {
            Ok(rules) => rules,
            Err(reasons) => {
                // A plan has at least one rule; what it does is not known.
                drafts.path(&Path {
                    holds: selects.clone(),
                    label: format!("plan {}", plan.resource.name),
                    by_plan: true,
                    runs: Runs::Scheduled(Err(reasons.clone()), Fact::absent()),
                    retention: Fact::unknown(reasons.clone()),
                    window: Fact::unknown(reasons.clone()),
                });
                let copy = Fact::all([selects.clone(), Fact::unknown(reasons.clone())]);
                drafts.copy(&Copy {
                    holds: copy,
                    region: Fact::unknown(reasons.clone()),
                    recovers: Fact::unknown(reasons.clone()),
                });
                return;
            }
        };
        let kind = backup_type(resource).unwrap_or_default();
        for rule in rules {
            // What is written to a vault that does not exist is written nowhere.
            let vault = Fact::known(!matches!(rule.target, Found::Missing(_)));
            let holds = Fact::all([selects.clone(), vault]);
            let lag = if evidence::is_continuous_type(kind) {
                rule.rule.continuous.as_ref().and_then(|on| {
                    Fact::from_option(on.then(|| evidence::continuous_lag(kind)))
                })
            } else {
                Fact::absent()
            };
            drafts.path(&Path {
                holds: holds.clone(),
                label: rule.label.clone(),
                by_plan: true,
                runs: Runs::Scheduled(rule.schedule.clone(), lag),
                retention: rule.retention.clone(),
                window: rule.window.clone(),
            });
            let regions = &self.index.settings.recovery_regions;
            for copy in &rule.copies {
                let exists = Fact::known(!matches!(copy.destination, Found::Missing(_)));
                drafts.copy(&Copy {
                    holds: Fact::all([holds.clone(), exists]),
                    region: copy.spot.region.clone(),
                    recovers: copy.spot.recovers(&resource.id, regions),
                });
                if let Some(reasons) = self.not_audited(copy) {
                    add_reasons(unseen, &reasons);
                }
            }
            if let Some(reasons) = &rule.copies_unknown {
                let unknown = || Fact::unknown(reasons.clone());
                let holds = Fact::all([holds, unknown()]);
                drafts.copy(&Copy { holds, region: Fact::unknown(reasons.clone()), recovers: unknown() });
            }
        }
    }

    /// Why copies of this action may lie where nobody looked.
    fn not_audited(&self, copy: &CopyNode<'a>) -> Option<Reasons> {
        let arn = Arn::parse(copy.action.destination.text.value()?)?;
        if !self.index.live() {
            return None;
        }
        let listed = self.index.snapshot.has_listed(world::VAULTS.kind, arn.account, arn.region, None);
        (!listed).then(|| evidence::not_audited(arn.account, arn.region))
    }

    /// Adds what a bucket does by itself. Versioning keeps history as long as noncurrent versions live, and counts
    /// where that is as long as the tier asks; replicas keep none, but they are copies.
    fn draw_bucket(&self, resource: &Resource, join: &Join, drafts: &mut Drafts) -> (Fact<bool>, Fact<bool>) {
        let Facts::Bucket(facts) = &resource.facts else { return (Fact::known(false), Fact::known(false)) };
        let kept = bucket::noncurrent_retention(facts);
        let asked = || self.tiers.of(&join.possible).filter_map(|objective| objective.retention.value());
        let enough = kept.as_ref().and_then(|kept| match (asked().max(), asked().min()) {
            (Some(most), _) if kept >= most => Fact::known(true),
            (_, Some(least)) if kept < least => Fact::known(false),
            _ => Fact::unknown(join.possible.reasons.clone().unwrap_or_else(|| "its tier is not known".into())),
        });
        let versioned = Fact::all([bucket::is_versioned(facts), enough]);
        let kept_text = kept.value().map_or_else(|| "for an unknown time".to_owned(), |kept| {
            if *kept >= FOREVER { "for ever".to_owned() } else { format!("for {} days", kept.as_hours() / 24) }
        });
        drafts.path(&Path {
            holds: versioned.clone(),
            label: format!("S3 versioning, noncurrent versions kept {kept_text}"),
            by_plan: false,
            runs: Runs::Every(SignedDuration::ZERO),
            retention: kept,
            window: Fact::absent(),
        });
        let replicas = replication::copies(self.index, resource, facts);
        let regions = &self.index.settings.recovery_regions;
        let mut replicated = Vec::new();
        for (holds, spot) in replicas {
            let recovers = spot.recovers(&resource.id, regions);
            replicated.push(Fact::all([holds.clone(), recovers.clone()]));
            drafts.copy(&Copy { holds, region: spot.region, recovers });
        }
        (versioned, Fact::any(replicated))
    }

    /// What restores to a newer time than any recovery point: versions of the bucket itself, and replicas, whose lag is
    /// not measured. Only where there is a recovery point at all.
    fn newer_than_points(&self, seen: &mut Seen, (versioned, replicated): &(Fact<bool>, Fact<bool>)) {
        if versioned.is_true() {
            seen.worst.newest = seen.worst.newest.map(|_| SignedDuration::ZERO);
        }
        if !versioned.is_false() && seen.best.newest.is_some_and(|age| age > SignedDuration::ZERO) {
            seen.best.newest = Some(SignedDuration::ZERO);
            if let Some(reasons) = versioned.reasons() {
                add_reasons(&mut seen.reasons, reasons);
            }
        }
        if !replicated.is_false() && seen.best.newest_copy.is_some_and(|age| age > SignedDuration::ZERO) {
            seen.best.newest_copy = Some(SignedDuration::ZERO);
            add_reasons(&mut seen.reasons, &"how far replication lags behind is not measured".into());
        }
    }

    /// Adds the paths that AWS does not show.
    fn draw_external(&self, resource: &Resource, join: &Join, drafts: &mut Drafts) {
        for (number, runs) in &self.external {
            let Some(external) = self.index.settings.external_paths.get(*number) else { continue };
            let holds = join.arn.as_ref().map(|arn| {
                external.resources.iter().any(|pattern| selection::matches(pattern, arn))
            });
            drafts.path(&Path {
                holds: holds.clone(),
                label: external.name.clone(),
                by_plan: false,
                runs: match runs {
                    Ok(runs) => runs.clone(),
                    Err(reasons) => Runs::Scheduled(Err(reasons.clone()), Fact::absent()),
                },
                retention: Fact::known(external.retention),
                window: Fact::absent(),
            });
            if let Some(region) = &external.region {
                let spot = Spot { id: None, region: Fact::known(region.clone()) };
                let recovers = spot.recovers(&resource.id, &self.index.settings.recovery_regions);
                drafts.copy(&Copy { holds, region: spot.region, recovers });
            }
        }
    }
}

/// AWS Backup's name of a workload's type.
pub fn backup_type(resource: &Resource) -> Option<&str> {
    if let Facts::Workload(facts) = &resource.facts
        && let Some(kind) = facts.backup_type.value()
    {
        return Some(kind);
    }
    WORKLOAD_TYPES.iter().find(|(kind, _)| **kind == *resource.id.kind).map(|(_, name)| *name)
}

type Nodes<'a> = (Vec<PlanNode<'a>>, HashMap<&'a ResourceId, usize>, Vec<(Of<'a, Selection>, Reasons)>);

fn plan_nodes<'a>(index: &Index<'a>, schedules: &mut Schedules) -> Nodes<'a> {
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
            open: open_selections(index, resource, facts),
            rules: rule_nodes(index, resource, facts, schedules),
            dependents: Dependents::default(),
            types: BTreeMap::new(),
        });
    }
    let mut stray = Vec::new();
    for (resource, facts) in &index.selections {
        let target = facts.plan.target.as_ref().and_then(|target| numbers.get(target));
        let by_text = || {
            let text = facts.plan.text.value()?;
            by_name.get(text.rsplit_once(':').map_or(text.as_str(), |(_, id)| id)).or_else(|| by_name.get(text.as_str()))
        };
        match target.or_else(by_text).and_then(|number| plans.get_mut(*number)) {
            Some(plan) => plan.selections.push((resource, facts)),
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
    resource: &'a Resource,
    facts: &'a Plan,
    schedules: &mut Schedules,
) -> Result<Vec<RuleNode<'a>>, Reasons> {
    let rules = match &facts.rules.state {
        State::Known(rules) => rules,
        State::Absent => return Ok(Vec::new()),
        State::Unknown(reasons) => return Err(reasons.clone()),
    };
    let plan = facts.plan_name.value().map_or(&*resource.name, String::as_str);
    let nodes = rules.iter().map(|rule| {
        let name = rule.name.value().map_or("", String::as_str);
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
            schedule: schedule_number(rule, schedules),
            window: rule
                .start_window_minutes
                .clone()
                .or_default_to(schedule::DEFAULT_START_WINDOW_MINUTES)
                .map(SignedDuration::from_mins),
            retention: retention(&rule.lifecycle),
            target: index.vault(&rule.target_vault, &resource.id),
            copies: copies.iter().map(|action| copy_node(index, resource, action)).collect(),
            copies_unknown,
        }
    });
    Ok(nodes.collect())
}

fn copy_node<'a>(
    index: &Index<'a>,
    plan: &'a Resource,
    action: &'a crate::model::backup::CopyAction,
) -> CopyNode<'a> {
    let destination = index.vault(&action.destination, &plan.id);
    let spot = match (&destination, action.destination.text.value().and_then(|text| Arn::parse(text))) {
        (Found::Here((vault, _)), _) => Spot::of(&vault.id),
        (_, Some(arn)) => Spot { id: None, region: Fact::known(arn.region.to_owned()) },
        (Found::Unknown(reasons), None) => Spot { id: None, region: Fact::unknown(reasons.clone()) },
        (Found::Missing(name), None) => Spot { id: None, region: Fact::unknown(format!("vault `{name}` was not seen")) },
    };
    CopyNode { action, destination, spot }
}

fn schedule_number(rule: &PlanRule, schedules: &mut Schedules) -> Result<usize, Reasons> {
    let zone = match &rule.timezone.state {
        State::Known(zone) => Some(zone.as_str()),
        State::Absent => None,
        State::Unknown(reasons) => return Err(reasons.clone()),
    };
    match &rule.schedule.state {
        State::Known(text) => schedules.add(text, zone),
        State::Absent => schedules.add(schedule::DEFAULT_SCHEDULE, zone),
        State::Unknown(reasons) => Err(reasons.clone()),
    }
}

/// How long a lifecycle keeps: [`FOREVER`] where it never deletes.
pub fn retention(lifecycle: &Fact<crate::model::backup::Lifecycle>) -> Fact<SignedDuration> {
    let days = lifecycle.as_ref().and_then(|lifecycle| lifecycle.delete_after_days.clone());
    // AWS writes -1 for what is never deleted.
    days.map(|days| if days < 0 { FOREVER } else { SignedDuration::from_hours(24).saturating_mul(i32::try_from(days).unwrap_or(i32::MAX)) })
        .or_default_to(FOREVER)
}

fn external_paths(index: &Index<'_>, schedules: &mut Schedules) -> Vec<(usize, Result<Runs, Reasons>)> {
    let paths = index.settings.external_paths.iter().enumerate();
    paths.map(|(number, path)| (number, external_runs(&path.schedule, schedules))).collect()
}

/// `cron(…)`, `rate(…)` or a duration such as `1d`, `12h`, `30m`.
fn external_runs(text: &str, schedules: &mut Schedules) -> Result<Runs, Reasons> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let minutes = match unit.trim() {
        "w" => Some(7 * 24 * 60),
        "d" => Some(24 * 60),
        "h" => Some(60),
        "m" => Some(1),
        _ => None,
    };
    if let (Ok(number), Some(minutes)) = (number.parse::<i64>(), minutes) {
        return Ok(Runs::Every(SignedDuration::from_secs(number.saturating_mul(minutes).saturating_mul(60))));
    }
    schedules.add(text, None).map(|number| Runs::Scheduled(Ok(number), Fact::absent()))
}

type ByPlace<'a> = HashMap<(Option<&'a str>, Option<&'a str>), Vec<usize>>;

fn by_place<'a>(plans: &[PlanNode<'a>]) -> ByPlace<'a> {
    let mut places: ByPlace<'a> = HashMap::new();
    for (number, plan) in plans.iter().enumerate() {
        let id = &plan.resource.id;
        places.entry((id.account.as_deref(), id.region.as_deref())).or_default().push(number);
    }
    places
}

/// The plans that select a workload: those of its place, and those whose place is not known.
fn selecting<'a>(
    index: &Index<'a>,
    plans: &[PlanNode<'a>],
    by_place: &ByPlace<'a>,
    resource: &Resource,
    arn: &Fact<String>,
) -> Vec<(usize, Option<Reasons>)> {
    let id = &resource.id;
    let candidates: BTreeSet<usize> = match (id.account.as_deref(), id.region.as_deref()) {
        (Some(account), Some(region)) => {
            let keys = [(Some(account), Some(region)), (Some(account), None), (None, Some(region)), (None, None)];
            keys.iter().filter_map(|key| by_place.get(key)).flatten().copied().collect()
        }
        _ => (0..plans.len()).collect(),
    };
    let mut found = Vec::new();
    for number in candidates {
        let Some(plan) = plans.get(number) else { continue };
        let selects = selects(index, plan, resource, arn);
        if !selects.is_false() {
            found.push((number, selects.reasons().cloned()));
        }
    }
    found
}

/// Whether a plan selects a workload. AWS Backup backs up S3 buckets only where versioning is on ("Amazon S3 backups"
/// in the AWS Backup Developer Guide).
fn selects(index: &Index<'_>, plan: &PlanNode<'_>, resource: &Resource, arn: &Fact<String>) -> Fact<bool> {
    let place = place::same_place(&plan.resource.id, &resource.id);
    if place.is_false() {
        return place;
    }
    let ready = match &resource.facts {
        Facts::Bucket(facts) => bucket::is_versioned(facts),
        _ => Fact::known(true),
    };
    let seen = plan.selections.iter().map(|(_, facts)| {
        Fact::all([has_role(facts), assigns(index, facts, resource, arn)])
    });
    let unseen = plan.open.as_ref().filter(|_| index.live()).map(|reasons| Fact::unknown(reasons.clone()));
    Fact::all([place, ready, Fact::any(seen.chain(unseen))])
}

/// Whether a selection names a role; without one nothing is backed up.
pub fn has_role(selection: &Selection) -> Fact<bool> {
    selection.role.as_ref().map(|role| role.text.value().is_none_or(|text| !text.trim().is_empty())).or_default_to(false)
}

/// Whether a selection's own terms mean a workload. Files do not say which services a Region opts in to: there, what is
/// declared counts.
fn assigns(index: &Index<'_>, facts: &Selection, resource: &Resource, arn: &Fact<String>) -> Fact<bool> {
    let backup_type = match &resource.facts {
        Facts::Workload(workload) => workload.backup_type.clone(),
        _ => Fact::from_option(backup_type(resource).map(str::to_owned)),
    };
    let (account, region) = (resource.id.account.as_deref(), resource.id.region.as_deref());
    let opt_in = match index.region(account, region) {
        Some(region) => region.backup_opt_in.clone(),
        None if index.live() => Fact::unknown(
            Reason::new("which services the Region opts in to was not read")
                .cured_by(Cure::Permission("backup:DescribeRegionSettings".to_owned())),
        ),
        None => Fact::known(backup_type.value().map(|name| (name.clone(), true)).into_iter().collect()),
    };
    selection::assigns(
        facts,
        &Candidate {
            arn,
            id: Some(&resource.id),
            kind: &resource.id.kind,
            backup_type: &backup_type,
            tags: &resource.tags,
            opt_in: &opt_in,
        },
    )
}
