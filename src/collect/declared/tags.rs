//! Tags: a list of `{Key, Value}`, or a mapping (vaults and plans in CloudFormation, all that has tags in Terraform).

use std::sync::Arc;

use super::item::{Item, Kind};
use super::join::Join;
use crate::model::fact::{Fact, Reasons, State};
use crate::model::resource::Tags;
use crate::model::small_map::SmallMap;

/// The tags in a property.
pub fn tags(item: &Item) -> Tags {
    match &item.kind {
        Kind::Absent => Tags::default(),
        Kind::Unknown(reasons) => Tags::unread(reasons.clone()),
        Kind::Choice(choice) => either(tags(&choice.yes), tags(&choice.no), &choice.why),
        Kind::Map(map) => {
            let entries =
                map.entries.iter().filter_map(|(key, value)| Some((key.clone(), tag_value(value)?))).collect();
            Tags { entries, others: map.open.clone() }
        }
        Kind::List(elements) => elements.iter().fold(Tags::default(), |all, element| both(all, tag(element))),
        Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::Reference(_) => Tags::unread("the tags are not a list"),
    }
}

fn tag(element: &Item) -> Tags {
    match &element.kind {
        Kind::Choice(choice) => either(tag(&choice.yes), tag(&choice.no), &choice.why),
        Kind::Map(_) => match element.get("Key").text().state {
            State::Known(key) => {
                let value = tag_value(&element.get("Value")).unwrap_or_else(|| Fact::known(String::new()));
                Tags { entries: SmallMap::from([(Arc::from(key), value)]), others: None }
            }
            State::Unknown(reasons) => Tags::unread(reasons),
            State::Absent => Tags::default(),
        },
        Kind::Absent => Tags::default(),
        Kind::Unknown(reasons) => Tags::unread(reasons.clone()),
        _ => Tags::unread("a tag is not a mapping"),
    }
}

/// A tag's value; none where it may not be there at all.
fn tag_value(item: &Item) -> Option<Fact<String>> {
    let value = item.text();
    if value.is_absent() { None } else { Some(value) }
}

/// All of both.
fn both(mut all: Tags, more: Tags) -> Tags {
    all.entries.extend(more.entries);
    all.others = sum(all.others, more.others);
    all
}

/// What holds whichever it is.
fn either(yes: Tags, mut no: Tags, why: &Reasons) -> Tags {
    let mut entries = SmallMap::default();
    let mut uneven = false;
    for (key, value) in yes.entries {
        match no.entries.remove(&key) {
            Some(other) => {
                let joined = value.join(other, why).unwrap_or_else(|| Fact::unknown(why.clone()));
                entries.insert(key, joined);
            }
            None => uneven = true,
        }
    }
    uneven |= !no.entries.is_empty();
    let others = sum(sum(yes.others, no.others), uneven.then(|| why.clone()));
    Tags { entries, others }
}

fn sum(a: Option<Reasons>, b: Option<Reasons>) -> Option<Reasons> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.and(&b)),
        (a, b) => a.or(b),
    }
}

/// A resource's own tags with those of its stack, which it takes on where it has none with that key. Where it is not
/// sure that resources of its type do, it may have them.
pub fn with_stack_tags(sure: bool, mut own: Tags, stack: &Tags) -> Tags {
    let missing = stack.entries.iter().filter(|(key, _)| !own.entries.contains_key(*key));
    let missing: Vec<_> = missing.map(|(key, value)| (key.clone(), value.clone())).collect();
    let mut doubt = stack.others.clone();
    // A key that is not read may be one that the resource sets otherwise.
    if sure && own.others.is_none() {
        own.entries.extend(missing);
    } else if !missing.is_empty() {
        doubt = sum(doubt, Some("the tags of the stack may be given to it".into()));
    }
    own.others = sum(own.others, doubt);
    own
}
