//! How what a user or role may do is changed: policies are written, a denial or the permissions boundary is taken away,
//! a user is put into a group, somebody new is made.
//!
//! One change opens the way to the next: whoever writes a policy that allows everything then takes away what holds them,
//! unless that denies it.
//!
//! - "Controlling access to principals and policies" and "Permissions boundaries for IAM entities" in the IAM User Guide
//!   (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>): what a boundary or a denial
//!   forbids stays forbidden, whatever else is allowed, until somebody takes it away.
//! - The actions, their resources and keys: "Actions, resources, and condition keys for AWS Identity and Access
//!   Management" in the Service Authorization Reference.

mod calls;
mod newcomer;
mod state;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::iam::{Attachment, Context, Layers, Principal};
use crate::model::fact::Fact;
use crate::model::position::Position;

use self::state::{Removal, State};
use super::policies::{Identity, OF_ITS_OWN, Policies};
use super::ways::{Asker, Mfa, Outcome};

/// A change of what an identity may do, and the policies that it then has.
pub struct Raise {
    /// Whether whoever asks can bring it about.
    pub allowed: Fact<bool>,
    /// How, for people.
    pub text: String,
    /// What the identity itself does then, once it is become, for people.
    pub later: Option<String>,
    /// Where the statement stands in a file that allows it.
    pub at: Option<Arc<Position>>,
    pub identity: Vec<Attachment>,
    pub boundary: Option<Attachment>,
    /// Who then asks, where it is somebody new.
    pub newcomer: Option<Principal>,
    /// What is then known of requests, where that is less than it was.
    pub context: Option<Context>,
}

impl Raise {
    /// Somebody after it.
    pub fn after<'s>(&'s self, asks: &Asker<'s>) -> Asker<'s> {
        Asker {
            principal: self.newcomer.as_ref().unwrap_or(asks.principal),
            layers: Layers { identity: &self.identity, boundary: self.boundary.as_ref(), ..asks.layers },
            context: self.context.as_ref().unwrap_or(asks.context),
            mfa: if self.newcomer.is_some() { Mfa::Perhaps } else { asks.mfa },
            ..*asks
        }
    }
}

/// The actions that write policies of, or take some from, an identity of a kind, and make a new one.
struct Actions {
    attach: &'static [&'static str],
    put: &'static [&'static str],
    shed_inline: &'static [&'static str],
    shed_managed: &'static [&'static str],
    shed_boundary: &'static [&'static str],
    replace_boundary: &'static [&'static str],
    make: &'static [&'static str],
}

const OF_ROLE: Actions = Actions {
    attach: &["iam:AttachRolePolicy"],
    put: &["iam:PutRolePolicy"],
    shed_inline: &["iam:DeleteRolePolicy", "iam:PutRolePolicy"],
    shed_managed: &["iam:DetachRolePolicy"],
    shed_boundary: &["iam:DeleteRolePermissionsBoundary"],
    replace_boundary: &["iam:PutRolePermissionsBoundary"],
    make: &["iam:CreateRole"],
};

const OF_USER: Actions = Actions {
    attach: &["iam:AttachUserPolicy"],
    put: &["iam:PutUserPolicy"],
    shed_inline: &["iam:DeleteUserPolicy", "iam:PutUserPolicy"],
    shed_managed: &["iam:DetachUserPolicy"],
    shed_boundary: &["iam:DeleteUserPermissionsBoundary"],
    replace_boundary: &["iam:PutUserPermissionsBoundary"],
    make: &["iam:CreateUser"],
};

const OF_GROUP: &[&str] = &["iam:AttachGroupPolicy", "iam:PutGroupPolicy"];
const MAKE_GROUP: &[&str] = &["iam:CreateGroup"];
const SHED_OF_GROUP_INLINE: &[&str] = &["iam:DeleteGroupPolicy", "iam:PutGroupPolicy"];
const SHED_OF_GROUP: &[&str] = &["iam:DetachGroupPolicy"];
const LEAVE: &[&str] = &["iam:RemoveUserFromGroup"];
const OF_POLICY: &[&str] = &["iam:CreatePolicyVersion"];
const SWITCH: &[&str] = &["iam:SetDefaultPolicyVersion"];
const JOIN: &[&str] = &["iam:AddUserToGroup"];
const RETAG: &[&str] = &["iam:TagUser", "iam:UntagUser"];

/// One of these is needed for any change.
const ANY: [&[&str]; 23] = [
    OF_ROLE.attach,
    OF_ROLE.put,
    OF_ROLE.shed_inline,
    OF_ROLE.shed_managed,
    OF_ROLE.shed_boundary,
    OF_ROLE.replace_boundary,
    OF_ROLE.make,
    OF_USER.attach,
    OF_USER.put,
    OF_USER.shed_inline,
    OF_USER.shed_managed,
    OF_USER.shed_boundary,
    OF_USER.replace_boundary,
    OF_USER.make,
    OF_GROUP,
    SHED_OF_GROUP_INLINE,
    SHED_OF_GROUP,
    LEAVE,
    OF_POLICY,
    SWITCH,
    JOIN,
    RETAG,
    MAKE_GROUP,
];

const EVERYTHING_OF_AWS: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// Whether somebody may change anything at all of what users and roles may do.
pub fn may_change(policies: &Policies<'_>, asks: &Asker<'_>) -> bool {
    let candidates = policies.library.candidates(asks.principal, &asks.layers);
    let may = |name: &&str| policies.library.action(name).number().is_none_or(|number| candidates.contains(number));
    ANY.iter().copied().flatten().any(may)
}

