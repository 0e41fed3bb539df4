//! Reads the policies of users, roles and groups, and what is attached to whom.

use std::collections::HashMap;
use std::sync::Arc;

use crate::derive::index::{Index, Of, add_reasons};
use crate::derive::place::Arn;
use crate::iam::{self, Attachment, Context, Library, PolicyId, Value};
use crate::model::fact::{Cure, Fact, Reason, Reasons, State};
use crate::model::iam::{ManagedPolicy, NamedPolicy, Principal};
use crate::model::identity::ResourceId;
use crate::model::resource::{Facts, Link, Resource, Tags};

use super::super::{actions, runners};
use super::{Group, Identity, Origin};

/// In place of a name.
const UNNAMED: &str = "of unknown name";

/// The root module or template, the account and the name of a group.
type GroupName<'a> = (Option<&'a str>, Option<&'a str>, &'a str);

/// Reads the policies of identities.
pub struct Reader<'a> {
    pub library: Library,
    pub texts: HashMap<PolicyId, &'a str>,
    /// By ARN, or by what the file calls it.
    managed: HashMap<&'a str, Of<'a, ManagedPolicy>>,
    /// By root module or template, and name.
    by_name: HashMap<(Option<&'a str>, &'a str), Of<'a, ManagedPolicy>>,
    groups: HashMap<GroupName<'a>, Of<'a, Principal>>,
    group_ids: HashMap<&'a ResourceId, Of<'a, Principal>>,
}

impl<'a> Reader<'a> {
    /// With the managed policies and groups that others refer to.
    pub fn new(index: &Index<'a>) -> Self {
        let mut reader = Self {
            library: Library::new(actions::all().chain(runners::actions())),
            texts: HashMap::new(),
            managed: HashMap::new(),
            by_name: HashMap::new(),
            groups: HashMap::new(),
            group_ids: HashMap::new(),
        };
        for resource in &index.snapshot.resources {
            let root = resource.id.root.as_deref();
            match &resource.facts {
                Facts::ManagedPolicy(facts) => {
                    reader.managed.insert(&resource.id.id, (resource, facts));
                    if let Some(name) = facts.name.value() {
                        reader.by_name.insert((root, name), (resource, facts));
                    }
                }
                Facts::Group(facts) => {
                    reader.group_ids.insert(&resource.id, (resource, facts));
                    if let Some(name) = facts.name.value() {
                        reader.groups.insert((root, resource.id.account.as_deref(), name), (resource, facts));
                    }
                }
                _ => {}
            }
        }
        reader
    }

