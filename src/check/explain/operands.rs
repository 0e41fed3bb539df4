//! A condition as a tree, each part of it a rule of its own, so that the judge who gives verdicts gives its truth, too.

use std::sync::Arc;

use cedar_policy::pst::{self, BinaryOp, Expr, UnaryOp};
use cedar_policy::{Policy, PolicyId};

use crate::finding::explanation::{Clause, Joint, Operand, Truth};
use crate::rule::Rule;
use crate::rule::reads::Reads;

/// A rule's clauses, and a rule for each part of them.
pub(super) struct Asked {
    clauses: Vec<(bool, Part)>,
    rules: Vec<Rule>,
}

struct Part {
    text: String,
    joint: Joint,
    /// The number of its rule.
    index: usize,
    parts: Vec<Part>,
}

impl Asked {
    /// Takes the rule apart. Fails only if Cedar refuses a part of what it took whole.
    pub(super) fn of(rule: &Rule) -> Result<Self, String> {
        let tree = rule.policy.to_pst().map_err(|error| error.to_string())?;
        let body = tree.body();
        let mut asked = Self { clauses: Vec::new(), rules: Vec::new() };
        for clause in body.clauses() {
            let (when, condition) = match clause {
                pst::Clause::When(condition) => (true, condition),
                pst::Clause::Unless(condition) => (false, condition),
            };
            let part = asked.part(rule, body, condition)?;
            asked.clauses.push((when, part));
        }
        Ok(asked)
    }

    /// The rules of all parts.
    pub(super) fn rules(&mut self) -> Vec<Rule> {
        std::mem::take(&mut self.rules)
    }

    /// The clauses, each part with the truth of its rule: over all versions, and in each.
    pub(super) fn clauses(self, truth: impl Fn(usize) -> (Truth, Vec<Truth>)) -> Vec<Clause> {
        self.clauses.into_iter().map(|(when, part)| Clause { when, condition: operand(part, &truth) }).collect()
    }

    fn part(&mut self, rule: &Rule, body: &pst::Template, expr: &Arc<Expr>) -> Result<Part, String> {
        let (joint, inner) = match &**expr {
            Expr::BinaryOp { op: op @ (BinaryOp::And | BinaryOp::Or), .. } => {
                let mut parts = Vec::new();
                flatten(expr, *op, &mut parts);
                (if *op == BinaryOp::And { Joint::All } else { Joint::Any }, parts)
            }
            Expr::UnaryOp { op: UnaryOp::Not, expr } if is_joined(expr) => (Joint::Not, vec![Arc::clone(expr)]),
            _ => (Joint::None, Vec::new()),
        };
        let mut only = pst::Template::new(
            body.id.clone(),
            body.effect,
            body.principal.clone(),
            body.action.clone(),
            body.resource.clone(),
        );
        only.try_add_clause(pst::Clause::When(Arc::clone(expr))).map_err(|error| error.to_string())?;
        let policy = pst::StaticPolicy::try_from(only).map_err(|error| error.to_string())?;
        let policy = Policy::from_pst(pst::Policy::Static(policy)).map_err(|error| error.to_string())?;
        let index = self.rules.len();
        let id = format!("part-{index}");
        let policy = policy.new_id(PolicyId::new(&id));
        let mut meta = (*rule.meta).clone();
        meta.id = id.into();
        self.rules.push(Rule { reads: Reads::of(&policy), policy, meta: Arc::new(meta), ..rule.clone() });
        let parts = inner.iter().map(|inner| self.part(rule, body, inner)).collect::<Result<_, _>>()?;
        Ok(Part { text: expr.to_string(), joint, index, parts })
    }
}

fn operand(part: Part, truth: &impl Fn(usize) -> (Truth, Vec<Truth>)) -> Operand {
    let (over_all, in_versions) = truth(part.index);
    let parts = part.parts.into_iter().map(|part| operand(part, truth)).collect();
    Operand { text: part.text, joint: part.joint, truth: over_all, in_versions, parts }
}

/// `a && b && c` is one chain of three.
fn flatten(expr: &Arc<Expr>, wanted: BinaryOp, found: &mut Vec<Arc<Expr>>) {
    match &**expr {
        Expr::BinaryOp { op, left, right } if *op == wanted => {
            flatten(left, wanted, found);
            flatten(right, wanted, found);
        }
        _ => found.push(Arc::clone(expr)),
    }
}

fn is_joined(expr: &Expr) -> bool {
    match expr {
        Expr::BinaryOp { op: BinaryOp::And | BinaryOp::Or, .. } => true,
        Expr::UnaryOp { op: UnaryOp::Not, expr } => is_joined(expr),
        _ => false,
    }
}
