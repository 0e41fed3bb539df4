//! Replication rules of schema V1 (`Prefix`) and V2 (`Filter`).
//!
//! Amazon S3 User Guide, "Replication configuration file elements".

use aws_sdk_s3::types as sdk;

use crate::model::fact::Fact;
use crate::model::resource::Link;
use crate::model::s3::{Destination, ReplicationConfiguration, ReplicationRule};

/// Reads a configuration. What the destinations themselves say is filled in later.
pub fn configuration(configuration: sdk::ReplicationConfiguration) -> ReplicationConfiguration {
    ReplicationConfiguration {
        role: Fact::known(Link::text(Fact::known(configuration.role))),
        rules: Fact::known(configuration.rules.into_iter().map(rule).collect()),
    }
}

fn rule(rule: sdk::ReplicationRule) -> ReplicationRule {
    // A rule of V2 has a filter, if only an empty one, and says itself what becomes of delete markers.
    let second = rule.filter.is_some() || rule.delete_marker_replication.is_some();
    let delete_markers = if second {
        rule.delete_marker_replication
            .as_ref()
            .and_then(|markers| markers.status.as_ref())
            .is_some_and(|status| *status == sdk::DeleteMarkerReplicationStatus::Enabled)
    } else {
        true
    };
    let (prefix, tags) = match &rule.filter {
        None => (rule_prefix(&rule), Vec::new()),
        Some(filter) => filter_of(filter.clone()),
    };
    let kms_objects = rule
        .source_selection_criteria
        .and_then(|criteria| criteria.sse_kms_encrypted_objects)
        .is_some_and(|objects| objects.status == sdk::SseKmsEncryptedObjectsStatus::Enabled);
    let replica_key = rule
        .destination
        .as_ref()
        .and_then(|destination| destination.encryption_configuration.as_ref())
        .and_then(|encryption| encryption.replica_kms_key_id.clone());
    ReplicationRule {
        id: Fact::from_option(rule.id.filter(|id| !id.is_empty())),
        enabled: Fact::known(rule.status == sdk::ReplicationRuleStatus::Enabled),
        priority: Fact::from_option(rule.priority.map(i64::from)),
        prefix: Fact::from_option(prefix),
        tag_filter: if tags.is_empty() { Fact::absent() } else { Fact::known(tags) },
        delete_markers: Fact::known(delete_markers),
        kms_objects: Fact::known(kms_objects),
        replica_key: Fact::from_option(replica_key),
        destination: destination(rule.destination),
    }
}

#[expect(deprecated, reason = "rules of schema V1 are still in use and still answered")]
fn rule_prefix(rule: &sdk::ReplicationRule) -> Option<String> {
    rule.prefix.clone()
}

/// A filter's prefix and tags.
fn filter_of(filter: sdk::ReplicationRuleFilter) -> (Option<String>, Vec<String>) {
    let (and_prefix, and_tags) = filter.and.map(|and| (and.prefix, and.tags.unwrap_or_default())).unwrap_or_default();
    let tags = filter.tag.into_iter().chain(and_tags).map(|tag| format!("{}={}", tag.key, tag.value)).collect();
    (filter.prefix.or(and_prefix), tags)
}

