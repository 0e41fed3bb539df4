//! `aws_kms_key`, `aws_kms_external_key`, `aws_kms_replica_key`, and what is declared beside them.

use super::split::Owner;
use super::{Mapped, tags, when_applied};
use crate::collect::declared::item::Item;
use crate::collect::declared::kms;
use crate::model::fact::{Fact, State};
use crate::model::kms::Key;
use crate::model::resource::Facts;

/// A key. Left out, `is_enabled` is true, `enable_key_rotation` false, `customer_master_key_spec` `SYMMETRIC_DEFAULT`,
/// `key_usage` `ENCRYPT_DECRYPT`, `multi_region` false, and the key store is AWS's own.
pub(super) fn key(owner: &Owner<'_>, body: &Item) -> Mapped {
    let external = body.get("xks_key_id").is_set();
    let in_hsm = body.get("custom_key_store_id").is_set();
    let origin = external.and_then(|external| {
        if external {
            return Fact::known("EXTERNAL_KEY_STORE".to_owned());
        }
        in_hsm.map(|in_hsm| if in_hsm { "AWS_CLOUDHSM".to_owned() } else { "AWS_KMS".to_owned() })
    });
    let multi_region = body.get("multi_region").boolean().or_default_to(false);
    let facts = Key {
        state: state(&body.get("is_enabled")),
        spec: body.get("customer_master_key_spec").filled().or_default_to("SYMMETRIC_DEFAULT".to_owned()),
        usage: body.get("key_usage").filled().or_default_to("ENCRYPT_DECRYPT".to_owned()),
        rotation: body.get("enable_key_rotation").boolean().or_default_to(false),
        related_regions: related_regions(&multi_region),
        multi_region: primary(multi_region),
        origin,
        ..common(owner, body)
    };
    mapped(facts, body)
}

/// A key whose material is imported: whether it was, its page does not let a configuration say; it is symmetric, and
/// does not rotate by itself ("Rotating AWS KMS keys" in the AWS KMS Developer Guide).
pub(super) fn external_key(owner: &Owner<'_>, body: &Item) -> Mapped {
    let multi_region = body.get("multi_region").boolean().or_default_to(false);
    let facts = Key {
        state: when_applied("the key's material is imported"),
        spec: Fact::known("SYMMETRIC_DEFAULT".to_owned()),
        usage: Fact::known("ENCRYPT_DECRYPT".to_owned()),
        rotation: Fact::known(false),
        related_regions: related_regions(&multi_region),
        multi_region: primary(multi_region),
        origin: Fact::known("EXTERNAL".to_owned()),
        ..common(owner, body)
    };
    mapped(facts, body)
}

/// A replica. What it shares with its primary key ("Multi-Region keys in AWS KMS", shared properties: key spec, usage,
/// origin, rotation) is not written at the replica.
pub(super) fn replica_key(owner: &Owner<'_>, body: &Item) -> Mapped {
    let facts = Key {
        state: state(&body.get("enabled")),
        multi_region: Fact::known("REPLICA".to_owned()),
        related_regions: Fact::unknown("the primary key is in another Region"),
        ..common(owner, body)
    };
    mapped(facts, body)
}

/// What all keys have; the rest as a replica has it.
fn common(owner: &Owner<'_>, body: &Item) -> Key {
    let shared = || "the primary key of the replica decides it";
    Key {
        key_id: when_applied("KMS gives the key its id"),
        manager: Fact::known("CUSTOMER".to_owned()),
        state: Fact::unknown(shared()),
        deletion_date: Fact::absent(),
        spec: Fact::unknown(shared()),
        usage: Fact::unknown(shared()),
        origin: Fact::unknown(shared()),
        rotation: Fact::unknown(shared()),
        multi_region: Fact::unknown(shared()),
        related_regions: Fact::unknown(shared()),
        aliases: aliases(owner),
        policy: policy(owner, body),
    }
}

fn mapped(facts: Key, body: &Item) -> Mapped {
    // People know a key by its alias.
    let name = facts.aliases.value().and_then(|aliases| aliases.first()).cloned();
    Mapped { facts: Facts::Key(Box::new(facts)), tags: tags::of(body), name }
}

fn state(enabled: &Item) -> Fact<String> {
    let enabled = enabled.boolean().or_default_to(true);
    enabled.map(|enabled| if enabled { "Enabled".to_owned() } else { "Disabled".to_owned() })
}

fn primary(multi_region: Fact<bool>) -> Fact<String> {
    multi_region.and_then(|multi| if multi { Fact::known("PRIMARY".to_owned()) } else { Fact::absent() })
}

fn related_regions(multi_region: &Fact<bool>) -> Fact<Vec<String>> {
    multi_region.clone().and_then(|multi| {
        if multi { Fact::unknown("replicas of the key may be made elsewhere") } else { Fact::absent() }
    })
}

/// Left out, KMS attaches its default key policy, whose text names the account.
fn policy(owner: &Owner<'_>, body: &Item) -> Fact<String> {
    let read = |body: &Item| body.get("policy").filled();
    let said = owner.said("aws_kms_key_policy", read(body), &read);
    if said.is_absent() { kms::default_policy(&owner.id) } else { said }
}

fn aliases(owner: &Owner<'_>) -> Fact<Vec<String>> {
    let (sure, unsure) = owner.belonging("aws_kms_alias");
    let doubts = unsure.into_iter().map(|(_, reasons)| reasons).chain(owner.unseen());
    if let Some(doubt) = doubts.reduce(|all, more| all.and(&more)) {
        return Fact::unknown(doubt);
    }
    let mut all = Vec::new();
    for block in sure {
        match block.body.get("name").filled().state {
            State::Known(name) => all.push(name),
            State::Absent => return when_applied("an alias gets its name"),
            State::Unknown(reasons) => return Fact::unknown(reasons),
        }
    }
    all.sort();
    Fact::known(all)
}
