//! Evidence: which recovery points restore, how old they are, which outlive the Region.

use jiff::SignedDuration;

use super::build::*;
use crate::derive::derive;
use crate::model::attribute::Ranged;
use crate::model::derived::Derived;
use crate::model::fact::Fact;
use crate::model::resource::Resource;
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;
use crate::model::workload::Protection;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn look(snapshot: &Snapshot, settings: &Settings) -> Ranged<Protection> {
    of_workload(snapshot, settings, "vol-1").protection
}

fn estate_with(points: Vec<Resource>) -> Snapshot {
    let mut all = vec![volume(), vault("main"), vault_of(AWAY, vault_facts("main"))];
    all.extend(points);
    estate(all)
}

fn only(points: Vec<Resource>) -> Protection {
    let found = look(&estate_with(points), &Settings::default());
    found.only().unwrap_or_else(|| panic!("several versions: {found:#?}")).clone()
}

#[test]
fn the_newest_point_that_can_be_restored_counts() {
    let found = only(vec![point(HOME, "old", VOLUME, 50), point(HOME, "new", VOLUME, 10)]);
    assert_eq!(found.recovery_points.value(), Some(&2));
    assert_eq!(found.newest_age.value(), Some(&(HOUR * 10)));
    assert!(found.newest_copy_age.is_absent());
    assert_eq!(found.newest_age_less_grace.value(), Some(&(HOUR * 2)), "the default start window is 8 hours");
}

#[test]
fn grace_takes_no_age_below_zero() {
    let found = only(vec![point(HOME, "new", VOLUME, 3)]);
    assert_eq!(found.newest_age_less_grace.value(), Some(&SignedDuration::ZERO));
}

#[test]
fn points_of_other_resources_do_not_count() {
    let other = "arn:aws:ec2:eu-west-1:111122223333:volume/vol-2";
    assert_eq!(only(vec![point(HOME, "p", other, 1)]).recovery_points.value(), Some(&0));
}

#[test]
fn expired_deleted_and_unfinished_points_restore_nothing() {
    for status in ["EXPIRED", "DELETING", "CREATING"] {
        let dead = change_point(point(HOME, "p", VOLUME, 1), |point| point.status = text(status));
        assert_eq!(only(vec![dead]).recovery_points.value(), Some(&0), "{status}");
    }
    let gone = change_point(point(HOME, "p", VOLUME, 1), |point| point.delete_at = Fact::known(now()));
    assert_eq!(only(vec![gone]).recovery_points.value(), Some(&0), "past its deletion at the moment of judgement");
    let cold = change_point(point(HOME, "p", VOLUME, 1), |point| point.cold_at = Fact::known(now()));
    assert_eq!(only(vec![cold]).recovery_points.value(), Some(&1), "a cold point can be restored");
}

#[test]
fn partial_and_stopped_points_may_restore_something() {
    for status in ["PARTIAL", "STOPPED"] {
        let odd = change_point(point(HOME, "p", VOLUME, 30), |point| point.status = text(status));
        let found = look(&estate_with(vec![odd]), &Settings::default());
        assert_eq!(found.worst().unwrap().recovery_points.value(), Some(&0), "{status}");
        assert_eq!(found.versions.last().unwrap().recovery_points.value(), Some(&1), "{status}");
    }
}

#[test]
fn a_continuous_point_is_as_new_as_its_lag() {
    let continuous = |kind: &str, hours_old| {
        change_point(point(HOME, "continuous:vol-1-abc", VOLUME, hours_old), |point| {
            point.status = text("AVAILABLE");
            point.resource_type = text(kind);
        })
    };
    assert_eq!(only(vec![continuous("RDS", 700)]).newest_age.value(), Some(&SignedDuration::from_mins(5)));
    assert_eq!(only(vec![continuous("S3", 700)]).newest_age.value(), Some(&SignedDuration::from_mins(15)));
    let just_made = only(vec![continuous("S3", 0)]);
    assert_eq!(just_made.newest_age.value(), Some(&SignedDuration::ZERO));
}

#[test]
fn both_forms_of_a_continuous_s3_point_are_known_from_periodic_ones() {
    let of = |id: &str| {
        let one = change_point(point(HOME, id, "arn:aws:s3:::orders", 700), |point| point.resource_type = text("S3"));
        let all = vec![bucket_of(HOME, barely_versioned("orders")), vault("main"), one];
        let found = of_workload(&estate(all), &Settings::default(), "orders").protection;
        found.only().unwrap().newest_age.value().copied().unwrap()
    };
    for id in ["continuous:orders-5ec207d0", "orders-5ec207d0"] {
        assert_eq!(of(id), SignedDuration::from_mins(15), "{id}");
    }
    for id in ["orders-20211231900000-5ec207d0", "1801234a-5b6b-7dc8-8032-836f7ffc623b", "orders-eu-5ec207d0"] {
        assert_eq!(of(id), HOUR * 700, "{id}");
    }
}

