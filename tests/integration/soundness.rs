//! Whatever single operation fails, no verdict turns from right to wrong: what was a Fail stays one or becomes Unknown,
//! and nothing else becomes a Fail.

use serde_json::{Value, json};

use crate::harness::emulator::Emulator;
use crate::harness::manifest;
use crate::harness::program::{Place, audit};

/// Without these there is no audit at all.
const NEEDED: &[&str] = &["GetCallerIdentity"];

fn hold_with(failure: &dyn Fn(&str, &str) -> Value) {
    let emulator = Emulator::seeded("whole");
    let places = manifest::places(&emulator);
    let everything = audit(&emulator);
    let fails = &everything.fails & &places;
    let mut wrongs = String::new();
    for (service, operation) in emulator.calls().into_keys() {
        if NEEDED.contains(&operation.as_str()) {
            continue;
        }
        emulator.plant(&failure(&service, &operation));
        let audit = audit(&emulator);
        assert!(emulator.dig_up() > 0, "{service} {operation} was not called again");
        let mut wrong = |what: &str, places: Vec<&Place>| {
            for place in places {
                wrongs.push_str(&format!(
                    "\nwithout {service} {operation}, {what}: {} at {}",
                    place.rule, place.resource
                ));
            }
        };
        wrong("a wrong Fail", audit.fails.difference(&places).collect());
        // What a list does not name cannot be judged; all else must not look clean.
        if !operation.starts_with("List") {
            let open = |place: &&Place| !audit.fails.contains(*place) && !audit.unknowns.contains(*place);
            wrong("a wrong Pass", fails.iter().filter(open).collect());
        }
        // The answer to HEAD has no body, so any 404 there says that the bucket is not there.
        if audit.gaps.is_empty() && operation != "HeadBucket" {
            wrongs.push_str(&format!("\nwithout {service} {operation}, no gap"));
        }
    }
    assert!(wrongs.is_empty(), "{wrongs}");
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
