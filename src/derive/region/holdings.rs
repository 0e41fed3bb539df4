//! Which Regions hold anything that must survive: of an empty one nothing is asked.

use std::collections::HashMap;

use crate::model::fact::{Fact, Reasons};
use crate::model::resource::{Facts, Resource};

use super::super::index::{Index, add_reasons};
use super::super::workload::Workloads;
use super::super::world;

/// By account and Region, whether it holds a workload of a tier that asks for something, or a backup.
pub struct Holdings<'a> {
    held: HashMap<(&'a str, &'a str), Fact<bool>>,
    /// Why something whose Region is not known may lie in any Region of an account.
    unplaced: HashMap<&'a str, Reasons>,
}

impl<'a> Holdings<'a> {
    /// Looks through all workloads, vaults and recovery points once. Regions exist in live snapshots only.
    pub fn new(index: &Index<'a>, workloads: &Workloads<'_, 'a>) -> Self {
        let mut holdings = Self { held: HashMap::new(), unplaced: HashMap::new() };
        if index.live() {
            for resource in &index.snapshot.resources {
                holdings.add(resource, &holds(resource, workloads));
            }
        }
        holdings
    }

    fn add(&mut self, resource: &'a Resource, holds: &Fact<bool>) {
        let (Some(account), false) = (resource.id.account.as_deref(), holds.is_false()) else { return };
        match resource.id.region.as_deref() {
            None => {
                let unplaced = Reasons::from("it is not known in which Region a bucket lies");
                let mut sum = self.unplaced.remove(account);
                add_reasons(&mut sum, holds.reasons().unwrap_or(&unplaced));
                self.unplaced.extend(sum.map(|sum| (account, sum)));
            }
            Some(region) => {
                let held = self.held.entry((account, region)).or_insert_with(|| Fact::known(false));
                if !held.is_true() {
                    *held = Fact::any([held.clone(), holds.clone()]);
                }
            }
        }
    }

    /// Whether the Region holds anything that must survive.
    pub fn of(&self, index: &Index<'_>, account: Option<&str>, region: Option<&str>) -> Fact<bool> {
        let (Some(account), Some(region)) = (account, region) else {
            return Fact::unknown("neither account nor Region is known");
        };
        let seen = self.held.get(&(account, region)).cloned().unwrap_or_else(|| Fact::known(false));
        if seen.is_true() {
            return seen;
        }
        let (place, here) = (Some(account), Some(region));
        let doubts = [
            self.unplaced.get(account).cloned(),
            index.open_buckets(place, here),
            index.open(world::PROTECTED, place, here),
            index.open(world::VAULTS, place, here),
        ];
        Fact::any(doubts.into_iter().flatten().map(Fact::unknown).chain([seen]))
    }
}

/// Whether a resource is something that must survive.
fn holds(resource: &Resource, workloads: &Workloads<'_, '_>) -> Fact<bool> {
    match &resource.facts {
        Facts::RecoveryPoint(_) => Fact::known(true),
        Facts::Vault(vault) => vault.recovery_points.as_ref().map(|count| *count > 0),
        _ => Fact::all([resource.exists.clone(), workloads.asks(&resource.id)]),
    }
}
