//! What is known of one thing: a value, its absence, or the reasons why neither is known.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::position::Position;

/// A fact and, for file sources, the place where it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact<T> {
    /// Known, absent or unknown.
    pub state: State<T>,
    /// Where it stands in a file, if it stands in one.
    pub at: Option<Arc<Position>>,
}

/// The three states of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State<T> {
    /// It was read and has this value.
    Known(T),
    /// It is known not to be there.
    Absent,
    /// It could not be read or decided.
    Unknown(Reasons),
}

/// Why a fact is unknown; never empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reasons(Arc<BTreeSet<Reason>>);

/// One reason, and what would cure it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reason {
    /// What stopped us, as a phrase: "`GetBucketReplication` was denied", "parameter `Env` has no default".
    pub why: String,
    /// What the reader can do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cure: Option<Cure>,
}

/// What makes an unknown fact known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Cure {
    /// Grant this IAM action to the principal that audits.
    Permission(String),
    /// Give this template parameter a value.
    Parameter(String),
    /// Set this key in `backstop.toml`, or this command-line option.
    Setting(String),
    /// Scan or audit this as well.
    Source(String),
    /// Run it again: the failure may pass.
    Retry,
}

impl Cure {
    /// An instruction to the reader, without a full stop.
    pub fn instruction(&self) -> String {
        match self {
            Self::Permission(action) => format!("allow `{action}`"),
            Self::Parameter(name) => format!("give parameter `{name}` a value"),
            Self::Setting(name) => format!("set `{name}`"),
            Self::Source(what) => what.clone(),
            Self::Retry => "run it again".to_owned(),
        }
    }
}

impl Reason {
    /// A reason without a cure.
    pub fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), cure: None }
    }

    /// The same reason with its cure.
    #[must_use]
    pub fn cured_by(mut self, cure: Cure) -> Self {
        self.cure = Some(cure);
        self
    }
}

impl Reasons {
    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Reason> {
        self.0.iter()
    }

    /// The union of both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        if Arc::ptr_eq(&self.0, &other.0) || other.0.is_subset(&self.0) {
            return self.clone();
        }
        Self(Arc::new(self.0.union(&other.0).cloned().collect()))
    }
}

impl<'a> IntoIterator for &'a Reasons {
    type Item = &'a Reason;
    type IntoIter = std::collections::btree_set::Iter<'a, Reason>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl From<Reason> for Reasons {
    fn from(reason: Reason) -> Self {
        Self(Arc::new(BTreeSet::from([reason])))
    }
}

impl From<&str> for Reasons {
    fn from(why: &str) -> Self {
        Reason::new(why).into()
    }
}

impl From<String> for Reasons {
    fn from(why: String) -> Self {
        Reason::new(why).into()
    }
}

impl<T> Fact<T> {
    /// A fact with this value.
    pub const fn known(value: T) -> Self {
        Self { state: State::Known(value), at: None }
    }

    /// A fact known not to be there.
    pub const fn absent() -> Self {
        Self { state: State::Absent, at: None }
    }

    /// A fact that could not be decided.
    pub fn unknown(reasons: impl Into<Reasons>) -> Self {
        Self { state: State::Unknown(reasons.into()), at: None }
    }

    /// Known if there is a value, absent if there is none.
    pub fn from_option(value: Option<T>) -> Self {
        value.map_or_else(Self::absent, Self::known)
    }

    /// The same fact, standing at this place.
    #[must_use]
    pub fn at(mut self, position: Option<Arc<Position>>) -> Self {
        self.at = position;
        self
    }

    /// The same fact; where it has no place of its own, this one.
    #[must_use]
    pub fn or_at(mut self, position: &Option<Arc<Position>>) -> Self {
        if self.at.is_none() {
            self.at.clone_from(position);
        }
        self
    }

    /// The value, if it is known.
    pub const fn value(&self) -> Option<&T> {
        match &self.state {
            State::Known(value) => Some(value),
            State::Absent | State::Unknown(_) => None,
        }
    }

    /// Why it is unknown, if it is.
    pub const fn reasons(&self) -> Option<&Reasons> {
        match &self.state {
            State::Unknown(reasons) => Some(reasons),
            State::Known(_) | State::Absent => None,
        }
    }

    /// Whether it has a value.
    pub const fn is_known(&self) -> bool {
        matches!(self.state, State::Known(_))
    }

    /// Whether it is known not to be there.
    pub const fn is_absent(&self) -> bool {
        matches!(self.state, State::Absent)
    }

    /// Whether it could not be decided.
    pub const fn is_unknown(&self) -> bool {
        matches!(self.state, State::Unknown(_))
    }

