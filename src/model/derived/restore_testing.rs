//! What is derived for restore-testing plans and their selections.

use crate::model::attribute::attributes;

/// Derived facts of a restore-testing plan.
#[derive(Clone, Debug, PartialEq)]
pub struct RestoreTestingPlanDerived {}

attributes!(RestoreTestingPlanDerived: "AWS::Backup::RestoreTestingPlan" {});

/// Derived facts of a selection of a restore-testing plan.
#[derive(Clone, Debug, PartialEq)]
pub struct RestoreTestingSelectionDerived {}

attributes!(RestoreTestingSelectionDerived: "AWS::Backup::RestoreTestingSelection" {});
