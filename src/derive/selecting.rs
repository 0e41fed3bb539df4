//! Which plans select a workload.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::model::backup::Selection;
use crate::model::fact::{Cure, Fact, Reason, Reasons};
use crate::model::resource::{Facts, Resource};
use crate::model::workload::WORKLOAD_TYPES;

use super::index::{Index, Of};
use super::plans::{PlanNode, Stray};
use super::selection::{self, Candidate};
use super::{bucket, place, world};

/// AWS Backup's name of a workload's type.
pub fn backup_type(resource: &Resource) -> Option<&str> {
    if let Facts::Workload(facts) = &resource.facts
        && let Some(kind) = facts.backup_type.value()
    {
        return Some(kind);
    }
    WORKLOAD_TYPES.iter().find(|(kind, _)| **kind == *resource.id.kind).map(|(_, name)| *name)
}

/// The numbers of plans by account and Region.
pub type ByPlace<'a> = HashMap<(Option<&'a str>, Option<&'a str>), Vec<usize>>;

/// Sorts plans by their place.
pub fn by_place<'a>(plans: &[PlanNode<'a>]) -> ByPlace<'a> {
    let mut places: ByPlace<'a> = HashMap::new();
    for (number, plan) in plans.iter().enumerate() {
        let id = &plan.resource.id;
        places.entry((id.account.as_deref(), id.region.as_deref())).or_default().push(number);
    }
    places
}

/// The plans that select a workload, of its place or of no known place, and why it is only possible that they do.
pub fn selecting<'a>(
    index: &Index<'a>,
    (plans, stray): (&[PlanNode<'a>], &[Stray<'a>]),
    by_place: &ByPlace<'a>,
    resource: &Resource,
    arn: &Fact<String>,
) -> Vec<(usize, Option<Reasons>)> {
    let known = Known::of(index, resource);
    let mut found = Vec::new();
    for number in candidates(plans, by_place, resource) {
        let Some(plan) = plans.get(number) else { continue };
        let selects = selects(index, (plan, stray), resource, (arn, &known));
        if !selects.is_false() {
            found.push((number, selects.reasons().cloned()));
        }
    }
    found
}

/// A selection of a plan by the numbers of both, and why it is only possible that it assigns something.
pub type BySelection = (usize, usize, Option<Reasons>);

/// Of these plans, by their numbers, the selections that assign a workload.
pub fn by_selection<'a>(
    index: &Index<'a>,
    plans: &[PlanNode<'a>],
    found: &[(usize, Option<Reasons>)],
    resource: &Resource,
    arn: &Fact<String>,
) -> Vec<BySelection> {
    if found.is_empty() {
        return Vec::new();
    }
    let known = Known::of(index, resource);
    let plans = found.iter().filter_map(|(number, _)| Some((*number, plans.get(*number)?)));
    let all = plans.flat_map(|(number, plan)| {
        let place = place::same_place(&plan.resource.id, &resource.id);
        let known = &known;
        plan.selections.iter().enumerate().filter_map(move |(selection, (_, facts))| {
            let assigned = known.assigns(facts, resource, arn);
            let assigned = Fact::all([assigned, place.clone(), known.ready.clone()]);
            (!assigned.is_false()).then(|| (number, selection, assigned.reasons().cloned()))
        })
    });
    all.collect()
}

