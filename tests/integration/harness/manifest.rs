//! The planted faults, and what an audit of one account cannot know: `tests/emulator/manifest.json`, and
//! `manifest-bare.json` and `manifest-people.json` for the accounts of `bare.py` and `people.py`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::emulator::Emulator;
use super::program::Place;
use super::server::root;

/// What the verdict is where it is no Fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Unknown,
}

/// One planted fault.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What is wrong, as a sentence: for people.
    #[serde(rename = "fault")]
    _fault: String,
    /// The rule that finds it.
    pub rule: String,
    /// The resource's type …
    #[serde(rename = "type")]
    pub kind: String,
    /// … its Region …
    pub region: String,
    /// … and its name or alias.
    pub resource: String,
    verdict: Option<Verdict>,
}

fn written() -> Vec<Fault> {
    let text = std::fs::read_to_string(root().join("tests/emulator/manifest.json")).expect("the manifest");
    serde_json::from_str(&text).expect("a list of faults")
}

/// All planted faults of the account `whole`.
pub fn faults() -> Vec<Fault> {
    written().into_iter().filter(|fault| fault.verdict.is_none()).collect()
}

/// All planted faults of an account of `bare.py` or `people.py`: `bare`, `joined` or `people`.
pub fn faults_of(account: &str) -> Vec<Fault> {
    bare().remove(account).unwrap_or_else(|| panic!("no account `{account}`"))
}

/// All planted faults of all accounts.
pub fn all_faults() -> Vec<Fault> {
    faults().into_iter().chain(bare().into_values().flatten()).collect()
}

fn bare() -> BTreeMap<String, Vec<Fault>> {
    let mut all = BTreeMap::new();
    for name in ["manifest-bare.json", "manifest-people.json"] {
        let text = std::fs::read_to_string(root().join("tests/emulator").join(name)).expect("the manifest");
        let faults: BTreeMap<String, Vec<Fault>> = serde_json::from_str(&text).expect("lists of faults");
        all.extend(faults);
    }
    all
}

/// Where a fault is in this account.
pub fn place(emulator: &Emulator, fault: &Fault) -> Place {
    let arn = &emulator.arns[&fault.kind][&format!("{}/{}", fault.region, fault.resource)];
    Place { rule: fault.rule.clone(), resource: arn.clone() }
}

/// Where the faults are in this account.
pub fn places(emulator: &Emulator) -> BTreeSet<Place> {
    faults().iter().map(|fault| place(emulator, fault)).collect()
}

/// Where an audit cannot know.
pub fn unknowns(emulator: &Emulator) -> BTreeSet<Place> {
    let unknown = |fault: &Fault| fault.verdict == Some(Verdict::Unknown);
    written().iter().filter(|fault| unknown(fault)).map(|fault| place(emulator, fault)).collect()
}
