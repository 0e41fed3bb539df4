//! What protection must further be: in another account, immutable, tiered, continuous, opted in, paid once.

use jiff::SignedDuration;

use super::build::*;
use crate::model::backup::{PlanRule, RecoveryPoint, Selection, Vault};
use crate::model::fact::{Cure, Fact};
use crate::model::resource::{Facts, Resource, Tags};
use crate::model::s3::{Bucket, ObjectLock};
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;
use crate::model::workload::{FOREVER, Protection};

fn versions(snapshot: &Snapshot, settings: &Settings, name: &str) -> Vec<Protection> {
    of_workload(snapshot, settings, name).protection.versions
}

/// The worst version: what is certain.
fn worst(snapshot: &Snapshot, name: &str) -> Protection {
    versions(snapshot, &Settings::default(), name).swap_remove(0)
}

fn best(snapshot: &Snapshot, name: &str) -> Protection {
    versions(snapshot, &Settings::default(), name).pop().unwrap()
}

fn backed_up(rules: Vec<PlanRule>) -> Vec<Resource> {
    vec![critical(volume()), vault("main"), plan(rules), selects(&[VOLUME])]
}

fn critical(resource: Resource) -> Resource {
    tagged(resource, "backup-tier", known("critical"))
}

fn with(mut resources: Vec<Resource>, more: Resource) -> Snapshot {
    resources.push(more);
    estate(resources)
}

fn there(account: &str, region: &str) -> String {
    format!("arn:aws:backup:{region}:{account}:backup-vault:dr")
}

fn air_gapped(team: Fact<String>) -> Resource {
    let facts = Vault {
        vault_type: known("LOGICALLY_AIR_GAPPED_BACKUP_VAULT"),
        lock: Fact::known(lock(7, 400)),
        approval_team: team,
        ..vault_facts("gap")
    };
    vault_of(HOME, facts)
}

fn team() -> Fact<String> {
    known("arn:aws:mpa:eu-west-1:123456789012:approval-team/recovery")
}

fn every_four_hours(vault: &str, days: i64) -> PlanRule {
    PlanRule { schedule: known("cron(0 0/4 * * ? *)"), ..rule("r", vault, days) }
}

#[test]
fn copies_outlive_the_account_where_they_lead_to_a_recovery_account() {
    let find = |account: &str, recovery: &[&str]| {
        let copying = PlanRule { copies: copies_to(&there(account, AWAY)), ..rule("r", "main", 35) };
        let recovery_accounts = recovery.iter().map(|account| (*account).to_owned()).collect();
        let settings = Settings { recovery_accounts, ..Settings::default() };
        let mut all = backed_up(vec![copying]);
        if account == ACCOUNT {
            all.push(vault_of(AWAY, vault_facts("dr")));
        }
        versions(&estate(all), &settings, "vol-1").swap_remove(0)
    };
    assert!(find(OTHER_ACCOUNT, &[]).copied_to_recovery_account.is_true(), "any other account will do");
    assert!(find(OTHER_ACCOUNT, &[OTHER_ACCOUNT]).copied_to_recovery_account.is_true());
    let elsewhere = find(OTHER_ACCOUNT, &["123456789012"]);
    assert!(elsewhere.copied_to_recovery_account.is_false());
    assert_eq!(elsewhere.copy_accounts.value().unwrap(), &[OTHER_ACCOUNT]);
    let own = find(ACCOUNT, &[]);
    assert!(own.copied_to_recovery_account.is_false() && own.copied_to_recovery_region.is_true());
}

#[test]
fn an_air_gapped_vault_outlives_its_account_where_others_are_let_in() {
    let find = |approval: Fact<String>| {
        let copying = PlanRule { copies: copies_to(&vault_arn(HOME, "gap")), ..rule("r", "main", 35) };
        with(backed_up(vec![copying]), air_gapped(approval))
    };
    let open = find(team());
    assert!(worst(&open, "vol-1").copied_to_recovery_account.is_true());
    assert!(worst(&open, "vol-1").air_gapped.is_true());
    let closed = find(Fact::absent());
    let found = worst(&closed, "vol-1");
    assert!(found.copied_to_recovery_account.is_false() && found.air_gapped.is_unknown());
    assert!(best(&closed, "vol-1").copied_to_recovery_account.is_true());
    let mut reasons = found.air_gapped.reasons().unwrap().iter();
    assert!(reasons.any(|reason| matches!(&reason.cure, Some(Cure::Source(what)) if what.contains("aws ram"))));
    assert_eq!(
        found.lies_in.value().unwrap(),
        &[
            "vault gap in eu-west-1 (logically air-gapped, no approval team seen)",
            "vault main in eu-west-1 (not locked)"
        ]
    );
}

