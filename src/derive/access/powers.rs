//! What every user and role of the estate can do to backups.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::derive::index::Index;
use crate::derive::selection;
use crate::derive::workload::Workloads;
use crate::iam::{Answer, Context, HOLE, Layers, Principal, Request};
use crate::model::derived::principal::Power;
use crate::model::fact::{Fact, Reason};
use crate::model::identity::ResourceId;
use crate::model::resource::{Link, Resource};
use crate::model::settings::Holder;

use super::escalation::{Escalation, escalations, pass, trusts};
use super::policies::{Identity, Policies};
use super::targets::{self, Call, Target, targets};
use super::trust::trusted;
use super::ways::{Asker, Outcome, Owner, Told, asker};

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
            policies.identities.par_iter().map(|identity| destruction(index, policies, identity, &targets)).collect();
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
}

fn destruction(
    index: &Index<'_>,
    policies: &Policies<'_>,
    identity: &Identity<'_>,
    targets: &[Target<'_>],
) -> Destruction {
    let unread = policies.unread(identity);
    let asks = asker(policies, identity, unread.as_ref());
    let own = |target: &&Target<'_>| target.resource.id.account == identity.resource.id.account;
    let (mut told, mut ungated) = (Told::default(), Told::default());
    let (mut can, mut gates) = (Vec::new(), Vec::new());
    for target in targets.iter().filter(own) {
        for outcome in policies.destroys(&asks, target) {
            if outcome.allowed.is_false() {
                continue;
            }
            if outcome.allowed.is_true() {
                told.add(&outcome, &target.label);
                if !outcome.gated.is_true() {
                    ungated.add(&outcome, &target.label);
                }
            }
            gates.push(Fact::any([outcome.gated, outcome.allowed.clone().negate()]));
            can.push(outcome.allowed);
        }
    }
    let certain = can.iter().any(Fact::is_true);
    if !certain && let Some(unseen) = unseen(index, policies, identity, &asks) {
        gates.push(unseen.clone());
        can.push(unseen);
    }
    Destruction {
        by_policies: Fact { at: None, ..Fact::any(can) },
        gated: Fact { at: None, ..Fact::all(gates) },
        told: told.texts(),
        ungated: ungated.texts(),
    }
}

/// Whether it might destroy what nobody saw: it may delete recovery points or versions of whatever vault or bucket.
fn unseen(index: &Index<'_>, policies: &Policies<'_>, identity: &Identity<'_>, asks: &Asker<'_>) -> Option<Fact<bool>> {
    if !targets::unseen(index, identity.account()) {
        return None;
    }
    let partition = identity.resource.id.likely_partition();
    let account = identity.account().unwrap_or_default();
    let anywhere = [
        (&["backup:DeleteRecoveryPoint"][..], format!("arn:{partition}:backup:{HOLE}:{account}:recovery-point:{HOLE}")),
        (&["s3:DeleteObjectVersion"][..], format!("arn:{partition}:s3:::{HOLE}/{HOLE}")),
    ];
    let owner = Owner { account: identity.account(), policy: None };
    let mut outcomes = anywhere.into_iter().map(|(actions, arn)| policies.call(asks, &Call { actions, arn }, owner));
    if outcomes.all(|outcome: Outcome| outcome.allowed.is_false()) {
        return None;
    }
    let reasons = index.open_files().unwrap_or_else(|| Reason::new("not all vaults and buckets were listed").into());
    Some(Fact::unknown(reasons))
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
    let destroys = Fact::all([destruction.by_policies.clone(), somebody.clone()]);
    let escalates = Fact::all([destruction.by_policies.negate(), way.possible, somebody.clone()]);
    let (mfa_applies, gated_at_the_door) = door(policies, identity);
    let needs_mfa = Fact::any([destruction.gated, gated_at_the_door]);
    let plain = |fact: Fact<bool>| Fact { at: None, ..fact };
    Power {
        administrator: has_duty(identity, settings.backup_administrators.as_deref(), "AWSBackupFullAccess"),
        restore_operator: has_duty(identity, settings.restore_operators.as_deref(), "AWSBackupOperatorAccess"),
        destroys_backups: plain(destroys),
        destroys: Fact::known(destruction.told),
        mfa_applies,
        without_mfa: Fact::known(if needs_mfa.is_true() { Vec::new() } else { destruction.ungated }),
        needs_mfa: plain(needs_mfa),
        restores_backups: plain(Fact::all([restores(policies, identity, targets, restorers), somebody])),
        escalation: Fact::known(if escalates.is_false() { Vec::new() } else { numbered(way.steps) }),
        escalates: plain(escalates),
    }
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
        } else if policies.without_mfa(&request, &layers) == Answer::Yes {
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
    (applies, gated)
}

/// A role that AWS Backup may act as, and whether it can.
type Restorer<'p, 'a> = (&'p Identity<'a>, Fact<bool>);

const SERVICE: &str = "backup.amazonaws.com";

fn restorer<'p, 'a>(policies: &Policies<'a>, identity: &'p Identity<'a>) -> Option<Restorer<'p, 'a>> {
    let trusted = if identity.is_role() { trusts(policies, identity, SERVICE) } else { Fact::known(false) };
    (!trusted.is_false()).then_some((identity, trusted))
}

/// Whether it starts restores from what was seen, and passes a role of AWS Backup to them.
fn restores(
    policies: &Policies<'_>,
    identity: &Identity<'_>,
    targets: &[Target<'_>],
    restorers: &[Restorer<'_, '_>],
) -> Fact<bool> {
    let unread = policies.unread(identity);
    let asks = asker(policies, identity, unread.as_ref());
    let own = |target: &&Target<'_>| target.resource.id.account == identity.resource.id.account;
    let points = targets.iter().filter(own).flat_map(|target| {
        let owner = Owner::of(policies, target.resource);
        let points = target.calls.iter().filter(|call| call.actions.contains(&"backup:DeleteRecoveryPoint"));
        points.map(move |call| (Call { actions: &["backup:StartRestoreJob"], arn: call.arn.clone() }, owner))
    });
    let starts = Fact::any(points.map(|(call, owner)| policies.call(&asks, &call, owner).allowed));
    if starts.is_false() {
        return starts;
    }
    let own = restorers.iter().filter(|(role, _)| role.account() == identity.account());
    let passes = own.map(|(role, trusted)| Fact::all([pass(policies, &asks, role, SERVICE).allowed, trusted.clone()]));
    Fact { at: None, ..Fact::all([starts, Fact::any(passes)]) }
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
