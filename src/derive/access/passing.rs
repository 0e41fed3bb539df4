//! Who can pass the roles of AWS Backup further than backups need.
//!
//! A role of AWS Backup reads all that is backed up, and deletes snapshots. Passing it is harmless as long as it goes to
//! AWS Backup: the service then does what whoever passed it may ask of AWS Backup anyway. Three things are not:
//!
//! - passing it to another service that its trust policy lets in too, which makes that service act as it;
//! - passing it to whatever service by a grant that does not name it: `Resource: "*"` without `iam:PassedToService`;
//! - starting restores with it, where the settings name others for that.
//!
//! A grant that names a role, without `iam:PassedToService`, is none of these: a role that trusts AWS Backup alone can
//! be handed to no other service, since none could assume it. "Grant a user permissions to pass a role to an AWS service"
//! in the IAM User Guide; "IAM service roles" in the AWS Backup Developer Guide.

use crate::derive::index::Index;
use crate::iam::{
    Action, Answer, Attachment, Context, Decision, Effect, Ground, HOLE, Layer, Layers, Request, Resource, Truth,
};
use crate::model::fact::{Fact, State};

pub use super::backup_role::ability::SERVICE;
use super::policies::{Identity, Policies};
use super::powers::unseen;
use super::step::{PASS, pass, trusts};
use super::targets::Call;
use super::trust::trusted;
use super::ways::{Asker, Outcome, Owner, Told, asker, grounds, with_mfa};

/// A role that AWS Backup may act as, and whether it can.
pub type Restorer<'p, 'a> = (&'p Identity<'a>, Fact<bool>);

/// A service that no policy names: whoever may pass a role to it, may pass it to any.
const ANY_SERVICE: &str = "a-service-that-nobody-names.amazonaws.com";

/// What an identity does with the roles of AWS Backup beyond what backups need.
#[derive(Clone, Debug)]
pub struct Passing {
    /// Whether it can.
    pub possible: Fact<bool>,
    /// What, with the policies that allow it, for people.
    pub told: Vec<String>,
}

/// The role as one that AWS Backup may act as; none where it certainly may not.
pub fn restorer<'p, 'a>(policies: &Policies<'a>, identity: &'p Identity<'a>) -> Option<Restorer<'p, 'a>> {
    let trusted = if identity.is_role() { trusts(policies, identity, SERVICE) } else { Fact::known(false) };
    (!trusted.is_false()).then_some((identity, trusted))
}

/// Derives it; `restores` says whether the identity starts restores with one of the roles.
pub fn derive(
    index: &Index<'_>,
    policies: &Policies<'_>,
    identity: &Identity<'_>,
    restorers: &[Restorer<'_, '_>],
    restores: &Fact<bool>,
) -> Passing {
    let unread = policies.unread(identity);
    let asks = asker(policies, identity, unread.as_ref());
    let (mut told, mut ways) = (Told::default(), Vec::new());
    // Only its service is passed a service-linked role. A role is passed within its account.
    let own = restorers.iter().filter(|(role, _)| role.account() == identity.account());
    for (role, is_one) in own.filter(|(role, _)| !role.principal.is_service_linked()) {
        for way in [to_others(policies, &asks, role), Some(to_any(policies, &asks, role))].into_iter().flatten() {
            let allowed = Fact::all([way.allowed.clone(), is_one.clone()]);
            if allowed.is_true() {
                told.add(&way, &format!("role {}", role.resource.name));
            }
            ways.push(allowed);
        }
    }
    // A role that was not seen may be one of AWS Backup.
    ways.extend(unseen(index, identity).map(Fact::unknown));
    let mut told = told.texts();
    if index.settings.restore_operators.is_some() {
        if restores.is_true() {
            told.push(
                "backup:StartRestoreJob with a role of AWS Backup, for which the settings name others".to_owned(),
            );
        }
        ways.push(restores.clone());
    }
    let possible = Fact { at: None, ..Fact::any(ways) };
    if !possible.is_false() && does_everything(policies, &asks) {
        return Passing { possible: Fact::known(false), told: Vec::new() };
    }
    Passing { possible, told }
}

