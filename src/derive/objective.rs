//! Which tier a workload is in, and what a tier asks for.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::attribute::Ranged;
use crate::model::fact::{Fact, Reasons, State};
use crate::model::resource::Resource;
use crate::model::settings::{Settings, Tier, TierMap};
use crate::model::workload::Objective;

use super::index::{Index, add_reasons};
use super::selection;

/// The tier that is given without a tag to what needs no backup of its own.
const EXEMPT: &str = "none";

/// The tiers of the settings, strictest first, each built once.
pub struct Tiers {
    /// What they ask for.
    objectives: Vec<Objective>,
    by_name: BTreeMap<String, usize>,
    default: usize,
}

/// The tiers that a workload may be in (their numbers, strictest first; never empty), and why there are several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Possible {
    pub tiers: Vec<usize>,
    pub reasons: Option<Reasons>,
    pub assigned: Fact<bool>,
}

impl Possible {
    fn one(tier: usize, assigned: bool) -> Self {
        Self { tiers: vec![tier], reasons: None, assigned: Fact::known(assigned) }
    }
}

impl Tiers {
    /// Builds the objective of every tier.
    pub fn new(settings: &Settings) -> Self {
        let mut tiers: Vec<(&String, &Tier)> = settings.tiers.iter().collect();
        tiers.sort_by_key(|(name, tier)| (tier.exempt, tier.rpo, (*name).clone()));
        let mut objectives: Vec<Objective> = tiers.iter().map(|(name, tier)| objective(name, tier)).collect();
        let mut by_name: BTreeMap<String, usize> =
            tiers.iter().enumerate().map(|(number, (name, _))| ((*name).clone(), number)).collect();
        let default = by_name.get(&settings.default_tier).copied().unwrap_or_else(|| {
            // The settings are checked where they are read; a default tier of no content asks for what `untagged` asks.
            let built_in = Settings::default();
            if let Some(tier) = built_in.tiers.get(&built_in.default_tier) {
                objectives.push(objective(&settings.default_tier, tier));
                by_name.insert(settings.default_tier.clone(), objectives.len() - 1);
            }
            objectives.len().saturating_sub(1)
        });
        Self { objectives, by_name, default }
    }

    /// The tiers that a workload may be in: by its tag, else by the tier map, else `none` where it needs no backup of
    /// its own (a stated tier: nobody needs to tag a log bucket), else the default.
    pub fn possible(&self, index: &Index<'_>, resource: &Resource, arn: &Fact<String>, needs_none: bool) -> Possible {
        let tag = resource.tags.get(&index.settings.tier_tag);
        match &tag.state {
            State::Known(name) => match self.by_name.get(name) {
                Some(tier) => Possible::one(*tier, true),
                None => Possible::one(self.default, false),
            },
            State::Absent => self.untagged(index, resource, arn, needs_none),
            State::Unknown(reasons) => self.any(reasons),
        }
    }

    fn untagged(&self, index: &Index<'_>, resource: &Resource, arn: &Fact<String>, needs_none: bool) -> Possible {
        let mut tiers = BTreeSet::new();
        let mut doubt = None;
        for entry in &index.settings.tier_map {
            let tier = self.by_name.get(&entry.tier).copied().unwrap_or(self.default);
            let matches = map_matches(index, entry, resource, arn);
            if let Some(reasons) = matches.reasons() {
                tiers.insert(tier);
                add_reasons(&mut doubt, reasons);
            } else if matches.is_true() {
                tiers.insert(tier);
                return Possible { tiers: tiers.into_iter().collect(), reasons: doubt, assigned: Fact::known(true) };
            }
        }
        let exempt = if needs_none { self.by_name.get(EXEMPT).copied() } else { None };
        let assigned = match &doubt {
            _ if exempt.is_some() => Fact::known(true),
            Some(reasons) => Fact::unknown(reasons.clone()),
            None => Fact::known(false),
        };
        tiers.insert(exempt.unwrap_or(self.default));
        Possible { tiers: tiers.into_iter().collect(), reasons: doubt, assigned }
    }

    /// Every tier, for a workload of which nothing is known.
    pub fn any(&self, reasons: &Reasons) -> Possible {
        Possible {
            tiers: (0..self.objectives.len()).collect(),
            reasons: Some(reasons.clone()),
            assigned: Fact::unknown(reasons.clone()),
        }
    }

