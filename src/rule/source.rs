//! Where rules come from: the folder embedded in the binary, and the user's own.

use std::collections::BTreeMap;
use std::io;
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
    let fail = |path: &Path, source| UnreadableFolder { path: path.to_owned(), source };
    let mut texts = BTreeMap::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|error| fail(&folder, error))? {
            let entry = entry.map_err(|error| fail(&folder, error))?;
            let path = entry.path();
            let kind = entry.file_type().map_err(|error| fail(&path, error))?;
            if kind.is_dir() {
                folders.push(path);
            } else if ["cedar", "md", "json"].iter().any(|end| path.extension().is_some_and(|e| e == *end)) {
                let text = std::fs::read_to_string(&path).map_err(|error| fail(&path, error))?;
                texts.insert(slashed(&path), text);
            }
        }
    }
    Ok(pair_up(&texts, true))
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
