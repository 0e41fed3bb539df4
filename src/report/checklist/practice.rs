//! The eight points of the practice guide's checklist (§12), and how the estate stands on each.

use std::fmt::{self, Write as _};

use super::super::Input;
use crate::finding::report::Counts;
use crate::finding::severity::Severity;
use crate::finding::verdict::Verdict;

/// The points in the guide's order, in our words.
const POINTS: [&str; 8] = [
    "Every resource has a recovery objective",
    "Backup plans cover what they support",
    "Critical buckets are versioned and replicated to another Region",
    "Volumes and databases have scheduled snapshots, copied to another Region",
    "Templates are in version control, and restores from them are tested monthly",
    "Older backups move to colder storage",
    "Failed backups raise an alarm",
    "Restores are validated quarterly, and a full drill is run yearly",
];

/// Writes the table.
pub fn table(out: &mut String, input: &Input<'_>) -> fmt::Result {
    writeln!(out, "| | Practice | Status | Fail | Unknown | Waived | Pass |")?;
    writeln!(out, "|---|---|---|---:|---:|---:|---:|")?;
    for (number, point) in (1..).zip(POINTS) {
        let section = format!("12.{number}");
        let rules: Vec<&str> =
            input.rules.iter().filter(|rule| rule.practice.contains(&section)).map(|rule| &*rule.id).collect();
        if rules.is_empty() {
            writeln!(out, "| {number} | {point} | not checked | | | | |")?;
            continue;
        }
        let counts = rules
            .iter()
            .filter_map(|rule| input.report.rules.get(*rule))
            .fold(Counts::default(), |sum, counts| sum.plus(*counts));
        let worst = input
            .findings(Verdict::Fail)
            .filter(|finding| rules.contains(&&*finding.rule))
            .map(|finding| finding.severity)
            .max();
        let (status, Counts { fail, unknown, waived, pass }) = (status(counts, worst), counts);
        writeln!(out, "| {number} | {point} | {status} | {fail} | {unknown} | {waived} | {pass} |")?;
    }
    Ok(())
}

/// The worst verdict in words.
fn status(counts: Counts, worst: Option<Severity>) -> String {
    match (counts, worst) {
        (_, Some(severity)) => format!("**fails** ({severity})"),
        (Counts { fail: 1.., .. }, None) => "**fails**".to_owned(),
        (Counts { unknown: 1.., .. }, _) => "not decided".to_owned(),
        (Counts { waived: 1.., .. }, _) => "waived".to_owned(),
        (Counts { pass: 1.., .. }, _) => "passes".to_owned(),
        _ => "nothing to judge".to_owned(),
    }
}
