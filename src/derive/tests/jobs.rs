//! Evidence of Regions and plans: how jobs ended, when plans ran.

use std::sync::Arc;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::build::*;
use super::soundness::{hidden, stays, texts};
use crate::model::backup::job::{BackupJob, CopyJob};
use crate::model::backup::{CopyAction, PlanRule};
use crate::model::derived::{Derived, JobStatistics, RegionDerived};
use crate::model::fact::Fact;
use crate::model::resource::{Facts, Resource};
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;

fn backup_job(id: usize, state: Fact<Arc<str>>) -> Resource {
    let facts = BackupJob {
        state,
        resource: text(VOLUME),
        resource_type: text("EBS"),
        created: Fact::known(now() - DAY),
        completed: Fact::known(now() - DAY),
        vault: text(&vault_arn(HOME, "main")),
        plan: text("p-1"),
        rule: Fact::absent(),
        message_category: text("AccessDenied"),
        nested: false,
    };
    let id = format!("job-{id}");
    live(HOME, "AWS::Backup::BackupJob", &id, &id, Facts::BackupJob(Box::new(facts)))
}

fn copy_job(state: &str) -> Resource {
    let facts = CopyJob {
        state: text(state),
        resource: text(VOLUME),
        resource_type: text("EBS"),
        created: Fact::known(now() - DAY),
        completed: Fact::known(now() - DAY),
        source_vault: text(&vault_arn(HOME, "main")),
        destination_vault: text(&vault_arn(AWAY, "main")),
        plan: text("p-1"),
        message_category: Fact::absent(),
        nested: false,
    };
    live(HOME, "AWS::Backup::CopyJob", "copy-1", "copy-1", Facts::CopyJob(Box::new(facts)))
}

fn region() -> Resource {
    let facts = crate::model::account::Region {
        backup_opt_in: Fact::known([("EBS".to_owned(), true)].into()),
        backup_full_management: Fact::known([].into()),
    };
    live(HOME, "AWS::Region", HOME, HOME, Facts::Region(Box::new(facts)))
}

fn seen(mut resources: Vec<Resource>) -> Snapshot {
    resources.push(region());
    let mut snapshot = estate(resources);
    for kind in ["AWS::Backup::BackupJob", "AWS::Backup::CopyJob"] {
        snapshot.listed.insert(listing(kind, HOME, None));
    }
    snapshot
}

fn of_region(snapshot: &Snapshot, settings: &Settings) -> RegionDerived {
    match derived(snapshot, settings, HOME) {
        Derived::Region(region) => *region,
        other => panic!("no Region: {other:?}"),
    }
}

fn backups(snapshot: &Snapshot) -> JobStatistics {
    of_region(snapshot, &Settings::default()).backup_jobs.value().expect("jobs were listed").clone()
}

/// So many jobs of each state.
fn states(all: &[(&str, usize)]) -> Vec<Resource> {
    let states = all.iter().flat_map(|(state, number)| std::iter::repeat_n(*state, *number));
    states.enumerate().map(|(id, state)| backup_job(id, text(state))).collect()
}

#[test]
fn exactly_the_threshold_is_enough_and_one_job_less_is_not() {
    let enough = backups(&seen(states(&[("COMPLETED", 98), ("FAILED", 2)])));
    assert!(enough.below_threshold.is_false());
    assert_eq!(enough.success_rate.value().unwrap(), "98.0 %");
    let less = backups(&seen(states(&[("COMPLETED", 979), ("FAILED", 21)])));
    assert!(less.below_threshold.is_true());
    assert_eq!(less.success_rate.value().unwrap(), "97.9 %");
    let mild = Settings { job_success_threshold: 95, ..Settings::default() };
    let found = of_region(&seen(states(&[("COMPLETED", 96), ("FAILED", 4)])), &mild);
    assert!(found.backup_jobs.value().unwrap().below_threshold.is_false());
}

