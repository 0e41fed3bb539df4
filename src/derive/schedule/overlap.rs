//! Rules of one plan whose start windows overlap.
//!
//! "Backup plan options and configuration" in the AWS Backup Developer Guide: where the time frames of two rules of a
//! plan overlap, AWS Backup takes the backup of the rule with the longer retention, and the whole start window counts.

use super::cron::Cron;
use super::gap::{DAY, START, Walk, YEARS_28};
use super::{Schedule, Zone};

/// The longest start window that the walk over 28 years can judge, in minutes.
const LONGEST_WINDOW: i64 = 363 * DAY;

/// A plan rule, as far as its start windows matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timed {
    /// When it runs.
    pub schedule: Schedule,
    /// The schedule's time zone.
    pub zone: Zone,
    /// Minutes after a run within which its job may start.
    pub start_window_minutes: i64,
    /// Days that its recovery points are kept; none keeps them for ever.
    pub retention_days: Option<i64>,
}

/// How often the runs of one rule fall into the start windows of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Overlap {
    /// No run's window overlaps one of the other rule.
    Never,
    /// Some do and some do not.
    Sometimes,
    /// Every run's window overlaps one of the other rule.
    Always,
}

/// What becomes of a rule beside the others of its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It runs as scheduled.
    Runs,
    /// Some of its runs give way to a rule with a longer retention.
    PartlyShadowed,
    /// Every run gives way to one rule with a longer retention.
    Shadowed,
    /// It cannot be told: a rate (nobody knows when it started), a year field that ends, a window longer than 363 days.
    Unclear,
}

/// How often the start windows of `rule`'s runs overlap those of `other`. A window is the time from the run up to, and
/// without, its end; windows that only touch do not overlap.
///
/// None where a rate or a passing year field leaves it open, and where a window is longer than 363 days (AWS allows
/// 100 years). Otherwise the 28 years that [`super::longest_gap`] explains hold every case.
pub fn overlap(rule: &Timed, other: &Timed) -> Option<Overlap> {
    let (Schedule::Cron(mine), Schedule::Cron(theirs)) = (&rule.schedule, &other.schedule) else { return None };
    if !mine.lasts() || !theirs.lasts() || rule.window() > LONGEST_WINDOW || other.window() > LONGEST_WINDOW {
        return None;
    }
    let short = rule.window() <= DAY && other.window() <= DAY;
    let days = if mine.weekly() && theirs.weekly() && short { 7 } else { YEARS_28 };
    let their_runs = runs(theirs, other.zone, days);
    let (mut hit, mut missed) = (false, false);
    Walk::new(&[(mine, rule.zone)], START).days(days, |day, minutes| {
        for minute in minutes {
            let found = falls_into(day * DAY + minute, rule.window(), &their_runs, other.window(), days * DAY);
            hit |= found;
            missed |= !found;
        }
        !(hit && missed)
    });
    match (hit, missed) {
        (true, true) => Some(Overlap::Sometimes),
        (true, false) => Some(Overlap::Always),
        // A rule that never runs overlaps nothing.
        (false, _) => Some(Overlap::Never),
    }
}

impl Timed {
    /// Minutes of the start window: at least the minute of the run, and at most a little more than can be judged.
    pub(super) fn window(&self) -> i64 {
        self.start_window_minutes.clamp(1, LONGEST_WINDOW + 1)
    }

    /// Days that it keeps, ever being the most.
    pub(super) fn kept_days(&self) -> i64 {
        self.retention_days.unwrap_or(i64::MAX)
    }
}

/// Whether the window of a run overlaps one of theirs: they start after `run - their_window` and before
/// `run + my_window`. Their runs are ascending and repeat after `circle` minutes.
pub(super) fn falls_into(run: i64, my_window: i64, theirs: &[i64], their_window: i64, circle: i64) -> bool {
    let (Some(first), Some(last)) = (theirs.first(), theirs.last()) else { return false };
    let after = run - their_window;
    let next = theirs.get(theirs.partition_point(|&theirs| theirs <= after)).copied();
    next.unwrap_or(first + circle) < run + my_window || last - circle > after
}

/// The runs of the days from the start of the cycle, as minutes of UTC, ascending.
pub(super) fn runs(cron: &Cron, zone: Zone, days: i64) -> Vec<i64> {
    let mut runs = Vec::new();
    Walk::new(&[(cron, zone)], START).days(days, |day, minutes| {
        runs.extend(minutes.iter().map(|minute| day * DAY + minute));
        true
    });
    runs
}

/// What becomes of each rule of one plan, in the order given, for one resource that all of them back up.
///
/// A rule gives way to rules with a longer retention; of rules that are kept equally long, which AWS's documentation
/// leaves open, the later one gives way, since either backup serves.
pub fn effective_rules(rules: &[Timed]) -> Vec<Effect> {
    rules
        .iter()
        .enumerate()
        .map(|(index, rule)| {
            let stronger = rules.iter().enumerate().filter(|(other_index, other)| {
                other.kept_days() > rule.kept_days() || (other.kept_days() == rule.kept_days() && *other_index < index)
            });
            let mut effect = Effect::Runs;
            for (_, other) in stronger {
                let next = match overlap(rule, other) {
                    Some(Overlap::Always) => return Effect::Shadowed,
                    Some(Overlap::Sometimes) => Effect::PartlyShadowed,
                    Some(Overlap::Never) => Effect::Runs,
                    None => Effect::Unclear,
                };
                effect = effect.max(next);
            }
            effect
        })
        .collect()
}
