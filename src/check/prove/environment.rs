//! One question about one type, and what is proved of the rules that answer it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cedar_policy::{Authorizer, PolicySet, RequestEnv};
use cedar_policy_symcc::{
    CompiledPolicy, Env, always_matches_asserts, matches_implies_asserts, never_errors_asserts, never_matches_asserts,
};

use super::facts::{Stated, stated};
use super::solver::{Answer, ProveError, Solver, whole};
use super::{Fault, Problem, Proof};
use crate::model::attribute::Kind;
use crate::rule::meta::Action;
use crate::rule::reads::Reads;
use crate::rule::schema::Contract;
use crate::rule::{Rule, RuleSet};

/// One question about types that are the same to all rules which answer it.
pub(super) struct Environment {
    pub(super) action: Action,
    /// The types, sorted; the first stands for all of them.
    pub(super) kinds: Vec<String>,
    /// Indexes into the rule set of those that answer it.
    pub(super) rules: Vec<usize>,
}

/// What rules can see of a type: paths, kinds, and whether they may be absent.
type Shape = Vec<(String, Kind, bool)>;

/// What makes two types the same to the rules; none where nothing does. The ids are those of other rules that ask.
type Alike<'a> = Option<(Shape, Vec<&'a str>)>;

/// All that the rules are asked, sorted. `others` are rules that are asked together with them.
///
/// Types of which all of those rules read the same attributes give formulas that differ in the type's name alone, so
/// one of them is proved for all; but not where a rule asks which resource, or which type, it has before it.
pub(super) fn environments(rules: &RuleSet, others: &[Rule]) -> Vec<Environment> {
    let contract = Contract::default();
    let mut all: BTreeMap<(Action, &str), (Vec<usize>, Reads)> = BTreeMap::new();
    for (index, rule) in rules.rules.iter().enumerate() {
        for kind in &rule.meta.types {
            let (indexes, reads) = all.entry((rule.meta.action, kind)).or_default();
            indexes.push(index);
            reads.merge(&rule.reads);
        }
    }
    let mut found: Vec<(Environment, Alike<'_>)> = Vec::new();
    for ((action, kind), (rules, mut reads)) in all {
        let beside: Vec<&Rule> = others
            .iter()
            .filter(|rule| rule.meta.action == action && rule.meta.types.iter().any(|of| of == kind))
            .collect();
        beside.iter().for_each(|rule| reads.merge(&rule.reads));
        let alike = (!reads.identity && !reads.opaque).then(|| {
            let mut shape = Shape::new();
            see(&contract, kind, "", &reads, &mut shape);
            (shape, beside.iter().map(|rule| &*rule.meta.id).collect::<Vec<_>>())
        });
        let same = found
            .iter_mut()
            .find(|(known, of)| known.action == action && known.rules == rules && of.is_some() && *of == alike);
        match same {
            Some((known, _)) => known.kinds.push(kind.to_owned()),
            None => found.push((Environment { action, kinds: vec![kind.to_owned()], rules }, alike)),
        }
    }
    found.into_iter().map(|(environment, _)| environment).collect()
}

fn see(contract: &Contract, entity: &str, prefix: &str, reads: &Reads, shape: &mut Shape) {
    for attribute in contract.attributes(entity).unwrap_or_default() {
        let path = format!("{prefix}{}", attribute.name);
        if !reads.touch(&path) {
            continue;
        }
        if let Kind::Section(section) = attribute.kind {
            see(contract, section, &format!("{path}."), reads, shape);
        }
        shape.push((path, attribute.kind, attribute.optional));
    }
}

/// A rule of this environment as a formula.
struct Formula<'a> {
    rule: &'a Rule,
    compiled: CompiledPolicy,
    /// Other rules of which some facts show that they do not fail all that this one fails.
    apart: BTreeSet<Arc<str>>,
    /// Facts that fail it.
    example: Option<Box<Env>>,
}

impl Environment {
    /// The type that stands for all.
    pub(super) fn kind(&self) -> &str {
        self.kinds.first().map(String::as_str).unwrap_or_default()
    }

    pub(super) fn request(&self) -> Result<RequestEnv, ProveError> {
        let kind = self.kind();
        let broken =
            |error: &dyn std::error::Error| ProveError::Broken { rule: kind.to_owned(), message: whole(error) };
        Ok(RequestEnv::new(
            "AWS::Account".parse().map_err(|error: cedar_policy::ParseErrors| broken(&error))?,
            format!("Action::\"{}\"", self.action.name())
                .parse()
                .map_err(|error: cedar_policy::ParseErrors| broken(&error))?,
            kind.parse().map_err(|error: cedar_policy::ParseErrors| broken(&error))?,
        ))
    }

