//! `AWS::Backup::RestoreTestingPlan`, `AWS::Backup::RestoreTestingSelection`: their pages in the CloudFormation
//! Template Reference.

use super::Mapped;
use super::tags::tags;
use crate::collect::declared::item::{Item, Kind};
use crate::model::backup::testing::{RestoreTestingPlan, RestoreTestingSelection};
use crate::model::backup::{TagCondition, TagOperator};
use crate::model::fact::{Fact, State};
use crate::model::resource::Facts;

/// A restore-testing plan.
pub(super) fn plan(properties: &Item) -> Mapped {
    let plan_name = properties.get("RestoreTestingPlanName").text();
    let name = plan_name.value().cloned();
    let points = properties.get("RecoveryPointSelection");
    let facts = RestoreTestingPlan {
        plan_name,
        schedule: properties.get("ScheduleExpression").text(),
        timezone: properties.get("ScheduleExpressionTimezone").text(),
        start_window_hours: properties.get("StartWindowHours").integer(),
        algorithm: points.get("Algorithm").text(),
        include_vaults: points.get("IncludeVaults").links(),
        exclude_vaults: points.get("ExcludeVaults").links(),
        recovery_point_types: points.get("RecoveryPointTypes").texts(),
        selection_window_days: points.get("SelectionWindowDays").integer(),
        last_run: Fact::unknown("a template does not say when a restore-testing plan ran"),
    };
    Mapped { facts: Facts::RestoreTestingPlan(Box::new(facts)), tags: tags(&properties.get("Tags")), name }
}

/// A selection of a restore-testing plan.
pub(super) fn selection(properties: &Item) -> Mapped {
    let selection_name = properties.get("RestoreTestingSelectionName").text();
    let name = selection_name.value().cloned();
    let facts = RestoreTestingSelection {
        selection_name,
        plan: properties.get("RestoreTestingPlanName").link(),
        resource_type: properties.get("ProtectedResourceType").text(),
        resources: properties.get("ProtectedResourceArns").links(),
        conditions: conditions(&properties.get("ProtectedResourceConditions")),
        validation_window_hours: properties.get("ValidationWindowHours").integer(),
        role: properties.get("IamRoleArn").optional_link(),
        created: Fact::unknown("a template does not say when a restore-testing selection was made"),
    };
    Mapped { facts: Facts::RestoreTestingSelection(Box::new(facts)), tags: tags(&Item::absent(None)), name }
}

fn conditions(item: &Item) -> Fact<Vec<TagCondition>> {
    item.fact(&|item| {
        if !matches!(item.kind, Kind::Map(_)) {
            return Fact::unknown("what stands there is not a mapping");
        }
        let operators =
            [("StringEquals", TagOperator::StringEquals), ("StringNotEquals", TagOperator::StringNotEquals)];
        let mut all = Vec::new();
        for (key, operator) in operators {
            match item.get(key).sections(&|entry| condition(operator, entry)).state {
                State::Known(more) => all.extend(more),
                State::Absent => {}
                State::Unknown(reasons) => return Fact::unknown(reasons),
            }
        }
        Fact::known(all)
    })
}

fn condition(operator: TagOperator, item: &Item) -> TagCondition {
    let key = item.get("Key").text();
    TagCondition {
        operator,
        key: key.map(|key| key.strip_prefix("aws:ResourceTag/").map_or_else(|| key.clone(), str::to_owned)),
        value: item.get("Value").text(),
    }
}
