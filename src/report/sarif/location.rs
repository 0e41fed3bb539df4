//! Where a finding is: a region of a file, or a stable path that stands for a live resource.

use std::fmt::Write as _;

use serde_sarif::sarif::{ArtifactLocation, Location, LogicalLocation, PhysicalLocation, Region};
use uuid::Uuid;

use crate::finding::Finding;
use crate::model::position::Position;

/// The base of every path: the root of the checkout, which only the reader knows.
pub const BASE: &str = "%SRCROOT%";

/// Characters of a path that stands for a live resource.
const LONGEST: usize = 400;

/// A finding's own place, with the resource as its logical location.
pub fn of_finding(finding: &Finding) -> Location {
    let resource = LogicalLocation::builder()
        .name(&*finding.name)
        .fully_qualified_name(&*finding.address)
        .kind("resource")
        .build();
    let physical = match &finding.at {
        Some(position) => physical(position),
        None => PhysicalLocation::builder()
            .artifact_location(artifact(live_path(finding)))
            .region(Region::builder().start_line(1).start_column(1).end_line(1).end_column(1).build())
            .build(),
    };
    Location::builder().physical_location(physical).logical_locations(vec![resource]).build()
}

/// A place in a file.
pub fn physical(position: &Position) -> PhysicalLocation {
    let line = position.start.line.max(1);
    let column = position.start.column.max(1);
    let end_line = position.end.line.max(line);
    let end_column = if end_line == line { position.end.column.max(column) } else { position.end.column.max(1) };
    let region = Region::builder()
        .start_line(i64::from(line))
        .start_column(i64::from(column))
        .end_line(i64::from(end_line))
        .end_column(i64::from(end_column))
        .build();
    PhysicalLocation::builder().artifact_location(artifact(file_uri(&position.file))).region(region).build()
}

fn artifact(uri: String) -> ArtifactLocation {
    ArtifactLocation::builder().uri(uri).uri_base_id(BASE).build()
}

/// A reported path as a relative URI reference: percent-encoded, without a root, a drive or steps upwards, all of
/// which GitHub would take for another place or refuse.
pub fn file_uri(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split(['/', '\\']) {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    if segments.is_empty() {
        return "unnamed".to_owned();
    }
    segments.into_iter().map(encode).collect::<Vec<_>>().join("/")
}

/// `aws/<account>/<Region>/<service>/<type>/<name>`: stable over runs, unlike any line of a file.
pub fn live_path(finding: &Finding) -> String {
    let resource = &finding.resource;
    let mut kind = resource.kind.split("::").skip(1);
    let service = kind.next().unwrap_or("aws");
    let kind = kind.collect::<Vec<_>>().join("-");
    // What the service itself calls the resource: the last part of the ARN, which, unlike a name, is unique.
    let id = resource.id.splitn(6, ':').last().unwrap_or(&resource.id);
    let parts = [
        "aws",
        resource.account.as_deref().unwrap_or("unknown"),
        resource.region.as_deref().unwrap_or("unknown"),
        &service.to_ascii_lowercase(),
        if kind.is_empty() { "resource" } else { &kind },
        if id.is_empty() { "unnamed" } else { id },
    ];
    let path = parts.map(encode).join("/");
    if path.len() <= LONGEST {
        return path;
    }
    // The name alone can be that long: its start is for people, the rest is told apart by a hash.
    let start = path.get(..LONGEST - 40).unwrap_or_default();
    // Not in the middle of an encoded byte.
    let start = match start.rfind('%') {
        Some(at) if at + 3 > start.len() => start.get(..at).unwrap_or_default(),
        _ => start,
    };
    format!("{start}-{}", Uuid::new_v5(&Uuid::NAMESPACE_URL, resource.canonical().as_bytes()))
}

/// Percent-encodes all but RFC 3986's unreserved characters; a segment of dots alone would be a step in the path.
fn encode(segment: &str) -> String {
    if segment.chars().all(|c| c == '.') {
        return segment.replace('.', "%2E");
    }
    let mut out = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::*;
    use crate::finding::severity::Severity;
    use crate::model::position::Point;

    #[test]
    fn paths_become_relative_uris() {
        assert_eq!(file_uri("stacks/app.yaml"), "stacks/app.yaml");
        assert_eq!(file_uri("./a b/größe#1%.yaml"), "a%20b/gr%C3%B6%C3%9Fe%231%25.yaml");
        assert_eq!(file_uri("C:\\repo\\a.yaml"), "C%3A/repo/a.yaml");
        assert_eq!(file_uri("/etc/../../x"), "x");
        assert_eq!(file_uri("../.."), "unnamed");
    }

    #[test]
    fn a_live_resource_has_a_stable_path_of_its_own() {
        let mut finding = sample::live("r", Severity::Low, "or/ders é");
        assert_eq!(live_path(&finding), "aws/111122223333/eu-west-1/s3/Bucket/or%2Fders%20%C3%A9");
        finding.resource.id = "arn:aws:backup:eu-west-1:111122223333:recovery-point:1EB3B5E7".into();
        finding.resource.kind = "AWS::Backup::RecoveryPoint".into();
        assert_eq!(live_path(&finding), "aws/111122223333/eu-west-1/backup/RecoveryPoint/recovery-point%3A1EB3B5E7");
        finding.resource.id = "..".into();
        finding.resource.kind = "AWS::Account".into();
        finding.resource.region = None;
        assert_eq!(live_path(&finding), "aws/111122223333/unknown/account/resource/%2E%2E");
    }

    #[test]
    fn a_name_of_any_length_gives_a_path_that_is_still_its_own() {
        let path = |name: &str| live_path(&sample::live("r", Severity::Low, name));
        let (a, b) = (path(&format!("{}a", "é".repeat(3_000))), path(&format!("{}b", "é".repeat(3_000))));
        assert!(a != b && a.len() <= LONGEST, "{a}");
        let escapes = a.match_indices('%').all(|(at, _)| a[at + 1..at + 3].chars().all(|c| c.is_ascii_hexdigit()));
        assert!(escapes, "{a}");
        assert_eq!(a, path(&format!("{}a", "é".repeat(3_000))));
    }

    #[test]
    fn a_region_never_ends_before_it_starts() {
        let point = |line, column| Point { line, column };
        let backwards = Position { file: "a".into(), start: point(0, 7), end: point(0, 2) };
        let region = physical(&backwards).region.unwrap();
        let ends = (region.start_line, region.start_column, region.end_line, region.end_column);
        assert_eq!(ends, (Some(1), Some(7), Some(1), Some(7)));
    }
}
