//! A parsed cron expression and the days and minutes that it runs at.

use jiff::civil::{DateTime, date};

use super::month::Month;

/// The first year that AWS's year field knows.
pub(super) const FIRST_YEAR: i16 = 1970;
/// The last one.
pub(super) const LAST_YEAR: i16 = 2199;

/// A cron expression: sets of minutes, hours, days, months and years.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cron {
    /// Minutes of the hour, ascending.
    pub(super) minutes: Vec<u16>,
    /// Hours of the day, ascending.
    pub(super) hours: Vec<u16>,
    /// The days of a month.
    pub(super) days: Days,
    /// Months of the year, from 1, ascending.
    pub(super) months: Vec<u16>,
    /// Years, ascending.
    pub(super) years: Vec<u16>,
}

/// Which days of a month.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Days {
    /// Days of the month, bit 0 for the first.
    OfMonth(u32),
    /// The last day (0), or so many days before it.
    Last(u32),
    /// The weekday nearest to this day, within the month; a month without this day is skipped.
    NearestWeekday(u32),
    /// The last Monday-to-Friday day.
    LastWeekday,
    /// Days of the week, bit 0 for Sunday.
    OfWeek(u32),
    /// The last one of this weekday (0 is Sunday).
    LastOfWeek(u32),
    /// The n-th of this weekday (0 is Sunday); a month without it is skipped.
    NthOfWeek(u32, u32),
}

impl Cron {
    /// The days of a month that it runs on, bit 0 for the first, whatever the year field says.
    pub(super) fn days_of(&self, month: Month) -> u32 {
        if !self.months.iter().any(|&number| i64::from(number) == i64::from(month.month)) {
            return 0;
        }
        match self.days {
            Days::OfMonth(days) => days & month.all(),
            Days::Last(before) if before < month.length => 1 << (month.length - 1 - before),
            Days::Last(_) => 0,
            Days::NearestWeekday(day) => month.nearest_weekday(day),
            Days::LastWeekday => month.nearest_weekday(month.length),
            Days::OfWeek(weekdays) => month.on(weekdays),
            Days::LastOfWeek(weekday) => {
                let days = month.on(1 << weekday);
                1 << (31 - days.leading_zeros())
            }
            Days::NthOfWeek(weekday, nth) => {
                let first = (weekday + 7 - month.first) % 7;
                1_u32.checked_shl(first + 7 * (nth - 1)).unwrap_or(0) & month.all()
            }
        }
    }

    /// Whether the year field lets it run in this year.
    pub(super) fn in_year(&self, year: i16) -> bool {
        u16::try_from(year).is_ok_and(|year| self.years.binary_search(&year).is_ok())
    }

    /// Whether it goes on for as long as AWS's calendar does, without a year left out: `*`, `2026-2199`, `2026/1`.
    /// The year that it starts in is no gap.
    pub(super) fn lasts(&self) -> bool {
        let (Some(&first), Some(&last)) = (self.years.first(), self.years.last()) else { return false };
        i64::from(last) == i64::from(LAST_YEAR) && usize::from(last - first) + 1 == self.years.len()
    }

    /// Whether each week is like every other.
    pub(super) fn weekly(&self) -> bool {
        self.months.len() == 12
            && match self.days {
                Days::OfWeek(_) => true,
                Days::OfMonth(days) => days == u32::MAX >> 1,
                _ => false,
            }
    }

    /// The minutes of a day that it runs on, ascending from midnight.
    pub(super) fn minutes_of_day(&self) -> Vec<i64> {
        self.hours
            .iter()
            .flat_map(|&hour| self.minutes.iter().map(move |&minute| i64::from(hour) * 60 + i64::from(minute)))
            .collect()
    }

    /// The runs from this local time on, the time itself included, in order.
    pub(super) fn runs(&self, from: DateTime) -> impl Iterator<Item = DateTime> + '_ {
        let start = if from.year() < FIRST_YEAR { date(FIRST_YEAR, 1, 1).at(0, 0, 0, 0) } else { from };
        let months = std::iter::successors(Month::new(start.year(), start.month()), |month| month.next())
            .take_while(|month| month.year <= LAST_YEAR);
        months
            .filter(move |month| self.in_year(month.year))
            .flat_map(move |month| {
                let days = self.days_of(month);
                (1..=31_i8)
                    .filter(move |day| days >> (day - 1) & 1 == 1)
                    .filter_map(move |day| jiff::civil::Date::new(month.year, month.month, day).ok())
            })
            .flat_map(move |day| {
                self.hours.iter().flat_map(move |&hour| {
                    self.minutes.iter().filter_map(move |&minute| {
                        Some(day.at(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0))
                    })
                })
            })
            .skip_while(move |time| *time < start)
    }
}
