//! What is derived for a recovery point.

use std::sync::Arc;

use jiff::SignedDuration;

use crate::model::attribute::attributes;
use crate::model::fact::Fact;

/// Derived facts of a recovery point.
#[derive(Clone, Debug, PartialEq)]
pub struct RecoveryPointDerived {
    /// As AWS Backup spells it: `COMPLETED`, `PARTIAL` …
    pub status: Fact<Arc<str>>,
    /// The ARN of what it restores; absent where AWS names none.
    pub restores: Fact<Arc<str>>,
    /// The name of the vault that holds it.
    pub vault: Fact<String>,
    /// Whether what it restores is in a tier that asks for nothing. One whose source was not seen is not exempt.
    pub exempt: Fact<bool>,
    /// Whether it is there to be restored from: not expired, not being made or deleted.
    pub present: Fact<bool>,
    /// Whether it is a continuous one.
    pub continuous: Fact<bool>,
    /// Whether no younger one of its kind restores the same: in its vault, or, for a continuous one, in its Region.
    pub newest: Fact<bool>,
    /// Whether it is encrypted.
    pub encrypted: Fact<bool>,
    /// How long it is kept, in whole days from its creation.
    pub retention: Fact<SignedDuration>,
    /// How long the plan rule or copy action that made it keeps such points now; absent where none made it, or where
    /// that is gone.
    pub declared_retention: Fact<SignedDuration>,
    /// How long ago it should have been gone, for one that is being deleted; absent for any other.
    pub overdue: Fact<SignedDuration>,
    /// The ARN of its key; absent where it has none.
    pub key: Fact<Arc<str>>,
    /// The state of its key as KMS spells it, `Deleted` for one that is gone; absent where it has none.
    pub key_state: Fact<String>,
    /// The keys of tags that its source bears and it lacks, in order.
    pub missing_tags: Fact<Vec<String>>,
    /// Whether there are none.
    pub tags_carried: Fact<bool>,
}

attributes!(RecoveryPointDerived: "AWS::Backup::RecoveryPoint" {
    "status" => status,
    "restores?" => restores,
    "vault" => vault,
    "exempt" => exempt,
    "present" => present,
    "continuous" => continuous,
    "newest" => newest,
    "encrypted" => encrypted,
    "retention" => retention,
    "declaredRetention?" => declared_retention,
    "overdue?" => overdue,
    "key?" => key,
    "keyState?" => key_state,
    "missingTags" => missing_tags,
    "tagsCarried" => tags_carried,
});
