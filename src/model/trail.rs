//! Facts of AWS CloudTrail.

use serde::{Deserialize, Serialize};

use super::fact::Fact;

/// A trail. Source: `DescribeTrails`, `GetTrailStatus`, `GetEventSelectors`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Trail {
    /// Whether it logs now.
    pub logging: Fact<bool>,
    /// Whether it covers all Regions.
    pub multi_region: Fact<bool>,
    /// Whether it is the organization's.
    pub organization: Fact<bool>,
    /// Whether log files are validated.
    pub validated: Fact<bool>,
    /// The bucket that it delivers to.
    pub bucket: Fact<String>,
    /// The event selectors of S3 data events; empty where it logs none.
    pub s3_data_events: Fact<Vec<DataEvents>>,
}

/// One event selector of S3 objects, basic or advanced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DataEvents {
    /// `All`, `ReadOnly`, `WriteOnly`.
    pub read_write: Fact<String>,
    /// Starts of object ARNs that it covers; `arn:aws:s3` is all.
    pub arn_starts: Fact<Vec<String>>,
    /// Starts of object ARNs that it leaves out.
    pub not_arn_starts: Fact<Vec<String>>,
    /// Whether it asks for anything else (an event name, a user), so that it covers only some events.
    pub narrowed: Fact<bool>,
}
