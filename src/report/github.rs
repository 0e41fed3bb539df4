//! Annotations of GitHub Actions: workflow commands that a runner turns into marks on the lines at fault.
//!
//! The grammar is that of GitHub's page "Workflow commands for GitHub Actions", the escapes those that the runner takes
//! back (`ActionCommand.cs` of actions/runner): `%`, CR and LF in messages, and `:` and `,` too in properties.

use std::fmt::Write as _;

use super::text::{count, line};
use super::{Input, ReportError};
use crate::finding::Finding;
use crate::finding::severity::Severity;
use crate::finding::verdict::Verdict;

/// Annotations of one kind that GitHub shows for a step ("Limitations" of its page on problem matchers).
const SHOWN: usize = 10;
/// Characters of messages and of names, which can be of any length.
const MESSAGE: usize = 600;

/// One command for each failure, the worst first: errors for critical and high ones, warnings for medium, notices for
/// low. Of each kind no more than GitHub shows; a last line, which is no command, counts the rest.
pub fn render(input: &Input<'_>) -> Result<String, ReportError> {
    let mut out = String::new();
    let mut rest = Vec::new();
    for kind in ["error", "warning", "notice"] {
        let findings: Vec<&Finding> =
            input.findings(Verdict::Fail).filter(|finding| kind_of(finding.severity) == kind).collect();
        for finding in findings.iter().take(SHOWN) {
            command(&mut out, kind, finding)?;
        }
        match findings.len().saturating_sub(SHOWN) {
            0 => {}
            more => rest.push(count(more, kind)),
        }
    }
    if !rest.is_empty() {
        writeln!(out, "Not annotated, since GitHub shows {SHOWN} of each kind: {}.", rest.join(", "))?;
    }
    Ok(out)
}

const fn kind_of(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "notice",
    }
}

fn command(out: &mut String, kind: &str, finding: &Finding) -> Result<(), ReportError> {
    let mut properties = Vec::new();
    if let Some(at) = &finding.at {
        let (first, last) = (at.start.line.max(1), at.end.line.max(at.start.line).max(1));
        properties.push(format!("file={}", property(at.file.strip_prefix("./").unwrap_or(&at.file))));
        properties.push(format!("line={first}"));
        properties.push(format!("endLine={last}"));
        // A column means something only where the mark is one line long.
        if first == last {
            properties.push(format!("col={}", at.start.column.max(1)));
        }
    }
    properties.push(format!("title={}", property(&format!("{}: {}", finding.severity, finding.rule))));
    let message = match &finding.at {
        Some(_) => line(&finding.message, MESSAGE),
        // Nothing else says which resource it is.
        None => format!("{}: {}", line(&finding.address, MESSAGE), line(&finding.message, MESSAGE)),
    };
    writeln!(out, "::{kind} {}::{}", properties.join(","), data(&message))?;
    Ok(())
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::sample::{self, Sample};
    use super::*;
    use crate::model::position::{Point, Position};

    fn text(sample: &Sample) -> String {
        render(&sample.input()).unwrap()
    }

    #[test]
    fn a_failure_is_a_command_with_its_place_and_the_worst_comes_first() {
        let text = text(&Sample::everything());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[..2],
            [
                "::error title=critical%3A workload-recovery-point-fresh::arn:aws:s3:::orders: newest recovery point is \
                 3d old; tier critical allows 4h",
                "::error file=stacks/app.yaml,line=5,endLine=5,col=15,title=high%3A s3-versioning-enabled::versioning is \
                 Suspended",
            ]
        );
        let kinds: Vec<&str> = lines.iter().map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!(kinds, ["::error", "::error", "::warning", "::warning", "::notice", "::notice"]);
        assert!(!text.contains("s3-replication-enabled"), "what is unknown or waived is no annotation");
    }

    #[test]
    fn no_name_ends_its_line_its_property_or_its_command() {
        let mut sample = Sample::clean();
        let point = |line, column| Point { line, column };
        let file = "./a,line=9::b%0A\r\n::error::.yaml";
        let position = Position { file: file.into(), start: point(0, 0), end: point(3, 2) };
        let mut finding = sample::declared("x,y:z", Severity::Low, "A", Arc::new(position));
        finding.message = "100% of\r\n::add-mask::\u{1b}[31mit".to_owned();
        sample.report.findings = vec![finding];
        assert_eq!(
            text(&sample),
            "::notice file=a%2Cline=9%3A%3Ab%250A%0D%0A%3A%3Aerror%3A%3A.yaml,line=1,endLine=3,title=low%3A x%2Cy%3Az::\
             100%25 of\\r\\n::add-mask::\\u{1b}[31mit\n"
        );
    }

    #[test]
    fn there_are_ten_of_a_kind_and_the_rest_is_counted() {
        let mut sample = Sample::clean();
        let of = |severity, n: usize| (0..n).map(move |i| sample::live("r", severity, &format!("b{i:02}")));
        sample.report.findings = of(Severity::High, 12).chain(of(Severity::Critical, 9)).collect();
        sample.report.findings.extend(of(Severity::Medium, 11).chain(of(Severity::Low, 10)));
        sample.report.sort();
        let text = text(&sample);
        for kind in ["error", "warning", "notice"] {
            assert_eq!(text.lines().filter(|line| line.starts_with(&format!("::{kind} "))).count(), 10);
        }
        assert_eq!(text.matches("title=critical").count(), 9);
        let last = text.lines().last().unwrap();
        assert_eq!(last, "Not annotated, since GitHub shows 10 of each kind: 11 errors, 1 warning.");
    }

    #[test]
    fn a_clean_run_says_nothing() {
        assert_eq!(text(&Sample::clean()), "");
    }
}
