use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::super::sample::{self, Sample};
use super::github::github_refuses;
use super::*;
use crate::finding::severity::Severity;
use crate::finding::verdict::Verdict;

const GITHUB: Options<'_> = Options { profile: Profile::Github, category: None, exit_code: 1 };
const FULL: Options<'_> = Options { profile: Profile::Full, category: None, exit_code: 1 };

fn log_of(sample: &Sample, options: &Options<'_>) -> Value {
    serde_json::from_str(&render(&sample.input(), options).unwrap()).unwrap()
}

fn results(log: &Value) -> &Vec<Value> {
    log["runs"][0]["results"].as_array().unwrap()
}

#[test]
fn github_takes_whatever_the_github_profile_gives() {
    for sample in [Sample::everything(), Sample::files(), Sample::clean()] {
        assert_eq!(github_refuses(&log_of(&sample, &GITHUB)), Vec::<String>::new());
    }
}

#[test]
fn github_gets_failures_only_and_the_worst_first() {
    let log = log_of(&Sample::everything(), &GITHUB);
    let verdicts: BTreeSet<_> = results(&log).iter().map(|r| r["properties"]["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, BTreeSet::from(["fail"]));
    let severities: Vec<_> = results(&log).iter().map(|r| r["properties"]["severity"].as_str().unwrap()).collect();
    assert_eq!(severities, ["critical", "high", "medium", "medium", "low", "low"]);
}

#[test]
fn all_enabled_rules_are_listed_with_everything_that_github_reads() {
    let log = log_of(&Sample::everything(), &FULL);
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 7);
    let mut rule = rules[5].clone();
    rule.as_object_mut().unwrap().shift_remove("help");
    assert_eq!(rule["relationships"].as_array_mut().unwrap().len(), 1);
    rule.as_object_mut().unwrap().shift_remove("relationships");
    insta::assert_json_snapshot!(&rule, @r#"
    {
      "defaultConfiguration": {
        "level": "error"
      },
      "fullDescription": {
        "text": "Without it the data is lost. Nobody notices."
      },
      "id": "workload-protected",
      "name": "WorkloadProtected",
      "properties": {
        "tags": [
          "security",
          "aws",
          "disaster-recovery",
          "configure",
          "s3"
        ],
        "practice": [
          "12.2"
        ],
        "precision": "high",
        "problem.severity": "error",
        "security-severity": "9.5"
      },
      "shortDescription": {
        "text": "Something protects the workload."
      }
    }
    "#);
}

#[test]
fn relationships_lead_to_their_taxa() {
    let log = log_of(&Sample::everything(), &FULL);
    let run = &log["runs"][0];
    assert_eq!(run["taxonomies"][0]["guid"], run["tool"]["driver"]["supportedTaxonomies"][0]["guid"]);
    let mut seen = 0;
    for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
        for relationship in rule["relationships"].as_array().into_iter().flatten() {
            let target = &relationship["target"];
            let component = &target["toolComponent"];
            let taxonomy = &run["taxonomies"][component["index"].as_u64().unwrap() as usize];
            let taxon = &taxonomy["taxa"][target["index"].as_u64().unwrap() as usize];
            assert_eq!((&taxonomy["guid"], &taxonomy["name"]), (&component["guid"], &component["name"]));
            assert_eq!((&taxon["guid"], &taxon["id"]), (&target["guid"], &target["id"]));
            seen += 1;
        }
    }
    assert!(seen > 10);
}

#[test]
fn a_finding_in_a_file_has_its_line_hash_and_related_places() {
    let log = log_of(&Sample::files(), &FULL);
    let result = results(&log).iter().find(|r| r["level"] == "error").unwrap();
    let hash = super::super::line_hash::line_hashes(sample::TEXT)[4].clone();
    assert_eq!(result["partialFingerprints"]["primaryLocationLineHash"], hash);
    assert_eq!(result["message"]["text"], "Orders: versioning is Suspended. See [where \\[it\\] is declared](1).");
    assert_eq!(result["relatedLocations"][0]["id"], 1);
    insta::assert_json_snapshot!(&result["locations"][0], @r#"
    {
      "logicalLocations": [
        {
          "fullyQualifiedName": "Orders",
          "kind": "resource",
          "name": "Orders"
        }
      ],
      "physicalLocation": {
        "artifactLocation": {
          "uri": "stacks/app.yaml",
          "uriBaseId": "%SRCROOT%"
        },
        "region": {
          "endColumn": 26,
          "endLine": 5,
          "snippet": {
            "text": "Status: Off"
          },
          "startColumn": 15,
          "startLine": 5
        }
      }
    }
    "#);
}

#[test]
fn live_findings_have_paths_and_hashes_of_their_own() {
    let log = log_of(&Sample::everything(), &FULL);
    let live: Vec<_> = results(&log)
        .iter()
        .filter(|r| {
            r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap().starts_with("aws/")
        })
        .collect();
    assert_eq!(live.len(), 7);
    let hashes: BTreeSet<_> =
        live.iter().map(|r| r["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap()).collect();
    assert_eq!(hashes.len(), 7);
}

#[test]
fn open_and_waived_findings_say_so() {
    let log = log_of(&Sample::everything(), &FULL);
    let open: Vec<_> = results(&log).iter().filter(|r| r["kind"] == "open").collect();
    assert_eq!(open.len(), 2);
    assert!(open.iter().all(|r| r["level"] == "none"));
    assert_eq!(open[0]["message"]["text"], "orders: replication is unknown. Not known: replication.");
    let waived: Vec<_> = results(&log).iter().filter(|r| r["suppressions"].is_array()).collect();
    assert_eq!(waived.len(), 1);
    let suppression = &waived[0]["suppressions"][0];
    assert_eq!((&suppression["kind"], &suppression["status"]), (&"external".into(), &"accepted".into()));
    assert_eq!(suppression["justification"], "goes away | in *March* (accepted by @storage, until 2027-03-31)");
}

#[test]
fn gaps_and_errors_become_notifications_and_the_run_is_not_successful() {
    let log = log_of(&Sample::everything(), &FULL);
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(invocation["exitCode"], 1);
    assert_eq!(invocation["toolConfigurationNotifications"].as_array().unwrap().len(), 1);
    let gaps = invocation["toolExecutionNotifications"].as_array().unwrap();
    assert_eq!(gaps.len(), 3);
    let descriptors = log["runs"][0]["tool"]["driver"]["notifications"].as_array().unwrap();
    for gap in gaps {
        let index = gap["descriptor"]["index"].as_u64().unwrap() as usize;
        assert_eq!(descriptors[index]["id"], gap["descriptor"]["id"]);
    }
    let clean = log_of(&Sample::clean(), &Options { exit_code: 0, ..FULL });
    assert_eq!(clean["runs"][0]["invocations"][0]["executionSuccessful"], true);
}

#[test]
fn files_have_no_time_and_the_same_input_gives_the_same_bytes() {
    let files = render(&Sample::files().input(), &FULL).unwrap();
    assert!(!files.contains("judgedAt") && !files.contains("Utc\""));
    assert_eq!(files, render(&Sample::files().input(), &FULL).unwrap());
    assert!(render(&Sample::everything().input(), &FULL).unwrap().contains("\"judgedAt\": \"2026-03-01T12:00:00Z\""));
}

#[test]
fn a_category_always_ends_in_a_slash_and_is_written_only_on_request() {
    let sample = Sample::clean();
    let id = |category| log_of(&sample, &Options { category, ..GITHUB })["runs"][0]["automationDetails"]["id"].clone();
    assert_eq!(id(None), Value::Null);
    assert_eq!(id(Some("  ")), Value::Null);
    assert_eq!(id(Some("live-111122223333")), "live-111122223333/");
    assert_eq!(id(Some("iac//")), "iac/");
}

#[test]
fn a_finding_without_a_rule_gets_a_descriptor() {
    let mut sample = Sample::clean();
    let mut finding = sample::live("waiver-expired", Severity::Medium, "orders");
    finding.message = String::new();
    sample.report.findings.push(finding);
    let log = log_of(&sample, &GITHUB);
    assert_eq!(github_refuses(&log), Vec::<String>::new());
    assert_eq!(results(&log)[0]["message"]["text"], "orders: the rule is broken.");
}

#[test]
fn long_texts_are_cut_between_characters() {
    let mut sample = Sample::clean();
    let mut finding = sample::live("vault-locked", Severity::Medium, "orders");
    finding.message = "😀".repeat(5_000);
    finding.related = (0..300).map(|_| (Arc::new(position()), "x".repeat(900))).collect();
    sample.report.findings.push(finding);
    let rule = Arc::make_mut(&mut sample.rules[0]);
    rule.title = "é".repeat(3_000);
    rule.guide.why = "é".repeat(3_000);
    rule.guide.text = "é".repeat(90_000);
    rule.types = (0..40).map(|i| format!("AWS::S{i}::X")).collect();
    assert_eq!(github_refuses(&log_of(&sample, &GITHUB)), Vec::<String>::new());
}

fn position() -> crate::model::position::Position {
    let point = crate::model::position::Point { line: 1, column: 1 };
    crate::model::position::Position { file: "C:\\a b\\..\\ü.yaml".into(), start: point, end: point }
}

/// 30 findings of which the last is the worst, written within smaller limits than GitHub's.
fn within(limits: limits::Limits, message: impl FnMut() -> String) -> (usize, Value) {
    let mut sample = Sample::clean();
    let mut messages = std::iter::repeat_with(message);
    sample.report.findings = (0..30)
        .map(|i| {
            let severity = if i == 29 { Severity::Critical } else { Severity::Low };
            let mut finding = sample::live("vault-locked", severity, &format!("bucket-{i}"));
            finding.message = messages.next().unwrap();
            finding
        })
        .collect();
    let text = limits::fit(run(&sample.input(), &GITHUB), &limits, log).unwrap();
    let log: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(github_refuses(&log), Vec::<String>::new());
    assert_eq!(results(&log)[0]["properties"]["severity"], "critical");
    let notes = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    assert_eq!(notes.as_array().unwrap().len(), 1);
    let left_out = 30 - results(&log).len();
    assert_eq!(
        notes[0]["message"]["text"],
        format!("{left_out} results were left out to keep within GitHub's limits, the mildest first.")
    );
    (results(&log).len(), log)
}

#[test]
fn too_many_results_lose_the_mildest_and_say_so() {
    let limits = limits::Limits { results: 20, ..limits::GITHUB };
    assert_eq!(within(limits, || "the same".to_owned()).0, 20);
    assert_eq!((limits::GITHUB.results, limits::GITHUB.compressed), (25_000, 8_000_000));
}

#[test]
fn a_file_that_does_not_compress_is_shortened() {
    // Digits of a linear congruence: nothing repeats.
    let mut state = 1_u64;
    let noise = || {
        let mut text = String::new();
        while text.len() < 950 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(&format!("{:x}", state >> 16));
        }
        text
    };
    let limits = limits::Limits { compressed: 15_000, ..limits::GITHUB };
    let (kept, _) = within(limits, noise);
    assert!((10..28).contains(&kept), "{kept}");
}

#[test]
fn every_verdict_of_the_report_is_in_the_full_profile() {
    let sample = Sample::everything();
    assert_eq!(results(&log_of(&sample, &FULL)).len(), sample.report.findings.len());
    assert_eq!(sample.input().findings(Verdict::Waived).count(), 1);
}

#[test]
fn what_a_comment_accepts_is_suppressed_in_source_and_left_out_for_github() {
    let log = log_of(&Sample::suppressed(), &FULL);
    let all: Vec<&Value> = results(&log).iter().filter(|result| !result["suppressions"].is_null()).collect();
    let kinds: Vec<Vec<&str>> = all
        .iter()
        .map(|r| r["suppressions"].as_array().unwrap().iter().map(|s| s["kind"].as_str().unwrap()).collect())
        .collect();
    assert_eq!(kinds, [vec!["inSource"], vec!["external", "inSource"]]);
    insta::assert_json_snapshot!(&all[0]["suppressions"][0], @r#"
    {
      "justification": "gone by | *March*",
      "kind": "inSource",
      "location": {
        "physicalLocation": {
          "artifactLocation": {
            "uri": "stacks/app.yaml",
            "uriBaseId": "%SRCROOT%"
          },
          "region": {
            "endColumn": 50,
            "endLine": 6,
            "startColumn": 7,
            "startLine": 6
          }
        }
      },
      "status": "accepted"
    }
    "#);
    assert_eq!(github_refuses(&log_of(&Sample::suppressed(), &GITHUB)), Vec::<String>::new());
}

#[test]
fn results_say_whether_they_are_new_and_github_gets_none_that_are_gone() {
    let log = log_of(&Sample::compared(), &FULL);
    let of = |state: &str| results(&log).iter().filter(|r| r["baselineState"] == state).count();
    assert_eq!((of("new"), of("unchanged"), of("absent")), (1, 7, 1));
    let gone = results(&log).last().unwrap();
    assert_eq!(
        (&gone["ruleId"], &gone["message"]["text"]),
        (&"vault-locked".into(), &"the vault `old` has no lock.".into())
    );
    let index = gone["ruleIndex"].as_u64().unwrap() as usize;
    assert_eq!(log["runs"][0]["tool"]["driver"]["rules"][index]["id"], "vault-locked");
    let run = &log["runs"][0]["invocations"][0]["properties"];
    assert_eq!((&run["changedSince"], &run["outside"]["fail"]), (&"origin/main".into(), &1.into()));
    let github = log_of(&Sample::compared(), &GITHUB);
    assert!(results(&github).iter().all(|result| result["baselineState"] != "absent"));
    assert_eq!(github["runs"][0]["properties"]["profile"], "github");
    assert_eq!(github_refuses(&github), Vec::<String>::new());
}
