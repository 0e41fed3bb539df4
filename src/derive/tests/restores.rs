//! Restore testing and the evidence of restores.

use jiff::SignedDuration;

use super::build::*;
use crate::derive::derive;
use crate::model::attribute::Ranged;
use crate::model::backup::job::RestoreJob;
use crate::model::backup::testing::{RestoreTestingPlan, RestoreTestingSelection};
use crate::model::backup::{PlanRule, TagCondition, TagOperator};
use crate::model::derived::{
    Derived, RegionRestoreTesting, RestoreTestingPlanDerived, RestoreTestingSelectionDerived, Restores,
};
use crate::model::fact::Fact;
use crate::model::resource::{Facts, Resource};
use crate::model::settings::Settings;
use crate::model::snapshot::{Snapshot, Source};

pub const HOUR: SignedDuration = SignedDuration::from_hours(1);
pub const TEST_PLAN: &str = "arn:aws:backup:eu-west-1:111122223333:restore-testing-plan:monthly";

pub fn test_plan_facts() -> RestoreTestingPlan {
    RestoreTestingPlan {
        plan_name: known("monthly"),
        schedule: known("cron(0 5 1 * ? *)"),
        timezone: Fact::absent(),
        start_window_hours: Fact::known(24),
        algorithm: known("RANDOM_WITHIN_WINDOW"),
        include_vaults: Fact::known(vec![link("*")]),
        exclude_vaults: Fact::absent(),
        recovery_point_types: Fact::known(vec!["SNAPSHOT".to_owned(), "CONTINUOUS".to_owned()]),
        selection_window_days: Fact::absent(),
        last_run: Fact::known(now() - DAY * 9),
    }
}

pub fn test_plan(facts: RestoreTestingPlan) -> Resource {
    live(HOME, "AWS::Backup::RestoreTestingPlan", TEST_PLAN, "monthly", Facts::RestoreTestingPlan(Box::new(facts)))
}

pub fn test_selection_facts(kind: &str, arns: &[&str]) -> RestoreTestingSelection {
    RestoreTestingSelection {
        selection_name: known("volumes"),
        plan: link("monthly"),
        resource_type: known(kind),
        resources: Fact::known(arns.iter().map(|arn| link(arn)).collect()),
        conditions: Fact::absent(),
        validation_window_hours: Fact::known(4),
        role: Fact::known(link("arn:aws:iam::111122223333:role/restore")),
        created: Fact::known(now() - DAY * 100),
    }
}

pub fn test_selection(name: &str, facts: RestoreTestingSelection) -> Resource {
    let id = format!("{TEST_PLAN}/selection/{name}");
    live(HOME, "AWS::Backup::RestoreTestingSelection", &id, name, Facts::RestoreTestingSelection(Box::new(facts)))
}

pub fn job_facts(of: &str, hours_old: i64) -> RestoreJob {
    let created = now() - HOUR * i32::try_from(hours_old).unwrap();
    RestoreJob {
        status: known("COMPLETED"),
        recovery_point: Fact::absent(),
        vault: known(&vault_arn(HOME, "main")),
        resource: known(of),
        resource_type: known("EBS"),
        created: Fact::known(created),
        completed: Fact::known(created + HOUR * 2),
        testing_plan: Fact::absent(),
        validation: Fact::absent(),
    }
}

pub fn job(region: &str, id: &str, facts: RestoreJob) -> Resource {
    live(region, "AWS::Backup::RestoreJob", id, id, Facts::RestoreJob(Box::new(facts)))
}

fn tested_job(of: &str, hours_old: i64) -> RestoreJob {
    RestoreJob { testing_plan: known(TEST_PLAN), ..job_facts(of, hours_old) }
}

pub fn region() -> Resource {
    let facts = crate::model::account::Region {
        backup_opt_in: Fact::unknown("not read"),
        backup_full_management: Fact::unknown("not read"),
    };
    live(HOME, "AWS::Region", HOME, HOME, Facts::Region(Box::new(facts)))
}

