//! Texts that very many resources share, kept once: an account, a Region, a vault, a type, a reason.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

use super::backup::PlanRuleName;
use super::fact::{Fact, Reasons, State};
use super::resource::{Facts, Resource};

/// What was seen before.
#[derive(Debug, Default)]
pub struct Interner {
    texts: HashSet<Arc<str>>,
    rules: HashSet<Arc<PlanRuleName>>,
    reasons: HashSet<Reasons>,
}

impl Interner {
    /// The one copy of a text.
    pub fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        let own: Arc<str> = text.into();
        self.texts.insert(Arc::clone(&own));
        own
    }

    /// The one copy of a rule's names.
    pub fn rule(&mut self, mut rule: PlanRuleName) -> Arc<PlanRuleName> {
        rule.id.iter_mut().chain(&mut rule.name).for_each(|text| *text = self.text(text));
        let mut rule = Arc::new(rule);
        share(&mut self.rules, &mut rule);
        rule
    }

    /// Lets a resource share what others have too. Its own ARN and name are its alone.
    pub fn resource(&mut self, resource: &mut Resource) {
        let id = &mut resource.id;
        for part in [&mut id.root, &mut id.partition, &mut id.account, &mut id.region].into_iter().flatten() {
            share(&mut self.texts, part);
        }
        share(&mut self.texts, &mut id.kind);
        if let Some(reasons) = &mut resource.tags.others {
            share(&mut self.reasons, reasons);
        }
        match &mut resource.facts {
            Facts::RecoveryPoint(point) => {
                share(&mut self.texts, &mut point.vault);
                let texts = [&mut point.resource, &mut point.resource_type, &mut point.status, &mut point.key];
                let more = [&mut point.copied_from, &mut point.plan];
                texts.into_iter().chain(more).for_each(|fact| self.fact(fact));
                if let State::Known(rule) = &mut point.rule.state {
                    *rule = self.rule((**rule).clone());
                }
            }
            Facts::BackupJob(job) => {
                let texts = [&mut job.state, &mut job.resource, &mut job.resource_type, &mut job.vault, &mut job.plan];
                let more = [&mut job.rule, &mut job.message_category];
                texts.into_iter().chain(more).for_each(|fact| self.fact(fact));
            }
            Facts::CopyJob(job) => {
                let texts = [&mut job.state, &mut job.resource, &mut job.resource_type, &mut job.plan];
                let more = [&mut job.source_vault, &mut job.destination_vault, &mut job.message_category];
                texts.into_iter().chain(more).for_each(|fact| self.fact(fact));
            }
            _ => {}
        }
    }

    fn fact(&mut self, fact: &mut Fact<Arc<str>>) {
        match &mut fact.state {
            State::Known(text) => share(&mut self.texts, text),
            State::Absent => {}
            State::Unknown(reasons) => share(&mut self.reasons, reasons),
        }
    }
}

fn share<T: Clone + Eq + Hash>(seen: &mut HashSet<T>, one: &mut T) {
    match seen.get(one) {
        Some(known) => one.clone_from(known),
        None => {
            seen.insert(one.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_become_one() {
        let mut interner = Interner::default();
        let (one, mut other): (_, Arc<str>) = (interner.text("eu-west-1"), "eu-west-1".into());
        assert!(!Arc::ptr_eq(&one, &other));
        share(&mut interner.texts, &mut other);
        assert!(Arc::ptr_eq(&one, &other));
    }

    #[test]
    fn a_rule_is_known_by_both_its_names() {
        let mut interner = Interner::default();
        let named = |id: &str| PlanRuleName { id: Some(id.into()), name: Some("daily".into()) };
        let (one, same, other) = (interner.rule(named("a")), interner.rule(named("a")), interner.rule(named("b")));
        assert!(Arc::ptr_eq(&one, &same) && one != other);
        assert!(Arc::ptr_eq(one.name.as_ref().unwrap(), other.name.as_ref().unwrap()));
    }
}
