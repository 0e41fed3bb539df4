//! The schedules of an estate, parsed once, and the longest gaps of their combinations, worked out once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::SignedDuration;

use crate::model::fact::Reasons;

use super::schedule::{Schedule, Zone};

/// Every schedule of an estate.
#[derive(Default)]
pub struct Schedules {
    known: HashMap<(String, Option<String>), Result<usize, Reasons>>,
    parsed: Vec<(Schedule, Zone)>,
    gaps: Mutex<HashMap<Vec<usize>, Option<SignedDuration>>>,
}

impl Schedules {
    /// The number of this schedule. Fails if it cannot be read.
    pub fn add(&mut self, text: &str, zone: Option<&str>) -> Result<usize, Reasons> {
        let key = (text.to_owned(), zone.map(str::to_owned));
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let number = self.parse(text, zone);
        self.known.insert(key, number.clone());
        number
    }

    fn parse(&mut self, text: &str, zone: Option<&str>) -> Result<usize, Reasons> {
        let unread = |error: super::schedule::ScheduleError| Reasons::from(error.to_string());
        let schedule = Schedule::parse(text).map_err(unread)?;
        let zone = zone.map_or(Ok(Zone::UTC), Zone::named).map_err(unread)?;
        self.parsed.push((schedule, zone));
        Ok(self.parsed.len() - 1)
    }

    /// The schedule of this number, and its time zone.
    pub fn get(&self, number: usize) -> Option<&(Schedule, Zone)> {
        self.parsed.get(number)
    }

    /// The longest time between two runs of all these schedules together; none where nothing ever runs twice.
    /// The numbers are sorted.
    pub fn longest_gap(&self, numbers: &[usize]) -> Option<SignedDuration> {
        if numbers.is_empty() {
            return None;
        }
        // A poisoned cache holds whole entries all the same: they are inserted in one step.
        let locked = || self.gaps.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gap) = locked().get(numbers) {
            return *gap;
        }
        let schedules: Vec<_> = numbers.iter().filter_map(|number| self.parsed.get(*number).cloned()).collect();
        let gap = super::schedule::longest_gap(&schedules);
        locked().insert(numbers.to_vec(), gap);
        gap
    }
}
