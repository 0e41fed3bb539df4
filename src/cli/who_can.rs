//! `backstop who-can`: who can do something, by which policies, and what holds the others back.

use std::path::PathBuf;

use super::fault::Fault;
use super::judging::load_settings;
use super::output::{self, pretty};
use super::rules::Format;
use super::source;
use crate::derive::who_can;
use crate::diagnostic::nearest;
use crate::model::snapshot::Source;
use crate::report::who;

/// Show who can do something to what there is, by which policies, and what holds the others back.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The action, as policies name it: `backup:DeleteRecoveryPoint`
    action: String,
    /// The resource: its ARN, or the name of a vault, bucket, key, plan, role or user; by default all of the action's kind
    resource: Option<String>,
    /// A snapshot saved by `backstop collect`
    #[arg(long, value_name = "FILE", required_unless_present = "files", conflicts_with = "files")]
    snapshot: Option<PathBuf>,
    /// Files and folders with templates, Terraform source or plans; may be repeated
    #[arg(long, value_name = "PATH")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    source: source::Args,
    /// Settings; by default the nearest `backstop.toml` in the working folder or its parents
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How to write
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    output: Format,
}

/// Exit code 0 whoever can.
pub(crate) fn run(args: &Args) -> Result<u8, Fault> {
    let named = args.action.split_once(':');
    if named.is_none_or(|(service, name)| service.is_empty() || name.is_empty() || args.action.contains(['*', '?'])) {
        let help = "write the service and the name as a policy does: `backup:DeleteRecoveryPoint`";
        return Err(Fault::new(format!("`{}` is no action", args.action), help));
    }
    let settings = load_settings(args.config.as_deref())?;
    let paths: Vec<PathBuf> = args.files.iter().chain(&args.snapshot).cloned().collect();
    let read = args.source.read(&paths, &settings)?;
    let moment = (read.snapshot.source == Source::Live).then_some(read.now);
    let all = who_can(&read.snapshot, &settings, moment, &args.action, args.resource.as_deref());
    let all = all.map_err(|names| {
        let text = args.resource.as_deref().unwrap_or_default();
        let help = nearest(text, names.iter().map(String::as_str)).map_or_else(
            || "give an ARN, or the name of a resource that the action is for".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        Fault::new(format!("nothing is called `{text}`"), help)
    })?;
    output::print(&match args.output {
        Format::Json => pretty(&who::json(&args.action, &all))?,
        Format::Terminal => who::text(&args.action, &all),
    })?;
    Ok(0)
}
