//! `--changed-since REV`: which files have changed, asked of `git`.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use super::fault::Fault;

/// The files of a work tree, and which of them have changed.
pub(crate) struct Changed {
    /// The revision, as the user wrote it.
    pub(crate) since: String,
    /// The folder that reported paths are relative to.
    working: PathBuf,
    /// The top of the work tree.
    root: PathBuf,
    /// What git knows, relative to the top.
    tracked: BTreeSet<PathBuf>,
    /// What differs from where the revision and the present state parted, relative to the top.
    touched: BTreeSet<PathBuf>,
}

impl Changed {
    /// Asks the repository of the working folder. Fails if there is none, or if it does not know the revision.
    pub(crate) fn since(revision: &str) -> Result<Self, Fault> {
        if revision.is_empty() || revision.starts_with('-') {
            let fault = format!("`{revision}` is no revision");
            return Err(Fault::new(fault, "name a branch, tag or commit: `--changed-since origin/main`"));
        }
        let working = std::env::current_dir().and_then(|folder| folder.canonicalize()).map_err(|error| {
            Fault::new(format!("the working folder cannot be read: {error}"), "change to one that exists")
        })?;
        let top = git(&working, &["rev-parse", "--show-toplevel"])?.or_fault(|said| {
            let help = "`--changed-since` asks the git repository of the working folder: run it in one";
            Fault::new(format!("the working folder is in no git repository: {said}"), help)
        })?;
        let top = path(top.strip_suffix(b"\n").unwrap_or(&top));
        let root = top.canonicalize().unwrap_or(top);
        let commit = format!("{revision}^{{commit}}");
        let commit = git(&root, &["rev-parse", "--verify", "--quiet", &commit])?.or_fault(|_| {
            let help = "name a branch, tag or commit that this clone has; in CI, fetch it first (`fetch-depth: 0`)";
            Fault::new(format!("git knows no commit `{revision}`"), help)
        })?;
        let commit = String::from_utf8_lossy(&commit).trim().to_owned();
        let base = git(&root, &["merge-base", "HEAD", &commit])?.or_fault(|said| {
            let why = if said.is_empty() { "they have no common ancestor here" } else { said };
            let help =
                "a shallow clone has too little history: fetch all of it (`git fetch --unshallow`, `fetch-depth: 0`)";
            Fault::new(format!("git does not know where `{revision}` and the present commit parted: {why}"), help)
        })?;
        let base = String::from_utf8_lossy(&base).trim().to_owned();
        let fault = |said: &str| Fault::new(format!("git cannot list files: {said}"), "try it with `git status`");
        let differ = ["diff", "--name-only", "-z", "--no-renames", "--no-relative", "--ignore-submodules=none"];
        let touched = git(&root, &[&differ[..], &[&base, "--"]].concat())?.or_fault(fault)?;
        let tracked = git(&root, &["ls-files", "-z", "--cached"])?.or_fault(fault)?;
        Ok(Self { since: revision.to_owned(), working, root, tracked: paths(&tracked), touched: paths(&touched) })
    }

    /// Whether a file, as it is reported, has changed. What git does not know has: a new file, one that it ignores, one
    /// outside its tree. What lies in a submodule has changed if the submodule has.
    pub(crate) fn touches(&self, reported: &str) -> bool {
        let written = plain(&self.working.join(reported));
        // A link has changed if it leads elsewhere, or if that has.
        let real = written.canonicalize().unwrap_or_else(|_| written.clone());
        self.has_changed(&written) || self.has_changed(&real)
    }

    fn has_changed(&self, whole: &Path) -> bool {
        let Ok(below) = whole.strip_prefix(&self.root) else { return true };
        for part in below.ancestors() {
            if self.touched.contains(part) {
                return true;
            }
            if self.tracked.contains(part) {
                return false;
            }
        }
        true
    }
}

/// A path without `.` and `..`, as git writes it.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

/// What git answered, or what it said instead.
struct Answer(Result<Vec<u8>, String>);

impl Answer {
    fn or_fault(self, fault: impl FnOnce(&str) -> Fault) -> Result<Vec<u8>, Fault> {
        self.0.map_err(|said| fault(&said))
    }
}

/// Runs git in a folder. It asks nobody and writes nothing.
fn git(folder: &Path, args: &[&str]) -> Result<Answer, Fault> {
    let mut command = Command::new("git");
    command.args(["--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false"]).args(args);
    command.current_dir(folder).env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0").stdin(Stdio::null());
    let output = command.output().map_err(|error| {
        Fault::new(
            format!("git cannot be run: {error}"),
            "`--changed-since` needs git; install it, or leave the option out",
        )
    })?;
    if output.status.success() {
        return Ok(Answer(Ok(output.stdout)));
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said.lines().next().unwrap_or_default().trim_start_matches("fatal: ").to_owned();
    Ok(Answer(Err(first)))
}

/// Paths that are ended by NUL.
fn paths(bytes: &[u8]) -> BTreeSet<PathBuf> {
    bytes.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(path).collect()
}

#[cfg(unix)]
fn path(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::new(&*String::from_utf8_lossy(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_does_not_know_counts_as_changed() {
        let all = |names: &[&str]| names.iter().map(PathBuf::from).collect();
        let changed = Changed {
            since: "main".to_owned(),
            working: "/r/sub".into(),
            root: "/r".into(),
            tracked: all(&["sub/a.yaml", "sub/b.yaml", "module", "other"]),
            touched: all(&["sub/b.yaml", "other", "gone.yaml"]),
        };
        for (file, expected) in [
            ("a.yaml", false),
            ("b.yaml", true),
            ("new.yaml", true),
            ("/elsewhere/a.yaml", true),
            ("/r/module/deep/a.yaml", false),
            ("/r/other/deep/a.yaml", true),
        ] {
            assert_eq!(changed.touches(file), expected, "{file}");
        }
    }

    #[test]
    fn names_are_taken_byte_by_byte() {
        let read = paths("a b\n.yaml\0größe\0\0".as_bytes());
        assert_eq!(read.into_iter().collect::<Vec<_>>(), [Path::new("a b\n.yaml"), Path::new("größe")]);
    }
}
