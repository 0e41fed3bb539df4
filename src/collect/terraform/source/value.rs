//! Values while they are worked out: what an [`Item`] can be, and what only matters on the way there.
//!
//! [`Item`]: crate::collect::declared::item::Item

use std::collections::BTreeMap;
use std::sync::Arc;

use super::handle::Handle;
use super::number::Number;
use crate::collect::declared::item::Reference;
use crate::model::fact::{Reason, Reasons};
use crate::model::position::Position;

/// A value and where it was written. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Value {
    /// What it is.
    pub kind: Kind,
    /// Where it was written.
    pub at: Option<Arc<Position>>,
    /// Where its key was written.
    pub key_at: Option<Arc<Position>>,
}

/// What a value may be.
#[derive(Clone, Debug)]
pub enum Kind {
    /// `null`.
    Null,
    /// Terraform refuses it, with this message: no such value ever is, unless `try` or `can` catch it.
    Error(Arc<str>),
    /// Not decidable here.
    Unknown(Arc<Unknown>),
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    Text(Arc<str>),
    /// A list or tuple.
    List(Arc<[Value]>),
    /// A set: without equal elements, in Terraform's order.
    Set(Arc<[Value]>),
    /// A map or object.
    Map(Arc<Map>),
    /// A reference to a resource of the same root.
    Reference(Arc<Reference>),
    /// One of two.
    Choice(Arc<Choice>),
    /// An instance of a resource, a data source or a module as a whole.
    Whole(Arc<Handle>),
}

/// Why a value is not known.
#[derive(Clone, Debug)]
pub struct Unknown {
    /// What stopped us.
    pub reasons: Reasons,
    /// What the value is, written so that equal texts are equal values: `module.a/var.x == "prod"`.
    pub symbol: Option<Arc<str>>,
    /// Whether it certainly is some value, and no error that `try` would catch.
    pub sure: bool,
    /// What is known of a text, with holes; none where nothing is.
    pub shape: Option<Arc<str>>,
}

/// Keys and values in Terraform's order, which is by key.
#[derive(Clone, Debug, Default)]
pub struct Map {
    /// The entries.
    pub entries: BTreeMap<Arc<str>, Value>,
    /// Why there may be other entries; none where there are none.
    pub open: Option<Arc<Unknown>>,
}

/// One of two.
#[derive(Debug)]
pub struct Choice {
    /// The symbol of the condition.
    pub key: Option<Arc<str>>,
    /// Why the condition cannot be decided.
    pub why: Reasons,
    /// If it holds.
    pub yes: Value,
    /// If it does not.
    pub no: Value,
}

/// How many values a choice may be of before it is given up.
const MAX_LEAVES: usize = 64;
/// How deep values may be nested.
const MAX_NESTING: usize = 80;
/// How many bytes of text weigh as much as one value.
const BYTES_OF_ONE: usize = 64;
/// The longest symbol that is kept.
const MAX_SYMBOL: usize = 300;

impl From<Kind> for Value {
    fn from(kind: Kind) -> Self {
        Self { kind, at: None, key_at: None }
    }
}

impl Kind {
    /// Unknown for these reasons; perhaps an error.
    pub fn unknown(reasons: impl Into<Reasons>) -> Self {
        Self::Unknown(Arc::new(Unknown { reasons: reasons.into(), symbol: None, sure: false, shape: None }))
    }

    /// What Terraform refuses.
    pub fn error(message: impl Into<Arc<str>>) -> Self {
        Self::Error(message.into())
    }

    /// Text.
    pub fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }

    /// A whole number.
    pub fn whole(number: usize) -> Self {
        Self::Number(Number::Whole(i128::try_from(number).unwrap_or(i128::MAX)))
    }

    /// A list.
    pub fn list(values: impl IntoIterator<Item = Value>) -> Self {
        Self::List(values.into_iter().collect())
    }

    /// A closed map.
    pub fn map(entries: BTreeMap<Arc<str>, Value>) -> Self {
        Self::Map(Arc::new(Map { entries, open: None }))
    }

    /// A name of what it is, for messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Error(_) => "an error",
            Self::Unknown(_) | Self::Choice(_) => "an unknown value",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) | Self::Reference(_) => "text",
            Self::List(_) => "a list",
            Self::Set(_) => "a set",
            Self::Map(_) | Self::Whole(_) => "an object",
        }
    }
}

impl Unknown {
    /// A value that is there, but not known.
    pub fn sure(reasons: impl Into<Reasons>, symbol: Option<String>) -> Arc<Self> {
        Arc::new(Self { reasons: reasons.into(), symbol: symbol.and_then(short), sure: true, shape: None })
    }