fn of(resources: Vec<Resource>) -> Ranged<Restores> {
    of_workload(&estate(resources), &Settings::default(), "vol-1").restores
}

fn of_test_plan(snapshot: &Snapshot, settings: &Settings) -> RestoreTestingPlanDerived {
    match derived(snapshot, settings, "monthly") {
        Derived::RestoreTestingPlan(plan) => *plan,
        other => panic!("{other:?}"),
    }
}

fn of_selection(snapshot: &Snapshot) -> RestoreTestingSelectionDerived {
    match derived(snapshot, &Settings::default(), "volumes") {
        Derived::RestoreTestingSelection(selection) => *selection,
        other => panic!("{other:?}"),
    }
}

fn of_region(snapshot: &Snapshot) -> RegionRestoreTesting {
    match derived(snapshot, &Settings::default(), HOME) {
        Derived::Region(region) => region.restore_testing.only().unwrap().clone(),
        other => panic!("{other:?}"),
    }
}

/// A volume that is backed up daily, with its vault.
fn backed_up() -> Vec<Resource> {
    vec![volume(), vault("main"), plan(vec![rule("daily", "main", 35)]), selects(&["arn:aws:ec2:*:*:volume/*"])]
}

fn with(mut resources: Vec<Resource>, more: Vec<Resource>) -> Vec<Resource> {
    resources.extend(more);
    resources
}

fn worst(restores: &Ranged<Restores>) -> &Restores {
    restores.versions.first().unwrap()
}

fn best(restores: &Ranged<Restores>) -> &Restores {
    restores.versions.last().unwrap()
}

#[test]
fn a_restore_of_it_is_dated_from_its_start_and_measured() {
    let found = of(vec![volume(), job(HOME, "j", job_facts(VOLUME, 50))]);
    assert_eq!(worst(&found).tested_age, Fact::known(HOUR * 50));
    assert_eq!(worst(&found).restore_time, Fact::known(HOUR * 2));
    assert!(worst(&found).copy_tested_age.is_absent());
    // One from a copy may have been before the window.
    assert_eq!(best(&found).copy_tested_age.value(), Some(&(DAY * 30 + SignedDuration::from_secs(1))));
}

#[test]
fn the_slowest_restore_is_the_measure_and_failed_ones_are_none() {
    let slow = job_facts(VOLUME, 100);
    let slow = RestoreJob { completed: Fact::known(*slow.created.value().unwrap() + HOUR * 9), ..slow };
    let failed = RestoreJob { status: known("FAILED"), ..job_facts(VOLUME, 1) };
    let found = of(vec![volume(), job(HOME, "a", job_facts(VOLUME, 50)), job(HOME, "b", slow), job(HOME, "c", failed)]);
    assert_eq!(worst(&found).restore_time, Fact::known(HOUR * 9));
    assert_eq!(best(&found).restore_time, Fact::known(HOUR * 9));
    assert_eq!(worst(&found).tested_age, Fact::known(HOUR * 50));
}

#[test]
fn a_restore_whose_validation_failed_does_not_count() {
    let bad = RestoreJob { validation: known("FAILED"), ..job_facts(VOLUME, 1) };
    assert!(worst(&of(vec![volume(), job(HOME, "a", bad)])).tested_age.is_absent());
    let late = RestoreJob { validation: known("TIMED_OUT"), ..job_facts(VOLUME, 1) };
    assert!(worst(&of(vec![volume(), job(HOME, "a", late)])).tested_age.is_known());
}

#[test]
fn where_nothing_was_found_a_restore_may_have_been_before_the_window_and_not_in_it() {
    let found = of(vec![volume()]);
    assert!(worst(&found).tested_age.is_absent());
    assert!(best(&found).tested_age_less_slack.value().unwrap() > &(DAY * 30));
    assert!(found.reasons.is_some());
}

