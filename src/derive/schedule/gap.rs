//! The longest time between two consecutive runs of several schedules together.

use jiff::SignedDuration;

use super::cron::Cron;
use super::month::Month;
use super::{Schedule, Zone};

pub(super) const DAY: i64 = 24 * 60;
const WEEK: i64 = 7;
/// Days of 28 years without a century's exception: 1,461 weeks.
pub(super) const YEARS_28: i64 = 10_227;
/// Days of the Gregorian cycle of 400 years: 20,871 weeks.
pub(super) const YEARS_400: i64 = 146_097;
/// The year in which every walk over a cycle begins; 28 and 400 years later the calendar is the same again.
pub(super) const START: i16 = 2000;

/// The longest time between two consecutive runs of the union of these schedules, in local wall-clock time. None
/// where there is no schedule, or none that runs twice.
///
/// The answer does not depend on today's date, and it is the exact maximum over all time:
/// - Schedules whose weeks are all alike are walked for one week.
/// - Others are walked for the 28 years from 2000, as a circle. These hold each of the fourteen kinds of year (its
///   first weekday, leap or not) and each pair of kinds that can follow one another. If the longest gap found is
///   under 363 days, then no year is without a run, every gap lies within two neighbouring years (two days are left
///   for time zones), and so every gap that can ever occur was seen.
/// - If it is longer (29 February, a fifth Sunday in February), the whole Gregorian cycle of 400 years is walked, after
///   which dates and weekdays repeat.
///
/// A year field that reaches 2199, AWS's last year, without a hole counts as `*`. Schedules with other year fields run
/// for a time only, so they count only where there is no lasting one: then the time from their first run to their last
/// is judged.
///
/// A rate starts at a moment that nobody knows, so the worst start counts: no gap is longer than the rate, and one is
/// as long as the rate or as the gap of the others, whichever is less.
///
/// Schedules in different zones are put on one line by their zones' standard offsets ([`Zone::named`]).
pub fn longest_gap(schedules: &[(Schedule, Zone)]) -> Option<SignedDuration> {
    let rate = schedules
        .iter()
        .filter_map(|(schedule, _)| match schedule {
            Schedule::Rate { minutes } => Some(*minutes),
            Schedule::Cron(_) => None,
        })
        .min();
    let crons: Vec<(&Cron, Zone)> = schedules
        .iter()
        .filter_map(|(schedule, zone)| match schedule {
            Schedule::Cron(cron) => Some((cron, *zone)),
            Schedule::Rate { .. } => None,
        })
        .collect();
    let (lasting, passing): (Vec<_>, Vec<_>) = crons.into_iter().partition(|(cron, _)| cron.lasts());
    let gap = match (rate, lasting_gap(&lasting)) {
        (Some(rate), Some(gap)) => Some(rate.min(gap)),
        (Some(one), None) | (None, Some(one)) => Some(one),
        (None, None) => passing_gap(&passing),
    };
    gap.map(SignedDuration::from_mins)
}

fn lasting_gap(crons: &[(&Cron, Zone)]) -> Option<i64> {
    let weekly: Vec<_> = crons.iter().copied().filter(|(cron, _)| cron.weekly()).collect();
    // More runs never make a gap longer: what the weekly ones leave open is the most that all together can.
    let bound = if weekly.is_empty() { None } else { Walk::new(&weekly, START).circle(WEEK, None) };
    if weekly.len() == crons.len() {
        return bound;
    }
    let gap = Walk::new(crons, START).circle(YEARS_28, bound);
    match gap {
        Some(minutes) if minutes < 363 * DAY => gap,
        _ => Walk::new(crons, START).circle(YEARS_400, bound),
    }
}

fn passing_gap(crons: &[(&Cron, Zone)]) -> Option<i64> {
    let (first, days) = span(crons.iter().map(|(cron, _)| *cron))?;
    let mut walk = Walk::new(crons, first);
    walk.by_year = true;
    walk.line(days, None).gap()
}

/// The year to begin at and the days to walk for all runs of year fields that end. A year on both sides, since a zone may
/// move a run over New Year.
pub(super) fn span<'a>(crons: impl IntoIterator<Item = &'a Cron>) -> Option<(i16, i64)> {
    let years: Vec<u16> = crons.into_iter().flat_map(|cron| cron.years.iter().copied()).collect();
    let first = i16::try_from(*years.iter().min()?).ok()?;
    let last = i16::try_from(*years.iter().max()?).ok()?;
    Some((first - 1, i64::from(last - first + 3) * 366))
}

