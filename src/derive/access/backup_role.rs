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
pub mod managed;
pub mod needs;
mod selected;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::derive::index::{Index, add_reasons};
use crate::derive::place::{self, Arn};
use crate::derive::plan::Checks;
use crate::derive::plans::PlanNode;
use crate::iam::{Attachment, Context, HOLE, Value};
use crate::model::backup::Selection;
use crate::model::backup::testing::RestoreTestingSelection;
use crate::model::fact::{Cure, Fact, Reason, Reasons, State};
use crate::model::identity::ResourceId;
use crate::model::position::Position;
use crate::model::resource::{Facts, Link, Resource};

use super::policies::Policies;
use super::role::{self, Role};
use super::statement::{Statement, shown, statements};

use ability::Ability;
use needs::{ADVANCED_OR_NOT, Calls, Needs, On, SERVICES, Service};
use selected::{Assigned, assigned};

/// How many names are told; the rest are counted.
const MOST_NAMES: usize = 3;

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

/// Who names a role, and what becomes of its work where AWS Backup may not assume the role.
struct Use {
    who: String,
    fails: &'static str,
}

/// Finds the role, asks whether AWS Backup may assume it, and then what it may do.
fn judge(
    index: &Index<'_>,
    policies: &Policies<'_>,
    (resource, role, of): (&Resource, &Fact<Link>, &Use),
    checks: &mut Checks,
    then: &dyn Fn(&Ability<'_, '_>, &Option<Arc<Position>>, &mut Checks),
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

/// What came out for a service.
enum Found {
    Nothing,
    Doubt(Reasons),
    /// What the role lacks on what, for people.
    Lacks(String),
}

struct Asked<'p, 'i, 'a> {
    index: &'p Index<'i>,
    policies: &'p Policies<'a>,
    ability: &'p Ability<'p, 'a>,
    /// The plan, in the account and Region of which it all is.
    from: &'p ResourceId,
}

/// Something that is backed up or restored: what was seen of it, and its ARN, with holes.
struct Subject<'s> {
    seen: Option<&'s Resource>,
    arn: String,
}

