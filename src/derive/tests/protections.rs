//! Which paths protect a workload, how often they run, where copies go.

use jiff::SignedDuration;

use super::build::*;
use crate::model::attribute::Ranged;
use crate::model::backup::{PlanRule, Selection};
use crate::model::fact::Fact;
use crate::model::gap::{Gap, GapKind};
use crate::model::resource::{Link, Resource, Tags};
use crate::model::settings::{ExternalPath, Settings};
use crate::model::snapshot::Snapshot;
use crate::model::workload::{FOREVER, Protection};

fn protection(snapshot: &Snapshot, settings: &Settings, name: &str) -> Ranged<Protection> {
    of_workload(snapshot, settings, name).protection
}

fn certain(snapshot: &Snapshot, name: &str) -> Protection {
    let protection = protection(snapshot, &Settings::default(), name);
    protection.only().unwrap_or_else(|| panic!("several versions: {protection:#?}")).clone()
}

fn backed_up(rules: Vec<PlanRule>) -> Vec<Resource> {
    vec![volume(), vault("main"), plan(rules), selects(&[VOLUME])]
}

#[test]
fn a_daily_plan_that_names_the_volume_protects_it() {
    let found = certain(&estate(backed_up(vec![rule("keep-35", "main", 35)])), "vol-1");
    assert!(found.covered.is_true() && found.by_backup_plan.is_true());
    assert_eq!(found.paths.value().unwrap(), &["plan daily, rule keep-35"]);
    assert_eq!(found.scheduled_rpo.value(), Some(&DAY));
    assert_eq!(found.retention.value(), Some(&(DAY * 35)));
    assert_eq!(found.grace.value(), Some(&SignedDuration::from_hours(1)));
    assert!(found.copied_to_recovery_region.is_false());
}

#[test]
fn a_live_workload_without_a_plan_is_certainly_uncovered() {
    let found = certain(&estate(vec![volume(), vault("main")]), "vol-1");
    assert!(found.covered.is_false() && found.scheduled_rpo.is_absent() && found.retention.is_absent());
}

#[test]
fn a_template_without_a_plan_leaves_cover_open_unless_it_is_complete() {
    let snapshot = template(vec![bucket("orders")]);
    let open = protection(&snapshot, &Settings::default(), "orders");
    assert!(open.worst().unwrap().covered.is_false());
    let best = open.versions.last().unwrap();
    assert!(best.covered.is_true());
    assert_eq!(best.scheduled_rpo.value(), Some(&SignedDuration::ZERO));
    assert_eq!(best.retention.value(), Some(&FOREVER));
    assert!(open.reasons.is_some());
    let closed = protection(&snapshot, &complete(), "orders");
    assert!(closed.only().unwrap().covered.is_false());
}

#[test]
fn between_nothing_and_the_ideal_stands_a_plan_that_hardly_runs() {
    // A rule that asks nothing where no schedule is passes at both ends; the poor version keeps it from being a Pass.
    let open = protection(&template(vec![bucket("orders")]), &Settings::default(), "orders");
    let poor = open.versions.get(1).unwrap();
    assert!(poor.covered.is_true());
    assert_eq!(poor.scheduled_rpo.value(), Some(&FOREVER));
    assert_eq!(poor.retention.value(), Some(&SignedDuration::ZERO));
}

#[test]
fn declared_cover_is_certain_in_an_open_template() {
    let facts = Selection {
        plan: Link { text: Fact::unknown("made by AWS"), target: Some(declared(plan(vec![]), "t.yaml").id) },
        ..selection_facts(&["arn:aws:s3:::orders"])
    };
    let resources = vec![
        bucket_of(HOME, barely_versioned("orders")),
        vault("main"),
        plan(vec![rule("r", "main", 35)]),
        selection_of(facts),
    ];
    let found = protection(&template(resources), &Settings::default(), "orders");
    assert!(found.versions.iter().all(|version| version.covered.is_true()));
    assert_eq!(found.worst().unwrap().scheduled_rpo.value(), Some(&DAY));
}

