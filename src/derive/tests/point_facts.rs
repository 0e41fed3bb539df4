//! What is asked of recovery points themselves.

use jiff::SignedDuration;

use super::build::*;
use crate::model::backup::{CopyAction, Lifecycle, PlanRule, PlanRuleName, RecoveryPoint};
use crate::model::derived::{Derived, RecoveryPointDerived};
use crate::model::fact::Fact;
use crate::model::resource::{Resource, Tags};
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;
use crate::model::workload::FOREVER;

const PLAN: &str = "arn:aws:backup:eu-west-1:111122223333:backup-plan:p-1";

fn of(snapshot: &Snapshot, name: &str) -> RecoveryPointDerived {
    match derived(snapshot, &Settings::default(), name) {
        Derived::RecoveryPoint(point) => *point,
        other => panic!("no recovery point: {other:?}"),
    }
}

fn with(mut resources: Vec<Resource>) -> Snapshot {
    resources.extend([vault("main"), vault_of(AWAY, vault_facts("main"))]);
    estate(resources)
}

fn alone(change: impl FnOnce(&mut RecoveryPoint)) -> RecoveryPointDerived {
    of(&with(vec![change_point(point(HOME, "p", VOLUME, 10), change)]), "p")
}

/// A point that this rule of the plan made.
fn made(point: &mut RecoveryPoint, rule: &str, days: i64) {
    point.plan = text(PLAN);
    point.rule = Fact::known(PlanRuleName { id: Some("other".into()), name: Some(rule.into()) }.into());
    point.delete_at = point.created.clone().map(|created| created + DAY * i32::try_from(days).unwrap());
}

#[test]
fn the_youngest_of_a_resource_in_its_vault_is_the_newest() {
    let all = with(vec![
        point(HOME, "old", VOLUME, 50),
        point(HOME, "new", VOLUME, 10),
        point(AWAY, "copy", VOLUME, 50),
        point(HOME, "other", "arn:aws:s3:::orders", 99),
    ]);
    assert!(of(&all, "old").newest.is_false());
    for name in ["new", "copy", "other"] {
        assert!(of(&all, name).newest.is_true(), "{name}");
    }
}

#[test]
fn what_is_gone_makes_nothing_old() {
    for status in ["EXPIRED", "DELETING", "CREATING"] {
        let gone = change_point(point(HOME, "gone", VOLUME, 1), |point| point.status = text(status));
        let all = with(vec![point(HOME, "old", VOLUME, 50), gone]);
        assert!(of(&all, "old").newest.is_true() && of(&all, "gone").newest.is_false(), "{status}");
        assert!(of(&all, "gone").present.is_false(), "{status}");
    }
    let lapsed = change_point(point(HOME, "lapsed", VOLUME, 1), |point| point.delete_at = Fact::known(now()));
    assert!(of(&with(vec![lapsed]), "lapsed").present.is_false());
}

#[test]
fn a_point_that_may_be_younger_leaves_it_open() {
    let perhaps = change_point(point(HOME, "perhaps", VOLUME, 1), |point| point.status = Fact::unknown("not said"));
    assert!(of(&with(vec![point(HOME, "old", VOLUME, 50), perhaps]), "old").newest.is_unknown());
    let perhaps = change_point(point(HOME, "perhaps", VOLUME, 60), |point| point.status = Fact::unknown("not said"));
    assert!(of(&with(vec![point(HOME, "old", VOLUME, 50), perhaps]), "old").newest.is_true());
    let undated = change_point(point(HOME, "undated", VOLUME, 1), |point| point.created = Fact::unknown("not said"));
    assert!(of(&with(vec![point(HOME, "old", VOLUME, 50), undated]), "old").newest.is_unknown());
    let mut broken = with(vec![point(HOME, "p", VOLUME, 50), point(HOME, "q", VOLUME, 60)]);
    broken.listed.remove(&listing("AWS::Backup::RecoveryPoint", HOME, Some(&vault_arn(HOME, "main"))));
    assert!(of(&broken, "p").newest.is_unknown() && of(&broken, "q").newest.is_false());
}

#[test]
fn continuous_points_rival_across_the_vaults_of_a_region_and_live_on_in_place() {
    let stopped = change_point(point(HOME, "continuous:a", VOLUME, 9000), |point| point.status = text("STOPPED"));
    let running = change_point(point(HOME, "continuous:b", VOLUME, 8000), |point| {
        point.status = text("AVAILABLE");
        point.vault = vault_arn(HOME, "second").into();
        point.delete_at = Fact::known(now() - DAY);
    });
    let snapshot = point(HOME, "p", VOLUME, 1);
    let all = with(vec![stopped.clone(), running, snapshot.clone()]);
    assert!(of(&all, "continuous:a").newest.is_false() && of(&all, "continuous:b").newest.is_true());
    assert!(of(&all, "p").newest.is_true() && !of(&all, "p").continuous.is_true());
    assert!(of(&with(vec![stopped, snapshot]), "continuous:a").newest.is_true());
}

