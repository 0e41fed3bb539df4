//! Functions of lists.

use std::sync::Arc;

use super::{Answer, misused};
use crate::collect::terraform::source::convert::Stop;
use crate::collect::terraform::source::evaluator::Evaluator;
use crate::collect::terraform::source::number::Number;
use crate::collect::terraform::source::operator::equal;
use crate::collect::terraform::source::value::{Kind, Value};

/// The longest list that `range` makes ("range Function" in the Terraform language documentation).
const MAX_RANGE: usize = 1_024;

const NAMES: &[&str] = &[
    "length",
    "concat",
    "element",
    "index",
    "contains",
    "flatten",
    "distinct",
    "compact",
    "slice",
    "sort",
    "reverse",
    "range",
    "list",
    "tolist",
    "chunklist",
];

pub(super) fn call(evaluator: &mut Evaluator<'_>, name: &str, arguments: &[Value]) -> Answer {
    NAMES.contains(&name).then(|| answer(evaluator, name, arguments))
}

fn answer(evaluator: &mut Evaluator<'_>, name: &str, arguments: &[Value]) -> Result<Kind, Stop> {
    match (name, arguments) {
        ("length", [value]) => length(value),
        ("concat", lists) => {
            let mut all: Vec<Value> = Vec::new();
            for list in lists {
                let elements = list.elements()?;
                evaluator.spend(elements.len(), 0)?;
                all.extend(elements.iter().cloned());
            }
            Ok(Kind::list(all))
        }
        ("element", [list, index]) => {
            let all = list.elements()?;
            let index = index.number()?.whole().ok_or_else(|| Stop::error("the index is no whole number"))?;
            let length = i128::try_from(all.len()).unwrap_or(i128::MAX);
            let at = index.checked_rem_euclid(length).ok_or_else(|| Stop::error("the list is empty"))?;
            let found = usize::try_from(at).ok().and_then(|at| all.get(at));
            found.map(|value| value.kind.clone()).ok_or_else(|| Stop::error("the list is empty"))
        }
        ("index", [list, wanted]) => {
            for (at, element) in list.elements()?.iter().enumerate() {
                if equal(element, wanted).map_err(Stop::unknown)? {
                    return Ok(Kind::whole(at));
                }
            }
            Err(Stop::error("the list does not have the element"))
        }
        ("contains", [list, wanted]) => contains(list.elements()?, wanted),
        ("flatten", [list]) => {
            let mut flat = Vec::new();
            flatten(evaluator, list.elements()?, &mut flat, 0)?;
            Ok(Kind::list(flat))
        }
        ("distinct", [list]) => {
            let mut kept: Vec<Value> = Vec::new();
            for element in list.elements()?.iter() {
                evaluator.spend(kept.len(), 0)?;
                if !matches!(contains(&kept, element)?, Kind::Bool(true)) {
                    kept.push(element.clone());
                }
            }
            Ok(Kind::list(kept))
        }
        ("compact", [list]) => {
            let mut kept = Vec::new();
            for element in list.elements()?.iter() {
                match &element.known()?.kind {
                    Kind::Null => {}
                    Kind::Text(text) if text.is_empty() => {}
                    _ => kept.push(element.clone()),
                }
            }
            Ok(Kind::list(kept))
        }
        ("slice", [list, start, end]) => {
            let part = list.elements()?.get(start.count()?..end.count()?);
            part.map(|part| Kind::List(part.into())).ok_or_else(|| Stop::error("the list is shorter"))
        }
        ("sort", [list]) => {
            let mut texts: Vec<Arc<str>> = list.elements()?.iter().map(Value::text).collect::<Result<_, _>>()?;
            texts.sort();
            Ok(Kind::list(texts.into_iter().map(|text| Kind::Text(text).into())))
        }
        ("reverse", [list]) => Ok(Kind::list(list.elements()?.iter().rev().cloned())),
        ("range", limits) => range(limits),
        ("list", elements) => Ok(Kind::list(elements.iter().cloned())),
        ("tolist", [list]) => match &list.kind {
            Kind::Null => Ok(Kind::Null),
            _ => Ok(Kind::List(list.elements()?.clone())),
        },
        ("chunklist", [list, size]) => {
            let (all, size) = (list.elements()?, size.count()?);
            let chunks = if size == 0 { vec![&**all] } else { all.chunks(size).collect() };
            Ok(Kind::list(chunks.into_iter().map(|chunk| Kind::List(chunk.into()).into())))
        }
        _ => Err(misused(name)),
    }
}

fn length(value: &Value) -> Result<Kind, Stop> {
    match &value.known()?.kind {
        Kind::Map(_) => Ok(Kind::whole(value.closed()?.entries.len())),
        Kind::Text(text) if text.is_ascii() => Ok(Kind::whole(text.len())),
        Kind::Text(_) | Kind::Reference(_) => Err(Stop::unknown("its characters are not counted here")),
        _ => Ok(Kind::whole(value.elements()?.len())),
    }
}

pub(super) fn contains(all: &[Value], wanted: &Value) -> Result<Kind, Stop> {
    let mut doubt = None;
    for element in all {
        match equal(element, wanted) {
            Ok(true) => return Ok(Kind::Bool(true)),
            Ok(false) => {}
            Err(reasons) => doubt = Some(reasons),
        }
    }
    doubt.map_or(Ok(Kind::Bool(false)), |reasons| Err(Stop::unknown(reasons)))
}

fn flatten(evaluator: &mut Evaluator<'_>, all: &[Value], out: &mut Vec<Value>, depth: usize) -> Result<(), Stop> {
    evaluator.spend(all.len(), 0)?;
    for element in all {
        match &element.kind {
            Kind::List(inner) | Kind::Set(inner) if depth < 64 => flatten(evaluator, inner, out, depth + 1)?,
            Kind::List(_) | Kind::Set(_) => return Err(Stop::unknown("the list is nested too deep")),
            // It may be a list itself.
            Kind::Unknown(_) | Kind::Choice(_) | Kind::Error(_) => {
                element.known()?;
            }
            _ => out.push(element.clone()),
        }
    }
    Ok(())
}

fn range(limits: &[Value]) -> Result<Kind, Stop> {
    let whole = |value: &Value| {
        value
            .number()?
            .whole()
            .ok_or_else(|| Stop::unknown("a range of other than whole numbers is not worked out here"))
    };
    let (start, end, step) = match limits {
        [end] => (0, whole(end)?, None),
        [start, end] => (whole(start)?, whole(end)?, None),
        [start, end, step] => (whole(start)?, whole(end)?, Some(whole(step)?)),
        _ => return Err(misused("range")),
    };
    let step = step.unwrap_or(if end < start { -1 } else { 1 });
    if step == 0 {
        return Err(Stop::error("the step of the range is zero"));
    }
    let mut all: Vec<Value> = Vec::new();
    let mut at = start;
    while if step > 0 { at < end } else { at > end } {
        if all.len() >= MAX_RANGE {
            return Err(Stop::error(format!("the range has more than {MAX_RANGE} elements")));
        }
        all.push(Kind::Number(Number::Whole(at)).into());
        at = at.saturating_add(step);
    }
    Ok(Kind::list(all))
}
