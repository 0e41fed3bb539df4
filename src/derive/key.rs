//! What is derived for a KMS key: whether it can rotate, and what depends on it.

use std::collections::{BTreeSet, HashMap};

use jiff::SignedDuration;

use crate::model::derived::KeyDerived;
use crate::model::fact::{Fact, Reason, Reasons, State};
use crate::model::identity::ResourceId;
use crate::model::kms::Key;
use crate::model::resource::{Link, Resource};

use super::index::{Index, add_reasons};
use super::place::{self, Arn};
use super::{bucket, replication, world};

/// What depends on each key.
pub struct Users<'a> {
    by_key: HashMap<&'a ResourceId, Used>,
    /// Resources of which the key is not known, and whether they are backups.
    unclear: Vec<(&'a ResourceId, bool, Reasons)>,
}

#[derive(Default)]
struct Used {
    names: BTreeSet<String>,
    backups: bool,
    maybe_backups: Option<Reasons>,
    points: usize,
}

/// Finds the key of every vault, bucket and recovery point.
pub fn users<'a>(index: &Index<'a>) -> Users<'a> {
    let mut users = Users { by_key: HashMap::new(), unclear: Vec::new() };
    for (resource, facts) in &index.vaults {
        users.add(index, resource, &facts.key.as_ref(), format!("vault {}", resource.name), &Fact::known(true));
    }
    for (resource, facts) in &index.buckets {
        let backup =
            Fact::any([bucket::named_as_backup(index, facts), replication::is_replica(index, resource, facts)]);
        users.add(index, resource, &bucket::key_link(facts), format!("bucket {}", resource.name), &backup);
    }
    for (resource, facts) in &index.points {
        match &facts.key.state {
            State::Known(text) => {
                if let Some((key, _)) = index.key_by_text(text, &resource.id) {
                    let used = users.by_key.entry(&key.id).or_default();
                    used.backups = true;
                    used.points += 1;
                }
            }
            State::Absent => {}
            State::Unknown(reasons) => users.unclear(&resource.id, true, reasons),
        }
    }
    users
}

impl<'a> Users<'a> {
    fn add(&mut self, index: &Index<'a>, from: &'a Resource, link: &Fact<&Link>, name: String, backup: &Fact<bool>) {
        match &link.state {
            State::Known(link) => match (index.key(link, &from.id), link.text.reasons()) {
                (Some((key, _)), _) => {
                    if let Some(reasons) = from.exists.reasons() {
                        return self.unclear(&from.id, !backup.is_false(), reasons);
                    }
                    let used = self.by_key.entry(&key.id).or_default();
                    used.names.insert(name);
                    used.backups |= backup.is_true();
                    if let Some(reasons) = backup.reasons() {
                        add_reasons(&mut used.maybe_backups, reasons);
                    }
                }
                (None, Some(reasons)) => self.unclear(&from.id, !backup.is_false(), reasons),
                (None, None) => {
                    let text = link.text.value().filter(|_| link.target.is_none());
                    if let Some(reasons) = text.and_then(|text| index.may_be_key(text, &from.id)) {
                        self.unclear(&from.id, !backup.is_false(), &reasons);
                    }
                }
            },
            State::Absent => {}
            State::Unknown(reasons) => self.unclear(&from.id, !backup.is_false(), reasons),
        }
    }

    fn unclear(&mut self, from: &'a ResourceId, backup: bool, reasons: &Reasons) {
        let same = |(id, kind, why): &(&ResourceId, bool, Reasons)| {
            *kind == backup
                && why == reasons
                && id.root == from.root
                && id.account == from.account
                && id.region == from.region
        };
        if !self.unclear.iter().any(same) {
            self.unclear.push((from, backup, reasons.clone()));
        }
    }
}

