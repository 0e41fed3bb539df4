//! The policies of a snapshot, read once, and who they are attached to.

use std::collections::HashMap;
use std::sync::Arc;

use crate::derive::index::{Index, Of, add_reasons};
use crate::derive::place::Arn;
use crate::iam::{self, Attachment, Context, Layers, Library, Truth, Value};
use crate::model::account::{Account, Organization};
use crate::model::fact::{Cure, Fact, Reason, Reasons, State};
use crate::model::iam::{ManagedPolicy, NamedPolicy, Principal};
use crate::model::identity::ResourceId;
use crate::model::resource::{Facts, Link, Resource, Tags};

use super::actions;

/// A user or role of the snapshot, with all policies that are its own.
pub struct Identity<'a> {
    pub resource: &'a Resource,
    pub facts: &'a Principal,
    /// Its ARN, with holes for what is not known.
    pub arn: Arc<str>,
    /// As requests name it.
    pub principal: iam::Principal,
    /// Inline and attached policies; for a user, those of its groups too.
    pub attached: Vec<Attachment>,
    /// Where each of these comes from.
    pub origins: Vec<Origin>,
    /// The lists of managed policies that it and its groups have, and why some of its groups were not read.
    pub lists: Vec<&'a Fact<Vec<Link>>>,
    pub groups_unread: Option<Reasons>,
    /// The ARNs of the customer's own managed policies among them, and of its groups: whoever writes those, writes what
    /// it may do.
    pub managed: Vec<String>,
    pub groups: Vec<String>,
    pub boundary: Option<Attachment>,
    /// The ARN of the policy that is its boundary, where that is known.
    pub boundary_arn: Option<String>,
    /// Its trust policy, if it is a role.
    pub trust: Option<Attachment>,
    /// Why some of these were not read.
    pub unread: Option<Reasons>,
    /// What is known of its requests: the tags of a user.
    pub context: Context,
}

impl Identity<'_> {
    /// Its account; none where the files do not say it.
    pub fn account(&self) -> Option<&str> {
        self.resource.id.account.as_deref()
    }

    /// Whether it is a role.
    pub fn is_role(&self) -> bool {
        matches!(self.resource.facts, Facts::Role(_))
    }
}

/// Where an attachment of an identity comes from.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The ARN of the group that it hangs on; none where it hangs on the identity itself.
    pub group: Option<String>,
    /// Whether it is a managed policy, and not an inline one.
    pub managed: bool,
    /// Whether AWS manages it.
    pub of_aws: bool,
    /// The ARN of a managed policy, where that is known.
    pub arn: Option<String>,
}

/// A group of the snapshot, with its policies.
pub struct Group {
    pub arn: String,
    pub account: Option<Arc<str>>,
    pub name: Arc<str>,
    pub attached: Vec<Attachment>,
}

/// What service control policies are known of an account.
struct Control {
    scps: Vec<Vec<Attachment>>,
    in_management_account: Truth,
    reasons: Option<Reasons>,
}

/// All policies of a snapshot.
pub struct Policies<'a> {
    pub library: Library,
    /// Users and roles, in the snapshot's order.
    pub identities: Vec<Identity<'a>>,
    /// The groups that users may be put into.
    pub groups: Vec<Group>,
    /// The policies of vaults, buckets and keys, and whatever text was added besides.
    documents: HashMap<&'a ResourceId, Option<Attachment>>,
    controls: HashMap<Option<&'a str>, Control>,
    numbers: HashMap<&'a ResourceId, usize>,
    /// A policy that allows everything, to see what somebody could do who writes their own.
    pub everything: [Attachment; 1],
}

/// What people call a policy that somebody writes for themselves.
pub const OF_ITS_OWN: &str = "a policy of its own making";

const EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

