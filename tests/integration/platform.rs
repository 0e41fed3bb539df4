//! A repository as platform teams have them, `fixtures/platform`, with the faults that pull requests bring: what is found,
//! where, and what stays open. `expected.json` there was worked out by hand from the files. Runs without the AWS SDK.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on must fail")]

#[path = "platform/iam_parity.rs"]
mod iam_parity;
#[path = "platform/parity.rs"]
mod parity;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

/// What cannot be read: a template, Terraform source, and a module that was not fetched.
const UNREADABLE: [&str; 3] =
    ["cloudformation/legacy/stack.yaml", "terraform/sandbox/main.tf", "terraform/live/prod/logs.tf"];

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/platform")
}

fn expected() -> Value {
    let text = std::fs::read_to_string(fixture().join("expected.json")).expect("the table");
    serde_json::from_str(&text).expect("JSON")
}

/// The exit code, the report, and what was said beside it.
fn scan(folder: &Path) -> (i32, Value, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backstop"));
    command.args(["scan", ".", "--account", "111122223333", "--region", "eu-west-1", "--output", "json"]);
    let output = command.env_clear().current_dir(folder).output().expect("the program runs");
    let report = serde_json::from_slice(&output.stdout).expect("a report");
    let said = String::from_utf8_lossy(&output.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
    (output.status.code().expect("it ended by itself"), report, said)
}

/// The folder without what cannot be read.
struct Repaired(PathBuf);

impl Repaired {
    fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("platform-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&folder);
        copy(&fixture(), &folder);
        for file in UNREADABLE {
            std::fs::remove_file(folder.join(file)).expect("it is there");
        }
        Self(folder)
    }
}

impl Drop for Repaired {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).expect("a copy");
        }
    }
}

fn of<'a>(report: &'a Value, verdict: &str) -> Vec<&'a Value> {
    let all = report["findings"].as_array().expect("findings");
    all.iter().filter(|finding| finding["verdict"] == verdict).collect()
}

/// Rule, file, line, column and address of the findings of one verdict, as the table has them.
fn rows(report: &Value, verdict: &str) -> BTreeSet<String> {
    let row = |finding: &&Value| {
        let location = &finding["location"];
        let start = &location["start"];
        json!([finding["rule"], location["file"], start["line"], start["column"], finding["address"]]).to_string()
    };
    of(report, verdict).iter().map(row).collect()
}

fn table(expected: &Value) -> BTreeSet<String> {
    expected.as_array().expect("rows").iter().map(ToString::to_string).collect()
}

/// Every finding is expected and every expected one is found, each at its place.
fn agree(report: &Value, expected: &Value) {
    for verdict in ["fail", "waived"] {
        let (found, wanted) = (rows(report, verdict), table(&expected[verdict]));
        let missing: Vec<_> = wanted.difference(&found).collect();
        let unexpected: Vec<_> = found.difference(&wanted).collect();
        assert!(missing.is_empty() && unexpected.is_empty(), "{verdict}: no {missing:#?}, but {unexpected:#?}");
    }
}

#[test]
fn every_fault_of_a_repository_is_found_where_it_stands_and_nothing_else() {
    let folder = Repaired::new();
    let (code, report, said) = scan(&folder.0);
    agree(&report, &expected()["repaired"]);
    // The files say all but what the texts of AWS's policies and policy templates allow a role of SAM.
    assert_eq!(rows(&report, "unknown"), table(&expected()["repaired"]["unknown"]));
    assert_eq!(report["gaps"], json!([]));
    assert_eq!(report["errors"], json!([]));
    assert_eq!(code, 1, "{said}");
}

#[test]
fn places_are_those_of_provider_blocks_assemblies_and_plans() {
    let folder = Repaired::new();
    let (_, report, _) = scan(&folder.0);
    let places: BTreeMap<&str, (&Value, &Value)> = of(&report, "fail")
        .into_iter()
        .filter_map(|finding| Some((finding["address"].as_str()?, &finding["resource"])))
        .map(|(address, resource)| (address, (&resource["account"], &resource["region"])))
        .collect();
    let place = |address: &str| places[address];
    assert_eq!(place("ReportsStack/Key/Resource"), (&json!("111122223333"), &json!("eu-west-2")), "by the manifest");
    assert_eq!(place("aws_backup_vault.recovery"), (&json!("111122223333"), &json!("eu-central-1")), "by its alias");
    assert_eq!(place("aws_backup_vault.standard"), (&json!("444455556666"), &json!("eu-central-1")), "by its root");
    assert_eq!(place("aws_kms_key.evidence"), (&json!("111122223333"), &json!("eu-west-1")), "by the plan");
    assert_eq!(place("Ledger"), (&json!("111122223333"), &json!("eu-west-1")), "by the command line");
}

#[test]
fn what_cannot_be_read_is_told_with_its_place_and_stops_nothing_else() {
    let (code, report, said) = scan(&fixture());
    let expected = expected();
    agree(&report, &expected["whole"]);
    let gaps: Vec<Value> = report["gaps"].as_array().expect("gaps").iter().map(place_of).collect();
    assert_eq!(json!(gaps), expected["whole"]["gaps"]);
    // A finding over the threshold counts before an incomplete picture.
    assert_eq!(code, 1, "{said}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_backstop"));
    command.args(["scan", ".", "--output", "counts", "--fail-on", "none"]).env_clear().current_dir(fixture());
    assert_eq!(command.status().expect("it runs").code(), Some(3), "the picture is incomplete");
}

fn place_of(gap: &Value) -> Value {
    json!([
        gap["kind"],
        gap["code"],
        gap["subject"],
        gap["location"]["start"]["line"],
        gap["location"]["start"]["column"]
    ])
}

/// What was not read can only take knowledge away: no verdict turns into its opposite.
#[test]
fn unknown_is_what_hangs_on_the_unread_and_says_so() {
    let (_, report, _) = scan(&fixture());
    let expected = expected();
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for finding in of(&report, "unknown") {
        *counts.entry(finding["rule"].as_str().expect("a rule")).or_default() += 1;
        let told = finding["missing"].to_string();
        let names = |what: &str| told.contains(what);
        let unread = ["legacy/stack.yaml` could not be read", "ModuleNotFound", "the text of policy"];
        assert!(unread.iter().any(|what| names(what)), "{finding:#}");
        assert!(!names("complete = true"), "it is set already: {finding:#}");
    }
    assert_eq!(json!(counts), expected["whole"]["unknown"]);
    let repaired = {
        let folder = Repaired::new();
        named(&scan(&folder.0).1, &["fail"])
    };
    let judged = named(&report, &["fail", "unknown"]);
    let lost: Vec<_> = repaired.difference(&judged).collect();
    assert!(lost.is_empty(), "passes for what was not read: {lost:#?}");
    let failed = named(&report, &["fail"]);
    let invented: Vec<_> = failed.difference(&repaired).collect();
    assert!(invented.is_empty(), "fails for what was not read: {invented:#?}");
}

/// Rule and address of the findings of these verdicts.
fn named(report: &Value, verdicts: &[&str]) -> BTreeSet<String> {
    let all = verdicts.iter().flat_map(|verdict| of(report, verdict));
    all.map(|finding| format!("{} {}", finding["rule"], finding["address"])).collect()
}
