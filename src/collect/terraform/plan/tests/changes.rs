//! Plans that change what is there, as Terraform 1.11 and version 5.100 of the provider write them.

use super::*;
use crate::collect::terraform::block::Change;
use crate::model::gap::GapKind;
use crate::model::planned::PlannedChange;

const PLAN: &str = include_str!("changes/plan.json");
const TARGETED: &str = include_str!("changes/targeted.json");
const DESTROY: &str = include_str!("changes/destroy.json");

fn change(address: &str) -> Change {
    let root = root(&Arc::from("plan.json"), PLAN, &FileOptions::default(), &|_, _| None).unwrap().unwrap();
    root.blocks.iter().find(|block| &*block.address == address).unwrap().change
}

#[test]
fn what_is_there_afterwards_is_judged() {
    let all = resources(PLAN);
    let versioning = |address: &str| bucket(&all, address).versioning.value().cloned();
    assert_eq!(versioning("aws_s3_bucket.same").as_deref(), Some("Enabled"));
    assert_eq!(versioning("aws_s3_bucket.later").as_deref(), Some("Enabled"), "it is versioned by this plan");
    assert_eq!(versioning("aws_s3_bucket.loses"), None, "its versioning is destroyed by this plan");
    assert_eq!(versioning("aws_s3_bucket.outside").as_deref(), Some("Enabled"), "somebody else versioned it");
    let gone: Vec<_> = all.iter().filter(|resource| resource.id.id.contains("gone")).collect();
    assert!(matches!(gone.as_slice(), [only] if &*only.id.kind == "Terraform::PlannedChange"));
    let Facts::Key(key) = &named(&all, "aws_kms_key.k").facts else { panic!("no key") };
    assert!(key.rotation.is_false() && key.policy.is_known());
}

#[test]
fn the_plan_says_what_is_destroyed_and_what_is_replaced() {
    assert_eq!(change("aws_backup_vault.gone[0]"), Change::Destroyed { emptied: Some(false) });
    assert_eq!(change("aws_s3_bucket.replaced"), Change::Replaced { emptied: Some(false) });
    assert_eq!(change("aws_kms_key.k"), Change::Kept);
    assert_eq!(change("aws_s3_bucket_versioning.later[0]"), Change::Kept);
}

#[test]
fn the_account_is_known_by_arns() {
    let all = resources(PLAN);
    let id = &named(&all, "aws_s3_bucket.replaced").id;
    assert_eq!(
        (id.account.as_deref(), id.region.as_deref(), id.partition.as_deref()),
        (Some("123456789012"), Some("eu-west-1"), Some("aws"))
    );
    let Facts::Vault(vault) = &named(&all, "aws_backup_vault.v").facts else { panic!("no vault") };
    assert!(vault.key.is_absent(), "an empty key is none");
    let Facts::Plan(plan) = &named(&all, "aws_backup_plan.p").facts else { panic!("no plan") };
    assert_eq!(target(&plan.rules.value().unwrap()[0].target_vault), "aws_backup_vault.v");
}

#[test]
fn a_targeted_plan_does_not_say_what_is_missing() {
    let (all, gaps) = parts(TARGETED);
    assert_eq!((gaps.len(), gaps[0].kind, &*gaps[0].code), (1, GapKind::Fallback, "IncompletePlan"));
    assert!(bucket(&all, "aws_s3_bucket.replaced").versioning.is_unknown());
    let older = TARGETED.replace("\"complete\":false,", "");
    assert_ne!(older, TARGETED);
    let (all, gaps) = parts(&older);
    assert!(gaps[0].message.contains("targeted") && bucket(&all, "aws_s3_bucket.replaced").versioning.is_unknown());
}

fn planned<'a>(all: &'a [Resource], address: &str) -> Option<&'a PlannedChange> {
    all.iter().find_map(|resource| match &resource.facts {
        Facts::PlannedChange(change) if &*resource.id.id == address => Some(&**change),
        _ => None,
    })
}

#[test]
fn what_backups_rest_on_and_is_destroyed_is_told() {
    let all = resources(PLAN);
    let said = |address: &str| {
        let change = planned(&all, address).unwrap();
        (change.action.value().unwrap().clone(), change.of.value().unwrap().clone(), change.loses_data.value().copied())
    };
    assert_eq!(said("aws_backup_vault.gone[0]"), ("destroy".into(), "vault".into(), Some(false)));
    assert_eq!(said("aws_s3_bucket.replaced"), ("replace".into(), "bucket".into(), Some(false)));
    assert!(planned(&all, "aws_kms_key.k").is_none(), "it is changed in place");
    assert!(planned(&all, "aws_s3_bucket_versioning.loses[0]").is_none(), "what is left is judged instead");
    let forced = PLAN.replace("\"force_destroy\":false", "\"force_destroy\":true");
    assert!(planned(&resources(&forced), "aws_s3_bucket.replaced").unwrap().loses_data.is_true());
    let hidden = PLAN.replace("\"before_sensitive\":{", "\"before_sensitive\":{\"force_destroy\":true,");
    assert!(planned(&resources(&hidden), "aws_s3_bucket.replaced").unwrap().loses_data.is_unknown());
}

#[test]
fn a_plan_to_destroy_all_leaves_nothing_but_that() {
    let all = resources(DESTROY);
    assert!(all.iter().all(|resource| &*resource.id.kind == "Terraform::PlannedChange"));
    assert!(planned(&all, "aws_kms_key.k").unwrap().loses_data.is_true());
    assert!(planned(&all, "aws_backup_plan.p").unwrap().loses_data.is_false());
}
