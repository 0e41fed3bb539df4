//! The policies of a snapshot, read once, and who they are attached to.

mod reader;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::derive::index::{Index, add_reasons};
use crate::iam::{self, Attachment, Context, Decision, Effect, Layer, Layers, Library, PolicyId, Truth};
use crate::model::fact::{Fact, Reasons};
use crate::model::iam::Principal;
use crate::model::identity::ResourceId;
use crate::model::position::Position;
use crate::model::resource::{Facts, Link, Resource};

use super::backup_role::managed::MANAGED;
use super::replication_role::users::Replicators;
use super::service_control::{Control, Levels, control, levels};
use reader::Reader;

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

const EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

impl<'a> Policies<'a> {
    /// Reads them.
    pub fn new(index: &Index<'a>) -> Self {
        let mut reader = Reader::new(index);
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
