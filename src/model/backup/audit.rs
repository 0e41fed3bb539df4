//! Facts of AWS Backup Audit Manager, and of legal holds.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::fact::Fact;

/// A Backup Audit Manager framework. Source: `DescribeFramework`; `AWS::Backup::Framework`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Framework {
    /// The framework's name.
    pub framework_name: Fact<String>,
    /// `CREATE_IN_PROGRESS`, `UPDATE_IN_PROGRESS`, `DELETE_IN_PROGRESS`, `COMPLETED`, `FAILED`.
    pub deployment: Fact<String>,
    /// `ACTIVE`, `PARTIALLY_ACTIVE`, `INACTIVE`, `UNAVAILABLE`: whether Config records what its controls need.
    pub status: Fact<String>,
    /// The names of its controls.
    pub controls: Fact<Vec<String>>,
}

/// A report plan. Source: `DescribeReportPlan`, `ListReportJobs`; `AWS::Backup::ReportPlan`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReportPlan {
    /// The report plan's name.
    pub plan_name: Fact<String>,
    /// `BACKUP_JOB_REPORT`, `COPY_JOB_REPORT`, `RESTORE_JOB_REPORT`, `RESOURCE_COMPLIANCE_REPORT`, `CONTROL_COMPLIANCE_REPORT`.
    pub template: Fact<String>,
    /// The bucket that it delivers to.
    pub bucket: Fact<String>,
    /// The Regions that it covers, `*` for all; absent where it covers its own alone.
    pub regions: Fact<Vec<String>>,
    /// The accounts and organizational units that it covers, `ROOT` for all of the organization; absent where it covers
    /// its own account alone.
    pub accounts: Fact<Vec<String>>,
    /// When it was made; unknown in a template.
    pub created: Fact<Timestamp>,
    /// When it last delivered a report; absent where it never did. Evidence.
    pub last_success: Fact<Timestamp>,
    /// When it last tried; absent where it never did. Evidence.
    pub last_attempt: Fact<Timestamp>,
}

/// A legal hold: recovery points that nobody can delete until it is released. Source: `GetLegalHold`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LegalHold {
    /// Its title.
    pub title: Fact<String>,
    /// `CREATING`, `ACTIVE`, `CANCELING`, `CANCELED`.
    pub status: Fact<String>,
    /// The vaults that it holds recovery points of (names); empty where it names none.
    pub vaults: Fact<Vec<String>>,
    /// The resources (ARNs) that it holds recovery points of; empty where it names none.
    pub resources: Fact<Vec<String>>,
    /// The first creation date of what it holds; absent where it has no range.
    pub from: Fact<Timestamp>,
    /// The last creation date of what it holds; absent where it has no range.
    pub to: Fact<Timestamp>,
}
