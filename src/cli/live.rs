//! What `audit` and `collect` share: which account, and what reading it cost.

#[cfg(feature = "live")]
mod with_sdk;

use std::io::Write as _;
use std::path::PathBuf;

use jiff::Timestamp;

use super::fault::Fault;
use crate::model::snapshot::Snapshot;

/// Options of every command that reads a live account.
#[derive(clap::Args)]
#[group(id = "live")]
pub(crate) struct Args {
    /// A named profile of the AWS configuration; by default the usual chain of credentials
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// A role to assume first
    #[arg(long, value_name = "ARN")]
    role: Option<String>,
    /// The Regions to read; by default all that the account has enabled
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    regions: Vec<String>,
    /// How many calls may be under way at once
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: u16,
    /// The moment at which ages are judged (RFC 3339); by default now
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
    /// Say on stderr how many calls each service took, how many were repeated, how long that took, and how much memory
    #[arg(long)]
    stats: bool,
}

/// Where each Region is kept once it was read, and whether to go on from what is there.
#[cfg_attr(not(feature = "live"), expect(dead_code, reason = "nothing is read without the AWS SDK"))]
pub(crate) struct Parts {
    pub(crate) folder: PathBuf,
    pub(crate) resume: bool,
}

/// What was read, and at what cost.
pub(crate) struct Read {
    pub(crate) snapshot: Snapshot,
    pub(crate) now: Timestamp,
    /// The calls, if that was asked for.
    cost: Option<String>,
}

impl Read {
    /// Says what it cost, if that was asked for. Called last, so that the memory is that of the whole run.
    pub(crate) fn say_cost(&self) {
        let Some(cost) = &self.cost else { return };
        let memory = peak_memory().map(|peak| format!("peak memory {peak}\n")).unwrap_or_default();
        // Nothing is left to be done if stderr is closed.
        let _ = anstream::stderr().write_all(format!("{cost}{memory}").as_bytes());
    }
}

/// The most memory that this process ever held, as Linux tells it; none elsewhere.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(format!("{} MiB", kib.div_ceil(1024)))
}

#[cfg(not(feature = "live"))]
impl Args {
    /// Says that this build cannot.
    pub(crate) fn read(&self, _parts: Option<Parts>) -> Result<Read, Fault> {
        Err(without_sdk())
    }
}

/// What a build without the AWS SDK says of commands that need it.
#[cfg(not(feature = "live"))]
pub(crate) fn without_sdk() -> Fault {
    Fault::new("this `backstop` was built without the AWS SDK", "install it with `cargo install --path .`")
}
