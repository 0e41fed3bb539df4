//! Why one rule says what it says of one resource: its facts, and the truth of each part of its condition.

use std::sync::Arc;

use super::verdict::Verdict;
use super::{Missing, Suppression, Waiver};
use crate::model::fact::Reasons;
use crate::model::identity::ResourceId;
use crate::model::position::Position;

/// What stands behind one verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The rule's id.
    pub rule: Arc<str>,
    /// The resource.
    pub resource: ResourceId,
    /// What people call it.
    pub name: Arc<str>,
    /// Where the fact at fault, or else the resource, is written; none for live resources.
    pub at: Option<Arc<Position>>,
    /// The verdict, as the report has it; none where the rule errored.
    pub verdict: Option<Verdict>,
    /// What the report says of it, or the error; none for a Pass.
    pub message: Option<String>,
    /// The facts that the rule reads, by path.
    pub facts: Vec<Shown>,
    /// What the unknown facts may be: each version is judged, and the verdict stands where all agree. One without a
    /// name where nothing forks; none where there are too many.
    pub versions: Vec<String>,
    /// The condition's clauses, in order. The rule fails where each `when` is true and each `unless` is false.
    pub clauses: Vec<Clause>,
    /// For Unknown: the facts that would have decided.
    pub missing: Vec<Missing>,
    /// For Waived: who accepts it, and what the verdict would be.
    pub waiver: Option<Waiver>,
    /// For Waived: what beside the resource accepts it, and what the verdict would be.
    pub suppression: Option<Suppression>,
}

/// A fact that the rule reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// Its path from the resource, or `tags["key"]`.
    pub path: String,
    /// As people read it: `none` where it is absent, `unknown` where it is, or where versions differ.
    pub value: String,
    /// The value in each version, where they differ; else empty.
    pub values: Vec<String>,
    /// Where it comes from.
    pub told: Told,
    /// Why it is not known.
    pub reasons: Option<Reasons>,
}

/// Where a fact comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It is written here.
    At(Arc<Position>),
    /// It was read from a live account.
    Live,
    /// It is not written in the file, which leaves AWS's default.
    Unwritten,
    /// It was worked out from other facts, also of other resources, and from the settings.
    Derived,
}

/// One clause of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// `when`, or else `unless`.
    pub when: bool,
    /// What it asks.
    pub condition: Operand,
}

/// A part of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operand {
    /// As Cedar.
    pub text: String,
    /// How its own parts are joined.
    pub joint: Joint,
    /// Whether it is true.
    pub truth: Truth,
    /// Whether it is true in each version.
    pub in_versions: Vec<Truth>,
    /// Its parts.
    pub parts: Vec<Operand>,
}

/// How the parts of an operand make up its truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joint {
    /// It has no parts.
    None,
    /// All must be true.
    All,
    /// One must be true.
    Any,
    /// Its only part must be false.
    Not,
}

/// Three values, and one for what was not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// Whatever the unknown facts are.
    True,
    /// Whatever the unknown facts are.
    False,
    /// The unknown facts decide.
    Unknown,
    /// It asks for something that is not there, and what stands before it keeps it from being asked.
    Unasked,
}

impl Truth {
    /// The word for people and programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::False => "false",
            Self::Unknown => "unknown",
            Self::Unasked => "not asked",
        }
    }
}

impl Shown {
    /// Where it comes from, in a few words.
    pub fn source(&self) -> String {
        match &self.told {
            Told::At(at) => format!("{}:{}:{}", at.file, at.start.line, at.start.column),
            Told::Live => "read live".to_owned(),
            Told::Unwritten => "not in the file".to_owned(),
            Told::Derived => "worked out".to_owned(),
        }
    }
}
