//! A workload's protection, drawn up twice: for what is certain and for what is possible.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use crate::model::attribute::Ranged;
use crate::model::fact::{Fact, Reasons};
use crate::model::workload::{FOREVER, Objective, Protection};

use super::evidence::{Evidence, Seen};
use super::further::{Further, Measure};
use super::index::add_reasons;
use super::path::{Copy, Landing, Path, Place};
use super::schedule::DEFAULT_START_WINDOW_MINUTES;
use super::schedules::Schedules;
use super::sum::{Pick, Sum};

/// What protection is held against, and what was found out of it elsewhere.
pub struct Terms<'t> {
    /// What the possible tiers ask for.
    pub objectives: Vec<&'t Objective>,
    /// Why there are several.
    pub doubt: Option<&'t Reasons>,
    /// The grace of the settings.
    pub grace: Option<SignedDuration>,
    /// Whether the type can be backed up continuously at all.
    pub continuous_supported: Fact<bool>,
    /// Whether no selection leaves it out for want of the Region's opt-in.
    pub opted_in: Fact<bool>,
    /// Paths that another path makes needless, for people.
    pub needless: Fact<Vec<String>>,
}

#[derive(Clone, Debug, Default)]
struct Draft {
    covered: bool,
    by_plan: bool,
    paths: BTreeSet<String>,
    sum: Sum,
    window: Option<SignedDuration>,
    copied: Copied,
    ideal: bool,
}

/// Where copies lead.
#[derive(Clone, Debug, Default)]
struct Copied {
    to_recovery_region: bool,
    regions: BTreeSet<String>,
    to_recovery_account: bool,
    accounts: BTreeSet<String>,
}

/// Collects paths and copies.
#[derive(Clone, Debug, Default)]
pub struct Drafts {
    worst: Draft,
    best: Draft,
    pub further: Further,
    reasons: Option<Reasons>,
    places: Places,
}

/// Where a finding about protection points to: the first schedule, the longest retention, the first copy.
#[derive(Clone, Debug, Default)]
struct Places {
    schedule: Place,
    retention: Option<(SignedDuration, Place)>,
    copy: Place,
}

impl Drafts {
    /// Adds a path.
    pub fn path(&mut self, path: &Path) {
        if path.holds.is_false() {
            return;
        }
        self.places.schedule = self.places.schedule.take().or_else(|| path.at.clone());
        let kept = path.retention.value().copied().unwrap_or(SignedDuration::ZERO);
        if self.places.retention.as_ref().is_none_or(|(most, _)| kept > *most) {
            self.places.retention = Some((kept, path.retention.at.clone().or_else(|| path.at.clone())));
        }
        self.doubt(path.holds.reasons());
        self.doubt(path.retention.reasons());
        self.doubt(path.window.reasons());
        if path.holds.is_true() {
            self.worst.add(path);
            self.worst.sum.add_certain(&path.runs, &path.retention);
            self.worst.open(path.window.value());
        }
        self.best.add(path);
        self.best.sum.add_possible(&path.runs, &path.retention);
        let default = SignedDuration::from_mins(DEFAULT_START_WINDOW_MINUTES);
        let default = path.window.is_unknown().then_some(&default);
        self.best.open(path.window.value().or(default));
        self.doubt(path.runs.reasons().as_ref());
        self.further.path(path);
    }

    /// Adds a place in which backups lie.
    pub fn land(&mut self, landing: &Landing) {
        if !landing.holds.is_false() {
            self.doubt(landing.retention.reasons());
        }
        self.further.land(landing);
    }

    /// Adds a copy.
    pub fn copy(&mut self, copy: &Copy) {
        if !copy.holds.is_false() {
            self.places.copy = self.places.copy.take().or_else(|| copy.at.clone());
        }
        let to_region = Fact::all([copy.holds.clone(), copy.recovers.clone()]);
        let to_account = Fact::all([copy.holds.clone(), copy.outlives_account.clone()]);
        self.doubt(to_region.reasons());
        self.doubt(to_account.reasons());
        if copy.holds.is_true() {
            self.worst.copied.add(copy, to_region.is_true(), to_account.is_true());
        }
        if !copy.holds.is_false() {
            self.best.copied.add(copy, !to_region.is_false(), !to_account.is_false());
        }
    }

