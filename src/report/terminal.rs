//! The report for people at a terminal: by resource, the worst first.
//!
//! It is always coloured; the caller strips the colours for pipes and `NO_COLOR` (anstream does both).

mod excerpt;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use anstyle::{AnsiColor, Style};

use super::cure::{self, Step};
use super::gaps;
use super::source::lines;
use super::text::{count, first_sentence, line, some_of, visible};
use super::{Input, ReportError};
use crate::finding::baseline::Novelty;
use crate::finding::report::Counts;
use crate::finding::severity::Severity;
use crate::finding::verdict::Verdict;
use crate::finding::{Finding, Waiver};
use crate::model::identity::ResourceId;
use crate::rule::{notice, template};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GUTTER: Style = AnsiColor::Blue.on_default();
/// Characters of names and addresses, which can be of any length.
const NAME: usize = 100;
/// Characters of messages.
const MESSAGE: usize = 400;
/// Findings of the baseline that are gone and are named.
const GONE: usize = 20;

/// The report as lines of text with ANSI colours.
pub fn render(input: &Input<'_>) -> Result<String, ReportError> {
    let mut out = String::new();
    resources(&mut out, input)?;
    open(&mut out, input)?;
    waived(&mut out, input)?;
    gone(&mut out, input)?;
    not_seen(&mut out, input)?;
    summary(&mut out, input)?;
    Ok(out)
}

fn colour(severity: Severity) -> Style {
    match severity {
        Severity::Critical => AnsiColor::Red.on_default().bold(),
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low => AnsiColor::Cyan.on_default(),
    }
}

fn title(out: &mut String, text: &str) -> fmt::Result {
    writeln!(out, "{BOLD}{text}{BOLD:#}")
}

