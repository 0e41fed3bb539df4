//! An explanation for people and for programs.

use std::fmt::{self, Write as _};

use serde_json::{Value as Json, json};

use super::text::{line, sentence, visible};
use crate::finding::explanation::{Explanation, Joint, Operand, Shown, Told, Truth};
use crate::model::fact::Reason;
use crate::model::position::Position;
use crate::rule::meta::Meta;

/// Text from an estate is cut after so many characters.
const LIMIT: usize = 300;

/// For a terminal.
pub fn text(explanation: &Explanation, meta: &Meta) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write(&mut out, explanation, meta);
    out
}

fn write(out: &mut String, explanation: &Explanation, meta: &Meta) -> fmt::Result {
    let id = &explanation.resource;
    let verdict = explanation.verdict.map_or("error", |verdict| verdict.name());
    writeln!(out, "{} on {} `{}`: {verdict}", explanation.rule, id.kind, line(&explanation.name, LIMIT))?;
    writeln!(out, "  asks that: {}", sentence(&meta.title))?;
    if let Some(message) = &explanation.message {
        writeln!(out, "  {}", line(message, LIMIT))?;
    }
    if let Some(waiver) = &explanation.waiver {
        let (id, owner, reason) = (line(&waiver.id, LIMIT), line(&waiver.owner, LIMIT), line(&waiver.reason, LIMIT));
        let (without, at) = (waiver.accepts.name(), place(&waiver.at));
        writeln!(out, "  waiver `{id}` of {owner} accepts it until {}: {reason} ({at})", waiver.expires)?;
        if explanation.suppression.is_none() {
            writeln!(out, "  without the waiver: {without}")?;
        }
    }
    if let Some(suppression) = &explanation.suppression {
        let (reason, at) = (line(&suppression.reason, LIMIT), place(&suppression.at));
        writeln!(out, "  a suppression beside it accepts it: {reason} ({at})")?;
        let what = if explanation.waiver.is_some() { "both" } else { "the suppression" };
        writeln!(out, "  without {what}: {}", suppression.accepts.name())?;
    }
    match &explanation.at {
        Some(at) => writeln!(out, "  --> {}", place(at))?,
        None => writeln!(out, "  --> {}", line(&id.id, LIMIT))?,
    }

    writeln!(out, "\nFacts that the rule reads")?;
    let width = explanation.facts.iter().map(|fact| fact.path.chars().count()).max().unwrap_or_default();
    for fact in &explanation.facts {
        let value = line(&fact.value, LIMIT);
        writeln!(out, "  {:width$}  {value}  ({})", visible(&fact.path), visible(&fact.source()))?;
        for (number, value) in fact.values.iter().enumerate() {
            writeln!(out, "  {:width$}    version {}: {}", "", number + 1, line(value, LIMIT))?;
        }
    }

    match explanation.versions.as_slice() {
        [] => writeln!(out, "\nToo much is unknown to judge each way in which it may go")?,
        [_] => {}
        versions => {
            writeln!(out, "\nVersions: what the unknown facts may be; a verdict stands where all agree")?;
            for (number, name) in versions.iter().enumerate() {
                writeln!(out, "  {}: {}", number + 1, line(name, LIMIT))?;
            }
        }
    }

    writeln!(out, "\nCondition: the rule fails where every `when` is true and every `unless` is false")?;
    for clause in &explanation.clauses {
        writeln!(out, "  {}", if clause.when { "when" } else { "unless" })?;
        operand(out, &clause.condition, 2)?;
    }

    if !explanation.missing.is_empty() {
        writeln!(out, "\nWhat would decide it")?;
        for missing in &explanation.missing {
            for reason in &missing.reasons {
                let cure = reason.cure.as_ref().map(|cure| format!(": {}", line(&cure.instruction(), LIMIT)));
                let cure = cure.unwrap_or_else(|| ": no cure is known".to_owned());
                writeln!(out, "  {} ({}){cure}", visible(&missing.fact), line(&reason.why, LIMIT))?;
            }
        }
    }
    Ok(())
}

