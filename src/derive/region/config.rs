//! What AWS Config records in a Region.
//!
//! "Working with the configuration recorder" and "Recording AWS resources" in the AWS Config Developer Guide;
//! `RecordingGroup` and `RecordingStrategy` in the AWS Config API Reference.

use crate::model::config_recorder::ConfigRecorder;
use crate::model::derived::RegionConfig;
use crate::model::fact::{Fact, Reasons, State};
use crate::model::resource::Resource;

use super::super::index::{Index, add_reasons};
use super::super::workload::Workloads;
use super::super::world;
use super::backup;

/// The types that the controls of AWS Backup Audit Manager read ("Choosing your controls" in the AWS Backup Developer
/// Guide). The flag for global resource types is about IAM alone.
const BACKUP_TYPES: [&str; 4] = [
    "AWS::Backup::BackupPlan",
    "AWS::Backup::BackupSelection",
    "AWS::Backup::BackupVault",
    "AWS::Backup::RecoveryPoint",
];

/// Derives the section.
pub fn derive(index: &Index<'_>, workloads: &Workloads<'_, '_>, resource: &Resource) -> Fact<RegionConfig> {
    let (account, region) = (resource.id.account.as_deref(), resource.id.region.as_deref());
    let needed = Fact::any([workloads.needs.backups(index, &resource.id), backup::has_points(index, &resource.id)]);
    Fact::known(match (index.recorder(account, region), index.open(world::RECORDERS, account, region)) {
        (Some(recorder), _) => recorded(recorder, needed),
        (None, None) => RegionConfig {
            needed,
            recording: Fact::known(false),
            delivering: Fact::known(false),
            faults: Fact::known(vec!["there is no recorder".to_owned()]),
            records_backup: Fact::absent(),
            unrecorded_backup_types: Fact::absent(),
        },
        (None, Some(reasons)) => RegionConfig {
            needed,
            recording: Fact::unknown(reasons.clone()),
            delivering: Fact::unknown(reasons.clone()),
            faults: Fact::unknown(reasons.clone()),
            records_backup: Fact::unknown(reasons.clone()),
            unrecorded_backup_types: Fact::unknown(reasons),
        },
    })
}

fn recorded(recorder: &ConfigRecorder, needed: Fact<bool>) -> RegionConfig {
    let has_not_failed = |status: &Fact<String>| status.as_ref().map(|status| status != "Failure").or_default_to(true);
    let (recorded, delivered) = (has_not_failed(&recorder.last_status), has_not_failed(&recorder.last_delivery));
    let unrecorded = unrecorded(recorder);
    RegionConfig {
        needed,
        recording: Fact::all([recorder.recording.clone(), recorded.clone()]),
        delivering: Fact::all([recorder.delivers.clone(), delivered.clone()]),
        faults: faults([
            (&recorder.recording, "the recorder is stopped"),
            (&recorded, "its last recording failed"),
            (&recorder.delivers, "it has no delivery channel"),
            (&delivered, "its last delivery failed"),
        ]),
        records_backup: unrecorded.as_ref().map(|types| types.is_empty()),
        unrecorded_backup_types: unrecorded,
    }
}

/// What is not so, in words.
fn faults(checks: [(&Fact<bool>, &str); 4]) -> Fact<Vec<String>> {
    let mut doubt: Option<Reasons> = None;
    let mut faults = Vec::new();
    for (holds, fault) in checks {
        match holds.reasons() {
            Some(reasons) => add_reasons(&mut doubt, reasons),
            None if holds.is_false() => faults.push(fault.to_owned()),
            None => {}
        }
    }
    doubt.map_or_else(|| Fact::known(faults), Fact::unknown)
}

/// The types of AWS Backup that the recorder leaves out.
fn unrecorded(recorder: &ConfigRecorder) -> Fact<Vec<String>> {
    let of = |leaves_out: &dyn Fn(&str) -> bool| {
        BACKUP_TYPES.iter().filter(|kind| leaves_out(kind)).map(ToString::to_string).collect::<Vec<_>>()
    };
    let listed = |types: &[String], kind: &str| types.iter().any(|listed| listed == kind);
    match &recorder.strategy.state {
        State::Known(strategy) => match strategy.as_str() {
            "ALL_SUPPORTED_RESOURCE_TYPES" => Fact::known(Vec::new()),
            "INCLUSION_BY_RESOURCE_TYPES" => {
                recorder.included.as_ref().map(|types| of(&|kind| !listed(types, kind))).or_default_to(of(&|_| true))
            }
            "EXCLUSION_BY_RESOURCE_TYPES" => {
                recorder.excluded.as_ref().map(|types| of(&|kind| listed(types, kind))).or_default_to(Vec::new())
            }
            other => Fact::unknown(format!("recording strategy `{other}` is not known")),
        },
        State::Absent => Fact::known(Vec::new()),
        State::Unknown(reasons) => Fact::unknown(reasons.clone()),
    }
}
