//! What protection must further be: immutable, out of reach of its own account, kept in tiers, continuous.
//!
//! Each fact here is three-valued by itself, whatever else is known of the protection; only how long daily and monthly
//! backups are kept has a worst and a best case.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use crate::model::fact::{Fact, Reasons};
use crate::model::workload::{FOREVER, Objective};

use super::index::add_reasons;
use super::path::{Landing, Path, Place};
use super::schedules::Schedules;
use super::sum::{Pick, Sum};

const DAILY: SignedDuration = SignedDuration::from_hours(24);
/// The longest month.
const MONTHLY: SignedDuration = SignedDuration::from_hours(31 * 24);

/// Collects where backups come to lie.
#[derive(Clone, Debug, Default)]
pub struct Further {
    /// Each place's backups: those that are certainly made …
    certain: Vec<Sum>,
    /// … and those that may be.
    possible: Vec<Sum>,
    /// Those that nobody can delete, together.
    locked: Option<Sum>,
    may_be_locked: Option<Sum>,
    air_gapped: Vec<Fact<bool>>,
    continuous: Vec<Fact<bool>>,
    places: BTreeSet<String>,
    reasons: Option<Reasons>,
    /// Where the first place that is not immutable is named.
    at: Place,
}

/// How often backups are made, and how long they are kept; none where there are none.
pub type Measure = (Option<SignedDuration>, Option<SignedDuration>);

impl Further {
    /// Adds a path.
    pub fn path(&mut self, path: &Path) {
        self.continuous.push(Fact { at: path.at.clone(), ..Fact::all([path.holds.clone(), path.runs.continuous()]) });
    }

    /// Adds a place in which backups lie.
    pub fn land(&mut self, landing: &Landing) {
        let Landing { holds, runs, retention, resting, at } = landing;
        if holds.is_false() {
            return;
        }
        self.places.insert(resting.describe());
        let air_gapped = Fact::all([holds.clone(), resting.beyond_reach()]);
        self.air_gapped.push(Fact { at: at.clone(), ..air_gapped });
        let immutable = Fact::all([holds.clone(), resting.immutable.clone()]);
        for reasons in [immutable.reasons(), retention.reasons()].into_iter().flatten() {
            add_reasons(&mut self.reasons, reasons);
        }
        if !immutable.is_true() {
            self.at = self.at.take().or_else(|| at.clone());
        }
        let mut possible = Sum::default();
        possible.add_possible(runs, retention);
        self.possible.push(possible);
        if holds.is_true() {
            let mut certain = Sum::default();
            certain.add_certain(runs, retention);
            self.certain.push(certain);
        }
        if immutable.is_true() {
            self.locked.get_or_insert_default().add_certain(runs, retention);
        }
        if !immutable.is_false() {
            self.may_be_locked.get_or_insert_default().add_possible(runs, retention);
        }
    }

    /// Everything that the workload could wish for may exist unseen.
    pub fn may_be_ideal(&mut self, reasons: &Reasons) {
        self.air_gapped.push(Fact::unknown(reasons.clone()));
        self.continuous.push(Fact::unknown(reasons.clone()));
        add_reasons(&mut self.reasons, reasons);
    }

    /// Point-in-time restore that the service has by itself and that is not read.
    pub fn may_be_continuous(&mut self, reasons: impl Into<Reasons>) {
        self.continuous.push(Fact::unknown(reasons));
    }

    /// Whether a copy lies in a logically air-gapped vault that other accounts can reach.
    pub fn air_gapped(&self) -> Fact<bool> {
        Fact::any(self.air_gapped.iter().cloned())
    }

    /// Whether a path restores to any point in time.
    pub fn continuous(&self) -> Fact<bool> {
        Fact::any(self.continuous.iter().cloned())
    }

    /// The places, for people.
    pub fn places(&self) -> Vec<String> {
        self.places.iter().cloned().collect()
    }

    /// The longest retention of backups that are made at least daily, and at least monthly, in one place: each on its
    /// own, since two weekly rules make no daily tier.
    pub fn tiers(&self, schedules: &Schedules, ideal: bool, (certain, pick): (bool, Pick)) -> Measure {
        if ideal {
            return (Some(FOREVER), Some(FOREVER));
        }
        let sums = if certain { &self.certain } else { &self.possible };
        let kept = |most: SignedDuration| {
            let often = |sum: &&Sum| sum.interval(schedules, pick).is_some_and(|time| time <= most);
            sums.iter().filter(often).filter_map(|sum| sum.retention).max()
        };
        (kept(DAILY), kept(MONTHLY))
    }

    /// Whether the backups that nobody can delete are as frequent and as long kept as one of the objectives asks, or as
    /// frequent and as long kept as any backup of the workload: that all of them are too few is another finding.
    ///
    /// `worst` and `best` measure all backups.
    pub fn immutable(
        &self,
        schedules: &Schedules,
        objectives: (&[&Objective], Option<&Reasons>),
        (worst, best, ideal): (Measure, Measure, bool),
    ) -> Fact<bool> {
        let (objectives, doubt) = objectives;
        let measure =
            |sum: &Option<Sum>, pick: Pick| sum.as_ref().map(|sum| (sum.interval(schedules, pick), sum.retention));
        let certain = measure(&self.locked, |gap| gap.worst);
        let possible = if ideal {
            Some((Some(SignedDuration::ZERO), Some(FOREVER)))
        } else {
            measure(&self.may_be_locked, |gap| gap.best)
        };
        // Only tiers that ask for it matter, unless none does.
        let asking: Vec<&Objective> = objectives.iter().copied().filter(|one| one.immutable.is_true()).collect();
        let asking = if asking.is_empty() { objectives } else { &asking };
        let state = if asking.iter().all(|one| enough(certain, best, one)) {
            Fact::known(true)
        } else if !asking.iter().any(|one| enough(possible, worst, one)) {
            Fact::known(false)
        } else {
            let mut reasons = self.reasons.clone();
            for sum in [&self.locked, &self.may_be_locked].into_iter().flatten() {
                if let Some(more) = sum.reasons(schedules) {
                    add_reasons(&mut reasons, &more);
                }
            }
            if let Some(more) = doubt {
                add_reasons(&mut reasons, more);
            }
            Fact::unknown(reasons.unwrap_or_else(|| "what else backs it up is not known".into()))
        };
        state.at(self.at.clone())
    }
}

fn enough(locked: Option<Measure>, all: Measure, objective: &Objective) -> bool {
    let Some((interval, kept)) = locked else { return false };
    let allowed = objective.rpo.value().copied().unwrap_or(FOREVER).max(all.0.unwrap_or(FOREVER));
    let asked = objective.retention.value().copied().unwrap_or_default().min(all.1.unwrap_or_default());
    interval.unwrap_or(FOREVER) <= allowed && kept.unwrap_or_default() >= asked
}
