//! What is said when one resource was changed: only its `configure` rules are judged, from what was read of it alone.
//!
//! The other rules (is it protected, could it be recovered) rest on much that is not read then. Their verdicts stand as
//! the schedule left them, so a NON_COMPLIANT that they gave is never lifted here, and COMPLIANT is said only where it
//! is certain that they do not stand against it.

use std::cmp::Reverse;

use super::annotation::{self, Named, Rest};
use super::place::Key;
use super::plan::{Compliance, Evaluation, Standing};
use super::verdicts::worst;
use crate::finding::report::Report;
use crate::finding::severity::Severity;
use crate::finding::verdict::Verdict;
use crate::model::identity::ResourceId;
use crate::rule::RuleSet;
use crate::rule::meta::Action;

/// The rules about one type that are at or over a threshold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked<'a> {
    /// Those that are asked when a resource was changed.
    pub configure: Vec<&'a str>,
    /// Those that only the schedule asks.
    pub others: usize,
}

impl<'a> Asked<'a> {
    /// The rules about this type.
    pub fn of(rules: &'a RuleSet, kind: &str, threshold: Severity) -> Self {
        let about = |action: fn(Action) -> bool| {
            rules.rules.iter().filter(move |rule| {
                action(rule.meta.action) && worst(rule) >= threshold && rule.meta.types.iter().any(|of| of == kind)
            })
        };
        Self {
            configure: about(|action| action == Action::Configure).map(|rule| &*rule.meta.id).collect(),
            others: about(|action| action != Action::Configure).count(),
        }
    }
}

/// The evaluation of a resource that was changed; none where what stands goes on to stand.
pub fn evaluation(
    key: &Key,
    resource: &ResourceId,
    report: &Report,
    asked: &Asked<'_>,
    threshold: Severity,
    standing: Option<&Standing>,
) -> Option<Evaluation> {
    if asked.configure.is_empty() && asked.others == 0 {
        return Some(not_applicable(key, "no rule at or over the threshold asks about it"));
    }
    let findings = || {
        report.findings.iter().filter(|finding| {
            finding.resource == *resource && asked.configure.iter().any(|rule| *rule == &*finding.rule)
        })
    };
    let mut fails: Vec<Named<'_>> = findings()
        .filter(|finding| finding.verdict == Verdict::Fail && finding.severity >= threshold)
        .map(|finding| Named { severity: finding.severity, rule: &finding.rule, of: None, message: &finding.message })
        .collect();
    fails.sort_by_key(|named| (Reverse(named.severity), named.rule));
    let unknown = findings().filter(|finding| finding.verdict == Verdict::Unknown).count();

    let stands = standing.map(|standing| standing.compliance);
    // What stands names all that stands against the resource, and all of that was judged again just now.
    let judged_again = standing
        .and_then(|standing| annotation::names(standing.annotation.as_deref()?))
        .is_some_and(|names| names.iter().all(|name| asked.configure.contains(name)));
    if !fails.is_empty() {
        if stands == Some(Compliance::NonCompliant) && asked.others > 0 && !judged_again {
            // Its text says more than is known now, and lifting it later hangs on that.
            return None;
        }
        let others_are_known = asked.others == 0 || stands == Some(Compliance::Compliant) || judged_again;
        let rest = if others_are_known { Rest::Unknown(unknown) } else { Rest::NotJudged };
        let annotation = Some(annotation::failing(&fails, rest));
        return Some(Evaluation { key: key.clone(), compliance: Compliance::NonCompliant, annotation });
    }
    let compliant = Evaluation { key: key.clone(), compliance: Compliance::Compliant, annotation: None };
    match stands {
        _ if unknown > 0 || asked.configure.is_empty() => None,
        _ if asked.others == 0 => Some(compliant),
        Some(Compliance::NonCompliant) if judged_again => Some(compliant),
        _ => None,
    }
}

/// The evaluation of a resource that there is nothing to say about.
pub fn not_applicable(key: &Key, why: &str) -> Evaluation {
    Evaluation { key: key.clone(), compliance: Compliance::NotApplicable, annotation: Some(why.to_owned()) }
}