#[test]
fn a_plan_that_backs_up_straight_into_an_air_gapped_vault_needs_no_copy() {
    let straight = with(backed_up(vec![every_four_hours(&vault_arn(HOME, "gap"), 35)]), air_gapped(team()));
    let found = worst(&straight, "vol-1");
    assert!(found.air_gapped.is_true() && found.copied_to_recovery_account.is_true() && found.immutable.is_true());
    assert!(found.copied_to_recovery_region.is_false());
}

#[test]
fn backups_without_a_lock_are_not_immutable_and_a_lock_in_either_mode_is() {
    let find = |lock: Fact<crate::model::backup::VaultLock>| {
        let mut all = vec![critical(volume()), plan(vec![every_four_hours("main", 35)]), selects(&[VOLUME])];
        all.push(vault_of(HOME, Vault { lock, ..vault_facts("main") }));
        worst(&estate(all), "vol-1").immutable
    };
    assert!(find(Fact::absent()).is_false());
    assert!(find(Fact::known(lock(7, 400))).is_true(), "governance mode is another rule's question");
    assert!(find(Fact::unknown("denied")).is_unknown());
}

#[test]
fn the_immutable_backups_must_be_enough_by_themselves() {
    // Frequent backups that can be deleted, and a locked copy: the copies must meet the objective.
    let find = |rules: Vec<PlanRule>| {
        let locked = vault_of(AWAY, Vault { lock: Fact::known(lock(7, 400)), ..vault_facts("dr") });
        worst(&with(backed_up(rules), locked), "vol-1").immutable
    };
    let dr = vault_arn(AWAY, "dr");
    let copied =
        |days| Fact::known(vec![crate::model::backup::CopyAction { destination: link(&dr), lifecycle: keeps(days) }]);
    let often = |copies| PlanRule { copies, ..every_four_hours("main", 35) };
    assert!(find(vec![often(copied(35))]).is_true(), "copies count as backups do");
    assert!(find(vec![often(copied(7))]).is_false(), "the copies are kept too short");
    let daily = PlanRule { copies: copied(35), schedule: known("cron(0 2 * * ? *)"), ..rule("daily", "main", 36) };
    assert!(
        find(vec![often(Fact::absent()), daily.clone()]).is_false(),
        "daily copies are too few for an RPO of 4 hours"
    );
    assert!(find(vec![daily]).is_true(), "every backup that there is has its copy, kept as long as asked");
}

#[test]
fn that_there_are_too_few_backups_at_all_is_no_question_of_immutability() {
    let locked = vault_of(HOME, Vault { lock: Fact::known(lock(1, 400)), ..vault_facts("main") });
    let all = vec![critical(volume()), locked, plan(vec![rule("daily", "main", 7)]), selects(&[VOLUME])];
    assert!(worst(&estate(all), "vol-1").immutable.is_true(), "all that there is, is locked");
}

#[test]
fn in_open_files_a_locked_vault_is_enough_only_if_it_meets_the_objective() {
    let facts = Selection {
        plan: crate::model::resource::Link {
            text: Fact::unknown("made by AWS"),
            target: Some(declared(plan(vec![]), "t.yaml").id),
        },
        ..selection_facts(&["arn:aws:s3:::orders"])
    };
    let find = |rule: PlanRule, settings: &Settings| {
        let locked = vault_of(HOME, Vault { lock: Fact::known(lock(1, 400)), ..vault_facts("main") });
        let bucket = critical(bucket_of(HOME, barely_versioned("orders")));
        let resources = vec![bucket, locked, plan(vec![rule]), selection_of(facts.clone())];
        versions(&template(resources), settings, "orders").swap_remove(0).immutable
    };
    assert!(find(every_four_hours("main", 35), &Settings::default()).is_true());
    assert!(find(rule("daily", "main", 35), &Settings::default()).is_unknown(), "another stack may back it up hourly");
    assert!(find(rule("daily", "main", 35), &complete()).is_true());
}

