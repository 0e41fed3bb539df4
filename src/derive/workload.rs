//! Which plans select which workload, and what follows for both.

use std::collections::HashMap;

use jiff::SignedDuration;
use rayon::prelude::*;

use crate::model::attribute::Ranged;
use crate::model::backup::Vault;
use crate::model::fact::{Fact, Reasons};
use crate::model::identity::ResourceId;
use crate::model::resource::{Facts, Resource};
use crate::model::workload::{FOREVER, Objective, WorkloadDerived};

use super::evidence::{self, Blind, Seen};
use super::external::{self, External};
use super::index::{Found, Index, Of, add_reasons};
use super::objective::{Dependents, Possible, Tiers};
use super::plans::{PlanNode, RuleNode, Stray, plan_nodes};
use super::protection::{Copy, Drafts, Path, Runs};
use super::needs::Needs;
use super::schedule::Timed;
use super::schedules::Schedules;
use super::selecting::{backup_type, by_place, selecting};
use super::{bucket, place, replication, world};

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
    external: External,
    pub plans: Vec<PlanNode<'a>>,
    plan_numbers: HashMap<&'a ResourceId, usize>,
    /// Selections of which the plan is not known.
    pub stray: Vec<Stray<'a>>,
    joins: HashMap<&'a ResourceId, Join>,
    by_arn: HashMap<String, &'a ResourceId>,
    /// Why unseen plans may select workloads of a place.
    open_places: HashMap<(Option<&'a str>, Option<&'a str>), Option<Reasons>>,
    /// What the workloads of a place or account ask for.
    pub needs: Needs<'a>,
}

