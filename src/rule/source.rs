//! Where rules come from: the folder embedded in the binary, and the user's own.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/policies");

/// The three files of one rule, unread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFiles {
    /// The stem that they share.
    pub stem: String,
    /// The path of the `.cedar` file, as it is shown to people.
    pub file: String,
    /// The Cedar text.
    pub cedar: String,
    /// The guide (`.md`), if there is one.
    pub guide: Option<String>,
    /// The cases (`.tests.json`), if there are any.
    pub tests: Option<String>,
    /// Whether they are the user's own.
    pub from_user: bool,
}

/// A folder of rules that cannot be read.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("cannot read `{}`", path.display())]
#[diagnostic(help(
    "`--policies` takes a folder that holds `<id>.cedar` files, with `<id>.md` and `<id>.tests.json` beside them"
))]
pub struct UnreadableFolder {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// A folder of waivers that cannot be read.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("cannot read `{}`", path.display())]
#[diagnostic(help("`waivers` in `backstop.toml` names a folder of `.cedar` files that are UTF-8, each below 1 MiB"))]
pub struct UnreadableWaivers {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// The largest file that is read; the longest guide is a hundredth of it.
const MAX_BYTES: u64 = 1024 * 1024;

/// The rules in the binary, in order of their paths.
pub fn embedded() -> Vec<RuleFiles> {
    let mut texts = BTreeMap::new();
    let mut folders = vec![&EMBEDDED];
    while let Some(folder) = folders.pop() {
        folders.extend(folder.dirs());
        for file in folder.files() {
            if let Some(text) = file.contents_utf8() {
                texts.insert(format!("policies/{}", slashed(file.path())), text.to_owned());
            }
        }
    }
    pair_up(&texts, false)
}

/// The embedded schema fragments, by path.
pub fn embedded_schema() -> Vec<(String, String)> {
    let mut fragments: Vec<_> = EMBEDDED
        .get_dir("schema")
        .into_iter()
        .flat_map(Dir::files)
        .filter_map(|file| Some((format!("policies/{}", slashed(file.path())), file.contents_utf8()?.to_owned())))
        .filter(|(path, _)| path.ends_with(".cedarschema"))
        .collect();
    fragments.sort();
    fragments
}

/// The embedded framework mappings (`policies/frameworks/*.json`), by path.
pub fn embedded_frameworks() -> Vec<(String, String)> {
    let mut files: Vec<_> = EMBEDDED
        .get_dir("frameworks")
        .into_iter()
        .flat_map(Dir::files)
        .filter_map(|file| Some((format!("policies/{}", slashed(file.path())), file.contents_utf8()?.to_owned())))
        .collect();
    files.sort();
    files
}

/// The rules in a folder and the folders below it, in order of their paths.
pub fn folder(path: &Path) -> Result<Vec<RuleFiles>, UnreadableFolder> {
    match read_all(path, &["cedar", "md", "json"]) {
        Ok(texts) => Ok(pair_up(&texts, true)),
        Err((path, source)) => Err(UnreadableFolder { path, source }),
    }
}

/// The texts of the waivers in a folder and the folders below it, by the path that is reported: relative to the working
/// folder where they lie below it.
pub fn waivers(path: &Path) -> Result<BTreeMap<String, String>, UnreadableWaivers> {
    let texts = read_all(path, &["cedar"]).map_err(|(path, source)| UnreadableWaivers { path, source })?;
    let working = std::env::current_dir().map(|folder| slashed(&folder) + "/").unwrap_or_default();
    let reported = |path: String| match path.strip_prefix(&working) {
        Some(below) if !working.is_empty() => below.to_owned(),
        _ => path.strip_prefix("./").map(str::to_owned).unwrap_or(path),
    };
    Ok(texts.into_iter().map(|(path, text)| (reported(path), text)).collect())
}

/// The texts of the files below a folder that have one of these endings, by path; or what could not be read, and why.
/// What is hidden (an editor's locks, what mounts keep) is passed over. A link to a folder is an error, since it may lead
/// anywhere, and what it holds would be missed in silence.
fn read_all(path: &Path, endings: &[&str]) -> Result<BTreeMap<String, String>, (PathBuf, io::Error)> {
    let mut texts = BTreeMap::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        let fail = |error| (folder.clone(), error);
        for entry in std::fs::read_dir(&folder).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let path = entry.path();
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let kind = entry.file_type().map_err(|error| (path.clone(), error))?;
            if kind.is_symlink() && path.is_dir() {
                return Err((path, io::Error::other("it is a link to a folder, and such links are not followed")));
            }
            if kind.is_dir() {
                folders.push(path);
            } else if endings.iter().any(|end| path.extension().is_some_and(|e| e == *end)) {
                let text = read(&path).map_err(|error| (path.clone(), error))?;
                texts.insert(slashed(&path), text);
            }
        }
    }
    Ok(texts)
}

/// A regular file's text, without a byte-order mark. A pipe would be waited for without end.
fn read(path: &Path) -> io::Result<String> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let line =
            error.as_bytes().iter().take(error.utf8_error().valid_up_to()).filter(|byte| **byte == b'\n').count();
        io::Error::other(format!("line {} is not UTF-8", line + 1))
    })?;
    Ok(text.strip_prefix('\u{FEFF}').map(str::to_owned).unwrap_or(text))
}

fn slashed(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

fn pair_up(texts: &BTreeMap<String, String>, from_user: bool) -> Vec<RuleFiles> {
    texts
        .iter()
        .filter_map(|(path, text)| {
            let base = path.strip_suffix(".cedar")?;
            let stem = base.rsplit('/').next().unwrap_or(base).to_owned();
            Some(RuleFiles {
                stem,
                file: path.clone(),
                cedar: text.clone(),
                guide: texts.get(&format!("{base}.md")).cloned(),
                tests: texts.get(&format!("{base}.tests.json")).cloned(),
                from_user,
            })
        })
        .collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn hidden_files_are_passed_over_and_a_linked_folder_is_never_missed_in_silence() {
        let place = tempfile::tempdir().unwrap();
        let (rules, shared) = (place.path().join("rules"), place.path().join("shared"));
        std::fs::create_dir_all(rules.join(".kept")).unwrap();
        std::fs::create_dir(&shared).unwrap();
        std::fs::write(rules.join("a.cedar"), "a").unwrap();
        std::fs::write(rules.join(".kept/a.cedar"), "a").unwrap();
        // As Emacs locks a file that is being edited.
        std::os::unix::fs::symlink("somebody@host.1", rules.join(".#a.cedar")).unwrap();
        assert_eq!(folder(&rules).unwrap().len(), 1);
        assert_eq!(waivers(&rules).unwrap().len(), 1);
        std::os::unix::fs::symlink(shared.join("b.cedar"), rules.join("b.cedar")).unwrap();
        std::fs::write(shared.join("b.cedar"), "b").unwrap();
        assert_eq!(folder(&rules).unwrap().len(), 2, "a link to a file is followed");
        std::os::unix::fs::symlink(&shared, rules.join("more")).unwrap();
        for error in [folder(&rules).unwrap_err().source, waivers(&rules).unwrap_err().source] {
            assert!(error.to_string().contains("link to a folder"), "{error}");
        }
    }
}
