//! Facts of AWS Config.

use serde::{Deserialize, Serialize};

use super::fact::Fact;

/// The customer-managed configuration recorder of a Region, with its delivery channel. Source:
/// `DescribeConfigurationRecorders`, `DescribeConfigurationRecorderStatus`, `DescribeDeliveryChannels`,
/// `DescribeDeliveryChannelStatus`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConfigRecorder {
    /// Whether it records now.
    pub recording: Fact<bool>,
    /// `Pending`, `Success`, `Failure`, `NotApplicable`: how the last recording went; absent where it never recorded.
    pub last_status: Fact<String>,
    /// Whether a delivery channel exists.
    pub delivers: Fact<bool>,
    /// How the last delivery of history or of a snapshot went: `Failure` if either failed, `Success` if one went well;
    /// absent where none was tried.
    pub last_delivery: Fact<String>,
    /// `ALL_SUPPORTED_RESOURCE_TYPES`, `INCLUSION_BY_RESOURCE_TYPES`, `EXCLUSION_BY_RESOURCE_TYPES`.
    pub strategy: Fact<String>,
    /// The types that the strategy includes; empty where it includes all or excludes.
    pub included: Fact<Vec<String>>,
    /// The types that the strategy excludes.
    pub excluded: Fact<Vec<String>>,
}
