//! Restore-testing plans: what they cover, how often they run, and whose test is due to them.
//!
//! Source: "Restore testing" in the AWS Backup Developer Guide. Each run restores one eligible recovery point of every
//! resource that a selection names by type, and by ARN or by tags; eligible is what lies in the plan's vaults.

mod cover;
pub mod last_run;
pub mod region;

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use rayon::prelude::*;

use crate::model::backup::job::RESTORE_HISTORY;
use crate::model::backup::testing::{RestoreTestingPlan, RestoreTestingSelection};
use crate::model::derived::{RestoreTestingPlanDerived, RestoreTestingSelectionDerived};
use crate::model::fact::{Fact, Reasons, State};
use crate::model::identity::ResourceId;
use crate::model::resource::{Facts, Resource};
use crate::model::workload::FOREVER;

use super::access::backup_role;
use super::access::policies::Policies;
use super::index::{Index, Of};
use super::objective::Dependents;
use super::restores::Jobs;
use super::schedule::{self, Schedule, Zone};
use super::selecting::backup_type;
use super::workload::Workloads;
use super::{place, world};

/// The types that restore testing knows, by AWS Backup's names (`ProtectedResourceType` of
/// `RestoreTestingSelectionForCreate` in the AWS Backup API Reference).
pub const TESTABLE_TYPES: [&str; 10] =
    ["Aurora", "DocumentDB", "DynamoDB", "EBS", "EC2", "EFS", "FSx", "Neptune", "RDS", "S3"];

/// Hours within which a test must start where the plan says nothing (`StartWindowHours` of
/// `RestoreTestingPlanForCreate`).
pub const DEFAULT_START_WINDOW_HOURS: i64 = 24;

/// A restore-testing plan with its selections.
pub struct TestPlan<'a> {
    pub resource: &'a Resource,
    pub facts: &'a RestoreTestingPlan,
    pub selections: Vec<Of<'a, RestoreTestingSelection>>,
    /// Why it may have selections that nobody saw.
    pub open: Option<Reasons>,
    gap: Fact<SignedDuration>,
    /// The workloads whose test is due to it.
    due: Dependents,
    needed: Vec<Fact<bool>>,
}

/// What covers a workload.
#[derive(Clone, Debug)]
pub struct Cover {
    /// The plans that cover it by their numbers, or may cover it; none that does not.
    pub plans: Vec<(usize, Fact<bool>)>,
    /// Whether any does.
    pub covered: Fact<bool>,
    /// Why plans that nobody saw may cover it.
    pub unseen: Option<Reasons>,
    /// The same of those that test its copies.
    pub unseen_elsewhere: Option<Reasons>,
}

/// The restore testing of an estate.
pub struct Testing<'a> {
    pub plans: Vec<TestPlan<'a>>,
    numbers: HashMap<&'a ResourceId, usize>,
    /// Selections of which the plan is not known.
    stray: Vec<(Of<'a, RestoreTestingSelection>, Reasons)>,
    covers: HashMap<&'a ResourceId, Cover>,
    pub jobs: Jobs<'a>,
}

