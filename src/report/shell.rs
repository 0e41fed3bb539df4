//! Fills shell commands so that a value from the estate stays a value.
//!
//! The same place needs other quoting where it stands bare, between single quotes (often inside JSON), between double
//! quotes, in a here-document or in a comment. So the places are marked first, and the shell text is read from left to
//! right with its quoting state. A value that is not known makes the shell refuse the command, and is never guessed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::rule::template::{TemplateError, fill_with};

use super::text::misleads;

/// Noncharacters: they mark a value, and are taken out of values themselves.
const OPEN: char = '\u{FDD0}';
const CLOSE: char = '\u{FDD1}';

/// The shell stops here with this message instead of running the command.
const REFUSAL: &str = "${FILL_IN:?this value is not known}";

/// Fills a shell template from a finding's values.
pub fn fill(template: &str, values: &BTreeMap<String, String>) -> Result<String, TemplateError> {
    let marked = fill_with(template, values, |value| {
        let value: String = value.chars().filter(|c| !matches!(*c, OPEN | CLOSE)).collect();
        format!("{OPEN}{value}{CLOSE}")
    })?;
    Ok(Reader::new(&marked).read())
}

/// One word of shell that means exactly this text.
pub fn word(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._:/@=+-".contains(c);
    // A leading `=` is a command's path to zsh.
    if !value.is_empty() && value.chars().all(plain) && !value.starts_with('=') {
        return value.to_owned();
    }
    if !value.chars().any(misleads) {
        return format!("'{}'", value.replace('\'', r"'\''"));
    }
    // What would be obeyed or hidden when it is pasted is written as octal bytes.
    let mut out = String::from("$'");
    for c in value.chars() {
        match c {
            '\'' | '\\' => out.extend(['\\', c]),
            _ if misleads(c) => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "\\{byte:03o}");
                }
            }
            _ => out.push(c),
        }
    }
    out.push('\'');
    out
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Bare words; in `$(…)` with the number of open parentheses.
    Bare(u32),
    Single {
        json: bool,
    },
    Double,
    Comment,
}

