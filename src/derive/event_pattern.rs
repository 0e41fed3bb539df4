//! Does an EventBridge event pattern match an event?
//!
//! Sources: "Creating Amazon EventBridge event patterns" and "Comparison operators for use in event patterns" in the
//! Amazon EventBridge User Guide; the events are those of "Monitoring AWS Backup events using Amazon EventBridge" in the
//! AWS Backup Developer Guide.

mod leaf;
mod samples;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use crate::model::fact::Fact;

pub use samples::backup_failure_events;

/// The deepest nesting of a pattern that is followed.
const DEEPEST: usize = 64;

/// Stands in a text of an event for a part that is not known: only `exists` can be decided on such a text.
pub const NOT_KNOWN: &str = "\u{1}not known\u{1}";

/// Whether the pattern matches the event; known or unknown, never absent. What EventBridge would refuse, or what is
/// not modelled (`cidr`), is unknown.
pub fn matches(pattern_json: &str, event: &Value) -> Fact<bool> {
    match serde_json::from_str(pattern_json) {
        Ok(Value::Object(pattern)) if pattern.is_empty() => Fact::unknown("the event pattern is empty"),
        Ok(Value::Object(pattern)) => object(&pattern, Some(event), DEEPEST),
        Ok(_) => Fact::unknown("the event pattern is no JSON object"),
        Err(error) => Fact::unknown(format!("the event pattern is no JSON: {error}")),
    }
}

/// Whether a rule with this pattern hears of failed backups, failed copies and failed restores alike: one failed job
/// of each kind matches. A pattern that asks for one vault or one type of resource does not.
///
/// Without a Region or account, a pattern on which they bear is unknown. What else may end badly (EXPIRED, ABORTED) is
/// told by [`matches`] on [`backup_failure_events`].
pub fn covers_backup_failures(pattern_json: &str, region: Option<&str>, account: Option<&str>) -> Fact<bool> {
    let events = backup_failure_events(region.unwrap_or(NOT_KNOWN), account.unwrap_or(NOT_KNOWN));
    let failed = events.iter().filter(|(name, _)| name.ends_with("FAILED"));
    Fact::all(failed.map(|(_, event)| matches(pattern_json, event)))
}

/// Every key of the pattern, with the keys beside it, must match; the event may lack the object.
fn object(pattern: &Map<String, Value>, event: Option<&Value>, depth: usize) -> Fact<bool> {
    if depth == 0 {
        return Fact::unknown("the event pattern is nested too deeply");
    }
    // Of an array of objects one must match as a whole.
    if let Some(Value::Array(items)) = event
        && items.iter().any(Value::is_object)
    {
        let objects = items.iter().filter(|item| item.is_object());
        return Fact::any(objects.map(|item| object(pattern, Some(item), depth - 1)));
    }
    let fields = event.and_then(Value::as_object);
    Fact::all(pattern.iter().map(|(key, wanted)| {
        if let Some(alternatives) = alternatives(key, wanted) {
            return Fact::any(alternatives.iter().map(|pattern| object(pattern, event, depth - 1)));
        }
        let value = fields.and_then(|fields| fields.get(key));
        match wanted {
            Value::Object(inner) if inner.is_empty() => {
                Fact::unknown(format!("the event pattern asks nothing of `{key}`, which EventBridge refuses"))
            }
            Value::Object(inner) => object(inner, value, depth - 1),
            Value::Array(choices) if choices.is_empty() => {
                Fact::unknown(format!("the event pattern has no value for `{key}`, which EventBridge refuses"))
            }
            Value::Array(choices) => leaf::any(choices, value),
            _ => Fact::unknown(format!("the event pattern's value of `{key}` is no array, which EventBridge refuses")),
        }
    }))
}

/// The branches of `$or`: two or more objects. Anything else under this key is a field of that name.
fn alternatives<'a>(key: &str, wanted: &'a Value) -> Option<Vec<&'a Map<String, Value>>> {
    let branches = wanted.as_array().filter(|branches| key == "$or" && branches.len() > 1)?;
    branches.iter().map(|branch| branch.as_object().filter(|branch| !branch.is_empty())).collect()
}
