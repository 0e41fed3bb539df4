//! What an identity can do, call by call: allowed, by which policy, and whether only with multi-factor authentication.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::derive::index::add_reasons;
use crate::derive::place;
use crate::derive::several::several;
use crate::iam::{
    Action, Answer, Attachment, Context, Decision, Effect, Layer, Layers, Open, Principal, Request, Truth,
};
use crate::model::fact::{Fact, Reason, Reasons};
use crate::model::position::Position;
use crate::model::resource::{Facts, Resource};

use super::policies::{Identity, Policies};
use super::targets::{Call, Target};
use super::trust::trusted;

/// What became of one call, or of several that must all succeed.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Whether it is allowed, with multi-factor authentication if need be.
    pub allowed: Fact<bool>,
    /// Whether it is denied without multi-factor authentication; unknown where that is not plain.
    pub gated: Fact<bool>,
    /// The action.
    pub action: String,
    /// The policies and statements that allow it.
    pub by: BTreeSet<String>,
    /// Where the statement stands in a file that allows it first, and the first that does so without multi-factor
    /// authentication.
    pub at: Option<Arc<Position>>,
    pub ungated_at: Option<Arc<Position>>,
}

/// Somebody who asks, with all policies that bear upon them.
#[derive(Clone, Copy)]
pub struct Asker<'s> {
    pub principal: &'s Principal,
    /// Whose policies they are, if they are those of a user or role.
    pub identity: Option<&'s Identity<'s>>,
    pub layers: Layers<'s>,
    pub context: &'s Context,
    /// Why some of the policies were not read.
    pub unread: Option<&'s Reasons>,
    pub mfa: Mfa,
}

impl Asker<'_> {
    /// Whether nothing that they may do is certain: a service control policy that was not read may deny it.
    pub fn is_never_certain(&self) -> bool {
        let unread = self.layers.scps.iter().flatten().any(|policy| policy.policy.is_none());
        unread && self.layers.in_management_account != Truth::Yes && !self.principal.is_service_linked()
    }
}

/// What the requests of somebody show of multi-factor authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mfa {
    /// What suits them: users show it, or do not.
    Chosen,
    /// It, or that there was none. "The temporary credentials returned by AssumeRole do not include MFA information",
    /// says "Secure API access with MFA" in the IAM User Guide, and the page on condition keys that they may.
    Perhaps,
    /// None: services give none, and of whom a provider vouches for AWS cannot tell (the first of these pages).
    Never,
}

impl Mfa {
    fn of(identity: &Identity<'_>) -> Self {
        if !identity.is_role() {
            return Self::Chosen;
        }
        let trusted = trusted(&identity.facts.trust);
        let people = trusted.value().is_none_or(|trusted| trusted.unclear || !trusted.principals.is_empty());
        if people { Self::Perhaps } else { Self::Never }
    }
}

/// What becomes of a request, with multi-factor authentication as whoever asks shows it.
pub struct Decided {
    pub decision: Decision,
    /// Whether the answer hangs on whether it is shown.
    pub by_mfa: bool,
}

/// Whose resource it is that is asked about, and its policy.
#[derive(Clone, Copy)]
pub struct Owner<'s> {
    pub account: Option<&'s str>,
    pub policy: Option<&'s Attachment>,
}

impl<'s> Owner<'s> {
    /// Of a resource of the snapshot, with its policy.
    pub fn of(policies: &'s Policies<'_>, resource: &'s Resource) -> Self {
        Self { account: resource.id.account.as_deref(), policy: policies.of_resource(&resource.id) }
    }
}

