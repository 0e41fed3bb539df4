//! Principals of IAM and what is attached to them, as all files declare them.

use crate::collect::declared::item::{Item, Kind};
use crate::collect::declared::policy::Policy;
use crate::model::fact::{Fact, Reasons, State};
use crate::model::iam::{HOLE, NamedPolicy, Principal};
use crate::model::resource::{Facts, Link};

/// Calls `work` with each element of a list, or with a single value, and why it may not be there.
pub fn each(item: &Item, why: Option<&Reasons>, work: &mut dyn FnMut(&Item, Option<&Reasons>)) {
    match &item.kind {
        Kind::Absent => {}
        Kind::List(elements) => elements.iter().for_each(|element| each(element, why, work)),
        Kind::Choice(choice) => {
            let why = why.map_or_else(|| choice.why.clone(), |why| why.and(&choice.why));
            each(&choice.yes, Some(&why), work);
            each(&choice.no, Some(&why), work);
        }
        _ => work(item, why),
    }
}

/// An inline policy; `why` says why it may not be there.
pub fn inline(name: Option<String>, policy: Policy, why: Option<&Reasons>) -> NamedPolicy {
    let Policy { text, statements } = match why {
        Some(why) => policy.perhaps(why),
        None => Policy { text: policy.text.or_unknown("the policy has no document"), ..policy },
    };
    NamedPolicy { name: name.unwrap_or_else(|| HOLE.to_string()), document: text, statements }
}

/// What a reference says; nothing, if it is not certain that it is there.
pub fn link(item: &Item, why: Option<&Reasons>) -> Link {
    match why {
        Some(why) => Link::text(Fact::unknown(why.clone()).at(item.at.clone())),
        None => item.link(),
    }
}

/// A list of references. What may be in it is in it, as one that means nothing that is known.
pub fn links(item: &Item) -> Vec<Link> {
    let mut all = Vec::new();
    each(item, None, &mut |element, why| all.push(link(element, why)));
    all
}

/// The facts of a user, group or role.
pub fn principal(facts: &mut Facts) -> Option<&mut Principal> {
    match facts {
        Facts::User(principal) | Facts::Group(principal) | Facts::Role(principal) => Some(principal),
        _ => None,
    }
}

impl Principal {
    /// Adds an inline policy, by its name.
    pub fn add_inline(&mut self, policy: NamedPolicy) {
        if let State::Known(all) = &mut self.inline.state {
            all.push(policy);
            all.sort_by(|a, b| a.name.cmp(&b.name));
        }
    }
}

/// In the order of their texts, those that are not known last.
pub fn sorted(mut links: Vec<Link>) -> Vec<Link> {
    links.sort_by_cached_key(|link| (link.text.value().is_none(), link.text.value().cloned(), link.target.clone()));
    links.dedup_by(|a, b| a.text.is_known() && a.text.state == b.text.state && a.target == b.target);
    links
}
