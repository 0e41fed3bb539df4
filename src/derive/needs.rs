//! What the workloads of a Region or account ask for, all together.

use std::collections::HashMap;

use crate::model::fact::{Fact, Reasons};
use crate::model::identity::ResourceId;
use crate::model::resource::Resource;
use crate::model::workload::Objective;

use super::index::{Index, add_reasons};
use super::world;

/// What workloads ask for, by place.
#[derive(Debug, Default)]
pub struct Needs<'a> {
    backups: HashMap<(Option<&'a str>, Option<&'a str>), Asked>,
    /// By account: of what may lie in any Region.
    unplaced: HashMap<Option<&'a str>, Asked>,
    /// By account: those that ask for a copy in another account, or may.
    cross_account: HashMap<Option<&'a str>, Vec<(&'a Resource, Fact<bool>)>>,
}

/// Whether at least one asks.
#[derive(Debug, Default)]
struct Asked {
    certainly: bool,
    /// Why one may.
    perhaps: Option<Reasons>,
}

impl Asked {
    fn add(&mut self, asks: &Fact<bool>) {
        self.certainly |= asks.is_true();
        if let Some(reasons) = asks.reasons() {
            add_reasons(&mut self.perhaps, reasons);
        }
    }

    fn fact(&self) -> Fact<bool> {
        match &self.perhaps {
            _ if self.certainly => Fact::known(true),
            Some(reasons) => Fact::unknown(reasons.clone()),
            None => Fact::known(false),
        }
    }
}

impl<'a> Needs<'a> {
    /// Counts a workload with what its possible tiers ask for, and why there are several.
    pub fn add<'t>(
        &mut self,
        resource: &'a Resource,
        objectives: impl Iterator<Item = &'t Objective>,
        reasons: Option<&Reasons>,
    ) {
        let objectives: Vec<&Objective> = objectives.collect();
        let asks = |of: fn(&Objective) -> bool| {
            let (all, any) = (objectives.iter().all(|one| of(one)), objectives.iter().any(|one| of(one)));
            let asked = match (any, all, reasons) {
                (true, false, Some(reasons)) => Fact::unknown(reasons.clone()),
                (true, false, None) => Fact::unknown("the tier of a workload is not known"),
                _ => Fact::known(any),
            };
            Fact::all([resource.exists.clone(), asked])
        };
        let (account, region) = (resource.id.account.as_deref(), resource.id.region.as_deref());
        let backups = asks(|one| !one.exempt.is_true());
        if region.is_none() {
            let somewhere = || Fact::unknown("it is not known in which Region a bucket lies");
            let somewhere = Fact::all([backups.clone(), somewhere()]);
            self.unplaced.entry(account).or_default().add(&somewhere);
        }
        self.backups.entry((account, region)).or_default().add(&backups);
        let cross = asks(|one| !one.exempt.is_true() && one.cross_account.is_true());
        if !cross.is_false() {
            self.cross_account.entry(account).or_default().push((resource, cross));
        }
    }

    /// Whether a workload of this Region asks for backups.
    pub fn backups(&self, index: &Index<'_>, region: &ResourceId) -> Fact<bool> {
        let place = (region.account.as_deref(), region.region.as_deref());
        let seen = [self.backups.get(&place), self.unplaced.get(&place.0)].into_iter().flatten().map(Asked::fact);
        Fact::any(seen.chain(unseen(index, region).map(Fact::unknown)))
    }

    /// Whether a workload of this account, in the Regions that were audited, asks for a copy in another account that
    /// nothing else makes: `met` says what is otherwise there.
    pub fn cross_account(
        &self,
        index: &Index<'_>,
        account: &ResourceId,
        met: &dyn Fn(&Resource) -> Fact<bool>,
    ) -> Fact<bool> {
        let asking = self.cross_account.get(&account.account.as_deref()).into_iter().flatten();
        let seen =
            asking.map(|(resource, asks)| Fact { at: None, ..Fact::all([asks.clone(), met(resource).negate()]) });
        let unseen = regions(index, account).filter_map(|region| unseen(index, region)).map(Fact::unknown);
        Fact::any(seen.chain(unseen))
    }
}

/// Why there may be workloads in a place that were not seen; none where there are not.
pub fn unseen(index: &Index<'_>, place: &ResourceId) -> Option<Reasons> {
    let (account, region) = (place.account.as_deref(), place.region.as_deref());
    let lists = [index.open_buckets(account, region), index.open(world::PROTECTED, account, region)];
    lists.into_iter().flatten().reduce(|a, b| a.and(&b))
}

/// The audited Regions of an account.
fn regions<'a>(index: &Index<'a>, account: &ResourceId) -> impl Iterator<Item = &'a ResourceId> {
    index.audited_regions().filter(|id| id.account == account.account)
}
