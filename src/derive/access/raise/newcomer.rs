//! Somebody new: whoever makes a role, or a user, and writes its policies, becomes it.
//!
//! Whoever makes a role says whom it trusts, so they come in (`CreateRole` in the AWS Identity and Access Management API
//! Reference); of a user they need credentials. A condition on `iam:PermissionsBoundary` may ask for a boundary, as in
//! "Delegating responsibility to others using permissions boundaries" in the IAM User Guide
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>).

use crate::derive::access::step::assumes;
use crate::derive::access::ways::{Asker, Outcome, after};
use crate::iam::{Attachment, Context, Principal, Value};
use crate::model::fact::Fact;

use super::calls::{BOUNDARY, POLICY};
use super::state::State;
use super::{Actions, Change, OF_ROLE, OF_USER, Raise, by, surest};

/// What gives somebody new something to sign requests with: there is no password yet that could be changed.
const CREDENTIALS: &[&str] = &["iam:CreateAccessKey", "iam:CreateLoginProfile"];

impl Change<'_, '_, '_> {
    /// Those whom somebody can make and become, after what they changed before.
    pub fn newcomers(&self, asks: &Asker<'_>, state: &State<'_>) -> Vec<Raise> {
        let kinds = [
            ("role", &OF_ROLE, &[][..], "iam:CreateRole", "sts:AssumeRole of it"),
            ("user", &OF_USER, CREDENTIALS, "iam:CreateUser", "credentials for it"),
        ];
        let mut all = Vec::new();
        for (kind, actions, credentials, make, how) in kinds {
            for (arn, outcome, boundary) in self.made(asks, kind, actions, credentials) {
                let Some(newcomer) = Principal::of_arn(&arn) else { continue };
                let write = outcome.action.split(", then ").find(|name| name.ends_with("Policy")).unwrap_or_default();
                let mut state = state.clone();
                let text = format!("{make}, then {write} for a new {kind}{}, then {how}", by(&outcome.by));
                if self.itself {
                    state.texts.push(text)
                } else {
                    state.later.push(text)
                }
                state.allowed.push(outcome.allowed);
                state.at = state.at.or(outcome.at);
                all.push(Raise {
                    identity: self.policies.everything.to_vec(),
                    boundary,
                    newcomer: Some(newcomer),
                    context: Some(Context::open()),
                    ..state.raise()
                });
            }
        }
        all
    }

    /// By their ARNs, with the boundaries that they must have.
    fn made(
        &self,
        asks: &Asker<'_>,
        kind: &str,
        actions: &Actions,
        credentials: &[&str],
    ) -> Vec<(String, Outcome, Option<Attachment>)> {
        let names = self.names(asks, kind, actions.make);
        let of = |arn: &str, boundary: Value| {
            let keys = [(BOUNDARY, boundary)];
            let make = self.call(asks, actions.make, arn, &keys);
            if make.allowed.is_false() {
                return make;
            }
            let put = self.call(asks, actions.put, arn, &[&keys[..], &[(POLICY, Value::Absent)]].concat());
            let write = surest([put, self.call(asks, actions.attach, arn, &keys)]);
            if credentials.is_empty() {
                let made = after(&[make], write);
                if !made.allowed.is_true() {
                    return made;
                }
                let allowed = Fact::all([made.allowed, assumes(self.policies, asks, self.of.account(), arn)]);
                return Outcome { allowed, ..made };
            }
            after(&[make, write], self.call(asks, credentials, arn, &[]))
        };
        let whoever = names.first().cloned().unwrap_or_default();
        let free = surest(names.iter().map(|arn| of(arn, Value::Absent)));
        if free.allowed.is_true() {
            return vec![(whoever, free, None)];
        }
        let mut all = Vec::new();
        for boundary in self.named_boundaries(asks, actions.make, &whoever) {
            let value = || Value::Known(vec![boundary.clone()]);
            let bounded = surest(names.iter().map(|arn| of(arn, value())));
            all.push((whoever.clone(), bounded, Some(self.policies.boundary_named(&boundary))));
        }
        all.push((whoever, free, None));
        all.retain(|(_, outcome, _)| !outcome.allowed.is_false());
        all
    }
}
