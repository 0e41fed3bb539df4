//! What is derived for a Region of an account.

use crate::model::attribute::attributes;

/// Derived facts of a Region of an account.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionDerived {}

attributes!(RegionDerived: "AWS::Region" {});