impl<'a> Testing<'a> {
    /// Finds out which plans cover which workloads, and whose test is due to which plan.
    pub fn new(index: &Index<'a>, workloads: &Workloads<'_, 'a>) -> Self {
        let mut testing = Self {
            plans: Vec::new(),
            numbers: HashMap::new(),
            stray: Vec::new(),
            covers: HashMap::new(),
            jobs: Jobs::new(index),
        };
        for resource in &index.snapshot.resources {
            let Facts::RestoreTestingPlan(facts) = &resource.facts else { continue };
            testing.numbers.insert(&resource.id, testing.plans.len());
            testing.plans.push(TestPlan {
                resource,
                facts,
                selections: Vec::new(),
                open: open_selections(index, resource),
                gap: gap(facts),
                due: Dependents::default(),
                needed: Vec::new(),
            });
        }
        for resource in &index.snapshot.resources {
            let Facts::RestoreTestingSelection(facts) = &resource.facts else { continue };
            testing.add_selection((resource, facts));
        }
        let all: Vec<&'a Resource> = index.snapshot.resources.iter().collect();
        let covers: Vec<(&'a Resource, Cover)> = all
            .par_iter()
            .filter_map(|resource| {
                workloads
                    .join(&resource.id)
                    .map(|join| (*resource, cover::cover(index, workloads, &testing, resource, join)))
            })
            .collect();
        for (resource, cover) in covers {
            testing.assign(workloads, resource, &cover);
            testing.covers.insert(&resource.id, cover);
        }
        testing
    }

    fn add_selection(&mut self, (resource, facts): Of<'a, RestoreTestingSelection>) {
        let target = facts.plan.target.as_ref().and_then(|target| self.numbers.get(target)).copied();
        let named = || {
            let wanted = facts.plan.text.value()?;
            self.plans.iter().position(|plan| {
                plan.facts.plan_name.value() == Some(wanted)
                    && !place::same_place(&plan.resource.id, &resource.id).is_false()
            })
        };
        match target.or_else(named).and_then(|number| self.plans.get_mut(number)) {
            Some(plan) => plan.selections.push((resource, facts)),
            None => {
                let doubt = facts.plan.text.reasons().cloned();
                self.stray.push(((resource, facts), doubt.unwrap_or_else(|| "its plan was not seen".into())));
            }
        }
    }

    /// The test of a workload is due to every plan that covers it, unless another plan certainly tests it as often as
    /// its tier asks.
    fn assign(&mut self, workloads: &Workloads<'_, 'a>, resource: &Resource, cover: &Cover) {
        let Some(join) = workloads.join(&resource.id) else { return };
        let asked = workloads.objectives(&join.possible).filter(|objective| !objective.exempt.is_true());
        let Some(cadence) = asked.filter_map(|objective| objective.restore_test.value()).min().copied() else { return };
        let often: Vec<Fact<bool>> = cover
            .plans
            .iter()
            .map(|(number, covers)| {
                let gap = self.plans.get(*number).map_or_else(Fact::absent, |plan| plan.gap.clone());
                Fact::all([covers.clone(), gap.map(|gap| without_slack(gap) <= cadence)])
            })
            .collect();
        for (at, (number, covers)) in cover.plans.iter().enumerate() {
            let others = often.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, often)| often.clone());
            let due = Fact::all([covers.clone(), Fact::any(others).negate()]);
            let Some(plan) = self.plans.get_mut(*number).filter(|_| !due.is_false()) else { continue };
            plan.due.add(&join.possible, due.reasons());
            let asks = match &join.possible.reasons {
                // One of its tiers may ask for nothing.
                Some(reasons) if !workloads.objectives(&join.possible).all(asks_for_tests) => {
                    Fact::unknown(reasons.clone())
                }
                _ => Fact::known(true),
            };
            plan.needed.push(Fact::all([due, asks]));
        }
    }

    /// What covers the workload of this identity.
    pub fn cover(&self, id: &ResourceId) -> Option<&Cover> {
        self.covers.get(id)
    }

    /// Whether a plan that covers the workload of this identity waits for its next run, so that its newest test may be
    /// older than its tier's cadence by the days of long months and by the start window. One that ran not long ago had
    /// its chance: what it did not restore then is given no more time.
    pub fn waits(&self, id: &ResourceId, taken: Timestamp) -> Fact<bool> {
        let Some(cover) = self.cover(id) else { return Fact::known(false) };
        let plans = cover.plans.iter().filter_map(|(number, covers)| {
            let plan = self.plans.get(*number)?;
            let waits = plan.facts.last_run.as_ref().map(|run| {
                taken.duration_since(*run) > RESTORE_HISTORY || last_run::may_still_start(plan, *run, taken)
            });
            Some(Fact::all([covers.clone(), waits]))
        });
        Fact::any(plans.chain(cover.unseen.clone().map(Fact::unknown)))
    }

    /// The plan of this identity.
    pub fn plan(&self, id: &ResourceId) -> Option<&TestPlan<'a>> {
        self.plans.get(*self.numbers.get(id)?)
    }

    /// The plan that a selection belongs to.
    pub fn plan_of(&self, selection: &ResourceId) -> Option<&TestPlan<'a>> {
        self.plans.iter().find(|plan| plan.selections.iter().any(|(one, _)| one.id == *selection))
    }

    /// Derives all of a plan; none for what is none.
    pub fn derive_plan(
        &self,
        index: &Index<'_>,
        workloads: &Workloads<'_, 'a>,
        resource: &Resource,
    ) -> Option<RestoreTestingPlanDerived> {
        let plan = self.plan(&resource.id)?;
        let mut due = plan.due.clone();
        let mut needed = plan.needed.clone();
        let id = &resource.id;
        let (account, region) = (id.account.as_deref(), id.region.as_deref());
        // A plan restores copies, too: the bucket may lie in any Region.
        let lists = [(world::PROTECTED, region), (world::BUCKETS, Some("global"))];
        let unseen = lists.into_iter().filter_map(|(list, region)| index.open(list, account, region));
        for reasons in unseen.chain(plan.open.clone()) {
            workloads.add_unseen(&mut due, &reasons);
            needed.push(Fact::unknown(reasons));
        }
        Some(RestoreTestingPlanDerived {
            objective: workloads.strictest(&due),
            needed: Fact::any(needed),
            longest_gap: plan.gap.clone(),
            longest_gap_less_slack: plan.gap.clone().map(without_slack),
        })
    }
}

