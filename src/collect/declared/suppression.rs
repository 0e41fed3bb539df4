//! Suppressions in comments: `backstop:ignore RULE[, RULE…] reason`, inside a resource's block, at the end of one of
//! its lines, or on the comment lines right above it. The same for all languages of declared resources; each language
//! finds its own comments.

pub mod hcl;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::position::{Point, Position};
use crate::model::suppression::Suppression;

/// The word before the colon, without which no comment is looked at.
const MARK: &str = "backstop";

/// Whether a text may hold a suppression at all: most hold none, and need not be searched for comments.
pub fn may_hold_any(text: &str) -> bool {
    text.contains(MARK)
}

/// A comment, or one line of one that has several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment<'t> {
    /// Its text, without what marks it as a comment.
    pub text: &'t str,
    /// Its first character.
    pub start: Point,
    /// The character after its last one.
    pub end: Point,
    /// Whether nothing but blanks stands before it on its line.
    pub alone: bool,
}

/// To whom the suppressions of a file belong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandedOut {
    /// For each extent, in the order in which they were given.
    pub each: Vec<Vec<Suppression>>,
    /// Those that stand at no extent, or on a line that several share.
    pub stray: Vec<Suppression>,
}

/// Hands the suppressions in a file's comments to its resources. An extent reaches from the first character of a
/// resource's header to the one after its last; those of several instances of one block are equal. Comments come in
/// the order of the file.
pub fn hand_out(file: &Arc<str>, comments: &[Comment<'_>], extents: &[(Point, Point)]) -> HandedOut {
    let mut out = HandedOut { each: vec![Vec::new(); extents.len()], stray: Vec::new() };
    let found: Vec<(u32, bool, Suppression)> =
        comments.iter().filter_map(|comment| Some((comment.start.line, comment.alone, read(file, comment)?))).collect();
    if found.is_empty() {
        return out;
    }
    let owners = Owners::new(extents);
    let below = lines_below(comments);
    for (line, alone, suppression) in found {
        let above = || below.get(&line).filter(|_| alone).map_or(Owner::None, |line| owners.beginning_on(*line));
        let owner = match owners.around(line) {
            Owner::None => above(),
            around => around,
        };
        let indices = if let Owner::One(indices) = owner { indices } else { &[] };
        if indices.is_empty() {
            out.stray.push(suppression);
            continue;
        }
        for index in indices {
            if let Some(own) = out.each.get_mut(*index) {
                own.push(suppression.clone());
            }
        }
    }
    out
}

/// What a comment says, if it is a suppression.
fn read(file: &Arc<str>, comment: &Comment<'_>) -> Option<Suppression> {
    let (rules, reason) = directive(comment.text)?;
    let at = Position { file: Arc::clone(file), start: comment.start, end: comment.end };
    Some(Suppression { at: Arc::new(at), rules, reason })
}

/// The ids of rules, and a reason.
type Directive = (Vec<Arc<str>>, Option<Arc<str>>);

/// The rules and the reason of `backstop:ignore a, b reason`; none of any other text.
fn directive(text: &str) -> Option<Directive> {
    let rest = text.trim().strip_prefix(MARK)?.trim_start().strip_prefix(':')?;
    let mut rest = rest.trim_start().strip_prefix("ignore")?;
    if rest.chars().next().is_some_and(|c| !c.is_whitespace() && c != ':') {
        return None;
    }
    rest = rest.trim_start_matches(':');
    let mut rules = Vec::new();
    loop {
        rest = rest.trim_start();
        let end = rest.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(rest.len());
        let (id, after) = rest.split_at(end);
        let id = id.trim_end_matches(':');
        if !id.is_empty() {
            rules.push(id.into());
        }
        rest = after.trim_start();
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => return Some((rules, reason(rest))),
        }
    }
}

/// A reason that says something: with at least one letter or digit.
pub fn reason(text: &str) -> Option<Arc<str>> {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || "-–—:".contains(c)).trim_end();
    text.chars().any(char::is_alphanumeric).then(|| text.into())
}

/// For each line on which a comment stands alone: the first line below that is no such line.
fn lines_below(comments: &[Comment<'_>]) -> BTreeMap<u32, u32> {
    let mut below: BTreeMap<u32, u32> = BTreeMap::new();
    for comment in comments.iter().rev().filter(|comment| comment.alone) {
        let line = comment.start.line;
        let next = line.saturating_add(1);
        let end = below.get(&next).copied().unwrap_or(next);
        below.insert(line, end);
    }
    below
}

/// The last line of what ends before this character.
pub const fn last_line(start: Point, end: Point) -> u32 {
    // A block text takes the line end behind it along.
    if end.column == 1 && end.line > start.line { end.line - 1 } else { end.line }
}

/// Extents, to be found by their lines.
struct Owners {
    /// First line, last line, the last line of this one and all before, and the indices of those that are equal to it;
    /// in the order of the file.
    sorted: Vec<(u32, u32, u32, Vec<usize>)>,
}

enum Owner<'a> {
    None,
    One(&'a [usize]),
    Several,
}

impl Owners {
    fn new(extents: &[(Point, Point)]) -> Self {
        let mut equal: BTreeMap<(Point, Point), Vec<usize>> = BTreeMap::new();
        for (index, extent) in extents.iter().enumerate() {
            equal.entry(*extent).or_default().push(index);
        }
        let mut furthest = 0;
        let sorted = equal.into_iter().map(|((start, end), indices)| {
            let last = last_line(start, end);
            furthest = last.max(furthest);
            (start.line, last, furthest, indices)
        });
        Self { sorted: sorted.collect() }
    }

    /// The extent that takes in this line.
    fn around(&self, line: u32) -> Owner<'_> {
        let until = self.sorted.partition_point(|(first, ..)| *first <= line);
        let before = self.sorted.iter().take(until).rev().take_while(|(_, _, furthest, _)| *furthest >= line);
        only(before.filter(|(_, last, ..)| *last >= line))
    }

    /// The extent that begins on this line.
    fn beginning_on(&self, line: u32) -> Owner<'_> {
        let from = self.sorted.partition_point(|(first, ..)| *first < line);
        only(self.sorted.iter().skip(from).take_while(|(first, ..)| *first == line))
    }
}

