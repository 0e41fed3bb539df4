//! Walks files as ripgrep does and recognises what they are.

mod nested;
mod path;
mod terraform;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use self::nested::Neighbours;
use super::cloudformation::{self, Outcome};
use super::terraform::plan;
use super::terraform::source::{self, SourceOptions};
use crate::model::gap::{Gap, GapKind};
use crate::model::resource::Resource;
use crate::model::snapshot::{Snapshot, Source};
use crate::model::suppression::Suppression;

/// The largest file that is read. CloudFormation takes templates of up to 1 MB ("AWS CloudFormation quotas").
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// How much of a larger file is looked at to tell whether it looks like a template.
const HEAD: usize = 1024 * 1024;

/// What the user says of the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileOptions {
    /// The account that the templates are for.
    pub account: Option<String>,
    /// The Region that they are for.
    pub region: Option<String>,
    /// The partition that they are for: `aws`, `aws-cn` …
    pub partition: Option<String>,
    /// Path patterns (gitignore syntax, relative to the working folder) of files that are not scanned.
    pub ignore: Vec<String>,
    /// Values of template parameters, by name.
    pub parameters: BTreeMap<String, String>,
    /// Template parameters whose values are kept from the user, each with the reason as the rest of a sentence that
    /// begins with the parameter. They have not their defaults.
    pub unknown_parameters: BTreeMap<String, String>,
    /// Tags that are given to a template's stack as a whole.
    pub tags: BTreeMap<String, String>,
    /// What is said of Terraform alone; account, Region and partition are those above.
    pub terraform: SourceOptions,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Scanned {
    /// The resources and gaps.
    pub snapshot: Snapshot,
    /// How many files were read as templates, or are broken ones.
    pub files: u64,
    /// How many files are something else.
    pub passed_over: u64,
    /// The text of each file that counts among `files`, by its reported path.
    pub texts: BTreeMap<Arc<str>, Arc<str>>,
}

/// Why nothing could be scanned.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// A path of the user's cannot be read.
    #[error("cannot read `{path}`: {reason}")]
    Unreadable {
        /// As it was given.
        path: String,
        /// What the system said, in lower case.
        reason: String,
    },
    /// A pattern of `[[ignore]]` is none.
    #[error("`{pattern}` is not a path pattern: {reason}")]
    Pattern {
        /// As it was given.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The working folder has gone.
    #[error("the working folder cannot be read: {reason}")]
    WorkingFolder {
        /// What the system said, in lower case.
        reason: String,
    },
}

impl ScanError {
    /// What the user can do.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "name a file or folder that exists and that you may read",
            Self::Pattern { .. } => "patterns are written as in a `.gitignore` file: `cdk.out/`, `**/*.test.yaml`",
            Self::WorkingFolder { .. } => "change to a folder that exists",
        }
    }
}

/// Reads all templates in these files and folders. Folders are walked as ripgrep walks them: hidden files and what
/// `.gitignore` names are left out; a file that is named itself is always read. The order of the paths does not matter.
///
/// Fails if a path cannot be read. A template that cannot be read is a [`Gap`], and the rest goes on.
pub fn scan(paths: &[PathBuf], options: &FileOptions) -> Result<Scanned, ScanError> {
    let working = std::env::current_dir().map_err(|error| ScanError::WorkingFolder { reason: reason(&error) })?;
    scan_from(&working, paths, options)
}

/// The same, with the folder that reported paths are relative to.
fn scan_from(working: &Path, paths: &[PathBuf], options: &FileOptions) -> Result<Scanned, ScanError> {
    let walked = walk::walk(working, paths, &options.ignore)?;
    let files: Vec<_> = walked.files.iter().collect();
    let neighbours = Neighbours::new(working, paths);
    let read: Vec<_> = files.par_iter().map(|(reported, found)| one(reported, found, options, &neighbours)).collect();
    let elsewhere = judged_elsewhere(walked.files.keys().zip(&read));
    let mut terraform = terraform::Files::default();
    let mut scanned = Scanned::default();
    scanned.snapshot.source = Source::Files;
    scanned.snapshot.gaps = walked.gaps;
    for (reported, read) in walked.files.keys().zip(read) {
        match read {
            FileRead::Template { resources, gaps, nested, stray, text } => {
                scanned.files += 1;
                scanned.texts.insert(reported.clone(), text);
                // A nested template is judged with what it is given, not alone.
                if !elsewhere.contains(reported) {
                    scanned.snapshot.resources.extend(resources);
                    scanned.snapshot.gaps.extend(gaps);
                    scanned.snapshot.stray.extend(stray);
                    scanned.texts.extend(nested);
                }
            }
            FileRead::Terraform { text } => {
                scanned.files += 1;
                terraform.sources.insert(reported.clone(), text);
            }
            FileRead::Plan { text } => {
                scanned.files += 1;
                terraform.plans.insert(reported.clone(), text);
            }
            FileRead::Broken { gap, text } => {
                scanned.files += 1;
                scanned.snapshot.gaps.push(*gap);
                scanned.texts.extend(text.map(|text| (reported.clone(), text)));
            }
            FileRead::Other => scanned.passed_over += 1,
        }
    }
    terraform.add(options, &neighbours, &mut scanned);
    scanned.snapshot.sort();
    Ok(scanned)
}

/// What a file turned out to be, with its text where positions point into it.
enum FileRead {
    Template {
        resources: Vec<Resource>,
        gaps: Vec<Gap>,
        nested: BTreeMap<Arc<str>, Arc<str>>,
        stray: Vec<Suppression>,
        text: Arc<str>,
    },
    /// A file of a Terraform module, which is worked out with all others.
    Terraform {
        text: Arc<str>,
    },
    /// A plan of Terraform, whose source may lie beside it.
    Plan {
        text: Arc<str>,
    },
    Broken {
        gap: Box<Gap>,
        text: Option<Arc<str>>,
    },
    Other,
}