/// The plans that may reach a workload: those of its place, or of no known place.
fn candidates(plans: &[PlanNode<'_>], by_place: &ByPlace<'_>, resource: &Resource) -> BTreeSet<usize> {
    match (resource.id.account.as_deref(), resource.id.region.as_deref()) {
        (Some(account), Some(region)) => {
            let keys = [(Some(account), Some(region)), (Some(account), None), (None, Some(region)), (None, None)];
            keys.iter().filter_map(|key| by_place.get(key)).flatten().copied().collect()
        }
        _ => (0..plans.len()).collect(),
    }
}

/// Whether no plan leaves a workload out only because its Region does not opt in to its type: it does, or no selection
/// depends on it, or another one backs the workload up without it.
///
/// Files never say what a Region opts in to.
pub fn opted_in<'a>(
    index: &Index<'a>,
    (plans, stray): (&[PlanNode<'a>], &[Stray<'a>]),
    by_place: &ByPlace<'a>,
    resource: &Resource,
    arn: &Fact<String>,
) -> Fact<bool> {
    let known = Known::of(index, resource);
    let on = if index.live() {
        known
            .opt_in
            .as_ref()
            .and_then(|types| known.backup_type.as_ref().map(|name| types.get(name).copied()))
            .and_then(|on| {
                on.map_or_else(|| Fact::unknown("the Region's opt-in settings do not name its type"), Fact::known)
            })
    } else {
        let reason = Reason::new("files do not say which services the Region opts in to");
        Fact::unknown(reason.cured_by(Cure::Source("audit the live account".to_owned())))
    };
    let on = if on.is_absent() { Fact::unknown("the Region's opt-in settings were not read") } else { on };
    if on.is_true() {
        return Fact::known(true);
    }
    let assumed = |on: bool| known.assuming(on);
    let selected = |known: &Known| {
        let all = candidates(plans, by_place, resource);
        let plans = all.into_iter().filter_map(|number| plans.get(number));
        Fact::any(plans.map(|plan| selects(index, (plan, stray), resource, (arn, known))))
    };
    let unseen = index.open(world::PLANS, resource.id.account.as_deref(), resource.id.region.as_deref());
    let dependent = Fact::any([selected(&assumed(true))].into_iter().chain(unseen.map(Fact::unknown)));
    if dependent.is_false() {
        return Fact::known(true);
    }
    let answer = Fact::any([on, dependent.negate(), selected(&assumed(false))]);
    Fact { at: None, ..answer }
}

/// Whether a plan selects a workload. AWS Backup backs up S3 buckets only where versioning is on ("Amazon S3 backups"
/// in the AWS Backup Developer Guide).
fn selects(
    index: &Index<'_>,
    (plan, stray): (&PlanNode<'_>, &[Stray<'_>]),
    resource: &Resource,
    (arn, known): (&Fact<String>, &Known),
) -> Fact<bool> {
    let by = |(selection, facts): &Of<'_, Selection>| {
        let assigned = known.assigns(facts, resource, arn);
        if assigned.is_false() {
            return assigned;
        }
        Fact::all([selection.exists.clone(), has_role(facts), assigned])
    };
    let seen = plan.selections.iter().map(by);
    // A selection of an unknown plan may be this plan's.
    let stray = stray.iter().filter(|((_, facts), _)| facts.plan.text.is_unknown());
    let stray = stray.map(|(selection, reasons)| Fact::all([by(selection), Fact::unknown(reasons.clone())]));
    let unseen = plan.open.as_ref().filter(|_| index.live()).map(|reasons| Fact::unknown(reasons.clone()));
    let selected = Fact::any(seen.chain(stray).chain(unseen));
    // Most plans do not mean most workloads; the rest need not be looked at then.
    if selected.is_false() {
        return selected;
    }
    let place = place::same_place(&plan.resource.id, &resource.id);
    Fact::all([plan.resource.exists.clone(), place, known.ready.clone(), selected])
}

/// Whether a selection names a role; without one nothing is backed up.
pub fn has_role(selection: &Selection) -> Fact<bool> {
    selection
        .role
        .as_ref()
        .map(|role| role.text.value().is_none_or(|text| !text.trim().is_empty()))
        .or_default_to(false)
}

/// What is the same of a workload for all plans.
struct Known {
    backup_type: Fact<String>,
    opt_in: Fact<BTreeMap<String, bool>>,
    ready: Fact<bool>,
}

impl Known {
    /// Files do not say which services a Region opts in to: there, what is declared counts.
    fn of(index: &Index<'_>, resource: &Resource) -> Self {
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
        let ready = match &resource.facts {
            Facts::Bucket(facts) => bucket::is_versioned(facts),
            _ => Fact::known(true),
        };
        Self { backup_type, opt_in, ready }
    }

    /// The same where the Region opts in to the workload's type, or does not.
    fn assuming(&self, on: bool) -> Self {
        let opt_in = self.backup_type.as_ref().map(|name| [(name.clone(), on)].into());
        Self { backup_type: self.backup_type.clone(), opt_in, ready: self.ready.clone() }
    }

    /// Whether a selection's own terms mean the workload.
    fn assigns(&self, facts: &Selection, resource: &Resource, arn: &Fact<String>) -> Fact<bool> {
        selection::assigns(
            facts,
            &Candidate {
                arn,
                id: Some(&resource.id),
                kind: &resource.id.kind,
                backup_type: &self.backup_type,
                tags: &resource.tags,
                opt_in: &self.opt_in,
            },
        )
    }
}
