//! Reads the account through the AWS SDK, with progress on a terminal.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::{Args, Fault, Parts, Read};
use crate::cli::judging;
use crate::collect::live::{self, CallStatistics, Keep, LiveOptions, Progress};

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
    pub(crate) fn read(&self, parts: Option<Parts>) -> Result<Read, Fault> {
        let now = judging::clock(self.now);
        let options = LiveOptions {
            profile: self.profile.clone(),
            role: self.role.clone(),
            regions: self.regions.clone(),
            now,
            concurrency: usize::from(self.concurrency),
            keep: parts.map(|Parts { folder, resume }| Keep { folder, resume }),
            ..LiveOptions::default()
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
        let cost = self.stats.then(|| table(&statistics, begun.elapsed()));
        Ok(Read { snapshot, now, cost })
    }
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
