use super::*;
use crate::model::backup::{Plan, Selection, TagOperator, Vault};

fn vault<'a>(all: &'a [Resource], address: &str) -> &'a Vault {
    let Facts::Vault(vault) = &named(all, address).facts else { panic!("no vault") };
    vault
}

fn plan(rule: Json) -> Plan {
    let all = mapped(json!({
        "aws_backup_plan.p": { "name": "p", "rule": [rule] },
        "aws_backup_vault.v": { "name": "v" },
        "aws_backup_logically_air_gapped_vault.g": { "name": "g", "min_retention_days": 7, "max_retention_days": 35 },
    }));
    let Facts::Plan(plan) = &named(&all, "aws_backup_plan.p").facts else { panic!("no plan") };
    (**plan).clone()
}

fn selection(body: Json) -> Selection {
    let mut all = json!({ "aws_backup_plan.p": {}, "aws_s3_bucket.b": {} });
    all["aws_backup_selection.s"] = body;
    let Facts::Selection(selection) = &named(&mapped(all), "aws_backup_selection.s").facts.clone() else { panic!() };
    (**selection).clone()
}

#[test]
fn a_vault_has_what_stands_beside_it() {
    let of_v = json!({ "$": "aws_backup_vault.v.name" });
    let all = mapped(json!({
        "aws_kms_key.k": {},
        "aws_backup_vault.v": { "name": "v", "kms_key_arn": { "$": "aws_kms_key.k.arn" }, "tags": { "a": "b" } },
        "aws_backup_vault.w": { "name": "w", "kms_key_arn": "" },
        "aws_backup_vault_lock_configuration.l": {
            "backup_vault_name": of_v, "min_retention_days": 7, "max_retention_days": 0, "changeable_for_days": 3,
        },
        "aws_backup_vault_notifications.n": {
            "backup_vault_name": of_v, "sns_topic_arn": "t", "backup_vault_events": ["COPY_JOB_FAILED"],
        },
        "aws_backup_vault_policy.p": { "backup_vault_name": of_v, "policy": "{}" },
    }));
    let facts = vault(&all, "aws_backup_vault.v");
    assert_eq!(facts.key.value().unwrap().target.as_ref(), Some(&named(&all, "aws_kms_key.k").id));
    let lock = facts.lock.value().unwrap();
    assert!(lock.compliance.is_true() && lock.lock_date.is_unknown() && lock.max_retention.is_absent());
    assert_eq!(lock.min_retention.value().unwrap().as_hours(), 168);
    assert_eq!(facts.notifications.value().unwrap().events.value().unwrap(), &["COPY_JOB_FAILED"]);
    assert_eq!(facts.policy.value().unwrap(), "{}");
    let bare = vault(&all, "aws_backup_vault.w");
    assert!(bare.lock.is_absent() && bare.key.is_absent() && bare.notifications.is_absent() && bare.policy.is_absent());
    assert_eq!(
        (&*named(&all, "aws_backup_vault.v").name, &*named(&all, "aws_backup_vault.v").id.kind),
        ("v", "AWS::Backup::BackupVault")
    );
}

#[test]
fn a_lock_without_a_grace_time_is_in_governance_mode() {
    let all = mapped(json!({
        "aws_backup_vault.v": { "name": "v" },
        "aws_backup_vault_lock_configuration.l": { "backup_vault_name": "v", "min_retention_days": 7 },
    }));
    let lock = vault(&all, "aws_backup_vault.v").lock.value().unwrap().clone();
    assert!(lock.compliance.is_false() && lock.lock_date.is_absent());
    assert_eq!(place(&lock.compliance), "aws_backup_vault_lock_configuration.l");
}

#[test]
fn an_air_gapped_vault_is_locked_from_the_start() {
    let all = mapped(json!({
        "aws_backup_logically_air_gapped_vault.g": { "name": "g", "min_retention_days": 7, "max_retention_days": 35 },
    }));
    let facts = vault(&all, "aws_backup_logically_air_gapped_vault.g");
    assert_eq!(facts.vault_type.value().unwrap(), "LOGICALLY_AIR_GAPPED_BACKUP_VAULT");
    let lock = facts.lock.value().unwrap();
    assert!(lock.compliance.is_true());
    assert_eq!(lock.max_retention.value().unwrap().as_hours(), 840);
}

#[test]
fn a_rule_has_the_windows_of_the_provider_not_of_aws() {
    let rule = plan(json!({ "rule_name": "r", "target_vault_name": { "$": "aws_backup_vault.v.name" } }))
        .rules
        .value()
        .unwrap()[0]
        .clone();
    assert_eq!((rule.start_window_minutes.value(), rule.completion_window_minutes.value()), (Some(&60), Some(&180)));
    assert!(rule.schedule.is_absent() && rule.timezone.is_absent() && rule.continuous.is_false());
    assert!(rule.lifecycle.is_absent() && rule.copies.value().unwrap().is_empty());
    assert_eq!(rule.target_vault.text.value().unwrap(), "v");
    assert_eq!(&*rule.target_vault.target.unwrap().id, "aws_backup_vault.v");
    assert_eq!(place(&rule.name), "aws_backup_plan.p/rule/0");
}

