//! What is derived for a Region of an account: one section for each matter.

pub mod config;

use crate::model::attribute::{Ranged, attributes};
use crate::model::fact::Fact;

use super::restore_testing::RegionRestoreTesting;

pub use config::RegionConfig;

/// Derived facts of a Region of an account.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionDerived {
    /// What AWS Config records there. Never absent.
    pub config: Fact<RegionConfig>,
    /// Restore testing.
    pub restore_testing: Ranged<RegionRestoreTesting>,
}

attributes!(RegionDerived: "AWS::Region" {
    "config" => config,
    "restoreTesting" => restore_testing,
});
