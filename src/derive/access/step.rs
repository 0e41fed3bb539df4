//! How one identity becomes another: by assuming a role or changing its trust policy, by making credentials for a user,
//! by passing a role to a service that runs code, or getting into what it runs.

use std::sync::{Arc, OnceLock};

use crate::iam::{Answer, Denial, HOLE, Layers, Principal, Request};
use crate::model::fact::Fact;
use crate::model::position::Position;

use super::policies::{Identity, Policies};
use super::raise::{Raise, by};
use super::runners::{Runner, Starters, runners};
use super::targets::Call;
use super::trust;
use super::ways::{Asker, Mfa, Outcome, Owner};

pub const ASSUME: &[&str] = &["sts:AssumeRole"];
pub const TRUST: &[&str] = &["iam:UpdateAssumeRolePolicy"];
pub const CREDENTIALS: &[&str] = &["iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile"];
/// Of these, what gives a user of whom nothing else is known something to sign requests with.
const KEYS: &[&str] = &["iam:CreateAccessKey"];
/// And what does so only for a user who has no password yet, or has one; who has a second factor is asked for it at the
/// console ("Using MFA devices with your IAM sign-in page" in the IAM User Guide).
const PASSWORD: &[&str] = &["iam:CreateLoginProfile", "iam:UpdateLoginProfile"];
const NO_PASSWORD: &str = "whether the user has a password, and needs a second factor with it, was not read";
/// Giving a user another second factor.
pub const FACTOR: &[&str] = &["iam:EnableMFADevice"];
pub const NO_FACTOR: &str = "whether whoever has the keys of a user has their second factor is not known";
/// Changing who vouches for those that a role lets in.
pub const VOUCH: &[&str] = &["iam:UpdateSAMLProvider"];
/// Passing a role.
pub const PASS: &[&str] = &["iam:PassRole"];

/// A step from one identity to the next.
#[derive(Clone)]
pub struct Step {
    pub allowed: Fact<bool>,
    pub text: String,
    pub at: Option<Arc<Position>>,
}

impl Step {
    pub fn of(raise: &Raise) -> Self {
        Self { allowed: raise.allowed.clone(), text: raise.text.clone(), at: raise.at.clone() }
    }
}

/// Somebody who would become others.
pub struct Mover<'s> {
    pub asks: Asker<'s>,
    /// Whether they may pass any role.
    passes: bool,
    /// Worked out when first asked for.
    starts: OnceLock<Starters>,
}

impl<'s> Mover<'s> {
    pub fn new(policies: &Policies<'_>, asks: Asker<'s>) -> Self {
        let candidates = policies.library.candidates(asks.principal, &asks.layers);
        let passes = policies.library.action("iam:PassRole").number();
        let passes = passes.is_none_or(|number| candidates.contains(number));
        Self { asks, passes, starts: OnceLock::new() }
    }

    fn starts(&self, policies: &Policies<'_>) -> &Starters {
        let partition = self.asks.identity.map_or("aws", |one| one.resource.id.likely_partition());
        self.starts.get_or_init(|| Starters::new(policies, &self.asks, partition))
    }
}

/// How an identity may be become.
pub struct Door {
    /// Whether its trust policy may let users and roles in.
    assumable: bool,
    /// Whether it lets in whom an identity provider by SAML vouches for.
    saml: bool,
    /// The services that may act as it.
    runners: Vec<Runner>,
}

impl Door {
    pub fn new(policies: &Policies<'_>, identity: &Identity<'_>) -> Self {
        let trusted = trust::trusted(&identity.facts.trust);
        // In a live account, a unique id is what is left of somebody who was deleted.
        let is_there = |name: &String| !policies.live || !trust::is_unique_id(name);
        let assumable =
            trusted.value().is_none_or(|trusted| trusted.unclear || trusted.principals.iter().any(is_there));
        let saml = trusted.value().is_some_and(|trusted| trusted.saml);
        Self { assumable: identity.is_role() && assumable, saml, runners: runners(policies, identity) }
    }
}

