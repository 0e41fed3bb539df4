//! How the backup and copy jobs of a Region ended.
//!
//! Of the 30 days before the snapshot, for which AWS Backup lists jobs ("ListBackupJobs" in the AWS Backup API
//! Reference). COMPLETED is success; FAILED, EXPIRED (it did not start in time), ABORTED (it was stopped) and PARTIAL are
//! not; whatever still runs does not count. Parts of a composite job are counted by that job.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::model::derived::JobStatistics;
use crate::model::fact::{Fact, Reasons};
use crate::model::identity::ResourceId;

use crate::derive::index::{Index, Job, add_reasons};
use crate::derive::place;
use crate::derive::plan::ran;
use crate::derive::plans::{PlanNode, RuleNode};
use crate::derive::workload::Workloads;
use crate::derive::world::{self, List};

/// How far back AWS Backup lists jobs.
const WINDOW: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The backup jobs of a Region.
pub fn backup_jobs(index: &Index<'_>, workloads: &Workloads<'_, '_>, region: &ResourceId) -> Fact<JobStatistics> {
    let expected = || expected(index, workloads, region, |_| Fact::known(true));
    statistics(index, region, (world::BACKUP_JOBS, index.backup_jobs(region)), expected)
}

/// The copy jobs of a Region: those that copy out of it.
pub fn copy_jobs(index: &Index<'_>, workloads: &Workloads<'_, '_>, region: &ResourceId) -> Fact<JobStatistics> {
    let copies = |rule: &RuleNode<'_>| {
        let copies = match &rule.copies_unknown {
            Some(reasons) => Fact::unknown(reasons.clone()),
            None => Fact::known(!rule.copies.is_empty()),
        };
        Fact::all([rule.runs.clone(), copies])
    };
    let expected = || expected(index, workloads, region, copies);
    statistics(index, region, (world::COPY_JOBS, index.copy_jobs(region)), expected)
}

#[derive(Default)]
struct Count {
    all: usize,
    succeeded: i64,
    failed: i64,
    /// Jobs of which the state is not known, and why.
    unclear: i64,
    doubt: Option<Reasons>,
    failures: BTreeMap<String, usize>,
}

impl Count {
    fn add(&mut self, job: Job<'_>) {
        self.all += 1;
        let state = match (job.state.value(), job.state.reasons()) {
            (Some(state), _) => &**state,
            (None, Some(reasons)) => {
                add_reasons(&mut self.doubt, reasons);
                self.unclear += 1;
                return;
            }
            (None, None) => return,
        };
        match state {
            "COMPLETED" => self.succeeded += 1,
            "FAILED" | "EXPIRED" | "ABORTED" | "PARTIAL" => {
                self.failed += 1;
                let category = job.category.value().map(|category| format!(" ({category})")).unwrap_or_default();
                *self.failures.entry(format!("{state}{category}")).or_default() += 1;
            }
            _ => {}
        }
    }

    /// Whether fewer succeeded than are asked for, if so many of the unclear ones succeeded and the others failed.
    fn below(&self, threshold: u8, succeeded: i64) -> bool {
        let finished = self.succeeded + self.failed + self.unclear;
        finished > 0 && (self.succeeded + succeeded) * 100 < i64::from(threshold) * finished
    }
}

fn statistics<'j>(
    index: &Index<'_>,
    region: &ResourceId,
    (list, jobs): (List<'_>, impl Iterator<Item = Job<'j>>),
    expected: impl Fn() -> Fact<bool>,
) -> Fact<JobStatistics> {
    if !index.live() {
        return Fact::unknown("files hold no evidence");
    }
    if let Some(open) = index.open(list, region.account.as_deref(), region.region.as_deref()) {
        return Fact::unknown(open);
    }
    let mut count = Count::default();
    jobs.filter(|job| !job.nested).for_each(|job| count.add(job));
    let threshold = index.settings.job_success_threshold;
    let or_doubt = |fact| count.doubt.clone().map_or(fact, Fact::unknown);
    let (worst, best) = (count.below(threshold, 0), count.below(threshold, count.unclear));
    let below_threshold = match &count.doubt {
        // One whose state is not known may still run, too; then there may be none that ended.
        Some(reasons) if worst != best || count.succeeded + count.failed == 0 => Fact::unknown(reasons.clone()),
        _ => Fact::known(worst),
    };
    let finished = count.succeeded + count.failed;
    let rate = (count.succeeded * 1000).checked_div(finished).map(|rate| format!("{}.{} %", rate / 10, rate % 10));
    let missing = if count.all > 0 { Fact::known(false) } else { expected() };
    let none_ran = missing.is_true().then(|| "none ran, though a plan should have made some".to_owned());
    let failures = count.failures.iter().map(|(what, number)| format!("{number} {what}"));
    let failures = failures.chain(none_ran).collect();
    Fact::known(JobStatistics {
        finished: count.doubt.clone().map_or(Fact::known(finished), Fact::unknown),
        failed: count.doubt.clone().map_or(Fact::known(count.failed), Fact::unknown),
        success_rate: count.doubt.clone().map_or_else(|| Fact::from_option(rate), Fact::unknown),
        threshold: Fact::known(format!("{threshold} %")),
        below_threshold,
        missing,
        failures: or_doubt(Fact::known(failures)),
    })
}

/// Whether a plan of the Region should have made a job within the window: it selects a workload that is there, and it
/// has stood for longer than its longest gap.
fn expected(
    index: &Index<'_>,
    workloads: &Workloads<'_, '_>,
    region: &ResourceId,
    asked: impl Fn(&RuleNode<'_>) -> Fact<bool>,
) -> Fact<bool> {
    let here = |plan: &&PlanNode<'_>| place::same_place(&plan.resource.id, region).is_true();
    let plans = workloads.plans.iter().filter(here).map(|plan| {
        let selects = plan.types.values().map(|doubt| doubt.clone().map_or(Fact::known(true), Fact::unknown));
        Fact::all([Fact::any(selects), ran::due_within(index, workloads, plan, WINDOW, &asked)])
    });
    let unseen = index.open(world::PLANS, region.account.as_deref(), region.region.as_deref()).map(Fact::unknown);
    Fact::any(plans.chain(unseen))
}
