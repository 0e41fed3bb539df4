//! Files that other files name: nested templates, and the manifest beside a synthesized one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{MAX_BYTES, bytes, reason, text};

/// Reads files that templates name. Only what is below the working folder, or below a folder that the user named, is
/// read: a template of somebody else's must not make its reader print other files.
pub(super) struct Neighbours {
    working: PathBuf,
    folders: Vec<PathBuf>,
}

impl Neighbours {
    pub(super) fn new(working: &Path, paths: &[PathBuf]) -> Self {
        let named = paths.iter().filter_map(|path| {
            let path = working.join(path);
            if path.is_dir() { Some(path) } else { path.parent().map(Path::to_owned) }
        });
        let folders = named.chain([working.to_owned()]).filter_map(|folder| folder.canonicalize().ok()).collect();
        Self { working: working.to_owned(), folders }
    }

    /// The text of the file with this reported path; none where there is no such file, or none that may be read.
    pub(super) fn text(&self, reported: &str) -> Option<Arc<str>> {
        self.find(reported)?.ok()
    }

    /// The same, with why it cannot be read or must not be.
    pub(super) fn find(&self, reported: &str) -> Option<Result<Arc<str>, Arc<str>>> {
        let path = match self.place(reported)? {
            Ok(path) => path,
            Err(why) => return Some(Err(why)),
        };
        // Opening a pipe would wait for whoever writes to it.
        if !path.is_file() {
            return None;
        }
        Some(match bytes(&path) {
            Ok((bytes, _)) if bytes.len() as u64 <= MAX_BYTES => {
                text(&bytes).map(Arc::from).map_err(|_| "it is not UTF-8".into())
            }
            Ok(_) => Err("it is too large".into()),
            Err(error) => Err(reason(&error).into()),
        })
    }

    /// Where something with this reported path really lies; none where there is no such thing.
    pub(super) fn place(&self, reported: &str) -> Option<Result<PathBuf, Arc<str>>> {
        let path = self.working.join(reported).canonicalize().ok()?;
        let allowed = self.folders.iter().any(|folder| path.starts_with(folder));
        Some(if allowed { Ok(path) } else { Err("it lies outside the scanned folders and the working folder".into()) })
    }
}

/// The files that are judged as parts of others, given what each file nests with all that is nested in it.
pub(super) fn judged_elsewhere(nests: &BTreeMap<Arc<str>, BTreeSet<Arc<str>>>) -> BTreeSet<Arc<str>> {
    let named: BTreeSet<&Arc<str>> =
        nests.iter().flat_map(|(file, nested)| nested.iter().filter(move |other| *other != file)).collect();
    let mut elsewhere: BTreeSet<Arc<str>> = BTreeSet::new();
    // What only files of a circle nest is left to the second round, in which the first file stands for all.
    let (circles, outermost): (Vec<_>, Vec<_>) = nests.iter().partition(|(file, _)| named.contains(file));
    for (file, nested) in outermost.into_iter().chain(circles) {
        if !elsewhere.contains(file) {
            elsewhere.extend(nested.iter().filter(|other| *other != file).cloned());
        }
    }
    elsewhere
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elsewhere(nests: &[(&str, &[&str])]) -> Vec<String> {
        let nests = nests
            .iter()
            .map(|(file, nested)| (Arc::from(*file), nested.iter().map(|other| Arc::from(*other)).collect()))
            .collect();
        judged_elsewhere(&nests).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_another_file_nests_is_judged_there() {
        assert_eq!(elsewhere(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[]), ("d", &[])]), ["b", "c"]);
        assert_eq!(elsewhere(&[("a", &["a"])]), [""; 0], "a file that nests itself is judged");
    }

    #[test]
    fn of_a_circle_one_file_is_judged() {
        assert_eq!(elsewhere(&[("a", &["b"]), ("b", &["a"])]), ["b"]);
        assert_eq!(elsewhere(&[("a", &["b", "c"]), ("b", &["c", "b"]), ("c", &["b", "c"])]), ["b", "c"]);
    }
}
