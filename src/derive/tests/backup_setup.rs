//! Regions and accounts: what they have of AWS Backup, and what is missing.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::build::*;
use crate::model::account::{Account, Region};
use crate::model::attribute::Ranged;
use crate::model::backup::Vault;
use crate::model::backup::audit::{Framework, ReportPlan};
use crate::model::derived::{BackupAccount, BackupRegion, BackupReports, Derived};
use crate::model::fact::{Fact, State};
use crate::model::resource::{Facts, Resource};
use crate::model::s3::Bucket;
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;

fn region(name: &str) -> Resource {
    let facts = Region { backup_opt_in: Fact::absent(), backup_full_management: Fact::absent() };
    live(name, "AWS::Region", name, name, Facts::Region(Box::new(facts)))
}

fn account(settings: Fact<BTreeMap<String, String>>, units: Fact<Vec<String>>) -> Resource {
    let facts = Account {
        public_access_block: Fact::absent(),
        organizational_units: units,
        organization: Fact::absent(),
        service_control: Fact::absent(),
        root: Fact::unknown("not read"),
        backup_global: settings,
    };
    live("global", "AWS::Account", ACCOUNT, ACCOUNT, Facts::Account(Box::new(facts)))
}

fn cross_account(value: &str) -> Fact<BTreeMap<String, String>> {
    Fact::known(BTreeMap::from([("isCrossAccountBackupEnabled".to_owned(), value.to_owned())]))
}

fn framework(deployment: &str, status: &str) -> Resource {
    let facts = Framework {
        framework_name: known("daily"),
        deployment: known(deployment),
        status: known(status),
        controls: Fact::known(vec![]),
    };
    let arn = "arn:aws:backup:eu-west-1:111122223333:framework:daily";
    live(HOME, "AWS::Backup::Framework", arn, "daily", Facts::Framework(Box::new(facts)))
}

fn report_facts() -> ReportPlan {
    ReportPlan {
        plan_name: known("jobs"),
        template: known("BACKUP_JOB_REPORT"),
        bucket: known("reports"),
        regions: Fact::absent(),
        accounts: Fact::absent(),
        created: Fact::known(now() - SignedDuration::from_hours(24 * 100)),
        last_success: Fact::known(now() - SignedDuration::from_hours(5)),
        last_attempt: Fact::known(now() - SignedDuration::from_hours(5)),
    }
}

fn report(facts: ReportPlan) -> Resource {
    let arn = "arn:aws:backup:eu-west-1:111122223333:report-plan:jobs";
    live(HOME, "AWS::Backup::ReportPlan", arn, "jobs", Facts::ReportPlan(Box::new(facts)))
}

/// The estate with every list of this area read to its end.
fn listed(mut resources: Vec<Resource>) -> Snapshot {
    resources.extend([region(HOME), region(AWAY)]);
    let mut snapshot = estate(resources);
    let kinds = ["AWS::Backup::Framework", "AWS::Backup::ReportPlan"];
    for place in [HOME, AWAY] {
        snapshot.listed.extend(kinds.map(|kind| listing(kind, place, None)));
    }
    snapshot
}

fn without(mut snapshot: Snapshot, kind: &str, place: &str) -> Snapshot {
    assert!(snapshot.listed.remove(&listing(kind, place, None)));
    snapshot
}

fn of_region(snapshot: &Snapshot, name: &str) -> (BackupRegion, Ranged<BackupReports>) {
    match derived(snapshot, &Settings::default(), name) {
        Derived::Region(region) => (region.backup.value().unwrap().clone(), region.reports),
        other => panic!("`{name}` is no Region: {other:?}"),
    }
}

fn of_account(snapshot: &Snapshot) -> BackupAccount {
    match derived(snapshot, &Settings::default(), ACCOUNT) {
        Derived::Account(account) => account.backup.value().unwrap().clone(),
        other => panic!("no account: {other:?}"),
    }
}

fn tier(resource: Resource, name: &str) -> Resource {
    tagged(resource, "backup-tier", known(name))
}

#[test]
fn a_region_needs_backups_where_a_workload_is_not_exempt() {
    let needs = |resources| of_region(&listed(resources), HOME).0.needs_backups;
    assert!(needs(vec![]).is_false());
    assert!(needs(vec![bucket("orders")]).is_true(), "the default tier asks");
    assert!(needs(vec![tier(bucket("orders"), "none")]).is_false());
    assert!(needs(vec![tier(bucket("scratch"), "none"), volume()]).is_true());
    assert!(needs(vec![bucket_of(AWAY, bucket_facts("orders"))]).is_false(), "another Region's");
    let mut unread = bucket("orders");
    unread.tags.others = Some("`GetBucketTagging` was denied".into());
    assert!(needs(vec![unread.clone()]).is_unknown(), "it may be exempt");
    assert!(needs(vec![unread, volume()]).is_true());
    let mut gone = volume();
    gone.exists = Fact::unknown("it may be gone");
    assert!(needs(vec![gone]).is_unknown());
    let unplaced = |mut resource: Resource| {
        resource.id.region = None;
        resource
    };
    assert!(needs(vec![unplaced(bucket("where"))]).is_unknown(), "it may lie here");
    assert!(needs(vec![unplaced(bucket("where")), volume()]).is_true());
    assert!(needs(vec![unplaced(tier(bucket("where"), "none"))]).is_false());
}

