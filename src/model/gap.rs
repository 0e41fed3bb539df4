//! What was not seen, and why.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::fact::{Cure, Reason};
use super::position::Position;

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

impl Gap {
    /// Whether it is of a call that says which judged resources there are: what such a list leaves out has no verdict
    /// at all, not even an Unknown one.
    pub fn is_of_a_list(&self) -> bool {
        const LISTS: [&str; 5] =
            ["ListBackupPlans", "ListBackupVaults", "ListBuckets", "ListKeys", "ListProtectedResources"];
        self.operation.split_once(':').is_some_and(|(_, name)| LISTS.contains(&name))
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
