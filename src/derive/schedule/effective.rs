//! The longest gap between the runs that overlapping rules of a plan leave over.

use jiff::SignedDuration;

use crate::model::fact::Fact;

use super::gap::{DAY, YEARS_28, YEARS_400, longest_gap};
use super::overlap::{Overlap, Ties, Timed, overlap, taking_place};
use super::{Schedule, Zone};

/// As [`longest_gap`] over the rules of all plans that cover a workload, without the runs that give way to a
/// longer-kept rule of the same plan ("Backup plan options and configuration", AWS Backup Developer Guide). Absent
/// where nothing runs twice.
///
/// A run gives way where its start window overlaps that of a run that takes place. Unknown where the page leaves the
/// answer open: rules that are kept equally long and overlap, if it matters which one runs; a rate, a passing year
/// field or a window longer than 363 days beside another rule.
pub fn effective_gap(plans: &[Vec<Timed>]) -> Fact<SignedDuration> {
    let all: Vec<(Schedule, Zone)> = plans.iter().flatten().map(|rule| (rule.schedule.clone(), rule.zone)).collect();
    let Some(plain) = longest_gap(&all) else { return Fact::absent() };
    let mut apart = true;
    for (one, other) in plans.iter().flat_map(|plan| pairs(plan)) {
        match overlap(one, other) {
            Some(Overlap::Never) => {}
            Some(Overlap::Sometimes | Overlap::Always) => apart = false,
            None => {
                return Fact::unknown(
                    "whether the start windows of two rules of one plan overlap cannot be told from a rate, from a year \
                     field that ends or from a window longer than 363 days",
                );
            }
        }
    }
    if apart {
        return Fact::known(plain);
    }
    let both_run = gap(plans, Ties::BothRun);
    let equally_long =
        plans.iter().flat_map(|plan| pairs(plan)).any(|(one, other)| one.kept_days() == other.kept_days());
    let one_runs = if equally_long { gap(plans, Ties::LaterGivesWay) } else { both_run };
    match (both_run, one_runs) {
        (Some(one), Some(other)) if one == other => Fact::known(one),
        _ => Fact::unknown(
            "AWS does not say which one runs of two rules whose start windows overlap and that keep backups equally long",
        ),
    }
}

fn pairs(plan: &[Timed]) -> impl Iterator<Item = (&Timed, &Timed)> {
    plan.iter().enumerate().flat_map(|(index, one)| plan.iter().skip(index + 1).map(move |other| (one, other)))
}

/// The gap for one reading of rules that are kept equally long: both run, or the later one gives way.
fn gap(plans: &[Vec<Timed>], ties: Ties) -> Option<SignedDuration> {
    let rules = || plans.iter().flatten();
    let alike = rules().all(|rule| match &rule.schedule {
        Schedule::Cron(cron) => (cron.weekly() || !cron.lasts()) && rule.window() <= DAY,
        Schedule::Rate { .. } => true,
    });
    let minutes = if alike {
        circle(plans, 7, ties)?
    } else {
        // As in `longest_gap`: 28 years hold every case, unless a year may pass without a run.
        let short = circle(plans, YEARS_28, ties);
        match short.filter(|&minutes| minutes < 363 * DAY) {
            Some(minutes) => minutes,
            None => circle(plans, YEARS_400, ties)?,
        }
    };
    let rate = rules().filter_map(|rule| match rule.schedule {
        Schedule::Rate { minutes } => Some(minutes),
        Schedule::Cron(_) => None,
    });
    Some(SignedDuration::from_mins(rate.fold(minutes, i64::min)))
}

fn circle(plans: &[Vec<Timed>], days: i64, ties: Ties) -> Option<i64> {
    let length = days * DAY;
    let mut all: Vec<i64> =
        plans.iter().flat_map(|plan| taking_place(plan, days, ties)).flat_map(|taken| taken.runs).collect();
    all.sort_unstable();
    all.dedup();
    let over_the_end = all.first()? + length - all.last()?;
    let inside = all.iter().zip(all.iter().skip(1)).map(|(one, next)| next - one).max();
    Some(inside.unwrap_or(0).max(over_the_end))
}
