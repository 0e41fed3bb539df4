//! Plans: selections, lifecycles, vaults.

use super::build::*;
use crate::model::backup::{Lifecycle, PlanRule, Selection, Vault};
use crate::model::derived::PlanDerived;
use crate::model::fact::Fact;
use crate::model::resource::{Link, Resource};
use crate::model::settings::Settings;

fn find(resources: Vec<Resource>) -> PlanDerived {
    of_plan(&estate(resources), &Settings::default())
}

fn with(rule: PlanRule, vault: Vault) -> PlanDerived {
    find(vec![plan(vec![rule]), vault_of(HOME, vault), selects(&[VOLUME])])
}

#[test]
fn a_plan_selects_where_one_selection_has_a_role() {
    let ok = find(vec![plan(vec![]), selects(&[VOLUME])]);
    assert!(ok.selects.is_true());
    assert_eq!(ok.selection_faults.value().unwrap().len(), 0);
    let none = find(vec![plan(vec![])]);
    assert!(none.selects.is_false());
    assert_eq!(none.selection_faults.value().unwrap(), &["no resources are assigned to it"]);
    let mut role = selection_facts(&[VOLUME]);
    role.role = Fact::absent().at(at(9));
    let without = find(vec![plan(vec![]), selection_of(role)]);
    assert!(without.selects.is_false());
    assert_eq!(without.selects.at, at(9));
    assert_eq!(without.selection_faults.value().unwrap(), &["selection all names no role"]);
}

#[test]
fn a_selection_that_leaves_everything_out_selects_nothing() {
    let facts = Selection { not_resources: Fact::known(vec![link("*")]), ..selection_facts(&["*"]) };
    let found = find(vec![plan(vec![]), selection_of(facts)]);
    assert!(found.selects.is_false());
}

#[test]
fn a_template_without_a_selection_is_open_unless_complete() {
    let snapshot = template(vec![plan(vec![])]);
    let open = of_plan(&snapshot, &Settings::default());
    assert!(open.selects.is_unknown() && open.selection_faults.is_unknown());
    assert!(of_plan(&snapshot, &complete()).selects.is_false());
}

#[test]
fn what_was_not_read_of_a_complete_estate_is_named_in_place_of_a_setting_that_is_set() {
    let mut snapshot = template(vec![plan(vec![])]);
    snapshot.gaps.push(broken_file());
    let found = of_plan(&snapshot, &complete());
    let reasons: Vec<_> = found.selects.reasons().unwrap().iter().map(|reason| reason.why.to_string()).collect();
    assert_eq!(reasons, ["`plans.yaml` could not be read"]);
}

#[test]
fn a_selection_of_an_unknown_plan_may_be_this_plans() {
    let stray =
        Selection { plan: Link::text(Fact::unknown("parameter `Plan` has no default")), ..selection_facts(&[]) };
    let found = of_plan(&template(vec![plan(vec![]), selection_of(stray)]), &complete());
    assert!(found.selects.is_unknown());
}

#[test]
fn cold_storage_lasts_ninety_days() {
    let of = |cold: Option<i64>, delete: Option<i64>| {
        let lifecycle = Fact::known(Lifecycle {
            cold_after_days: Fact::from_option(cold),
            delete_after_days: Fact::from_option(delete).at(at(5)),
            archive_opt_in: Fact::known(false),
        });
        with(PlanRule { lifecycle, ..rule("r", "main", 1) }, vault_facts("main"))
    };
    assert!(of(Some(30), Some(120)).cold_storage_long_enough.is_true());
    let short = of(Some(30), Some(119));
    assert!(short.cold_storage_long_enough.is_false());
    assert_eq!(short.cold_storage_long_enough.at, at(5));
    assert_eq!(short.lifecycle_faults.at, at(5), "the finding stands there");
    assert_eq!(
        short.lifecycle_faults.value().unwrap(),
        &["rule r moves to cold storage after 30 days and deletes after 119"]
    );
    for (cold, delete) in [(Some(30), None), (Some(30), Some(-1)), (Some(-1), Some(7)), (None, Some(7)), (None, None)] {
        assert!(of(cold, delete).cold_storage_long_enough.is_true(), "{cold:?} {delete:?}");
    }
    assert!(of(Some(i64::MAX), Some(7)).cold_storage_long_enough.is_false(), "no overflow");
}

#[test]
fn an_unknown_lifecycle_leaves_the_checks_open() {
    let odd = Lifecycle {
        cold_after_days: Fact::known(30),
        delete_after_days: Fact::unknown("parameter"),
        archive_opt_in: Fact::known(false),
    };
    let vault = Vault { lock: Fact::known(lock(7, 100)), ..vault_facts("main") };
    let found = with(PlanRule { lifecycle: Fact::known(odd), ..rule("r", "main", 1) }, vault);
    assert!(found.cold_storage_long_enough.is_unknown() && found.retention_within_locks.is_unknown());
    assert!(found.lifecycle_faults.is_unknown());
}

