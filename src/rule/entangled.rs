//! Refuses Cedar texts that no reader could follow before a parser does, which would follow them until its stack ends.

use std::ops::Range;

/// How deep brackets and signs may be nested.
const MAX_DEPTH: usize = 64;
/// How many operators one policy may have.
const MAX_OPERATORS: usize = 500;

/// What is too much in a text, and where; none where it can be read.
pub fn entangled(text: &str) -> Option<(String, Range<usize>)> {
    let mut chars = text.char_indices().peekable();
    let (mut depth, mut signs, mut operators) = (0_usize, 0_usize, 0_usize);
    while let Some((at, c)) = chars.next() {
        match c {
            // Strings and comments mean nothing here.
            '"' => {
                signs = 0;
                while let Some((_, inner)) = chars.next() {
                    match inner {
                        '\\' => drop(chars.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '/' if chars.peek().is_some_and(|(_, next)| *next == '/') => {
                while chars.next_if(|(_, inner)| *inner != '\n' && *inner != '\r').is_some() {}
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ';' => operators = 0,
            '!' | '-' => {
                signs += 1;
                operators += 1;
            }
            '&' | '|' | '+' | '*' | '<' | '>' | '=' | '.' => operators += 1,
            c if c.is_whitespace() => {}
            c if c.is_alphanumeric() || c == '_' => {
                signs = 0;
                let mut word = String::from(c);
                while let Some((_, more)) = chars.next_if(|(_, next)| next.is_alphanumeric() || *next == '_') {
                    word.push(more);
                }
                if ["if", "then", "else", "in", "is", "has", "like"].contains(&word.as_str()) {
                    operators += 1;
                }
            }
            _ => {}
        }
        let here = at..at + c.len_utf8();
        if depth + signs > MAX_DEPTH {
            return Some((format!("it is nested over {MAX_DEPTH} deep, which nobody can follow"), here));
        }
        // Operators of two characters count twice.
        if operators > 2 * MAX_OPERATORS {
            return Some((format!("it has over {MAX_OPERATORS} operators, which nobody can follow"), here));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::source;

    #[test]
    fn what_is_shipped_is_far_below_and_strings_do_not_count() {
        for rule in source::embedded() {
            assert_eq!(entangled(&rule.cedar), None, "{}", rule.file);
        }
        let brackets = "(".repeat(1_000);
        assert_eq!(entangled(&format!("when {{ \"{brackets}\\\"{brackets}\" }}; // {brackets}\n// {brackets}")), None);
        assert_eq!(entangled(&"permit (principal, action, resource) when { a.b == 1 && c };\n".repeat(1_000)), None);
    }

    #[test]
    fn what_is_too_much_has_a_place() {
        let place = |text: String| entangled(&text).map(|(_, at)| at.start);
        assert_eq!(place("(".repeat(10_000)), Some(64));
        assert_eq!(place(format!("when {{ {}true }};", "! ".repeat(10_000))), Some(7 + 2 * 63));
        assert!(place(vec!["true"; 2_000].join(" || ")).is_some());
        assert!(place("if true then 1 else ".repeat(2_000)).is_some());
        assert!(place(format!("a{}", ".a".repeat(2_000))).is_some());
    }
}