fn object_lock(days: i64) -> Fact<ObjectLock> {
    Fact::known(ObjectLock { mode: known("COMPLIANCE"), retention: Fact::known(DAY * i32::try_from(days).unwrap()) })
}

#[test]
fn object_lock_counts_where_data_is_written_once() {
    let find = |name: &str, days: i64, expires: Option<i64>| {
        let mut lifecycle = expires_noncurrent(400);
        lifecycle.expire_days = Fact::from_option(expires);
        let facts =
            Bucket { object_lock: object_lock(days), lifecycle: Fact::known(vec![lifecycle]), ..versioned(name) };
        worst(&estate(vec![critical(bucket_of(HOME, facts))]), name).immutable
    };
    assert!(find("orders-backup", 35, None).is_true(), "a backup bucket");
    assert!(find("orders-backup", 7, None).is_false(), "a lock for a week is too short");
    assert!(
        find("orders", 35, None).is_false(),
        "objects that were written before that can be deleted with their history"
    );
    assert!(find("orders", 35, Some(30)).is_true(), "everything expires while it is locked");
    assert!(find("orders", 35, Some(36)).is_false());
}

#[test]
fn a_locked_replica_of_a_backup_bucket_is_immutable() {
    let find = |lock: Fact<ObjectLock>| {
        let source = Bucket { replication: replicates_to(link("arn:aws:s3:::replica")), ..versioned("orders-backup") };
        let replica = Bucket { object_lock: lock, ..versioned("replica") };
        worst(&estate(vec![critical(bucket_of(HOME, source)), bucket_of(AWAY, replica)]), "orders-backup").immutable
    };
    assert!(find(object_lock(35)).is_true());
    assert!(find(Fact::absent()).is_false());
}

#[test]
fn daily_and_monthly_tiers_are_told_apart() {
    let at = |name: &str, cron: &str, days| PlanRule { schedule: known(cron), ..rule(name, "main", days) };
    let find = |rules| {
        let found = worst(&estate(backed_up(rules)), "vol-1");
        let days = |fact: &Fact<SignedDuration>| fact.value().map(|time| time.as_hours() / 24);
        (days(&found.daily_retention), days(&found.monthly_retention))
    };
    let daily = || at("daily", "cron(0 2 * * ? *)", 35);
    let monthly = || at("monthly", "cron(0 12 1 * ? *)", 365);
    assert_eq!(find(vec![daily()]), (Some(35), Some(35)));
    assert_eq!(find(vec![daily(), monthly()]), (Some(35), Some(365)));
    assert_eq!(find(vec![monthly()]), (None, Some(365)));
    assert_eq!(find(vec![at("yearly", "cron(0 12 1 1 ? *)", 3650)]), (None, None));
    let weekdays = |day: &str| at(day, &format!("cron(0 2 ? * {day} *)"), 90);
    assert_eq!(find(vec![weekdays("MON"), weekdays("THU")]), (None, Some(90)), "two weekly rules make no daily tier");
    let mut copied = daily();
    copied.copies = copies_to(&vault_arn(HOME, "main")).map(|mut copies| {
        copies[0].lifecycle = keeps(400);
        copies
    });
    assert_eq!(find(vec![copied]), (Some(400), Some(400)), "a copy may be the long tier");
}

#[test]
fn a_tier_of_unknown_retention_may_be_long() {
    let unknown = PlanRule { lifecycle: Fact::unknown("parameter `Days` has no default"), ..rule("r", "main", 1) };
    let snapshot = estate(backed_up(vec![unknown]));
    assert!(worst(&snapshot, "vol-1").monthly_retention.is_absent());
    assert_eq!(best(&snapshot, "vol-1").monthly_retention.value(), Some(&FOREVER));
}

