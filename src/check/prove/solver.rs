//! A cvc5 process, asked one query after the other, each bounded in time.

use std::ffi::OsString;
use std::time::Duration;

use cedar_policy_symcc::err::Error;
use cedar_policy_symcc::solver::LocalSolver;
use cedar_policy_symcc::{CedarSymCompiler, Env, WellFormedAsserts};
use tokio::process::Command;
use tokio::runtime::{Builder, Runtime};

use super::Options;

/// Why nothing can be proved.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ProveError {
    /// The solver cannot be started.
    #[error("the solver `{}` cannot be started", program.to_string_lossy())]
    #[diagnostic(help(
        "install cvc5 (Debian and Ubuntu: `apt-get install cvc5`), or name its program in the environment variable `CVC5`"
    ))]
    NoSolver {
        /// What was to be started.
        program: OsString,
        /// Why it was not.
        source: std::io::Error,
    },
    /// The solver, or the talk with it, broke down.
    #[error("rule `{rule}` cannot be proved: {message}")]
    #[diagnostic(help("cvc5 1.0.3 and newer are known to work; `CVC5` names another one"))]
    Broken {
        /// The rule that was looked at.
        rule: String,
        /// What was said.
        message: String,
    },
}

/// What the solver says of a statement.
pub(super) enum Answer {
    /// It holds of all facts.
    Proved,
    /// It does not hold of these; none where they cannot be read back.
    Refuted(Option<Box<Env>>),
    /// It was not decided in time.
    Undecided,
}

/// A running solver.
pub(super) struct Solver {
    options: Options,
    runtime: Runtime,
    compiler: CedarSymCompiler<LocalSolver>,
    /// How many queries in a row it did not answer at all.
    silent: u32,
}

/// A solver that answers none of so many queries in a row, and does not say either that time is up, is none.
const MAX_SILENT: u32 = 3;

impl Solver {
    pub(super) fn start(options: &Options) -> Result<Self, ProveError> {
        let missing = |source| ProveError::NoSolver { program: options.solver.clone(), source };
        let runtime = Builder::new_current_thread().enable_all().build().map_err(missing)?;
        let compiler = runtime.block_on(async { started(options) })?;
        Ok(Self { options: options.clone(), runtime, compiler, silent: 0 })
    }

    /// Whether what these assertions deny is so of all facts. `rule` is named if the solver breaks down.
    pub(super) fn ask(&mut self, rule: &str, denied: &WellFormedAsserts<'_>) -> Result<Answer, ProveError> {
        // The solver's own bound comes first; this one is for when it does not keep it.
        let patience = self.options.limit.saturating_mul(2).saturating_add(Duration::from_secs(5));
        let asked =
            self.runtime.block_on(async { tokio::time::timeout(patience, self.compiler.check_sat(denied)).await });
        self.silent = if asked.is_err() { self.silent + 1 } else { 0 };
        if self.silent >= MAX_SILENT {
            let seconds = patience.as_secs();
            let message = format!("the solver answered none of {MAX_SILENT} queries within {seconds} s each");
            return Err(ProveError::Broken { rule: rule.to_owned(), message });
        }
        match asked {
            Ok(Ok(None)) => Ok(Answer::Proved),
            Ok(Ok(Some(facts))) => Ok(Answer::Refuted(Some(Box::new(facts)))),
            Ok(Err(Error::DecodeModel(_) | Error::ConcretizeError(_) | Error::ModelInvalid { .. })) => {
                Ok(Answer::Refuted(None))
            }
            Ok(Err(Error::SolverUnknown)) => Ok(Answer::Undecided),
            Err(_) => {
                self.compiler = self.runtime.block_on(async { started(&self.options) })?;
                Ok(Answer::Undecided)
            }
            Ok(Err(error)) => Err(ProveError::Broken { rule: rule.to_owned(), message: whole(&error) }),
        }
    }
}

/// Starts a process; it ends with its owner.
fn started(options: &Options) -> Result<CedarSymCompiler<LocalSolver>, ProveError> {
    let mut command = Command::new(&options.solver);
    // Cedar's strings need the theory's extended functions.
    command.args(["--lang", "smt", "--strings-exp"]);
    command.arg(format!("--tlimit-per={}", options.limit.as_millis().max(1)));
    let local = LocalSolver::from_command(command.kill_on_drop(true)).map_err(|error| {
        use cedar_policy_symcc::err::SolverError;
        let source = match error {
            SolverError::Io(source) => source,
            other => std::io::Error::other(other.to_string()),
        };
        ProveError::NoSolver { program: options.solver.clone(), source }
    })?;
    CedarSymCompiler::new(local).map_err(|error| ProveError::Broken { rule: String::new(), message: whole(&error) })
}

/// An error with its causes.
pub(super) fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
