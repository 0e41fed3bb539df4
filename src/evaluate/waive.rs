//! Waivers: which findings somebody accepts. Only what certainly meets a waiver's condition is accepted: an unknown
//! account, tag or fact accepts nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use cedar_policy::{Context, EntityUid, PolicySet, RestrictedExpression};
use jiff::Timestamp;

use super::entities::datetime;
use super::judge::{Judge, Question};
use super::notices::{Given, Notices};
use super::view::View;
use crate::finding::report::{Report, WaiverUse};
use crate::finding::verdict::Verdict;
use crate::finding::{self, Finding};
use crate::rule::RuleSet;
use crate::rule::notice::WAIVER_EXPIRED;
use crate::rule::waiver::Waiver;

/// The waivers of one run, ready to be asked.
pub struct Waivers<'a> {
    each: Vec<Ready<'a>>,
    action: EntityUid,
    /// The context of every rule that a waiver speaks of, by the name that it knows it by.
    contexts: BTreeMap<Arc<str>, Context>,
}

struct Ready<'a> {
    waiver: &'a Waiver,
    alone: PolicySet,
    expired: bool,
}

impl<'a> Waivers<'a> {
    /// The waivers of this set at this moment. Fails if Cedar refuses what they were checked for: a defect of Backstop.
    pub fn new(rules: &'a RuleSet, now: Timestamp) -> Result<Self, String> {
        let mut contexts = BTreeMap::new();
        for name in rules.waivers.iter().flat_map(|waiver| waiver.rules.values()) {
            let pairs = [
                ("now".to_owned(), datetime(now)),
                ("rule".to_owned(), RestrictedExpression::new_string(name.to_string())),
            ];
            contexts.insert(Arc::clone(name), Context::from_pairs(pairs).map_err(|error| error.to_string())?);
        }
        let ready = |waiver: &'a Waiver| {
            let alone = PolicySet::from_policies([waiver.policy.clone()]).map_err(|error| error.to_string())?;
            Ok::<_, String>(Ready { waiver, alone, expired: waiver.has_expired(now) })
        };
        let each = rules.waivers.iter().map(ready).collect::<Result<Vec<_>, _>>()?;
        let action = "Action::\"waive\"".parse().map_err(|error: cedar_policy::ParseErrors| error.to_string())?;
        Ok(Self { each, action, contexts })
    }

    /// Accepts a finding if a waiver that is in force does: the one that lasts the longest is named. Adds to `accepted`,
    /// by waiver, and gives what errored. Those that have expired are asked too, so that it can be told what they leave.
    pub fn apply(&self, judge: &Judge<'_>, view: &View, finding: &mut Finding, accepted: &mut [u64]) -> Vec<String> {
        let mut errors = Vec::new();
        let mut meeting: Vec<&Waiver> = Vec::new();
        let mut over = Vec::new();
        for (ready, accepted) in self.each.iter().zip(accepted) {
            let waiver = ready.waiver;
            let Some(context) = waiver.rules.get(&finding.rule).and_then(|name| self.contexts.get(name)) else {
                continue;
            };
            if !waiver.types.iter().any(|name| **name == *view.kind) {
                continue;
            }
            let question = Question { action: &self.action, context, reads: &waiver.reads, policy: &ready.alone };
            match judge.is_satisfied(view, &question) {
                Ok(false) => {}
                Ok(true) if ready.expired => over.push(accepted),
                Ok(true) => {
                    *accepted += 1;
                    meeting.push(waiver);
                }
                Err(error) => errors.push(format!("waiver `{}` on `{}`: {error}", waiver.id, finding.resource)),
            }
        }
        // Waivers are in order of their ids: of those that last equally long, the first.
        meeting.sort_by_key(|waiver| std::cmp::Reverse(waiver.expires));
        if let Some((chosen, others)) = meeting.split_first() {
            let also = others.iter().map(|waiver| Arc::clone(&waiver.id)).collect();
            finding.waiver = Some(finding::Waiver { accepts: finding.verdict, also, ..told(chosen) });
            finding.verdict = Verdict::Waived;
        } else {
            // What another waiver accepts does not count again.
            over.into_iter().for_each(|accepted| *accepted += 1);
        }
        errors
    }

    /// Lists all waivers in the report, and gives a notice for each that has expired.
    pub fn report(&self, report: &mut Report, accepted: &[u64], notices: &Notices<'_>) {
        for (ready, &accepted) in self.each.iter().zip(accepted) {
            let waiver = ready.waiver;
            report.waivers.push(WaiverUse {
                waiver: told(waiver),
                rules: waiver.rules.keys().cloned().collect(),
                expired: ready.expired,
                findings: accepted,
            });
            if ready.expired {
                notices.give(report, &WAIVER_EXPIRED, notice(waiver, accepted));
            }
        }
    }
}

/// A waiver as findings name it.
fn told(waiver: &Waiver) -> finding::Waiver {
    finding::Waiver {
        id: Arc::clone(&waiver.id),
        at: Arc::clone(&waiver.at),
        reason: waiver.reason.clone(),
        owner: waiver.owner.clone(),
        expires: waiver.expires.to_string(),
        accepts: Verdict::Fail,
        also: Vec::new(),
    }
}

fn notice(waiver: &Waiver, accepted: u64) -> Given {
    let now = match accepted {
        0 => "nothing that was judged needs it".to_owned(),
        1 => "the finding that it accepted counts again".to_owned(),
        more => format!("the {more} findings that it accepted count again"),
    };
    Given {
        kind: "Backstop::Waiver",
        root: Arc::clone(&waiver.at.file),
        id: Arc::clone(&waiver.id),
        message: format!("waiver `{}` of {} ended on {}; {now}", waiver.id, waiver.owner, waiver.expires),
        at: Arc::clone(&waiver.expires_at),
    }
}