#[test]
fn continuous_backup_is_known_of_what_aws_backup_makes_and_unknown_of_the_services_own() {
    let on = |on| PlanRule { continuous: Fact::known(on), ..rule("r", "main", 35) };
    let find = |resource: Resource, arn: &str, continuous| {
        let mut resource = resource;
        resource.name = "it".into();
        worst(&estate(vec![resource, vault("main"), plan(vec![on(continuous)]), selects(&[arn])]), "it")
    };
    let bucket = || bucket_of(HOME, barely_versioned("it"));
    assert!(find(bucket(), "arn:aws:s3:::it", true).continuous.is_true());
    assert!(find(bucket(), "arn:aws:s3:::it", false).continuous.is_false());
    let ebs = find(volume(), VOLUME, true);
    assert!(ebs.continuous.is_false() && ebs.continuous_supported.is_false());
    let arn = "arn:aws:rds:eu-west-1:111122223333:db:it";
    let database = || workload("AWS::RDS::DBInstance", "RDS", arn);
    assert!(find(database(), arn, true).continuous.is_true());
    let native = find(database(), arn, false);
    assert!(native.continuous.is_unknown() && native.continuous_supported.is_true());
}

#[test]
fn versions_that_live_long_enough_restore_to_any_time() {
    let found = worst(&estate(vec![bucket_of(HOME, versioned("orders"))]), "orders");
    assert!(found.continuous.is_true() && found.continuous_supported.is_true());
    assert_eq!(found.monthly_retention.value(), Some(&FOREVER));
}

fn region_with(kind: &str, on: bool) -> Resource {
    let facts = crate::model::account::Region {
        backup_opt_in: Fact::known([(kind.to_owned(), on)].into()),
        backup_full_management: Fact::known([].into()),
    };
    live(HOME, "AWS::Region", HOME, HOME, Facts::Region(Box::new(facts)))
}

fn opted_in(selection: Selection, region: Option<Resource>) -> Fact<bool> {
    let volume = tagged(volume(), "backup", known("yes"));
    let all = vec![volume, vault("main"), plan(vec![rule("r", "main", 35)]), selection_of(selection)];
    worst(&estate(all.into_iter().chain(region).collect()), "vol-1").opted_in
}

#[test]
fn opt_in_is_missed_only_where_a_selection_depends_on_it() {
    let off = || Some(region_with("EBS", false));
    assert!(opted_in(selects_tag("backup", "yes"), off()).is_false());
    assert!(opted_in(selects_tag("backup", "yes"), Some(region_with("EBS", true))).is_true());
    assert!(opted_in(selection_facts(&["arn:aws:ec2:*"]), off()).is_false(), "a whole service");
    assert!(opted_in(selection_facts(&["arn:aws:ec2:*:*:volume/*"]), off()).is_true(), "a type needs no opt-in");
    assert!(opted_in(selects_tag("backup", "no"), off()).is_true(), "no plan means it");
    assert!(opted_in(selects_tag("backup", "yes"), None).is_unknown(), "the settings were not read");
    assert!(opted_in(selection_facts(&[VOLUME]), None).is_true());
}

#[test]
fn plans_that_were_not_listed_may_depend_on_opt_in_and_may_do_the_same() {
    let mut snapshot = estate(vec![volume(), region_with("EBS", false)]);
    assert!(worst(&snapshot, "vol-1").opted_in.is_true() && worst(&snapshot, "vol-1").paid_twice.is_false());
    snapshot.listed.remove(&listing("AWS::Backup::BackupPlan", HOME, None));
    assert!(worst(&snapshot, "vol-1").opted_in.is_unknown() && worst(&snapshot, "vol-1").paid_twice.is_unknown());
}

#[test]
fn files_never_say_what_a_region_opts_in_to() {
    let find = |selection: Selection| {
        let facts = Selection {
            plan: crate::model::resource::Link {
                text: Fact::unknown("made by AWS"),
                target: Some(declared(plan(vec![]), "t.yaml").id),
            },
            ..selection
        };
        let bucket = tagged(bucket_of(HOME, barely_versioned("orders")), "backup", known("yes"));
        let all = vec![bucket, vault("main"), plan(vec![rule("r", "main", 35)]), selection_of(facts)];
        versions(&template(all), &complete(), "orders").swap_remove(0).opted_in
    };
    assert!(find(selects_tag("backup", "yes")).is_unknown());
    assert!(find(selection_facts(&["arn:aws:s3:::orders"])).is_true());
}

