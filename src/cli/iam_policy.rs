//! `backstop iam-policy`: what the collectors need, and nothing more.

use super::fault::Fault;
use super::output;
use crate::collect::live;

/// Print the least-privilege IAM policy of the collectors.
#[derive(clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args) -> Result<u8, Fault> {
    let text = serde_json::to_string_pretty(&live::iam_policy())
        .map_err(|error| Fault::new(error, "this is a defect of backstop: please report it"))?;
    output::print(&(text + "\n"))?;
    Ok(0)
}
