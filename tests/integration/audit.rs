//! Audits of the test account: exactly the planted faults, nothing on the sound estate, the same bytes each time.

use std::collections::BTreeSet;
use std::path::Path;

use crate::harness::emulator::{Emulator, NOW};
use crate::harness::manifest::{self, all_faults};
use crate::harness::program::{Audit, assert_same, audit, audit_command, backstop};
use crate::harness::server::root;

#[test]
fn the_manifest_plants_at_least_one_fault_for_every_rule() {
    let mut rules = BTreeSet::new();
    // Rules on plans are not asked of accounts.
    let areas = std::fs::read_dir(root().join("policies")).expect("policies").flatten();
    for area in areas.filter(|area| area.file_name() != "iac") {
        for file in std::fs::read_dir(area.path()).into_iter().flatten().flatten() {
            if file.path().extension().is_some_and(|end| end == "cedar") {
                rules.insert(file.path().file_stem().expect("a stem").to_string_lossy().into_owned());
            }
        }
    }
    let planted: BTreeSet<String> = all_faults().into_iter().map(|fault| fault.rule).collect();
    assert_eq!(planted, rules);
}

#[test]
fn an_audit_finds_exactly_the_planted_faults_at_their_resources() {
    let emulator = Emulator::seeded("whole");
    let audit = audit(&emulator);
    assert_same(&audit.fails, &manifest::places(&emulator), &audit.text);
    assert_same(&audit.unknowns, &manifest::unknowns(&emulator), &audit.text);
    assert_eq!(audit.gaps, []);
    assert_eq!(audit.exit_code, 1);
}

#[test]
fn an_audit_of_the_sound_estate_finds_nothing() {
    let audit = audit(&Emulator::seeded("sound"));
    assert_same(&audit.fails, &BTreeSet::new(), &audit.text);
    assert_same(&audit.unknowns, &BTreeSet::new(), &audit.text);
    assert_eq!(audit.gaps, []);
    assert_eq!(audit.exit_code, 0);
}

#[test]
fn lists_of_many_pages_are_read_to_their_end() {
    let emulator = Emulator::seeded("whole");
    let at_once = audit(&emulator);
    emulator.page_size(2);
    assert_eq!(audit(&emulator).text, at_once.text);
}

#[test]
fn without_regions_named_those_that_are_enabled_are_audited() {
    let emulator = Emulator::seeded("whole");
    let mut command = backstop(&emulator.url());
    command
        .args(["audit", "--now", NOW, "--output", "json", "--config"])
        .arg(root().join("tests/emulator/backstop.toml"));
    let all = Audit::of(command.output().expect("the program runs"));
    assert_same(&all.fails, &manifest::places(&emulator), &all.text);
    assert_eq!(all.gaps, []);
}

#[test]
fn the_same_account_gives_the_same_bytes_in_every_format() {
    let emulator = Emulator::seeded("whole");
    for format in ["json", "sarif", "checklist", "terminal"] {
        let run = || audit_command(&emulator.url(), format).output().expect("the program runs");
        let (first, second) = (run(), run());
        assert!(!first.stdout.is_empty(), "{format}: {}", String::from_utf8_lossy(&first.stderr));
        assert_eq!(String::from_utf8_lossy(&first.stdout), String::from_utf8_lossy(&second.stdout), "{format}");
    }
}

#[test]
fn a_saved_snapshot_is_judged_as_the_account_was() {
    let emulator = Emulator::seeded("whole");
    let live = audit(&emulator);
    for name in ["snapshot.json", "snapshot.ndjson.zst"] {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", std::process::id()));
        let regions = crate::harness::emulator::REGIONS;
        let mut collect = backstop(&emulator.url());
        collect.args(["collect", "--regions", regions, "--now", NOW, "-o"]).arg(&file);
        let collected = collect.output().expect("the program runs");
        assert!(collected.status.success(), "{}", String::from_utf8_lossy(&collected.stderr));
        // Nothing listens there: a snapshot needs no account.
        let mut scan = backstop("http://127.0.0.1:9");
        scan.arg("scan")
            .arg(&file)
            .args(["--output", "json", "--config"])
            .arg(root().join("tests/emulator/backstop.toml"));
        let saved = Audit::of(scan.output().expect("the program runs"));
        std::fs::remove_file(&file).expect("it was written");
        assert_same(&saved.fails, &live.fails, &saved.text);
        assert_same(&saved.unknowns, &live.unknowns, &saved.text);
    }
}
