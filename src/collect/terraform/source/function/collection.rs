//! Functions of maps and objects.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Answer, misused};
use crate::collect::terraform::source::convert::Stop;
use crate::collect::terraform::source::evaluator::Evaluator;
use crate::collect::terraform::source::resource::laid_over;
use crate::collect::terraform::source::value::{Kind, Map, Value};

const NAMES: &[&str] = &["merge", "lookup", "keys", "values", "zipmap", "tomap", "map", "transpose"];

pub(super) fn call(evaluator: &mut Evaluator<'_>, name: &str, arguments: &[Value]) -> Answer {
    NAMES.contains(&name).then(|| answer(evaluator, name, arguments))
}

fn answer(evaluator: &mut Evaluator<'_>, name: &str, arguments: &[Value]) -> Result<Kind, Stop> {
    match (name, arguments) {
        ("merge", maps) => {
            let mut merged: Value = Kind::map(BTreeMap::new()).into();
            for map in maps {
                match &map.kind {
                    Kind::Null | Kind::Unknown(_) => {}
                    _ => {
                        let length = map.any_map()?.entries.len();
                        evaluator.spend(length, 0)?;
                    }
                }
                merged = laid_over(Some(map), &merged);
            }
            Ok(merged.kind)
        }
        ("lookup", [map, key, default @ ..]) if default.len() <= 1 => {
            let (map, key) = (map.any_map()?, key.text()?);
            match (map.entries.get(&key), &map.open, default.first()) {
                (Some(value), _, _) => Ok(value.kind.clone()),
                (None, Some(open), _) => Err(Stop::unknown(open.reasons.clone())),
                (None, None, Some(default)) => Ok(default.kind.clone()),
                (None, None, None) => Err(Stop::error(format!("there is no key `{key}`"))),
            }
        }
        ("keys", [map]) => {
            let keys = map.closed()?.entries.keys();
            Ok(Kind::list(keys.map(|key| Kind::Text(key.clone()).into())))
        }
        ("values", [map]) => Ok(Kind::list(map.closed()?.entries.values().cloned())),
        ("zipmap", [keys, values]) => {
            let (keys, values) = (keys.elements()?, values.elements()?);
            if keys.len() != values.len() {
                return Err(Stop::error("there are not as many keys as values"));
            }
            let entries: Result<BTreeMap<Arc<str>, Value>, Stop> =
                keys.iter().zip(values.iter()).map(|(key, value)| Ok((key.text()?, value.clone()))).collect();
            Ok(Kind::map(entries?))
        }
        ("tomap", [map]) => match &map.kind {
            Kind::Null => Ok(Kind::Null),
            _ => {
                let Map { entries, open } = map.any_map()?.clone();
                Ok(Kind::Map(Arc::new(Map { entries, open })))
            }
        },
        ("map", pairs) => {
            let mut entries = BTreeMap::new();
            for pair in pairs.chunks(2) {
                let [key, value] = pair else { return Err(misused(name)) };
                entries.insert(key.text()?, value.clone());
            }
            Ok(Kind::map(entries))
        }
        ("transpose", [map]) => {
            let mut turned: BTreeMap<Arc<str>, Vec<Value>> = BTreeMap::new();
            for (key, values) in &map.closed()?.entries {
                for value in values.elements()?.iter() {
                    turned.entry(value.text()?).or_default().push(Kind::Text(key.clone()).into());
                }
            }
            Ok(Kind::map(turned.into_iter().map(|(key, values)| (key, Kind::list(values).into())).collect()))
        }
        _ => Err(misused(name)),
    }
}
