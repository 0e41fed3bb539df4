//! Suppressions: findings that are accepted beside the resource that they are about. They accept nothing about any other
//! resource, nothing without a reason, and nothing if one of their rules does not exist.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::notices::{Given, Notices};
use crate::finding::report::{Report, SuppressionUse};
use crate::finding::verdict::Verdict;
use crate::finding::{self, Finding};
use crate::model::identity::ResourceId;
use crate::model::position::Position;
use crate::model::resource::Resource;
use crate::model::snapshot::Snapshot;
use crate::model::suppression::Suppression;
use crate::rule::RuleSet;
use crate::rule::notice::{self, SUPPRESSION_INVALID, SUPPRESSION_UNUSED};

/// The rules that suppressions may name.
pub struct Suppressions<'a> {
    rules: &'a RuleSet,
    /// By id and by older id: the present id, and whether the rule is on.
    names: BTreeMap<&'a str, (&'a Arc<str>, bool)>,
}

/// A suppression that is written as it must be.
pub struct Valid<'s> {
    /// Its rules by their present ids, and whether each is on.
    rules: BTreeMap<&'s Arc<str>, bool>,
    reason: &'s Arc<str>,
    at: &'s Arc<Position>,
}

impl<'a> Suppressions<'a> {
    /// Suppressions of findings of these rules.
    pub fn new(rules: &'a RuleSet) -> Self {
        let all = || rules.rules.iter().map(|rule| (rule, true)).chain(rules.disabled.iter().map(|rule| (rule, false)));
        let aliases = all().flat_map(|(rule, on)| rule.meta.aliases.iter().map(move |alias| (&**alias, rule, on)));
        // Ids come last: an older id is never a present one.
        let named = aliases.chain(all().map(|(rule, on)| (&*rule.meta.id, rule, on)));
        Self { rules, names: named.map(|(name, rule, on)| (name, (&rule.meta.id, on))).collect() }
    }

    /// What accepts findings about this resource.
    pub fn of<'s>(&'s self, resource: &'s Resource) -> Vec<Valid<'s>> {
        resource.suppressions.iter().filter_map(|suppression| self.check(suppression).ok()).collect()
    }

    /// Accepts a finding if one of its resource's suppressions does: the first of them is named. A waiver that accepts
    /// it as well is kept.
    pub fn apply(valid: &[Valid<'_>], finding: &mut Finding) {
        if let Some(valid) = valid.iter().find(|valid| valid.rules.contains_key(&finding.rule)) {
            finding.suppression = Some(finding::Suppression {
                at: Arc::clone(valid.at),
                reason: Arc::clone(valid.reason),
                accepts: finding.judged(),
            });
            finding.verdict = Verdict::Waived;
        }
    }

    /// What it is worth; or why it accepts nothing, as a sentence without a full stop.
    fn check<'s>(&'s self, suppression: &'s Suppression) -> Result<Valid<'s>, String> {
        if suppression.rules.is_empty() {
            return Err("it names no rule".to_owned());
        }
        let mut rules = BTreeMap::new();
        for name in &suppression.rules {
            match self.names.get(&**name) {
                Some((id, on)) => {
                    rules.insert(*id, *on);
                }
                None if notice::find(name).is_some() => {
                    return Err(format!("`{name}` is a notice, which `[rules.{name}]` in `backstop.toml` changes"));
                }
                None => {
                    let near = self.rules.nearest(name).map(|near| format!("; did you mean `{near}`?"));
                    return Err(format!("no rule is named `{name}`{}", near.unwrap_or_default()));
                }
            }
        }
        let reason = suppression.reason.as_ref().ok_or_else(|| "it gives no reason".to_owned())?;
        Ok(Valid { rules, reason, at: &suppression.at })
    }

    /// Lists all suppressions in the report, and tells of those that accept nothing.
    pub fn report(&self, report: &mut Report, snapshot: &Snapshot, notices: &Notices<'_>) {
        let at_resources = snapshot
            .resources
            .iter()
            .flat_map(|resource| resource.suppressions.iter().map(move |suppression| (Some(resource), suppression)));
        let mut all: Vec<(Option<&Resource>, &Suppression)> =
            at_resources.chain(snapshot.stray.iter().map(|suppression| (None, suppression))).collect();
        if all.is_empty() {
            return;
        }
        all.sort_by(|(a, one), (b, other)| {
            one.cmp(other).then_with(|| a.map(|resource| &resource.id).cmp(&b.map(|resource| &resource.id)))
        });
        // How often each rule is accepted at each resource, whichever of its suppressions is named for it.
        let mut accepted: BTreeMap<(&ResourceId, &str), u64> = BTreeMap::new();
        for finding in report.findings.iter().filter(|finding| finding.suppression.is_some()) {
            *accepted.entry((&finding.resource, &*finding.rule)).or_default() += 1;
        }
        let mut told = Vec::new();
        let mut uses = Vec::new();
        for (resource, suppression) in all {
            let checked = self.check(suppression);
            let count =
                |id: &str| resource.and_then(|resource| accepted.get(&(&resource.id, id))).copied().unwrap_or(0);
            let findings = checked.as_ref().map_or(0, |valid| valid.rules.keys().map(|id| count(id)).sum());
            let message = match &checked {
                Err(fault) => Some((&SUPPRESSION_INVALID, format!("the suppression accepts nothing: {fault}"))),
                Ok(valid) => unused(resource, valid, &count).map(|message| (&SUPPRESSION_UNUSED, message)),
            };
            told.extend(message.map(|(notice, message)| (notice, resource, suppression, message)));
            uses.push(SuppressionUse {
                at: Arc::clone(&suppression.at),
                rules: suppression.rules.clone(),
                reason: suppression.reason.clone(),
                resource: resource.map(|resource| (resource.id.clone(), Arc::clone(&resource.name))),
                fault: checked.err(),
                findings,
            });
        }
        let mut seen: BTreeMap<(Arc<str>, String), u64> = BTreeMap::new();
        for (notice, resource, suppression, message) in told {
            // The name outlives edits that move lines; equal ones are numbered.
            let root = Arc::clone(&suppression.at.file);
            let place = resource.map_or("", |resource| &*resource.id.id);
            let id = format!("{place}#{}", suppression.rules.join(","));
            let number = seen.entry((Arc::clone(&root), id.clone())).or_default();
            *number += 1;
            let id = if *number == 1 { id } else { format!("{id}#{number}") };
            let at = Arc::clone(&suppression.at);
            notices.give(report, notice, Given { kind: "Backstop::Suppression", root, id: id.into(), message, at });
        }
        report.suppressions = uses;
    }
}

/// What a valid suppression accepts nothing of, if that is so for one of its rules. Of rules that are off it may.
fn unused(resource: Option<&Resource>, valid: &Valid<'_>, count: &dyn Fn(&str) -> u64) -> Option<String> {
    let Some(resource) = resource else {
        return Some("the suppression stands at no resource of its own that is judged".to_owned());
    };
    let idle: Vec<String> =
        valid.rules.iter().filter(|(id, on)| **on && count(id) == 0).map(|(id, _)| format!("`{id}`")).collect();
    let name = &resource.name;
    (!idle.is_empty()).then(|| format!("nothing is found of {} on `{name}` that it could accept", idle.join(", ")))
}
