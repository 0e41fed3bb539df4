//! `AWS::KMS::Key` and `AWS::KMS::ReplicaKey`: defaults from their pages in the CloudFormation Template Reference.

use super::Mapped;
use super::tags::tags;
use crate::collect::declared::item::Item;
use crate::collect::declared::kms;
use crate::model::fact::{Fact, State};
use crate::model::identity::ResourceId;
use crate::model::kms::Key;
use crate::model::resource::Facts;

/// A key. Left out, `Enabled` is true, `EnableKeyRotation` false, `KeySpec` `SYMMETRIC_DEFAULT`, `KeyUsage`
/// `ENCRYPT_DECRYPT`, `Origin` `AWS_KMS`, `MultiRegion` false.
pub(super) fn key(id: &ResourceId, properties: &Item) -> Mapped {
    let origin = properties.get("Origin").text().or_default_to("AWS_KMS".to_owned());
    let multi_region = properties.get("MultiRegion").boolean().or_default_to(false);
    let facts = Key {
        key_id: Fact::unknown("KMS gives the key its id when the stack is made"),
        manager: Fact::known("CUSTOMER".to_owned()),
        state: state(properties, &origin),
        deletion_date: Fact::absent(),
        spec: properties.get("KeySpec").text().or_default_to("SYMMETRIC_DEFAULT".to_owned()),
        usage: properties.get("KeyUsage").text().or_default_to("ENCRYPT_DECRYPT".to_owned()),
        rotation: properties.get("EnableKeyRotation").boolean().or_default_to(false),
        related_regions: multi_region.clone().and_then(|multi| {
            if multi { Fact::unknown("replicas of the key are made in other stacks") } else { Fact::absent() }
        }),
        multi_region: multi_region
            .and_then(|multi| if multi { Fact::known("PRIMARY".to_owned()) } else { Fact::absent() }),
        aliases: Fact::known(Vec::new()),
        policy: policy(id, properties),
        origin,
    };
    Mapped { facts: Facts::Key(Box::new(facts)), tags: tags(&properties.get("Tags")), name: None }
}

/// A replica. What it shares with its primary key ("Multi-Region keys in AWS KMS", shared properties: key spec, usage,
/// origin, rotation) is not written at the replica.
pub(super) fn replica_key(id: &ResourceId, properties: &Item) -> Mapped {
    let shared = || "the primary key of the replica decides it";
    let facts = Key {
        key_id: Fact::unknown(shared()),
        manager: Fact::known("CUSTOMER".to_owned()),
        state: state(properties, &Fact::known("AWS_KMS".to_owned())),
        deletion_date: Fact::absent(),
        spec: Fact::unknown(shared()),
        usage: Fact::unknown(shared()),
        origin: Fact::unknown(shared()),
        rotation: Fact::unknown(shared()),
        multi_region: Fact::known("REPLICA".to_owned()),
        related_regions: Fact::unknown("the primary key is in another Region"),
        aliases: Fact::known(Vec::new()),
        policy: policy(id, properties),
    };
    Mapped { facts: Facts::Key(Box::new(facts)), tags: tags(&properties.get("Tags")), name: None }
}

/// A key with imported material waits for it ("Key states of AWS KMS keys").
fn state(properties: &Item, origin: &Fact<String>) -> Fact<String> {
    let enabled = properties.get("Enabled").boolean().or_default_to(true);
    match &origin.state {
        State::Known(origin) if origin == "EXTERNAL" => {
            Fact::unknown("the key's material is imported after the stack is made").at(enabled.at)
        }
        State::Unknown(reasons) => Fact::unknown(reasons.clone()).at(enabled.at),
        State::Known(_) | State::Absent => {
            enabled.map(|enabled| if enabled { "Enabled".to_owned() } else { "Disabled".to_owned() })
        }
    }
}

/// Left out, KMS attaches its default key policy, whose text names the account.
fn policy(id: &ResourceId, properties: &Item) -> Fact<String> {
    let written = properties.get("KeyPolicy").document();
    if written.is_absent() { kms::default_policy(id) } else { written }
}
