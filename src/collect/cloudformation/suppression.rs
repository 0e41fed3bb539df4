//! Suppressions in a template: comments of YAML, and `Metadata` for JSON and for generated templates.
//!
//! ```yaml
//! Metadata:
//!   Backstop:
//!     Ignore:
//!       - Rule: s3-versioning-enabled
//!         Reason: the bucket goes away in March
//! ```
//!
//! `Metadata` is free for anybody's use ("`Metadata` attribute" in the CloudFormation Template Reference).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::template::{Declared, Template};
use super::tree::{Node, Value};
use super::yaml::comments::comments;
use super::{is_judged, json};
use crate::collect::declared::suppression::{self as shared, Comment, may_hold_any, reason};
use crate::model::position::{Point, Position};
use crate::model::resource::{Origin, Resource};
use crate::model::suppression::Suppression;

/// Gives the resources of a template their suppressions; gives back those that stand at none that is judged. Those of
/// a resource that a condition leaves out count for nothing, like the resource.
pub(super) fn hand_out(
    file: &Arc<str>,
    text: &str,
    template: &Template<'_>,
    resources: &mut [Resource],
) -> Vec<Suppression> {
    let declared: Vec<&Declared<'_>> = template.resources.values().collect();
    // JSON that CloudFormation takes has no comments.
    let has_comments = may_hold_any(text) && !(text.trim_start().starts_with('{') && json::read(text).is_ok());
    let comments = if has_comments { comments(text) } else { Vec::new() };
    let extents = extents(text, &declared, &comments);
    let shared::HandedOut { each, mut stray } = shared::hand_out(file, &comments, &extents);
    // A loop makes several resources of one block.
    let mut places: BTreeMap<Point, Vec<usize>> = BTreeMap::new();
    for (place, resource) in resources.iter().enumerate() {
        if let Origin::Declared { header, .. } = &resource.origin
            && header.file == *file
        {
            places.entry(header.start).or_default().push(place);
        }
    }
    for (declared, mut own) in declared.into_iter().zip(each) {
        own.extend(declared.metadata.map(|node| in_metadata(file, node)).unwrap_or_default());
        if own.is_empty() {
            continue;
        }
        match places.get(&declared.header.start) {
            Some(places) => {
                for place in places {
                    if let Some(resource) = resources.get_mut(*place) {
                        resource.suppressions.clone_from(&own);
                    }
                }
            }
            None if is_judged(declared.kind) => {}
            None => stray.extend(own),
        }
    }
    stray
}

/// From each logical id to the end of its resource. Comments behind its last line that are indented more than its
/// logical id belong to it, those that are not to whatever comes next.
fn extents(text: &str, declared: &[&Declared<'_>], comments: &[Comment<'_>]) -> Vec<(Point, Point)> {
    // Without comments nobody asks for the extents.
    let blanks = if comments.is_empty() { Vec::new() } else { blanks(text) };
    let mut starts: Vec<Point> = declared.iter().map(|declared| declared.header.start).collect();
    starts.sort_unstable();
    let extent = |declared: &&Declared<'_>| {
        let (start, mut end) = (declared.header.start, declared.span.end);
        // A block text is said to end where the next thing begins, which is on a line of its own.
        let blank = usize::try_from(end.line).ok().and_then(|line| blanks.get(line.checked_sub(1)?));
        if blank.is_some_and(|blank| u32::try_from(*blank).is_ok_and(|blank| end.column <= blank + 1)) {
            end.column = 1;
        }
        let next = starts.get(starts.partition_point(|other| *other <= start));
        let from = comments.partition_point(|comment| comment.start < end);
        let behind = comments.iter().skip(from);
        for comment in behind.take_while(|comment| next.is_none_or(|next| comment.start < *next)) {
            if comment.alone && comment.start.column <= start.column {
                break;
            }
            if comment.alone && follows(declared, comment) {
                end = comment.end;
            }
        }
        (start, end)
    };
    declared.iter().map(extent).collect()
}

/// How many blanks each line begins with. Lines are ended by LF, CRLF or CR, as positions count them.
fn blanks(text: &str) -> Vec<usize> {
    let mut blanks = Vec::new();
    let mut rest = text;
    loop {
        blanks.push(rest.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count());
        let Some(end) = rest.find(['\n', '\r']) else { return blanks };
        let behind = rest.get(end..).unwrap_or_default();
        rest = behind.strip_prefix("\r\n").or_else(|| behind.get(1..)).unwrap_or_default();
    }
}

/// Whether a comment may stand inside a resource although it stands behind its last value: in block style alone.
fn follows(declared: &Declared<'_>, comment: &Comment<'_>) -> bool {
    // In flow style the closing bracket ends it.
    let is_block = declared.span.start.line > declared.header.start.line;
    is_block && comment.start.column > declared.header.start.column
}

/// `Backstop: {Ignore: [{Rule: …, Reason: …}]}`; one entry may stand without a list, and `Rule` may be a list. What is
/// written otherwise names no rule or no reason, and is told as such.
fn in_metadata(file: &Arc<str>, metadata: &Node) -> Vec<Suppression> {
    let Some(own) = metadata.get("Backstop") else { return Vec::new() };
    let one = |node: &Node| {
        let rules = match node.get("Rule").map(|rule| (&rule.value, rule)) {
            Some((Value::List(rules), _)) => rules.iter().filter_map(Node::text).collect(),
            Some((_, rule)) => rule.text().into_iter().collect(),
            None => Vec::new(),
        };
        let reason = node.get("Reason").and_then(Node::text).and_then(|text| reason(&text));
        let at = Position { file: Arc::clone(file), start: node.span.start, end: node.span.end };
        Suppression { at: Arc::new(at), rules, reason }
    };
    match own.get("Ignore") {
        Some(Node { value: Value::List(entries), .. }) => entries.iter().map(one).collect(),
        Some(entry) => vec![one(entry)],
        None => vec![one(own)],
    }
}
