//! What every user and role of the estate can do to backups.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;

use crate::derive::index::Index;
use crate::derive::workload::Workloads;
use crate::derive::{selection, world};
use crate::iam::{Answer, Context, Layers, Principal, Request};
use crate::model::derived::principal::Power;
use crate::model::fact::{Fact, Reasons};
use crate::model::identity::ResourceId;
use crate::model::position::Position;
use crate::model::resource::{Link, Resource};
use crate::model::settings::Holder;

use super::deputy;
use super::escalation::{Escalation, escalations};
use super::passing::{self, Restorer, SERVICE, restorer};
use super::policies::{Identity, Policies};
use super::raise::{may_change, of_itself};
use super::step::pass;
use super::targets::{Call, Target, targets};
use super::trust::{does_its_own_work, trusted};
use super::ways::{Asker, Mfa, Outcome, Told, asker};

/// The powers of all users and roles.
#[derive(Default)]
pub struct Powers<'a> {
    by_identity: HashMap<&'a ResourceId, Power>,
}

impl<'a> Powers<'a> {
    /// Works them out; nothing to do where no users and roles were seen.
    pub fn new(index: &Index<'a>, workloads: &Workloads<'_, 'a>, policies: &Policies<'a>) -> Self {
        if policies.identities.is_empty() {
            return Self::default();
        }
        let targets = targets(index, workloads);
        let seen: Vec<Destruction> =
            policies.identities.par_iter().map(|identity| destruction(policies, identity, &targets)).collect();
        let destroys: Vec<Fact<bool>> = seen.iter().map(|one| one.by_policies.clone()).collect();
        let ways = escalations(policies, &targets, &destroys);
        let restorers: Vec<Restorer<'_, '_>> =
            policies.identities.iter().filter_map(|one| restorer(policies, one)).collect();
        let by_identity = policies.identities.par_iter().zip(seen).zip(ways).map(|((identity, destruction), way)| {
            (&identity.resource.id, power(index, policies, identity, (&targets, &restorers), destruction, way))
        });
        Self { by_identity: by_identity.collect() }
    }

    /// The power of a user or role.
    pub fn of(&self, resource: &Resource) -> Fact<Power> {
        match self.by_identity.get(&resource.id) {
            Some(power) => Fact::known(power.clone()),
            None => Fact::unknown("its ARN is none of a user or role"),
        }
    }
}

/// What an identity's policies let it destroy.
struct Destruction {
    by_policies: Fact<bool>,
    /// Whether all of it needs multi-factor authentication.
    gated: Fact<bool>,
    told: Vec<String>,
    ungated: Vec<String>,
    /// Where the first statement stands in a file that lets it destroy something, and the first that does so without
    /// multi-factor authentication.
    at: Option<Arc<Position>>,
    ungated_at: Option<Arc<Position>>,
}

