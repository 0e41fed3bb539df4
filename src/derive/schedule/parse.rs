//! Reads `cron(…)` and `rate(…)`.

use super::cron::{Cron, Days, FIRST_YEAR, LAST_YEAR};
use super::{Schedule, ScheduleError};

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// A field: its name, bounds, and names for numbers (the first name stands for the lower bound).
struct Field {
    name: &'static str,
    low: u16,
    high: u16,
    names: &'static [&'static str],
}

const MINUTE: Field = Field { name: "minutes", low: 0, high: 59, names: &[] };
const HOUR: Field = Field { name: "hours", low: 0, high: 23, names: &[] };
const DAY_OF_MONTH: Field = Field { name: "day of month", low: 1, high: 31, names: &[] };
const MONTH: Field = Field { name: "month", low: 1, high: 12, names: &MONTHS };
const DAY_OF_WEEK: Field = Field { name: "day of week", low: 1, high: 7, names: &WEEKDAYS };
const YEAR: Field = Field { name: "year", low: FIRST_YEAR.unsigned_abs(), high: LAST_YEAR.unsigned_abs(), names: &[] };

pub(super) fn schedule(text: &str) -> Result<Schedule, ScheduleError> {
    let trimmed = text.trim();
    let inner = |prefix: &str| trimmed.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(')'));
    if let Some(fields) = inner("cron(") {
        cron(fields).map(Schedule::Cron)
    } else if let Some(rate_text) = inner("rate(") {
        rate(rate_text).map(|minutes| Schedule::Rate { minutes })
    } else {
        Err(error("expression", text, "it is neither `cron(…)` nor `rate(…)`"))
    }
}

fn error(field: &'static str, text: &str, why: impl Into<String>) -> ScheduleError {
    ScheduleError { field, text: text.to_owned(), why: why.into() }
}

/// Minutes between two runs. AWS asks for the singular unit after 1 and for the plural after any other number.
fn rate(text: &str) -> Result<i64, ScheduleError> {
    let mut words = text.split_whitespace();
    let (Some(number), Some(unit), None) = (words.next(), words.next(), words.next()) else {
        return Err(error("rate", text, "it is not a number and a unit"));
    };
    let count: i64 = match number.parse() {
        Ok(count) if count > 0 && number.bytes().all(|byte| byte.is_ascii_digit()) => count,
        _ => return Err(error("rate", text, "the number is not a positive integer")),
    };
    let minutes = match (unit, count) {
        ("minute", 1) | ("minutes", 2..) => 1,
        ("hour", 1) | ("hours", 2..) => 60,
        ("day", 1) | ("days", 2..) => 24 * 60,
        ("minute" | "hour" | "day", _) => return Err(error("rate", text, "the unit must be plural")),
        ("minutes" | "hours" | "days", _) => return Err(error("rate", text, "the unit must be singular after 1")),
        _ => return Err(error("rate", text, "the unit is not minutes, hours or days")),
    };
    // Longer than the calendar that AWS knows is no schedule; the bound also keeps sums from overflowing.
    count
        .checked_mul(minutes)
        .filter(|&all| all <= 400 * 366 * 24 * 60)
        .ok_or_else(|| error("rate", text, "it is longer than 400 years"))
}

fn cron(text: &str) -> Result<Cron, ScheduleError> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let &[minutes, hours, day_of_month, months, day_of_week, years] = fields.as_slice() else {
        return Err(error("expression", text, format!("it has {} fields in place of six", fields.len())));
    };
    Ok(Cron {
        minutes: MINUTE.list(minutes)?,
        hours: HOUR.list(hours)?,
        days: days(day_of_month, day_of_week)?,
        months: MONTH.list(months)?,
        years: YEAR.list(years)?,
    })
}

/// One of the two day fields is `?`, as AWS demands.
fn days(of_month: &str, of_week: &str) -> Result<Days, ScheduleError> {
    match (of_month, of_week) {
        ("?", "?") => Err(error(DAY_OF_WEEK.name, of_week, "only one of the two day fields may be `?`")),
        ("?", _) => days_of_week(of_week),
        (_, "?") => days_of_month(of_month),
        _ => Err(error(DAY_OF_WEEK.name, of_week, "one of the two day fields must be `?`")),
    }
}

