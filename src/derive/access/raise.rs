//! How what a user or role may do is changed: policies are written, a denial or the permissions boundary is taken away,
//! a user is put into a group.
//!
//! - "Controlling access to principals and policies" and "Permissions boundaries for IAM entities" in the IAM User Guide
//!   (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>): what a boundary or a denial
//!   forbids stays forbidden, whatever else is allowed, until somebody takes it away.
//! - The actions, their resources and keys: "Actions, resources, and condition keys for AWS Identity and Access
//!   Management" in the Service Authorization Reference.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::iam::{Attachment, Value};
use crate::model::fact::Fact;
use crate::model::position::Position;

use super::policies::{Identity, OF_ITS_OWN, Origin, Policies};
use super::targets::Call;
use super::ways::{Asker, Outcome, Owner};

/// A change of what an identity may do, and the policies that it then has.
pub struct Raise {
    /// Whether whoever asks can bring it about.
    pub allowed: Fact<bool>,
    /// How, for people.
    pub text: String,
    /// Where the statement stands in a file that allows it.
    pub at: Option<Arc<Position>>,
    pub identity: Vec<Attachment>,
    pub boundary: Option<Attachment>,
}

/// The actions that write policies of, or take some from, an identity of a kind.
struct Actions {
    write: &'static [&'static str],
    shed_inline: &'static [&'static str],
    shed_managed: &'static [&'static str],
    shed_boundary: &'static [&'static str],
    replace_boundary: &'static [&'static str],
}

const OF_ROLE: Actions = Actions {
    write: &["iam:AttachRolePolicy", "iam:PutRolePolicy"],
    shed_inline: &["iam:DeleteRolePolicy", "iam:PutRolePolicy"],
    shed_managed: &["iam:DetachRolePolicy"],
    shed_boundary: &["iam:DeleteRolePermissionsBoundary"],
    replace_boundary: &["iam:PutRolePermissionsBoundary"],
};

const OF_USER: Actions = Actions {
    write: &["iam:AttachUserPolicy", "iam:PutUserPolicy"],
    shed_inline: &["iam:DeleteUserPolicy", "iam:PutUserPolicy"],
    shed_managed: &["iam:DetachUserPolicy"],
    shed_boundary: &["iam:DeleteUserPermissionsBoundary"],
    replace_boundary: &["iam:PutUserPermissionsBoundary"],
};

const OF_GROUP: &[&str] = &["iam:AttachGroupPolicy", "iam:PutGroupPolicy"];
const SHED_OF_GROUP_INLINE: &[&str] = &["iam:RemoveUserFromGroup", "iam:DeleteGroupPolicy", "iam:PutGroupPolicy"];
const SHED_OF_GROUP: &[&str] = &["iam:RemoveUserFromGroup", "iam:DetachGroupPolicy"];
const OF_POLICY: &[&str] = &["iam:CreatePolicyVersion"];
const JOIN: &[&str] = &["iam:AddUserToGroup"];

/// One of these is needed for any change.
const ANY: [&[&str]; 13] = [
    OF_ROLE.write,
    OF_ROLE.shed_inline,
    OF_ROLE.shed_managed,
    OF_ROLE.shed_boundary,
    OF_ROLE.replace_boundary,
    OF_USER.write,
    OF_USER.shed_inline,
    OF_USER.shed_managed,
    OF_USER.shed_boundary,
    OF_USER.replace_boundary,
    OF_GROUP,
    OF_POLICY,
    SHED_OF_GROUP,
];

const EVERYTHING_OF_AWS: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// Whether somebody may change anything at all of what users and roles may do.
pub fn may_change(policies: &Policies<'_>, asks: &Asker<'_>) -> bool {
    let candidates = policies.library.candidates(asks.principal, &asks.layers);
    let may = |name: &&str| {
        // An action that is not held ready is sure to be none only where nothing else of IAM is.
        policies.library.action(name).number().is_some_and(|number| candidates.contains(number))
    };
    if ANY.iter().copied().flatten().chain(JOIN).any(may) {
        return true;
    }
    let unready = ANY.iter().copied().flatten().filter(|name| policies.library.action(name).number().is_none());
    let owner = Owner { account: asks.principal.account(), policy: None };
    let hole = crate::iam::HOLE;
    let arn = format!("arn:{hole}:iam::{hole}:{hole}");
    let actions: Vec<&str> = unready.copied().collect();
    !policies.call_with_mfa(asks, &Call { actions: &actions, arn }, owner).allowed.is_false()
}

/// All changes that somebody can make to an identity, themselves or another, the plainest first.
pub fn raises(policies: &Policies<'_>, asks: &Asker<'_>, of: &Identity<'_>, itself: bool) -> Vec<Raise> {
    Change { policies, asks, of, itself, actions: if of.is_role() { &OF_ROLE } else { &OF_USER } }.all()
}

