//! The validators of SARIF: the standard's schema, and the multitool with GitHub's rules.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::server::{root, tool};

/// Holds a file to the standard and to what GitHub takes.
///
/// The multitool exits with 0 even where it finds errors, so its own log is read.
pub fn assert_valid(file: &Path) {
    let multitool = root().join("tests/.node/node_modules/@microsoft/sarif-multitool-linux");
    let log = file.with_extension("log.sarif");
    let name = file.display();
    let schema = Command::new(tool("check-jsonschema"))
        .arg("--schemafile")
        .arg(multitool.join("sarif-2.1.0.json"))
        .arg(file)
        .output()
        .expect("check-jsonschema runs");
    assert!(schema.status.success(), "{name}: {}", String::from_utf8_lossy(&schema.stdout));

    let validated = Command::new(multitool.join("Sarif.Multitool"))
        .arg("validate")
        .arg(file)
        .arg("--config")
        .arg(root().join("tests/sarif-github.xml"))
        .args(["--rule-kind", "Sarif;Ghas", "--level", "Error;Warning", "--log", "ForceOverwrite"])
        .arg("--output")
        .arg(&log)
        .output()
        .expect("the multitool runs");
    assert!(validated.status.success(), "{name}: {validated:?}");
    let log: Value = serde_json::from_slice(&std::fs::read(&log).expect("a log")).expect("JSON");
    let found: Vec<&Value> = log["runs"][0]["results"].as_array().into_iter().flatten().collect();
    // SARIF2005 asks for an address of the tool, which has none yet.
    let wrong: Vec<&&Value> = found.iter().filter(|result| result["ruleId"] != "SARIF2005").collect();
    assert!(wrong.is_empty(), "{name}: {wrong:#?}");
}
