//! Kleene's three values over a residual: decides what Cedar's partial evaluator leaves open for the sake of order.
//!
//! `unknown && false` stays a residual in Cedar, since its left operand is evaluated first and might error. Rules pass
//! strict validation, so the only errors left are arithmetic; an operand without arithmetic can be dropped.

use cedar_policy::Policy;
use cedar_policy::pst::{BinaryOp, Clause, Expr, Literal, UnaryOp};

/// Whether a residual is satisfied whatever its unknowns are, never satisfied, or neither.
pub fn fold(residual: &Policy) -> Option<bool> {
    let tree = residual.to_pst().ok()?;
    let clauses = tree.body().clauses();
    let mut sum = Some(true);
    for clause in clauses {
        let (condition, value) = match clause {
            Clause::When(condition) => (condition, truth(condition)),
            Clause::Unless(condition) => (condition, truth(condition).map(|value| !value)),
        };
        sum = match (sum, value) {
            (Some(true), value) => value,
            (Some(false), _) => Some(false),
            // What came before is open, but cannot error: a false clause decides.
            (None, Some(false)) if clauses.iter().take_while(|other| *other != clause).all(clause_is_total) => {
                Some(false)
            }
            (None, _) => None,
        };
        let _ = condition;
    }
    sum
}

fn clause_is_total(clause: &Clause) -> bool {
    let (Clause::When(condition) | Clause::Unless(condition)) = clause;
    is_total(condition)
}

/// The value of a boolean expression, if it does not hang on unknowns.
fn truth(expr: &Expr) -> Option<bool> {
    match expr {
        Expr::Literal(Literal::Bool(value)) => Some(*value),
        Expr::UnaryOp { op: UnaryOp::Not, expr } => truth(expr).map(|value| !value),
        Expr::BinaryOp { op: BinaryOp::And, left, right } => decided_by(left, right, false),
        Expr::BinaryOp { op: BinaryOp::Or, left, right } => decided_by(left, right, true),
        Expr::BinaryOp { op: BinaryOp::Eq, left, right } => equal(left, right),
        Expr::BinaryOp { op: BinaryOp::NotEq, left, right } => equal(left, right).map(|value| !value),
        Expr::BinaryOp { op: BinaryOp::Contains, left, right } => contains(left, right),
        Expr::IfThenElse { cond, then_expr, else_expr } => match truth(cond) {
            Some(true) => truth(then_expr),
            Some(false) => truth(else_expr),
            None if is_total(cond) => truth(then_expr).filter(|value| truth(else_expr) == Some(*value)),
            None => None,
        },
        _ => None,
    }
}

/// `&&` is decided by false, `||` by true: on the left at once, on the right if the left cannot error.
fn decided_by(left: &Expr, right: &Expr, decisive: bool) -> Option<bool> {
    match (truth(left), truth(right)) {
        (Some(value), _) if value == decisive => Some(decisive),
        (Some(_), right) => right,
        (None, Some(value)) if value == decisive && is_total(left) => Some(decisive),
        (None, _) => None,
    }
}

fn equal(left: &Expr, right: &Expr) -> Option<bool> {
    if let (Expr::Literal(left), Expr::Literal(right)) = (left, right) {
        return Some(left == right);
    }
    if let (Some(left), Some(right)) = (truth(left), truth(right)) {
        return Some(left == right);
    }
    (left == right && is_total(left)).then_some(true)
}

/// A set with a known element that is looked for contains it, whatever its other elements are.
fn contains(set: &Expr, element: &Expr) -> Option<bool> {
    let Expr::Set(elements) = set else { return None };
    if !elements.iter().all(|element| is_total(element)) {
        return None;
    }
    let answers: Vec<Option<bool>> = elements.iter().map(|candidate| equal(candidate, element)).collect();
    if answers.contains(&Some(true)) {
        return Some(true);
    }
    answers.iter().all(|answer| *answer == Some(false)).then_some(false)
}

/// Whether a strictly validated expression cannot error, whatever its unknowns are.
fn is_total(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(_) | Expr::Var(_) | Expr::Unknown { .. } => true,
        Expr::UnaryOp { op, expr } => {
            // An extension constructor is total on a literal, which strict validation has checked.
            let constructor = matches!(op, UnaryOp::Datetime | UnaryOp::Decimal | UnaryOp::Duration | UnaryOp::Ip);
            *op != UnaryOp::Neg && (!constructor || matches!(**expr, Expr::Literal(_))) && is_total(expr)
        }
        Expr::BinaryOp { op, left, right } => {
            let arithmetic = matches!(
                op,
                BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Offset | BinaryOp::DurationSince
            );
            !arithmetic && is_total(left) && is_total(right)
        }
        Expr::GetAttr { expr, .. } | Expr::HasAttr { expr, .. } | Expr::Like { expr, .. } => is_total(expr),
        Expr::Is { expr, in_expr, .. } => is_total(expr) && in_expr.iter().all(|inner| is_total(inner)),
        Expr::IfThenElse { cond, then_expr, else_expr } => {
            [cond, then_expr, else_expr].into_iter().all(|inner| is_total(inner))
        }
        Expr::Set(elements) => elements.iter().all(|inner| is_total(inner)),
        Expr::Record(fields) => fields.values().all(|inner| is_total(inner)),
        _ => false,
    }
}
