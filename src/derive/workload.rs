//! Which plans select which workload, and what follows for both.

use std::collections::HashMap;

use jiff::SignedDuration;
use rayon::prelude::*;

use crate::model::attribute::Ranged;
use crate::model::backup::Vault;
use crate::model::fact::{Fact, Reasons};
use crate::model::identity::ResourceId;
use crate::model::resource::{Facts, Resource};
use crate::model::s3::Bucket;
use crate::model::workload::{FOREVER, Objective, WorkloadDerived};

use super::evidence::{self, Blind, Seen};
use super::external::{self, External};
use super::index::{Found, Index, Of, add_reasons};
use super::needs::Needs;
use super::objective::{Dependents, Possible, Tiers};
use super::path::{Copy, Landing, Path, Runs};
use super::place::Spot;
use super::plans::{PlanNode, RuleNode, Stray, plan_nodes};
use super::protection::{Drafts, Terms};
use super::replication::Replica;
use super::resting::{self, Resting};
use super::restore_testing::Testing;
use super::schedule::Timed;
use super::schedules::Schedules;
use super::selecting::{BySelection, backup_type, by_place, by_selection, opted_in, selecting};
use super::twice::Pairs;
use super::{backup_keys, bucket, continuous, place, plans, removal, replication, restores, world};

