//! How somebody who may not destroy backups comes to do it: by becoming somebody who may, or by giving themselves the
//! right.
//!
//! A least fixed point, from those who can destroy backwards. The steps are those of the IAM User Guide and of the
//! services' pages: assuming a role, changing its trust, making credentials for a user, passing a role to a service
//! that runs code, writing one's own policies.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use rayon::prelude::*;

use crate::iam::{Action, Layers, Principal};
use crate::model::fact::Fact;
use crate::model::position::Position;

use super::policies::{Identity, OF_ITS_OWN, Policies};
use super::targets::{Call, Target};
use super::trust;
use super::ways::{Asker, Owner, asker};

/// A service that runs what it is told with the role that it is passed: its name, and what starts it.
const RUNNERS: [(&str, &[&str]); 8] = [
    ("ec2.amazonaws.com", &["ec2:RunInstances"]),
    ("lambda.amazonaws.com", &["lambda:CreateFunction"]),
    ("cloudformation.amazonaws.com", &["cloudformation:CreateStack"]),
    ("glue.amazonaws.com", &["glue:CreateDevEndpoint"]),
    ("sagemaker.amazonaws.com", &["sagemaker:CreateNotebookInstance"]),
    ("states.amazonaws.com", &["states:CreateStateMachine"]),
    ("scheduler.amazonaws.com", &["scheduler:CreateSchedule"]),
    ("ssm.amazonaws.com", &["ssm:StartAutomationExecution"]),
];

const ASSUME: &[&str] = &["sts:AssumeRole"];
const TRUST: &[&str] = &["iam:UpdateAssumeRolePolicy"];
const CREDENTIALS: &[&str] = &["iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile"];
/// Passing a role.
pub const PASS: &[&str] = &["iam:PassRole"];
const OWN_ROLE: &[&str] = &["iam:AttachRolePolicy", "iam:PutRolePolicy"];
const OWN_USER: &[&str] = &["iam:AttachUserPolicy", "iam:PutUserPolicy"];
const OWN_GROUP: &[&str] = &["iam:AttachGroupPolicy", "iam:PutGroupPolicy"];
const OWN_POLICY: &[&str] = &["iam:CreatePolicyVersion"];

/// What an identity can raise itself to.
#[derive(Clone, Debug)]
pub struct Escalation {
    /// Whether it can.
    pub possible: Fact<bool>,
    /// The steps, in order.
    pub steps: Vec<String>,
    /// Where the statement stands in a file that allows the first of them.
    pub at: Option<Arc<Position>>,
}

/// A step from one identity to the next.
#[derive(Clone)]
struct Step {
    allowed: Fact<bool>,
    text: String,
    at: Option<Arc<Position>>,
}

/// The ways of all identities.
pub struct Escalations<'p, 'a> {
    policies: &'p Policies<'a>,
    targets: &'p [Target<'a>],
    /// Of each identity, whether it can destroy backups by its own policies.
    destroys: &'p [Fact<bool>],
    found: Vec<Option<Escalation>>,
    /// Of each identity, how it writes policies of its own, if it may.
    own: Vec<Option<Step>>,
    /// Those whose policies may let them become whomever.
    wide: Vec<usize>,
    /// Those whose policies name whom they may become, by these.
    narrow: HashMap<usize, Vec<usize>>,
    by_arn: HashMap<&'p str, usize>,
}