fn days_of_month(text: &str) -> Result<Days, ScheduleError> {
    let upper = text.to_ascii_uppercase();
    if upper == "L" {
        return Ok(Days::Last(0));
    }
    if upper == "LW" {
        return Ok(Days::LastWeekday);
    }
    if let Some(before) = upper.strip_prefix("L-") {
        let days = before.parse().ok().filter(|days| (1..=30).contains(days));
        return days.map(Days::Last).ok_or_else(|| error(DAY_OF_MONTH.name, text, "after `L-` stands 1 to 30"));
    }
    if let Some(day) = upper.strip_suffix('W') {
        return DAY_OF_MONTH.number(text, day).map(|day| Days::NearestWeekday(day.into()));
    }
    let mask = DAY_OF_MONTH.list(&upper)?.into_iter().fold(0, |mask, day| mask | 1_u32 << (day - 1));
    Ok(Days::OfMonth(mask))
}

fn days_of_week(text: &str) -> Result<Days, ScheduleError> {
    let upper = text.to_ascii_uppercase();
    let weekday = |number: u16| u32::from(number - 1);
    if upper == "L" {
        // The last day of the week.
        return Ok(Days::OfWeek(1 << 6));
    }
    if let Some(day) = upper.strip_suffix('L') {
        return DAY_OF_WEEK.number(text, day).map(|day| Days::LastOfWeek(weekday(day)));
    }
    if let Some((day, nth)) = upper.split_once('#') {
        let day = DAY_OF_WEEK.number(text, day)?;
        return match nth {
            "1" | "2" | "3" | "4" | "5" => {
                let nth = nth.parse().map_err(|_| error(DAY_OF_WEEK.name, text, "after `#` stands 1 to 5"))?;
                Ok(Days::NthOfWeek(weekday(day), nth))
            }
            _ => Err(error(DAY_OF_WEEK.name, text, "after `#` stands 1 to 5")),
        };
    }
    let mask = DAY_OF_WEEK.list(&upper)?.into_iter().fold(0, |mask, day| mask | 1_u32 << weekday(day));
    Ok(Days::OfWeek(mask))
}

impl Field {
    /// A list of numbers, ranges and steps as the set that it means, ascending.
    fn list(&self, text: &str) -> Result<Vec<u16>, ScheduleError> {
        let mut all = Vec::new();
        for item in text.split(',') {
            all.extend(self.item(text, item)?);
        }
        all.sort_unstable();
        all.dedup();
        Ok(all)
    }

    fn item(&self, text: &str, item: &str) -> Result<Vec<u16>, ScheduleError> {
        let (span, step) = match item.split_once('/') {
            Some((span, step)) => (span, Some(self.step(text, step)?)),
            None => (item, None),
        };
        let (low, high) = if span == "*" {
            (self.low, self.high)
        } else if let Some((low, high)) = span.split_once('-') {
            (self.number(text, low)?, self.number(text, high)?)
        } else {
            let start = self.number(text, span)?;
            (start, if step.is_some() { self.high } else { start })
        };
        if low > high {
            let why = "the range ends before it begins; AWS does not say that ranges wrap, so write two ranges";
            return Err(error(self.name, text, why));
        }
        Ok((low..=high).step_by(step.unwrap_or(1).into()).collect())
    }

    fn step(&self, text: &str, step: &str) -> Result<u16, ScheduleError> {
        match step.parse() {
            Ok(step) if step > 0 && step <= self.high => Ok(step),
            _ => Err(error(self.name, text, format!("a step is 1 to {}", self.high))),
        }
    }

    /// A number or a name.
    fn number(&self, text: &str, word: &str) -> Result<u16, ScheduleError> {
        let named = (self.low..).zip(self.names).find(|(_, name)| name.eq_ignore_ascii_case(word));
        if let Some((number, _)) = named {
            return Ok(number);
        }
        let digits = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
        match word.parse() {
            Ok(number) if digits && (self.low..=self.high).contains(&number) => Ok(number),
            _ if digits => Err(error(self.name, text, format!("`{word}` is not {} to {}", self.low, self.high))),
            _ => Err(error(self.name, text, format!("`{word}` is not a value that AWS knows here"))),
        }
    }
}
