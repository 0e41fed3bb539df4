//! Rules: three files with one stem, loaded and checked before anything is judged.

pub mod annotations;
pub mod entangled;
pub mod framework;
pub mod guide;
pub mod load;
pub mod meta;
pub mod notice;
pub mod reads;
pub mod schema;
pub mod source;
pub mod template;
pub mod waiver;

use std::collections::BTreeSet;
use std::sync::Arc;

use cedar_policy::{Policy, Schema};

use crate::diagnostic::nearest;
use meta::Meta;
use reads::Reads;
use waiver::Waiver;

/// A checked rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What it says of itself.
    pub meta: Arc<Meta>,
    /// The Cedar policy; its id is the rule's id.
    pub policy: Policy,
    /// The facts that its condition reads.
    pub reads: Reads,
    /// The template paths that its message and guide use.
    pub places: BTreeSet<String>,
    /// Its cases (`.tests.json`), unread; none for a rule without the file.
    pub tests: Option<Arc<str>>,
}

/// All rules that are enabled, in order of their ids, the schema that they were checked against, and what is waived.
#[derive(Clone, Debug)]
pub struct RuleSet {
    /// The schema.
    pub schema: Arc<Schema>,
    /// The rules.
    pub rules: Vec<Rule>,
    /// The rules that the settings switch off.
    pub disabled: Vec<Rule>,
    /// The waivers, in order of their ids.
    pub waivers: Vec<Waiver>,
}

impl RuleSet {
    /// These rules, all of them on and none waived.
    pub const fn new(schema: Arc<Schema>, rules: Vec<Rule>) -> Self {
        Self { schema, rules, disabled: Vec::new(), waivers: Vec::new() }
    }

    /// The rule with this id or alias.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.rules
            .iter()
            .find(|rule| &*rule.meta.id == id)
            .or_else(|| self.rules.iter().find(|rule| rule.meta.aliases.iter().any(|alias| alias == id)))
    }

    /// The id of a rule that is near enough to this word to be meant.
    pub fn nearest(&self, word: &str) -> Option<&str> {
        nearest(word, self.rules.iter().chain(&self.disabled).map(|rule| &*rule.meta.id))
    }

    /// What every rule says of itself, in order.
    pub fn metas(&self) -> Vec<Arc<Meta>> {
        self.rules.iter().map(|rule| Arc::clone(&rule.meta)).collect()
    }
}
