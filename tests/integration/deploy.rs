//! The templates and the module of `deploy/`, held to what AWS and the program take, and to Backstop's own rules.

use std::process::Command;

use serde_json::Value;

use crate::harness::program::backstop;
use crate::harness::server::{root, tool};

#[test]
fn the_templates_are_what_aws_and_the_program_take() {
    let script = root().join("tests/deploy.py");
    let out = Command::new(tool("python")).arg(script).args(::backstop::lambda::parameters::NAMES).output();
    let out = out.expect("Python runs");
    let said = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success(), "{said}");
}

#[test]
fn what_is_deployed_passes_backstops_own_rules() {
    for path in ["deploy/backstop-rule.yaml", "deploy/terraform"] {
        let mut scan = backstop("http://127.0.0.1:9");
        scan.arg("scan").arg(root().join(path)).args(["--fail-on", "low", "--output", "json"]);
        let out = scan.output().expect("the program runs");
        let report: Value = serde_json::from_slice(&out.stdout).expect("a report");
        assert_eq!(out.status.code(), Some(0), "{report:#}");
        assert_eq!(report["gaps"], serde_json::json!([]), "{path} was not read as a whole");
        assert!(report["totals"]["pass"].as_u64().is_some_and(|pass| pass > 0), "{path}: nothing was judged");
    }
}
