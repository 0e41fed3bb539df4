//! Policy documents, read and compiled.

use std::sync::Arc;

use super::action::{Action, ActionSet, Actions, Catalogue};
use super::arn::ResourcePattern;
use super::condition::Condition;
use super::fault::Fault;
use super::pattern::HOLE;
use super::principals::Principals;
use super::truth::Truth;

/// Whether a statement allows or denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// `Allow`.
    Allow,
    /// `Deny`.
    Deny,
}

/// A policy document.
#[derive(Clone, Debug)]
pub struct Document {
    pub(super) statements: Box<[Statement]>,
    pub(super) faults: Box<[Fault]>,
    pub(super) readable: bool,
    /// What its statements may allow, and what they may deny, of the actions that the library holds ready.
    pub(super) allows: ActionSet,
    pub(super) denies: ActionSet,
    /// Whether its text may say something of multi-factor authentication.
    pub(super) speaks_of_mfa: bool,
}

/// One statement.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    /// Where it stands among the statements, from 0.
    pub(super) index: usize,
    pub(super) sid: Option<Arc<str>>,
    /// `None` where a template leaves it open.
    pub(super) effect: Option<Effect>,
    pub(super) principals: Principals,
    pub(super) actions: Actions,
    pub(super) resources: Resources,
    pub(super) conditions: Conditions,
}

/// The `Resource` of a statement.
#[derive(Clone, Debug)]
pub(super) enum Resources {
    Absent,
    Named(Box<[ResourcePattern]>),
    AllBut(Box<[ResourcePattern]>),
}

/// The `Condition` of a statement.
#[derive(Clone, Debug)]
pub(super) struct Conditions {
    pub(super) all: Box<[Condition]>,
    /// A template leaves some of it open.
    pub(super) open: bool,
}

impl Document {
    /// Reads a document; `catalogue` are the actions that it is held against at once.
    ///
    /// A document that AWS would refuse cannot be the one that is in force, so what it allows and denies is unknown;
    /// its [faults](Self::faults) say why.
    pub(super) fn new(text: &str, catalogue: &Catalogue) -> Self {
        let (statements, faults) = super::parse::parse(text, catalogue);
        let readable = !faults.iter().any(|fault| fault.refused);
        let (mut allows, mut denies) = (ActionSet::default(), ActionSet::default());
        if !readable {
            (allows, denies) = (ActionSet::ALL, ActionSet::ALL);
        }
        for statement in &statements {
            if statement.effect != Some(Effect::Deny) {
                allows = allows.union(statement.actions.possible());
            }
            if statement.effect != Some(Effect::Allow) {
                denies = denies.union(statement.actions.possible());
            }
        }
        // What is written in escapes, or left open, may be the name of a key too.
        let open = !readable || text.contains("\\u") || text.contains(HOLE);
        let speaks_of_mfa = open || text.to_ascii_lowercase().contains("multifactorauth");
        Self { statements: statements.into(), faults: faults.into(), readable, allows, denies, speaks_of_mfa }
    }

    /// What is wrong with it, in the order of the text.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Whether AWS would take it. If not, what it allows and denies is unknown.
    pub fn is_readable(&self) -> bool {
        self.readable
    }

    /// Whether a statement may mean the action with this number.
    pub(super) fn speaks_of(&self, number: usize) -> bool {
        self.allows.contains(number) || self.denies.contains(number)
    }

    /// The resources on which it may allow an action; `None` where they are not all named one by one.
    pub(super) fn named(&self, action: &Action) -> Option<Vec<&str>> {
        if !self.readable {
            return None;
        }
        let may = |statement: &&Statement| {
            statement.effect != Some(Effect::Deny) && statement.actions.mean(action) != Truth::No
        };
        let mut names = Vec::new();
        for statement in self.statements.iter().filter(may) {
            let Resources::Named(patterns) = &statement.resources else { return None };
            for pattern in patterns {
                names.push(pattern.only()?);
            }
        }
        Some(names)
    }

    /// A resource for each pattern on which it may allow an action.
    pub(super) fn examples(&self, action: &Action) -> Vec<String> {
        let may = |statement: &&Statement| {
            statement.effect != Some(Effect::Deny) && statement.actions.mean(action) != Truth::No
        };
        let patterns = |statement: &'_ Statement| match &statement.resources {
            Resources::Named(patterns) => patterns.iter().filter_map(ResourcePattern::example).collect::<Vec<_>>(),
            Resources::AllBut(_) | Resources::Absent => Vec::new(),
        };
        self.statements.iter().filter(may).flat_map(patterns).collect()
    }

    /// Whether a statement, by its number from 0, means a resource by its whole ARN alone, and by no wildcard besides.
    pub fn names(&self, statement: usize, arn: &str) -> bool {
        let found = self.statements.iter().find(|one| one.index == statement);
        let Some(Resources::Named(patterns)) = found.map(|one| &one.resources) else { return false };
        patterns.iter().any(|pattern| pattern.only() == Some(arn))
            && !patterns.iter().any(|pattern| pattern.only().is_none() && pattern.covers(arn))
    }

    /// Whether it may deny something.
    pub fn may_deny(&self) -> bool {
        !self.readable || self.statements.iter().any(|statement| statement.effect != Some(Effect::Allow))
    }

    /// How many statements it has.
    pub fn statements(&self) -> usize {
        self.statements.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::{Layers, Library};

    #[test]
    fn what_may_name_multi_factor_authentication_speaks_of_it() {
        let speaks = |key: &str| {
            let mut library = Library::new([]);
            let condition = format!(r#"{{"Bool": {{"{key}": "true"}}}}"#);
            let text = format!(
                r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {condition}}}]}}"#
            );
            let attached = [crate::iam::Attachment::new("p", library.add(&text))];
            let speaks = library.speak_of_mfa(&Layers::new(&attached));
            assert_eq!(speaks, library.speaks_of_mfa());
            speaks
        };
        assert!(speaks("aws:MultiFactorAuthPresent") && speaks("aws:multifactorauthage"));
        assert!(speaks(r"aws:Multi\u0046actorAuthPresent"), "an escape is the letter itself");
        assert!(speaks(&format!("aws:{HOLE}")), "the template leaves the key open");
        assert!(!speaks("aws:SecureTransport"));
    }
}
