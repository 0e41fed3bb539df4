//! The policies of a snapshot, read once, and who they are attached to.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::derive::index::{Index, Of, add_reasons};
use crate::derive::place::Arn;
use crate::iam::{self, Attachment, Context, Decision, Effect, Layer, Layers, Library, PolicyId, Truth, Value};
use crate::model::fact::{Cure, Fact, Reason, Reasons, State};
use crate::model::iam::{ManagedPolicy, NamedPolicy, Principal};
use crate::model::identity::ResourceId;
use crate::model::position::Position;
use crate::model::resource::{Facts, Link, Resource, Tags};

use super::actions;
use super::backup_role::managed::MANAGED;
use super::replication_role::users::Replicators;
use super::runners;
use super::service_control::{Control, Levels, control, levels};

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
    /// Of each of these, what is known beside its text.
    pub origins: Vec<Origin<'a>>,
    /// The lists of managed policies that it and its groups have, and why some of its groups were not read.
    pub lists: Vec<&'a Fact<Vec<Link>>>,
    pub groups_unread: Option<Reasons>,
    /// The ARNs of its groups: whoever writes their policies, writes what it may do.
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

/// Where an identity's policy comes from.
#[derive(Clone, Default)]
pub struct Origin<'a> {
    /// The ARN of the group that it hangs on; none where it hangs on the identity itself.
    pub group: Option<String>,
    /// Whether it is a managed policy, and not an inline one.
    pub managed: bool,
    /// Whether it is AWS's own.
    pub of_aws: bool,
    /// The ARN of a managed policy, where that is known.
    pub arn: Option<String>,
    /// Where its statements stand in a file; empty where that is not known.
    statements: &'a [Option<Arc<Position>>],
}

/// A group of the snapshot, with its policies.
pub struct Group<'a> {
    pub arn: String,
    pub account: Option<Arc<str>>,
    pub name: Arc<str>,
    pub attached: Vec<Attachment>,
    pub origins: Vec<Origin<'a>>,
    pub exists: Fact<bool>,
}

impl Identity<'_> {
    /// Where the first statement stands, of those that surely allow something by its own policies, whose place is
    /// known.
    pub fn place(&self, decision: &Decision) -> Option<Arc<Position>> {
        let allows = decision.grounds.iter().filter(|ground| {
            ground.layer == Layer::Identity && ground.effect == Some(Effect::Allow) && ground.holds == Truth::Yes
        });
        allows.filter_map(|ground| self.statement(&ground.policy, ground.statement?)).next()
    }

    /// Where a statement of a policy stands. Two policies may bear one name, but not the same text of a name.
    fn statement(&self, policy: &Arc<str>, number: usize) -> Option<Arc<Position>> {
        let mut own = self.attached.iter().zip(&self.origins);
        let (_, origin) = own.find(|(attachment, _)| Arc::ptr_eq(&attachment.name, policy))?;
        origin.statements.get(number)?.clone()
    }

    /// Its account; none where the files do not say it.
    pub fn account(&self) -> Option<&str> {
        self.resource.id.account.as_deref()
    }

    /// Whether it is a role.
    pub fn is_role(&self) -> bool {
        matches!(self.resource.facts, Facts::Role(_))
    }
}

/// All policies of a snapshot.
pub struct Policies<'a> {
    pub library: Library,
    /// Users and roles, in the snapshot's order.
    pub identities: Vec<Identity<'a>>,
    /// The groups that users may be put into.
    pub groups: Vec<Group<'a>>,
    /// The policies of vaults, buckets and keys, and whatever text was added besides.
    documents: HashMap<&'a ResourceId, Option<Attachment>>,
    controls: HashMap<Option<&'a str>, Control>,
    /// The service control policies of every account of the organization, where they could be read.
    pub controlled: BTreeMap<String, Levels>,
    numbers: HashMap<&'a ResourceId, usize>,
    /// The texts of identity policies and trust policies.
    texts: HashMap<PolicyId, &'a str>,
    /// Which buckets replicate with which role.
    pub replicators: Replicators<'a>,
    /// A policy that allows everything, to see what somebody could do who writes their own.
    pub everything: [Attachment; 1],
    /// A policy of a resource that nobody saw.
    pub unread: Attachment,
    /// Whether they are those of a live account.
    pub live: bool,
    /// What is known of policies of AWS for roles of AWS Backup, by their path, where their texts were not read.
    stand_ins: Vec<(&'static str, PolicyId)>,
}

