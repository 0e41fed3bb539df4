//! Two readings of one thing, of which one is true: what they agree on is known.

use jiff::{SignedDuration, Timestamp};

use crate::model::backup::{CopyAction, Lifecycle, Notifications, PlanRule, TagCondition, TagOperator, VaultLock};
use crate::model::fact::{Fact, Reasons, State};
use crate::model::resource::Link;
use crate::model::s3::{
    Destination, Encryption, LifecycleRule, ObjectLock, PublicAccessBlock, ReplicationConfiguration, ReplicationRule,
};
use crate::model::trail::{DataEvents, FieldSelector};

/// A value of which there may be two readings.
pub trait Join: Sized {
    /// What holds of both; none where nothing that can be said does.
    fn join(self, other: Self, why: &Reasons) -> Option<Self>;
}

impl<T: Join> Join for Fact<T> {
    fn join(self, other: Self, why: &Reasons) -> Option<Self> {
        let at = self.at.or(other.at);
        let state = match (self.state, other.state) {
            (State::Known(a), State::Known(b)) => {
                a.join(b, why).map_or_else(|| State::Unknown(why.clone()), State::Known)
            }
            (State::Absent, State::Absent) => State::Absent,
            (State::Unknown(a), State::Unknown(b)) => State::Unknown(a.and(&b).and(why)),
            (State::Unknown(reasons), _) | (_, State::Unknown(reasons)) => State::Unknown(reasons.and(why)),
            (State::Known(_), State::Absent) | (State::Absent, State::Known(_)) => State::Unknown(why.clone()),
        };
        Some(Self { state, at })
    }
}

impl<T: Join> Join for Vec<T> {
    fn join(self, other: Self, why: &Reasons) -> Option<Self> {
        if self.len() != other.len() {
            return None;
        }
        self.into_iter().zip(other).map(|(a, b)| a.join(b, why)).collect()
    }
}

impl Join for Link {
    fn join(self, other: Self, why: &Reasons) -> Option<Self> {
        let target = if self.target == other.target { self.target } else { None };
        Some(Self { text: self.text.join(other.text, why)?, target })
    }
}

macro_rules! join_values {
    ($($type:ty),*) => {$(
        impl Join for $type {
            fn join(self, other: Self, _: &Reasons) -> Option<Self> {
                (self == other).then_some(self)
            }
        }
    )*};
}

join_values!(bool, i64, String, SignedDuration, Timestamp, TagOperator, FieldSelector);

macro_rules! join_fields {
    ($($type:ty { $($field:ident),* })*) => {$(
        impl Join for $type {
            fn join(self, other: Self, why: &Reasons) -> Option<Self> {
                Some(Self { $($field: self.$field.join(other.$field, why)?),* })
            }
        }
    )*};
}

join_fields! {
    Encryption { algorithm, key }
    ObjectLock { mode, retention }
    PublicAccessBlock { block_public_acls, ignore_public_acls, block_public_policy, restrict_public_buckets }
    ReplicationConfiguration { role, rules }
    ReplicationRule {
        id, enabled, priority, prefix, tag_filter, delete_markers, kms_objects, replica_key, destination
    }
    Destination { bucket, account, changes_owner, exists, region, versioning, storage_class, metrics }
    LifecycleRule {
        id, enabled, whole_bucket, expire_days, noncurrent_expire_days, noncurrent_keep, abort_uploads_days,
        transitions, noncurrent_transitions
    }
    VaultLock { min_retention, max_retention, lock_date, compliance }
    Notifications { topic, events }
    Lifecycle { delete_after_days, cold_after_days, archive_opt_in }
    CopyAction { destination, lifecycle }
    PlanRule {
        name, rule_id, target_vault, schedule, timezone, start_window_minutes, completion_window_minutes, continuous, lifecycle,
        copies
    }
    TagCondition { operator, key, value }
    DataEvents { read_write, arn_starts, not_arn_starts, narrowed }
}