impl Policies<'_> {
    /// What becomes of a call: the best of its actions.
    pub fn call(&self, asker: &Asker<'_>, call: &Call<'_>, owner: Owner<'_>) -> Outcome {
        self.best(asker, call, owner, true)
    }

    /// The same, without the question for multi-factor authentication: `gated` says nothing.
    pub fn call_with_mfa(&self, asker: &Asker<'_>, call: &Call<'_>, owner: Owner<'_>) -> Outcome {
        self.best(asker, call, owner, false)
    }

    fn best(&self, asker: &Asker<'_>, call: &Call<'_>, owner: Owner<'_>, gates: bool) -> Outcome {
        let layers = Layers { resource: owner.policy, ..asker.layers };
        let candidates = self.library.candidates(asker.principal, &layers);
        let mut best: Option<Outcome> = None;
        for name in call.actions {
            let action = self.library.action(name);
            if action.number().is_some_and(|number| !candidates.contains(number)) {
                continue;
            }
            let outcome = self.ask(asker, &layers, &action, (&call.arn, owner.account), gates);
            let rank = |outcome: &Outcome| {
                let gated = u8::from(!outcome.gated.is_true());
                if outcome.allowed.is_true() {
                    4 + gated
                } else if outcome.allowed.is_unknown() {
                    2 + gated
                } else {
                    0
                }
            };
            if best.as_ref().is_none_or(|best| rank(&outcome) > rank(best)) {
                best = Some(outcome);
            }
        }
        best.unwrap_or_else(|| Outcome {
            allowed: Fact::known(false),
            gated: Fact::known(false),
            action: call.actions.first().map(|name| (*name).to_owned()).unwrap_or_default(),
            by: BTreeSet::new(),
            at: None,
            ungated_at: None,
        })
    }

    fn ask(
        &self,
        asker: &Asker<'_>,
        layers: &Layers<'_>,
        action: &Action,
        (arn, account): (&str, Option<&str>),
        gates: bool,
    ) -> Outcome {
        let resource = crate::iam::Resource::new(arn, account);
        let request = |context| Request { principal: asker.principal, action, resource, context };
        let decided = self.decided(asker, &request(asker.context), layers);
        let allowed = self.allowed(asker, &decided, account);
        let decision = &decided.decision;
        let place = |decision: &Decision| asker.identity.and_then(|identity| identity.place(decision));
        let mut ungated_at = None;
        let gated = if allowed.is_false() || !gates {
            Fact::known(false)
        } else if self.library.needs_mfa(&request(asker.context), layers) {
            Fact::known(true)
        } else {
            let bare = self.without_mfa(&request(asker.context), layers);
            ungated_at = place(&bare);
            match bare.answer {
                Answer::Yes => Fact::known(false),
                _ => Fact::unknown(self.why(asker, decision, account)),
            }
        };
        let at = place(decision);
        Outcome { allowed, gated, action: action.name().to_owned(), by: grounds(decision), at, ungated_at }
    }

    /// What becomes of a request; its context says nothing of multi-factor authentication.
    pub fn decided(&self, asker: &Asker<'_>, request: &Request<'_>, layers: &Layers<'_>) -> Decided {
        let can = |context: &Context| self.library.can(&Request { context, ..*request }, layers).decision;
        let with = || can(&with_mfa(request.context));
        if !self.library.speak_of_mfa(layers) {
            return Decided { decision: with(), by_mfa: false };
        }
        // Temporary credentials always say whether there was any, long-term keys say nothing of it.
        let denied = || can(&request.context.clone().with(MFA_PRESENT, "false").without(MFA_AGE));
        let silent = || can(&request.context.clone().without(MFA_PRESENT).without(MFA_AGE));
        let better = |first: Decision, next: &dyn Fn() -> Decision| {
            let rank = |decision: &Decision| match decision.answer {
                Answer::Yes => 2,
                Answer::Conditional => 1,
                Answer::No(_) => 0,
            };
            if rank(&first) == 2 {
                return first;
            }
            let next = next();
            if rank(&next) > rank(&first) { next } else { first }
        };
        let is_user = asker.identity.is_some_and(|identity| !identity.is_role());
        let bare = || if is_user { better(silent(), &denied) } else { denied() };
        let sure = |decision| Decided { decision, by_mfa: false };
        match asker.mfa {
            Mfa::Chosen => sure(better(better(with(), &silent), &denied)),
            Mfa::Never => sure(bare()),
            Mfa::Perhaps => {
                let (with, bare) = (with(), bare());
                match (with.answer, bare.answer) {
                    (Answer::Yes, Answer::Yes) | (Answer::No(_), Answer::No(_)) | (_, Answer::Conditional) => {
                        sure(bare)
                    }
                    (Answer::Conditional, _) => sure(with),
                    (Answer::Yes, Answer::No(_)) => Decided { decision: with, by_mfa: true },
                    (Answer::No(_), Answer::Yes) => Decided { decision: bare, by_mfa: true },
                }
            }
        }
    }

    /// Whether what was decided is allowed.
    pub fn allowed(&self, asker: &Asker<'_>, decided: &Decided, account: Option<&str>) -> Fact<bool> {
        match decided.decision.answer {
            _ if decided.by_mfa => Fact::unknown("whether its sessions show multi-factor authentication is not known"),
            Answer::Yes => Fact::known(true),
            Answer::No(_) => Fact::known(false),
            Answer::Conditional => Fact::unknown(self.why(asker, &decided.decision, account)),
        }
    }

    /// Whether it is allowed to somebody with long-term keys, who shows no multi-factor authentication at all.
    pub fn without_mfa(&self, request: &Request<'_>, layers: &Layers<'_>) -> Decision {
        let context = request.context.clone().without(MFA_PRESENT).without(MFA_AGE);
        self.library.can(&Request { context: &context, ..*request }, layers).decision
    }

    /// Why it cannot be said.
    pub fn why(&self, asker: &Asker<'_>, decision: &Decision, account: Option<&str>) -> Reasons {
        let mut reasons = None;
        let mut add = |reason: Reasons| add_reasons(&mut reasons, &reason);
        if asker.principal.account().is_none() || account.is_none() {
            add(place::account_unsaid().into());
        }
        for ground in &decision.grounds {
            let policy = &ground.policy;
            for open in &ground.open {
                match open {
                    Open::Policy => match asker.unread {
                        Some(unread) if ground.layer != Layer::Resource => add(unread.clone()),
                        _ => add(format!("{policy} could not be read").into()),
                    },
                    Open::Condition(residual) => {
                        add(Reason::new(format!("`{}` decides, of which nothing is known ({policy})", residual.key))
                            .into())
                    }
                    Open::Statement | Open::Principal | Open::Action | Open::Resource => {
                        add(format!("whether a statement of {policy} applies cannot be told").into());
                    }
                }
            }
        }
        reasons.unwrap_or_else(|| "what its policies allow cannot be told".into())
    }

    /// Whose a target is, and its policy. Of what nobody saw, nobody saw the policy; files are taken at their word.
    pub fn owner<'s>(&'s self, target: &Target<'s>) -> Owner<'s> {
        match target.resource {
            Some(resource) => Owner::of(self, resource),
            None => Owner { account: target.account, policy: self.live.then_some(&self.unread) },
        }
    }

    /// Whether an identity may reach a target at all: one of its own account, or one whose policy may let others in. That
    /// of a vault cannot ("Access policies on backup vaults" in the AWS Backup Developer Guide).
    pub fn may_reach(&self, identity: &Identity<'_>, target: &Target<'_>) -> bool {
        if target.account == identity.account() || target.account.is_none() || identity.account().is_none() {
            return true;
        }
        let Some(resource) = target.resource.filter(|one| matches!(one.facts, Facts::Bucket(_))) else { return false };
        let Some(policy) = self.of_resource(&resource.id) else { return false };
        let allowed = self.library.allowed(std::slice::from_ref(policy));
        let mut actions = target.ways.iter().flat_map(|way| way.call.actions);
        actions.any(|name| self.library.action(name).number().is_none_or(|number| allowed.contains(number)))
    }

    /// Whether an identity destroys a target: by the calls of which one is enough, after those that must come before.
    pub fn destroys(&self, asker: &Asker<'_>, target: &Target<'_>) -> Vec<Outcome> {
        let owner = self.owner(target);
        let through = |owner: Owner<'_>| -> Vec<Outcome> {
            let ways = target.ways.iter().filter_map(|way| {
                let last = self.call(asker, &way.call, owner);
                let before = way.before.as_ref().map(|(call, needed)| {
                    let outcome = self.call(asker, call, owner);
                    Outcome {
                        allowed: Fact::any([outcome.allowed, needed.clone().negate()]),
                        gated: Fact::all([outcome.gated, needed.clone()]),
                        ..outcome
                    }
                });
                let outcome = after(before.as_slice(), last);
                let allowed = Fact::all([outcome.allowed, way.open.clone()]);
                (!allowed.is_false()).then_some(Outcome { allowed, ..outcome })
            });
            ways.collect()
        };
        let mut found = through(owner);
        // Nobody of another account changes it ("Bucket policies" in the Amazon S3 User Guide; of vaults as above).
        let outside = matches!((asker.principal.account(), owner.account), (Some(own), Some(other)) if own != other);
        if owner.policy.is_some() && !outside && !found.iter().any(|outcome| outcome.allowed.is_true()) {
            // Whoever takes the resource's policy away is held back by it no longer.
            let unguard = self.call(asker, &target.unguard, owner);
            if !unguard.allowed.is_false() {
                let bare = through(Owner { policy: None, ..owner });
                found.extend(bare.into_iter().map(|outcome| after(std::slice::from_ref(&unguard), outcome)));
            }
        }
        for outcome in &mut found {
            outcome.allowed = Fact { at: None, ..Fact::all([outcome.allowed.clone(), target.open.clone()]) };
        }
        found
    }
}

