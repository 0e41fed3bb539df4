//! What the checklist says to run cures what it was said for: fault, finding, commands, rescan, pass.
//!
//! Each account has the commands of one area's rules run, all of them before one rescan.

use std::collections::BTreeSet;

use crate::harness::checklist::Checklist;
use crate::harness::emulator::{ACCOUNT, Emulator};
use crate::harness::manifest::{Fault, faults, place};
use crate::harness::program::{Audit, audit, audit_command_at};

/// An account that copies may lead to. Nothing of it is audited.
const OTHER_ACCOUNT: &str = "111122223333";

/// Past the grace time of a lock that was put into compliance mode at the account's time.
const AFTER_GRACE: &str = "2026-11-05T12:00:00Z";

/// One fault is cured by another's commands at the same bucket, so that its own would prove nothing.
const CURED_BY_ANOTHER: [(&str, &str); 1] = [("s3-object-lock-retention-set", "acme-unset-backup")];

/// Rules of which the commands do not cure at once, or need what the emulator lacks, and why.
const NOT_RUN: [(&str, &str); 6] = [
    ("backup-plan-ran-recently", "the commands look for the cause; the plan's next run is the cure"),
    ("restore-testing-succeeds", "the cause is removed; the next run of the restore tests is the cure"),
    ("restore-testing-validated", "what the next run restores is validated; no earlier restore is"),
    ("vault-key-separate", "the old vault keeps its key and its recovery points until the last of them expires"),
    ("kms-backup-key-separate", "the same: the old vault stays under the key until it is empty"),
    ("s3-replication-crosses-account", "it leads to a bucket of another account, and the test audits one account"),
];

/// Rules whose cure stands half in another account: once the commands have run, an audit of one account cannot tell.
const OPEN: [&str; 1] = ["workload-copy-key-shareable"];

/// What a cure brings to light at the same resource: the next question, that could not be asked before.
const NEXT: [(&str, &str); 17] = [
    // Another rule's commands lock the same vault.
    ("vault-denies-recovery-point-deletion", "vault-lock-in-compliance-mode"),
    // The role that replicates meets Object Lock, or objects under a key, for the first time.
    ("s3-replication-enabled", "s3-replication-role-sufficient"),
    ("s3-replication-covers-bucket", "s3-replication-role-sufficient"),
    // The commands lead elsewhere with the same role, which keeps what it needed before.
    ("s3-replication-crosses-region", "s3-replication-role-least-privilege"),
    // The new policy is about copies alone.
    ("vault-policy-restricts-copy-in", "vault-denies-recovery-point-deletion"),
    // What is backed up now has never been restored.
    ("workload-protected", "restore-testing-covers-workloads"),
    ("workload-protected", "workload-restore-tested"),
    ("workload-region-opted-in", "restore-testing-covers-workloads"),
    ("workload-region-opted-in", "workload-restore-tested"),
    ("workload-recovery-copy-fresh", "workload-copy-restore-tested"),
    // The commands put a plan with a readable copy beside the old one, which is theirs to end who made it.
    ("kms-key-usable-in-recovery-region", "workload-not-backed-up-twice"),
    // A new plan has not run yet, and its copies have not either.
    ("workload-protected", "workload-recovery-point-exists"),
    ("workload-copied-to-recovery-region", "workload-recovery-copy-fresh"),
    ("workload-copied-to-recovery-account", "workload-recovery-account-copy-fresh"),
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
    cures(&["backup-", "vault-", "kms-"]);
}

#[test]
fn the_commands_for_recovery_points_and_restore_tests_cure_what_was_found() {
    cures(&["recovery-point-", "restore-"]);
}

#[test]
fn the_commands_for_workloads_cure_what_was_found() {
    cures(&["workload-"]);
}

#[test]
fn every_rule_has_commands_that_are_run_here_or_says_why_not() {
    let all: BTreeSet<String> = faults().into_iter().map(|fault| fault.rule).collect();
    let areas = ["s3-", "backup-", "vault-", "kms-", "recovery-point-", "restore-", "workload-"];
    let mut run: BTreeSet<String> = chosen(&areas).map(|fault| fault.rule).collect();
    run.extend(NOT_RUN.map(|(rule, _)| rule.to_owned()));
    assert_eq!(run, all);
}

/// A lock in compliance mode can be removed until its grace time is over.
fn grace(fault: &Fault) -> bool {
    ["vault-lock-in-compliance-mode", "workload-backups-immutable"].contains(&fault.rule.as_str())
}

