//! Which buckets replicate with which role.

use std::collections::{BTreeMap, HashMap};

use crate::derive::access::policies::Policies;
use crate::derive::index::{Index, Of};
use crate::derive::world;
use crate::model::fact::{Cure, Reason, Reasons, State};
use crate::model::identity::ResourceId;
use crate::model::resource::Resource;
use crate::model::s3::Bucket;

use crate::derive::access::role::{self, Role};

/// The buckets of each role.
#[derive(Default)]
pub struct Replicators<'a> {
    by_role: HashMap<&'a ResourceId, Vec<Of<'a, Bucket>>>,
    /// By account: why a bucket of it may replicate with any role.
    unclear: BTreeMap<Option<&'a str>, Reasons>,
}

impl<'a> Replicators<'a> {
    /// Looks at every bucket once.
    pub fn new(index: &Index<'a>, policies: &Policies<'a>) -> Self {
        let mut all = Self::default();
        for (resource, facts) in &index.buckets {
            let reasons = match &facts.replication.state {
                State::Absent => continue,
                State::Unknown(reasons) => reasons.clone(),
                State::Known(configuration) => match &configuration.role.state {
                    State::Known(link) => match role::find(index, policies, resource, link) {
                        Role::Here(identity) => {
                            all.by_role.entry(&identity.resource.id).or_default().push((resource, facts));
                            continue;
                        }
                        Role::Missing(_) => continue,
                        Role::Unknown(reasons) => reasons,
                    },
                    State::Absent => "no role is named".into(),
                    State::Unknown(reasons) => reasons.clone(),
                },
            };
            all.unclear.entry(resource.id.account.as_deref()).or_insert(reasons);
        }
        all
    }

    /// The buckets that certainly replicate with this role.
    pub fn of(&self, role: &Resource) -> &[Of<'a, Bucket>] {
        self.by_role.get(&role.id).map_or(&[], Vec::as_slice)
    }

    /// Why there may be others.
    pub fn open(&self, index: &Index<'_>, role: &Resource) -> Option<Reasons> {
        let account = role.id.account.as_deref();
        let unseen = || {
            let reason = Reason::new("a bucket that was not seen may replicate with the role");
            reason.cured_by(Cure::Source("audit the live account".to_owned())).into()
        };
        let open = index.open(world::BUCKETS, account, Some("global"));
        let here = |of: &Option<&str>| of.is_none() || account.is_none() || *of == account;
        let unclear = self.unclear.iter().find(|(of, _)| here(of)).map(|(_, reasons)| reasons.clone());
        open.map(|reasons| index.open_in_words(reasons, unseen)).or(unclear)
    }
}
