//! Words for people: cutting, counting, and making untrusted text visible.

use std::fmt::Write as _;

/// The text on one line with nothing in it that a terminal or viewer would obey: control characters and the marks
/// that change the direction of writing become visible escapes.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if misleads(c) => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out
}

/// Whether a character is a control character, or one that hides or reorders its neighbours.
pub fn misleads(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

/// At most `limit` characters, the last one `…` where something was cut.
pub fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some(_) => text.chars().take(limit.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// One visible line of at most `limit` characters.
pub fn line(text: &str, limit: usize) -> String {
    // Cut first: a name of megabytes is not worth escaping. Escapes may lengthen it again.
    cut(&visible(&cut(text, limit)), limit)
}

/// The first sentence: up to a full stop before a blank, or the first paragraph.
pub fn first_sentence(text: &str) -> String {
    let paragraph = first_paragraph(text);
    match paragraph.find(". ") {
        Some(end) => paragraph.chars().take(paragraph.get(..=end).map_or(0, |s| s.chars().count())).collect(),
        None => paragraph,
    }
}

/// The first paragraph on one line.
pub fn first_paragraph(text: &str) -> String {
    let lines = text.trim().lines().take_while(|line| !line.trim().is_empty());
    lines.map(str::trim).collect::<Vec<_>>().join(" ")
}

/// A sentence with its full stop.
pub fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.ends_with(['.', '!', '?', '…', ':']) { text.to_owned() } else { format!("{text}.") }
}

/// `1 verdict`, `2 verdicts`.
pub fn count(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// The first `show` of these, and how many more there are: `a, b and 3 more`.
pub fn some_of(items: impl IntoIterator<Item = String>, show: usize) -> String {
    let all: Vec<String> = items.into_iter().collect();
    // "and 1 more" is no shorter than the one.
    if all.len() <= show + 1 {
        return all.join(", ");
    }
    let shown = all.iter().take(show).cloned().collect::<Vec<_>>().join(", ");
    format!("{shown} and {} more", all.len() - show)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_becomes_visible() {
        assert_eq!(visible("a\u{1b}[31mb\r\n\tc"), "a\\u{1b}[31mb\\r\\n\\tc");
        assert_eq!(visible("a\u{202E}b\u{200B}"), "a\\u{202e}b\\u{200b}");
        assert_eq!(visible("größe 😀"), "größe 😀");
    }

    #[test]
    fn cutting_counts_characters_and_says_that_it_cut() {
        assert_eq!(cut("😀😀😀", 3), "😀😀😀");
        assert_eq!(cut("😀😀😀😀", 3), "😀😀…");
        assert_eq!(line("\n\n\n\n", 5), "\\n\\n…");
    }

    #[test]
    fn the_first_sentence_ends_at_its_full_stop() {
        assert_eq!(first_sentence("Turn it on for\n`s3.x`. Then wait.\n\nMore"), "Turn it on for `s3.x`.");
        assert_eq!(first_sentence("Größe. Zwei"), "Größe.");
        assert_eq!(first_sentence(""), "");
        assert_eq!(sentence("a"), "a.");
        assert_eq!(sentence("a…"), "a…");
    }

    #[test]
    fn long_lists_end_in_a_count() {
        let items = |n: usize| (0..n).map(|i| i.to_string());
        assert_eq!(some_of(items(3), 2), "0, 1, 2");
        assert_eq!(some_of(items(4), 2), "0, 1 and 2 more");
    }
}
