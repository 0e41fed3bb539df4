//! What is known of a plan with values missing stays so with every value.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;

const PLANS: [&str; 2] = [include_str!("estate/plan.json"), include_str!("changes/plan.json")];

/// A step into a value: a key or an index.
type Way = Vec<String>;

/// The ways to all values of a resource that its configuration writes, which is what may be unknown for another reason
/// than that the provider fills it in.
fn ways(plan: &Json, change: &Json) -> Vec<Way> {
    let address = change["address"].as_str().unwrap();
    let configured = configured(&plan["configuration"]["root_module"], address);
    let mut all = Vec::new();
    if let Some(expressions) = configured {
        walk(&change["change"]["after"], &expressions, &mut Vec::new(), &mut all);
    }
    all
}

fn configured(module: &Json, address: &str) -> Option<Json> {
    if let Some(inner) = address.strip_prefix("module.") {
        let (call, rest) = inner.split_once(['.', '[']).unwrap();
        let rest = rest.split_once("].").map_or(rest, |(_, rest)| rest);
        return configured(&module["module_calls"][call]["module"], rest);
    }
    let name = address.split('[').next().unwrap();
    let all = module["resources"].as_array()?;
    all.iter().find(|one| one["address"] == name).map(|one| one["expressions"].clone())
}

fn walk(value: &Json, written: &Json, way: &mut Way, all: &mut Vec<Way>) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let Some(written) = written.get(name) else { continue };
        way.push(name.clone());
        all.push(way.clone());
        if let (Some(blocks), Some(elements)) = (written.as_array(), value.as_array()) {
            // A set is in another order than the configuration.
            let names: BTreeSet<&String> = blocks.iter().flat_map(|block| block.as_object().unwrap().keys()).collect();
            let any: Json = names
                .into_iter()
                .map(|name| (name.clone(), blocks.iter().find_map(|block| block.get(name)).unwrap().clone()))
                .collect::<serde_json::Map<_, _>>()
                .into();
            for (index, element) in elements.iter().enumerate() {
                way.push(index.to_string());
                walk(element, &any, way, all);
                way.pop();
            }
        }
        way.pop();
    }
}

/// Marks what is at the end of a way, and takes the value out if it is to be unknown.
fn mark(marks: &mut Json, after: Option<&mut Json>, way: &[String]) {
    let Some((first, rest)) = way.split_first() else {
        *marks = json!(true);
        if let Some(after) = after {
            *after = Json::Null;
        }
        return;
    };
    if *marks == json!(true) {
        return;
    }
    match first.parse::<usize>() {
        Ok(index) => {
            if !marks.is_array() {
                *marks = json!([]);
            }
            let marks = marks.as_array_mut().unwrap();
            while marks.len() <= index {
                marks.push(json!({}));
            }
            mark(&mut marks[index], after.and_then(|after| after.get_mut(index)), rest);
        }
        Err(_) => {
            if !marks.is_object() {
                *marks = json!({});
            }
            let after = after.and_then(|after| after.get_mut(first));
            mark(marks.as_object_mut().unwrap().entry(first).or_insert(json!({})), after, rest);
        }
    }
}

/// Whether all that is known on the left holds on the right.
fn holds(before: &Json, after: &Json) -> bool {
    match (before, after) {
        (Json::Object(before), Json::Object(after)) => {
            if before.contains_key("unknown") {
                return true;
            }
            if let (Some(known), Some(entries)) = (before.get("entries"), after.get("entries")) {
                let same_keys = || known.as_object().unwrap().keys().eq(entries.as_object().unwrap().keys());
                return holds(known, entries) && (before.contains_key("others") || same_keys());
            }
            before.iter().all(|(key, value)| match key.as_str() {
                "at" => true,
                "target" => after.get(key).is_none_or(|after| value == after),
                _ => after.get(key).is_some_and(|after| holds(value, after)),
            })
        }
        (Json::Array(before), Json::Array(after)) => {
            before.len() == after.len() && before.iter().zip(after).all(|(before, after)| holds(before, after))
        }
        _ => before == after,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn learning_a_value_never_overturns_a_fact(
        which in 0..PLANS.len(),
        picks in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>()), 1..8),
    ) {
        let whole: Json = serde_json::from_str(PLANS[which]).unwrap();
        let mut less = whole.clone();
        let mut marked = Vec::new();
        for (change, way, sensitive) in picks {
            let changes = whole["resource_changes"].as_array().unwrap();
            let at = change.index(changes.len());
            let ways = ways(&whole, &changes[at]);
            if ways.is_empty() {
                continue;
            }
            let way = &ways[way.index(ways.len())];
            let change = &mut less["resource_changes"][at]["change"];
            if sensitive {
                mark(&mut change["after_sensitive"], None, way);
            } else {
                let mut after = change["after"].take();
                mark(&mut change["after_unknown"], Some(&mut after), way);
                change["after"] = after;
            }
            marked.push(format!("{} {way:?} {sensitive}", changes[at]["address"]));
        }
        let (before, after) = (resources(&less.to_string()), resources(&whole.to_string()));
        prop_assert_eq!(before.len(), after.len());
        for (earlier, now) in before.iter().zip(&after) {
            prop_assert_eq!(&earlier.id, &now.id);
            let (earlier, now) = (serde_json::to_value(earlier).unwrap(), serde_json::to_value(now).unwrap());
            prop_assert!(holds(&earlier["facts"], &now["facts"]), "{marked:#?}\n{earlier}\n{now}");
            prop_assert!(holds(&earlier["tags"], &now["tags"]), "{marked:#?}\n{earlier}\n{now}");
        }
    }
}
