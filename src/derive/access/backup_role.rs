//! Whether the role that AWS Backup is given can do what it is given it for: back up all that a selection assigns, or
//! restore what a restore test restores.
//!
//! A selection assigns a type where it assigns a resource of it that was seen, where it names one by its ARN, or, in
//! files, where it names the type by a pattern and narrows it by nothing. What it may assign besides, of the types that
//! are workloads, must be within the role's reach too, or it is not certain that the role covers it.
//!
//! [`needs`] says what a type needs, and [`managed`] what policies of AWS cover. KMS keys of resources are not asked
//! about.

pub mod ability;
mod asked;
pub mod managed;
pub mod needs;
mod selected;

use std::sync::Arc;

use crate::derive::index::Index;
use crate::derive::place;
use crate::derive::plan::Checks;
use crate::derive::plans::PlanNode;
use crate::model::backup::Selection;
use crate::model::backup::testing::RestoreTestingSelection;
use crate::model::fact::{Cure, Fact, Reason, Reasons, State};
use crate::model::identity::ResourceId;
use crate::model::position::Position;
use crate::model::resource::{Link, Resource};

use super::policies::Policies;
use super::role::{self, Role};

use ability::Ability;
use asked::{Asked, Found};
use needs::{SERVICES, Service};
use selected::assigned;

/// Judges the roles of a plan's selections.
pub fn check_plan(index: &Index<'_>, policies: &Policies<'_>, plan: &PlanNode<'_>) -> Checks {
    let mut checks = Checks::default();
    for (number, (resource, facts)) in plan.selections.iter().enumerate() {
        let seen = plan.assigned.get(number).map_or(&[][..], Vec::as_slice);
        let mut own = Checks::default();
        check_selection(index, policies, plan, (resource, facts), seen, &mut own);
        checks.join(own, &resource.exists);
    }
    if let Some(open) = plan.open.as_ref().filter(|_| index.live() || plan.selections.is_empty()) {
        let words = || {
            Reason::new("another stack may assign resources to it")
                .cured_by(Cure::Setting("complete = true in backstop.toml".to_owned()))
                .into()
        };
        checks.doubt(&index.open_in_words(open.clone(), words));
    }
    checks
}

fn check_selection(
    index: &Index<'_>,
    policies: &Policies<'_>,
    plan: &PlanNode<'_>,
    (resource, facts): (&Resource, &Selection),
    seen: &[(&Resource, Option<Reasons>)],
    checks: &mut Checks,
) {
    let name = facts.selection_name.value().map_or(&*resource.name, String::as_str);
    let use_of = Use { who: format!("selection {name}"), fails: "nothing is backed up" };
    judge(index, policies, (resource, &facts.role, &use_of), checks, &|ability, at, checks| {
        let asked = Asked { index, policies, ability, from: &plan.resource.id };
        for service in SERVICES {
            let assigned = assigned(index, plan, facts, service, seen);
            let found = asked.ask(service, &service.backup, &assigned);
            note(found, at, checks, |lacks| {
                let (role, what) = (&ability.identity.resource.name, service.what);
                format!("selection {name}: role {role} lacks {lacks}, so backups of {what} fail")
            });
        }
    });
}

/// Judges the role of a restore test. What it restores is new: any resource of the type.
pub fn check_restore_test(
    index: &Index<'_>,
    policies: &Policies<'_>,
    resource: &Resource,
    facts: &RestoreTestingSelection,
) -> Checks {
    let mut checks = Checks::default();
    let use_of = Use { who: format!("restore test {}", resource.name), fails: "nothing is restored" };
    judge(index, policies, (resource, &facts.role, &use_of), &mut checks, &|ability, at, checks| {
        let service = match &facts.resource_type.state {
            State::Known(kind) => Service::named(kind),
            State::Unknown(reasons) => return checks.doubt(reasons),
            State::Absent => None,
        };
        let Some(service) = service else {
            return checks.doubt(&"what restores of its type need is not known".into());
        };
        let asked = Asked { index, policies, ability, from: &resource.id };
        let found = asked.ask_any(service, &service.restore);
        note(found, at, checks, |lacks| {
            let (role, what) = (&ability.identity.resource.name, service.what);
            format!("role {role} lacks {lacks}, so {what} cannot be restored")
        });
    });
    checks
}

