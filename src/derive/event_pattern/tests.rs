//! The operators of AWS's page one by one, and the patterns that people write for AWS Backup.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{backup_failure_events, covers_backup_failures, matches};

fn answer(pattern: &Value, event: &Value) -> Option<bool> {
    let answer = matches(&pattern.to_string(), event);
    assert!(!answer.is_absent());
    answer.value().copied()
}

/// The answer for one leaf.
fn leaf(choice: Value, value: Value) -> Option<bool> {
    answer(&json!({ "x": [choice] }), &json!({ "x": value }))
}

#[test]
fn plain_values_match_exactly() {
    assert_eq!(leaf(json!("FAILED"), json!("FAILED")), Some(true));
    assert_eq!(leaf(json!("FAILED"), json!("failed")), Some(false));
    assert_eq!(leaf(json!(""), json!("")), Some(true));
    assert_eq!(leaf(json!(null), json!(null)), Some(true));
    assert_eq!(answer(&json!({ "x": [null] }), &json!({})), Some(false));
    assert_eq!(leaf(json!(true), json!("true")), Some(false));
    assert_eq!(leaf(json!(300), json!(300)), Some(true));
    assert_eq!(leaf(json!(300), json!(301)), Some(false));
    // Numbers are compared as they are written.
    assert_eq!(leaf(json!(300), json!(300.0)), None);
}

#[test]
fn arrays_are_alternatives_on_both_sides() {
    assert_eq!(answer(&json!({ "x": ["a", "b"] }), &json!({ "x": "b" })), Some(true));
    assert_eq!(answer(&json!({ "x": ["a", "b"] }), &json!({ "x": ["c", "b"] })), Some(true));
    assert_eq!(answer(&json!({ "x": ["a"] }), &json!({ "x": [] })), Some(false));
    // One object of an array must match as a whole.
    let pattern = json!({ "x": { "a": [1], "b": [2] } });
    assert_eq!(answer(&pattern, &json!({ "x": [{ "a": 1, "b": 3 }, { "a": 4, "b": 2 }] })), Some(false));
    assert_eq!(answer(&pattern, &json!({ "x": [{ "a": 1, "b": 2 }] })), Some(true));
}

#[test]
fn operators_match_as_the_page_says() {
    for (choice, value, expected) in [
        (json!({ "prefix": "us-" }), json!("us-east-1"), true),
        (json!({ "prefix": "us-" }), json!("eu-west-1"), false),
        (json!({ "prefix": { "equals-ignore-case": "EVENTB" } }), json!("eventbridge"), true),
        (json!({ "suffix": ".png" }), json!("a.png"), true),
        (json!({ "suffix": { "equals-ignore-case": ".PNG" } }), json!("a.png"), true),
        (json!({ "equals-ignore-case": "alice" }), json!("ALICE"), true),
        (json!({ "anything-but": "initializing" }), json!("running"), true),
        (json!({ "anything-but": "initializing" }), json!("initializing"), false),
        (json!({ "anything-but": ["a", "b"] }), json!("b"), false),
        (json!({ "anything-but": ["a", "b"] }), json!("c"), true),
        (json!({ "anything-but": 100 }), json!(100), false),
        (json!({ "anything-but": { "prefix": "us-" } }), json!("eu-west-1"), true),
        (json!({ "anything-but": { "prefix": ["us-", "eu-"] } }), json!("eu-west-1"), false),
        (json!({ "anything-but": { "suffix": ".png" } }), json!("a.png"), false),
        (json!({ "anything-but": { "equals-ignore-case": ["A", "b"] } }), json!("B"), false),
        (json!({ "anything-but": { "wildcard": "*/lib/*" } }), json!("a/lib/b"), false),
        (json!({ "wildcard": "dir/*.png" }), json!("dir/a.png"), true),
        (json!({ "wildcard": "dir/*.png" }), json!("dir/a.gif"), false),
        (json!({ "numeric": ["=", 100] }), json!(100.0), true),
        (json!({ "numeric": [">", 0, "<=", 5] }), json!(5), true),
        (json!({ "numeric": [">", 0, "<=", 5] }), json!(0), false),
        (json!({ "numeric": ["<", 10] }), json!("5"), false),
        (json!({ "exists": true }), json!("a"), true),
        (json!({ "exists": false }), json!("a"), false),
        (json!({ "exists": true }), json!(null), true),
    ] {
        assert_eq!(leaf(choice.clone(), value.clone()), Some(expected), "{choice} on {value}");
    }
    assert_eq!(answer(&json!({ "x": { "y": [{ "exists": false }] } }), &json!({})), Some(true));
    assert_eq!(answer(&json!({ "x": [{ "anything-but": "a" }] }), &json!({})), Some(false));
}

#[test]
fn or_takes_one_branch_with_what_stands_beside_it() {
    let pattern = json!({ "s": ["b"], "$or": [{ "x": [1] }, { "y": { "z": [2] } }] });
    assert_eq!(answer(&pattern, &json!({ "s": "b", "x": 1 })), Some(true));
    assert_eq!(answer(&pattern, &json!({ "s": "b", "y": { "z": 2 } })), Some(true));
    assert_eq!(answer(&pattern, &json!({ "s": "b", "x": 2 })), Some(false));
    assert_eq!(answer(&pattern, &json!({ "s": "a", "x": 1 })), Some(false));
}

