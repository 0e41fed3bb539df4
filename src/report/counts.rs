//! Counts for scripts: `name=value` lines, as GitHub's outputs, GitLab's dotenv reports and shells read them.

use std::fmt::Write as _;

use super::{Input, ReportError};
use crate::finding::Finding;
use crate::finding::baseline::Novelty;
use crate::finding::verdict::Verdict;

/// One line for each count, always all of them and in this order: failures, failures by severity (worst first), unknown
/// verdicts, waived findings, passes; and, where there is a baseline, the failures that it does not have. No value is
/// anything but digits.
pub fn render(input: &Input<'_>) -> Result<String, ReportError> {
    let totals = input.report.totals();
    let mut out = String::new();
    writeln!(out, "fail={}", totals.fail)?;
    for (severity, n) in input.report.by_severity(Verdict::Fail) {
        writeln!(out, "{severity}={n}")?;
    }
    writeln!(out, "unknown={}\nwaived={}\npass={}", totals.unknown, totals.waived, totals.pass)?;
    if input.report.baseline.is_some() {
        let is_new = |finding: &&Finding| finding.verdict == Verdict::Fail && finding.novelty == Some(Novelty::New);
        writeln!(out, "new={}", input.report.findings.iter().filter(is_new).count())?;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::sample::Sample;
    use super::*;

    #[test]
    fn what_is_new_is_counted_where_there_is_a_baseline() {
        let text = render(&Sample::compared().input()).unwrap();
        assert_eq!(text.lines().last(), Some("new=1"), "{text}");
    }

    #[test]
    fn every_count_has_its_line_also_where_it_is_nothing() {
        assert_eq!(
            render(&Sample::everything().input()).unwrap(),
            "fail=6\ncritical=1\nhigh=1\nmedium=2\nlow=2\nunknown=2\nwaived=1\npass=7\n"
        );
        assert_eq!(
            render(&Sample::clean().input()).unwrap(),
            "fail=0\ncritical=0\nhigh=0\nmedium=0\nlow=0\nunknown=0\nwaived=0\npass=14\n"
        );
    }
}