/// A call that comes after others.
pub fn after(before: &[Outcome], last: Outcome) -> Outcome {
    let all = || before.iter().chain([&last]);
    let action = all().map(|outcome| outcome.action.as_str()).collect::<Vec<_>>().join(", then ");
    Outcome {
        allowed: Fact::all(all().map(|outcome| outcome.allowed.clone())),
        // One gate on the way is enough.
        gated: Fact::any(all().map(|outcome| outcome.gated.clone())),
        by: all().flat_map(|outcome| outcome.by.iter().cloned()).collect(),
        at: last.at.clone().or_else(|| before.iter().find_map(|outcome| outcome.at.clone())),
        ungated_at: last.ungated_at.clone(),
        action,
    }
}

const MFA_PRESENT: &str = "aws:MultiFactorAuthPresent";
const MFA_AGE: &str = "aws:MultiFactorAuthAge";

/// The circumstances of a request by somebody who has just given the second factor.
pub fn with_mfa(context: &Context) -> Context {
    context.clone().with(MFA_PRESENT, "true").with(MFA_AGE, "0")
}

/// The statements that allow, for people: `policy ops, statement DeleteAll`.
pub fn grounds(decision: &Decision) -> BTreeSet<String> {
    let allows = decision.grounds.iter().filter(|ground| {
        ground.effect == Some(Effect::Allow)
            && ground.holds != Truth::No
            && matches!(ground.layer, Layer::Identity | Layer::Resource)
    });
    allows
        .map(|ground| match (&ground.sid, ground.statement) {
            (Some(sid), _) => format!("{}, statement {sid}", ground.policy),
            (None, Some(number)) => format!("{}, statement {}", ground.policy, number + 1),
            (None, None) => ground.policy.to_string(),
        })
        .collect()
}