    /// Whether the default tier asks for nothing.
    pub fn default_exempt(&self) -> bool {
        self.objectives.get(self.default).is_some_and(|objective| objective.exempt.is_true())
    }

    /// What the possible tiers ask for, strictest first.
    pub fn objective(&self, possible: &Possible) -> Ranged<Objective> {
        let versions: Vec<Objective> =
            possible.tiers.iter().filter_map(|tier| self.objectives.get(*tier)).cloned().collect();
        Ranged { reasons: possible.reasons.clone().filter(|_| versions.len() > 1), versions }
    }

    /// The objectives of these tiers.
    pub fn of<'t>(&'t self, possible: &'t Possible) -> impl Iterator<Item = &'t Objective> {
        possible.tiers.iter().filter_map(|tier| self.objectives.get(*tier))
    }

    /// The strictest objective of those that depend on something; the default tier where none does.
    ///
    /// The worst version counts everything that may depend on it, each at its strictest; the best only what certainly
    /// does, each at its mildest.
    pub fn strictest(&self, dependents: &Dependents) -> Ranged<Objective> {
        let mut worst = BTreeSet::new();
        let mut best = BTreeSet::new();
        let mut mild = BTreeSet::new();
        let mut reasons = dependents.reasons.clone();
        for (possible, certain) in &dependents.seen {
            // Tiers are numbered from the strictest RPO, but a milder RPO may go with a longer retention: all count.
            worst.extend(possible.tiers.iter().copied());
            if *certain && let [only] = possible.tiers.as_slice() {
                best.insert(*only);
            } else {
                mild.extend(possible.tiers.iter().copied());
            }
            if let Some(more) = &possible.reasons {
                add_reasons(&mut reasons, more);
            }
        }
        let mut versions = vec![self.joined(&worst)];
        if best.is_empty() && !mild.is_empty() {
            versions.extend(mild.iter().filter_map(|tier| self.objectives.get(*tier)).cloned());
        }
        if dependents.seen.iter().all(|(_, certain)| !certain) || !best.is_empty() {
            versions.push(self.joined(&best));
        }
        let mut kept: Vec<Objective> = Vec::new();
        for version in versions {
            if !kept.contains(&version) {
                kept.push(version);
            }
        }
        let several = kept.len() > 1;
        Ranged { versions: kept, reasons: reasons.filter(|_| several) }
    }

    /// What all these tiers ask for together: of each demand the strictest. Exempt tiers ask for nothing, unless all
    /// are. Its name is that of the tier that it equals, else all their names.
    fn joined(&self, tiers: &BTreeSet<usize>) -> Objective {
        let all = || tiers.iter().filter_map(|tier| self.objectives.get(*tier));
        let asking: Vec<&Objective> = all().filter(|objective| !objective.exempt.is_true()).collect();
        let mut asking = if asking.is_empty() { all().take(1).collect() } else { asking }.into_iter();
        let Some(first) = asking.next().or_else(|| self.objectives.get(self.default)) else {
            return objective(EXEMPT, &nothing());
        };
        let rest: Vec<&Objective> = asking.collect();
        let mut sum = rest.iter().fold(first.clone(), |sum, next| stricter(sum, next));
        let same = |one: &&Objective| Objective { tier: one.tier.clone(), ..sum.clone() } == **one;
        let name =
            std::iter::once(first).chain(rest.iter().copied()).find(same).and_then(|one| one.tier.value().cloned());
        let names = || {
            let names = std::iter::once(first).chain(rest.iter().copied()).filter_map(|one| one.tier.value());
            names.map(String::as_str).collect::<Vec<_>>().join(" + ")
        };
        sum.tier = Fact::known(name.unwrap_or_else(names));
        sum
    }
}

/// The objectives of what depends on a vault, key or plan.
#[derive(Clone, Debug, Default)]
pub struct Dependents {
    /// Each combination of tiers once, and whether it certainly depends.
    seen: Vec<(Possible, bool)>,
    reasons: Option<Reasons>,
}