    pub(super) fn fault(&self, rule: &Rule, problem: Problem, facts: Vec<Stated>) -> Fault {
        let types = self.kinds.clone();
        Fault { rule: Arc::clone(&rule.meta.id), problem, action: self.action.name(), facts, types }
    }

    pub(super) fn prove(
        &self,
        rules: &RuleSet,
        wanted: &BTreeSet<Arc<str>>,
        solver: &mut Solver,
    ) -> Result<Proof, ProveError> {
        let mut proof = Proof::default();
        let of: Vec<&Rule> = self.rules.iter().filter_map(|&index| rules.rules.get(index)).collect();
        if !of.iter().any(|rule| wanted.contains(&rule.meta.id)) {
            return Ok(proof);
        }
        let request = self.request()?;
        let contract = Contract::default();
        let mut formulas = Vec::with_capacity(of.len());
        for rule in of {
            let compiled = CompiledPolicy::compile(&rule.policy, &request, &rules.schema)
                .map_err(|error| ProveError::Broken { rule: rule.meta.id.to_string(), message: whole(&error) })?;
            formulas.push(Formula { rule, compiled, apart: BTreeSet::new(), example: None });
        }
        for formula in formulas.iter_mut().filter(|formula| wanted.contains(&formula.rule.meta.id)) {
            self.alone(formula, &contract, solver, &mut proof)?;
        }
        self.together(formulas, rules, wanted, &contract, solver, &mut proof)?;
        Ok(proof)
    }

    /// What is proved of each rule by itself.
    fn alone(
        &self,
        formula: &mut Formula<'_>,
        contract: &Contract,
        solver: &mut Solver,
        proof: &mut Proof,
    ) -> Result<(), ProveError> {
        let (rule, compiled) = (formula.rule, &formula.compiled);
        let id = &*rule.meta.id;
        match solver.ask(id, &never_errors_asserts(compiled))? {
            Answer::Proved => proof.proved += self.kinds.len(),
            Answer::Refuted(facts) => {
                let facts = shown(facts.as_deref(), contract, &rule.reads, &rule.meta.cedar);
                proof.faults.push(self.fault(rule, Problem::Errors, facts));
            }
            Answer::Undecided => proof.faults.push(self.undecided(rule, "can error")),
        }
        match solver.ask(id, &never_matches_asserts(compiled))? {
            Answer::Proved => proof.faults.push(self.fault(rule, Problem::NeverFails, Vec::new())),
            Answer::Refuted(facts) => {
                proof.proved += self.kinds.len();
                formula.example = facts;
            }
            Answer::Undecided => proof.faults.push(self.undecided(rule, "can fail")),
        }
        match solver.ask(id, &always_matches_asserts(compiled))? {
            Answer::Proved => proof.faults.push(self.fault(rule, Problem::NeverPasses, Vec::new())),
            Answer::Refuted(_) => proof.proved += self.kinds.len(),
            Answer::Undecided => proof.faults.push(self.undecided(rule, "can pass")),
        }
        Ok(())
    }

    fn undecided(&self, rule: &Rule, question: &str) -> Fault {
        self.fault(rule, Problem::Undecided(question.to_owned()), Vec::new())
    }

