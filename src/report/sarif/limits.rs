//! GitHub's limits on a SARIF file (GitHub Docs, "SARIF support for code scanning", on validating your file). What
//! goes over one of them is refused as a whole.

use std::io;

use serde_sarif::sarif::Run;
use zstd::stream::Encoder;

use super::invocation;
use crate::report::ReportError;

/// Rules in a run.
pub const RULES: usize = 25_000;
/// Characters of a rule's name.
pub const NAME: usize = 255;
/// Characters of a description.
pub const DESCRIPTION: usize = 1_024;
/// Tags of a rule.
pub const TAGS: usize = 9;
/// Characters of a message: what GitHub shows where space is short.
pub const MESSAGE: usize = 1_000;
/// Characters of a rule's help: ours, so that the rules alone cannot fill the file.
pub const HELP: usize = 30_000;
/// Related locations of a result: GitHub stores 100 of at most 1,000.
pub const RELATED: usize = 100;

/// What a whole file may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Results in a run.
    pub results: usize,
    /// Bytes of the compressed file, as estimated below.
    pub compressed: u64,
}

/// GitHub's. It takes 10 MB of gzip; the estimate is held further down.
pub const GITHUB: Limits = Limits { results: 25_000, compressed: 8_000_000 };

/// Leaves out the last results until the log is within the limits, and says so in a notification.
pub fn fit(
    mut run: Run,
    limits: &Limits,
    log: impl Fn(&Run) -> Result<String, ReportError>,
) -> Result<String, ReportError> {
    let mut dropped = leave_out(&mut run, limits.results, 0);
    loop {
        let text = log(&run)?;
        let size = estimated_size(&text, limits.compressed)?;
        let count = run.results.as_ref().map_or(0, Vec::len);
        if size <= limits.compressed || count == 0 {
            return Ok(text);
        }
        // In proportion, and at least one in ten, so that it ends soon.
        let share = usize::try_from(limits.compressed.saturating_mul(100) / size).unwrap_or(0).min(90);
        dropped = leave_out(&mut run, count * share / 100, dropped);
    }
}

fn leave_out(run: &mut Run, keep: usize, before: usize) -> usize {
    let Some(results) = run.results.as_mut().filter(|results| results.len() > keep) else { return before };
    let dropped = before + (results.len() - keep);
    results.truncate(keep);
    if let Some(invocation) = run.invocations.as_mut().and_then(|all| all.first_mut()) {
        let notifications = invocation.tool_execution_notifications.get_or_insert_default();
        if before > 0 {
            notifications.pop();
        }
        notifications.push(invocation::left_out(dropped));
    }
    dropped
}

/// About what gzip makes of it. zstd stands in, with gzip's window of 32 KiB, since it would find repetitions further
/// apart, which gzip cannot; gzip itself was 8 % larger, on results that repeat and on results that do not.
fn estimated_size(text: &str, enough: u64) -> io::Result<u64> {
    if u64::try_from(text.len()).is_ok_and(|len| len <= enough) {
        // Compression does not make it longer by more than the margin.
        return Ok(0);
    }
    let mut encoder = Encoder::new(Count(0), 3)?;
    encoder.window_log(15)?;
    io::copy(&mut text.as_bytes(), &mut encoder)?;
    Ok(encoder.finish()?.0)
}

struct Count(u64);

impl io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
