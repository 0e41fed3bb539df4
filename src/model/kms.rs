//! Facts of KMS keys.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::attribute::attributes;
use super::fact::Fact;

/// A KMS key. Source: `DescribeKey`, `GetKeyRotationStatus`, `GetKeyPolicy`, `ListAliases` in the AWS KMS API Reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Key {
    /// The key's id.
    pub key_id: Fact<String>,
    /// `CUSTOMER` or `AWS`.
    pub manager: Fact<String>,
    /// `Enabled`, `Disabled`, `PendingDeletion`, `PendingImport`, `PendingReplicaDeletion`, `Unavailable` …
    pub state: Fact<String>,
    /// When it will be deleted; absent where it will not.
    pub deletion_date: Fact<Timestamp>,
    /// `SYMMETRIC_DEFAULT`, `RSA_4096` …
    pub spec: Fact<String>,
    /// `ENCRYPT_DECRYPT`, `SIGN_VERIFY` …
    pub usage: Fact<String>,
    /// `AWS_KMS`, `EXTERNAL`, `AWS_CLOUDHSM`, `EXTERNAL_KEY_STORE`.
    pub origin: Fact<String>,
    /// Whether it rotates by itself each period.
    pub rotation: Fact<bool>,
    /// `PRIMARY` or `REPLICA`; absent where it is a key of one Region.
    pub multi_region: Fact<String>,
    /// Regions that hold a related multi-Region key, this one's own included; absent for a key of one Region.
    pub related_regions: Fact<Vec<String>>,
    /// Aliases, as `alias/name`.
    pub aliases: Fact<Vec<String>>,
    /// The key policy's text.
    pub policy: Fact<String>,
}

attributes!(Key: "AWS::KMS::Key" {
    "manager" => manager,
    "state" => state,
    "rotation" => rotation,
});
