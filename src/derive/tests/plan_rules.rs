//! Plans: windows, rules that give way, cold storage.

use std::collections::BTreeMap;

use super::build::*;
use crate::model::account::Region;
use crate::model::backup::{Lifecycle, PlanRule, Vault};
use crate::model::derived::PlanDerived;
use crate::model::fact::Fact;
use crate::model::resource::{Facts, Resource};
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;

const FILES: &str = "arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/fs-1";
const TABLE: &str = "arn:aws:dynamodb:eu-west-1:111122223333:table/t";

/// A live estate whose workloads were listed to their end.
fn listed(resources: Vec<Resource>) -> Snapshot {
    let mut snapshot = estate(resources);
    snapshot.listed.insert(listing("AWS::S3::Bucket", "global", None));
    snapshot.listed.insert(listing("Backstop::ProtectedResource", HOME, None));
    snapshot
}

fn with(rules: Vec<PlanRule>, workloads: Vec<Resource>) -> PlanDerived {
    let arns: Vec<String> = workloads.iter().map(|workload| workload.id.id.to_string()).collect();
    let arns: Vec<&str> = arns.iter().map(String::as_str).collect();
    let mut all = vec![plan(rules), vault("main"), selects(&arns), opted_in()];
    all.extend(workloads);
    of_plan(&listed(all), &Settings::default())
}

fn opted_in() -> Resource {
    let opted = ["EBS", "EFS", "DynamoDB"].map(|kind| (kind.to_owned(), true));
    let managed = Fact::known(BTreeMap::from([("DynamoDB".to_owned(), true), ("EFS".to_owned(), true)]));
    let facts = Region { backup_opt_in: Fact::known(BTreeMap::from(opted)), backup_full_management: managed };
    live(HOME, "AWS::Region", HOME, HOME, Facts::Region(Box::new(facts)))
}

fn of(rules: Vec<PlanRule>) -> PlanDerived {
    with(rules, vec![tagged(volume(), "backup-tier", known("relaxed"))])
}

fn at_times(name: &str, schedule: &str, start: i64, days: i64) -> PlanRule {
    PlanRule { schedule: known(schedule), start_window_minutes: Fact::known(start), ..rule(name, "main", days) }
}

#[test]
fn windows_fit_where_a_run_begins_before_the_next_is_due_and_has_time_to_end() {
    let faults = |rule: PlanRule| {
        let found = of(vec![rule]);
        assert_eq!(found.windows_fit.value(), Some(&found.window_faults.value().unwrap().is_empty()));
        found.window_faults.value().unwrap().clone()
    };
    let daily = at_times("r", "cron(0 5 ? * * *)", 480, 35);
    assert!(faults(daily.clone()).is_empty(), "AWS's own windows");
    assert!(faults(PlanRule { start_window_minutes: Fact::absent(), ..daily.clone() }).is_empty());
    assert!(faults(at_times("r", "cron(0 * ? * * *)", 60, 35)).is_empty(), "windows that only touch");
    assert_eq!(
        faults(PlanRule { start_window_minutes: Fact::absent(), ..at_times("r", "cron(0 * ? * * *)", 60, 35) }),
        ["rule r may start 8h late, and is due again after 1h"]
    );
    // The shortest gap counts: 20:00 to 04:00 is long, 04:00 to 05:00 is not.
    assert_eq!(
        faults(at_times("r", "cron(0 4,5,20 ? * * *)", 120, 35)),
        ["rule r may start 2h late, and is due again after 1h"]
    );
    assert_eq!(faults(at_times("r", "rate(2 hours)", 180, 35)).len(), 1);
    assert_eq!(
        faults(PlanRule { start_window_minutes: Fact::known(30), ..daily.clone() }),
        ["rule r must start within 30m, AWS Backup asks for 1h"]
    );
    let short = |minutes| PlanRule { completion_window_minutes: Fact::known(minutes), ..daily.clone() };
    assert_eq!(faults(short(480)), ["rule r may start 8h late, and is cancelled after 8h"]);
    assert!(faults(short(481)).is_empty());
}

#[test]
fn an_unknown_window_or_schedule_leaves_the_windows_open_unless_something_is_wrong_for_certain() {
    let unknown = || Fact::unknown("parameter");
    let rule = at_times("r", "cron(0 5 ? * * *)", 60, 35);
    for open in [
        PlanRule { start_window_minutes: unknown(), ..rule.clone() },
        PlanRule { completion_window_minutes: unknown(), ..rule.clone() },
        PlanRule { schedule: Fact::unknown("parameter"), ..rule.clone() },
    ] {
        let found = of(vec![open]);
        assert!(found.windows_fit.is_unknown() && found.window_faults.is_unknown());
    }
    let wrong =
        PlanRule { schedule: Fact::unknown("parameter"), start_window_minutes: Fact::known(1).at(at(7)), ..rule };
    let found = of(vec![wrong]);
    assert!(found.windows_fit.is_false());
    assert_eq!((found.windows_fit.at, found.window_faults.at), (at(7), at(7)));
}

