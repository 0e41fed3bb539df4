//! The shortest time between two consecutive runs of one schedule.

use jiff::SignedDuration;

use super::cron::Cron;
use super::gap::{DAY, START, Walk, YEARS_28, YEARS_400, span};
use super::{Schedule, Zone};

/// The shortest time between two consecutive runs, days counted as 24 hours. None where nothing runs twice.
///
/// As in [`super::longest_gap`], 28 years hold every pair of neighbouring years; a schedule that does not run in each of
/// them is walked for 400. A year field that ends is walked for its years.
pub fn shortest_gap(schedule: &Schedule) -> Option<SignedDuration> {
    let minutes = match schedule {
        Schedule::Rate { minutes } => Some(*minutes),
        Schedule::Cron(cron) if cron.lasts() => match circle(cron, YEARS_28) {
            Some(minutes) if minutes < 363 * DAY => Some(minutes),
            _ => circle(cron, YEARS_400),
        },
        Schedule::Cron(cron) => {
            let (first, days) = span([cron])?;
            let mut walk = Walk::new(&[(cron, Zone::UTC)], first);
            walk.by_year = true;
            line(&walk, days, cron).shortest
        }
    };
    minutes.map(SignedDuration::from_mins)
}

#[derive(Default)]
struct Seen {
    first: Option<i64>,
    last: Option<i64>,
    shortest: Option<i64>,
}

fn line(walk: &Walk<'_>, days: i64, cron: &Cron) -> Seen {
    let least = least(cron);
    let mut seen = Seen::default();
    walk.days(days, |day, minutes| {
        for minute in minutes {
            let run = day * DAY + minute;
            if let Some(last) = seen.last {
                seen.shortest = Some(seen.shortest.map_or(run - last, |shortest| shortest.min(run - last)));
            }
            seen.first.get_or_insert(run);
            seen.last = Some(run);
        }
        seen.shortest.is_none_or(|shortest| shortest > least)
    });
    seen
}

/// The least that it can be: between two runs of one day, or over midnight.
fn least(cron: &Cron) -> i64 {
    let minutes = cron.minutes_of_day();
    let inside = minutes.iter().zip(minutes.iter().skip(1)).map(|(one, next)| next - one).min();
    let over_midnight = minutes.first().zip(minutes.last()).map_or(DAY, |(first, last)| first + DAY - last);
    inside.map_or(over_midnight, |inside| inside.min(over_midnight))
}

fn circle(cron: &Cron, days: i64) -> Option<i64> {
    let seen = line(&Walk::new(&[(cron, Zone::UTC)], START), days, cron);
    let over_the_end = seen.first? + days * DAY - seen.last?;
    Some(seen.shortest.map_or(over_the_end, |shortest| shortest.min(over_the_end)))
}