fn destruction(policies: &Policies<'_>, identity: &Identity<'_>, targets: &[Target<'_>]) -> Destruction {
    let unread = policies.unread(identity);
    let asks = asker(policies, identity, unread.as_ref());
    let own = |target: &&Target<'_>| policies.may_reach(identity, target);
    let (mut told, mut ungated) = (Told::default(), Told::default());
    let (mut can, mut gates) = (Vec::new(), Vec::new());
    let (mut at, mut ungated_at) = (None, None);
    for target in targets.iter().filter(own) {
        for outcome in policies.destroys(&asks, target) {
            if outcome.allowed.is_false() {
                continue;
            }
            if outcome.allowed.is_true() {
                told.add(&outcome, &target.label);
                at = at.or_else(|| outcome.at.clone());
                if !outcome.gated.is_true() {
                    ungated.add(&outcome, &target.label);
                    ungated_at = ungated_at.or_else(|| outcome.ungated_at.clone());
                }
            }
            gates.push(Fact::any([outcome.gated, outcome.allowed.clone().negate()]));
            can.push(outcome.allowed);
        }
    }
    Destruction {
        by_policies: Fact { at: None, ..Fact::any(can) },
        gated: Fact { at: None, ..Fact::all(gates) },
        told: told.texts(),
        ungated: ungated.texts(),
        at,
        ungated_at,
    }
}

fn power(
    index: &Index<'_>,
    policies: &Policies<'_>,
    identity: &Identity<'_>,
    (targets, restorers): (&[Target<'_>], &[Restorer<'_, '_>]),
    destruction: Destruction,
    way: Escalation,
) -> Power {
    let somebody = somebody(identity);
    let settings = index.settings;
    let deputies = deputy::derive(index, policies, identity, &destruction.by_policies);
    let destroys = Fact::all([destruction.by_policies.clone(), somebody.clone()]);
    let becomes = unseen(index, identity).map_or(Fact::known(false), Fact::unknown);
    let possible = Fact::any([way.possible, becomes]);
    let escalates = Fact::all([destruction.by_policies.negate(), possible, somebody.clone()]);
    let (mfa_applies, gated_at_the_door) = door(policies, identity);
    let gated = if destruction.gated.is_true() && loosens(policies, identity, targets) {
        Fact::unknown("it may change its own policies without multi-factor authentication, and so what asks for it")
    } else {
        destruction.gated
    };
    let needs_mfa = Fact::any([gated, gated_at_the_door]);
    let standing = |fact: Fact<bool>, at| Fact { at, ..fact };
    let (restores, restores_at) = restores(index, policies, identity, (targets, restorers));
    let passing = passing::derive(index, policies, identity, restorers, &restores);
    Power {
        administrator: has_duty(identity, settings.backup_administrators.as_deref(), "AWSBackupFullAccess"),
        restore_operator: has_duty(identity, settings.restore_operators.as_deref(), "AWSBackupOperatorAccess"),
        destroys_backups: standing(destroys, destruction.at),
        destroys: Fact::known(destruction.told),
        mfa_applies,
        without_mfa: Fact::known(if needs_mfa.is_true() { Vec::new() } else { destruction.ungated }),
        needs_mfa: standing(needs_mfa, destruction.ungated_at),
        restores_backups: standing(Fact::all([restores, somebody.clone()]), restores_at),
        passes_roles: standing(Fact::all([passing.possible, somebody]), None),
        passes: Fact::known(passing.told),
        serves_outsiders: standing(deputies.possible, None),
        outsiders: Fact::known(deputies.told),
        escalation: Fact::known(if escalates.is_false() { Vec::new() } else { numbered(way.steps) }),
        escalates: standing(escalates, way.at),
    }
}

/// Why there may be somebody who was not seen and lets it in: a trust policy may name it.
pub(super) fn unseen(index: &Index<'_>, identity: &Identity<'_>) -> Option<Reasons> {
    // Files are taken at their word.
    let lists = [world::ROLES, world::USERS].into_iter().filter(|_| index.live());
    lists.filter_map(|list| index.open(list, identity.account(), Some("global"))).reduce(|a, b| a.and(&b))
}

/// Steps in order: sets have none of their own.
fn numbered(steps: Vec<String>) -> Vec<String> {
    if steps.len() < 2 {
        return steps;
    }
    steps.into_iter().enumerate().map(|(number, step)| format!("{}. {step}", number + 1)).collect()
}

/// Whether somebody, or code of theirs, can act as it.
pub(super) fn somebody(identity: &Identity<'_>) -> Fact<bool> {
    if !identity.is_role() {
        return Fact::known(true);
    }
    if identity.principal.is_service_linked() {
        return Fact::known(false);
    }
    trusted(&identity.facts.trust).and_then(|trusted| trusted.lets_somebody_in())
}

/// Whether a user may come to destroy backups without a second factor by a change of what it may do.
fn loosens(policies: &Policies<'_>, identity: &Identity<'_>, targets: &[Target<'_>]) -> bool {
    let unread = policies.unread(identity);
    let bare = Asker { mfa: Mfa::Never, ..asker(policies, identity, unread.as_ref()) };
    if identity.is_role() || !may_change(policies, &bare) {
        return false;
    }
    of_itself(policies, &bare, identity).iter().any(|raise| {
        let raised = raise.after(&bare);
        let mut own = targets.iter().filter(|target| policies.may_reach(identity, target));
        own.any(|target| policies.destroys(&raised, target).iter().any(|way| !way.allowed.is_false()))
    })
}

/// Whether multi-factor authentication could be asked for, and whether whoever assumes a role must have given it.
///
/// A session of a role shows what its caller gave when assuming it; a role that only roles assume is theirs to guard.
fn door(policies: &Policies<'_>, identity: &Identity<'_>) -> (Fact<bool>, Fact<bool>) {
    if !identity.is_role() {
        return (Fact::known(true), Fact::known(false));
    }
    let trusted = trusted(&identity.facts.trust);
    let Some(trusted) = trusted.value() else {
        let reasons = trusted.reasons().cloned().unwrap_or_else(|| "its trust policy was not read".into());
        return (Fact::unknown(reasons.clone()), Fact::unknown(reasons));
    };
    let action = policies.library.action("sts:AssumeRole");
    let context = Context::open();
    let (mut applies, mut gated) = (Vec::new(), Vec::new());
    for arn in trusted.users() {
        let Some(user) = Principal::of_arn(&arn) else { continue };
        let layers = Layers { resource: identity.trust.as_ref(), ..Layers::new(&policies.everything) };
        let resource = crate::iam::Resource::new(&identity.arn, identity.account());
        let request = Request { principal: &user, action: &action, resource, context: &context };
        if matches!(policies.library.can(&request, &layers).decision.answer, Answer::No(_)) {
            continue;
        }
        applies.push(Fact::known(true));
        gated.push(if policies.library.needs_mfa(&request, &layers) {
            Fact::known(true)
        } else if policies.without_mfa(&request, &layers).answer == Answer::Yes {
            Fact::known(false)
        } else {
            Fact::unknown("whether its trust policy lets somebody in without multi-factor authentication is not plain")
        });
    }
    let applies = if trusted.unclear && applies.is_empty() {
        Fact::unknown("whom the trust policy lets in cannot be told")
    } else {
        Fact::any(applies)
    };
    // Where nobody comes in, nobody is gated.
    let gated = if gated.is_empty() { Fact::known(false) } else { Fact::all(gated) };
    let service = trusted.services.iter().find(|service| !does_its_own_work(service));
    // A role that comes in beside the users who are asked may show no second factor.
    let comes_in = |arn: &&String| {
        let Some(role) = Principal::of_arn(arn) else { return false };
        let layers = Layers { resource: identity.trust.as_ref(), ..Layers::new(&policies.everything) };
        let resource = crate::iam::Resource::new(&identity.arn, identity.account());
        let context = context.clone().with("aws:MultiFactorAuthPresent", "false");
        let request = Request { principal: &role, action: &action, resource, context: &context };
        !matches!(policies.library.can(&request, &layers).decision.answer, Answer::No(_))
    };
    let role = trusted.principals.iter().filter(|name| name.contains(":role/") || name.contains(":assumed-role/"));
    if let Some(role) = role.filter(|_| gated.is_true()).find(comes_in) {
        return (applies, Fact::unknown(format!("`{role}` may come in without multi-factor authentication")));
    }
    match service {
        Some(service) if gated.is_true() => {
            (applies, Fact::unknown(format!("{service} acts as it without multi-factor authentication")))
        }
        _ => (applies, gated),
    }
}

/// Whether it starts restores from what was seen, and passes a role of AWS Backup to them; and where the statement
/// stands that lets it start them.
fn restores(
    index: &Index<'_>,
    policies: &Policies<'_>,
    identity: &Identity<'_>,
    (targets, restorers): (&[Target<'_>], &[Restorer<'_, '_>]),
) -> (Fact<bool>, Option<Arc<Position>>) {
    let unread = policies.unread(identity);
    let asks = asker(policies, identity, unread.as_ref());
    let own = |target: &&Target<'_>| target.account == identity.account();
    let points = targets.iter().filter(own).flat_map(|target| {
        let owner = policies.owner(target);
        let deletes = target.ways.iter().filter(|way| way.call.actions.contains(&"backup:DeleteRecoveryPoint"));
        deletes.map(move |way| {
            let call = Call { actions: &["backup:StartRestoreJob"], arn: way.call.arn.clone() };
            let outcome = policies.call(&asks, &call, owner);
            let allowed = Fact::all([outcome.allowed, way.open.clone(), target.open.clone()]);
            Outcome { allowed, ..outcome }
        })
    });
    let outcomes: Vec<Outcome> = points.collect();
    let at = outcomes.iter().filter(|outcome| outcome.allowed.is_true()).find_map(|outcome| outcome.at.clone());
    let starts = Fact::any(outcomes.into_iter().map(|outcome| outcome.allowed));
    if starts.is_false() {
        return (starts, None);
    }
    let own = restorers.iter().filter(|(role, _)| role.account() == identity.account());
    let passes = own.map(|(role, trusted)| Fact::all([pass(policies, &asks, role, SERVICE).allowed, trusted.clone()]));
    // Another one may be among those that were not listed.
    let another = unseen(index, identity).map(Fact::unknown);
    (Fact::all([starts, Fact::any(passes.chain(another))]), at)
}

/// Whether somebody has a duty by the settings; where they name nobody for it, by AWS's own policy.
pub(super) fn has_duty(identity: &Identity<'_>, named: Option<&[Holder]>, policy: &str) -> Fact<bool> {
    let Some(named) = named else {
        let ends = format!(":iam::aws:policy/{policy}");
        let has = |link: &Link| link.text.as_ref().map(|arn| arn.ends_with(&ends)).or_default_to(false);
        // What a group has, its members have.
        let lists = identity.lists.iter().map(|list| list.as_ref().and_then(|links| Fact::any(links.iter().map(has))));
        let unread = identity.groups_unread.clone().map(Fact::unknown);
        return Fact { at: None, ..Fact::any(lists.chain(unread)) };
    };
    let is = |holder: &Holder| match holder {
        Holder::Arn(pattern) => Fact::known(selection::matches(pattern, &identity.arn)),
        Holder::Path(path) => identity.facts.path.as_ref().map(|own| own.starts_with(path.as_str())),
        Holder::Tag { key, value } => identity.resource.tags.get(key).map(|own| own == *value).or_default_to(false),
    };
    Fact { at: None, ..Fact::any(named.iter().map(is)) }
}
