//! `backstop rules`: lists, shows, tests, proves and begins rules.

mod new;
mod prove;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::fault::Fault;
use super::judging::{load_rules, load_settings};
use super::output::{self, pretty};
use crate::check;
use crate::diagnostic::nearest;
use crate::model::settings::Settings;
use crate::rule::notice::{self, Notice};
use crate::rule::{RuleSet, source};

/// List, show, test, prove and begin rules.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
    /// A folder of rules of your own, beside the built-in ones; may be repeated
    #[arg(long, value_name = "DIR", global = true)]
    policies: Vec<PathBuf>,
    /// Settings that change rules; by default the nearest `backstop.toml` in the working folder or its parents
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// How to write
    #[arg(long, value_name = "FORMAT", global = true, default_value = "terminal")]
    output: Format,
}

/// How listings are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Terminal,
    /// For programs
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
    /// Prove by an SMT solver that rules never error, can fail, can pass, and are not implied by one another
    Prove(prove::Args),
    /// Begin a rule: writes its three files, valid from the start
    New(new::Args),
    /// The facts that rules may ask for
    Schema,
}

pub(crate) fn run(args: &Args) -> Result<u8, Fault> {
    let mut settings = load_settings(args.config.as_deref())?;
    // What is off is not part of the pack that is compared with another one.
    let as_set = matches!(&args.command, Command::Prove(prove) if prove.is_of_the_pack());
    let off = if as_set { Vec::new() } else { switch_on(&mut settings) };
    let rules = load_rules(&args.policies, &settings)?;
    // Settings may name a rule by an older id.
    let off: BTreeSet<Arc<str>> =
        off.iter().filter_map(|id| rules.get(id)).map(|rule| Arc::clone(&rule.meta.id)).collect();
    match &args.command {
        Command::List => list(&rules, &off, args.output),
        Command::Show { id } => show(&rules, &off, id, args.output),
        Command::Test { ids } => test(rules, ids, args.output),
        Command::Prove(prove) => prove::run(prove, rules, args.output),
        Command::New(new) => new::run(new, &rules),
        Command::Schema => schema(),
    }
}

/// Takes the disabling out of the settings, so that rules which are off can be listed, shown and tested all the same.
/// Gives their ids as the settings name them.
pub(crate) fn switch_on(settings: &mut Settings) -> Vec<String> {
    let mut off = Vec::new();
    for (id, change) in &mut settings.rules {
        if std::mem::take(&mut change.disabled) {
            off.push(id.clone());
        }
    }
    off
}

fn list(rules: &RuleSet, off: &BTreeSet<Arc<str>>, format: Format) -> Result<u8, Fault> {
    let text = if format == Format::Json {
        let all: Vec<_> = rules.rules.iter().map(|rule| described(rule, off, false)).collect();
        pretty(&json!({ "schemaVersion": 1, "rules": all }))?
    } else {
        lines(rules, off)
    };
    output::print(&text)?;
    Ok(0)
}

/// A line for each rule, with the severity in effect.
fn lines(rules: &RuleSet, off: &BTreeSet<Arc<str>>) -> String {
    let mut text = String::new();
    let width = rules.rules.iter().map(|rule| rule.meta.id.len()).max().unwrap_or_default();
    for rule in &rules.rules {
        let meta = &rule.meta;
        let disabled = if off.contains(&meta.id) { " (disabled)" } else { "" };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:width$}  {:8}  {:9}  {}{disabled}",
            meta.id,
            meta.severity.name(),
            meta.action.name(),
            meta.title
        );
    }
    text
}

fn described(rule: &crate::rule::Rule, off: &BTreeSet<Arc<str>>, whole: bool) -> serde_json::Value {
    let meta = &rule.meta;
    let mut value = json!({
        "id": &*meta.id,
        "title": meta.title,
        "severity": meta.severity.name(),
        "disabled": off.contains(&meta.id),
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

pub(crate) fn find<'a>(rules: &'a RuleSet, id: &str) -> Result<&'a crate::rule::Rule, Fault> {
    rules.get(id).ok_or_else(|| {
        let near = nearest(id, rules.rules.iter().map(|rule| &*rule.meta.id));
        let help = near
            .map_or_else(|| "`backstop rules list` shows them".to_owned(), |near| format!("did you mean `{near}`?"));
        Fault::new(format!("no rule is named `{id}`"), help)
    })
}

/// A notice, which is no rule but is named in findings like one.
fn show_notice(notice: &Notice, format: Format) -> Result<u8, Fault> {
    let Notice { id, title, severity, why, fix } = notice;
    output::print(&match format {
        Format::Json => {
            pretty(&json!({ "id": id, "title": title, "severity": severity.name(), "why": why, "fix": fix }))?
        }
        Format::Terminal => {
            format!(
                "{id}\n{title}\n\nseverity {severity} · a notice of backstop itself, not a rule\n\n{why}\n\n{fix}\n"
            )
        }
    })?;
    Ok(0)
}

fn show(rules: &RuleSet, off: &BTreeSet<Arc<str>>, id: &str, format: Format) -> Result<u8, Fault> {
    if let Some(notice) = notice::find(id) {
        return show_notice(notice, format);
    }
    let rule = find(rules, id)?;
    if format == Format::Json {
        output::print(&pretty(&described(rule, off, true))?)?;
        return Ok(0);
    }
    let meta = &rule.meta;
    let text = format!(
        "{}\n{}\n\n{}severity {} · asks: {} · judges {} · guide §{}\n\n{}\n{}\n",
        meta.id,
        meta.title,
        if off.contains(&meta.id) { "disabled · " } else { "" },
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    #[test]
    fn the_list_shows_what_the_settings_change() {
        let text = "[rules.vault-locked]\ndisable = true\n[rules.s3-mfa-delete-enabled]\nseverity = \"critical\"\n\
            [rules.kms-key-enabled]\nseverity = \"low\"\ndisable = true\n";
        let mut settings = config::parse("backstop.toml", text).unwrap();
        let off = switch_on(&mut settings);
        assert_eq!(off, ["kms-key-enabled", "vault-locked"]);
        let rules = load_rules(&[], &settings).unwrap_or_else(|_| panic!("the shipped rules load"));
        let off: BTreeSet<Arc<str>> = off.iter().map(|id| Arc::from(id.as_str())).collect();
        let listed = lines(&rules, &off);
        let line = |id: &str| listed.lines().find(|line| line.starts_with(id)).unwrap();
        assert!(line("vault-locked").ends_with(" (disabled)") && line("vault-locked").contains(" high "));
        assert!(line("kms-key-enabled").ends_with(" (disabled)") && line("kms-key-enabled").contains(" low "));
        assert!(line("s3-mfa-delete-enabled").contains(" critical "));
        assert_eq!(listed.matches("(disabled)").count(), 2);
        let told = described(rules.get("vault-locked").unwrap(), &off, false);
        assert_eq!(told["disabled"], true);
    }
}
