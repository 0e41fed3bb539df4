use serde_json::{Value, json};

use super::super::sample::Sample;
use super::*;

const SCHEMA: &str = include_str!("../../../docs/schema/report-v1.schema.json");

fn document(sample: &Sample) -> Value {
    serde_json::from_str(&render(&sample.input()).unwrap()).unwrap()
}

fn faults(document: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

#[test]
fn every_report_keeps_to_the_schema() {
    for sample in [Sample::everything(), Sample::files(), Sample::clean(), Sample::suppressed(), Sample::compared()] {
        assert_eq!(faults(&document(&sample)), Vec::<String>::new());
    }
}

#[test]
fn the_schema_is_closed_and_complete() {
    let good = document(&Sample::everything());
    for (path, value) in [
        ("/schemaVersion", json!(2)),
        ("/findings/0/verdict", json!("pass")),
        ("/findings/0/fingerprint", json!("abc")),
        ("/findings/0/resource/type", Value::Null),
        ("/rules/0/counts/fail", json!(-1)),
        ("/gaps/0/kind", json!("other")),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(path).unwrap() = value;
        assert_ne!(faults(&bad), Vec::<String>::new(), "{path}");
    }
    for path in ["", "/tool", "/findings/0", "/findings/0/resource", "/rules/0", "/gaps/0", "/statistics", "/totals"] {
        let mut bad = good.clone();
        bad.pointer_mut(path).unwrap().as_object_mut().unwrap().insert("extra".into(), json!(1));
        assert_ne!(faults(&bad), Vec::<String>::new(), "{path}");
    }
}

#[test]
fn a_finding_carries_all_that_is_known_of_it() {
    let all = document(&Sample::files());
    assert_eq!(all.get("judgedAt"), None);
    let mut finding = all["findings"][0].clone();
    finding.as_object_mut().unwrap().shift_remove("fingerprint");
    insta::assert_json_snapshot!(finding, @r#"
    {
      "rule": "s3-versioning-enabled",
      "severity": "high",
      "verdict": "fail",
      "resource": {
        "root": "stacks/app.yaml",
        "type": "AWS::S3::Bucket",
        "id": "Orders"
      },
      "name": "Orders",
      "address": "Orders",
      "message": "versioning is Suspended",
      "location": {
        "file": "stacks/app.yaml",
        "start": {
          "line": 5,
          "column": 15
        },
        "end": {
          "line": 5,
          "column": 26
        }
      },
      "related": [
        {
          "location": {
            "file": "stacks/app.yaml",
            "start": {
              "line": 2,
              "column": 3
            },
            "end": {
              "line": 2,
              "column": 9
            }
          },
          "text": "where [it] is declared"
        }
      ],
      "values": {
        "resource.name": "Orders"
      }
    }
    "#);
}

#[test]
fn live_reports_say_when_they_were_judged() {
    let all = document(&Sample::everything());
    assert_eq!(all["judgedAt"], "2026-03-01T12:00:00Z");
    assert_eq!(all["totals"], json!({"fail": 6, "unknown": 2, "waived": 1, "pass": 7}));
    assert_eq!(render(&Sample::everything().input()).unwrap(), render(&Sample::everything().input()).unwrap());
}

#[test]
fn a_comparison_marks_each_finding_and_lists_what_is_gone() {
    let all = document(&Sample::compared());
    let states: Vec<&str> =
        all["findings"].as_array().unwrap().iter().map(|f| f["baseline"].as_str().unwrap()).collect();
    assert_eq!(states.iter().filter(|state| **state == "new").count(), 1);
    assert_eq!((&all["baseline"]["new"], &all["baseline"]["unchanged"]), (&json!(1), &json!(7)));
    assert_eq!(all["baseline"]["absent"][0]["name"], "old");
    let outside = json!({ "revision": "origin/main", "outside": { "fail": 1, "unknown": 0, "waived": 0 } });
    assert_eq!(all["changedSince"], outside);
    assert_eq!(all["totals"]["fail"], 5, "what is left out does not count");
}