    /// A value worked out from others, one of which is not known.
    pub fn derived(reasons: impl Into<Reasons>, symbol: Option<String>) -> Arc<Self> {
        Arc::new(Self { reasons: reasons.into(), symbol: symbol.and_then(short), sure: false, shape: None })
    }
}

fn short(symbol: String) -> Option<Arc<str>> {
    (symbol.len() <= MAX_SYMBOL).then(|| symbol.into())
}

impl Value {
    /// The same value at this place.
    #[must_use]
    pub fn at(mut self, at: &Arc<Position>) -> Self {
        self.at = Some(at.clone());
        self
    }

    /// The same value, written there if it has no place yet.
    #[must_use]
    pub fn or_at(mut self, at: &Arc<Position>) -> Self {
        if self.at.is_none() {
            self.at = Some(at.clone());
        }
        self
    }

    /// Applies `f` to each value that this may be.
    pub fn over(&self, f: &mut dyn FnMut(&Self) -> Self) -> Self {
        match &self.kind {
            Kind::Choice(choice) => {
                let value = choose(choice.key.clone(), &choice.why, choice.yes.over(f), choice.no.over(f));
                Self { at: self.at.clone(), key_at: self.key_at.clone(), ..value }
            }
            _ => f(self),
        }
    }

    /// How many values this may be.
    pub fn leaves(&self) -> usize {
        match &self.kind {
            Kind::Choice(choice) => choice.yes.leaves().saturating_add(choice.no.leaves()),
            _ => 1,
        }
    }

    /// The same value if the condition with this symbol is known.
    #[must_use]
    pub fn assuming(&self, key: &str, holds: bool) -> Self {
        match &self.kind {
            Kind::Choice(choice) if choice.key.as_deref() == Some(key) => {
                let taken = if holds { &choice.yes } else { &choice.no };
                let taken = taken.assuming(key, holds);
                Self { at: taken.at.or_else(|| self.at.clone()), key_at: self.key_at.clone(), kind: taken.kind }
            }
            Kind::Choice(choice) => {
                let (yes, no) = (choice.yes.assuming(key, holds), choice.no.assuming(key, holds));
                let value = choose(choice.key.clone(), &choice.why, yes, no);
                Self { at: self.at.clone(), key_at: self.key_at.clone(), ..value }
            }
            Kind::Unknown(unknown) if unknown.symbol.as_deref() == Some(key) => {
                Self { kind: Kind::Bool(holds), ..self.clone() }
            }
            Kind::List(all) if all.iter().any(Self::undecided) => {
                let kind = Kind::list(all.iter().map(|value| value.assuming(key, holds)));
                Self { kind, ..self.clone() }
            }
            Kind::Map(map) if map.entries.values().any(Self::undecided) => {
                let entries =
                    map.entries.iter().map(|(name, value)| (name.clone(), value.assuming(key, holds))).collect();
                Self { kind: Kind::Map(Arc::new(Map { entries, open: map.open.clone() })), ..self.clone() }
            }
            _ => self.clone(),
        }
    }

    /// Whether there is a choice or an unknown in it.
    pub fn undecided(&self) -> bool {
        match &self.kind {
            Kind::Choice(_) | Kind::Unknown(_) => true,
            Kind::List(all) | Kind::Set(all) => all.iter().any(Self::undecided),
            Kind::Map(map) => map.entries.values().any(Self::undecided),
            _ => false,
        }
    }

    /// How much there is in it, shared parts counted each time; none where that is more than this or nested too deep.
    pub fn weight(&self, most: usize) -> Option<usize> {
        let mut left = most;
        self.weigh(&mut left, 0).then(|| most - left)
    }

    fn weigh(&self, left: &mut usize, depth: usize) -> bool {
        let own = match &self.kind {
            Kind::Text(text) => 1 + text.len() / BYTES_OF_ONE,
            _ => 1,
        };
        let Some(rest) = left.checked_sub(own).filter(|_| depth <= MAX_NESTING) else { return false };
        *left = rest;
        match &self.kind {
            Kind::List(all) | Kind::Set(all) => all.iter().all(|value| value.weigh(left, depth + 1)),
            Kind::Map(map) => map.entries.values().all(|value| value.weigh(left, depth + 1)),
            Kind::Choice(choice) => choice.yes.weigh(left, depth + 1) && choice.no.weigh(left, depth + 1),
            _ => true,
        }
    }

    /// Why there is a part that is not known; none where all is. A reference counts as known.
    pub fn doubt(&self) -> Option<Arc<Unknown>> {
        match &self.kind {
            Kind::Unknown(unknown) => Some(unknown.clone()),
            Kind::Choice(choice) => Some(Unknown::derived(choice.why.clone(), None)),
            Kind::List(all) | Kind::Set(all) => all.iter().find_map(Self::doubt),
            Kind::Map(map) => map.open.clone().or_else(|| map.entries.values().find_map(Self::doubt)),
            _ => None,
        }
    }

