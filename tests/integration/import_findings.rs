//! `backstop import-findings`: findings of an audit, imported into an emulated Security Hub, judged by the calls that
//! went out.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::harness::emulator::{ACCOUNT, Emulator, NOW};
use crate::harness::program::{audit_command, backstop};

const REGION: &str = "eu-west-1";

/// So many findings of one Region, in one batch.
fn many(count: usize) -> Value {
    let findings = (0..count).map(|n| {
        json!({
            "SchemaVersion": "2018-10-08", "Id": format!("backstop/{n:03}"),
            "ProductArn": format!("arn:aws:securityhub:{REGION}:{ACCOUNT}:product/{ACCOUNT}/default"),
            "ProductName": "Backstop", "GeneratorId": "backstop/vault-locked", "AwsAccountId": ACCOUNT,
            "Region": REGION, "Types": ["Software and Configuration Checks/AWS Security Best Practices"],
            "CreatedAt": NOW, "UpdatedAt": NOW, "Severity": {"Label": "HIGH", "Original": "high"},
            "Title": "acme-main: no lock", "Description": "no lock", "ProductFields": {"backstop/verdict": "fail"},
            "Resources": [{
                "Type": "AwsBackupBackupVault", "Partition": "aws", "Region": REGION,
                "Id": format!("arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:acme-main"),
            }],
            "Compliance": {"Status": "FAILED"}, "RecordState": "ACTIVE",
        })
    });
    json!([{"Account": ACCOUNT, "Region": REGION, "Findings": findings.collect::<Vec<_>>()}])
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::with_suffix_in(".json", env!("CARGO_TARGET_TMPDIR")).expect("a file");
    std::fs::write(file.path(), text).expect("a file");
    file
}

fn import(emulator: &Emulator, file: &Path) -> Command {
    let mut command = backstop(&emulator.url());
    command.arg("import-findings").arg(file);
    command
}

fn run(emulator: &Emulator, batches: &Value) -> (Option<i32>, String, String) {
    let file = file(&serde_json::to_string_pretty(batches).expect("JSON"));
    said(&import(emulator, file.path()).output().expect("the program runs"))
}

/// Exit code, stdout and stderr.
fn said(out: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (out.status.code(), text(&out.stdout), text(&out.stderr))
}

/// The findings that went out, by Region, call by call.
fn sent(emulator: &Emulator) -> BTreeMap<String, Vec<Vec<Value>>> {
    let mut calls: BTreeMap<String, Vec<Vec<Value>>> = BTreeMap::new();
    for request in requests(emulator) {
        let body: Value = serde_json::from_str(request["body"].as_str().expect("a text")).expect("JSON");
        assert_eq!(request["path"], "/findings/import");
        let findings = body["Findings"].as_array().expect("findings").clone();
        calls.entry(request["region"].as_str().expect("a Region").to_owned()).or_default().push(findings);
    }
    calls
}

fn requests(emulator: &Emulator) -> Vec<Value> {
    let all = emulator.ask("GET", "requests", &Value::Null);
    let all = all.as_array().cloned().unwrap_or_default();
    all.into_iter().filter(|request| request["operation"] == "BatchImportFindings").collect()
}

#[test]
fn the_findings_of_an_audit_are_imported_as_they_were_written_each_in_its_region() {
    let emulator = Emulator::seeded("whole");
    let out = audit_command(&emulator.url(), "asff").output().expect("the program runs");
    let batches: Vec<Value> = serde_json::from_slice(&out.stdout).expect("batches");
    emulator.forget_calls();
    let (code, stdout, stderr) = run(&emulator, &json!(batches));
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.contains("AWS Config") && stderr.contains("twice"), "{stderr}");

    let mut written: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for batch in &batches {
        let findings = batch["Findings"].as_array().expect("findings").clone();
        written.entry(batch["Region"].as_str().expect("a Region").to_owned()).or_default().extend(findings);
    }
    let calls = sent(&emulator);
    assert!(calls.values().flatten().all(|call| (1..=100).contains(&call.len())));
    let came: BTreeMap<String, Vec<Value>> =
        calls.into_iter().map(|(region, calls)| (region, calls.into_iter().flatten().collect())).collect();
    assert_eq!(came, written, "nothing is lost or changed on the way");
    assert!(came.len() > 1, "several Regions");
    for (region, findings) in &written {
        let count = findings.len();
        assert!(stdout.contains(&format!("{region}: {count} of {count} findings imported")), "{stdout}");
    }
}

