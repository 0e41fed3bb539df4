//! What rule authors run: a rule's cases, and whether they pin its condition.

pub mod cases;
pub mod explain;
pub mod mutants;
#[cfg(feature = "prove")]
pub mod prove;
pub mod scaffold;

use crate::diagnostic::{SourceError, SourceErrors};
use crate::evaluate::judge::{Circumstances, Judge};
use crate::finding::verdict::Verdict;
use crate::rule::{Rule, RuleSet};
use cases::{Case, Expected};

/// How the cases of a set of rules went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Cases that came out as expected.
    pub passed: usize,
    /// Those that did not, in order.
    pub failures: Vec<Failure>,
    /// Rules without a `.tests.json`.
    pub untested: Vec<String>,
}

/// A case that came out otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The rule.
    pub rule: String,
    /// The case's name.
    pub case: String,
    /// What it expects.
    pub expected: String,
    /// What came out.
    pub got: String,
}

/// Runs the cases of these rules. Fails if a `.tests.json` cannot be understood, or if Cedar refuses the rules.
pub fn run(rules: &RuleSet) -> Result<Outcome, SourceErrors> {
    let mut outcome = Outcome::default();
    let mut errors = Vec::new();
    for rule in &rules.rules {
        let Some(text) = &rule.tests else {
            outcome.untested.push(rule.meta.id.to_string());
            continue;
        };
        match cases::parse(&tests_file(rule), text, rule) {
            Ok(cases) => outcome.add(rule, &cases, rules, &mut errors),
            Err(found) => errors.extend(found),
        }
    }
    SourceErrors::check("the cases of rules", errors)?;
    Ok(outcome)
}

/// The path of a rule's cases.
pub fn tests_file(rule: &Rule) -> String {
    rule.meta.file.replace(".cedar", ".tests.json")
}

impl Outcome {
    fn add(&mut self, rule: &Rule, cases: &[Case], rules: &RuleSet, errors: &mut Vec<SourceError>) {
        let alone = RuleSet::new(std::sync::Arc::clone(&rules.schema), vec![rule.clone()]);
        for case in cases {
            match judged(&alone, case) {
                Ok(got) if got == case.expect.name() => self.passed += 1,
                Ok(got) => self.failures.push(Failure {
                    rule: rule.meta.id.to_string(),
                    case: case.name.clone(),
                    expected: case.expect.name().to_owned(),
                    got,
                }),
                Err(error) => errors.push(SourceError::new(&rule.meta.file, &rule.meta.cedar, error)),
            }
        }
    }
}

/// What the only rule of the set says of a case: a verdict's name, `not-applicable`, or an error's text.
pub(crate) fn judged(alone: &RuleSet, case: &Case) -> Result<String, String> {
    let circumstances = Circumstances {
        now: case.now,
        source: case.source,
        recovery_regions: case.recovery_regions.clone(),
        recovery_accounts: case.recovery_accounts.clone(),
        units: case.units.clone(),
    };
    let judge = Judge::new(alone, &circumstances)?;
    Ok(match judge.judge(&case.view, case.source == "live").pop() {
        None => Expected::NotApplicable.name().to_owned(),
        Some((_, Ok(Verdict::Fail))) => Expected::Fail.name().to_owned(),
        Some((_, Ok(Verdict::Pass))) => Expected::Pass.name().to_owned(),
        Some((_, Ok(Verdict::Unknown | Verdict::Waived))) => Expected::Unknown.name().to_owned(),
        Some((_, Err(error))) => format!("an error: {error}"),
    })
}

#[cfg(test)]
mod guides;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod tutorial;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::load;

    fn shipped() -> RuleSet {
        match load::load(&[], &std::collections::BTreeMap::new()) {
            Ok(rules) => rules,
            Err(error) => panic!("{:?}", miette::Report::new(error)),
        }
    }

    #[test]
    fn every_case_of_every_shipped_rule_comes_out_as_expected() {
        let outcome = run(&shipped()).unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)));
        assert_eq!(outcome.failures, Vec::new());
        assert_eq!(outcome.untested, Vec::<String>::new());
        assert!(outcome.passed >= 30 * 4, "only {} cases", outcome.passed);
    }

    #[test]
    fn every_rule_shows_a_pass_a_fail_an_unknown_and_another_type() {
        for rule in &shipped().rules {
            let cases = cases::parse(&tests_file(rule), rule.tests.as_deref().unwrap(), rule).unwrap();
            for wanted in [Expected::Pass, Expected::Fail, Expected::Unknown, Expected::NotApplicable] {
                let found = cases.iter().any(|case| case.expect == wanted);
                assert!(found, "{} has no case that expects {}", rule.meta.id, wanted.name());
            }
        }
    }

    #[test]
    fn no_change_to_a_condition_goes_unnoticed_by_its_cases() {
        let rules = shipped();
        let mut survivors = Vec::new();
        for rule in &rules.rules {
            let cases = cases::parse(&tests_file(rule), rule.tests.as_deref().unwrap(), rule).unwrap();
            for survivor in mutants::survivors(&rules, rule, &cases).unwrap() {
                survivors.push(format!("{}: {}", rule.meta.id, survivor.condition));
            }
        }
        assert!(survivors.is_empty(), "no case turns these:\n{}", survivors.join("\n"));
    }

    #[test]
    fn every_rule_has_its_three_files() {
        for rule in &shipped().rules {
            assert!(!rule.meta.guide.text.is_empty(), "{} has no guide", rule.meta.id);
            assert!(rule.tests.is_some(), "{} has no cases", rule.meta.id);
            assert!(!rule.meta.guide.references.is_empty(), "{} names no page of AWS", rule.meta.id);
        }
    }
}
