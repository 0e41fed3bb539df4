//! What `audit` and `collect` share: which account, and progress on a terminal.

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
}

#[cfg(not(feature = "live"))]
impl Args {
    /// Says that this build cannot.
    pub(crate) fn read(&self) -> Result<(Snapshot, Timestamp), Fault> {
        Err(without_sdk())
    }
}

/// What a build without the AWS SDK says of commands that need it.
#[cfg(not(feature = "live"))]
pub(crate) fn without_sdk() -> Fault {
    Fault::new("this `backstop` was built without the AWS SDK", "install it with `cargo install --path .`")
}

#[cfg(feature = "live")]
mod with_sdk {
    use std::time::Duration;

    use indicatif::{ProgressBar, ProgressStyle};
    use jiff::Timestamp;

    use super::{Args, Fault, Snapshot};
    use crate::cli::judging;
    use crate::collect::live::{self, LiveOptions, Progress};

    /// A spinner on a terminal; nothing elsewhere.
    struct Spinner(ProgressBar);

    impl Progress for Spinner {
        fn step(&self, what: &str) {
            self.0.set_message(what.to_owned());
            self.0.inc(1);
            tracing::info!("{what}");
        }
    }

    impl Args {
        /// Reads the account.
        pub(crate) fn read(&self) -> Result<(Snapshot, Timestamp), Fault> {
            let now = judging::clock(self.now);
            let options = LiveOptions {
                profile: self.profile.clone(),
                role: self.role.clone(),
                regions: self.regions.clone(),
                now,
                concurrency: usize::from(self.concurrency),
            };
            // indicatif draws nothing where stderr is no terminal.
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} {wide_msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            let spinner = Spinner(bar);
            let read = live::collect(&options, &spinner);
            spinner.0.finish_and_clear();
            let (snapshot, statistics) = read.map_err(|error| {
                let help = error.help();
                Fault::new(error, help)
            })?;
            tracing::info!("{statistics:?}");
            Ok((snapshot, now))
        }
    }
}
