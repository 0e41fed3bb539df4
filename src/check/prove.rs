//! Proves rules by an SMT solver: what holds of every rule whatever the facts are, and not only in its cases.
//!
//! Cedar's symbolic compiler turns a rule and a request environment (one question about one type) into a formula over
//! all well-formed entities; cvc5 decides it. "Whatever the facts are" includes facts that never come together in an
//! estate: a proof holds all the same, and a counterexample may be of that kind.

mod environment;
mod facts;
mod solver;
mod stricter;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::rule::RuleSet;
use environment::{Environment, environments};
pub use facts::Stated;
pub use solver::ProveError;
use solver::Solver;

/// How to prove.
#[derive(Clone, Debug)]
pub struct Options {
    /// The solver's program: `cvc5`, or a path.
    pub solver: OsString,
    /// The longest time that one query may take; then it is undecided.
    pub limit: Duration,
}

/// What was proved, and what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// Statements that hold.
    pub proved: usize,
    /// Those that do not, by rule.
    pub faults: Vec<Fault>,
}

/// A statement about a rule that does not hold, or that could not be decided.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The rule.
    pub rule: Arc<str>,
    /// What is wrong.
    pub problem: Problem,
    /// The Cedar action.
    pub action: &'static str,
    /// The facts that show it, those that the rule reads; empty where it is so whatever the facts are.
    pub facts: Vec<Stated>,
    /// The types that it is so for, sorted.
    pub types: Vec<String>,
}

/// What can be wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// Its condition can error; then it says nothing.
    Errors,
    /// Nothing can fail it.
    NeverFails,
    /// Nothing can pass it.
    NeverPasses,
    /// It fails only what this rule fails as well, and does not come after it.
    Implied(Arc<str>),
    /// It fails exactly what this rule fails.
    Same(Arc<str>),
    /// It belongs to the other pack, and fails what no rule of this pack fails.
    SlipsThrough,
    /// The solver did not decide in time whether this holds.
    Undecided(String),
}

impl Problem {
    /// The word for programs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Errors => "errors",
            Self::NeverFails => "never-fails",
            Self::NeverPasses => "never-passes",
            Self::Implied(_) => "implied",
            Self::Same(_) => "same",
            Self::SlipsThrough => "slips-through",
            Self::Undecided(_) => "undecided",
        }
    }

    /// What is wrong, after the rule's id.
    pub fn phrase(&self) -> String {
        match self {
            Self::Errors => "can error, and a rule that errors says nothing".to_owned(),
            Self::NeverFails => "can never fail, whatever the facts are".to_owned(),
            Self::NeverPasses => "can never pass, whatever the facts are".to_owned(),
            Self::Implied(other) => format!("fails only what `{other}` fails as well"),
            Self::Same(other) => format!("fails exactly what `{other}` fails"),
            Self::SlipsThrough => "fails a resource that no rule of this pack fails".to_owned(),
            Self::Undecided(question) => {
                format!("may be sound: the solver did not decide in time whether it {question}")
            }
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Errors => "guard what can overflow, or let a derived fact do the arithmetic".to_owned(),
            Self::NeverFails => "two parts of the condition contradict each other".to_owned(),
            Self::NeverPasses => "the condition asks nothing of the facts".to_owned(),
            Self::Implied(other) => {
                format!("narrow one of them, or say `@after(\"{other}\")`: whoever fixes that one fixes this one, too")
            }
            Self::Same(_) => "take one of them away".to_owned(),
            Self::SlipsThrough => "add a rule that fails it, or widen one".to_owned(),
            Self::Undecided(_) => "give the solver more time with `--timeout`".to_owned(),
        }
    }

    /// The other rule that it speaks of.
    pub fn other(&self) -> Option<&str> {
        match self {
            Self::Implied(other) | Self::Same(other) => Some(other),
            _ => None,
        }
    }
}

impl Proof {
    /// Whether all that is left is undecided.
    pub fn is_merely_undecided(&self) -> bool {
        !self.faults.is_empty() && self.faults.iter().all(|fault| matches!(fault.problem, Problem::Undecided(_)))
    }

    fn plus(mut self, other: Self) -> Self {
        self.proved += other.proved;
        self.faults.extend(other.faults);
        self
    }

    /// One fault where several types show the same.
    fn grouped(mut self) -> Self {
        let mut types: BTreeMap<Fault, Vec<String>> = BTreeMap::new();
        for mut fault in self.faults {
            let of = std::mem::take(&mut fault.types);
            types.entry(fault).or_default().extend(of);
        }
        self.faults = types
            .into_iter()
            .map(|(fault, mut types)| {
                types.sort();
                Fault { types, ..fault }
            })
            .collect();
        self
    }
}

/// Proves of each of these rules, for each question and type that it is asked about: it never errors, something fails
/// it, something passes it, and no other rule fails all that it fails, unless it comes after that one (`@after`).
pub fn prove(rules: &RuleSet, wanted: &BTreeSet<Arc<str>>, options: &Options) -> Result<Proof, ProveError> {
    in_parallel(&environments(rules, &[]), options, |environment, solver| environment.prove(rules, wanted, solver))
}

/// Proves that whatever a rule of `other` fails is failed by a rule of `rules`.
pub fn prove_stricter(rules: &RuleSet, other: &RuleSet, options: &Options) -> Result<Proof, ProveError> {
    in_parallel(&environments(other, &rules.rules), options, |environment, solver| {
        stricter::prove(environment, rules, other, solver)
    })
}

/// Does the work of all environments, the largest first, with a solver for each core. What comes out does not hang on
/// who did what: every query begins with a solver that was reset.
fn in_parallel(
    environments: &[Environment],
    options: &Options,
    work: impl Fn(&Environment, &mut Solver) -> Result<Proof, ProveError> + Sync,
) -> Result<Proof, ProveError> {
    // A missing solver is said once, and before anything else.
    drop(Solver::start(options)?);
    let mut order: Vec<&Environment> = environments.iter().collect();
    order.sort_by_key(|environment| std::cmp::Reverse(environment.rules.len()));
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<Result<Proof, ProveError>>> = Mutex::default();
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get).min(order.len());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let keep = |proof| done.lock().unwrap_or_else(PoisonError::into_inner).push(proof);
                let mut solver = match Solver::start(options) {
                    Ok(solver) => solver,
                    Err(error) => return keep(Err(error)),
                };
                while let Some(environment) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let proof = work(environment, &mut solver);
                    if proof.is_err() {
                        // Without its solver nothing that is left can be proved.
                        next.store(order.len(), Ordering::Relaxed);
                    }
                    keep(proof);
                }
            });
        }
    });
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    let all = done.into_iter().try_fold(Proof::default(), |sum, proof| Ok(sum.plus(proof?)))?;
    Ok(all.grouped())
}

#[cfg(test)]
mod tests;
