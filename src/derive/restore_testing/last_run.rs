//! How the last run of a selection's plan ended for it, as restore jobs tell.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::model::backup::job::{RESTORE_HISTORY, RestoreJob};
use crate::model::backup::testing::RestoreTestingSelection;
use crate::model::fact::{Cure, Fact, Reason, Reasons, State};
use crate::model::resource::{Resource, Tags};

use crate::derive::index::{Index, Of, add_reasons};
use crate::derive::restores::restored;
use crate::derive::selection::Candidate;
use crate::derive::workload::Workloads;
use crate::derive::world;

use super::{DEFAULT_START_WINDOW_HOURS, TestPlan, Testing, cover};

/// The longest start window (`StartWindowHours` of `RestoreTestingPlanForCreate` in the AWS Backup API Reference).
const LONGEST_START_WINDOW_HOURS: i64 = 168;

/// How the last run ended for a selection; the facts are those of
/// [`RestoreTestingSelectionDerived`](crate::model::derived::RestoreTestingSelectionDerived).
pub struct LastRun {
    pub ran: Fact<bool>,
    pub last_run_succeeded: Fact<bool>,
    pub last_run_faults: Fact<Vec<String>>,
    pub last_run_validated: Fact<bool>,
    pub last_run_age: Fact<SignedDuration>,
    pub validation_window_hours: Fact<i64>,
}

/// Looks at the last run of a selection's plan.
pub fn derive(
    index: &Index<'_>,
    workloads: &Workloads<'_, '_>,
    testing: &Testing<'_>,
    resource: &Resource,
    facts: &RestoreTestingSelection,
) -> LastRun {
    let window = facts.validation_window_hours.clone().or_default_to(0);
    let plan = testing.plan_of(&resource.id);
    let last_run = match plan {
        Some(plan) => plan.facts.last_run.clone(),
        None => Fact::unknown("its plan was not seen"),
    };
    let none = |reasons: Reasons, age: Fact<SignedDuration>, ran: Fact<bool>| LastRun {
        ran,
        last_run_succeeded: Fact::unknown(reasons.clone()),
        last_run_faults: Fact::unknown(reasons.clone()),
        last_run_validated: Fact::unknown(reasons),
        last_run_age: age,
        validation_window_hours: window.clone(),
    };
    // A run before the selection was made was none of its own.
    let last_run = last_run.and_then(|run| {
        let made = facts.created.clone().or_unknown("AWS Backup did not say when the selection was made");
        made.and_then(|made| if made > run { Fact::absent() } else { Fact::known(run) })
    });
    let (plan, run, now) = match (plan, last_run.state, index.now) {
        (Some(plan), State::Known(run), Some(now)) => (plan, run, now),
        (_, State::Absent, _) => {
            return LastRun {
                ran: Fact::known(false),
                last_run_succeeded: Fact::known(true),
                last_run_faults: Fact::known(Vec::new()),
                last_run_validated: Fact::known(true),
                last_run_age: Fact::absent(),
                validation_window_hours: window,
            };
        }
        (_, State::Unknown(reasons), _) => {
            return none(reasons.clone(), Fact::unknown(reasons.clone()), Fact::unknown(reasons));
        }
        _ => return none("nothing says when it ran".into(), Fact::absent(), Fact::known(true)),
    };
    let age = Fact::known(now.duration_since(run).max(SignedDuration::ZERO));
    let taken = index.snapshot.taken_at.unwrap_or(now);
    if taken.duration_since(run) > RESTORE_HISTORY {
        return none("the jobs of its last run are older than AWS Backup lists".into(), age, Fact::known(true));
    }
    let mut tally = Tally::default();
    let (account, region) = (plan.resource.id.account.as_deref(), plan.resource.id.region.as_deref());
    if let Some(reasons) = index.open(world::RESTORE_JOBS, account, region) {
        tally.doubt(&reasons);
    }
    for (_, job) in testing.jobs.of_plan(&plan.resource.id.id) {
        let of_run = match &job.created.state {
            State::Known(created) => Fact::known(*created >= run),
            _ => Fact::unknown("AWS Backup does not say when a restore test began"),
        };
        let belongs = Fact::all([of_run, belongs(index, workloads, plan, &(resource, facts), job)]);
        tally.add(index, job, &belongs);
    }
    LastRun {
        ran: Fact::known(true),
        last_run_succeeded: tally.succeeded(may_still_start(plan, run, taken)),
        last_run_faults: tally.faults(),
        last_run_validated: tally.validated(),
        last_run_age: age,
        validation_window_hours: window,
    }
}

/// Whether tests of the run may not have started yet.
pub fn may_still_start(plan: &TestPlan<'_>, run: Timestamp, taken: Timestamp) -> bool {
    let hours = match &plan.facts.start_window_hours.state {
        State::Known(hours) => *hours,
        State::Absent => DEFAULT_START_WINDOW_HOURS,
        State::Unknown(_) => LONGEST_START_WINDOW_HOURS,
    };
    taken.duration_since(run) < SignedDuration::from_hours(hours.clamp(0, LONGEST_START_WINDOW_HOURS))
}