#[test]
fn what_waits_for_the_next_run_of_its_plan_is_given_the_days_of_long_months_and_the_start_window() {
    let last_run = |last_run: Fact<jiff::Timestamp>| {
        let tests = test_plan(RestoreTestingPlan { last_run, ..test_plan_facts() });
        let selection = test_selection("volumes", test_selection_facts("EBS", &["*"]));
        of(with(backed_up(), vec![tests, selection]))
    };
    let unseen = |found: &Ranged<Restores>| *best(found).tested_age_less_slack.value().unwrap();
    // The run before may be a little older than the jobs that are listed.
    for waiting in [Fact::known(now() - DAY * 31), Fact::known(now() - HOUR), Fact::unknown("denied")] {
        assert!(unseen(&last_run(waiting)) < DAY * 30);
    }
    // It ran, and did not restore this; or it never ran.
    for done in [Fact::known(now() - DAY * 9), Fact::absent()] {
        let found = last_run(done);
        assert!(best(&found).covered.is_true());
        assert!(unseen(&found) > DAY * 30);
    }
}

#[test]
fn a_broken_list_of_jobs_leaves_every_restore_possible() {
    let mut snapshot = estate(vec![volume(), job(HOME, "a", job_facts(VOLUME, 50))]);
    snapshot.listed.remove(&listing("AWS::Backup::RestoreJob", HOME, None));
    let found = of_workload(&snapshot, &Settings::default(), "vol-1").restores;
    assert_eq!(best(&found).tested_age, Fact::known(SignedDuration::ZERO));
    assert_eq!(worst(&found).restore_time.value(), Some(&crate::model::workload::FOREVER));
    assert_eq!(best(&found).restore_time, Fact::known(HOUR * 2));
}

#[test]
fn a_restore_in_a_recovery_region_is_one_from_a_copy() {
    let found = of(vec![volume(), job(AWAY, "a", job_facts(VOLUME, 50))]);
    assert_eq!(worst(&found).copy_tested_age, Fact::known(HOUR * 50));
    let settings = Settings { recovery_regions: vec!["us-east-1".to_owned()], ..Settings::default() };
    let found =
        of_workload(&estate(vec![volume(), job(AWAY, "a", job_facts(VOLUME, 50))]), &settings, "vol-1").restores;
    assert!(worst(&found).copy_tested_age.is_absent() && worst(&found).tested_age.is_known());
    // The recovery Region was not audited.
    assert_eq!(best(&found).copy_tested_age, Fact::known(SignedDuration::ZERO));
}

#[test]
fn a_restore_in_another_account_is_one_from_a_copy() {
    let mut there = job(HOME, "a", job_facts(VOLUME, 50));
    there.id.account = Some(OTHER_ACCOUNT.into());
    let mut snapshot = estate(vec![volume(), there]);
    for region in [HOME, AWAY] {
        let mut theirs = listing("AWS::Backup::RestoreJob", region, None);
        theirs.account = OTHER_ACCOUNT.into();
        snapshot.listed.insert(theirs);
    }
    let found = of_workload(&snapshot, &Settings::default(), "vol-1").restores;
    assert_eq!(worst(&found).copy_tested_age, Fact::known(HOUR * 50));
}

#[test]
fn a_job_that_does_not_say_what_it_restored_is_told_by_its_recovery_point() {
    let point = point(HOME, "p", VOLUME, 100);
    let unnamed = RestoreJob { resource: Fact::absent(), recovery_point: known(&point.id.id), ..job_facts(VOLUME, 50) };
    let found = of(vec![volume(), vault("main"), point, job(HOME, "a", unnamed.clone())]);
    assert_eq!(worst(&found).tested_age, Fact::known(HOUR * 50));
    // Without the point it may be of any volume, and of nothing else.
    let found = of(vec![volume(), job(HOME, "a", unnamed.clone())]);
    assert!(worst(&found).tested_age.is_absent());
    assert_eq!(best(&found).tested_age, Fact::known(HOUR * 50));
    let found = of(vec![volume(), job(HOME, "a", RestoreJob { resource_type: known("EFS"), ..unnamed })]);
    assert!(best(&found).tested_age.value().unwrap() > &(DAY * 30));
}

