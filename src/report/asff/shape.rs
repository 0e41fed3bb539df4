//! The members of the AWS Security Finding Format that findings of Backstop have, for who writes them and for who reads
//! them again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Findings that one call of `BatchImportFindings` takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Batch {
    /// The account that they are about, and that must import them.
    pub account: String,
    /// The Region whose Security Hub takes them.
    pub region: String,
    /// The findings.
    pub findings: Vec<Written>,
}

/// A finding ("Required top-level ASFF attributes" and "Optional top-level ASFF attributes" in the AWS Security Hub User
/// Guide).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Written {
    /// The version of the format.
    pub schema_version: String,
    /// The same for the same rule and resource from run to run, so that Security Hub knows the finding again.
    pub id: String,
    /// The account's own product, which every account has.
    pub product_arn: String,
    /// `Backstop`.
    pub product_name: String,
    /// The rule.
    pub generator_id: String,
    /// The account.
    pub aws_account_id: String,
    /// The Region.
    pub region: String,
    /// What kind of finding it is.
    pub types: Vec<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in a line.
    pub title: String,
    /// The same with what is asked for, and what is not known.
    pub description: String,
    /// Backstop's own words for it.
    pub product_fields: BTreeMap<String, String>,
    /// What it is about.
    pub resources: Vec<Resource>,
    /// How it was judged.
    pub compliance: Compliance,
    /// `ACTIVE`, or `ARCHIVED` where nobody has to act.
    pub record_state: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remediation: Option<Remediation>,
}

/// A severity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Severity {
    /// The format's word.
    pub label: String,
    /// Backstop's.
    pub original: String,
}

/// A resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Resource {
    /// Its type.
    #[serde(rename = "Type")]
    pub kind: String,
    /// Its ARN, or what stands in its place.
    pub id: String,
    /// Its partition.
    pub partition: String,
    /// Its Region.
    pub region: String,
}

/// A verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Compliance {
    /// `FAILED`, `NOT_AVAILABLE`, `PASSED`.
    pub status: String,
    /// The controls that the rule speaks to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related_requirements: Vec<String>,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Remediation {
    /// In words.
    pub recommendation: Recommendation,
}

/// A recommendation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Recommendation {
    /// Its text.
    pub text: String,
}
