//! Tags, and conditions on them.

use crate::collect::declared::item::Item;
use crate::collect::declared::tags;
use crate::model::backup::{TagCondition, TagOperator};
use crate::model::fact::{Fact, State};
use crate::model::resource::Tags;

/// The tags of a resource: `tags_all`, which has those of the provider's `default_tags` too, or else `tags`.
pub(super) fn of(body: &Item) -> Tags {
    let all = body.get("tags_all");
    tags::tags(&if all.present().is_false() { body.get("tags") } else { all })
}

/// The conditions in blocks that each have lists of them, by operator; absent where there are none.
pub(super) fn conditions(blocks: &Item, operators: &[(&str, TagOperator)]) -> Fact<Vec<TagCondition>> {
    let mut all = Vec::new();
    for (key, operator) in operators {
        let of_block =
            |block: &Item| block.get(key).sections(&|item| condition(*operator, item)).or_default_to(Vec::new());
        match blocks.list(&of_block).state {
            State::Known(found) => all.extend(found.into_iter().flatten()),
            State::Absent => {}
            State::Unknown(reasons) => return Fact::unknown(reasons).at(blocks.at.clone()),
        }
    }
    if all.is_empty() { Fact::absent() } else { Fact::known(all).at(blocks.at.clone()) }
}

/// One condition: `key`, which names a tag, and `value`.
pub(super) fn condition(operator: TagOperator, item: &Item) -> TagCondition {
    let key = item.get("key").text();
    TagCondition {
        operator,
        key: key.map(|key| key.strip_prefix("aws:ResourceTag/").map_or_else(|| key.clone(), str::to_owned)),
        value: item.get("value").text(),
    }
}
