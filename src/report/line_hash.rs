//! `primaryLocationLineHash`: the fingerprint by which GitHub tells that a result of today is the one of yesterday.
//!
//! GitHub's upload action works the same value out from the checkout and warns for every result where ours differs,
//! so it must be exact: a rolling hash over 100 UTF-16 code units from the start of the line, blanks and tabs left
//! out, every line end counted as one LF, and the number of its occurrence in the file behind it. (GitHub Docs, "SARIF
//! support for code scanning", on preventing duplicate alerts using fingerprints.)

use std::collections::{BTreeMap, VecDeque};

const WINDOW: usize = 100;
const MULTIPLIER: u64 = 37;
/// What stands behind the last character.
const END: u16 = u16::MAX;
const TAB: u16 = 9;
const LF: u16 = 10;
const CR: u16 = 13;
const SPACE: u16 = 32;

/// The hash of every line of a text, the first line first: lower-case hexadecimal, `:`, occurrence from 1.
pub fn line_hashes(text: &str) -> Vec<String> {
    let mut rolling = Rolling::new();
    let mut line_begins = true;
    let mut after_cr = false;
    for unit in text.encode_utf16() {
        let second_half_of_crlf = after_cr && unit == LF;
        after_cr = unit == CR;
        if second_half_of_crlf || unit == SPACE || unit == TAB {
            continue;
        }
        let unit = if unit == CR { LF } else { unit };
        rolling.push(unit, std::mem::replace(&mut line_begins, unit == LF));
    }
    rolling.push(END, line_begins);
    for _ in 0..WINDOW {
        rolling.push(0, false);
    }
    rolling.hashes
}

struct Rolling {
    hash: u64,
    /// 37^100: what a code unit has grown to when it leaves the window.
    leaving: u64,
    /// The code units in the window, and whether a line begins with each.
    window: VecDeque<(u16, bool)>,
    seen: BTreeMap<u64, u32>,
    hashes: Vec<String>,
}

impl Rolling {
    fn new() -> Self {
        let leaving = (0..WINDOW).fold(1_u64, |product, _| product.wrapping_mul(MULTIPLIER));
        Self {
            hash: 0,
            leaving,
            window: std::iter::repeat_n((0, false), WINDOW).collect(),
            seen: BTreeMap::new(),
            hashes: Vec::new(),
        }
    }

    fn push(&mut self, unit: u16, begins_line: bool) {
        let (oldest, began_line) = self.window.pop_front().unwrap_or_default();
        if began_line {
            // The window now spans exactly the 100 code units from the start of that line.
            let count = self.seen.entry(self.hash).or_default();
            *count += 1;
            self.hashes.push(format!("{:x}:{count}", self.hash));
        }
        self.hash = self
            .hash
            .wrapping_mul(MULTIPLIER)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(self.leaving.wrapping_mul(u64::from(oldest)));
        self.window.push_back((unit, begins_line));
    }
}

#[cfg(test)]
mod tests {
    use super::line_hashes;

    #[test]
    fn the_published_vectors_hold() {
        assert_eq!(line_hashes(""), ["c129715d7a2bc9a3:1"]);
        assert_eq!(
            line_hashes(" a\nb\n  \t\tc\n d"),
            ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"]
        );
    }

    #[test]
    fn blanks_and_kinds_of_line_ends_do_not_count() {
        let plain = line_hashes("a\nb c\nd");
        assert_eq!(line_hashes("a\r\nbc\r\nd"), plain);
        assert_eq!(line_hashes("a\rb\tc\r  d  "), plain);
    }

    #[test]
    fn equal_lines_are_numbered_only_where_what_follows_is_equal_too() {
        let text = format!("{}\n", "x".repeat(120)).repeat(3);
        let hashes = line_hashes(&text);
        assert_eq!(hashes.len(), 4);
        let numbers: Vec<_> = hashes.iter().map(|hash| hash.split_once(':').unwrap().1).collect();
        assert_eq!(numbers, ["1", "2", "3", "1"]);
    }

    #[test]
    fn characters_beyond_the_basic_plane_count_as_two() {
        let line = format!("{}a", "\u{1F600}".repeat(49));
        assert_ne!(line_hashes(&format!("{line}b")), line_hashes(&format!("{line}c")));
        let line = "\u{1F600}".repeat(50);
        assert_eq!(line_hashes(&format!("{line}b")), line_hashes(&format!("{line}c")));
    }
}