/// Derives all of a key.
pub fn derive(index: &Index<'_>, users: &Users<'_>, resource: &Resource, facts: &Key) -> KeyDerived {
    let none = Used::default();
    let used = users.by_key.get(&resource.id).unwrap_or(&none);
    let doubts = |backups: bool| {
        let unclear = users
            .unclear
            .iter()
            .filter(|(from, kind, _)| (*kind || !backups) && !place::same_region(from, &resource.id).is_false());
        let unlisted = if index.live() {
            index.open(world::VAULTS, resource.id.account.as_deref(), resource.id.region.as_deref())
        } else {
            None
        };
        unclear.map(|(_, _, reasons)| reasons.clone()).chain(unlisted).reduce(|a, b| a.and(&b))
    };
    let decide = |certain: bool, backups: bool, more: Option<&Reasons>| {
        if certain {
            return Fact::known(true);
        }
        let mut doubt = doubts(backups);
        if let Some(more) = more {
            add_reasons(&mut doubt, more);
        }
        doubt.map_or_else(|| Fact::known(false), Fact::unknown)
    };
    let mut dependents: Vec<String> = used.names.iter().cloned().collect();
    if used.points > 0 {
        let plural = if used.points == 1 { "" } else { "s" };
        dependents.push(format!("{} recovery point{plural}", used.points));
    }
    KeyDerived {
        rotatable: rotatable(facts),
        in_use: decide(!dependents.is_empty(), false, None),
        protects_backups: decide(used.backups, true, used.maybe_backups.as_ref()),
        dependents: Fact::known(dependents),
        deleted_in: deleted_in(index, facts),
    }
}

/// Whether KMS rotates it by itself when asked to: a customer's symmetric encryption key of KMS's own material. Keys with
/// imported material, in custom key stores, asymmetric and HMAC keys do not rotate; a replica follows its primary key
/// ("Rotate AWS KMS keys" in the AWS KMS Developer Guide).
fn rotatable(facts: &Key) -> Fact<bool> {
    let is = |fact: &Fact<String>, wanted: &str| fact.as_ref().map(|value| value == wanted);
    let pending =
        facts.state.as_ref().map(|state| matches!(state.as_str(), "PendingDeletion" | "PendingReplicaDeletion"));
    let facts = Fact::all([
        is(&facts.manager, "CUSTOMER"),
        is(&facts.spec, "SYMMETRIC_DEFAULT"),
        is(&facts.usage, "ENCRYPT_DECRYPT"),
        is(&facts.origin, "AWS_KMS"),
        is(&facts.multi_region, "REPLICA").negate(),
        pending.negate(),
    ]);
    Fact { at: None, ..facts }
}

fn deleted_in(index: &Index<'_>, facts: &Key) -> Fact<SignedDuration> {
    match index.now {
        Some(now) => facts.deletion_date.as_ref().map(|date| date.duration_since(now).max(SignedDuration::ZERO)),
        None => Fact::absent(),
    }
}

/// Whether a resource's key is a customer's own; absent is AWS's.
///
/// Names under `alias/aws/` are AWS's alone ("AWS KMS aliases" in the AWS KMS Developer Guide), and AWS's keys cannot be
/// used from another account ("AWS managed keys" there), so that a key of another account is a customer's.
pub fn customer_key(index: &Index<'_>, link: &Fact<Link>, from: &ResourceId) -> Fact<bool> {
    let owned = link.as_ref().and_then(|link| match index.key(link, from) {
        Some((_, key)) => key.manager.as_ref().map(|manager| manager == "CUSTOMER"),
        None => link.text.as_ref().and_then(|text| customer_key_by_text(index, text, from)),
    });
    owned.or_default_to(false)
}

fn customer_key_by_text(index: &Index<'_>, text: &str, from: &ResourceId) -> Fact<bool> {
    let arn = Arn::parse(text);
    let name = arn.map_or(text, |arn| arn.resource);
    if let Some(alias) = name.strip_prefix("alias/") {
        return Fact::known(!alias.starts_with("aws/"));
    }
    let account = arn.map_or(from.account.as_deref(), |arn| Some(arn.account));
    let region = arn.map_or(from.region.as_deref(), |arn| Some(arn.region));
    if let (Some(account), Some(own)) = (account, from.account.as_deref())
        && account != own
    {
        return Fact::known(true);
    }
    let reasons = if index.live() { index.open(world::KEYS, account, region) } else { None };
    Fact::unknown(reasons.unwrap_or_else(|| Reason::new(format!("key `{text}` was not seen")).into()))
}