impl<'a> Policies<'a> {
    /// Reads them.
    pub fn new(index: &Index<'a>) -> Self {
        let mut reader = Reader {
            library: Library::new(actions::all()),
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
        let mut identities = Vec::new();
        let mut groups = Vec::new();
        let mut numbers = HashMap::new();
        let mut documents = HashMap::new();
        for resource in &index.snapshot.resources {
            match &resource.facts {
                Facts::User(facts) | Facts::Role(facts) => {
                    if let Some(identity) = reader.identity(resource, facts) {
                        numbers.insert(&resource.id, identities.len());
                        identities.push(identity);
                    }
                }
                Facts::Group(facts) => groups.push(reader.whole_group(resource, facts)),
                Facts::Vault(facts) => {
                    documents.insert(&resource.id, reader.resource_policy(&facts.policy, "the vault's access policy"));
                }
                Facts::Bucket(facts) => {
                    documents.insert(&resource.id, reader.resource_policy(&facts.policy, "the bucket policy"));
                }
                Facts::Key(facts) => {
                    let policy = reader.resource_policy(&facts.policy, "the key policy");
                    // A key always has a policy.
                    documents.insert(&resource.id, policy.or_else(|| Some(Attachment::unread("the key policy"))));
                }
                _ => {}
            }
        }
        let mut controls = HashMap::new();
        for resource in &index.snapshot.resources {
            let account = resource.id.account.as_deref();
            controls.entry(account).or_insert_with(|| control(index, account));
        }
        let everything = [Attachment::new(OF_ITS_OWN, reader.library.add(EVERYTHING))];
        Self { library: reader.library, identities, groups, numbers, documents, controls, everything }
    }

    /// The user or role with this identity.
    pub fn identity(&self, id: &ResourceId) -> Option<&Identity<'a>> {
        self.identities.get(*self.numbers.get(id)?)
    }

    /// The policy of a vault, bucket or key; none where it has none.
    pub fn of_resource(&self, id: &ResourceId) -> Option<&Attachment> {
        self.documents.get(id)?.as_ref()
    }

    /// The layers that bear upon what an identity asks, without any policy of the resource.
    pub fn layers<'s>(&'s self, identity: &'s Identity<'a>) -> Layers<'s> {
        let control = self.controls.get(&identity.account());
        Layers {
            boundary: identity.boundary.as_ref(),
            scps: control.map_or(&[], |control| &control.scps),
            in_management_account: control.map_or(Truth::Maybe, |control| control.in_management_account),
            ..Layers::new(&identity.attached)
        }
    }

    /// Why an answer about this identity may be open: policies that were not read.
    pub fn unread(&self, identity: &Identity<'a>) -> Option<Reasons> {
        let mut reasons = identity.unread.clone();
        let control = self.controls.get(&identity.account()).and_then(|control| control.reasons.as_ref());
        if let Some(more) = control {
            add_reasons(&mut reasons, more);
        }
        reasons
    }
}

/// The root module or template of a group, its account, and its name.
type GroupName<'a> = (Option<&'a str>, Option<&'a str>, &'a str);

/// Reads the policies of identities.
struct Reader<'a> {
    library: Library,
    /// By ARN, or by what the file calls it.
    managed: HashMap<&'a str, Of<'a, ManagedPolicy>>,
    /// By root module or template, and name.
    by_name: HashMap<(Option<&'a str>, &'a str), Of<'a, ManagedPolicy>>,
    groups: HashMap<GroupName<'a>, Of<'a, Principal>>,
    group_ids: HashMap<&'a ResourceId, Of<'a, Principal>>,
}

