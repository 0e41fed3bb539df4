//! Kleene's three values over a residual: decides what Cedar's partial evaluator leaves open for the sake of order.
//!
//! `unknown && false` stays a residual in Cedar, since its left operand is evaluated first and might error. Rules pass
//! strict validation, so the only errors left are arithmetic; an operand without arithmetic can be dropped.
//!
//! Residuals are read in Cedar's JSON policy format, the only public form that admits unknowns.

use cedar_policy::Policy;
use serde_json::Value as Json;

/// Whether a residual is satisfied whatever its unknowns are, never satisfied, or neither.
pub fn fold(residual: &Policy) -> Option<bool> {
    let json = residual.to_json().ok()?;
    let mut open_before = false;
    for clause in json.get("conditions")?.as_array()? {
        let body = clause.get("body")?;
        let value = match clause.get("kind")?.as_str()? {
            "when" => truth(body),
            _ => truth(body).map(|value| !value),
        };
        match value {
            Some(false) => return Some(false),
            Some(true) => {}
            None if is_total(body) => open_before = true,
            None => return None,
        }
    }
    (!open_before).then_some(true)
}

/// The value of a boolean expression, if it does not hang on unknowns.
fn truth(expr: &Json) -> Option<bool> {
    let (operator, operand) = node(expr)?;
    let sides = || Some((operand.get("left")?, operand.get("right")?));
    match operator {
        "Value" => operand.as_bool(),
        "!" => truth(operand.get("arg")?).map(|value| !value),
        "&&" => sides().and_then(|(left, right)| decided_by(left, right, false)),
        "||" => sides().and_then(|(left, right)| decided_by(left, right, true)),
        "==" => sides().and_then(|(left, right)| equal(left, right)),
        "!=" => sides().and_then(|(left, right)| equal(left, right)).map(|value| !value),
        "contains" => sides().and_then(|(left, right)| contains(left, right)),
        "if-then-else" => {
            let (cond, then, otherwise) = (operand.get("if")?, operand.get("then")?, operand.get("else")?);
            match truth(cond) {
                Some(true) => truth(then),
                Some(false) => truth(otherwise),
                None if is_total(cond) => truth(then).filter(|value| truth(otherwise) == Some(*value)),
                None => None,
            }
        }
        _ => None,
    }
}

/// The operator of a node and what it is applied to: every expression is an object with one member.
fn node(expr: &Json) -> Option<(&str, &Json)> {
    let (operator, operand) = expr.as_object()?.iter().next()?;
    Some((operator, operand))
}

/// `&&` is decided by false, `||` by true: on the left at once, on the right if the left cannot error.
fn decided_by(left: &Json, right: &Json, decisive: bool) -> Option<bool> {
    match (truth(left), truth(right)) {
        (Some(value), _) if value == decisive => Some(decisive),
        (Some(_), right) => right,
        (None, Some(value)) if value == decisive && is_total(left) => Some(decisive),
        (None, _) => None,
    }
}

fn equal(left: &Json, right: &Json) -> Option<bool> {
    if let (Some(("Value", left)), Some(("Value", right))) = (node(left), node(right))
        && is_plain(left)
        && is_plain(right)
    {
        return Some(left == right);
    }
    if let (Some(left), Some(right)) = (truth(left), truth(right)) {
        return Some(left == right);
    }
    (left == right && is_total(left)).then_some(true)
}

/// Texts, numbers and Bools are equal if they are written equally; extension values and entities need not be.
fn is_plain(value: &Json) -> bool {
    value.is_string() || value.is_i64() || value.is_boolean()
}

/// A set with a known element that is looked for contains it, whatever its other elements are.
fn contains(set: &Json, element: &Json) -> Option<bool> {
    let Some(("Set", elements)) = node(set) else { return None };
    let elements = elements.as_array()?;
    if !elements.iter().all(is_total) {
        return None;
    }
    let answers: Vec<Option<bool>> = elements.iter().map(|candidate| equal(candidate, element)).collect();
    if answers.contains(&Some(true)) {
        return Some(true);
    }
    answers.iter().all(|answer| *answer == Some(false)).then_some(false)
}

/// Operators that cannot error once strict validation has passed. Arithmetic, `offset` and `durationSince` can
/// overflow; whatever is not listed is taken to be able to.
const TOTAL: [&str; 30] = [
    "!",
    "&&",
    "||",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "in",
    "like",
    "is",
    "has",
    ".",
    "hasTag",
    "getTag",
    "contains",
    "containsAll",
    "containsAny",
    "isEmpty",
    "if-then-else",
    "Set",
    "Record",
    "unknown",
    "duration",
    "datetime",
    "decimal",
    "ip",
    "toDays",
    "toHours",
];

/// Whether a strictly validated expression cannot error, whatever its unknowns are.
fn is_total(expr: &Json) -> bool {
    let Some((operator, operand)) = node(expr) else { return false };
    match operator {
        "Value" | "Var" => true,
        operator if TOTAL.contains(&operator) => match operand {
            Json::Array(arguments) => arguments.iter().all(is_total),
            // Besides operands, an object may hold names (`attr`, `entity_type`) and patterns, which are data.
            Json::Object(members) => members
                .iter()
                .filter(|(name, _)| {
                    matches!(name.as_str(), "left" | "right" | "arg" | "if" | "then" | "else") || operator == "Record"
                })
                .all(|(_, inner)| is_total(inner)),
            _ => false,
        },
        _ => false,
    }
}
