//! How often some paths run together, and how long they keep.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use crate::model::fact::{Fact, Reasons};
use crate::model::workload::FOREVER;

use super::evidence::younger;
use super::path::Runs;
use super::schedules::{Gap, Schedules};

/// Which of the two gaps of schedules counts: that of certain runs, or that of possible ones.
pub type Pick = fn(Gap) -> Option<SignedDuration>;

/// The sum of paths, either of what is certain of them or of what is possible.
#[derive(Clone, Debug, Default)]
pub struct Sum {
    schedules: BTreeSet<usize>,
    /// The shortest interval that is not worked out from schedules.
    every: Option<SignedDuration>,
    /// The longest retention; none without one that is known.
    pub retention: Option<SignedDuration>,
}

impl Sum {
    /// Adds what is certain of a path that certainly runs.
    pub fn add_certain(&mut self, runs: &Runs, retention: &Fact<SignedDuration>) {
        self.retain(retention.value().copied());
        match runs {
            Runs::Every(time) => younger(&mut self.every, *time),
            Runs::Scheduled(number, lag) => {
                self.schedules.extend(number.as_ref().ok());
                if let Some(lag) = lag.value() {
                    younger(&mut self.every, *lag);
                }
                if number.is_err() {
                    younger(&mut self.every, FOREVER);
                }
            }
        }
    }

    /// Adds what is possible of a path that may run.
    pub fn add_possible(&mut self, runs: &Runs, retention: &Fact<SignedDuration>) {
        self.retain(retention.value().copied().or(retention.is_unknown().then_some(FOREVER)));
        match runs {
            Runs::Every(time) => younger(&mut self.every, *time),
            Runs::Scheduled(number, lag) => {
                self.schedules.extend(number.as_ref().ok());
                if let Some(lag) = lag.value() {
                    younger(&mut self.every, *lag);
                }
                if number.is_err() || lag.is_unknown() {
                    younger(&mut self.every, SignedDuration::ZERO);
                }
            }
        }
    }

    fn retain(&mut self, time: Option<SignedDuration>) {
        self.retention = self.retention.into_iter().chain(time).max();
    }

    fn numbers(&self) -> Vec<usize> {
        self.schedules.iter().copied().collect()
    }

    /// The longest time between two runs; none where nothing runs.
    pub fn interval(&self, schedules: &Schedules, pick: Pick) -> Option<SignedDuration> {
        let numbers = self.numbers();
        // A schedule without a second run leaves an endless gap; nothing scheduled leaves none at all.
        let gap = pick(schedules.gap(&numbers)).or((!numbers.is_empty()).then_some(FOREVER));
        gap.into_iter().chain(self.every).min()
    }

    /// Why certain and possible runs of the same schedules differ.
    pub fn reasons(&self, schedules: &Schedules) -> Option<Reasons> {
        schedules.gap(&self.numbers()).reasons
    }
}
