//! `aws_backup_vault`, `aws_backup_logically_air_gapped_vault`, `aws_backup_plan`, `aws_backup_selection`, and what is
//! declared beside vaults.

use super::nested::some;
use super::split::Owner;
use super::{Mapped, tags, unsaid, when_applied};
use crate::collect::declared::item::Item;
use crate::collect::declared::read::days_long;
use crate::model::backup::{
    CopyAction, Lifecycle, Notifications, Plan, PlanRule, Selection, TagCondition, TagOperator, Vault, VaultLock,
};
use crate::model::fact::{Fact, State};
use crate::model::resource::{Facts, Link, Tags};

/// A vault.
pub(super) fn vault(owner: &Owner<'_>, body: &Item) -> Mapped {
    let lock = owner.said("aws_backup_vault_lock_configuration", Fact::absent(), &|body| {
        Fact::known(VaultLock {
            min_retention: days(&body.get("min_retention_days")),
            max_retention: days(&body.get("max_retention_days")),
            lock_date: body
                .get("changeable_for_days")
                .nonzero()
                .and_then(|_| Fact::unknown("the lock date is counted from the day on which the lock is applied")),
            // "If omitted creates a vault lock in `governance` mode".
            compliance: body.get("changeable_for_days").nonzero().map(|_| true).or_default_to(false),
        })
    });
    let key = body.get("kms_key_arn").filled_link();
    common(owner, body, ("BACKUP_VAULT", Fact::absent()), key, lock)
}

/// A logically air-gapped vault: locked in compliance mode from the start ("Logically air-gapped vault" in the AWS
/// Backup Developer Guide).
pub(super) fn air_gapped_vault(owner: &Owner<'_>, body: &Item) -> Mapped {
    let lock = VaultLock {
        min_retention: days(&body.get("min_retention_days")),
        max_retention: days(&body.get("max_retention_days")),
        lock_date: when_applied("the vault is locked"),
        compliance: Fact::known(true),
    };
    let kind = ("LOGICALLY_AIR_GAPPED_BACKUP_VAULT", unsaid("whether an approval team is associated with a vault"));
    common(owner, body, kind, body.get("encryption_key_arn").filled_link(), Fact::known(lock))
}

fn common(
    owner: &Owner<'_>,
    body: &Item,
    (vault_type, approval_team): (&str, Fact<String>),
    key: Fact<Link>,
    lock: Fact<VaultLock>,
) -> Mapped {
    let vault_name = body.get("name").text();
    let name = vault_name.value().cloned();
    let policy = |body: &Item| body.get("policy").filled();
    let facts = Vault {
        vault_name,
        vault_type: Fact::known(vault_type.to_owned()),
        key,
        lock,
        notifications: owner.said("aws_backup_vault_notifications", Fact::absent(), &|body| {
            Fact::known(Notifications {
                topic: body.get("sns_topic_arn").text(),
                events: body.get("backup_vault_events").texts(),
            })
        }),
        policy: owner.said("aws_backup_vault_policy", Fact::absent(), &policy),
        approval_team,
        recovery_points: unsaid("what a vault holds"),
    };
    Mapped { facts: Facts::Vault(Box::new(facts)), tags: tags::of(body), name }
}

fn days(item: &Item) -> Fact<jiff::SignedDuration> {
    item.nonzero().and_then(|days| days_long(days, 1))
}

/// A plan.
pub(super) fn plan(body: &Item) -> Mapped {
    let plan_name = body.get("name").text();
    let name = plan_name.value().cloned();
    let facts = Plan {
        plan_name,
        plan_id: when_applied("AWS Backup gives the plan its id"),
        rules: body.get("rule").sections(&plan_rule),
        created: unsaid("when a plan was made"),
        last_run: unsaid("when a plan ran"),
    };
    Mapped { facts: Facts::Plan(Box::new(facts)), tags: tags::of(body), name }
}

/// A rule. AWS Backup gives a job 8 hours to start and 7 days to complete; the provider asks for 60 and 180 minutes
/// where a configuration says nothing (the schema of `aws_backup_plan`: `internal/service/backup/plan.go` in
/// `hashicorp/terraform-provider-aws`).
fn plan_rule(rule: &Item) -> PlanRule {
    PlanRule {
        // The rule's place stands for the whole of it.
        name: rule.get("rule_name").text().at(rule.at.clone()),
        rule_id: when_applied("AWS Backup gives the rule its id"),
        target_vault: target_vault(rule),
        schedule: rule.get("schedule").filled(),
        timezone: rule.get("schedule_expression_timezone").filled(),
        start_window_minutes: rule.get("start_window").integer().or_default_to(60),
        completion_window_minutes: rule.get("completion_window").integer().or_default_to(180),
        continuous: rule.get("enable_continuous_backup").boolean().or_default_to(false),
        lifecycle: rule.nested("lifecycle").section(&lifecycle),
        copies: rule
            .get("copy_action")
            .sections(&|copy| CopyAction {
                destination: copy.get("destination_vault_arn").link(),
                lifecycle: copy.nested("lifecycle").section(&lifecycle),
            })
            .or_default_to(Vec::new()),
    }
}

/// The vault that backups end in: the logically air-gapped one, where one is named.
fn target_vault(rule: &Item) -> Link {
    let air_gapped = rule.get("target_logically_air_gapped_backup_vault_arn");
    match air_gapped.filled_link().state {
        State::Absent => rule.get("target_vault_name").link(),
        State::Known(_) | State::Unknown(_) => air_gapped.link(),
    }
}

/// Zero days are none (`expandLifecycle` of the same file).
fn lifecycle(lifecycle: &Item) -> Lifecycle {
    let kept = |key: &str| {
        lifecycle.get(key).nonzero().and_then(|days| if days < 0 { Fact::absent() } else { Fact::known(days) })
    };
    Lifecycle {
        delete_after_days: kept("delete_after"),
        cold_after_days: kept("cold_storage_after"),
        archive_opt_in: lifecycle.get("opt_in_to_archive_for_supported_resources").boolean().or_default_to(false),
    }
}

/// A resource assignment.
pub(super) fn selection(body: &Item) -> Mapped {
    let selection_name = body.get("name").text();
    let name = selection_name.value().cloned();
    let operators = [
        ("string_equals", TagOperator::StringEquals),
        ("string_like", TagOperator::StringLike),
        ("string_not_equals", TagOperator::StringNotEquals),
        ("string_not_like", TagOperator::StringNotLike),
    ];
    let facts = Selection {
        selection_name,
        plan: body.get("plan_id").link(),
        role: body.get("iam_role_arn").filled_link(),
        resources: some(body.get("resources").links()),
        not_resources: some(body.get("not_resources").links()),
        list_of_tags: some(body.get("selection_tag").list(&listed_tag)),
        conditions: tags::conditions(&body.get("condition"), &operators),
    };
    Mapped { facts: Facts::Selection(Box::new(facts)), tags: Tags::default(), name }
}

/// `type` knows only `STRINGEQUALS`.
fn listed_tag(item: &Item) -> Fact<TagCondition> {
    item.get("type").text().and_then(|operator| {
        if operator.eq_ignore_ascii_case("STRINGEQUALS") {
            Fact::known(tags::condition(TagOperator::StringEquals, item))
        } else {
            Fact::unknown(format!("`{operator}` is not a condition type that AWS Backup knows"))
        }
    })
}