/// What was joined for one workload.
pub struct Join {
    pub arn: Fact<String>,
    pub possible: Possible,
    /// The plans that select it, by number, and why it is only possible that they do.
    pub plans: Vec<(usize, Option<Reasons>)>,
    /// Their selections that assign it.
    selections: Vec<BySelection>,
    /// Whether none leaves it out for want of the Region's opt-in.
    opted_in: Fact<bool>,
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
    pairs: Pairs,
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
                let opted_in = opted_in(index, (&plans, &stray), &by_place, resource, &arn);
                let selecting = selecting(index, (&plans, &stray), &by_place, resource, &arn);
                let selections = by_selection(index, &plans, &selecting, resource, &arn);
                Join { arn, possible, plans: selecting, selections, opted_in }
            })
            .collect();
        let mut open_places = HashMap::new();
        let mut needs = Needs::default();
        for (resource, join) in workloads.iter().zip(&joined) {
            let (account, region) = (resource.id.account.as_deref(), resource.id.region.as_deref());
            needs.add(resource, tiers.of(&join.possible), join.possible.reasons.as_ref());
            open_places.entry((account, region)).or_insert_with(|| index.open(world::PLANS, account, region));
            for (number, selection, doubt) in &join.selections {
                let assigned = plans.get_mut(*number).and_then(|plan| plan.assigned.get_mut(*selection));
                if let Some(assigned) = assigned {
                    assigned.push((resource, doubt.clone()));
                }
            }
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
        let pairs = Pairs::new(&plans);
        Self {
            index,
            tiers,
            blind,
            schedules,
            external,
            plans,
            plan_numbers,
            pairs,
            stray,
            joins,
            by_arn,
            open_places,
            needs,
        }
    }

    /// The plan of this identity.
    pub fn plan(&self, id: &ResourceId) -> Option<&PlanNode<'a>> {
        self.plans.get(*self.plan_numbers.get(id)?)
    }

    /// What was joined for the workload of this identity; none for what is no workload.
    pub fn join(&self, id: &ResourceId) -> Option<&Join> {
        self.joins.get(id)
    }

    /// The workload with this ARN.
    pub fn with_arn(&self, arn: &str) -> Option<&'a ResourceId> {
        self.by_arn.get(arn).copied()
    }

    /// What the possible tiers of a workload ask for.
    pub fn objectives<'t>(&'t self, possible: &'t Possible) -> impl Iterator<Item = &'t Objective> {
        self.tiers.of(possible)
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

    /// The schedules of all plans.
    pub const fn schedules(&self) -> &Schedules {
        &self.schedules
    }

    /// Whether the workload with this ARN is in a tier that asks for nothing. One that was not seen is in the default
    /// tier, as whatever states none.
    pub fn exempt(&self, arn: &str) -> Fact<bool> {
        self.exempts(self.tiers_of(arn))
    }

    /// The same of the workload with this identity.
    pub fn is_exempt(&self, id: &ResourceId) -> Fact<bool> {
        self.exempts(self.joins.get(id).map(|join| &join.possible))
    }

    fn exempts(&self, possible: Option<&Possible>) -> Fact<bool> {
        let Some(possible) = possible else { return Fact::known(self.tiers.default_exempt()) };
        let objectives = || self.tiers.of(possible);
        let (any, all) = (objectives().any(|o| o.exempt.is_true()), objectives().all(|o| o.exempt.is_true()));
        match &possible.reasons {
            Some(reasons) if any != all => Fact::unknown(reasons.clone()),
            _ => Fact::known(all),
        }
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
    pub fn derive(&self, testing: &Testing<'a>, resource: &Resource) -> Option<WorkloadDerived> {
        let join = self.joins.get(&resource.id)?;
        let mut drafts = Drafts::default();
        let mut unseen = None;
        for (plan, selects) in self.plans_of(resource) {
            self.draw_plan(resource, plan, &selects, &mut drafts, &mut unseen);
        }
        let open = self.unseen_plans(resource);
        if let Some(reasons) = &open {
            drafts.may_be_ideal(reasons);
        }
        let kind = backup_type(resource).unwrap_or_default();
        if matches!(resource.facts, Facts::Workload(_)) && !self.index.live() {
            drafts.may_be_ideal(&continuous::service_not_read(kind).into());
        }
        if continuous::has_its_own(kind) {
            drafts.further.may_be_continuous(continuous::not_read(kind));
        }
        self.draw_bucket(resource, join, &mut drafts);
        external::draw(self.index, &self.external, &resource.id, &join.arn, &mut drafts);
        let evidence = match self.index.now {
            Some(now) if self.index.live() => {
                evidence::look(self.index, &self.blind, now, (&resource.id, &join.arn), unseen.as_ref())
            }
            _ => Seen::default(),
        };
        let terms = Terms {
            objectives: self.tiers.of(&join.possible).collect(),
            doubt: join.possible.reasons.as_ref(),
            grace: self.index.settings.grace,
            continuous_supported: continuous::is_supported(resource),
            opted_in: join.opted_in.clone(),
            // Of files, those plans are compared that they declare together.
            needless: self.pairs.needless(
                &self.plans,
                &self.schedules,
                &join.plans,
                open.as_ref().filter(|_| self.index.live()),
            ),
        };
        Some(WorkloadDerived {
            objective: self.tiers.objective(&join.possible),
            tier_assigned: join.possible.assigned.clone(),
            protection: drafts.finish(&self.schedules, &evidence, &terms),
            keys: Fact::known(backup_keys::derive(self.index, self, resource)),
            restores: restores::derive(self.index, testing, (resource, &join.arn), unseen.as_ref()),
            removal: removal::of(resource),
        })
    }

    /// The plans that select a workload, and whether each does.
    pub fn plans_of(&self, resource: &Resource) -> impl Iterator<Item = (&PlanNode<'a>, Fact<bool>)> {
        let plans = self.joins.get(&resource.id).map_or(&[][..], |join| join.plans.as_slice());
        plans.iter().filter_map(|(number, doubt)| {
            let selects = doubt.as_ref().map_or_else(|| Fact::known(true), |doubt| Fact::unknown(doubt.clone()));
            Some((self.plans.get(*number)?, selects))
        })
    }

    /// Why plans that nobody saw may select a workload.
    pub fn unseen_plans(&self, resource: &Resource) -> Option<Reasons> {
        let open = self.open_places.get(&(resource.id.account.as_deref(), resource.id.region.as_deref()));
        open.cloned().flatten()
    }

    /// Whether a path that the settings declare takes the workload to a recovery Region.
    pub fn external_copy(&self, resource: &Resource) -> Fact<bool> {
        let Some(join) = self.joins.get(&resource.id) else { return Fact::known(false) };
        external::copies(self.index, &resource.id, &join.arn)
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
                drafts.land(&unread_landing(selects.clone(), reasons));
                draw_unknown_copy(selects, reasons, drafts);
                return;
            }
        };
        draw_one_of(plan, rules, selects, drafts);
        let kind = backup_type(resource).unwrap_or_default();
        let settings = self.index.settings;
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
                runs: Runs::Scheduled(rule.schedule.clone(), lag.clone()),
                retention: rule.retention.clone(),
                window: rule.window.clone(),
                at: rule.rule.schedule.at.clone().or_else(|| rule.rule.name.at.clone()),
            });
            let resting = Resting::in_vault(&rule.target, &rule.rule.target_vault);
            if resting.air_gapped.is_true() {
                draw_vault_beyond_reach(&holds, &resting, &Spot::of(&plan.resource.id), &resource.id, drafts);
            }
            drafts.land(&Landing {
                holds: holds.clone(),
                runs: Runs::Scheduled(rule.schedule.clone(), lag),
                retention: rule.retention.clone(),
                resting,
                at: rule.rule.target_vault.text.at.clone(),
            });
            for copy in &rule.copies {
                let holds = Fact::all([holds.clone(), may_exist(&copy.destination)]);
                let resting = Resting::in_vault(&copy.destination, &copy.action.destination);
                let at = copy.action.destination.text.at.clone();
                drafts.copy(&Copy {
                    holds: holds.clone(),
                    region: copy.spot.region.clone(),
                    recovers: copy.spot.recovers(&resource.id, &settings.recovery_regions),
                    account: copy.spot.account.clone(),
                    outlives_account: copy.outlives_account(&resource.id, settings),
                    at: at.clone(),
                });
                drafts.land(&Landing {
                    holds,
                    runs: Runs::Scheduled(rule.schedule.clone(), Fact::absent()),
                    retention: plans::retention(&copy.action.lifecycle),
                    resting,
                    at,
                });
                if let Some(reasons) = &copy.not_audited {
                    add_reasons(unseen, reasons);
                }
            }
            if let Some(reasons) = &rule.copies_unknown {
                drafts.land(&unread_landing(Fact::all([holds.clone(), Fact::unknown(reasons.clone())]), reasons));
                draw_unknown_copy(&holds, reasons, drafts);
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
            holds: versioned.clone(),
            label: format!("S3 versioning, noncurrent versions kept {kept_text}"),
            by_plan: false,
            runs: Runs::Every(SignedDuration::ZERO),
            retention: kept.clone(),
            window: Fact::absent(),
            at: facts.versioning.at.clone(),
        });
        let own = |immutable| Resting::in_bucket(format!("bucket {}", resource.name), immutable);
        let every_write = |holds, retention, resting, at| Landing {
            holds,
            runs: Runs::Every(SignedDuration::ZERO),
            retention,
            resting,
            at,
        };
        let (index, settings) = (self.index, self.index.settings);
        let locked = resting::is_locked_bucket(index, facts, facts);
        if locked.is_false() {
            drafts.land(&every_write(versioned, kept, own(locked), facts.versioning.at.clone()));
        } else {
            drafts.land(&every_write(versioned, kept, own(Fact::known(false)), facts.versioning.at.clone()));
            let holds = bucket::is_versioned(facts);
            drafts.land(&every_write(holds, lock_time(facts), own(locked), facts.object_lock.at.clone()));
        }
        for Replica { holds, spot, outlives_account, at } in replication::copies(index, resource, facts) {
            let recovers = spot.recovers(&resource.id, &settings.recovery_regions);
            let taken_by = spot.id.and_then(|id| index.get(id));
            if let Some(Facts::Bucket(replica)) = taken_by.map(|resource| &resource.facts) {
                let locked = resting::is_locked_bucket(index, facts, replica);
                let name = taken_by.map_or("", |resource| &resource.name);
                let resting = Resting::in_bucket(format!("bucket {name}"), locked);
                drafts.land(&every_write(holds.clone(), lock_time(replica), resting, at.clone()));
            }
            let Spot { region, account, .. } = spot;
            drafts.copy(&Copy { holds, region, recovers, account, outlives_account, at });
        }
    }
}

