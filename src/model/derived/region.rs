//! What is derived for a Region of an account.

use crate::model::attribute::{Ranged, attributes};

use super::restore_testing::RegionRestoreTesting;

/// Derived facts of a Region of an account.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionDerived {
    /// Restore testing.
    pub restore_testing: Ranged<RegionRestoreTesting>,
}

attributes!(RegionDerived: "AWS::Region" {
    "restoreTesting" => restore_testing,
});
