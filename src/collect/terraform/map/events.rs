//! `aws_cloudwatch_event_rule` and its `aws_cloudwatch_event_target`s.

use super::nested::either;
use super::split::Owner;
use super::{Mapped, tags};
use crate::collect::declared::item::Item;
use crate::model::events::EventRule;
use crate::model::fact::Fact;
use crate::model::resource::Facts;

/// A rule. Left out, its state is `ENABLED` (in older versions of the provider: `is_enabled` is true) and its bus
/// `default`.
pub(super) fn rule(owner: &Owner<'_>, body: &Item) -> Mapped {
    let state = body.get("state").filled().map(|state| state != "DISABLED");
    let facts = EventRule {
        enabled: either(state, || body.get("is_enabled").boolean()).or_default_to(true),
        bus: body.get("event_bus_name").filled().or_default_to("default".to_owned()),
        pattern: body.get("event_pattern").filled(),
        targets: targets(owner),
    };
    let name = body.get("name").filled().value().cloned();
    Mapped { facts: Facts::EventRule(Box::new(facts)), tags: tags::of(body), name }
}

/// How many targets it has for certain; unknown where it may have the first one.
fn targets(owner: &Owner<'_>) -> Fact<i64> {
    let (sure, unsure) = owner.belonging("aws_cloudwatch_event_target");
    let doubts = unsure.into_iter().map(|(_, reasons)| reasons).chain(owner.unseen());
    match (sure.len(), doubts.reduce(|all, more| all.and(&more))) {
        (0, Some(doubt)) => Fact::unknown(doubt),
        (count, _) => Fact::known(i64::try_from(count).unwrap_or(i64::MAX)),
    }
}
