//! `backstop explain`: why one rule says what it says of one resource.

use std::path::PathBuf;

use super::fault::Fault;
use super::judging::{load_rules, load_settings, load_waivers};
use super::output::{self, pretty};
use super::rules::{Format, find, switch_on};
use super::source;
use crate::check::explain::{explain, lookup::lookup};
use crate::derive::{calls, with_derived};
use crate::model::snapshot::Source;
use crate::report::{explanation, who};

/// Show the facts and the condition behind a verdict.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The rule's id
    rule: String,
    /// The resource: its ARN, name, logical id or address
    resource: String,
    /// Files and folders with CloudFormation templates, Terraform source or plans, or one snapshot saved by `backstop
    /// collect`
    #[arg(required_unless_present = "snapshot", conflicts_with = "snapshot", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// A snapshot saved by `backstop collect`
    #[arg(long, value_name = "FILE")]
    snapshot: Option<PathBuf>,
    #[command(flatten)]
    source: source::Args,
    /// Settings; by default the nearest `backstop.toml` in the working folder or its parents
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A folder of rules of your own, beside the built-in ones; may be repeated
    #[arg(long, value_name = "DIR")]
    policies: Vec<PathBuf>,
    /// How to write
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    output: Format,
}

/// Exit codes: 0 the verdict is explained, whatever it is, 3 the rule errored.
pub(crate) fn run(args: &Args) -> Result<u8, Fault> {
    let mut settings = load_settings(args.config.as_deref())?;
    // A rule that is off can be asked all the same.
    switch_on(&mut settings);
    let mut rules = load_rules(&args.policies, &settings)?;
    load_waivers(&settings, &mut rules)?;
    let rule = find(&rules, &args.rule)?;
    let paths: Vec<PathBuf> = args.paths.iter().chain(&args.snapshot).cloned().collect();
    let read = args.source.read(&paths, &settings)?;
    let resource = lookup(&read.snapshot, &args.resource, &rule.meta.types)?;
    let moment = (read.snapshot.source == Source::Live).then_some(read.now);
    let explained = with_derived(&read.snapshot, &settings, moment, |derive| {
        let subject = derive(resource)?;
        Some(explain(&read.snapshot, &subject, &rules, rule, &settings, read.now))
    });
    let nothing = || {
        let help = "it has no facts of its own, or the settings leave it out";
        Fault::new(format!("`{}` is not judged", args.resource), help)
    };
    let explained = explained.ok_or_else(nothing)?.map_err(|error| {
        let fault = format!("rule `{}` says nothing of `{}`: {error}", rule.meta.id, args.resource);
        Fault::new(fault, "explain it by a snapshot of the live account, saved by `backstop collect`")
    })?;
    let of_access = rule.meta.subject.as_deref().is_some_and(|fact| fact.starts_with("power."));
    let calls = if of_access { calls(&read.snapshot, &settings, moment, resource) } else { Vec::new() };
    output::print(&match args.output {
        Format::Json => {
            let mut json = explanation::json(&explained);
            if of_access && let Some(object) = json.as_object_mut() {
                object.insert("calls".to_owned(), who::calls_json(&calls));
            }
            pretty(&json)?
        }
        Format::Terminal => {
            let text = explanation::text(&explained, &rule.meta);
            if calls.is_empty() { text } else { text + &who::calls_text(&calls) }
        }
    })?;
    Ok(if explained.verdict.is_some() { 0 } else { 3 })
}