#[test]
fn lists_that_were_refused_leave_cover_open_and_say_why() {
    let mut snapshot = estate(vec![volume()]);
    snapshot.listed.remove(&listing("AWS::Backup::BackupPlan", HOME, None));
    snapshot.gaps.push(Gap {
        kind: GapKind::Denied,
        account: Some(ACCOUNT.into()),
        region: Some(HOME.into()),
        operation: "backup:ListBackupPlans".into(),
        subject: None,
        code: "AccessDenied".into(),
        message: "no".into(),
        leaves_unknown: "which plans there are".into(),
        permission: Some("backup:ListBackupPlans".into()),
        at: None,
    });
    let open = protection(&snapshot, &Settings::default(), "vol-1");
    assert!(open.worst().unwrap().covered.is_false() && open.versions.last().unwrap().covered.is_true());
    let reasons = open.reasons.unwrap();
    assert!(reasons.iter().any(|reason| reason.why == "`backup:ListBackupPlans` was denied in eu-west-1"));
}

#[test]
fn selections_that_were_not_listed_leave_their_plan_in_doubt() {
    let mut snapshot = estate(vec![volume(), vault("main"), plan(vec![rule("r", "main", 35)])]);
    snapshot.listed.remove(&listing("AWS::Backup::BackupSelection", HOME, Some("p-1")));
    let open = protection(&snapshot, &Settings::default(), "vol-1");
    assert!(open.worst().unwrap().covered.is_false());
    let best = open.versions.last().unwrap();
    assert_eq!(best.scheduled_rpo.value(), Some(&DAY), "the plan is the only one that may cover it");
}

#[test]
fn a_plan_of_another_region_does_not_reach_the_workload() {
    let mut away = plan(vec![rule("r", "main", 35)]);
    away.id.region = Some(AWAY.into());
    let resources = vec![volume(), vault("main"), away, selects(&["*"])];
    assert!(certain(&estate(resources), "vol-1").covered.is_false());
}

#[test]
fn a_selection_without_a_role_backs_nothing_up() {
    let facts = Selection { role: Fact::absent(), ..selection_facts(&[VOLUME]) };
    let resources = vec![volume(), vault("main"), plan(vec![rule("r", "main", 35)]), selection_of(facts)];
    assert!(certain(&estate(resources), "vol-1").covered.is_false());
}

#[test]
fn a_bucket_without_versioning_is_not_backed_up_although_selected() {
    let with = |facts| {
        let selection = selects(&["arn:aws:s3:::orders"]);
        vec![bucket_of(HOME, facts), vault("main"), plan(vec![rule("r", "main", 35)]), selection]
    };
    let off = certain(&estate(with(bucket_facts("orders"))), "orders");
    assert!(off.covered.is_false() && off.by_backup_plan.is_false());
    let on = certain(&estate(with(barely_versioned("orders"))), "orders");
    assert!(on.by_backup_plan.is_true());
    let mut suspended = barely_versioned("orders");
    suspended.versioning = known("Suspended");
    assert!(certain(&estate(with(suspended)), "orders").covered.is_false());
    let mut unread = barely_versioned("orders");
    unread.versioning = Fact::unknown("denied");
    let open = protection(&estate(with(unread)), &Settings::default(), "orders");
    assert!(open.worst().unwrap().covered.is_false() && open.versions.last().unwrap().by_backup_plan.is_true());
}

#[test]
fn versions_count_only_where_they_live_as_long_as_the_tier_asks() {
    let find = |days: Option<i64>| {
        let mut facts = versioned("orders");
        facts.lifecycle = Fact::from_option(days.map(|days| vec![expires_noncurrent(90), expires_noncurrent(days)]));
        certain(&estate(vec![bucket_of(HOME, facts)]), "orders")
    };
    assert!(find(Some(34)).covered.is_false(), "the shortest rule counts");
    let kept = find(Some(35));
    assert!(kept.covered.is_true() && kept.by_backup_plan.is_false());
    assert_eq!(kept.scheduled_rpo.value(), Some(&SignedDuration::ZERO));
    assert_eq!(kept.retention.value(), Some(&(DAY * 35)));
    assert_eq!(find(None).retention.value(), Some(&FOREVER));
}

#[test]
fn versions_of_a_bucket_of_unknown_tier_count_for_the_milder_tiers_only() {
    let mut facts = versioned("orders");
    facts.lifecycle = Fact::known(vec![expires_noncurrent(31)]);
    let mut resource = bucket_of(HOME, facts);
    resource.tags = Tags::unread("`s3:GetBucketTagging` was denied");
    let open = protection(&estate(vec![resource]), &Settings::default(), "orders");
    assert!(open.worst().unwrap().covered.is_false(), "critical keeps 35 days");
    assert!(open.versions.last().unwrap().covered.is_true(), "relaxed keeps 30 days");
}

