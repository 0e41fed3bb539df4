//! The comments of YAML. What looks like one inside a quoted or block text is none.

use granit_parser::{Event, Parser};

use super::super::tree::{Lines, MAX_DEPTH};
use crate::collect::declared::suppression::Comment;

/// The comments of a text in its order, up to where it is no YAML.
pub fn comments(text: &str) -> Vec<Comment<'_>> {
    let options = granit_parser::options! {
        emit_comments: true,
        // Their number is that of the text's lines, which has its own bound.
        max_buffered_comment_events: usize::MAX,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
        simple_key_max_lookahead: 65_536,
    };
    let lines = Lines::new(text);
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut found = Vec::new();
    while let Some(Ok((event, span))) = parser.next_event() {
        let (Event::Comment(..), Some(bytes)) = (event, span.byte_range()) else { continue };
        let Some(written) = text.get(bytes.clone()) else { continue };
        let before = text.get(..bytes.start).unwrap_or_default();
        let line = before.rfind(['\n', '\r']).map_or(before, |end| before.get(end + 1..).unwrap_or_default());
        found.push(Comment {
            text: written.trim_start_matches('#'),
            start: lines.point(bytes.start),
            end: lines.point(bytes.end),
            alone: line.trim().is_empty(),
        });
    }
    // The parser looks ahead, and may tell of a comment before what precedes it.
    found.sort_by_key(|comment| comment.start);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_hold_none_and_every_place_between_values_may() {
        let text = "# one\na: 'x # no' # two\nb: |\n  # no\n  text # no\n# three\nc: \"# no\n  # no\"\nd: x#no\n\
                    e: [1, # four\n  2]\nf: {g: h} # five\n😀: >- # six\n  # no\ni:\n  # seven\n  - j\n  # eight\n";
        let found: Vec<String> = comments(text)
            .iter()
            .map(|c| {
                format!("{}:{} {}{}", c.start.line, c.start.column, c.text.trim(), if c.alone { "" } else { " +" })
            })
            .collect();
        let expected = [
            "1:1 one",
            "2:13 two +",
            "6:1 three",
            "10:8 four +",
            "12:11 five +",
            "13:8 six +",
            "16:3 seven",
            "18:3 eight",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn as_many_as_there_are_lines_are_found() {
        let text = format!("a:\n{}  b: 1\n", "  # x\n".repeat(1_000));
        assert_eq!(comments(&text).len(), 1_000);
    }
}
