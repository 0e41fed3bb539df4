//! The remediation checklist, read as people read it: what to run for which finding.

use std::process::Command;

use super::emulator::{ACCOUNT, Emulator};
use super::program::{Place, audit_command};
use super::server::{root, tool};

/// The commands for one finding.
pub struct Commands {
    region: String,
    script: String,
}

/// A checklist.
pub struct Checklist(String);

impl Checklist {
    /// The checklist of an emulated account.
    pub fn of(emulator: &Emulator) -> Self {
        Self::read(audit_command(&emulator.url(), "checklist"))
    }

    /// The checklist that an audit prints.
    pub fn read(mut audit: Command) -> Self {
        let output = audit.output().expect("the program runs");
        Self(String::from_utf8(output.stdout).expect("the checklist is UTF-8"))
    }

    /// What it says to run for a finding. Panics where it says nothing: then there is a hole in the checklist.
    pub fn commands(&self, place: &Place) -> Commands {
        let (rule, arn) = (&place.rule, &place.resource);
        let item = self.0.split("\n### ").find(|item| item.contains(&format!("\n`{rule}`, ")));
        let item = item.unwrap_or_else(|| panic!("no item for {rule}"));
        // The line of the finding: - [ ] `name` (`ARN`, Region): message. Regions and accounts have no ARN.
        let (by_arn, by_name) = (format!("(`{arn}`, "), format!("- [ ] `{arn}` ("));
        let line = item.lines().find(|line| line.contains(&by_arn) || line.contains(&by_name));
        let line = line.unwrap_or_else(|| panic!("{rule} does not list {arn}"));
        let name = line.split('`').nth(1).expect("a name");
        // Two keys may have one alias in two Regions.
        let shown = line.split_once(&by_arn).or_else(|| line.split_once(&by_name)).expect("its place").1;
        let home = shown.split([')', ',']).next().expect("a Region");
        let blocks = item.split("\nFor ").skip(1);
        let mut blocks = blocks.filter_map(|block| {
            let (head, rest) = block.split_once(":\n\n```sh\n")?;
            let (names, place) = head.rsplit_once(" in ")?;
            let (region, _) = place.split_once(", account ")?;
            let (script, _) = rest.split_once("\n```")?;
            let named = names.contains(&format!("`{name}`"));
            (named && region == home).then(|| Commands { region: region.to_owned(), script: script.to_owned() })
        });
        blocks.next().unwrap_or_else(|| panic!("{rule} has no commands for {name}"))
    }
}

impl Commands {
    /// Runs them against the emulated account, as a careful shell does; the error is what they wrote. `answers`: the
    /// variables that the rule's text leaves to whoever runs them.
    pub fn run(&self, emulator: &Emulator, answers: &[(&str, String)]) -> Result<(), String> {
        // What belongs to no Region is commanded from any.
        let region = if self.region == "global" { "us-east-1" } else { &self.region };
        let tools = tool("aws");
        let tools = tools.parent().expect("a folder").display();
        let mut shell = Command::new("sh");
        shell.args(["-eu", "-c", &self.script]).env_clear().current_dir(env!("CARGO_TARGET_TMPDIR"));
        shell.env("PATH", format!("{tools}:/usr/bin:/bin")).env("HOME", root().join("no-such-folder"));
        shell.env("AWS_ENDPOINT_URL", emulator.url()).env("AWS_DEFAULT_REGION", region);
        shell.env("AWS_ACCESS_KEY_ID", ACCOUNT).env("AWS_SECRET_ACCESS_KEY", "test");
        shell.env("AWS_EC2_METADATA_DISABLED", "true");
        shell.env("RECOVERY_REGION", "eu-central-1").envs(answers.iter().map(|(name, value)| (name, value)));
        let output = shell.output().expect("sh runs");
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.success() { Ok(()) } else { Err(format!("{}\n{said}\n{}", output.status, self.script)) }
    }
}