#[test]
fn expired_aborted_and_partial_jobs_failed_and_running_ones_do_not_count() {
    for state in ["FAILED", "EXPIRED", "ABORTED", "PARTIAL"] {
        let found = backups(&seen(states(&[("COMPLETED", 1), (state, 1)])));
        assert!(found.below_threshold.is_true(), "{state}");
        assert_eq!(found.failures.value().unwrap(), &[format!("1 {state} (AccessDenied)")]);
    }
    for state in ["CREATED", "PENDING", "RUNNING", "ABORTING"] {
        let found = backups(&seen(states(&[("COMPLETED", 1), (state, 9)])));
        assert!(found.below_threshold.is_false(), "{state}");
        assert_eq!(found.finished.value(), Some(&1), "{state}");
    }
}

#[test]
fn parts_of_a_composite_job_are_counted_by_it() {
    let mut jobs = states(&[("COMPLETED", 1), ("FAILED", 5)]);
    for job in &mut jobs[1..] {
        if let Facts::BackupJob(facts) = &mut job.facts {
            facts.nested = true;
        }
    }
    assert_eq!(backups(&seen(jobs)).finished.value(), Some(&1));
}

#[test]
fn a_list_that_broke_off_says_nothing() {
    let mut snapshot = seen(states(&[("FAILED", 5)]));
    snapshot.listed.remove(&listing("AWS::Backup::BackupJob", HOME, None));
    assert!(of_region(&snapshot, &Settings::default()).backup_jobs.is_unknown());
}

#[test]
fn a_job_of_unknown_state_counts_both_ways() {
    let mut jobs = states(&[("COMPLETED", 98), ("FAILED", 2)]);
    jobs.push(backup_job(100, Fact::unknown("not said")));
    assert!(backups(&seen(jobs)).below_threshold.is_unknown());
    let mut jobs = states(&[("COMPLETED", 2), ("FAILED", 98)]);
    jobs.push(backup_job(100, Fact::unknown("not said")));
    assert!(backups(&seen(jobs)).below_threshold.is_true());
    let only = vec![backup_job(0, Fact::unknown("not said"))];
    assert!(backups(&seen(only)).below_threshold.is_unknown());
}

#[test]
fn no_job_is_a_failure_only_where_a_plan_should_have_made_one() {
    let planned = |rule: PlanRule| seen(vec![volume(), vault("main"), plan(vec![rule]), selects(&[VOLUME])]);
    assert!(backups(&planned(rule("daily", "main", 35))).missing.is_true());
    let failures = backups(&planned(rule("daily", "main", 35))).failures;
    assert_eq!(failures.value().unwrap(), &["none ran, though a plan should have made some"]);
    assert!(backups(&seen(vec![volume(), vault("main")])).missing.is_false());
    let idle = seen(vec![vault("main"), plan(vec![rule("daily", "main", 35)]), selects(&[VOLUME])]);
    assert!(backups(&idle).missing.is_false(), "nothing is there to be selected");
    let yearly = PlanRule { schedule: known("cron(0 5 1 1 ? *)"), ..rule("yearly", "main", 35) };
    assert!(backups(&planned(yearly)).missing.is_false(), "its gap is longer than the window");
    let odd = PlanRule { schedule: Fact::unknown("not read"), ..rule("odd", "main", 35) };
    assert!(backups(&planned(odd)).missing.is_unknown());
    let mut ran = planned(rule("daily", "main", 35));
    ran.resources.push(backup_job(0, text("RUNNING")));
    assert!(backups(&ran).missing.is_false());
}

#[test]
fn a_plan_that_was_just_made_has_made_no_job_yet() {
    let fresh = change_plan(plan(vec![rule("daily", "main", 35)]), |plan| plan.created = Fact::known(now() - DAY));
    let snapshot = seen(vec![volume(), vault("main"), fresh, selects(&[VOLUME])]);
    assert!(backups(&snapshot).missing.is_false());
}

#[test]
fn copy_jobs_are_expected_of_plans_that_copy() {
    let away = vault_of(AWAY, vault_facts("main"));
    let of = |copies: Fact<Vec<CopyAction>>| {
        let rule = PlanRule { copies, ..rule("daily", "main", 35) };
        let all = vec![volume(), vault("main"), away.clone(), plan(vec![rule]), selects(&[VOLUME])];
        of_region(&seen(all), &Settings::default()).copy_jobs.value().unwrap().missing.clone()
    };
    assert!(of(Fact::absent()).is_false());
    assert!(of(copies_to(&vault_arn(AWAY, "main"))).is_true());
    assert!(of(Fact::unknown("not read")).is_unknown());
    let failed = of_region(&seen(vec![copy_job("FAILED")]), &Settings::default());
    assert!(failed.copy_jobs.value().unwrap().below_threshold.is_true());
}

