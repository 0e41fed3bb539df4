//! Joins facts: which plan protects which workload, how old its newest recovery point is, what depends on a key.
//! Pure, and never saved.
//!
//! Joined facts are seldom simply unknown. What is certain gives the worst case, what is possible the best; a rule is
//! judged in each version of a section, and its verdict stands only where they agree.

mod access;
mod access_log;
mod account;
mod backup_keys;
mod bucket;
mod chain;
mod continuous;
mod copies;
pub mod event_pattern;
mod evidence;
mod external;
mod further;
mod index;
mod key;
mod key_policy;
mod lifecycle;
mod needs;
mod objective;
mod path;
mod place;
mod plan;
mod plans;
mod protection;
mod recovery_point;
mod region;
mod removal;
mod replication;
mod resting;
mod restore_testing;
mod restores;
pub mod schedule;
mod schedules;
mod selecting;
pub mod selection;
mod several;
mod sum;
mod twice;
mod vault;
mod workload;
mod world;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use rayon::prelude::*;

use crate::model::derived::holders::{CallOn, Holders};
use crate::model::derived::{Derived, IdentityDerived, Subject};
use crate::model::fact::Fact;
use crate::model::resource::{Facts, Resource};
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;

use index::Index;
use objective::Tiers;
use restore_testing::Testing;
use workload::Workloads;

/// What rules judge: every bucket, vault, plan, key, workload, recovery point and Region of the snapshot, in its order, with all that follows
/// from the others.
///
/// `now` is the moment at which ages are judged; none for files, of which no age and no evidence is derived.
pub fn derive<'a>(snapshot: &'a Snapshot, settings: &Settings, now: Option<Timestamp>) -> Vec<Subject<'a>> {
    with_derived(snapshot, settings, now, |one| snapshot.resources.par_iter().filter_map(one).collect())
}

/// The actions that whoever wants to destroy backups needs, and those that lead there.
pub fn actions_of_interest() -> impl Iterator<Item = &'static str> {
    access::actions::all()
}

/// Who can do something, in effect, to what there is; `text` names one resource.
///
/// # Errors
/// Where nothing is called `text`: the names of what is there that the action is for.
pub fn who_can(
    snapshot: &Snapshot,
    settings: &Settings,
    now: Option<Timestamp>,
    action: &str,
    text: Option<&str>,
) -> Result<Vec<Holders>, Vec<String>> {
    let index = Index::new(snapshot, settings, now);
    let policies = access::policies::Policies::new(&index);
    access::who::who_can(&index, &policies, action, text)
}

/// What a user or role can do to backups, call by call: with what allows it and what holds it back. None for anything
/// else.
pub fn calls(snapshot: &Snapshot, settings: &Settings, now: Option<Timestamp>, resource: &Resource) -> Vec<CallOn> {
    let index = Index::new(snapshot, settings, now);
    let policies = access::policies::Policies::new(&index);
    let tiers = Tiers::new(settings);
    let workloads = Workloads::new(&index, &tiers);
    access::chain::calls(&policies, &access::targets::targets(&index, &workloads), resource)
}

/// The same one resource at a time, for whoever does not need all at once: what is derived for a resource takes as
/// much memory as the resource. The function that `then` gets gives none for what is not judged.
pub fn with_derived<'a, T>(
    snapshot: &'a Snapshot,
    settings: &Settings,
    now: Option<Timestamp>,
    then: impl FnOnce(&(dyn Fn(&'a Resource) -> Option<Subject<'a>> + Sync)) -> T,
) -> T {
    let index = Index::new(snapshot, settings, now);
    let policies = access::policies::Policies::new(&index);
    let tiers = Tiers::new(settings);
    let workloads = Workloads::new(&index, &tiers);
    let testing = Testing::new(&index, &workloads);
    let key_users = key::users(&index, &workloads);
    let points = recovery_point::Points::new(&index, &workloads);
    let powers = access::powers::Powers::new(&index, &workloads, &policies);
    then(&|resource| {
        let derived = match &resource.facts {
            Facts::Bucket(facts) => {
                let workload = workloads.derive(&testing, resource)?;
                Derived::Bucket(Box::new(bucket::derive(&index, &workloads, &policies, resource, facts, workload)))
            }
            Facts::Workload(_) => Derived::Workload(Box::new(workloads.derive(&testing, resource)?)),
            Facts::Vault(facts) => {
                Derived::Vault(Box::new(vault::derive(&index, &workloads, &key_users, &policies, resource, facts)))
            }
            Facts::Plan(_) => Derived::Plan(Box::new(plan::derive(&index, &workloads, &policies, resource)?)),
            Facts::Key(facts) => Derived::Key(Box::new(key::derive(&index, &key_users, &policies, resource, facts))),
            Facts::RecoveryPoint(facts) => {
                Derived::RecoveryPoint(Box::new(points.derive(&index, &workloads, resource, facts)))
            }
            Facts::RestoreTestingPlan(_) => {
                Derived::RestoreTestingPlan(Box::new(testing.derive_plan(&index, &workloads, resource)?))
            }
            Facts::RestoreTestingSelection(facts) => Derived::RestoreTestingSelection(Box::new(
                restore_testing::derive_selection(&index, &workloads, &testing, &policies, resource, facts),
            )),
            Facts::Region(_) => Derived::Region(Box::new(region::derive(&index, &workloads, &testing, resource))),
            Facts::Account(facts) => {
                Derived::Account(Box::new(account::derive(&index, &workloads, (&policies, &powers), resource, facts)))
            }
            Facts::User(_) | Facts::Role(_) => Derived::Identity(Box::new(IdentityDerived {
                power: powers.of(resource),
                grants: Fact::known(access::grants::derive(&policies, resource)),
                backup_role: access::service_role::derive(&policies, resource),
            })),
            Facts::PlannedChange(_) => Derived::PlannedChange,
            _ => return None,
        };
        Some(Subject { resource, derived, related: chain::chain(&workloads, resource) })
    })
}