    /// Everything that the workload could wish for may exist unseen.
    pub fn may_be_ideal(&mut self, reasons: &Reasons) {
        self.best.ideal = true;
        self.further.may_be_ideal(reasons);
        self.doubt(Some(reasons));
    }

    fn doubt(&mut self, reasons: Option<&Reasons>) {
        if let Some(reasons) = reasons {
            add_reasons(&mut self.reasons, reasons);
        }
    }

    /// The protection in every version that matters, worst first.
    ///
    /// Between the worst and the best there may be others: all that may exist does, but in its poorest form, with and
    /// without a copy, and the same for recovery points. A rule that asks nothing of what is absent and much of what is
    /// there passes at both ends and fails between them.
    pub fn finish(mut self, schedules: &Schedules, evidence: &Seen, terms: &Terms<'_>) -> Ranged<Protection> {
        self.doubt(evidence.reasons.as_ref());
        for draft in [&self.worst, &self.best] {
            if let Some(reasons) = draft.sum.reasons(schedules) {
                add_reasons(&mut self.reasons, &reasons);
            }
        }
        let ideal = self.best.ideal;
        let certain_tiers = self.further.tiers(schedules, false, (true, |gap| gap.worst));
        let possible_tiers = self.further.tiers(schedules, ideal, (false, |gap| gap.best));
        let worst = self.worst.finish(schedules, terms.grace, |gap| gap.worst, certain_tiers);
        let best = self.best.finish(schedules, terms.grace, |gap| gap.best, possible_tiers);
        let measures = (worst.measure(), best.measure(), ideal);
        let immutable = self.further.immutable(schedules, (&terms.objectives, terms.doubt), measures);
        let copied = worst.but_present(&best);
        let alone = Numbers { copied: worst.copied.clone(), ..copied.clone() };
        let mut found = vec![evidence.worst.clone(), evidence.worst.but_present(&evidence.best), evidence.best.clone()];
        found.dedup();
        let mut versions = Vec::new();
        for numbers in [worst, alone, copied, best] {
            for evidence in &found {
                let alike = (&self.further, &immutable, terms);
                let version = numbers.clone().into_protection(evidence, &self.places, alike);
                if !versions.contains(&version) {
                    versions.push(version);
                }
            }
        }
        let several = versions.len() > 1;
        Ranged { versions, reasons: self.reasons.filter(|_| several) }
    }
}

impl Copied {
    fn add(&mut self, copy: &Copy, to_recovery_region: bool, to_recovery_account: bool) {
        self.to_recovery_region |= to_recovery_region;
        self.to_recovery_account |= to_recovery_account;
        // A template may not know its Region or account, and yet that a copy stays in it.
        let own = copy.recovers.is_false().then(|| "its own Region".to_owned());
        self.regions.extend(copy.region.value().cloned().or(own));
        let own = copy.outlives_account.is_false().then(|| "its own account".to_owned());
        self.accounts.extend(copy.account.value().cloned().or(own));
    }

    fn ideal(self) -> Self {
        Self { to_recovery_region: true, to_recovery_account: true, ..self }
    }
}

impl Draft {
    fn add(&mut self, path: &Path) {
        self.covered = true;
        self.by_plan |= path.by_plan;
        self.paths.insert(path.label.clone());
    }

    fn open(&mut self, window: Option<&SignedDuration>) {
        self.window = self.window.into_iter().chain(window.copied()).max();
    }