#[test]
fn a_point_is_held_against_the_rule_that_made_it() {
    let judged = |rules: Vec<PlanRule>, days: i64| {
        let one = change_point(point(HOME, "p", VOLUME, 10), |point| made(point, "r", days));
        let found = of(&with(vec![one, plan(rules)]), "p");
        (found.retention, found.declared_retention)
    };
    let (kept, declared) = judged(vec![rule("r", "main", 35)], 7);
    assert_eq!((kept.value(), declared.value()), (Some(&(DAY * 7)), Some(&(DAY * 35))));
    assert!(judged(vec![rule("s", "main", 35)], 7).1.is_absent(), "the rule is gone");
    let unread = PlanRule { lifecycle: Fact::unknown("not read"), ..rule("r", "main", 1) };
    assert!(judged(vec![unread], 7).1.is_unknown());
    let forever = PlanRule { lifecycle: Fact::absent(), ..rule("r", "main", 1) };
    assert_eq!(judged(vec![forever], 7).1.value(), Some(&FOREVER));
}

#[test]
fn a_plan_that_was_not_seen_is_gone_only_where_all_were_listed() {
    let one = || change_point(point(HOME, "p", VOLUME, 10), |point| made(point, "r", 7));
    assert!(of(&with(vec![one()]), "p").declared_retention.is_absent());
    let mut broken = with(vec![one()]);
    broken.listed.remove(&listing("AWS::Backup::BackupPlan", HOME, None));
    assert!(of(&broken, "p").declared_retention.is_unknown());
    let foreign = change_point(one(), |point| {
        point.plan = text("arn:aws:backup:eu-west-1:444455556666:backup-plan:p-9");
    });
    assert!(of(&with(vec![foreign]), "p").declared_retention.is_unknown());
    assert!(alone(|_| {}).declared_retention.is_absent(), "made on demand");
}

#[test]
fn a_copy_is_held_against_its_copy_action_and_one_for_ever_against_its_rule() {
    let copying = |lifecycle: Fact<Lifecycle>| PlanRule {
        copies: Fact::known(vec![CopyAction { destination: link(&vault_arn(AWAY, "main")), lifecycle }]),
        ..rule("r", "main", 35)
    };
    let judged = |rule: PlanRule| {
        let copy = change_point(point(AWAY, "p", VOLUME, 10), |point| {
            made(point, "r", 7);
            point.copied_from = text(&vault_arn(HOME, "main"));
        });
        of(&with(vec![copy, plan(vec![rule])]), "p").declared_retention
    };
    assert_eq!(judged(copying(keeps(90))).value(), Some(&(DAY * 90)));
    assert_eq!(judged(copying(keeps(-1))).value(), Some(&(DAY * 35)));
    assert_eq!(judged(copying(Fact::absent())).value(), Some(&(DAY * 35)));
    assert!(judged(rule("r", "main", 35)).is_absent(), "it was copied by hand");
    let unread = PlanRule { copies: Fact::unknown("not read"), ..rule("r", "main", 35) };
    assert!(judged(unread).is_unknown());
}

#[test]
fn dates_that_differ_from_whole_days_by_hours_are_whole_days() {
    let kept = |hours: i64| {
        let found = alone(|point| {
            point.delete_at = point.created.clone().map(|created| created + SignedDuration::from_hours(hours));
        });
        found.retention.value().unwrap().as_hours() / 24
    };
    assert_eq!([kept(35 * 24), kept(35 * 24 - 5), kept(35 * 24 + 5), kept(34 * 24)], [35, 35, 35, 34]);
    assert_eq!(alone(|_| {}).retention.value(), Some(&FOREVER));
}

#[test]
fn a_deletion_is_overdue_from_its_day_on() {
    let overdue = |status: &str, delete_at: Fact<jiff::Timestamp>| {
        alone(|point| {
            point.status = text(status);
            point.delete_at = delete_at;
        })
        .overdue
    };
    assert_eq!(overdue("DELETING", Fact::known(now() - DAY * 8)).value(), Some(&(DAY * 8)));
    assert!(overdue("DELETING", Fact::known(now() + DAY)).is_unknown());
    assert!(overdue("DELETING", Fact::absent()).is_unknown());
    assert!(overdue("COMPLETED", Fact::known(now() - DAY)).is_absent());
}