#[test]
fn a_rule_with_an_unreadable_schedule_adds_nothing_certain_but_its_retention() {
    let odd = PlanRule { schedule: Fact::unknown("parameter `When` has no default"), ..rule("r", "main", 35) };
    let open = protection(&estate(backed_up(vec![odd])), &Settings::default(), "vol-1");
    let worst = open.worst().unwrap();
    assert!(worst.covered.is_true());
    assert_eq!(worst.scheduled_rpo.value(), Some(&FOREVER));
    assert_eq!(worst.retention.value(), Some(&(DAY * 35)));
    assert_eq!(open.versions.last().unwrap().scheduled_rpo.value(), Some(&SignedDuration::ZERO));
}

#[test]
fn rules_of_several_plans_count_together() {
    let at_noon = PlanRule { schedule: known("cron(0 17 ? * * *)"), ..rule("noon", "main", 7) };
    let found = certain(&estate(backed_up(vec![rule("night", "main", 35), at_noon])), "vol-1");
    assert_eq!(found.scheduled_rpo.value(), Some(&SignedDuration::from_hours(12)));
    assert_eq!(found.retention.value(), Some(&(DAY * 35)));
}

#[test]
fn continuous_backup_lags_by_minutes_where_the_type_has_it() {
    let continuous = || vec![PlanRule { continuous: Fact::known(true), ..rule("r", "main", 35) }];
    let ebs = certain(&estate(backed_up(continuous())), "vol-1");
    assert_eq!(ebs.scheduled_rpo.value(), Some(&DAY), "volumes have snapshots only");
    let arn = "arn:aws:rds:eu-west-1:111122223333:db:orders";
    let mut database = workload("AWS::RDS::DBInstance", "RDS", arn);
    database.name = "orders".into();
    let rds = certain(
        &estate(vec![database, vault("main"), plan(continuous()), selects(&["arn:aws:rds:*:*:db:*"])]),
        "orders",
    );
    assert_eq!(rds.scheduled_rpo.value(), Some(&SignedDuration::from_mins(5)));
}

#[test]
fn a_plan_that_writes_to_a_vault_that_is_gone_protects_nothing() {
    let found = certain(&estate(backed_up(vec![rule("r", "gone", 35)])), "vol-1");
    assert!(found.covered.is_false());
}

#[test]
fn a_rule_that_gives_way_to_a_longer_retained_one_makes_no_copies() {
    let copying = PlanRule { copies: copies_to(&vault_arn(AWAY, "main")), ..rule("short", "main", 7) };
    let resources = |rules| {
        let mut all = backed_up(rules);
        all.push(vault_of(AWAY, vault_facts("main")));
        estate(all)
    };
    assert!(certain(&resources(vec![copying.clone()]), "vol-1").copied_to_recovery_region.is_true());
    let shadowed = certain(&resources(vec![copying, rule("long", "main", 35)]), "vol-1");
    assert!(shadowed.copied_to_recovery_region.is_false());
    assert_eq!(shadowed.paths.value().unwrap(), &["plan daily, rule long"]);
}

#[test]
fn where_it_cannot_be_said_which_rule_gives_way_one_still_runs() {
    let unclear =
        PlanRule { lifecycle: Fact::unknown("parameter `Days` has no default"), ..rule("unclear", "main", 1) };
    let copying = PlanRule { copies: copies_to(&vault_arn(AWAY, "main")), ..rule("r", "main", 7) };
    let mut all = backed_up(vec![copying, unclear]);
    all.push(vault_of(AWAY, vault_facts("main")));
    let open = protection(&estate(all), &Settings::default(), "vol-1");
    let worst = open.worst().unwrap();
    assert!(worst.covered.is_true(), "the plan covers it whichever rule runs");
    assert_eq!(worst.retention.value(), Some(&SignedDuration::ZERO));
    assert!(worst.copied_to_recovery_region.is_false(), "the rule that copies may be the one that gives way");
    assert!(open.versions.last().unwrap().copied_to_recovery_region.is_true());
}

#[test]
fn a_rule_whose_vault_is_gone_makes_no_other_give_way() {
    let found = certain(&estate(backed_up(vec![rule("r", "main", 7), rule("lost", "gone", 35)])), "vol-1");
    assert_eq!(found.paths.value().unwrap(), &["plan daily, rule r"]);
    assert_eq!(found.retention.value(), Some(&(DAY * 7)));
}

