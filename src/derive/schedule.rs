//! When backups run, and the longest time between two of them.
//!
//! The syntax is that of "Cron expressions reference" and "Rate expressions" in the Amazon EventBridge User Guide,
//! which AWS Backup uses for `ScheduleExpression` (`BackupRule` in the AWS Backup API Reference). Where that page
//! leaves a case open (ranges that wrap, `L`, `W` or `#` inside a list) the expression is refused, so that nothing is
//! judged by a guess.
//!
//! Times are local wall-clock times and every day has 24 hours: a daily schedule has a gap of exactly 24 hours in
//! every time zone, whatever daylight saving does.

mod cron;
mod effective;
mod gap;
mod month;
mod overlap;
mod parse;
mod shortest;

#[cfg(test)]
mod tests;

use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;
use thiserror::Error;

pub use cron::Cron;
pub use effective::effective_gap;
pub use gap::longest_gap;
pub use overlap::{Effect, Overlap, Ties, Timed, effective_rules, overlap, tied};
pub use shortest::shortest_gap;

/// The schedule of a plan rule that names none. Source: `ScheduleExpression` of `BackupRule` in the AWS Backup API
/// Reference.
pub const DEFAULT_SCHEDULE: &str = "cron(0 5 ? * * *)";

/// The time zone of a plan rule that names none. Source: `ScheduleExpressionTimezone` of `BackupRule`.
pub const DEFAULT_TIMEZONE: &str = "UTC";

/// Minutes within which a job must start where the rule says nothing: 8 hours. Source: `StartWindowMinutes` of
/// `BackupRule`, and "Backup plan options and configuration" in the AWS Backup Developer Guide.
pub const DEFAULT_START_WINDOW_MINUTES: i64 = 480;

/// Minutes after which a running job is cancelled where the rule says nothing: 7 days. Source: "Backup plan options
/// and configuration" in the AWS Backup Developer Guide.
pub const DEFAULT_COMPLETION_WINDOW_MINUTES: i64 = 10_080;

/// When a plan rule runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Schedule {
    /// `cron(…)`: at times of the calendar.
    Cron(Cron),
    /// `rate(…)`: every so many minutes from a start that nobody knows.
    Rate {
        /// The minutes between two runs; at least 1.
        minutes: i64,
    },
}

/// Why a schedule or time zone could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{field} `{text}` of the schedule is not valid: {why}")]
pub struct ScheduleError {
    /// The field at fault: `expression`, `minutes`, `hours`, `day of month`, `month`, `day of week`, `year`, `rate`,
    /// `time zone`.
    pub field: &'static str,
    /// The field as written.
    pub text: String,
    /// What is wrong with it, as a phrase.
    pub why: String,
}

impl ScheduleError {
    /// What the reader can do about it, without a full stop.
    pub fn help(&self) -> &'static str {
        match self.field {
            "rate" => "write a rate as `rate(12 hours)` or `rate(1 day)`",
            "time zone" => "name a time zone of the IANA database, such as `Europe/Berlin`",
            _ => {
                "write six fields, `cron(minutes hours day-of-month month day-of-week year)`, such as `cron(0 5 ? * * *)`"
            }
        }
    }
}

impl Schedule {
    /// Reads `cron(…)` or `rate(…)`.
    ///
    /// # Errors
    /// Names the field that AWS would refuse, or whose meaning AWS's documentation leaves open.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        parse::schedule(text)
    }

    /// The runs from this local time on, in order, the time itself included. A rate has no known start, so it
    /// gives none.
    pub fn runs(&self, from: DateTime) -> impl Iterator<Item = DateTime> + '_ {
        let cron = match self {
            Self::Cron(cron) => Some(cron),
            Self::Rate { .. } => None,
        };
        cron.into_iter().flat_map(move |cron| cron.runs(from))
    }
}

/// A time zone, as far as schedules need it: its standard offset from UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Zone {
    /// Minutes east of UTC.
    offset: i32,
}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self { offset: 0 };

    /// The zone of this IANA name. Its standard offset is the smaller one of 1 January and 1 July 2026, so that
    /// it depends neither on the day of the audit nor on how the database words daylight saving.
    ///
    /// # Errors
    /// Where the database (which is part of the program) has no zone of this name.
    pub fn named(name: &str) -> Result<Self, ScheduleError> {
        let wrong = |why: &str| ScheduleError { field: "time zone", text: name.to_owned(), why: why.to_owned() };
        let zone = TimeZone::get(name).map_err(|_| wrong("there is no time zone of this name"))?;
        let offset = |month| {
            let noon = date(2026, month, 1).at(12, 0, 0, 0);
            zone.to_timestamp(noon).map(|time| zone.to_offset(time).seconds() / 60)
        };
        match (offset(1), offset(7)) {
            (Ok(january), Ok(july)) => Ok(Self { offset: january.min(july) }),
            _ => Err(wrong("its offset cannot be told")),
        }
    }

    /// Minutes east of UTC, without daylight saving.
    pub const fn standard_offset_minutes(self) -> i32 {
        self.offset
    }
}