#[test]
fn a_test_of_its_type_counts_where_the_selection_covers_it() {
    let other = "arn:aws:ec2:eu-west-1:111122223333:volume/vol-2";
    let tests = |selections: Vec<Resource>| {
        let all = with(backed_up(), vec![test_plan(test_plan_facts()), job(HOME, "a", tested_job(other, 50))]);
        of(with(all, selections))
    };
    let all = test_selection("volumes", test_selection_facts("EBS", &["*"]));
    assert_eq!(worst(&tests(vec![all.clone()])).tested_age, Fact::known(HOUR * 50));
    assert!(worst(&tests(vec![all.clone()])).restore_time.is_absent(), "another volume's time is not its own");
    let only = test_selection("volumes", test_selection_facts("EBS", &[other]));
    assert!(worst(&tests(vec![only.clone()])).tested_age.is_absent());
    // With two selections of the type, the job may be of the other one.
    let mut second = test_selection("second", test_selection_facts("EBS", &[VOLUME]));
    second.name = "second".into();
    let found = tests(vec![only, second]);
    assert!(worst(&found).tested_age.is_absent());
    assert_eq!(best(&found).tested_age, Fact::known(HOUR * 50));
}

fn covered_by(plan: RestoreTestingPlan, selection: RestoreTestingSelection, tag: Option<&str>) -> Fact<bool> {
    let mut all = with(backed_up(), vec![test_plan(plan), test_selection("volumes", selection)]);
    if let Some(value) = tag {
        all[0] = tagged(volume(), "team", known(value));
    }
    worst(&of(all)).covered.clone()
}

#[test]
fn a_selection_covers_by_type_arn_and_tags() {
    let plan = test_plan_facts;
    let selection = test_selection_facts;
    assert!(covered_by(plan(), selection("EBS", &["*"]), None).is_true());
    assert!(covered_by(plan(), selection("EFS", &["*"]), None).is_false());
    assert!(covered_by(plan(), selection("EBS", &[VOLUME]), None).is_true());
    assert!(covered_by(plan(), selection("EBS", &[]), None).is_unknown());
    let by_tag = |operator| RestoreTestingSelection {
        conditions: Fact::known(vec![TagCondition { operator, key: known("team"), value: known("a") }]),
        ..selection("EBS", &["*"])
    };
    assert!(covered_by(plan(), by_tag(TagOperator::StringEquals), Some("a")).is_true());
    // The tags of the newest recovery point decide, and those were not read.
    assert!(covered_by(plan(), by_tag(TagOperator::StringEquals), Some("b")).is_unknown());
    assert!(covered_by(plan(), by_tag(TagOperator::StringNotEquals), Some("b")).is_true());
    assert!(covered_by(plan(), by_tag(TagOperator::StringNotEquals), None).is_unknown());
}

#[test]
fn a_plan_restores_from_its_vaults_only() {
    let selection = || test_selection_facts("EBS", &["*"]);
    let main = vault_arn(HOME, "main");
    let from = |included: &[&str], excluded: &[&str]| RestoreTestingPlan {
        include_vaults: Fact::known(included.iter().map(|arn| link(arn)).collect()),
        exclude_vaults: Fact::known(excluded.iter().map(|arn| link(arn)).collect()),
        ..test_plan_facts()
    };
    assert!(covered_by(from(&[&main], &[]), selection(), None).is_true());
    assert!(covered_by(from(&["arn:aws:backup:*:*:backup-vault:ma*"], &[]), selection(), None).is_true());
    assert!(covered_by(from(&[&vault_arn(HOME, "other")], &[]), selection(), None).is_false());
    assert!(covered_by(from(&["*"], &[&main]), selection(), None).is_false());
    let continuous =
        RestoreTestingPlan { recovery_point_types: Fact::known(vec!["CONTINUOUS".to_owned()]), ..test_plan_facts() };
    assert!(covered_by(continuous, selection(), None).is_false());
}