struct Reader<'a> {
    rest: &'a str,
    out: String,
    /// The innermost state last; never empty while reading.
    states: Vec<State>,
    /// Here-documents that begin after this line: their end, and whether the shell leaves their text alone.
    pending: Vec<(String, bool)>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self { rest: text, out: String::with_capacity(text.len()), states: vec![State::Bare(0)], pending: Vec::new() }
    }

    fn read(mut self) -> String {
        while let Some(c) = self.next() {
            if c == OPEN {
                self.place();
                continue;
            }
            let state = self.states.last().copied().unwrap_or(State::Bare(0));
            let before = self.out.chars().next_back();
            self.out.push(c);
            match (state, c) {
                (State::Single { .. }, '\'') | (State::Double, '"') => self.leave(),
                (State::Comment, '\n') => {
                    self.leave();
                    self.documents();
                }
                (State::Single { .. } | State::Comment, _) => {}
                (State::Bare(_) | State::Double, '\\') => {
                    if self.rest.starts_with(OPEN) {
                        // It would escape our own quote.
                        self.out.pop();
                    } else {
                        let escaped = self.next();
                        self.out.extend(escaped);
                    }
                }
                (_, '(') if before == Some('$') => self.states.push(State::Bare(0)),
                (State::Double, _) => {}
                (State::Bare(_), '"') => self.states.push(State::Double),
                (State::Bare(_), '\'') => {
                    let json = self.rest.trim_start().starts_with(['{', '[']);
                    self.states.push(State::Single { json });
                }
                (State::Bare(_), '#') if before.is_none_or(|c| c.is_whitespace() || ";(".contains(c)) => {
                    self.states.push(State::Comment);
                }
                (State::Bare(open), '(') => self.become_bare(open + 1),
                (State::Bare(0), ')') if self.states.len() > 1 => self.leave(),
                (State::Bare(open), ')') => self.become_bare(open.saturating_sub(1)),
                (State::Bare(_), '<') if self.rest.starts_with("<<") => {
                    // A here-string is a word like any other.
                    self.rest = self.rest.get(2..).unwrap_or_default();
                    self.out.push_str("<<");
                }
                (State::Bare(_), '<') if self.rest.starts_with('<') => {
                    self.here_document();
                }
                (State::Bare(_), '\n') => self.documents(),
                (State::Bare(_), _) => {}
            }
        }
        self.out
    }

    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next();
        self.rest = chars.as_str();
        c
    }

    fn leave(&mut self) {
        if self.states.len() > 1 {
            self.states.pop();
        }
    }

    fn become_bare(&mut self, open: u32) {
        if let Some(last) = self.states.last_mut() {
            *last = State::Bare(open);
        }
    }

    /// The value up to its closing mark.
    fn value(&mut self) -> &'a str {
        let (value, rest) = self.rest.split_once(CLOSE).unwrap_or((self.rest, ""));
        self.rest = rest;
        value
    }

    fn place(&mut self) {
        let value = self.value();
        let unknown = matches!(value, "unknown" | "none");
        match self.states.last().copied().unwrap_or(State::Bare(0)) {
            State::Bare(_) if unknown => {
                let _ = write!(self.out, "\"{REFUSAL}\"");
            }
            State::Bare(_) => self.out.push_str(&word(value)),
            State::Double if unknown => self.out.push_str(REFUSAL),
            State::Double => match word(value) {
                plain if plain == value => self.out.push_str(&plain),
                quoted => {
                    let _ = write!(self.out, "\"{quoted}\"");
                }
            },
            State::Single { .. } if unknown => {
                let _ = write!(self.out, "'\"{REFUSAL}\"'");
            }
            State::Single { json: true } => self.out.push_str(&json(value).replace('\'', r"'\''")),
            State::Single { json: false } => match word(value) {
                plain if plain == value => self.out.push_str(&plain),
                quoted => {
                    let _ = write!(self.out, "'{quoted}'");
                }
            },
            State::Comment => self.out.push_str(&super::text::visible(value)),
        }
    }

    /// Behind the first `<` of `<<`.
    fn here_document(&mut self) {
        let second = self.next();
        self.out.extend(second);
        if self.rest.starts_with('-') {
            let dash = self.next();
            self.out.extend(dash);
        }
        let blanks = self.rest.len() - self.rest.trim_start_matches(' ').len();
        let word_end = self
            .rest
            .get(blanks..)
            .and_then(|rest| rest.find(|c: char| c.is_whitespace() || ";|&)>".contains(c)).map(|end| end + blanks));
        let (head, rest) = self.rest.split_at(word_end.unwrap_or(self.rest.len()));
        self.rest = rest;
        self.out.push_str(head);
        let literal = head.contains(['\'', '"', '\\']);
        let end: String = head.chars().filter(|c| !" '\"\\".contains(*c)).collect();
        self.pending.push((end, literal));
    }

    /// At the start of a line: the here-documents that were announced.
    fn documents(&mut self) {
        for (end, literal) in std::mem::take(&mut self.pending) {
            // Values hold no line ends once they are escaped as JSON, but they may before: cut at marks, not at lines.
            let mut line_start = true;
            while !self.rest.is_empty() {
                if line_start {
                    let line = self.rest.split('\n').next().unwrap_or_default();
                    if line.trim_start_matches('\t') == end {
                        self.out.push_str(line);
                        self.rest = self.rest.get(line.len()..).unwrap_or_default();
                        break;
                    }
                }
                let Some(c) = self.next() else { break };
                line_start = c == '\n';
                if c != OPEN {
                    self.out.push(c);
                    continue;
                }
                let value = self.value();
                if matches!(value, "unknown" | "none") {
                    self.out.push_str(if literal { "FILL_IN" } else { REFUSAL });
                    continue;
                }
                for c in json(value).chars() {
                    if !literal && "\\$`".contains(c) {
                        self.out.push('\\');
                    }
                    self.out.push(c);
                }
            }
        }
    }
}

