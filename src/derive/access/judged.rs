//! What a policy keeps of what it should, action by action, and how it is told.

use std::collections::{BTreeMap, BTreeSet};

use crate::derive::index::add_reasons;
use crate::model::fact::{Fact, Reasons};

use super::guard::{Kept, Why};

/// What came out, action by action.
#[derive(Default)]
pub struct Judged {
    /// Actions of which the policy says nothing.
    nothing: BTreeSet<&'static str>,
    /// What it says of others, with the actions.
    something: BTreeMap<String, BTreeSet<&'static str>>,
    /// Whom it lets in from outside, for people.
    grants: Vec<String>,
    doubt: Option<Reasons>,
}

impl Judged {
    /// Notes what became of an action, and of which part of what it is about.
    pub fn add(&mut self, action: &'static str, kept: Option<Kept>, of: Option<String>) {
        match kept {
            None | Some(Kept::Yes) => {}
            Some(Kept::No(Why::Nothing)) => drop(self.nothing.insert(action)),
            Some(Kept::No(Why::Something(what))) => {
                let what = of
                    .map_or_else(|| what.clone(), |of| format!("{what}, and recovery points of {of} are not among it"));
                self.something.entry(what).or_default().insert(action);
            }
            Some(Kept::Unknown(reasons)) => self.doubt(&reasons),
        }
    }

    /// Notes whom the policy lets in.
    pub fn grant(&mut self, grant: String) {
        self.grants.push(grant);
    }

    /// Notes why something cannot be told.
    pub fn doubt(&mut self, reasons: &Reasons) {
        add_reasons(&mut self.doubt, reasons);
    }

    /// Whether all is kept, and what is not; `without` says that there is no policy at all, and `idle` what would be read
    /// only if something were wrong.
    pub fn told(self, without: Option<&str>, idle: Vec<String>) -> (Fact<bool>, Fact<Vec<String>>) {
        let list = |actions: BTreeSet<&str>| actions.into_iter().collect::<Vec<_>>().join(", ");
        let mut faults = self.grants;
        if let Some(without) = without {
            faults.push(without.to_owned());
        } else if !self.nothing.is_empty() {
            faults.push(format!("nothing denies {}", list(self.nothing)));
        }
        faults.extend(self.something.into_iter().map(|(what, actions)| format!("{}: {what}", list(actions))));
        if faults.is_empty() {
            return match self.doubt {
                Some(reasons) => (Fact::unknown(reasons.clone()), Fact::unknown(reasons)),
                None => (Fact::known(true), Fact::known(Vec::new())),
            };
        }
        faults.extend(idle);
        (Fact::known(false), Fact::known(faults))
    }
}
