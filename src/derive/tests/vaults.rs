//! Vaults: what lands in them, their lock, their key, who hears of failures.

use super::build::*;
use crate::model::backup::{PlanRule, Vault, VaultLock};
use crate::model::events::EventRule;
use crate::model::fact::Fact;
use crate::model::resource::{Facts, Resource};
use crate::model::settings::Settings;

fn defaults() -> Settings {
    Settings::default()
}

fn find(mut resources: Vec<Resource>, vault: Vault) -> crate::model::derived::VaultDerived {
    let name = vault.vault_name.value().unwrap().clone();
    resources.push(vault_of(HOME, vault));
    of_vault(&estate(resources), &defaults(), &name)
}

#[test]
fn a_vault_is_targeted_by_rules_and_by_copies() {
    let targeted = find(vec![plan(vec![rule("r", "main", 1)])], vault_facts("main"));
    assert!(targeted.targeted.is_true());
    let other = find(vec![plan(vec![rule("r", "other", 1)])], vault_facts("main"));
    assert!(other.targeted.is_false());
    let copying = PlanRule { copies: copies_to(&vault_arn(HOME, "main")), ..rule("r", "other", 1) };
    assert!(find(vec![plan(vec![copying])], vault_facts("main")).targeted.is_true());
}

#[test]
fn a_rule_whose_vault_is_not_known_may_target_any_vault() {
    let mut odd = rule("r", "x", 1);
    odd.target_vault.text = Fact::unknown("parameter `Vault` has no default");
    assert!(find(vec![plan(vec![odd])], vault_facts("main")).targeted.is_unknown());
}

#[test]
fn a_declared_vault_without_a_plan_may_be_targeted_elsewhere() {
    let snapshot = template(vec![vault("main")]);
    assert!(of_vault(&snapshot, &defaults(), "main").targeted.is_unknown());
    assert!(of_vault(&snapshot, &complete(), "main").targeted.is_false());
}

#[test]
fn a_vault_is_in_use_by_its_count_or_by_a_point_that_was_seen() {
    assert!(find(vec![], vault_facts("main")).in_use.is_false());
    let counted = Vault { recovery_points: Fact::known(3), ..vault_facts("main") };
    assert!(find(vec![], counted).in_use.is_true());
    let unread = Vault { recovery_points: Fact::unknown("denied"), ..vault_facts("main") };
    assert!(find(vec![], unread.clone()).in_use.is_unknown());
    assert!(find(vec![point(HOME, "p", VOLUME, 1)], unread).in_use.is_true());
}

#[test]
fn fully_managed_types_take_the_vaults_key() {
    let with = |resource: Resource, arn: &str| {
        find(vec![resource, plan(vec![rule("r", "main", 35)]), selects(&[arn])], vault_facts("main"))
            .holds_fully_managed
    };
    assert!(with(volume(), VOLUME).is_false(), "a volume's backups keep its own key");
    assert!(with(bucket_of(HOME, versioned("orders")), "arn:aws:s3:::orders").is_true());
    assert!(with(bucket("orders"), "arn:aws:s3:::orders").is_false(), "a bucket without versioning is not backed up");
    let table = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders";
    let dynamo = workload("AWS::DynamoDB::Table", "DynamoDB", table);
    assert!(with(dynamo, table).is_unknown(), "it depends on the Region's settings");
    let held = change_point(point(HOME, "p", "arn:aws:s3:::orders", 1), |point| point.resource_type = text("S3"));
    assert!(find(vec![held], vault_facts("main")).holds_fully_managed.is_true());
}

#[test]
fn a_held_point_tells_by_its_arn_whether_dynamodb_is_fully_managed() {
    let table = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders";
    let held = |arn: &str| {
        let mut one = change_point(point(HOME, "p", table, 1), |point| point.resource_type = text("DynamoDB"));
        one.id.id = arn.into();
        find(vec![one], vault_facts("main")).holds_fully_managed
    };
    assert!(held("arn:aws:backup:eu-west-1:111122223333:recovery-point:12a34a56").is_true());
    assert!(held("arn:aws:dynamodb:eu-west-1:111122223333:table/orders/backup/01547").is_false());
}

#[test]
fn the_regions_settings_tell_whether_dynamodb_is_fully_managed() {
    let table = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders";
    for on in [true, false] {
        let facts = crate::model::account::Region {
            backup_opt_in: Fact::known([("DynamoDB".to_owned(), true)].into()),
            backup_full_management: Fact::known([("DynamoDB".to_owned(), on)].into()),
        };
        let resources = vec![
            workload("AWS::DynamoDB::Table", "DynamoDB", table),
            plan(vec![rule("r", "main", 35)]),
            selects(&[table]),
            live(HOME, "AWS::Region", HOME, HOME, Facts::Region(Box::new(facts))),
        ];
        assert_eq!(find(resources, vault_facts("main")).holds_fully_managed.value(), Some(&on));
    }
}

