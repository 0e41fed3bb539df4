//! Lines and columns of a source text, as positions count them.

/// The lines, ended by LF, CRLF or CR. The text after the last line end is a line too.
pub fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.find(['\n', '\r']) else {
            rest = None;
            return Some(text);
        };
        let (line, tail) = text.split_at(end);
        let tail = tail.strip_prefix("\r\n").or_else(|| tail.get(1..)).unwrap_or_default();
        rest = Some(tail);
        Some(line)
    })
}

/// The byte of a line at which this column starts: columns count from 1, in UTF-16 code units. A column inside a
/// character is that character's; one behind the line is its end.
pub fn byte_at(line: &str, column: u32) -> usize {
    let wanted = usize::try_from(column).unwrap_or(usize::MAX).saturating_sub(1);
    // A plan may be one line of many megabytes, and mostly plain ASCII.
    if line.is_ascii() {
        return wanted.min(line.len());
    }
    let mut units = 0;
    for (byte, c) in line.char_indices() {
        if units + c.len_utf16() > wanted {
            return byte;
        }
        units += c.len_utf16();
    }
    line.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_kinds_of_line_ends_are_known() {
        assert_eq!(lines("a\nb\r\nc\rd").collect::<Vec<_>>(), ["a", "b", "c", "d"]);
        assert_eq!(lines("\n\r\r\n").collect::<Vec<_>>(), ["", "", "", ""]);
        assert_eq!(lines("").collect::<Vec<_>>(), [""]);
    }

    #[test]
    fn columns_count_utf16_code_units() {
        let line = "a😀é";
        assert_eq!([1, 2, 3, 4, 5, 99, 0].map(|column| byte_at(line, column)), [0, 1, 1, 5, 7, 7, 0]);
    }
}
