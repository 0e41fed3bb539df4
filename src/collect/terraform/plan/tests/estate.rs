//! A plan of new resources, as Terraform 1.11 and version 5.100 of the provider write it for the configuration beside it.

use super::*;
use crate::model::backup::{Plan, Selection, Vault};

const PLAN: &str = include_str!("estate/plan.json");

fn vault<'a>(all: &'a [Resource], address: &str) -> &'a Vault {
    let Facts::Vault(vault) = &named(all, address).facts else { panic!("no vault") };
    vault
}

fn plan(all: &[Resource]) -> &Plan {
    let Facts::Plan(plan) = &named(all, "aws_backup_plan.p").facts else { panic!("no plan") };
    plan
}

fn selection<'a>(all: &'a [Resource], address: &str) -> &'a Selection {
    let Facts::Selection(selection) = &named(all, address).facts else { panic!("no selection") };
    selection
}

#[test]
fn a_new_bucket_is_as_the_resources_beside_it_make_it() {
    let all = resources(PLAN);
    let facts = bucket(&all, "aws_s3_bucket.b");
    assert_eq!(facts.versioning.value().unwrap(), "Enabled");
    assert!(facts.mfa_delete.is_false() && facts.policy.is_absent() && facts.object_lock.is_absent());
    let block = facts.public_access_block.value().unwrap();
    assert!(block.block_public_acls.is_true() && block.restrict_public_buckets.is_false());
    assert_eq!(target(facts.encryption.value().unwrap().key.value().unwrap()), "aws_kms_key.k");
    let lifecycle = &facts.lifecycle.value().unwrap()[0];
    assert!(lifecycle.whole_bucket.is_true() && lifecycle.noncurrent_expire_days.value() == Some(&35));
    let rule = &facts.replication.value().unwrap().rules.value().unwrap()[0];
    assert_eq!(target(&rule.destination.bucket), "aws_s3_bucket.replica");
    assert_eq!(rule.destination.bucket.text.value().unwrap(), "arn:aws:s3:::replica-bucket");
    assert!(rule.delete_markers.is_true() && rule.prefix.is_absent());
    assert_eq!(named(&all, "aws_s3_bucket.b").tags.get("backup-tier").value().unwrap(), "critical");
}

#[test]
fn a_bucket_without_a_name_is_joined_too() {
    let all = resources(PLAN);
    let facts = bucket(&all, "aws_s3_bucket.generated");
    assert_eq!(facts.versioning.value().unwrap(), "Enabled");
    assert_eq!(why(&facts.bucket_name), "the bucket gets its name when the configuration is applied");
    assert!(named(&all, "aws_s3_bucket.generated").tags.get("x").is_absent(), "nobody gives it a tag");
}

#[test]
fn references_lead_through_modules_and_their_instances() {
    let all = resources(PLAN);
    for key in ["main", "other"] {
        let facts = bucket(&all, &format!("module.logs[\"{key}\"].aws_s3_bucket.this"));
        assert_eq!(facts.versioning.value().unwrap(), "Suspended");
        assert_eq!(facts.bucket_name.value().unwrap(), &format!("logs-{key}"));
    }
    let logs = bucket(&all, "aws_s3_bucket.b").logging_target.value().unwrap();
    assert_eq!(
        (target(logs), logs.text.value().unwrap().as_str()),
        ("module.logs[\"main\"].aws_s3_bucket.this", "logs-main")
    );
    let Facts::Trail(trail) = &named(&all, "aws_cloudtrail.t").facts else { panic!("no trail") };
    assert_eq!(trail.bucket.value().unwrap(), "logs-main");
}

#[test]
fn instances_of_count_are_joined_each_to_its_own() {
    let all = resources(PLAN);
    for address in ["aws_backup_vault.plain[0]", "aws_backup_vault.plain[1]"] {
        let lock = vault(&all, address).lock.value().unwrap();
        assert!(lock.compliance.is_false() && lock.min_retention.is_known());
    }
    assert!(vault(&all, "aws_backup_vault.v").lock.value().unwrap().compliance.is_true());
    let dr = vault(&all, "aws_backup_vault.dr");
    assert!(dr.lock.is_absent(), "the lock of the vault of this name is in another Region");
    assert_eq!(target(vault(&all, "aws_backup_vault.v").key.value().unwrap()), "aws_kms_key.k");
}

#[test]
fn rules_of_a_plan_keep_their_vaults_though_they_are_in_another_order() {
    let all = resources(PLAN);
    let rules = plan(&all).rules.value().unwrap();
    let names: Vec<_> = rules.iter().map(|rule| rule.name.value().unwrap().as_str()).collect();
    assert_eq!(names, ["daily", "weekly"]);
    assert_eq!(
        (target(&rules[0].target_vault), target(&rules[1].target_vault)),
        ("aws_backup_vault.v", "aws_backup_vault.plain[0]")
    );
    assert_eq!(target(&rules[0].copies.value().unwrap()[0].destination), "aws_backup_vault.dr");
    assert!(rules[0].lifecycle.value().unwrap().archive_opt_in.is_false() && rules[1].lifecycle.is_absent());
    assert_eq!(
        (rules[0].start_window_minutes.value(), rules[0].completion_window_minutes.value()),
        (Some(&60), Some(&180))
    );
}

#[test]
fn a_set_that_is_not_known_may_have_more_in_it_than_it_refers_to() {
    let all = resources(PLAN);
    let by_arn = selection(&all, "aws_backup_selection.s");
    assert_eq!(target(&by_arn.plan), "aws_backup_plan.p");
    assert!(by_arn.resources.is_unknown(), "`arn:aws:s3:::other` is in it, and the plan does not say so");
    assert!(by_arn.not_resources.is_absent() && by_arn.conditions.is_known());
    let by_tag = selection(&all, "aws_backup_selection.tags");
    assert!(by_tag.resources.is_absent() && by_tag.conditions.is_absent() && by_tag.list_of_tags.is_known());
    let Facts::RestoreTestingPlan(tests) = &named(&all, "aws_backup_restore_testing_plan.t").facts else { panic!() };
    let vaults = tests.include_vaults.value().unwrap();
    assert_eq!((vaults.len(), target(&vaults[0])), (1, "aws_backup_vault.v"), "the plan says how many these are");
    assert!(tests.exclude_vaults.is_absent() && tests.start_window_hours.is_absent());
}

#[test]
fn regions_are_those_of_the_providers() {
    let all = resources(PLAN);
    let region = |address: &str| named(&all, address).id.region.as_deref().unwrap().to_owned();
    assert_eq!(
        (region("aws_s3_bucket.b"), region("aws_s3_bucket.replica")),
        ("eu-west-1".into(), "eu-central-1".into())
    );
    assert_eq!(region("module.logs[\"main\"].aws_s3_bucket.this"), "eu-west-1");
    assert_eq!(named(&all, "aws_s3_bucket.b").id.account, None, "an ARN of something else is not its own");
}

#[test]
fn sensitive_values_are_never_shown() {
    assert!(PLAN.contains("hidden-bucket"));
    let all = resources(PLAN);
    let facts = bucket(&all, "aws_s3_bucket.secret");
    assert_eq!(why(&facts.bucket_name), "`bucket` of `aws_s3_bucket.secret` is sensitive");
    assert!(facts.versioning.is_absent(), "what is not sensitive is judged");
    assert!(!serde_json::to_string(&all).unwrap().contains("hidden"));
}
