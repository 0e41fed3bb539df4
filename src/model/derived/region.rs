//! What is derived for a Region of an account: one section for each service that works in Regions.

pub mod config;

use crate::model::attribute::attributes;
use crate::model::fact::Fact;

pub use config::RegionConfig;

/// Derived facts of a Region of an account.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionDerived {
    /// What AWS Config records there. Never absent.
    pub config: Fact<RegionConfig>,
}

attributes!(RegionDerived: "AWS::Region" {
    "config" => config,
});
