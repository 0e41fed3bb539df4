//! `backstop iam-policy`: what the collectors need, and nothing more.

use super::fault::Fault;

/// Print the least-privilege IAM policy of the collectors.
#[derive(clap::Args)]
pub(crate) struct Args {}

#[cfg(not(feature = "live"))]
pub(crate) fn run(_: &Args) -> Result<u8, Fault> {
    Err(super::live::without_sdk())
}

#[cfg(feature = "live")]
pub(crate) fn run(_: &Args) -> Result<u8, Fault> {
    use super::output;
    use crate::collect::live;

    let text = serde_json::to_string_pretty(&live::iam_policy())
        .map_err(|error| Fault::new(error, "this is a defect of backstop: please report it"))?;
    output::print(&(text + "\n"))?;
    Ok(0)
}
