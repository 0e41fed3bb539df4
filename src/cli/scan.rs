//! `backstop scan`: judges files.

use std::path::PathBuf;

use super::fault::Fault;
use super::judging;
use super::source;

/// Judge templates, or a saved snapshot.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files and folders with CloudFormation templates, or one snapshot saved by `backstop collect`
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    source: source::Args,
    #[command(flatten)]
    judging: judging::Args,
}

pub(crate) fn run(args: &Args) -> Result<u8, Fault> {
    let prepared = args.judging.prepare()?;
    let read = args.source.read(&args.paths, &prepared.settings)?;
    args.judging.finish(&prepared, &read.snapshot, read.looked, read.now)
}
