//! `backstop rules`: lists, shows and tests rules.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::fault::Fault;
use super::judging::load_rules;
use super::output;
use crate::check;
use crate::diagnostic::nearest;
use crate::model::settings::Settings;
use crate::rule::{RuleSet, source};

/// List, show and test rules.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
    /// A folder of rules of your own, beside the built-in ones; may be repeated
    #[arg(long, value_name = "DIR", global = true)]
    policies: Vec<PathBuf>,
    /// How to write
    #[arg(long, value_name = "FORMAT", global = true, default_value = "terminal")]
    output: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Terminal,
    Json,
}

#[derive(Subcommand)]
enum Command {
    /// All rules, a line each
    List,
    /// One rule whole: its condition, why it matters, how to fix it
    Show {
        /// The rule's id
        id: String,
    },
    /// Run the cases (`.tests.json`) of rules
    Test {
        /// Only these rules
        ids: Vec<String>,
    },
    /// The facts that rules may ask for
    Schema,
}

pub(crate) fn run(args: &Args) -> Result<u8, Fault> {
    let rules = load_rules(&args.policies, &Settings::default())?;
    match &args.command {
        Command::List => list(&rules, args.output),
        Command::Show { id } => show(&rules, id, args.output),
        Command::Test { ids } => test(rules, ids, args.output),
        Command::Schema => schema(),
    }
}

fn list(rules: &RuleSet, format: Format) -> Result<u8, Fault> {
    let mut text = String::new();
    if format == Format::Json {
        let all: Vec<_> = rules.rules.iter().map(|rule| described(rule, false)).collect();
        text = pretty(&json!({ "schemaVersion": 1, "rules": all }))?;
    } else {
        let width = rules.rules.iter().map(|rule| rule.meta.id.len()).max().unwrap_or_default();
        for rule in &rules.rules {
            let meta = &rule.meta;
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "{:width$}  {:8}  {:9}  {}",
                meta.id,
                meta.severity.name(),
                meta.action.name(),
                meta.title
            );
        }
    }
    output::print(&text)?;
    Ok(0)
}

fn described(rule: &crate::rule::Rule, whole: bool) -> serde_json::Value {
    let meta = &rule.meta;
    let mut value = json!({
        "id": &*meta.id,
        "title": meta.title,
        "severity": meta.severity.name(),
        "action": meta.action.name(),
        "types": meta.types,
        "practice": meta.practice,
        "precision": meta.precision.name(),
        "file": meta.file,
    });
    if let (true, Some(members)) = (whole, value.as_object_mut()) {
        members.insert("cedar".to_owned(), json!(meta.cedar));
        members.insert("guide".to_owned(), json!(meta.guide.text));
        members.insert("reads".to_owned(), json!(rule.reads.paths));
    }
    value
}

fn find<'a>(rules: &'a RuleSet, id: &str) -> Result<&'a crate::rule::Rule, Fault> {
    rules.get(id).ok_or_else(|| {
        let near = nearest(id, rules.rules.iter().map(|rule| &*rule.meta.id));
        let help = near
            .map_or_else(|| "`backstop rules list` shows them".to_owned(), |near| format!("did you mean `{near}`?"));
        Fault::new(format!("no rule is named `{id}`"), help)
    })
}

fn show(rules: &RuleSet, id: &str, format: Format) -> Result<u8, Fault> {
    let rule = find(rules, id)?;
    if format == Format::Json {
        output::print(&pretty(&described(rule, true))?)?;
        return Ok(0);
    }
    let meta = &rule.meta;
    let text = format!(
        "{}\n{}\n\nseverity {} · asks: {} · judges {} · guide §{}\n\n{}\n{}\n",
        meta.id,
        meta.title,
        meta.severity,
        meta.action.name(),
        meta.types.join(", "),
        meta.practice.join(", §"),
        meta.cedar.trim_end(),
        if meta.guide.text.is_empty() { String::new() } else { format!("\n{}", meta.guide.text.trim_end()) },
    );
    output::print(&text)?;
    Ok(0)
}

fn test(mut rules: RuleSet, ids: &[String], format: Format) -> Result<u8, Fault> {
    for id in ids {
        find(&rules, id)?;
    }
    if !ids.is_empty() {
        rules.rules.retain(|rule| ids.iter().any(|id| **id == *rule.meta.id));
    }
    let outcome = check::run(&rules)?;
    let text = if format == Format::Json {
        let failures: Vec<_> = outcome
            .failures
            .iter()
            .map(|f| json!({ "rule": f.rule, "case": f.case, "expected": f.expected, "got": f.got }))
            .collect();
        pretty(&json!({
            "schemaVersion": 1,
            "passed": outcome.passed,
            "failures": failures,
            "untested": outcome.untested,
        }))?
    } else {
        let mut text = String::new();
        for failure in &outcome.failures {
            let _ = writeln!(
                text,
                "{}: {}\n    expected {}, got {}",
                failure.rule, failure.case, failure.expected, failure.got
            );
        }
        for rule in &outcome.untested {
            let _ = writeln!(text, "{rule}: has no cases ({rule}.tests.json)");
        }
        let _ = writeln!(
            text,
            "{} passed, {} failed, {} rules without cases",
            outcome.passed,
            outcome.failures.len(),
            outcome.untested.len()
        );
        text
    };
    output::print(&text)?;
    Ok(u8::from(!outcome.failures.is_empty()))
}

fn schema() -> Result<u8, Fault> {
    let fragments: Vec<String> = source::embedded_schema().into_iter().map(|(_, text)| text).collect();
    output::print(&fragments.join("\n"))?;
    Ok(0)
}

fn pretty(value: &serde_json::Value) -> Result<String, Fault> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Fault::new(error, "this is a defect of backstop: please report it"))?;
    Ok(text + "\n")
}
