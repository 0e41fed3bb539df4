//! `backstop audit`: judges a live account.

use super::fault::Fault;
use super::judging::{self, Looked};
use super::live;

/// Judge a live AWS account.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    live: live::Args,
    #[command(flatten)]
    judging: judging::Args,
}

pub(crate) fn run(args: &Args) -> Result<u8, Fault> {
    let prepared = args.judging.prepare()?;
    let read = args.live.read(None)?;
    let code = args.judging.finish(&prepared, &read.snapshot, Looked::default(), read.now)?;
    read.say_cost();
    Ok(code)
}
