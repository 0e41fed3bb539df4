//! The source line of a finding, with carets under the fact at fault.

use std::fmt::{self, Write as _};

use unicode_width::UnicodeWidthChar as _;

use super::super::source::byte_at;
use super::super::text::misleads;
use crate::model::position::Position;

/// A tab reaches to the next of these.
const TAB: usize = 4;
/// Columns of source that are shown; longer lines are cut around the subject.
const WIDE: usize = 110;
/// Columns before the subject, where a line is cut.
const BEFORE: usize = 30;

/// Bytes on either side of the subject of a line that are looked at: some plans are one line of many megabytes.
const NEAR: usize = 2_000;

/// One line of source and where the carets go, in columns of a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The line as it is printed: tabs expanded, control characters visible.
    pub text: String,
    /// Columns before the first caret.
    pub indent: usize,
    /// How many carets, at least one.
    pub carets: usize,
}

/// The excerpt of a position whose first line is `line`. A range of several lines is marked to the end of its first.
pub fn excerpt(line: &str, position: &Position) -> Excerpt {
    let from = byte_at(line, position.start.column);
    let to = if position.end.line > position.start.line {
        line.trim_end().len()
    } else {
        byte_at(line, position.end.column)
    };
    let near = floor(line, from.saturating_sub(NEAR));
    let cells = cells(line.get(near..floor(line, to.max(from).min(from + NEAR) + NEAR)).unwrap_or_default(), near);
    let start = cells.iter().take_while(|cell| cell.byte < from).map(|cell| cell.width).sum::<usize>();
    let marked = cells.iter().filter(|cell| (from..to.max(from)).contains(&cell.byte)).map(|cell| cell.width).sum();
    let whole: usize = cells.iter().map(|cell| cell.width).sum();
    // Where to cut, in columns.
    let left = if whole > WIDE && start > BEFORE { start - BEFORE } else { 0 };
    let mut text = String::new();
    let mut column = 0;
    let mut shown = 0;
    // What is cut off on the left is replaced by one `…`, and a wide character may straddle the cut.
    let mut cut = 0;
    for cell in &cells {
        if column < left {
            cut += cell.width;
        } else if shown + cell.width > WIDE {
            text.push('…');
            shown += 1;
            break;
        } else {
            text.push_str(&cell.text);
            shown += cell.width;
        }
        column += cell.width;
    }
    let mut indent = start.saturating_sub(cut);
    if cut > 0 {
        text.insert(0, '…');
        indent += 1;
        shown += 1;
    }
    let carets = usize::max(marked, 1).min(shown.saturating_sub(indent).max(1));
    Excerpt { text: text.trim_end().to_owned(), indent, carets }
}

struct Cell {
    byte: usize,
    text: String,
    width: usize,
}

/// The start of the character at this byte, or the end.
fn floor(line: &str, byte: usize) -> usize {
    (0..=byte.min(line.len())).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0)
}

/// The characters of a part of a line that begins at this byte.
fn cells(line: &str, from: usize) -> Vec<Cell> {
    let mut column = 0;
    line.char_indices()
        .map(|(byte, c)| {
            let text = match c {
                '\t' => " ".repeat(TAB - column % TAB),
                _ if misleads(c) => format!("\\u{{{:x}}}", u32::from(c)),
                _ => c.to_string(),
            };
            let width = text.chars().map(|c| c.width().unwrap_or(0)).sum();
            column += width;
            Cell { byte: from + byte, text, width }
        })
        .collect()
}

impl Excerpt {
    /// Writes the line with its number, and the carets below it.
    pub fn write(
        &self,
        out: &mut String,
        number: u32,
        carets: impl fmt::Display,
        reset: impl fmt::Display,
    ) -> fmt::Result {
        let gutter = " ".repeat(number.to_string().len().max(4));
        let width = gutter.len();
        writeln!(out, "  {gutter} |")?;
        writeln!(out, "  {number:>width$} | {}", self.text)?;
        writeln!(out, "  {gutter} | {}{carets}{}{reset}", " ".repeat(self.indent), "^".repeat(self.carets))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::position::Point;

    fn at(line: &str, from: u32, to: u32) -> String {
        let point = |column| Point { line: 1, column };
        let position = Position { file: "f".into(), start: point(from), end: point(to) };
        let excerpt = excerpt(line, &position);
        format!("{}\n{}{}", excerpt.text, " ".repeat(excerpt.indent), "^".repeat(excerpt.carets))
    }

    #[test]
    fn carets_stand_under_the_subject() {
        assert_eq!(at("Status: Off", 9, 12), "Status: Off\n        ^^^");
        assert_eq!(at("\tA: b", 2, 3), "    A: b\n    ^");
        assert_eq!(at("x\tA: b", 3, 4), "x   A: b\n    ^");
        // Two columns for each wide character, two UTF-16 code units for the last.
        assert_eq!(at("注文😀: x", 7, 8), "注文😀: x\n        ^");
        assert_eq!(at("a: 注文", 4, 6), "a: 注文\n   ^^^^");
    }

    #[test]
    fn an_empty_range_or_one_behind_the_line_still_has_a_caret() {
        assert_eq!(at("ab", 2, 2), "ab\n ^");
        assert_eq!(at("ab", 90, 99), "ab\n  ^");
        assert_eq!(at("", 1, 1), "\n^");
        assert_eq!(at("abc", 3, 1), "abc\n  ^");
    }

    #[test]
    fn a_long_line_is_cut_around_its_subject() {
        let line = format!("{}Status{}", "é".repeat(500), "x".repeat(500));
        let shown = at(&line, 501, 507);
        let (text, carets) = shown.split_once('\n').unwrap();
        assert!(text.starts_with('…') && text.ends_with('…') && text.chars().count() <= WIDE + 2);
        let indent = carets.chars().take_while(|c| *c == ' ').count();
        assert_eq!(text.chars().skip(indent).take(6).collect::<String>(), "Status");
        assert_eq!(carets.trim(), "^^^^^^");
    }

    #[test]
    fn of_a_very_long_line_only_what_is_near_is_looked_at() {
        let line = format!("{}Status{}", "é".repeat(3_000), "x".repeat(9_000));
        let shown = at(&line, 3_001, 3_007);
        let (text, carets) = shown.split_once('\n').unwrap();
        assert!(text.starts_with('…') && text.ends_with('…') && text.chars().count() <= WIDE + 2, "{text}");
        let indent = carets.chars().take_while(|c| *c == ' ').count();
        assert_eq!(text.chars().skip(indent).take(6).collect::<String>(), "Status");
    }

    #[test]
    fn control_characters_are_shown_and_not_obeyed() {
        assert_eq!(at("\u{1b}[31mred", 2, 3), "\\u{1b}[31mred\n      ^");
    }
}