impl Dependents {
    /// Adds one that certainly depends, or that may depend for these reasons.
    pub fn add(&mut self, possible: &Possible, doubt: Option<&Reasons>) {
        let certain = doubt.is_none();
        if let Some(reasons) = doubt {
            add_reasons(&mut self.reasons, reasons);
        }
        if !self.seen.iter().any(|(seen, known)| seen.tiers == possible.tiers && *known == certain) {
            self.seen.push((possible.clone(), certain));
        }
    }

    /// Adds all of another.
    pub fn extend(&mut self, other: &Self, doubt: Option<&Reasons>) {
        for (possible, certain) in &other.seen {
            let inner = (!certain).then(|| other.reasons.clone()).flatten();
            self.add(possible, doubt.or(inner.as_ref()));
        }
    }
}

fn stricter(sum: Objective, next: &Objective) -> Objective {
    let or = |a: Fact<bool>, b: &Fact<bool>| Fact::known(a.is_true() || b.is_true());
    Objective {
        tier: sum.tier,
        exempt: Fact::known(sum.exempt.is_true() && next.exempt.is_true()),
        rpo: Fact::from_option(sum.rpo.value().into_iter().chain(next.rpo.value()).min().copied()),
        rto: Fact::from_option(sum.rto.value().into_iter().chain(next.rto.value()).min().copied()),
        retention: Fact::from_option(sum.retention.value().into_iter().chain(next.retention.value()).max().copied()),
        long_retention: Fact::from_option(
            sum.long_retention.value().into_iter().chain(next.long_retention.value()).max().copied(),
        ),
        cross_region: or(sum.cross_region, &next.cross_region),
        cross_account: or(sum.cross_account, &next.cross_account),
        immutable: or(sum.immutable, &next.immutable),
        continuous: or(sum.continuous, &next.continuous),
        customer_key: or(sum.customer_key, &next.customer_key),
        restore_test: Fact::from_option(
            sum.restore_test.value().into_iter().chain(next.restore_test.value()).min().copied(),
        ),
        air_gapped: or(sum.air_gapped, &next.air_gapped),
    }
}

fn objective(name: &str, tier: &Tier) -> Objective {
    Objective {
        tier: Fact::known(name.to_owned()),
        exempt: Fact::known(tier.exempt),
        rpo: Fact::known(tier.rpo),
        rto: Fact::known(tier.rto),
        retention: Fact::known(tier.retention),
        long_retention: Fact::from_option(tier.long_retention),
        cross_region: Fact::known(tier.cross_region),
        cross_account: Fact::known(tier.cross_account),
        immutable: Fact::known(tier.immutable),
        continuous: Fact::known(tier.continuous),
        customer_key: Fact::known(tier.customer_key),
        restore_test: Fact::from_option(tier.restore_test),
        air_gapped: Fact::known(tier.air_gapped),
    }
}

fn nothing() -> Tier {
    let day = jiff::SignedDuration::from_hours(24);
    Tier {
        rpo: day,
        rto: day,
        retention: day,
        long_retention: None,
        cross_region: false,
        cross_account: false,
        immutable: false,
        continuous: false,
        customer_key: false,
        multi_az: false,
        restore_test: None,
        drill: None,
        air_gapped: false,
        export: None,
        malware_scan: false,
        image: false,
        exempt: true,
    }
}

/// Whether all that an entry names matches.
fn map_matches(index: &Index<'_>, entry: &TierMap, resource: &Resource, arn: &Fact<String>) -> Fact<bool> {
    let kind = entry.kind.as_ref().map(|kind| Fact::known(**kind == *resource.id.kind));
    let account = entry.account.as_ref().map(|wanted| match resource.id.account.as_deref() {
        Some(account) => Fact::known(account == wanted),
        None => Fact::unknown("the files do not say the account"),
    });
    let unit = entry.organizational_unit.as_ref().map(|wanted| {
        index.account(resource.id.account.as_deref()).map_or_else(
            || Fact::unknown("the account's organizational units were not read"),
            |account| account.organizational_units.as_ref().map(|units| units.contains(wanted)),
        )
    });
    let pattern = entry.arn.as_ref().map(|pattern| arn.as_ref().map(|arn| selection::matches(pattern, arn)));
    Fact::all([kind, account, unit, pattern].into_iter().flatten())
}