impl Asked<'_, '_, '_> {
    /// Asks about any resource of the type.
    fn ask_any(&self, service: &Service, needs: &Needs) -> Found {
        let any = Subject { seen: None, arn: self.arn(service.arn, HOLE_NAME) };
        let (mut lacking, mut doubt) = (BTreeSet::new(), None);
        let found = self.subject(needs, &any);
        if self.weigh(service, found, None, &mut lacking, &mut doubt) {
            return Found::Lacks(lacking.into_iter().collect::<Vec<_>>().join(", "));
        }
        doubt.map_or(Found::Nothing, Found::Doubt)
    }

    fn ask(&self, service: &Service, needs: &Needs, assigned: &Assigned<'_>) -> Found {
        let mut lacking: BTreeSet<String> = BTreeSet::new();
        let mut names: BTreeSet<String> = BTreeSet::new();
        let mut doubt = None;
        let any = Subject { seen: None, arn: self.arn(service.arn, HOLE_NAME) };
        let of_any = self.subject(needs, &any);
        for (resource, why) in &assigned.seen {
            let arn = place::arn_of(resource).value().cloned().unwrap_or_else(|| any.arn.clone());
            let guarded = matches!(&resource.facts, Facts::Bucket(facts) if !facts.policy.is_absent());
            let all_alike = !guarded && of_any.iter().all(|(_, allowed)| !allowed.is_unknown());
            let subject = Subject { seen: Some(resource), arn };
            let found = if all_alike { of_any.clone() } else { self.subject(needs, &subject) };
            let doubts = [why.as_ref(), resource.exists.reasons()];
            let why = doubts.into_iter().flatten().cloned().reduce(|a, b| a.and(&b));
            if self.weigh(service, found, why.as_ref(), &mut lacking, &mut doubt) {
                names.insert(resource.name.to_string());
            }
        }
        for (text, why) in &assigned.named {
            let subject = Subject { seen: None, arn: text.replace(['*', '?'], &HOLE.to_string()) };
            let found = self.subject(needs, &subject);
            if self.weigh(service, found, why.as_ref(), &mut lacking, &mut doubt) {
                names.insert(shown(text));
            }
        }
        if lacking.is_empty()
            && let Some(why) = &assigned.unseen
        {
            self.weigh(service, of_any, Some(why), &mut lacking, &mut doubt);
        }
        match (lacking.is_empty(), doubt) {
            (false, _) => Found::Lacks(told(&lacking, &names)),
            (true, Some(doubt)) => Found::Doubt(doubt),
            (true, None) => Found::Nothing,
        }
    }

    /// Adds up what was found of a subject, and says whether it certainly lacks something; `why` is why it is only
    /// possible that it matters.
    fn weigh(
        &self,
        service: &Service,
        found: Vec<(Need, Fact<bool>)>,
        why: Option<&Reasons>,
        lacking: &mut BTreeSet<String>,
        doubt: &mut Option<Reasons>,
    ) -> bool {
        let mut certain = false;
        for (need, allowed) in found {
            match &allowed.state {
                State::Known(true) => {}
                State::Unknown(reasons) => {
                    add_reasons(doubt, &why.map_or_else(|| reasons.clone(), |why| why.and(reasons)))
                }
                State::Known(false) | State::Absent => match (why, need.makes) {
                    (None, true) => {
                        certain = true;
                        lacking.insert(format!("{}{}", need.actions.join(" and "), self.elsewhere(&need)));
                    }
                    (Some(why), true) => {
                        let lack = format!("the role lacks {} for {}", need.actions.join(" and "), service.what);
                        add_reasons(doubt, &Reasons::from(lack).and(why));
                    }
                    (_, false) => {
                        let lack = format!(
                            "the role lacks {}, which AWS asks for with {}; AWS does not say what becomes of jobs without it",
                            need.actions.join(" and "),
                            service.what,
                        );
                        add_reasons(
                            doubt,
                            &why.map_or_else(|| lack.clone().into(), |why| Reasons::from(lack.clone()).and(why)),
                        );
                    }
                },
            }
        }
        certain
    }

    /// What a subject needs, and whether the role may.
    fn subject(&self, needs: &Needs, subject: &Subject<'_>) -> Vec<(Need, Fact<bool>)> {
        let advanced = self.advanced();
        let mut all = Vec::new();
        let one = |actions: &[&'static str], on: On, makes: bool| {
            let allowed = Fact::any(actions.iter().map(|action| self.can(action, on, subject)));
            (Need { actions: actions.to_vec(), makes }, allowed)
        };
        let known = |(actions, _): &Calls| *actions == ADVANCED_OR_NOT && advanced.is_known();
        for calls in needs.makes {
            match advanced.value() {
                Some(advanced) if known(calls) => {
                    let call = ADVANCED_OR_NOT.get(usize::from(!advanced)).copied();
                    all.extend(call.map(|call| one(&[call], calls.1, true)));
                }
                _ => all.push(one(calls.0, calls.1, true)),
            }
        }
        let further = needs.further.iter().filter(|calls| !known(calls));
        all.extend(
            further
                .flat_map(|(actions, on)| actions.iter().map(move |action| (*action, *on)))
                .map(|(action, on)| one(&[action], on, false)),
        );
        all
    }

    /// Whether the advanced features for DynamoDB are on in the Region.
    fn advanced(&self) -> Fact<bool> {
        let region = self.index.region(self.from.account.as_deref(), self.from.region.as_deref());
        let managed = region.map(|region| region.backup_full_management.as_ref());
        let on = managed.map(|managed| managed.map(|types| types.get("DynamoDB").copied()));
        on.map_or_else(|| Fact::unknown("not read"), |on| on.and_then(Fact::from_option))
    }

    fn can(&self, action: &str, on: On, subject: &Subject<'_>) -> Fact<bool> {
        if let On::ItselfOr(other) = on {
            return Fact::any([On::Itself, On::Arn(other)].map(|on| self.can(action, on, subject)));
        }
        let name = Arn::parse(&subject.arn).and_then(|arn| arn.resource.rsplit([':', '/']).next());
        let arn = match on {
            On::Itself | On::ItselfOr(_) => subject.arn.clone(),
            On::Objects => format!("{}/{HOLE}", subject.arn),
            On::Arn(template) => self.arn(template, name.unwrap_or(HOLE_NAME)),
            On::Nothing => "*".to_owned(),
        };
        let mut context = Context::open();
        if let Some(resource) = subject.seen.filter(|_| matches!(on, On::Itself)) {
            for (key, value) in resource.tags.entries.iter() {
                let value = value.value().map_or(Value::Present, |value| Value::Known(vec![value.clone()]));
                context.set(&format!("aws:ResourceTag/{key}"), value);
            }
        }
        let policy = match (subject.seen.map(|resource| (resource, &resource.facts)), on) {
            (Some((resource, Facts::Bucket(facts))), On::Itself | On::Objects) => self
                .policies
                .of_resource(&resource.id)
                .map(|policy: &Attachment| (policy, facts.policy.value().map_or("", String::as_str))),
            _ => None,
        };
        self.ability.can(action, &arn, policy, &context)
    }

    /// An ARN in the plan's partition, Region and account.
    fn arn(&self, template: &str, name: &str) -> String {
        let hole = HOLE.to_string();
        let region = self.from.region.as_deref().unwrap_or(&hole);
        let account = self.ability.identity.account().or(self.from.account.as_deref()).unwrap_or(&hole);
        let filled = template.replace("{r}", region).replace("{a}", account).replace("{n}", name).replace('*', &hole);
        format!("arn:{}:{filled}", self.from.likely_partition())
    }

    /// Where an inline policy allows the action on something else, for people.
    fn elsewhere(&self, need: &Need) -> String {
        let inline = self.ability.identity.facts.inline.value().into_iter().flatten();
        let mut found = Vec::new();
        for policy in inline {
            let text = policy.document.value().map_or("", String::as_str);
            let all = statements(text);
            let means = |one: &&Statement| need.actions.iter().any(|action| one.speaks_of(action));
            for statement in all.iter().filter(means) {
                let what = if statement.denies { "denies" } else { "allows" };
                let resources = shown(&statement.resources.join(", "));
                found.push(format!("policy `{}`, {} {what} it on {resources}", shown(&policy.name), statement.label()));
            }
        }
        if found.is_empty() { String::new() } else { format!(" ({})", found.join("; ")) }
    }
}

/// A call, of which one is enough, and whether it is the one that makes the backup.
#[derive(Clone)]
struct Need {
    actions: Vec<&'static str>,
    makes: bool,
}

const HOLE_NAME: &str = "\u{fffc}";

/// `s3:GetObject (policy …) on orders, bills and 2 more`.
fn told(lacking: &BTreeSet<String>, names: &BTreeSet<String>) -> String {
    let first: Vec<&str> = names.iter().take(MOST_NAMES).map(String::as_str).collect();
    let more = match names.len().saturating_sub(MOST_NAMES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let lacking: Vec<&str> = lacking.iter().map(String::as_str).collect();
    format!("{} on {}{more}", lacking.join(", "), first.join(", "))
}

/// The reason that something may be assigned that nobody saw.
fn not_seen(service: &Service, live: bool) -> Reasons {
    let what = service.what;
    if live {
        return format!("{what} that AWS Backup never backed up are not seen, and the selection may assign some")
            .into();
    }
    Reason::new(format!("the selection may assign {what} of another stack"))
        .cured_by(Cure::Setting("complete = true in backstop.toml".to_owned()))
        .into()
}

#[cfg(test)]
mod tests;
