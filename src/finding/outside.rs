//! A report that is narrowed to some findings. All of them were judged; the others are counted.

use super::Finding;
use super::report::{Counts, Report};

/// What a report leaves out because it lies in files that have not changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// The revision since which files are looked at, as the user wrote it.
    pub since: String,
    /// The findings that are left out; never a Pass.
    pub counts: Counts,
}

impl Report {
    /// Keeps the findings that lie in files which have changed since a revision. The others no longer count for their
    /// rules; a Pass has no place and goes on to count.
    pub fn narrow(&mut self, since: &str, is_inside: &dyn Fn(&Finding) -> bool) {
        let mut outside = Outside { since: since.to_owned(), ..Outside::default() };
        let Self { findings, rules, notices, .. } = self;
        findings.retain(|finding| {
            if is_inside(finding) {
                return true;
            }
            outside.counts.add(finding.verdict);
            if let Some(counts) = rules.get_mut(&finding.rule).or_else(|| notices.get_mut(&finding.rule)) {
                counts.take(finding.verdict);
            }
            false
        });
        self.outside = Some(outside);
    }
}
