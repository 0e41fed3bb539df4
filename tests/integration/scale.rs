//! What a large account costs: memory with very many recovery points and jobs, and calls with many unused Regions.

use std::process::{Command, Output};

use crate::harness::emulator::{Emulator, REGIONS};
use crate::harness::program::{Audit, audit_command};
use crate::harness::server::{root, tool};

/// Regions in which the test account has nothing.
const UNUSED: [&str; 15] = [
    "af-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-north-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// The lists that say that nothing lies in a Region: vaults of three kinds, plans, protected resources, restore-testing
/// plans, restore jobs, report plans, keys.
const LISTS: u64 = 9;

fn run(mut command: Command) -> Output {
    command.output().expect("the program runs")
}

/// The figure before ` MiB` on the line that tells the peak of memory.
fn peak(output: &Output) -> u64 {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let line = stderr.lines().find_map(|line| line.strip_prefix("peak memory ")).expect("the peak is told");
    line.strip_suffix(" MiB").and_then(|figure| figure.parse().ok()).expect("a figure in MiB")
}

#[test]
fn fifty_thousand_recovery_points_and_twenty_thousand_jobs_are_audited_in_150_mib() {
    let emulator = Emulator::empty();
    let script = root().join("tests/emulator/large.py");
    let out = Command::new(tool("python")).arg(script).arg(emulator.url()).output().expect("it runs");
    assert!(out.status.success(), "seeding failed:\n{}", String::from_utf8_lossy(&out.stderr));
    let mut command = audit_command(&emulator.url(), "json");
    command.arg("--stats");
    let output = run(command);
    let peak = peak(&output);
    let audit = Audit::of(output);
    assert!(audit.gaps.is_empty(), "everything was read: {:?}", audit.gaps);
    let report: serde_json::Value = serde_json::from_str(&audit.text).expect("a report");
    let passes = |id: &str| {
        let rule = report["rules"].as_array().into_iter().flatten().find(|rule| rule["id"] == id);
        rule.and_then(|rule| rule["counts"]["pass"].as_u64())
    };
    assert_eq!(passes("recovery-point-encrypted"), Some(50_000));
    // Of the two Regions only one is in use.
    assert_eq!((passes("backup-jobs-succeed"), passes("backup-copy-jobs-succeed")), (Some(1), Some(1)));
    assert!(peak < 150, "{peak} MiB");
}

#[test]
fn unused_regions_cost_a_few_lists_each_and_change_no_verdict() {
    let emulator = Emulator::seeded("whole");
    let used = run(audit_command(&emulator.url(), "json"));
    let few: u64 = emulator.calls().values().sum();
    emulator.forget_calls();
    let mut command = audit_command(&emulator.url(), "json");
    // Of an option that is given twice, both count.
    command.args(["--regions", &UNUSED.join(",")]);
    let all = run(command);
    let many: u64 = emulator.calls().values().sum();
    let (used, all) = (Audit::of(used), Audit::of(all));
    let findings = |audit: &Audit| {
        let report: serde_json::Value = serde_json::from_str(&audit.text).expect("a report");
        (report["findings"].clone(), report["rules"].clone())
    };
    assert!(!used.fails.is_empty() && !used.unknowns.is_empty(), "{REGIONS} hold something");
    assert_eq!(findings(&used), findings(&all));
    assert_eq!(many - few, LISTS * 15, "calls of 15 Regions with nothing in them");
}
