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

/// One user or role.
#[derive(Debug)]
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
