//! Texts of a policy that are matched against texts of a request: wildcards, policy variables, and places whose text
//! is not known.
//!
//! Variables and their defaults, `${*}`, `${?}` and `${$}`, and the version that they need:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>.

use std::borrow::Cow;

use super::context::{Scene, Seen};

/// Stands within a text for a stretch that is not known: a reference that a template leaves open, or "any resource of
/// this kind" in a request. It may be empty and may hold any characters.
pub const HOLE: char = '\u{fffc}';

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// These characters.
    Text(Box<str>),
    /// Any one character: `?`.
    One,
    /// Any characters, or none: `*`.
    Many,
    /// Characters that are not known.
    Hole,
    /// The value of a context key.
    Variable(Box<Variable>),
}

/// `${key}`, or `${key, 'default'}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variable {
    /// In lower case: names of keys are not case-sensitive.
    key: Box<str>,
    default: Option<Box<str>>,
}

/// A text as a policy writes it, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pattern(Box<[Part]>);

/// How a text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// `*` and `?` are wildcards.
    pub(super) wildcards: bool,
    /// `${…}` is a variable.
    pub(super) variables: bool,
}

impl Pattern {
    pub(super) fn new(text: &str, reading: Reading) -> Self {
        let mut parts = Parts::default();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if reading.variables && rest.starts_with("${") {
                let Some(end) = rest.find('}') else {
                    // IAM refuses a variable that does not end; what it would mean is open.
                    parts.add(Part::Hole);
                    break;
                };
                parts.variable(&rest[2..end]);
                rest = &rest[end + 1..];
                continue;
            }
            rest = &rest[first.len_utf8()..];
            match first {
                '*' if reading.wildcards => parts.add(Part::Many),
                '?' if reading.wildcards => parts.add(Part::One),
                HOLE => parts.add(Part::Hole),
                other => parts.text.push(other),
            }
        }
        parts.done()
    }

    pub(super) fn from_parts(parts: &[Part]) -> Self {
        Self(parts.into())
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.0
    }

    /// Splits at the first so many colons outside variables; fewer pieces where there are fewer colons.
    pub(super) fn split(&self, colons: usize) -> Vec<Self> {
        let mut pieces = Vec::new();
        let mut parts = Parts::default();
        for part in &self.0 {
            let Part::Text(text) = part else {
                parts.add(part.clone());
                continue;
            };
            let mut rest: &str = text;
            while pieces.len() < colons {
                let Some(at) = rest.find(':') else { break };
                parts.text.push_str(&rest[..at]);
                pieces.push(std::mem::take(&mut parts).done());
                rest = &rest[at + 1..];
            }
            parts.text.push_str(rest);
        }
        pieces.push(parts.done());
        pieces
    }

    /// The text, if nothing in it is open or wild.
    pub(super) fn literal(&self) -> Option<&str> {
        match &*self.0 {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether it is nothing but `*`.
    pub(super) fn is_any(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|part| *part == Part::Many)
    }

    pub(super) fn has(&self, wanted: impl Fn(&Part) -> bool) -> bool {
        self.0.iter().any(wanted)
    }

    /// Puts the values of the variables in; `None` where one has no value, since then nothing is equal or like it.
    pub(super) fn resolve(&self, scene: &Scene<'_>) -> Option<Cow<'_, [Part]>> {
        if !self.has(|part| matches!(part, Part::Variable(_))) {
            return Some(Cow::Borrowed(&self.0));
        }
        let mut parts = Parts::default();
        for part in &self.0 {
            match part {
                Part::Variable(variable) => parts.add(variable.value(scene)?),
                Part::Text(text) => parts.text.push_str(text),
                other => parts.add(other.clone()),
            }
        }
        Some(Cow::Owned(parts.done().0.into_vec()))
    }
}

impl Variable {
    fn value(&self, scene: &Scene<'_>) -> Option<Part> {
        let literal = |text: &str| Part::Text(text.into());
        let value = match scene.look(&self.key) {
            Seen::One(value) => literal(value),
            Seen::Values([value]) => literal(value),
            // A key with several values is not to be used as a variable; what comes of it is open.
            Seen::Values([_, ..]) | Seen::Some | Seen::Unknown => Part::Hole,
            Seen::Values([]) | Seen::Absent => match &self.default {
                // Whether a wildcard in a default is one is not documented.
                Some(text) if text.contains(['*', '?']) => Part::Hole,
                Some(text) => literal(text),
                None => return None,
            },
        };
        Some(value)
    }
}

#[derive(Default)]
struct Parts {
    parts: Vec<Part>,
    text: String,
}

impl Parts {
    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.parts.push(Part::Text(std::mem::take(&mut self.text).into()));
        }
    }

    fn add(&mut self, part: Part) {
        match part {
            Part::Text(text) => {
                for character in text.chars() {
                    if character == HOLE {
                        self.flush();
                        self.parts.push(Part::Hole);
                    } else {
                        self.text.push(character);
                    }
                }
            }
            // Two of these in a row mean the same as one.
            same @ (Part::Many | Part::Hole) if self.text.is_empty() && self.parts.last() == Some(&same) => {}
            other => {
                self.flush();
                self.parts.push(other);
            }
        }
    }

    fn variable(&mut self, inside: &str) {
        match inside {
            "*" | "?" | "$" => self.text.push_str(inside),
            _ => {
                let (key, default) = match inside.split_once(',') {
                    Some((key, default)) => (key, Some(default.trim())),
                    None => (inside, None),
                };
                let key = key.trim().to_ascii_lowercase();
                let quoted = |text: &str| Some(text.strip_prefix('\'')?.strip_suffix('\'')?.to_owned());
                match default {
                    None => self.add(Part::Variable(Box::new(Variable { key: key.into(), default: None }))),
                    Some(default) => match quoted(default) {
                        Some(default) => {
                            let variable = Variable { key: key.into(), default: Some(default.into()) };
                            self.add(Part::Variable(Box::new(variable)));
                        }
                        None => self.add(Part::Hole),
                    },
                }
            }
        }
    }

    fn done(mut self) -> Pattern {
        self.flush();
        Pattern(self.parts.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::glob::matches;
    use crate::iam::{Action, Context, Principal, Request, Resource, Truth, Value};

    const WILD: Reading = Reading { wildcards: true, variables: true };

    /// Whether the pattern fits the text in a request of the user alice with these keys; `None` where a variable has no
    /// value.
    fn resolved(pattern: &str, context: &Context, text: &str) -> Option<Truth> {
        let principal = Principal::of_arn("arn:aws:iam::111122223333:user/ops/alice").unwrap();
        let action = Action::new("s3:GetObject");
        let resource = Resource::new("*", None);
        let request = Request { principal: &principal, action: &action, resource, context };
        let pattern = Pattern::new(pattern, WILD);
        pattern.resolve(&Scene::new(&request)).map(|parts| matches(&parts, text))
    }

    #[test]
    fn variables_take_values_literally() {
        let context = Context::whole().with("aws:PrincipalTag/team", "a*");
        assert_eq!(resolved("x-${aws:PrincipalTag/team}", &context, "x-a*"), Some(Truth::Yes));
        assert_eq!(resolved("x-${AWS:principaltag/TEAM}", &context, "x-abc"), Some(Truth::No));
        assert_eq!(resolved("${aws:username}/*", &context, "alice/x"), Some(Truth::Yes));
        assert_eq!(resolved("${aws:username}/*", &context, "bob/x"), Some(Truth::No));
        assert_eq!(resolved("${aws:PrincipalTag/other}", &context, ""), None);
        assert_eq!(resolved("${aws:PrincipalTag/other, 'd'}", &context, "d"), Some(Truth::Yes));
        assert_eq!(resolved("${aws:PrincipalTag/team, 'd'}", &context, "d"), Some(Truth::No));
        assert_eq!(resolved("${aws:PrincipalTag/other, 'd*'}", &context, "de"), Some(Truth::Maybe));
        assert_eq!(resolved("${*}${?}${$}", &context, "*?$"), Some(Truth::Yes));
        assert_eq!(resolved("${*}", &context, "a"), Some(Truth::No));
        assert_eq!(resolved("${aws:username", &context, "${aws:username"), Some(Truth::Maybe), "it does not end");
    }

    #[test]
    fn a_variable_that_is_not_known_is_a_hole() {
        let mut context = Context::whole();
        context.set("aws:PrincipalTag/team", Value::Unknown);
        assert_eq!(resolved("x-${aws:PrincipalTag/team}", &context, "x-a"), Some(Truth::Maybe));
        assert_eq!(resolved("x-${aws:PrincipalTag/team}", &context, "y-a"), Some(Truth::No));
        assert_eq!(resolved("${aws:TagKeys}", &Context::open(), "a"), Some(Truth::Maybe));
    }

    #[test]
    fn without_variables_their_text_is_plain() {
        let old = Pattern::new("a-${aws:username}", Reading { wildcards: true, variables: false });
        assert_eq!(matches(old.parts(), "a-${aws:username}"), Truth::Yes);
        let old = Pattern::new("${*}", Reading { wildcards: true, variables: false });
        assert_eq!(matches(old.parts(), "${anything}"), Truth::Yes, "the star is a wildcard");
    }
}