#[test]
fn zero_days_keep_for_ever_and_stay_warm() {
    let rule = plan(json!({
        "rule_name": "r", "target_vault_name": "v", "schedule": "cron(0 5 ? * * *)", "start_window": 120,
        "enable_continuous_backup": true,
        "lifecycle": [{ "delete_after": 0, "cold_storage_after": 0, "opt_in_to_archive_for_supported_resources": null }],
        "copy_action": [{
            "destination_vault_arn": { "$": "aws_backup_vault.v.arn" },
            "lifecycle": [{ "delete_after": 365, "cold_storage_after": 30, "opt_in_to_archive_for_supported_resources": true }],
        }],
    })).rules.value().unwrap()[0].clone();
    let kept = rule.lifecycle.value().unwrap();
    assert!(kept.delete_after_days.is_absent() && kept.cold_after_days.is_absent() && kept.archive_opt_in.is_false());
    assert!(rule.continuous.is_true() && rule.start_window_minutes.value() == Some(&120));
    let copy = &rule.copies.value().unwrap()[0];
    let kept = copy.lifecycle.value().unwrap();
    assert_eq!((kept.delete_after_days.value(), kept.cold_after_days.value()), (Some(&365), Some(&30)));
    assert!(kept.archive_opt_in.is_true() && copy.destination.target.is_some() && copy.destination.text.is_unknown());
}

#[test]
fn a_rule_may_lead_to_an_air_gapped_vault() {
    let air_gapped = json!({ "$": "aws_backup_logically_air_gapped_vault.g.arn" });
    let target = |arn: Json| {
        let rule =
            json!({ "rule_name": "r", "target_vault_name": "v", "target_logically_air_gapped_backup_vault_arn": arn });
        plan(rule).rules.value().unwrap()[0].target_vault.clone()
    };
    assert_eq!(&*target(air_gapped).target.unwrap().id, "aws_backup_logically_air_gapped_vault.g");
    assert_eq!(target(json!("")).text.value().unwrap(), "v");
    assert!(target(json!({ "?": "variable" })).text.is_unknown());
}

#[test]
fn rules_that_cannot_be_counted_are_unknown() {
    let all = mapped(json!({ "aws_backup_plan.p": { "name": "p", "rule": { "?": "variable" } } }));
    let Facts::Plan(plan) = &named(&all, "aws_backup_plan.p").facts else { panic!("no plan") };
    assert!(plan.rules.is_unknown());
}

#[test]
fn a_selection_takes_arns_and_tags() {
    let facts = selection(json!({
        "name": "s", "iam_role_arn": "role", "plan_id": { "$": "aws_backup_plan.p.id" },
        "resources": [{ "$": "aws_s3_bucket.b.arn" }, "arn:aws:s3:::*"], "not_resources": [],
        "selection_tag": [{ "type": "STRINGEQUALS", "key": "backup", "value": "yes" }],
        "condition": [{
            "string_equals": [{ "key": "aws:ResourceTag/a", "value": "b" }],
            "string_like": [{ "key": "aws:ResourceTag/c", "value": "d*" }],
            "string_not_equals": [], "string_not_like": [{ "key": "aws:ResourceTag/e", "value": "f*" }],
        }],
    }));
    assert_eq!(&*facts.plan.target.unwrap().id, "aws_backup_plan.p");
    assert_eq!(facts.resources.value().unwrap().len(), 2);
    assert!(facts.not_resources.is_absent());
    let tag = &facts.list_of_tags.value().unwrap()[0];
    assert_eq!((tag.key.value().unwrap().as_str(), tag.value.value().unwrap().as_str()), ("backup", "yes"));
    let operators: Vec<_> = facts.conditions.value().unwrap().iter().map(|condition| condition.operator).collect();
    assert_eq!(operators, [TagOperator::StringEquals, TagOperator::StringLike, TagOperator::StringNotLike]);
    assert_eq!(facts.conditions.value().unwrap()[0].key.value().unwrap(), "a");
}

#[test]
fn a_selection_names_the_role_that_is_made_beside_it() {
    let all = mapped(json!({
        "aws_iam_role.r": { "name_prefix": "backup-" },
        "aws_backup_selection.s": { "name": "s", "iam_role_arn": { "$": "aws_iam_role.r.arn" } },
    }));
    let Facts::Selection(selection) = &named(&all, "aws_backup_selection.s").facts else { panic!() };
    let role = selection.role.value().unwrap();
    assert_eq!(role.target.as_ref().map(|id| (&*id.kind, &*id.id)), Some(("AWS::IAM::Role", "aws_iam_role.r")));
    assert!(role.text.is_unknown(), "its ARN is known when it is applied");
}

#[test]
fn a_selection_by_what_is_unknown_is_unknown() {
    let facts = selection(json!({
        "name": "s", "plan_id": { "?": "variable" }, "resources": [{ "?": "variable" }],
        "selection_tag": [{ "type": "STRINGLIKE", "key": "a", "value": "b" }],
        "condition": { "?": "variable" },
    }));
    assert!(facts.plan.text.is_unknown() && facts.plan.target.is_none() && facts.resources.is_unknown());
    assert!(facts.list_of_tags.is_unknown() && facts.conditions.is_unknown());
    let facts = selection(
        json!({ "name": "s", "plan_id": "p", "condition": [{ "string_equals": [{ "key": "a", "value": { "?": "variable" } }] }] }),
    );
    assert!(facts.conditions.value().unwrap()[0].value.is_unknown());
}
