//! One result for each finding.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::json;
use serde_sarif::sarif::{
    ArtifactContent, Location, LogicalLocation, PropertyBag, Result as SarifResult, ResultKind, ResultLevel,
    Suppression,
};

use super::super::Input;
use super::super::baseline::FINGERPRINT;
use super::super::line_hash::line_hashes;
use super::super::source::{byte_at, lines};
use super::super::text::{count, cut, line, sentence};
use super::rules::level;
use super::{limits, location, message, properties};
use crate::finding::Finding;
use crate::finding::baseline::Earlier;
use crate::finding::severity::Severity;
use crate::finding::verdict::Verdict;
use crate::model::position::{Point, Position};

/// The results: all of them in the report's order, or those that GitHub should show, worst first.
pub fn results(input: &Input<'_>, index: &BTreeMap<String, i64>, github: bool) -> Vec<SarifResult> {
    let mut findings: Vec<&Finding> = input.report.findings.iter().collect();
    findings.retain(|finding| match finding.verdict {
        Verdict::Fail => true,
        Verdict::Unknown | Verdict::Waived => !github,
        Verdict::Pass => false,
    });
    if github {
        // Stable: the report's order decides within a severity.
        findings.sort_by_key(|finding| Reverse(finding.severity));
    }
    let mut files = BTreeMap::new();
    let mut results: Vec<_> =
        findings.into_iter().map(|finding| result(input, finding, index, &mut files, github)).collect();
    if let Some(compared) = input.report.baseline.as_ref().filter(|_| !github) {
        results.extend(compared.absent.iter().map(|(fingerprint, earlier)| absent(fingerprint, earlier, index)));
    }
    results
}

/// A result of the baseline that is no longer there.
fn absent(fingerprint: &str, earlier: &Earlier, index: &BTreeMap<String, i64>) -> SarifResult {
    let said = plain(earlier.message.trim(), 8_000);
    let mut result = SarifResult::builder()
        .rule_id(&*earlier.rule)
        .level(level_of(earlier.verdict, earlier.severity))
        .message(message(if said.is_empty() { "The rule was broken.".to_owned() } else { sentence(&said) }))
        .partial_fingerprints(BTreeMap::from([(FINGERPRINT.to_owned(), fingerprint.to_owned())]))
        .properties(
            PropertyBag::builder()
                .additional_properties(properties([
                    ("severity", json!(earlier.severity.name())),
                    ("verdict", json!(earlier.verdict.name())),
                ]))
                .build(),
        )
        .baseline_state(json!("absent"))
        .build();
    result.rule_index = index.get(&earlier.rule).copied();
    let resource = LogicalLocation::builder()
        .name(&*earlier.name)
        .fully_qualified_name(&*earlier.address)
        .kind("resource")
        .build();
    let mut place = Location::builder().logical_locations(vec![resource]).build();
    if let Some((file, line)) = &earlier.at {
        let point = |column| Point { line: *line, column };
        let at = Position { file: file.as_str().into(), start: point(1), end: point(1) };
        place.physical_location = Some(location::physical(&at));
    }
    result.locations = Some(vec![place]);
    if earlier.verdict == Verdict::Unknown {
        result.kind = Some(ResultKind::Open);
    }
    result
}

const fn level_of(verdict: Verdict, severity: Severity) -> ResultLevel {
    match (verdict, severity) {
        // §3.27.10: the level of whatever is no failure is `none`.
        (Verdict::Unknown, _) => ResultLevel::None,
        (_, Severity::Critical | Severity::High) => ResultLevel::Error,
        (_, Severity::Medium) => ResultLevel::Warning,
        (_, Severity::Low) => ResultLevel::Note,
    }
}

/// A file's lines and their hashes, worked out once for all of its findings.
struct File<'a> {
    lines: Vec<&'a str>,
    hashes: Vec<String>,
}

/// The line on which a finding starts, and its hash; none where there is no file or its text is not at hand.
fn line_of<'a, 'f>(
    input: &Input<'a>,
    finding: &'a Finding,
    files: &'f mut BTreeMap<&'a str, File<'a>>,
) -> Option<(&'a str, &'f str)> {
    let position = finding.at.as_ref()?;
    let text = input.texts.get(&position.file)?;
    let file =
        files.entry(&position.file).or_insert_with(|| File { lines: lines(text).collect(), hashes: line_hashes(text) });
    let at = usize::try_from(position.start.line).ok()?.checked_sub(1)?;
    Some((file.lines.get(at)?, file.hashes.get(at)?))
}

fn result<'a>(
    input: &Input<'a>,
    finding: &'a Finding,
    index: &BTreeMap<String, i64>,
    files: &mut BTreeMap<&'a str, File<'a>>,
    github: bool,
) -> SarifResult {
    let related: Vec<Location> = finding
        .related
        .iter()
        .take(if github { limits::RELATED } else { usize::MAX })
        .zip(1..)
        .map(|((position, phrase), id)| {
            let phrase = sentence(&line(phrase, limits::MESSAGE));
            Location::builder()
                .id(id)
                .physical_location(location::physical(position))
                .message(message(if phrase == "." { "Related.".to_owned() } else { phrase }))
                .build()
        })
        .collect();
    let fingerprint = finding.fingerprint();
    let mut place = location::of_finding(finding);
    let line_hash = match line_of(input, finding, files) {
        Some((line, hash)) => {
            let region = place.physical_location.as_mut().and_then(|physical| physical.region.as_mut());
            if let (Some(region), Some(position)) = (region, &finding.at) {
                region.snippet = snippet(line, position);
            }
            hash.to_owned()
        }
        // No file: the line is the resource itself.
        None => format!("{}:1", fingerprint.get(..16).unwrap_or(&fingerprint)),
    };
    let mut result = SarifResult::builder()
        .rule_id(&*finding.rule)
        .level(level_of(finding.judged(), finding.severity))
        .message(message(text(finding, github)))
        .locations(vec![place])
        .partial_fingerprints(BTreeMap::from([
            (FINGERPRINT.to_owned(), fingerprint),
            ("primaryLocationLineHash".to_owned(), line_hash),
        ]))
        .properties(bag(finding))
        .build();
    result.rule_index = index.get(&*finding.rule).copied();
    result.baseline_state = finding.novelty.map(|novelty| json!(novelty.name()));
    if !related.is_empty() {
        result.related_locations = Some(related);
    }
    if finding.judged() == Verdict::Unknown {
        result.kind = Some(ResultKind::Open);
    }
    if finding.verdict == Verdict::Waived {
        result.suppressions = Some(suppressions(finding));
    }
    result
}

