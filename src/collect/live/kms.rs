//! KMS keys of a Region.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_kms::types::{KeyListEntry, KeyManagerType, KeyMetadata, KeySpec, OriginType};
use futures::{FutureExt, StreamExt};

use crate::model::fact::{Fact, Reason};
use crate::model::kms::Key;
use crate::model::resource::{Facts, Tags};

use super::convert::time;
use super::look::{Look, tags};
use super::operation::{Operation, Service};
use super::part::Part;
use super::session::Session;

/// KMS.
pub const SERVICE: Service = Service {
    operations: &[DESCRIBE_KEY, GET_KEY_POLICY, GET_ROTATION, LIST_ALIASES, LIST_KEYS, LIST_TAGS],
    global: None,
    regional: Some(|session, region| collect(session, region).boxed_local()),
    in_use: None,
};

const LIST_KEYS: Operation =
    Operation { service: "kms", name: "ListKeys", actions: &["kms:ListKeys"], why: "which KMS keys there are" };
const DESCRIBE_KEY: Operation = Operation {
    service: "kms",
    name: "DescribeKey",
    actions: &["kms:DescribeKey"],
    why: "who manages a KMS key, its state and its material",
};
const GET_ROTATION: Operation = Operation {
    service: "kms",
    name: "GetKeyRotationStatus",
    actions: &["kms:GetKeyRotationStatus"],
    why: "whether a KMS key rotates by itself",
};
const GET_KEY_POLICY: Operation =
    Operation { service: "kms", name: "GetKeyPolicy", actions: &["kms:GetKeyPolicy"], why: "a KMS key's policy" };
const LIST_ALIASES: Operation =
    Operation { service: "kms", name: "ListAliases", actions: &["kms:ListAliases"], why: "the aliases of KMS keys" };
const LIST_TAGS: Operation = Operation {
    service: "kms",
    name: "ListResourceTags",
    actions: &["kms:ListResourceTags"],
    why: "the tags of KMS keys",
};

const KEY: &str = "AWS::KMS::Key";

/// Aliases by key id, or why they could not all be read.
type Aliases = (BTreeMap<String, BTreeSet<String>>, Option<Reason>);

async fn collect(session: &Session<'_>, region: &str) -> Part {
    session.step(&format!("{region}: KMS keys"));
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let keys = look
        .list(&LIST_KEYS, None, |marker| {
            let call = clients.kms.list_keys().limit(1000).set_marker(marker).send();
            async { session.send(call).await.map(|page| (page.keys.unwrap_or_default(), page.next_marker)) }
        })
        .await;
    if keys.broken.is_none() {
        look.listed(KEY, None);
    }
    if keys.items.is_empty() {
        return look.part;
    }
    let aliases = list_aliases(&mut look).await;
    let mut parts = futures::stream::iter(keys.items)
        .map(|key| read_key(session, region, key, &aliases))
        .buffer_unordered(session.concurrency());
    while let Some(part) = parts.next().await {
        look.part.absorb(part);
    }
    drop(parts);
    look.part
}

/// One key by its id or ARN.
pub async fn read_one(session: &Session<'_>, region: &str, key: &str) -> Part {
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let metadata = match session.send(clients.kms.describe_key().key_id(key).send()).await {
        Ok(output) => output.key_metadata,
        Err(failure) => {
            look.fail(&DESCRIBE_KEY, Some(key), &failure);
            return look.part;
        }
    };
    let Some(metadata) = metadata else { return look.part };
    let entry = KeyListEntry::builder().key_id(metadata.key_id).set_key_arn(metadata.arn).build();
    let aliases = list_aliases(&mut look).await;
    look.part.absorb(read_key(session, region, entry, &aliases).await);
    look.part
}

async fn list_aliases(look: &mut Look<'_>) -> Aliases {
    let session = look.session;
    let clients = session.clients(look.region);
    let list = look
        .list(&LIST_ALIASES, None, |marker| {
            let call = clients.kms.list_aliases().limit(100).set_marker(marker).send();
            async { session.send(call).await.map(|page| (page.aliases.unwrap_or_default(), page.next_marker)) }
        })
        .await;
    let mut aliases: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for alias in list.items {
        if let (Some(key), Some(name)) = (alias.target_key_id, alias.alias_name) {
            aliases.entry(key).or_default().insert(name);
        }
    }
    (aliases, list.broken)
}

