//! Which changes whoever asks can make to an identity as it is at a moment.
//!
//! `iam:PermissionsBoundary` is a key of the calls that change a user or role, and of those that make one, not of those
//! that change groups and policies ("Actions, resources, and condition keys for AWS Identity and Access Management" in
//! the Service Authorization Reference).

use crate::derive::access::policies::Origin;
use crate::derive::access::targets::Call;
use crate::derive::access::ways::{Asker, Outcome, Owner, after, with_mfa};
use crate::iam::{Attachment, Context, HOLE, Request, Resource, Value};
use crate::model::fact::Fact;

use super::state::{Removal, State, What};
use super::{
    Change, EVERYTHING_OF_AWS, JOIN, LEAVE, MAKE_GROUP, OF_GROUP, OF_POLICY, RETAG, SHED_OF_GROUP,
    SHED_OF_GROUP_INLINE, SWITCH, by, surest,
};

pub const BOUNDARY: &str = "iam:PermissionsBoundary";
pub const POLICY: &str = "iam:PolicyARN";

impl<'c> Change<'c, '_, '_> {
    pub fn call(&self, asks: &Asker<'_>, actions: &[&str], arn: &str, keys: &[(&str, Value)]) -> Outcome {
        let owner = Owner { account: self.of.account(), policy: None };
        let context = with(asks.context, keys);
        let asks = Asker { context: &context, ..*asks };
        self.policies.call_with_mfa(&asks, &Call { actions, arn: arn.to_owned() }, owner)
    }

    /// The boundary of the identity, which is a condition key of what changes it.
    fn bounded(&self, state: &State<'_>) -> (&'static str, Value) {
        let value = match (&state.boundary, &self.of.boundary_arn) {
            (None, _) => Value::Absent,
            (Some(_), Some(arn)) => Value::Known(vec![arn.clone()]),
            (Some(_), None) => Value::Unknown,
        };
        (BOUNDARY, value)
    }

    /// A policy that allows everything is written: for itself, for one of its groups, for a new group, over one that it
    /// has.
    pub fn written(&self, asks: &Asker<'_>, state: &State<'_>) -> Outcome {
        let bounded = self.bounded(state);
        let mut outcomes = vec![
            self.call(asks, self.actions.attach, &self.of.arn, std::slice::from_ref(&bounded)),
            self.call(asks, self.actions.put, &self.of.arn, &[bounded, (POLICY, Value::Absent)]),
        ];
        outcomes.extend(state.groups.iter().map(|arn| self.call(asks, OF_GROUP, arn, &[])));
        if !self.of.is_role() {
            outcomes.push(self.new_group(asks));
        }
        for origin in state.origins.iter().copied().flatten() {
            outcomes.extend(self.rewritten(asks, origin));
        }
        surest(outcomes)
    }

    /// A policy that one has is changed: by a new version, or by one that it had before.
    fn rewritten(&self, asks: &Asker<'_>, origin: &Origin<'_>) -> Vec<Outcome> {
        let Some(arn) = origin.arn.as_deref().filter(|_| !origin.of_aws) else { return Vec::new() };
        self.rewritten_by_arn(asks, arn)
    }

    fn rewritten_by_arn(&self, asks: &Asker<'_>, arn: &str) -> Vec<Outcome> {
        let mut all = vec![self.call(asks, OF_POLICY, arn, &[])];
        // In a file, a policy has the one version that the file says.
        let switched = self.policies.live.then(|| self.call(asks, SWITCH, arn, &[]));
        all.extend(switched.filter(|outcome| !outcome.allowed.is_false()).map(|outcome| Outcome {
            allowed: Fact::unknown(format!("what other versions of policy `{arn}` allow was not read")),
            ..outcome
        }));
        all
    }

    fn new_group(&self, asks: &Asker<'_>) -> Outcome {
        let of = |arn: &str| {
            let make = self.call(asks, MAKE_GROUP, arn, &[]);
            if make.allowed.is_false() {
                return make;
            }
            after(&[make, self.call(asks, OF_GROUP, arn, &[])], self.call(asks, JOIN, arn, &[]))
        };
        surest(self.names(asks, "group", MAKE_GROUP).iter().map(|arn| of(arn)))
    }