struct Change<'c, 'p, 'a> {
    policies: &'c Policies<'p>,
    asks: &'c Asker<'c>,
    of: &'c Identity<'a>,
    itself: bool,
    actions: &'static Actions,
}

/// What can be taken away: of each attachment, and of the boundary.
struct Shed {
    attached: Vec<Outcome>,
    boundary: Option<Outcome>,
}

impl Change<'_, '_, '_> {
    fn all(&self) -> Vec<Raise> {
        let shed = self.shed();
        let mut all = self.written(&shed);
        all.extend(self.joined());
        all.extend(self.stripped(&shed));
        all.retain(|raise| !raise.allowed.is_false());
        // What is certain first.
        all.sort_by_key(|raise| !raise.allowed.is_true());
        all
    }

    fn call(&self, actions: &[&str], arn: &str, keys: &[(&str, Value)]) -> Outcome {
        let owner = Owner { account: self.of.account(), policy: None };
        let mut context = self.asks.context.clone();
        for (key, value) in keys {
            context.replace(key, value.clone());
        }
        let asks = Asker { context: &context, ..*self.asks };
        self.policies.call_with_mfa(&asks, &Call { actions, arn: arn.to_owned() }, owner)
    }

    /// The boundary of the identity, which is a condition key of what changes its policies.
    fn bounded(&self) -> (&'static str, Value) {
        let value = match (&self.of.boundary, &self.of.boundary_arn) {
            (None, _) => Value::Absent,
            (Some(_), Some(arn)) => Value::Known(vec![arn.clone()]),
            (Some(_), None) => Value::Unknown,
        };
        ("iam:PermissionsBoundary", value)
    }

    fn shed(&self) -> Shed {
        // Of what denies nothing it does not matter.
        let sheds = |(one, origin)| if self.may_deny(one) { self.sheds(origin) } else { surest([]) };
        let attached = self.of.attached.iter().zip(&self.of.origins).map(sheds).collect();
        let boundary = self.of.boundary.as_ref().map(|_| {
            let arn = &self.of.arn;
            let other = ("iam:PermissionsBoundary", Value::Known(vec![EVERYTHING_OF_AWS.to_owned()]));
            let rewritten = self.of.boundary_arn.as_deref().filter(|arn| !arn.contains(":iam::aws:"));
            surest(
                [
                    Some(self.call(self.actions.shed_boundary, arn, &[self.bounded()])),
                    Some(self.call(self.actions.replace_boundary, arn, &[other])),
                    rewritten.map(|arn| self.call(OF_POLICY, arn, &[])),
                ]
                .into_iter()
                .flatten(),
            )
        });
        Shed { attached, boundary }
    }

    /// Whether a policy can be taken away, or rewritten.
    fn sheds(&self, origin: &Origin<'_>) -> Outcome {
        let mut keys = vec![self.bounded()];
        if let Some(arn) = &origin.arn {
            keys.push(("iam:PolicyARN", Value::Known(vec![arn.clone()])));
        }
        let (on, actions): (&str, _) = match (&origin.group, origin.managed) {
            (Some(group), false) => (group, SHED_OF_GROUP_INLINE),
            (Some(group), true) => (group, SHED_OF_GROUP),
            (None, false) => (&self.of.arn, self.actions.shed_inline),
            (None, true) => (&self.of.arn, self.actions.shed_managed),
        };
        let rewritten = origin.arn.as_deref().filter(|_| !origin.of_aws).map(|arn| self.call(OF_POLICY, arn, &[]));
        surest([self.call(actions, on, &keys)].into_iter().chain(rewritten))
    }

    /// Policies that allow everything are written: inline ones, those of its groups, attached ones.
    fn written(&self, shed: &Shed) -> Vec<Raise> {
        let mut outcomes = vec![self.call(self.actions.write, &self.of.arn, &[self.bounded()])];
        outcomes.extend(self.of.groups.iter().map(|arn| self.call(OF_GROUP, arn, &[])));
        outcomes.extend(self.of.managed.iter().map(|arn| self.call(OF_POLICY, arn, &[])));
        let write = surest(outcomes);
        if write.allowed.is_false() {
            return Vec::new();
        }
        let everything = self.policies.everything.iter().cloned();
        let text = self.text(&write);
        // As it is; then without what can be taken away; then without what perhaps can.
        let mut all = vec![Raise {
            allowed: write.allowed.clone(),
            text: text.clone(),
            at: write.at.clone(),
            identity: self.of.attached.iter().cloned().chain(everything.clone()).collect(),
            boundary: self.of.boundary.clone(),
        }];
        let certain = |outcome: &Outcome| outcome.allowed.is_true();
        let possible = |outcome: &Outcome| !outcome.allowed.is_false();
        for counts in [&certain as &dyn Fn(&Outcome) -> bool, &possible] {
            let pairs = || self.of.attached.iter().zip(&shed.attached).filter(|(one, _)| self.may_deny(one));
            let taken: Vec<&Outcome> = pairs().map(|(_, outcome)| outcome).filter(|one| counts(one)).collect();
            let boundary = shed.boundary.as_ref().filter(|outcome| counts(outcome));
            if taken.is_empty() && boundary.is_none() {
                continue;
            }
            let left = self.of.attached.iter().zip(&shed.attached);
            let left = left.filter(|(one, outcome)| !(self.may_deny(one) && counts(outcome)));
            let facts = taken.iter().copied().chain(boundary).map(|outcome| outcome.allowed.clone());
            let names: BTreeSet<&str> =
                taken.iter().copied().chain(boundary).map(|outcome| outcome.action.as_str()).collect();
            let names = names.into_iter().filter(|name| *name != write.action).collect::<Vec<_>>().join(" and ");
            all.push(Raise {
                allowed: Fact::all(facts.chain([write.allowed.clone()])),
                at: taken.iter().copied().chain(boundary).find_map(|one| one.at.clone()).or_else(|| write.at.clone()),
                text: if names.is_empty() { text.clone() } else { format!("{names}, then {text}") },
                identity: left.map(|(one, _)| one.clone()).chain(everything.clone()).collect(),
                boundary: if boundary.is_some() { None } else { self.of.boundary.clone() },
            });
        }
        all
    }

    /// A user is put into a group.
    fn joined(&self) -> Vec<Raise> {
        if self.of.is_role() {
            return Vec::new();
        }
        let groups = self.policies.groups.iter();
        let groups = groups
            .filter(|group| group.account.as_deref() == self.of.account() && !self.of.groups.contains(&group.arn));
        let mut all = Vec::new();
        for group in groups {
            let outcome = self.call(JOIN, &group.arn, &[]);
            if outcome.allowed.is_false() {
                continue;
            }
            let text = format!("iam:AddUserToGroup of {} to group {}{}", self.whom(), group.name, by(&outcome.by));
            let both = self.of.attached.iter().chain(&group.attached).cloned();
            let write = self.call(OF_GROUP, &group.arn, &[]);
            if !write.allowed.is_false() {
                all.push(Raise {
                    allowed: Fact::all([outcome.allowed.clone(), write.allowed]),
                    text: format!("{} on group {}, then {text}", write.action, group.name),
                    at: write.at,
                    identity: both.clone().chain(self.policies.everything.iter().cloned()).collect(),
                    boundary: self.of.boundary.clone(),
                });
            }
            let (identity, boundary) = (both.collect(), self.of.boundary.clone());
            all.push(Raise { allowed: outcome.allowed, text, at: outcome.at, identity, boundary });
        }
        all
    }

    /// A policy that denies, or the boundary, is taken away, and nothing written.
    fn stripped(&self, shed: &Shed) -> Vec<Raise> {
        let mut all = Vec::new();
        let boundary = shed.boundary.as_ref().filter(|outcome| !outcome.allowed.is_false());
        if let Some(outcome) = boundary {
            all.push(Raise {
                allowed: outcome.allowed.clone(),
                text: self.text(outcome),
                at: outcome.at.clone(),
                identity: self.of.attached.clone(),
                boundary: None,
            });
        }
        for (number, (attachment, outcome)) in self.of.attached.iter().zip(&shed.attached).enumerate() {
            if outcome.allowed.is_false() || !self.may_deny(attachment) {
                continue;
            }
            let left = self.of.attached.iter().enumerate().filter(|(other, _)| *other != number);
            all.push(Raise {
                allowed: outcome.allowed.clone(),
                text: format!("{}, which takes away {}", self.text(outcome), attachment.name),
                at: outcome.at.clone(),
                identity: left.map(|(_, one)| one.clone()).collect(),
                boundary: self.of.boundary.clone(),
            });
        }
        all
    }

    fn may_deny(&self, attachment: &Attachment) -> bool {
        let document = attachment.policy.and_then(|id| self.policies.library.document(id));
        document.is_none_or(crate::iam::Document::may_deny)
    }

    fn whom(&self) -> String {
        let kind = if self.of.is_role() { "role" } else { "user" };
        format!("{}{kind} {}", if self.itself { "itself, " } else { "" }, self.of.resource.name)
    }

    fn text(&self, outcome: &Outcome) -> String {
        format!("{} on {}{}", outcome.action, self.whom(), by(&outcome.by))
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