#[test]
fn what_was_not_listed_may_be_there() {
    let of = |snapshot: &Snapshot| of_region(snapshot, HOME).0;
    let nothing = listed(vec![]);
    assert!(of(&nothing).has_plan.is_false() && of(&nothing).has_backups.is_false());
    let mut here = without(nothing.clone(), "AWS::S3::Bucket", "global");
    assert!(of(&here).needs_backups.is_unknown());
    here.listed.insert(listing("AWS::S3::Bucket", HOME, None));
    assert!(of(&here).needs_backups.is_false(), "buckets are listed for all Regions at once, or for one");
    assert!(of(&without(nothing.clone(), "Backstop::ProtectedResource", HOME)).needs_backups.is_unknown());
    let plans = without(nothing.clone(), "AWS::Backup::BackupPlan", HOME);
    assert!(of(&plans).has_plan.is_unknown() && of(&plans).has_backups.is_unknown());
    let vaults = without(nothing.clone(), "AWS::Backup::BackupVault", HOME);
    assert!(of(&vaults).has_plan.is_false() && of(&vaults).has_backups.is_unknown());
    let frameworks = without(nothing.clone(), "AWS::Backup::Framework", HOME);
    assert!(of(&frameworks).has_framework.is_unknown() && of(&frameworks).idle_frameworks.is_unknown());
    assert!(of(&without(nothing, "AWS::Backup::Framework", AWAY)).has_framework.is_false(), "another Region's list");
}

#[test]
fn a_region_has_backups_by_a_plan_or_by_a_recovery_point() {
    let of = |resources| of_region(&listed(resources), HOME).0;
    let planned = of(vec![plan(vec![])]);
    assert!(planned.has_plan.is_true() && planned.has_backups.is_true());
    let full = Vault { recovery_points: Fact::known(3), ..vault_facts("main") };
    let copied = of(vec![vault_of(HOME, full)]);
    assert!(copied.has_plan.is_false() && copied.has_backups.is_true());
    assert!(of(vec![vault("main")]).has_backups.is_false());
    let uncounted = Vault { recovery_points: Fact::unknown("not counted"), ..vault_facts("main") };
    assert!(of(vec![vault_of(HOME, uncounted)]).has_backups.is_unknown());
}

#[test]
fn a_framework_counts_where_it_is_deployed_and_recorded() {
    let of = |deployment: &str, status: &str| {
        let found = of_region(&listed(vec![framework(deployment, status)]), HOME).0;
        (found.has_framework.value().copied(), found.idle_frameworks.value().cloned().unwrap())
    };
    let none: Vec<String> = Vec::new();
    assert_eq!(of("COMPLETED", "ACTIVE"), (Some(true), none.clone()));
    assert_eq!(of("UPDATE_IN_PROGRESS", "PARTIALLY_ACTIVE"), (Some(true), none.clone()));
    assert_eq!(of("FAILED", "ACTIVE"), (Some(false), vec!["daily (FAILED, ACTIVE)".to_owned()]));
    assert_eq!(of("COMPLETED", "INACTIVE"), (Some(false), vec!["daily (COMPLETED, INACTIVE)".to_owned()]));
    assert_eq!(of("DELETE_IN_PROGRESS", "UNAVAILABLE").0, Some(false));
    for (deployment, status) in [("COMPLETED", "UNAVAILABLE"), ("CREATE_IN_PROGRESS", "ACTIVE"), ("NEW", "ACTIVE")] {
        assert_eq!(of(deployment, status), (None, none.clone()), "{deployment} {status}");
    }
    assert!(of_region(&listed(vec![framework("COMPLETED", "ACTIVE")]), AWAY).0.has_framework.is_false());
}

fn silence(snapshot: &Snapshot, name: &str) -> Vec<(bool, Option<i64>)> {
    let reports = of_region(snapshot, name).1;
    let one = |one: &BackupReports| (one.backup_jobs.is_true(), one.silence.value().map(SignedDuration::as_hours));
    reports.versions.iter().map(one).collect()
}