/// The text of the region where it stands on one line and is of moderate length.
fn snippet(line: &str, position: &Position) -> Option<ArtifactContent> {
    let region = line.get(byte_at(line, position.start.column)..byte_at(line, position.end.column))?;
    let moderate = position.start.line == position.end.line && !region.is_empty() && region.len() <= 500;
    moderate.then(|| ArtifactContent::builder().text(region).build())
}

/// What is wrong, with the resource's name, the missing facts, and a link to every related place.
fn text(finding: &Finding, github: bool) -> String {
    let limit = if github { limits::MESSAGE } else { 8_000 };
    let said = finding.message.trim();
    let said = if said.is_empty() { "the rule is broken" } else { said };
    let mut out = if said.contains(&*finding.name) || finding.name.is_empty() {
        plain(said, limit)
    } else {
        format!("{}: {}", plain(&finding.name, 200), plain(said, limit))
    };
    out = sentence(&cut(&out, limit));
    if !finding.missing.is_empty() {
        let facts: Vec<String> = finding.missing.iter().map(|missing| plain(&missing.fact, 200)).collect();
        out.push_str(&format!(" Not known: {}.", super::super::text::some_of(facts, 5)));
    }
    let links: Vec<String> = finding
        .related
        .iter()
        .take(5)
        .zip(1..)
        .map(|((_, phrase), id)| {
            let phrase = line(phrase, 200).replace('\\', r"\\").replace('[', r"\[").replace(']', r"\]");
            format!("[{}]({id})", if phrase.trim().is_empty() { "related" } else { &phrase })
        })
        .collect();
    if !links.is_empty() {
        let all = format!(" See {}.", links.join(", "));
        // A link that is cut in half would be garbage: all of them or none.
        if out.chars().count() + all.chars().count() <= limit {
            out.push_str(&all);
        } else {
            out.push_str(&format!(" ({})", count(finding.related.len(), "related location")));
        }
    }
    cut(&out, limit)
}

/// Untrusted text on one line, which cannot become an embedded link (§3.11.6).
fn plain(text: &str, limit: usize) -> String {
    line(text, limit).replace("](", "] (")
}

/// A waiver is external to the code, a comment or metadata stands in it (§3.35.2); both accept it if both are there.
fn suppressions(finding: &Finding) -> Vec<Suppression> {
    let external = finding.waiver.as_ref().map(|waiver| {
        let why = format!("{} (accepted by {}, until {})", waiver.reason, waiver.owner, waiver.expires);
        let mut all = accepted("external", &why);
        let pairs = properties([
            ("expires", json!(waiver.expires)),
            ("file", json!(waiver.at.file)),
            ("line", json!(waiver.at.start.line)),
            ("owner", json!(waiver.owner)),
            ("waiver", json!(waiver.id)),
        ]);
        all.properties = Some(PropertyBag::builder().additional_properties(pairs).build());
        all
    });
    let in_source = finding.suppression.as_ref().map(|suppression| {
        let mut all = accepted("inSource", &suppression.reason);
        let at = location::physical(&suppression.at);
        all.location = Some(Location::builder().physical_location(at).build());
        all
    });
    external.into_iter().chain(in_source).collect()
}

fn accepted(kind: &str, why: &str) -> Suppression {
    let mut all = Suppression::builder().kind(json!(kind)).build();
    all.status = Some(json!("accepted"));
    all.justification = Some(line(why, 2_000));
    all
}

fn bag(finding: &Finding) -> PropertyBag {
    let mut pairs = properties([
        ("resourceType", json!(finding.resource.kind)),
        ("severity", json!(finding.severity.name())),
        ("verdict", json!(finding.verdict.name())),
    ]);
    if let Some(account) = &finding.resource.account {
        pairs.insert("account".to_owned(), json!(account));
    }
    if let Some(region) = &finding.resource.region {
        pairs.insert("region".to_owned(), json!(region));
    }
    if finding.judged() == Verdict::Unknown {
        // The level is `none`; what it would be is still worth knowing.
        pairs.insert("levelIfFailed".to_owned(), json!(level(finding.severity)));
        let missing: Vec<_> = finding
            .missing
            .iter()
            .map(|missing| {
                let reasons: Vec<_> = missing
                    .reasons
                    .iter()
                    .map(|reason| json!({"why": reason.why, "cure": reason.cure.as_ref().map(|c| c.instruction())}))
                    .collect();
                json!({"fact": missing.fact, "reasons": reasons})
            })
            .collect();
        pairs.insert("missing".to_owned(), json!(missing));
    }
    PropertyBag::builder().additional_properties(pairs).build()
}