    /// A user or role with its policies; none where its ARN is none of either.
    pub fn identity(&mut self, resource: &'a Resource, facts: &'a Principal) -> Option<Identity<'a>> {
        let arn = arn_of(resource);
        let principal = iam::Principal::of_arn(&arn)?;
        let mut unread = None;
        let mut attached = Vec::new();
        let mut origins = Vec::new();
        let mut lists = vec![&facts.attached];
        let mut groups_unread = None;
        let mut groups = Vec::new();
        self.attach(resource, facts, None, (&mut attached, &mut origins), &mut unread);
        match &facts.groups.state {
            State::Known(links) => {
                for link in links {
                    let name = link.text.value().map_or(UNNAMED, String::as_str);
                    match self.group(resource, link) {
                        Some((group, facts)) => {
                            groups.push(arn_of(group).to_string());
                            lists.push(&facts.attached);
                            self.attach(resource, facts, Some(group), (&mut attached, &mut origins), &mut unread);
                        }
                        None => {
                            attached.push(Attachment::unread(&format!("the policies of group {name}")));
                            origins.push(Origin { group: Some(iam::HOLE.to_string()), ..Origin::default() });
                            let why: Reasons = format!("group `{name}` was not read").into();
                            add_reasons(&mut unread, &why);
                            add_reasons(&mut groups_unread, &why);
                        }
                    }
                }
            }
            State::Absent => {}
            State::Unknown(reasons) => {
                attached.push(Attachment::unread("the policies of its groups"));
                origins.push(Origin { group: Some(iam::HOLE.to_string()), ..Origin::default() });
                add_reasons(&mut unread, reasons);
                add_reasons(&mut groups_unread, reasons);
            }
        }
        let boundary = match &facts.boundary.state {
            State::Known(link) => Some(self.managed_policy(resource, link, "", &mut unread)),
            State::Absent => None,
            State::Unknown(reasons) => {
                add_reasons(&mut unread, reasons);
                Some(Attachment::unread("the permissions boundary"))
            }
        };
        let trust = match &resource.facts {
            Facts::Role(_) => {
                let trust = self.resource_policy(&facts.trust, "the trust policy");
                Some(trust.unwrap_or_else(|| Attachment::unread("the trust policy")))
            }
            _ => None,
        };
        let boundary_arn = facts.boundary.value().and_then(|link| self.arn_of_policy(resource, link));
        let context = if matches!(resource.facts, Facts::User(_)) { tags(&resource.tags) } else { Context::open() };
        Some(Identity {
            resource,
            facts,
            arn,
            principal,
            attached,
            origins,
            lists,
            groups_unread,
            groups,
            boundary,
            boundary_arn,
            trust,
            unread,
            context,
        })
    }

    /// A group, with the policies that whoever is put into it has.
    pub fn whole_group(&mut self, resource: &'a Resource, facts: &'a Principal) -> Group<'a> {
        let (mut attached, mut origins) = (Vec::new(), Vec::new());
        self.attach(resource, facts, Some(resource), (&mut attached, &mut origins), &mut None);
        let (arn, account, name) = (arn_of(resource).to_string(), resource.id.account.clone(), resource.name.clone());
        Group { arn, account, name, attached, origins, exists: resource.exists.clone() }
    }

    fn attach(
        &mut self,
        resource: &Resource,
        facts: &'a Principal,
        group: Option<&Resource>,
        (attached, origins): (&mut Vec<Attachment>, &mut Vec<Origin<'a>>),
        unread: &mut Option<Reasons>,
    ) {
        let prefix = group.map_or_else(String::new, |group| format!("group {}: ", group.name));
        let group = group.map(|group| arn_of(group).to_string());
        let inline = Origin { group: group.clone(), ..Origin::default() };
        let mut add = |policy: Attachment, origin: Origin<'a>| {
            attached.push(policy);
            origins.push(origin);
        };
        match &facts.inline.state {
            State::Known(policies) => {
                for NamedPolicy { name, document, statements } in policies {
                    let name = format!("{prefix}{}", name.replace(iam::HOLE, "?"));
                    match &document.state {
                        State::Known(text) => {
                            add(Attachment::new(&name, self.add(text)), Origin { statements, ..inline.clone() });
                        }
                        State::Absent => {}
                        State::Unknown(reasons) => {
                            add_reasons(unread, reasons);
                            add(Attachment::unread(&name), inline.clone());
                        }
                    }
                }
            }
            State::Absent => {}
            State::Unknown(reasons) => {
                add_reasons(unread, reasons);
                add(Attachment::unread(&format!("{prefix}inline policies")), inline);
            }
        }
        match &facts.attached.state {
            State::Known(links) => {
                for link in links {
                    let arn = self.arn_of_policy(resource, link);
                    let found = self.policy(resource, link);
                    let statements = found.map_or(&[][..], |(_, policy)| &policy.statements);
                    let of_aws = is_of_aws(link);
                    let origin = Origin { group: group.clone(), managed: true, of_aws, arn, statements };
                    add(self.managed_policy(resource, link, &prefix, unread), origin);
                }
            }
            State::Absent => {}
            State::Unknown(reasons) => {
                add_reasons(unread, reasons);
                let origin = Origin { group, managed: true, ..Origin::default() };
                add(Attachment::unread(&format!("{prefix}attached policies")), origin);
            }
        }
    }

    fn managed_policy(
        &mut self,
        resource: &Resource,
        link: &Link,
        prefix: &str,
        unread: &mut Option<Reasons>,
    ) -> Attachment {
        let found = self.policy(resource, link);
        let text = link.text.value().map_or(UNNAMED, String::as_str);
        let name = found.map_or_else(|| text.rsplit('/').next().unwrap_or(text), |(policy, _)| &policy.name);
        let name = format!("{prefix}{name}");
        match found.map(|(_, policy)| &policy.document.state) {
            Some(State::Known(text)) => Attachment::new(&name, self.add(text)),
            Some(State::Unknown(reasons)) => {
                add_reasons(unread, reasons);
                Attachment::unread(&name)
            }
            Some(State::Absent) | None => {
                let which =
                    if text == UNNAMED { "a policy of unknown name".to_owned() } else { format!("policy `{name}`") };
                let reason = Reason::new(format!("the text of {which} was not read"));
                add_reasons(unread, &reason.cured_by(Cure::Source("audit the live account".to_owned())).into());
                Attachment::unread(&name)
            }
        }
    }

    /// The managed policy of the snapshot that a link means: by what it refers to, its ARN, or, in files, its name.
    fn policy(&self, resource: &Resource, link: &Link) -> Option<Of<'a, ManagedPolicy>> {
        if let Some(target) = &link.target {
            return self.managed.get(&*target.id).filter(|(policy, _)| policy.id == *target).copied();
        }
        let text = link.text.value()?;
        if let Some(found) = self.managed.get(text.as_str()) {
            return Some(*found);
        }
        let arn = Arn::parse(text).filter(|arn| arn.account != "aws")?;
        let name = arn.resource.rsplit('/').next()?;
        let root = resource.id.root.as_deref()?;
        self.by_name.get(&(Some(root), name)).copied()
    }

    fn group(&self, resource: &Resource, link: &Link) -> Option<Of<'a, Principal>> {
        if let Some(target) = &link.target {
            return self.group_ids.get(target).copied();
        }
        let (root, account) = (resource.id.root.as_deref(), resource.id.account.as_deref());
        self.groups.get(&(root, account, link.text.value()?.as_str())).copied()
    }

    fn arn_of_policy(&self, resource: &Resource, link: &Link) -> Option<String> {
        let text = link.text.value().filter(|text| Arn::parse(text).is_some()).cloned();
        text.or_else(|| Some(arn_of(self.policy(resource, link)?.0).to_string()))
    }

    /// Puts a text into the library, and keeps it.
    fn add(&mut self, text: &'a str) -> PolicyId {
        let id = self.library.add(text);
        self.texts.insert(id, text);
        id
    }

    /// The policy of a resource; none where it has none.
    pub fn resource_policy(&mut self, policy: &'a Fact<String>, name: &str) -> Option<Attachment> {
        match &policy.state {
            State::Known(text) => Some(Attachment::new(name, self.add(text))),
            State::Absent => None,
            State::Unknown(_) => Some(Attachment::unread(name)),
        }
    }
}

