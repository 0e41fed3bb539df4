//! Snapshots as files: JSON, or NDJSON under zstd for names that end in `.zst`. Written whole or not at all.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Listing, Snapshot, Source, whole};
use crate::model::gap::Gap;
use crate::model::intern::Interner;
use crate::model::resource::Resource;
use crate::model::suppression::Suppression;
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
    /// A resource stands in it twice.
    #[error("snapshot `{}` holds `{resource}` twice", path.display())]
    #[diagnostic(help("snapshots are not to be joined by hand: collect anew with `backstop collect -o FILE`"))]
    Twin {
        /// The file.
        path: PathBuf,
        /// The resource's canonical text.
        resource: String,
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
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    stray: Vec<Suppression>,
    resources: Vec<Resource>,
}

/// A snapshot line by line: the head first, the end last, so that a cut-off file is known as one.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Line {
    Head(Head),
    Listed(Listing),
    Gap(Gap),
    Stray(Suppression),
    Resource(Box<Resource>),
    End { resources: usize },
}

/// Writes a snapshot. The file appears whole or not at all.
pub fn write(path: &Path, snapshot: &Snapshot) -> Result<(), SnapshotError> {
    let fail = |source| SnapshotError::Io { action: "write", path: path.to_owned(), source };
    whole::write(path, |out| {
        if is_compressed(path) {
            let mut packed = zstd::Encoder::new(out, 0)?;
            write_lines(&mut packed, snapshot)?;
            packed.finish().map(drop)
        } else {
            write_whole(out, snapshot)
        }
    })
    .map_err(fail)
}

/// The largest JSON that is read: it is held in memory whole.
const MAX_WHOLE: u64 = 2 * 1024 * 1024 * 1024;
/// The longest line of a compressed snapshot: one resource. A bucket policy has at most 20 KB.
const MAX_LINE: u64 = 64 * 1024 * 1024;
/// What a compressed snapshot may unpack to whatever its size.
const MAX_SMALL: u64 = 256 * 1024 * 1024;
/// How many times its own size a larger one may unpack to. Estates of equal resources reach a few hundred.
const MAX_RATIO: u64 = 2_000;

/// Reads a snapshot of either form.
pub fn read(path: &Path) -> Result<Snapshot, SnapshotError> {
    let fail = |source| SnapshotError::Io { action: "read", path: path.to_owned(), source };
    let about = std::fs::metadata(path).map_err(fail)?;
    if !about.is_file() {
        // Opening a pipe would wait for whoever writes to it.
        return Err(fail(io::Error::other("it is no regular file")));
    }
    let file = File::open(path).map_err(fail)?;
    let snapshot = if is_compressed(path) {
        let unpacked = zstd::Decoder::new(file).map_err(fail)?;
        let most = MAX_SMALL.max(about.len().saturating_mul(MAX_RATIO));
        read_lines(path, BufReader::new(unpacked), most)?
    } else {
        let mut bytes = Vec::new();
        file.take(MAX_WHOLE + 1).read_to_end(&mut bytes).map_err(fail)?;
        if bytes.len() as u64 > MAX_WHOLE {
            return Err(wrong(path, 1, "it is larger than 2 GiB: save it under a name that ends in `.zst`"));
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let before = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
            wrong(path, before.filter(|byte| **byte == b'\n').count() + 1, "it is not UTF-8")
        })?;
        read_whole(path, &text)?
    };
    refuse_twins(path, &snapshot)?;
    Ok(snapshot)
}

/// What is there twice would be judged twice, perhaps by contradicting facts.
fn refuse_twins(path: &Path, snapshot: &Snapshot) -> Result<(), SnapshotError> {
    let mut ids: Vec<_> = snapshot.resources.iter().map(|resource| &resource.id).collect();
    ids.sort_unstable();
    match ids.windows(2).find_map(|pair| pair.first().filter(|first| pair.last() == Some(first))) {
        Some(twin) => Err(SnapshotError::Twin { path: path.to_owned(), resource: twin.to_string() }),
        None => Ok(()),
    }
}

