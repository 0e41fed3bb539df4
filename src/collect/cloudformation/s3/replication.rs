//! `ReplicationConfiguration` of a bucket, rules of V1 (`Prefix`) and V2 (`Filter`).

use crate::collect::declared::item::{Item, Kind};
use crate::model::fact::{Cure, Fact, Reason, State};
use crate::model::s3::{Destination, ReplicationConfiguration, ReplicationRule};

pub(super) fn configuration(properties: &Item) -> Fact<ReplicationConfiguration> {
    properties.get("ReplicationConfiguration").section(&|configuration| ReplicationConfiguration {
        role: configuration.get("Role").optional_link(),
        rules: configuration.get("Rules").sections(&rule),
    })
}

fn rule(rule: &Item) -> ReplicationRule {
    let filter = rule.get("Filter");
    ReplicationRule {
        id: rule.get("Id").text(),
        enabled: rule.get("Status").is("Enabled"),
        priority: rule.get("Priority").integer(),
        prefix: first([filter.get("Prefix"), filter.dig("And.Prefix"), rule.get("Prefix")]),
        tag_filter: tag_filter(&filter),
        delete_markers: delete_markers(rule, &filter),
        kms_objects: rule
            .dig("SourceSelectionCriteria.SseKmsEncryptedObjects.Status")
            .is("Enabled")
            .or_default_to(false),
        replica_key: rule.dig("Destination.EncryptionConfiguration.ReplicaKmsKeyID").text(),
        destination: destination(&rule.get("Destination")),
    }
}

/// The first that is there.
fn first(items: [Item; 3]) -> Fact<String> {
    items.iter().map(Item::text).find(|fact| !fact.is_absent()).unwrap_or_else(Fact::absent)
}

fn tag_filter(filter: &Item) -> Fact<Vec<String>> {
    let tag = |item: &Item| {
        let (key, value) = (item.get("Key").text(), item.get("Value").text());
        key.and_then(|key| value.or_default_to(String::new()).map(|value| format!("{key}={value}")))
    };
    let one = filter.get("TagFilter");
    let many = filter.dig("And.TagFilters");
    if one.present().is_false() { many.list(&tag) } else { one.fact(&|item| tag(item).map(|tag| vec![tag])) }
}

/// A rule without `Filter` replicates delete markers, one with it only if it says so ("Replicating delete markers
/// between buckets" in the Amazon S3 User Guide).
fn delete_markers(rule: &Item, filter: &Item) -> Fact<bool> {
    let written = rule.dig("DeleteMarkerReplication.Status").is("Enabled");
    if written.is_absent() { filter.present().negate().at(written.at) } else { written }
}

fn destination(destination: &Item) -> Destination {
    let on = |name: &str| destination.get(name).get("Status").is("Enabled").or_default_to(false);
    Destination {
        bucket: destination.get("Bucket").link(),
        account: destination.get("Account").text(),
        changes_owner: destination.get("AccessControlTranslation").present(),
        exists: elsewhere(),
        region: elsewhere(),
        versioning: elsewhere(),
        storage_class: destination.get("StorageClass").text(),
        metrics: if matches!(destination.kind, Kind::Map(_)) {
            Fact::any([on("Metrics"), on("ReplicationTime")])
        } else {
            match &destination.present().state {
                State::Unknown(reasons) => Fact::unknown(reasons.clone()),
                _ => Fact::known(false),
            }
        },
    }
}

fn elsewhere<T>() -> Fact<T> {
    let cure = Cure::Source("scan the template that declares the destination bucket too".to_owned());
    Fact::unknown(Reason::new("a template does not show the destination bucket").cured_by(cure))
}
