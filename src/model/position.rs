//! A place in a file.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A range of characters in one file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Position {
    /// The file's path as it is reported: relative to the working folder, with `/`.
    pub file: Arc<str>,
    /// The first character.
    pub start: Point,
    /// The character after the last one.
    pub end: Point,
}

/// A line and a column, both counted from 1; columns in UTF-16 code units, as SARIF counts by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Point {
    /// From 1.
    pub line: u32,
    /// From 1, in UTF-16 code units.
    pub column: u32,
}
