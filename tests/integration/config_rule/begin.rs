//! What must be right before anything is read: the event, the parameters, the role, the account.

use std::time::Duration;

use serde_json::{Value, json};

use super::{ACCOUNT_TYPE, all_regions};
use crate::harness::emulator::{ACCOUNT, Emulator};
use crate::harness::lambda::{Call, Function, event, scheduled};

/// The event as AWS Config sends it for a rule in account 444455556666.
fn of_the_other_account(event: &Value) -> Value {
    serde_json::from_str(&event.to_string().replace(ACCOUNT, "444455556666")).expect("JSON")
}

#[test]
fn what_cannot_be_begun_fails_before_anything_is_called() {
    let emulator = Emulator::seeded("small");
    let mut tokenless = all_regions();
    tokenless.as_object_mut().expect("an object").remove("resultToken");
    let mut roleless = scheduled(&json!({"AssumeRoleMode": "true"}));
    roleless.as_object_mut().expect("an object").remove("executionRoleArn");
    let mut foreign = scheduled(&json!({"ExecutionRoleName": "backstop"}));
    foreign["executionRoleArn"] = json!("arn:aws:iam::444455556666:role/config");
    let long = scheduled(&json!({"ReportPrefix": "x".repeat(1100)}));
    let function = Function::new(&emulator);
    for (event, kind, part) in [
        (json!({"Records": []}), "EventError", "none of AWS Config"),
        (tokenless, "EventError", "resultToken"),
        (
            event(&json!({}), &json!({"messageType": "ConfigurationSnapshotDeliveryCompleted"})),
            "EventError",
            "does not answer",
        ),
        (scheduled(&json!({"Regions": "everywhere"})), "ParameterError", "`Regions` is wrong: `everywhere`"),
        (scheduled(&json!({"MinSeverty": "low"})), "ParameterError", "did you mean `MinSeverity`?"),
        (long, "ParameterError", "1024"),
        (roleless, "RoleError", "`ExecutionRoleName`"),
        (foreign, "RoleError", "444455556666"),
    ] {
        let answer = function.invoke(event);
        let (found, message) = answer.error();
        assert_eq!(found, kind, "{message}");
        assert!(message.contains(part), "{message}");
    }
    assert!(emulator.calls().is_empty(), "{:?}", emulator.calls());
    let torn = Call { event: "{\"invokingEvent\":".to_owned(), time: Duration::from_secs(60) };
    assert!(!function.invoke(torn).ok);
}

#[test]
fn a_role_is_assumed_for_reading_and_for_evaluations() {
    let emulator = Emulator::seeded("small");
    let function = Function::new(&emulator);
    let mut assumed = scheduled(&json!({
        "ExecutionRoleName": "audit/backstop", "ExecutionRoleRegion": "eu-central-1", "ExternalId": "acme-1",
    }));
    function.invoke(assumed.clone()).response();
    let calls = emulator.requests("AssumeRole");
    assert!(!calls.is_empty());
    for call in &calls {
        let body = call["body"].as_str().expect("a form");
        assert!(body.contains("RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Faudit%2Fbackstop"), "{body}");
        assert!(body.contains("ExternalId=acme-1"), "{body}");
        assert_eq!(call["region"], "eu-central-1");
    }
    // The credentials of the role, and not the function's own, whose key is the account's number.
    assert!(emulator.requests("PutEvaluations").iter().all(|put| put["account"].is_null()));
    assert!(emulator.standing().len() > 2);

    // The same role in another account: its credentials are that account's.
    emulator.forget_calls();
    assumed = of_the_other_account(&assumed);
    function.invoke(assumed.clone()).response();
    let account = emulator.evaluations().into_iter().find(|one| one.kind == ACCOUNT_TYPE).expect("the account's");
    assert_eq!(account.id, "444455556666");

    emulator.plant(&json!({"service": "sts", "operation": "AssumeRole", "code": "AccessDenied", "status": 403}));
    emulator.forget_calls();
    let answer = function.invoke(assumed);
    let (kind, message) = answer.error();
    assert_eq!(kind, "AccountError", "{message}");
    assert_eq!(emulator.evaluations(), []);
}

#[test]
fn credentials_of_another_account_are_refused_before_anything_is_read() {
    let emulator = Emulator::seeded("small");
    let other = of_the_other_account(&all_regions());
    let answer = Function::new(&emulator).invoke(other);
    let (kind, message) = answer.error();
    assert_eq!(kind, "AccountError");
    assert!(message.contains("account 123456789012 answered, and 444455556666 is meant"), "{message}");
    let calls: Vec<_> = emulator.calls().into_keys().map(|(_, operation)| operation).collect();
    assert_eq!(calls, ["GetCallerIdentity"]);
}