    /// Which rules fail only what another one fails as well. Most pairs need no solver: facts that are already known
    /// to fail the one pass the other.
    fn together(
        &self,
        mut formulas: Vec<Formula<'_>>,
        rules: &RuleSet,
        wanted: &BTreeSet<Arc<str>>,
        contract: &Contract,
        solver: &mut Solver,
        proof: &mut Proof,
    ) -> Result<(), ProveError> {
        let all = PolicySet::from_policies(formulas.iter().map(|formula| formula.rule.policy.clone()))
            .map_err(|error| ProveError::Broken { rule: self.kind().to_owned(), message: whole(&error) })?;
        let examples: Vec<Box<Env>> = formulas.iter().filter_map(|formula| formula.example.clone()).collect();
        for example in &examples {
            set_apart(&mut formulas, &all, example);
        }
        // What a rule that nothing fails implies says nothing.
        let empty: BTreeSet<Arc<str>> = proof
            .faults
            .iter()
            .filter(|fault| matches!(fault.problem, Problem::NeverFails | Problem::NeverPasses))
            .map(|fault| Arc::clone(&fault.rule))
            .collect();
        let mut implied: BTreeSet<(usize, usize)> = BTreeSet::new();
        for one in 0..formulas.len() {
            for other in 0..formulas.len() {
                let (Some(a), Some(b)) = (formulas.get(one), formulas.get(other)) else { continue };
                let ids = (&a.rule.meta.id, &b.rule.meta.id);
                if one == other || !wanted.contains(ids.0) || empty.contains(ids.0) || empty.contains(ids.1) {
                    continue;
                }
                if a.apart.contains(ids.1) {
                    proof.proved += self.kinds.len();
                    continue;
                }
                match solver.ask(ids.0, &matches_implies_asserts(&a.compiled, &b.compiled))? {
                    Answer::Proved => {
                        implied.insert((one, other));
                    }
                    Answer::Refuted(facts) => {
                        proof.proved += self.kinds.len();
                        if let Some(facts) = facts {
                            set_apart(&mut formulas, &all, &facts);
                        }
                    }
                    Answer::Undecided => {
                        let question = format!("fails only what `{}` fails as well", ids.1);
                        proof.faults.push(self.undecided(a.rule, &question));
                    }
                }
            }
        }
        for &(one, other) in &implied {
            let (Some(a), Some(b)) = (formulas.get(one), formulas.get(other)) else { continue };
            let told = implied.contains(&(other, one));
            // Of a rule that is not asked for itself, the other direction has not been asked yet.
            let both_ways = told || {
                let asked = wanted.contains(&b.rule.meta.id) || b.apart.contains(&a.rule.meta.id);
                let id = &b.rule.meta.id;
                !asked && matches!(solver.ask(id, &matches_implies_asserts(&b.compiled, &a.compiled))?, Answer::Proved)
            };
            let said = comes_after(rules, a.rule, &b.rule.meta.id);
            if said || (told && other < one) || (both_ways && comes_after(rules, b.rule, &a.rule.meta.id)) {
                proof.proved += self.kinds.len();
                continue;
            }
            let other = Arc::clone(&b.rule.meta.id);
            let problem = if both_ways { Problem::Same(other) } else { Problem::Implied(other) };
            let mut reads = a.rule.reads.clone();
            reads.merge(&b.rule.reads);
            let cedar = format!("{}{}", a.rule.meta.cedar, b.rule.meta.cedar);
            proof.faults.push(self.fault(a.rule, problem, shown(a.example.as_deref(), contract, &reads, &cedar)));
        }
        Ok(())
    }
}

/// What fails these facts is set apart from what passes them. A rule that errors on them says neither: facts are made
/// for one rule, and may leave out what another one reads.
fn set_apart(formulas: &mut [Formula<'_>], all: &PolicySet, facts: &Env) {
    let response = Authorizer::new().is_authorized(&facts.request, all, &facts.entities);
    let failed: BTreeSet<&str> = response.diagnostics().reason().map(AsRef::as_ref).collect();
    let errored: BTreeSet<&str> = response
        .diagnostics()
        .errors()
        .map(|cedar_policy::AuthorizationError::PolicyEvaluationError(error)| error.policy_id().as_ref())
        .collect();
    let passed: Vec<Arc<str>> = formulas
        .iter()
        .map(|formula| &formula.rule.meta.id)
        .filter(|id| !failed.contains(&***id) && !errored.contains(&***id))
        .cloned()
        .collect();
    for formula in formulas.iter_mut().filter(|formula| failed.contains(&*formula.rule.meta.id)) {
        formula.apart.extend(passed.iter().cloned());
    }
}

pub(super) fn shown(facts: Option<&Env>, contract: &Contract, reads: &Reads, cedar: &str) -> Vec<Stated> {
    facts.map(|facts| stated(facts, contract, reads, cedar)).unwrap_or_default()
}

/// Whether the rule says, directly or by way of others, that its fix comes after this one.
fn comes_after(rules: &RuleSet, rule: &Rule, other: &str) -> bool {
    let mut open: Vec<&str> = rule.meta.after.iter().map(String::as_str).collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if id == other {
            return true;
        }
        if seen.insert(id) {
            open.extend(rules.get(id).into_iter().flat_map(|rule| rule.meta.after.iter().map(String::as_str)));
        }
    }
    false
}
