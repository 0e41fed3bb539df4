//! One resource as a tree of named facts: what worlds are made of, and what entities are built from.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::attribute::{Attribute, Section, Seen, Value};
use crate::model::derived::Subject;
use crate::model::duration;
use crate::model::fact::{Fact, Reasons};
use crate::model::position::Position;
use crate::model::resource::{Origin, Tags};
use crate::rule::reads::Reads;

/// A resource as rules see it.
#[derive(Clone, Debug)]
pub struct View {
    /// Its type.
    pub kind: Arc<str>,
    /// Its Cedar entity id: the canonical text of its identity.
    pub id: String,
    /// Its account, where it is known.
    pub account: Option<Arc<str>>,
    /// Its attributes, common ones first.
    pub attributes: Vec<Attribute>,
    /// Its tags.
    pub tags: Tags,
}

impl View {
    /// The view of a resource with its derived facts.
    pub fn of(subject: &Subject<'_>) -> Self {
        let resource = subject.resource;
        let mut attributes = vec![
            Attribute { name: "name", seen: Seen::Known(Value::Text(Arc::clone(&resource.name))), at: None },
            Attribute { name: "region", seen: region(resource.id.region.as_ref()), at: None },
        ];
        attributes.extend(subject.attributes());
        Self {
            kind: Arc::clone(&resource.id.kind),
            id: resource.id.canonical(),
            account: resource.id.account.clone(),
            attributes,
            tags: resource.tags.clone(),
        }
    }

    /// The same view without the attributes that are not read.
    pub fn only(&self, reads: &Reads) -> Self {
        Self {
            kind: Arc::clone(&self.kind),
            id: self.id.clone(),
            account: self.account.clone(),
            attributes: self.attributes.iter().filter(|attribute| reads.touch(attribute.name)).cloned().collect(),
            tags: self.tags.clone(),
        }
    }

    /// The attribute at a dotted path, where all sections above it are known.
    pub fn find(&self, path: &str) -> Option<&Attribute> {
        find(&self.attributes, path)
    }

    /// The fact at a path as people read it: `unknown`, `none`, or the value.
    pub fn text(&self, path: &str) -> String {
        text(&self.attributes, path)
    }

    /// Every attribute that is not plainly known or absent, by path: unknown ones, and sections of several versions.
    /// The insides of undecided sections are not listed.
    pub fn undecided(&self) -> BTreeMap<String, &Reasons> {
        let mut found = BTreeMap::new();
        undecided(&self.attributes, "", &mut found);
        found
    }

    /// Whether everything that these rules read is known.
    pub fn is_decided_for(&self, reads: &Reads) -> bool {
        let any_tag = reads.any_tag || reads.opaque;
        let tag_is_known = |key: &str| self.tags.get(key).reasons().is_none();
        let tags = reads.tags.iter().all(|key| tag_is_known(key))
            && (!any_tag || (self.tags.others.is_none() && self.tags.entries.values().all(Fact::is_known)));
        tags && all_decided(&self.attributes, "", reads)
    }

    /// Where the fact at this path stands: its own place, else that of the nearest section around it that has one,
    /// else (files) the resource's header.
    pub fn place(&self, path: Option<&str>, origin: &Origin) -> Option<Arc<Position>> {
        let mut path = path;
        while let Some(current) = path {
            if let Some(at) = self.find(current).and_then(|attribute| attribute.at.clone()) {
                return Some(at);
            }
            path = current.rsplit_once('.').map(|(above, _)| above);
        }
        match origin {
            Origin::Live => None,
            Origin::Declared { header, .. } => Some(Arc::clone(header)),
        }
    }
}

fn region(region: Option<&Arc<str>>) -> Seen {
    region.map_or_else(
        || Seen::Unknown("the Region is not known".into()),
        |region| Seen::Known(Value::Text(Arc::clone(region))),
    )
}

fn find<'a>(attributes: &'a [Attribute], path: &str) -> Option<&'a Attribute> {
    let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
    let attribute = attributes.iter().find(|attribute| attribute.name == head)?;
    match (rest, &attribute.seen) {
        (None, _) => Some(attribute),
        (Some(rest), Seen::Known(Value::Section(section))) => find(&section.attributes, rest),
        // The worst version is the one that has something to show.
        (Some(rest), Seen::OneOf(versions, _)) => match versions.first() {
            Some(Value::Section(section)) => find(&section.attributes, rest),
            _ => None,
        },
        (Some(_), _) => None,
    }
}

fn text(attributes: &[Attribute], path: &str) -> String {
    let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
    let Some(attribute) = attributes.iter().find(|attribute| attribute.name == head) else { return "none".to_owned() };
    match &attribute.seen {
        Seen::Known(value) => value_text(value, rest),
        Seen::Absent => "none".to_owned(),
        Seen::Unknown(_) => "unknown".to_owned(),
        Seen::OneOf(versions, _) => {
            let mut texts: Vec<String> = versions.iter().map(|version| value_text(version, rest)).collect();
            texts.dedup();
            match texts.as_slice() {
                [one] => one.clone(),
                _ => "unknown".to_owned(),
            }
        }
    }
}

fn value_text(value: &Value, rest: Option<&str>) -> String {
    match (value, rest) {
        (Value::Section(section), Some(rest)) => text(&section.attributes, rest),
        (Value::Bool(value), _) => value.to_string(),
        (Value::Long(value), _) => value.to_string(),
        (Value::Text(value), _) => value.to_string(),
        (Value::Duration(value), _) => duration::text(*value),
        (Value::Time(value), _) => value.to_string(),
        (Value::Texts(values), _) if values.is_empty() => "none".to_owned(),
        (Value::Texts(values), _) => values.join(", "),
        (Value::Section(_), None) => "set".to_owned(),
    }
}

fn undecided<'a>(attributes: &'a [Attribute], prefix: &str, found: &mut BTreeMap<String, &'a Reasons>) {
    for attribute in attributes {
        let path = format!("{prefix}{}", attribute.name);
        match &attribute.seen {
            Seen::Known(Value::Section(Section { attributes, .. })) => {
                undecided(attributes, &format!("{path}."), found)
            }
            Seen::Known(_) | Seen::Absent => {}
            Seen::Unknown(reasons) | Seen::OneOf(_, reasons) => {
                found.insert(path, reasons);
            }
        }
    }
}

fn all_decided(attributes: &[Attribute], prefix: &str, reads: &Reads) -> bool {
    attributes.iter().all(|attribute| match &attribute.seen {
        Seen::Known(Value::Section(section)) => {
            all_decided(&section.attributes, &format!("{prefix}{}.", attribute.name), reads)
        }
        Seen::Known(_) | Seen::Absent => true,
        Seen::Unknown(_) | Seen::OneOf(..) => !reads.touch(&format!("{prefix}{}", attribute.name)),
    })
}
