//! `backstop collect`: only the snapshot.

use std::path::PathBuf;

use super::fault::Fault;
use super::live;
use crate::finding::report::Outcome;
use crate::model::gap::GapKind;
use crate::model::snapshot::file;

/// Save a snapshot of a live AWS account.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to: JSON, or compressed lines for a name that ends in `.zst`
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    live: live::Args,
}

pub(crate) fn run(args: &Args) -> Result<u8, Fault> {
    let (snapshot, _) = args.live.read()?;
    file::write(&args.out, &snapshot)?;
    let gaps: Vec<_> = snapshot.gaps.iter().filter(|gap| gap.kind != GapKind::NotModelled).collect();
    for gap in &gaps {
        tracing::warn!("{}; it leaves {} unknown", gap.reason().why, gap.leaves_unknown);
    }
    // What AWS tells to other accounts only is missing from every snapshot of this one.
    Ok(if gaps.iter().all(|gap| gap.is_withheld()) { Outcome::Clean } else { Outcome::Incomplete }.code())
}