#[test]
fn retention_lies_within_the_locks_bounds() {
    let of = |lifecycle: Fact<Lifecycle>| {
        let vault = Vault { lock: Fact::known(lock(7, 100)), ..vault_facts("main") };
        with(PlanRule { lifecycle, ..rule("r", "main", 1) }, vault)
    };
    for (days, inside) in [(6, false), (7, true), (100, true), (101, false), (-1, false)] {
        assert_eq!(of(keeps(days)).retention_within_locks.value(), Some(&inside), "{days}");
    }
    let forever = of(Fact::absent());
    assert!(forever.retention_within_locks.is_false(), "what is kept for ever is over every maximum");
    assert_eq!(
        forever.lifecycle_faults.value().unwrap(),
        &["rule r keeps for ever, vault main accepts at most 100 days"]
    );
    let unlocked = with(PlanRule { lifecycle: Fact::absent(), ..rule("r", "main", 1) }, vault_facts("main"));
    assert!(unlocked.retention_within_locks.is_true());
}

#[test]
fn copies_are_held_to_the_lock_of_their_own_vault() {
    let away = Vault { lock: Fact::known(lock(90, 400)), ..vault_facts("dr") };
    let copying = PlanRule { copies: copies_to(&vault_arn(AWAY, "dr")), ..rule("r", "main", 100) };
    let found = find(vec![plan(vec![copying]), vault("main"), vault_of(AWAY, away), selects(&[VOLUME])]);
    assert!(found.retention_within_locks.is_false());
    assert_eq!(
        found.lifecycle_faults.value().unwrap(),
        &["rule r, its copy keeps 35 days, vault dr accepts at least 90 days"]
    );
}

#[test]
fn vaults_are_looked_for_in_the_plans_own_region_and_by_arn_elsewhere() {
    let found = |rule: PlanRule| find(vec![plan(vec![rule]), vault("main"), vault_of(AWAY, vault_facts("dr"))]);
    assert!(found(rule("r", "main", 1)).vaults_exist.is_true());
    let mut wrong = rule("r", "dr", 1);
    wrong.target_vault.text.at = at(12);
    let wrong = found(wrong);
    assert!(wrong.vaults_exist.is_false(), "it is in another Region");
    assert_eq!(wrong.vaults_exist.at, at(12));
    assert_eq!(wrong.missing_vaults.value().unwrap(), &["dr"]);
    let by_arn = |arn: &str| found(PlanRule { copies: copies_to(arn), ..rule("r", "main", 1) }).vaults_exist;
    assert!(by_arn(&vault_arn(AWAY, "dr")).is_true());
    assert!(by_arn(&vault_arn(AWAY, "gone")).is_false());
    assert!(by_arn(&vault_arn("us-east-1", "dr")).is_unknown(), "that Region was not audited");
    assert!(by_arn(&format!("arn:aws:backup:{AWAY}:{OTHER_ACCOUNT}:backup-vault:dr")).is_unknown());
}

#[test]
fn a_missing_vault_is_certain_even_if_another_is_unknown() {
    let rule = PlanRule { copies: copies_to(&vault_arn("us-east-1", "dr")), ..rule("r", "gone", 1) };
    let found = find(vec![plan(vec![rule])]);
    assert!(found.vaults_exist.is_false());
    assert_eq!(found.missing_vaults.value().unwrap(), &["gone"]);
}

#[test]
fn a_declared_vault_that_is_in_no_file_is_missing_only_where_the_files_are_complete() {
    let of = |name: &str, settings: &Settings| {
        of_plan(&template(vec![plan(vec![rule("r", name, 1)])]), settings).vaults_exist
    };
    assert!(of("main", &Settings::default()).is_unknown());
    assert!(of("main", &complete()).is_false());
    assert!(of("Default", &complete()).is_unknown(), "AWS makes that one");
    let arn = vault_arn(AWAY, "dr");
    assert!(of(&arn, &complete()).is_unknown(), "the files do not say their account");
}

#[test]
fn the_lock_of_a_vault_that_may_not_be_made_breaks_nothing_for_certain() {
    let of = |days: i64| {
        let mut vault = vault_of(HOME, Vault { lock: Fact::known(lock(60, 90)), ..vault_facts("main") });
        vault.exists = Fact::unknown("condition `IsProd` cannot be decided");
        find(vec![plan(vec![rule("r", "main", days)]), vault, selects(&[VOLUME])])
    };
    let broken = of(35);
    assert!(broken.retention_within_locks.is_unknown() && broken.vaults_exist.is_unknown());
    assert!(broken.lifecycle_faults.is_unknown());
    assert!(of(70).retention_within_locks.is_true());
}

#[test]
fn of_two_vaults_of_one_name_it_cannot_be_said_which_is_made() {
    let mut locked = vault_of(HOME, Vault { lock: Fact::known(lock(60, 90)), ..vault_facts("main") });
    locked.id.id = "Locked".into();
    let mut open = vault("main");
    open.id.id = "Open".into();
    for vaults in [[locked.clone(), open.clone()], [open, locked]] {
        let mut all = vec![plan(vec![rule("r", "main", 35)])];
        all.extend(vaults);
        let found = of_plan(&template(all), &complete());
        assert!(found.retention_within_locks.is_unknown() && found.vaults_exist.is_unknown());
    }
}
