//! Facts of IAM, as `GetAccountAuthorizationDetails` and files tell them. Policies are kept as text: nothing is
//! evaluated here.
//!
//! In the text of a policy that a file declares, [`HOLE`] stands for what the file leaves open, and
//! `{"Fn::Unknown": []}` for a statement, principal or condition that it leaves open as a whole; a statement of which it
//! is not certain whether it is there has such a condition. `crate::iam` reads both as "not known".

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::fact::Fact;
use super::position::Position;
use super::resource::Link;

/// Stands within a text of a policy for a stretch that is not known; the same as `crate::iam::HOLE`.
pub const HOLE: char = '\u{fffc}';

/// A user, group or role.
///
/// A live account tells all that bears upon it. A file does not: other stacks, other roots and other people may attach
/// further policies to it, and put a user into further groups. So what a file's lists have is there, and what they lack
/// may be there nevertheless: further policies and groups only ever add to what is listed, in allowing as in denying.
/// What a file may attach, but not certainly does, is listed too, as a policy whose text or ARN is not known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Principal {
    /// Its name, without its path.
    pub name: Fact<String>,
    /// Its path: `/`, `/service-role/`.
    pub path: Fact<String>,
    /// Its inline policies, by name.
    pub inline: Fact<Vec<NamedPolicy>>,
    /// The managed policies that are attached, by their ARNs.
    pub attached: Fact<Vec<Link>>,
    /// The groups that a user is in, by their names; absent for groups and roles.
    pub groups: Fact<Vec<Link>>,
    /// The permissions boundary, by its ARN; absent where there is none.
    pub boundary: Fact<Link>,
    /// The trust policy's text; absent for users and groups.
    pub trust: Fact<String>,
}

/// A policy by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedPolicy {
    /// Its name; [`HOLE`] stands for what is not known of it.
    pub name: String,
    /// Its text.
    pub document: Fact<String>,
    /// Where each statement of the text stands in its file, in their order; empty where that is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<Option<Arc<Position>>>,
}

/// A managed policy, of the customer or of AWS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManagedPolicy {
    /// Its name, without its path.
    pub name: Fact<String>,
    /// Its path: `/`, `/job-function/`.
    pub path: Fact<String>,
    /// The text of its default version.
    pub document: Fact<String>,
    /// Where each statement of the text stands in its file, in their order; empty where that is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<Option<Arc<Position>>>,
    /// How many users, groups and roles it is attached to.
    pub attachments: Fact<i64>,
}
