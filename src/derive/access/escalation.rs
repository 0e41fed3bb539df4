//! How somebody who may not destroy backups comes to do it: by becoming somebody who may, or by giving themselves the
//! right.
//!
//! A least fixed point, from those who can destroy backwards. The steps are those of the IAM User Guide and of the
//! services' pages: assuming a role, changing its trust, making credentials for a user, passing a role to a service
//! that runs code, writing one's own policies.

use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;

use crate::iam::{Layers, Principal};
use crate::model::fact::Fact;

use super::policies::{Identity, Policies};
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
const PASS: &[&str] = &["iam:PassRole"];
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
}

/// A step from one identity to the next.
struct Step {
    allowed: Fact<bool>,
    text: String,
}

/// The ways of all identities.
pub struct Escalations<'p, 'a> {
    policies: &'p Policies<'a>,
    targets: &'p [Target<'a>],
    /// Of each identity, whether it can destroy backups by its own policies.
    destroys: &'p [Fact<bool>],
    found: Vec<Option<Escalation>>,
    /// Those whose policies may let them take a step by themselves.
    active: Vec<usize>,
    by_arn: HashMap<&'p str, usize>,
}

/// Looks for the shortest way of every identity; `destroys` says of each whether it can destroy backups by its own
/// policies.
pub fn escalations<'a>(policies: &Policies<'a>, targets: &[Target<'a>], destroys: &[Fact<bool>]) -> Vec<Escalation> {
    let steps = [ASSUME, TRUST, CREDENTIALS, PASS].concat();
    let steps: Vec<usize> = steps.iter().filter_map(|name| policies.library.action(name).number()).collect();
    let all = policies.identities.iter().enumerate();
    let active = all.filter(|(_, one)| {
        let candidates = policies.library.candidates(&one.principal, &policies.layers(one));
        steps.iter().any(|number| candidates.contains(*number))
    });
    let mut search = Escalations {
        policies,
        targets,
        destroys,
        active: active.map(|(number, _)| number).collect(),
        by_arn: policies.identities.iter().enumerate().map(|(number, one)| (&*one.arn, number)).collect(),
        found: Vec::new(),
    };
    let own: Vec<Option<Escalation>> = policies.identities.par_iter().map(|one| search.by_own_policies(one)).collect();
    search.found = own;
    search.spread(|fact| fact.is_true());
    search.spread(|fact| !fact.is_false());
    let none = || Escalation { possible: Fact::known(false), steps: Vec::new() };
    search.found.into_iter().map(|way| way.unwrap_or_else(none)).collect()
}

impl Escalations<'_, '_> {
    /// From all that can destroy, or come to it, goes back to whoever can become them. The first time only what is
    /// certain counts, the second time what is possible too; then what is found is unknown.
    fn spread(&mut self, counts: fn(&Fact<bool>) -> bool) {
        let by_itself = |search: &Self, one: usize| search.destroys.get(one).is_some_and(counts);
        let raised = |search: &Self, one: usize| search.way(one).is_some_and(|way| counts(&way.possible));
        let all = 0..self.policies.identities.len();
        let mut reached: Vec<usize> = all.clone().filter(|one| by_itself(self, *one)).collect();
        reached.extend(all.filter(|one| !by_itself(self, *one) && raised(self, *one)));
        let mut next = 0;
        while let Some(target) = reached.get(next).copied() {
            next += 1;
            let Some(to) = self.policies.identities.get(target) else { continue };
            let candidates: Vec<usize> = self
                .comers(to)
                .into_iter()
                .filter(|from| *from != target && !by_itself(self, *from) && !raised(self, *from))
                .collect();
            let steps: Vec<(usize, Step)> = candidates
                .par_iter()
                .filter_map(|from| Some((*from, step(self.policies, self.policies.identities.get(*from)?, to)?)))
                .filter(|(_, step)| counts(&step.allowed))
                .collect();
            for (from, step) in steps {
                let way = self.through(target, step);
                if let Some(slot) = self.found.get_mut(from) {
                    *slot = Some(way);
                    reached.push(from);
                }
            }
        }
    }

    fn way(&self, one: usize) -> Option<&Escalation> {
        self.found.get(one)?.as_ref()
    }

    /// Whoever may become somebody: those whom a trust policy names, and those whose own policies may let them.
    fn comers(&self, to: &Identity<'_>) -> BTreeSet<usize> {
        let mut comers: BTreeSet<usize> = self.active.iter().copied().collect();
        let named = trust::trusted(&to.facts.trust);
        let names = named.value().map(|trusted| &trusted.principals);
        comers.extend(names.into_iter().flatten().filter_map(|name| self.by_arn.get(name.as_str())));
        comers
    }

