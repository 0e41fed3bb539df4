//! Which resource: six parts, each possibly unknown, and one canonical text.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The Region of what belongs to none: accounts, IAM.
pub const GLOBAL: &str = "global";

/// A resource's identity. Its canonical text is the Cedar entity id, and part of every finding's fingerprint.
///
/// Two templates with a logical id `Bucket` are two resources: they differ in `root`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResourceId {
    /// The template or root module that declares it, as a relative path; none for live resources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<Arc<str>>,
    /// `aws`, `aws-cn`, `aws-us-gov` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<Arc<str>>,
    /// The twelve-digit account id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Arc<str>>,
    /// The Region; `global` for what belongs to none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Arc<str>>,
    /// The CloudFormation type name, or one made in its manner: `AWS::S3::Bucket`.
    #[serde(rename = "type")]
    pub kind: Arc<str>,
    /// The ARN of a live resource, the logical id or address of a declared one.
    pub id: Arc<str>,
}

impl ResourceId {
    /// The canonical text: `root|partition|account|Region|type|id`, an unknown part left empty, `|`, `%` and
    /// control characters percent-encoded.
    pub fn canonical(&self) -> String {
        self.to_string()
    }

    /// Its partition; where that is not known, the one of its Region, or `aws`.
    pub fn likely_partition(&self) -> &str {
        self.partition.as_deref().unwrap_or_else(|| self.region.as_deref().map_or("aws", partition_of))
    }
}

/// The partition that a Region belongs to ("Amazon Resource Names (ARNs)" in the IAM User Guide).
pub fn partition_of(region: &str) -> &'static str {
    const PREFIXES: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("us-iso-", "aws-iso"),
        ("eu-isoe-", "aws-iso-e"),
        ("eusc-", "aws-eusc"),
    ];
    let found = PREFIXES.iter().find(|(prefix, _)| region.starts_with(prefix));
    found.map_or("aws", |(_, partition)| *partition)
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [&self.root, &self.partition, &self.account, &self.region];
        for part in parts {
            write_part(f, part.as_deref().unwrap_or_default())?;
            f.write_str("|")?;
        }
        write_part(f, &self.kind)?;
        f.write_str("|")?;
        write_part(f, &self.id)
    }
}

fn write_part(f: &mut fmt::Formatter<'_>, part: &str) -> fmt::Result {
    let mut rest = part;
    while let Some(at) = rest.find(|c: char| c == '|' || c == '%' || c.is_control()) {
        let (plain, special) = rest.split_at(at);
        f.write_str(plain)?;
        let Some(c) = special.chars().next() else { break };
        for byte in c.encode_utf8(&mut [0; 4]).bytes() {
            write!(f, "%{byte:02X}")?;
        }
        rest = special.get(c.len_utf8()..).unwrap_or_default();
    }
    f.write_str(rest)
}
