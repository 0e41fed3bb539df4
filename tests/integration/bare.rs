//! Audits of an account whose Regions and which itself are at fault: exactly those faults, and what the checklist says
//! to run for them cures them.

use std::collections::BTreeSet;
use std::process::Command;

use crate::harness::checklist::Checklist;
use crate::harness::emulator::{Emulator, NOW};
use crate::harness::manifest::{Fault, all_faults, faults_of, place};
use crate::harness::program::{Audit, Place, assert_same, backstop};
use crate::harness::server::root;

/// The rules that judge Regions and accounts.
const RULES: [&str; 14] = [
    "audit-config-recorder-on",
    "audit-config-records-backup",
    "backup-audit-framework-exists",
    "backup-copy-jobs-succeed",
    "backup-cross-account-enabled",
    "backup-jobs-succeed",
    "backup-plan-exists",
    "backup-report-plan-exists",
    "iam-recovery-account-hardened",
    "iam-root-mfa-enabled",
    "iam-scp-protects-backups",
    "org-account-in-organization",
    "restore-role-exists",
    "restore-testing-plan-exists",
];

/// The Region that holds nothing.
const EMPTY: &str = "ca-central-1";

/// What the texts of these rules leave to whoever runs their commands: which tier the plan serves, to which bucket the
/// reports and logs go, since when jobs are looked at (30 days before the account's time), and which member's backups a
/// service control policy is to keep.
const LEFT_TO_PEOPLE: [(&str, &str); 4] =
    [("TIER", "plain"), ("BUCKET", "bare-logs"), ("SINCE", "2026-10-02T12:00:00Z"), ("TARGET", "111122223333")];

