//! Facts of accounts and their Regions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fact::Fact;
use super::s3::PublicAccessBlock;

/// An account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Account {
    /// The account-wide public access block of S3; absent where none is set.
    pub public_access_block: Fact<PublicAccessBlock>,
    /// The ids of the organizational units that it is in, from the nearest to the root; absent outside an organization.
    pub organizational_units: Fact<Vec<String>>,
}

/// A Region of an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Region {
    /// AWS Backup's service opt-in by its own type names (`EBS`, `S3` …). Source: `DescribeRegionSettings`.
    pub backup_opt_in: Fact<BTreeMap<String, bool>>,
    /// Which types AWS Backup manages fully. Source: `DescribeRegionSettings`.
    pub backup_full_management: Fact<BTreeMap<String, bool>>,
}
