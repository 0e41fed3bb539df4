//! What is derived for a Region of an account.

use crate::model::attribute::attributes;
use crate::model::fact::Fact;

/// Derived facts of a Region of an account.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionDerived {
    /// How its backup jobs of the window ended.
    pub backup_jobs: Fact<JobStatistics>,
    /// How its copy jobs of the window ended.
    pub copy_jobs: Fact<JobStatistics>,
}

attributes!(RegionDerived: "AWS::Region" {
    "backupJobs" => backup_jobs,
    "copyJobs" => copy_jobs,
});

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