    fn finish(
        self,
        schedules: &Schedules,
        grace: Option<SignedDuration>,
        pick: Pick,
        (daily, monthly): Measure,
    ) -> Numbers {
        let default = SignedDuration::from_mins(DEFAULT_START_WINDOW_MINUTES);
        Numbers {
            covered: self.covered || self.ideal,
            by_plan: self.by_plan || self.ideal,
            paths: self.paths,
            scheduled: if self.ideal { Some(SignedDuration::ZERO) } else { self.sum.interval(schedules, pick) },
            retention: if self.ideal { Some(FOREVER) } else { self.sum.retention },
            daily,
            monthly,
            copied: if self.ideal { self.copied.ideal() } else { self.copied },
            grace: grace.unwrap_or_else(|| self.window.unwrap_or(default)),
        }
    }
}

#[derive(Clone, Debug)]
struct Numbers {
    covered: bool,
    by_plan: bool,
    paths: BTreeSet<String>,
    scheduled: Option<SignedDuration>,
    retention: Option<SignedDuration>,
    daily: Option<SignedDuration>,
    monthly: Option<SignedDuration>,
    copied: Copied,
    grace: SignedDuration,
}

impl Numbers {
    const fn measure(&self) -> Measure {
        (self.scheduled, self.retention)
    }

    /// What the best has and this has not, in its poorest form.
    fn but_present(&self, best: &Self) -> Self {
        Self {
            scheduled: self.scheduled.or(best.scheduled.map(|_| FOREVER)),
            retention: self.retention.or(best.retention.map(|_| SignedDuration::ZERO)),
            daily: self.daily.or(best.daily.map(|_| SignedDuration::ZERO)),
            monthly: self.monthly.or(best.monthly.map(|_| SignedDuration::ZERO)),
            grace: self.grace,
            ..best.clone()
        }
    }

    fn into_protection(
        self,
        evidence: &Evidence,
        places: &Places,
        (further, immutable, terms): (&Further, &Fact<bool>, &Terms<'_>),
    ) -> Protection {
        let grace = self.grace;
        let less = |age: Option<SignedDuration>| {
            Fact::from_option(age.map(|age| age.saturating_sub(grace).max(SignedDuration::ZERO)))
        };
        Protection {
            covered: Fact::known(self.covered),
            paths: Fact::known(self.paths.into_iter().collect()),
            by_backup_plan: Fact::known(self.by_plan),
            scheduled_rpo: Fact::from_option(self.scheduled).at(places.schedule.clone()),
            retention: Fact::from_option(self.retention).at(places.retention.clone().and_then(|(_, at)| at)),
            daily_retention: Fact::from_option(self.daily).at(places.schedule.clone()),
            monthly_retention: Fact::from_option(self.monthly).at(places.schedule.clone()),
            copied_to_recovery_region: Fact::known(self.copied.to_recovery_region).at(places.copy.clone()),
            copy_regions: Fact::known(self.copied.regions.into_iter().collect()),
            copied_to_recovery_account: Fact::known(self.copied.to_recovery_account).at(places.copy.clone()),
            copy_accounts: Fact::known(self.copied.accounts.into_iter().collect()),
            lies_in: Fact::known(further.places()),
            immutable: immutable.clone(),
            air_gapped: further.air_gapped(),
            continuous: further.continuous(),
            continuous_supported: terms.continuous_supported.clone(),
            opted_in: terms.opted_in.clone(),
            paid_twice: terms.needless.as_ref().map(|paths| !paths.is_empty()),
            needless_paths: terms.needless.clone(),
            recovery_points: Fact::known(evidence.points),
            newest_age: Fact::from_option(evidence.newest),
            newest_copy_age: Fact::from_option(evidence.newest_copy),
            newest_account_copy_age: Fact::from_option(evidence.newest_account_copy),
            grace: Fact::known(grace),
            newest_age_less_grace: less(evidence.newest),
            newest_copy_age_less_grace: less(evidence.newest_copy),
            newest_account_copy_age_less_grace: less(evidence.newest_account_copy),
        }
    }
}
