//! Settings from `backstop.toml`: every key optional, every mistake named with its place.

mod written;

use std::io;
use std::path::{Path, PathBuf};

use crate::diagnostic::{SourceError, SourceErrors, nearest};
use crate::model::settings::Settings;

/// The file's name.
pub const FILE_NAME: &str = "backstop.toml";

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read `{}`", path.display())]
    #[diagnostic(help("name a settings file after `--config`, or leave it out to search for `backstop.toml`"))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file says something wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Mistakes(#[from] SourceErrors),
}

/// The settings of `explicit`, else of the nearest `backstop.toml` in `folder` or its parents, else the defaults.
/// Also the file that they came from.
pub fn load(explicit: Option<&Path>, folder: &Path) -> Result<(Settings, Option<PathBuf>), ConfigError> {
    let found = explicit
        .map(Path::to_owned)
        .or_else(|| folder.ancestors().map(|folder| folder.join(FILE_NAME)).find(|candidate| candidate.is_file()));
    let Some(path) = found else { return Ok((Settings::default(), None)) };
    let text =
        std::fs::read_to_string(&path).map_err(|source| ConfigError::Unreadable { path: path.clone(), source })?;
    let settings = parse(&path.to_string_lossy(), &text)?;
    Ok((settings, Some(path)))
}

/// The settings that a text says, over the defaults.
pub fn parse(file: &str, text: &str) -> Result<Settings, SourceErrors> {
    let written: written::Written = match toml::from_str(text) {
        Ok(written) => written,
        Err(error) => {
            let fault = misread(file, text, &error);
            return Err(SourceErrors { summary: "1 mistake in the settings".to_owned(), errors: vec![fault] });
        }
    };
    let (settings, errors) = written.settle(file, text);
    SourceErrors::check("the settings", errors)?;
    Ok(settings)
}

/// What the parser said, with the nearest known key for an unknown one.
fn misread(file: &str, text: &str, error: &toml::de::Error) -> SourceError {
    let message = error.message();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let fault = match quoted.split_first() {
        Some((unknown, known)) if message.starts_with("unknown field") => {
            let near = nearest(unknown, known.iter().copied());
            let keys = known.join("`, `");
            let help =
                near.map_or_else(|| format!("the keys here are `{keys}`"), |key| format!("did you mean `{key}`?"));
            SourceError::new(file, text, format!("unknown key `{unknown}`")).help(help)
        }
        _ => SourceError::new(file, text, message.to_owned()).help("docs/settings.md lists all keys with their values"),
    };
    match error.span() {
        Some(span) => fault.at(span, "here"),
        None => fault,
    }
}

#[cfg(test)]
mod tests;
