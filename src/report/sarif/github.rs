//! GitHub's ingestion rules as a check: what it says, in public threads and in its documentation, when it refuses.

use std::collections::BTreeSet;

use serde_json::Value;

/// Every reason for which GitHub would refuse this file, or show it wrongly; empty for a good one.
pub fn github_refuses(log: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    if log["version"] != "2.1.0" || !log["$schema"].is_string() {
        faults.push("no $schema or version 2.1.0".to_owned());
    }
    let runs = array(&log["runs"]);
    if runs.is_empty() || runs.len() > 20 {
        faults.push(format!("{} runs", runs.len()));
    }
    let mut categories = BTreeSet::new();
    for run in runs {
        let category = run["automationDetails"]["id"].as_str().unwrap_or_default();
        if !category.is_empty() && !category.contains('/') {
            faults.push(format!("category `{category}` has no `/`, so it counts as a run id"));
        }
        if !categories.insert(category) {
            faults.push("A delivery cannot contain multiple runs with the same category".to_owned());
        }
        check_run(run, &mut faults);
    }
    faults
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn check_run(run: &Value, faults: &mut Vec<String>) {
    if run["tool"]["driver"]["name"].as_str().is_none_or(str::is_empty) {
        faults.push("no tool.driver.name".to_owned());
    }
    if !run["results"].is_array() {
        faults.push("Invalid SARIF. Missing 'results' array in run.".to_owned());
    }
    let rules = array(&run["tool"]["driver"]["rules"]);
    let results = array(&run["results"]);
    for (what, count) in [("rules", rules.len()), ("results", results.len())] {
        if count > 25_000 {
            faults.push(format!("rejecting SARIF, as there are more {what} than allowed ({count} > 25000)"));
        }
    }
    for rule in rules {
        check_rule(rule, faults);
    }
    for result in results {
        check_result(result, rules, faults);
    }
}

fn check_rule(rule: &Value, faults: &mut Vec<String>) {
    let id = rule["id"].as_str().unwrap_or_default();
    let mut fault = |what: &str| faults.push(format!("rule `{id}`: {what}"));
    let texts = [
        ("id", &rule["id"], 255),
        ("name", &rule["name"], 255),
        ("shortDescription", &rule["shortDescription"]["text"], 1024),
        ("fullDescription", &rule["fullDescription"]["text"], 1024),
        ("help", &rule["help"]["text"], usize::MAX),
    ];
    for (what, text, limit) in texts {
        match text.as_str() {
            None | Some("") => fault(&format!("no {what}")),
            Some(text) if text.chars().count() > limit => fault(&format!("{what} is too long")),
            Some(_) => {}
        }
    }
    if !matches!(rule["defaultConfiguration"]["level"].as_str(), Some("note" | "warning" | "error")) {
        fault("no level");
    }
    let properties = &rule["properties"];
    let tags = array(&properties["tags"]);
    if tags.len() >= 10 {
        fault("too many tags");
    }
    match &properties["security-severity"] {
        Value::Null => {}
        Value::String(text) => {
            let number: Option<f64> = text.parse().ok();
            if number.is_none_or(|number| !(0.1..=10.0).contains(&number) || number == 9.0) {
                fault("invalid security severity value, is not a number, or ambiguous");
            }
            if !tags.iter().any(|tag| tag == "security") {
                fault("security-severity without the tag `security`");
            }
        }
        _ => fault("parse error: expected string near security-severity"),
    }
}

fn check_result(result: &Value, rules: &[Value], faults: &mut Vec<String>) {
    let mut fault = |what: &str| faults.push(format!("result of `{}`: {what}", result["ruleId"]));
    match result["message"]["text"].as_str() {
        None | Some("") => fault("expected a result message"),
        Some(text) if text.chars().count() > 1_000 => fault("message is too long"),
        Some(_) => {}
    }
    let index = result["ruleIndex"].as_u64().and_then(|index| usize::try_from(index).ok());
    if index.and_then(|index| rules.get(index)).is_none_or(|rule| rule["id"] != result["ruleId"]) {
        fault("ruleIndex does not lead to ruleId");
    }
    let shown = !result["kind"].is_null() && result["kind"] != "fail";
    if shown || !result["suppressions"].is_null() || result["level"] == "none" {
        fault("would be an open alert although it is none");
    }
    let locations = array(&result["locations"]);
    if locations.is_empty() {
        fault("locationFromSarifResult: expected at least one location");
    }
    if locations.len() > 1_000 || array(&result["relatedLocations"]).len() > 1_000 {
        fault("rejecting SARIF, as there are more locations than allowed");
    }
    for location in locations.iter().chain(array(&result["relatedLocations"])) {
        let physical = &location["physicalLocation"];
        if !physical.is_object() {
            fault("locationFromSarifResult: expected a physical location");
        }
        match physical["artifactLocation"]["uri"].as_str() {
            None | Some("") => fault("locationFromSarifResult: expected artifact location"),
            Some(uri) => {
                let first = uri.split('/').next().unwrap_or_default();
                if first.contains(':') {
                    fault("SARIF URI scheme did not match the checkout URI scheme file");
                }
                let good = |c: char| c.is_ascii_alphanumeric() || "-._~/%".contains(c);
                if uri.starts_with('/')
                    || !uri.chars().all(good)
                    || uri.split('/').any(|s| matches!(s, "" | "." | ".."))
                {
                    fault("an invalid URI was provided as a SARIF location");
                }
            }
        }
        let number = |key: &str| physical["region"][key].as_u64().unwrap_or_default();
        let start = (number("startLine"), number("startColumn"));
        let end = (number("endLine"), number("endColumn"));
        if start.0 == 0 || start.1 == 0 || end < start || end.1 == 0 {
            fault("no region, or one that ends before it starts");
        }
    }
    if result["partialFingerprints"]["primaryLocationLineHash"].as_str().is_none_or(|hash| !hash.contains(':')) {
        fault("no primaryLocationLineHash");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::sample::Sample;
    use super::super::{Options, Profile, render};
    use super::*;

    /// A good file of GitHub's profile with one thing in it changed.
    fn spoilt(path: &str, value: Value) -> Vec<String> {
        let options = Options { profile: Profile::Github, ..Options::default() };
        let sample = Sample::everything();
        let mut log: Value = serde_json::from_str(&render(&sample.input(), &options).unwrap()).unwrap();
        assert_eq!(github_refuses(&log), Vec::<String>::new());
        *log.pointer_mut(path).unwrap() = value;
        github_refuses(&log)
    }

    #[test]
    fn the_check_itself_sees_what_github_refuses() {
        let result = "/runs/0/results/0";
        let rule = "/runs/0/tool/driver/rules/0";
        for (path, value) in [
            (format!("{result}/locations"), json!([])),
            (format!("{result}/locations/0/physicalLocation"), Value::Null),
            (format!("{result}/locations/0/physicalLocation/artifactLocation/uri"), json!("")),
            (format!("{result}/locations/0/physicalLocation/artifactLocation/uri"), json!("arn:aws:s3:::x")),
            (format!("{result}/locations/0/physicalLocation/artifactLocation/uri"), json!("a b")),
            (format!("{result}/locations/0/physicalLocation/region"), json!({})),
            (format!("{result}/message/text"), json!("")),
            (format!("{result}/level"), json!("none")),
            (format!("{result}/ruleIndex"), json!(6_000)),
            (format!("{rule}/properties/security-severity"), json!(6.5)),
            (format!("{rule}/properties/security-severity"), json!("undefined")),
            (format!("{rule}/properties/tags"), json!(["aws"])),
            (format!("{rule}/help/text"), json!("")),
            (format!("{rule}/shortDescription/text"), json!("x".repeat(1_025))),
            ("/runs/0/results".to_owned(), Value::Null),
        ] {
            assert_ne!(spoilt(&path, value), Vec::<String>::new(), "{path}");
        }
    }
}