#[test]
fn a_continuous_point_of_an_old_snapshot_ages_with_it() {
    let continuous = change_point(point(HOME, "continuous:vol-1-abc", VOLUME, 700), |point| {
        point.resource_type = text("RDS");
    });
    let mut snapshot = estate_with(vec![continuous]);
    snapshot.taken_at = Some(now() - HOUR * 24);
    let found = look(&snapshot, &Settings::default());
    assert_eq!(found.only().unwrap().newest_age.value(), Some(&(HOUR * 24 + SignedDuration::from_mins(5))));
}

#[test]
fn copies_in_another_region_outlive_the_region() {
    let found = only(vec![point(HOME, "p", VOLUME, 2), point(AWAY, "c", VOLUME, 26)]);
    assert_eq!(found.newest_age.value(), Some(&(HOUR * 2)));
    assert_eq!(found.newest_copy_age.value(), Some(&(HOUR * 26)));
    assert_eq!(found.recovery_points.value(), Some(&2));
    let settings = Settings { recovery_regions: vec![HOME.to_owned()], ..Settings::default() };
    let elsewhere = look(&estate_with(vec![point(AWAY, "c", VOLUME, 26)]), &settings);
    assert!(elsewhere.only().unwrap().newest_copy_age.is_absent(), "not a recovery Region");
}

#[test]
fn a_recovery_region_that_was_not_looked_at_leaves_copies_open() {
    let settings = Settings { recovery_regions: vec!["us-east-1".to_owned()], ..Settings::default() };
    let found = look(&estate_with(vec![point(HOME, "p", VOLUME, 2)]), &settings);
    assert!(found.worst().unwrap().newest_copy_age.is_absent());
    assert_eq!(found.versions.last().unwrap().newest_copy_age.value(), Some(&SignedDuration::ZERO));
    assert!(found.reasons.unwrap().iter().any(|reason| reason.why.contains("us-east-1")));
}

#[test]
fn copies_to_an_account_that_was_not_audited_are_open() {
    let mut copying = rule("r", "main", 35);
    copying.copies = copies_to(&format!("arn:aws:backup:{AWAY}:{OTHER_ACCOUNT}:backup-vault:main"));
    let mut all = vec![volume(), vault("main"), plan(vec![copying]), selects(&[VOLUME])];
    all.push(point(HOME, "p", VOLUME, 2));
    let found = look(&estate(all), &Settings::default());
    assert!(found.worst().unwrap().newest_copy_age.is_absent());
    assert!(found.versions.last().unwrap().newest_copy_age.is_known());
    assert!(found.versions.iter().all(|version| version.copied_to_recovery_region.is_true()), "it is declared");
}

#[test]
fn a_vault_whose_points_were_not_listed_leaves_evidence_open() {
    let mut snapshot = estate(vec![
        volume(),
        vault_of(HOME, crate::model::backup::Vault { recovery_points: Fact::known(3), ..vault_facts("main") }),
    ]);
    snapshot.listed.remove(&listing("AWS::Backup::RecoveryPoint", HOME, Some(&vault_arn(HOME, "main"))));
    let found = look(&snapshot, &Settings::default());
    assert_eq!(found.worst().unwrap().recovery_points.value(), Some(&0));
    let best = found.versions.last().unwrap();
    assert_eq!(best.recovery_points.value(), Some(&1));
    assert_eq!(best.newest_age.value(), Some(&SignedDuration::ZERO));
    assert!(best.newest_copy_age.is_absent(), "it is in the workload's own Region");
    let poorest = found.versions.iter().filter_map(|version| version.newest_age.value()).max();
    assert_eq!(poorest, Some(&crate::model::workload::FOREVER));
}

#[test]
fn a_point_whose_resource_is_not_known_may_be_anybodys() {
    let odd = change_point(point(HOME, "p", VOLUME, 1), |point| point.resource = Fact::unknown("not told"));
    let found = look(&estate_with(vec![odd]), &Settings::default());
    assert_eq!(found.versions.last().unwrap().recovery_points.value(), Some(&1));
    assert_eq!(found.worst().unwrap().recovery_points.value(), Some(&0));
}

#[test]
fn versioning_makes_no_recovery_point_younger() {
    let mut all = vec![bucket_of(HOME, versioned("orders")), vault("main")];
    all.push(point(HOME, "p", "arn:aws:s3:::orders", 900));
    let found = of_workload(&estate(all), &Settings::default(), "orders").protection;
    assert_eq!(found.only().unwrap().newest_age.value(), Some(&SignedDuration::from_hours(900)));
}

#[test]
fn files_have_no_evidence() {
    let snapshot = template(vec![bucket("orders")]);
    let subjects = derive(&snapshot, &complete(), Some(now()));
    for subject in subjects {
        if let Derived::Bucket(bucket) = subject.derived {
            let found = bucket.workload.protection.only().unwrap().clone();
            assert!(found.newest_age.is_absent() && found.newest_copy_age.is_absent());
        }
    }
}