fn operand(out: &mut String, part: &Operand, depth: usize) -> fmt::Result {
    let text = match part.joint {
        Joint::None => visible(&part.text),
        Joint::All => "all of".to_owned(),
        Joint::Any => "one of".to_owned(),
        Joint::Not => "not".to_owned(),
    };
    let differ = part.in_versions.iter().any(|truth| Some(truth) != part.in_versions.first());
    let each: Vec<String> =
        part.in_versions.iter().enumerate().map(|(number, truth)| format!("{} {}", number + 1, truth.name())).collect();
    let each = if differ { format!("  ({})", each.join(", ")) } else { String::new() };
    writeln!(out, "  {:9}{:depth$}{text}{each}", part.truth.name(), "")?;
    part.parts.iter().try_for_each(|part| operand(out, part, depth + 2))
}

fn place(at: &Position) -> String {
    format!("{}:{}:{}", visible(&at.file), at.start.line, at.start.column)
}

/// For programs.
pub fn json(explanation: &Explanation) -> Json {
    let id = &explanation.resource;
    let missing: Vec<Json> = explanation
        .missing
        .iter()
        .map(|missing| json!({ "fact": missing.fact, "reasons": reasons(missing.reasons.iter()) }))
        .collect();
    let clauses: Vec<Json> = explanation
        .clauses
        .iter()
        .map(|clause| {
            json!({ "clause": if clause.when { "when" } else { "unless" }, "condition": part(&clause.condition) })
        })
        .collect();
    json!({
        "schemaVersion": 1,
        "rule": &*explanation.rule,
        "resource": {
            "type": &*id.kind,
            "id": &*id.id,
            "name": &*explanation.name,
            "account": id.account.as_deref(),
            "region": id.region.as_deref(),
        },
        "at": explanation.at.as_deref().map(position),
        "verdict": explanation.verdict.map(|verdict| verdict.name()),
        "message": explanation.message,
        "facts": explanation.facts.iter().map(fact).collect::<Vec<_>>(),
        "versions": explanation.versions,
        "clauses": clauses,
        "missing": missing,
        "waiver": explanation.waiver.as_ref().map(|waiver| json!({
            "id": &*waiver.id,
            "at": position(&waiver.at),
            "reason": waiver.reason,
            "owner": waiver.owner,
            "expires": waiver.expires,
            "accepts": waiver.accepts.name(),
        })),
        "suppression": explanation.suppression.as_ref().map(|suppression| json!({
            "at": position(&suppression.at),
            "reason": &*suppression.reason,
            "accepts": suppression.accepts.name(),
        })),
    })
}

fn fact(fact: &Shown) -> Json {
    let (source, at) = match &fact.told {
        Told::At(at) => ("file", Some(position(at))),
        Told::Live => ("live", None),
        Told::Unwritten => ("not-in-file", None),
        Told::Derived => ("derived", None),
    };
    json!({
        "fact": fact.path,
        "value": fact.value,
        "valuesByVersion": fact.values,
        "source": source,
        "at": at,
        "reasons": reasons(fact.reasons.iter().flat_map(|reasons| reasons.iter())),
    })
}

fn reasons<'a>(all: impl Iterator<Item = &'a Reason>) -> Vec<Json> {
    all.map(|reason| json!({ "why": reason.why, "cure": reason.cure.as_ref().map(|cure| cure.instruction()) }))
        .collect()
}

fn position(at: &Position) -> Json {
    json!({ "file": &*at.file, "line": at.start.line, "column": at.start.column })
}

fn part(operand: &Operand) -> Json {
    let joint = match operand.joint {
        Joint::None => None,
        Joint::All => Some("all"),
        Joint::Any => Some("any"),
        Joint::Not => Some("not"),
    };
    json!({
        "cedar": operand.text,
        "truth": word(operand.truth),
        "truthByVersion": operand.in_versions.iter().map(|truth| word(*truth)).collect::<Vec<_>>(),
        "of": joint,
        "parts": operand.parts.iter().map(part).collect::<Vec<_>>(),
    })
}

const fn word(truth: Truth) -> &'static str {
    match truth {
        Truth::Unasked => "not-asked",
        other => other.name(),
    }
}