#[test]
fn a_plan_in_the_recovery_region_covers_what_is_copied_there() {
    let mut away = test_plan(test_plan_facts());
    away.id.region = Some(AWAY.into());
    let mut selection = test_selection("volumes", test_selection_facts("EBS", &["*"]));
    selection.id.region = Some(AWAY.into());
    let mut copying = rule("daily", "main", 35);
    copying.copies = copies_to(&vault_arn(AWAY, "main"));
    let all = |rule| {
        vec![
            volume(),
            vault("main"),
            vault_of(AWAY, vault_facts("main")),
            plan(vec![rule]),
            selects(&[VOLUME]),
            away.clone(),
            selection.clone(),
            region(),
        ]
    };
    assert!(worst(&of(all(copying.clone()))).covered.is_true());
    assert!(of_region(&estate(all(copying.clone()))).needed.is_false(), "its copies are tested there");
    assert!(worst(&of(all(rule("daily", "main", 35)))).covered.is_false());
    // What is written to a vault that does not exist is not copied either.
    let lost = PlanRule { copies: copying.copies, ..rule("daily", "gone", 35) };
    assert!(worst(&of(all(lost))).covered.is_false());
}

#[test]
fn plans_that_were_not_listed_may_cover_it() {
    let mut snapshot = estate(backed_up());
    snapshot.listed.remove(&listing("AWS::Backup::RestoreTestingPlan", HOME, None));
    assert!(worst(&of_workload(&snapshot, &Settings::default(), "vol-1").restores).covered.is_unknown());
    let files = template(backed_up());
    assert!(worst(&of_workload(&files, &Settings::default(), "vol-1").restores).covered.is_unknown());
    assert!(worst(&of_workload(&files, &complete(), "vol-1").restores).covered.is_false());
}

fn with_tests(plan: RestoreTestingPlan) -> Snapshot {
    let mut all = backed_up();
    all[0] = tagged(volume(), "backup-tier", known("critical"));
    let selection = test_selection("volumes", test_selection_facts("EBS", &["*"]));
    estate(with(all, vec![test_plan(plan), selection, region()]))
}

#[test]
fn a_monthly_plan_runs_every_30_days_and_a_quarterly_one_every_90() {
    let gap = |schedule: &str| {
        let plan = RestoreTestingPlan { schedule: known(schedule), ..test_plan_facts() };
        of_test_plan(&with_tests(plan), &Settings::default())
    };
    let monthly = gap("cron(0 5 1 * ? *)");
    assert_eq!(monthly.longest_gap, Fact::known(DAY * 31));
    assert_eq!(monthly.longest_gap_less_slack, Fact::known(DAY * 30));
    assert!(monthly.needed.is_true());
    assert_eq!(monthly.objective.only().unwrap().tier, known("critical"));
    assert!(gap("cron(0 5 1 1,4,7,10 ? *)").longest_gap_less_slack.value().unwrap() <= &(DAY * 90));
    assert!(gap("cron(0 5 1 1,7 ? *)").longest_gap_less_slack.value().unwrap() > &(DAY * 90));
    assert!(gap("at noon").longest_gap.is_unknown());
}

