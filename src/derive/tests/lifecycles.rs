//! Lifecycle rules: what expires, what moves down, and what S3 accepts.

use super::build::*;
use crate::model::derived::LifecycleDerived;
use crate::model::fact::Fact;
use crate::model::s3::{Bucket, LifecycleRule};
use crate::model::settings::Settings;
use crate::model::workload::FOREVER;

fn steps(steps: &[&str]) -> Fact<Vec<String>> {
    Fact::known(steps.iter().map(|step| (*step).to_owned()).collect())
}

fn blank() -> LifecycleRule {
    LifecycleRule { noncurrent_expire_days: Fact::absent(), ..expires_noncurrent(0) }
}

fn find(rules: Vec<LifecycleRule>) -> LifecycleDerived {
    let facts = Bucket { lifecycle: Fact::known(rules), ..versioned("orders") };
    let snapshot = template(vec![bucket_of(HOME, facts)]);
    of_bucket(&snapshot, &Settings::default(), "orders").lifecycle.value().unwrap().clone()
}

fn moving(to: &[&str]) -> LifecycleRule {
    LifecycleRule { transitions: steps(to), ..blank() }
}

#[test]
fn classes_come_in_the_order_and_at_the_days_that_s3_accepts() {
    for accepted in [
        &["STANDARD_IA@30"][..],
        &["STANDARD_IA@30", "GLACIER_IR@60", "DEEP_ARCHIVE@61"],
        &["GLACIER@0"],
        &["DEEP_ARCHIVE@200", "STANDARD_IA@30"],
        &["GLACIER@2026-01-01"],
        &[],
    ] {
        assert!(find(vec![moving(accepted)]).order_accepted.is_true(), "{accepted:?}");
    }
    for (refused, why) in [
        (&["STANDARD_IA@7"][..], "rule 1: moves to STANDARD_IA after 7 days, 30 are asked for"),
        (&["ONEZONE_IA@29"], "rule 1: moves to ONEZONE_IA after 29 days, 30 are asked for"),
        (&["STANDARD_IA@30", "GLACIER@45"], "rule 1: GLACIER comes 15 days after STANDARD_IA, 30 are asked for"),
        (&["GLACIER@30", "STANDARD_IA@90"], "rule 1: GLACIER after 30 days cannot move to STANDARD_IA after 90"),
        (&["GLACIER@30", "GLACIER@90"], "rule 1: GLACIER after 30 days cannot move to GLACIER after 90"),
        (&["GLACIER_IR@90", "GLACIER@90"], "rule 1: GLACIER_IR after 90 days cannot move to GLACIER after 90"),
    ] {
        let found = find(vec![moving(refused)]);
        assert!(found.order_accepted.is_false(), "{refused:?}");
        assert_eq!(found.order_faults.value().unwrap(), &[why]);
    }
}

#[test]
fn nothing_moves_after_it_has_expired() {
    let expiring = |days| LifecycleRule { expire_days: Fact::known(days), ..moving(&["GLACIER@90"]) };
    assert!(find(vec![expiring(91)]).order_accepted.is_true());
    let found = find(vec![expiring(90)]);
    assert_eq!(
        found.order_faults.value().unwrap(),
        &["rule 1: expires after 90 days, before it moves to GLACIER after 90"]
    );
    let noncurrent = LifecycleRule { noncurrent_transitions: steps(&["GLACIER@90"]), ..expires_noncurrent(30) };
    assert!(find(vec![noncurrent]).order_accepted.is_false());
    let dated = LifecycleRule { expire_days: Fact::unknown("at a date"), ..moving(&["GLACIER@90"]) };
    assert!(find(vec![dated]).order_accepted.is_unknown());
    assert!(find(vec![moving(&["STANDARD_IA@30", "GLACIER@2026-01-01"])]).order_accepted.is_unknown());
}

#[test]
fn what_a_live_bucket_has_s3_has_accepted() {
    let facts = Bucket { lifecycle: Fact::known(vec![moving(&["STANDARD_IA@7"])]), ..versioned("orders") };
    let found = of_bucket(&estate(vec![bucket_of(HOME, facts)]), &Settings::default(), "orders");
    assert!(found.lifecycle.value().unwrap().order_accepted.is_true());
}

#[test]
fn half_a_year_in_one_class_is_long() {
    let current = |rule: LifecycleRule| find(vec![rule]).current_tiers_down;
    assert!(current(blank()).is_false());
    assert!(current(moving(&["GLACIER_IR@30"])).is_true());
    assert!(current(LifecycleRule { expire_days: Fact::known(179), ..blank() }).is_true());
    assert!(current(LifecycleRule { expire_days: Fact::known(180), ..blank() }).is_false());
    assert!(current(LifecycleRule { transitions: Fact::unknown("why"), ..blank() }).is_unknown());
    let narrow = LifecycleRule { whole_bucket: Fact::known(false), expire_days: Fact::known(7), ..blank() };
    assert!(current(narrow).is_false(), "only a part expires");

    let noncurrent = |rule: LifecycleRule| find(vec![rule]).noncurrent_tiers_down;
    assert!(noncurrent(expires_noncurrent(35)).is_true());
    assert!(noncurrent(expires_noncurrent(365)).is_false());
    let down = LifecycleRule { noncurrent_transitions: steps(&["GLACIER@30"]), ..expires_noncurrent(365) };
    assert!(noncurrent(down).is_true());
    assert!(noncurrent(blank()).is_true(), "that they never expire is said elsewhere");
}

#[test]
fn noncurrent_versions_expire_everywhere_or_in_a_part() {
    assert!(find(vec![expires_noncurrent(35)]).expires_noncurrent.is_true());
    assert!(find(vec![blank()]).expires_noncurrent.is_false());
    assert_eq!(find(vec![blank()]).noncurrent_retention.value(), Some(&FOREVER));
    let narrow = LifecycleRule { whole_bucket: Fact::known(false), ..expires_noncurrent(7) };
    let found = find(vec![narrow, expires_noncurrent(35)]);
    assert!(found.expires_noncurrent.is_true());
    assert_eq!(found.noncurrent_retention.value(), Some(&(DAY * 7)), "the shortest time that any version lives");
}