/// The text as the inside of a JSON string, with what misleads escaped.
fn json(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            _ if misleads(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str, value: &str) -> String {
        fill(template, &BTreeMap::from([("v".to_owned(), value.to_owned())])).unwrap()
    }

    /// What the shell sees as the arguments, one a line between brackets.
    fn arguments(command: &str) -> String {
        let script = format!("show() {{ for a in \"$@\"; do printf '[%s]' \"$a\"; done; }}\n{command}\n");
        let out = std::process::Command::new("bash").arg("-c").arg(script).output().unwrap();
        String::from_utf8(out.stdout).unwrap()
    }

    const HOSTILE: [&str; 10] = [
        "plain-name_1.2:/@=+",
        "it's; echo BROKEN & echo $HOME `echo B` $(echo B) \"x\" \\ !! *",
        "'",
        "\"",
        "$(echo BROKEN >&2; echo B)",
        "a\nb\u{1b}[31m",
        "--bucket={}|>&",
        "=ls",
        "größe 😀 \u{202E}",
        // Every printable ASCII character, and a tab.
        " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~\t.",
    ];

    #[test]
    fn a_plain_name_is_left_plain() {
        assert_eq!(filled("aws s3 ls s3://{{ v }}/x", "orders-eu"), "aws s3 ls s3://orders-eu/x");
        assert_eq!(filled("show '{\"a\": \"{{ v }}\"}'", "orders"), "show '{\"a\": \"orders\"}'");
    }

    #[test]
    fn the_shell_sees_every_value_as_it_is_wherever_the_place_stands() {
        for value in HOSTILE {
            for template in [
                "show {{ v }}",
                "show \"{{ v }}\"",
                "show '{{ v }}'",
                "# it's {{ v }}\nshow {{ v }}",
                "show \"$(printf '%s' {{ v }})\"",
                "show $(printf \"%s\" '(' >/dev/null)\"{{ v }}\"",
                "show \\{{ v }}",
                "show \"\\{{ v }}\"",
                "cat <<< 'it' >/dev/null; show {{ v }}",
                "read -r x <<< \"EOF\" && show '{{ v }}'",
            ] {
                assert_eq!(arguments(&filled(template, value)), format!("[{value}]"), "{template} with {value:?}");
            }
            let around = arguments(&filled("show arn:aws:s3:::{{ v }}/*", value));
            assert_eq!(around, format!("[arn:aws:s3:::{value}/*]"));
        }
    }

    #[test]
    fn json_in_quotes_and_here_documents_stays_the_same_json() {
        for value in HOSTILE {
            for template in [
                "show '{\"a\": \"{{ v }}\"}'",
                "show \"$(cat <<'EOF'\n{\"a\": \"{{ v }}\"}\nEOF\n)\"",
                "show \"$(cat <<EOF\n{\"a\": \"{{ v }}\"}\nEOF\n)\"",
            ] {
                let seen = arguments(&filled(template, value));
                let json: serde_json::Value = serde_json::from_str(seen.trim_matches(['[', ']'])).unwrap();
                assert_eq!(json["a"].as_str(), Some(value), "{template}");
            }
        }
    }

    #[test]
    fn a_value_that_is_unknown_makes_the_shell_refuse() {
        for template in ["show {{ v }}; show ran", "show \"{{ v }}\"; show ran", "show '{{ v }}'; show ran"] {
            assert_eq!(arguments(&filled(template, "unknown")), "", "{template}");
            assert_eq!(arguments(&filled(template, "none")), "", "{template}");
        }
        assert_eq!(filled("aws x --key {{ v }}", "none"), "aws x --key \"${FILL_IN:?this value is not known}\"");
    }

    #[test]
    fn filters_run_before_quoting() {
        assert_eq!(filled("--days {{ v | days }} --text {{ v }}", "1d 4h"), "--days 2 --text '1d 4h'");
    }
}
