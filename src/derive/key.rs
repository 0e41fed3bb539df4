//! What is derived for a KMS key: whether it can rotate, what depends on it, and whether it can be used.

mod users;

use jiff::SignedDuration;

use crate::model::derived::KeyDerived;
use crate::model::fact::{Cure, Fact, Reason};
use crate::model::identity::ResourceId;
use crate::model::kms::Key;
use crate::model::resource::{Link, Resource};

use super::access::key_policy;
use super::access::policies::Policies;
use super::index::{Index, Of};
use super::place::{self, Arn};
use super::{removal, world};

pub use users::{Users, users};

/// Derives all of a key.
pub fn derive(
    index: &Index<'_>,
    users: &Users<'_>,
    policies: &Policies<'_>,
    resource: &Resource,
    facts: &Key,
) -> KeyDerived {
    let dependents = users.dependents(&resource.id);
    let protects_backups = users.protects_backups(index, &resource.id);
    KeyDerived {
        rotatable: rotatable(facts),
        in_use: users.in_use(index, &resource.id),
        access: Fact::known(key_policy::derive(index, policies, resource, facts, &protects_backups)),
        protects_backups,
        encrypts_backups: users.encrypts_backups(index, &resource.id),
        encrypts_data: users.encrypts_data(index, &resource.id),
        shared_with_data: users.shared_with_data(index, &resource.id),
        dependents: Fact::known(dependents),
        deleted_in: deleted_in(index, facts),
        removal: removal::of(resource),
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

/// Whether what is in this place can decrypt with its key: none, AWS's own, or one of its Region that is enabled ("Key
/// states of AWS KMS keys" in the AWS KMS Developer Guide).
pub fn usable(index: &Index<'_>, link: &Fact<&Link>, from: &ResourceId) -> Fact<bool> {
    let usable = link.clone().and_then(|link| match index.key(link, from) {
        Some((resource, key)) => {
            let works = Fact::all([place::same_region(&resource.id, from), works((resource, key))]);
            Fact { at: None, ..works }
        }
        None => link.text.as_ref().and_then(|text| {
            let region = Arn::parse(text).map(|arn| arn.region);
            match (region, from.region.as_deref()) {
                (Some(region), Some(own)) if region != own => Fact::known(false),
                (Some(_), _) => usable_by_arn(index, text),
                // Names under `alias/aws/` are AWS's, which cannot be disabled.
                (None, _) if text.starts_with("alias/aws/") => Fact::known(true),
                (None, _) => unseen(index, text, from.account.as_deref(), from.region.as_deref()),
            }
        }),
    });
    usable.or_default_to(true)
}

/// Whether the key of this ARN can be used, wherever it is.
pub fn usable_by_arn(index: &Index<'_>, text: &str) -> Fact<bool> {
    let Some(arn) = Arn::parse(text) else { return Fact::unknown(format!("where key `{text}` is cannot be said")) };
    let id = arn.resource.strip_prefix("key/").unwrap_or(arn.resource);
    let related = index.keys_of_id(id);
    let here = |(resource, _): &&Of<'_, Key>| {
        resource.id.region.as_deref() == Some(arn.region) && resource.id.account.as_deref() == Some(arn.account)
    };
    if let Some(key) = related.iter().find(here) {
        return works(*key);
    }
    // Keys of one multi-Region key name the Regions of all.
    let of_family = |(resource, _): &&Of<'_, Key>| resource.id.account.as_deref() == Some(arn.account);
    let regions = related.iter().find(of_family).and_then(|(_, key)| key.related_regions.value());
    if regions.is_some_and(|regions| !regions.iter().any(|region| region == arn.region)) {
        return Fact::known(false);
    }
    unseen(index, text, Some(arn.account), Some(arn.region))
}

fn works((resource, key): Of<'_, Key>) -> Fact<bool> {
    let enabled = key.state.as_ref().map(|state| matches!(state.as_str(), "Enabled" | "Updating"));
    match resource.exists.reasons() {
        Some(reasons) if !enabled.is_unknown() => Fact::unknown(reasons.clone()),
        _ => enabled,
    }
}

/// A key that a file names and does not show counts as declared.
fn unseen(index: &Index<'_>, text: &str, account: Option<&str>, region: Option<&str>) -> Fact<bool> {
    if !index.live() {
        return Fact::known(true);
    }
    let reasons = index.open(world::KEYS, account, region);
    Fact::unknown(reasons.unwrap_or_else(|| Reason::new(format!("key `{text}` was not seen")).into()))
}

/// Whether the key of a link belongs to the Region and account of what is encrypted with it. Without an ARN it is a key,
/// or an alias, of that place.
pub fn is_local(index: &Index<'_>, link: &Fact<Link>, from: &ResourceId) -> Fact<bool> {
    let local = link.as_ref().and_then(|link| {
        if let Some((key, _)) = index.key(link, from) {
            return place::same_place(&key.id, from);
        }
        link.text.as_ref().and_then(|text| {
            let Some(arn) = Arn::parse(text) else { return Fact::known(true) };
            let is = |own: Option<&str>, named: &str, option: &str| match own {
                Some(own) => Fact::known(own == named),
                None => {
                    let reason = Reason::new(format!("the files do not say whether they are for `{named}`"));
                    Fact::unknown(reason.cured_by(Cure::Setting(option.to_owned())))
                }
            };
            let region = is(from.region.as_deref(), arn.region, "--region");
            Fact::all([region, is(from.account.as_deref(), arn.account, "--account")])
        })
    });
    local.or_default_to(true)
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