/// All changes that somebody can make to themselves, the plainest first.
pub fn of_itself(policies: &Policies<'_>, asks: &Asker<'_>, of: &Identity<'_>) -> Vec<Raise> {
    sorted(Change::new(policies, asks, asks, of, true).all())
}

/// All changes that somebody can make to another, and that those then make to themselves, the plainest first.
pub fn of_another(policies: &Policies<'_>, asks: &Asker<'_>, becomes: &Asker<'_>, of: &Identity<'_>) -> Vec<Raise> {
    sorted(Change::new(policies, asks, becomes, of, false).all())
}

fn sorted(mut all: Vec<Raise>) -> Vec<Raise> {
    // What is certain first.
    all.sort_by_key(|raise| !raise.allowed.is_true());
    all
}

struct Change<'c, 'p, 'a> {
    policies: &'c Policies<'p>,
    asks: &'c Asker<'c>,
    /// The identity as it asks itself.
    becomes: &'c Asker<'c>,
    of: &'c Identity<'a>,
    itself: bool,
    actions: &'static Actions,
}

impl<'c, 'p, 'a> Change<'c, 'p, 'a> {
    fn new(
        policies: &'c Policies<'p>,
        asks: &'c Asker<'c>,
        becomes: &'c Asker<'c>,
        of: &'c Identity<'a>,
        itself: bool,
    ) -> Self {
        let actions = if of.is_role() { &OF_ROLE } else { &OF_USER };
        Self { policies, asks, becomes, of, itself, actions }
    }

    fn all(&self) -> Vec<Raise> {
        let base = State::of(self.of);
        let others: Vec<State<'c>> = self.rebounded().into_iter().chain(self.joined()).chain(self.retagged()).collect();
        let mut all = Vec::new();
        for counts in [Fact::<bool>::is_true, |fact: &Fact<bool>| !fact.is_false()] {
            let furthest = self.grow(&base, counts, &mut all);
            for start in others.iter().filter(|start| start.allowed.iter().all(counts)) {
                // Whoever has all rights gains none by a group.
                if !(furthest.wrote && start.groups.len() > base.groups.len()) {
                    self.grow(start, counts, &mut all);
                }
            }
        }
        all
    }

    /// What comes of a state by changes that count, one after the other; the last of them all.
    fn grow(&self, start: &State<'c>, counts: fn(&Fact<bool>) -> bool, all: &mut Vec<Raise>) -> State<'c> {
        let mut push = |raise: Raise| {
            // What is certain was found where only that counts, and is no more by another name.
            let is_new = |other: &Raise| other.text != raise.text || other.later != raise.later;
            if !raise.text.is_empty() && all.iter().all(is_new) {
                all.push(raise);
            }
        };
        push(start.raise());
        let mut state = start.clone();
        // Each round takes something away or writes, once, so it comes to an end.
        for round in 0_usize.. {
            let itself = self.itself || round > 0;
            let asks = if itself { &state.asks(self.becomes) } else { self.asks };
            let written = if state.wrote { None } else { Some(self.written(asks, &state)) };
            let written = written.filter(|outcome| counts(&outcome.allowed));
            let removals: Vec<Removal> =
                self.removals(asks, &state).into_iter().filter(|one| counts(&one.outcome.allowed)).collect();
            if written.is_none() && removals.is_empty() {
                break;
            }
            let whom = self.whom(itself);
            let is_later = !self.itself && round > 0;
            let next = |removals: &[&Removal], written: Option<&Outcome>| {
                state.next(removals, written.map(|outcome| (outcome, &self.policies.everything[..])), &whom, is_later)
            };
            let every: Vec<&Removal> = removals.iter().collect();
            if written.is_some() {
                push(next(&[], written.as_ref()).raise());
            } else if round == 0 && every.len() > 1 {
                // What is taken away may be what allows it.
                removals.iter().for_each(|one| push(next(&[one], None).raise()));
            }
            if !every.is_empty() {
                push(next(&every, written.as_ref()).raise());
            }
            state = next(&every, written.as_ref());
        }
        // Somebody new is none whom another policy, or boundary, holds.
        if self.itself || !state.texts.is_empty() {
            let asks = state.asks(self.becomes);
            self.newcomers(&asks, &state).into_iter().filter(|raise| counts(&raise.allowed)).for_each(push);
        }
        state
    }

    fn whom(&self, itself: bool) -> String {
        let kind = if self.of.is_role() { "role" } else { "user" };
        format!("{}{kind} {}", if itself { "itself, " } else { "" }, self.of.resource.name)
    }
}

/// The surest of these, the first among equals.
fn surest(outcomes: impl IntoIterator<Item = Outcome>) -> Outcome {
    let rank = |outcome: &Outcome| (outcome.allowed.is_true(), outcome.allowed.is_unknown());
    let better = |best: Outcome, next: Outcome| if rank(&next) > rank(&best) { next } else { best };
    outcomes.into_iter().reduce(better).unwrap_or_else(|| Outcome {
        allowed: Fact::known(false),
        gated: Fact::known(false),
        action: String::new(),
        by: BTreeSet::new(),
        at: None,
        ungated_at: None,
    })
}

/// The first of the policies that allow something, in brackets.
pub fn by(policies: &BTreeSet<String>) -> String {
    let own = |policy: &&String| !policy.starts_with(OF_ITS_OWN);
    policies.iter().find(own).map(|policy| format!(" ({policy})")).unwrap_or_default()
}
