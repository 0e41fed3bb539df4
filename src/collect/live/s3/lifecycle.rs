//! Lifecycle rules.
//!
//! Amazon S3 User Guide, "Lifecycle configuration elements".

use aws_sdk_s3::types as sdk;
use aws_smithy_types::DateTime;

use crate::model::fact::{Fact, State};
use crate::model::s3::LifecycleRule;

use super::super::convert::time;

/// Reads a rule.
pub fn rule(rule: &sdk::LifecycleRule) -> LifecycleRule {
    let expiration = rule.expiration.as_ref();
    let noncurrent = rule.noncurrent_version_expiration.as_ref();
    LifecycleRule {
        id: Fact::from_option(rule.id.clone().filter(|id| !id.is_empty())),
        enabled: Fact::known(rule.status == sdk::ExpirationStatus::Enabled),
        whole_bucket: Fact::known(is_whole_bucket(rule)),
        expire_days: match expiration {
            // A date is a deadline for all objects at once; it is no number of days.
            Some(expiration) if expiration.date.is_some() => Fact::unknown("the rule expires objects on a fixed date"),
            Some(expiration) => Fact::from_option(expiration.days.map(i64::from)),
            None => Fact::absent(),
        },
        noncurrent_expire_days: Fact::from_option(noncurrent.and_then(|rule| rule.noncurrent_days).map(i64::from)),
        noncurrent_keep: Fact::from_option(noncurrent.and_then(|rule| rule.newer_noncurrent_versions).map(i64::from)),
        abort_uploads_days: Fact::from_option(
            rule.abort_incomplete_multipart_upload
                .as_ref()
                .and_then(|abort| abort.days_after_initiation)
                .map(i64::from),
        ),
        transitions: Fact::known(
            rule.transitions
                .iter()
                .flatten()
                .map(|to| transition(to.storage_class.as_ref(), to.days, to.date.as_ref()))
                .collect(),
        ),
        noncurrent_transitions: Fact::known(
            rule.noncurrent_version_transitions
                .iter()
                .flatten()
                .map(|to| transition(to.storage_class.as_ref(), to.noncurrent_days, None))
                .collect(),
        ),
    }
}

/// Whether nothing narrows the rule: an empty prefix or filter matches every object.
#[expect(deprecated, reason = "rules with a prefix of their own are still in use and still answered")]
fn is_whole_bucket(rule: &sdk::LifecycleRule) -> bool {
    let every = |prefix: Option<&String>| prefix.is_none_or(String::is_empty);
    every(rule.prefix.as_ref())
        && rule.filter.as_ref().is_none_or(|filter| {
            every(filter.prefix.as_ref())
                && filter.tag.is_none()
                && filter.object_size_greater_than.is_none()
                && filter.object_size_less_than.is_none()
                && filter.and.as_ref().is_none_or(|and| {
                    every(and.prefix.as_ref())
                        && and.tags.as_ref().is_none_or(Vec::is_empty)
                        && and.object_size_greater_than.is_none()
                        && and.object_size_less_than.is_none()
                })
        })
}

/// `GLACIER@90`, or with a date `GLACIER@2026-01-01`.
fn transition(class: Option<&sdk::TransitionStorageClass>, days: Option<i32>, date: Option<&DateTime>) -> String {
    let class = class.map_or("unknown", sdk::TransitionStorageClass::as_str);
    match (days, time(date).state) {
        (Some(days), _) => format!("{class}@{days}"),
        (None, State::Known(date)) => format!("{class}@{}", date.strftime("%Y-%m-%d")),
        // Without days a transition happens on the day of creation.
        (None, _) => format!("{class}@0"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blank() -> sdk::builders::LifecycleRuleBuilder {
        sdk::LifecycleRule::builder().status(sdk::ExpirationStatus::Enabled)
    }

    fn filtered(filter: sdk::LifecycleRuleFilter) -> Fact<bool> {
        rule(&blank().filter(filter).build().unwrap()).whole_bucket
    }

    #[test]
    #[expect(deprecated, reason = "rules with a prefix of their own are still in use and still answered")]
    fn an_empty_prefix_or_filter_is_the_whole_bucket() {
        let filter = sdk::LifecycleRuleFilter::builder;
        assert!(rule(&blank().prefix("").build().unwrap()).whole_bucket.is_true());
        assert!(rule(&blank().prefix("a/").build().unwrap()).whole_bucket.is_false());
        assert!(rule(&blank().build().unwrap()).whole_bucket.is_true());
        assert!(filtered(filter().build()).is_true());
        assert!(filtered(filter().prefix("").build()).is_true());
        assert!(filtered(filter().prefix("logs/").build()).is_false());
        assert!(filtered(filter().object_size_greater_than(0).build()).is_false());
    }

    #[test]
    fn a_tag_under_and_narrows_the_rule_even_with_an_empty_prefix() {
        let and = sdk::LifecycleRuleAndOperator::builder;
        let tag = sdk::Tag::builder().key("k").value("v").build().unwrap();
        assert!(filtered(sdk::LifecycleRuleFilter::builder().and(and().prefix("").build()).build()).is_true());
        assert!(
            filtered(sdk::LifecycleRuleFilter::builder().and(and().prefix("").tags(tag).build()).build()).is_false()
        );
    }

    #[test]
    fn an_expiry_on_a_date_is_no_number_of_days() {
        let expiration = sdk::LifecycleExpiration::builder().date(DateTime::from_secs(1_767_225_600)).build();
        assert!(rule(&blank().expiration(expiration).build().unwrap()).expire_days.is_unknown());
        let markers = sdk::LifecycleExpiration::builder().expired_object_delete_marker(true).build();
        assert!(rule(&blank().expiration(markers).build().unwrap()).expire_days.is_absent());
    }

    #[test]
    fn transitions_say_their_class_and_when() {
        let class = sdk::TransitionStorageClass::Glacier;
        assert_eq!(transition(Some(&class), Some(90), None), "GLACIER@90");
        assert_eq!(transition(Some(&class), None, Some(&DateTime::from_secs(1_767_225_600))), "GLACIER@2026-01-01");
    }
}
