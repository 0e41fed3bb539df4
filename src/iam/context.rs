//! What is known of the request beside principal, action and resource: the values of condition keys.

use std::collections::BTreeMap;

use super::arn::Arn;
use super::pattern::HOLE;
use super::request::Request;

/// What is known of one condition key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// It is in the request with these values; one, for a single-valued key. An empty list counts as absent.
    Known(Vec<String>),
    /// It is in the request, and its value is not known.
    Present,
    /// It is known not to be in the request.
    Absent,
    /// It may be in the request or not.
    Unknown,
}

/// What holds for the keys that a context does not mention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rest {
    /// They are not in the request: the context is whole.
    Absent,
    /// Nothing is known of them.
    #[default]
    Unknown,
}

/// The condition keys of a request. Names are not case-sensitive
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>).
///
/// What follows from the principal and the resource (`aws:PrincipalArn`, `aws:PrincipalAccount`, `aws:PrincipalType`,
/// `aws:username`, `aws:userid`, `aws:PrincipalIsAWSService`, `aws:ResourceAccount`) need not be said; what is said
/// here goes before it. Tags of a role that a session may bear others of, or organizations that were not read, are
/// best left unmentioned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    keys: BTreeMap<Box<str>, Value>,
    rest: Rest,
}

impl Context {
    /// A context that knows nothing.
    pub fn open() -> Self {
        Self::default()
    }

    /// A context that mentions all keys that the request has.
    pub fn whole() -> Self {
        Self { keys: BTreeMap::new(), rest: Rest::Absent }
    }

    /// Says what is known of a key. Two spellings with different values (tags `team` and `Team`) leave it unknown.
    pub fn set(&mut self, key: &str, value: Value) {
        let name = key.to_ascii_lowercase().into_boxed_str();
        let value = match value {
            Value::Known(values) if values.is_empty() => Value::Absent,
            // A value with holes is there, and not known.
            Value::Known(values) if values.iter().any(|value| value.contains(HOLE)) => Value::Present,
            other => other,
        };
        match self.keys.entry(name) {
            std::collections::btree_map::Entry::Vacant(free) => {
                free.insert(value);
            }
            std::collections::btree_map::Entry::Occupied(mut taken) => {
                if *taken.get() != value {
                    taken.insert(Value::Unknown);
                }
            }
        }
    }

    /// Says anew what is known of a key, whatever was said before.
    pub fn replace(&mut self, key: &str, value: Value) {
        self.keys.remove(key.to_ascii_lowercase().as_str());
        self.set(key, value);
    }

    /// With one value for a key.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.replace(key, Value::Known(vec![value.to_owned()]));
        self
    }

    /// Without a key: known not to be in the request.
    #[must_use]
    pub fn without(mut self, key: &str) -> Self {
        self.replace(key, Value::Absent);
        self
    }

    /// The keys that are mentioned, in lower case.
    pub fn keys(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.keys.iter().map(|(key, value)| (&**key, value))
    }
}

/// What is seen when a key is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen<'a> {
    Values(&'a [String]),
    One(&'a str),
    /// It is there, with a value that is not known.
    Some,
    Absent,
    Unknown,
}

/// A request and what is known of its context.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene<'a> {
    pub(super) request: &'a Request<'a>,
    /// The resource's ARN, taken apart.
    pub(super) arn: Option<Arn<'a>>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(request: &'a Request<'a>) -> Self {
        Self { request, arn: Arn::parse(request.resource.arn) }
    }

    /// Looks up a key by its name in lower case.
    pub(super) fn look(&self, key: &str) -> Seen<'a> {
        let context = self.request.context;
        match context.keys.get(key) {
            Some(Value::Known(values)) => return Seen::Values(values),
            Some(Value::Present) => return Seen::Some,
            Some(Value::Absent) => return Seen::Absent,
            Some(Value::Unknown) => return Seen::Unknown,
            None => {}
        }
        let inferred = match key {
            "aws:resourceaccount" => self
                .request
                .resource
                .account
                .map(|account| if account.contains(HOLE) { Seen::Some } else { Seen::One(account) }),
            _ => self.request.principal.key(key),
        };
        inferred.unwrap_or(match context.rest {
            Rest::Absent => Seen::Absent,
            Rest::Unknown => Seen::Unknown,
        })
    }
}
