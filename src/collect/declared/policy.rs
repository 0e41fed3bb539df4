//! Policy documents, of which a file may leave parts open, as text in which these parts are marked.
//!
//! What `crate::iam` reads as not known is [`HOLE`] in a text and an [open part](open::part) in place of anything else.
//! Nothing may be left out that can be there, and nothing may look certain that is not.

pub mod open;
mod statement;

use std::sync::Arc;

use serde_json::{Map as JsonMap, Value as Json};

use super::item::{Item, Kind, Map};
use crate::model::fact::{Fact, Reasons, State};
use crate::model::iam::HOLE;
use crate::model::position::Position;

/// A policy document of a file.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Its JSON.
    pub text: Fact<String>,
    /// Where each of its statements stands; empty where that is not known.
    pub statements: Vec<Option<Arc<Position>>>,
}

/// The longest text that is made of a document. Key policies have 32 KiB, and no policy of AWS has more; but a file may
/// pad it with blanks.
const MOST_BYTES: usize = 256 * 1024;

impl Policy {
    /// One of whose statements no place is known.
    pub const fn of(text: Fact<String>) -> Self {
        Self { text, statements: Vec::new() }
    }

    /// The same policy, of which it is not certain whether it is there: each statement may be.
    #[must_use]
    pub fn perhaps(self, why: &Reasons) -> Self {
        let at = self.text.at.clone();
        match self.text.state {
            State::Known(text) => match conditional(&text) {
                Some(text) => Self { text: Fact::known(text).at(at), statements: self.statements },
                None => Self::of(Fact::unknown(why.clone()).at(at)),
            },
            State::Absent => Self::of(Fact::unknown(why.clone()).at(at)),
            State::Unknown(reasons) => Self::of(Fact::unknown(reasons.and(why)).at(at)),
        }
    }

    /// One of two, whichever it is.
    fn either(self, other: Self, why: &Reasons) -> Self {
        let at = self.text.at.clone().or_else(|| other.text.at.clone());
        if self.text.state == other.text.state {
            return self;
        }
        let both = self.text.value().zip(other.text.value()).and_then(|(one, other)| union(one, other));
        match both {
            Some(text) => Self {
                text: Fact::known(text).at(at),
                statements: self.statements.into_iter().chain(other.statements).collect(),
            },
            None => {
                let doubts = [&self.text, &other.text].into_iter().filter_map(Fact::reasons);
                Self::of(Fact::unknown(doubts.fold(why.clone(), |all, more| all.and(more))).at(at))
            }
        }
    }
}

impl Item {
    /// A policy document. Text is taken for JSON already.
    pub fn policy(&self) -> Policy {
        let policy = match &self.kind {
            Kind::Map(map) => written(map),
            Kind::Choice(choice) => choice.yes.policy().either(choice.no.policy(), &choice.why),
            _ => Policy::of(self.text().and_then(sound)),
        };
        Policy { text: policy.text.or_at(&self.at), ..policy }
    }

    /// A name, with [`HOLE`] for what is not known of it; absent where there is none.
    pub fn name_with_holes(&self) -> Option<String> {
        match &self.kind {
            Kind::Absent => None,
            _ => Some(statement::text(self)),
        }
    }
}

/// A text with holes, if it is a policy whatever stands in them.
fn sound(text: String) -> Fact<String> {
    if text.contains(HOLE) && !open::is_sound(&text) {
        return Fact::unknown("what is not known of the policy document is more than texts in it");
    }
    Fact::known(text)
}

fn written(map: &Map) -> Policy {
    if let Some(reasons) = &map.open {
        return Policy::of(Fact::unknown(reasons.clone()));
    }
    let mut json = JsonMap::new();
    let mut places = Vec::new();
    for (key, value) in &map.entries {
        match &**key {
            // It decides how all the rest is read.
            "Version" => match value.text().state {
                State::Known(text) if !text.contains(HOLE) => drop(json.insert(key.to_string(), text.into())),
                State::Known(_) => return Policy::of(Fact::unknown("the version of the policy document is not known")),
                State::Absent => {}
                State::Unknown(reasons) => return Policy::of(Fact::unknown(reasons)),
            },
            "Statement" => {
                let mut all = Vec::new();
                statement::all(value, false, &mut all);
                let (statements, at): (Vec<_>, Vec<_>) = all.into_iter().unzip();
                json.insert(key.to_string(), Json::Array(statements));
                places = at;
            }
            _ => drop(statement::any(value).map(|value| json.insert(key.to_string(), value))),
        }
    }
    let text = Json::Object(json).to_string();
    if text.len() > MOST_BYTES {
        return Policy::of(Fact::unknown("the policy document is longer than any of AWS may be"));
    }
    Policy { text: Fact::known(text), statements: places }
}

/// The text with each statement conditional on what is not known; none where it is no policy document.
fn conditional(text: &str) -> Option<String> {
    let mut json: Json = serde_json::from_str(text).ok()?;
    let statements = json.get_mut("Statement")?;
    *statements = Json::Array(each(statements.take()).map(open::conditional).collect());
    Some(json.to_string())
}

/// The statements of both, each conditional on what is not known; none where the documents differ in more.
fn union(one: &str, other: &str) -> Option<String> {
    let mut one: Json = serde_json::from_str(one).ok()?;
    let mut other: Json = serde_json::from_str(other).ok()?;
    let plain = |json: &Json| json.as_object().is_some_and(|it| it.keys().all(|key| PLAIN.contains(&&**key)));
    if !plain(&one) || !plain(&other) || one.get("Version") != other.get("Version") {
        return None;
    }
    let (first, second) = (one.get_mut("Statement")?, other.get_mut("Statement")?);
    *first = Json::Array(each(first.take()).chain(each(second.take())).map(open::conditional).collect());
    Some(one.to_string())
}

const PLAIN: [&str; 3] = ["Version", "Id", "Statement"];

fn each(statements: Json) -> impl Iterator<Item = Json> {
    let all = match statements {
        Json::Array(all) => all,
        one => vec![one],
    };
    all.into_iter()
}
