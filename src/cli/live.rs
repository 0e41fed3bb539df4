//! What `audit` and `collect` share: which account, and progress on a terminal.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;

use super::fault::Fault;
use super::judging;
use crate::collect::live::{self, CallStatistics, Keep, LiveOptions, Progress};
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
    /// Reads the account. What is read is kept Region by Region, if a place for that is given.
    pub(crate) fn read(&self, keep: Option<Keep>) -> Result<Read, Fault> {
        let now = judging::clock(self.now);
        let options = LiveOptions {
            profile: self.profile.clone(),
            role: self.role.clone(),
            regions: self.regions.clone(),
            now,
            concurrency: usize::from(self.concurrency),
            keep,
        };
        // indicatif draws nothing where stderr is no terminal.
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} {wide_msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        let spinner = Spinner(bar);
        let begun = Instant::now();
        let read = live::collect(&options, &spinner);
        spinner.0.finish_and_clear();
        let (snapshot, statistics) = read.map_err(|error| {
            let help = error.help();
            Fault::new(error, help)
        })?;
        let statistics = self.stats.then(|| (statistics, begun.elapsed()));
        Ok(Read { snapshot, now, statistics })
    }
}

/// What was read, and at what cost.
pub(crate) struct Read {
    pub(crate) snapshot: Snapshot,
    pub(crate) now: Timestamp,
    statistics: Option<(CallStatistics, Duration)>,
}

impl Read {
    /// Says what it cost, if that was asked for. Called last, so that the memory is that of the whole run.
    pub(crate) fn say_cost(&self) {
        let Some((statistics, took)) = &self.statistics else { return };
        let mut text = table(statistics, *took);
        if let Some(peak) = peak_memory() {
            let _ = writeln!(text, "peak memory {peak}");
        }
        // Nothing is left to be done if stderr is closed.
        let _ = anstream::stderr().write_all(text.as_bytes());
    }
}

/// The most memory that this process ever held, as Linux tells it; none elsewhere.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(format!("{} MiB", kib.div_ceil(1024)))
}

/// The calls of each service, and of all together.
fn table(statistics: &CallStatistics, took: Duration) -> String {
    let seconds = |time: Duration| format!("{:.1} s", time.as_secs_f64());
    let mut text = format!("{:>8}{:>9}{:>11}  service\n", "calls", "retries", "time");
    for (service, calls) in statistics.by_service() {
        let _ = writeln!(text, "{:>8}{:>9}{:>11}  {service}", calls.calls, calls.retries, seconds(calls.time));
    }
    let all = statistics.total();
    let _ =
        writeln!(text, "{:>8}{:>9}{:>11}  all, read in {}", all.calls, all.retries, seconds(all.time), seconds(took));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::live::Calls;

    #[test]
    fn calls_are_added_up_by_service() {
        let calls = |calls, retries, millis| Calls { calls, retries, refused: 0, time: Duration::from_millis(millis) };
        let statistics = CallStatistics {
            calls: [
                (("backup".to_owned(), "ListTags".to_owned()), calls(9, 1, 1500)),
                (("backup".to_owned(), "ListBackupPlans".to_owned()), calls(2, 0, 250)),
                (("s3".to_owned(), "ListBuckets".to_owned()), calls(1, 0, 100)),
            ]
            .into(),
        };
        let expected = "   calls  retries       time  service\n      11        1      1.8 s  backup\n       \
            1        0      0.1 s  s3\n      12        1      1.9 s  all, read in 0.9 s\n";
        assert_eq!(table(&statistics, Duration::from_millis(900)), expected);
    }
}