async fn read_key(session: &Session<'_>, region: &str, entry: KeyListEntry, aliases: &Aliases) -> Part {
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let (Some(key_id), Some(arn)) = (entry.key_id, entry.key_arn) else { return look.part };

    let described = session.send(clients.kms.describe_key().key_id(&key_id).send()).await;
    if described.as_ref().is_err_and(|failure| failure.code == "NotFoundException") {
        look.gone(&DESCRIBE_KEY, &arn, "NotFoundException");
        return look.part;
    }
    let metadata = look.fact(&DESCRIBE_KEY, &arn, &[], described, |output| {
        output.key_metadata.map_or_else(|| Fact::unknown("`kms:DescribeKey` answered nothing"), Fact::known)
    });

    let names: Vec<String> = aliases.0.get(&key_id).into_iter().flatten().cloned().collect();
    let name = names.first().cloned().unwrap_or_else(|| key_id.clone());
    let (rotation, policy, tags) = match &metadata.value() {
        None => {
            let reasons = metadata.reasons().cloned().unwrap_or_else(|| "`kms:DescribeKey` answered nothing".into());
            (Fact::unknown(reasons.clone()), Fact::unknown(reasons.clone()), Tags::unread(reasons))
        }
        // Not configurable, rotated every year, never tagged (AWS KMS Developer Guide: AWS KMS keys).
        Some(key) if key.key_manager == Some(KeyManagerType::Aws) => {
            (Fact::known(true), Fact::unknown("policies of AWS managed keys are not read"), Tags::default())
        }
        Some(key) => {
            (rotation(&mut look, &arn, key).await, policy(&mut look, &arn).await, read_tags(&mut look, &arn).await)
        }
    };
    let facts = Key {
        aliases: match &aliases.1 {
            None => Fact::known(names),
            Some(reason) => Fact::unknown(reason.clone()),
        },
        rotation,
        policy,
        ..described_facts(&key_id, metadata)
    };
    let id = look.id(KEY, &arn);
    look.found(id, &name, tags, Facts::Key(Box::new(facts)));
    look.part
}

/// What `DescribeKey` says; aliases, rotation and policy are filled in by the caller.
fn described_facts(key_id: &str, metadata: Fact<KeyMetadata>) -> Key {
    fn text<T>(
        metadata: &Fact<KeyMetadata>,
        read: impl FnOnce(&KeyMetadata) -> Option<&T>,
        spell: impl FnOnce(&T) -> &str,
    ) -> Fact<String> {
        metadata.as_ref().and_then(|key| {
            read(key).map_or_else(
                || Fact::unknown("`kms:DescribeKey` did not say"),
                |value| Fact::known(spell(value).to_owned()),
            )
        })
    }
    let multi = metadata.as_ref().and_then(|key| Fact::from_option(key.multi_region_configuration.as_ref()));
    let multi_region = multi
        .clone()
        .and_then(|multi| Fact::from_option(multi.multi_region_key_type.as_ref().map(|kind| kind.as_str().to_owned())));
    let related_regions = multi.map(|multi| {
        let regions: BTreeSet<String> = multi
            .primary_key
            .iter()
            .chain(multi.replica_keys.iter().flatten())
            .filter_map(|key| key.region.clone())
            .collect();
        regions.into_iter().collect::<Vec<String>>()
    });
    Key {
        key_id: Fact::known(key_id.to_owned()),
        manager: text(&metadata, |key| key.key_manager.as_ref(), KeyManagerType::as_str),
        state: text(&metadata, |key| key.key_state.as_ref(), |state| state.as_str()),
        deletion_date: metadata.as_ref().and_then(|key| time(key.deletion_date.as_ref())),
        spec: text(&metadata, |key| key.key_spec.as_ref(), KeySpec::as_str),
        usage: text(&metadata, |key| key.key_usage.as_ref(), |usage| usage.as_str()),
        origin: text(&metadata, |key| key.origin.as_ref(), OriginType::as_str),
        rotation: Fact::absent(),
        multi_region,
        related_regions,
        aliases: Fact::absent(),
        policy: Fact::absent(),
    }
}

