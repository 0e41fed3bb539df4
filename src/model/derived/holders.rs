//! Who can do something to a resource.

use std::collections::BTreeSet;

use crate::model::fact::Fact;

/// Who can do it to one resource.
#[derive(Debug)]
pub struct Holders {
    /// What it is done to, for people.
    pub target: String,
    /// All users and roles, by their ARNs.
    pub rows: Vec<Row>,
}

/// A call by one user or role, on all of which the same holds.
#[derive(Debug)]
pub struct CallOn {
    /// The action.
    pub action: String,
    /// On what, for people.
    pub on: BTreeSet<String>,
    /// What becomes of it.
    pub row: Row,
}

/// One user or role.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its ARN.
    pub arn: String,
    /// Whether it can, with multi-factor authentication if need be.
    pub allowed: Fact<bool>,
    /// Whether it can only with that.
    pub needs_mfa: bool,
    /// The statements that allow it.
    pub by: BTreeSet<String>,
    /// Whether something may allow it, enough or not.
    pub some_allow: bool,
    /// What holds it back, in the order of evaluation.
    pub held_back_by: Vec<String>,
    /// How it comes to it all the same, step by step.
    pub steps: Vec<String>,
    /// Whether the steps are certain.
    pub steps_certain: bool,
}
