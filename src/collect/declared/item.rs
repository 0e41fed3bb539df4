//! A property after its expressions were worked out, as far as they could be.

use std::sync::Arc;

use crate::model::fact::{Fact, Reasons};
use crate::model::identity::ResourceId;
use crate::model::position::Position;

/// A resolved value and where it stands. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Item {
    /// The value.
    pub kind: Kind,
    /// Where the value stands; for what is not there, the key of what it could have stood in.
    pub at: Option<Arc<Position>>,
    /// Where its key stands.
    pub key_at: Option<Arc<Position>>,
}

/// What a value may be.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Not there: left out, `AWS::NoValue`, or `null` in Terraform.
    Absent,
    /// Not decidable here.
    Unknown(Reasons),
    /// A boolean.
    Bool(bool),
    /// A number as it is written.
    Number(Arc<str>),
    /// Text.
    Text(Arc<str>),
    /// A list.
    List(Arc<[Item]>),
    /// A mapping.
    Map(Arc<Map>),
    /// A reference to a resource of the same source.
    Reference(Arc<Reference>),
    /// One of two, and why it cannot be said which.
    Choice(Arc<Choice>),
}

/// A resolved mapping.
#[derive(Debug)]
pub struct Map {
    /// In the order of the file.
    pub entries: Vec<(Arc<str>, Item)>,
    /// Why there may be other keys; none where there are none.
    pub open: Option<Reasons>,
}

/// A reference to a resource of the same source.
#[derive(Debug)]
pub struct Reference {
    /// The name, id or ARN that is put there.
    pub text: Fact<String>,
    /// The resource.
    pub target: ResourceId,
    /// Where the text is not known, but a part of it: the text with holes ([`HOLE`](crate::model::iam::HOLE)).
    pub shape: Option<Arc<str>>,
}

/// The branches of a condition that cannot be decided.
#[derive(Debug)]
pub struct Choice {
    /// If the condition holds.
    pub yes: Item,
    /// If it does not.
    pub no: Item,
    /// Why it cannot be said.
    pub why: Reasons,
}

impl Item {
    /// A value that is not there.
    pub const fn absent(at: Option<Arc<Position>>) -> Self {
        Self { kind: Kind::Absent, at, key_at: None }
    }

    /// What stands under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Self {
        let missing = || self.key_at.clone();
        match &self.kind {
            Kind::Map(map) => match (map.entries.iter().find(|(name, _)| &**name == key), &map.open) {
                (Some((_, item)), _) => item.clone(),
                (None, Some(reasons)) => Self { kind: Kind::Unknown(reasons.clone()), at: missing(), key_at: None },
                (None, None) => Self::absent(missing()),
            },
            Kind::Unknown(_) => Self { key_at: None, ..self.clone() },
            Kind::Choice(choice) => {
                let both = Choice { yes: choice.yes.get(key), no: choice.no.get(key), why: choice.why.clone() };
                Self { kind: Kind::Choice(Arc::new(both)), at: self.at.clone(), key_at: self.key_at.clone() }
            }
            Kind::Absent => Self::absent(self.at.clone()),
            Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::List(_) | Kind::Reference(_) => {
                let why: Reasons = format!("`{key}` is looked for in what is no mapping").into();
                Self { kind: Kind::Unknown(why), at: self.at.clone(), key_at: None }
            }
        }
    }

    /// What stands under a path of keys: `Rule.DefaultRetention.Mode`.
    #[must_use]
    pub fn dig(&self, path: &str) -> Self {
        path.split('.').fold(self.clone(), |item, key| item.get(key))
    }

    /// Whether something is there.
    pub fn present(&self) -> Fact<bool> {
        match &self.kind {
            Kind::Absent => Fact::known(false),
            Kind::Unknown(reasons) => Fact::unknown(reasons.clone()),
            Kind::Choice(choice) => {
                let (yes, no) = (choice.yes.present(), choice.no.present());
                if yes.state == no.state { yes } else { Fact::unknown(choice.why.clone()) }
            }
            _ => Fact::known(true),
        }
        .at(self.at.clone())
    }
}