/// Whether a job of the plan restored something for this selection. Jobs name the plan and not the selection: a plan
/// with one selection of the type leaves no doubt, else what was restored must tell.
fn belongs(
    index: &Index<'_>,
    workloads: &Workloads<'_, '_>,
    plan: &TestPlan<'_>,
    selection: &Of<'_, RestoreTestingSelection>,
    job: &RestoreJob,
) -> Fact<bool> {
    let of_type = match (&selection.1.resource_type.state, &job.resource_type.state) {
        (State::Known(wanted), State::Known(actual)) => Fact::known(wanted == actual),
        _ => Fact::unknown("AWS Backup does not say the type of what a restore test restored"),
    };
    let same_type = |(_, other): &&Of<'_, RestoreTestingSelection>| {
        other.resource_type.is_unknown() || other.resource_type.value() == selection.1.resource_type.value()
    };
    if of_type.is_false() || (plan.open.is_none() && plan.selections.iter().filter(same_type).count() == 1) {
        return of_type;
    }
    let Some(arn) = restored(index, job) else {
        return Fact::unknown("AWS Backup does not say what a restore test restored");
    };
    let workload = workloads.with_arn(arn).and_then(|id| index.get(id));
    let unread = Tags::unread("the tags of what was restored were not read");
    let candidate = Candidate {
        arn: &Fact::known(arn.to_owned()),
        id: workload.map(|workload| &workload.id),
        kind: workload.map_or("", |workload| &workload.id.kind),
        backup_type: &job.resource_type,
        tags: workload.map_or(&unread, |workload| &workload.tags),
        opt_in: &Fact::known(BTreeMap::new()),
    };
    cover::means(selection, &candidate)
}

/// What the jobs of a run came to.
#[derive(Default)]
struct Tally {
    completed: usize,
    faults: BTreeSet<String>,
    unvalidated: bool,
    /// Why there may be faults.
    doubt: Option<Reasons>,
    /// Why a completed restore may still be validated, or not be this selection's.
    validation_doubt: Option<Reasons>,
}

impl Tally {
    fn doubt(&mut self, reasons: &Reasons) {
        add_reasons(&mut self.doubt, reasons);
        add_reasons(&mut self.validation_doubt, reasons);
    }

    fn add(&mut self, index: &Index<'_>, job: &RestoreJob, belongs: &Fact<bool>) {
        if belongs.is_false() {
            return;
        }
        if let Some(reasons) = belongs.reasons() {
            return self.doubt(reasons);
        }
        let what =
            restored(index, job).or(job.recovery_point.value().map(String::as_str)).unwrap_or("a recovery point");
        match (job.status.value().map(String::as_str), job.validation.value().map(String::as_str)) {
            (Some("COMPLETED"), Some("FAILED")) => {
                self.completed += 1;
                self.faults.insert(format!("validation of {what} failed"));
            }
            (Some("COMPLETED"), validation) => {
                self.completed += 1;
                match validation {
                    Some("SUCCESSFUL") => {}
                    Some("VALIDATING") => {
                        add_reasons(&mut self.doubt, &under_way("validation"));
                        add_reasons(&mut self.validation_doubt, &under_way("validation"));
                    }
                    // Nobody reported, or not in time.
                    _ => self.unvalidated = true,
                }
            }
            (Some("PENDING" | "RUNNING"), _) => self.doubt(&under_way("a restore")),
            (Some(status), _) => {
                self.faults.insert(format!("restore of {what} is {status}"));
            }
            (None, _) => self.doubt(&"the status of a restore test was not said".into()),
        }
    }

    fn succeeded(&mut self, may_still_start: bool) -> Fact<bool> {
        if !self.faults.is_empty() {
            return Fact::known(false);
        }
        if let Some(reasons) = &self.doubt {
            return Fact::unknown(reasons.clone());
        }
        if self.completed > 0 {
            return Fact::known(true);
        }
        if may_still_start {
            self.doubt(&under_way("the run"));
            return Fact::unknown(under_way("the run"));
        }
        self.faults.insert("nothing was restored: no recovery point was eligible".to_owned());
        Fact::known(false)
    }

    /// Call it after [`Self::succeeded`], which finds the last fault.
    fn faults(&self) -> Fact<Vec<String>> {
        match &self.doubt {
            Some(reasons) if self.faults.is_empty() => Fact::unknown(reasons.clone()),
            _ => Fact::known(self.faults.iter().cloned().collect()),
        }
    }

    fn validated(&self) -> Fact<bool> {
        match &self.validation_doubt {
            _ if self.unvalidated => Fact::known(false),
            Some(reasons) => Fact::unknown(reasons.clone()),
            None => Fact::known(true),
        }
    }
}

fn under_way(what: &str) -> Reasons {
    Reason::new(format!("{what} is still under way")).cured_by(Cure::Retry).into()
}
