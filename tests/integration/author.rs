//! What rule authors run: a rule begun, tested and proved; a verdict explained; the command line in other forms.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::harness::emulator::{Emulator, NOW, REGIONS};
use crate::harness::program::{audit_command, backstop};
use crate::harness::server::root;

/// `backstop` in the repository's root, without an account, and with the solver.
fn run(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backstop"));
    command.env_clear().env("NO_COLOR", "1").current_dir(root()).args(args);
    for name in ["PATH", "CVC5"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    command.output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("author-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a scratch folder");
    folder
}

#[test]
fn a_new_rule_is_tested_and_never_written_over() {
    let folder = scratch("new").join("rules");
    let dir = folder.to_str().expect("UTF-8");
    let new = ["rules", "new", "volume-covered", "--type", "AWS::EC2::Volume", "--dir", dir];
    assert_eq!(run(&new).status.code(), Some(0));
    let tested = run(&["rules", "test", "volume-covered", "--policies", dir]);
    assert_eq!(text(&tested.stdout), "5 passed, 0 failed, 0 rules without cases\n", "{tested:?}");
    let again = run(&new);
    assert_eq!(again.status.code(), Some(2));
    std::fs::remove_dir_all(&folder).expect("it was written");
}

#[cfg(feature = "prove")]
#[test]
fn a_rule_that_another_one_implies_is_shown_with_facts() {
    let folder = scratch("prove");
    let dir = folder.to_str().expect("UTF-8");
    // As it begins, it fails the volumes that `workload-protected` fails.
    run(&["rules", "new", "volume-covered", "--type", "AWS::EC2::Volume", "--dir", dir]);
    let proved = run(&["rules", "prove", "volume-covered", "--policies", dir]);
    assert_eq!(proved.status.code(), Some(1), "{proved:?}");
    let said = text(&proved.stdout);
    assert!(said.starts_with("volume-covered: fails exactly what `workload-protected` fails\n"), "{said}");
    assert!(said.contains("  asked: protect of AWS::EC2::Volume\n"), "{said}");
    assert!(said.contains("    objective.exempt    false\n    protection.covered  false\n"), "{said}");
    assert!(said.contains("\n1 rule: ") && said.ends_with(" statements proved, 1 not, 0 undecided\n"), "{said}");
    let as_json = json(&run(&["rules", "prove", "volume-covered", "--policies", dir, "--output", "json"]));
    assert_eq!(as_json["faults"][0]["problem"], "same");
    assert_eq!(as_json["faults"][0]["facts"][0]["fact"], "objective.exempt");
    // Whatever it fails is failed by a shipped rule; not so where the settings disable that one.
    let stricter = ["rules", "prove", "--stricter-than", dir];
    assert_eq!(run(&stricter).status.code(), Some(0));
    let settings = folder.join("backstop.toml");
    std::fs::write(&settings, "[rules.workload-protected]\ndisable = true\n").expect("it is written");
    let slips = run(&[&stricter[..], &["--config", settings.to_str().expect("UTF-8")]].concat());
    assert_eq!(slips.status.code(), Some(1));
    assert!(text(&slips.stdout).starts_with("volume-covered: fails a resource that no rule of this pack fails\n"));
    let mut without = Command::new(env!("CARGO_BIN_EXE_backstop"));
    without.env_clear().env("CVC5", "/no/such/solver").current_dir(root()).args(["rules", "prove"]);
    let without = without.output().expect("the program runs");
    assert_eq!(without.status.code(), Some(2));
    assert!(text(&without.stderr).contains("apt-get install cvc5"), "{without:?}");
    std::fs::remove_dir_all(&folder).expect("it was written");
}

#[test]
fn explanations_of_a_live_account_agree_with_its_report() {
    let emulator = Emulator::seeded("whole");
    let folder = scratch("explain");
    let file = folder.join("snapshot.json");
    let snapshot = file.to_str().expect("UTF-8");
    let collected =
        backstop(&emulator.url()).args(["collect", "--regions", REGIONS, "--now", NOW, "-o", snapshot]).output();
    assert!(collected.expect("the program runs").status.success());
    let report = json(&audit_command(&emulator.url(), "json").output().expect("the program runs"));
    // One finding of each type, and of each rule about evidence.
    let mut findings: BTreeMap<&str, &Value> = BTreeMap::new();
    for finding in report["findings"].as_array().expect("findings") {
        let (rule, kind) = (finding["rule"].as_str().expect("an id"), finding["resource"]["type"].as_str());
        let evidence = rule.starts_with("workload-recovery");
        findings.insert(if evidence { rule } else { kind.expect("a type") }, finding);
    }
    assert!(findings.len() >= 6, "{:?}", findings.keys());
    for finding in findings.values() {
        let (rule, arn) =
            (finding["rule"].as_str().expect("an id"), finding["resource"]["id"].as_str().expect("an ARN"));
        let settings = ["--config", "tests/emulator/backstop.toml", "--output", "json"];
        let explained = run(&[&["explain", rule, arn, "--snapshot", snapshot][..], &settings].concat());
        assert_eq!(explained.status.code(), Some(0), "{rule} {arn}: {explained:?}");
        let explained = json(&explained);
        for part in ["verdict", "message"] {
            assert_eq!(explained[part], finding[part], "{rule} {arn}");
        }
        let facts = explained["facts"].as_array().expect("facts");
        assert!(facts.iter().all(|fact| ["live", "derived"].contains(&fact["source"].as_str().expect("a source"))));
    }
    std::fs::remove_dir_all(&folder).expect("it was written");
}

#[test]
fn what_cannot_be_explained_says_what_can() {
    let explain = |rule: &str, name: &str| run(&["explain", rule, name, "fixtures/self-deception"]);
    let missing = explain("s3-versioning-enabled", "OrdersBakup");
    assert_eq!(missing.status.code(), Some(2));
    assert!(text(&missing.stderr).contains("did you mean `OrdersBackup`?"), "{missing:?}");
    let rule = explain("s3-versioning", "OrdersBackup");
    assert!(text(&rule.stderr).contains("did you mean `s3-versioning-enabled`?"), "{rule:?}");
    let evidence = explain("workload-recovery-point-fresh", "OrdersBackup");
    assert_eq!(evidence.status.code(), Some(2));
    assert!(text(&evidence.stderr).contains("files have none"), "{evidence:?}");
    let shown = explain("s3-versioning-enabled", "OrdersBackup");
    assert_eq!(shown.status.code(), Some(0));
    let again = explain("s3-versioning-enabled", "OrdersBackup");
    assert_eq!(text(&shown.stdout), text(&again.stdout));
}

#[test]
fn completions_are_what_their_shell_takes() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(&["completions", shell]);
        assert_eq!(script.status.code(), Some(0), "{shell}");
        for word in ["backstop", "explain", "prove"] {
            assert!(text(&script.stdout).contains(word), "{shell} has no `{word}`");
        }
    }
    let file = scratch("completions").join("backstop.bash");
    std::fs::write(&file, run(&["completions", "bash"]).stdout).expect("it is written");
    let checked = Command::new("bash").arg("-n").arg(&file).output().expect("bash runs");
    assert!(checked.status.success() && checked.stderr.is_empty(), "{checked:?}");
}
