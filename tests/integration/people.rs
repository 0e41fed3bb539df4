//! An account with more than forty users and roles: exactly those who can destroy its backups, who can without
//! multi-factor authentication and who can come to it, and the checklist's commands for them.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::harness::checklist::Checklist;
use crate::harness::emulator::{Emulator, NOW};
use crate::harness::manifest::{Fault, faults_of, place};
use crate::harness::program::{Audit, Place, assert_same, backstop};
use crate::harness::server::root;

/// Users have other commands than roles: those of the checklist are for roles.
const ROLE: &str = "AWS::IAM::Role";

fn audit_command(emulator: &Emulator, format: &str) -> Command {
    let mut command = backstop(&emulator.url());
    command.args(["audit", "--now", NOW, "--output", format, "--regions", "eu-west-1", "--config"]);
    command.arg(root().join("tests/emulator/people.toml"));
    command
}

fn audit(emulator: &Emulator) -> Audit {
    Audit::of(audit_command(emulator, "json").output().expect("the program runs"))
}

/// What is said of users and roles.
fn of_people(places: &BTreeSet<Place>) -> BTreeSet<Place> {
    places.iter().filter(|place| place.resource.contains(":iam::")).cloned().collect()
}

#[test]
fn an_audit_finds_exactly_who_can_destroy_the_backups() {
    let emulator = Emulator::seeded("people");
    let planted: BTreeSet<Place> = faults_of("people").iter().map(|fault| place(&emulator, fault)).collect();
    let audit = audit(&emulator);
    assert_same(&of_people(&audit.fails), &planted, &audit.text);
    assert_same(&of_people(&audit.unknowns), &BTreeSet::new(), &audit.text);
    assert_eq!(audit.gaps, []);
}

#[test]
fn who_can_names_the_same_holders() {
    let emulator = Emulator::seeded("people");
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-people.json", std::process::id()));
    let mut collect = backstop(&emulator.url());
    collect.args(["collect", "--regions", "eu-west-1", "--now", NOW, "-o"]).arg(&file);
    let collected = collect.output().expect("the program runs");
    assert!(collected.status.success(), "{}", String::from_utf8_lossy(&collected.stderr));
    let mut who = backstop("http://127.0.0.1:9");
    who.args(["who-can", "backup:DeleteRecoveryPoint", "people-main", "--output", "json", "--snapshot"]).arg(&file);
    let out = who.output().expect("the program runs");
    std::fs::remove_file(&file).expect("it was written");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let said: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let rows = said["resources"][0]["principals"].as_array().expect("rows");
    let of = |keep: &dyn Fn(&Value) -> bool| -> Vec<&str> {
        let kept = rows.iter().filter(|row| keep(row)).filter_map(|row| row["principal"].as_str());
        kept.filter_map(|arn| arn.rsplit('/').next()).collect()
    };
    let can = of(&|row| row["allowed"] == true);
    let expected = [
        "admin",
        "deploy",
        "federated",
        "guarded",
        "open",
        "service",
        "ann",
        "bob",
        "chief",
        "fay",
        "gil",
        "hal",
        "ida",
        "quy",
        "tagged",
    ];
    assert_eq!(can, expected);
    assert_eq!(of(&|row| row["needsMfa"] == true), ["chief", "fay", "gil", "tagged"]);
    assert!(of(&|row| row["steps"].as_array().is_some_and(|steps| steps.len() == 3)).contains(&"wil"));
}

#[test]
fn the_commands_for_roles_cure_what_was_found() {
    let emulator = Emulator::seeded("people");
    let before = audit(&emulator);
    let checklist = Checklist::read(audit_command(&emulator, "checklist"));
    let faults: Vec<Fault> = faults_of("people").into_iter().filter(|fault| fault.kind == ROLE).collect();
    let mut wrong = Vec::new();
    for fault in &faults {
        let place = place(&emulator, fault);
        assert!(before.fails.contains(&place), "not found: {} at {}", place.rule, place.resource);
        if let Err(error) = checklist.commands(&place).run(&emulator, &[]) {
            wrong.push(format!("{} at {}: the commands fail: {error}", place.rule, place.resource));
        }
    }
    let after = audit(&emulator);
    for fault in &faults {
        let place = place(&emulator, fault);
        if after.fails.contains(&place) || after.unknowns.contains(&place) {
            wrong.push(format!("{} at {}: not cured", place.rule, place.resource));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