fn dropped(rules: Vec<PlanRule>) -> (Option<bool>, Option<Vec<String>>) {
    let found = of(rules);
    (found.every_rule_runs.value().copied(), found.dropped_rules.value().cloned())
}

#[test]
fn a_rule_of_which_every_run_gives_way_is_dropped() {
    let daily = at_times("daily", "cron(0 5 ? * * *)", 480, 35);
    let monthly = at_times("monthly", "cron(0 6 1 * ? *)", 60, 365);
    let short = at_times("weekly", "cron(0 6 ? * SUN *)", 60, 7);
    assert_eq!(dropped(vec![daily.clone(), monthly.clone()]), (Some(true), Some(vec![])), "daily gives way once");
    let found = of(vec![daily.clone(), PlanRule { schedule: short.schedule.clone().at(at(9)), ..short.clone() }]);
    assert!(found.every_rule_runs.is_false());
    assert_eq!(found.dropped_rules.value().unwrap(), &["rule weekly, kept 7 days"]);
    assert_eq!(found.dropped_rules.at, at(9));
    let later = at_times("weekly", "cron(0 14 ? * SUN *)", 60, 7);
    assert_eq!(dropped(vec![daily.clone(), later]), (Some(true), Some(vec![])));
    // A rule that writes nowhere takes nobody's place.
    let nowhere = PlanRule { target_vault: link("gone"), ..daily.clone() };
    assert_eq!(dropped(vec![nowhere, short.clone()]), (Some(true), Some(vec![])));
    // A continuous rule may be updated all the same.
    let continuous = PlanRule { continuous: Fact::known(true), ..short.clone() };
    assert_eq!(dropped(vec![daily.clone(), continuous]), (None, None));
    let unknown = PlanRule { schedule: Fact::unknown("parameter"), ..daily };
    assert_eq!(dropped(vec![unknown, short]), (None, None));
}

#[test]
fn several_rules_together_drop_a_rule_and_a_dropped_one_drops_none() {
    let week = at_times("week", "cron(0 5 ? * MON-FRI *)", 60, 35);
    let weekend = at_times("weekend", "cron(0 5 ? * SAT,SUN *)", 60, 90);
    let daily = at_times("daily", "cron(30 5 ? * * *)", 60, 7);
    assert_eq!(
        dropped(vec![week, weekend.clone(), daily.clone()]),
        (Some(false), Some(vec!["rule daily, kept 7 days".to_owned()]))
    );
    // From 04:30 to 05:30, over both: it gives way itself, so that the last one runs.
    let first = at_times("first", "cron(0 4 ? * * *)", 60, 365);
    let middle = at_times("middle", "cron(30 4 ? * * *)", 60, 90);
    let last = at_times("last", "cron(0 5 ? * * *)", 60, 7);
    assert_eq!(dropped(vec![first, middle, last]), (Some(false), Some(vec!["rule middle, kept 90 days".to_owned()])));
}

#[test]
fn which_of_two_equally_kept_rules_is_dropped_is_not_said() {
    let one = at_times("one", "cron(0 5 ? * * *)", 60, 35);
    let two = at_times("two", "cron(30 5 ? * * *)", 60, 35);
    assert_eq!(dropped(vec![one.clone(), two]), (None, None));
    let apart = at_times("two", "cron(0 6 ? * * *)", 60, 35);
    assert_eq!(dropped(vec![one, apart]), (Some(true), Some(vec![])));
}

#[test]
fn a_rule_that_never_runs_copies_nothing() {
    let copies = copies_to(&vault_arn(AWAY, "main"));
    let mut bucket = barely_versioned("orders");
    bucket.lifecycle = Fact::known(vec![expires_noncurrent(1)]);
    let week = at_times("week", "cron(0 5 ? * MON-FRI *)", 60, 35);
    let weekend = at_times("weekend", "cron(0 5 ? * SAT,SUN *)", 60, 90);
    let daily = PlanRule { copies, ..at_times("daily", "cron(30 5 ? * * *)", 60, 7) };
    let snapshot = listed(vec![
        plan(vec![week, weekend, daily]),
        vault("main"),
        vault_of(AWAY, vault_facts("main")),
        selects(&["arn:aws:s3:::orders"]),
        bucket_of(HOME, bucket),
    ]);
    let found = of_workload(&snapshot, &Settings::default(), "orders").protection;
    assert!(found.versions.iter().all(|version| version.copied_to_recovery_region.is_false()), "{found:#?}");
}

fn long(cold: Option<i64>, opted_in: bool) -> Fact<Lifecycle> {
    Fact::known(Lifecycle {
        delete_after_days: Fact::known(365),
        cold_after_days: Fact::from_option(cold),
        archive_opt_in: Fact::known(opted_in),
    })
}

fn files() -> Resource {
    tagged(workload("AWS::EFS::FileSystem", "EFS", FILES), "backup-tier", known("relaxed"))
}

