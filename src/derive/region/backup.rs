//! What a Region has of AWS Backup and of Backup Audit Manager.

use crate::derive::index::Index;
use crate::derive::workload::Workloads;
use crate::derive::{place, vault, world};
use crate::model::backup::audit::Framework;
use crate::model::derived::BackupRegion;
use crate::model::fact::{Cure, Fact, Reason, Reasons};
use crate::model::identity::ResourceId;
use crate::model::resource::{Facts, Origin, Resource};

/// Derives the section.
pub fn derive(index: &Index<'_>, workloads: &Workloads<'_, '_>, resource: &Resource) -> BackupRegion {
    let id = &resource.id;
    let has_plan = has_plan(index, workloads, id);
    let (has_framework, idle_frameworks) = frameworks(index, id);
    BackupRegion {
        needs_backups: workloads.needs.backups(index, id),
        has_backups: Fact::any([has_plan.clone(), has_points(index, id)]),
        has_plan,
        has_framework,
        idle_frameworks,
    }
}

fn unseen(open: Option<Reasons>) -> impl Iterator<Item = Fact<bool>> {
    open.map(Fact::unknown).into_iter()
}

fn has_plan(index: &Index<'_>, workloads: &Workloads<'_, '_>, region: &ResourceId) -> Fact<bool> {
    let here = workloads.plans.iter().map(|plan| {
        let place = place::same_place(&plan.resource.id, region);
        Fact::all([plan.resource.exists.clone(), place])
    });
    let open = index.open(world::PLANS, region.account.as_deref(), region.region.as_deref());
    plain(Fact::any(here.chain(unseen(open))))
}

/// Whether a vault of the Region holds a recovery point.
pub fn has_points(index: &Index<'_>, region: &ResourceId) -> Fact<bool> {
    let here = index.vaults.iter().filter(|(vault, _)| !place::same_place(&vault.id, region).is_false());
    let used = here.map(|(vault, facts)| {
        let place = place::same_place(&vault.id, region);
        Fact::all([vault.exists.clone(), place, vault::in_use(index, vault, facts)])
    });
    let open = index.open(world::VAULTS, region.account.as_deref(), region.region.as_deref());
    plain(Fact::any(used.chain(unseen(open))))
}

/// Whether a framework works, and those that do not.
fn frameworks(index: &Index<'_>, region: &ResourceId) -> (Fact<bool>, Fact<Vec<String>>) {
    let mut idle = Vec::new();
    let mut working = Vec::new();
    for resource in &index.snapshot.resources {
        let Facts::Framework(facts) = &resource.facts else { continue };
        let place = place::same_place(&resource.id, region);
        if place.is_false() {
            continue;
        }
        let works = works(resource, facts);
        if works.is_false() {
            let word = |fact: &Fact<String>| fact.value().cloned().unwrap_or_else(|| "unknown".to_owned());
            idle.push(format!("{} ({}, {})", resource.name, word(&facts.deployment), word(&facts.status)));
        }
        working.push(Fact::all([resource.exists.clone(), place, works]));
    }
    let open = index.open(world::FRAMEWORKS, region.account.as_deref(), region.region.as_deref());
    let idle = match &open {
        Some(reasons) if idle.is_empty() => Fact::unknown(reasons.clone()),
        _ => Fact::known(idle),
    };
    (plain(Fact::any(working.into_iter().chain(unseen(open)))), idle)
}

/// Whether a framework is deployed and at least some of its resources are recorded (`DeploymentStatus` and
/// `FrameworkStatus` of `DescribeFramework`). A template is asked for what it declares: it knows no status.
fn works(resource: &Resource, facts: &Framework) -> Fact<bool> {
    if matches!(resource.origin, Origin::Declared { .. }) {
        return Fact::known(true);
    }
    let later = |why: String| Fact::unknown(Reason::new(why).cured_by(Cure::Retry));
    let name = &resource.name;
    let deployed = facts.deployment.as_ref().and_then(|status| match status.as_str() {
        "COMPLETED" | "UPDATE_IN_PROGRESS" => Fact::known(true),
        "FAILED" | "DELETE_IN_PROGRESS" => Fact::known(false),
        "CREATE_IN_PROGRESS" => later(format!("framework `{name}` is still being made")),
        other => Fact::unknown(format!("`{other}` is no deployment status that is known")),
    });
    let recorded = facts.status.as_ref().and_then(|status| match status.as_str() {
        "ACTIVE" | "PARTIALLY_ACTIVE" => Fact::known(true),
        "INACTIVE" => Fact::known(false),
        "UNAVAILABLE" => later(format!("AWS Backup could not tell whether framework `{name}` is recorded")),
        other => Fact::unknown(format!("`{other}` is no framework status that is known")),
    });
    let said =
        |fact: Fact<bool>| if fact.is_absent() { Fact::unknown("AWS Backup did not say its status") } else { fact };
    Fact::all([said(deployed), said(recorded)])
}

/// A Region stands in no file.
fn plain(fact: Fact<bool>) -> Fact<bool> {
    Fact { at: None, ..fact }
}