impl<'i, 'a> Workloads<'i, 'a> {
    /// Joins every workload with every plan of its place.
    pub fn new(index: &'i Index<'a>, tiers: &'i Tiers) -> Self {
        let mut schedules = Schedules::default();
        let (mut plans, plan_numbers, stray) = plan_nodes(index, &mut schedules);
        let external = external::external_paths(index, &mut schedules);
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
                let plans = selecting(index, (&plans, &stray), &by_place, resource, &arn);
                Join { arn, possible, plans }
            })
            .collect();
        let mut open_places = HashMap::new();
        let mut needs = Needs::default();
        for (resource, join) in workloads.iter().zip(&joined) {
            let (account, region) = (resource.id.account.as_deref(), resource.id.region.as_deref());
            needs.add(resource, tiers.of(&join.possible), join.possible.reasons.as_ref());
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
        Self { index, tiers, blind, schedules, external, plans, plan_numbers, stray, joins, by_arn, open_places, needs }
    }

    /// The plan of this identity.
    pub fn plan(&self, id: &ResourceId) -> Option<&PlanNode<'a>> {
        self.plans.get(*self.plan_numbers.get(id)?)
    }

    /// When the rule of a plan runs, where that is known.
    pub fn timed(&self, rule: &RuleNode<'_>) -> Result<&Timed, Reasons> {
        let number = rule.schedule.as_ref().map_err(Clone::clone)?;
        self.schedules.get(*number).ok_or_else(|| "its schedule was not read".into())
    }

    /// The tiers of the workload with this ARN.
    pub fn tiers_of(&self, arn: &str) -> Option<&Possible> {
        self.joins.get(self.by_arn.get(arn)?).map(|join| &join.possible)
    }

    /// Adds a dependent that nobody saw.
    pub fn add_unseen(&self, dependents: &mut Dependents, reasons: &Reasons) {
        dependents.add(&self.tiers.any(reasons), Some(reasons));
    }

    /// The strictest objective of dependents.
    pub fn strictest(&self, dependents: &Dependents) -> Ranged<Objective> {
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
        self.draw_bucket(resource, join, &mut drafts);
        external::draw(self.index, &self.external, &resource.id, &join.arn, &mut drafts);
        let evidence = match self.index.now {
            Some(now) if self.index.live() => {
                evidence::look(self.index, &self.blind, now, (&resource.id, &join.arn), unseen.as_ref())
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
                    at: None,
                });
                let copy = Fact::all([selects.clone(), Fact::unknown(reasons.clone())]);
                drafts.copy(&Copy {
                    holds: copy,
                    region: Fact::unknown(reasons.clone()),
                    recovers: Fact::unknown(reasons.clone()),
                    at: None,
                });
                return;
            }
        };
        draw_one_of(plan, rules, selects, drafts);
        let kind = backup_type(resource).unwrap_or_default();
        for rule in rules {
            // What is written to a vault that does not exist is written nowhere.
            let vault = may_exist(&rule.target);
            let holds = Fact::all([selects.clone(), vault, rule.runs.clone()]);
            let lag = if evidence::is_continuous_type(kind) {
                rule.rule
                    .continuous
                    .as_ref()
                    .and_then(|on| Fact::from_option(on.then(|| evidence::continuous_lag(kind))))
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
                at: rule.rule.schedule.at.clone().or_else(|| rule.rule.name.at.clone()),
            });
            let regions = &self.index.settings.recovery_regions;
            for copy in &rule.copies {
                let exists = may_exist(&copy.destination);
                drafts.copy(&Copy {
                    holds: Fact::all([holds.clone(), exists]),
                    region: copy.spot.region.clone(),
                    recovers: copy.spot.recovers(&resource.id, regions),
                    at: copy.action.destination.text.at.clone(),
                });
                if let Some(reasons) = &copy.not_audited {
                    add_reasons(unseen, reasons);
                }
            }
            if let Some(reasons) = &rule.copies_unknown {
                let unknown = || Fact::unknown(reasons.clone());
                let holds = Fact::all([holds, unknown()]);
                let region = Fact::unknown(reasons.clone());
                drafts.copy(&Copy { holds, region, recovers: unknown(), at: None });
            }
        }
    }

    /// Adds what a bucket does by itself. Versioning keeps history as long as noncurrent versions live, and counts
    /// where that is as long as the tier asks; replicas keep none, but they are copies.
    fn draw_bucket(&self, resource: &Resource, join: &Join, drafts: &mut Drafts) {
        let Facts::Bucket(facts) = &resource.facts else { return };
        let kept = bucket::noncurrent_retention(facts);
        let asked = || self.tiers.of(&join.possible).filter_map(|objective| objective.retention.value());
        let enough = kept.as_ref().and_then(|kept| match (asked().max(), asked().min()) {
            (Some(most), _) if kept >= most => Fact::known(true),
            (_, Some(least)) if kept < least => Fact::known(false),
            _ => Fact::unknown(join.possible.reasons.clone().unwrap_or_else(|| "its tier is not known".into())),
        });
        let versioned = Fact::all([bucket::is_versioned(facts), enough]);
        let kept_text = kept.value().map_or_else(
            || "for an unknown time".to_owned(),
            |kept| {
                if *kept >= FOREVER { "for ever".to_owned() } else { format!("for {} days", kept.as_hours() / 24) }
            },
        );
        drafts.path(&Path {
            holds: versioned,
            label: format!("S3 versioning, noncurrent versions kept {kept_text}"),
            by_plan: false,
            runs: Runs::Every(SignedDuration::ZERO),
            retention: kept,
            window: Fact::absent(),
            at: facts.versioning.at.clone(),
        });
        let replicas = replication::copies(self.index, resource, facts);
        let regions = &self.index.settings.recovery_regions;
        for (holds, spot, at) in replicas {
            let recovers = spot.recovers(&resource.id, regions);
            drafts.copy(&Copy { holds, region: spot.region, recovers, at });
        }
    }
}

/// Where it cannot be said which of a plan's rules give way, one of them runs all the same.
fn draw_one_of(plan: &PlanNode<'_>, rules: &[RuleNode<'_>], selects: &Fact<bool>, drafts: &mut Drafts) {
    let writing = || rules.iter().filter(|rule| !matches!(rule.target, Found::Missing(_)));
    if !writing().any(|rule| rule.runs.is_unknown()) {
        return;
    }
    let vaults = writing().map(|rule| may_exist(&rule.target));
    let least = writing().map(|rule| rule.retention.value().copied().unwrap_or(SignedDuration::ZERO)).min();
    drafts.path(&Path {
        holds: Fact::all(vaults.chain([selects.clone()])),
        label: format!("plan {}", plan.resource.name),
        by_plan: true,
        runs: Runs::Every(FOREVER),
        retention: Fact::from_option(least),
        window: Fact::absent(),
        at: None,
    });
}

/// Whether a vault may be written to. One that was not seen, in open files or another account, counts as declared.
fn may_exist(vault: &Found<Of<'_, Vault>>) -> Fact<bool> {
    match vault {
        Found::Here((vault, _)) => vault.exists.clone(),
        Found::Missing(_) => Fact::known(false),
        Found::Unknown(_) => Fact::known(true),
    }
}
