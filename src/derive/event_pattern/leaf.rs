//! The values and operators that stand in the arrays of a pattern.

use serde_json::{Map, Number, Value};

use super::NOT_KNOWN;
use crate::derive::selection;
use crate::model::fact::Fact;

/// Whether one of the choices matches the event's value, or one of its values where it is an array.
pub(super) fn any(choices: &[Value], value: Option<&Value>) -> Fact<bool> {
    Fact::any(choices.iter().map(|choice| one(choice, value)))
}

fn one(choice: &Value, value: Option<&Value>) -> Fact<bool> {
    match choice {
        Value::Object(operator) => {
            let mut entries = operator.iter();
            match (entries.next(), entries.next()) {
                (Some((name, operand)), None) => operation(name, operand, value),
                _ => refused("an operator is an object with one key"),
            }
        }
        Value::Array(_) => refused("an array stands within an array"),
        plain => some_value(value, |actual| equal(plain, actual)),
    }
}

fn refused(why: &str) -> Fact<bool> {
    Fact::unknown(format!("EventBridge refuses the event pattern: {why}"))
}

fn operation(name: &str, operand: &Value, value: Option<&Value>) -> Fact<bool> {
    match name {
        "exists" => match (operand, value) {
            // It asks about leaves; an object or empty array is none, and AWS's page says no more.
            (Value::Bool(_), Some(Value::Object(_))) => {
                Fact::unknown("the event pattern asks with `exists` about an object")
            }
            (Value::Bool(_), Some(Value::Array(items))) if items.is_empty() => {
                Fact::unknown("the event pattern asks with `exists` about an empty array")
            }
            (Value::Bool(wanted), value) => Fact::known(*wanted == value.is_some()),
            _ => refused("`exists` takes true or false"),
        },
        "anything-but" => anything_but(operand, value),
        "numeric" => numeric(operand, value),
        _ => text_test(name, operand).map_or_else(
            || Fact::unknown(format!("the event pattern's operator `{name}` is not known, or not with this value")),
            |test| some_value(value, |actual| Fact::known(actual.as_str().is_some_and(&test))),
        ),
    }
}

/// A test of a text.
type TextTest = Box<dyn Fn(&str) -> bool>;

/// The operators on texts: those of `anything-but` are the same.
fn text_test(name: &str, operand: &Value) -> Option<TextTest> {
    // `prefix` and `suffix` may ignore case too.
    if let (Value::Object(inner), "prefix" | "suffix") = (operand, name) {
        let wanted = inner.get("equals-ignore-case").filter(|_| inner.len() == 1)?.as_str()?.to_lowercase();
        return Some(match name {
            "prefix" => Box::new(move |text| text.to_lowercase().starts_with(&wanted)),
            _ => Box::new(move |text| text.to_lowercase().ends_with(&wanted)),
        });
    }
    let wanted = operand.as_str()?.to_owned();
    Some(match name {
        "prefix" => Box::new(move |text| text.starts_with(&wanted)),
        "suffix" => Box::new(move |text| text.ends_with(&wanted)),
        "equals-ignore-case" => Box::new(move |text| text.to_lowercase() == wanted.to_lowercase()),
        // Only `*` is a wildcard here; escapes and two stars in a row are rare, and left open.
        "wildcard" if !wanted.contains(['\\', '?']) && !wanted.contains("**") => {
            Box::new(move |text| selection::matches(&wanted, text))
        }
        _ => return None,
    })
}