fn ran(last_run: Fact<jiff::Timestamp>, created: Fact<jiff::Timestamp>, rules: Vec<PlanRule>) -> Fact<bool> {
    let plan = change_plan(plan(rules), |plan| {
        plan.last_run = last_run;
        plan.created = created;
    });
    of_plan(&seen(vec![vault("main"), plan]), &Settings::default()).ran_recently
}

fn ago(hours: i64) -> Fact<jiff::Timestamp> {
    Fact::known(now() - SignedDuration::from_hours(hours))
}

#[test]
fn a_daily_plan_runs_within_a_day_and_its_start_window() {
    let daily = || vec![rule("daily", "main", 35)];
    assert!(ran(ago(25), ago(9000), daily()).is_true());
    assert!(ran(ago(26), ago(9000), daily()).is_false());
    assert!(ran(Fact::absent(), ago(9000), daily()).is_false(), "it never ran");
    assert!(ran(Fact::absent(), ago(20), daily()).is_true(), "it has not had the time");
    assert!(ran(ago(50), ago(20), daily()).is_true(), "its schedule was changed since");
}

#[test]
fn what_is_not_known_of_a_plans_runs_is_unknown_unless_it_does_not_matter() {
    let daily = || vec![rule("daily", "main", 35)];
    let unread = || Fact::unknown("not read");
    assert!(ran(unread(), ago(9000), daily()).is_unknown());
    assert!(ran(unread(), ago(5), daily()).is_true());
    assert!(ran(ago(99), unread(), daily()).is_unknown());
    assert!(ran(ago(5), unread(), daily()).is_true());
    let odd = || vec![PlanRule { schedule: Fact::unknown("not read"), ..rule("odd", "main", 35) }];
    assert!(ran(ago(99), ago(9000), odd()).is_unknown());
    let wide = || vec![PlanRule { start_window_minutes: Fact::unknown("not read"), ..rule("wide", "main", 35) }];
    assert!(ran(ago(23), ago(9000), wide()).is_true());
    assert!(ran(ago(30), ago(9000), wide()).is_unknown());
}

#[test]
fn several_rules_leave_the_longest_gap_of_all() {
    let at = |hour: u8| PlanRule {
        schedule: known(&format!("cron(0 {hour} * * ? *)")),
        ..rule(&format!("at-{hour}"), "main", 35)
    };
    assert!(ran(ago(12), ago(9000), vec![at(0), at(12)]).is_true());
    assert!(ran(ago(14), ago(9000), vec![at(0), at(12)]).is_false());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_known_of_jobs_stays_true_once_everything_is_learnt(
        states in prop::collection::vec(hidden(texts(&["COMPLETED", "FAILED", "RUNNING"])), 0..5),
        threshold in prop::sample::select(vec![50_u8, 98]),
        (jobs_read, plans_read, planned) in any::<(bool, bool, bool)>(),
    ) {
        let settings = Settings { job_success_threshold: threshold, ..Settings::default() };
        let of = |learnt: bool| {
            let mut all = vec![volume(), vault("main")];
            if planned && (plans_read || learnt) {
                all.extend([plan(vec![rule("daily", "main", 35)]), selects(&[VOLUME])]);
            }
            if jobs_read || learnt {
                let states = states.iter().enumerate();
                all.extend(states.map(|(id, state)| backup_job(id, state.fact(learnt).map(Into::into))));
            }
            let mut snapshot = seen(all);
            for (read, kind) in [(jobs_read, "AWS::Backup::BackupJob"), (plans_read, "AWS::Backup::BackupPlan")] {
                if !read && !learnt {
                    snapshot.listed.remove(&listing(kind, HOME, None));
                }
            }
            of_region(&snapshot, &settings).backup_jobs
        };
        let (before, after) = (of(false), of(true));
        if let (Some(before), Some(after)) = (before.value(), after.value()) {
            let facts = |jobs: &JobStatistics| [jobs.below_threshold.clone(), jobs.missing.clone()];
            stays(&facts(before), &facts(after))?;
        }
    }
}
