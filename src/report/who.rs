//! Who can do something, for people and for programs.

use std::fmt::{self, Write as _};

use serde_json::{Value as Json, json};

use super::text::line;
use crate::model::derived::holders::{CallOn, Holders, Row};
use crate::model::fact::Reasons;

/// How many names are told; the rest are counted.
const MOST_NAMES: usize = 3;

const NOTHING: &str = "nothing allows it";

/// Text from an estate is cut after so many characters.
const LIMIT: usize = 300;

/// For a terminal.
pub fn text(action: &str, all: &[Holders]) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write(&mut out, action, all);
    out
}

fn write(out: &mut String, action: &str, all: &[Holders]) -> fmt::Result {
    for (number, holders) in all.iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{} on {}", line(action, LIMIT), line(&holders.target, LIMIT))?;
        if holders.rows.is_empty() {
            writeln!(out, "  no user or role was seen")?;
        }
        let can = |row: &&Row| row.allowed.is_true();
        let comes = |row: &&Row| row.allowed.is_false() && row.steps_certain;
        let open = |row: &&Row| {
            row.allowed.is_unknown() || (row.allowed.is_false() && !row.steps_certain && !row.steps.is_empty())
        };
        let held = |row: &&Row| row.allowed.is_false() && row.steps.is_empty() && row.some_allow;
        let none = |row: &&Row| row.allowed.is_false() && row.steps.is_empty() && !row.some_allow;
        group(out, "can", holders.rows.iter().filter(can), |row| {
            let mfa = if row.needs_mfa { vec!["only with multi-factor authentication".to_owned()] } else { Vec::new() };
            row.by.iter().map(|by| format!("allowed by {by}")).chain(mfa).collect()
        })?;
        group(out, "can come to it", holders.rows.iter().filter(comes), |row| row.steps.clone())?;
        group(out, "cannot be told", holders.rows.iter().filter(open), |row| {
            let reasons = row.allowed.reasons().map(because);
            reasons.into_iter().chain(row.steps.iter().map(|step| format!("perhaps: {step}"))).collect()
        })?;
        group(out, "held back", holders.rows.iter().filter(held), |row| {
            row.by.iter().map(|by| format!("allowed by {by}")).chain(row.held_back_by.iter().cloned()).collect()
        })?;
        let others = holders.rows.iter().filter(none).count();
        if others > 0 {
            writeln!(out, "  nothing allows it to {others} other{}", if others == 1 { "" } else { "s" })?;
        }
    }
    Ok(())
}

fn group<'r>(
    out: &mut String,
    title: &str,
    rows: impl Iterator<Item = &'r Row>,
    lines: impl Fn(&Row) -> Vec<String>,
) -> fmt::Result {
    let rows: Vec<&Row> = rows.collect();
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "  {title} ({})", rows.len())?;
    for row in rows {
        writeln!(out, "    {}", line(&row.arn, LIMIT))?;
        for text in lines(row) {
            writeln!(out, "      {}", line(&text, LIMIT))?;
        }
    }
    Ok(())
}

/// What one user or role can do to backups, call by call, for a terminal.
pub fn calls_text(all: &[CallOn]) -> String {
    let mut out = String::from("\nWhat it can do to backups, call by call\n");
    for CallOn { action, on, row } in all {
        let names: Vec<&str> = on.iter().take(MOST_NAMES).map(String::as_str).collect();
        let more = match on.len().saturating_sub(MOST_NAMES) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let answer = match row.allowed.value() {
            Some(true) if row.needs_mfa => "yes, with multi-factor authentication",
            Some(true) => "yes",
            Some(false) => "no",
            None => "cannot be told",
        };
        out.push_str(&format!("  {answer}: {}\n", line(&format!("{action} on {}{more}", names.join(", ")), LIMIT)));
        let by = row.by.iter().map(|by| format!("allowed by {by}"));
        let held = if row.allowed.is_true() { &[][..] } else { &row.held_back_by[..] };
        let nothing = (row.allowed.is_false() && row.by.is_empty() && held.is_empty()).then(|| NOTHING.to_owned());
        let why = row.allowed.reasons().map(because);
        for text in by.chain(held.iter().cloned()).chain(why).chain(nothing) {
            out.push_str(&format!("    {}\n", line(&text, LIMIT)));
        }
    }
    out
}

/// The same for programs.
pub fn calls_json(all: &[CallOn]) -> Json {
    let call = |call: &CallOn| json!({ "action": call.action, "on": call.on, "answer": json_row(&call.row) });
    all.iter().map(call).collect()
}

/// For programs: an object with `action` and `resources`.
pub fn json(action: &str, all: &[Holders]) -> Json {
    let of = |holders: &Holders| json!({ "resource": holders.target, "principals": holders.rows.iter().map(json_row).collect::<Vec<_>>() });
    json!({ "action": action, "resources": all.iter().map(of).collect::<Vec<_>>() })
}

fn json_row(row: &Row) -> Json {
    json!({
        "principal": row.arn,
        "allowed": row.allowed.value(),
        "unknown": row.allowed.reasons().map(|reasons| reasons.iter().map(|reason| &reason.why).collect::<Vec<_>>()),
        "needsMfa": row.needs_mfa,
        "by": row.by,
        "heldBackBy": row.held_back_by,
        "steps": row.steps,
        "stepsCertain": row.steps_certain,
    })
}

/// Why something cannot be told, in one text.
fn because(reasons: &Reasons) -> String {
    reasons.iter().map(|reason| reason.why.as_str()).collect::<Vec<_>>().join("; ")
}
