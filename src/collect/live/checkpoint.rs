//! What an interrupted run has read already: one file for each Region, in a folder beside the snapshot to be.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::look::GLOBAL;
use super::part::Part;
use crate::model::gap::GapKind;
use crate::model::snapshot::file::{self, SnapshotError};
use crate::model::snapshot::{Snapshot, Source, whole};

/// Where to keep what was read, and whether to go on from there.
#[derive(Clone, Debug)]
pub struct Keep {
    /// The folder. It is made in one that exists, and it is the caller's to remove.
    pub folder: PathBuf,
    /// Whether to take over what an earlier run left there; otherwise it is removed first.
    pub resume: bool,
}

/// Why an earlier run cannot be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The folder cannot be made, read or emptied.
    #[error("cannot use folder `{}`: {source}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is of another account or program.
    #[error("folder `{}` holds {found}, not {wanted}", folder.display())]
    Other {
        /// The folder.
        folder: PathBuf,
        /// What it holds.
        found: String,
        /// What is read now.
        wanted: String,
    },
    /// A part cannot be read or written.
    #[error(transparent)]
    Part(#[from] SnapshotError),
}

/// What the parts of a folder have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Run {
    account: String,
    partition: String,
    program: String,
    taken_at: Timestamp,
    /// The Regions that were named; none: all that the account has enabled. What belongs to no Region hangs on them,
    /// since buckets of other Regions are left out.
    regions: Option<BTreeSet<String>>,
}

/// The folder of an open run.
#[derive(Debug)]
pub struct Checkpoint {
    folder: PathBuf,
    /// When the run began that the parts belong to: the time of the snapshot, so that no age is overstated.
    pub taken_at: Timestamp,
}

const RUN: &str = "run.json";

impl Checkpoint {
    /// Opens the folder: an earlier run of the same account is gone on with, if that is asked for and there is one.
    /// `regions` are those that are asked for, if any are named.
    pub fn open(
        keep: &Keep,
        account: &str,
        partition: &str,
        regions: Option<&[String]>,
        now: Timestamp,
    ) -> Result<Self, CheckpointError> {
        let folder = &keep.folder;
        let fail = |source| CheckpointError::Folder { folder: folder.clone(), source };
        let wanted = Run {
            account: account.to_owned(),
            partition: partition.to_owned(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            taken_at: now,
            regions: regions.map(|regions| regions.iter().cloned().collect()),
        };
        let checkpoint = Self { folder: folder.clone(), taken_at: now };
        let begun = begun(folder).map_err(fail)?;
        if let Some(found) = begun.as_ref().filter(|_| keep.resume) {
            let same = Run { taken_at: found.taken_at, regions: found.regions.clone(), ..wanted.clone() };
            if same != *found {
                let (found, wanted) = (found.text(), wanted.text());
                return Err(CheckpointError::Other { folder: folder.clone(), found, wanted });
            }
            if found.regions != wanted.regions {
                match fs::remove_file(checkpoint.path(GLOBAL)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(fail(error)),
                    _ => Run { taken_at: found.taken_at, ..wanted }.write(folder).map_err(fail)?,
                }
            }
            return Ok(Self { taken_at: found.taken_at, ..checkpoint });
        }
        if begun.is_some() {
            fs::remove_dir_all(folder).map_err(fail)?;
        } else if folder.exists() {
            // Whoever made it may miss what is in it; an empty one goes.
            fs::remove_dir(folder).map_err(fail)?;
        }
        fs::create_dir(folder).map_err(fail)?;
        wanted.write(folder).map_err(fail)?;
        Ok(checkpoint)
    }

    /// What an earlier run read of this Region.
    pub fn load(&self, place: &str) -> Result<Option<Part>, CheckpointError> {
        let path = self.path(place);
        if !path.exists() {
            return Ok(None);
        }
        let Snapshot { resources, listed, gaps, .. } = file::read(&path)?;
        Ok(Some(Part { resources, listed: listed.into_iter().collect(), gaps }))
    }

    /// Keeps what was read of this Region, unless a call failed that may succeed the next time. A denial does not pass
    /// by itself, so that a Region with denials counts as read.
    pub fn keep(&self, place: &str, part: &Part) -> Result<(), CheckpointError> {
        if part.gaps.iter().any(|gap| matches!(gap.kind, GapKind::Failed | GapKind::Fallback)) {
            return Ok(());
        }
        let part = part.clone();
        let snapshot = Snapshot {
            taken_at: Some(self.taken_at),
            source: Source::Live,
            resources: part.resources,
            listed: part.listed.into_iter().collect(),
            gaps: part.gaps,
            stray: Vec::new(),
        };
        Ok(file::write(&self.path(place), &snapshot)?)
    }

    fn path(&self, place: &str) -> PathBuf {
        self.folder.join(format!("{place}.ndjson.zst"))
    }
}

impl Run {
    fn text(&self) -> String {
        format!("Regions of account {} ({}), read by version {}", self.account, self.partition, self.program)
    }

