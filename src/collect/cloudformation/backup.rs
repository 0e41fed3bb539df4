//! `AWS::Backup::BackupVault`, `LogicallyAirGappedBackupVault`, `BackupPlan`, `BackupSelection`: their pages in the
//! CloudFormation Template Reference.

use super::Mapped;
use super::tags::tags;
use crate::collect::declared::item::{Item, Kind};
use crate::model::backup::{
    CopyAction, Lifecycle, Notifications, Plan, PlanRule, Selection, TagCondition, TagOperator, Vault, VaultLock,
};
use crate::model::fact::{Fact, State};
use crate::model::resource::Facts;

/// A vault.
pub(super) fn vault(properties: &Item) -> Mapped {
    let lock = properties.get("LockConfiguration").section(&|lock| VaultLock {
        min_retention: lock.get("MinRetentionDays").days(),
        max_retention: lock.get("MaxRetentionDays").days(),
        lock_date: lock
            .get("ChangeableForDays")
            .integer()
            .and_then(|_| Fact::unknown("the lock date is counted from the day on which the stack is made")),
        // "If this parameter is not specified, you can delete Vault Lock": governance mode (`LockConfigurationType`).
        compliance: lock.get("ChangeableForDays").present(),
    });
    common(properties, "BACKUP_VAULT", lock)
}

/// A logically air-gapped vault: locked in compliance mode from the start ("Logically air-gapped vault" in the AWS
/// Backup Developer Guide).
pub(super) fn air_gapped_vault(properties: &Item) -> Mapped {
    let lock = VaultLock {
        min_retention: properties.get("MinRetentionDays").days(),
        max_retention: properties.get("MaxRetentionDays").days(),
        lock_date: Fact::unknown("the vault is locked on the day on which the stack is made"),
        compliance: Fact::known(true),
    };
    common(properties, "LOGICALLY_AIR_GAPPED_BACKUP_VAULT", Fact::known(lock))
}

fn common(properties: &Item, vault_type: &str, lock: Fact<VaultLock>) -> Mapped {
    let vault_name = properties.get("BackupVaultName").text();
    let name = vault_name.value().cloned();
    let facts = Vault {
        vault_name,
        vault_type: Fact::known(vault_type.to_owned()),
        key: properties.get("EncryptionKeyArn").optional_link(),
        lock,
        notifications: properties.get("Notifications").section(&|notifications| Notifications {
            topic: notifications.get("SNSTopicArn").text(),
            events: notifications.get("BackupVaultEvents").texts(),
        }),
        policy: properties.get("AccessPolicy").document(),
        approval_team: properties.get("MpaApprovalTeamArn").text(),
        recovery_points: Fact::unknown("a template does not say what a vault holds"),
    };
    Mapped { facts: Facts::Vault(Box::new(facts)), tags: tags(&properties.get("BackupVaultTags")), name }
}

/// A plan.
pub(super) fn plan(properties: &Item) -> Mapped {
    let plan = properties.get("BackupPlan");
    let plan_name = plan.get("BackupPlanName").text();
    let name = plan_name.value().cloned();
    let facts = Plan {
        plan_name,
        plan_id: Fact::unknown("AWS Backup gives the plan its id when the stack is made"),
        rules: plan.get("BackupPlanRule").sections(&plan_rule),
        created: Fact::unknown("a template does not say when a plan was made"),
        last_run: Fact::unknown("a template does not say when a plan ran"),
    };
    Mapped { facts: Facts::Plan(Box::new(facts)), tags: tags(&properties.get("BackupPlanTags")), name }
}

fn plan_rule(rule: &Item) -> PlanRule {
    PlanRule {
        // The rule's place stands for the whole of it.
        name: rule.get("RuleName").text().at(rule.at.clone()),
        rule_id: Fact::unknown("AWS Backup gives the rule its id when the stack is made"),
        target_vault: rule.get("TargetBackupVault").link(),
        schedule: rule.get("ScheduleExpression").text(),
        timezone: rule.get("ScheduleExpressionTimezone").text(),
        start_window_minutes: rule.get("StartWindowMinutes").integer(),
        completion_window_minutes: rule.get("CompletionWindowMinutes").integer(),
        continuous: rule.get("EnableContinuousBackup").boolean().or_default_to(false),
        lifecycle: rule.get("Lifecycle").section(&lifecycle),
        copies: rule
            .get("CopyActions")
            .sections(&|copy| CopyAction {
                destination: copy.get("DestinationBackupVaultArn").link(),
                lifecycle: copy.get("Lifecycle").section(&lifecycle),
            })
            .or_default_to(Vec::new()),
    }
}

fn lifecycle(lifecycle: &Item) -> Lifecycle {
    Lifecycle {
        delete_after_days: kept(lifecycle.get("DeleteAfterDays").integer()),
        cold_after_days: kept(lifecycle.get("MoveToColdStorageAfterDays").integer()),
        archive_opt_in: lifecycle.get("OptInToArchiveForSupportedResources").boolean().or_default_to(false),
    }
}

/// AWS writes -1 for "never".
fn kept(days: Fact<i64>) -> Fact<i64> {
    days.and_then(|days| if days < 0 { Fact::absent() } else { Fact::known(days) })
}

/// A resource assignment.
pub(super) fn selection(properties: &Item) -> Mapped {
    let selection = properties.get("BackupSelection");
    let selection_name = selection.get("SelectionName").text();
    let name = selection_name.value().cloned();
    let facts = Selection {
        selection_name,
        plan: properties.get("BackupPlanId").link(),
        role: selection.get("IamRoleArn").optional_link(),
        resources: selection.get("Resources").links(),
        not_resources: selection.get("NotResources").links(),
        list_of_tags: selection.get("ListOfTags").list(&listed_tag),
        conditions: conditions(&selection.get("Conditions")),
    };
    Mapped { facts: Facts::Selection(Box::new(facts)), tags: tags(&Item::absent(None)), name }
}

/// `ConditionType` of `ListOfTags` knows only `STRINGEQUALS`.
fn listed_tag(item: &Item) -> Fact<TagCondition> {
    item.get("ConditionType").text().and_then(|operator| {
        if operator.eq_ignore_ascii_case("STRINGEQUALS") {
            Fact::known(condition(TagOperator::StringEquals, item))
        } else {
            Fact::unknown(format!("`{operator}` is not a condition type that AWS Backup knows"))
        }
    })
}

fn conditions(item: &Item) -> Fact<Vec<TagCondition>> {
    item.fact(&|item| {
        if !matches!(item.kind, Kind::Map(_)) {
            return Fact::unknown("what stands there is not a mapping");
        }
        let operators = [
            ("StringEquals", TagOperator::StringEquals),
            ("StringLike", TagOperator::StringLike),
            ("StringNotEquals", TagOperator::StringNotEquals),
            ("StringNotLike", TagOperator::StringNotLike),
        ];
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
    let key = item.get("ConditionKey").text();
    TagCondition {
        operator,
        key: key.map(|key| key.strip_prefix("aws:ResourceTag/").map_or_else(|| key.clone(), str::to_owned)),
        value: item.get("ConditionValue").text(),
    }
}
