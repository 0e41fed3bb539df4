//! Restores of a workload, as restore jobs tell them: when one last succeeded, from which copy, and how long it took.
//!
//! AWS Backup lists restore jobs of the last 30 days. One that began before cannot be seen: where a tier asks for tests
//! less often than that, nothing found says nothing. The measured restore time is that of the workload's own restores:
//! how long another of its type took says little, since size decides.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};

use crate::model::attribute::Ranged;
use crate::model::backup::job::{RESTORE_HISTORY, RestoreJob};
use crate::model::derived::Restores;
use crate::model::fact::{Cure, Fact, Reason, Reasons, State};
use crate::model::identity::ResourceId;
use crate::model::resource::{Facts, Resource};
use crate::model::workload::FOREVER;

use super::evidence::younger;
use super::index::{Index, Of, add_reasons};
use super::place::Spot;
use super::restore_testing::{DEFAULT_START_WINDOW_HOURS, Testing, is_testable, without_slack};
use super::selecting::backup_type;
use super::world;

/// The restore jobs of an estate.
#[derive(Default)]
pub struct Jobs<'a> {
    by_resource: HashMap<&'a str, Vec<Of<'a, RestoreJob>>>,
    /// Those of which AWS does not say what was restored.
    unnamed: Vec<Of<'a, RestoreJob>>,
    by_plan: HashMap<&'a str, Vec<Of<'a, RestoreJob>>>,
    /// Places that were looked at and whose list was not read to its end.
    broken: BTreeMap<(String, String), Reasons>,
    /// Recovery Regions and accounts that were not looked at.
    unaudited: BTreeMap<Option<String>, Vec<(String, Reasons)>>,
}

impl<'a> Jobs<'a> {
    /// Sorts the jobs by what was restored and by the plan that asked for it.
    pub fn new(index: &Index<'a>) -> Self {
        let mut jobs = Self::default();
        for resource in &index.snapshot.resources {
            let Facts::RestoreJob(facts) = &resource.facts else { continue };
            match restored(index, facts) {
                Some(arn) => jobs.by_resource.entry(arn).or_default().push((resource, facts)),
                None => jobs.unnamed.push((resource, facts)),
            }
            if let Some(plan) = facts.testing_plan.value() {
                jobs.by_plan.entry(plan).or_default().push((resource, facts));
            }
        }
        if index.live() {
            jobs.look_for_blind_spots(index);
        }
        jobs
    }

    fn look_for_blind_spots(&mut self, index: &Index<'a>) {
        let listings = index.snapshot.listed.iter().map(|listing| (&*listing.account, &*listing.region));
        let gaps = index.snapshot.gaps.iter().filter_map(|gap| Some((gap.account.as_deref()?, gap.region.as_deref()?)));
        let audited: std::collections::BTreeSet<_> =
            listings.chain(gaps).filter(|(_, region)| *region != "global").collect();
        for (account, region) in &audited {
            if let Some(reasons) = index.open(world::RESTORE_JOBS, Some(account), Some(region)) {
                self.broken.insert(((*account).to_owned(), (*region).to_owned()), reasons);
            }
        }
        let accounts: std::collections::BTreeSet<_> = audited.iter().map(|(account, _)| *account).collect();
        for account in accounts {
            let unseen =
                index.settings.recovery_regions.iter().filter(|region| !audited.contains(&(account, region.as_str())));
            let unseen = unseen.filter_map(|region| {
                Some((region.clone(), index.open(world::RESTORE_JOBS, Some(account), Some(region))?))
            });
            self.unaudited.insert(Some(account.to_owned()), unseen.collect());
        }
        let unknown = index.settings.recovery_accounts.iter().filter(|account| !index.knows_account(account));
        let unknown = unknown.map(|account| {
            let cure = Cure::Source(format!("audit account {account} too"));
            let why = format!("restores in recovery account {account} were not read");
            (account.clone(), Reason::new(why).cured_by(cure).into())
        });
        self.unaudited.insert(None, unknown.collect());
    }

    /// The jobs that this restore-testing plan asked for, by its ARN.
    pub fn of_plan(&self, arn: &str) -> &[Of<'a, RestoreJob>] {
        self.by_plan.get(arn).map_or(&[], Vec::as_slice)
    }
}

/// The ARN of what was restored: as the job says it, or as the recovery point does.
pub fn restored<'t, 'a: 't>(index: &Index<'a>, job: &'t RestoreJob) -> Option<&'t str> {
    job.resource.value().map(String::as_str).or_else(|| index.resource_of_point(job.recovery_point.value()?))
}

/// How a restore ended: true where it succeeded and no validation found the restored data bad.
pub fn succeeded(job: &RestoreJob) -> Fact<bool> {
    let completed = job.status.as_ref().map(|status| status == "COMPLETED");
    let bad = job.validation.as_ref().map(|status| status == "FAILED").or_default_to(false);
    Fact::all([completed, bad.negate()])
}

/// What restores say, in one version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Found {
    tested: Option<SignedDuration>,
    copy: Option<SignedDuration>,
    time: Option<SignedDuration>,
}

