//! The places that a workload's protection goes through: what selects it, the rules of plans, their vaults and locks,
//! and the copies. What certainly does not protect it is left out; what only may is said to.

use std::sync::Arc;

use crate::model::backup::Vault;
use crate::model::derived::related::{Link, Related};
use crate::model::fact::Fact;
use crate::model::position::Position;
use crate::model::resource::{Origin, Resource};

use super::index::{Found, Of};
use super::workload::{Workloads, may_exist};

/// The places for this workload, in order of plans and their rules. Live resources have none.
pub fn chain(workloads: &Workloads<'_, '_>, resource: &Resource) -> Vec<Related> {
    let mut chain = Vec::new();
    if resource.origin == Origin::Live {
        return chain;
    }
    for (plan, selects) in workloads.plans_of(resource) {
        // Of several nobody can say here which one it is.
        if let [(selection, _)] = plan.selections.as_slice() {
            let what = format!("the resource assignment {} it", verb(&selects, "that selects", "that may select"));
            add(&mut chain, Link::Path, header(selection), what);
        }
        for rule in plan.rules.iter().flatten() {
            let holds = Fact::all([selects.clone(), may_exist(&rule.target), rule.runs.clone()]);
            if holds.is_false() {
                continue;
            }
            let at = rule.rule.schedule.at.clone().or_else(|| rule.rule.name.at.clone());
            let what = verb(&holds, "which backs it up", "which may back it up");
            add(&mut chain, Link::Path, at.or_else(|| header(plan.resource)), format!("{}, {what}", rule.label));
            vault(&mut chain, Link::Vault, &rule.target, "the vault of these backups");
            for copy in &rule.copies {
                let holds = Fact::all([holds.clone(), may_exist(&copy.destination)]);
                if holds.is_false() {
                    continue;
                }
                let what = format!("{} of its backups", verb(&holds, "the copy", "perhaps a copy"));
                add(&mut chain, Link::Copy, copy.action.destination.text.at.clone(), what);
                vault(&mut chain, Link::Copy, &copy.destination, "the vault of these copies");
            }
        }
    }
    chain
}

fn verb(holds: &Fact<bool>, surely: &'static str, perhaps: &'static str) -> &'static str {
    if holds.is_true() { surely } else { perhaps }
}

fn vault(chain: &mut Vec<Related>, link: Link, found: &Found<Of<'_, Vault>>, what: &str) {
    let Found::Here((vault, facts)) = found else { return };
    add(chain, link, header(vault), format!("{what}, {}", vault.name));
    if !facts.lock.is_absent() {
        add(chain, link, facts.lock.at.clone(), format!("the lock of {}", vault.name));
    }
}

fn header(resource: &Resource) -> Option<Arc<Position>> {
    match &resource.origin {
        Origin::Declared { header, .. } => Some(Arc::clone(header)),
        Origin::Live => None,
    }
}

fn add(chain: &mut Vec<Related>, link: Link, at: Option<Arc<Position>>, text: String) {
    chain.extend(at.map(|at| Related { link, at, text }));
}