fn wrong(path: &Path, line: usize, message: &str) -> SnapshotError {
    SnapshotError::Broken { path: path.to_owned(), line, column: 1, message: message.to_owned() }
}

fn is_compressed(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "zst")
}

fn write_whole(mut out: impl Write, snapshot: &Snapshot) -> io::Result<()> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Borrowed<'a> {
        backstop_snapshot: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        taken_at: Option<Timestamp>,
        source: Source,
        listed: &'a std::collections::BTreeSet<Listing>,
        gaps: &'a [Gap],
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        stray: &'a [Suppression],
        resources: &'a [Resource],
    }
    let whole = Borrowed {
        backstop_snapshot: VERSION,
        taken_at: snapshot.taken_at,
        source: snapshot.source,
        listed: &snapshot.listed,
        gaps: &snapshot.gaps,
        stray: &snapshot.stray,
        resources: &snapshot.resources,
    };
    serde_json::to_writer_pretty(&mut out, &whole)?;
    out.write_all(b"\n")
}

fn write_lines(out: &mut impl Write, snapshot: &Snapshot) -> io::Result<()> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    enum Borrowed<'a> {
        Listed(&'a Listing),
        Gap(&'a Gap),
        Stray(&'a Suppression),
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
    for stray in &snapshot.stray {
        line(out, &Borrowed::Stray(stray))?;
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
        stray: whole.stray,
    })
}

/// Reads lines as far as `most` bytes: a few kilobytes can unpack to more than any memory holds.
fn read_lines(path: &Path, mut input: impl BufRead, most: u64) -> Result<Snapshot, SnapshotError> {
    #[derive(Deserialize)]
    struct OnlyHead {
        head: OnlyVersion,
    }
    let mut snapshot = Snapshot::default();
    let mut interner = Interner::default();
    let mut ended = false;
    let (mut number, mut total, mut line) = (0, 0_u64, Vec::new());
    loop {
        line.clear();
        number += 1;
        let wrong = |number: usize, message: &str| wrong(path, number, message);
        let unpacked = (&mut input).take(MAX_LINE + 1).read_until(b'\n', &mut line);
        let length = unpacked.map_err(|error| wrong(number, &format!("it cannot be unpacked: {error}")))? as u64;
        if length == 0 {
            break;
        }
        total = total.saturating_add(length);
        if length > MAX_LINE || total > most {
            return Err(wrong(number, "it unpacks to far more than a snapshot holds"));
        }
        if ended {
            return Err(wrong(number, "something follows the end"));
        }
        let line = std::str::from_utf8(&line).map_err(|_| wrong(number, "it is not UTF-8"))?;
        if number == 1 {
            let only: OnlyHead = serde_json::from_str(line).map_err(|error| broken(path, number, &error))?;
            check_version(path, only.head.version.as_ref())?;
        }
        match serde_json::from_str(line).map_err(|error| broken(path, number, &error))? {
            Line::Head(head) if number == 1 => {
                snapshot.taken_at = head.taken_at;
                snapshot.source = head.source;
            }
            Line::Head(_) => return Err(wrong(number, "a second head")),
            Line::Listed(listing) => {
                snapshot.listed.insert(listing);
            }
            Line::Gap(gap) => snapshot.gaps.push(gap),
            Line::Stray(stray) => snapshot.stray.push(stray),
            Line::Resource(mut resource) => {
                interner.resource(&mut resource);
                snapshot.resources.push(*resource);
            }
            Line::End { resources } if resources == snapshot.resources.len() => ended = true,
            Line::End { .. } => return Err(wrong(number, "resources are missing")),
        }
    }
    if ended { Ok(snapshot) } else { Err(wrong(path, number, "it ends before its last line: it was cut off")) }
}

#[cfg(test)]
mod tests;
