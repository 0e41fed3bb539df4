//! What was not seen, and why.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::fact::{Cure, Reason};
use super::position::Position;
use super::workload::WORKLOAD_TYPES;

/// Something that could not be read. It is never an empty list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Gap {
    /// What kind of gap.
    pub kind: GapKind,
    /// The account, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Arc<str>>,
    /// The Region, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Arc<str>>,
    /// The service and operation (`s3:GetBucketReplication`), or what was done with a file (`read`, `parse`).
    pub operation: Arc<str>,
    /// The resource or file that it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Arc<str>>,
    /// The error code as AWS gives it (`AccessDenied`), or our own word for it.
    pub code: Arc<str>,
    /// What AWS or the parser said.
    pub message: Arc<str>,
    /// What it leaves unknown, as a phrase.
    pub leaves_unknown: Arc<str>,
    /// The IAM action that would cure it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<Arc<str>>,
    /// Where in the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Arc<Position>>,
}

/// The operations that say which judged resources there are, each with the types that it lists.
///
/// Three judged types are missing: the account is not listed, what a plan destroys is not live, and where its Regions could not be listed, those that are
/// enabled by default are read instead, which is a [`GapKind::Fallback`].
pub const JUDGED_LISTS: [(&str, &[&str]); 9] = [
    ("backup:ListBackupPlans", &["AWS::Backup::BackupPlan"]),
    ("backup:ListBackupVaults", &["AWS::Backup::BackupVault"]),
    ("backup:ListProtectedResources", &PROTECTED),
    ("backup:ListRecoveryPointsByBackupVault", &["AWS::Backup::RecoveryPoint"]),
    ("backup:ListRestoreTestingPlans", &["AWS::Backup::RestoreTestingPlan"]),
    ("backup:ListRestoreTestingSelections", &["AWS::Backup::RestoreTestingSelection"]),
    ("iam:GetAccountAuthorizationDetails", &["AWS::IAM::Role", "AWS::IAM::User"]),
    ("kms:ListKeys", &["AWS::KMS::Key"]),
    ("s3:ListBuckets", &["AWS::S3::Bucket"]),
];

/// The types of whatever AWS Backup protects.
const PROTECTED: [&str; WORKLOAD_TYPES.len()] = {
    let mut names = [""; WORKLOAD_TYPES.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = WORKLOAD_TYPES[at].0;
        at += 1;
    }
    names
};

/// What kind of gap; the kind decides whether it makes the picture incomplete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GapKind {
    /// The call was refused.
    Denied,
    /// The call failed otherwise, after retries.
    Failed,
    /// A file could not be read as what it claims to be.
    BrokenFile,
    /// A fallback was used in place of what could not be read, and everything it left out is unknown.
    Fallback,
    /// Backstop has no model of it; nothing judged depends on it.
    NotModelled,
}

/// The code of a gap that hides the public access block of an account, and nothing else.
pub const ACCOUNT_BLOCK: &str = "AccountPublicAccessBlock";

impl Gap {
    /// Whether it hides the public access block of an account, and nothing else.
    pub fn is_of_account_block(&self) -> bool {
        &*self.code == ACCOUNT_BLOCK
    }

    /// Whether it is of a call that says which judged resources there are: what such a list leaves out has no verdict
    /// at all, not even an Unknown one.
    pub fn is_of_a_list(&self) -> bool {
        JUDGED_LISTS.iter().any(|(operation, _)| *operation == &*self.operation)
    }

    /// Whether it is a denial that no permission cures: AWS answers the call to other accounts only.
    pub fn is_withheld(&self) -> bool {
        self.kind == GapKind::Denied && self.permission.is_none()
    }

    /// The reason that facts which this gap leaves unknown carry.
    pub fn reason(&self) -> Reason {
        let place = self.region.as_deref().map(|region| format!(" in {region}")).unwrap_or_default();
        let why = match self.kind {
            GapKind::Denied => format!("`{}` was denied{place}", self.operation),
            GapKind::BrokenFile => format!("`{}` could not be read", self.subject.as_deref().unwrap_or("a file")),
            // What a file hides says best itself what it is.
            GapKind::NotModelled if self.at.is_some() => self.message.to_string(),
            GapKind::Failed | GapKind::Fallback | GapKind::NotModelled => {
                format!("`{}` failed{place} ({})", self.operation, self.code)
            }
        };
        let cure = match (self.kind, &self.permission) {
            (GapKind::Denied, Some(action)) => Some(Cure::Permission(action.to_string())),
            (GapKind::Failed, _) => Some(Cure::Retry),
            _ => None,
        };
        Reason { why, cure }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rule::schema::judged_types;

    #[test]
    fn every_judged_type_has_a_list_whose_failure_counts() {
        let listed: BTreeSet<&str> = JUDGED_LISTS.iter().flat_map(|(_, types)| types.iter().copied()).collect();
        let unlisted = ["AWS::Account", "AWS::Region", "Terraform::PlannedChange"];
        let judged: BTreeSet<&str> = judged_types().into_iter().filter(|kind| !unlisted.contains(kind)).collect();
        assert_eq!(listed, judged);
    }

    #[test]
    fn only_the_operation_of_that_service_is_such_a_list() {
        let of = |operation: &str| Gap {
            kind: GapKind::Denied,
            account: None,
            region: None,
            operation: operation.into(),
            subject: None,
            code: "AccessDenied".into(),
            message: "no".into(),
            leaves_unknown: "something".into(),
            permission: None,
            at: None,
        };
        assert!(of("backup:ListRecoveryPointsByBackupVault").is_of_a_list());
        assert!(of("backup:ListRestoreTestingSelections").is_of_a_list());
        assert!(!of("backup:ListTags").is_of_a_list() && !of("backup:ListKeys").is_of_a_list());
        assert!(!of("ListBuckets").is_of_a_list());
    }
}
