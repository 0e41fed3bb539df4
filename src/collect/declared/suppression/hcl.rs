//! The comments of HCL, the language of Terraform: `#`, `//` and `/* */` ("Syntax" in the Terraform language
//! documentation). What looks like one inside a quoted text or a heredoc is none; inside `${ }` there may be some again.

use super::Comment;
use crate::model::position::Point;

/// The comments of a text, line by line, in its order. Of a text that is no HCL they are those that it would have.
pub fn comments(text: &str) -> Vec<Comment<'_>> {
    let mut scanner = Scanner { text, at: 0, line: 1, column: 1, blank: true, comments: Vec::new() };
    let mut modes = vec![Mode::Code { braces: 0 }];
    while let Some(mode) = modes.last_mut() {
        let more = match mode {
            Mode::Code { braces } => {
                let mut braces_now = *braces;
                let change = scanner.code(&mut braces_now, modes.len() == 1);
                if let Some(Mode::Code { braces }) = modes.last_mut() {
                    *braces = braces_now;
                }
                change
            }
            Mode::Quoted => scanner.quoted(),
            Mode::Heredoc(end) => {
                let end = *end;
                scanner.heredoc(end)
            }
        };
        match more {
            Change::Enter(mode) => modes.push(mode),
            Change::Leave => drop(modes.pop()),
            Change::End => break,
        }
    }
    scanner.comments
}

/// What the text is read as.
#[derive(Clone, Copy)]
enum Mode<'t> {
    /// Blocks and expressions, also those within `${ }`.
    Code { braces: usize },
    /// Between quotes.
    Quoted,
    /// Lines until one that is this word alone.
    Heredoc(&'t str),
}

enum Change<'t> {
    Enter(Mode<'t>),
    Leave,
    End,
}

struct Scanner<'t> {
    text: &'t str,
    /// The byte that is next.
    at: usize,
    line: u32,
    column: u32,
    /// Whether only blanks stand before it on its line.
    blank: bool,
    comments: Vec<Comment<'t>>,
}

impl<'t> Scanner<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    const fn point(&self) -> Point {
        Point { line: self.line, column: self.column }
    }

    /// Goes over one character.
    fn step(&mut self) -> Option<char> {
        let c = self.rest().chars().next()?;
        self.at += c.len_utf8();
        let ends = c == '\n' || c == '\r' && !self.rest().starts_with('\n');
        if ends {
            self.line = self.line.saturating_add(1);
            self.column = 1;
            self.blank = true;
        } else {
            self.column = self.column.saturating_add(if c.len_utf16() == 2 { 2 } else { 1 });
            self.blank &= c.is_whitespace();
        }
        Some(c)
    }

    /// Goes over characters of ASCII that hold no line end.
    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.step();
        }
    }

    fn code(&mut self, braces: &mut usize, outermost: bool) -> Change<'t> {
        loop {
            let rest = self.rest();
            if rest.starts_with('#') || rest.starts_with("//") {
                let mark = if rest.starts_with('#') { 1 } else { 2 };
                self.line_comment(mark);
            } else if rest.starts_with("/*") {
                self.block_comment();
            } else if let Some(end) = heredoc(rest) {
                while !matches!(self.step(), Some('\n') | None) {}
                return Change::Enter(Mode::Heredoc(end));
            } else {
                match self.step() {
                    None => return Change::End,
                    Some('"') => return Change::Enter(Mode::Quoted),
                    Some('{') => *braces += 1,
                    Some('}') if *braces > 0 => *braces -= 1,
                    // The end of `${ }`.
                    Some('}') if !outermost => return Change::Leave,
                    Some(_) => {}
                }
            }
        }
    }

    /// `${` or `%{`, which begins code again; `$${` and `%%{` are text.
    fn interpolation(&mut self) -> bool {
        let rest = self.rest();
        if rest.starts_with("$${") || rest.starts_with("%%{") {
            self.skip(3);
        } else if rest.starts_with("${") || rest.starts_with("%{") {
            self.skip(2);
            return true;
        }
        false
    }

    fn quoted(&mut self) -> Change<'t> {
        loop {
            if self.interpolation() {
                return Change::Enter(Mode::Code { braces: 0 });
            }
            match self.step() {
                None => return Change::End,
                // A text in quotes ends on its line.
                Some('"' | '\n') => return Change::Leave,
                Some('\\') => drop(self.step()),
                Some(_) => {}
            }
        }
    }

    fn heredoc(&mut self, end: &str) -> Change<'t> {
        loop {
            if self.column == 1 {
                let line = self.rest().lines().next().unwrap_or_default();
                if line.trim() == end {
                    self.skip(line.chars().count());
                    return Change::Leave;
                }
            }
            if self.interpolation() {
                return Change::Enter(Mode::Code { braces: 0 });
            }
            if self.step().is_none() {
                return Change::End;
            }
        }
    }

    fn line_comment(&mut self, mark: usize) {
        let (start, from, alone) = (self.point(), self.at + mark, self.blank);
        while !self.rest().is_empty() && !self.rest().starts_with(['\n', '\r']) {
            self.step();
        }
        let text = self.text.get(from..self.at).unwrap_or_default();
        self.comments.push(Comment { text: text.trim_start_matches(['#', '/']), start, end: self.point(), alone });
    }

    fn block_comment(&mut self) {
        let (mut start, mut alone) = (self.point(), self.blank);
        self.skip(2);
        let mut from = self.at;
        loop {
            let rest = self.rest();
            let ended = rest.is_empty() || rest.starts_with("*/");
            if ended || rest.starts_with(['\n', '\r']) {
                let text = self.text.get(from..self.at).unwrap_or_default();
                // Many write a star before each line.
                let text = text.trim_start().trim_start_matches('*');
                self.comments.push(Comment { text, start, end: self.point(), alone });
                if ended {
                    break self.skip(rest.len().min(2));
                }
                while self.rest().starts_with(['\n', '\r']) {
                    self.step();
                }
                (start, alone, from) = (self.point(), true, self.at);
            } else {
                self.step();
            }
        }
    }
}

