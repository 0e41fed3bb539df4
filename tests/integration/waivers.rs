//! Audits with waivers: what they hide, what they do not, exit codes, and SARIF with the reasons.
//!
//! The account is `joined` of `tests/emulator/bare.py`, of which two faults are high: a table without a copy in another
//! account, and the organization that allows none.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::bare::audit_command;
use crate::harness::emulator::{ACCOUNT, Emulator};
use crate::harness::sarif;
use crate::harness::server::{root, tool};

/// Accepts the table's fault, by its name and tag.
const LEDGER: &str = r#"@id("ledger")
@reason("the ledger's copies leave the account in *December*")
@owner("ledger-team")
@expires("2026-12-31")
permit (principal, action == Action::"waive", resource is AWS::DynamoDB::Table)
when {
    context.rule == "workload-copied-to-recovery-account" &&
    resource.name == "bare-ledger" &&
    resource.hasTag("backup-tier") && resource.getTag("backup-tier") == "away"
};
"#;

/// Accepts the account's, as long as it is known to be in the unit.
const UNIT: &str = r#"@id("unit")
@reason("copies across accounts wait for the network team")
@owner("platform-team")
@expires("2026-11-01")
permit (principal in AWS::OrganizationalUnit::"UNIT", action == Action::"waive", resource is AWS::Account)
when { context.rule == "backup-cross-account-enabled" };
"#;

/// Accepted the same until the day before.
const OVER: &str = r#"@id("over")
@reason("it was only for October")
@owner("platform-team")
@expires("2026-10-31")
permit (principal, action == Action::"waive", resource)
when { ["backup-cross-account-enabled", "workload-copied-to-recovery-account"].contains(context.rule) };
"#;

/// What is at fault in the account beside that which is waived here.
const NOT_ASKED: &str = "
[rules.iam-recovery-account-hardened]
disable = true

[rules.iam-scp-protects-backups]
disable = true
";

/// An account, and a folder with its settings and waivers.
struct Estate {
    emulator: Emulator,
    folder: PathBuf,
}

impl Estate {
    fn with(name: &str, waivers: &[&str]) -> Self {
        let emulator = Emulator::seeded("joined");
        let unit = root_unit(&emulator);
        emulator.forget_calls();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("waivers-{}-{name}", std::process::id()));
        std::fs::create_dir_all(folder.join("waivers")).expect("a folder");
        let settings = std::fs::read_to_string(root().join("tests/emulator/joined.toml")).expect("the settings");
        let settings = format!("waivers = \"waivers\"\n{settings}\n{NOT_ASKED}");
        std::fs::write(folder.join("backstop.toml"), settings).expect("written");
        std::fs::write(folder.join("waivers/all.cedar"), waivers.concat().replace("UNIT", &unit)).expect("written");
        Self { emulator, folder }
    }

    fn audit(&self, format: &str, more: &[&str]) -> Output {
        let mut command = audit_command(&self.emulator, format);
        command.arg("--config").arg(self.folder.join("backstop.toml")).args(more);
        command.output().expect("the program runs")
    }

    fn report(&self) -> Report {
        let output = self.audit("json", &[]);
        let report = serde_json::from_slice(&output.stdout);
        let report = report.unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        Report { code: output.status.code(), report }
    }
}