#[test]
fn copies_count_where_they_lead_to_a_recovery_region() {
    let find = |region: &str, recovery: &[&str]| {
        let copying = PlanRule { copies: copies_to(&vault_arn(region, "dr")), ..rule("r", "main", 35) };
        let mut all = backed_up(vec![copying]);
        all.push(vault_of(region, vault_facts("dr")));
        let recovery_regions = recovery.iter().map(|region| (*region).to_owned()).collect();
        let settings = Settings { recovery_regions, ..Settings::default() };
        protection(&estate(all), &settings, "vol-1").worst().unwrap().clone()
    };
    assert!(find(AWAY, &[]).copied_to_recovery_region.is_true(), "any other Region will do");
    assert!(find(HOME, &[]).copied_to_recovery_region.is_false(), "the same Region will not");
    assert!(find(AWAY, &[AWAY]).copied_to_recovery_region.is_true());
    let elsewhere = find(AWAY, &["us-east-1"]);
    assert!(elsewhere.copied_to_recovery_region.is_false());
    assert_eq!(elsewhere.copy_regions.value().unwrap(), &[AWAY]);
}

#[test]
fn a_copy_within_one_template_without_a_region_crosses_none() {
    let dr = declared(vault("dr"), "t.yaml");
    let mut copying = rule("r", "main", 35);
    copying.copies = Fact::known(vec![crate::model::backup::CopyAction {
        destination: Link { text: Fact::unknown("made by AWS"), target: Some(dr.id.clone()) },
        lifecycle: keeps(35),
    }]);
    let facts = Selection {
        plan: Link { text: Fact::unknown("made by AWS"), target: Some(declared(plan(vec![]), "t.yaml").id) },
        ..selection_facts(&["arn:aws:s3:::orders"])
    };
    let resources = vec![
        bucket_of(HOME, barely_versioned("orders")),
        vault("main"),
        vault("dr"),
        plan(vec![copying]),
        selection_of(facts),
    ];
    let found = protection(&template(resources), &complete(), "orders");
    assert!(found.only().unwrap().copied_to_recovery_region.is_false());
}

#[test]
fn replication_copies_but_does_not_cover() {
    let source = crate::model::s3::Bucket {
        replication: replicates_to(link("arn:aws:s3:::orders-replica")),
        ..barely_versioned("orders")
    };
    let resources = vec![bucket_of(HOME, source), bucket_of(AWAY, versioned("orders-replica"))];
    let found = certain(&estate(resources), "orders");
    assert!(found.copied_to_recovery_region.is_true() && found.covered.is_false());
    assert_eq!(found.copy_regions.value().unwrap(), &[AWAY]);
}

#[test]
fn replication_to_a_bucket_without_versioning_copies_nothing() {
    let source = crate::model::s3::Bucket {
        replication: replicates_to(link("arn:aws:s3:::orders-replica")),
        ..versioned("orders")
    };
    let resources = vec![bucket_of(HOME, source), bucket_of(AWAY, bucket_facts("orders-replica"))];
    assert!(certain(&estate(resources), "orders").copied_to_recovery_region.is_false());
}

#[test]
fn external_paths_count_with_schedule_retention_and_region() {
    let external = |schedule: &str| Settings {
        external_paths: vec![ExternalPath {
            name: "Veeam".to_owned(),
            resources: vec!["arn:aws:ec2:*:*:volume/*".to_owned()],
            schedule: schedule.to_owned(),
            retention: DAY * 60,
            region: Some(AWAY.to_owned()),
        }],
        ..Settings::default()
    };
    for schedule in ["12h", "rate(12 hours)", "cron(0 0,12 * * ? *)"] {
        let found = protection(&estate(vec![volume()]), &external(schedule), "vol-1");
        let found = found.worst().unwrap();
        assert!(found.covered.is_true() && found.by_backup_plan.is_false());
        assert_eq!(found.scheduled_rpo.value(), Some(&SignedDuration::from_hours(12)), "{schedule}");
        assert!(found.copied_to_recovery_account.is_false(), "nobody says in which account it lies");
        assert_eq!(found.retention.value(), Some(&(DAY * 60)));
        assert!(found.copied_to_recovery_region.is_true());
    }
    let odd = protection(&estate(vec![volume()]), &external("now and then"), "vol-1");
    assert_eq!(odd.worst().unwrap().scheduled_rpo.value(), Some(&FOREVER));
}