fn twice(one: PlanRule, other: PlanRule) -> Protection {
    let mut all = backed_up(vec![one]);
    all.extend(second_plan(vec![other], VOLUME));
    all.push(vault("second"));
    let mut snapshot = estate(all);
    snapshot.listed.insert(listing("AWS::Backup::BackupSelection", HOME, Some("p-2")));
    worst(&snapshot, "vol-1")
}

#[test]
fn two_plans_that_do_the_same_are_paid_twice() {
    let daily = || PlanRule { schedule: known("cron(0 2 * * ? *)"), ..rule("r", "main", 35) };
    let found = twice(daily(), PlanRule { schedule: known("cron(30 2 * * ? *)"), ..daily() });
    assert!(found.paid_twice.is_true(), "the start windows overlap");
    assert_eq!(found.needless_paths.value().unwrap(), &["plan daily, rule r beside plan other, rule r"]);
    let short = PlanRule { lifecycle: keeps(7), ..daily() };
    assert!(twice(daily(), short.clone()).paid_twice.is_true(), "the shorter one adds nothing");
    assert!(twice(short, daily()).paid_twice.is_true(), "in either order");
}

#[test]
fn what_adds_anything_is_not_paid_twice() {
    let daily = || PlanRule { schedule: known("cron(0 2 * * ? *)"), ..rule("r", "main", 35) };
    let others = [
        ("other times", PlanRule { schedule: known("cron(0 14 * * ? *)"), ..daily() }),
        ("another vault", PlanRule { target_vault: link("second"), ..daily() }),
        ("a longer tier", PlanRule { schedule: known("cron(0 2 1 * ? *)"), lifecycle: keeps(365), ..daily() }),
    ];
    for (what, other) in others {
        assert!(twice(daily(), other).paid_twice.is_false(), "{what}");
    }
    let copying = PlanRule { copies: copies_to(&vault_arn(AWAY, "main")), lifecycle: keeps(7), ..daily() };
    assert!(twice(daily(), copying).paid_twice.is_false(), "a copy that the other does not make");
    let continuous = PlanRule { continuous: Fact::known(true), lifecycle: keeps(7), ..daily() };
    assert!(twice(daily(), continuous).paid_twice.is_false(), "continuous backup that the other does not make");
    let rate = PlanRule { schedule: known("rate(1 day)"), ..daily() };
    assert!(twice(rate.clone(), rate).paid_twice.is_unknown(), "nobody knows when a rate starts");
    let mut unread = backed_up(vec![daily()]);
    unread.extend(second_plan(vec![daily()], VOLUME));
    for resource in &mut unread {
        if let Facts::Plan(facts) = &mut resource.facts {
            facts.rules = Fact::unknown("`backup:GetBackupPlan` was denied");
        }
    }
    assert!(worst(&estate(unread), "vol-1").paid_twice.is_unknown());
    let unsaid = PlanRule { start_window_minutes: Fact::unknown("parameter `W` has no default"), ..daily() };
    assert!(twice(daily(), unsaid).paid_twice.is_unknown());
}

fn at_vault(mut resource: Resource, vault: &str) -> Resource {
    let change = |facts: &mut RecoveryPoint| facts.vault = vault.into();
    if let Facts::RecoveryPoint(facts) = &mut resource.facts {
        change(facts);
    }
    resource
}

#[test]
fn recovery_points_of_another_account_outlive_the_account() {
    let find = |points: Vec<Resource>| {
        let all = backed_up(vec![rule("r", "main", 35)]);
        worst(&estate(all.into_iter().chain(points).collect()), "vol-1")
    };
    let copy = at_vault(point(AWAY, "copy", VOLUME, 30), &there(OTHER_ACCOUNT, AWAY));
    let found = find(vec![point(HOME, "p", VOLUME, 2), copy]);
    assert_eq!(found.newest_account_copy_age.value(), Some(&SignedDuration::from_hours(30)));
    assert_eq!(found.newest_account_copy_age_less_grace.value(), Some(&SignedDuration::from_hours(29)));
    assert!(find(vec![point(AWAY, "p", VOLUME, 2)]).newest_account_copy_age.is_absent(), "another Region only");
}

