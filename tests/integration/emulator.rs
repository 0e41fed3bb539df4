//! The emulator itself: a test is worth no more than what it runs against.

use std::process::Command;

use crate::harness::emulator::Emulator;
use crate::harness::manifest;
use crate::harness::server::{root, tool};

#[test]
fn the_emulator_answers_as_aws_does_and_fails_where_it_is_told_to() {
    let emulator = Emulator::empty();
    let script = root().join("tests/emulator/check.py");
    let out = Command::new(tool("python")).arg(script).arg(emulator.url()).output().expect("it runs");
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{said}{}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn every_planted_fault_is_at_a_resource_that_was_made() {
    let emulator = Emulator::seeded("whole");
    assert_eq!(manifest::places(&emulator).len(), manifest::faults().len());
}