    /// ARNs that something new of a kind may have: any, and one for each pattern that policies name.
    pub fn names(&self, asks: &Asker<'_>, kind: &str, make: &[&str]) -> Vec<String> {
        let hole = HOLE.to_string();
        let account = self.of.account().unwrap_or(&hole);
        let start = format!("arn:{}:iam::{account}:", self.of.resource.id.likely_partition());
        let mut names = vec![format!("{start}{kind}/{HOLE}")];
        for action in make {
            let action = self.policies.library.action(action);
            let examples = self.policies.library.examples(asks.layers.identity, &action);
            let of_kind = examples.into_iter().filter(|one| one.split('/').next() == Some(kind));
            // What is there already is made by nobody.
            let is_free = |arn: &String| {
                self.policies.identities.iter().all(|one| *one.arn != **arn)
                    && self.policies.groups.iter().all(|one| one.arn != *arn)
            };
            names.extend(of_kind.map(|one| format!("{start}{one}")).filter(is_free));
        }
        names
    }

    /// What can be taken away, as far as that matters: policies that deny something, and the boundary.
    pub fn removals(&self, asks: &Asker<'_>, state: &State<'_>) -> Vec<Removal> {
        let mut all = Vec::new();
        for (number, (attachment, origin)) in state.attached.iter().zip(&state.origins).enumerate() {
            let Some(origin) = origin.filter(|_| self.may_deny(attachment)) else { continue };
            all.push(self.removal(asks, state, (number, origin)));
        }
        if state.boundary.is_some() {
            all.push(Removal { outcome: self.unbounded(asks, state), what: What::Boundary });
        }
        all
    }

    fn removal(&self, asks: &Asker<'_>, state: &State<'_>, (number, origin): (usize, &Origin<'_>)) -> Removal {
        let policy = match &origin.arn {
            Some(arn) => (POLICY, Value::Known(vec![arn.clone()])),
            None if origin.managed => (POLICY, Value::Unknown),
            None => (POLICY, Value::Absent),
        };
        let own = match (&origin.group, origin.managed) {
            (Some(group), false) => self.call(asks, SHED_OF_GROUP_INLINE, group, &[policy]),
            (Some(group), true) => self.call(asks, SHED_OF_GROUP, group, &[policy]),
            (None, managed) => {
                let actions = if managed { self.actions.shed_managed } else { self.actions.shed_inline };
                self.call(asks, actions, &self.of.arn, &[self.bounded(state), policy])
            }
        };
        let outcome = surest([own].into_iter().chain(self.rewritten(asks, origin)));
        let one = Removal { outcome, what: What::Policy(number) };
        let Some(group) = origin.group.clone().filter(|_| !one.outcome.allowed.is_true()) else { return one };
        // Whoever leaves the group loses all that it has.
        let left = self.call(asks, LEAVE, &group, &[]);
        if left.allowed.is_true() || one.outcome.allowed.is_false() {
            return Removal { outcome: left, what: What::Group(group) };
        }
        one
    }

    /// The boundary is taken away, rewritten, or changed for one that allows everything.
    fn unbounded(&self, asks: &Asker<'_>, state: &State<'_>) -> Outcome {
        let arn = &*self.of.arn;
        let put = |boundary: &str| {
            self.call(asks, self.actions.replace_boundary, arn, &[(BOUNDARY, Value::Known(vec![boundary.to_owned()]))])
        };
        let mut all = vec![self.call(asks, self.actions.shed_boundary, arn, &[self.bounded(state)])];
        all.push(put(EVERYTHING_OF_AWS));
        let own = self.of.boundary_arn.as_deref();
        if let Some(own) = own.filter(|arn| !arn.contains(":iam::aws:")) {
            all.extend(self.rewritten_by_arn(asks, own));
        }
        surest(all)
    }

    /// The boundaries that conditions on a call name, `x` in place of wildcards.
    pub fn named_boundaries(&self, asks: &Asker<'_>, actions: &[&str], arn: &str) -> Vec<String> {
        let context = with_mfa(&with(asks.context, &[(BOUNDARY, Value::Unknown)]));
        let mut named = Vec::new();
        for action in actions {
            let action = self.policies.library.action(action);
            let resource = Resource::new(arn, self.of.account());
            let request = Request { principal: asks.principal, action: &action, resource, context: &context };
            let decision = self.policies.library.decide(&request, &asks.layers);
            let values = decision.residuals().into_iter().filter(|one| one.key.eq_ignore_ascii_case(BOUNDARY));
            named.extend(values.flat_map(|one| one.values.iter().map(|value| value.replace(['*', '?'], "x"))));
        }
        named.sort();
        named.dedup();
        named
    }

    fn may_deny(&self, attachment: &Attachment) -> bool {
        let document = attachment.policy.and_then(|id| self.policies.library.document(id));
        document.is_none_or(crate::iam::Document::may_deny)
    }

    /// The boundary is changed for another that a condition names.
    pub fn rebounded(&self) -> Vec<State<'c>> {
        let base = State::of(self.of);
        let own = self.of.boundary_arn.as_deref();
        if base.boundary.is_none() || !self.unbounded(self.asks, &base).allowed.is_false() {
            return Vec::new();
        }
        let actions = self.actions.replace_boundary;
        let others = self.named_boundaries(self.asks, actions, &self.of.arn);
        let others = others.into_iter().filter(|other| Some(other.as_str()) != own);
        let states = others.filter_map(|other| {
            let outcome = self.call(self.asks, actions, &self.of.arn, &[(BOUNDARY, Value::Known(vec![other.clone()]))]);
            let whom = self.whom(self.itself);
            (!outcome.allowed.is_false()).then(|| State {
                boundary: Some(self.policies.boundary_named(&other)),
                texts: vec![format!("{} on {whom}{}", outcome.action, by(&outcome.by))],
                allowed: vec![outcome.allowed],
                at: outcome.at,
                ..base.clone()
            })
        });
        states.collect()
    }

