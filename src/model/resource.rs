//! A resource: who it is, where it was seen, its tags and its typed facts.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::account::{Account, Region};
use super::backup::audit::{Framework, LegalHold, ReportPlan};
use super::backup::job::{BackupJob, CopyJob, RestoreJob};
use super::backup::testing::{RestoreTestingPlan, RestoreTestingSelection};
use super::backup::{Plan, RecoveryPoint, Selection, Vault};
use super::config_recorder::ConfigRecorder;
use super::events::EventRule;
use super::fact::{Fact, Reasons};
use super::iam::{ManagedPolicy, Principal};
use super::identity::ResourceId;
use super::kms::Key;
use super::planned::PlannedChange;
use super::position::Position;
use super::removal::Removal;
use super::s3::Bucket;
use super::small_map::SmallMap;
use super::suppression::Suppression;
use super::trail::Trail;
use super::workload::ProtectedWorkload;

/// One resource of the estate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resource {
    /// Its identity.
    pub id: ResourceId,
    /// What people call it: the bucket's or vault's name, the key's alias or id, the logical id where the name is unknown.
    pub name: Arc<str>,
    /// Where it was seen.
    pub origin: Origin,
    /// Whether it exists: unknown under a condition that cannot be decided. Never absent: what does not exist is left out.
    pub exists: Fact<bool>,
    /// Its tags.
    pub tags: Tags,
    /// What stands in its file and accepts findings about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppressions: Vec<Suppression>,
    /// What is lost when the files that declare it let it go; none where no file does, and of types that lose nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removal: Option<Box<Removal>>,
    /// What is known of it.
    pub facts: Facts,
}

/// Where a resource was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Origin {
    /// In a live account.
    Live,
    /// In a file.
    #[serde(rename_all = "camelCase")]
    Declared {
        /// The header of its block: the logical id in a template.
        header: Arc<Position>,
        /// Its address in the file's own terms: logical id, Terraform address.
        address: Arc<str>,
    },
}

/// Tags that are known, and whether there may be others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tags {
    /// The tags that are certainly there; a value may be unknown, never absent.
    pub entries: SmallMap<Arc<str>, Fact<String>>,
    /// Why other keys may be there too; none where all tags were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others: Option<Reasons>,
}

impl Tags {
    /// Tags of which nothing could be read.
    pub fn unread(reasons: impl Into<Reasons>) -> Self {
        Self { entries: SmallMap::default(), others: Some(reasons.into()) }
    }

    /// What is known of the tag with this key.
    pub fn get(&self, key: &str) -> Fact<String> {
        match (self.entries.get(key), &self.others) {
            (Some(value), _) => value.clone(),
            (None, Some(reasons)) => Fact::unknown(reasons.clone()),
            (None, None) => Fact::absent(),
        }
    }
}

/// A reference from one resource to another: as written, and the resource it certainly means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Link {
    /// The ARN, name or id as written. In templates the text may be unknown while the target is known
    /// (`!GetAtt Bucket.Arn` of a bucket without a name).
    pub text: Fact<String>,
    /// The resource of the same snapshot that it certainly means, where the source says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<ResourceId>,
}

impl Link {
    /// A reference by text alone.
    pub const fn text(text: Fact<String>) -> Self {
        Self { text, target: None }
    }
}

/// Typed facts. The tag in a snapshot is the CloudFormation type name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "facts")]
pub enum Facts {
    /// An S3 general purpose bucket.
    #[serde(rename = "AWS::S3::Bucket")]
    Bucket(Box<Bucket>),
    /// An AWS Backup vault of any kind.
    #[serde(rename = "AWS::Backup::BackupVault")]
    Vault(Box<Vault>),
    /// An AWS Backup plan.
    #[serde(rename = "AWS::Backup::BackupPlan")]
    Plan(Box<Plan>),
    /// A resource assignment of a backup plan.
    #[serde(rename = "AWS::Backup::BackupSelection")]
    Selection(Box<Selection>),
    /// A recovery point in a vault.
    #[serde(rename = "AWS::Backup::RecoveryPoint")]
    RecoveryPoint(Box<RecoveryPoint>),
    /// A backup job.
    #[serde(rename = "AWS::Backup::BackupJob")]
    BackupJob(Box<BackupJob>),
    /// A copy job.
    #[serde(rename = "AWS::Backup::CopyJob")]
    CopyJob(Box<CopyJob>),
    /// A restore job.
    #[serde(rename = "AWS::Backup::RestoreJob")]
    RestoreJob(Box<RestoreJob>),
    /// A restore-testing plan.
    #[serde(rename = "AWS::Backup::RestoreTestingPlan")]
    RestoreTestingPlan(Box<RestoreTestingPlan>),
    /// A selection of a restore-testing plan.
    #[serde(rename = "AWS::Backup::RestoreTestingSelection")]
    RestoreTestingSelection(Box<RestoreTestingSelection>),
    /// A Backup Audit Manager framework.
    #[serde(rename = "AWS::Backup::Framework")]
    Framework(Box<Framework>),
    /// A Backup Audit Manager report plan.
    #[serde(rename = "AWS::Backup::ReportPlan")]
    ReportPlan(Box<ReportPlan>),
    /// A legal hold on recovery points.
    #[serde(rename = "AWS::Backup::LegalHold")]
    LegalHold(Box<LegalHold>),
    /// The AWS Config recorder of a Region.
    #[serde(rename = "AWS::Config::ConfigurationRecorder")]
    ConfigRecorder(Box<ConfigRecorder>),
    /// A CloudTrail trail.
    #[serde(rename = "AWS::CloudTrail::Trail")]
    Trail(Box<Trail>),
    /// An IAM user.
    #[serde(rename = "AWS::IAM::User")]
    User(Box<Principal>),
    /// An IAM group.
    #[serde(rename = "AWS::IAM::Group")]
    Group(Box<Principal>),
    /// An IAM role.
    #[serde(rename = "AWS::IAM::Role")]
    Role(Box<Principal>),
    /// An IAM managed policy.
    #[serde(rename = "AWS::IAM::ManagedPolicy")]
    ManagedPolicy(Box<ManagedPolicy>),
    /// A KMS key.
    #[serde(rename = "AWS::KMS::Key")]
    Key(Box<Key>),
    /// An EventBridge rule.
    #[serde(rename = "AWS::Events::Rule")]
    EventRule(Box<EventRule>),
    /// What a Terraform plan destroys.
    #[serde(rename = "Terraform::PlannedChange")]
    PlannedChange(Box<PlannedChange>),
    /// An account.
    #[serde(rename = "AWS::Account")]
    Account(Box<Account>),
    /// A Region of an account.
    #[serde(rename = "AWS::Region")]
    Region(Box<Region>),
    /// A resource that AWS Backup protects and whose service has no collector yet; its type is in its identity.
    Workload(Box<ProtectedWorkload>),
}
