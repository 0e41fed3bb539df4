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
    /// Every run gives way to rules with a longer retention.
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

/// Which runs take place of rules that overlap and are kept equally long, which AWS's documentation leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ties {
    /// Those of both.
    BothRun,
    /// Those of the rule that stands first in the plan.
    LaterGivesWay,
    /// Those of the rule that stands last.
    EarlierGivesWay,
}

/// The runs of one rule.
pub(super) struct Taken<'t> {
    /// The rule's place in its plan.
    index: usize,
    rule: &'t Timed,
    /// How many are scheduled.
    scheduled: usize,
    /// Those that take place, as minutes from the start of the circle, ascending.
    pub(super) runs: Vec<i64>,
}

/// The runs that take place of each rule of one plan over a circle of days. A run gives way where its window overlaps
/// that of a longer-kept rule's run that takes place itself; a rule that has no circle has no runs here.
pub(super) fn taking_place(plan: &[Timed], days: i64, ties: Ties) -> Vec<Taken<'_>> {
    let mut order: Vec<(usize, &Timed)> = plan.iter().enumerate().collect();
    if ties == Ties::EarlierGivesWay {
        order.reverse();
    }
    order.sort_by_key(|(_, rule)| std::cmp::Reverse(rule.kept_days()));
    let mut taken: Vec<Taken<'_>> = Vec::new();
    for (index, rule) in order {
        let Schedule::Cron(cron) = &rule.schedule else { continue };
        if !cron.lasts() {
            continue;
        }
        let gives_way = |run: i64| {
            taken.iter().any(|other| {
                (other.rule.kept_days() > rule.kept_days() || ties != Ties::BothRun)
                    && falls_into(run, rule.window(), &other.runs, other.rule.window(), days * DAY)
            })
        };
        let all = runs(cron, rule.zone, days);
        let scheduled = all.len();
        let runs = all.into_iter().filter(|&run| !gives_way(run)).collect();
        taken.push(Taken { index, rule, scheduled, runs });
    }
    taken
}

/// Whether two of these rules are kept equally long, so that [`Ties`] matter.
pub fn tied(rules: &[Timed]) -> bool {
    rules
        .iter()
        .enumerate()
        .any(|(index, rule)| rules.iter().skip(index + 1).any(|other| other.kept_days() == rule.kept_days()))
}

/// What becomes of each rule of one plan, in the order given, for one resource that all of them back up.
///
/// A rule gives way to what takes place of all rules with a longer retention together, and, as `ties` says, of those
/// that are kept equally long.
pub fn effective_rules(rules: &[Timed], ties: Ties) -> Vec<Effect> {
    let clear = |rule: &Timed| match &rule.schedule {
        Schedule::Cron(cron) => cron.lasts() && rule.window() <= LONGEST_WINDOW,
        Schedule::Rate { .. } => false,
    };
    let alike = |rule: &Timed| match &rule.schedule {
        Schedule::Cron(cron) => cron.weekly() && rule.window() <= DAY,
        Schedule::Rate { .. } => false,
    };
    // Beside a rule without a circle nothing is told, so that its weeks do not matter.
    let days = if rules.iter().filter(|rule| clear(rule)).all(alike) { 7 } else { YEARS_28 };
    // Most rules stand alone, and then no calendar need be walked.
    let taken = if rules.len() > 1 && rules.iter().any(clear) { taking_place(rules, days, ties) } else { Vec::new() };
    let stronger = |index: usize, rule: &Timed, other_index: usize, other: &Timed| {
        let tie = match ties {
            Ties::BothRun => false,
            Ties::LaterGivesWay => other_index < index,
            Ties::EarlierGivesWay => other_index > index,
        };
        other.kept_days() > rule.kept_days() || (other.kept_days() == rule.kept_days() && tie)
    };
    let effect = |(index, rule): (usize, &Timed)| {
        let others = rules.iter().enumerate().filter(|(other, timed)| stronger(index, rule, *other, timed));
        let mut others = others.map(|(_, other)| other).peekable();
        if others.peek().is_none() {
            return Effect::Runs;
        }
        if !clear(rule) || !others.all(clear) {
            return Effect::Unclear;
        }
        match taken.iter().find(|taken| taken.index == index) {
            Some(taken) if taken.scheduled > 0 && taken.runs.is_empty() => Effect::Shadowed,
            Some(taken) if taken.runs.len() < taken.scheduled => Effect::PartlyShadowed,
            _ => Effect::Runs,
        }
    };
    rules.iter().enumerate().map(effect).collect()
}