/// Looks for the shortest way of every identity; `destroys` says of each whether it can destroy backups by its own
/// policies.
pub fn escalations<'a>(policies: &Policies<'a>, targets: &[Target<'a>], destroys: &[Fact<bool>]) -> Vec<Escalation> {
    let by_arn: HashMap<&str, usize> =
        policies.identities.iter().enumerate().map(|(number, one)| (&*one.arn, number)).collect();
    let steps = [ASSUME, TRUST, CREDENTIALS, PASS].concat();
    let steps: Vec<Action> = steps.iter().map(|name| policies.library.action(name)).collect();
    let (mut wide, mut narrow) = (Vec::new(), HashMap::<usize, Vec<usize>>::new());
    for (number, one) in policies.identities.iter().enumerate() {
        let candidates = policies.library.candidates(&one.principal, &policies.layers(one));
        let may = steps.iter().filter(|step| step.number().is_some_and(|number| candidates.contains(number)));
        let names: Option<Vec<Vec<&str>>> = may.map(|step| policies.library.named(&one.attached, step)).collect();
        match names {
            Some(names) => {
                for target in names.into_iter().flatten().filter_map(|name| by_arn.get(name)) {
                    narrow.entry(*target).or_default().push(number);
                }
            }
            None => wide.push(number),
        }
    }
    let mut search = Escalations {
        policies,
        targets,
        destroys,
        wide,
        narrow,
        by_arn,
        found: Vec::new(),
        own: policies.identities.par_iter().map(|one| own_policies(policies, one)).collect(),
    };
    search.wide.extend((0..search.own.len()).filter(|one| search.own.get(*one).is_some_and(Option::is_some)));
    let raised: Vec<Option<Escalation>> =
        policies.identities.par_iter().zip(&search.own).map(|(one, own)| search.raised(one, own.as_ref())).collect();
    search.found = raised;
    search.spread(|fact| fact.is_true());
    search.spread(|fact| !fact.is_false());
    let none = || Escalation { possible: Fact::known(false), steps: Vec::new(), at: None };
    search.found.into_iter().map(|way| way.unwrap_or_else(none)).collect()
}

impl Escalations<'_, '_> {
    /// From all that can destroy, or come to it, goes back to whoever can become them. The first time only what is
    /// certain counts, the second time what is possible too; then what is found is unknown.
    fn spread(&mut self, counts: fn(&Fact<bool>) -> bool) {
        let by_itself = |search: &Self, one: usize| search.destroys.get(one).is_some_and(counts);
        // Somebody who only may destroy backups as they are can have a way to it all the same.
        let certain = |search: &Self, one: usize| search.destroys.get(one).is_some_and(Fact::is_true);
        let raised = |search: &Self, one: usize| search.way(one).is_some_and(|way| counts(&way.possible));
        let all = 0..self.policies.identities.len();
        let mut reached: Vec<usize> = all.clone().filter(|one| by_itself(self, *one)).collect();
        reached.extend(all.filter(|one| !by_itself(self, *one) && raised(self, *one)));
        let mut next = 0;
        while let Some(target) = reached.get(next).copied() {
            next += 1;
            let Some(to) = self.policies.identities.get(target) else { continue };
            let candidates: Vec<usize> = self
                .comers(target, to)
                .into_iter()
                .filter(|from| *from != target && !certain(self, *from) && !raised(self, *from))
                .collect();
            let steps: Vec<(usize, Vec<Step>)> =
                candidates.par_iter().filter_map(|from| Some((*from, self.steps(*from, to, counts)?))).collect();
            for (from, steps) in steps {
                let way = self.through(target, steps);
                if let Some(slot) = self.found.get_mut(from) {
                    *slot = Some(way);
                    if !by_itself(self, from) {
                        reached.push(from);
                    }
                }
            }
        }
    }

    fn way(&self, one: usize) -> Option<&Escalation> {
        self.found.get(one)?.as_ref()
    }

    /// Whoever may become somebody: those whom a trust policy lets in by itself, and those whose own policies may let
    /// them.
    fn comers(&self, target: usize, to: &Identity<'_>) -> BTreeSet<usize> {
        let mut comers: BTreeSet<usize> = self.wide.iter().copied().collect();
        comers.extend(self.narrow.get(&target).into_iter().flatten());
        if !to.is_role() {
            return comers;
        }
        let named = trust::trusted(&to.facts.trust);
        match named.value().filter(|trusted| !trusted.may_let_anybody_in()) {
            Some(trusted) => {
                comers.extend(trusted.principals.iter().filter_map(|name| self.by_arn.get(name.as_str())));
            }
            // Within the account, whoever is let in needs no policy of their own.
            None => {
                let all = self.policies.identities.iter().enumerate();
                comers.extend(all.filter(|(_, one)| one.account() == to.account()).map(|(number, _)| number));
            }
        }
        comers
    }