/// The surest step from one identity to another.
pub fn step(policies: &Policies<'_>, mover: &Mover<'_>, to: &Identity<'_>, door: &Door) -> Option<Step> {
    let asks = &mover.asks;
    let plain = Owner { account: to.account(), policy: None };
    let call = |actions, owner: Owner<'_>| {
        let call = Call { actions, arn: to.arn.to_string() };
        policies.call_with_mfa(asks, &call, owner)
    };
    let name = &to.resource.name;
    let mut best: Option<Step> = None;
    let mut consider = |allowed: Fact<bool>, at: Option<Arc<Position>>, text: String| {
        let better = match &best {
            None => !allowed.is_false(),
            Some(best) => allowed.is_true() && !best.allowed.is_true(),
        };
        if better {
            best = Some(Step { allowed: Fact { at: None, ..allowed }, text, at });
        }
    };
    if to.is_role() {
        if door.assumable {
            let outcome = call(ASSUME, Owner { policy: to.trust.as_ref(), ..plain });
            consider(outcome.allowed, outcome.at, format!("{} of role {name}", outcome.action));
        }
        // Whoever writes a trust policy lets themselves in, if they may assume roles by name.
        let outcome = call(TRUST, plain);
        let comes_in = match outcome.allowed.is_true() {
            true => assumes(policies, asks, to.account(), &to.arn),
            false => Fact::known(true),
        };
        consider(
            Fact::all([outcome.allowed, comes_in]),
            outcome.at,
            format!("{} on role {name}, then sts:AssumeRole of it{}", outcome.action, by(&outcome.by)),
        );
        for runner in &door.runners {
            let service = &runner.service;
            let (starts, what) = mover.starts(policies).of(runner);
            if mover.passes && !starts.is_false() {
                let pass = pass(policies, asks, to, service);
                let text = format!("iam:PassRole of role {name} to {service}, which {what} makes act as it");
                consider(Fact::all([pass.allowed, runner.trusted.clone(), starts]), pass.at, text);
            }
            let (reaches, what) = mover.starts(policies).reaches(runner);
            let text = format!("{what} on what {service} runs as role {name}");
            consider(Fact::all([reaches, runner.trusted.clone()]), None, text);
        }
        if door.saml {
            let provider = to.arn.split(":role/").next().map(|start| format!("{start}:saml-provider/{HOLE}"));
            let call = Call { actions: VOUCH, arn: provider.unwrap_or_default() };
            let outcome = policies.call_with_mfa(asks, &call, plain);
            let why = "whether whoever changes an identity provider comes in through it is not worked out";
            let allowed = Fact::all([outcome.allowed, Fact::unknown(why)]);
            consider(allowed, outcome.at, format!("{} of whom role {name} trusts", outcome.action));
        }
    } else {
        let keys = call(KEYS, plain);
        consider(keys.allowed, keys.at, format!("{} for user {name}{}", keys.action, by(&keys.by)));
        let password = call(PASSWORD, plain);
        let allowed = Fact::all([password.allowed, Fact::unknown(NO_PASSWORD)]);
        consider(allowed, password.at, format!("{} for user {name}{}", password.action, by(&password.by)));
    }
    best
}

/// Whether somebody assumes a role whose trust policy names them: unless something of their own denies it.
pub fn assumes(policies: &Policies<'_>, asks: &Asker<'_>, account: Option<&str>, arn: &str) -> Fact<bool> {
    let action = policies.library.action("sts:AssumeRole");
    let resource = crate::iam::Resource::new(arn, account);
    let request = Request { principal: asks.principal, action: &action, resource, context: asks.context };
    match policies.decided(asks, &request, &asks.layers).decision.answer {
        Answer::No(Denial::Explicit) => {
            Fact::unknown("it may assume no role, and whether it lets in somebody else who may is not worked out")
        }
        _ => Fact::known(true),
    }
}

/// Whether somebody passes a role to a service.
pub fn pass(policies: &Policies<'_>, asks: &Asker<'_>, role: &Identity<'_>, service: &str) -> Outcome {
    let context = asks.context.clone().with("iam:PassedToService", service);
    let asks = Asker { context: &context, ..*asks };
    let call = Call { actions: PASS, arn: role.arn.to_string() };
    policies.call(&asks, &call, Owner { account: role.account(), policy: None })
}

/// Whether a role trusts a service.
pub fn trusts(policies: &Policies<'_>, role: &Identity<'_>, service: &str) -> Fact<bool> {
    let principal = Principal::service(service);
    let context = crate::iam::Context::open();
    let unread = role.unread.clone();
    let asks = Asker {
        principal: &principal,
        identity: None,
        layers: Layers::new(&[]),
        context: &context,
        unread: unread.as_ref(),
        mfa: Mfa::Never,
    };
    let call = Call { actions: ASSUME, arn: role.arn.to_string() };
    policies.call(&asks, &call, Owner { account: role.account(), policy: role.trust.as_ref() }).allowed
}
