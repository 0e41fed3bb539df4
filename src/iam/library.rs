//! Compiled policies, each distinct text once.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::action::{Action, ActionSet, Catalogue};
use super::document::Document;
use super::principal::{Kind, Principal};
use super::request::{Attachment, Layers};
use super::service;
use super::truth::Truth;

/// A document of a library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyId(u32);

/// Policy documents by their text. An estate attaches the same few thousand texts to tens of thousands of principals,
/// so each is read once and held against the actions of interest once.
#[derive(Debug, Default)]
pub struct Library {
    catalogue: Catalogue,
    /// By the SHA-256 of the text, so that texts are not held twice.
    ids: BTreeMap<[u8; 32], PolicyId>,
    documents: Vec<Document>,
}

impl Library {
    /// A library that holds these actions ready: the first [`super::MOST_ACTIONS`] distinct ones.
    pub fn new<'a>(actions: impl IntoIterator<Item = &'a str>) -> Self {
        Self { catalogue: Catalogue::new(actions), ..Self::default() }
    }

    /// Reads a document, or finds it again. What is wrong with it, [`Document::faults`] tells.
    pub fn add(&mut self, text: &str) -> PolicyId {
        let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        if let Some(id) = self.ids.get(&digest) {
            return *id;
        }
        let id = PolicyId(u32::try_from(self.documents.len()).unwrap_or(u32::MAX));
        self.documents.push(Document::new(text, &self.catalogue));
        self.ids.insert(digest, id);
        id
    }

    /// The document; `None` for an id of another library.
    pub fn document(&self, id: PolicyId) -> Option<&Document> {
        self.documents.get(usize::try_from(id.0).ok()?)
    }

    /// How many distinct documents there are.
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Whether any document says something of multi-factor authentication.
    pub fn speaks_of_mfa(&self) -> bool {
        self.documents.iter().any(|document| document.speaks_of_mfa)
    }

    /// Whether any of these does: where none does, multi-factor authentication changes no answer.
    pub fn speak_of_mfa(&self, layers: &Layers<'_>) -> bool {
        let speaks = |attachment: &Attachment| {
            attachment.policy.and_then(|id| self.document(id)).is_some_and(|document| document.speaks_of_mfa)
        };
        layers.identity.iter().any(speaks)
            || layers.boundary.is_some_and(speaks)
            || layers.session.is_some_and(|session| session.iter().any(speaks))
            || layers.resource.is_some_and(speaks)
            || layers.scps.iter().chain(layers.rcps).flatten().any(speaks)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// The actions that are held ready, by number.
    pub fn actions(&self) -> &[Action] {
        self.catalogue.actions()
    }

    /// An action by its name; quick to decide about if it is held ready.
    pub fn action(&self, name: &str) -> Action {
        self.catalogue.find(name)
    }

    /// Of the actions held ready, those that may be allowed: by identity policies within boundary and session policies,
    /// or by the resource's policy; and by every level of service control policies. About all others the answer is no,
    /// unless something that is no policy grants them ([`super::Resource::granted`]).
    pub fn candidates(&self, principal: &Principal, layers: &Layers<'_>) -> ActionSet {
        let is_root = principal.kind() == Kind::Root;
        let mut set = if is_root { self.catalogue.whole() } else { self.allowed(layers.identity) };
        if let Some(boundary) = layers.boundary.filter(|_| !is_root) {
            set = set.intersection(self.allowed(std::slice::from_ref(boundary)));
        }
        if let Some(session) = layers.session {
            set = set.intersection(self.allowed(session));
        }
        set = set.union(self.allowed(layers.resource.map(std::slice::from_ref).unwrap_or_default()));
        if layers.in_management_account == Truth::No && service::is_service_controlled(principal) {
            for level in layers.scps {
                set = set.intersection(self.allowed(level));
            }
        }
        set
    }

    /// The resources on which identity policies may allow an action; `None` where they are not all named one by one.
    pub fn named(&self, policies: &[Attachment], action: &Action) -> Option<Vec<&str>> {
        let mut names = Vec::new();
        for attachment in policies {
            names.extend(self.document(attachment.policy?)?.named(action)?);
        }
        Some(names)
    }

    /// For each pattern of resources on which identity policies may allow an action, a resource that it means, as an ARN
    /// has it after the account; none for those that variables, or what is not known, leave open.
    pub fn examples(&self, policies: &[Attachment], action: &Action) -> Vec<String> {
        let documents = policies.iter().filter_map(|attachment| self.document(attachment.policy?));
        documents.flat_map(|document| document.examples(action)).collect()
    }

    /// Of the actions held ready, those that one of the policies may allow.
    pub fn allowed(&self, policies: &[Attachment]) -> ActionSet {
        let set = policies.iter().fold(ActionSet::default(), |set, attachment| {
            let document = attachment.policy.and_then(|id| self.document(id));
            set.union(document.map_or(ActionSet::ALL, |document| document.allows))
        });
        set.intersection(self.catalogue.whole())
    }
}
