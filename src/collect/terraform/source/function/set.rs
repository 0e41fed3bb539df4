//! Functions of sets.

use super::list::contains;
use super::{Answer, misused};
use crate::collect::terraform::source::convert::Stop;
use crate::collect::terraform::source::evaluator::Evaluator;
use crate::collect::terraform::source::value::{Kind, Value};

const NAMES: &[&str] = &["toset", "setunion", "setintersection", "setsubtract", "setproduct"];

pub(super) fn call(evaluator: &mut Evaluator<'_>, name: &str, arguments: &[Value]) -> Answer {
    NAMES.contains(&name).then(|| answer(evaluator, name, arguments))
}

fn answer(evaluator: &mut Evaluator<'_>, name: &str, arguments: &[Value]) -> Result<Kind, Stop> {
    match (name, arguments) {
        ("toset", [value]) => match &value.kind {
            Kind::Null => Ok(Kind::Null),
            _ => Value::set(value.elements()?),
        },
        ("setunion", sets) => {
            let mut all = Vec::new();
            for set in sets {
                all.extend(set.elements()?.iter().cloned());
            }
            Value::set(&all)
        }
        ("setintersection", [first, others @ ..]) => {
            let mut kept = first.elements()?.to_vec();
            for other in others {
                kept = chosen(evaluator, &kept, other.elements()?, true)?;
            }
            Value::set(&kept)
        }
        ("setsubtract", [first, other]) => {
            let kept = chosen(evaluator, first.elements()?, other.elements()?, false)?;
            Value::set(&kept)
        }
        ("setproduct", sets) if sets.len() > 1 => product(evaluator, sets),
        _ => Err(misused(name)),
    }
}

/// The elements that are among others, or are not.
fn chosen(evaluator: &mut Evaluator<'_>, all: &[Value], others: &[Value], among: bool) -> Result<Vec<Value>, Stop> {
    let mut kept = Vec::new();
    for value in all {
        evaluator.spend(others.len(), 0)?;
        match contains(others, value)? {
            Kind::Bool(found) if found == among => kept.push(value.clone()),
            _ => {}
        }
    }
    Ok(kept)
}

/// All combinations; a set if all of it are sets.
fn product(evaluator: &mut Evaluator<'_>, sets: &[Value]) -> Result<Kind, Stop> {
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for set in sets {
        let elements = set.elements()?;
        evaluator.spend(rows.len().saturating_mul(elements.len()).saturating_mul(sets.len()), 0)?;
        rows = rows
            .iter()
            .flat_map(|row| {
                elements.iter().map(move |element| {
                    let mut longer = row.clone();
                    longer.push(element.clone());
                    longer
                })
            })
            .collect();
    }
    let rows: Vec<Value> = rows.into_iter().map(|row| Kind::list(row).into()).collect();
    if sets.iter().all(|set| matches!(set.kind, Kind::Set(_))) { Value::set(&rows) } else { Ok(Kind::list(rows)) }
}
