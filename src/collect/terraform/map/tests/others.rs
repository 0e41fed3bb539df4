use super::*;
use crate::model::kms::Key;

fn key(all: &[Resource], address: &str) -> Key {
    let Facts::Key(key) = &named(all, address).facts else { panic!("no key") };
    (**key).clone()
}

#[test]
fn a_key_has_the_documented_defaults() {
    let all = mapped(json!({ "aws_kms_key.k": {} }));
    let facts = key(&all, "aws_kms_key.k");
    assert_eq!(facts.state.value().unwrap(), "Enabled");
    assert!(facts.rotation.is_false() && facts.multi_region.is_absent() && facts.related_regions.is_absent());
    assert_eq!(facts.spec.value().unwrap(), "SYMMETRIC_DEFAULT");
    assert_eq!(
        (facts.usage.value().unwrap().as_str(), facts.origin.value().unwrap().as_str()),
        ("ENCRYPT_DECRYPT", "AWS_KMS")
    );
    assert!(facts.policy.is_unknown() && facts.aliases.value().unwrap().is_empty() && facts.key_id.is_unknown());
}

#[test]
fn a_key_has_its_aliases_and_policy() {
    let of_k = json!({ "$": "aws_kms_key.k.key_id" });
    let all = mapped(json!({
        "aws_kms_key.k": { "is_enabled": false, "enable_key_rotation": true, "multi_region": true },
        "aws_kms_alias.b": { "name": "alias/b", "target_key_id": of_k },
        "aws_kms_alias.a": { "name": "alias/a", "target_key_id": of_k },
        "aws_kms_key_policy.p": { "key_id": of_k, "policy": "{}" },
        "aws_kms_key.other": { "policy": "{\"Version\":\"2012-10-17\"}" },
    }));
    let facts = key(&all, "aws_kms_key.k");
    assert_eq!((facts.state.value().unwrap().as_str(), &*named(&all, "aws_kms_key.k").name), ("Disabled", "alias/a"));
    assert!(facts.rotation.is_true() && facts.related_regions.is_unknown());
    assert_eq!(facts.multi_region.value().unwrap(), "PRIMARY");
    assert_eq!(facts.aliases.value().unwrap(), &["alias/a", "alias/b"]);
    assert_eq!(facts.policy.value().unwrap(), "{}");
    assert!(key(&all, "aws_kms_key.other").aliases.value().unwrap().is_empty());
    assert!(key(&all, "aws_kms_key.other").policy.is_known());
    let open = mapped(
        json!({ "aws_kms_key.k": {}, "aws_kms_alias.a": { "name": "alias/a", "target_key_id": { "?": "variable" } } }),
    );
    assert!(key(&open, "aws_kms_key.k").aliases.is_unknown());
}

#[test]
fn replicas_and_imported_keys_are_keys() {
    let all = mapped(json!({
        "aws_kms_key.k": { "multi_region": true },
        "aws_kms_replica_key.r": { "primary_key_arn": { "$": "aws_kms_key.k.arn" }, "enabled": false },
        "aws_kms_external_key.e": {},
        "aws_kms_key.h": { "custom_key_store_id": "cks" },
    }));
    let replica = key(&all, "aws_kms_replica_key.r");
    assert_eq!(
        (replica.multi_region.value().unwrap().as_str(), replica.state.value().unwrap().as_str()),
        ("REPLICA", "Disabled")
    );
    assert!(replica.rotation.is_unknown());
    let external = key(&all, "aws_kms_external_key.e");
    assert!(external.state.is_unknown() && external.rotation.is_false());
    assert_eq!(external.origin.value().unwrap(), "EXTERNAL");
    assert_eq!(key(&all, "aws_kms_key.h").origin.value().unwrap(), "AWS_CLOUDHSM");
}

#[test]
fn an_event_rule_counts_its_targets() {
    let all = mapped(json!({
        "aws_cloudwatch_event_rule.a": { "name": "a", "event_pattern": "{}" },
        "aws_cloudwatch_event_rule.b": { "name": "b", "is_enabled": false, "event_bus_name": "own" },
        "aws_cloudwatch_event_rule.c": { "name": "c", "state": "DISABLED" },
        "aws_cloudwatch_event_target.t": { "rule": { "$": "aws_cloudwatch_event_rule.a.name" }, "arn": "t" },
        "aws_cloudwatch_event_target.u": { "rule": "a", "arn": "u" },
    }));
    let rule = |address: &str| {
        let Facts::EventRule(rule) = &named(&all, address).facts else { panic!("no rule") };
        (**rule).clone()
    };
    let a = rule("aws_cloudwatch_event_rule.a");
    assert!(a.enabled.is_true() && a.targets.value() == Some(&2) && a.bus.value().unwrap() == "default");
    let b = rule("aws_cloudwatch_event_rule.b");
    assert!(b.enabled.is_false() && b.targets.value() == Some(&0) && b.bus.value().unwrap() == "own");
    assert!(rule("aws_cloudwatch_event_rule.c").enabled.is_false());
    let open = mapped(json!({
        "aws_cloudwatch_event_rule.a": { "name": "a" },
        "aws_cloudwatch_event_target.t": { "rule": { "?": "variable" } },
    }));
    let Facts::EventRule(rule) = &open[0].facts else { panic!("no rule") };
    assert!(rule.targets.is_unknown());
}