/// The word that ends the heredoc which begins here: `<<EOT` or `<<-EOT`, up to the line's end.
fn heredoc(rest: &str) -> Option<&str> {
    let rest = rest.strip_prefix("<<")?;
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    let line = rest.lines().next().unwrap_or_default().trim_end();
    let word = !line.is_empty() && line.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    word.then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        comments(text)
            .iter()
            .map(|c| {
                format!("{}:{} {}{}", c.start.line, c.start.column, c.text.trim(), if c.alone { "" } else { " +" })
            })
            .collect()
    }

    #[test]
    fn all_three_kinds_are_comments_with_their_places() {
        let text = "# a\nx = 1 // b\n  /* c\n   * d\n   */ y = \"😀\" /* e */ # f\n";
        assert_eq!(found(text), ["1:1 a", "2:7 b +", "3:3 c", "4:1 d", "5:1 ", "5:16 e +", "5:24 f +"]);
        assert_eq!(found("# a\r\n# b\r"), ["1:1 a", "2:1 b"]);
        assert_eq!(found("/* open"), ["1:1 open"]);
    }

    #[test]
    fn texts_and_heredocs_hold_none_and_what_is_interpolated_does() {
        assert_eq!(found("a = \"# no \\\" // no\" # yes"), ["1:21 yes +"]);
        assert_eq!(found("a = \"${ {b = \"}#\"} /* yes */ } # no\""), ["1:20 yes +"]);
        assert_eq!(found("a = \"$${ # no\"\n# yes"), ["2:1 yes"]);
        assert_eq!(found("a = <<-EOT\n  # no\n  ${b # yes\n}\n  // no\n  EOT\n# yes"), ["3:7 yes +", "7:1 yes"]);
        assert_eq!(found("a = <<EOT\n# no\nEOT x\nEOT\n# yes"), ["5:1 yes"]);
        assert_eq!(found("a = 1 << 2 # yes"), ["1:12 yes +"]);
    }

    #[test]
    fn what_is_no_hcl_is_read_to_its_end() {
        for text in ["\"", "${", "<<EOT\n", "}}}} # a", "\"${", "/*", "a = \"\\"] {
            comments(text);
        }
        assert_eq!(found("}}}} # a"), ["1:6 a +"]);
    }
}
