//! Actions, sets of them as bits, and the patterns of `Action` and `NotAction`.
//!
//! Names are not case-sensitive, and `*` and `?` are wildcards:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>.

use std::collections::BTreeMap;

use super::glob::matches;
use super::pattern::{Pattern, Reading};
use super::truth::Truth;

/// How many actions a library can hold ready.
pub const MOST_ACTIONS: usize = 320;

/// A set of the actions that a library holds ready.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ActionSet([u64; MOST_ACTIONS / 64]);

impl ActionSet {
    /// All there can be.
    pub const ALL: Self = Self([u64::MAX; MOST_ACTIONS / 64]);

    /// Adds the action with this number.
    pub fn insert(&mut self, number: usize) {
        if let Some(word) = self.0.get_mut(number / 64) {
            *word |= 1 << (number % 64);
        }
    }

    /// Whether the action with this number is in it.
    pub fn contains(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|word| word & (1 << (number % 64)) != 0)
    }

    /// Those that are in one or the other.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        self.zip(other, |a, b| a | b)
    }

    /// Those that are in both.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        self.zip(other, |a, b| a & b)
    }

    /// Whether none is in it.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// The numbers of those that are in it, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        (0..MOST_ACTIONS).filter(|number| self.contains(*number))
    }

    fn zip(mut self, other: Self, join: impl Fn(u64, u64) -> u64) -> Self {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine = join(*mine, theirs);
        }
        self
    }
}

impl std::ops::Not for ActionSet {
    type Output = Self;

    fn not(self) -> Self {
        Self(self.0.map(|word| !word))
    }
}

/// An action of a request: `backup:DeleteRecoveryPoint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    name: Box<str>,
    lower: Box<str>,
    number: Option<usize>,
}

impl Action {
    /// An action that is compared by its name; [`super::Library::action`] gives one that is compared by its number.
    pub fn new(name: &str) -> Self {
        Self { name: name.into(), lower: name.to_ascii_lowercase().into(), number: None }
    }

    /// Its name, as it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its number in the library that it is of.
    pub fn number(&self) -> Option<usize> {
        self.number
    }

    /// Its name in lower case.
    pub(super) fn lower(&self) -> &str {
        &self.lower
    }

    /// The service's prefix, in lower case: `backup`.
    pub(super) fn service(&self) -> &str {
        self.lower.split_once(':').map_or(&*self.lower, |(service, _)| service)
    }
}

/// The actions that statements are held against when they are compiled.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalogue {
    actions: Vec<Action>,
    numbers: BTreeMap<Box<str>, usize>,
}

impl Catalogue {
    /// Actions beyond [`MOST_ACTIONS`] are left out, and compared by name.
    pub(super) fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut catalogue = Self::default();
        for name in names {
            let mut action = Action::new(name);
            let number = catalogue.actions.len();
            if number == MOST_ACTIONS || catalogue.numbers.contains_key(&action.lower) {
                continue;
            }
            action.number = Some(number);
            catalogue.numbers.insert(action.lower.clone(), number);
            catalogue.actions.push(action);
        }
        catalogue
    }

    pub(super) fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// All of them.
    pub(super) fn whole(&self) -> ActionSet {
        let mut set = ActionSet::default();
        (0..self.actions.len()).for_each(|number| set.insert(number));
        set
    }

    pub(super) fn find(&self, name: &str) -> Action {
        let action = Action::new(name);
        let number = self.numbers.get(&action.lower).copied();
        Action { number, ..action }
    }
}

const READING: Reading = Reading { wildcards: true, variables: false };

/// The `Action` or `NotAction` of a statement.
#[derive(Clone, Debug)]
pub(super) struct Actions {
    /// The patterns in lower case, a line each. Policies list thousands of actions, of which few are of interest, so
    /// they are kept as text, and read again only for an action that is not in the catalogue.
    patterns: Box<str>,
    negated: bool,
    /// Of the catalogue: those that it certainly means, and those that it may mean.
    sure: ActionSet,
    possible: ActionSet,
}

impl Actions {
    pub(super) fn new(texts: &[&str], negated: bool, catalogue: &Catalogue) -> Self {
        let patterns = texts.join("\n").to_ascii_lowercase().into_boxed_str();
        let (mut sure, mut possible) = (ActionSet::default(), ActionSet::default());
        for pattern in texts.iter().map(|text| Pattern::new(&text.to_ascii_lowercase(), READING)) {
            if let Some(name) = pattern.literal() {
                if let Some(number) = catalogue.numbers.get(name) {
                    sure.insert(*number);
                }
                continue;
            }
            for (number, action) in catalogue.actions.iter().enumerate() {
                match matches(pattern.parts(), &action.lower) {
                    Truth::Yes => sure.insert(number),
                    Truth::Maybe => possible.insert(number),
                    Truth::No => {}
                }
            }
        }
        possible = possible.union(sure);
        if negated {
            (sure, possible) = (!possible, !sure);
        }
        Self { patterns, negated, sure, possible }
    }

    fn compare(&self, lower: &str) -> Truth {
        let patterns = self.patterns.split('\n').map(|text| Pattern::new(text, READING));
        let named = Truth::any(patterns.map(|pattern| matches(pattern.parts(), lower)));
        if self.negated { !named } else { named }
    }

    pub(super) fn mean(&self, action: &Action) -> Truth {
        match action.number {
            Some(number) if self.sure.contains(number) => Truth::Yes,
            Some(number) if self.possible.contains(number) => Truth::Maybe,
            Some(_) => Truth::No,
            None => self.compare(&action.lower),
        }
    }

    pub(super) fn possible(&self) -> ActionSet {
        self.possible
    }
}
