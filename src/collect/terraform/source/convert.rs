//! From values to the items that mappers read, and between Terraform's types.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::number::Number;
use super::value::{Kind, Map, Unknown, Value};
use crate::collect::declared::item::{Choice as ItemChoice, Item, Kind as ItemKind, Map as ItemMap};
use crate::model::fact::{Reason, State};

/// Why a value cannot be had.
#[derive(Clone, Debug)]
pub enum Stop {
    /// It is not known.
    Unknown(Arc<Unknown>),
    /// Terraform refuses it.
    Error(Arc<str>),
}

impl From<Stop> for Kind {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Unknown(unknown) => Self::Unknown(unknown),
            Stop::Error(message) => Self::Error(message),
        }
    }
}

impl Stop {
    /// What Terraform refuses.
    pub fn error(message: impl Into<Arc<str>>) -> Self {
        Self::Error(message.into())
    }

    /// What is not known.
    pub fn unknown(why: impl Into<crate::model::fact::Reasons>) -> Self {
        Self::Unknown(Unknown::derived(why, None))
    }
}

impl Value {
    /// Unknown and error as a stop; anything else goes on.
    pub fn known(&self) -> Result<&Self, Stop> {
        match &self.kind {
            Kind::Unknown(unknown) => Err(Stop::Unknown(unknown.clone())),
            Kind::Choice(choice) => Err(Stop::Unknown(Unknown::derived(choice.why.clone(), None))),
            Kind::Error(message) => Err(Stop::Error(message.clone())),
            _ => Ok(self),
        }
    }

    /// As text: numbers and booleans are written out.
    pub fn text(&self) -> Result<Arc<str>, Stop> {
        match &self.known()?.kind {
            Kind::Text(text) => Ok(text.clone()),
            Kind::Number(number) => Ok(number.text()),
            Kind::Bool(value) => Ok(if *value { "true".into() } else { "false".into() }),
            Kind::Reference(reference) => match &reference.text.state {
                State::Known(text) => Ok(text.as_str().into()),
                State::Unknown(reasons) => Err(Stop::Unknown(Unknown::sure(reasons.clone(), None))),
                State::Absent => Err(Stop::unknown("it is known when it is applied")),
            },
            other => Err(Stop::error(format!("text is needed, and there is {}", other.name()))),
        }
    }

    /// As a number; text is read as one.
    pub fn number(&self) -> Result<Number, Stop> {
        match &self.known()?.kind {
            Kind::Number(number) => Ok(*number),
            Kind::Text(_) | Kind::Reference(_) => {
                let text = self.text()?;
                Number::parse(&text).ok_or_else(|| Stop::error(format!("`{text}` is no number")))
            }
            other => Err(Stop::error(format!("a number is needed, and there is {}", other.name()))),
        }
    }

    /// As a boolean; the texts `true` and `false` are read as one.
    pub fn boolean(&self) -> Result<bool, Stop> {
        match &self.known()?.kind {
            Kind::Bool(value) => Ok(*value),
            Kind::Text(text) if &**text == "true" => Ok(true),
            Kind::Text(text) if &**text == "false" => Ok(false),
            Kind::Reference(_) => Err(Stop::unknown("it is known when it is applied")),
            other => Err(Stop::error(format!("a boolean is needed, and there is {}", other.name()))),
        }
    }

    /// As a whole number of things.
    pub fn count(&self) -> Result<usize, Stop> {
        let number = self.number()?;
        let whole = number.whole().and_then(|whole| usize::try_from(whole).ok());
        whole.ok_or_else(|| Stop::error(format!("`{}` is no whole number", number.text())))
    }

    /// The elements of a list or set.
    pub fn elements(&self) -> Result<&Arc<[Self]>, Stop> {
        match &self.known()?.kind {
            Kind::List(all) | Kind::Set(all) => Ok(all),
            Kind::Whole(handle) => Err(Stop::unknown(format!("`{}` is used as a whole", handle.address()))),
            other => Err(Stop::error(format!("a list is needed, and there is {}", other.name()))),
        }
    }

    /// A map all of whose keys are known.
    pub fn closed(&self) -> Result<&Map, Stop> {
        let map = self.any_map()?;
        match &map.open {
            Some(open) => Err(Stop::Unknown(open.clone())),
            None => Ok(map),
        }
    }

    /// A map, of which there may be other keys.
    pub fn any_map(&self) -> Result<&Map, Stop> {
        match &self.known()?.kind {
            Kind::Map(map) => Ok(map),
            Kind::Whole(handle) => Err(Stop::unknown(format!("`{}` is used as a whole", handle.address()))),
            other => Err(Stop::error(format!("an object is needed, and there is {}", other.name()))),
        }
    }

    /// What mappers read.
    pub fn item(&self) -> Item {
        Item { kind: item_kind(self), at: self.at.clone(), key_at: self.key_at.clone() }
    }