#[test]
fn a_lock_is_permanent_once_its_grace_time_is_over() {
    let of = |lock: Fact<VaultLock>| find(vec![], Vault { lock, ..vault_facts("main") }).lock_permanent;
    let compliance = |date: &str| {
        let date = Fact::known(date.parse().unwrap());
        Fact::known(VaultLock { lock_date: date, compliance: Fact::known(true), ..lock(1, 9) })
    };
    assert!(of(Fact::absent()).is_absent());
    assert!(of(Fact::unknown("denied")).is_unknown());
    assert!(of(Fact::known(lock(1, 9))).is_false() && !of(Fact::known(lock(1, 9))).is_absent(), "governance mode");
    assert!(of(compliance("2026-03-10T12:00:00Z")).is_true(), "it is locked at that moment");
    assert!(of(compliance("2026-03-10T12:00:01Z")).is_false());
    let declared_lock = VaultLock {
        lock_date: Fact::unknown("it is counted from the deployment"),
        compliance: Fact::known(true),
        ..lock(1, 9)
    };
    assert!(of(Fact::known(declared_lock.clone())).is_unknown(), "its date is not known, and the day is");
    let declares = |lock: VaultLock| {
        let snapshot = template(vec![vault_of(HOME, Vault { lock: Fact::known(lock), ..vault_facts("main") })]);
        of_vault(&snapshot, &complete(), "main").lock_permanent
    };
    assert!(declares(declared_lock.clone()).is_true(), "a template is asked for the mode: it has no day");
    assert!(declares(lock(1, 9)).is_false());
    let open = VaultLock { compliance: Fact::unknown("parameter `Grace` has no default"), ..declared_lock };
    assert!(declares(open).is_unknown());
}

#[test]
fn the_vaults_key_is_aws_own_unless_it_names_a_customers() {
    let of = |key| find(vec![key_of(key_facts("k-1"))], Vault { key, ..vault_facts("main") }).customer_key;
    assert!(of(Fact::absent()).is_false());
    assert!(of(Fact::known(link(&key_arn("k-1")))).is_true());
    assert!(of(Fact::unknown("denied")).is_unknown());
}

fn watching(change: impl FnOnce(&mut EventRule)) -> Resource {
    let pattern = r#"{"source":["aws.backup"]}"#;
    let mut facts = EventRule {
        enabled: Fact::known(true),
        bus: known("default"),
        pattern: known(pattern),
        targets: Fact::known(1),
    };
    change(&mut facts);
    live(
        HOME,
        "AWS::Events::Rule",
        "arn:aws:events:eu-west-1:111122223333:rule/w",
        "w",
        Facts::EventRule(Box::new(facts)),
    )
}

#[test]
fn failures_are_routed_by_an_enabled_rule_with_a_target_on_the_default_bus() {
    let of = |rule: Resource| find(vec![rule], vault_facts("main")).failures_routed;
    assert!(of(watching(|_| {})).is_true());
    assert!(of(watching(|rule| rule.enabled = Fact::known(false))).is_false());
    assert!(of(watching(|rule| rule.targets = Fact::known(0))).is_false());
    assert!(of(watching(|rule| rule.bus = known("orders"))).is_false());
    assert!(of(watching(|rule| rule.pattern = Fact::absent())).is_false(), "a schedule watches nothing");
    assert!(of(watching(|rule| rule.pattern = known(r#"{"source":["aws.ec2"]}"#))).is_false());
    assert!(of(watching(|rule| rule.targets = Fact::unknown("denied"))).is_unknown());
    let mut away = watching(|_| {});
    away.id.region = Some(AWAY.into());
    assert!(of(away).is_false(), "events stay in their Region");
}

#[test]
fn no_rule_is_no_answer_where_rules_were_not_listed() {
    let mut snapshot = estate(vec![vault("main")]);
    assert!(of_vault(&snapshot, &defaults(), "main").failures_routed.is_false());
    snapshot.listed.remove(&listing("AWS::Events::Rule", HOME, None));
    assert!(of_vault(&snapshot, &defaults(), "main").failures_routed.is_unknown());
    let files = template(vec![vault("main")]);
    assert!(of_vault(&files, &defaults(), "main").failures_routed.is_unknown());
    assert!(of_vault(&files, &complete(), "main").failures_routed.is_false());
}
