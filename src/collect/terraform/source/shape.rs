//! Texts of which only a part is known, for policies: [`HOLE`] stands for what is not.

use std::sync::Arc;

use super::value::{Choice, Kind, Map, Unknown, Value};
use crate::collect::declared::item::Item;
use crate::collect::declared::policy::open;
use crate::model::fact::State;
use crate::model::iam::HOLE;

/// The longest such text; no policy of AWS is longer.
const MOST_BYTES: usize = 256 * 1024;

/// Arguments that are policies, by which the resources of IAM are what they are.
const POLICIES: [&str; 2] = ["policy", "assume_role_policy"];

impl Unknown {
    /// The same, of which this much of the text is known.
    #[must_use]
    pub fn shaped(self: Arc<Self>, shape: String) -> Arc<Self> {
        if shape.len() > MOST_BYTES {
            return self;
        }
        Arc::new(Self { shape: Some(shape.into()), ..(*self).clone() })
    }
}

impl Value {
    /// The text, as far as it is known.
    pub fn shape(&self) -> String {
        match &self.kind {
            Kind::Text(text) => text.to_string(),
            Kind::Number(number) => number.text().to_string(),
            Kind::Bool(value) => value.to_string(),
            Kind::Reference(reference) => match (&reference.text.state, &reference.shape) {
                (State::Known(text), _) => text.clone(),
                (_, Some(shape)) => shape.to_string(),
                (_, None) => HOLE.to_string(),
            },
            Kind::Unknown(unknown) => unknown.shape.as_ref().map_or_else(|| HOLE.to_string(), ToString::to_string),
            Kind::Choice(choice) => open::either(&choice.yes.shape(), &choice.no.shape()),
            Kind::Null | Kind::Error(_) | Kind::List(_) | Kind::Set(_) | Kind::Map(_) | Kind::Whole(_) => {
                HOLE.to_string()
            }
        }
    }

    /// The same value with as much of each text as is known.
    #[must_use]
    pub fn with_shapes(&self) -> Self {
        self.each_unknown(&|unknown| unknown.shape.as_ref().map(|shape| Kind::Text(shape.clone())))
    }

    /// The same arguments of a resource of IAM, its policies with as much of each as is known.
    #[must_use]
    pub fn with_policies(&self) -> Self {
        let Kind::Map(map) = &self.kind else { return self.clone() };
        let entries = map.entries.iter().map(|(name, value)| {
            let value = match &**name {
                name if POLICIES.contains(&name) => value.each_unknown(&policy),
                "inline_policy" => value.each_map(&|map: &Self| map.with_policies()),
                _ => value.clone(),
            };
            (name.clone(), value)
        });
        let kind = Kind::Map(Arc::new(Map { entries: entries.collect(), open: map.open.clone() }));
        Self { kind, ..self.clone() }
    }

    /// These arguments, with as much of each text as is known.
    pub fn naming(&self, arguments: impl Iterator<Item = &'static str>) -> Item {
        let entry = |name: &'static str| match &self.kind {
            Kind::Map(map) => Some((Arc::from(name), map.entries.get(name)?.with_shapes())),
            _ => None,
        };
        Self::from(Kind::map(arguments.filter_map(entry).collect())).item()
    }

    fn each_unknown(&self, known: &dyn Fn(&Unknown) -> Option<Kind>) -> Self {
        let each = |all: &[Self]| all.iter().map(|value| value.each_unknown(known)).collect();
        let kind = match &self.kind {
            Kind::Unknown(unknown) => known(unknown),
            Kind::List(all) => Some(Kind::List(each(all))),
            Kind::Set(all) => Some(Kind::Set(each(all))),
            Kind::Map(map) => {
                let entries = map.entries.iter().map(|(name, value)| (name.clone(), value.each_unknown(known)));
                Some(Kind::Map(Arc::new(Map { entries: entries.collect(), open: map.open.clone() })))
            }
            Kind::Choice(choice) => Some(Kind::Choice(Arc::new(Choice {
                key: choice.key.clone(),
                why: choice.why.clone(),
                yes: choice.yes.each_unknown(known),
                no: choice.no.each_unknown(known),
            }))),
            _ => None,
        };
        kind.map_or_else(|| self.clone(), |kind| Self { kind, ..self.clone() })
    }

    fn each_map(&self, change: &dyn Fn(&Self) -> Self) -> Self {
        let each = |all: &[Self]| all.iter().map(|value| value.each_map(change)).collect();
        let kind = match &self.kind {
            Kind::Map(_) => return change(self),
            Kind::List(all) => Kind::List(each(all)),
            Kind::Choice(choice) => Kind::Choice(Arc::new(Choice {
                key: choice.key.clone(),
                why: choice.why.clone(),
                yes: choice.yes.each_map(change),
                no: choice.no.each_map(change),
            })),
            _ => return self.clone(),
        };
        Self { kind, ..self.clone() }
    }
}

/// A policy with holes, if it is one nevertheless: what is not known may be outside of its texts.
fn policy(unknown: &Unknown) -> Option<Kind> {
    let shape = unknown.shape.as_ref()?;
    open::is_sound(shape).then(|| Kind::Text(shape.clone()))
}