#[test]
fn a_key_is_in_the_state_that_kms_tells_or_gone_where_all_keys_were_listed() {
    let arn = |account: &str, region: &str| format!("arn:aws:kms:{region}:{account}:key/k-1");
    let state = |keys: Vec<Resource>, key: &str, listed: bool| {
        let one = change_point(point(HOME, "p", VOLUME, 10), |point| point.key = text(key));
        let mut snapshot = with(keys.into_iter().chain([one]).collect());
        if !listed {
            snapshot.listed.remove(&listing("AWS::KMS::Key", HOME, None));
        }
        of(&snapshot, "p").key_state
    };
    let own = arn(ACCOUNT, HOME);
    let pending = || key_of(crate::model::kms::Key { state: known("PendingDeletion"), ..key_facts("k-1") });
    assert_eq!(state(vec![pending()], &own, true).value().unwrap(), "PendingDeletion");
    assert_eq!(state(vec![], &own, true).value().unwrap(), "Deleted");
    let updating = key_of(crate::model::kms::Key { state: known("Updating"), ..key_facts("k-1") });
    assert_eq!(state(vec![updating], &own, true).value().unwrap(), "Enabled", "it decrypts all the while");
    for alias in ["alias/backups".to_owned(), format!("arn:aws:kms:{HOME}:{ACCOUNT}:alias/aws/ebs")] {
        assert!(state(vec![], &alias, true).is_unknown(), "a key outlives its alias: {alias}");
    }
    assert!(state(vec![], &own, false).is_unknown());
    assert!(state(vec![], &arn(OTHER_ACCOUNT, HOME), true).is_unknown());
    assert!(state(vec![], &arn(ACCOUNT, "us-east-1"), true).is_unknown());
    assert!(alone(|_| {}).key_state.is_absent());
}

#[test]
fn the_newest_point_lacks_the_tags_of_its_source() {
    let source = || tagged(tagged(volume(), "owner", known("team")), "aws:cloudformation:stack-name", known("s"));
    let missing = |source: Option<Resource>, tags: Tags, hours: i64| {
        let mut one = point(HOME, "p", VOLUME, hours);
        one.tags = tags;
        let all = source.into_iter().chain([one, point(HOME, "q", VOLUME, 20)]).collect();
        of(&with(all), "p")
    };
    let owner = || Tags { entries: [("owner".into(), known("another"))].into(), others: None };
    let none = missing(Some(source()), owner(), 10);
    assert!(none.tags_carried.is_true() && none.missing_tags.value().unwrap().is_empty());
    let one = missing(Some(source()), Tags::default(), 10);
    assert!(one.tags_carried.is_false());
    assert_eq!(one.missing_tags.value().unwrap(), &["owner"]);
    assert!(missing(Some(source()), Tags::unread("denied"), 10).tags_carried.is_unknown());
    assert!(missing(Some(source()), Tags::unread("not asked"), 30).tags_carried.is_true(), "an older one");
    let unread = Resource { tags: Tags::unread("denied"), ..volume() };
    assert!(missing(Some(unread), owner(), 10).tags_carried.is_unknown());
    assert!(missing(None, owner(), 10).tags_carried.is_unknown(), "the source was not read");
}

#[test]
fn a_bucket_that_is_gone_left_no_tags_to_carry() {
    let one = || point(HOME, "p", "arn:aws:s3:::orders", 10);
    let everywhere = with(vec![one()]);
    assert!(of(&everywhere, "p").tags_carried.is_true());
    let mut nowhere = everywhere.clone();
    assert!(nowhere.listed.remove(&listing("AWS::S3::Bucket", "global", None)));
    assert!(of(&nowhere, "p").tags_carried.is_unknown());
    nowhere.listed.insert(listing("AWS::S3::Bucket", HOME, None));
    assert!(of(&nowhere, "p").tags_carried.is_unknown(), "the point may be a copy of a bucket in another Region");
}

#[test]
fn a_point_is_exempt_with_its_workload() {
    let judged = |source: Resource| of(&with(vec![source, point(HOME, "p", VOLUME, 10)]), "p").exempt;
    assert!(judged(tagged(volume(), "backup-tier", known("none"))).is_true());
    assert!(judged(tagged(volume(), "backup-tier", known("critical"))).is_false());
    assert!(judged(Resource { tags: Tags::unread("denied"), ..volume() }).is_unknown());
    assert!(alone(|_| {}).exempt.is_false(), "a source that was not seen");
}
