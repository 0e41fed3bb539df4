//! The policies of a snapshot, read once, and who they are attached to.

use std::collections::HashMap;
use std::sync::Arc;

use crate::derive::index::{Index, add_reasons};
use crate::derive::place::Arn;
use crate::iam::{self, Attachment, Context, Layers, Library, Truth, Value};
use crate::model::account::{Account, Organization};
use crate::model::fact::{Cure, Fact, Reason, Reasons, State};
use crate::model::iam::{ManagedPolicy, NamedPolicy, Principal};
use crate::model::identity::ResourceId;
use crate::model::resource::{Facts, Resource, Tags};

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
    /// Of each of these, whether it is AWS's own.
    pub of_aws: Vec<bool>,
    /// The ARNs of the customer's own managed policies among them, and of its groups: whoever writes those, writes what
    /// it may do.
    pub managed: Vec<String>,
    pub groups: Vec<String>,
    pub boundary: Option<Attachment>,
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
        let mut reader =
            Reader { library: Library::new(actions::all()), managed: HashMap::new(), groups: HashMap::new() };
        for resource in &index.snapshot.resources {
            match &resource.facts {
                Facts::ManagedPolicy(facts) => {
                    reader.managed.insert((&*resource.id.id, resource.id.root.as_deref()), facts);
                }
                Facts::Group(facts) => {
                    reader.groups.insert((resource.id.account.as_deref(), &*resource.name), (resource, facts));
                }
                _ => {}
            }
        }
        let mut identities = Vec::new();
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
        Self { library: reader.library, identities, numbers, documents, controls, everything }
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

/// Reads the policies of identities.
struct Reader<'a> {
    library: Library,
    /// By ARN or address, and by root module or template.
    managed: HashMap<(&'a str, Option<&'a str>), &'a ManagedPolicy>,
    groups: HashMap<(Option<&'a str>, &'a str), (&'a Resource, &'a Principal)>,
}

impl<'a> Reader<'a> {
    fn identity(&mut self, resource: &'a Resource, facts: &'a Principal) -> Option<Identity<'a>> {
        let arn = arn_of(resource);
        let principal = iam::Principal::of_arn(&arn)?;
        let mut unread = None;
        let mut attached = Vec::new();
        let mut of_aws = Vec::new();
        let mut groups = Vec::new();
        let mut managed = own_policies(facts);
        self.attach(resource, facts, "", (&mut attached, &mut of_aws), &mut unread);
        match &facts.groups.state {
            State::Known(names) => {
                for name in names {
                    match self.groups.get(&(resource.id.account.as_deref(), name.as_str())).copied() {
                        Some((group, facts)) => {
                            groups.push(group.id.id.to_string());
                            managed.extend(own_policies(facts));
                            let prefix = format!("group {name}: ");
                            self.attach(resource, facts, &prefix, (&mut attached, &mut of_aws), &mut unread);
                        }
                        None => {
                            attached.push(Attachment::unread(&format!("the policies of group {name}")));
                            add_reasons(&mut unread, &format!("group `{name}` was not read").into());
                        }
                    }
                }
            }
            State::Absent => {}
            State::Unknown(reasons) => {
                attached.push(Attachment::unread("the policies of its groups"));
                add_reasons(&mut unread, reasons);
            }
        }
        let boundary = match &facts.boundary.state {
            State::Known(arn) => Some(self.managed_policy(resource, arn, "", &mut unread)),
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
        of_aws.resize(attached.len(), false);
        let context = if matches!(resource.facts, Facts::User(_)) { tags(&resource.tags) } else { Context::open() };
        Some(Identity {
            resource,
            facts,
            arn,
            principal,
            attached,
            of_aws,
            managed,
            groups,
            boundary,
            trust,
            unread,
            context,
        })
    }

    fn attach(
        &mut self,
        resource: &Resource,
        facts: &Principal,
        prefix: &str,
        (attached, of_aws): (&mut Vec<Attachment>, &mut Vec<bool>),
        unread: &mut Option<Reasons>,
    ) {
        match &facts.inline.state {
            State::Known(policies) => {
                for NamedPolicy { name, document } in policies {
                    match &document.state {
                        State::Known(text) => {
                            attached.push(Attachment::new(&format!("{prefix}{name}"), self.library.add(text)));
                        }
                        State::Absent => {}
                        State::Unknown(reasons) => {
                            add_reasons(unread, reasons);
                            attached.push(Attachment::unread(&format!("{prefix}{name}")));
                        }
                    }
                }
            }
            State::Absent => {}
            State::Unknown(reasons) => {
                add_reasons(unread, reasons);
                attached.push(Attachment::unread(&format!("{prefix}inline policies")));
            }
        }
        match &facts.attached.state {
            State::Known(arns) => {
                for arn in arns {
                    let policy = self.managed_policy(resource, arn, prefix, unread);
                    of_aws.resize(attached.len(), false);
                    attached.push(policy);
                    of_aws.push(Arn::parse(arn).is_some_and(|arn| arn.account == "aws"));
                }
            }
            State::Absent => {}
            State::Unknown(reasons) => {
                add_reasons(unread, reasons);
                attached.push(Attachment::unread(&format!("{prefix}attached policies")));
            }
        }
    }

    fn managed_policy(
        &mut self,
        resource: &Resource,
        arn: &str,
        prefix: &str,
        unread: &mut Option<Reasons>,
    ) -> Attachment {
        let name = arn.rsplit('/').next().unwrap_or(arn);
        let name = format!("{prefix}{name}");
        let found = self.managed.get(&(arn, None)).or_else(|| self.managed.get(&(arn, resource.id.root.as_deref())));
        match found.map(|policy| &policy.document.state) {
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

    fn resource_policy(&mut self, policy: &Fact<String>, name: &str) -> Option<Attachment> {
        match &policy.state {
            State::Known(text) => Some(Attachment::new(name, self.library.add(text))),
            State::Absent => None,
            State::Unknown(_) => Some(Attachment::unread(name)),
        }
    }
}

/// The ARNs of attached policies that are the customer's own, and can be changed.
fn own_policies(facts: &Principal) -> Vec<String> {
    let arns = facts.attached.value().into_iter().flatten();
    arns.filter(|arn| Arn::parse(arn).is_some_and(|arn| arn.account != "aws")).cloned().collect()
}

/// The ARN of a user or role, with holes for what is not known.
fn arn_of(resource: &Resource) -> Arc<str> {
    if Arn::parse(&resource.id.id).is_some() {
        return Arc::clone(&resource.id.id);
    }
    let partition = resource.id.likely_partition();
    let hole = iam::HOLE.to_string();
    let account = resource.id.account.as_deref().unwrap_or(&hole);
    let kind = if matches!(resource.facts, Facts::Role(_)) { "role" } else { "user" };
    format!("arn:{partition}:iam::{account}:{kind}/{}", resource.name).into()
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
