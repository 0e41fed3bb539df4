//! How a part of a policy document is written of which nothing is known.

use serde_json::{Map as JsonMap, Value as Json, json};

use crate::model::iam::HOLE;

/// A statement, principal or condition of which nothing is known: a template's function whose value was not worked out.
pub fn part() -> Json {
    json!({ "Fn::Unknown": [] })
}

fn is_part(json: &Json) -> bool {
    json.as_object().is_some_and(|it| it.len() == 1 && it.keys().all(|key| key == "Ref" || key.starts_with("Fn::")))
}

/// A statement that holds under one more condition, which is not known: it may as well not be there.
pub fn conditional(statement: Json) -> Json {
    if is_part(&statement) {
        return statement;
    }
    let Json::Object(mut statement) = statement else { return part() };
    let conditions = statement.entry("Condition").or_insert_with(|| Json::Object(JsonMap::new()));
    if !is_part(conditions) {
        // An operator that stands there already holds what is known.
        let free = ["Null", "Bool", "ArnLike", "ArnEquals", "DateEquals"];
        let free = free.into_iter().find(|operator| conditions.get(operator).is_none());
        match (conditions.as_object_mut(), free) {
            (Some(operators), Some(free)) if !operators.is_empty() => drop(operators.insert(free.to_owned(), part())),
            _ => *conditions = part(),
        }
    }
    Json::Object(statement)
}

/// The text, if what is not known of it leaves the rest its meaning: a policy variable (`${aws:username}`) whose name is
/// open in part could be any.
pub fn sealed(text: String) -> String {
    let mut rest = &*text;
    while let Some((_, after)) = rest.split_once("${") {
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        if name.contains(HOLE) {
            return HOLE.to_string();
        }
        rest = tail;
    }
    // A `$` before a hole that begins with a brace would begin a variable.
    if text.contains(&format!("${HOLE}")) { HOLE.to_string() } else { text }
}

/// A text that both are like.
pub fn either(one: &str, other: &str) -> String {
    if one == other {
        return one.to_owned();
    }
    if one.contains("${") || other.contains("${") {
        return HOLE.to_string();
    }
    let start: String = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect();
    let (one, other) = (one.get(start.len()..).unwrap_or_default(), other.get(start.len()..).unwrap_or_default());
    let end: Vec<char> =
        one.chars().rev().zip(other.chars().rev()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect();
    let end: String = end.into_iter().rev().collect();
    format!("{start}{HOLE}{end}")
}

/// Whether the text of a policy is JSON in which no hole stands where it would change what the rest means: in the name of
/// an element, or of a policy variable.
pub fn is_sound(text: &str) -> bool {
    serde_json::from_str(text).is_ok_and(|json| has_sound_holes(&json))
}

fn has_sound_holes(json: &Json) -> bool {
    match json {
        Json::String(text) => sealed(text.clone()) == *text,
        Json::Array(all) => all.iter().all(has_sound_holes),
        Json::Object(entries) => entries.iter().all(|(key, value)| !key.contains(HOLE) && has_sound_holes(value)),
        Json::Null | Json::Bool(_) | Json::Number(_) => true,
    }
}
