//! `aws_s3_bucket_replication_configuration`, and the block `replication_configuration` of a bucket, rules of V1
//! (`prefix`) and V2 (`filter`).

use crate::collect::declared::item::{Item, Kind};
use crate::collect::terraform::map::nested::{either, some};
use crate::collect::terraform::map::split::Owner;
use crate::model::fact::{Cure, Fact, Reason, State};
use crate::model::s3::{Destination, ReplicationConfiguration, ReplicationRule};

pub(super) fn configuration(owner: &Owner<'_>, body: &Item) -> Fact<ReplicationConfiguration> {
    let inline = body.nested("replication_configuration").section(&|block| read(block, "rules"));
    owner.said("aws_s3_bucket_replication_configuration", inline, &|body| body.section(&|body| read(body, "rule")))
}

fn read(block: &Item, rules: &str) -> ReplicationConfiguration {
    ReplicationConfiguration { role: block.get("role").filled_link(), rules: block.get(rules).sections(&rule) }
}

/// A rule; the inline block spells some arguments in another way.
fn rule(rule: &Item) -> ReplicationRule {
    let (filter, destination) = (rule.nested("filter"), rule.nested("destination"));
    let kms = rule.nested("source_selection_criteria.sse_kms_encrypted_objects");
    let replica_key = destination.nested("encryption_configuration").get("replica_kms_key_id").filled();
    let prefixes = [filter.get("prefix"), filter.nested("and").get("prefix"), rule.get("prefix")];
    ReplicationRule {
        id: rule.get("id").filled(),
        enabled: rule.get("status").is("Enabled"),
        priority: rule.get("priority").integer(),
        prefix: prefixes.iter().map(Item::filled).find(|fact| !fact.is_absent()).unwrap_or_else(Fact::absent),
        tag_filter: tag_filter(&filter),
        delete_markers: delete_markers(rule, &filter),
        kms_objects: either(kms.get("status").is("Enabled"), || kms.get("enabled").boolean()).or_default_to(false),
        replica_key: either(replica_key, || destination.get("replica_kms_key_id").filled()),
        destination: read_destination(&destination),
    }
}

/// `tag` is one tag; `and { tags }`, and `tags` of the inline block, are mappings.
fn tag_filter(filter: &Item) -> Fact<Vec<String>> {
    let one = filter.nested("tag").fact(&|tag| {
        let (key, value) = (tag.get("key").text(), tag.get("value").text());
        key.and_then(|key| value.or_default_to(String::new()).map(|value| vec![format!("{key}={value}")]))
    });
    let many = either(one, || mapping(&filter.nested("and").get("tags")));
    some(either(many, || mapping(&filter.get("tags"))))
}

fn mapping(item: &Item) -> Fact<Vec<String>> {
    item.fact(&|item| {
        let Kind::Map(map) = &item.kind else { return Fact::unknown("the tags are not a mapping") };
        if let Some(reasons) = &map.open {
            return Fact::unknown(reasons.clone());
        }
        let mut all = Vec::new();
        for (key, value) in &map.entries {
            match value.text().state {
                State::Known(value) => all.push(format!("{key}={value}")),
                State::Absent => {}
                State::Unknown(reasons) => return Fact::unknown(reasons),
            }
        }
        all.sort();
        Fact::known(all)
    })
}

/// A rule without `filter` replicates delete markers, one with it only if it says so ("Replicating delete markers
/// between buckets" in the Amazon S3 User Guide). `filter {}` is a filter.
fn delete_markers(rule: &Item, filter: &Item) -> Fact<bool> {
    let written = either(rule.nested("delete_marker_replication").get("status").filled(), || {
        rule.get("delete_marker_replication_status").filled()
    });
    if written.is_absent() {
        filter.present().negate().at(written.at)
    } else {
        written.map(|status| status == "Enabled")
    }
}

fn read_destination(destination: &Item) -> Destination {
    let on = |name: &str| destination.nested(name).get("status").is("Enabled").or_default_to(false);
    Destination {
        bucket: destination.get("bucket").link(),
        account: either(destination.get("account").filled(), || destination.get("account_id").filled()),
        changes_owner: destination.nested("access_control_translation").present(),
        exists: elsewhere(),
        region: elsewhere(),
        versioning: elsewhere(),
        storage_class: destination.get("storage_class").filled(),
        metrics: Fact::any([on("metrics"), on("replication_time")]),
    }
}

fn elsewhere<T>() -> Fact<T> {
    let cure = Cure::Source("scan the configuration that declares the destination bucket too".to_owned());
    Fact::unknown(Reason::new("a configuration does not show the destination bucket").cured_by(cure))
}
