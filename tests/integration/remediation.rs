//! What the checklist says to run cures what it was said for: fault, finding, commands, rescan, pass.
//!
//! Each account has the commands of one area's rules run, all of them before one rescan.

use std::collections::BTreeSet;

use crate::harness::checklist::Checklist;
use crate::harness::emulator::Emulator;
use crate::harness::manifest::{Fault, faults, place};
use crate::harness::program::{Audit, audit, audit_command_at};

/// Past the grace time of a lock that was put into compliance mode at the account's time.
const AFTER_GRACE: &str = "2026-11-05T12:00:00Z";

/// One fault is cured by another's commands at the same bucket, so that its own would prove nothing.
const CURED_BY_ANOTHER: [(&str, &str); 1] = [("s3-object-lock-retention-set", "acme-unset-backup")];

/// What a cure brings to light at the same resource: the next question, that could not be asked before.
const NEXT: [(&str, &str); 5] = [
    // A new plan has not run yet, and its copies have not either.
    ("workload-protected", "workload-recovery-point-exists"),
    ("workload-copied-to-recovery-region", "workload-recovery-copy-fresh"),
    ("workload-recovery-point-exists", "workload-recovery-copy-fresh"),
    ("s3-versioning-enabled", "workload-recovery-point-exists"),
    // The commands lock in the mode that can be undone.
    ("vault-locked", "vault-lock-in-compliance-mode"),
];

#[test]
fn the_commands_for_buckets_cure_what_was_found() {
    cures(&["s3-"]);
}

#[test]
fn the_commands_for_plans_vaults_and_keys_cure_what_was_found() {
    let emulator = cures(&["backup-", "vault-", "kms-"]);
    // A lock in compliance mode can be removed until its grace time is over.
    let audit = Audit::of(audit_command_at(&emulator.url(), "json", AFTER_GRACE).output().expect("the program runs"));
    for fault in faults().into_iter().filter(grace) {
        assert!(!audit.fails.contains(&place(&emulator, &fault)), "{} can still be unlocked", fault.resource);
    }
}

#[test]
fn the_commands_for_workloads_cure_what_was_found() {
    cures(&["workload-"]);
}

#[test]
fn every_rule_has_commands_that_are_run_here() {
    let all: BTreeSet<String> = faults().into_iter().map(|fault| fault.rule).collect();
    let run: BTreeSet<String> = chosen(&["s3-", "backup-", "vault-", "kms-", "workload-"]).map(|f| f.rule).collect();
    assert_eq!(run, all);
}

fn grace(fault: &Fault) -> bool {
    fault.rule == "vault-lock-in-compliance-mode"
}

fn chosen(areas: &[&str]) -> impl Iterator<Item = Fault> {
    faults().into_iter().filter(|fault| {
        let other = CURED_BY_ANOTHER.contains(&(fault.rule.as_str(), fault.resource.as_str()));
        !other && areas.iter().any(|area| fault.rule.starts_with(area))
    })
}

/// Runs the checklist's commands for the faults of these rules, and rescans.
fn cures(areas: &[&str]) -> Emulator {
    let emulator = Emulator::seeded("whole");
    let before = audit(&emulator);
    let checklist = Checklist::of(&emulator);
    let mut wrong = Vec::new();
    for fault in chosen(areas) {
        let place = place(&emulator, &fault);
        assert!(before.fails.contains(&place), "not found: {} at {}", place.rule, place.resource);
        if let Err(error) = checklist.commands(&place).run(&emulator) {
            wrong.push(format!("{} at {}: the commands fail: {error}", place.rule, place.resource));
        }
    }
    let after = audit(&emulator);
    for fault in chosen(areas) {
        let place = place(&emulator, &fault);
        if !grace(&fault) && (after.fails.contains(&place) || after.unknowns.contains(&place)) {
            wrong.push(format!("{} at {}: not cured", place.rule, place.resource));
        }
        let here =
            after.fails.difference(&before.fails).chain(&after.unknowns).filter(|p| p.resource == place.resource);
        for new in
            here.filter(|new| new.rule != place.rule && !NEXT.contains(&(place.rule.as_str(), new.rule.as_str())))
        {
            wrong.push(format!("{} at {}: the commands bring {}", place.rule, place.resource, new.rule));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    emulator
}
