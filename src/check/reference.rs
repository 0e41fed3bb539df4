//! `docs/rules.md`, generated from the shipped rules, their guides and the frameworks.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::rule::framework::Framework;
use crate::rule::meta::Action;
use crate::rule::{Rule, load, template};
use crate::testing::assert_generated;

const INTRODUCTION: &str = "# Rules

<!-- Generated from policies/. Rewrite with BACKSTOP_REWRITE=1 cargo test. -->

Every rule that comes with Backstop: what it asks, how grave it is, why it matters and how to fix it. `backstop rules show ID` prints the same of one rule. A `<name>` in angle brackets is filled in from the finding. [Writing rules](writing-rules.md) tells how to write your own.
";

fn reference() -> String {
    let rules = load::load(&[], &BTreeMap::new()).unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)));
    let frameworks = Framework::shipped().unwrap();
    let mut text = INTRODUCTION.to_owned();
    for action in Action::ALL {
        let of: Vec<&Rule> = rules.rules.iter().filter(|rule| rule.meta.action == action).collect();
        if of.is_empty() {
            continue;
        }
        writeln!(text, "\n## {}\n\n| rule | severity | what passes |\n|---|---|---|", heading(action)).unwrap();
        for rule in of {
            let (id, severity) = (&rule.meta.id, rule.meta.severity);
            writeln!(text, "| [`{id}`](#{id}) | {severity} | {} |", rule.meta.title.replace('|', "\\|")).unwrap();
        }
    }
    for rule in &rules.rules {
        section(rule, &frameworks, &mut text);
    }
    text
}

fn heading(action: Action) -> &'static str {
    match action {
        Action::Configure => "Is the resource itself set up as it should be? (`configure`)",
        Action::Protect => "Is the workload's declared protection good enough for its tier? (`protect`)",
        Action::Recover => "Could the workload be restored right now? (`recover`, live accounts only)",
        Action::Operate => "Does what was set up work? (`operate`, live accounts only)",
        Action::Access => "Who may do what to backups? (`access`)",
    }
}

fn section(rule: &Rule, frameworks: &[Framework], text: &mut String) {
    let meta = &rule.meta;
    writeln!(text, "\n## {}\n\n**{}.**\n", meta.id, meta.title).unwrap();
    let severity = match &meta.escalation {
        Some((worse, path)) => format!("{}, {worse} if `{path}`", meta.severity),
        None => meta.severity.to_string(),
    };
    writeln!(text, "- severity: {severity}; precision: {}", meta.precision.name()).unwrap();
    let types: Vec<String> = meta.types.iter().map(|name| format!("`{name}`")).collect();
    writeln!(text, "- asks: `{}` of {}", meta.action.name(), types.join(", ")).unwrap();
    writeln!(text, "- practice guide: §{}", meta.practice.join(", §")).unwrap();
    if !meta.after.is_empty() {
        let after: Vec<String> = meta.after.iter().map(|id| format!("[`{id}`](#{id})")).collect();
        writeln!(text, "- fix first: {}", after.join(", ")).unwrap();
    }
    for framework in frameworks {
        let controls: Vec<&str> = framework
            .controls
            .iter()
            .filter(|control| control.rules.iter().any(|id| **id == *meta.id))
            .map(|control| control.id.as_str())
            .collect();
        if !controls.is_empty() {
            writeln!(text, "- {}: {}", framework.name, controls.join(", ")).unwrap();
        }
    }
    writeln!(text, "\n```cedar\n{}\n```\n", meta.cedar.trim_end()).unwrap();
    text.push_str(&demoted(&template::placeholders(&meta.guide.text)));
}

/// Headings one level down, so that they stand below the rule's.
fn demoted(guide: &str) -> String {
    let mut text = String::new();
    let mut in_code = false;
    for line in guide.trim_end().lines() {
        in_code ^= line.trim_start().starts_with("```");
        let mark = if !in_code && line.starts_with('#') { "#" } else { "" };
        writeln!(text, "{mark}{line}").unwrap();
    }
    text
}

#[test]
fn the_reference_of_the_rules_is_current() {
    let text = reference();
    assert_generated("docs/rules.md", &text);
    let rules = load::load(&[], &BTreeMap::new()).unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)));
    for rule in &rules.rules {
        assert_eq!(text.matches(&format!("\n## {}\n", rule.meta.id)).count(), 1, "{}", rule.meta.id);
        assert_eq!(text.matches(&format!("| [`{}`]", rule.meta.id)).count(), 1, "{}", rule.meta.id);
    }
}
