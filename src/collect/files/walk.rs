//! Which files are looked at.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::WalkBuilder;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::path::reported;
use super::{ScanError, reason, unreadable};
use crate::model::gap::Gap;

/// Files by their reported paths, and what could not be listed.
pub(super) struct Walked {
    pub(super) files: BTreeMap<Arc<str>, Found>,
    pub(super) gaps: Vec<Gap>,
}

/// A file to look at.
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// Whether it is a broken template if it looks like one and cannot be read: texts and programs quote templates.
    pub(super) may_be_broken: bool,
}

pub(super) fn walk(working: &Path, paths: &[PathBuf], ignored: &[String]) -> Result<Walked, ScanError> {
    let ignored = Arc::new(patterns(working, ignored)?);
    let mut walked = Walked { files: BTreeMap::new(), gaps: Vec::new() };
    for given in paths {
        let root = working.join(given);
        let unreadable = |error: &std::io::Error| ScanError::Unreadable {
            path: given.to_string_lossy().into_owned(),
            reason: reason(error),
        };
        let metadata = std::fs::metadata(&root).map_err(|error| unreadable(&error))?;
        if metadata.is_dir() {
            std::fs::read_dir(&root).map_err(|error| unreadable(&error))?;
            folder(working, &root, given, &ignored, &mut walked);
        } else {
            // Opening a pipe would wait for whoever writes to it, and a device may have no end.
            if !metadata.is_file() {
                return Err(unreadable(&std::io::Error::other("it is no file and no folder")));
            }
            std::fs::File::open(&root).map_err(|error| unreadable(&error))?;
            walked.files.insert(reported(working, given), Found { path: root, may_be_broken: true });
        }
    }
    Ok(walked)
}

fn patterns(working: &Path, ignored: &[String]) -> Result<Gitignore, ScanError> {
    let mut builder = GitignoreBuilder::new(working);
    let failed = |pattern: &str, error: &ignore::Error| ScanError::Pattern {
        pattern: pattern.to_owned(),
        reason: error.to_string().to_lowercase(),
    };
    for pattern in ignored {
        builder.add_line(None, pattern).map_err(|error| failed(pattern, &error))?;
    }
    builder.build().map_err(|error| failed("", &error))
}

fn folder(working: &Path, root: &Path, given: &Path, ignored: &Arc<Gitignore>, walked: &mut Walked) {
    let (patterns, base) = (ignored.clone(), working.to_owned());
    // The user's and the clone's private ignore files are left aside: the same files give the same report everywhere.
    let entries = WalkBuilder::new(root)
        .git_global(false)
        .git_exclude(false)
        .sort_by_file_path(Ord::cmp)
        .filter_entry(move |entry| {
            let shown = reported(&base, entry.path());
            let folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            shown.is_empty() || !patterns.matched(Path::new(&*shown), folder).is_ignore()
        })
        .build();
    for entry in entries {
        match entry {
            Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
                let below = entry.path().strip_prefix(root).unwrap_or(entry.path());
                let shown = reported(working, &given.join(below));
                let path = entry.path().to_owned();
                let may_be_broken = is_template_name(&path);
                let found = walked.files.entry(shown).or_insert(Found { path, may_be_broken });
                found.may_be_broken |= may_be_broken;
            }
            Ok(_) => {}
            Err(error) => {
                let subject =
                    failed_path(&error).map_or_else(|| reported(working, given), |path| reported(working, path));
                let io = error.io_error().map_or_else(
                    || std::io::Error::other(error.to_string()),
                    |io| std::io::Error::new(io.kind(), io.to_string()),
                );
                walked.gaps.push(unreadable(&subject, &io));
            }
        }
    }
}

fn failed_path(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => failed_path(err),
        _ => None,
    }
}

fn is_template_name(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    matches!(ending.as_deref(), None | Some("yaml" | "yml" | "json" | "template" | "cfn" | "cform" | "cf"))
}
