//! One item: a fix, the resources that need it, and all that it takes.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use super::super::shell;
use super::super::text::{count, sentence, some_of};
use super::markdown::{code, details, fenced, prose};
use super::order::Placed;
use super::{MESSAGE, NAME};
use crate::finding::Finding;
use crate::finding::baseline::Novelty;
use crate::rule::guide::Guide;
use crate::rule::meta::Meta;
use crate::rule::notice;
use crate::rule::template::fill_with;

/// Blocks of commands that are shown; further ones are folded away.
const BLOCKS: usize = 5;

/// Writes one item. `numbers` are the numbers of all items, by rule.
pub fn write(
    out: &mut String,
    placed: &Placed<'_>,
    rule: Option<&Meta>,
    findings: &[&Finding],
    numbers: &BTreeMap<&str, usize>,
) -> fmt::Result {
    let fix = &placed.fix;
    let number = numbers.get(fix.rule).copied().unwrap_or_default();
    let notice = notice::find(fix.rule);
    let title = rule.map_or_else(|| notice.map_or(fix.rule, |notice| notice.title), |rule| &rule.title);
    writeln!(out, "### {number}. {}\n", prose(title, MESSAGE))?;
    write!(out, "{}, {}.", code(fix.rule, NAME), fix.severity)?;
    if placed.urgency > fix.severity {
        write!(out, " It stands here because a {} fix waits for it.", placed.urgency)?;
    }
    // In a circle something has to come first: only what stands above is named.
    let before: Vec<String> = fix
        .after
        .iter()
        .filter_map(|rule| numbers.get(rule).filter(|before| **before < number))
        .map(usize::to_string)
        .collect();
    if !before.is_empty() {
        write!(out, " Do first: {}.", before.join(", "))?;
    }
    writeln!(out, "\n")?;
    let noun = if notice.is_some() { "place" } else { "resource" };
    writeln!(out, "- [ ] {}", count(findings.len(), noun))?;
    // What is new comes first; the report's order holds within.
    let mut findings: Vec<&Finding> = findings.to_vec();
    findings.sort_by_key(|finding| finding.novelty != Some(Novelty::New));
    for finding in &findings {
        let message = sentence(&prose(&finding.message, MESSAGE));
        let new = if finding.novelty == Some(Novelty::New) { "**New:** " } else { "" };
        writeln!(out, "  - [ ] {new}{} {}: {message}", code(&finding.name, NAME), place(finding))?;
        for (at, phrase) in &finding.related {
            let at = code(&format!("{}:{}:{}", at.file, at.start.line, at.start.column), NAME);
            writeln!(out, "    - {at}: {}", prose(phrase, MESSAGE))?;
        }
    }
    writeln!(out)?;
    match (rule, notice) {
        (Some(rule), _) => guide(out, &rule.guide, &findings),
        (None, Some(notice)) => {
            paragraph(out, "Why", notice.why)?;
            paragraph(out, "How", notice.fix)
        }
        (None, None) => Ok(()),
    }
}

/// Where a resource is: line of a file, or ARN, Region and account.
fn place(finding: &Finding) -> String {
    if let Some(at) = &finding.at {
        return format!("at {}", code(&format!("{}:{}:{}", at.file, at.start.line, at.start.column), NAME));
    }
    let mut words = Vec::new();
    if finding.address != finding.name {
        words.push(code(&finding.address, NAME));
    }
    words.extend(finding.resource.region.as_deref().map(|region| prose(region, NAME)));
    if words.is_empty() { "in the account".to_owned() } else { format!("({})", words.join(", ")) }
}

fn guide(out: &mut String, guide: &Guide, findings: &[&Finding]) -> fmt::Result {
    paragraph(out, "Why", &tamed(&guide.why, findings))?;
    paragraph(out, "How", &tamed(&guide.fix, findings))?;
    if let Some(cli) = &guide.cli {
        commands(out, cli, findings)?;
    }
    for (name, language, block) in
        [("CloudFormation", "yaml", &guide.cloudformation), ("Terraform", "hcl", &guide.terraform)]
    {
        if let Some(block) = block {
            let text = fenced(language, &tamed(block, findings));
            writeln!(out, "{}", details(name, &text))?;
        }
    }
    paragraph(out, "Verify", &tamed(&guide.verify, findings))?;
    paragraph(out, "Cost and risk", &tamed(&guide.cost, findings))?;
    if !guide.references.is_empty() {
        let links: Vec<String> = guide.references.iter().map(|page| page.trim().to_owned()).collect();
        writeln!(out, "References: {}\n", links.join(", "))?;
    }
    Ok(())
}

fn paragraph(out: &mut String, name: &str, text: &str) -> fmt::Result {
    if text.trim().is_empty() {
        return Ok(());
    }
    writeln!(out, "**{name}.** {}\n", text.trim())
}

/// The commands with names filled in: one block for each resource, equal ones in the same place once.
fn commands(out: &mut String, template: &str, findings: &[&Finding]) -> fmt::Result {
    let mut blocks: Vec<((String, String), Vec<&Finding>)> = Vec::new();
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    for finding in findings {
        let (text, note) = match shell::fill(template, &finding.values) {
            Ok(text) => (text, ""),
            // Better a template in the hand than nothing at all; `{{ }}` cannot run by mistake.
            Err(_) => (template.to_owned(), ", fill in what stands between `{{ }}`"),
        };
        let key = (format!("{}{note}", whereabouts(finding)), text);
        match seen.get(&key).and_then(|at| blocks.get_mut(*at)) {
            Some((_, findings)) => findings.push(finding),
            None => {
                seen.insert(key.clone(), blocks.len());
                blocks.push((key, vec![finding]));
            }
        }
    }
    let mut folded = String::new();
    for (n, ((whereabouts, text), findings)) in blocks.iter().enumerate() {
        let names = some_of(findings.iter().map(|finding| code(&finding.name, NAME)), 3);
        let block = format!("For {names}{whereabouts}:\n\n{}\n", fenced("sh", text));
        if n < BLOCKS { &mut *out } else { &mut folded }.push_str(&block);
    }
    if !folded.is_empty() {
        let more = blocks.len().saturating_sub(BLOCKS);
        writeln!(out, "{}", details(&format!("Commands for {more} more"), &folded))?;
    }
    Ok(())
}

/// The account and Region in which commands must run.
fn whereabouts(finding: &Finding) -> String {
    let region = finding.resource.region.as_deref().map(|region| format!(" in {}", prose(region, NAME)));
    let account = finding.resource.account.as_deref().map(|account| format!(", account {}", prose(account, NAME)));
    [region, account].into_iter().flatten().collect()
}

/// A template or text filled with the first resource's values, as far as they are harmless in any format.
fn tamed(template: &str, findings: &[&Finding]) -> String {
    if !template.contains("{{") {
        return template.to_owned();
    }
    let harmless = |c: char| c.is_ascii_alphanumeric() || " ._:/@=+,*-".contains(c);
    let place = move |value: &str| match value {
        "unknown" | "none" | "" => "FILL_IN".to_owned(),
        value if value.chars().all(harmless) => value.to_owned(),
        _ => "FILL_IN".to_owned(),
    };
    findings
        .first()
        .and_then(|finding| fill_with(template, &finding.values, place).ok())
        .unwrap_or_else(|| template.to_owned())
}