#[test]
fn the_test_of_a_workload_is_due_to_no_plan_where_another_makes_it_in_time() {
    let often =
        RestoreTestingPlan { plan_name: known("weekly"), schedule: known("cron(0 5 ? * SUN *)"), ..test_plan_facts() };
    let mut snapshot = with_tests(RestoreTestingPlan { schedule: known("cron(0 5 1 1 ? *)"), ..test_plan_facts() });
    assert!(of_test_plan(&snapshot, &Settings::default()).needed.is_true());
    let mut weekly = test_plan(often);
    weekly.id.id = "arn:aws:backup:eu-west-1:111122223333:restore-testing-plan:weekly".into();
    weekly.name = "weekly".into();
    let mut selection = test_selection("weekly", test_selection_facts("EBS", &["*"]));
    if let Facts::RestoreTestingSelection(facts) = &mut selection.facts {
        facts.plan = link("weekly");
    }
    snapshot.listed.insert(listing("AWS::Backup::RestoreTestingSelection", HOME, Some(&weekly.id.id)));
    snapshot.resources.extend([weekly, selection]);
    snapshot.sort();
    assert!(of_test_plan(&snapshot, &Settings::default()).needed.is_false());
}

#[test]
fn a_region_needs_restore_testing_where_it_has_protected_workloads() {
    let bare = of_region(&estate(with(backed_up(), vec![region()])));
    assert!(bare.needed.is_true() && bare.exists.is_false() && bare.random.is_false());
    let empty = of_region(&estate(vec![region()]));
    assert!(empty.needed.is_false());
    let unprotected = of_region(&estate(vec![volume(), region()]));
    assert!(unprotected.needed.is_false());
    let mut exempt = backed_up();
    exempt[0] = tagged(volume(), "backup-tier", known("none"));
    assert!(of_region(&estate(with(exempt, vec![region()]))).needed.is_false());
    let tested = of_region(&with_tests(test_plan_facts()));
    assert!(tested.exists.is_true() && tested.random.is_true());
    let latest = RestoreTestingPlan { algorithm: known("LATEST_WITHIN_WINDOW"), ..test_plan_facts() };
    assert!(of_region(&with_tests(latest)).random.is_false());
    let bare_plan = of_region(&estate(with(backed_up(), vec![region(), test_plan(test_plan_facts())])));
    assert!(bare_plan.exists.is_false(), "a plan without a selection tests nothing");
    let mut unread = estate(vec![region()]);
    unread.listed.remove(&listing("Backstop::ProtectedResource", HOME, None));
    unread.listed.remove(&listing("AWS::Backup::RestoreTestingPlan", HOME, None));
    let unread = of_region(&unread);
    assert!(unread.needed.is_unknown() && unread.exists.is_unknown() && unread.random.is_unknown());
}

#[test]
fn buckets_may_be_listed_for_all_regions_or_for_the_one_that_is_asked_about() {
    let needed = |place: Option<&str>| {
        let mut snapshot = estate(vec![region()]);
        assert!(snapshot.listed.remove(&listing("AWS::S3::Bucket", "global", None)));
        snapshot.listed.extend(place.map(|place| listing("AWS::S3::Bucket", place, None)));
        of_region(&snapshot).needed
    };
    assert!(needed(Some("global")).is_false() && needed(Some(HOME)).is_false());
    assert!(needed(Some(AWAY)).is_unknown() && needed(None).is_unknown());
}

fn run(jobs: Vec<RestoreJob>) -> RestoreTestingSelectionDerived {
    let mut snapshot = with_tests(test_plan_facts());
    let jobs = jobs.into_iter().enumerate().map(|(number, facts)| job(HOME, &format!("j{number}"), facts));
    snapshot.resources.extend(jobs);
    snapshot.sort();
    of_selection(&snapshot)
}

