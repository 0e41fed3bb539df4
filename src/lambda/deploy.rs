//! The role of `deploy/` is made from the collectors' table of operations.

use serde_json::Value;

use crate::collect::live::iam_policy;
use crate::testing::assert_generated;

const TEMPLATE: &str = "deploy/backstop-rule.yaml";
const BEGIN: &str = "          # generated: begin\n";
const END: &str = "          # generated: end\n";

/// The statements as YAML, in the manner of the rest of the template.
fn statements() -> String {
    let policy = iam_policy();
    let mut text = String::new();
    for statement in policy["Statement"].as_array().unwrap() {
        let of = |member: &str| statement[member].as_str().unwrap();
        assert_eq!(statement.as_object().unwrap().len(), 4, "a member is not written: {statement}");
        text += &format!("          - Sid: {}\n            Effect: {}\n            Action:\n", of("Sid"), of("Effect"));
        for action in statement["Action"].as_array().unwrap() {
            text += &format!("              - {action}\n");
        }
        text += &format!("            Resource: {}\n", Value::from(of("Resource")));
    }
    text
}

#[test]
fn the_role_in_the_template_is_what_the_collectors_need() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(TEMPLATE);
    let template = std::fs::read_to_string(path).unwrap();
    let (before, rest) = template.split_once(BEGIN).expect("the first mark");
    let (_, after) = rest.split_once(END).expect("the second mark");
    assert_generated(TEMPLATE, &format!("{before}{BEGIN}{}{END}{after}", statements()));
}

#[test]
fn the_role_in_the_module_is_what_the_collectors_need() {
    let policy = serde_json::to_string_pretty(&iam_policy()).unwrap() + "\n";
    assert_generated("deploy/terraform/read-policy.json", &policy);
}