    /// Why the value might be an error when all is known; none where it certainly is none.
    pub fn may_fail(&self) -> Option<Reasons> {
        match &self.kind {
            Kind::Unknown(unknown) if !unknown.sure => Some(unknown.reasons.clone()),
            Kind::Error(message) => Some(Reason::new(&**message).into()),
            Kind::Choice(choice) => choice.yes.may_fail().or_else(|| choice.no.may_fail()),
            Kind::List(all) | Kind::Set(all) => all.iter().find_map(Self::may_fail),
            Kind::Map(map) => map
                .open
                .as_ref()
                .filter(|open| !open.sure)
                .map(|open| open.reasons.clone())
                .or_else(|| map.entries.values().find_map(Self::may_fail)),
            _ => None,
        }
    }

    /// What the value is, written so that equal texts are equal values; none where that would be long, or it is not
    /// the same each time.
    pub fn symbol(&self) -> Option<String> {
        let mut text = String::new();
        self.write_symbol(&mut text).then_some(text)
    }

    fn write_symbol(&self, out: &mut String) -> bool {
        if out.len() > MAX_SYMBOL {
            return false;
        }
        match &self.kind {
            Kind::Null => out.push_str("null"),
            Kind::Error(_) | Kind::Choice(_) => return false,
            Kind::Unknown(unknown) => match &unknown.symbol {
                Some(symbol) => out.push_str(symbol),
                None => return false,
            },
            Kind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Kind::Number(number) => out.push_str(&number.text()),
            Kind::Text(text) => {
                out.push_str(&serde_json::Value::from(&**text).to_string());
            }
            Kind::Reference(reference) => match reference.text.value() {
                Some(text) => out.push_str(&serde_json::Value::from(text.as_str()).to_string()),
                None => return false,
            },
            Kind::List(all) | Kind::Set(all) => {
                out.push('[');
                for value in all.iter() {
                    if !value.write_symbol(out) {
                        return false;
                    }
                    out.push(',');
                }
                out.push(']');
            }
            Kind::Map(map) => {
                if map.open.is_some() {
                    return false;
                }
                out.push('{');
                for (name, value) in &map.entries {
                    out.push_str(&serde_json::Value::from(&**name).to_string());
                    out.push('=');
                    if !value.write_symbol(out) {
                        return false;
                    }
                    out.push(',');
                }
                out.push('}');
            }
            Kind::Whole(handle) => out.push_str(&handle.address()),
        }
        out.len() <= MAX_SYMBOL
    }
}

/// One of two values; the one where both are the same.
pub fn choose(key: Option<Arc<str>>, why: &Reasons, yes: Value, no: Value) -> Value {
    if identical(&yes, &no) {
        return Value { at: None, ..yes };
    }
    if yes.leaves().saturating_add(no.leaves()) > MAX_LEAVES {
        return Kind::unknown(why.clone()).into();
    }
    // What the same condition decides further down is decided.
    let (yes, no) = match &key {
        Some(key) => (prune(yes, key, true), prune(no, key, false)),
        None => (yes, no),
    };
    Kind::Choice(Arc::new(Choice { key, why: why.clone(), yes, no })).into()
}

fn prune(value: Value, key: &str, holds: bool) -> Value {
    match &value.kind {
        Kind::Choice(_) => value.assuming(key, holds),
        _ => value,
    }
}

/// Whether both certainly are the same value of the same type.
pub fn identical(a: &Value, b: &Value) -> bool {
    let all = |a: &[Value], b: &[Value]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| identical(a, b));
    match (&a.kind, &b.kind) {
        (Kind::Null, Kind::Null) => true,
        (Kind::Error(a), Kind::Error(b)) => a == b,
        (Kind::Unknown(a), Kind::Unknown(b)) => {
            Arc::ptr_eq(a, b) || a.symbol.is_some() && a.symbol == b.symbol && a.sure == b.sure
        }
        (Kind::Bool(a), Kind::Bool(b)) => a == b,
        (Kind::Number(a), Kind::Number(b)) => a == b,
        (Kind::Text(a), Kind::Text(b)) => a == b,
        (Kind::List(a), Kind::List(b)) | (Kind::Set(a), Kind::Set(b)) => all(a, b),
        (Kind::Map(a), Kind::Map(b)) => {
            let open = a.open.is_some() || b.open.is_some();
            !open
                && a.entries.len() == b.entries.len()
                && a.entries.iter().zip(&b.entries).all(|((k, a), (l, b))| k == l && identical(a, b))
        }
        (Kind::Reference(a), Kind::Reference(b)) => a.target == b.target && a.text.state == b.text.state,
        (Kind::Whole(a), Kind::Whole(b)) => a == b,
        _ => false,
    }
}
