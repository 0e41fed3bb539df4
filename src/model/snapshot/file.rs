//! Snapshots as files: JSON, or NDJSON under zstd for names that end in `.zst`. Written whole or not at all.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Listing, Snapshot, Source};
use crate::model::gap::Gap;
use crate::model::intern::Interner;
use crate::model::resource::Resource;
use jiff::Timestamp;

/// The version that is written, and the only one that is read.
pub const VERSION: u32 = 1;

/// The member by which a file is known as a snapshot.
pub const MARK: &str = "backstopSnapshot";

/// Why a snapshot cannot be read or written.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum SnapshotError {
    /// The file cannot be opened, read or written.
    #[error("cannot {action} snapshot `{}`", path.display())]
    #[diagnostic(help("check the path and its permissions"))]
    Io {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is of another version.
    #[error("snapshot `{}` has version {found}; this program reads version {VERSION}", path.display())]
    #[diagnostic(help("use the program that wrote it, or collect anew with `backstop collect`"))]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u64,
    },
    /// It is no snapshot, or a broken one.
    #[error("`{}` is no readable snapshot: line {line}, column {column}: {message}", path.display())]
    #[diagnostic(help("was it cut off? Collect anew with `backstop collect -o FILE`"))]
    Broken {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
}

/// What stands before the resources.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Head {
    backstop_snapshot: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    taken_at: Option<Timestamp>,
    source: Source,
}

/// A snapshot as one JSON object.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Whole {
    backstop_snapshot: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    taken_at: Option<Timestamp>,
    source: Source,
    listed: Vec<Listing>,
    gaps: Vec<Gap>,
    resources: Vec<Resource>,
}

/// A snapshot line by line: the head first, the end last, so that a cut-off file is known as one.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Line {
    Head(Head),
    Listed(Listing),
    Gap(Gap),
    Resource(Box<Resource>),
    End { resources: usize },
}

/// Writes a snapshot. The file appears whole or not at all.
pub fn write(path: &Path, snapshot: &Snapshot) -> Result<(), SnapshotError> {
    let fail = |source| SnapshotError::Io { action: "write", path: path.to_owned(), source };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(fail)?;
    if is_compressed(path) {
        let mut packed = zstd::Encoder::new(BufWriter::new(&mut file), 0).map_err(fail)?;
        write_lines(&mut packed, snapshot).map_err(fail)?;
        packed.finish().and_then(|mut inner| inner.flush()).map_err(fail)?;
    } else {
        let mut out = BufWriter::new(&mut file);
        write_whole(&mut out, snapshot).and_then(|()| out.flush()).map_err(fail)?;
    }
    file.as_file().sync_all().map_err(fail)?;
    file.persist(path).map_err(|error| fail(error.error))?;
    Ok(())
}

/// Reads a snapshot of either form.
pub fn read(path: &Path) -> Result<Snapshot, SnapshotError> {
    let fail = |source| SnapshotError::Io { action: "read", path: path.to_owned(), source };
    let file = File::open(path).map_err(fail)?;
    if is_compressed(path) {
        let unpacked = zstd::Decoder::new(file).map_err(fail)?;
        read_lines(path, BufReader::new(unpacked))
    } else {
        let mut text = String::new();
        BufReader::new(file).read_to_string(&mut text).map_err(fail)?;
        read_whole(path, &text)
    }
}

fn is_compressed(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "zst")
}

fn write_whole(out: &mut impl Write, snapshot: &Snapshot) -> io::Result<()> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Borrowed<'a> {
        backstop_snapshot: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        taken_at: Option<Timestamp>,
        source: Source,
        listed: &'a std::collections::BTreeSet<Listing>,
        gaps: &'a [Gap],
        resources: &'a [Resource],
    }
    let whole = Borrowed {
        backstop_snapshot: VERSION,
        taken_at: snapshot.taken_at,
        source: snapshot.source,
        listed: &snapshot.listed,
        gaps: &snapshot.gaps,
        resources: &snapshot.resources,
    };
    serde_json::to_writer_pretty(&mut *out, &whole)?;
    out.write_all(b"\n")
}