/// Whether the key rotates by itself. Only symmetric keys with material of KMS's own can; the status of all others is
/// always false (AWS KMS API Reference: GetKeyRotationStatus).
async fn rotation(look: &mut Look<'_>, arn: &str, key: &KeyMetadata) -> Fact<bool> {
    let other_spec = key.key_spec.as_ref().is_some_and(|spec| *spec != KeySpec::SymmetricDefault);
    let other_origin = key.origin.as_ref().is_some_and(|origin| *origin != OriginType::AwsKms);
    if other_spec || other_origin {
        return Fact::known(false);
    }
    let session = look.session;
    let clients = session.clients(look.region);
    let answer = session.send(clients.kms.get_key_rotation_status().key_id(arn).send()).await;
    look.fact(&GET_ROTATION, arn, &[], answer, |output| Fact::known(output.key_rotation_enabled))
}

async fn policy(look: &mut Look<'_>, arn: &str) -> Fact<String> {
    let session = look.session;
    let clients = session.clients(look.region);
    let answer = session.send(clients.kms.get_key_policy().key_id(arn).policy_name("default").send()).await;
    look.fact(&GET_KEY_POLICY, arn, &[], answer, |output| Fact::from_option(output.policy))
}

async fn read_tags(look: &mut Look<'_>, arn: &str) -> Tags {
    let session = look.session;
    let clients = session.clients(look.region);
    let list = look
        .list(&LIST_TAGS, Some(arn), |marker| {
            let call = clients.kms.list_resource_tags().key_id(arn).limit(50).set_marker(marker).send();
            async { session.send(call).await.map(|page| (page.tags.unwrap_or_default(), page.next_marker)) }
        })
        .await;
    let mut read = tags(list.items.into_iter().map(|tag| (Arc::<str>::from(tag.tag_key), tag.tag_value)));
    read.others = list.broken.map(Into::into);
    read
}

#[cfg(test)]
mod tests {
    use aws_sdk_kms::types::{MultiRegionConfiguration, MultiRegionKey, MultiRegionKeyType};

    use super::*;

    #[test]
    fn a_key_of_one_region_has_no_related_regions() {
        let key = KeyMetadata::builder().key_id("k").build().unwrap();
        let facts = described_facts("k", Fact::known(key));
        assert!(facts.multi_region.is_absent() && facts.related_regions.is_absent());
        assert!(facts.deletion_date.is_absent());
    }

    #[test]
    fn related_regions_hold_the_primarys_and_every_replicas() {
        let at = |region: &str| MultiRegionKey::builder().region(region).build();
        let multi = MultiRegionConfiguration::builder()
            .multi_region_key_type(MultiRegionKeyType::Replica)
            .primary_key(at("us-east-1"))
            .replica_keys(at("eu-west-1"))
            .replica_keys(at("ap-south-1"))
            .build();
        let key = KeyMetadata::builder().key_id("k").multi_region_configuration(multi).build().unwrap();
        let facts = described_facts("k", Fact::known(key));
        assert_eq!(facts.multi_region.value().unwrap(), "REPLICA");
        assert_eq!(facts.related_regions.value().unwrap(), &["ap-south-1", "eu-west-1", "us-east-1"]);
    }

    #[test]
    fn a_key_that_may_not_be_described_is_unknown_in_every_fact_but_its_id() {
        let facts = described_facts("k", Fact::unknown("`kms:DescribeKey` was denied in eu-west-1"));
        assert!(facts.key_id.is_known());
        assert!(facts.manager.is_unknown() && facts.state.is_unknown() && facts.deletion_date.is_unknown());
        assert!(facts.multi_region.is_unknown() && facts.related_regions.is_unknown());
    }
}