#[test]
fn what_may_not_exist_protects_only_perhaps() {
    for undecided in ["daily", "all", "main"] {
        let mut all = backed_up(vec![rule("r", "main", 35)]);
        for resource in all.iter_mut().filter(|resource| &*resource.name == undecided) {
            resource.exists = Fact::unknown("condition `IsProd` cannot be decided");
        }
        let open = protection(&estate(all), &Settings::default(), "vol-1");
        assert!(open.worst().unwrap().covered.is_false() && open.versions.last().unwrap().covered.is_true());
        assert!(open.reasons.unwrap().iter().any(|reason| reason.why.contains("IsProd")));
    }
}

#[test]
fn a_selection_of_an_unknown_plan_may_protect() {
    let stray =
        Selection { plan: Link::text(Fact::unknown("parameter `Plan` has no default")), ..selection_facts(&[VOLUME]) };
    let all = vec![volume(), vault("main"), plan(vec![rule("r", "main", 35)]), selection_of(stray)];
    let open = protection(&estate(all), &Settings::default(), "vol-1");
    assert!(open.worst().unwrap().covered.is_false() && open.versions.last().unwrap().covered.is_true());
}

#[test]
fn unread_tags_leave_a_tag_selection_in_doubt() {
    let mut resource = volume();
    resource.tags = Tags::unread("`tag:GetResources` was denied");
    let resources =
        vec![resource, vault("main"), plan(vec![rule("r", "main", 35)]), selection_of(selects_tag("backup", "yes"))];
    let mut snapshot = estate(resources);
    snapshot.resources.push(region_with_opt_in("EBS", true));
    snapshot.sort();
    let open = protection(&snapshot, &Settings::default(), "vol-1");
    assert!(open.worst().unwrap().covered.is_false() && open.versions.last().unwrap().covered.is_true());
}

fn region_with_opt_in(kind: &str, on: bool) -> Resource {
    let facts = crate::model::account::Region {
        backup_opt_in: Fact::known([(kind.to_owned(), on)].into()),
        backup_full_management: Fact::known([].into()),
    };
    live(HOME, "AWS::Region", HOME, HOME, crate::model::resource::Facts::Region(Box::new(facts)))
}

#[test]
fn an_unknown_start_window_leaves_open_whether_a_rule_gives_way() {
    let at_hour = |name: &str, hour: u8, days: i64| PlanRule {
        schedule: known(&format!("cron(0 {hour} * * ? *)")),
        ..rule(name, "main", days)
    };
    let of = |window: Fact<i64>| {
        let long = PlanRule { start_window_minutes: window, ..at_hour("long", 5, 35) };
        let snapshot = estate(backed_up(vec![long, at_hour("short", 12, 7)]));
        let versions = protection(&snapshot, &Settings::default(), "vol-1").versions;
        versions.iter().filter_map(|version| version.scheduled_rpo.value().copied()).min()
    };
    let hours = |hours| Some(SignedDuration::from_hours(hours));
    assert_eq!(of(Fact::known(60)), hours(17));
    assert_eq!(of(Fact::known(480)), hours(24));
    assert!(of(Fact::unknown("parameter `W` has no default")) <= hours(17));
}

#[test]
fn complete_files_that_could_not_all_be_read_are_open() {
    let mut snapshot = template(vec![bucket("orders")]);
    let settings = Settings { complete: true, ..Settings::default() };
    assert_eq!(protection(&snapshot, &settings, "orders").versions.len(), 1);
    snapshot.gaps.push(broken_file());
    assert!(protection(&snapshot, &settings, "orders").versions.len() > 1);
}

#[test]
fn what_another_stack_may_cover_it_need_not_copy() {
    let snapshot = template(vec![bucket("orders")]);
    let found = protection(&snapshot, &Settings::default(), "orders");
    let is = |covered: bool, copied: bool| {
        found.versions.iter().any(|version| {
            version.covered.value() == Some(&covered) && version.copied_to_recovery_region.value() == Some(&copied)
        })
    };
    assert!(is(false, false) && is(true, false) && is(true, true), "{found:#?}");
}

#[test]
fn a_plan_that_may_select_need_not_have_made_recovery_points() {
    let mut tags = Tags::unread("denied");
    let mut resources = vec![vault("main"), plan(vec![rule("r", "main", 35)]), selection_of(selects_tag("a", "b"))];
    let mut volume = volume();
    std::mem::swap(&mut volume.tags, &mut tags);
    resources.push(volume);
    let found = protection(&estate(resources), &Settings::default(), "vol-1");
    let none = found
        .versions
        .iter()
        .any(|version| version.by_backup_plan.is_true() && version.recovery_points.value() == Some(&0));
    assert!(none, "{found:#?}");
}