fn write_lines(out: &mut impl Write, snapshot: &Snapshot) -> io::Result<()> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    enum Borrowed<'a> {
        Listed(&'a Listing),
        Gap(&'a Gap),
        Resource(&'a Resource),
    }
    fn line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut *out, value)?;
        out.write_all(b"\n")
    }
    let head = Head { backstop_snapshot: VERSION, taken_at: snapshot.taken_at, source: snapshot.source };
    line(out, &Line::Head(head))?;
    for listing in &snapshot.listed {
        line(out, &Borrowed::Listed(listing))?;
    }
    for gap in &snapshot.gaps {
        line(out, &Borrowed::Gap(gap))?;
    }
    for resource in &snapshot.resources {
        line(out, &Borrowed::Resource(resource))?;
    }
    line(out, &Line::End { resources: snapshot.resources.len() })
}

fn broken(path: &Path, line: usize, error: &serde_json::Error) -> SnapshotError {
    SnapshotError::Broken {
        path: path.to_owned(),
        line: line + error.line().saturating_sub(1),
        column: error.column(),
        message: error.to_string().split(" at line ").next().unwrap_or_default().to_owned(),
    }
}

/// Refuses another version before anything else is looked at: its other members may mean anything.
fn check_version(path: &Path, value: Option<&serde_json::Value>) -> Result<(), SnapshotError> {
    match value.and_then(serde_json::Value::as_u64) {
        Some(found) if found == u64::from(VERSION) => Ok(()),
        Some(found) => Err(SnapshotError::Version { path: path.to_owned(), found }),
        None => Err(SnapshotError::Broken {
            path: path.to_owned(),
            line: 1,
            column: 1,
            message: format!("it has no `{MARK}` member with a version"),
        }),
    }
}

#[derive(Deserialize)]
struct OnlyVersion {
    #[serde(rename = "backstopSnapshot")]
    version: Option<serde_json::Value>,
}

fn read_whole(path: &Path, text: &str) -> Result<Snapshot, SnapshotError> {
    let only: OnlyVersion = serde_json::from_str(text).map_err(|error| broken(path, 1, &error))?;
    check_version(path, only.version.as_ref())?;
    let whole: Whole = serde_json::from_str(text).map_err(|error| broken(path, 1, &error))?;
    let mut resources = whole.resources;
    let mut interner = Interner::default();
    resources.iter_mut().for_each(|resource| interner.resource(resource));
    Ok(Snapshot {
        taken_at: whole.taken_at,
        source: whole.source,
        resources,
        listed: whole.listed.into_iter().collect(),
        gaps: whole.gaps,
    })
}

fn read_lines(path: &Path, input: impl BufRead) -> Result<Snapshot, SnapshotError> {
    #[derive(Deserialize)]
    struct OnlyHead {
        head: OnlyVersion,
    }
    let fail = |source| SnapshotError::Io { action: "read", path: path.to_owned(), source };
    let wrong = |line: usize, message: &str| SnapshotError::Broken {
        path: path.to_owned(),
        line,
        column: 1,
        message: message.to_owned(),
    };
    let mut snapshot = Snapshot::default();
    let mut interner = Interner::default();
    let mut ended = false;
    let mut last = 0;
    for (number, line) in input.lines().enumerate().map(|(index, line)| (index + 1, line)) {
        let line = line.map_err(fail)?;
        last = number;
        if ended {
            return Err(wrong(number, "something follows the end"));
        }
        if number == 1 {
            let only: OnlyHead = serde_json::from_str(&line).map_err(|error| broken(path, number, &error))?;
            check_version(path, only.head.version.as_ref())?;
        }
        match serde_json::from_str(&line).map_err(|error| broken(path, number, &error))? {
            Line::Head(head) if number == 1 => {
                snapshot.taken_at = head.taken_at;
                snapshot.source = head.source;
            }
            Line::Head(_) => return Err(wrong(number, "a second head")),
            Line::Listed(listing) => {
                snapshot.listed.insert(listing);
            }
            Line::Gap(gap) => snapshot.gaps.push(gap),
            Line::Resource(mut resource) => {
                interner.resource(&mut resource);
                snapshot.resources.push(*resource);
            }
            Line::End { resources } if resources == snapshot.resources.len() => ended = true,
            Line::End { .. } => return Err(wrong(number, "resources are missing")),
        }
    }
    if ended { Ok(snapshot) } else { Err(wrong(last + 1, "it ends before its last line: it was cut off")) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

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
        let reason =
            Reason::new("`ListTags` was denied in eu-west-1").cured_by(Cure::Permission("backup:ListTags".into()));
        let workload = ProtectedWorkload {
            arn: Fact::known("arn:aws:ec2:eu-west-1:111122223333:volume/vol-1".to_owned())
                .at(Some(Arc::clone(&header))),
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
}