/// Failures, grouped by resource; the resource with the worst of them first, then the report's own order.
fn resources(out: &mut String, input: &Input<'_>) -> fmt::Result {
    let mut places: BTreeMap<&ResourceId, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in input.findings(Verdict::Fail) {
        let place = *places.entry(&finding.resource).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    for group in &mut groups {
        group.sort_by_key(|finding| Reverse(finding.severity));
    }
    groups.sort_by_key(|group| Reverse(group.first().map(|finding| finding.severity)));
    let texts: BTreeMap<&str, Vec<&str>> =
        input.texts.iter().map(|(file, text)| (&**file, lines(text).collect())).collect();
    for group in groups {
        if let Some(first) = group.first() {
            header(out, first)?;
        }
        for finding in group {
            failure(out, input, finding, &texts)?;
        }
    }
    Ok(())
}

/// `AWS::S3::Bucket orders`, and where it is.
fn header(out: &mut String, finding: &Finding) -> fmt::Result {
    let resource = &finding.resource;
    writeln!(out, "{BOLD}{} {}{BOLD:#}", visible(&resource.kind), line(&finding.name, NAME))?;
    let mut place = Vec::new();
    if finding.address != finding.name {
        place.push(line(&finding.address, NAME));
    }
    place.extend(resource.region.as_deref().map(visible));
    place.extend(resource.account.as_deref().map(|account| format!("account {}", visible(account))));
    if !place.is_empty() {
        writeln!(out, "{DIM}{}{DIM:#}", place.join(", "))?;
    }
    writeln!(out)
}

fn failure(out: &mut String, input: &Input<'_>, finding: &Finding, texts: &BTreeMap<&str, Vec<&str>>) -> fmt::Result {
    let style = colour(finding.severity);
    let (severity, rule) = (finding.severity, visible(&finding.rule));
    let new = if finding.novelty == Some(Novelty::New) { " new" } else { "" };
    writeln!(out, "  {style}{severity}{style:#}[{rule}]{new}: {}", line(&finding.message, MESSAGE))?;
    if let Some(at) = &finding.at {
        let (file, start) = (visible(&at.file), at.start);
        writeln!(out, "    {GUTTER}-->{GUTTER:#} {file}:{}:{}", start.line, start.column)?;
        let number = usize::try_from(start.line).unwrap_or(usize::MAX);
        let text = texts.get(&*at.file).and_then(|lines| lines.get(number.checked_sub(1)?));
        if let Some(text) = text {
            let excerpt = excerpt::excerpt(text, at);
            excerpt.write(out, start.line, style.render(), style.render_reset())?;
        }
    }
    for (at, phrase) in &finding.related {
        let place = format!("{}:{}:{}", visible(&at.file), at.start.line, at.start.column);
        writeln!(out, "    = see: {place}: {}", line(phrase, MESSAGE))?;
    }
    let fix = input.rule(&finding.rule).map(|rule| {
        // The loader has checked that every place can be filled.
        template::fill(&rule.guide.fix, &finding.values).unwrap_or_default()
    });
    let own = || notice::find(&finding.rule).map(|notice| notice.fix.to_owned()).unwrap_or_default();
    let fix = first_sentence(&fix.unwrap_or_else(own));
    let more = format!("`backstop rules show {rule}`");
    match line(&fix, MESSAGE) {
        none if none.is_empty() => writeln!(out, "    = fix: {more}")?,
        fix => writeln!(out, "    = fix: {fix} ({more})")?,
    }
    writeln!(out)
}

/// Unknown verdicts, by what would decide them.
fn open(out: &mut String, input: &Input<'_>) -> fmt::Result {
    let total = input.findings(Verdict::Unknown).count();
    if total == 0 {
        return Ok(());
    }
    title(out, &format!("Not decided: {}", count(total, "verdict")))?;
    for (step, open) in cure::fold(input.findings(Verdict::Unknown)) {
        match &step {
            Step::Do(what) => writeln!(out, "  {}: {}", line(what, MESSAGE), open.effect())?,
            Step::Stuck(why) => writeln!(out, "  no cure known, {}: {}", line(why, MESSAGE), open.effect())?,
        }
        if matches!(step, Step::Do(_)) {
            let whys = open.whys.iter().map(|why| line(why, MESSAGE));
            writeln!(out, "    {DIM}because {}{DIM:#}", some_of(whys, 2))?;
        }
        for (rule, (findings, facts)) in open.by_rule() {
            let names = some_of(findings.iter().map(|finding| line(&finding.name, 60)), 3);
            let facts = some_of(facts.iter().map(|fact| line(fact, 60)), 3);
            let facts = if facts.is_empty() { facts } else { format!(" needs {facts}") };
            writeln!(out, "    {}{facts}: {names}", visible(rule))?;
        }
    }
    writeln!(out)
}

fn waived(out: &mut String, input: &Input<'_>) -> fmt::Result {
    let total = input.findings(Verdict::Waived).count();
    let idle: Vec<&Waiver> = input.idle_waivers().collect();
    if total == 0 && idle.is_empty() {
        return Ok(());
    }
    title(out, &format!("Waived: {}", count(total, "finding")))?;
    for finding in input.findings(Verdict::Waived) {
        let (rule, name) = (visible(&finding.rule), line(&finding.name, NAME));
        if let Some(waiver) = &finding.waiver {
            let (owner, expires) = (line(&waiver.owner, NAME), line(&waiver.expires, NAME));
            writeln!(out, "  {name} [{rule}] until {expires} by {owner}: {}", line(&waiver.reason, MESSAGE))?;
        }
        if let Some(suppression) = &finding.suppression {
            let (file, start) = (visible(&suppression.at.file), suppression.at.start);
            let reason = line(&suppression.reason, MESSAGE);
            writeln!(out, "  {name} [{rule}] in source at {file}:{}: {reason}", start.line)?;
        }
    }
    for waiver in idle {
        let (id, expires) = (line(&waiver.id, NAME), line(&waiver.expires, NAME));
        writeln!(out, "  {DIM}waiver `{id}` until {expires} accepts nothing that was judged{DIM:#}")?;
    }
    writeln!(out)
}

/// What the baseline had and this run has not.
fn gone(out: &mut String, input: &Input<'_>) -> fmt::Result {
    let Some(compared) = input.report.baseline.as_ref().filter(|compared| !compared.absent.is_empty()) else {
        return Ok(());
    };
    title(out, &format!("Gone since the baseline: {}", count(compared.absent.len(), "finding")))?;
    let mut gone: Vec<_> = compared.absent.values().collect();
    gone.sort_by_key(|earlier| (earlier.verdict, Reverse(earlier.severity), &earlier.name, &earlier.rule));
    for earlier in gone.into_iter().take(GONE) {
        writeln!(out, "  {} [{}]", line(&earlier.name, NAME), line(&earlier.rule, NAME))?;
    }
    if let Some(more) = compared.absent.len().checked_sub(GONE).filter(|more| *more > 0) {
        writeln!(out, "  and {more} more")?;
    }
    writeln!(out)
}

fn not_seen(out: &mut String, input: &Input<'_>) -> fmt::Result {
    let report = input.report;
    if !report.gaps.is_empty() {
        title(out, &format!("Not seen: {}", count(report.gaps.len(), "gap")))?;
        for folded in gaps::fold(&report.gaps) {
            writeln!(out, "  {}", folded.headline())?;
            writeln!(out, "    {DIM}{}{DIM:#}", folded.consequence())?;
        }
        writeln!(out)?;
    }
    if !report.errors.is_empty() {
        let style = AnsiColor::Red.on_default().bold();
        writeln!(out, "{style}Errors: {}{style:#}", report.errors.len())?;
        for error in &report.errors {
            writeln!(out, "  {}", line(error, MESSAGE))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn summary(out: &mut String, input: &Input<'_>) -> fmt::Result {
    let report = input.report;
    title(out, "Summary")?;
    let by_severity: Vec<String> = report
        .by_severity(Verdict::Fail)
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| {
            let style = colour(severity);
            format!("{style}{count} {severity}{style:#}")
        })
        .collect();
    let totals = report.totals();
    let fails = by_severity.join(", ");
    writeln!(out, "  fail     {}{}", totals.fail, if fails.is_empty() { fails } else { format!(": {fails}") })?;
    writeln!(out, "  unknown  {}", totals.unknown)?;
    writeln!(out, "  waived   {}", totals.waived)?;
    writeln!(out, "  pass     {}", totals.pass)?;
    if let Some(compared) = &report.baseline {
        let new = input.report.findings.iter().filter(|finding| finding.novelty == Some(Novelty::New));
        let fails = new.filter(|finding| finding.verdict == Verdict::Fail).count();
        let (new, same) = (report.count_of(Novelty::New), report.count_of(Novelty::Unchanged));
        let gone = compared.absent.len();
        writeln!(out, "  new      {new} since the baseline, {fails} of them fail; {same} unchanged, {gone} gone")?;
    }
    if let Some(outside) = &report.outside {
        let Counts { fail, unknown, waived, .. } = outside.counts;
        let since = line(&outside.since, NAME);
        let each = format!("fail {fail}, unknown {unknown}, waived {waived}");
        writeln!(
            out,
            "  outside  {} left out, in files that have not changed since {since}: {each}",
            fail + unknown + waived
        )?;
    }
    if !report.gaps.is_empty() {
        writeln!(out, "  gaps     {}", report.gaps.len())?;
    }
    if !report.errors.is_empty() {
        writeln!(out, "  errors   {}", report.errors.len())?;
    }
    let resources: u64 = report.statistics.resources.values().sum();
    let resources = usize::try_from(resources).unwrap_or(usize::MAX);
    let mut looked = format!("{} against {}", count(resources, "resource"), count(input.rules.len(), "rule"));
    if report.statistics.files > 0 {
        let files = usize::try_from(report.statistics.files).unwrap_or(usize::MAX);
        write!(looked, " in {}", count(files, "file"))?;
    }
    if report.statistics.passed_over > 0 {
        let others = usize::try_from(report.statistics.passed_over).unwrap_or(usize::MAX);
        write!(looked, "; {} passed over", count(others, "other file"))?;
    }
    writeln!(out, "  {DIM}judged   {looked}{DIM:#}")
}

#[cfg(test)]
mod tests {
    use super::super::sample::Sample;
    use super::*;

    fn plain(sample: &Sample) -> String {
        anstream::adapter::strip_str(&render(&sample.input()).unwrap()).to_string()
    }

    #[test]
    fn a_file_report_shows_the_source_line_and_a_caret() {
        insta::assert_snapshot!(plain(&Sample::files()), @"
        AWS::S3::Bucket Orders

          high[s3-versioning-enabled]: versioning is Suspended
            --> stacks/app.yaml:5:15
               |
             5 |     Name: 注文😀 # Status: Off
               |                    ^^^^^^^^^^^
            = see: stacks/app.yaml:2:3: where [it] is declared
            = fix: Turn it on. (`backstop rules show s3-versioning-enabled`)

        Not decided: 1 verdict
          give parameter `Days` a value: helps to decide 1 verdict
            because parameter `Days` has no default
            s3-lifecycle-configured needs lifecycle: Logs
          no cure known, `Fn::GetAtt` of a custom resource: helps to decide 1 verdict
            s3-lifecycle-configured needs lifecycle: Logs

        Not seen: 1 gap
          stacks/broken.yaml:3:1 could not be read (parse, syntax): did not find expected key
            leaves unknown: what the template declares

        Errors: 1
          policy `mine`: attribute `x` overflowed on `orders`

        Summary
          fail     1: 1 high
          unknown  1
          waived   0
          pass     7
          gaps     1
          errors   1
          judged   10 resources against 7 rules in 1 file; 2 other files passed over
        ");
    }

    #[test]
    fn what_a_comment_accepts_is_shown_with_its_place() {
        let text = plain(&Sample::suppressed());
        let expected = "Waived: 2 findings\n  \
            Logs [s3-versioning-enabled] in source at stacks/app.yaml:6: gone by | *March*\n  \
            Logs [vault-locked] until 2027-03-31 by @storage: goes away | in *March*\n  \
            Logs [vault-locked] in source at stacks/app.yaml:7: gone by | *March*\n\n";
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn what_is_new_is_marked_and_what_is_gone_or_elsewhere_is_counted() {
        let text = plain(&Sample::compared());
        for expected in [
            "  high[s3-versioning-enabled] new: versioning is Suspended\n",
            "Gone since the baseline: 1 finding\n  old [vault-locked]\n\n",
            "  new      1 since the baseline, 1 of them fail; 7 unchanged, 1 gone\n",
            "  outside  1 left out, in files that have not changed since origin/main: fail 1, unknown 0, waived 0\n",
        ] {
            assert!(text.contains(expected), "{text}");
        }
        assert_eq!(text.matches("] new: ").count(), 1);
    }

    #[test]
    fn the_worst_resource_comes_first_and_live_ones_show_arn_and_region() {
        let text = plain(&Sample::everything());
        let expected = "AWS::S3::Bucket orders\narn:aws:s3:::orders, eu-west-1, account 111122223333\n\n  \
                        critical[workload-recovery-point-fresh]: newest recovery point is 3d old";
        assert!(text.starts_with(expected), "{text}");
        let places: Vec<_> = ["critical[", "high[", "Not decided", "Waived", "Not seen", "Errors", "Summary"]
            .map(|word| text.find(word).unwrap())
            .into();
        assert!(places.is_sorted(), "{text}");
    }

    #[test]
    fn nothing_that_comes_from_the_estate_is_obeyed_by_the_terminal() {
        let text = render(&Sample::everything().input()).unwrap();
        assert!(!text.contains("\u{1b}[31m😀"));
        assert!(text.contains("\\u{1b}[31m😀"));
        assert!(plain(&Sample::everything()).chars().all(|c| c == '\n' || !c.is_control()));
        assert!(text.lines().all(|line| line.chars().count() < 1_000));
    }

    #[test]
    fn a_clean_run_is_a_summary() {
        insta::assert_snapshot!(plain(&Sample::clean()), @"
        Summary
          fail     0
          unknown  0
          waived   0
          pass     14
          judged   10 resources against 7 rules in 1 file; 2 other files passed over
        ");
    }

    #[test]
    fn the_same_input_gives_the_same_bytes() {
        assert_eq!(render(&Sample::everything().input()).unwrap(), render(&Sample::everything().input()).unwrap());
    }
}