/// Passing a role to a service that it trusts beside AWS Backup; none where it trusts no other.
fn to_others(policies: &Policies<'_>, asks: &Asker<'_>, role: &Identity<'_>) -> Option<Outcome> {
    let trusted = match trusted(&role.facts.trust).state {
        State::Known(trusted) if !trusted.unclear => trusted,
        _ => {
            let call = Call { actions: PASS, arn: role.arn.to_string() };
            let passed = policies.call(asks, &call, Owner { account: role.account(), policy: None });
            let unclear = Fact::unknown("which services the role trusts is not known");
            return Some(Outcome { allowed: Fact::all([passed.allowed, unclear]), ..passed });
        }
    };
    let of_backup = |service: &str| service == SERVICE || service.ends_with(".backup.amazonaws.com");
    let mut best: Option<Outcome> = None;
    for service in trusted.services.iter().filter(|service| !of_backup(service)) {
        let passed = pass(policies, asks, role, service);
        let allowed = Fact::all([passed.allowed, trusts(policies, role, service)]);
        let outcome = Outcome { allowed, action: format!("iam:PassRole to {service} (which it trusts too)"), ..passed };
        let better = best
            .as_ref()
            .is_none_or(|best| outcome.allowed.is_true() && !best.allowed.is_true() || best.allowed.is_false());
        if better {
            best = Some(outcome);
        }
    }
    best
}

/// Passing a role to any service, by a grant that does not name the role.
fn to_any(policies: &Policies<'_>, asks: &Asker<'_>, role: &Identity<'_>) -> Outcome {
    let decision = decide(policies, asks, role, asks.layers.identity);
    // The same policies one by one, so that a statement is looked up in the policy that it stands in.
    let unnamed = |sure: bool| {
        asks.layers.identity.iter().any(|attachment| {
            let by_itself = decide(policies, asks, role, std::slice::from_ref(attachment));
            by_itself.grounds.iter().any(|ground| {
                allows(ground) && (!sure || ground.holds == Truth::Yes) && !is_named(policies, attachment, ground, role)
            })
        })
    };
    let allowed = match decision.answer {
        Answer::No(_) => Fact::known(false),
        Answer::Yes if unnamed(true) => Fact::known(true),
        _ if unnamed(false) => Fact::unknown(policies.why(asks, &decision, role.account())),
        _ => Fact::known(false),
    };
    let action = "iam:PassRole to any service".to_owned();
    Outcome { allowed, gated: Fact::known(false), action, by: grounds(&decision), at: None, ungated_at: None }
}

fn decide(policies: &Policies<'_>, asks: &Asker<'_>, role: &Identity<'_>, attached: &[Attachment]) -> Decision {
    let context = with_mfa(asks.context).with("iam:PassedToService", ANY_SERVICE);
    let action = policies.library.action("iam:PassRole");
    let resource = Resource::new(&role.arn, role.account());
    let request = Request { principal: asks.principal, action: &action, resource, context: &context };
    policies.library.can(&request, &Layers { identity: attached, ..asks.layers }).decision
}

/// Whether a statement of an identity policy allows, or may.
fn allows(ground: &Ground) -> bool {
    ground.layer == Layer::Identity && ground.effect != Some(Effect::Deny)
}

/// Whether a statement names the role, not by a wildcard.
fn is_named(policies: &Policies<'_>, attachment: &Attachment, ground: &Ground, role: &Identity<'_>) -> bool {
    let document = attachment.policy.and_then(|policy| policies.library.document(policy));
    document.zip(ground.statement).is_some_and(|(document, number)| document.names(number, &role.arn))
}

/// Whether it may do everything as it is: then no role gives it anything, and other rules tell of it. What service
/// control policies take away, they take away from the roles of the account too.
fn does_everything(policies: &Policies<'_>, asks: &Asker<'_>) -> bool {
    let Some(account) = asks.principal.account() else { return false };
    let context: Context = with_mfa(asks.context);
    let layers = Layers { scps: &[], ..asks.layers };
    let asked = [
        (Action::new("any-service:AnyAction"), format!("arn:aws:any-service:{HOLE}:{account}:{HOLE}")),
        (policies.library.action("iam:PutRolePolicy"), format!("arn:aws:iam::{account}:role/{HOLE}")),
        (policies.library.action("backup:StartRestoreJob"), format!("arn:aws:backup:{HOLE}:{account}:{HOLE}")),
        (policies.library.action("backup:DeleteRecoveryPoint"), format!("arn:aws:backup:{HOLE}:{account}:{HOLE}")),
        (policies.library.action("s3:DeleteObjectVersion"), format!("arn:aws:s3:::{HOLE}/{HOLE}")),
    ];
    asked.iter().all(|(action, arn)| {
        let resource = Resource::new(arn, Some(account));
        let request = Request { principal: asks.principal, action, resource, context: &context };
        policies.library.can(&request, &layers).decision.answer == Answer::Yes
    })
}
