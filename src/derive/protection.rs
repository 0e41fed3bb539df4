//! A workload's protection, drawn up twice: for what is certain and for what is possible.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;

use crate::model::attribute::Ranged;
use crate::model::fact::{Fact, Reasons};
use crate::model::position::Position;
use crate::model::workload::{FOREVER, Protection};

use super::evidence::{Evidence, Seen};
use super::index::add_reasons;
use super::schedule::DEFAULT_START_WINDOW_MINUTES;
use super::schedules::{Gap, Schedules};

/// One path that keeps history, or that copies.
#[derive(Clone, Debug)]
pub struct Path {
    /// Whether it covers the workload: false for one that does not, unknown for one that may.
    pub holds: Fact<bool>,
    /// What people call it.
    pub label: String,
    /// Whether AWS Backup selects the workload.
    pub by_plan: bool,
    /// How often it runs.
    pub runs: Runs,
    /// How long it keeps what it writes.
    pub retention: Fact<SignedDuration>,
    /// What a healthy run may add before a recovery point shows; absent for what does not start within a window.
    pub window: Fact<SignedDuration>,
    /// Where its schedule, or else the path itself, is written.
    pub at: Place,
}

/// A place in a file, if there is one.
pub type Place = Option<Arc<Position>>;

/// How often a path runs.
#[derive(Clone, Debug)]
pub enum Runs {
    /// By the schedule of this number; `lag` is that of continuous backup, absent where it makes none.
    Scheduled(Result<usize, Reasons>, Fact<SignedDuration>),
    /// At least this often.
    Every(SignedDuration),
}

/// A copy, replica or native copy.
#[derive(Clone, Debug)]
pub struct Copy {
    /// Whether it is made.
    pub holds: Fact<bool>,
    /// Where it leads.
    pub region: Fact<String>,
    /// Whether that outlives the loss of the workload's Region.
    pub recovers: Fact<bool>,
    /// Where its destination is written.
    pub at: Place,
}

#[derive(Clone, Debug, Default)]
struct Draft {
    covered: bool,
    by_plan: bool,
    paths: BTreeSet<String>,
    schedules: BTreeSet<usize>,
    /// The shortest interval that is not worked out from schedules.
    every: Option<SignedDuration>,
    retention: Option<SignedDuration>,
    window: Option<SignedDuration>,
    copied: bool,
    copy_regions: BTreeSet<String>,
    ideal: bool,
}

/// Collects paths and copies.
#[derive(Clone, Debug, Default)]
pub struct Drafts {
    worst: Draft,
    best: Draft,
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
            self.worst.retain(path.retention.value());
            self.worst.open(path.window.value());
            match &path.runs {
                Runs::Every(time) => self.worst.run_every(*time),
                Runs::Scheduled(number, lag) => {
                    self.worst.schedules.extend(number.as_ref().ok());
                    if let Some(lag) = lag.value() {
                        self.worst.run_every(*lag);
                    }
                    if number.is_err() {
                        self.worst.run_every(FOREVER);
                    }
                }
            }
        }
        self.best.add(path);
        let forever = path.retention.is_unknown().then_some(&FOREVER);
        self.best.retain(path.retention.value().or(forever));
        let default = SignedDuration::from_mins(DEFAULT_START_WINDOW_MINUTES);
        let default = path.window.is_unknown().then_some(&default);
        self.best.open(path.window.value().or(default));
        match &path.runs {
            Runs::Every(time) => self.best.run_every(*time),
            Runs::Scheduled(number, lag) => {
                self.doubt(number.as_ref().err());
                self.doubt(lag.reasons());
                self.best.schedules.extend(number.as_ref().ok());
                if let Some(lag) = lag.value() {
                    self.best.run_every(*lag);
                }
                if number.is_err() || lag.is_unknown() {
                    self.best.run_every(SignedDuration::ZERO);
                }
            }
        }
    }

    /// Adds a copy.
    pub fn copy(&mut self, copy: &Copy) {
        if !copy.holds.is_false() {
            self.places.copy = self.places.copy.take().or_else(|| copy.at.clone());
        }
        let holds = Fact::all([copy.holds.clone(), copy.recovers.clone()]);
        self.doubt(holds.reasons());
        self.worst.copied |= holds.is_true();
        self.best.copied |= !holds.is_false();
        // A template may not know its Region, and yet that a copy stays in it.
        let own = copy.recovers.is_false().then(|| "its own Region".to_owned());
        if let Some(region) = copy.region.value().or(own.as_ref()) {
            if copy.holds.is_true() {
                self.worst.copy_regions.insert(region.clone());
            }
            if !copy.holds.is_false() {
                self.best.copy_regions.insert(region.clone());
            }
        }
    }

    /// Everything that the workload could wish for may exist unseen.
    pub fn may_be_ideal(&mut self, reasons: &Reasons) {
        self.best.ideal = true;
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
    pub fn finish(
        mut self,
        schedules: &Schedules,
        evidence: &Seen,
        grace: Option<SignedDuration>,
    ) -> Ranged<Protection> {
        self.doubt(evidence.reasons.as_ref());
        for draft in [&self.worst, &self.best] {
            let numbers: Vec<usize> = draft.schedules.iter().copied().collect();
            if let Some(reasons) = schedules.gap(&numbers).reasons {
                add_reasons(&mut self.reasons, &reasons);
            }
        }
        let worst = self.worst.finish(schedules, grace, |gap| gap.worst);
        let best = self.best.finish(schedules, grace, |gap| gap.best);
        let copied = worst.but_present(&best);
        let alone = Numbers { copied: worst.copied, copy_regions: worst.copy_regions.clone(), ..copied.clone() };
        let mut found = vec![evidence.worst.clone(), evidence.worst.but_present(&evidence.best), evidence.best.clone()];
        found.dedup();
        let mut versions = Vec::new();
        for numbers in [worst, alone, copied, best] {
            for evidence in &found {
                let version = numbers.clone().into_protection(evidence, &self.places);
                if !versions.contains(&version) {
                    versions.push(version);
                }
            }
        }
        let several = versions.len() > 1;
        Ranged { versions, reasons: self.reasons.filter(|_| several) }
    }
}

