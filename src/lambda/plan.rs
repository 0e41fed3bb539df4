//! Which evaluations are sent after all was judged, in view of those that stand.

use std::collections::{BTreeMap, BTreeSet};

use super::place::Key;
use super::verdicts::Outcome;
use crate::finding::report::Report;
use crate::finding::verdict::Verdict;
use crate::model::gap::{GapKind, JUDGED_LISTS};

/// How many evaluations one call takes (`PutEvaluations` in the AWS Config API Reference).
pub const BATCH: usize = 100;

/// What AWS Config is told. The fourth that its model has, INSUFFICIENT_DATA, is refused from rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Compliance {
    /// Something at or over the threshold fails.
    NonCompliant,
    /// It is gone, or no rule asks about it, or what is known does not decide.
    NotApplicable,
    /// All rules at or over the threshold pass.
    Compliant,
}

/// One evaluation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// What it is about.
    pub key: Key,
    /// What it says.
    pub compliance: Compliance,
    /// Why; never empty.
    pub annotation: Option<String>,
}

/// An evaluation that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What it says.
    pub compliance: Compliance,
    /// Why.
    pub annotation: Option<String>,
}

/// The types of which not everything may have been seen, so that what is missing may still be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unseen {
    all: bool,
    kinds: BTreeSet<&'static str>,
}

impl Unseen {
    /// What the failed lists of a report leave open.
    pub fn of(report: &Report) -> Self {
        let mut unseen = Self::default();
        for gap in &report.gaps {
            unseen.all |= matches!(gap.kind, GapKind::Fallback | GapKind::BrokenFile);
            if matches!(gap.kind, GapKind::Denied | GapKind::Failed) {
                let lists = JUDGED_LISTS.iter().filter(|(operation, _)| *operation == &*gap.operation);
                unseen.kinds.extend(lists.flat_map(|(_, kinds)| *kinds));
            }
        }
        // The points of a vault that was not seen were not asked for.
        if unseen.kinds.contains("AWS::Backup::BackupVault") {
            unseen.kinds.insert("AWS::Backup::RecoveryPoint");
        }
        unseen
    }

    fn may_hide(&self, kind: &str) -> bool {
        self.all || self.kinds.contains(kind)
    }
}

/// The evaluations to send: failures first, so that what is cut off by a deadline matters least, and the account's
/// last, so that it can take up what AWS Config refuses. `standing` is none where it could not be read.
///
/// - What passes or fails is sent.
/// - What is not decided is sent only in place of a COMPLIANT, which would else go on to stand, as NOT_APPLICABLE with
///   the reason. A NON_COMPLIANT goes on to stand. For the account, NOT_APPLICABLE is sent where nothing stands.
/// - What stands and was not judged this time is NOT_APPLICABLE, if it is certain that it is gone or no rule asks about
///   it. Where it may still be there, only a COMPLIANT is taken back.
pub fn plan(outcomes: Vec<Outcome>, standing: Option<&BTreeMap<Key, Standing>>, unseen: &Unseen) -> Vec<Evaluation> {
    let judged: BTreeSet<Key> = outcomes.iter().map(|outcome| outcome.key.clone()).collect();
    let mut evaluations: Vec<Evaluation> = Vec::new();
    for Outcome { key, verdict, annotation } in outcomes {
        let stands = standing.and_then(|standing| standing.get(&key)).map(|standing| standing.compliance);
        let compliance = match verdict {
            Verdict::Fail => Compliance::NonCompliant,
            Verdict::Pass | Verdict::Waived => Compliance::Compliant,
            Verdict::Unknown => match stands {
                Some(Compliance::Compliant) => Compliance::NotApplicable,
                None if key.is_account() && standing.is_some() => Compliance::NotApplicable,
                _ => continue,
            },
        };
        evaluations.push(Evaluation { key, compliance, annotation });
    }
    for (key, stands) in standing.into_iter().flatten().filter(|(key, _)| !judged.contains(key)) {
        let may_be_there = unseen.may_hide(&key.kind);
        let annotation = match stands.compliance {
            Compliance::NotApplicable => continue,
            Compliance::NonCompliant if may_be_there => continue,
            _ if may_be_there => "not known: it was not seen this time, and not all could be read",
            _ => "it is gone, or the rule no longer asks about it",
        };
        let annotation = Some(annotation.to_owned());
        evaluations.push(Evaluation { key: key.clone(), compliance: Compliance::NotApplicable, annotation });
    }
    evaluations
        .sort_by(|a, b| (a.key.is_account(), a.compliance, &a.key).cmp(&(b.key.is_account(), b.compliance, &b.key)));
    evaluations
}
