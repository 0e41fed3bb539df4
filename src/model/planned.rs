//! Facts of what a plan does away with.

use serde::{Deserialize, Serialize};

use super::attribute::attributes;
use super::fact::Fact;

/// Something that backups rest on, and that a Terraform plan destroys. What there is afterwards has a resource of its own
/// in the snapshot, or none; this one is about the change. Source: `resource_changes` in the JSON output of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlannedChange {
    /// `destroy`, or `replace`: destroy and make anew.
    pub action: Fact<String>,
    /// What is destroyed: `bucket`, `vault`, `backup plan`, `key`.
    pub of: Fact<String>,
    /// Whether data goes with it: a bucket or vault is emptied first, and nothing that a key encrypts is readable without
    /// it. Else AWS refuses to delete a bucket or vault that holds anything.
    pub loses_data: Fact<bool>,
}

attributes!(PlannedChange: "Terraform::PlannedChange" {
    "action" => action,
    "of" => of,
    "losesData" => loses_data,
});