/// What people call a policy that somebody writes for themselves.
pub const OF_ITS_OWN: &str = "a policy of its own making";

/// In place of a name.
const UNNAMED: &str = "of unknown name";

const EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

impl<'a> Policies<'a> {
    /// Reads them.
    pub fn new(index: &Index<'a>) -> Self {
        let mut reader = Reader {
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
        let mut controlled = BTreeMap::new();
        for resource in &index.snapshot.resources {
            if let Facts::Account(account) = &resource.facts
                && let Some(control) = account.service_control.value()
            {
                controlled.extend(levels(&mut reader.library, control));
            }
        }
        let mut controls = HashMap::new();
        for resource in &index.snapshot.resources {
            let account = resource.id.account.as_deref();
            controls.entry(account).or_insert_with(|| control(index, account, &controlled));
        }
        let everything = [Attachment::new(OF_ITS_OWN, reader.library.add(EVERYTHING))];
        let stand_ins = MANAGED.iter().map(|managed| (managed.path, reader.library.add(&managed.stand_in()))).collect();
        let all = Self {
            library: reader.library,
            identities,
            groups,
            numbers,
            documents,
            controls,
            controlled,
            texts: reader.texts,
            replicators: Replicators::default(),
            everything,
            stand_ins,
            unread: Attachment::unread("the policy of what was not listed"),
            live: index.live(),
        };
        Self { replicators: Replicators::new(index, &all), ..all }
    }

    /// The text of an identity policy or trust policy; none where it was not read.
    pub fn text(&self, attachment: &Attachment) -> Option<&'a str> {
        self.texts.get(&attachment.policy?).copied()
    }

    /// The user or role with this identity.
    pub fn identity(&self, id: &ResourceId) -> Option<&Identity<'a>> {
        self.identities.get(*self.numbers.get(id)?)
    }

    /// The policy of a vault, bucket or key; none where it has none.
    pub fn of_resource(&self, id: &ResourceId) -> Option<&Attachment> {
        self.documents.get(id)?.as_ref()
    }

    /// The policy with this ARN as a permissions boundary; unread where nobody has it as theirs.
    pub fn boundary_named(&self, arn: &str) -> Attachment {
        let of_it = self.identities.iter().find(|one| one.boundary_arn.as_deref() == Some(arn));
        let known = of_it.and_then(|one| one.boundary.clone());
        known.unwrap_or_else(|| Attachment::unread("a permissions boundary that nobody has"))
    }

    /// What stands for a policy of AWS that was not read, by its path.
    pub fn stand_in(&self, path: &str) -> Option<PolicyId> {
        self.stand_ins.iter().find(|(own, _)| *own == path).map(|(_, policy)| *policy)
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

/// The root module or template, the account and the name of a group.
type GroupName<'a> = (Option<&'a str>, Option<&'a str>, &'a str);

/// Reads the policies of identities.
struct Reader<'a> {
    library: Library,
    texts: HashMap<PolicyId, &'a str>,
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
    fn whole_group(&mut self, resource: &'a Resource, facts: &'a Principal) -> Group<'a> {
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

    fn resource_policy(&mut self, policy: &'a Fact<String>, name: &str) -> Option<Attachment> {
        match &policy.state {
            State::Known(text) => Some(Attachment::new(name, self.add(text))),
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