fn monthly(lifecycle: Fact<Lifecycle>) -> PlanRule {
    PlanRule { lifecycle, ..at_times("monthly", "cron(0 5 1 * ? *)", 60, 1) }
}

#[test]
fn what_is_kept_long_goes_cold_where_it_can() {
    let warm =
        |rule: PlanRule, workloads: Vec<Resource>| with(vec![rule], workloads).warm_rules.value().unwrap().clone();
    let said = "rule monthly keeps EFS 365 days in warm storage";
    assert_eq!(warm(monthly(long(None, false)), vec![files()]), [said]);
    assert!(warm(monthly(long(Some(30), false)), vec![files()]).is_empty());
    assert!(warm(monthly(keeps(179)), vec![files()]).is_empty());
    assert_eq!(warm(monthly(keeps(180)), vec![files()]).len(), 1);
    assert_eq!(warm(monthly(Fact::absent()), vec![files()]), ["rule monthly keeps EFS for ever in warm storage"]);
    let continuous = PlanRule { continuous: Fact::known(true), ..monthly(long(None, false)) };
    assert!(warm(continuous, vec![files()]).is_empty());
    let nowhere = PlanRule { target_vault: link("gone"), ..monthly(long(None, false)) };
    assert!(warm(nowhere, vec![files()]).is_empty());
    let database = workload("AWS::RDS::DBInstance", "RDS", "arn:aws:rds:eu-west-1:111122223333:db:d");
    assert!(warm(monthly(long(None, false)), vec![database]).is_empty(), "RDS has no cold storage");
}

#[test]
fn ebs_goes_cold_from_monthly_rules_that_opt_in_where_72_hours_fit() {
    let disk = |name: &str| tagged(volume(), "backup-tier", known(name));
    let warm = |rule: PlanRule, name: &str| with(vec![rule], vec![disk(name)]).warm_rules.value().unwrap().clone();
    assert_eq!(warm(monthly(long(None, false)), "relaxed").len(), 1);
    assert_eq!(warm(monthly(long(Some(30), false)), "relaxed").len(), 1, "without opting in it stays warm");
    assert!(warm(monthly(long(Some(30), true)), "relaxed").is_empty());
    assert!(warm(monthly(long(None, false)), "standard").is_empty(), "its RTO is 24 hours");
    let weekly = PlanRule { schedule: known("cron(0 5 ? * SUN *)"), ..monthly(long(None, false)) };
    assert!(warm(weekly, "relaxed").is_empty(), "only from rules that run every 28 days or more seldom");
    let both = with(vec![monthly(long(None, false))], vec![disk("relaxed"), files()]);
    assert_eq!(both.warm_rules.value().unwrap(), &["rule monthly keeps EBS and EFS 365 days in warm storage"]);
    let strict = with(vec![monthly(long(None, false))], vec![disk("critical"), files()]);
    assert!(strict.cold_storage_used.is_true(), "a restore must fit the RTO of all that the plan selects");
}

#[test]
fn tables_go_cold_only_with_advanced_features() {
    let table = || tagged(workload("AWS::DynamoDB::Table", "DynamoDB", TABLE), "backup-tier", known("relaxed"));
    assert!(with(vec![monthly(long(None, false))], vec![table()]).cold_storage_used.is_false());
    let all = vec![plan(vec![monthly(long(None, false))]), vault("main"), selects(&[TABLE]), table()];
    assert!(of_plan(&listed(all), &Settings::default()).cold_storage_used.is_unknown(), "the settings were not read");
}

#[test]
fn cold_storage_is_open_where_what_is_selected_or_kept_is_not_known() {
    let unknown =
        Lifecycle { delete_after_days: Fact::unknown("parameter"), ..long(None, false).value().unwrap().clone() };
    assert!(with(vec![monthly(Fact::known(unknown))], vec![files()]).cold_storage_used.is_unknown());
    let mut gapped = vault_facts("main");
    gapped.vault_type = known("LOGICALLY_AIR_GAPPED_BACKUP_VAULT");
    let all =
        |vault: Vault| vec![plan(vec![monthly(long(None, false))]), vault_of(HOME, vault), selects(&[FILES]), files()];
    assert!(of_plan(&listed(all(gapped)), &Settings::default()).cold_storage_used.is_unknown());
    let mut open = listed(vec![plan(vec![monthly(long(None, false))]), vault("main"), selects(&["*"])]);
    open.listed.remove(&listing("Backstop::ProtectedResource", HOME, None));
    assert!(of_plan(&open, &Settings::default()).cold_storage_used.is_unknown(), "it may select what was not listed");
    let declared = template(vec![plan(vec![monthly(long(None, false))]), vault("main")]);
    assert!(of_plan(&declared, &Settings::default()).cold_storage_used.is_unknown());
    assert!(of_plan(&declared, &complete()).cold_storage_used.is_true());
    let mut unread = files();
    unread.tags = crate::model::resource::Tags::unread("denied");
    assert!(
        with(vec![monthly(long(None, false))], vec![unread]).cold_storage_used.is_unknown(),
        "its RTO is not known"
    );
}