/// How long Object Lock keeps a version from the day on which it is written; nothing without a default retention.
fn lock_time(facts: &Bucket) -> Fact<SignedDuration> {
    facts.object_lock.as_ref().and_then(|lock| lock.retention.clone()).or_default_to(SignedDuration::ZERO)
}

/// Backups that lie nobody knows where.
fn unread_landing(holds: Fact<bool>, reasons: &Reasons) -> Landing {
    Landing {
        holds,
        runs: Runs::Scheduled(Err(reasons.clone()), Fact::absent()),
        retention: Fact::unknown(reasons.clone()),
        resting: resting::unread("a vault of unknown name", reasons),
        at: None,
    }
}

/// A copy of which nothing is known but that it needs this to be made.
fn draw_unknown_copy(needs: &Fact<bool>, reasons: &Reasons, drafts: &mut Drafts) {
    let unknown = || Fact::unknown(reasons.clone());
    let holds = Fact::all([needs.clone(), unknown()]);
    let Spot { region, account, .. } = Spot::unknown(reasons);
    drafts.copy(&Copy { holds, region, recovers: unknown(), account, outlives_account: unknown(), at: None });
}

/// A rule that backs up straight into a logically air-gapped vault needs no copy to outlive its account.
fn draw_vault_beyond_reach(
    holds: &Fact<bool>,
    resting: &Resting,
    spot: &Spot<'_>,
    workload: &ResourceId,
    drafts: &mut Drafts,
) {
    drafts.copy(&Copy {
        holds: holds.clone(),
        region: spot.region.clone(),
        recovers: spot.recovers(workload, &[]),
        account: spot.account.clone(),
        outlives_account: resting.beyond_reach(),
        at: None,
    });
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
pub fn may_exist(vault: &Found<Of<'_, Vault>>) -> Fact<bool> {
    match vault {
        Found::Here((vault, _)) => vault.exists.clone(),
        Found::Missing(_) => Fact::known(false),
        Found::Unknown(_) => Fact::known(true),
    }
}