fn destination(destination: Option<sdk::Destination>) -> Destination {
    let not_looked = || "the destination was not looked at";
    let Some(destination) = destination else {
        let unsaid = "`s3:GetBucketReplication` named no destination";
        return Destination {
            bucket: Link::text(Fact::unknown(unsaid)),
            account: Fact::unknown(unsaid),
            changes_owner: Fact::unknown(unsaid),
            exists: Fact::unknown(unsaid),
            region: Fact::unknown(unsaid),
            versioning: Fact::unknown(unsaid),
            storage_class: Fact::unknown(unsaid),
            metrics: Fact::unknown(unsaid),
        };
    };
    let metrics = destination.metrics.is_some_and(|metrics| metrics.status == sdk::MetricsStatus::Enabled)
        || destination.replication_time.is_some_and(|time| time.status == sdk::ReplicationTimeStatus::Enabled);
    Destination {
        bucket: Link::text(Fact::known(destination.bucket)),
        account: Fact::from_option(destination.account),
        changes_owner: Fact::known(destination.access_control_translation.is_some()),
        exists: Fact::unknown(not_looked()),
        region: Fact::unknown(not_looked()),
        versioning: Fact::unknown(not_looked()),
        storage_class: Fact::from_option(destination.storage_class.map(|class| class.as_str().to_owned())),
        metrics: Fact::known(metrics),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blank() -> sdk::builders::ReplicationRuleBuilder {
        let destination = sdk::Destination::builder().bucket("arn:aws:s3:::replicas").build().unwrap();
        sdk::ReplicationRule::builder().status(sdk::ReplicationRuleStatus::Enabled).destination(destination)
    }

    fn tag(key: &str) -> sdk::Tag {
        sdk::Tag::builder().key(key).value("v").build().unwrap()
    }

    #[test]
    #[expect(deprecated, reason = "rules of schema V1 are still in use and still answered")]
    fn a_first_schema_rule_replicates_delete_markers_and_keeps_its_prefix() {
        let read = rule(blank().prefix("data/").build().unwrap());
        assert_eq!(read.prefix.value().unwrap(), "data/");
        assert_eq!(read.delete_markers, Fact::known(true));
        assert!(read.priority.is_absent() && read.tag_filter.is_absent() && read.id.is_absent());
    }

    #[test]
    fn a_second_schema_rule_replicates_delete_markers_only_if_it_says_so() {
        let empty = sdk::ReplicationRuleFilter::builder().build();
        let silent = rule(blank().filter(empty.clone()).priority(1).build().unwrap());
        assert_eq!(silent.delete_markers, Fact::known(false));
        assert!(silent.prefix.is_absent());
        let markers =
            sdk::DeleteMarkerReplication::builder().status(sdk::DeleteMarkerReplicationStatus::Enabled).build();
        let told = rule(blank().filter(empty).delete_marker_replication(markers).build().unwrap());
        assert_eq!(told.delete_markers, Fact::known(true));
    }

    #[test]
    fn prefix_and_tags_under_and_are_both_read() {
        let and = sdk::ReplicationRuleAndOperator::builder().prefix("a/").tags(tag("x")).tags(tag("y")).build();
        let read = rule(blank().filter(sdk::ReplicationRuleFilter::builder().and(and).build()).build().unwrap());
        assert_eq!(read.prefix.value().unwrap(), "a/");
        assert_eq!(read.tag_filter.value().unwrap(), &["x=v", "y=v"]);
        let lone = rule(blank().filter(sdk::ReplicationRuleFilter::builder().tag(tag("x")).build()).build().unwrap());
        assert!(lone.prefix.is_absent());
        assert_eq!(lone.tag_filter.value().unwrap(), &["x=v"]);
    }

    #[test]
    fn replication_time_control_brings_metrics_along() {
        let time = sdk::ReplicationTime::builder()
            .status(sdk::ReplicationTimeStatus::Enabled)
            .time(sdk::ReplicationTimeValue::builder().minutes(15).build())
            .build()
            .unwrap();
        let to = sdk::Destination::builder().bucket("arn:aws:s3:::replicas").replication_time(time).build().unwrap();
        assert_eq!(destination(Some(to)).metrics, Fact::known(true));
    }

    #[test]
    fn replicas_change_their_owner_only_if_the_rule_says_so() {
        let owner = sdk::AccessControlTranslation::builder().owner(sdk::OwnerOverride::Destination).build().unwrap();
        let plain = || sdk::Destination::builder().bucket("arn:aws:s3:::replicas").account("444455556666");
        assert_eq!(destination(Some(plain().build().unwrap())).changes_owner, Fact::known(false));
        let changed = plain().access_control_translation(owner).build().unwrap();
        assert_eq!(destination(Some(changed)).changes_owner, Fact::known(true));
        assert!(destination(None).changes_owner.is_unknown());
    }

    #[test]
    fn objects_under_kms_keys_are_left_out_unless_the_rule_selects_them() {
        assert_eq!(rule(blank().build().unwrap()).kms_objects, Fact::known(false));
        let objects =
            sdk::SseKmsEncryptedObjects::builder().status(sdk::SseKmsEncryptedObjectsStatus::Enabled).build().unwrap();
        let criteria = sdk::SourceSelectionCriteria::builder().sse_kms_encrypted_objects(objects).build();
        assert_eq!(rule(blank().source_selection_criteria(criteria).build().unwrap()).kms_objects, Fact::known(true));
    }
}