    /// The way over this step to somebody, and on as they go.
    fn through(&self, target: usize, step: Step) -> Escalation {
        let destroys = self.destroys.get(target).filter(|destroys| !destroys.is_false());
        let way = self.way(target);
        // What is certain of the target goes before what is only possible.
        let (on, steps) = match (destroys, way) {
            (Some(destroys), Some(way)) if way.possible.is_true() && !destroys.is_true() => {
                (&way.possible, &way.steps[..])
            }
            (Some(destroys), _) => (destroys, &[][..]),
            (None, Some(way)) => (&way.possible, &way.steps[..]),
            (None, None) => return Escalation { possible: Fact::known(false), steps: Vec::new() },
        };
        let possible = Fact { at: None, ..Fact::all([step.allowed, on.clone()]) };
        let steps = std::iter::once(step.text).chain(steps.iter().cloned()).collect();
        Escalation { possible, steps }
    }

    /// Whether an identity gives itself the right: it writes policies that are its own, and no boundary or denial holds it.
    fn by_own_policies(&self, identity: &Identity<'_>) -> Option<Escalation> {
        own_policies(self.policies, identity, self.targets)
    }
}

fn own_policies(policies: &Policies<'_>, identity: &Identity<'_>, targets: &[Target<'_>]) -> Option<Escalation> {
    let unread = policies.unread(identity);
    let asks = asker(policies, identity, unread.as_ref());
    let owner = Owner { account: identity.account(), policy: None };
    let arn = identity.arn.to_string();
    let own: &[&str] = if identity.is_role() { OWN_ROLE } else { OWN_USER };
    let mut calls = vec![Call { actions: own, arn }];
    calls.extend(identity.groups.iter().map(|arn| Call { actions: OWN_GROUP, arn: arn.clone() }));
    calls.extend(identity.managed.iter().map(|arn| Call { actions: OWN_POLICY, arn: arn.clone() }));
    let mut best: Option<Escalation> = None;
    for call in &calls {
        let outcome = policies.call(&asks, call, owner);
        if outcome.allowed.is_false() {
            continue;
        }
        let raised = Asker { layers: Layers { identity: &policies.everything, ..asks.layers }, ..asks };
        let can =
            Fact::any(targets.iter().flat_map(|target| policies.destroys(&raised, target)).map(|way| way.allowed));
        let possible = Fact::all([outcome.allowed.clone(), can]);
        if possible.is_false() {
            continue;
        }
        let sure = possible.is_true();
        let text = format!("{} on itself{}", outcome.action, by(&outcome.by));
        best = Some(Escalation { possible: Fact { at: None, ..possible }, steps: vec![text] });
        if sure {
            break;
        }
    }
    best
}

fn by(policies: &BTreeSet<String>) -> String {
    policies.first().map(|policy| format!(" ({policy})")).unwrap_or_default()
}

/// The surest step from one identity to another.
fn step(policies: &Policies<'_>, from: &Identity<'_>, to: &Identity<'_>) -> Option<Step> {
    let unread = policies.unread(from);
    let asks = asker(policies, from, unread.as_ref());
    let plain = Owner { account: to.account(), policy: None };
    let call = |actions, owner: Owner<'_>| {
        let call = Call { actions, arn: to.arn.to_string() };
        policies.call(&asks, &call, owner)
    };
    let name = &to.resource.name;
    let mut best: Option<Step> = None;
    let mut consider = |allowed: Fact<bool>, text: String| {
        let better = match &best {
            None => !allowed.is_false(),
            Some(best) => allowed.is_true() && !best.allowed.is_true(),
        };
        if better {
            best = Some(Step { allowed: Fact { at: None, ..allowed }, text });
        }
    };
    if to.is_role() {
        let outcome = call(ASSUME, Owner { policy: to.trust.as_ref(), ..plain });
        consider(outcome.allowed, format!("{} of role {name}", outcome.action));
        // Whoever writes a trust policy lets themselves in, if they may assume roles by name.
        let outcome = call(TRUST, plain);
        consider(
            outcome.allowed,
            format!("{} on role {name}, then sts:AssumeRole of it{}", outcome.action, by(&outcome.by)),
        );
        for (service, starts) in RUNNERS {
            let pass = pass(policies, &asks, to, service);
            if pass.allowed.is_false() {
                continue;
            }
            let trusts = trusts(policies, to, service);
            let start = policies.call(
                &asks,
                &Call { actions: starts, arn: "*".to_owned() },
                Owner { account: from.account(), policy: None },
            );
            let text = format!("iam:PassRole of role {name} to {service}, which {} makes act as it", start.action);
            consider(Fact::all([pass.allowed, trusts, start.allowed]), text);
        }
    } else {
        let outcome = call(CREDENTIALS, plain);
        consider(outcome.allowed, format!("{} for user {name}{}", outcome.action, by(&outcome.by)));
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
    let asks = Asker { principal: &principal, layers: Layers::new(&[]), context: &context, unread: unread.as_ref() };
    let call = Call { actions: ASSUME, arn: role.arn.to_string() };
    policies.call(&asks, &call, Owner { account: role.account(), policy: role.trust.as_ref() }).allowed
}
