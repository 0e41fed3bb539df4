use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::model::fact::{Cure, Fact, Reason};
use crate::model::identity::ResourceId;
use crate::model::position::{Point, Position};
use crate::model::resource::{Facts, Origin, Tags};
use crate::model::workload::ProtectedWorkload;

fn sample() -> Snapshot {
    let header = Arc::new(Position {
        file: "a/t.yaml".into(),
        start: Point { line: 3, column: 5 },
        end: Point { line: 3, column: 9 },
    });
    let reason = Reason::new("`ListTags` was denied in eu-west-1").cured_by(Cure::Permission("backup:ListTags".into()));
    let workload = ProtectedWorkload {
        arn: Fact::known("arn:aws:ec2:eu-west-1:111122223333:volume/vol-1".to_owned()).at(Some(Arc::clone(&header))),
        backup_type: Fact::unknown(reason.clone()),
        last_backup: Fact::absent(),
    };
    let resource = Resource {
        id: ResourceId {
            root: Some("a/t.yaml".into()),
            partition: Some("aws".into()),
            account: None,
            region: Some("eu-west-1".into()),
            kind: "AWS::EC2::Volume".into(),
            id: "Data|x".into(),
        },
        name: "Data".into(),
        origin: Origin::Declared { header, address: "Data".into() },
        exists: Fact::known(true),
        tags: Tags { entries: [("k".into(), Fact::known("v".to_owned()))].into(), others: Some(reason.into()) },
        suppressions: Vec::new(),
        removal: None,
        facts: Facts::Workload(Box::new(workload)),
    };
    let listing = Listing {
        kind: "AWS::S3::Bucket".into(),
        account: "111122223333".into(),
        region: "global".into(),
        parent: None,
    };
    let mut snapshot = Snapshot { resources: vec![resource], listed: [listing].into(), ..Snapshot::default() };
    snapshot.taken_at = Some("2026-11-01T12:00:00Z".parse().unwrap());
    snapshot
}

#[test]
fn both_forms_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["s.json", "s.ndjson.zst"] {
        let path = folder.path().join(name);
        write(&path, &sample()).unwrap();
        assert_eq!(read(&path).unwrap(), sample(), "{name}");
    }
}

#[test]
fn another_version_is_refused_with_its_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.json");
    std::fs::write(&path, "{\"backstopSnapshot\": 7, \"whatever\": []}").unwrap();
    let error = read(&path).unwrap_err();
    assert!(error.to_string().contains("has version 7; this program reads version 1"), "{error}");
    std::fs::write(&path, "{\"Resources\": {}}").unwrap();
    assert!(read(&path).unwrap_err().to_string().contains("no `backstopSnapshot`"));
}

#[test]
fn a_cut_off_file_is_known_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.zst");
    let mut lines = Vec::new();
    write_lines(&mut lines, &sample()).unwrap();
    let text = String::from_utf8(lines).unwrap();
    let kept: Vec<&str> = text.lines().take(2).collect();
    std::fs::write(&path, zstd::encode_all(kept.join("\n").as_bytes(), 0).unwrap()).unwrap();
    assert!(read(&path).unwrap_err().to_string().contains("cut off"));
    let path = folder.path().join("s.json");
    write(&path, &sample()).unwrap();
    let whole = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(read(&path).unwrap_err(), SnapshotError::Broken { .. }));
}

#[test]
fn an_unknown_type_of_facts_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.json");
    write(&path, &sample()).unwrap();
    let text = std::fs::read_to_string(&path).unwrap().replace("\"Workload\"", "\"AWS::New::Thing\"");
    std::fs::write(&path, text).unwrap();
    assert!(read(&path).unwrap_err().to_string().contains("AWS::New::Thing"));
}

#[test]
fn a_failed_write_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none/s.json");
    assert!(write(&path, &sample()).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_resource_that_stands_twice_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut twice = sample();
    twice.resources.extend(sample().resources);
    for name in ["s.json", "s.zst"] {
        let path = folder.path().join(name);
        write(&path, &twice).unwrap();
        let said = read(&path).unwrap_err().to_string();
        assert!(said.contains("Data") && said.ends_with(" twice"), "{said}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), packed in any::<bool>()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(if packed { "s.zst" } else { "s.json" });
        std::fs::write(&path, &bytes).unwrap();
        prop_assert!(read(&path).is_err());
    }

    /// A snapshot with bytes cut out, doubled or replaced, before or after it is packed.
    #[test]
    fn a_snapshot_that_was_tampered_with_is_read_or_refused(
        packed in any::<bool>(),
        at in any::<prop::sample::Index>(),
        length in 0usize..20,
        put in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(if packed { "s.zst" } else { "s.json" });
        write(&path, &sample()).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        let at = at.index(bytes.len());
        let end = (at + length).min(bytes.len());
        bytes.splice(at..end, put);
        std::fs::write(&path, &bytes).unwrap();
        if let Err(error) = read(&path) {
            prop_assert!(error.to_string().contains("s."), "{error}");
        }
    }
}
