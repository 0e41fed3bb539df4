//! Whether a rule's start and completion windows fit its schedule.
//!
//! A job may begin at any time of its start window; after the completion window it is cancelled ("Backup plan options and
//! configuration" in the AWS Backup Developer Guide). AWS's pages say in one place that completion counts from the job's
//! start, in another that the job must have time even where it begins at the end of the start window: in either reading a
//! completion window that is no longer than the start window may end with it. So a rule is at fault where
//! - its start window is shorter than the 60 minutes that AWS Backup asks for (`StartWindowMinutes` of `BackupRule`);
//! - its start window is longer than the shortest time between two of its runs: one run may begin after the next was due;
//! - its completion window is not longer than its start window.
//!
//! A long completion window is no fault: AWS's own is 7 days, and a job that ends is not cancelled by it.

use jiff::SignedDuration;

use crate::derive::plans::RuleNode;
use crate::derive::schedule::{DEFAULT_COMPLETION_WINDOW_MINUTES, DEFAULT_START_WINDOW_MINUTES, shortest_gap};
use crate::derive::workload::Workloads;
use crate::model::duration;
use crate::model::fact::{Fact, State};

use super::{Checks, rule_name};

/// The least that AWS Backup takes.
const LEAST_MINUTES: i64 = 60;

/// Checks one rule.
pub(super) fn check(workloads: &Workloads<'_, '_>, rule: &RuleNode<'_>, checks: &mut Checks) {
    let name = rule_name(rule);
    let start = rule.rule.start_window_minutes.clone().or_default_to(DEFAULT_START_WINDOW_MINUTES);
    let completion = rule.rule.completion_window_minutes.clone().or_default_to(DEFAULT_COMPLETION_WINDOW_MINUTES);
    let header = || rule.rule.name.at.clone();
    let place = |of: &Fact<i64>| of.at.clone().or_else(header);
    let minutes = match &start.state {
        State::Known(minutes) => *minutes,
        State::Absent => return,
        State::Unknown(reasons) => return checks.doubt(reasons),
    };
    if minutes < LEAST_MINUTES {
        let text = format!("{name} must start within {}, AWS Backup asks for {}", text(minutes), text(LEAST_MINUTES));
        checks.fault(text, &place(&start));
    }
    match &completion.state {
        State::Known(completion_minutes) if *completion_minutes <= minutes => {
            let text = format!(
                "{name} may start {} late, and is cancelled after {}",
                text(minutes),
                text(*completion_minutes)
            );
            checks.fault(text, &place(&completion));
        }
        State::Known(_) | State::Absent => {}
        State::Unknown(reasons) => checks.doubt(reasons),
    }
    match workloads.timed(rule) {
        Ok(timed) => {
            let gap = shortest_gap(&timed.schedule);
            if let Some(gap) = gap.filter(|gap| minutes > gap.as_mins()) {
                let text =
                    format!("{name} may start {} late, and is due again after {}", text(minutes), duration::text(gap));
                checks.fault(text, &place(&start));
            }
        }
        Err(reasons) => checks.doubt(&reasons),
    }
}

fn text(minutes: i64) -> String {
    // AWS takes windows of up to 100 years; what is longer is out of range all the same.
    duration::text(SignedDuration::from_mins(minutes.clamp(0, 100 * 366 * 24 * 60)))
}