#[test]
fn the_last_run_succeeded_where_all_that_it_tried_was_restored() {
    let good = || RestoreJob { validation: known("SUCCESSFUL"), ..tested_job(VOLUME, 200) };
    let found = run(vec![good()]);
    assert!(found.ran.is_true() && found.last_run_succeeded.is_true() && found.last_run_validated.is_true());
    assert_eq!(found.last_run_age, Fact::known(DAY * 9));
    let found = run(vec![good(), RestoreJob { status: known("FAILED"), ..good() }]);
    assert!(found.last_run_succeeded.is_false() && found.last_run_validated.is_true());
    assert_eq!(found.last_run_faults, Fact::known(vec![format!("restore of {VOLUME} is FAILED")]));
    let found = run(vec![good(), RestoreJob { validation: known("FAILED"), ..good() }]);
    assert!(found.last_run_succeeded.is_false() && found.last_run_validated.is_true());
    let found = run(vec![good(), RestoreJob { status: known("RUNNING"), ..good() }]);
    assert!(found.last_run_succeeded.is_unknown());
    // An earlier run's failure is no matter any more.
    let found = run(vec![good(), RestoreJob { status: known("FAILED"), ..tested_job(VOLUME, 500) }]);
    assert!(found.last_run_succeeded.is_true());
}

#[test]
fn a_run_that_restored_nothing_did_not_succeed() {
    let found = run(vec![]);
    assert!(found.last_run_succeeded.is_false());
    assert_eq!(found.last_run_faults.value().unwrap().len(), 1);
    let mut young = with_tests(RestoreTestingPlan { last_run: Fact::known(now() - HOUR), ..test_plan_facts() });
    assert!(of_selection(&young).last_run_succeeded.is_unknown(), "its tests may still start");
    young = with_tests(test_plan_facts());
    young.listed.remove(&listing("AWS::Backup::RestoreJob", HOME, None));
    assert!(of_selection(&young).last_run_succeeded.is_unknown());
}

#[test]
fn a_restore_that_nobody_reported_on_is_not_validated() {
    for validation in [Fact::absent(), known("TIMED_OUT")] {
        let found = run(vec![RestoreJob { validation, ..tested_job(VOLUME, 200) }]);
        assert!(found.last_run_succeeded.is_true() && found.last_run_validated.is_false());
    }
    let found = run(vec![RestoreJob { validation: known("VALIDATING"), ..tested_job(VOLUME, 200) }]);
    assert!(found.last_run_validated.is_unknown());
}

#[test]
fn a_plan_that_never_ran_or_ran_long_ago_says_nothing() {
    let never = of_selection(&with_tests(RestoreTestingPlan { last_run: Fact::absent(), ..test_plan_facts() }));
    assert!(never.ran.is_false() && never.last_run_age.is_absent());
    let old =
        of_selection(&with_tests(RestoreTestingPlan { last_run: Fact::known(now() - DAY * 40), ..test_plan_facts() }));
    assert!(old.ran.is_true() && old.last_run_succeeded.is_unknown() && old.last_run_validated.is_unknown());
}

#[test]
fn files_hold_no_evidence_of_restores() {
    let snapshot =
        Snapshot { source: Source::Files, ..template(with(backed_up(), vec![job(HOME, "a", job_facts(VOLUME, 1))])) };
    let found = of_workload(&snapshot, &complete(), "vol-1").restores;
    assert!(found.only().unwrap().tested_age.is_absent());
    assert!(derive(&snapshot, &complete(), None).iter().all(|subject| !matches!(subject.derived, Derived::Region(_))));
}

#[test]
fn a_selection_that_is_younger_than_its_plans_last_run_had_no_part_in_it() {
    let of = |created: Fact<jiff::Timestamp>| {
        let facts = RestoreTestingSelection { created, ..test_selection_facts("EBS", &["*"]) };
        of_selection(&estate(vec![test_plan(test_plan_facts()), test_selection("volumes", facts)]))
    };
    assert!(of(Fact::known(now() - DAY * 10)).last_run_succeeded.is_false(), "nothing was restored");
    let young = of(Fact::known(now() - DAY * 8));
    assert!(young.ran.is_false() && young.last_run_age.is_absent());
    assert!(of(Fact::unknown("not said")).ran.is_unknown());
}
