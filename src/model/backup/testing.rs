//! Facts of AWS Backup restore testing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::backup::TagCondition;
use crate::model::fact::Fact;
use crate::model::resource::Link;

/// A restore-testing plan. Source: `GetRestoreTestingPlan`; `AWS::Backup::RestoreTestingPlan`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RestoreTestingPlan {
    /// The plan's name.
    pub plan_name: Fact<String>,
    /// `cron(…)`.
    pub schedule: Fact<String>,
    /// The schedule's time zone; absent is UTC.
    pub timezone: Fact<String>,
    /// Hours within which a test must start; absent is 24.
    pub start_window_hours: Fact<i64>,
    /// `LATEST_WITHIN_WINDOW` or `RANDOM_WITHIN_WINDOW`.
    pub algorithm: Fact<String>,
    /// The vaults that recovery points are taken from: ARNs and patterns; `*` is all.
    pub include_vaults: Fact<Vec<Link>>,
    /// The vaults that are left out.
    pub exclude_vaults: Fact<Vec<Link>>,
    /// `SNAPSHOT`, `CONTINUOUS`.
    pub recovery_point_types: Fact<Vec<String>>,
    /// How many days back recovery points are taken from; absent is 30.
    pub selection_window_days: Fact<i64>,
    /// When AWS Backup last ran it; absent where it never did.
    pub last_run: Fact<Timestamp>,
}

/// A selection of a restore-testing plan. Source: `GetRestoreTestingSelection`;
/// `AWS::Backup::RestoreTestingSelection`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RestoreTestingSelection {
    /// The selection's name.
    pub selection_name: Fact<String>,
    /// The plan that it belongs to (its name).
    pub plan: Link,
    /// AWS Backup's name of the type that it restores.
    pub resource_type: Fact<String>,
    /// ARNs of what it restores; `*` is all of the type. Absent where conditions choose.
    pub resources: Fact<Vec<Link>>,
    /// Tags that must all match (`StringEquals`, `StringNotEquals`).
    pub conditions: Fact<Vec<TagCondition>>,
    /// Hours that a restored resource is kept for validation; absent is none.
    pub validation_window_hours: Fact<i64>,
    /// The role that restores.
    pub role: Fact<Link>,
    /// When it was made; unknown in a template.
    pub created: Fact<Timestamp>,
}
