//! `aws_s3_bucket_lifecycle_configuration`, and the blocks `lifecycle_rule` of a bucket.

use crate::collect::declared::item::Item;
use crate::collect::terraform::map::nested::{either, some};
use crate::collect::terraform::map::split::Owner;
use crate::model::fact::{Fact, State};
use crate::model::s3::LifecycleRule;

pub(super) fn rules(owner: &Owner<'_>, body: &Item) -> Fact<Vec<LifecycleRule>> {
    let inline = some(body.get("lifecycle_rule").sections(&rule));
    owner.said("aws_s3_bucket_lifecycle_configuration", inline, &|body| body.get("rule").sections(&rule))
}

/// A rule; the inline block spells some arguments in another way.
fn rule(rule: &Item) -> LifecycleRule {
    let noncurrent = rule.nested("noncurrent_version_expiration");
    let abort = rule.nested("abort_incomplete_multipart_upload").get("days_after_initiation").nonzero();
    LifecycleRule {
        id: rule.get("id").filled(),
        enabled: either(rule.get("status").is("Enabled"), || rule.get("enabled").boolean()),
        whole_bucket: whole_bucket(rule),
        expire_days: days_or_date(
            rule.nested("expiration").get("days").nonzero(),
            &rule.nested("expiration").get("date"),
        ),
        noncurrent_expire_days: either(noncurrent.get("noncurrent_days").nonzero(), || {
            noncurrent.get("days").nonzero()
        }),
        noncurrent_keep: noncurrent.get("newer_noncurrent_versions").filled_number(),
        abort_uploads_days: either(abort, || rule.get("abort_incomplete_multipart_upload_days").nonzero()),
        transitions: rule.get("transition").list(&transition).or_default_to(Vec::new()),
        noncurrent_transitions: rule.get("noncurrent_version_transition").list(&transition).or_default_to(Vec::new()),
    }
}

impl Item {
    /// A whole number, which older versions of the provider write as text; an empty one and zero are none.
    fn filled_number(&self) -> Fact<i64> {
        self.filled().and_then(|_| self.nonzero())
    }
}

/// No prefix (or an empty one), no tags, no sizes.
fn whole_bucket(rule: &Item) -> Fact<bool> {
    let filter = rule.nested("filter");
    let and = filter.nested("and");
    let sizes = ["object_size_greater_than", "object_size_less_than"];
    let narrowing = [rule, &filter, &and].into_iter().flat_map(|part| {
        let tag = part.nested("tag").present();
        [part.get("prefix").is_set(), part.get("tags").is_set(), tag]
            .into_iter()
            .chain(sizes.map(|size| part.get(size).is_set()))
    });
    Fact::any(narrowing).negate().at(rule.at.clone())
}

/// `GLACIER@90`. Without days or a date it is at once; a date is no number of days.
fn transition(item: &Item) -> Fact<String> {
    let days = either(item.get("days").integer(), || item.get("noncurrent_days").integer());
    let days = days_or_date(days, &item.get("date")).or_default_to(0);
    item.get("storage_class").text().and_then(|class| days.map(|days| format!("{class}@{days}")))
}

fn days_or_date(days: Fact<i64>, date: &Item) -> Fact<i64> {
    let date_is_set = date.is_set();
    match (days.value().copied().unwrap_or(0), days.is_unknown(), date_is_set.state) {
        (0, false, State::Known(true)) => Fact::unknown("it happens at a date").at(date.at.clone()),
        (0, false, State::Unknown(reasons)) => Fact::unknown(reasons).at(date.at.clone()),
        _ => days,
    }
}
