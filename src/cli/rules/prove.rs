//! `backstop rules prove`: what holds of rules whatever the facts are.

use std::path::PathBuf;

use crate::cli::fault::Fault;
use crate::rule::RuleSet;

/// Prove rules with the SMT solver cvc5.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Only these rules; by default all
    ids: Vec<String>,
    /// Prove in place of all else that whatever a rule of this folder fails, a rule of yours fails: the built-in ones
    /// and those of `--policies`, without those that the settings disable
    #[arg(long, value_name = "DIR", conflicts_with = "ids")]
    stricter_than: Option<PathBuf>,
    /// The longest time for each query, in seconds; what takes longer is undecided
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=3600))]
    timeout: u32,
}

impl Args {
    /// Whether the pack as the settings make it is compared with another one.
    pub(super) const fn is_of_the_pack(&self) -> bool {
        self.stricter_than.is_some()
    }
}

/// Exit codes: 0 all is proved, 1 something does not hold, 3 something is undecided.
#[cfg(not(feature = "prove"))]
pub(super) fn run(_: &Args, _: RuleSet, _: super::Format) -> Result<u8, Fault> {
    let help = "install it with `cargo install --path . --features prove`";
    Err(Fault::new("this `backstop` was built without the prover", help))
}

#[cfg(feature = "prove")]
pub(super) use with_solver::run;

#[cfg(feature = "prove")]
mod with_solver {
    use std::collections::{BTreeMap, BTreeSet};
    use std::fmt::Write as _;
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Duration;

    use serde_json::json;

    use super::super::{Format, find, pretty};
    use super::{Args, Fault, RuleSet};
    use crate::check::prove::{Options, Proof, prove, prove_stricter};
    use crate::cli::output;
    use crate::rule::{load, source};

    /// Exit codes: 0 all is proved, 1 something does not hold, 3 something is undecided.
    pub(in crate::cli::rules) fn run(args: &Args, rules: RuleSet, format: Format) -> Result<u8, Fault> {
        let options = Options {
            solver: std::env::var_os("CVC5").filter(|name| !name.is_empty()).unwrap_or_else(|| "cvc5".into()),
            limit: Duration::from_secs(u64::from(args.timeout)),
        };
        let (proof, count) = match &args.stricter_than {
            Some(folder) => {
                let other = pack(folder)?;
                (prove_stricter(&rules, &other, &options)?, other.rules.len())
            }
            None => {
                let mut wanted: BTreeSet<Arc<str>> = args
                    .ids
                    .iter()
                    .map(|id| find(&rules, id).map(|rule| Arc::clone(&rule.meta.id)))
                    .collect::<Result<_, _>>()?;
                if wanted.is_empty() {
                    wanted = rules.rules.iter().map(|rule| Arc::clone(&rule.meta.id)).collect();
                }
                (prove(&rules, &wanted, &options)?, wanted.len())
            }
        };
        output::print(&if format == Format::Json { as_json(&proof)? } else { as_text(&proof, count) })?;
        Ok(match (proof.faults.is_empty(), proof.is_merely_undecided()) {
            (true, _) => 0,
            (false, true) => 3,
            (false, false) => 1,
        })
    }

    /// The rules of a folder by themselves. They may come after built-in ones, and may be those themselves.
    fn pack(folder: &Path) -> Result<RuleSet, Fault> {
        let mut files = source::folder(folder)?;
        let own: BTreeSet<String> = files.iter().map(|file| file.stem.clone()).collect();
        if own.is_empty() {
            return Err(load::LoadError::Empty(folder.display().to_string()).into());
        }
        files.extend(source::embedded().into_iter().filter(|file| !own.contains(&file.stem)));
        let mut rules = load::check(&files)?;
        rules.rules.retain(|rule| own.contains(&*rule.meta.id));
        Ok(rules)
    }

    fn as_text(proof: &Proof, rules: usize) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        for fault in &proof.faults {
            let _ = writeln!(text, "{}: {}", fault.rule, fault.problem.phrase());
            let _ = writeln!(text, "  asked: {} of {}", fault.action, fault.types.join(", "));
            if !fault.facts.is_empty() {
                let _ = writeln!(text, "  shown by:");
            }
            let width = fault.facts.iter().map(|fact| fact.path.chars().count()).max().unwrap_or_default();
            for fact in &fault.facts {
                let _ = writeln!(text, "    {:width$}  {}", fact.path, fact.value);
            }
            let _ = writeln!(text, "  help: {}\n", fault.problem.help());
        }
        let count = |what: usize, one: &str, many: &str| format!("{what} {}", if what == 1 { one } else { many });
        let mut undecided = 0;
        let mut wrong: BTreeMap<&str, usize> = BTreeMap::new();
        for fault in &proof.faults {
            match fault.problem.name() {
                "undecided" => undecided += 1,
                _ => *wrong.entry(&fault.rule).or_default() += 1,
            }
        }
        let _ = writeln!(
            text,
            "{}: {} proved, {} not, {undecided} undecided",
            count(rules, "rule", "rules"),
            count(proof.proved, "statement", "statements"),
            wrong.values().sum::<usize>()
        );
        text
    }

    fn as_json(proof: &Proof) -> Result<String, Fault> {
        let faults: Vec<_> = proof
            .faults
            .iter()
            .map(|fault| {
                let facts: Vec<_> =
                    fault.facts.iter().map(|fact| json!({ "fact": fact.path, "value": fact.value })).collect();
                json!({
                    "rule": &*fault.rule,
                    "problem": fault.problem.name(),
                    "other": fault.problem.other(),
                    "message": fault.problem.phrase(),
                    "help": fault.problem.help(),
                    "action": fault.action,
                    "types": fault.types,
                    "facts": facts,
                })
            })
            .collect();
        pretty(&json!({ "schemaVersion": 1, "proved": proof.proved, "faults": faults }))
    }
}
