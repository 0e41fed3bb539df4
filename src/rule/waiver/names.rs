//! Which rules a waiver speaks of: what its condition says of `context.rule`, whatever the facts are.

use std::collections::BTreeSet;
use std::sync::Arc;

use cedar_policy::Policy;
use cedar_policy::pst::{BinaryOp, Clause, Expr, Literal, PatternElem, UnaryOp, Var};

/// A waiver's `when` and `unless` clauses.
pub(super) struct Condition {
    clauses: Vec<(bool, Arc<Expr>)>,
}

impl Condition {
    /// The condition of this policy.
    pub(super) fn of(policy: &Policy) -> Self {
        let Ok(tree) = policy.to_pst() else { return Self { clauses: Vec::new() } };
        let clauses = tree.body().clauses().iter().map(|clause| match clause {
            Clause::When(condition) => (true, Arc::clone(condition)),
            Clause::Unless(condition) => (false, Arc::clone(condition)),
        });
        Self { clauses: clauses.collect() }
    }

    /// Whether it asks which rule it is.
    pub(super) fn speaks_of_rules(&self) -> bool {
        self.clauses.iter().any(|(_, clause)| any(clause, &mut |expr| is_rule(expr)))
    }

    /// The rules that it compares with, by name.
    pub(super) fn names(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for (_, clause) in &self.clauses {
            any(clause, &mut |expr| {
                if let Expr::BinaryOp { op: BinaryOp::Eq | BinaryOp::NotEq | BinaryOp::Contains, left, right } = expr {
                    for (side, other) in [(left, right), (right, left)] {
                        if is_rule(side) {
                            names.extend(texts(other));
                        }
                    }
                }
                false
            });
        }
        names
    }

    /// Whether it may hold for rules that it does not name, although it does not say `context.rule like "*"`: one name
    /// beside an `||`, or a name that is only left out.
    pub(super) fn reaches_further(&self) -> bool {
        let says_all = self.clauses.iter().any(|(_, clause)| any(clause, &mut |expr| is_any_rule(expr)));
        // No rule is called so, and no pattern but `*` that means any rule can meet it.
        !says_all && self.admits("\u{0}")
    }

    /// Whether the condition may hold for this rule.
    pub(super) fn admits(&self, rule: &str) -> bool {
        self.clauses.iter().all(|(wanted, clause)| truth(clause, rule).is_none_or(|value| value == *wanted))
    }
}

fn is_rule(expr: &Expr) -> bool {
    matches!(expr, Expr::GetAttr { expr, attr } if attr.as_str() == "rule" && matches!(**expr, Expr::Var(Var::Context)))
}

/// `context.rule like "*"`.
fn is_any_rule(expr: &Expr) -> bool {
    let all = |pattern: &[PatternElem]| pattern.iter().all(|element| matches!(element, PatternElem::Wildcard));
    matches!(expr, Expr::Like { expr, pattern } if is_rule(expr) && !pattern.is_empty() && all(pattern))
}

/// The text of a literal, or the texts of a set of them.
fn texts(expr: &Expr) -> Vec<String> {
    match expr {
        Expr::Literal(Literal::String(text)) => vec![text.to_string()],
        Expr::Set(elements) => elements.iter().flat_map(|element| texts(element)).collect(),
        _ => Vec::new(),
    }
}

/// Whether a part of the expression is what is looked for; visits all parts that stand before it.
fn any(expr: &Expr, wanted: &mut dyn FnMut(&Expr) -> bool) -> bool {
    if wanted(expr) {
        return true;
    }
    match expr {
        Expr::UnaryOp { expr, .. }
        | Expr::GetAttr { expr, .. }
        | Expr::HasAttr { expr, .. }
        | Expr::Like { expr, .. } => any(expr, wanted),
        Expr::BinaryOp { left, right, .. } => any(left, wanted) || any(right, wanted),
        Expr::Is { expr, in_expr, .. } => any(expr, wanted) || in_expr.as_ref().is_some_and(|inner| any(inner, wanted)),
        Expr::IfThenElse { cond, then_expr, else_expr } => {
            [cond, then_expr, else_expr].into_iter().any(|inner| any(inner, wanted))
        }
        Expr::Set(elements) => elements.iter().any(|inner| any(inner, wanted)),
        Expr::Record(fields) => fields.values().any(|inner| any(inner, wanted)),
        _ => false,
    }
}

/// The value of a boolean expression as far as the rule decides it (Kleene).
fn truth(expr: &Expr, rule: &str) -> Option<bool> {
    match expr {
        Expr::Literal(Literal::Bool(value)) => Some(*value),
        Expr::UnaryOp { op: UnaryOp::Not, expr } => truth(expr, rule).map(|value| !value),
        Expr::BinaryOp { op: BinaryOp::And, left, right } => joined(left, right, rule, false),
        Expr::BinaryOp { op: BinaryOp::Or, left, right } => joined(left, right, rule, true),
        Expr::BinaryOp { op: BinaryOp::Eq, left, right } => equal(left, right, rule),
        Expr::BinaryOp { op: BinaryOp::NotEq, left, right } => equal(left, right, rule).map(|value| !value),
        Expr::BinaryOp { op: BinaryOp::Contains, left, right } if is_rule(right) => match &**left {
            Expr::Set(elements) => {
                let literal = |element: &Arc<Expr>| matches!(**element, Expr::Literal(_));
                elements.iter().all(literal).then(|| texts(left).iter().any(|name| name == rule))
            }
            _ => None,
        },
        Expr::Like { expr, pattern } if is_rule(expr) => Some(is_like(rule, pattern)),
        Expr::IfThenElse { cond, then_expr, else_expr } => match truth(cond, rule) {
            Some(true) => truth(then_expr, rule),
            Some(false) => truth(else_expr, rule),
            None => truth(then_expr, rule).filter(|value| truth(else_expr, rule) == Some(*value)),
        },
        _ => None,
    }
}

/// `&&` is decided by one false, `||` by one true.
fn joined(left: &Expr, right: &Expr, rule: &str, decisive: bool) -> Option<bool> {
    let (left, right) = (truth(left, rule), truth(right, rule));
    if left == Some(decisive) || right == Some(decisive) {
        return Some(decisive);
    }
    left.and(right)
}

fn equal(left: &Expr, right: &Expr, rule: &str) -> Option<bool> {
    let value = |expr: &Expr| match expr {
        Expr::Literal(Literal::String(text)) => Some(text.to_string()),
        expr if is_rule(expr) => Some(rule.to_owned()),
        _ => None,
    };
    Some(value(left)? == value(right)?)
}

/// Cedar's `like`: `*` is any text, everything else itself. Remembers one place to go back to, so it is never slow.
fn is_like(text: &str, pattern: &[PatternElem]) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut part) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while let Some(c) = text.get(at) {
        match pattern.get(part) {
            Some(PatternElem::Wildcard) => {
                part += 1;
                retry = Some((part, at));
            }
            Some(PatternElem::Char(wanted)) if wanted == c => {
                part += 1;
                at += 1;
            }
            _ => match &mut retry {
                Some((after, from)) => {
                    *from += 1;
                    (part, at) = (*after, *from);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(part).all(|element| matches!(element, PatternElem::Wildcard))
}
