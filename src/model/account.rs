//! Facts of accounts and their Regions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::attribute::attributes;
use super::fact::Fact;
use super::s3::PublicAccessBlock;

/// An account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Account {
    /// The account-wide public access block of S3; absent where none is set.
    pub public_access_block: Fact<PublicAccessBlock>,
    /// The ids of the organizational units that it is in, from the nearest to the root (`r-…`), which is the last;
    /// absent outside an organization.
    pub organizational_units: Fact<Vec<String>>,
    /// The organization that it is in; absent outside one. Source: `DescribeOrganization`.
    pub organization: Fact<Organization>,
    /// The service control policies of the organization, as its management account and delegated administrators see
    /// them; absent outside an organization, and in one that has not all features.
    pub service_control: Fact<ServiceControl>,
    /// Root and its credentials. Source: `GetAccountSummary`.
    pub root: Fact<RootUser>,
    /// AWS Backup's settings for all Regions, which the management account alone can change. Source:
    /// `DescribeGlobalSettings`.
    pub backup_global: Fact<BTreeMap<String, String>>,
}

attributes!(Account: "AWS::Account" {
    "organization?" => organization,
    "root" => root,
});

/// An organization, as a member sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Organization {
    /// Its id: `o-…`.
    pub id: Fact<String>,
    /// The management account.
    pub management_account: Fact<String>,
    /// Whether all features are enabled, not only consolidated billing.
    pub all_features: Fact<bool>,
    /// The accounts that AWS Backup is delegated to; unknown to most members.
    pub backup_administrators: Fact<Vec<String>>,
}

attributes!(Organization: "AWS::Organizations::Organization" {
    "id" => id,
    "managementAccount" => management_account,
    "allFeatures" => all_features,
    "backupAdministrators" => backup_administrators,
});

/// The service control policies of an organization. Source: `ListRoots`, `ListPolicies`, `DescribePolicy`,
/// `ListTargetsForPolicy`, and the tree of units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceControl {
    /// Whether policies of this kind are enabled; if not, none bears upon anybody, and none is listed.
    pub enabled: bool,
    /// All of them, attached or not.
    pub policies: Vec<ControlPolicy>,
    /// All accounts that are not closed, the management account too, which they do not bind.
    pub accounts: Vec<ControlledAccount>,
}

/// A service control policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ControlPolicy {
    /// `p-…`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its text.
    pub document: Fact<String>,
}

/// An account and the policies that bear upon it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ControlledAccount {
    /// Its number.
    pub id: String,
    /// The ids of the policies that are attached to the root, to each unit on the way, and to the account itself.
    pub levels: Vec<Vec<String>>,
}

/// The root user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RootUser {
    /// Whether it has MFA.
    pub mfa: Fact<bool>,
    /// Whether it has access keys.
    pub access_keys: Fact<bool>,
    /// Whether it has a password: centrally managed members have none.
    pub password: Fact<bool>,
}

attributes!(RootUser: "AWS::IAM::RootUser" {
    "mfa" => mfa,
    "accessKeys" => access_keys,
    "password" => password,
});

/// A Region of an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Region {
    /// AWS Backup's service opt-in by its own type names (`EBS`, `S3` …). Source: `DescribeRegionSettings`.
    pub backup_opt_in: Fact<BTreeMap<String, bool>>,
    /// Which types AWS Backup manages fully. Source: `DescribeRegionSettings`.
    pub backup_full_management: Fact<BTreeMap<String, bool>>,
}