/// What `anything-but` excludes: a value, a list, or an operator on texts with one or more values. A field that is
/// missing does not match.
fn anything_but(operand: &Value, value: Option<&Value>) -> Fact<bool> {
    let excluded: Vec<(Option<&str>, &Value)> = match operand {
        Value::Object(inner) => match single(inner) {
            Some((name, Value::Array(items))) => items.iter().map(|item| (Some(name), item)).collect(),
            Some((name, item)) => vec![(Some(name), item)],
            None => return refused("`anything-but` takes one operator"),
        },
        Value::Array(items) => items.iter().map(|item| (None, item)).collect(),
        item => vec![(None, item)],
    };
    if excluded.is_empty() {
        return refused("`anything-but` excludes nothing");
    }
    let test = |actual: &Value| {
        let hits = excluded.iter().map(|(name, item)| match name {
            None => equal(item, actual),
            Some(name) => match text_test(name, item) {
                Some(test) => Fact::known(actual.as_str().is_some_and(test)),
                None => {
                    Fact::unknown(format!("the event pattern's operator `{name}` is not known under `anything-but`"))
                }
            },
        });
        Fact::any(hits).negate()
    };
    // Of an array, AWS does not say whether one or every value must be another.
    if let Some(Value::Array(items)) = value {
        let answers: Vec<Fact<bool>> = items.iter().map(|item| told(item, &test)).collect();
        let (some, every) = (Fact::any(answers.iter().cloned()), Fact::all(answers));
        if some.is_true() && !every.is_true() {
            return Fact::unknown("AWS does not say how `anything-but` treats an array of which one value is excluded");
        }
        return some;
    }
    some_value(value, test)
}

fn single(object: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut entries = object.iter();
    match (entries.next(), entries.next()) {
        (Some((name, value)), None) => Some((name, value)),
        _ => None,
    }
}

/// `["=", 5]`, `[">", 0, "<=", 5]`.
fn numeric(operand: &Value, value: Option<&Value>) -> Fact<bool> {
    let Some(terms) = operand.as_array().filter(|terms| matches!(terms.len(), 2 | 4)) else {
        return refused("`numeric` takes one or two comparisons");
    };
    let mut bounds = Vec::new();
    for pair in terms.chunks(2) {
        match pair {
            [Value::String(sign), Value::Number(bound)] => match bound.as_f64() {
                Some(bound) if matches!(sign.as_str(), "=" | "<" | "<=" | ">" | ">=") => {
                    bounds.push((sign.as_str(), bound));
                }
                _ => return refused("`numeric` has a comparison that it does not know"),
            },
            _ => return refused("`numeric` takes a sign and a number"),
        }
    }
    some_value(value, |actual| {
        let Some(actual) = actual.as_f64() else { return Fact::known(false) };
        Fact::known(bounds.iter().all(|(sign, bound)| match *sign {
            "<" => actual < *bound,
            "<=" => actual <= *bound,
            ">" => actual > *bound,
            ">=" => actual >= *bound,
            _ => actual.total_cmp(bound).is_eq(),
        }))
    })
}

/// Whether the test holds for the value, or for one value of an array; a missing field matches nothing.
fn some_value(value: Option<&Value>, test: impl Fn(&Value) -> Fact<bool>) -> Fact<bool> {
    match value {
        Some(Value::Array(items)) => Fact::any(items.iter().map(|item| told(item, &test))),
        Some(value) => told(value, &test),
        None => Fact::known(false),
    }
}

/// The test's answer, unless the text has a part that is not known.
fn told(value: &Value, test: &impl Fn(&Value) -> Fact<bool>) -> Fact<bool> {
    if value.as_str().is_some_and(|text| text.contains(NOT_KNOWN)) {
        return Fact::unknown("the event pattern asks for an account or a Region that is not known");
    }
    test(value)
}

/// The same value: the texts with their case, the numbers as they are written.
fn equal(wanted: &Value, actual: &Value) -> Fact<bool> {
    match (wanted, actual) {
        (Value::Number(wanted), Value::Number(actual)) => number(wanted, actual),
        (Value::Object(_) | Value::Array(_), _) => refused("a list of values holds an object or an array"),
        _ => Fact::known(wanted == actual),
    }
}

/// "Creating Amazon EventBridge event patterns": numbers are compared as they are written, so that 300 and 300.0
/// differ; what was written is not known here.
fn number(wanted: &Number, actual: &Number) -> Fact<bool> {
    if wanted == actual && !wanted.is_f64() {
        return Fact::known(true);
    }
    match (wanted.as_f64(), actual.as_f64()) {
        (Some(one), Some(other)) if one.total_cmp(&other).is_eq() => {
            Fact::unknown("EventBridge compares numbers as they are written")
        }
        _ => Fact::known(false),
    }
}