impl Draft {
    fn add(&mut self, path: &Path) {
        self.covered = true;
        self.by_plan |= path.by_plan;
        self.paths.insert(path.label.clone());
    }

    fn run_every(&mut self, time: SignedDuration) {
        super::evidence::younger(&mut self.every, time);
    }

    fn retain(&mut self, time: Option<&SignedDuration>) {
        self.retention = self.retention.into_iter().chain(time.copied()).max();
    }

    fn open(&mut self, window: Option<&SignedDuration>) {
        self.window = self.window.into_iter().chain(window.copied()).max();
    }

    fn finish(
        self,
        schedules: &Schedules,
        grace: Option<SignedDuration>,
        pick: fn(Gap) -> Option<SignedDuration>,
    ) -> Numbers {
        let numbers: Vec<usize> = self.schedules.into_iter().collect();
        // A schedule without a second run leaves an endless gap; nothing scheduled leaves none at all.
        let gap = pick(schedules.gap(&numbers)).or((!numbers.is_empty()).then_some(FOREVER));
        let scheduled = gap.into_iter().chain(self.every).min();
        let default = SignedDuration::from_mins(DEFAULT_START_WINDOW_MINUTES);
        let grace = grace.unwrap_or_else(|| self.window.unwrap_or(default));
        if self.ideal {
            return Numbers {
                covered: true,
                by_plan: true,
                paths: self.paths,
                scheduled: Some(SignedDuration::ZERO),
                retention: Some(FOREVER),
                copied: true,
                copy_regions: self.copy_regions,
                grace,
            };
        }
        Numbers {
            covered: self.covered,
            by_plan: self.by_plan,
            paths: self.paths,
            scheduled,
            retention: self.retention,
            copied: self.copied,
            copy_regions: self.copy_regions,
            grace,
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
    copied: bool,
    copy_regions: BTreeSet<String>,
    grace: SignedDuration,
}

impl Numbers {
    /// What the best has and this has not, in its poorest form.
    fn but_present(&self, best: &Self) -> Self {
        Self {
            scheduled: self.scheduled.or(best.scheduled.map(|_| FOREVER)),
            retention: self.retention.or(best.retention.map(|_| SignedDuration::ZERO)),
            grace: self.grace,
            ..best.clone()
        }
    }

    fn into_protection(self, evidence: &Evidence, places: &Places) -> Protection {
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
            copied_to_recovery_region: Fact::known(self.copied).at(places.copy.clone()),
            copy_regions: Fact::known(self.copy_regions.into_iter().collect()),
            recovery_points: Fact::known(evidence.points),
            newest_age: Fact::from_option(evidence.newest),
            newest_copy_age: Fact::from_option(evidence.newest_copy),
            grace: Fact::known(grace),
            newest_age_less_grace: less(evidence.newest),
            newest_copy_age_less_grace: less(evidence.newest_copy),
        }
    }
}