fn chosen(areas: &[&str]) -> impl Iterator<Item = Fault> {
    faults().into_iter().filter(|fault| {
        let other = CURED_BY_ANOTHER.contains(&(fault.rule.as_str(), fault.resource.as_str()));
        let not_run = NOT_RUN.iter().any(|(rule, _)| *rule == fault.rule);
        !other && !not_run && areas.iter().any(|area| fault.rule.starts_with(area))
    })
}

/// What a rule's text leaves to whoever runs its commands.
fn answers(emulator: &Emulator, fault: &Fault) -> Vec<(&'static str, String)> {
    let arn = |kind: &str, name: &str| emulator.arns[kind][name].clone();
    let key = |name: &str| arn("AWS::KMS::Key", name);
    let own_vault = ("VAULT", "acme-main".to_owned());
    match (fault.rule.as_str(), fault.resource.as_str()) {
        ("s3-replication-covers-bucket", "acme-sealed-backup") => {
            vec![("REPLICA_KEY", key("eu-central-1/alias/acme-vault"))]
        }
        ("kms-key-usable-in-recovery-region", _) => vec![("RECOVERY_VAULT", "acme-off-copy".to_owned())],
        ("restore-testing-covers-workloads", _) => vec![("PLAN", "monthly".to_owned())],
        ("workload-continuous-backup" | "workload-retention-tiered", _) => vec![own_vault],
        ("workload-copied-to-air-gapped-vault", _) => {
            vec![own_vault, ("APPROVAL_TEAM_ARN", "arn:aws:mpa:eu-west-1:123456789012:approval-team/acme".to_owned())]
        }
        ("workload-copied-to-recovery-account", _) => vec![own_vault, ("RECOVERY_ACCOUNT", OTHER_ACCOUNT.to_owned())],
        ("workload-copy-key-shareable", _) => {
            vec![("RECOVERY_ACCOUNT", OTHER_ACCOUNT.to_owned()), ("SOURCE_KEY", key("eu-west-1/alias/acme-data"))]
        }
        // A logically air-gapped vault with an approval team outlives its account.
        ("workload-recovery-account-copy-fresh", _) => {
            vec![("RECOVERY_ACCOUNT", ACCOUNT.to_owned()), ("RECOVERY_VAULT", "acme-gapped".to_owned())]
        }
        ("workload-not-backed-up-twice", _) => {
            let plan = arn("AWS::Backup::BackupPlan", "eu-west-1/acme-again");
            vec![
                ("NEEDLESS_PLAN", plan.rsplit(':').next().expect("an id").to_owned()),
                ("NEEDLESS_SELECTION", arn("AWS::Backup::BackupSelection", "eu-west-1/acme-again")),
            ]
        }
        ("workload-restore-tested", _) => vec![("EDITOR", "true".to_owned())],
        ("workload-copy-restore-tested", _) => {
            vec![("EDITOR", "true".to_owned()), ("REGION", "eu-central-1".to_owned())]
        }
        _ => Vec::new(),
    }
}

/// Runs the checklist's commands for the faults of these rules, and rescans.
fn cures(areas: &[&str]) {
    let emulator = Emulator::seeded("whole");
    let before = audit(&emulator);
    let checklist = Checklist::of(&emulator);
    let mut wrong = Vec::new();
    for fault in chosen(areas) {
        let place = place(&emulator, &fault);
        assert!(before.fails.contains(&place), "not found: {} at {}", place.rule, place.resource);
        if let Err(error) = checklist.commands(&place).run(&emulator, &answers(&emulator, &fault)) {
            wrong.push(format!("{} at {}: the commands fail: {error}", place.rule, place.resource));
        }
    }
    let after = audit(&emulator);
    let late = Audit::of(audit_command_at(&emulator.url(), "json", AFTER_GRACE).output().expect("the program runs"));
    for fault in chosen(areas) {
        let place = place(&emulator, &fault);
        let rescan = if grace(&fault) { &late } else { &after };
        let open = OPEN.contains(&place.rule.as_str());
        if rescan.fails.contains(&place) || rescan.unknowns.contains(&place) != open {
            wrong.push(format!("{} at {}: not cured", place.rule, place.resource));
        }
        let here = after
            .fails
            .difference(&before.fails)
            .chain(after.unknowns.difference(&before.unknowns))
            .filter(|p| p.resource == place.resource);
        for new in
            here.filter(|new| new.rule != place.rule && !NEXT.contains(&(place.rule.as_str(), new.rule.as_str())))
        {
            wrong.push(format!("{} at {}: the commands bring {}", place.rule, place.resource, new.rule));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
