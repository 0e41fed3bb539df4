//! `backstop waivers`: what is accepted, by whom, until when, and what that hides; also what files accept in themselves.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::fault::Fault;
use super::judging::{judge, load_rules, load_settings, load_waivers};
use super::output;
use super::source;
use crate::finding::Finding;
use crate::finding::report::{Report, SuppressionUse};
use crate::report::visible;
use crate::rule::waiver::Waiver;

/// List waivers.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Each waiver: which rules, who, why, until when; and what it hides, if templates or a snapshot are named, besides
    /// the suppressions in those
    List(Box<List>),
}

#[derive(clap::Args)]
struct List {
    /// Files and folders with templates, or one saved snapshot: what waivers hide there is listed
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// A saved snapshot: the same as naming it as PATH
    #[arg(long, value_name = "FILE", conflicts_with = "paths")]
    snapshot: Option<PathBuf>,
    #[command(flatten)]
    source: source::Args,
    /// Settings that name the folder of waivers; by default the nearest `backstop.toml` in the working folder or its parents
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A folder of rules of your own, beside the built-in ones; may be repeated
    #[arg(long, value_name = "DIR")]
    policies: Vec<PathBuf>,
    /// How to write
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    output: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Terminal,
    Json,
}

pub(crate) fn run(args: &Args) -> Result<u8, Fault> {
    let Command::List(args) = &args.command;
    let settings = load_settings(args.config.as_deref())?;
    let mut rules = load_rules(&args.policies, &settings)?;
    load_waivers(&settings, &mut rules)?;
    let paths: Vec<PathBuf> = args.paths.iter().chain(&args.snapshot).cloned().collect();
    let (report, now) = if paths.is_empty() {
        (None, args.source.clock())
    } else {
        let read = args.source.read(&paths, &settings)?;
        (Some(judge(&read.snapshot, &rules, &settings, read.now)?), read.now)
    };
    let hidden = report.as_ref().map(hidden);
    let text = match args.output {
        Format::Json => {
            let mut value = described(&rules.waivers, hidden.as_ref(), now);
            if let (Some(report), Some(members)) = (&report, value.as_object_mut()) {
                members.insert("suppressions".to_owned(), report.suppressions.iter().map(suppression).collect());
            }
            output::pretty(&value)?
        }
        Format::Terminal => {
            let mut text = match settings.waivers {
                None => "no waivers: `waivers` in backstop.toml would name their folder\n".to_owned(),
                Some(_) => lines(&rules.waivers, hidden.as_ref(), now),
            };
            if let Some(report) = &report {
                text.push_str(&suppressions(report));
            }
            text
        }
    };
    output::print(&text)?;
    Ok(0)
}

/// What each waiver hides, by its id: also what another one hides as well.
type Hidden<'a> = BTreeMap<&'a str, Vec<&'a Finding>>;

fn hidden(report: &Report) -> Hidden<'_> {
    let mut hidden = Hidden::new();
    for finding in &report.findings {
        let Some(waiver) = &finding.waiver else { continue };
        for id in std::iter::once(&waiver.id).chain(&waiver.also) {
            hidden.entry(id).or_default().push(finding);
        }
    }
    hidden
}

