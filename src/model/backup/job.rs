//! Facts of AWS Backup's jobs: what was tried, and how it ended. Evidence: only of a live source.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::model::fact::Fact;

/// A backup job. Source: `ListBackupJobs`; AWS keeps jobs for 30 days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BackupJob {
    /// `CREATED`, `PENDING`, `RUNNING`, `ABORTING`, `ABORTED`, `COMPLETED`, `FAILED`, `EXPIRED`, `PARTIAL`.
    pub state: Fact<Arc<str>>,
    /// The ARN of the resource that is backed up.
    pub resource: Fact<Arc<str>>,
    /// AWS Backup's name of its type: `EBS`, `S3` …
    pub resource_type: Fact<Arc<str>>,
    /// When it was created.
    pub created: Fact<Timestamp>,
    /// When it ended; absent while it runs.
    pub completed: Fact<Timestamp>,
    /// The ARN of the vault that it writes to.
    pub vault: Fact<Arc<str>>,
    /// The id of the plan that asked for it; absent for one on demand.
    pub plan: Fact<Arc<str>>,
    /// The id of the plan's rule; absent for one on demand.
    pub rule: Fact<Arc<str>>,
    /// AWS's category of its message (`SUCCESS`, `AccessDenied` …); absent where it gives none.
    pub message_category: Fact<Arc<str>>,
    /// Whether it is a part of another job, which answers for it: one of the resources of a stack.
    pub nested: bool,
}

/// A copy job. Source: `ListCopyJobs`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CopyJob {
    /// `CREATED`, `RUNNING`, `COMPLETED`, `FAILED`, `PARTIAL`.
    pub state: Fact<Arc<str>>,
    /// The ARN of the resource whose recovery point is copied.
    pub resource: Fact<Arc<str>>,
    /// AWS Backup's name of its type.
    pub resource_type: Fact<Arc<str>>,
    /// When it was created.
    pub created: Fact<Timestamp>,
    /// When it ended; absent while it runs.
    pub completed: Fact<Timestamp>,
    /// The ARN of the vault that it copies from.
    pub source_vault: Fact<Arc<str>>,
    /// The ARN of the vault that it copies to.
    pub destination_vault: Fact<Arc<str>>,
    /// The id of the plan that asked for it; absent for one on demand.
    pub plan: Fact<Arc<str>>,
    /// AWS's category of its message; absent where it gives none.
    pub message_category: Fact<Arc<str>>,
    /// Whether it is a part of another job, which answers for it.
    pub nested: bool,
}

/// How far back restore jobs are listed: AWS Backup shows those of the last 30 days ("View existing restore testing
/// plans" in the AWS Backup Developer Guide).
pub const RESTORE_HISTORY: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A restore job. Source: `ListRestoreJobs`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RestoreJob {
    /// `PENDING`, `RUNNING`, `COMPLETED`, `ABORTED`, `FAILED`.
    pub status: Fact<String>,
    /// The ARN of the recovery point that is restored.
    pub recovery_point: Fact<String>,
    /// The ARN of the vault that holds it; absent where AWS names none.
    pub vault: Fact<String>,
    /// The ARN of the resource that the recovery point was made of; absent where AWS names none.
    pub resource: Fact<String>,
    /// AWS Backup's name of its type.
    pub resource_type: Fact<String>,
    /// When it was created.
    pub created: Fact<Timestamp>,
    /// When it ended; absent while it runs.
    pub completed: Fact<Timestamp>,
    /// The ARN of the restore-testing plan that asked for it; absent for any other restore.
    pub testing_plan: Fact<String>,
    /// `SUCCESSFUL`, `FAILED`, `TIMED_OUT`, `VALIDATING`; absent where nobody reported on it.
    pub validation: Fact<String>,
}