#[derive(Default)]
struct Draft {
    worst: Found,
    best: Found,
    /// The slowest restore that may have been.
    slowest: Option<SignedDuration>,
    reasons: Option<Reasons>,
}

impl Draft {
    fn doubt(&mut self, reasons: Option<&Reasons>) {
        if let Some(reasons) = reasons {
            add_reasons(&mut self.reasons, reasons);
        }
    }

    /// Adds a restore: whether it counts, its age, whether it was from a surviving copy, and how long it took; the last
    /// only for restores of the workload itself.
    fn add(
        &mut self,
        counts: &Fact<bool>,
        age: &Fact<SignedDuration>,
        copy: &Fact<bool>,
        time: Option<Fact<SignedDuration>>,
    ) {
        if counts.is_false() {
            return;
        }
        self.doubt(counts.reasons());
        self.doubt(age.reasons());
        let best = age.value().copied().unwrap_or(SignedDuration::ZERO);
        younger(&mut self.best.tested, best);
        if !copy.is_false() {
            self.doubt(copy.reasons());
            younger(&mut self.best.copy, best);
        }
        if counts.is_true() {
            let worst = age.value().copied().unwrap_or(FOREVER);
            younger(&mut self.worst.tested, worst);
            if copy.is_true() {
                younger(&mut self.worst.copy, worst);
            }
        }
        let Some(time) = time else { return };
        self.doubt(time.reasons());
        self.slowest = self.slowest.max(Some(time.value().copied().unwrap_or(FOREVER)));
        if let Some(time) = time.value().filter(|_| counts.is_true()) {
            self.best.time = self.best.time.max(Some(*time));
        }
    }

    /// Restores of this age may have been that nobody saw.
    fn may_be(&mut self, age: SignedDuration, copy: bool, reasons: &Reasons) {
        self.doubt(Some(reasons));
        younger(&mut self.best.tested, age);
        if copy {
            younger(&mut self.best.copy, age);
        }
    }

    fn finish(mut self, resource: &Resource, covered: &Fact<bool>, waits: &Fact<bool>) -> Ranged<Restores> {
        self.doubt(waits.reasons());
        self.worst.time = self.slowest;
        let (worst, best) = (self.worst, self.best);
        let between = Found {
            tested: worst.tested.or(best.tested.map(|_| FOREVER)),
            copy: worst.copy.or(best.copy.map(|_| FOREVER)),
            time: best.time,
        };
        let mut versions: Vec<Restores> = Vec::new();
        let slack = [waits.is_true(), waits.is_true(), !waits.is_false()];
        for (found, slack) in [worst, between, best].into_iter().zip(slack) {
            let version = found.into_restores(resource, covered, slack);
            if !versions.contains(&version) {
                versions.push(version);
            }
        }
        let several = versions.len() > 1;
        Ranged { versions, reasons: self.reasons.filter(|_| several) }
    }
}

impl Found {
    fn into_restores(self, resource: &Resource, covered: &Fact<bool>, slack: bool) -> Restores {
        let less =
            |age: Option<SignedDuration>| Fact::from_option(age.map(|age| if slack { less_slack(age) } else { age }));
        Restores {
            testable: Fact::known(is_testable(resource)),
            covered: covered.clone(),
            tested_age: Fact::from_option(self.tested),
            tested_age_less_slack: less(self.tested),
            copy_tested_age: Fact::from_option(self.copy),
            copy_tested_age_less_slack: less(self.copy),
            restore_time: Fact::from_option(self.time),
        }
    }
}

/// Between two runs of a healthy monthly plan lie up to 31 days and its start window.
fn less_slack(age: SignedDuration) -> SignedDuration {
    if age >= FOREVER {
        return age;
    }
    let window = SignedDuration::from_hours(DEFAULT_START_WINDOW_HOURS);
    without_slack(age.saturating_sub(window).max(SignedDuration::ZERO))
}

/// The restores of a workload. `unseen` says why copies may lie where nobody looked.
pub fn derive(
    index: &Index<'_>,
    testing: &Testing<'_>,
    (resource, arn): (&Resource, &Fact<String>),
    unseen: Option<&Reasons>,
) -> Ranged<Restores> {
    let mut draft = Draft::default();
    let cover = testing.cover(&resource.id);
    let covered = cover.map_or_else(|| Fact::known(false), |cover| cover.covered.clone());
    let mut waits = Fact::known(false);
    if let Some(now) = index.now.filter(|_| index.live()) {
        waits = testing.waits(&resource.id, index.snapshot.taken_at.unwrap_or(now));
        match &arn.state {
            State::Known(arn) => draw_own(index, &testing.jobs, now, (resource, arn), &mut draft),
            State::Absent => {}
            State::Unknown(reasons) => draft.may_be(SignedDuration::ZERO, true, reasons),
        }
        draw_type(index, testing, now, resource, &mut draft);
        draw_unseen(index, &testing.jobs, now, &resource.id, unseen, &mut draft);
    }
    draft.finish(resource, &covered, &waits)
}

