//! What an identity has at a moment, after some changes.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::derive::access::policies::{Identity, Origin};
use crate::derive::access::ways::{Asker, Outcome};
use crate::iam::{Attachment, Context, Layers};
use crate::model::fact::Fact;
use crate::model::position::Position;

use super::{Raise, by};

/// The policies that an identity has, and how it came to them.
#[derive(Clone)]
pub struct State<'c> {
    /// Its policies, and those alone.
    pub attached: Vec<Attachment>,
    /// Of each of these, where it comes from; none of what was written.
    pub origins: Vec<Option<&'c Origin<'c>>>,
    pub groups: Vec<&'c str>,
    pub boundary: Option<Attachment>,
    /// Whether a policy was written that allows everything.
    pub wrote: bool,
    /// Of what is known of its requests, what is left; none for all.
    pub context: Option<Context>,
    /// The changes: whether each is allowed, how, and by which statement of a file.
    pub allowed: Vec<Fact<bool>>,
    pub texts: Vec<String>,
    pub later: Vec<String>,
    pub at: Option<Arc<Position>>,
}

/// Something that can be taken away.
pub struct Removal {
    pub outcome: Outcome,
    pub what: What,
}

/// What is taken away.
#[derive(Clone, PartialEq, Eq)]
pub enum What {
    /// One of the policies, by its number.
    Policy(usize),
    /// All policies of a group, by its ARN.
    Group(String),
    Boundary,
}

impl<'c> State<'c> {
    /// As it is.
    pub fn of<'a: 'c>(of: &'c Identity<'a>) -> Self {
        Self {
            attached: of.attached.clone(),
            origins: of.origins.iter().map(|origin| Some(origin as &Origin<'c>)).collect(),
            groups: of.groups.iter().map(String::as_str).collect(),
            boundary: of.boundary.clone(),
            wrote: false,
            context: None,
            allowed: Vec::new(),
            texts: Vec::new(),
            later: Vec::new(),
            at: None,
        }
    }

    /// Whoever has it, as they ask.
    pub fn asks<'s>(&'s self, becomes: &Asker<'s>) -> Asker<'s> {
        let layers = Layers { identity: &self.attached, boundary: self.boundary.as_ref(), ..becomes.layers };
        Asker { layers, context: self.context.as_ref().unwrap_or(becomes.context), ..*becomes }
    }

    /// After more changes: these are taken away, and policies written. What `is_later` is done by the identity itself,
    /// once it is become.
    pub fn next(
        &self,
        removals: &[&Removal],
        written: Option<(&Outcome, &[Attachment])>,
        whom: &str,
        is_later: bool,
    ) -> Self {
        let taken = |number: usize, origin: Option<&Origin<'_>>| {
            removals.iter().any(|one| match &one.what {
                What::Policy(other) => *other == number,
                What::Group(arn) => origin.is_some_and(|origin| origin.group.as_ref() == Some(arn)),
                What::Boundary => false,
            })
        };
        let pairs = self.attached.iter().zip(&self.origins).enumerate();
        let kept = pairs.filter(|(number, (_, origin))| !taken(*number, **origin));
        let (attached, origins) = kept.map(|(_, (one, origin))| (one.clone(), *origin)).unzip();
        let left = |arn: &str| removals.iter().any(|one| one.what == What::Group(arn.to_owned()));
        let mut next = Self {
            attached,
            origins,
            groups: self.groups.iter().copied().filter(|arn| !left(arn)).collect(),
            ..self.clone()
        };
        if removals.iter().any(|one| one.what == What::Boundary) {
            next.boundary = None;
        }
        next.allowed.extend(removals.iter().map(|one| one.outcome.allowed.clone()));
        let mut names: BTreeSet<&str> = removals.iter().map(|one| one.outcome.action.as_str()).collect();
        let mut at = removals.iter().find_map(|one| one.outcome.at.clone());
        let told = match (written, removals) {
            (Some((outcome, everything)), _) => {
                next.attached.extend(everything.iter().cloned());
                next.origins.extend(everything.iter().map(|_| None));
                next.wrote = true;
                next.allowed.push(outcome.allowed.clone());
                at = at.or_else(|| outcome.at.clone());
                names.remove(outcome.action.as_str());
                let text = format!("{} on {whom}{}", outcome.action, by(&outcome.by));
                if names.is_empty() { text } else { format!("{}, then {text}", joined(&names)) }
            }
            (None, [one]) => {
                let name = match one.what {
                    What::Policy(number) => self.attached.get(number).map(|policy| &policy.name),
                    What::Group(_) | What::Boundary => None,
                };
                let takes = name.map(|name| format!(", which takes away {name}")).unwrap_or_default();
                format!("{} on {whom}{}{takes}", one.outcome.action, by(&one.outcome.by))
            }
            (None, _) => format!("{} on {whom}", joined(&names)),
        };
        if is_later {
            next.later.push(told)
        } else {
            next.texts.push(told)
        }
        next.at = self.at.clone().or(at);
        next
    }

    /// As a change; without a text where nothing was changed.
    pub fn raise(&self) -> Raise {
        Raise {
            allowed: Fact::all(self.allowed.iter().cloned()),
            text: self.texts.join(", then "),
            later: (!self.later.is_empty()).then(|| self.later.join(", then ")),
            at: self.at.clone(),
            identity: self.attached.clone(),
            boundary: self.boundary.clone(),
            newcomer: None,
            context: self.context.clone(),
        }
    }
}

fn joined(names: &BTreeSet<&str>) -> String {
    names.iter().copied().collect::<Vec<_>>().join(" and ")
}