fn only<'a>(mut found: impl Iterator<Item = &'a (u32, u32, u32, Vec<usize>)>) -> Owner<'a> {
    match (found.next(), found.next()) {
        (None, _) => Owner::None,
        (Some((.., indices)), None) => Owner::One(indices),
        (Some(_), Some(_)) => Owner::Several,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Option<(String, Option<String>)> {
        let (rules, reason) = directive(text)?;
        Some((rules.join("+"), reason.map(|reason| reason.to_string())))
    }

    #[test]
    fn a_directive_names_rules_and_a_reason() {
        let both = |rules: &str, reason: &str| Some((rules.to_owned(), Some(reason.to_owned())));
        assert_eq!(said(" backstop:ignore a-b goes away in March"), both("a-b", "goes away in March"));
        assert_eq!(said("backstop:ignore a, b ,c  d, e"), both("a+b+c", "d, e"));
        assert_eq!(said("backstop: ignore a: because"), both("a", "because"));
        assert_eq!(said("backstop:ignore: a -- because"), both("a", "because"));
        assert_eq!(said("backstop:ignore a"), Some(("a".to_owned(), None)));
        assert_eq!(said("backstop:ignore a --"), Some(("a".to_owned(), None)));
        assert_eq!(said("backstop:ignore"), Some((String::new(), None)));
        for other in ["backstop:ignored a b", "see backstop:ignore a b", "backstop ignore a b", "", "backstop"] {
            assert_eq!(said(other), None, "{other}");
        }
    }

    /// Lines as `line` (a comment alone) or `line!` (behind something), each a suppression of the rule `r<line>`.
    fn handed(lines: &[&str], extents: &[[(u32, u32); 2]]) -> (Vec<Vec<u32>>, Vec<u32>) {
        let comments: Vec<Comment<'_>> = lines
            .iter()
            .map(|written| {
                let number = written.trim_end_matches('!');
                let line = number.parse().unwrap();
                let point = |column| Point { line, column };
                let text = if written.starts_with('0') { "nothing" } else { "backstop:ignore r why" };
                Comment { text, start: point(5), end: point(9), alone: !written.ends_with('!') }
            })
            .collect();
        let point = |(line, column)| Point { line, column };
        let extents: Vec<_> = extents.iter().map(|ends| (point(ends[0]), point(ends[1]))).collect();
        let out = hand_out(&"f".into(), &comments, &extents);
        let lines = |all: &Vec<Suppression>| all.iter().map(|one| one.at.start.line).collect::<Vec<_>>();
        (out.each.iter().map(lines).collect(), lines(&out.stray))
    }

    #[test]
    fn what_stands_inside_at_the_end_or_right_above_belongs_to_a_resource() {
        let extents = [[(5, 3), (8, 20)], [(11, 3), (12, 9)]];
        assert_eq!(handed(&["5!", "6", "8!"], &extents), (vec![vec![5, 6, 8], vec![]], vec![]));
        assert_eq!(handed(&["2", "03", "4"], &extents), (vec![vec![2, 4], vec![]], vec![]));
        assert_eq!(handed(&["2", "4!", "9", "13"], &extents), (vec![vec![], vec![]], vec![2, 4, 9, 13]));
        // Right below one resource and right above the next one.
        assert_eq!(handed(&["9", "10"], &extents), (vec![vec![], vec![9, 10]], vec![]));
    }

    #[test]
    fn instances_of_one_block_share_it_and_two_blocks_on_one_line_do_not() {
        let twice = [[(5, 1), (8, 2)], [(5, 1), (8, 2)]];
        assert_eq!(handed(&["6"], &twice), (vec![vec![6], vec![6]], vec![]));
        let neighbours = [[(5, 1), (5, 9)], [(5, 11), (5, 19)]];
        assert_eq!(handed(&["4", "5!"], &neighbours), (vec![vec![], vec![]], vec![4, 5]));
    }

    #[test]
    fn a_block_text_at_the_end_does_not_reach_into_the_next_line() {
        let extents = [[(1, 1), (4, 1)], [(5, 1), (6, 1)]];
        assert_eq!(handed(&["4"], &extents), (vec![vec![], vec![4]], vec![]));
    }
}