/// Whether a link means a policy that AWS manages.
fn is_of_aws(link: &Link) -> bool {
    link.text.value().and_then(|text| Arn::parse(text)).is_some_and(|arn| arn.account == "aws")
}

/// The ARN of what IAM has, with holes for what is not known.
fn arn_of(resource: &Resource) -> Arc<str> {
    if Arn::parse(&resource.id.id).is_some() {
        return Arc::clone(&resource.id.id);
    }
    let hole = iam::HOLE.to_string();
    let (kind, name, path) = match &resource.facts {
        Facts::Role(facts) => ("role", &facts.name, &facts.path),
        Facts::Group(facts) => ("group", &facts.name, &facts.path),
        Facts::ManagedPolicy(facts) => ("policy", &facts.name, &facts.path),
        Facts::User(facts) => ("user", &facts.name, &facts.path),
        _ => return hole.into(),
    };
    let partition = resource.id.likely_partition();
    let account = resource.id.account.as_deref().unwrap_or(&hole);
    let name = name.value().unwrap_or(&hole);
    let path = match &path.state {
        State::Known(path) => path.clone(),
        State::Absent => "/".to_owned(),
        State::Unknown(_) => format!("/{hole}"),
    };
    format!("arn:{partition}:iam::{account}:{kind}{path}{name}").into()
}

/// The tags of a user, which its requests carry. A role's session may bear others ("Passing session tags in AWS STS" in
/// the IAM User Guide).
fn tags(tags: &Tags) -> Context {
    let mut context = Context::open();
    for (key, value) in tags.entries.iter() {
        let value = value.value().map_or(Value::Present, |value| Value::Known(vec![value.clone()]));
        context.set(&format!("aws:PrincipalTag/{key}"), value);
    }
    context
}
