//! `AWS::Events::Rule`.

use super::Mapped;
use super::tags::tags;
use crate::collect::declared::item::Item;
use crate::model::events::EventRule;
use crate::model::fact::{Fact, State};
use crate::model::resource::Facts;

/// A rule. Left out, its state is `ENABLED` and its bus `default` (`PutRule` in the Amazon EventBridge API Reference).
pub(super) fn rule(properties: &Item) -> Mapped {
    let state = properties.get("State").text().or_default_to("ENABLED".to_owned());
    let facts = EventRule {
        enabled: state.map(|state| state != "DISABLED"),
        bus: properties.get("EventBusName").text().or_default_to("default".to_owned()),
        pattern: properties.get("EventPattern").document(),
        targets: targets(&properties.get("Targets")),
    };
    let name = properties.get("Name").text();
    Mapped {
        facts: Facts::EventRule(Box::new(facts)),
        tags: tags(&properties.get("Tags")),
        name: name.value().cloned(),
    }
}

fn targets(item: &Item) -> Fact<i64> {
    // What a target is does not matter here, only whether there is one.
    let each = item.list(&|target| match target.present().state {
        State::Unknown(reasons) => Fact::unknown(reasons),
        State::Known(_) | State::Absent => Fact::known(true),
    });
    each.map(|targets| i64::try_from(targets.len()).unwrap_or(i64::MAX)).or_default_to(0)
}
