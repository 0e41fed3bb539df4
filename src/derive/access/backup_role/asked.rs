//! What a role lacks for a type: asked of any resource of it, and, where that does not settle it, of each.

use std::collections::BTreeSet;

use crate::derive::index::{Index, add_reasons};
use crate::derive::place::{self, Arn};
use crate::derive::several::several;
use crate::iam::{Attachment, Context, HOLE, Value};
use crate::model::fact::{Fact, Reasons, State};
use crate::model::identity::ResourceId;
use crate::model::resource::{Facts, Resource};

use crate::derive::access::policies::Policies;
use crate::derive::access::statement::{Statement, shown, statements};

use super::ability::Ability;
use super::needs::{ADVANCED_OR_NOT, Calls, Needs, On, Service};
use super::selected::Assigned;

/// How many names are told; the rest are counted.
const MOST_NAMES: usize = 3;

/// What came out for a service.
pub enum Found {
    Nothing,
    Doubt(Reasons),
    /// What the role lacks on what, for people.
    Lacks(String),
}

/// Asks what a role may do.
pub struct Asked<'p, 'i, 'a> {
    pub index: &'p Index<'i>,
    pub policies: &'p Policies<'a>,
    pub ability: &'p Ability<'p, 'a>,
    /// The plan, in the account and Region of which it all is.
    pub from: &'p ResourceId,
}

/// Something that is backed up or restored: what was seen of it, and its ARN, with holes.
struct Subject<'s> {
    seen: Option<&'s Resource>,
    arn: String,
}

impl Asked<'_, '_, '_> {
    /// Asks about any resource of the type.
    pub fn ask_any(&self, service: &Service, needs: &Needs) -> Found {
        let any = Subject { seen: None, arn: self.arn(service.arn, HOLE_NAME) };
        let (mut lacking, mut doubt) = (BTreeSet::new(), None);
        let found = self.subject(needs, &any);
        if self.weigh((service, "restores"), found, None, &mut lacking, &mut doubt) {
            return Found::Lacks(lacking.into_iter().collect::<Vec<_>>().join(", "));
        }
        doubt.map_or(Found::Nothing, Found::Doubt)
    }

    /// Asks about what a selection assigns of the type.
    pub fn ask(&self, service: &Service, needs: &Needs, assigned: &Assigned<'_>) -> Found {
        let work = "backups";
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
            if self.weigh((service, work), found, why.as_ref(), &mut lacking, &mut doubt) {
                names.insert(resource.name.to_string());
            }
        }
        for (text, why) in &assigned.named {
            let subject = Subject { seen: None, arn: text.replace(['*', '?'], &HOLE.to_string()) };
            let found = self.subject(needs, &subject);
            if self.weigh((service, work), found, why.as_ref(), &mut lacking, &mut doubt) {
                names.insert(shown(text));
            }
        }
        if lacking.is_empty()
            && let Some(why) = &assigned.unseen
        {
            self.weigh((service, work), of_any, Some(why), &mut lacking, &mut doubt);
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
        (service, work): (&Service, &str),
        found: Vec<(Need, Fact<bool>)>,
        why: Option<&Reasons>,
        lacking: &mut BTreeSet<String>,
        doubt: &mut Option<Reasons>,
    ) -> bool {
        let (mut makes, mut further) = (Vec::new(), BTreeSet::new());
        let mut open = None;
        for (need, allowed) in found {
            match &allowed.state {
                State::Known(true) => {}
                State::Unknown(reasons) => add_reasons(&mut open, reasons),
                State::Known(false) | State::Absent if need.makes => makes.push(need),
                State::Known(false) | State::Absent => further.extend(need.actions),
            }
        }
        let what = service.what;
        let certain = why.is_none() && !makes.is_empty();
        if certain {
            lacking.extend(makes.iter().map(|need| format!("{}{}", need.told(), self.elsewhere(need))));
        } else if !makes.is_empty() {
            let calls = makes.iter().map(Need::told).collect::<Vec<_>>().join(", ");
            add_reasons(&mut open, &format!("the role lacks {calls}, which {work} of {what} need").into());
        } else if !further.is_empty() {
            let calls = several(&further, MOST_NAMES);
            let text = format!(
                "the role lacks {calls}, which AWS lists for {work} of {what} without saying what becomes of jobs that lack it"
            );
            add_reasons(&mut open, &text.into());
        }
        if let Some(open) = open {
            add_reasons(doubt, &why.map_or_else(|| open.clone(), |why| open.and(why)));
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

/// Calls of which one is enough, and whether it is the one that makes the backup.
#[derive(Clone)]
struct Need {
    actions: Vec<&'static str>,
    makes: bool,
}

impl Need {
    /// What is lacking where none is allowed.
    fn told(&self) -> String {
        self.actions.join(" and ")
    }
}

const HOLE_NAME: &str = "\u{fffc}";

/// `s3:GetObject (policy …) on orders, bills and 2 more`.
fn told(lacking: &BTreeSet<String>, names: &BTreeSet<String>) -> String {
    let lacking: Vec<&str> = lacking.iter().map(String::as_str).collect();
    format!("{} on {}", lacking.join(", "), several(names, MOST_NAMES))
}
