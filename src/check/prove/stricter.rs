//! Whether one pack of rules fails whatever another one fails.

use std::sync::Arc;

use cedar_policy::{Effect, Policy, PolicyId, PolicySet, pst};
use cedar_policy_symcc::{CompiledPolicySet, implies_asserts};

use super::environment::{Environment, shown};
use super::solver::{Answer, ProveError, Solver, whole};
use super::{Problem, Proof};
use crate::rule::schema::Contract;
use crate::rule::{Rule, RuleSet};

pub(super) fn prove(
    environment: &Environment,
    ours: &RuleSet,
    theirs: &RuleSet,
    solver: &mut Solver,
) -> Result<Proof, ProveError> {
    let mut proof = Proof::default();
    let request = environment.request()?;
    let contract = Contract::default();
    let answering: Vec<&Rule> = ours
        .rules
        .iter()
        .filter(|rule| {
            rule.meta.action == environment.action && rule.meta.types.iter().any(|kind| kind == environment.kind())
        })
        .collect();
    let compile = |name: &str, policies: Vec<Policy>| {
        let broken = |message: String| ProveError::Broken { rule: name.to_owned(), message };
        let set = PolicySet::from_policies(policies).map_err(|error| broken(whole(&error)))?;
        CompiledPolicySet::compile(&set, &request, &ours.schema).map_err(|error| broken(whole(&error)))
    };
    let permits = answering.iter().map(|rule| permit(rule)).collect::<Result<Vec<_>, _>>()?;
    let ours = compile(environment.kind(), permits)?;
    for rule in environment.rules.iter().filter_map(|&index| theirs.rules.get(index)) {
        let alone = compile(&rule.meta.id, vec![permit(rule)?])?;
        match solver.ask(&rule.meta.id, &implies_asserts(&alone, &ours))? {
            Answer::Proved => proof.proved += environment.kinds.len(),
            Answer::Refuted(facts) => {
                let mut reads = rule.reads.clone();
                let mut cedar = rule.meta.cedar.clone();
                // Of our own rules, those that look at the same facts tell why they pass it.
                for near in answering.iter().filter(|near| near.reads.paths.iter().any(|path| rule.reads.touch(path))) {
                    reads.merge(&near.reads);
                    cedar.push_str(&near.meta.cedar);
                }
                let facts = shown(facts.as_deref(), &contract, &reads, &cedar);
                proof.faults.push(environment.fault(rule, Problem::SlipsThrough, facts));
            }
            Answer::Undecided => {
                let problem = Problem::Undecided("fails only what this pack fails as well".to_owned());
                proof.faults.push(environment.fault(rule, problem, Vec::new()));
            }
        }
    }
    Ok(proof)
}

/// The rule with its effect turned: a pack of permits allows what one of them matches, so that "whatever one pack
/// fails, the other fails" is "whatever one pack allows, the other allows".
fn permit(rule: &Rule) -> Result<Policy, ProveError> {
    let broken = |message: String| ProveError::Broken { rule: rule.meta.id.to_string(), message };
    let tree = rule.policy.to_pst().map_err(|error| broken(whole(&error)))?;
    let body = tree.body();
    let mut turned = pst::Template::new(
        body.id.clone(),
        pst::Effect::Permit,
        body.principal.clone(),
        body.action.clone(),
        body.resource.clone(),
    );
    for clause in body.clauses() {
        turned.try_add_clause(clause.clone()).map_err(|error| broken(whole(&error)))?;
    }
    let policy = pst::StaticPolicy::try_from(turned).map_err(|error| broken(whole(&error)))?;
    let policy = Policy::from_pst(pst::Policy::Static(policy)).map_err(|error| broken(whole(&error)))?;
    debug_assert_eq!(policy.effect(), Effect::Permit);
    Ok(policy.new_id(PolicyId::new(&*Arc::clone(&rule.meta.id))))
}
