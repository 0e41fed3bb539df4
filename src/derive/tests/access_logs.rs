//! Whether reads and writes of a bucket are logged.

use super::build::*;
use crate::model::fact::Fact;
use crate::model::resource::Resource;
use crate::model::s3::Bucket;
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;
use crate::model::trail::Trail;

fn logged(snapshot: &Snapshot) -> Fact<bool> {
    of_bucket(snapshot, &Settings::default(), "orders").access_logged
}

fn beside(trail: Trail) -> Fact<bool> {
    logged(&estate(vec![bucket("orders"), trail_of(HOME, trail)]))
}

fn changed(change: impl FnOnce(&mut Trail)) -> Fact<bool> {
    let mut trail = trail_facts(&["arn:aws:s3"]);
    change(&mut trail);
    beside(trail)
}

fn with_events(change: impl FnOnce(&mut crate::model::trail::DataEvents)) -> Fact<bool> {
    let mut trail = trail_facts(&["arn:aws:s3"]);
    let mut events = trail.s3_data_events.value().unwrap().clone();
    change(&mut events[0]);
    trail.s3_data_events = Fact::known(events);
    beside(trail)
}

#[test]
fn a_selector_covers_a_bucket_by_the_start_of_its_objects_arns() {
    for start in
        ["arn:aws:s3", "arn:", "arn:aws:s3:::", "arn:aws:s3:::orders/", "arn:aws:s3:::orders", "arn:aws:s3:::ord"]
    {
        assert!(beside(trail_facts(&[start])).is_true(), "{start}");
    }
    for start in ["arn:aws:s3:::orders-2/", "arn:aws:s3:::orders/2026/", "arn:aws:s3:::other/", "arn:aws-cn:s3"] {
        assert!(beside(trail_facts(&[start])).is_false(), "{start}");
    }
    assert!(beside(trail_facts(&["arn:aws:s3:::other/", "arn:aws:s3:::orders/"])).is_true());
    assert!(beside(trail_facts(&[])).is_false());
}

#[test]
fn what_a_selector_leaves_out_of_the_bucket_uncovers_it() {
    let leaves_out = |start: &str| with_events(|events| events.not_arn_starts = Fact::known(vec![start.to_owned()]));
    assert!(leaves_out("arn:aws:s3:::orders/").is_false());
    assert!(leaves_out("arn:aws:s3:::orders/tmp/").is_false());
    assert!(leaves_out("arn:aws:s3:::ord").is_false());
    assert!(leaves_out("arn:aws:s3:::logs/").is_true());
    assert!(leaves_out("arn:aws:s3:::orders-2/").is_true());
}

#[test]
fn reads_and_writes_may_be_logged_by_different_trails() {
    let one_sided = |kind: &str| {
        let mut trail = trail_facts(&["arn:aws:s3"]);
        let mut events = trail.s3_data_events.value().unwrap().clone();
        events[0].read_write = known(kind);
        trail.s3_data_events = Fact::known(events);
        trail
    };
    assert!(beside(one_sided("WriteOnly")).is_false());
    let mut other = trail_of(HOME, one_sided("ReadOnly"));
    other.id.id = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/u".into();
    assert!(logged(&estate(vec![bucket("orders"), trail_of(HOME, one_sided("WriteOnly")), other])).is_true());
}

#[test]
fn a_trail_counts_that_logs_here_and_whose_logs_arrive() {
    assert!(changed(|trail| trail.logging = Fact::known(false)).is_false());
    assert!(changed(|trail| trail.delivery_error = known("NoSuchBucket")).is_false());
    assert!(changed(|trail| trail.delivery_error = Fact::unknown("denied")).is_unknown());
    assert!(with_events(|events| events.narrowed = Fact::known(true)).is_false());
    let elsewhere = |multi_region| {
        let trail = Trail { multi_region: Fact::known(multi_region), ..trail_facts(&["arn:aws:s3"]) };
        logged(&estate(vec![bucket("orders"), trail_of(AWAY, trail)]))
    };
    assert!(elsewhere(true).is_true());
    assert!(elsewhere(false).is_false());
}

#[test]
fn selectors_that_could_not_be_read_leave_it_open_and_a_stopped_trail_does_not() {
    assert!(changed(|trail| trail.s3_data_events = Fact::unknown("denied")).is_unknown());
    let stopped = changed(|trail| {
        trail.s3_data_events = Fact::unknown("denied");
        trail.logging = Fact::known(false);
    });
    assert!(stopped.is_false());
    let mut unlisted = estate(vec![bucket("orders")]);
    assert!(logged(&unlisted).is_false());
    unlisted.listed.remove(&listing("AWS::CloudTrail::Trail", HOME, None));
    assert!(logged(&unlisted).is_unknown());
}

fn logs_to(target: &str) -> Resource {
    bucket_of(HOME, Bucket { logging_target: Fact::known(link(target)), ..bucket_facts("orders") })
}

#[test]
fn server_access_logs_need_a_bucket_that_takes_them() {
    assert!(logged(&estate(vec![logs_to("logs"), bucket("logs")])).is_true());
    assert!(logged(&estate(vec![logs_to("gone")])).is_false());
    let mut unlisted = estate(vec![logs_to("gone")]);
    unlisted.listed.remove(&listing("AWS::S3::Bucket", "global", None));
    assert!(logged(&unlisted).is_unknown());
}

#[test]
fn a_template_says_that_it_is_logged_and_never_that_it_is_not_unless_it_is_the_whole_estate() {
    assert!(logged(&template(vec![logs_to("logs")])).is_true());
    let bare = template(vec![bucket("orders")]);
    assert!(logged(&bare).is_unknown());
    assert!(of_bucket(&bare, &complete(), "orders").access_logged.is_false());
    let with_trail = template(vec![bucket("orders"), trail_of(HOME, trail_facts(&["arn:aws:s3"]))]);
    assert!(of_bucket(&with_trail, &complete(), "orders").access_logged.is_true());
}
