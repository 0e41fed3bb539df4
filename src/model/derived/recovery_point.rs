//! What is derived for a recovery point.

use crate::model::attribute::attributes;

/// Derived facts of a recovery point.
#[derive(Clone, Debug, PartialEq)]
pub struct RecoveryPointDerived {}

attributes!(RecoveryPointDerived: "AWS::Backup::RecoveryPoint" {});