impl Drop for Estate {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

/// The organization's root, which is the unit that its management account is in.
fn root_unit(emulator: &Emulator) -> String {
    let mut aws = Command::new(tool("aws"));
    aws.args(["organizations", "list-roots", "--query", "Roots[0].Id", "--output", "text"]);
    aws.env("AWS_ENDPOINT_URL", emulator.url()).env("AWS_DEFAULT_REGION", "us-east-1");
    aws.env("AWS_ACCESS_KEY_ID", ACCOUNT).env("AWS_SECRET_ACCESS_KEY", "test");
    let output = aws.output().expect("the AWS CLI runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
}

struct Report {
    code: Option<i32>,
    report: Value,
}

impl Report {
    /// What was found: rule, verdict and the waiver that hides it, sorted.
    fn found(&self) -> Vec<(&str, &str, &str)> {
        let findings = self.report["findings"].as_array().expect("findings").iter();
        let found = findings.map(|finding| {
            (
                finding["rule"].as_str().expect("a rule"),
                finding["verdict"].as_str().expect("a verdict"),
                finding["waiver"]["id"].as_str().unwrap_or_default(),
            )
        });
        let mut found: Vec<_> = found.collect();
        found.sort_unstable();
        found
    }
}

const ACCOUNTS: &str = "backup-cross-account-enabled";
const COPIED: &str = "workload-copied-to-recovery-account";

#[test]
fn what_is_waived_does_not_count_and_what_is_over_is_told() {
    let estate = Estate::with("all", &[LEDGER, UNIT, OVER]);
    let report = estate.report();
    let expected = [(ACCOUNTS, "waived", "unit"), ("waiver-expired", "fail", ""), (COPIED, "waived", "ledger")];
    assert_eq!(report.found(), expected);
    assert_eq!(report.code, Some(0), "an expired waiver is of medium severity");
    assert_eq!(estate.audit("json", &["--fail-on", "medium"]).status.code(), Some(1));
}

#[test]
fn an_expired_waiver_accepts_nothing() {
    let estate = Estate::with("over", &[OVER]);
    let report = estate.report();
    assert_eq!(report.found(), [(ACCOUNTS, "fail", ""), ("waiver-expired", "fail", ""), (COPIED, "fail", "")]);
    assert_eq!(report.code, Some(1));
}

#[test]
fn a_waiver_for_a_unit_accepts_nothing_of_an_account_whose_units_cannot_be_read() {
    let estate = Estate::with("unit", &[LEDGER, UNIT]);
    assert_eq!(estate.report().code, Some(0));
    estate.emulator.plant(&json!({
        "service": "organizations", "operation": "ListParents", "kind": "error", "code": "AccessDeniedException",
    }));
    let report = estate.report();
    assert!(estate.emulator.dig_up() > 0, "the units were not asked for");
    assert_eq!(report.found(), [(ACCOUNTS, "fail", ""), (COPIED, "waived", "ledger")]);
    assert_eq!(report.code, Some(1));
    let mut gaps = report.report["gaps"].as_array().expect("gaps").iter();
    assert!(gaps.any(|gap| gap["operation"] == "organizations:ListParents"), "{}", report.report["gaps"]);
}

#[test]
fn sarif_says_why_and_both_profiles_are_valid() {
    let estate = Estate::with("sarif", &[LEDGER, UNIT, OVER]);
    for profile in ["full", "github"] {
        let file = estate.folder.join(format!("{profile}.sarif"));
        let output = estate.audit("sarif", &["--sarif-profile", profile, "--sarif-category", "account"]);
        std::fs::write(&file, &output.stdout).expect("written");
        sarif::assert_valid(&file);
        let log: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let results: Vec<&Value> = log["runs"][0]["results"].as_array().expect("results").iter().collect();
        let waived: Vec<&&Value> = results.iter().filter(|result| result["suppressions"].is_array()).collect();
        // GitHub would show them as open.
        assert_eq!(waived.len(), if profile == "full" { 2 } else { 0 }, "{profile}");
        assert!(results.iter().any(|result| result["ruleId"] == "waiver-expired"), "{profile}");
        if profile == "github" {
            let hidden = [ACCOUNTS, COPIED];
            assert!(!results.iter().any(|result| hidden.iter().any(|rule| result["ruleId"] == *rule)));
            continue;
        }
        let ledger = waived.iter().find(|result| result["ruleId"] == COPIED).expect("the table's");
        let suppression = &ledger["suppressions"][0];
        assert_eq!((&suppression["kind"], &suppression["status"]), (&json!("external"), &json!("accepted")));
        let why = "the ledger's copies leave the account in *December* (accepted by ledger-team, until 2026-12-31)";
        assert_eq!(suppression["justification"], why);
        assert_eq!(suppression["properties"]["waiver"], "ledger");
    }
}
