//! What would decide the open verdicts, said once for all of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::Finding;

/// One cure, and the findings that wait for it.
#[derive(Clone, Debug, Default)]
pub struct Open<'a> {
    /// Findings that this cure alone decides.
    pub decides: Vec<&'a Finding>,
    /// Findings that need other cures too.
    pub helps: Vec<&'a Finding>,
    /// What stopped us.
    pub whys: BTreeSet<&'a str>,
}

/// What the reader can do, most findings decided first; what has no cure comes last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// An instruction.
    Do(String),
    /// No cure is known; the reason.
    Stuck(String),
}

impl Open<'_> {
    /// `decides 12 verdicts`, `helps to decide 2 verdicts`.
    pub fn effect(&self) -> String {
        use super::text::count;
        match (self.decides.len(), self.helps.len()) {
            (0, helps) => format!("helps to decide {}", count(helps, "verdict")),
            (decides, 0) => format!("decides {}", count(decides, "verdict")),
            (decides, helps) => format!("decides {}, helps with {helps} more", count(decides, "verdict")),
        }
    }

    /// The findings by rule: who waits, and for which facts.
    pub fn by_rule(&self) -> BTreeMap<&str, (Vec<&Finding>, BTreeSet<&str>)> {
        let mut rules: BTreeMap<&str, (Vec<&Finding>, BTreeSet<&str>)> = BTreeMap::new();
        for finding in self.decides.iter().chain(&self.helps) {
            let (findings, facts) = rules.entry(&finding.rule).or_default();
            findings.push(finding);
            facts.extend(finding.missing.iter().map(|missing| missing.fact.as_str()));
        }
        rules
    }
}

/// Folds Unknown findings by what would cure them.
pub fn fold<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<(Step, Open<'a>)> {
    let mut open: BTreeMap<Step, Open<'a>> = BTreeMap::new();
    for finding in findings {
        let steps = steps(finding);
        let alone = steps.len() == 1;
        for (step, whys) in steps {
            let entry = open.entry(step).or_default();
            entry.whys.extend(whys);
            if alone { &mut entry.decides } else { &mut entry.helps }.push(finding);
        }
    }
    let mut open: Vec<_> = open.into_iter().collect();
    let stuck = |step: &Step| matches!(step, Step::Stuck(_));
    open.sort_by(|(a, x), (b, y)| {
        let reach = |open: &Open<'_>| (open.decides.len(), open.helps.len());
        stuck(a).cmp(&stuck(b)).then_with(|| reach(y).cmp(&reach(x))).then_with(|| a.cmp(b))
    });
    open
}

/// The steps that one finding needs, each with the reasons behind it.
fn steps(finding: &Finding) -> BTreeMap<Step, BTreeSet<&str>> {
    let mut steps: BTreeMap<Step, BTreeSet<&str>> = BTreeMap::new();
    for reason in finding.missing.iter().flat_map(|missing| &missing.reasons) {
        let step = match &reason.cure {
            Some(cure) => Step::Do(cure.instruction()),
            None => Step::Stuck(reason.why.clone()),
        };
        steps.entry(step).or_default().insert(&reason.why);
    }
    if steps.is_empty() {
        steps.insert(Step::Stuck("no reason is known".to_owned()), BTreeSet::new());
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::finding::Missing;
    use crate::model::fact::{Cure, Reason, Reasons};

    #[test]
    fn a_cure_is_said_once_and_counts_what_it_alone_decides() {
        let denied = Reason::new("denied").cured_by(Cure::Permission("s3:X".into()));
        let parameter = Reason::new("no default").cured_by(Cure::Parameter("P".into()));
        let missing = |reasons: &[&Reason]| {
            let all = reasons.iter().map(|reason| Reasons::from((*reason).clone()));
            let missing = all.reduce(|a, b| a.and(&b)).map(|reasons| Missing { fact: "f".into(), reasons });
            let mut finding = sample::unknown();
            finding.missing = missing.into_iter().collect();
            finding
        };
        let findings = [
            missing(&[&denied]),
            missing(&[&denied]),
            missing(&[&denied, &parameter]),
            missing(&[&Reason::new("beyond the model")]),
            missing(&[]),
        ];
        let folded: Vec<String> = fold(findings.iter())
            .iter()
            .map(|(step, open)| match step {
                Step::Do(what) => format!("{what}: {}", open.effect()),
                Step::Stuck(why) => format!("({why}): {}", open.effect()),
            })
            .collect();
        assert_eq!(
            folded,
            [
                "allow `s3:X`: decides 2 verdicts, helps with 1 more",
                "give parameter `P` a value: helps to decide 1 verdict",
                "(beyond the model): decides 1 verdict",
                "(no reason is known): decides 1 verdict",
            ]
        );
    }
}