impl<'a> Reader<'a> {
    fn identity(&mut self, resource: &'a Resource, facts: &'a Principal) -> Option<Identity<'a>> {
        let arn = arn_of(resource);
        let principal = iam::Principal::of_arn(&arn)?;
        let mut unread = None;
        let mut attached = Vec::new();
        let mut origins = Vec::new();
        let mut lists = vec![&facts.attached];
        let mut groups_unread = None;
        let mut groups = Vec::new();
        let mut managed = self.own_policies(resource, facts);
        self.attach(resource, facts, None, (&mut attached, &mut origins), &mut unread);
        match &facts.groups.state {
            State::Known(links) => {
                for link in links {
                    let name = link.text.value().map_or("of unknown name", String::as_str);
                    match self.group(resource, link) {
                        Some((group, facts)) => {
                            groups.push(arn_of(group).to_string());
                            managed.extend(self.own_policies(resource, facts));
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
            managed,
            groups,
            boundary,
            boundary_arn,
            trust,
            unread,
            context,
        })
    }

    /// A group, with the policies that whoever is put into it has.
    fn whole_group(&mut self, resource: &'a Resource, facts: &'a Principal) -> Group {
        let (mut attached, mut origins) = (Vec::new(), Vec::new());
        self.attach(resource, facts, Some(resource), (&mut attached, &mut origins), &mut None);
        let (arn, account, name) = (arn_of(resource).to_string(), resource.id.account.clone(), resource.name.clone());
        Group { arn, account, name, attached }
    }

    fn attach(
        &mut self,
        resource: &Resource,
        facts: &Principal,
        group: Option<&Resource>,
        (attached, origins): (&mut Vec<Attachment>, &mut Vec<Origin>),
        unread: &mut Option<Reasons>,
    ) {
        let prefix = group.map_or_else(String::new, |group| format!("group {}: ", group.name));
        let group = group.map(|group| arn_of(group).to_string());
        let inline = Origin { group: group.clone(), ..Origin::default() };
        let mut add = |policy: Attachment, origin: Origin| {
            attached.push(policy);
            origins.push(origin);
        };
        match &facts.inline.state {
            State::Known(policies) => {
                for NamedPolicy { name, document, .. } in policies {
                    let name = format!("{prefix}{}", name.replace(iam::HOLE, "?"));
                    match &document.state {
                        State::Known(text) => add(Attachment::new(&name, self.library.add(text)), inline.clone()),
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
                    let origin = Origin { group: group.clone(), managed: true, of_aws: is_of_aws(link), arn };
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
        let text = link.text.value().map_or("of unknown name", String::as_str);
        let name = found.map_or_else(|| text.rsplit('/').next().unwrap_or(text), |(policy, _)| &policy.name);
        let name = format!("{prefix}{name}");
        match found.map(|(_, policy)| &policy.document.state) {
            Some(State::Known(text)) => Attachment::new(&name, self.library.add(text)),
            Some(State::Unknown(reasons)) => {
                add_reasons(unread, reasons);
                Attachment::unread(&name)
            }
            Some(State::Absent) | None => {
                let reason = Reason::new(format!("the text of policy `{name}` was not read"));
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

    /// The ARNs of attached policies that are the customer's own, and can be changed.
    fn own_policies(&self, resource: &Resource, facts: &Principal) -> Vec<String> {
        let links = facts.attached.value().into_iter().flatten().filter(|link| !is_of_aws(link));
        links.filter_map(|link| self.arn_of_policy(resource, link)).collect()
    }

    fn arn_of_policy(&self, resource: &Resource, link: &Link) -> Option<String> {
        let text = link.text.value().filter(|text| Arn::parse(text).is_some()).cloned();
        text.or_else(|| Some(arn_of(self.policy(resource, link)?.0).to_string()))
    }

    fn resource_policy(&mut self, policy: &Fact<String>, name: &str) -> Option<Attachment> {
        match &policy.state {
            State::Known(text) => Some(Attachment::new(name, self.library.add(text))),
            State::Absent => None,
            State::Unknown(_) => Some(Attachment::unread(name)),
        }
    }
}

/// Whether a link means a policy that AWS manages.
pub fn is_of_aws(link: &Link) -> bool {
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

/// Service control policies bind the members of an organization that has all features, its management account not
/// ("Service control policies (SCPs)" in the AWS Organizations User Guide). A member cannot read them.
fn control(index: &Index<'_>, account: Option<&str>) -> Control {
    let none = |truth| Control { scps: Vec::new(), in_management_account: truth, reasons: None };
    // Of files, what they grant is judged: what an organization takes away again is in no file.
    if index.settings.ignore_scps || !index.live() {
        return none(Truth::No);
    }
    let unread = |in_management_account, why: Reasons| Control {
        scps: vec![vec![Attachment::unread("the organization's service control policies")]],
        in_management_account,
        reasons: Some(why),
    };
    let cured = |why: &str| -> Reasons { Reason::new(why).cured_by(Cure::Setting("ignore-scps".to_owned())).into() };
    let Some(Account { organization, .. }) = index.account(account) else {
        return unread(Truth::Maybe, cured("whether service control policies restrict the account is not known"));
    };
    let Organization { management_account, all_features, .. } = match &organization.state {
        State::Known(organization) => organization,
        State::Absent => return none(Truth::No),
        State::Unknown(reasons) => return unread(Truth::Maybe, reasons.clone()),
    };
    if all_features.value() == Some(&false) {
        return none(Truth::No);
    }
    match (management_account.value(), account) {
        (Some(management), Some(account)) if management == account => none(Truth::Yes),
        (Some(_), Some(_)) => {
            unread(Truth::No, cured("a member account cannot read the service control policies that restrict it"))
        }
        _ => unread(Truth::Maybe, cured("whether service control policies restrict the account is not known")),
    }
}
