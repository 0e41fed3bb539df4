//! `backstop collect`: only the snapshot.

use std::path::{Path, PathBuf};

use super::fault::Fault;
use super::live;
use super::output;
use crate::finding::report::Outcome;
use crate::model::gap::GapKind;
use crate::model::snapshot::file;

/// Save a snapshot of a live AWS account.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to: JSON, or compressed lines for a name that ends in `.zst`
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// Go on with a run that was interrupted or in which calls failed: only Regions that were not read whole are read.
    /// The snapshot bears the time of the first run
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    live: live::Args,
}

pub(crate) fn run(args: &Args) -> Result<u8, Fault> {
    let folder = parts(&args.out)?;
    output::check(&args.out)?;
    let read = args.live.read(Some(live::Parts { folder: folder.clone(), resume: args.resume }))?;
    file::write(&args.out, &read.snapshot)?;
    read.say_cost();
    let gaps: Vec<_> = read.snapshot.gaps.iter().filter(|gap| gap.kind != GapKind::NotModelled).collect();
    for gap in &gaps {
        tracing::warn!("{}; it leaves {} unknown", gap.reason().why, gap.leaves_unknown);
    }
    if gaps.iter().any(|gap| gap.kind != GapKind::Denied) {
        tracing::warn!("some calls failed; the same command with --resume repeats only the Regions that they were in");
    } else if let Err(error) = std::fs::remove_dir_all(&folder) {
        tracing::warn!("cannot remove `{}`: {error}", folder.display());
    }
    // What AWS tells to other accounts only is missing from every snapshot of this one.
    Ok(if gaps.iter().all(|gap| gap.is_withheld()) { Outcome::Clean } else { Outcome::Incomplete }.code())
}

/// The folder beside the snapshot in which each Region is kept until all were read.
fn parts(out: &Path) -> Result<PathBuf, Fault> {
    let Some(name) = out.file_name() else {
        return Err(Fault::new(format!("`{}` names no file", out.display()), "name one, such as `-o snapshot.zst`"));
    };
    let mut name = name.to_owned();
    name.push(".parts");
    Ok(out.with_file_name(name))
}