fn left_to_people() -> Vec<(&'static str, String)> {
    LEFT_TO_PEOPLE.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

/// Faults of the account that the commands cannot cure here, by rule and by Region or account, and why.
const NOT_CURED: [(&str, &str, &str); 6] = [
    ("iam-recovery-account-hardened", "123456789012", "its root user has access keys: see below"),
    ("iam-root-mfa-enabled", "123456789012", "the emulator has no `sts:AssumeRoot`, and MFA is registered by hand"),
    ("org-account-in-organization", "123456789012", "the emulator cannot invite accounts to an organization"),
    ("audit-config-recorder-on", "eu-west-2", "why a delivery was refused is seen and mended in the bucket's policy"),
    ("backup-jobs-succeed", "eu-west-2", "no job failed that could be repeated: the plan must run first"),
    ("backup-copy-jobs-succeed", "eu-west-2", "no job failed that could be repeated: the plan must run first"),
];

/// What binds members alone: a recovery account that is the management account must be moved.
const BINDS_MEMBERS: &str = "iam-scp-protects-backups";

/// What a cure brings to light at the same Region: a Region with a plan is asked whether anybody watches over it.
const NEXT: [(&str, &str); 2] =
    [("backup-plan-exists", "backup-audit-framework-exists"), ("backup-plan-exists", "backup-report-plan-exists")];

/// `backstop audit` of all enabled Regions, as yet without settings.
pub fn audit_command(emulator: &Emulator, format: &str) -> Command {
    let mut command = backstop(&emulator.url());
    command.args(["audit", "--now", NOW, "--output", format]);
    command
}

/// With the settings that belong to the account.
fn configured(emulator: &Emulator, settings: &str, format: &str) -> Command {
    let mut command = audit_command(emulator, format);
    command.arg("--config").arg(root().join(format!("tests/emulator/{settings}.toml")));
    command
}

fn audit(emulator: &Emulator, settings: &str) -> Audit {
    Audit::of(configured(emulator, settings, "json").output().expect("the program runs"))
}

fn finds_exactly_its_faults(account: &str) {
    let emulator = Emulator::seeded(account);
    let planted: BTreeSet<Place> = faults_of(account).iter().map(|fault| place(&emulator, fault)).collect();
    let audit = audit(&emulator, account);
    assert_same(&audit.fails, &planted, &audit.text);
    assert_same(&audit.unknowns, &BTreeSet::new(), &audit.text);
    assert_eq!(audit.gaps, []);
    assert_eq!(audit.exit_code, 1);
}

#[test]
fn an_audit_finds_exactly_what_is_wrong_with_the_regions_and_the_account() {
    finds_exactly_its_faults("bare");
}

#[test]
fn an_audit_of_a_management_account_finds_that_copies_may_not_leave_it() {
    finds_exactly_its_faults("joined");
}

#[test]
fn every_rule_on_regions_and_accounts_has_a_fault_here_and_the_empty_region_has_none() {
    let faults = [faults_of("bare"), faults_of("joined")].concat();
    let planted: BTreeSet<&str> = faults.iter().map(|fault| fault.rule.as_str()).collect();
    assert!(RULES.iter().all(|rule| planted.contains(rule)), "{planted:?}");
    assert!(faults.iter().all(|fault| fault.region != EMPTY));
}

#[test]
fn the_commands_for_regions_cure_what_was_found() {
    let not_cured = |fault: &Fault| NOT_CURED.iter().any(|(rule, at, _)| fault.rule == *rule && fault.resource == *at);
    cures("bare", "bare", |fault| !not_cured(fault));
}

#[test]
fn the_commands_for_a_management_account_cure_what_was_found() {
    cures("joined", "joined", |fault| fault.rule != BINDS_MEMBERS);
}

#[test]
fn a_service_control_policy_keeps_the_backups_of_a_member() {
    cures("joined", "member", |fault| fault.rule == BINDS_MEMBERS);
}

#[test]
fn every_planted_fault_is_one_that_a_shipped_rule_finds() {
    let policies = std::fs::read_dir(root().join("policies")).expect("policies").flatten();
    let areas: Vec<_> = policies.map(|area| area.path()).collect();
    for fault in all_faults() {
        let file = format!("{}.cedar", fault.rule);
        assert!(areas.iter().any(|area| area.join(&file).exists()), "there is no rule `{}`", fault.rule);
    }
}

#[test]
fn every_exception_names_a_fault() {
    let faults = faults_of("bare");
    for (rule, at, _) in NOT_CURED {
        assert!(faults.iter().any(|fault| fault.rule == rule && fault.resource == at), "{rule} at {at}");
    }
}

/// Runs the checklist's commands for the faults of the fourteen rules that can be cured, each followed by a rescan.
fn cures(account: &str, settings: &str, curable: impl Fn(&Fault) -> bool) {
    let emulator = Emulator::seeded(account);
    let checklist = Checklist::read(configured(&emulator, settings, "checklist"));
    let mut before = audit(&emulator, settings);
    let mut wrong = Vec::new();
    for fault in faults_of(account).into_iter().filter(|fault| RULES.contains(&fault.rule.as_str())) {
        if !curable(&fault) {
            continue;
        }
        let place = place(&emulator, &fault);
        assert!(before.fails.contains(&place), "not found: {} at {}", place.rule, place.resource);
        let commands = checklist.commands(&place);
        if let Err(error) = commands.run(&emulator, &left_to_people()) {
            wrong.push(format!("{} at {}: the commands fail: {error}", place.rule, place.resource));
        }
        let after = audit(&emulator, settings);
        if after.fails.contains(&place) || after.unknowns.contains(&place) {
            wrong.push(format!("{} at {}: not cured", place.rule, place.resource));
        }
        let here = after.fails.difference(&before.fails).chain(&after.unknowns);
        let here = here.filter(|new| new.resource == place.resource);
        for new in here.filter(|new| !NEXT.contains(&(place.rule.as_str(), new.rule.as_str()))) {
            wrong.push(format!("{} at {}: the commands bring {}", place.rule, place.resource, new.rule));
        }
        before = after;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
