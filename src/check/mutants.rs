//! Whether a rule's cases pin its condition: each conjunct, negated or deleted, must turn at least one case.

use std::sync::Arc;

use cedar_policy::pst::{BinaryOp, Clause, Expr, Literal, UnaryOp};
use cedar_policy::{Policy, pst};

use super::cases::Case;
use super::judged;
use crate::rule::reads::Reads;
use crate::rule::{Rule, RuleSet};

/// A changed rule whose cases all came out as before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survivor {
    /// The changed condition, as Cedar.
    pub condition: String,
}

/// The mutants that no case turns. Fails if Cedar refuses a mutant.
pub fn survivors(rules: &RuleSet, rule: &Rule, cases: &[Case]) -> Result<Vec<Survivor>, String> {
    let tree = rule.policy.to_pst().map_err(|error| error.to_string())?;
    let body = tree.body();
    let mut survivors = Vec::new();
    for (index, clause) in body.clauses().iter().enumerate() {
        let (condition, is_when) = match clause {
            Clause::When(condition) => (condition, true),
            Clause::Unless(condition) => (condition, false),
        };
        for mutant in mutants(condition) {
            let clauses: Vec<Clause> = body
                .clauses()
                .iter()
                .enumerate()
                .map(|(other, clause)| match (other == index, is_when) {
                    (false, _) => clause.clone(),
                    (true, true) => Clause::When(Arc::new(mutant.clone())),
                    (true, false) => Clause::Unless(Arc::new(mutant.clone())),
                })
                .collect();
            let mut changed = pst::Template::new(
                body.id.clone(),
                body.effect,
                body.principal.clone(),
                body.action.clone(),
                body.resource.clone(),
            );
            for clause in clauses {
                changed.try_add_clause(clause).map_err(|error| error.to_string())?;
            }
            let policy = policy(changed)?;
            let reads = Reads::of(&policy);
            let mutant = Rule { policy, reads, ..rule.clone() };
            let alone = RuleSet::new(Arc::clone(&rules.schema), vec![mutant.clone()]);
            let mut turned = false;
            for case in cases {
                turned |= judged(&alone, case)? != case.expect.name();
            }
            if !turned {
                survivors.push(Survivor { condition: mutant.policy.to_cedar().unwrap_or_default() });
            }
        }
    }
    Ok(survivors)
}

fn policy(template: pst::Template) -> Result<Policy, String> {
    let policy = pst::StaticPolicy::try_from(template).map_err(|error| error.to_string())?;
    Policy::from_pst(pst::Policy::Static(policy)).map_err(|error| error.to_string())
}

/// Every conjunct and disjunct below this expression negated, and deleted (replaced by the neutral element).
fn mutants(expr: &Expr) -> Vec<Expr> {
    let mut all = vec![negated(expr)];
    all.extend(inside(expr));
    all
}

fn inside(expr: &Expr) -> Vec<Expr> {
    match expr {
        Expr::BinaryOp { op: op @ (BinaryOp::And | BinaryOp::Or), left, right } => {
            let neutral = Expr::Literal(Literal::Bool(*op == BinaryOp::And));
            let join =
                |left: Expr, right: Expr| Expr::BinaryOp { op: *op, left: Arc::new(left), right: Arc::new(right) };
            let mut all = Vec::new();
            all.push(join(neutral.clone(), (**right).clone()));
            all.extend(mutants(left).into_iter().map(|changed| join(changed, (**right).clone())));
            all.push(join((**left).clone(), neutral));
            all.extend(mutants(right).into_iter().map(|changed| join((**left).clone(), changed)));
            all
        }
        Expr::UnaryOp { op: UnaryOp::Not, expr } => inside(expr)
            .into_iter()
            .map(|changed| Expr::UnaryOp { op: UnaryOp::Not, expr: Arc::new(changed) })
            .collect(),
        _ => Vec::new(),
    }
}

fn negated(expr: &Expr) -> Expr {
    match expr {
        Expr::UnaryOp { op: UnaryOp::Not, expr } => (**expr).clone(),
        other => Expr::UnaryOp { op: UnaryOp::Not, expr: Arc::new(other.clone()) },
    }
}
