//! `aws_backup_restore_testing_plan`, `aws_backup_restore_testing_selection`.

use super::nested::some;
use super::{Mapped, tags, unsaid};
use crate::collect::declared::item::Item;
use crate::model::backup::TagOperator;
use crate::model::backup::testing::{RestoreTestingPlan, RestoreTestingSelection};
use crate::model::resource::{Facts, Tags};

/// A restore-testing plan.
pub(super) fn plan(body: &Item) -> Mapped {
    let plan_name = body.get("name").text();
    let name = plan_name.value().cloned();
    let points = body.nested("recovery_point_selection");
    let facts = RestoreTestingPlan {
        plan_name,
        schedule: body.get("schedule_expression").text(),
        timezone: body.get("schedule_expression_timezone").filled(),
        start_window_hours: body.get("start_window_hours").nonzero(),
        algorithm: points.get("algorithm").text(),
        include_vaults: points.get("include_vaults").links(),
        exclude_vaults: points.get("exclude_vaults").links(),
        recovery_point_types: points.get("recovery_point_types").texts(),
        selection_window_days: points.get("selection_window_days").nonzero(),
        last_run: unsaid("when a restore-testing plan ran"),
    };
    Mapped { facts: Facts::RestoreTestingPlan(Box::new(facts)), tags: tags::of(body), name }
}

/// A selection of a restore-testing plan.
pub(super) fn selection(body: &Item) -> Mapped {
    let selection_name = body.get("name").text();
    let name = selection_name.value().cloned();
    let operators = [("string_equals", TagOperator::StringEquals), ("string_not_equals", TagOperator::StringNotEquals)];
    let facts = RestoreTestingSelection {
        selection_name,
        plan: body.get("restore_testing_plan_name").link(),
        resource_type: body.get("protected_resource_type").text(),
        resources: some(body.get("protected_resource_arns").links()),
        conditions: tags::conditions(&body.get("protected_resource_conditions"), &operators),
        validation_window_hours: body.get("validation_window_hours").nonzero(),
        role: body.get("iam_role_arn").filled_link(),
        created: unsaid("when a restore-testing selection was made"),
    };
    Mapped { facts: Facts::RestoreTestingSelection(Box::new(facts)), tags: Tags::default(), name }
}
