//! `--output FORMAT[=FILE]`: which formats, and where they go. Files appear whole or not at all.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::fault::Fault;
use crate::model::snapshot::whole;

/// One `--output`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) format: Format,
    /// None: stdout.
    pub(crate) file: Option<PathBuf>,
}

/// The formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Terminal,
    Json,
    Sarif,
    Checklist,
    Summary,
    Github,
    Counts,
    Asff,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (format, file) = text.split_once('=').map_or((text, None), |(format, file)| (format, Some(file)));
        let format = match format {
            "terminal" => Format::Terminal,
            "json" => Format::Json,
            "sarif" => Format::Sarif,
            "checklist" => Format::Checklist,
            "summary" => Format::Summary,
            "github" => Format::Github,
            "counts" => Format::Counts,
            "asff" => Format::Asff,
            other => {
                let formats = "terminal, json, sarif, checklist, summary, github, counts and asff";
                return Err(format!("`{other}` is no format; the formats are {formats}"));
            }
        };
        match file {
            Some("") => Err(format!("`{text}` names no file after `=`")),
            file => Ok(Self { format, file: file.map(PathBuf::from) }),
        }
    }
}

/// Prints to stdout; colours only on a terminal.
pub(crate) fn print(text: &str) -> Result<(), Fault> {
    match anstream::stdout().write_all(text.as_bytes()) {
        // A reader that has seen enough (`| head`) is no fault.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Fault::new(format!("cannot write to stdout: {error}"), "check where the output goes")),
        Ok(()) => Ok(()),
    }
}

/// Indented JSON with a line end behind it.
pub(crate) fn pretty(value: &serde_json::Value) -> Result<String, Fault> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Fault::new(error, "this is a defect of backstop: please report it"))?;
    Ok(text + "\n")
}

/// Whether a file can be written here, as far as that can be told beforehand: who audits for an hour wants to be told
/// first.
pub(crate) fn check(path: &Path) -> Result<(), Fault> {
    let cannot = |why: String| {
        let fault = format!("cannot write `{}`: {why}", path.display());
        Err(Fault::new(fault, "name a file in a folder that exists and is writable; nothing was left behind"))
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/") {
        return cannot("it is a folder".to_owned());
    }
    if !folder.is_dir() {
        return cannot(format!("there is no folder `{}`", folder.display()));
    }
    Ok(())
}

/// Writes a file, whole or not at all; a device or pipe as it stands.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Fault> {
    let written = whole::write(path, |out| out.write_all(text.as_bytes()));
    match written {
        Ok(()) => Ok(()),
        Err(error) => Err(Fault::new(
            format!("cannot write `{}`: {error}", path.display()),
            "the folder must exist and be writable; nothing was left behind",
        )),
    }
}