    /// A user is put into a group.
    pub fn joined(&self) -> Vec<State<'c>> {
        if self.of.is_role() {
            return Vec::new();
        }
        let groups = self.policies.groups.iter();
        let groups = groups
            .filter(|group| group.account.as_deref() == self.of.account() && !self.of.groups.contains(&group.arn));
        let mut all = Vec::new();
        for group in groups {
            let outcome = self.call(self.asks, JOIN, &group.arn, &[]);
            let allowed = Fact::all([outcome.allowed, group.exists.clone()]);
            if allowed.is_false() {
                continue;
            }
            let mut state = State::of(self.of);
            state.attached.extend(group.attached.iter().cloned());
            state.origins.extend(group.origins.iter().map(Some));
            state.groups.push(&group.arn);
            let whom = self.whom(self.itself);
            state.texts.push(format!("iam:AddUserToGroup of {whom} to group {}{}", group.name, by(&outcome.by)));
            state.allowed.push(allowed);
            state.at = outcome.at;
            all.push(state);
        }
        all
    }

    /// A user is given other tags, which conditions on `aws:PrincipalTag` then see.
    pub fn retagged(&self) -> Option<State<'c>> {
        // Where no tag is known, none is known to be another.
        if self.of.is_role() || self.becomes.context.keys().next().is_none() {
            return None;
        }
        let outcome = self.call(self.asks, RETAG, &self.of.arn, &[]);
        if outcome.allowed.is_false() {
            return None;
        }
        let mut state = State::of(self.of);
        state.texts.push(format!("{} on {}{}", outcome.action, self.whom(self.itself), by(&outcome.by)));
        state.allowed.push(outcome.allowed);
        state.at = outcome.at;
        state.context = Some(Context::open());
        Some(state)
    }
}

/// A context with these keys, and no boundary where they name none.
fn with(context: &Context, keys: &[(&str, Value)]) -> Context {
    let mut context = context.clone();
    context.replace(BOUNDARY, Value::Absent);
    for (key, value) in keys {
        context.replace(key, value.clone());
    }
    context
}
