//! Facts as Cedar entities: one for the resource, one for each of its sections.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use cedar_policy::{Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression};
use jiff::{SignedDuration, Timestamp};

use super::view::View;
use crate::model::attribute::{Attribute, Section, Seen, Value};
use crate::model::fact::{Fact, State};
use crate::rule::reads::Reads;

/// Something that cannot be said in Cedar: a defect of Backstop, reported as a tool error.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {message}")]
pub struct EntityError {
    path: String,
    message: String,
}

impl EntityError {
    /// What Cedar said of the thing at this path.
    pub fn of(path: &str, error: &dyn std::fmt::Display) -> Self {
        Self { path: path.to_owned(), message: error.to_string() }
    }
}

/// What becomes of facts that are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknowns {
    /// They are unknown values, for the partial evaluator.
    Carried,
    /// They are not there, for the concrete evaluator: only rules that do not read them may be asked.
    LeftOut,
}

/// What entities are built from.
#[derive(Clone, Copy)]
struct Wanted<'r> {
    reads: &'r Reads,
    unknowns: Unknowns,
}

/// Shared sections by type and id, with the entities that they became.
type Shared = BTreeMap<(&'static str, Arc<str>), (Section, Vec<Entity>)>;

/// Builds entities. Sections that serve many resources are built once.
#[derive(Default)]
pub struct Builder {
    types: HashMap<String, EntityTypeName>,
    shared: Mutex<Shared>,
}

impl Builder {
    /// A builder for these entity types, as the schema names them.
    pub fn new(types: impl IntoIterator<Item = EntityTypeName>) -> Self {
        let types = types.into_iter().map(|name| (name.to_string(), name)).collect();
        Self { types, shared: Mutex::default() }
    }

    /// The id of an entity of this type.
    pub fn uid(&self, kind: &str, id: &str) -> Result<EntityUid, EntityError> {
        let name = self.types.get(kind).ok_or_else(|| EntityError {
            path: kind.to_owned(),
            message: "the schema has no such entity type".to_owned(),
        })?;
        Ok(EntityUid::from_type_name_and_id(name.clone(), EntityId::new(id)))
    }

    /// The resource's entity and those of its sections, with the attributes and tags that `reads` touches.
    pub fn resource(
        &self,
        view: &View,
        reads: &Reads,
        unknowns: Unknowns,
    ) -> Result<(EntityUid, Vec<Entity>), EntityError> {
        let wanted = Wanted { reads, unknowns };
        let uid = self.uid(&view.kind, &view.id)?;
        let mut made = Vec::with_capacity(4);
        let attributes = self.attributes(&view.attributes, "", &view.id, wanted, &mut made)?;
        let tags = view
            .tags
            .entries
            .iter()
            .filter(|(_, value)| unknowns == Unknowns::Carried || value.is_known())
            .filter(|(key, _)| reads.any_tag || reads.opaque || reads.tags.contains(&***key))
            .map(|(key, value)| (key.to_string(), tag(key, value)))
            .collect::<HashMap<_, _>>();
        let entity = Entity::new_with_tags(uid.clone(), attributes, HashSet::new(), tags)
            .map_err(|error| EntityError::of(&view.id, &error))?;
        made.push(entity);
        Ok((uid, made))
    }

    fn attributes(
        &self,
        attributes: &[Attribute],
        prefix: &str,
        owner: &str,
        wanted: Wanted<'_>,
        made: &mut Vec<Entity>,
    ) -> Result<HashMap<String, RestrictedExpression>, EntityError> {
        let mut expressions = HashMap::with_capacity(attributes.len());
        for attribute in attributes {
            let path = format!("{prefix}{}", attribute.name);
            if !wanted.reads.touch(&path) {
                continue;
            }
            let expression = match &attribute.seen {
                Seen::Absent => continue,
                Seen::Unknown(_) | Seen::OneOf(..) if wanted.unknowns == Unknowns::LeftOut => continue,
                Seen::Unknown(_) | Seen::OneOf(..) => RestrictedExpression::new_unknown(&path),
                Seen::Known(Value::Section(section)) => {
                    RestrictedExpression::new_entity_uid(self.section(section, &path, owner, wanted, made)?)
                }
                Seen::Known(value) => scalar(value),
            };
            expressions.insert(attribute.name.to_owned(), expression);
        }
        Ok(expressions)
    }

    fn section(
        &self,
        section: &Section,
        path: &str,
        owner: &str,
        wanted: Wanted<'_>,
        made: &mut Vec<Entity>,
    ) -> Result<EntityUid, EntityError> {
        if let Some(id) = &section.shared_id
            && section.attributes.iter().all(|attribute| matches!(attribute.seen, Seen::Known(_) | Seen::Absent))
            && let Some(uid) = self.shared(section, id, made)?
        {
            return Ok(uid);
        }
        let uid = self.uid(section.kind, &format!("{owner}#{path}"))?;
        let attributes = self.attributes(&section.attributes, &format!("{path}."), owner, wanted, made)?;
        let entity =
            Entity::new(uid.clone(), attributes, HashSet::new()).map_err(|error| EntityError::of(path, &error))?;
        made.push(entity);
        Ok(uid)
    }

    /// The shared entity of this section, with all its attributes; none if its id already means other facts.
    fn shared(
        &self,
        section: &Section,
        id: &Arc<str>,
        made: &mut Vec<Entity>,
    ) -> Result<Option<EntityUid>, EntityError> {
        let uid = self.uid(section.kind, id)?;
        let key = (section.kind, Arc::clone(id));
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, entities)) = shared.get(&key) {
            if known != section {
                return Ok(None);
            }
            made.extend(entities.iter().cloned());
            return Ok(Some(uid));
        }
        let everything = Wanted { reads: &Reads { opaque: true, ..Reads::default() }, unknowns: Unknowns::Carried };
        let mut entities = Vec::new();
        let attributes = self.attributes(&section.attributes, "", id, everything, &mut entities)?;
        let entity =
            Entity::new(uid.clone(), attributes, HashSet::new()).map_err(|error| EntityError::of(id, &error))?;
        entities.push(entity);
        made.extend(entities.iter().cloned());
        shared.insert(key, (section.clone(), entities));
        Ok(Some(uid))
    }
}

fn tag(key: &str, value: &Fact<String>) -> RestrictedExpression {
    match &value.state {
        State::Known(text) => RestrictedExpression::new_string(text.clone()),
        State::Absent | State::Unknown(_) => RestrictedExpression::new_unknown(format!("tags.{key}")),
    }
}

fn scalar(value: &Value) -> RestrictedExpression {
    match value {
        Value::Bool(value) => RestrictedExpression::new_bool(*value),
        Value::Long(value) => RestrictedExpression::new_long(*value),
        Value::Text(text) => RestrictedExpression::new_string(text.to_string()),
        Value::Duration(duration) => self::duration(*duration),
        Value::Time(time) => datetime(*time),
        Value::Texts(texts) => {
            RestrictedExpression::new_set(texts.iter().map(|text| RestrictedExpression::new_string(text.to_string())))
        }
        // Sections are entities of their own; `attributes` never hands one down.
        Value::Section(_) => RestrictedExpression::new_unknown("section"),
    }
}

/// A Cedar `duration`, exact to the millisecond.
pub fn duration(duration: SignedDuration) -> RestrictedExpression {
    RestrictedExpression::new_duration(format!("{}ms", duration.as_millis()))
}

/// A Cedar `datetime`, exact to the millisecond.
pub fn datetime(time: Timestamp) -> RestrictedExpression {
    RestrictedExpression::new_datetime(time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
}
