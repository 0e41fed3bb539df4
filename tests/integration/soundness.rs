//! Whatever single operation fails, no verdict turns from right to wrong: what was a Fail stays one or becomes Unknown,
//! and nothing else becomes a Fail.

use serde_json::{Value, json};

use crate::harness::emulator::Emulator;
use crate::harness::manifest;
use crate::harness::program::audit;

/// Without these there is no audit at all.
const NEEDED: &[&str] = &["GetCallerIdentity"];

fn hold_with(failure: &dyn Fn(&str, &str) -> Value) {
    let emulator = Emulator::seeded("whole");
    let places = manifest::places(&emulator);
    audit(&emulator);
    for (service, operation) in emulator.calls().into_keys() {
        if NEEDED.contains(&operation.as_str()) {
            continue;
        }
        emulator.plant(&failure(&service, &operation));
        let audit = audit(&emulator);
        assert!(emulator.dig_up() > 0, "{service} {operation} was not called again");
        assert!(!audit.gaps.is_empty(), "{service} {operation} failed without a gap");
        let wrong: Vec<_> = audit.fails.difference(&places).collect();
        assert!(wrong.is_empty(), "without {service} {operation} these are wrong: {}\n{}", names(&wrong), audit.text);
        // What a list does not name cannot be judged; all else must not look clean.
        if operation.starts_with("List") {
            continue;
        }
        let lost: Vec<_> =
            places.iter().filter(|place| !audit.fails.contains(place) && !audit.unknowns.contains(place)).collect();
        assert!(lost.is_empty(), "without {service} {operation} these pass: {}\n{}", names(&lost), audit.text);
    }
}

fn names(places: &[&crate::harness::program::Place]) -> String {
    places.iter().map(|place| format!("\n  {} at {}", place.rule, place.resource)).collect()
}

#[test]
fn denying_any_one_operation_turns_no_verdict_from_right_to_wrong() {
    hold_with(&|service, operation| {
        let code = if service == "s3" { "AccessDenied" } else { "AccessDeniedException" };
        json!({"service": service, "operation": operation, "code": code})
    });
}

#[test]
fn a_page_for_people_in_place_of_any_one_answer_turns_no_verdict_from_right_to_wrong() {
    hold_with(&|service, operation| json!({"service": service, "operation": operation, "kind": "page", "status": 404}));
}