#[test]
fn a_trail_says_which_objects_it_logs() {
    let all = mapped(json!({
        "aws_cloudtrail.bare": { "name": "bare", "s3_bucket_name": "logs" },
        "aws_cloudtrail.basic": {
            "name": "basic", "s3_bucket_name": "logs", "enable_logging": false, "is_multi_region_trail": true,
            "event_selector": [{ "read_write_type": "WriteOnly", "data_resource": [
                { "type": "AWS::S3::Object", "values": ["arn:aws:s3"] }, { "type": "AWS::Lambda::Function", "values": ["arn:aws:lambda"] },
            ] }],
        },
        "aws_cloudtrail.advanced": {
            "name": "advanced", "s3_bucket_name": "logs",
            "advanced_event_selector": [
                { "name": "s3", "field_selector": [
                    { "field": "eventCategory", "equals": ["Data"], "starts_with": [], "ends_with": [] },
                    { "field": "resources.type", "equals": ["AWS::S3::Object"] },
                    { "field": "resources.ARN", "not_starts_with": ["arn:aws:s3:::logs/"] },
                ] },
                { "name": "management", "field_selector": [{ "field": "eventCategory", "equals": ["Management"] }] },
            ],
        },
    }));
    let trail = |address: &str| {
        let Facts::Trail(trail) = &named(&all, address).facts else { panic!("no trail") };
        (**trail).clone()
    };
    let bare = trail("aws_cloudtrail.bare");
    assert!(bare.logging.is_true() && bare.multi_region.is_false() && bare.s3_data_events.value().unwrap().is_empty());
    let basic = trail("aws_cloudtrail.basic");
    assert!(basic.logging.is_false() && basic.multi_region.is_true());
    let [events] = basic.s3_data_events.value().unwrap().as_slice() else { panic!("not one") };
    assert_eq!(events.read_write.value().unwrap(), "WriteOnly");
    assert_eq!(events.arn_starts.value().unwrap(), &["arn:aws:s3"]);
    let advanced = trail("aws_cloudtrail.advanced");
    let [events] = advanced.s3_data_events.value().unwrap().as_slice() else { panic!("not one") };
    assert!(events.narrowed.is_false());
    assert_eq!(events.not_arn_starts.value().unwrap(), &["arn:aws:s3:::logs/"]);
}

#[test]
fn restore_tests_audits_and_reports_are_read() {
    let all = mapped(json!({
        "aws_backup_vault.v": { "name": "v" },
        "aws_backup_restore_testing_plan.p": {
            "name": "p", "schedule_expression": "cron(0 5 ? * * *)",
            "recovery_point_selection": [{
                "algorithm": "LATEST_WITHIN_WINDOW", "include_vaults": [{ "$": "aws_backup_vault.v.arn" }],
                "recovery_point_types": ["SNAPSHOT"], "selection_window_days": 7,
            }],
        },
        "aws_backup_restore_testing_selection.s": {
            "name": "s", "restore_testing_plan_name": { "$": "aws_backup_restore_testing_plan.p.name" },
            "protected_resource_type": "S3", "iam_role_arn": "role", "validation_window_hours": 0,
            "protected_resource_conditions": [{ "string_equals": [{ "key": "aws:ResourceTag/a", "value": "b" }] }],
        },
        "aws_backup_framework.f": { "name": "f", "control": [{ "name": "BACKUP_RECOVERY_POINT_ENCRYPTED" }] },
        "aws_backup_report_plan.r": {
            "name": "r", "report_delivery_channel": [{ "s3_bucket_name": "reports", "formats": ["CSV"] }],
            "report_setting": [{ "report_template": "BACKUP_JOB_REPORT", "regions": [], "accounts": ["111122223333"], "organization_units": ["ou-x"] }],
        },
    }));
    let Facts::RestoreTestingPlan(plan) = &named(&all, "aws_backup_restore_testing_plan.p").facts else { panic!() };
    assert_eq!(&*plan.include_vaults.value().unwrap()[0].target.as_ref().unwrap().id, "aws_backup_vault.v");
    assert_eq!(
        (plan.algorithm.value().unwrap().as_str(), plan.selection_window_days.value()),
        ("LATEST_WITHIN_WINDOW", Some(&7))
    );
    let Facts::RestoreTestingSelection(selection) = &named(&all, "aws_backup_restore_testing_selection.s").facts else {
        panic!()
    };
    assert_eq!(selection.plan.target.as_ref(), Some(&named(&all, "aws_backup_restore_testing_plan.p").id));
    assert!(selection.validation_window_hours.is_absent() && selection.resources.is_absent());
    assert_eq!(selection.conditions.value().unwrap()[0].key.value().unwrap(), "a");
    let Facts::Framework(framework) = &named(&all, "aws_backup_framework.f").facts else { panic!() };
    assert_eq!(framework.controls.value().unwrap(), &["BACKUP_RECOVERY_POINT_ENCRYPTED"]);
    let Facts::ReportPlan(report) = &named(&all, "aws_backup_report_plan.r").facts else { panic!() };
    assert_eq!((report.bucket.value().unwrap().as_str(), report.regions.is_absent()), ("reports", true));
    assert_eq!(report.accounts.value().unwrap(), &["111122223333", "ou-x"]);
}

#[test]
fn types_that_backstop_does_not_know_are_passed_over() {
    assert!(mapped(json!({ "aws_sns_topic.t": {}, "aws_s3_bucket_versioning.v": { "bucket": "x" } })).is_empty());
}
