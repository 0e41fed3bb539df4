//! From the bytes of a text to its lines and columns.

use crate::model::position::Point;

/// From the first character to the one after the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first character.
    pub start: Point,
    /// The character after the last one.
    pub end: Point,
}

/// Turns byte offsets into lines and columns.
#[derive(Debug)]
pub struct Lines {
    /// The offset of each line's first byte.
    starts: Vec<usize>,
    /// For each character that is not ASCII: the offset after it, and by how much bytes exceed UTF-16 units so far.
    wide: Vec<(usize, usize)>,
    length: usize,
}

impl Lines {
    /// Reads a text once.
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        let mut wide = Vec::new();
        let mut excess = 0;
        let mut bytes = text.bytes().enumerate().peekable();
        while let Some((at, byte)) = bytes.next() {
            // Lines end with LF, CRLF or CR, in YAML ("Line Break Characters" of YAML 1.2) as in every viewer.
            let ends = byte == b'\n' || byte == b'\r' && bytes.peek().is_none_or(|(_, next)| *next != b'\n');
            if ends {
                starts.push(at + 1);
            }
        }
        if !text.is_ascii() {
            for (at, c) in text.char_indices().filter(|(_, c)| !c.is_ascii()) {
                excess += c.len_utf8() - c.len_utf16();
                wide.push((at + c.len_utf8(), excess));
            }
        }
        Self { starts, wide, length: text.len() }
    }

    /// The place of the character at this offset; the end of the text for any offset behind it.
    pub fn point(&self, offset: usize) -> Point {
        let offset = offset.min(self.length);
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|index| self.starts.get(index)).copied().unwrap_or(0);
        let units = (offset - start) - (self.excess(offset) - self.excess(start));
        Point { line: number(line), column: number(units + 1) }
    }

    /// The range of characters between two offsets.
    pub fn span(&self, start: usize, end: usize) -> Span {
        Span { start: self.point(start), end: self.point(end.max(start)) }
    }

    fn excess(&self, offset: usize) -> usize {
        let before = self.wide.partition_point(|(after, _)| *after <= offset);
        before.checked_sub(1).and_then(|index| self.wide.get(index)).map_or(0, |(_, excess)| *excess)
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