fn draw_own(index: &Index<'_>, jobs: &Jobs<'_>, now: Timestamp, (resource, arn): (&Resource, &str), draft: &mut Draft) {
    let own = jobs.by_resource.get(arn).map_or(&[][..], Vec::as_slice);
    for (job, facts) in own {
        let copy = is_copy(index, &job.id, &resource.id);
        draft.add(&succeeded(facts), &age(facts, now), &copy, Some(took(facts)));
    }
    let kind = backup_type(resource);
    for (job, facts) in &jobs.unnamed {
        if facts.resource_type.value().is_some_and(|name| Some(name.as_str()) != kind) {
            continue;
        }
        let counts =
            Fact::all([succeeded(facts), Fact::unknown("AWS Backup does not say what a restore job restored")]);
        draft.add(&counts, &age(facts, now), &is_copy(index, &job.id, &resource.id), Some(took(facts)));
    }
}

/// Adds tests of its type by plans that cover it.
fn draw_type(index: &Index<'_>, testing: &Testing<'_>, now: Timestamp, resource: &Resource, draft: &mut Draft) {
    let (Some(cover), Some(kind)) = (testing.cover(&resource.id), backup_type(resource)) else { return };
    for (number, covers) in &cover.plans {
        let Some(plan) = testing.plans.get(*number) else { continue };
        // Where several selections are of the type, the test may be of one that does not cover the workload.
        let of_type =
            plan.selections.iter().filter(|(_, facts)| facts.resource_type.value().is_none_or(|name| name == kind));
        let sole = if of_type.count() == 1 && plan.open.is_none() {
            Fact::known(true)
        } else {
            Fact::unknown("several selections of a restore-testing plan are of its type")
        };
        for (job, facts) in testing.jobs.of_plan(&plan.resource.id.id) {
            let of_type = facts.resource_type.as_ref().map(|name| name == kind);
            let counts = Fact::all([succeeded(facts), of_type, covers.clone(), sole.clone()]);
            // A copy is tested by restoring the copy, not another of its type.
            let own_copy = Fact::known(false);
            if index.get(&job.id).is_some() {
                draft.add(&counts, &age(facts, now), &own_copy, None);
            }
        }
    }
}

fn draw_unseen(
    index: &Index<'_>,
    jobs: &Jobs<'_>,
    now: Timestamp,
    id: &ResourceId,
    unseen: Option<&Reasons>,
    draft: &mut Draft,
) {
    for ((account, region), reasons) in &jobs.broken {
        let place =
            ResourceId { account: Some(account.as_str().into()), region: Some(region.as_str().into()), ..id.clone() };
        let copy = !is_copy(index, &place, id).is_false();
        draft.may_be(SignedDuration::ZERO, copy, reasons);
        draft.slowest = Some(FOREVER);
    }
    let own = id.account.as_deref().map(str::to_owned);
    for (region, reasons) in jobs.unaudited.get(&own).into_iter().flatten() {
        if Some(region.as_str()) != id.region.as_deref() {
            draft.may_be(SignedDuration::ZERO, true, reasons);
        }
    }
    for (_, reasons) in jobs.unaudited.get(&None).into_iter().flatten() {
        draft.may_be(SignedDuration::ZERO, true, reasons);
    }
    if let Some(reasons) = unseen {
        draft.may_be(SignedDuration::ZERO, true, reasons);
    }
    // What began before the window may have succeeded then.
    let since_taken = index.snapshot.taken_at.map_or(SignedDuration::ZERO, |taken| now.duration_since(taken));
    let oldest = since_taken.max(SignedDuration::ZERO).saturating_add(RESTORE_HISTORY);
    let before = oldest.saturating_add(SignedDuration::from_secs(1));
    draft.may_be(before, true, &"AWS Backup lists restore jobs of the last 30 days, and none older".into());
}

fn age(job: &RestoreJob, now: Timestamp) -> Fact<SignedDuration> {
    match &job.created.state {
        State::Known(created) => Fact::known(now.duration_since(*created).max(SignedDuration::ZERO)),
        State::Absent => Fact::unknown("AWS Backup does not say when a restore began"),
        State::Unknown(reasons) => Fact::unknown(reasons.clone()),
    }
}

fn took(job: &RestoreJob) -> Fact<SignedDuration> {
    match (job.created.value(), job.completed.value()) {
        (Some(created), Some(completed)) => Fact::known(completed.duration_since(*created).max(SignedDuration::ZERO)),
        _ => Fact::unknown("AWS Backup does not say how long a restore took"),
    }
}

/// Whether what was restored here outlives the loss of the workload's Region or account. A recovery point is restored
/// in its own Region and account, so that the job's place is that of the recovery point.
fn is_copy(index: &Index<'_>, job: &ResourceId, of: &ResourceId) -> Fact<bool> {
    let settings = index.settings;
    let region = Spot::of(job).recovers(of, &settings.recovery_regions);
    let account = match (job.account.as_deref(), of.account.as_deref()) {
        (Some(here), Some(own)) if here != own => {
            let named = settings.recovery_accounts.iter().any(|account| account == here);
            Fact::known(named || settings.recovery_accounts.is_empty())
        }
        (Some(_), Some(_)) => Fact::known(false),
        _ => Fact::unknown("the account is not known"),
    };
    Fact::any([region, account])
}