fn lines(waivers: &[Waiver], hidden: Option<&Hidden<'_>>, now: Timestamp) -> String {
    let mut text = String::new();
    for waiver in waivers {
        let until = if waiver.has_expired(now) { "expired: its last day was" } else { "until" };
        let rules: Vec<&str> = waiver.rules.keys().map(|rule| &**rule).collect();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}  {until} {}", visible(&waiver.id), waiver.expires);
        let _ = writeln!(text, "  rules  {}", rules.join(", "));
        let _ = writeln!(text, "  why    {}", visible(&waiver.reason));
        let _ = writeln!(text, "  owner  {}", visible(&waiver.owner));
        let _ = writeln!(text, "  where  {}:{}", visible(&waiver.at.file), waiver.at.start.line);
        if let Some(hidden) = hidden {
            let found = hidden.get(&*waiver.id).map(Vec::as_slice).unwrap_or_default();
            if found.is_empty() {
                text.push_str("  hides  nothing\n");
            }
            for (at, finding) in found.iter().enumerate() {
                let label = if at == 0 { "hides" } else { "" };
                let (name, rule, severity) = (visible(&finding.name), &finding.rule, finding.severity);
                let _ = writeln!(text, "  {label:5}  {severity}[{rule}] {name}");
            }
        }
        text.push('\n');
    }
    let expired = waivers.iter().filter(|waiver| waiver.has_expired(now)).count();
    let count = waivers.len();
    let _ = writeln!(text, "{count} waiver{}, {expired} expired", if count == 1 { "" } else { "s" });
    text
}

/// What the files themselves accept.
fn suppressions(report: &Report) -> String {
    let mut text = String::new();
    for used in &report.suppressions {
        let (file, rules) = (visible(&used.at.file), used.rules.iter().map(|rule| visible(rule)).collect::<Vec<_>>());
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\n{file}:{}  in source", used.at.start.line);
        let _ = writeln!(text, "  rules  {}", if rules.is_empty() { "none".to_owned() } else { rules.join(", ") });
        let _ = writeln!(text, "  why    {}", used.reason.as_deref().map_or_else(|| "not said".to_owned(), visible));
        let at =
            used.resource.as_ref().map_or_else(|| "no resource that is judged".to_owned(), |(_, name)| visible(name));
        let _ = writeln!(text, "  at     {at}");
        let _ = match (&used.fault, used.findings) {
            (Some(fault), _) => writeln!(text, "  hides  nothing: {}", visible(fault)),
            (None, 0) => writeln!(text, "  hides  nothing"),
            (None, 1) => writeln!(text, "  hides  1 finding"),
            (None, more) => writeln!(text, "  hides  {more} findings"),
        };
    }
    let count = report.suppressions.len();
    if count > 0 {
        let _ = writeln!(text, "\n{count} suppression{} in source", if count == 1 { "" } else { "s" });
    }
    text
}

fn suppression(used: &SuppressionUse) -> Value {
    json!({
        "file": &*used.at.file,
        "line": used.at.start.line,
        "rules": used.rules.iter().map(|rule| &**rule).collect::<Vec<_>>(),
        "reason": used.reason.as_deref(),
        "resource": used.resource.as_ref().map(|(_, name)| &**name),
        "fault": used.fault,
        "findings": used.findings,
    })
}

fn described(waivers: &[Waiver], hidden: Option<&Hidden<'_>>, now: Timestamp) -> Value {
    let one = |waiver: &Waiver| {
        let mut value = json!({
            "id": &*waiver.id,
            "file": &*waiver.at.file,
            "line": waiver.at.start.line,
            "rules": waiver.rules.keys().map(|rule| &**rule).collect::<Vec<_>>(),
            "types": waiver.types,
            "reason": waiver.reason,
            "owner": waiver.owner,
            "expires": waiver.expires.to_string(),
            "expired": waiver.has_expired(now),
        });
        if let (Some(hidden), Some(members)) = (hidden, value.as_object_mut()) {
            let found = hidden.get(&*waiver.id).map(Vec::as_slice).unwrap_or_default();
            let found = found.iter().map(|finding| {
                json!({
                    "rule": &*finding.rule,
                    "severity": finding.severity.name(),
                    "name": &*finding.name,
                    "address": &*finding.address,
                    "fingerprint": finding.fingerprint(),
                })
            });
            members.insert("findings".to_owned(), found.collect());
        }
        value
    };
    let day = now.to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
    json!({ "schemaVersion": 1, "judgedOn": day, "waivers": waivers.iter().map(one).collect::<Vec<_>>() })
}
