//! What AWS Backup may do with a role.
//!
//! Asked of the role's own policies and boundary, and of the resource's policy where it has one. Service control policies
//! are left out: whether they stop backups is a question of theirs, not of the role.

use std::borrow::Cow;

use crate::derive::index::add_reasons;
use crate::derive::place;
use crate::iam::{
    Answer, Attachment, Context, Decision, Layers, Open, Principal, Request, Resource as Target, Truth, Value,
};
use crate::model::fact::{Fact, Reason, Reasons};

use crate::derive::access::policies::{Identity, Policies};
use crate::derive::access::probe;
use crate::derive::access::step::trusts;

use super::managed::Managed;

/// The service that assumes these roles.
pub const SERVICE: &str = "backup.amazonaws.com";

/// A role as AWS Backup uses it.
pub struct Ability<'p, 'a> {
    policies: &'p Policies<'a>,
    pub identity: &'p Identity<'a>,
    /// Its policies, those of AWS that were not read by what is known of them.
    attached: Cow<'p, [Attachment]>,
}

impl<'p, 'a> Ability<'p, 'a> {
    /// Of this role.
    pub fn of(policies: &'p Policies<'a>, identity: &'p Identity<'a>) -> Self {
        let links = || identity.facts.attached.value().into_iter().flatten().filter_map(|link| link.text.value());
        let known = |attachment: &Attachment| {
            let mut arns = links().filter(|arn| arn.rsplit('/').next() == Some(&*attachment.name));
            policies.stand_in(Managed::of_arn(arns.next()?)?.path)
        };
        let mut attached = Cow::Borrowed(identity.attached.as_slice());
        for (number, own) in identity.attached.iter().enumerate() {
            let of_aws = identity.origins.get(number).is_some_and(|origin| origin.of_aws);
            if own.policy.is_none()
                && of_aws
                && let Some(policy) = known(own)
                && let Some(place) = attached.to_mut().get_mut(number)
            {
                *place = Attachment::new(&own.name, policy);
            }
        }
        Self { policies, identity, attached }
    }

    /// Whether AWS Backup may assume it.
    pub fn is_trusted(&self) -> Fact<bool> {
        trusts(self.policies, self.identity, SERVICE)
    }

    /// Whether it may do this to something of its own account; `policy` is that of the resource, with its text.
    pub fn can(&self, action: &str, arn: &str, policy: Option<(&Attachment, &str)>, context: &Context) -> Fact<bool> {
        let accounts = probe::accounts(self.identity.account(), policy.map_or("", |(_, text)| text));
        let policy = policy.map(|(policy, _)| policy);
        let mut all = accounts.iter().map(|account| self.can_in(action, arn, policy, context, account));
        let first = all.next().unwrap_or_else(|| Fact::unknown(place::account_unsaid()));
        let same = |other: Fact<bool>| (other.is_true(), other.is_false()) == (first.is_true(), first.is_false());
        if all.all(same) { first } else { Fact::unknown(place::account_unsaid()) }
    }

    /// The same, as the evaluator says it, of its own policies alone and in whatever account.
    pub fn decide(&self, action: &str, arn: &str) -> Decision {
        let account = self.identity.account().unwrap_or_else(|| probe::foreign(""));
        self.decide_in(action, arn, None, &Context::open(), account)
    }

    fn can_in(
        &self,
        action: &str,
        arn: &str,
        policy: Option<&Attachment>,
        context: &Context,
        account: &str,
    ) -> Fact<bool> {
        let decision = self.decide_in(action, arn, policy, context, account);
        match decision.answer {
            Answer::Yes => Fact::known(true),
            Answer::No(_) => Fact::known(false),
            Answer::Conditional => Fact::unknown(self.why(&decision)),
        }
    }

    fn decide_in(
        &self,
        action: &str,
        arn: &str,
        policy: Option<&Attachment>,
        context: &Context,
        account: &str,
    ) -> Decision {
        let moved = probe::in_account(self.identity.principal.account(), &self.identity.arn, account);
        let principal: &Principal = moved.as_ref().unwrap_or(&self.identity.principal);
        let mut context = context.clone().with("aws:SecureTransport", "true");
        context.replace("aws:MultiFactorAuthPresent", Value::Absent);
        context.replace("aws:MultiFactorAuthAge", Value::Absent);
        if self.identity.account().is_none() {
            // Files that do not say their account may be for any that the role's policies name.
            for key in ["aws:PrincipalAccount", "aws:PrincipalArn", "aws:ResourceAccount"] {
                context.replace(key, Value::Present);
            }
        }
        let layers = Layers {
            boundary: self.identity.boundary.as_ref(),
            resource: policy,
            in_management_account: Truth::No,
            ..Layers::new(&self.attached)
        };
        let action = &self.policies.library.action(action);
        let resource = Target::new(arn, Some(account));
        self.policies.library.decide(&Request { principal, action, resource, context: &context }, &layers)
    }

    /// Why it cannot be said.
    pub fn why(&self, decision: &Decision) -> Reasons {
        let mut reasons = None;
        for ground in &decision.grounds {
            for open in &ground.open {
                let reason: Reasons = match open {
                    Open::Policy => match &self.identity.unread {
                        Some(unread) => unread.clone(),
                        None => format!("{} could not be read", ground.policy).into(),
                    },
                    Open::Condition(residual) => {
                        Reason::new(format!("what the role may do hangs on `{}` ({})", residual.key, ground.policy))
                            .into()
                    }
                    Open::Statement | Open::Principal | Open::Action | Open::Resource => {
                        format!("whether a statement of {} applies cannot be told", ground.policy).into()
                    }
                };
                add_reasons(&mut reasons, &reason);
            }
        }
        reasons.unwrap_or_else(|| "what the role's policies allow cannot be told".into())
    }
}
