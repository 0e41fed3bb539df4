//! The statements of a policy document.
//!
//! The elements and what may stand in each: "IAM JSON policy elements reference" in the IAM User Guide
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html>).

use std::sync::Arc;

use serde_json::{Map as JsonMap, Value as Json};

use super::open;
use crate::collect::declared::item::{Choice, Item, Kind, Map};
use crate::model::fact::State;
use crate::model::iam::HOLE;
use crate::model::position::Position;

/// How many readings one statement is written out in.
const MOST_READINGS: usize = 4;

/// The statements in a value, each with its place. Where one hangs on conditions of the file, each of its readings is a
/// statement that may be there; `perhaps` says so of all.
pub fn all(item: &Item, perhaps: bool, out: &mut Vec<(Json, Option<Arc<Position>>)>) {
    match &item.kind {
        Kind::Absent => {}
        Kind::List(elements) => elements.iter().for_each(|element| all(element, perhaps, out)),
        Kind::Choice(choice) => {
            all(&choice.yes, true, out);
            all(&choice.no, true, out);
        }
        Kind::Map(map) if map.open.is_none() => {
            let readings = readings(item, MOST_READINGS);
            let perhaps = perhaps || readings.len() > 1;
            for reading in readings {
                let Kind::Map(map) = &reading.kind else { continue };
                let statement = statement(map);
                out.push((if perhaps { open::conditional(statement) } else { statement }, item.at.clone()));
            }
        }
        Kind::Map(_) | Kind::Unknown(_) => out.push((open::part(), item.at.clone())),
        // AWS refuses it.
        _ => out.extend(any(item).map(|json| (json, item.at.clone()))),
    }
}

/// What a value may be, by each of the conditions in it; with conditions still in it where that would be too many.
fn readings(item: &Item, most: usize) -> Vec<Item> {
    if most > 1
        && let Some((yes, no)) = first_choice(item)
    {
        return [yes, no].iter().flat_map(|one| readings(one, most / 2)).collect();
    }
    vec![item.clone()]
}

/// The value with its first choice made, both ways; none where there is none in it.
fn first_choice(item: &Item) -> Option<(Item, Item)> {
    match &item.kind {
        Kind::Choice(choice) => {
            let Choice { yes, no, .. } = &**choice;
            let placed = |one: &Item| Item {
                kind: one.kind.clone(),
                at: one.at.clone().or_else(|| item.at.clone()),
                key_at: item.key_at.clone(),
            };
            Some((placed(yes), placed(no)))
        }
        Kind::List(elements) => {
            let (index, (yes, no)) =
                elements.iter().enumerate().find_map(|(index, one)| Some((index, first_choice(one)?)))?;
            let with = |one: Item| {
                let all =
                    elements.iter().enumerate().map(|(at, old)| if at == index { one.clone() } else { old.clone() });
                Item { kind: Kind::List(all.collect()), ..item.clone() }
            };
            Some((with(yes), with(no)))
        }
        Kind::Map(map) => {
            let (key, (yes, no)) = map.entries.iter().find_map(|(key, one)| Some((key.clone(), first_choice(one)?)))?;
            let with = |one: Item| {
                let entries = map
                    .entries
                    .iter()
                    .map(|(name, old)| (name.clone(), if *name == key { one.clone() } else { old.clone() }));
                let map = Map { entries: entries.collect(), open: map.open.clone() };
                Item { kind: Kind::Map(Arc::new(map)), ..item.clone() }
            };
            Some((with(yes), with(no)))
        }
        _ => None,
    }
}

/// Whether a value may be left out.
fn may_be_absent(item: &Item) -> bool {
    match &item.kind {
        Kind::Absent => true,
        Kind::Choice(choice) => may_be_absent(&choice.yes) || may_be_absent(&choice.no),
        _ => false,
    }
}

fn statement(map: &Map) -> Json {
    let mut json = JsonMap::new();
    for (key, value) in &map.entries {
        if matches!(value.kind, Kind::Absent) {
            continue;
        }
        let written = match &**key {
            "Sid" => match &value.kind {
                Kind::Text(_) | Kind::Number(_) => any(value),
                // It means nothing, and a hole could seem to be the name of several.
                _ => None,
            },
            "Condition" => Some(conditions(value)),
            // What else there is would be another statement.
            _ if may_be_absent(value) => return open::part(),
            "Principal" | "NotPrincipal" => Some(principals(value)),
            _ => any(value),
        };
        json.extend(written.map(|value| (key.to_string(), value)));
    }
    Json::Object(json)
}

fn principals(item: &Item) -> Json {
    match &item.kind {
        Kind::Unknown(_) | Kind::Choice(_) => open::part(),
        Kind::Map(map) if map.open.is_some() || map.entries.iter().any(|(_, who)| is_doubtful(who)) => open::part(),
        _ => any(item).unwrap_or_else(open::part),
    }
}

/// Whether a value may be left out, but need not.
fn is_doubtful(item: &Item) -> bool {
    !matches!(item.kind, Kind::Absent) && may_be_absent(item)
}

/// Conditions. An operator or key that may not be there must not seem to be: it would never hold where a request lacks
/// the key.
fn conditions(item: &Item) -> Json {
    let Kind::Map(operators) = &item.kind else { return open::part() };
    if operators.open.is_some() {
        return open::part();
    }
    let mut json = JsonMap::new();
    for (operator, keys) in operators.entries.iter().filter(|(_, keys)| !matches!(keys.kind, Kind::Absent)) {
        let closed = match &keys.kind {
            Kind::Map(map) => map.open.is_none() && !map.entries.iter().any(|(_, values)| is_doubtful(values)),
            _ => false,
        };
        let written = if closed { any(keys) } else { None };
        json.insert(operator.to_string(), written.unwrap_or_else(open::part));
    }
    Json::Object(json)
}

/// Any other value: with holes for texts, and for values that may be texts. None where there is none.
pub fn any(item: &Item) -> Option<Json> {
    Some(match &item.kind {
        Kind::Absent => return None,
        Kind::Bool(value) => Json::Bool(*value),
        Kind::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| text.to_string().into()),
        Kind::List(elements) => Json::Array(elements.iter().filter_map(any).collect()),
        Kind::Map(map) if map.open.is_some() => open::part(),
        Kind::Map(map) => {
            let entries = map.entries.iter().filter_map(|(key, value)| Some((key.to_string(), any(value)?)));
            Json::Object(entries.collect())
        }
        Kind::Text(_) | Kind::Reference(_) | Kind::Unknown(_) | Kind::Choice(_) => text(item).into(),
    })
}

/// A text, as far as it is known.
pub fn text(item: &Item) -> String {
    match &item.kind {
        Kind::Text(text) | Kind::Number(text) => open::sealed(text.to_string()),
        Kind::Bool(value) => value.to_string(),
        Kind::Reference(reference) => match &reference.text.state {
            State::Known(text) => open::sealed(text.clone()),
            State::Absent | State::Unknown(_) => {
                reference.shape.as_ref().map_or_else(|| HOLE.to_string(), |shape| open::sealed(shape.to_string()))
            }
        },
        Kind::Choice(choice) if !may_be_absent(item) => open::either(&text(&choice.yes), &text(&choice.no)),
        Kind::Absent | Kind::Unknown(_) | Kind::List(_) | Kind::Map(_) | Kind::Choice(_) => HOLE.to_string(),
    }
}
