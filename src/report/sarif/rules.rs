//! Every enabled rule as a reporting descriptor, whether it found something or not.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use serde_sarif::sarif::{MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor};

use super::super::Input;
use super::super::text::{cut, first_paragraph, sentence};
use super::{limits, properties, taxonomies, text};
use crate::finding::severity::Severity;
use crate::finding::verdict::Verdict;
use crate::rule::meta::Meta;
use crate::rule::notice;
use crate::rule::template::placeholders;

/// The descriptors and the place of each rule among them.
pub struct Catalog {
    pub descriptors: Vec<ReportingDescriptor>,
    pub index: BTreeMap<String, i64>,
}

impl Catalog {
    /// The enabled rules, and whatever else findings name (the engine's own notices have no rule), sorted by id.
    pub fn new(input: &Input<'_>, github: bool) -> Self {
        let found = |finding: &&crate::finding::Finding| !github || finding.verdict == Verdict::Fail;
        let named: BTreeSet<&str> = input.report.findings.iter().filter(found).map(|f| &*f.rule).collect();
        let mut ids: BTreeSet<&str> = input.rules.iter().map(|rule| &*rule.id).collect();
        ids.extend(&named);
        if github && ids.len() > limits::RULES {
            ids = named;
        }
        let descriptors: Vec<_> = ids
            .iter()
            .map(|id| match input.rule(id) {
                Some(rule) => descriptor(rule, input, github),
                None => notice(id),
            })
            .collect();
        let index = ids.into_iter().zip(0..).map(|(id, index)| (id.to_owned(), index)).collect();
        Self { descriptors, index }
    }
}

fn descriptor(rule: &Meta, input: &Input<'_>, github: bool) -> ReportingDescriptor {
    let why = first_paragraph(&placeholders(&rule.guide.why));
    let full = if why.is_empty() { sentence(&rule.title) } else { why };
    let help_limit = if github { limits::HELP } else { usize::MAX };
    let mut help = MultiformatMessageString::builder().text(cut(&help_text(rule), help_limit)).build();
    if !rule.guide.text.trim().is_empty() {
        help.markdown = Some(cut(&placeholders(&rule.guide.text), help_limit));
    }
    let mut all = ReportingDescriptor::builder()
        .id(&*rule.id)
        .name(cut(&pascal_case(&rule.id), limits::NAME))
        .short_description(text(&cut(&sentence(&rule.title), limits::DESCRIPTION)))
        .full_description(text(&cut(&full, limits::DESCRIPTION)))
        .help(help)
        .default_configuration(ReportingConfiguration::builder().level(json!(level(rule.severity))).build())
        .properties(bag(rule))
        .build();
    let relationships = taxonomies::relationships(input.frameworks, &rule.id);
    if !relationships.is_empty() {
        all.relationships = Some(relationships);
    }
    if !rule.aliases.is_empty() {
        all.deprecated_ids = Some(rule.aliases.clone());
    }
    all
}

/// A finding of the engine itself, which no rule describes.
fn notice(id: &str) -> ReportingDescriptor {
    let (title, why, severity) = match notice::find(id) {
        Some(notice) => (sentence(notice.title), format!("{} {}", notice.why, notice.fix), notice.severity),
        None => {
            let what = format!("Backstop's own notice `{}`.", super::super::text::line(id, 200));
            (what.clone(), what, Severity::Medium)
        }
    };
    let pairs = properties([
        ("precision", json!("very-high")),
        ("problem.severity", json!(problem_severity(severity))),
        ("security-severity", json!(security_severity(severity))),
    ]);
    let tags = ["security", "aws", "disaster-recovery", "waiver"].map(str::to_owned).to_vec();
    ReportingDescriptor::builder()
        .id(id)
        .name(cut(&pascal_case(id), limits::NAME))
        .short_description(text(&title))
        .full_description(text(&why))
        .help(text(&why))
        .default_configuration(ReportingConfiguration::builder().level(json!(level(severity))).build())
        .properties(PropertyBag::builder().tags(tags).additional_properties(pairs).build())
        .build()
}

fn bag(rule: &Meta) -> PropertyBag {
    let mut bag = PropertyBag::builder()
        .tags(tags(rule))
        .additional_properties(properties([
            ("precision", json!(rule.precision.name())),
            ("problem.severity", json!(problem_severity(rule.severity))),
            ("security-severity", json!(security_severity(rule.severity))),
        ]))
        .build();
    if !rule.practice.is_empty() {
        bag.additional_properties.insert("practice".to_owned(), json!(rule.practice));
    }
    bag
}

/// At most nine: GitHub documents a limit of ten in one place, and of fewer than ten in another.
fn tags(rule: &Meta) -> Vec<String> {
    let services = rule.types.iter().filter_map(|kind| kind.split("::").nth(1)).map(str::to_ascii_lowercase);
    let fixed = ["security", "aws", "disaster-recovery", rule.action.name()].map(str::to_owned);
    let mut seen = BTreeSet::new();
    fixed.into_iter().chain(services).filter(|tag| seen.insert(tag.clone())).take(limits::TAGS).collect()
}

/// The guide as plain text, for viewers without Markdown.
fn help_text(rule: &Meta) -> String {
    let guide = &rule.guide;
    let parts = [&guide.why, &guide.fix, &guide.verify, &guide.cost];
    let text = parts
        .iter()
        .map(|part| placeholders(part.trim()))
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("\n\n");
    if text.is_empty() { sentence(&rule.title) } else { text }
}

/// `s3-versioning-enabled` as `S3VersioningEnabled`.
fn pascal_case(id: &str) -> String {
    id.split(|c: char| !c.is_alphanumeric())
        .filter_map(|word| {
            let mut chars = word.chars();
            chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>())
        })
        .collect()
}

/// SARIF's level.
pub const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// CodeQL's word for the same, which GitHub reads.
const fn problem_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "recommendation",
    }
}

/// GitHub's number, a string: over 9.0 critical, from 7.0 high, from 4.0 medium. 9.0 itself is documented as both.
const fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_pascal_case() {
        assert_eq!(pascal_case("s3-versioning-enabled"), "S3VersioningEnabled");
        assert_eq!(pascal_case("-a--b/ü"), "ABÜ");
    }
}