#[test]
fn recovery_points_in_an_air_gapped_vault_outlive_the_account_if_others_are_let_in() {
    let find = |approval: Fact<String>| {
        let copy = at_vault(point(HOME, "copy", VOLUME, 30), &vault_arn(HOME, "gap"));
        let all = backed_up(vec![rule("r", "main", 35)]);
        estate(all.into_iter().chain([copy, air_gapped(approval)]).collect())
    };
    let hours = SignedDuration::from_hours(30);
    assert_eq!(worst(&find(team()), "vol-1").newest_account_copy_age.value(), Some(&hours));
    let closed = find(Fact::absent());
    assert!(worst(&closed, "vol-1").newest_account_copy_age.is_absent());
    assert_eq!(best(&closed, "vol-1").newest_account_copy_age.value(), Some(&hours));
}

#[test]
fn copies_in_an_account_that_was_not_audited_may_be_fresh() {
    let copying = PlanRule { copies: copies_to(&there(OTHER_ACCOUNT, AWAY)), ..rule("r", "main", 35) };
    let all = backed_up(vec![copying]).into_iter().chain([point(HOME, "p", VOLUME, 2)]);
    let snapshot = estate(all.collect());
    assert!(worst(&snapshot, "vol-1").newest_account_copy_age.is_absent());
    assert_eq!(best(&snapshot, "vol-1").newest_account_copy_age.value(), Some(&SignedDuration::ZERO));
}

#[test]
fn points_that_were_not_listed_in_a_vault_of_the_own_account_outlive_it_only_if_it_is_air_gapped() {
    let find = |vault: Resource| {
        let arn = vault.id.id.clone();
        let all = backed_up(vec![rule("r", "main", 35)]);
        let mut snapshot = estate(all.into_iter().chain([vault, point(HOME, "p", VOLUME, 2)]).collect());
        snapshot.listed.remove(&listing("AWS::Backup::RecoveryPoint", HOME, Some(&arn)));
        for resource in &mut snapshot.resources {
            if let Facts::Vault(facts) = &mut resource.facts {
                facts.recovery_points = Fact::unknown("not counted");
            }
        }
        best(&snapshot, "vol-1").newest_account_copy_age
    };
    assert!(find(vault("plain")).is_absent());
    assert_eq!(find(air_gapped(Fact::absent())).value(), Some(&SignedDuration::ZERO));
}

#[test]
fn unread_tags_leave_open_how_much_must_be_immutable() {
    let locked = vault_of(HOME, Vault { lock: Fact::known(lock(1, 400)), ..vault_facts("dr") });
    let copied = PlanRule { copies: copies_to(&vault_arn(HOME, "dr")), ..rule("daily", "main", 35) };
    let often = PlanRule {
        schedule: known("cron(0 12/1 * * ? *)"),
        start_window_minutes: Fact::known(60),
        ..rule("often", "main", 3)
    };
    let mut resource = volume();
    resource.tags = Tags::unread("denied");
    let all = vec![resource, vault("main"), locked, plan(vec![copied, often]), selects(&[VOLUME])];
    // Only critical asks for it, and allows 4 hours: one copy a day is too few.
    assert!(worst(&estate(all), "vol-1").immutable.is_false());
}

#[test]
fn a_copy_in_an_air_gapped_vault_beyond_reach_counts_wherever_a_copy_in_another_account_is_asked_for() {
    let of = |team: Fact<String>| {
        let rule = PlanRule { copies: copies_to(&vault_arn(HOME, "gap")), ..rule("daily", "main", 35) };
        let orders = bucket_of(HOME, versioned("orders"));
        let all = vec![orders, vault("main"), air_gapped(team), plan(vec![rule]), selects(&["arn:aws:s3:::orders"])];
        let found = of_bucket(&estate(all), &Settings::default(), "orders");
        let protections = found.workload.protection.versions;
        let counts = protections.iter().map(|one| one.copied_to_recovery_account.is_true()).collect::<Vec<_>>();
        (found.copied_by_backup_to_account, counts)
    };
    let (by_backup, counts) = of(team());
    assert!(by_backup.is_true());
    assert_eq!(counts, [true]);
    let (by_backup, counts) = of(Fact::absent());
    assert!(by_backup.is_unknown(), "it may be shared");
    assert_eq!(counts, [false, true]);
}
