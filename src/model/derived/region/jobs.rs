//! Job statistics of a Region.

use crate::model::attribute::attributes;
use crate::model::fact::Fact;

/// How the jobs of a kind ended, of the 30 days for which AWS Backup lists them.
#[derive(Clone, Debug, PartialEq)]
pub struct JobStatistics {
    /// How many ended, well or not.
    pub finished: Fact<i64>,
    /// How many of them failed, expired, were aborted or remained partial.
    pub failed: Fact<i64>,
    /// The share that succeeded, for people: `97.4 %`; absent where none ended.
    pub success_rate: Fact<String>,
    /// The share that is asked for, for people: `98 %`.
    pub threshold: Fact<String>,
    /// Whether some ended, and fewer of them well than are asked for.
    pub below_threshold: Fact<bool>,
    /// Whether there was none though a plan should have made some.
    pub missing: Fact<bool>,
    /// What went wrong, for people: `12 FAILED (AccessDenied)`.
    pub failures: Fact<Vec<String>>,
}

attributes!(JobStatistics: "Backstop::JobStatistics" {
    "finished" => finished,
    "failed" => failed,
    "successRate?" => success_rate,
    "threshold" => threshold,
    "belowThreshold" => below_threshold,
    "missing" => missing,
    "failures" => failures,
});