    fn write(&self, folder: &Path) -> io::Result<()> {
        let text = serde_json::to_vec(self)?;
        whole::write(&folder.join(RUN), |out| out.write_all(&text))
    }
}

/// The run that the folder belongs to; none where there is none, or what stands there was written by something else.
fn begun(folder: &Path) -> io::Result<Option<Run>> {
    match fs::read_to_string(folder.join(RUN)) {
        Ok(text) => Ok(serde_json::from_str(&text).ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::gap::Gap;
    use crate::model::snapshot::Listing;

    const ACCOUNT: &str = "111122223333";

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn part(kind: Option<GapKind>) -> Part {
        let gap = |kind| Gap {
            kind,
            account: Some(ACCOUNT.into()),
            region: Some("eu-west-1".into()),
            operation: "backup:ListBackupPlans".into(),
            subject: None,
            code: "ExpiredToken".into(),
            message: "no".into(),
            leaves_unknown: "plans".into(),
            permission: None,
            at: None,
        };
        let listing =
            Listing { kind: "AWS::KMS::Key".into(), account: ACCOUNT.into(), region: "eu-west-1".into(), parent: None };
        Part { listed: vec![listing], gaps: kind.map(gap).into_iter().collect(), ..Part::default() }
    }

    #[test]
    fn a_region_that_was_read_is_taken_over_with_the_time_of_the_first_run() {
        let folder = tempfile::tempdir().unwrap();
        let keep = Keep { folder: folder.path().join("s.zst.parts"), resume: true };
        let (first, later) = (time("2026-01-01T00:00:00Z"), time("2026-01-01T01:00:00Z"));
        let run = Checkpoint::open(&keep, ACCOUNT, "aws", None, first).unwrap();
        run.keep("eu-west-1", &part(Some(GapKind::Denied))).unwrap();
        run.keep("eu-west-2", &part(Some(GapKind::Failed))).unwrap();
        let run = Checkpoint::open(&keep, ACCOUNT, "aws", None, later).unwrap();
        assert_eq!(run.taken_at, first);
        assert_eq!(run.load("eu-west-1").unwrap(), Some(part(Some(GapKind::Denied))));
        assert_eq!(run.load("eu-west-2").unwrap(), None, "a call that failed is made again");
        assert_eq!(run.load("eu-west-3").unwrap(), None);
    }

    #[test]
    fn without_resume_everything_is_read_anew() {
        let folder = tempfile::tempdir().unwrap();
        let mut keep = Keep { folder: folder.path().join("parts"), resume: false };
        let now = time("2026-01-01T00:00:00Z");
        Checkpoint::open(&keep, ACCOUNT, "aws", None, now).unwrap().keep("eu-west-1", &part(None)).unwrap();
        assert_eq!(Checkpoint::open(&keep, ACCOUNT, "aws", None, now).unwrap().load("eu-west-1").unwrap(), None);
        keep.resume = true;
        assert_eq!(Checkpoint::open(&keep, ACCOUNT, "aws", None, now).unwrap().load("eu-west-1").unwrap(), None);
    }

    #[test]
    fn a_folder_of_somebody_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let keep = Keep { folder: folder.path().join("parts"), resume: false };
        fs::create_dir(&keep.folder).unwrap();
        fs::write(keep.folder.join("thesis.txt"), "a year's work").unwrap();
        let error =
            Checkpoint::open(&keep, ACCOUNT, "aws", None, time("2026-01-01T00:00:00Z")).unwrap_err().to_string();
        assert!(error.contains("cannot use folder"), "{error}");
        assert!(keep.folder.join("thesis.txt").exists());
        fs::write(keep.folder.join(RUN), r#"{"kilometres": 42}"#).unwrap();
        for resume in [false, true] {
            let keep = Keep { resume, ..keep.clone() };
            assert!(Checkpoint::open(&keep, ACCOUNT, "aws", None, time("2026-01-01T00:00:00Z")).is_err());
            assert!(keep.folder.join("thesis.txt").exists(), "its `run.json` is of another kind");
        }
    }

    /// Buckets are read with what belongs to no Region, but only those of the Regions that were named.
    #[test]
    fn what_belongs_to_no_region_is_read_again_where_other_regions_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let keep = Keep { folder: folder.path().join("parts"), resume: true };
        let (first, later) = (time("2026-01-01T00:00:00Z"), time("2026-01-01T01:00:00Z"));
        let regions = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let of = |regions: Option<&[String]>, now| Checkpoint::open(&keep, ACCOUNT, "aws", regions, now).unwrap();
        let west = regions(&["eu-west-1", "eu-west-2"]);
        let run = of(Some(&west), first);
        run.keep(GLOBAL, &part(None)).unwrap();
        run.keep("eu-west-1", &part(None)).unwrap();
        let run = of(Some(&regions(&["eu-west-2", "eu-west-1"])), later);
        assert!(run.load(GLOBAL).unwrap().is_some(), "the same Regions in another order");
        let run = of(Some(&regions(&["eu-west-1", "eu-central-1"])), later);
        assert!(run.load(GLOBAL).unwrap().is_none() && run.load("eu-west-1").unwrap().is_some());
        assert_eq!(run.taken_at, first);
        run.keep(GLOBAL, &part(None)).unwrap();
        assert!(of(None, later).load(GLOBAL).unwrap().is_none(), "now all Regions are asked for");
        assert_eq!(of(None, later).taken_at, first);
    }

    #[test]
    fn another_accounts_regions_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let keep = Keep { folder: folder.path().join("parts"), resume: true };
        let now = time("2026-01-01T00:00:00Z");
        Checkpoint::open(&keep, ACCOUNT, "aws", None, now).unwrap();
        let error = Checkpoint::open(&keep, "444455556666", "aws", None, now).unwrap_err().to_string();
        assert!(
            error.contains("account 111122223333") && error.contains("not Regions of account 444455556666"),
            "{error}"
        );
    }
}