    /// How somebody becomes another: at once, or after writing policies of its own.
    fn steps(&self, from: usize, to: &Identity<'_>, counts: fn(&Fact<bool>) -> bool) -> Option<Vec<Step>> {
        let identity = self.policies.identities.get(from)?;
        let unread = self.policies.unread(identity);
        let asks = asker(self.policies, identity, unread.as_ref());
        if let Some(at_once) = step(self.policies, &asks, to).filter(|step| counts(&step.allowed)) {
            return Some(vec![at_once]);
        }
        let own = self.own.get(from)?.as_ref().filter(|own| counts(&own.allowed))?;
        let raised = Asker { layers: Layers { identity: &self.policies.everything, ..asks.layers }, ..asks };
        let then = step(self.policies, &raised, to).filter(|step| counts(&step.allowed))?;
        Some(vec![own.clone(), then])
    }

    /// The way over these steps to somebody, and on as they go.
    fn through(&self, target: usize, steps: Vec<Step>) -> Escalation {
        let destroys = self.destroys.get(target).filter(|destroys| !destroys.is_false());
        let way = self.way(target);
        // What is certain of the target goes before what is only possible.
        let (on, rest) = match (destroys, way) {
            (Some(destroys), Some(way)) if way.possible.is_true() && !destroys.is_true() => {
                (&way.possible, &way.steps[..])
            }
            (Some(destroys), _) => (destroys, &[][..]),
            (None, Some(way)) => (&way.possible, &way.steps[..]),
            (None, None) => return Escalation { possible: Fact::known(false), steps: Vec::new(), at: None },
        };
        let allowed = steps.iter().map(|step| step.allowed.clone());
        let possible = Fact { at: None, ..Fact::all(allowed.chain([on.clone()])) };
        let at = steps.first().and_then(|step| step.at.clone());
        let steps = steps.into_iter().map(|step| step.text).chain(rest.iter().cloned()).collect();
        Escalation { possible, steps, at }
    }

    /// Whether an identity that writes policies of its own, or of a role that it may assume, destroys backups by them:
    /// no boundary or denial holds it.
    fn raised(&self, identity: &Identity<'_>, own: Option<&Step>) -> Option<Escalation> {
        let unread = self.policies.unread(identity);
        let asks = asker(self.policies, identity, unread.as_ref());
        let by_itself = own.and_then(|own| self.with_everything(&asks, own.clone()));
        if by_itself.as_ref().is_some_and(|way| way.possible.is_true()) {
            return by_itself;
        }
        let mut best = by_itself;
        let candidates = self.policies.library.candidates(asks.principal, &asks.layers);
        let may =
            |name: &str| self.policies.library.action(name).number().is_none_or(|number| candidates.contains(number));
        if !OWN_ROLE.iter().any(|name| may(name)) {
            return best;
        }
        for role in self.policies.identities.iter().filter(|role| role.is_role() && role.arn != identity.arn) {
            let owner = Owner { account: role.account(), policy: None };
            let call = |actions| Call { actions, arn: role.arn.to_string() };
            let writes = self.policies.call(&asks, &call(OWN_ROLE), owner);
            if writes.allowed.is_false() {
                continue;
            }
            let trust = Owner { policy: role.trust.as_ref(), ..owner };
            let assumes = self.policies.call(&asks, &call(ASSUME), trust);
            let allowed = Fact::all([writes.allowed, assumes.allowed]);
            let at = writes.at;
            let unread = self.policies.unread(role);
            let name = &role.resource.name;
            let text = format!("{} on role {name}, then sts:AssumeRole of it{}", writes.action, by(&writes.by));
            let way = self.with_everything(&asker(self.policies, role, unread.as_ref()), Step { allowed, text, at });
            match way {
                Some(way) if way.possible.is_true() => return Some(way),
                way => best = best.or(way),
            }
        }
        best
    }

