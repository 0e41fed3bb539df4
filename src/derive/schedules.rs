//! The schedules of an estate, parsed once, and the longest gaps of their combinations, worked out once.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use jiff::SignedDuration;

use crate::model::fact::{Fact, Reasons, State};

use super::index::add_reasons;

use super::schedule::{self, Effect, Schedule, ScheduleError, Ties, Timed, Zone};

/// What runs on a schedule: the rules of one plan, or one declared path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// The plan of this number.
    Plan(usize),
    /// The external path of this number.
    External(usize),
}

/// Every schedule of an estate.
#[derive(Default)]
pub struct Schedules {
    parsed: HashMap<String, Result<Schedule, Reasons>>,
    timed: Vec<(Group, Timed)>,
    /// Runs of which the start window or the retention is not known, so that beside others it cannot be said which
    /// give way.
    unclear: BTreeMap<usize, Reasons>,
    gaps: Mutex<HashMap<Vec<usize>, Gap>>,
}

/// The longest time between two runs; none where nothing runs twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gap {
    /// Of the runs that certainly take place.
    pub worst: Option<SignedDuration>,
    /// Of those that may.
    pub best: Option<SignedDuration>,
    /// Why they differ.
    pub reasons: Option<Reasons>,
}

impl Schedules {
    /// The number of a run of this group. Fails if the schedule or its time zone cannot be read.
    pub fn add(
        &mut self,
        group: Group,
        text: &str,
        zone: Option<&str>,
        (start_window_minutes, retention_days): (i64, Option<i64>),
    ) -> Result<usize, Reasons> {
        let unread = |error: ScheduleError| Reasons::from(error.to_string());
        let parsed = self.parsed.entry(text.to_owned()).or_insert_with(|| Schedule::parse(text).map_err(unread));
        let schedule = parsed.clone()?;
        let zone = zone.map_or(Ok(Zone::UTC), Zone::named).map_err(unread)?;
        self.timed.push((group, Timed { schedule, zone, start_window_minutes, retention_days }));
        Ok(self.timed.len() - 1)
    }

    /// Says that the start window or the retention of a run was not known.
    pub fn doubt(&mut self, number: usize, reasons: &Reasons) {
        self.unclear.insert(number, reasons.clone());
    }

    /// The run of this number.
    pub fn get(&self, number: usize) -> Option<&Timed> {
        self.timed.get(number).map(|(_, timed)| timed)
    }

    /// The longest time between two of these runs; their numbers are sorted.
    pub fn gap(&self, numbers: &[usize]) -> Gap {
        if numbers.is_empty() {
            return Gap::default();
        }
        // A poisoned cache holds whole entries all the same: they are inserted in one step.
        let locked = || self.gaps.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gap) = locked().get(numbers) {
            return gap.clone();
        }
        let gap = self.work_out(numbers);
        locked().insert(numbers.to_vec(), gap.clone());
        gap
    }

    fn work_out(&self, numbers: &[usize]) -> Gap {
        let mut groups: BTreeMap<Group, (Vec<Timed>, Option<Reasons>)> = BTreeMap::new();
        for number in numbers {
            let Some((group, timed)) = self.timed.get(*number) else { continue };
            let (rules, doubt) = groups.entry(*group).or_default();
            rules.push(timed.clone());
            if let Some(reasons) = self.unclear.get(number) {
                add_reasons(doubt, reasons);
            }
        }
        // A rule that is alone gives way to none.
        let doubts = groups.values().filter(|(rules, _)| rules.len() > 1).filter_map(|(_, doubt)| doubt.clone());
        let doubt = doubts.reduce(|a, b| a.and(&b));
        let sure: Vec<bool> = groups.values().map(|(rules, doubt)| rules.len() == 1 || doubt.is_none()).collect();
        let plans: Vec<Vec<Timed>> = groups.into_values().map(|(rules, _)| rules).collect();
        let gap: Fact<SignedDuration> = doubt.map_or_else(|| schedule::effective_gap(&plans), Fact::unknown);
        match gap.state {
            State::Known(time) => Gap { worst: Some(time), best: Some(time), reasons: None },
            State::Absent => Gap::default(),
            State::Unknown(reasons) => {
                let plain = |timed: &Timed| (timed.schedule.clone(), timed.zone);
                let all: Vec<_> = plans.iter().flatten().map(plain).collect();
                let certain = plans.iter().zip(&sure).filter(|(_, sure)| **sure).flat_map(|(plan, _)| {
                    let effects = schedule::effective_rules(plan, Ties::LaterGivesWay);
                    plan.iter()
                        .zip(effects)
                        .filter(|(_, effect)| *effect == Effect::Runs)
                        .map(|(timed, _)| plain(timed))
                });
                let certain: Vec<_> = certain.collect();
                Gap {
                    worst: schedule::longest_gap(&certain),
                    best: schedule::longest_gap(&all),
                    reasons: Some(reasons),
                }
            }
        }
    }
}
