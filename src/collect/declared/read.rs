//! From resolved values to facts.

use jiff::SignedDuration;
use serde_json::Value as Json;

use super::item::{Item, Kind, Reference};
use super::join::Join;
use crate::model::fact::{Fact, Reasons, State};
use crate::model::resource::Link;

impl Item {
    /// The fact in a value: absent, unknown, and undecided branches are seen to; `read` gets the rest.
    pub fn fact<T: Join>(&self, read: &dyn Fn(&Self) -> Fact<T>) -> Fact<T> {
        match &self.kind {
            Kind::Absent => Fact::absent(),
            Kind::Unknown(reasons) => Fact::unknown(reasons.clone()),
            Kind::Choice(choice) => {
                let why = &choice.why;
                let joined = choice.yes.fact(read).join(choice.no.fact(read), why);
                joined.unwrap_or_else(|| Fact::unknown(why.clone())).at(self.at.clone())
            }
            _ => read(self),
        }
        .or_at(&self.at)
    }

    /// Text; numbers and booleans as they are written.
    pub fn text(&self) -> Fact<String> {
        self.fact(&|item| match &item.kind {
            Kind::Text(text) | Kind::Number(text) => Fact::known(text.to_string()),
            Kind::Bool(value) => Fact::known(value.to_string()),
            Kind::Reference(reference) => reference.text.clone().at(None),
            _ => unfit("text"),
        })
    }

    /// A boolean; CloudFormation takes the texts `true` and `false` for one.
    pub fn boolean(&self) -> Fact<bool> {
        self.fact(&|item| match &item.kind {
            Kind::Bool(value) => Fact::known(*value),
            Kind::Text(text) if text.eq_ignore_ascii_case("true") => Fact::known(true),
            Kind::Text(text) if text.eq_ignore_ascii_case("false") => Fact::known(false),
            _ => unfit("a boolean"),
        })
    }

    /// A whole number; CloudFormation takes it as text, too.
    pub fn integer(&self) -> Fact<i64> {
        self.fact(&|item| match &item.kind {
            Kind::Text(text) | Kind::Number(text) => {
                text.trim().parse().map_or_else(|_| unfit("a whole number"), Fact::known)
            }
            _ => unfit("a whole number"),
        })
    }

    /// A number of days.
    pub fn days(&self) -> Fact<SignedDuration> {
        self.integer().and_then(|days| days_long(days, 1))
    }

    /// Whether the text is this one.
    pub fn is(&self, wanted: &str) -> Fact<bool> {
        self.text().map(|text| text == wanted)
    }

    /// A reference that must be there.
    pub fn link(&self) -> Link {
        match self.optional_link().state {
            State::Known(link) => link,
            State::Absent => Link::text(Fact::absent().at(self.at.clone())),
            State::Unknown(reasons) => Link::text(Fact::unknown(reasons).at(self.at.clone())),
        }
    }

    /// A reference that may be left out.
    pub fn optional_link(&self) -> Fact<Link> {
        self.fact(&|item| match &item.kind {
            Kind::Reference(reference) => {
                let Reference { text, target, .. } = &**reference;
                Fact::known(Link { text: text.clone().at(item.at.clone()), target: Some(target.clone()) })
            }
            _ => item.text().map(|text| Link::text(Fact::known(text).at(item.at.clone()))),
        })
    }

    /// A mapping, read into a struct.
    pub fn section<T: Join>(&self, read: &dyn Fn(&Self) -> T) -> Fact<T> {
        self.fact(&|item| match &item.kind {
            Kind::Map(_) => Fact::known(read(item)),
            _ => unfit("a mapping"),
        })
    }

    /// A list of mappings. An element of which it is unknown whether or what it is makes the list unknown.
    pub fn list<T: Join>(&self, read: &dyn Fn(&Self) -> Fact<T>) -> Fact<Vec<T>> {
        self.fact(&|item| match &item.kind {
            Kind::List(elements) => {
                let mut all = Vec::with_capacity(elements.len());
                let mut doubt: Option<Reasons> = None;
                for element in elements.iter() {
                    match element.fact(read).state {
                        State::Known(value) => all.push(value),
                        State::Absent => {}
                        State::Unknown(more) => doubt = Some(doubt.map_or_else(|| more.clone(), |sum| sum.and(&more))),
                    }
                }
                doubt.map_or_else(|| Fact::known(all), Fact::unknown)
            }
            // CloudFormation takes a single value where a list is expected.
            Kind::Text(_) | Kind::Number(_) | Kind::Map(_) | Kind::Reference(_) => read(item).map(|value| vec![value]),
            _ => unfit("a list"),
        })
    }

    /// A list of mappings, each read into a struct.
    pub fn sections<T: Join>(&self, read: &dyn Fn(&Self) -> T) -> Fact<Vec<T>> {
        self.list(&|element| element.section(read))
    }

    /// A list of texts.
    pub fn texts(&self) -> Fact<Vec<String>> {
        self.list(&Self::text)
    }

    /// A list of references.
    pub fn links(&self) -> Fact<Vec<Link>> {
        self.list(&Self::optional_link)
    }

    /// A document (a policy, an event pattern) as JSON text. Text is taken for JSON already.
    pub fn document(&self) -> Fact<String> {
        self.fact(&|item| match &item.kind {
            Kind::Text(text) => Fact::known(text.to_string()),
            _ => item.json().map(|json| json.to_string()),
        })
    }

    fn json(&self) -> Fact<Json> {
        match &self.kind {
            Kind::Absent => Fact::absent(),
            Kind::Unknown(reasons) => Fact::unknown(reasons.clone()),
            Kind::Bool(value) => Fact::known(Json::Bool(*value)),
            Kind::Number(text) => Fact::known(serde_json::from_str(text).unwrap_or_else(|_| text.to_string().into())),
            Kind::Text(text) => Fact::known(text.to_string().into()),
            Kind::Reference(reference) => reference.text.clone().map(Json::String),
            Kind::List(elements) => {
                let mut all = Vec::new();
                for element in elements.iter() {
                    match element.json().state {
                        State::Known(value) => all.push(value),
                        State::Absent => {}
                        State::Unknown(reasons) => return Fact::unknown(reasons),
                    }
                }
                Fact::known(Json::Array(all))
            }
            Kind::Map(map) => {
                if let Some(reasons) = &map.open {
                    return Fact::unknown(reasons.clone());
                }
                let mut all = serde_json::Map::new();
                for (key, value) in &map.entries {
                    match value.json().state {
                        State::Known(value) => {
                            all.insert(key.to_string(), value);
                        }
                        State::Absent => {}
                        State::Unknown(reasons) => return Fact::unknown(reasons),
                    }
                }
                Fact::known(Json::Object(all))
            }
            Kind::Choice(choice) => {
                let (yes, no) = (choice.yes.json(), choice.no.json());
                if yes.state == no.state { yes } else { Fact::unknown(choice.why.clone()) }
            }
        }
    }
}

/// This many units of this many days.
pub fn days_long(count: i64, days: i64) -> Fact<SignedDuration> {
    let seconds = count.checked_mul(days).and_then(|days| days.checked_mul(86_400));
    seconds.map_or_else(|| unfit("a number of days"), |seconds| Fact::known(SignedDuration::from_secs(seconds)))
}

fn unfit<T>(wanted: &str) -> Fact<T> {
    Fact::unknown(format!("what stands there is not {wanted}"))
}
