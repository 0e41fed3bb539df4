//! Learning what is unknown of trails, recorders and Regions never overturns what was known of them.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::build::*;
use super::soundness::{Hidden, hidden};
use crate::model::account::Region;
use crate::model::config_recorder::ConfigRecorder;
use crate::model::derived::{Derived, RegionConfig};
use crate::model::fact::Fact;
use crate::model::resource::{Facts, Resource};
use crate::model::s3::Bucket;
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;
use crate::model::trail::{DataEvents, Trail};

#[derive(Clone, Debug)]
struct TrailSpec {
    at_home: bool,
    logging: Hidden<bool>,
    multi_region: Hidden<bool>,
    error: Hidden<String>,
    read_write: Hidden<String>,
    starts: Hidden<Vec<String>>,
    not_starts: Hidden<Vec<String>>,
    narrowed: Hidden<bool>,
}

/// On, its last status, whether it delivers, its last delivery, what it records.
type HiddenRecorder = (Hidden<bool>, Hidden<String>, Hidden<bool>, Hidden<String>, Hidden<Vec<String>>);

#[derive(Clone, Debug)]
struct Spec {
    /// Those that `DescribeTrails` told, and whether it told all.
    seen: Vec<TrailSpec>,
    unseen: Vec<TrailSpec>,
    trails_listed: bool,
    target: Hidden<String>,
    target_exists: bool,
    buckets_listed: bool,
    tier: Hidden<String>,
    recorder: Option<HiddenRecorder>,
    recorder_seen: bool,
}

fn text(values: &[&str]) -> impl Strategy<Value = Hidden<String>> {
    let truths = values.iter().map(|value| (!value.is_empty()).then(|| (*value).to_owned())).collect();
    hidden(truths)
}

fn flag() -> impl Strategy<Value = Hidden<bool>> {
    hidden(vec![Some(true), Some(true), Some(false)])
}

fn starts(all: &[&[&str]]) -> impl Strategy<Value = Hidden<Vec<String>>> {
    hidden(all.iter().map(|starts| Some(starts.iter().map(ToString::to_string).collect())).collect())
}

fn trail_spec() -> impl Strategy<Value = TrailSpec> {
    (
        any::<bool>(),
        flag(),
        flag(),
        text(&["", "", "NoSuchBucket"]),
        text(&["All", "ReadOnly", "WriteOnly"]),
        starts(&[&["arn:aws:s3"], &["arn:aws:s3:::orders/"], &["arn:aws:s3:::other/"], &[]]),
        starts(&[&[], &[], &["arn:aws:s3:::orders/tmp"], &["arn:aws:s3:::logs/"]]),
        hidden(vec![Some(false), Some(false), Some(true)]),
    )
        .prop_map(|(at_home, logging, multi_region, error, read_write, starts, not_starts, narrowed)| TrailSpec {
            at_home,
            logging,
            multi_region,
            error,
            read_write,
            starts,
            not_starts,
            narrowed,
        })
}

fn spec() -> impl Strategy<Value = Spec> {
    let trails = || prop::collection::vec(trail_spec(), 0..3);
    let types = starts(&[&[], &["AWS::Backup::RecoveryPoint"], &["AWS::Backup::BackupPlan", "AWS::S3::Bucket"]]);
    let strategies =
        text(&["ALL_SUPPORTED_RESOURCE_TYPES", "INCLUSION_BY_RESOURCE_TYPES", "EXCLUSION_BY_RESOURCE_TYPES"]);
    let recorder = (flag(), text(&["Success", "Failure", ""]), flag(), strategies, types);
    (
        (trails(), trails(), any::<bool>()),
        (text(&["", "", "logs"]), any::<bool>(), any::<bool>()),
        text(&["none", "standard", ""]),
        (prop::option::of(recorder), any::<bool>()),
    )
        .prop_map(|(trails, buckets, tier, recorder)| Spec {
            seen: trails.0,
            unseen: trails.1,
            trails_listed: trails.2,
            target: buckets.0,
            target_exists: buckets.1,
            buckets_listed: buckets.2,
            tier,
            recorder: recorder.0,
            recorder_seen: recorder.1,
        })
}

