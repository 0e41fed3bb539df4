//! `backstop scan`: judges files.

use std::path::PathBuf;

use super::changed::Changed;
use super::fault::Fault;
use super::judging;
use super::source;
use crate::model::snapshot::Source;

/// Judge templates, or a saved snapshot.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files and folders with CloudFormation templates, or one snapshot saved by `backstop collect`
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Report only what lies in files that differ from where this revision and the present state parted; all is judged.
    /// New files, and changes that are not committed, count
    #[arg(long, value_name = "REV")]
    changed_since: Option<String>,
    #[command(flatten)]
    source: source::Args,
    #[command(flatten)]
    judging: judging::Args,
}

pub(crate) fn run(args: &Args) -> Result<u8, Fault> {
    let prepared = args.judging.prepare()?;
    let changed = args.changed_since.as_deref().map(Changed::since).transpose()?;
    let mut read = args.source.read(&args.paths, &prepared.settings)?;
    if changed.is_some() && read.snapshot.source == Source::Live {
        let fault = "a snapshot of a live account lies in no file that git could tell of";
        return Err(Fault::new(
            fault,
            "leave `--changed-since` out; `--baseline` shows what is new since an earlier report",
        ));
    }
    read.looked.changed = changed;
    args.judging.finish(&prepared, &read.snapshot, read.looked, read.now)
}