/// The templates that are judged as parts of others.
fn judged_elsewhere<'a>(read: impl Iterator<Item = (&'a Arc<str>, &'a FileRead)>) -> BTreeSet<Arc<str>> {
    let nests = read.filter_map(|(file, read)| match read {
        FileRead::Template { nested, .. } => Some((file.clone(), nested.keys().cloned().collect())),
        FileRead::Terraform { .. } | FileRead::Plan { .. } | FileRead::Broken { .. } | FileRead::Other => None,
    });
    nested::judged_elsewhere(&nests.collect())
}

fn one(file: &Arc<str>, found: &walk::Found, options: &FileOptions, neighbours: &Neighbours) -> FileRead {
    let is_terraform = source::belongs(file);
    let (bytes, limit) = match bytes(&found.path) {
        Ok(bytes) => bytes,
        Err(error) => return FileRead::Broken { gap: Box::new(unreadable(file, &error)), text: None },
    };
    if bytes.len() as u64 > limit {
        // Unread would be unjudged, and nobody would know.
        let start = bytes.get(..HEAD).unwrap_or_default();
        let is_known = is_terraform || limit == plan::MAX_BYTES;
        return if is_known || found.may_be_broken && cloudformation::looks_like_template(start) {
            FileRead::Broken { gap: Box::new(too_large(file, limit)), text: None }
        } else {
            FileRead::Other
        };
    }
    let text = match text(&bytes) {
        Ok(text) => text,
        Err(problem) => {
            return match problem.filter(|_| found.may_be_broken) {
                Some((message, line)) => {
                    let gap = cloudformation::not_utf8(file, &message, line);
                    FileRead::Broken { gap: Box::new(gap), text: None }
                }
                None => FileRead::Other,
            };
        }
    };
    if is_terraform {
        return FileRead::Terraform { text: text.into() };
    }
    if plan::may_be_plan(text) {
        return FileRead::Plan { text: text.into() };
    }
    if !cloudformation::may_be_template(text) {
        return FileRead::Other;
    }
    match cloudformation::read_with(file, text, options, &|path| neighbours.text(path)) {
        Outcome::Template { resources, gaps, nested, stray } => {
            FileRead::Template { resources, gaps, nested, stray, text: text.into() }
        }
        Outcome::Broken(gap) if found.may_be_broken => FileRead::Broken { gap: Box::new(gap), text: Some(text.into()) },
        Outcome::Broken(_) | Outcome::Other => FileRead::Other,
    }
}

/// A file's bytes, and how many there may be: one more than that is read of a file that is too large.
fn bytes(path: &Path) -> io::Result<(Vec<u8>, u64)> {
    let mut bytes = Vec::new();
    let mut file = File::open(path)?;
    file.by_ref().take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 <= MAX_BYTES || !plan::begins_like_plan(&bytes) {
        return Ok((bytes, MAX_BYTES));
    }
    let rest = (plan::MAX_BYTES + 1).saturating_sub(bytes.len() as u64);
    file.take(rest).read_to_end(&mut bytes)?;
    Ok((bytes, plan::MAX_BYTES))
}

/// The text without its byte-order mark; or, if the bytes look like a template in another encoding, what is wrong and
/// on which line.
fn text(bytes: &[u8]) -> Result<&str, Option<(String, u32)>> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    // UTF-16 without a mark is told by its zeros: half of all bytes of a text in Latin letters, and valid UTF-8.
    let wide: Option<fn([u8; 2]) -> u16> = match bytes {
        [0xFF, 0xFE, ..] | [1..=0x7F, 0, 1..=0x7F, 0, ..] => Some(u16::from_le_bytes),
        [0xFE, 0xFF, ..] | [0, 1..=0x7F, 0, 1..=0x7F, ..] => Some(u16::from_be_bytes),
        _ => None,
    };
    let error = match (std::str::from_utf8(bytes), wide) {
        (Ok(text), None) => return Ok(text),
        (Err(error), _) => Some(error),
        (Ok(_), Some(_)) => None,
    };
    if let Some(unit) = wide {
        let units = bytes
            .chunks_exact(2)
            .map(|pair| unit([pair.first().copied().unwrap_or(0), pair.last().copied().unwrap_or(0)]));
        let decoded: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        let message = "the file is UTF-16; templates are UTF-8".to_owned();
        return Err(cloudformation::looks_like_template(decoded.as_bytes()).then_some((message, 1)));
    }
    let valid = error.map_or(0, |error| error.valid_up_to());
    let before = bytes.get(..valid).unwrap_or_default();
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let message = "the file is not UTF-8".to_owned();
    Err(cloudformation::looks_like_template(bytes).then_some((message, u32::try_from(line).unwrap_or(u32::MAX))))
}

/// What the system said, as the second half of a sentence.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string().to_lowercase(),
    }
}

fn unreadable(file: &Arc<str>, error: &io::Error) -> Gap {
    unread(file, "Unreadable", reason(error))
}

fn too_large(file: &Arc<str>, limit: u64) -> Gap {
    let message = format!("it is larger than {} MiB, the largest that is read", limit / 1024 / 1024);
    unread(file, "TooLarge", message)
}

fn unread(file: &Arc<str>, code: &str, message: String) -> Gap {
    Gap {
        kind: GapKind::BrokenFile,
        account: None,
        region: None,
        operation: "read".into(),
        subject: Some(file.clone()),
        code: code.into(),
        message: message.into(),
        leaves_unknown: "what the file declares".into(),
        permission: None,
        at: None,
    }
}