    /// The fact about a borrowed value, at the same place.
    pub fn as_ref(&self) -> Fact<&T> {
        Fact {
            state: match &self.state {
                State::Known(value) => State::Known(value),
                State::Absent => State::Absent,
                State::Unknown(reasons) => State::Unknown(reasons.clone()),
            },
            at: self.at.clone(),
        }
    }

    /// The fact about a value worked out from this one, at the same place.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Fact<U> {
        self.and_then(|value| Fact::known(f(value)))
    }

    /// The fact that follows from this one; it keeps this place unless it has its own.
    pub fn and_then<U>(self, f: impl FnOnce(T) -> Fact<U>) -> Fact<U> {
        let at = self.at;
        match self.state {
            State::Known(value) => f(value).or_at(&at),
            State::Absent => Fact { state: State::Absent, at },
            State::Unknown(reasons) => Fact { state: State::Unknown(reasons), at },
        }
    }

    /// The same fact, unknown for this reason where it is absent: what a source left unsaid that is always there.
    #[must_use]
    pub fn or_unknown(self, reasons: impl Into<Reasons>) -> Self {
        match self.state {
            State::Absent => Self { state: State::Unknown(reasons.into()), at: self.at },
            State::Known(_) | State::Unknown(_) => self,
        }
    }

    /// The same fact, with this value where it is absent (a documented default).
    #[must_use]
    pub fn or_default_to(self, default: T) -> Self {
        match self.state {
            State::Absent => Self { state: State::Known(default), at: self.at },
            State::Known(_) | State::Unknown(_) => self,
        }
    }
}

impl<T: Clone> Fact<&T> {
    /// The fact about an owned value.
    pub fn cloned(self) -> Fact<T> {
        self.map(Clone::clone)
    }
}

impl Fact<bool> {
    /// Known to be true.
    pub const fn is_true(&self) -> bool {
        matches!(self.state, State::Known(true))
    }

    /// Known to be false, or known not to be there.
    pub const fn is_false(&self) -> bool {
        matches!(self.state, State::Known(false) | State::Absent)
    }

    /// The opposite; absent counts as false.
    #[must_use]
    pub fn negate(self) -> Self {
        let at = self.at;
        let state = match self.state {
            State::Known(value) => State::Known(!value),
            State::Absent => State::Known(true),
            State::Unknown(reasons) => State::Unknown(reasons),
        };
        Self { state, at }
    }

    /// Kleene's conjunction: one false decides, else one unknown leaves it unknown. The place is that of the
    /// fact that decided. True where there is none; absent counts as false.
    pub fn all(facts: impl IntoIterator<Item = Self>) -> Self {
        let mut doubt: Option<(Reasons, Option<Arc<Position>>)> = None;
        let mut place = None;
        for fact in facts {
            match fact.state {
                State::Known(true) => place = place.or(fact.at),
                State::Known(false) | State::Absent => return Self { state: State::Known(false), at: fact.at },
                State::Unknown(reasons) => {
                    doubt = Some(match doubt {
                        Some((sum, at)) => (sum.and(&reasons), at),
                        None => (reasons, fact.at),
                    });
                }
            }
        }
        match doubt {
            Some((reasons, at)) => Self { state: State::Unknown(reasons), at },
            None => Self { state: State::Known(true), at: place },
        }
    }

    /// Kleene's disjunction: one true decides, else one unknown leaves it unknown. False where there is none.
    pub fn any(facts: impl IntoIterator<Item = Self>) -> Self {
        Self::all(facts.into_iter().map(Self::negate)).negate()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, bound(deserialize = "T: Deserialize<'de>"))]
struct Written<T> {
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    known: Option<T>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    absent: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unknown: Option<Reasons>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Arc<Position>>,
}

/// Written as `{"known": …}`, `{"absent": true}` or `{"unknown": […]}`, each with an optional `at`.
impl<T: Serialize> Serialize for Fact<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let at = self.at.clone();
        let none = Written { known: None, absent: None, unknown: None, at };
        match &self.state {
            State::Known(value) => Written { known: Some(value), ..none },
            State::Absent => Written { absent: Some(true), ..none },
            State::Unknown(reasons) => Written { unknown: Some(reasons.clone()), ..none },
        }
        .serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Fact<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::<T>::deserialize(deserializer)?;
        let state = match (written.known, written.absent, written.unknown) {
            (Some(value), None, None) => State::Known(value),
            (None, Some(true), None) => State::Absent,
            (None, None, Some(reasons)) if reasons.iter().next().is_some() => State::Unknown(reasons),
            _ => {
                return Err(serde::de::Error::custom(
                    "a fact is exactly one of `known`, `absent` (true) or `unknown` (with reasons)",
                ));
            }
        };
        Ok(Self { state, at: written.at })
    }
}
