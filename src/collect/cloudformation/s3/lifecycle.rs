//! `LifecycleConfiguration` of a bucket.

use crate::collect::declared::item::Item;
use crate::model::fact::{Fact, State};
use crate::model::s3::LifecycleRule;

pub(super) fn rules(properties: &Item) -> Fact<Vec<LifecycleRule>> {
    properties.dig("LifecycleConfiguration.Rules").sections(&rule)
}

fn rule(rule: &Item) -> LifecycleRule {
    LifecycleRule {
        id: rule.get("Id").text(),
        enabled: rule.get("Status").is("Enabled"),
        whole_bucket: whole_bucket(rule),
        expire_days: or_date(rule.get("ExpirationInDays").integer(), &rule.get("ExpirationDate")),
        noncurrent_expire_days: or_else(rule.dig("NoncurrentVersionExpiration.NoncurrentDays").integer(), || {
            rule.get("NoncurrentVersionExpirationInDays").integer()
        }),
        noncurrent_keep: rule.dig("NoncurrentVersionExpiration.NewerNoncurrentVersions").integer(),
        abort_uploads_days: rule.dig("AbortIncompleteMultipartUpload.DaysAfterInitiation").integer(),
        transitions: or_else(rule.get("Transitions").list(&transition), || rule.get("Transition").list(&transition))
            .or_default_to(Vec::new()),
        noncurrent_transitions: or_else(rule.get("NoncurrentVersionTransitions").list(&transition), || {
            rule.get("NoncurrentVersionTransition").list(&transition)
        })
        .or_default_to(Vec::new()),
    }
}

/// No prefix (or an empty one), no tags, no sizes.
fn whole_bucket(rule: &Item) -> Fact<bool> {
    let prefix = rule.get("Prefix").text();
    Fact::all([
        prefix.map(|prefix| prefix.is_empty()).or_default_to(true),
        rule.get("TagFilters").present().negate(),
        rule.get("ObjectSizeGreaterThan").present().negate(),
        rule.get("ObjectSizeLessThan").present().negate(),
    ])
    .at(rule.at.clone())
}

/// `GLACIER@90`. AWS's default is 0 days; a date is no number of days.
fn transition(item: &Item) -> Fact<String> {
    let days = or_date(item.get("TransitionInDays").integer(), &item.get("TransitionDate")).or_default_to(0);
    item.get("StorageClass").text().and_then(|class| days.map(|days| format!("{class}@{days}")))
}

fn or_else<T>(fact: Fact<T>, other: impl FnOnce() -> Fact<T>) -> Fact<T> {
    if fact.is_absent() { other() } else { fact }
}

fn or_date(days: Fact<i64>, date: &Item) -> Fact<i64> {
    match (days.is_absent(), date.present().state) {
        (true, State::Known(true)) => Fact::unknown("it happens at a date").at(date.at.clone()),
        (true, State::Unknown(reasons)) => Fact::unknown(reasons).at(date.at.clone()),
        _ => days,
    }
}
