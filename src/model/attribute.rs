//! How facts appear to rules: every fact struct lists its attributes, and the Cedar schema is held to that list.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::fact::{Fact, Reasons, State};
use super::position::Position;

/// An attribute's value as rules see it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Cedar `Bool`.
    Bool(bool),
    /// Cedar `Long`.
    Long(i64),
    /// Cedar `String`.
    Text(Arc<str>),
    /// Cedar `duration`.
    Duration(SignedDuration),
    /// Cedar `datetime`.
    Time(Timestamp),
    /// Cedar `Set<String>`.
    Texts(Vec<Arc<str>>),
    /// A section: an entity of its own, so that one unknown in it leaves its siblings known.
    Section(Section),
}

/// Facts that belong together: an entity reference in Cedar.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// The Cedar entity type.
    pub kind: &'static str,
    /// The entity id where one section serves many resources; otherwise it is named after its owner.
    pub shared_id: Option<Arc<str>>,
    /// The facts in it.
    pub attributes: Vec<Attribute>,
}

/// One named fact of an entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The Cedar attribute name.
    pub name: &'static str,
    /// What is known of it.
    pub seen: Seen,
    /// Where it stands in a file.
    pub at: Option<Arc<Position>>,
}

/// What is known of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// It has this value.
    Known(Value),
    /// It is known not to be there.
    Absent,
    /// Nothing is known.
    Unknown(Reasons),
    /// It is one of these (at least two), and these are the reasons why it cannot be said which.
    OneOf(Vec<Value>, Reasons),
}

/// The Cedar type of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `Bool`
    Bool,
    /// `Long`
    Long,
    /// `String`
    Text,
    /// `duration`
    Duration,
    /// `datetime`
    Time,
    /// `Set<String>`
    Texts,
    /// An entity of this type.
    Section(&'static str),
}

/// One line of the contract between a fact struct and the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Described {
    /// The attribute's name.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Whether it may be absent (`name?:` in the schema).
    pub optional: bool,
}

/// A type that attributes may have.
pub trait AttributeValue {
    /// Its Cedar type.
    const KIND: Kind;
    /// The value as rules see it.
    fn to_value(&self) -> Value;
}

/// A struct whose facts are attributes of one Cedar entity type.
pub trait Attributes {
    /// The Cedar entity type.
    const TYPE: &'static str;
    /// The contract, in the schema's order.
    fn describe() -> Vec<Described>;
    /// What is known of each attribute.
    fn attributes(&self) -> Vec<Attribute>;
    /// The entity id, where one entity serves many resources.
    fn shared_id(&self) -> Option<Arc<str>> {
        None
    }
}

/// What a field of a fact struct may be: a [`Fact`], or a [`Ranged`] section.
pub trait Field {
    /// The attribute's type.
    const KIND: Kind;
    /// What is known of it.
    fn seen(&self) -> Seen;
    /// Where it stands.
    fn at(&self) -> Option<Arc<Position>>;
}

impl<T: AttributeValue> Field for Fact<T> {
    const KIND: Kind = T::KIND;

    fn seen(&self) -> Seen {
        match &self.state {
            State::Known(value) => Seen::Known(value.to_value()),
            State::Absent => Seen::Absent,
            State::Unknown(reasons) => Seen::Unknown(reasons.clone()),
        }
    }

    fn at(&self) -> Option<Arc<Position>> {
        self.at.clone()
    }
}

/// A section of which several versions are possible.
///
/// Joined facts are seldom simply unknown: what is certain gives the worst case, what is possible the best. A rule
/// is judged in each, and its verdict stands only where they agree.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranged<T> {
    /// The possible versions, worst first; never empty.
    pub versions: Vec<T>,
    /// Why there is more than one; none where there is one.
    pub reasons: Option<Reasons>,
}

impl<T> Ranged<T> {
    /// Exactly this.
    pub fn certain(section: T) -> Self {
        Self { versions: vec![section], reasons: None }
    }

    /// The only version, where there is one.
    pub fn only(&self) -> Option<&T> {
        match self.versions.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The worst version: what is certain.
    pub fn worst(&self) -> Option<&T> {
        self.versions.first()
    }
}

impl<T: PartialEq> Ranged<T> {
    /// From what is certain to what is possible, for these reasons; one version if both are the same.
    pub fn between(worst: T, best: T, reasons: Reasons) -> Self {
        if worst == best { Self::certain(worst) } else { Self { versions: vec![worst, best], reasons: Some(reasons) } }
    }
}

impl<T: Attributes> Field for Ranged<T> {
    const KIND: Kind = Kind::Section(T::TYPE);

    fn seen(&self) -> Seen {
        let mut values: Vec<Value> = self.versions.iter().map(AttributeValue::to_value).collect();
        match (values.len(), &self.reasons) {
            (1, _) => values.pop().map_or(Seen::Absent, Seen::Known),
            (_, Some(reasons)) => Seen::OneOf(values, reasons.clone()),
            (_, None) => Seen::OneOf(values, "several versions are possible".into()),
        }
    }

    fn at(&self) -> Option<Arc<Position>> {
        None
    }
}

impl<T: Attributes> AttributeValue for T {
    const KIND: Kind = Kind::Section(T::TYPE);

    fn to_value(&self) -> Value {
        Value::Section(Section { kind: T::TYPE, shared_id: self.shared_id(), attributes: self.attributes() })
    }
}

macro_rules! plain_values {
    ($($type:ty => $kind:ident, $value:expr;)*) => {$(
        impl AttributeValue for $type {
            const KIND: Kind = Kind::$kind;
            fn to_value(&self) -> Value {
                let make: fn(&$type) -> Value = $value;
                make(self)
            }
        }
    )*};
}

plain_values! {
    bool => Bool, |v| Value::Bool(*v);
    i64 => Long, |v| Value::Long(*v);
    String => Text, |v| Value::Text(v.as_str().into());
    Arc<str> => Text, |v| Value::Text(v.clone());
    SignedDuration => Duration, |v| Value::Duration(*v);
    Timestamp => Time, |v| Value::Time(*v);
    Vec<String> => Texts, |v| Value::Texts(v.iter().map(|s| s.as_str().into()).collect());
}

/// The name without the mark `?` of an optional attribute, and whether it had one.
pub fn split_mark(name: &'static str) -> (&'static str, bool) {
    name.strip_suffix('?').map_or((name, false), |bare| (bare, true))
}

/// Lists the attributes of a fact struct: `"cedarName" => field` or, where it may be absent, `"cedarName?" => field`.
macro_rules! attributes {
    ($struct:ty: $type:literal { $($name:literal => $field:ident),* $(,)? } $($shared:item)?) => {
        impl $crate::model::attribute::Attributes for $struct {
            const TYPE: &'static str = $type;

            fn describe() -> Vec<$crate::model::attribute::Described> {
                fn kind<F: $crate::model::attribute::Field>(_: fn(&$struct) -> &F) -> $crate::model::attribute::Kind {
                    F::KIND
                }
                vec![$({
                    let (name, optional) = $crate::model::attribute::split_mark($name);
                    $crate::model::attribute::Described { name, kind: kind(|s| &s.$field), optional }
                }),*]
            }

            fn attributes(&self) -> Vec<$crate::model::attribute::Attribute> {
                vec![$($crate::model::attribute::Attribute {
                    name: $crate::model::attribute::split_mark($name).0,
                    seen: $crate::model::attribute::Field::seen(&self.$field),
                    at: $crate::model::attribute::Field::at(&self.$field),
                }),*]
            }

            $($shared)?
        }
    };
}
pub(crate) use attributes;