fn trail(spec: &TrailSpec, number: usize, learnt: bool) -> Resource {
    let events = DataEvents {
        read_write: spec.read_write.fact(learnt),
        arn_starts: spec.starts.fact(learnt),
        not_arn_starts: spec.not_starts.fact(learnt),
        narrowed: spec.narrowed.fact(learnt),
    };
    let facts = Trail {
        logging: spec.logging.fact(learnt),
        delivery_error: spec.error.fact(learnt),
        multi_region: spec.multi_region.fact(learnt),
        s3_data_events: Fact::known(vec![events]),
        ..trail_facts(&[])
    };
    let mut trail = trail_of(if spec.at_home { HOME } else { AWAY }, facts);
    trail.id.id = format!("trail-{number}").into();
    trail
}

fn estate_of(spec: &Spec, learnt: bool) -> Snapshot {
    let region =
        Region { backup_opt_in: Fact::known(BTreeMap::new()), backup_full_management: Fact::known(BTreeMap::new()) };
    let target = spec.target.fact(learnt).map(|name| link(&name));
    let orders = bucket_of(HOME, Bucket { logging_target: target, ..bucket_facts("orders") });
    let tier = spec.tier.fact(learnt);
    let orders = if tier.is_absent() { orders } else { tagged(orders, "backup-tier", tier) };
    let mut resources = vec![live(HOME, "AWS::Region", HOME, HOME, Facts::Region(Box::new(region))), orders];
    // What a list that broke off did not tell is learnt with the rest.
    if spec.target_exists && (spec.buckets_listed || learnt) {
        resources.push(tagged(bucket("logs"), "backup-tier", known("none")));
    }
    resources.extend(spec.seen.iter().enumerate().map(|(number, one)| trail(one, number, learnt)));
    if learnt && !spec.trails_listed {
        resources.extend(spec.unseen.iter().enumerate().map(|(number, one)| trail(one, number + 10, learnt)));
    }
    if let Some((recording, status, delivers, strategy, types)) = &spec.recorder
        && (spec.recorder_seen || learnt)
    {
        let facts = ConfigRecorder {
            recording: recording.fact(learnt),
            last_status: status.fact(learnt),
            delivers: delivers.fact(learnt),
            last_delivery: status.fact(learnt),
            strategy: strategy.fact(learnt),
            included: types.fact(learnt),
            excluded: types.fact(learnt),
        };
        resources.push(live(
            HOME,
            "AWS::Config::ConfigurationRecorder",
            "default",
            "default",
            Facts::ConfigRecorder(Box::new(facts)),
        ));
    }
    let mut snapshot = estate(resources);
    for (listed, list) in [
        (spec.trails_listed, listing("AWS::CloudTrail::Trail", HOME, None)),
        (spec.buckets_listed, listing("AWS::S3::Bucket", "global", None)),
        (spec.recorder_seen, listing("AWS::Config::ConfigurationRecorder", HOME, None)),
    ] {
        if !listed && !learnt {
            snapshot.listed.remove(&list);
        }
    }
    snapshot
}

fn config(snapshot: &Snapshot) -> RegionConfig {
    match derived(snapshot, &Settings::default(), HOME) {
        Derived::Region(region) => region.config.value().unwrap().clone(),
        other => panic!("no Region: {other:?}"),
    }
}

fn keeps_its_word<T: PartialEq + std::fmt::Debug>(what: &str, before: &Fact<T>, after: &Fact<T>) {
    assert!(!after.is_unknown(), "{what}: {after:?}");
    assert!(before.is_unknown() || before.state == after.state, "{what}: {before:?} became {after:?}");
}

proptest! {
    #[test]
    fn what_is_known_of_logs_and_recorders_stays(spec in spec()) {
        let (before, after) = (estate_of(&spec, false), estate_of(&spec, true));
        let logged = |snapshot: &Snapshot| of_bucket(snapshot, &Settings::default(), "orders").access_logged;
        keeps_its_word("accessLogged", &logged(&before), &logged(&after));
        let (before, after) = (config(&before), config(&after));
        keeps_its_word("needed", &before.needed, &after.needed);
        keeps_its_word("recording", &before.recording, &after.recording);
        keeps_its_word("delivering", &before.delivering, &after.delivering);
        keeps_its_word("recordsBackup", &before.records_backup, &after.records_backup);
        keeps_its_word("unrecordedBackupTypes", &before.unrecorded_backup_types, &after.unrecorded_backup_types);
        keeps_its_word("faults", &before.faults, &after.faults);
    }
}