#[test]
fn a_report_plan_covers_its_own_place_or_what_it_names() {
    let of = |facts: ReportPlan, name| silence(&listed(vec![report(facts)]), name);
    let named = |names: &[&str]| Fact::known(names.iter().map(ToString::to_string).collect());
    let (fresh, none) = (vec![(true, Some(5))], vec![(false, None)]);
    assert_eq!(of(report_facts(), HOME), fresh);
    assert_eq!(of(report_facts(), AWAY), none);
    assert_eq!(of(ReportPlan { template: known("COPY_JOB_REPORT"), ..report_facts() }, HOME), none);
    for regions in [&["*"][..], &["us-east-1", AWAY]] {
        assert_eq!(of(ReportPlan { regions: named(regions), ..report_facts() }, AWAY), fresh);
    }
    assert_eq!(of(ReportPlan { regions: named(&[AWAY]), ..report_facts() }, HOME), none);
    assert_eq!(of(ReportPlan { accounts: named(&["ROOT"]), ..report_facts() }, HOME), fresh);
    assert_eq!(of(ReportPlan { accounts: named(&[OTHER_ACCOUNT]), ..report_facts() }, HOME), none);
    let unit = ReportPlan { accounts: named(&["ou-1"]), ..report_facts() };
    assert_eq!(of(unit.clone(), HOME), [(false, None), (true, Some(5))], "the units were not read");
    let with = |units: &[&str]| {
        let settings = Fact::unknown("not read");
        silence(&listed(vec![report(unit.clone()), account(settings, named(units))]), HOME)
    };
    assert_eq!(with(&["ou-1", "r-1"]), fresh);
    assert_eq!(with(&["ou-2", "r-1"]), none);
}

#[test]
fn a_report_plan_that_never_delivered_is_silent_since_it_was_made() {
    let of = |facts: ReportPlan| silence(&listed(vec![report(facts)]), HOME);
    let never = ReportPlan { last_success: Fact::absent(), ..report_facts() };
    assert_eq!(of(never.clone()), [(true, Some(2400))]);
    let unread = ReportPlan { created: Fact::absent(), ..never };
    assert_eq!(of(unread), [(true, Some(24 * 365 * 100)), (true, Some(0))]);
}

#[test]
fn a_list_of_report_plans_that_broke_off_anywhere_leaves_a_better_version() {
    let broken = |resources| without(listed(resources), "AWS::Backup::ReportPlan", AWAY);
    assert_eq!(silence(&broken(vec![]), HOME), [(false, None), (true, Some(0))]);
    assert_eq!(silence(&broken(vec![report(report_facts())]), HOME), [(true, Some(5)), (true, Some(0))]);
}

#[test]
fn cross_account_backup_is_asked_for_by_a_tier_in_use() {
    let of = |settings, resources: Vec<Resource>| {
        let all = resources.into_iter().chain([account(settings, Fact::absent())]).collect();
        of_account(&listed(all))
    };
    let on = of(cross_account("true"), vec![tier(volume(), "critical")]);
    assert!(on.needs_cross_account.is_true() && on.cross_account_enabled.is_true());
    let off = of(cross_account("false"), vec![tier(volume(), "standard")]);
    assert!(off.needs_cross_account.is_false() && off.cross_account_enabled.is_false());
    let outside = of(Fact::absent(), vec![tier(volume(), "critical")]);
    assert!(outside.cross_account_enabled.is_false(), "outside an organization");
    assert!(of(Fact::unknown("denied"), vec![]).cross_account_enabled.is_unknown());
    assert!(of(Fact::known(BTreeMap::new()), vec![]).cross_account_enabled.is_unknown());
    let open =
        without(listed(vec![account(cross_account("false"), Fact::absent())]), "Backstop::ProtectedResource", AWAY);
    assert!(of_account(&open).needs_cross_account.is_unknown());
}

#[test]
fn cross_account_backup_is_not_asked_for_by_a_bucket_that_replicates_to_another_account() {
    let replicating = |account: Fact<String>| {
        let mut facts = Bucket { replication: replicates_to(link("arn:aws:s3:::far")), ..versioned("orders") };
        if let State::Known(replication) = &mut facts.replication.state
            && let State::Known(rules) = &mut replication.rules.state
        {
            let destination = &mut rules.first_mut().unwrap().destination;
            destination.account = account;
            destination.exists = Fact::known(true);
            destination.region = known(AWAY);
            destination.versioning = known("Enabled");
        }
        tier(bucket_of(HOME, facts), "critical")
    };
    let needs = |resources: Vec<Resource>| {
        let all = resources.into_iter().chain([account(cross_account("false"), Fact::absent())]).collect();
        of_account(&listed(all)).needs_cross_account
    };
    let far = || known("444455556666");
    assert!(needs(vec![replicating(far())]).is_false());
    assert!(needs(vec![replicating(known(ACCOUNT))]).is_true());
    assert!(
        needs(vec![replicating(Fact::unknown("denied"))]).is_false(),
        "a bucket that is none of its own is another's"
    );
    assert!(needs(vec![replicating(far()), tier(volume(), "critical")]).is_true());
}

