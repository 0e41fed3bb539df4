//! The remediation checklist: Markdown for whoever must fix it, in the order in which it must be fixed.

mod item;
mod markdown;
mod order;
mod practice;

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use super::cure::{self, Step};
use super::gaps;
use super::text::{count, sentence, some_of};
use super::{Input, ReportError};
use crate::finding::baseline::Novelty;
use crate::finding::report::Counts;
use crate::finding::severity::Severity;
use crate::finding::verdict::Verdict;
use crate::finding::{Finding, Waiver};
use markdown::{cell, code, prose};
use order::{Fix, Placed};

/// Characters of names and addresses, which can be of any length.
const NAME: usize = 120;
/// Characters of messages.
const MESSAGE: usize = 600;

/// The checklist as Markdown.
pub fn render(input: &Input<'_>) -> Result<String, ReportError> {
    let mut failing: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in input.findings(Verdict::Fail) {
        failing.entry(&finding.rule).or_default().push(finding);
    }
    let fixes = failing.iter().map(|(rule, findings)| Fix {
        rule,
        severity: findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Low),
        after: input.rule(rule).map(|rule| rule.after.iter().map(String::as_str).collect()).unwrap_or_default(),
    });
    let placed = order::order(fixes.collect());

    let mut out = String::from("# Disaster recovery checklist\n\n");
    verdict(&mut out, input, &placed)?;
    out.push_str("## Where it stands\n\n");
    practice::table(&mut out, input)?;
    out.push('\n');
    items(&mut out, input, &placed, &failing)?;
    open(&mut out, input)?;
    waived(&mut out, input)?;
    not_seen(&mut out, input)?;
    Ok(out.trim_end().to_owned() + "\n")
}

/// One paragraph: can it be restored, what was looked at, where to start.
fn verdict(out: &mut String, input: &Input<'_>, placed: &[Placed<'_>]) -> fmt::Result {
    let report = input.report;
    let totals = report.totals();
    let counts: Vec<String> = report
        .by_severity(Verdict::Fail)
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .map(|(severity, n)| format!("{n} {severity}"))
        .collect();
    let unknown = input.findings(Verdict::Unknown).count();
    if !counts.is_empty() {
        write!(out, "**Not ready: {} to fix.**", counts.join(", "))?;
    } else if unknown > 0 {
        write!(out, "**Not proved: nothing fails, and {} could not be decided.**", count(unknown, "verdict"))?;
    } else if totals.pass > 0 {
        write!(out, "**Ready, as far as it was checked: nothing fails.**")?;
    } else {
        write!(out, "**Nothing was judged.**")?;
    }
    let resources = usize::try_from(report.statistics.resources.values().sum::<u64>()).unwrap_or(usize::MAX);
    write!(
        out,
        " {} against {}: fail {}, unknown {}, waived {}, pass {}.",
        count(resources, "resource"),
        count(input.rules.len(), "rule"),
        totals.fail,
        totals.unknown,
        totals.waived,
        totals.pass
    )?;
    if let Some(now) = report.now {
        write!(out, " Judged at {now}.")?;
    }
    if let Some(compared) = &report.baseline {
        let (new, same) = (report.count_of(Novelty::New), report.count_of(Novelty::Unchanged));
        write!(out, " Since the baseline: new {new}, unchanged {same}, gone {}.", compared.absent.len())?;
    }
    if let Some(outside) = &report.outside {
        let Counts { fail, unknown, waived, .. } = outside.counts;
        let since = code(&outside.since, NAME);
        write!(out, " Left out, in files that have not changed since {since}: ")?;
        write!(out, "fail {fail}, unknown {unknown}, waived {waived}.")?;
    }
    if !report.is_complete() {
        write!(out, " The picture is incomplete: see the end.")?;
    }
    if placed.len() > 1 {
        write!(out, " Work from the top: each item comes after those that it needs.")?;
    }
    writeln!(out, "\n")
}

