//! What AWS Config does in a Region, and which Regions are asked.

use std::collections::BTreeMap;

use super::build::*;
use crate::model::account::Region;
use crate::model::config_recorder::ConfigRecorder;
use crate::model::derived::{Derived, RegionConfig};
use crate::model::fact::Fact;
use crate::model::resource::{Facts, Resource};
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;

fn region(name: &str) -> Resource {
    let facts =
        Region { backup_opt_in: Fact::known(BTreeMap::new()), backup_full_management: Fact::known(BTreeMap::new()) };
    live(name, "AWS::Region", name, name, Facts::Region(Box::new(facts)))
}

fn recorder_facts() -> ConfigRecorder {
    ConfigRecorder {
        recording: Fact::known(true),
        last_status: known("Success"),
        delivers: Fact::known(true),
        last_delivery: known("Success"),
        strategy: known("ALL_SUPPORTED_RESOURCE_TYPES"),
        included: Fact::known(Vec::new()),
        excluded: Fact::known(Vec::new()),
    }
}

fn recorder(facts: ConfigRecorder) -> Resource {
    live(HOME, "AWS::Config::ConfigurationRecorder", "default", "default", Facts::ConfigRecorder(Box::new(facts)))
}

fn of(snapshot: &Snapshot) -> RegionConfig {
    match derived(snapshot, &Settings::default(), HOME) {
        Derived::Region(region) => region.config.value().unwrap().clone(),
        other => panic!("no Region: {other:?}"),
    }
}

fn needed(others: Vec<Resource>) -> Fact<bool> {
    of(&estate([vec![region(HOME)], others].concat())).needed
}

fn recorded(change: impl FnOnce(&mut ConfigRecorder)) -> RegionConfig {
    let mut facts = recorder_facts();
    change(&mut facts);
    of(&estate(vec![region(HOME), recorder(facts)]))
}

#[test]
fn a_region_is_asked_where_it_holds_workloads_or_backups() {
    assert!(needed(Vec::new()).is_false());
    assert!(needed(vec![bucket_of(AWAY, bucket_facts("elsewhere"))]).is_false());
    assert!(needed(vec![vault("empty")]).is_false());
    assert!(needed(vec![bucket("orders")]).is_true());
    assert!(needed(vec![volume()]).is_true());
    assert!(needed(vec![vault("main"), point(HOME, "r-1", VOLUME, 2)]).is_true());
    assert!(needed(vec![tagged(bucket("scratch"), "backup-tier", known("none"))]).is_false());
}

#[test]
fn what_may_be_there_leaves_it_open_and_what_is_there_decides() {
    let maybe = tagged(bucket("orders"), "backup-tier", Fact::unknown("denied"));
    assert!(needed(vec![maybe.clone()]).is_unknown());
    assert!(needed(vec![maybe, bucket("more")]).is_true());
    let mut gone = volume();
    gone.exists = Fact::unknown("it may have been deleted");
    assert!(needed(vec![gone]).is_unknown());
    let mut unplaced = bucket("where");
    unplaced.id.region = None;
    assert!(needed(vec![unplaced]).is_unknown());
    for (kind, place) in
        [("AWS::S3::Bucket", "global"), ("AWS::Backup::BackupVault", HOME), ("Backstop::ProtectedResource", HOME)]
    {
        let mut unlisted = estate(vec![region(HOME)]);
        assert!(unlisted.listed.remove(&listing(kind, place, None)), "{kind}");
        assert!(of(&unlisted).needed.is_unknown(), "{kind}");
    }
}

#[test]
fn a_recorder_runs_and_delivers_and_neither_failed_last() {
    let sound = recorded(|_| ());
    assert!(sound.recording.is_true() && sound.delivering.is_true());
    assert_eq!(sound.faults.value().unwrap(), &Vec::<String>::new());
    assert!(recorded(|facts| facts.recording = Fact::known(false)).recording.is_false());
    assert!(recorded(|facts| facts.last_status = known("Failure")).recording.is_false());
    assert!(recorded(|facts| facts.last_status = Fact::absent()).recording.is_true());
    assert!(recorded(|facts| facts.last_status = Fact::unknown("denied")).recording.is_unknown());
    assert!(recorded(|facts| facts.delivers = Fact::known(false)).delivering.is_false());
    let failed = recorded(|facts| facts.last_delivery = known("Failure"));
    assert!(failed.delivering.is_false());
    assert_eq!(failed.faults.value().unwrap(), &["its last delivery failed"]);
}

#[test]
fn no_recorder_is_no_recorder_only_where_that_was_read() {
    let mut snapshot = estate(vec![region(HOME)]);
    let none = of(&snapshot);
    assert!(none.recording.is_false() && none.records_backup.is_absent());
    snapshot.listed.remove(&listing("AWS::Config::ConfigurationRecorder", HOME, None));
    let unread = of(&snapshot);
    assert!(unread.recording.is_unknown() && unread.records_backup.is_unknown());
}

#[test]
fn strategies_say_which_types_of_aws_backup_are_recorded() {
    let types = |names: &[&str]| Fact::known(names.iter().map(|name| format!("AWS::Backup::{name}")).collect());
    let left_out = |change: &dyn Fn(&mut ConfigRecorder)| {
        let found = recorded(change);
        assert_eq!(found.records_backup.is_true(), found.unrecorded_backup_types.value().unwrap().is_empty());
        found.unrecorded_backup_types.value().unwrap().len()
    };
    assert_eq!(left_out(&|_| ()), 0);
    assert_eq!(left_out(&|facts| facts.strategy = known("INCLUSION_BY_RESOURCE_TYPES")), 4);
    assert_eq!(
        left_out(&|facts| {
            facts.strategy = known("INCLUSION_BY_RESOURCE_TYPES");
            facts.included = types(&["BackupPlan", "BackupSelection", "BackupVault"]);
        }),
        1
    );
    assert_eq!(
        left_out(&|facts| {
            facts.strategy = known("EXCLUSION_BY_RESOURCE_TYPES");
            facts.excluded = types(&["RecoveryPoint", "ReportPlan"]);
        }),
        1
    );
    // Lists that the strategy does not use say nothing.
    assert_eq!(left_out(&|facts| facts.excluded = types(&["RecoveryPoint"])), 0);
    assert!(recorded(|facts| facts.strategy = known("SOMETHING_NEW")).records_backup.is_unknown());
}