/// Whether an objective asks for restore tests.
pub fn asks_for_tests(objective: &crate::model::workload::Objective) -> bool {
    !objective.exempt.is_true() && objective.restore_test.is_known()
}

/// A time with months of up to 31 days counted as 30: a monthly test is one every 30 days, a quarterly one every 90.
pub fn without_slack(time: SignedDuration) -> SignedDuration {
    if time >= FOREVER { time } else { SignedDuration::from_secs(time.as_secs() / 31 * 30) }
}

/// Derives all of a selection.
pub fn derive_selection(
    index: &Index<'_>,
    workloads: &Workloads<'_, '_>,
    testing: &Testing<'_>,
    policies: &Policies<'_>,
    resource: &Resource,
    facts: &RestoreTestingSelection,
) -> RestoreTestingSelectionDerived {
    let run = last_run::derive(index, workloads, testing, resource, facts);
    let role = backup_role::check_restore_test(index, policies, resource, facts);
    RestoreTestingSelectionDerived {
        ran: run.ran,
        last_run_succeeded: run.last_run_succeeded,
        last_run_faults: run.last_run_faults,
        last_run_validated: run.last_run_validated,
        last_run_age: run.last_run_age,
        validation_window_hours: run.validation_window_hours,
        role_sufficient: role.passed(),
        role_faults: role.texts(),
    }
}

fn open_selections(index: &Index<'_>, plan: &Resource) -> Option<Reasons> {
    let list = world::restore_testing_selections(&plan.id.id);
    index.open(list, plan.id.account.as_deref(), plan.id.region.as_deref())
}

/// The longest time between two runs, at the place of the schedule. A plan without one runs daily (`ScheduleExpression`
/// of `RestoreTestingPlanForGet`: the default is that of backup plans).
fn gap(facts: &RestoreTestingPlan) -> Fact<SignedDuration> {
    let default = schedule::DEFAULT_SCHEDULE.to_owned();
    let text = facts.schedule.clone().or_default_to(default);
    let zone = facts.timezone.clone().or_default_to(schedule::DEFAULT_TIMEZONE.to_owned());
    let read = |(text, zone): (&str, &str)| -> Result<SignedDuration, schedule::ScheduleError> {
        let schedule = Schedule::parse(text)?;
        Ok(schedule::longest_gap(&[(schedule, Zone::named(zone)?)]).unwrap_or(FOREVER))
    };
    let gap = match (&text.state, &zone.state) {
        (State::Known(text), State::Known(zone)) => match read((text, zone)) {
            Ok(gap) => Fact::known(gap),
            Err(error) => Fact::unknown(error.to_string()),
        },
        (State::Unknown(reasons), _) | (_, State::Unknown(reasons)) => Fact::unknown(reasons.clone()),
        // Neither is absent after its default.
        _ => Fact::unknown("its schedule is not known"),
    };
    gap.at(facts.schedule.at.clone())
}

/// Whether restore testing knows the type of a workload.
pub fn is_testable(resource: &Resource) -> bool {
    backup_type(resource).is_some_and(|name| TESTABLE_TYPES.contains(&name))
}