    /// A set of these values: without equal ones, texts and numbers in order. Unknown where two may be equal.
    pub fn set(values: &[Self]) -> Result<Kind, Stop> {
        // Numbers and booleans beside texts become texts.
        let primitive = |value: &Self| matches!(value.kind, Kind::Text(_) | Kind::Number(_) | Kind::Bool(_));
        let texts = values.iter().any(|value| matches!(value.kind, Kind::Text(_) | Kind::Reference(_)));
        let as_text: Vec<Self>;
        let values = if texts && !values.iter().all(|value| matches!(value.kind, Kind::Text(_))) {
            let text = |value: &Self| match value.text() {
                Ok(text) if primitive(value) => Self { kind: Kind::Text(text), ..value.clone() },
                _ => value.clone(),
            };
            as_text = values.iter().map(text).collect();
            &as_text
        } else {
            values
        };
        let mut sorted: BTreeMap<String, &Self> = BTreeMap::new();
        for value in values {
            value.known()?;
            if let Some(doubt) = value.doubt() {
                return Err(Stop::Unknown(Unknown::derived(doubt.reasons.clone(), None)));
            }
            let key = match &value.kind {
                Kind::Text(text) => text.to_string(),
                Kind::Reference(_) => value.text()?.to_string(),
                Kind::Number(number) => match number {
                    Number::Whole(whole) if *whole >= 0 => format!("{whole:0>40}"),
                    _ => format!("-{}", number.text()),
                },
                Kind::Whole(handle) => handle.address().to_string(),
                _ => json(value)?.to_string(),
            };
            sorted.entry(key).or_insert(value);
        }
        Ok(Kind::Set(sorted.into_values().cloned().collect()))
    }
}

fn item_kind(value: &Value) -> ItemKind {
    match &value.kind {
        Kind::Null => ItemKind::Absent,
        Kind::Error(message) => ItemKind::Unknown(format!("Terraform refuses it: {message}").into()),
        Kind::Unknown(unknown) => ItemKind::Unknown(unknown.reasons.clone()),
        Kind::Bool(value) => ItemKind::Bool(*value),
        Kind::Number(number) => ItemKind::Number(number.text()),
        Kind::Text(text) => ItemKind::Text(text.clone()),
        Kind::List(all) | Kind::Set(all) => ItemKind::List(all.iter().map(Value::item).collect()),
        Kind::Map(map) => ItemKind::Map(Arc::new(ItemMap {
            entries: map.entries.iter().map(|(name, value)| (name.clone(), value.item())).collect(),
            open: map.open.as_ref().map(|open| open.reasons.clone()),
        })),
        Kind::Reference(reference) => ItemKind::Reference(reference.clone()),
        Kind::Choice(choice) => match (&choice.yes.kind, &choice.no.kind) {
            // Terraform would refuse that branch, so it is not the one.
            (Kind::Error(_), _) => item_kind(&choice.no),
            (_, Kind::Error(_)) => item_kind(&choice.yes),
            _ => match (item_kind(&choice.yes), item_kind(&choice.no)) {
                (ItemKind::Unknown(a), ItemKind::Unknown(b)) => ItemKind::Unknown(a.and(&b)),
                (yes, no) => {
                    let place = |branch: &Value| branch.at.clone().or_else(|| value.at.clone());
                    let yes = Item { kind: yes, at: place(&choice.yes), key_at: value.key_at.clone() };
                    let no = Item { kind: no, at: place(&choice.no), key_at: value.key_at.clone() };
                    ItemKind::Choice(Arc::new(ItemChoice { yes, no, why: choice.why.clone() }))
                }
            },
        },
        Kind::Whole(handle) => {
            ItemKind::Unknown(Reason::new(format!("`{}` is used as a whole", handle.address())).into())
        }
    }
}

/// As JSON, where all of it is known.
pub fn json(value: &Value) -> Result<serde_json::Value, Stop> {
    Ok(match &value.known()?.kind {
        Kind::Null => serde_json::Value::Null,
        Kind::Bool(value) => (*value).into(),
        Kind::Number(number) => match number {
            Number::Whole(whole) => i64::try_from(*whole)
                .map(serde_json::Value::from)
                .map_err(|_| Stop::unknown("the number is too long to be written here"))?,
            Number::Real(_) => serde_json::from_str(&number.text())
                .map_err(|_| Stop::unknown("the number is too long to be written here"))?,
        },
        Kind::Text(_) | Kind::Reference(_) => value.text()?.to_string().into(),
        Kind::List(all) | Kind::Set(all) => {
            serde_json::Value::Array(all.iter().map(json).collect::<Result<Vec<_>, _>>()?)
        }
        Kind::Map(_) => {
            let mut object = serde_json::Map::new();
            for (name, value) in &value.closed()?.entries {
                object.insert(name.to_string(), json(value)?);
            }
            serde_json::Value::Object(object)
        }
        Kind::Whole(handle) => return Err(Stop::unknown(format!("`{}` is used as a whole", handle.address()))),
        Kind::Error(_) | Kind::Unknown(_) | Kind::Choice(_) => return Err(Stop::unknown("it is not known")),
    })
}

/// From JSON.
pub fn from_json(json: &serde_json::Value) -> Kind {
    match json {
        serde_json::Value::Null => Kind::Null,
        serde_json::Value::Bool(value) => Kind::Bool(*value),
        serde_json::Value::Number(number) => {
            Number::parse(&number.to_string()).map_or_else(|| Kind::unknown("the number is too long"), Kind::Number)
        }
        serde_json::Value::String(text) => Kind::text(text.as_str()),
        serde_json::Value::Array(all) => Kind::list(all.iter().map(|value| from_json(value).into())),
        serde_json::Value::Object(entries) => {
            Kind::map(entries.iter().map(|(key, value)| (key.as_str().into(), from_json(value).into())).collect())
        }
    }
}