    /// What somebody destroys who may write their own policies.
    fn with_everything(&self, asks: &Asker<'_>, Step { allowed, text, at }: Step) -> Option<Escalation> {
        if allowed.is_false() {
            return None;
        }
        let raised = Asker { layers: Layers { identity: &self.policies.everything, ..asks.layers }, ..*asks };
        let account = asks.identity.and_then(Identity::account);
        let seen = self.targets.iter().filter(|target| target.resource.is_some() || target.account == account);
        let ways = seen.flat_map(|target| self.policies.destroys(&raised, target));
        let possible = Fact::all([allowed, Fact::any(ways.map(|way| way.allowed))]);
        (!possible.is_false()).then(|| Escalation { possible: Fact { at: None, ..possible }, steps: vec![text], at })
    }
}

/// How an identity writes policies that are its own, if it may: inline ones, those of its groups, attached ones.
fn own_policies(policies: &Policies<'_>, identity: &Identity<'_>) -> Option<Step> {
    let unread = policies.unread(identity);
    let asks = asker(policies, identity, unread.as_ref());
    let owner = Owner { account: identity.account(), policy: None };
    let own: &[&str] = if identity.is_role() { OWN_ROLE } else { OWN_USER };
    let mut calls = vec![Call { actions: own, arn: identity.arn.to_string() }];
    calls.extend(identity.groups.iter().map(|arn| Call { actions: OWN_GROUP, arn: arn.clone() }));
    calls.extend(identity.managed.iter().map(|arn| Call { actions: OWN_POLICY, arn: arn.clone() }));
    let outcomes = calls.iter().map(|call| policies.call(&asks, call, owner)).filter(|one| !one.allowed.is_false());
    let best = outcomes.max_by_key(|outcome| outcome.allowed.is_true())?;
    let kind = if identity.is_role() { "role" } else { "user" };
    let text = format!("{} on itself, {kind} {}{}", best.action, identity.resource.name, by(&best.by));
    Some(Step { allowed: Fact { at: None, ..best.allowed }, text, at: best.at })
}

fn by(policies: &BTreeSet<String>) -> String {
    let own = |policy: &&String| !policy.starts_with(OF_ITS_OWN);
    policies.iter().find(own).map(|policy| format!(" ({policy})")).unwrap_or_default()
}

/// The surest step from one identity to another.
fn step(policies: &Policies<'_>, asks: &Asker<'_>, to: &Identity<'_>) -> Option<Step> {
    let plain = Owner { account: to.account(), policy: None };
    let call = |actions, owner: Owner<'_>| {
        let call = Call { actions, arn: to.arn.to_string() };
        policies.call(asks, &call, owner)
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
        let outcome = call(ASSUME, Owner { policy: to.trust.as_ref(), ..plain });
        consider(outcome.allowed, outcome.at, format!("{} of role {name}", outcome.action));
        // Whoever writes a trust policy lets themselves in, if they may assume roles by name.
        let outcome = call(TRUST, plain);
        consider(
            outcome.allowed,
            outcome.at,
            format!("{} on role {name}, then sts:AssumeRole of it{}", outcome.action, by(&outcome.by)),
        );
        let candidates = policies.library.candidates(asks.principal, &asks.layers);
        let passes = policies.library.action("iam:PassRole").number();
        let passes = passes.is_none_or(|number| candidates.contains(number));
        for (service, starts) in RUNNERS.iter().filter(|_| passes) {
            let pass = pass(policies, asks, to, service);
            if pass.allowed.is_false() {
                continue;
            }
            let trusts = trusts(policies, to, service);
            let start = policies.call(
                asks,
                &Call { actions: starts, arn: "*".to_owned() },
                Owner { account: asks.principal.account(), policy: None },
            );
            let text = format!("iam:PassRole of role {name} to {service}, which {} makes act as it", start.action);
            consider(Fact::all([pass.allowed, trusts, start.allowed]), pass.at, text);
        }
    } else {
        let outcome = call(CREDENTIALS, plain);
        consider(outcome.allowed, outcome.at, format!("{} for user {name}{}", outcome.action, by(&outcome.by)));
    }
    best
}

/// Whether somebody passes a role to a service.
pub fn pass(policies: &Policies<'_>, asks: &Asker<'_>, role: &Identity<'_>, service: &str) -> super::ways::Outcome {
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
    };
    let call = Call { actions: ASSUME, arn: role.arn.to_string() };
    policies.call(&asks, &call, Owner { account: role.account(), policy: role.trust.as_ref() }).allowed
}
