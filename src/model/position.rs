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

impl Point {
    /// The place of the character at this byte of a text; the text's end for any byte behind it. Lines end with LF, CRLF
    /// or CR.
    pub fn at_byte(text: &str, byte: usize) -> Self {
        let (mut line, mut column, mut before) = (1_u32, 1_u32, None);
        for (at, c) in text.char_indices() {
            // The second half of CRLF begins no line of its own.
            if before == Some('\r') && c != '\n' || before == Some('\n') {
                line = line.saturating_add(1);
                column = 1;
            }
            if at >= byte {
                return Self { line, column };
            }
            column = column.saturating_add(if c.len_utf16() == 2 { 2 } else { 1 });
            before = Some(c);
        }
        match before {
            Some('\r' | '\n') => Self { line: line.saturating_add(1), column: 1 },
            _ => Self { line, column },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_any_line_end_and_columns_count_utf16() {
        let text = "a\r\nb\rc\n😀d";
        let point = |byte| {
            let Point { line, column } = Point::at_byte(text, byte);
            (line, column)
        };
        assert_eq!(
            [0, 1, 2, 3, 5, 7, 11, 99].map(point),
            [(1, 1), (1, 2), (1, 3), (2, 1), (3, 1), (4, 1), (4, 3), (4, 4)]
        );
        assert_eq!(Point::at_byte("a\n", 2), Point { line: 2, column: 1 });
    }
}
