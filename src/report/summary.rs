//! The summary of a job: counts in a table, then the checklist, as far as it fits where summaries are shown.

use std::fmt::Write as _;

use super::{Input, ReportError, checklist};
use crate::finding::verdict::Verdict;

/// Bytes of a summary. GitHub refuses the whole of one that is longer than 1 MiB ("Adding a job summary").
const LIMIT: usize = 1_000_000;

/// The summary as Markdown, at most [`LIMIT`] bytes of it.
pub fn render(input: &Input<'_>) -> Result<String, ReportError> {
    let checklist = checklist::render(input)?;
    // The checklist's own heading stands first, the counts below it.
    let (heading, rest) = checklist.split_once("\n\n").unwrap_or(("# Disaster recovery checklist", &checklist));
    let totals = input.report.totals();
    let by_severity = input.report.by_severity(Verdict::Fail);
    let mut head = format!("{heading}\n\n|");
    for (severity, _) in &by_severity {
        write!(head, " {severity} |")?;
    }
    head.push_str(" unknown | waived | pass |\n|");
    head.push_str(&"---:|".repeat(by_severity.len() + 3));
    head.push_str("\n|");
    for (_, n) in &by_severity {
        write!(head, " {n} |")?;
    }
    write!(head, " {} | {} | {} |\n\n", totals.unknown, totals.waived, totals.pass)?;
    Ok(fit(&format!("{head}{rest}"), LIMIT))
}

/// What stands under a checklist that was cut.
const CUT: &str = "\n**The checklist goes on.** It was cut here, since longer summaries are not shown; the file that \
                   `--output checklist=FILE` writes has all of it.\n";

/// The text, or as many of its lines as fit, with code blocks and folded blocks closed and a word that it was cut.
fn fit(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let mut open = Open::default();
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        let mut next = open.clone();
        next.read(line);
        if end + line.len() + next.closing().len() + CUT.len() > limit {
            break;
        }
        end += line.len();
        open = next;
    }
    let kept = text.get(..end).unwrap_or_default();
    format!("{kept}{}{CUT}", open.closing())
}

/// The blocks that are open behind a line.
#[derive(Clone, Debug, Default)]
struct Open {
    /// The fence of a code block: three or more equal characters.
    fence: Option<String>,
    /// Folded blocks.
    details: usize,
}

impl Open {
    fn read(&mut self, line: &str) {
        let line = line.trim();
        let mark = line.chars().next().filter(|c| "`~".contains(*c));
        let run: String = line.chars().take_while(|c| Some(*c) == mark).collect();
        match &self.fence {
            Some(fence) => {
                if run == line && run.starts_with(fence.as_str()) {
                    self.fence = None;
                }
            }
            // Backticks further on mean a code span, not a block.
            None if run.len() >= 3 && !(run.starts_with('`') && line.get(run.len()..).unwrap_or("").contains('`')) => {
                self.fence = Some(run);
            }
            None => {
                let opened = line.matches("<details>").count();
                self.details = (self.details + opened).saturating_sub(line.matches("</details>").count());
            }
        }
    }

    fn closing(&self) -> String {
        let fence = self.fence.as_ref().map(|fence| format!("{fence}\n")).unwrap_or_default();
        format!("{fence}{}", "\n</details>\n".repeat(self.details))
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{self, Sample};
    use super::*;
    use crate::finding::severity::Severity;

    #[test]
    fn the_counts_stand_between_the_heading_and_the_checklist() {
        let text = render(&Sample::everything().input()).unwrap();
        let head = "# Disaster recovery checklist\n\n\
                    | critical | high | medium | low | unknown | waived | pass |\n\
                    |---:|---:|---:|---:|---:|---:|---:|\n\
                    | 1 | 1 | 2 | 2 | 2 | 1 | 7 |\n\n**Not ready:";
        assert!(text.starts_with(head), "{text}");
        assert_eq!(text.matches("\n# ").count(), 0, "one heading of the first level");
    }

    #[test]
    fn a_huge_checklist_is_cut_at_a_line_and_says_so() {
        let mut sample = Sample::clean();
        let name = |i: usize| format!("größe-{i:05}-{}", "😀".repeat(100));
        let findings = (0..9_000).map(|i| sample::live("s3-versioning-enabled", Severity::High, &name(i)));
        sample.report.findings = findings.collect();
        let text = render(&sample.input()).unwrap();
        assert!(text.len() <= LIMIT && text.len() > LIMIT - 2_000, "{}", text.len());
        let (_, kept) = text.strip_suffix(CUT).unwrap().split_once("**Not ready").unwrap();
        assert!(checklist::render(&sample.input()).unwrap().contains(kept), "lines are whole, and in their order");
    }

    #[test]
    fn blocks_that_are_open_at_the_cut_are_closed_wherever_it_falls() {
        let block = "1. text\n\n<details><summary>a</summary>\n\n````sh\n<details>\n```\nécho `x`\n````\n\n</details>\n\n\
                     ``` code ```\n~~~\ny\n~~~\nend\n";
        let whole = block.repeat(3);
        let mut cuts = std::collections::BTreeSet::new();
        for limit in CUT.len()..whole.len() {
            let text = fit(&whole, limit);
            assert!(text.len() <= limit, "{limit}");
            let kept = text.strip_suffix(CUT).unwrap();
            let mut open = Open::default();
            kept.lines().for_each(|line| open.read(line));
            assert!(open.fence.is_none() && open.details == 0, "{limit}: {kept}");
            cuts.insert(kept.to_owned());
        }
        assert!(cuts.iter().any(|text| text.ends_with("```\n````\n\n</details>\n")), "{cuts:?}");
        assert_eq!(fit(&whole, whole.len()), whole, "what fits is not touched");
    }

    #[test]
    fn what_opens_and_closes_a_block_is_read_as_markdown_reads_it() {
        let after = |text: &str| {
            let mut open = Open::default();
            text.lines().for_each(|line| open.read(line));
            (open.fence, open.details)
        };
        assert_eq!(after("```sh\n``\n~~~\n"), (Some("```".to_owned()), 0));
        assert_eq!(after("````\n```\n`````\n"), (None, 0), "a fence is closed by one of its length or longer");
        assert_eq!(after("```a`b\n"), (None, 0));
        assert_eq!(after("  ~~~ x\n"), (Some("~~~".to_owned()), 0));
        assert_eq!(after("<details><summary>x</summary>\n"), (None, 1));
        assert_eq!(after("</details>\n"), (None, 0));
    }
}
