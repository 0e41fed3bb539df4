//! Runs the example of `docs/writing-rules.md`, as it is written there.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;

use super::explain::{explain, lookup::lookup};
use super::{cases, mutants, run, tests_file};
use crate::collect::files::{FileOptions, scan};
use crate::derive::derive;
use crate::evaluate::evaluate;
use crate::finding::verdict::Verdict;
use crate::model::settings::Settings;
use crate::report::explanation;
use crate::rule::{RuleSet, load, template};

const ID: &str = "bucket-owner-named";

fn page() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/writing-rules.md")).unwrap()
}

/// The blocks that follow a line with nothing but a file's name: **`name`**.
fn files(page: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(name) = line.strip_prefix("**`").and_then(|rest| rest.strip_suffix("`**")) else { continue };
        let fence = lines.find(|line| line.starts_with("```")).unwrap();
        let end: String = fence.chars().take_while(|c| *c == '`').collect();
        let text: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
        found.insert(name.to_owned(), text.join("\n") + "\n");
    }
    found
}

/// The example's files in a folder, and the rules with the example's among them.
fn example() -> (tempfile::TempDir, RuleSet) {
    let folder = tempfile::tempdir().unwrap();
    let files = files(&page());
    assert_eq!(files.len(), 4, "{:?}", files.keys());
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let rules = load::load(&[&folder.path().join("my-rules")], &BTreeMap::new())
        .unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)));
    (folder, rules)
}

#[test]
fn the_cases_of_the_tutorial_pass_and_pin_its_condition() {
    let (_folder, rules) = example();
    let rule = rules.get(ID).unwrap();
    let alone = RuleSet { rules: vec![rule.clone()], ..rules.clone() };
    let outcome = run(&alone).unwrap();
    assert_eq!((outcome.failures, outcome.untested), (Vec::new(), Vec::new()));
    let said = format!("{} passed, 0 failed, 0 rules without cases", outcome.passed);
    assert!(page().contains(&said), "{said}");
    let cases = cases::parse(&tests_file(rule), rule.tests.as_deref().unwrap(), rule).unwrap();
    assert_eq!(mutants::survivors(&rules, rule, &cases), Ok(Vec::new()));
}

#[test]
fn the_tutorials_template_fails_and_the_guides_passes() {
    let (folder, rules) = example();
    let rule = rules.get(ID).unwrap();
    let settings = Settings::default();
    let guide = rule.meta.guide.cloudformation.as_deref().unwrap();
    let fixed = template::fill(guide, &BTreeMap::from([("resource.name".to_owned(), "orders".to_owned())])).unwrap();
    std::fs::write(folder.path().join("fixed.yaml"), fixed).unwrap();
    for (file, expected) in [("template.yaml", Verdict::Fail), ("fixed.yaml", Verdict::Pass)] {
        let scanned = scan(&[folder.path().join(file)], &FileOptions::default()).unwrap();
        let subjects = derive(&scanned.snapshot, &settings, None);
        let report = evaluate(&scanned.snapshot, &subjects, &rules, &settings, Timestamp::UNIX_EPOCH).unwrap();
        let failed = report.findings.iter().any(|finding| &*finding.rule == ID && finding.verdict == Verdict::Fail);
        assert_eq!(failed, expected == Verdict::Fail, "{file}");
    }
}

#[test]
fn the_tutorial_shows_what_explain_prints() {
    let (folder, rules) = example();
    let rule = rules.get(ID).unwrap();
    let settings = Settings::default();
    let path = folder.path().join("template.yaml");
    let scanned = scan(std::slice::from_ref(&path), &FileOptions::default()).unwrap();
    let resource = lookup(&scanned.snapshot, "orders", &rule.meta.types).unwrap();
    let subjects = derive(&scanned.snapshot, &settings, None);
    let subject = subjects.iter().find(|subject| subject.resource.id == resource.id).unwrap();
    let explained = explain(&scanned.snapshot, subject, &rules, rule, &settings, Timestamp::UNIX_EPOCH).unwrap();
    let text = explanation::text(&explained, &rule.meta);
    // The file has the folder of this test before its name.
    let at = explained.at.as_ref().unwrap();
    let text = text.replace(&*at.file, "template.yaml");
    assert!(page().contains(&text), "docs/writing-rules.md does not show what is printed now:\n{text}");
}

/// What the page says of the annotations is all that there is.
#[test]
fn the_tutorial_names_every_annotation() {
    for key in crate::rule::annotations::KEYS {
        assert!(page().contains(&format!("| `@{key}` |")), "@{key}");
    }
}