fn items(
    out: &mut String,
    input: &Input<'_>,
    placed: &[Placed<'_>],
    failing: &BTreeMap<&str, Vec<&Finding>>,
) -> fmt::Result {
    let numbers: BTreeMap<&str, usize> = placed.iter().map(|item| item.fix.rule).zip(1..).collect();
    let mut section = None;
    for item in placed {
        if section != Some(item.urgency) {
            section = Some(item.urgency);
            writeln!(
                out,
                "## {}\n",
                match item.urgency {
                    Severity::Critical => "Critical: a recovery would fail, or backups can be destroyed",
                    Severity::High => "High: a recovery would probably miss its objective",
                    Severity::Medium => "Medium: a recovery is weaker than it should be",
                    Severity::Low => "Low: hygiene and cost",
                }
            )?;
        }
        let findings = failing.get(item.fix.rule).map(Vec::as_slice).unwrap_or_default();
        item::write(out, item, input.rule(item.fix.rule), findings, &numbers)?;
    }
    Ok(())
}

/// What could not be decided, by what would decide it.
fn open(out: &mut String, input: &Input<'_>) -> fmt::Result {
    let total = input.findings(Verdict::Unknown).count();
    if total == 0 {
        return Ok(());
    }
    writeln!(out, "## Could not be decided: {}\n", count(total, "verdict"))?;
    writeln!(out, "Neither a pass nor a failure, until the missing facts are known.\n")?;
    for (step, open) in cure::fold(input.findings(Verdict::Unknown)) {
        match &step {
            Step::Do(what) => writeln!(out, "- [ ] {}: {}", prose(what, MESSAGE), open.effect())?,
            Step::Stuck(why) => writeln!(out, "- [ ] No cure is known, {}: {}", prose(why, MESSAGE), open.effect())?,
        }
        if matches!(step, Step::Do(_)) {
            writeln!(out, "  - because {}", some_of(open.whys.iter().map(|why| prose(why, MESSAGE)), 3))?;
        }
        for (rule, (findings, facts)) in open.by_rule() {
            let names = some_of(findings.iter().map(|finding| code(&finding.name, NAME)), 5);
            let facts = some_of(facts.iter().map(|fact| code(fact, NAME)), 3);
            let facts = if facts.is_empty() { facts } else { format!(" needs {facts}") };
            writeln!(out, "  - {}{facts}: {names}", code(rule, NAME))?;
        }
    }
    writeln!(out)
}

fn waived(out: &mut String, input: &Input<'_>) -> fmt::Result {
    let idle: Vec<&Waiver> = input.idle_waivers().collect();
    let any = input.findings(Verdict::Waived).next().is_some();
    if !any && idle.is_empty() {
        return Ok(());
    }
    writeln!(out, "## Waived\n")?;
    if !idle.is_empty() {
        let names = some_of(idle.iter().map(|waiver| code(&waiver.id, NAME)), 20);
        writeln!(out, "In force, and accepting nothing that was judged: {names}.\n")?;
    }
    if !any {
        return Ok(());
    }
    writeln!(out, "| Resource | Rule | Until | Owner | Reason |\n|---|---|---|---|---|")?;
    for finding in input.findings(Verdict::Waived) {
        let (name, rule) = (cell(&code(&finding.name, NAME)), cell(&code(&finding.rule, NAME)));
        if let Some(waiver) = &finding.waiver {
            let [until, owner, reason] = [&waiver.expires, &waiver.owner, &waiver.reason].map(|text| table_prose(text));
            writeln!(out, "| {name} | {rule} | {until} | {owner} | {reason} |")?;
        }
        if let Some(suppression) = &finding.suppression {
            let at = code(&format!("{}:{}", suppression.at.file, suppression.at.start.line), NAME);
            let reason = table_prose(&suppression.reason);
            writeln!(out, "| {name} | {rule} | no last day | in source: {} | {reason} |", cell(&at))?;
        }
    }
    writeln!(out)
}

/// Escaped text that may hold code spans: pipes outside code are escaped already.
fn table_prose(text: &str) -> String {
    // Without backticks there are no code spans, and every pipe is escaped exactly once.
    prose(&text.replace('`', "'"), MESSAGE)
}

fn not_seen(out: &mut String, input: &Input<'_>) -> fmt::Result {
    let report = input.report;
    if !report.gaps.is_empty() {
        writeln!(out, "## Not seen\n")?;
        for folded in gaps::fold(&report.gaps) {
            writeln!(out, "- {}", sentence(&prose(&folded.headline(), MESSAGE)))?;
            writeln!(out, "  - {}", prose(&folded.consequence(), MESSAGE))?;
        }
        writeln!(out)?;
    }
    if !report.errors.is_empty() {
        writeln!(out, "## Errors\n")?;
        for error in &report.errors {
            writeln!(out, "- {}", prose(error, MESSAGE))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
