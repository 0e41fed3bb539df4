//! Reading arguments and nested blocks.

use std::sync::Arc;

use crate::collect::declared::item::{Choice, Item, Kind, Map};
use crate::model::fact::Fact;
use crate::model::resource::Link;

impl Item {
    /// The nested block under a path of block types that stand once each: `rule.default_retention`. Without one absent;
    /// unknown where one stands several times.
    #[must_use]
    pub(super) fn nested(&self, path: &str) -> Self {
        path.split('.').fold(self.clone(), |item, name| only(&item.get(name)))
    }

    /// Text; an empty one is none.
    pub(super) fn filled(&self) -> Fact<String> {
        self.text().and_then(|text| if text.is_empty() { Fact::absent() } else { Fact::known(text) })
    }

    /// A whole number; zero is none.
    pub(super) fn nonzero(&self) -> Fact<i64> {
        self.integer().and_then(|number| if number == 0 { Fact::absent() } else { Fact::known(number) })
    }

    /// A reference that may be left out; an empty text is none.
    pub(super) fn filled_link(&self) -> Fact<Link> {
        self.optional_link().and_then(|link| {
            let empty = link.target.is_none() && link.text.value().is_some_and(String::is_empty);
            if empty { Fact::absent() } else { Fact::known(link) }
        })
    }

    /// Whether something is set: neither an empty text nor an empty list, mapping, nor zero.
    pub(super) fn is_set(&self) -> Fact<bool> {
        self.fact(&|item| {
            Fact::known(match &item.kind {
                Kind::Text(text) => !text.is_empty() && &**text != "0",
                Kind::Number(text) => text.parse::<f64>() != Ok(0.0),
                Kind::List(elements) => !elements.is_empty(),
                Kind::Map(map) => match &map.open {
                    Some(reasons) if map.entries.is_empty() => return Fact::unknown(reasons.clone()),
                    _ => !map.entries.is_empty(),
                },
                _ => true,
            })
        })
        .or_default_to(false)
    }
}

fn only(item: &Item) -> Item {
    match &item.kind {
        Kind::List(elements) => match &**elements {
            [] => Item::absent(item.key_at.clone().or_else(|| item.at.clone())),
            [one] => {
                // A block without arguments.
                let empty = || Kind::Map(Arc::new(Map { entries: Vec::new(), open: None }));
                let kind = if matches!(one.kind, Kind::Absent) { empty() } else { one.kind.clone() };
                let at = one.at.clone().or_else(|| item.at.clone());
                let key_at = one.key_at.clone().or_else(|| item.key_at.clone()).or_else(|| at.clone());
                Item { kind, at, key_at }
            }
            _ => Item {
                kind: Kind::Unknown("a block that stands once at most stands several times".into()),
                ..item.clone()
            },
        },
        Kind::Choice(choice) => {
            let both = Choice { yes: only(&choice.yes), no: only(&choice.no), why: choice.why.clone() };
            Item { kind: Kind::Choice(Arc::new(both)), ..item.clone() }
        }
        _ => item.clone(),
    }
}

/// The first of two spellings that is there.
pub(super) fn either<T>(fact: Fact<T>, other: impl FnOnce() -> Fact<T>) -> Fact<T> {
    if fact.is_absent() { other() } else { fact }
}

/// A list of which the empty one means that there is none.
pub(super) fn some<T>(list: Fact<Vec<T>>) -> Fact<Vec<T>> {
    list.and_then(|list| if list.is_empty() { Fact::absent() } else { Fact::known(list) })
}
