//! Facts of IAM, as `GetAccountAuthorizationDetails` tells them. Policies are kept as text: nothing is evaluated here.

use serde::{Deserialize, Serialize};

use super::fact::Fact;

/// A user, group or role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Principal {
    /// Its path: `/`, `/service-role/`.
    pub path: Fact<String>,
    /// Its inline policies, by name.
    pub inline: Fact<Vec<NamedPolicy>>,
    /// The ARNs of the managed policies that are attached.
    pub attached: Fact<Vec<String>>,
    /// The names of the groups that a user is in; absent for groups and roles.
    pub groups: Fact<Vec<String>>,
    /// The ARN of the permissions boundary; absent where there is none.
    pub boundary: Fact<String>,
    /// The trust policy's text; absent for users and groups.
    pub trust: Fact<String>,
}

/// A policy by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NamedPolicy {
    /// Its name.
    pub name: String,
    /// Its text.
    pub document: Fact<String>,
}

/// A managed policy, of the customer or of AWS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManagedPolicy {
    /// The text of its default version.
    pub document: Fact<String>,
    /// How many users, groups and roles it is attached to.
    pub attachments: Fact<i64>,
}