#[test]
fn what_is_not_modelled_or_refused_is_unknown() {
    for choice in [
        json!({ "cidr": "10.0.0.0/24" }),
        json!({ "sounds-like": "a" }),
        json!({ "prefix": 1 }),
        json!({ "prefix": "a", "suffix": "b" }),
        json!({ "wildcard": "a\\*" }),
        json!({ "numeric": ["~", 1] }),
        json!({ "anything-but": [] }),
        json!(["a"]),
    ] {
        assert_eq!(leaf(choice.clone(), json!("b")), None, "{choice}");
    }
    for pattern in ["", "{", "[]", "{}", r#"{"x":"a"}"#, r#"{"x":{}}"#, r#"{"x":[]}"#, "\"a\""] {
        assert!(matches(pattern, &json!({ "x": "a" })).is_unknown(), "{pattern}");
    }
    // A known mismatch decides all the same.
    assert_eq!(answer(&json!({ "x": [{ "cidr": "::/0" }], "y": ["a"] }), &json!({ "x": "b", "y": "b" })), Some(false));
    let deep = format!("{}[1]{}", r#"{"x":"#.repeat(100), "}".repeat(100));
    assert!(matches(&deep, &json!({})).is_unknown());
}

fn covers(pattern: &Value) -> Option<bool> {
    covers_backup_failures(&pattern.to_string(), Some("eu-west-1"), Some("111122223333")).value().copied()
}

#[test]
fn a_pattern_covers_failures_if_each_kind_of_job_reaches_it() {
    let all = json!({ "source": ["aws.backup"] });
    assert_eq!(covers(&all), Some(true));
    let types = ["Backup Job State Change", "Copy Job State Change", "Restore Job State Change"];
    // Restore jobs say `status` where the others say `state`.
    let by_state = json!({ "source": ["aws.backup"], "detail-type": types, "detail": { "state": ["FAILED"] } });
    assert_eq!(covers(&by_state), Some(false));
    let either = json!({
        "source": ["aws.backup"],
        "detail-type": types,
        "$or": [{ "detail": { "state": ["FAILED", "EXPIRED"] } }, { "detail": { "status": ["FAILED"] } }],
    });
    assert_eq!(covers(&either), Some(true));
    assert_eq!(covers(&json!({ "source": ["aws.backup"], "detail": { "backupVaultName": ["prod"] } })), Some(false));
    assert_eq!(covers(&json!({ "source": ["aws.s3"] })), Some(false));
    assert_eq!(covers(&json!({ "source": ["aws.backup"], "account": ["111122223333"] })), Some(true));
    assert_eq!(covers(&json!({ "source": ["aws.backup"], "account": ["444455556666"] })), Some(false));
}

#[test]
fn an_unknown_account_or_region_matters_only_where_it_is_asked_for() {
    let covers = |pattern: Value| covers_backup_failures(&pattern.to_string(), None, None).value().copied();
    assert_eq!(covers(json!({ "source": ["aws.backup"] })), Some(true));
    assert_eq!(covers(json!({ "source": ["aws.backup"], "region": ["eu-west-1"] })), None);
    assert_eq!(covers(json!({ "source": ["aws.s3"], "region": ["eu-west-1"] })), Some(false));
    assert_eq!(covers(json!({ "source": ["aws.backup"], "region": [{ "exists": true }] })), Some(true));
    let role = json!({ "source": ["aws.backup"], "detail": { "iamRoleArn": [{ "prefix": "arn:aws:iam::1" }] } });
    assert_eq!(covers(role), None);
}

#[test]
fn sample_events_have_the_documented_fields() {
    let events = backup_failure_events("eu-west-1", "111122223333");
    let names: Vec<_> = events.iter().map(|(name, _)| name.as_str()).collect();
    let expected =
        ["backup job FAILED", "backup job EXPIRED", "backup job ABORTED", "copy job FAILED", "restore job FAILED"];
    assert_eq!(names, expected);
    for (name, event) in &events {
        assert_eq!(event["source"], "aws.backup");
        assert_eq!(event["account"], "111122223333");
        let field = if name.starts_with("restore") { "status" } else { "state" };
        assert!(name.ends_with(event["detail"][field].as_str().unwrap()), "{name}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-c*\\\\?]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let key =
            prop::sample::select(vec!["x", "$or", "prefix", "anything-but", "numeric", "exists", "wildcard", "=", "<"]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..4).prop_map(|pairs| Value::Object(
                pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            )),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_pattern_makes_it_panic_or_answers_absent(pattern in any_json(), event in any_json(), text in ".{0,20}") {
        prop_assert!(!matches(&pattern.to_string(), &event).is_absent());
        prop_assert!(!matches(&text, &event).is_absent());
    }

    #[test]
    fn more_alternatives_never_lose_an_event(one in any_json(), other in any_json(), value in any_json()) {
        let alone = answer(&json!({ "x": [one.clone()] }), &json!({ "x": value.clone() }));
        let both = answer(&json!({ "x": [one, other] }), &json!({ "x": value }));
        prop_assert!(alone != Some(true) || both == Some(true));
    }
}
