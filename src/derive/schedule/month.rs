//! Months of the Gregorian calendar as bit masks of days.

use jiff::civil::Date;

/// One month: its length and the weekday that it starts on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Month {
    pub(super) year: i16,
    /// From 1.
    pub(super) month: i8,
    /// Days in it.
    pub(super) length: u32,
    /// The weekday of its first day; Sunday is 0.
    pub(super) first: u32,
}

impl Month {
    /// The month of this year; none outside the years that the calendar knows.
    pub(super) fn new(year: i16, month: i8) -> Option<Self> {
        let first = Date::new(year, month, 1).ok()?;
        let weekday = u32::try_from(first.weekday().to_sunday_zero_offset()).ok()?;
        let length = u32::try_from(first.days_in_month()).ok()?;
        Some(Self { year, month, length, first: weekday })
    }

    /// The month after this one.
    pub(super) fn next(self) -> Option<Self> {
        if self.month == 12 { Self::new(self.year + 1, 1) } else { Self::new(self.year, self.month + 1) }
    }

    /// The weekday of a day from 1; Sunday is 0.
    pub(super) const fn weekday(self, day: u32) -> u32 {
        (self.first + day + 6) % 7
    }

    /// All its days, bit 0 for the first.
    pub(super) const fn all(self) -> u32 {
        u32::MAX >> (32 - self.length)
    }

    /// The days that fall on the weekdays of this mask (bit 0 for Sunday).
    pub(super) fn on(self, weekdays: u32) -> u32 {
        // The week mask, turned so that bit 0 is the weekday of the first day, and repeated.
        let week = ((weekdays >> self.first) | (weekdays << (7 - self.first))) & 0x7f;
        (week | (week << 7) | (week << 14) | (week << 21) | (week << 28)) & self.all()
    }

    /// The weekday (Monday to Friday) nearest to a day, within the month; none where the month lacks the day.
    pub(super) const fn nearest_weekday(self, day: u32) -> u32 {
        if day == 0 || day > self.length {
            return 0;
        }
        let near = match (self.weekday(day), day) {
            (6, 1) => 3,
            (6, _) => day - 1,
            (0, _) if day == self.length => day - 2,
            (0, _) => day + 1,
            _ => day,
        };
        1 << (near - 1)
    }
}