/// Outcomes for people: each action with what it is done to and the policies that allow it.
#[derive(Default)]
pub struct Told {
    by_action: BTreeMap<(String, BTreeSet<String>), BTreeSet<String>>,
}

/// How many names are told; the rest are counted.
const MOST_NAMES: usize = 3;

impl Told {
    /// Notes an outcome.
    pub fn add(&mut self, outcome: &Outcome, label: &str) {
        let key = (outcome.action.clone(), outcome.by.clone());
        self.by_action.entry(key).or_default().insert(label.to_owned());
    }

    /// The texts, in order.
    pub fn texts(&self) -> Vec<String> {
        let text = |((action, by), labels): (&(String, BTreeSet<String>), &BTreeSet<String>)| {
            let by: Vec<&str> = by.iter().take(MOST_NAMES).map(String::as_str).collect();
            let by = if by.is_empty() { String::new() } else { format!(" ({})", by.join("; ")) };
            format!("{action} on {}{by}", several(labels, MOST_NAMES))
        };
        self.by_action.iter().map(text).collect()
    }
}

/// An identity as it asks.
pub fn asker<'s>(policies: &'s Policies<'_>, identity: &'s Identity<'_>, unread: Option<&'s Reasons>) -> Asker<'s> {
    Asker {
        principal: &identity.principal,
        identity: Some(identity),
        layers: policies.layers(identity),
        context: &identity.context,
        unread,
        mfa: Mfa::of(identity),
    }
}