/// What a walk has seen; minutes from its start.
#[derive(Default)]
struct Seen {
    first: Option<i64>,
    last: Option<i64>,
    longest: i64,
}

impl Seen {
    /// The longest gap between two runs; none where fewer than two were seen.
    fn gap(&self) -> Option<i64> {
        (self.first != self.last).then_some(self.longest)
    }

    fn run(&mut self, minute: i64) {
        match self.last {
            Some(last) => self.longest = self.longest.max(minute - last),
            None => self.first = Some(minute),
        }
        self.last = Some(minute);
    }
}

/// A walk over days of UTC.
pub(super) struct Walk<'a> {
    crons: Vec<&'a Cron>,
    parts: Vec<Part>,
    year: i16,
    /// Whether year fields count.
    pub(super) by_year: bool,
}

/// The runs of one schedule's local day that fall on one day of UTC.
struct Part {
    /// Which schedule.
    cron: usize,
    /// How far the local day's mask is shifted in the history: 0 for the day after, 1 for the same, 2 for the day before.
    history: u32,
    /// Minutes of the day of UTC, ascending.
    minutes: Vec<i64>,
}

impl<'a> Walk<'a> {
    /// A walk that begins on 1 January of this year.
    pub(super) fn new(crons: &[(&'a Cron, Zone)], year: i16) -> Self {
        let mut parts = Vec::new();
        for (index, (cron, zone)) in crons.iter().enumerate() {
            let offset = i64::from(zone.standard_offset_minutes());
            let minutes = cron.minutes_of_day();
            // A local time is on the day of UTC before (-1), the same (0) or after (1).
            for (shift, history) in [(-1, 0), (0, 1), (1, 2)] {
                let minutes: Vec<i64> = minutes
                    .iter()
                    .map(|minute| minute - offset)
                    .filter(|minute| minute.div_euclid(DAY) == shift)
                    .map(|minute| minute.rem_euclid(DAY))
                    .collect();
                if !minutes.is_empty() {
                    parts.push(Part { cron: index, history, minutes });
                }
            }
        }
        Self { crons: crons.iter().map(|(cron, _)| *cron).collect(), parts, year, by_year: false }
    }

    /// Calls with each day's number and its minutes, ascending and once each, until the call says stop.
    pub(super) fn days(&self, count: i64, mut each: impl FnMut(i64, &[i64]) -> bool) {
        let mask_of = |month: Month| -> Vec<u32> {
            let mask = |cron: &&Cron| if self.by_year && !cron.in_year(month.year) { 0 } else { cron.days_of(month) };
            self.crons.iter().map(mask).collect()
        };
        // The day before the first one, and the first one; the loop then looks one day ahead.
        let Some(before) = Month::new(self.year - 1, 12) else { return };
        let mut history: Vec<u32> = mask_of(before).into_iter().map(|mask| mask >> 30 & 1).collect();
        let Some(mut month) = Month::new(self.year, 1) else { return };
        let mut masks = mask_of(month);
        let mut day = 0;
        let mut minutes = Vec::new();
        for number in -1..count {
            for (past, mask) in history.iter_mut().zip(&masks) {
                *past = (*past << 1 | (mask >> day & 1)) & 7;
            }
            day += 1;
            if day == month.length {
                let Some(next) = month.next() else { return };
                month = next;
                masks = mask_of(month);
                day = 0;
            }
            if number < 0 {
                continue;
            }
            minutes.clear();
            let mut parts = 0;
            for part in &self.parts {
                if history.get(part.cron).is_some_and(|past| past >> part.history & 1 == 1) {
                    minutes.extend_from_slice(&part.minutes);
                    parts += 1;
                }
            }
            if parts > 1 {
                minutes.sort_unstable();
                minutes.dedup();
            }
            if !minutes.is_empty() && !each(number, &minutes) {
                return;
            }
        }
    }

    fn line(&self, days: i64, bound: Option<i64>) -> Seen {
        let mut seen = Seen::default();
        self.days(days, |day, minutes| {
            for minute in minutes {
                seen.run(day * DAY + minute);
            }
            bound.is_none_or(|bound| seen.longest < bound)
        });
        seen
    }

    /// The longest gap where the days repeat for ever; none where nothing runs. Stops once the bound is reached.
    fn circle(&self, days: i64, bound: Option<i64>) -> Option<i64> {
        let seen = self.line(days, bound);
        let (first, last) = (seen.first?, seen.last?);
        if bound.is_some_and(|bound| seen.longest >= bound) {
            return bound;
        }
        Some(seen.longest.max(first + days * DAY - last))
    }
}
