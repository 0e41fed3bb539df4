//! Restore testing in a Region: whether it is needed, there, and takes recovery points at random.

use crate::model::attribute::Ranged;
use crate::model::derived::RegionRestoreTesting;
use crate::model::fact::Fact;
use crate::model::resource::Resource;

use crate::derive::index::Index;
use crate::derive::workload::{Join, Workloads};
use crate::derive::{needs, place, world};

use super::{Testing, asks_for_tests, is_testable};

/// Derives it for a Region of an account.
pub fn derive(
    index: &Index<'_>,
    workloads: &Workloads<'_, '_>,
    testing: &Testing<'_>,
    region: &Resource,
) -> Ranged<RegionRestoreTesting> {
    let here = |one: &Resource| place::same_place(&one.id, &region.id);
    let (account, name) = (region.id.account.as_deref(), region.id.region.as_deref());
    let seen = index.snapshot.resources.iter().filter(|one| is_testable(one)).filter_map(|resource| {
        let join = workloads.join(&resource.id)?;
        let needed =
            || [asked(workloads, join), protected(index, resource, join), tested_elsewhere(testing, resource).negate()];
        Some(Fact::all([here(resource)].into_iter().chain(needed())))
    });
    let needed = Fact::any(seen.chain(needs::unseen(index, &region.id).map(Fact::unknown)));
    let plans = testing.plans.iter().map(|plan| {
        let selections = plan.selections.iter().map(|(selection, _)| selection.exists.clone());
        let selects = Fact::any(selections.chain(plan.open.clone().map(Fact::unknown)));
        let random = plan.facts.algorithm.as_ref().map(|algorithm| algorithm == "RANDOM_WITHIN_WINDOW");
        let there = Fact::all([here(plan.resource), plan.resource.exists.clone(), selects]);
        (there.clone(), Fact::all([there, random]))
    });
    let (exists, random): (Vec<_>, Vec<_>) = plans.unzip();
    let unlisted = || index.open(world::RESTORE_TESTING_PLANS, account, name).map(Fact::unknown);
    Ranged::certain(RegionRestoreTesting {
        needed,
        exists: Fact::any(exists.into_iter().chain(unlisted())),
        random: Fact::any(random.into_iter().chain(unlisted())),
    })
}

/// Whether the workload's tier asks for tests.
fn asked(workloads: &Workloads<'_, '_>, join: &Join) -> Fact<bool> {
    let all: Vec<bool> = workloads.objectives(&join.possible).map(asks_for_tests).collect();
    match &join.possible.reasons {
        Some(reasons) if all.contains(&true) && all.contains(&false) => Fact::unknown(reasons.clone()),
        _ => Fact::known(all.contains(&true)),
    }
}

/// Whether a backup plan selects it.
fn protected(index: &Index<'_>, resource: &Resource, join: &Join) -> Fact<bool> {
    let plans = join.plans.iter().map(|(_, doubt)| match doubt {
        Some(reasons) => Fact::unknown(reasons.clone()),
        None => Fact::known(true),
    });
    let unseen = index.open(world::PLANS, resource.id.account.as_deref(), resource.id.region.as_deref());
    Fact::any(plans.chain(unseen.map(Fact::unknown)))
}

/// Whether a plan of another Region or account covers it: it tests the copies there.
fn tested_elsewhere(testing: &Testing<'_>, resource: &Resource) -> Fact<bool> {
    let Some(cover) = testing.cover(&resource.id) else { return Fact::known(false) };
    let elsewhere = cover.plans.iter().filter_map(|(number, covers)| {
        let plan = testing.plans.get(*number)?;
        Some(Fact::all([covers.clone(), place::same_place(&plan.resource.id, &resource.id).negate()]))
    });
    let seen = Fact::any(elsewhere);
    Fact::any([seen].into_iter().chain(cover.unseen_elsewhere.clone().map(Fact::unknown)))
}