/// Whether a role of an account that AWS Backup may assume restores any resource of this type.
pub fn restorable(index: &Index<'_>, policies: &Policies<'_>, account: &ResourceId, service: &Service) -> Fact<bool> {
    let anywhere = ResourceId { region: None, ..account.clone() };
    let own = policies.identities.iter().filter(|one| one.is_role() && one.account() == account.account.as_deref());
    Fact::any(own.filter(|one| !is_linked_to_service(&one.arn)).map(|identity| {
        let ability = Ability::of(policies, identity);
        let trusted = ability.is_trusted();
        if trusted.is_false() {
            return trusted;
        }
        let asked = Asked { index, policies, ability: &ability, from: &anywhere };
        let allowed = match asked.ask_any(service, &service.restore) {
            Found::Nothing => Fact::known(true),
            Found::Doubt(reasons) => Fact::unknown(reasons),
            Found::Lacks(_) => Fact::known(false),
        };
        Fact { at: None, ..Fact::all([trusted, identity.resource.exists.clone(), allowed]) }
    }))
}

/// Who names a role, and what becomes of its work where AWS Backup may not assume the role.
struct Use {
    who: String,
    fails: &'static str,
}

/// What is asked of a role that was found, named at this place.
type Then<'t> = dyn Fn(&Ability<'_, '_>, &Option<Arc<Position>>, &mut Checks) + 't;

/// Finds the role, asks whether AWS Backup may assume it, and then what it may do.
fn judge(
    index: &Index<'_>,
    policies: &Policies<'_>,
    (resource, role, of): (&Resource, &Fact<Link>, &Use),
    checks: &mut Checks,
    then: &Then<'_>,
) {
    let Use { who, fails } = of;
    let link = match &role.state {
        State::Known(link) => link,
        // That nothing runs without a role is a question of its own.
        State::Absent => return,
        State::Unknown(reasons) => return checks.doubt(reasons),
    };
    let at = role.at.clone().or_else(|| link.text.at.clone());
    let identity = match role::find(index, policies, resource, link) {
        Role::Here(identity) => identity,
        Role::Missing(text) if is_linked_to_service(&text) => return,
        Role::Missing(text) => return checks.fault(format!("the role of {who} does not exist: {text}"), &at),
        Role::Unknown(reasons) => return checks.doubt(&reasons),
    };
    // AWS defines what its service-linked role may do, for the plan that AWS makes.
    if is_linked_to_service(&identity.arn) {
        return;
    }
    if place::same_account(&identity.resource.id, &resource.id).is_false() {
        return checks.doubt(&format!("the role of {who} is of another account").into());
    }
    let ability = Ability::of(policies, identity);
    let mut own = Checks::default();
    match &ability.is_trusted().state {
        State::Known(true) => {}
        State::Unknown(reasons) => own.doubt(reasons),
        State::Known(false) | State::Absent => {
            let (role, service) = (&identity.resource.name, ability::SERVICE);
            own.fault(
                format!("{who}: the trust policy of role {role} does not let {service} assume it, so {fails}"),
                &at,
            );
        }
    }
    then(&ability, &at, &mut own);
    checks.join(own, &identity.resource.exists);
}

fn note(found: Found, at: &Option<Arc<Position>>, checks: &mut Checks, text: impl FnOnce(String) -> String) {
    match found {
        Found::Nothing => {}
        Found::Doubt(reasons) => checks.doubt(&reasons),
        Found::Lacks(lacks) => checks.fault(text(lacks), at),
    }
}

fn is_linked_to_service(arn: &str) -> bool {
    arn.contains(":role/aws-service-role/backup.amazonaws.com/")
}

#[cfg(test)]
mod tests;
