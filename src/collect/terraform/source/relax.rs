//! Newlines in `for` expressions, which Terraform ignores and the parser does not everywhere.

/// The same text with newlines and comments directly within `{ for … }` and `[ for … ]` turned into spaces, byte for
/// byte, so that every place stays true; none where nothing changes.
pub fn relaxed(text: &str) -> Option<String> {
    let mut bytes = text.as_bytes().to_vec();
    let mut scanner = Scanner { text: text.as_bytes(), at: 0, scopes: Vec::new(), blank: Vec::new() };
    scanner.run();
    if scanner.blank.is_empty() {
        return None;
    }
    for range in scanner.blank {
        for byte in bytes.get_mut(range).into_iter().flatten() {
            *byte = b' ';
        }
    }
    String::from_utf8(bytes).ok()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// `{ for` or `[ for`.
    For,
    /// Parentheses, where newlines are ignored anyway.
    Round,
    /// Any other bracket.
    Other,
    /// Text in quotes.
    Quoted,
    /// `${` or `%{` within quotes.
    Template,
}

struct Scanner<'t> {
    text: &'t [u8],
    at: usize,
    scopes: Vec<Scope>,
    blank: Vec<std::ops::Range<usize>>,
}

impl Scanner<'_> {
    fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn in_for(&self) -> bool {
        self.scopes.iter().rev().find(|scope| **scope != Scope::Round) == Some(&Scope::For)
    }

    fn run(&mut self) {
        while let Some(&byte) = self.text.get(self.at) {
            if self.scopes.last() == Some(&Scope::Quoted) {
                self.quoted(byte);
                continue;
            }
            match byte {
                b'"' => self.open(Scope::Quoted, 1),
                b'{' | b'[' => {
                    let scope = if begins_for(self.text.get(self.at + 1..).unwrap_or_default()) {
                        Scope::For
                    } else {
                        Scope::Other
                    };
                    self.open(scope, 1);
                }
                b'(' => self.open(Scope::Round, 1),
                b'}' | b']' | b')' => {
                    self.scopes.pop();
                    self.at += 1;
                }
                b'\n' | b'\r' if self.in_for() => {
                    self.blank.push(self.at..self.at + 1);
                    self.at += 1;
                }
                b'#' => self.comment(),
                b'/' if self.rest().starts_with(b"//") => self.comment(),
                b'/' if self.rest().starts_with(b"/*") => {
                    let end = find(self.rest(), b"*/").map_or(self.text.len(), |end| self.at + end + 2);
                    self.at = end;
                }
                b'<' if self.rest().starts_with(b"<<") && self.heredoc() => {}
                _ => self.at += 1,
            }
        }
    }

    fn open(&mut self, scope: Scope, length: usize) {
        self.scopes.push(scope);
        self.at += length;
    }

    fn quoted(&mut self, byte: u8) {
        match byte {
            b'\\' => self.at += 2,
            b'"' => {
                self.scopes.pop();
                self.at += 1;
            }
            b'$' | b'%' if self.rest().starts_with(b"$${") || self.rest().starts_with(b"%%{") => self.at += 3,
            b'$' | b'%' if self.text.get(self.at + 1) == Some(&b'{') => self.open(Scope::Template, 2),
            _ => self.at += 1,
        }
    }

    fn comment(&mut self) {
        let end = self.rest().iter().position(|byte| *byte == b'\n').map_or(self.text.len(), |end| self.at + end);
        if self.in_for() {
            self.blank.push(self.at..end);
        }
        self.at = end;
    }

    /// Whether a heredoc begins here; passes over it.
    fn heredoc(&mut self) -> bool {
        let rest = self.rest();
        let start = if rest.starts_with(b"<<-") { 3 } else { 2 };
        let word: Vec<u8> = rest
            .iter()
            .skip(start)
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .copied()
            .collect();
        if word.is_empty() {
            return false;
        }
        let mut end = self.at;
        for line in rest.split_inclusive(|byte| *byte == b'\n') {
            if end > self.at && line.trim_ascii() == word.as_slice() {
                // The line's end is a newline like any other.
                self.at = end + line.trim_ascii_end().len();
                return true;
            }
            end += line.len();
        }
        self.at = self.text.len();
        true
    }
}

fn begins_for(rest: &[u8]) -> bool {
    let mut rest = rest.trim_ascii_start();
    // Comments may stand before it.
    while rest.starts_with(b"#") || rest.starts_with(b"//") {
        let Some(end) = rest.iter().position(|byte| *byte == b'\n') else { return false };
        rest = rest.get(end..).unwrap_or_default().trim_ascii_start();
    }
    rest.strip_prefix(b"for").is_some_and(|after| after.first().is_some_and(u8::is_ascii_whitespace))
}

fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    text.windows(needle.len()).position(|window| window == needle)
}