/// An estate of which some lists were not read, and some facts not told.
#[derive(Clone, Debug)]
struct Spec {
    /// Which of [`LISTS`] were read to their end.
    read: [bool; 5],
    /// Which facts are told: tier, deployment, status, template.
    told: [bool; 4],
    tier: Option<&'static str>,
    planned: bool,
    full: bool,
    framework: Option<(&'static str, &'static str)>,
    report: Option<(&'static str, i64)>,
}

const LISTS: [&str; 5] = [
    "Backstop::ProtectedResource",
    "AWS::Backup::BackupPlan",
    "AWS::Backup::BackupVault",
    "AWS::Backup::Framework",
    "AWS::Backup::ReportPlan",
];

fn spec() -> impl Strategy<Value = Spec> {
    let maybe = |all: &[&'static str]| prop::option::of(prop::sample::select(all.to_vec()));
    let framework = (
        prop::sample::select(vec!["COMPLETED", "FAILED", "CREATE_IN_PROGRESS"]),
        prop::sample::select(vec!["ACTIVE", "INACTIVE", "UNAVAILABLE"]),
    );
    let report = (prop::sample::select(vec!["BACKUP_JOB_REPORT", "COPY_JOB_REPORT"]), 0..400_i64);
    (
        any::<[bool; 5]>(),
        any::<[bool; 4]>(),
        maybe(&["critical", "standard", "none"]),
        any::<(bool, bool)>(),
        prop::option::of(framework),
        prop::option::of(report),
    )
        .prop_map(|(read, told, tier, (planned, full), framework, report)| Spec {
            read,
            told,
            tier,
            planned,
            full,
            framework,
            report,
        })
}

/// The estate as it was seen, or as it is once everything is learnt. A list that was not read hides what is on it.
fn built(spec: &Spec, learnt: bool) -> Snapshot {
    let seen = |list: usize| learnt || spec.read[list];
    let told =
        |number: usize, text: &str| if learnt || spec.told[number] { known(text) } else { Fact::unknown("hidden") };
    let mut all = vec![account(cross_account("false"), Fact::absent())];
    all.extend(spec.tier.filter(|_| seen(0)).map(|tier| tagged(volume(), "backup-tier", told(0, tier))));
    if spec.planned && seen(1) {
        all.push(plan(vec![]));
    }
    if spec.full && seen(2) {
        all.push(vault_of(HOME, Vault { recovery_points: Fact::known(1), ..vault_facts("main") }));
    }
    if let Some((deployment, status)) = spec.framework.filter(|_| seen(3)) {
        let mut resource = framework(deployment, status);
        if let Facts::Framework(facts) = &mut resource.facts {
            facts.deployment = told(1, deployment);
            facts.status = told(2, status);
        }
        all.push(resource);
    }
    if let Some((template, hours)) = spec.report.filter(|_| seen(4)) {
        let last_success = Fact::known(now() - SignedDuration::from_hours(hours));
        all.push(report(ReportPlan { template: told(3, template), last_success, ..report_facts() }));
    }
    let unread = LISTS.iter().enumerate().filter(|(list, _)| !seen(*list));
    unread.fold(listed(all), |snapshot, (_, kind)| without(snapshot, kind, HOME))
}

#[test]
fn a_report_plan_of_another_account_that_was_not_listed_may_report() {
    let mut other = region(AWAY);
    other.id.account = Some("444455556666".into());
    let snapshot = listed(vec![volume(), other]);
    assert_eq!(silence(&snapshot, HOME).len(), 2, "the other account may report on this one");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_known_of_a_region_and_an_account_stays_true_once_everything_is_learnt(spec in spec()) {
        let (before, after) = (built(&spec, false), built(&spec, true));
        let facts = |snapshot: &Snapshot| {
            let (region, account) = (of_region(snapshot, HOME).0, of_account(snapshot));
            [region.needs_backups, region.has_plan, region.has_backups, region.has_framework, account.needs_cross_account]
        };
        for (number, (one, other)) in facts(&before).iter().zip(&facts(&after)).enumerate() {
            prop_assert!(one.is_unknown() || one.value() == other.value(), "fact {}: {:?} {:?}", number, one, other);
        }
        let agreed = |snapshot: &Snapshot| {
            let week = |(reported, hours): &(bool, Option<i64>)| *reported && hours.is_some_and(|hours| hours < 192);
            let versions: Vec<bool> = silence(snapshot, HOME).iter().map(week).collect();
            versions.iter().all(|one| *one == versions[0]).then_some(versions[0])
        };
        if let Some(said) = agreed(&before) {
            prop_assert_eq!(Some(said), agreed(&after));
        }
    }
}
