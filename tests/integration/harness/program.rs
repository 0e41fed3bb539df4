//! Runs the program as a user would, and reads its report.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use super::emulator::{ACCOUNT, Emulator, NOW, REGIONS};
use super::server::root;

/// The program, with an environment that holds nothing but an account at `url`.
pub fn backstop(url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backstop"));
    let home = Path::new(env!("CARGO_TARGET_TMPDIR"));
    command.env_clear().current_dir(home).env("HOME", home).env("NO_COLOR", "1");
    command
        .env("AWS_CONFIG_FILE", home.join("no-such-file"))
        .env("AWS_SHARED_CREDENTIALS_FILE", home.join("no-such-file"));
    command.env("AWS_ENDPOINT_URL", url).env("AWS_REGION", "eu-west-1").env("AWS_EC2_METADATA_DISABLED", "true");
    // The emulator takes a twelve-digit key for the account.
    command.env("AWS_ACCESS_KEY_ID", ACCOUNT).env("AWS_SECRET_ACCESS_KEY", "test");
    command
}

/// `backstop audit` of both Regions at [`NOW`], with the test account's tiers.
pub fn audit_command(url: &str, format: &str) -> Command {
    audit_command_at(url, format, NOW)
}

/// The same at another time.
pub fn audit_command_at(url: &str, format: &str, now: &str) -> Command {
    let mut command = backstop(url);
    command.args(["audit", "--regions", REGIONS, "--now", now, "--output", format, "--config"]);
    command.arg(root().join("tests/emulator/backstop.toml"));
    command
}

/// Audits the emulated account.
pub fn audit(emulator: &Emulator) -> Audit {
    Audit::of(audit_command(&emulator.url(), "json").output().expect("the program runs"))
}

/// A rule and the resource that it speaks of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub rule: String,
    /// The ARN.
    pub resource: String,
}

/// Something that was not seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// `denied`, `failed`, `fallback` …
    pub kind: String,
    /// `backup:ListBackupPlans`.
    pub operation: String,
    pub code: String,
    /// The IAM action that would cure it.
    pub permission: Option<String>,
}

/// What an audit said.
pub struct Audit {
    pub exit_code: i32,
    /// Where verdicts are Fail, and where they are Unknown.
    pub fails: BTreeSet<Place>,
    pub unknowns: BTreeSet<Place>,
    /// What was not seen, less what no rule asks after.
    pub gaps: Vec<Gap>,
    /// The report as it came.
    pub text: String,
}

impl Audit {
    /// Reads a JSON report. The only place that knows its shape.
    pub fn of(output: Output) -> Self {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let exit_code = output.status.code().expect("no signal ended the program");
        let text = String::from_utf8(output.stdout).expect("the report is UTF-8");
        let report: Value = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("no report (exit code {exit_code}): {error}\n{text}\n{stderr}"));
        let errors = report["errors"].as_array().expect("errors");
        assert!(errors.is_empty(), "rules errored: {}", report["errors"]);
        let string = |value: &Value| value.as_str().expect("a text").to_owned();
        let places = |verdict: &str| {
            let findings = report["findings"].as_array().expect("findings").iter();
            let findings = findings.filter(|finding| finding["verdict"] == verdict);
            findings.map(|f| Place { rule: string(&f["rule"]), resource: string(&f["resource"]["id"]) }).collect()
        };
        let gaps = report["gaps"].as_array().expect("gaps").iter().filter(|gap| gap["kind"] != "notModelled");
        let gap = |gap: &Value| Gap {
            kind: string(&gap["kind"]),
            operation: string(&gap["operation"]),
            code: string(&gap["code"]),
            permission: gap["permission"].as_str().map(str::to_owned),
        };
        Self { exit_code, fails: places("fail"), unknowns: places("unknown"), gaps: gaps.map(gap).collect(), text }
    }

    /// The operations of the gaps.
    pub fn unseen(&self) -> BTreeSet<&str> {
        self.gaps.iter().map(|gap| gap.operation.as_str()).collect()
    }
}

/// Holds two sets of places to one another, and names what differs.
pub fn assert_same(found: &BTreeSet<Place>, wanted: &BTreeSet<Place>, report: &str) {
    let list = |places: Vec<&Place>| {
        places.iter().map(|place| format!("  {} at {}\n", place.rule, place.resource)).collect::<String>()
    };
    let (missed, wrong) = (list(wanted.difference(found).collect()), list(found.difference(wanted).collect()));
    assert!(missed.is_empty() && wrong.is_empty(), "missed:\n{missed}wrong:\n{wrong}report:\n{report}");
}
