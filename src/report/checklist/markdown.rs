//! Markdown out of text that cannot be trusted (CommonMark, with GitHub's tables, mentions and autolinks in mind).

use super::super::text::{cut, visible};

/// Text on one line with everything that Markdown or HTML would read escaped. What stands between two backticks
/// becomes code.
pub fn prose(text: &str, limit: usize) -> String {
    let text = visible(&cut(text, limit));
    let mut out = String::new();
    let pieces: Vec<&str> = text.split('`').collect();
    // An odd number of pieces means that every backtick has its partner.
    let paired = pieces.len() % 2 == 1;
    for (i, piece) in pieces.iter().enumerate() {
        if paired && i % 2 == 1 && !piece.trim().is_empty() {
            out.push_str(&code(piece, limit));
            continue;
        }
        if i > 0 && !(paired && i % 2 == 0 && out.ends_with('`')) {
            out.push_str("\\`");
        }
        escape(piece, &mut out);
        if paired && i % 2 == 1 {
            // An empty pair: its second backtick.
            out.push_str("\\`");
        }
    }
    out
}

fn escape(text: &str, out: &mut String) {
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let word_follows = chars.peek().is_some_and(|next| next.is_alphanumeric());
        match c {
            // A mention or a reference to an issue, even when it is escaped: an empty comment keeps them apart.
            '@' | '#' if word_follows => out.extend(["\\", &c.to_string(), "<!-- -->"]),
            // An address would become a link.
            ':' if chars.peek() == Some(&'/') => out.push_str("\\:"),
            '.' if out.ends_with("www") => out.push_str("\\."),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '!' | '~' | '&' | '@' | '$' => {
                out.extend(['\\', c]);
            }
            _ => out.push(c),
        }
    }
}

/// Text as a code span: delimiters longer than any run of backticks in it.
pub fn code(text: &str, limit: usize) -> String {
    let text = visible(&cut(text, limit));
    if text.trim().is_empty() {
        return "(no name)".to_owned();
    }
    let ticks = "`".repeat(longest_run(&text) + 1);
    // Blanks keep backticks at the ends apart from the delimiters, and are taken off again when it is shown.
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

/// A code span in a table, where a pipe would end the cell even inside code.
pub fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// A fenced block: the fence is longer than any run of backticks in it.
pub fn fenced(language: &str, text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end())
}

/// A folded block.
pub fn details(summary: &str, body: &str) -> String {
    format!("<details><summary>{summary}</summary>\n\n{}\n\n</details>\n", body.trim_end())
}

fn longest_run(text: &str) -> usize {
    let runs = text.split(|c| c != '`');
    runs.map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_it_is_read_as_markdown() {
        assert_eq!(prose("*a* _b_ [c](d) <e> | \\ ~f~ !g", 99), r"\*a\* \_b\_ \[c\](d) \<e\> \| \\ \~f\~ \!g");
        assert_eq!(prose("a\nb", 99), r"a\\nb");
        assert_eq!(prose("see http://x.example or www.x.example", 99), r"see http\://x.example or www\.x.example");
        assert_eq!(prose("@team #12 a@b", 99), r"\@<!-- -->team \#<!-- -->12 a\@<!-- -->b");
    }

    #[test]
    fn paired_backticks_become_code_and_others_are_escaped() {
        assert_eq!(prose("allow `s3:Get_X` now", 99), "allow `s3:Get_X` now");
        assert_eq!(prose("`a` and `b`", 99), "`a` and `b`");
        assert_eq!(prose("a ` b", 99), r"a \` b");
        assert_eq!(prose("a `` b", 99), r"a \`\` b");
        assert_eq!(prose("``` x", 99), r"\`\`\` x");
    }

    #[test]
    fn code_spans_and_fences_are_longer_than_what_they_hold() {
        assert_eq!(code("a`b``c", 99), "```a`b``c```");
        assert_eq!(code("`a`", 99), "`` `a` ``");
        assert_eq!(code("a\nb", 99), "`a\\nb`");
        assert_eq!(code(" \u{20}", 99), "(no name)");
        assert_eq!(fenced("sh", "echo '````'\n"), "`````sh\necho '````'\n`````\n");
        assert_eq!(cell("`a|b`"), "`a\\|b`");
    }
}
