//! Who may become whom, before any single call is asked about.

use std::collections::{BTreeSet, HashMap};

use crate::derive::place::Arn;
use crate::iam::{Action, HOLE};

use super::policies::Policies;
use super::runners::existing;
use super::step::{ASSUME, CREDENTIALS, PASS, TRUST, VOUCH};
use super::trust;

/// Who may become whom, as far as policies name them.
#[derive(Default)]
pub struct Reach {
    /// Those who may become whomever.
    pub wide: BTreeSet<usize>,
    /// Those whom everybody may become: their trust policy does not say by name whom it lets in.
    pub open: BTreeSet<usize>,
    /// By who is to be become.
    pub to: HashMap<usize, BTreeSet<usize>>,
    /// By who becomes.
    pub from: HashMap<usize, BTreeSet<usize>>,
}

impl Reach {
    fn add(&mut self, from: usize, to: usize) {
        self.to.entry(to).or_default().insert(from);
        self.from.entry(from).or_default().insert(to);
    }

    pub fn new(policies: &Policies<'_>) -> Self {
        let mut by_arn: HashMap<&str, Vec<usize>> = HashMap::new();
        for (number, one) in policies.identities.iter().enumerate() {
            by_arn.entry(&one.arn).or_default().push(number);
        }
        let steps = [ASSUME, TRUST, CREDENTIALS, PASS].concat();
        let steps: Vec<Action> = steps.iter().map(|name| policies.library.action(name)).collect();
        // What is changed by these may be anybody's.
        let around = existing::reaching().chain(VOUCH.iter().copied()).map(|name| policies.library.action(name));
        let around: Vec<Action> = around.collect();
        let mut reach = Self::default();
        for (number, one) in policies.identities.iter().enumerate() {
            // What files leave open of a name may be any of the names in policies.
            if one.arn.contains(HOLE) {
                reach.wide.insert(number);
                reach.open.insert(number);
                continue;
            }
            let candidates = policies.library.candidates(&one.principal, &policies.layers(one));
            if around.iter().any(|one| one.number().is_none_or(|number| candidates.contains(number))) {
                reach.wide.insert(number);
            }
            let may = steps.iter().filter(|step| step.number().is_some_and(|number| candidates.contains(number)));
            let names: Option<Vec<Vec<&str>>> = may.map(|step| policies.library.named(&one.attached, step)).collect();
            match names {
                Some(names) => {
                    for target in names.into_iter().flatten().filter_map(|name| by_arn.get(name)).flatten() {
                        reach.add(number, *target);
                    }
                }
                None => drop(reach.wide.insert(number)),
            }
            if !one.is_role() {
                continue;
            }
            let trusted = trust::trusted(&one.facts.trust);
            let Some(trusted) = trusted.value().filter(|trusted| !trusted.unclear) else {
                reach.open.insert(number);
                continue;
            };
            for name in &trusted.principals {
                match by_arn.get(name.as_str()) {
                    Some(named) => named.iter().for_each(|from| reach.add(*from, number)),
                    None if names_nobody_else(name) => {}
                    None => drop(reach.open.insert(number)),
                }
            }
        }
        reach
    }
}

/// Whether a principal of a trust policy is a user or role, or a whole account, whose members then need policies of
/// their own to come in. `*` and sessions of roles are others.
fn names_nobody_else(principal: &str) -> bool {
    match Arn::parse(principal) {
        Some(arn) => arn.service == "iam" && !arn.resource.contains(['*', HOLE]),
        None => principal.len() == 12 && principal.bytes().all(|byte| byte.is_ascii_digit()),
    }
}