#[test]
fn more_than_a_hundred_findings_go_out_in_several_calls_from_a_file_and_from_stdin() {
    let emulator = Emulator::empty();
    let batches = many(250);
    let (code, stdout, _) = run(&emulator, &batches);
    assert_eq!((code, stdout.as_str()), (Some(0), "eu-west-1: 250 of 250 findings imported\n"));
    let whole = sent(&emulator);
    let sizes: Vec<usize> = whole[REGION].iter().map(Vec::len).collect();
    assert_eq!(sizes, [100, 100, 50]);
    let ids: BTreeSet<String> = whole[REGION].iter().flatten().map(|one| one["Id"].to_string()).collect();
    assert_eq!(ids.len(), 250);

    emulator.forget_calls();
    let mut command = import(&emulator, Path::new("-"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    child.stdin.take().expect("a pipe").write_all(batches.to_string().as_bytes()).expect("it reads");
    let (code, _, stderr) = said(&child.wait_with_output().expect("it ends"));
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(sent(&emulator), whole);
}

#[test]
fn a_finding_that_security_hub_refuses_is_named_and_the_others_are_imported() {
    let emulator = Emulator::empty();
    let mut batches = many(102);
    for at in [7, 101] {
        batches[0]["Findings"][at]["Resources"] = json!([]);
    }
    let (code, stdout, stderr) = run(&emulator, &batches);
    assert_eq!(code, Some(3), "{stderr}");
    assert!(stdout.starts_with("eu-west-1: 100 of 102 findings imported\n"), "{stdout}");
    for id in ["backstop/007", "backstop/101"] {
        assert!(stdout.contains(&format!("  refused: {id}: ")) && stdout.contains("(InvalidInput)"), "{stdout}");
    }
    assert!(stderr.contains("2 of 102 findings were not imported"), "{stderr}");
    assert_eq!(sent(&emulator)[REGION].len(), 2);
}

#[test]
fn throttling_passes_or_is_said_and_other_regions_go_on() {
    let emulator = Emulator::empty();
    let plant = |more: &Value| {
        let mut plant = json!({
            "service": "securityhub", "operation": "BatchImportFindings", "code": "TooManyRequestsException",
        });
        plant.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        emulator.plant(&plant);
    };
    let batches = many(150);
    plant(&json!({"times": 2}));
    assert_eq!(run(&emulator, &batches).0, Some(0));
    assert_eq!(emulator.dig_up(), 2);
    assert_eq!(sent(&emulator)[REGION].len(), 4);

    emulator.forget_calls();
    let mut both = batches.clone();
    let mut other = batches[0].clone();
    other["Region"] = json!("eu-central-1");
    for finding in other["Findings"].as_array_mut().expect("findings") {
        finding["Region"] = json!("eu-central-1");
    }
    both.as_array_mut().expect("batches").push(other);
    plant(&json!({"region": "eu-central-1"}));
    let (code, stdout, stderr) = run(&emulator, &both);
    assert_eq!(code, Some(3), "{stderr}");
    assert!(stdout.contains("eu-central-1: 0 of 150 findings imported\n  150 not imported: "), "{stdout}");
    assert!(stdout.contains("(TooManyRequestsException)") && stdout.contains("repeat the command"), "{stdout}");
    assert!(stdout.contains("eu-west-1: 150 of 150 findings imported"), "{stdout}");
    let sent = sent(&emulator);
    assert_eq!(sent["eu-central-1"].len(), 5, "the SDK's tries of the first call, and no other");
    assert_eq!(sent[REGION].len(), 2);
}

#[test]
fn a_denial_says_what_to_allow_and_a_hub_that_is_off_says_so() {
    let emulator = Emulator::empty();
    let batches = many(150);
    for (code, help) in [
        ("AccessDeniedException", "allow `securityhub:BatchImportFindings`"),
        ("InvalidAccessException", "turn Security Hub on"),
    ] {
        emulator.forget_calls();
        emulator.plant(&json!({
            "service": "securityhub", "operation": "BatchImportFindings", "code": code, "status": 403,
        }));
        let (exit, stdout, stderr) = run(&emulator, &batches);
        assert_eq!(exit, Some(3), "{stderr}");
        assert!(stdout.contains("150 not imported: `securityhub:BatchImportFindings` failed: "), "{stdout}");
        assert!(stdout.contains(code) && stdout.contains(help), "{stdout}");
        assert_eq!(sent(&emulator)[REGION].len(), 1, "what is refused once is refused again");
        emulator.dig_up();
    }
}

#[test]
fn what_cannot_be_begun_sends_nothing() {
    let emulator = Emulator::empty();
    let torn = file("[\n  {\"Account\": \"123456789012\",\n   \"Regio\": \"eu-west-1\", \"Findings\": []}\n]\n");
    let (code, stdout, stderr) = said(&import(&emulator, torn.path()).output().expect("the program runs"));
    assert_eq!((code, stdout.as_str()), (Some(2), ""), "{stderr}");
    let name = torn.path().file_name().and_then(|name| name.to_str()).expect("a name");
    assert!(stderr.contains("unknown field `Regio`"), "{stderr}");
    assert!(stderr.contains(&format!("{name}:3:")), "the file and the line: {stderr}");
    assert!(stderr.contains("help: "), "{stderr}");

    let (code, _, stderr) = said(&import(&emulator, Path::new("none.json")).output().expect("the program runs"));
    assert!(code == Some(2) && stderr.contains("`none.json`"), "{stderr}");
    let (code, stdout, _) = run(&emulator, &json!([]));
    assert_eq!((code, stdout.as_str()), (Some(0), "there are no findings to import\n"));
    assert!(emulator.calls().is_empty(), "{:?}", emulator.calls());

    let batches = file(&many(1).to_string());
    let mut other = import(&emulator, batches.path());
    let (code, _, stderr) = said(&other.env("AWS_ACCESS_KEY_ID", "444455556666").output().expect("the program runs"));
    assert!(code == Some(2) && stderr.contains("444455556666") && stderr.contains(ACCOUNT), "{stderr}");
    let calls: Vec<_> = emulator.calls().into_keys().map(|(_, operation)| operation).collect();
    assert_eq!(calls, ["GetCallerIdentity"]);

    let mut evil: Value = many(1);
    evil[0]["Region"] = json!("evil.example/-1");
    evil[0]["Findings"][0]["Region"] = json!("evil.example/-1");
    let (code, _, stderr) = run(&emulator, &evil);
    assert!(code == Some(2) && stderr.contains("is not the name of a Region"), "{stderr}");
}
