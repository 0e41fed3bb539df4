//! What is derived for a bucket: its part in the estate and its settings in effect.

use std::collections::{BTreeMap, HashSet};

use jiff::SignedDuration;

use crate::model::derived::{BucketDerived, EncryptionDerived};
use crate::model::fact::{Cure, Fact, Reason, Reasons, State};
use crate::model::gap::Gap;
use crate::model::identity::ResourceId;
use crate::model::resource::{Link, Resource};
use crate::model::s3::{Bucket, LifecycleRule, PublicAccessBlock};
use crate::model::workload::{FOREVER, WorkloadDerived};

use super::access::bucket_policy;
use super::access::policies::Policies;
use super::index::{Index, add_reasons};
use super::workload::Workloads;
use super::{access_log, copies, key, lifecycle, place, replication, selection};

/// Derives all of a bucket.
pub fn derive<'a>(
    index: &Index<'a>,
    workloads: &Workloads<'_, '_>,
    policies: &Policies<'a>,
    resource: &Resource,
    facts: &Bucket,
    workload: WorkloadDerived,
) -> BucketDerived {
    let replica = replication::is_replica(index, resource, facts);
    let copied = copies::reach(workloads, index.settings, resource);
    BucketDerived {
        workload,
        backup_bucket: Fact::any([named_as_backup(index, facts), replica.clone()]),
        replica,
        access_log_target: index.log_targets().fact(resource, facts),
        access_logged: access_log::derive(index, resource, facts),
        encryption: encryption(index, resource, facts),
        public_access: public_access(index, resource, facts),
        copied_by_backup: copied.region,
        copied_by_backup_to_account: copied.account,
        access: Fact::known(bucket_policy::derive(index, policies, resource, facts)),
        replication: replication::derive(index, policies, resource, facts),
        lifecycle: lifecycle::derive(index, facts),
    }
}

/// Whether a bucket's name says that it holds backups. Replicas are looked for in the snapshot; exports, report
/// deliveries, trails and Terraform state are not seen yet.
pub fn named_as_backup(index: &Index<'_>, facts: &Bucket) -> Fact<bool> {
    let patterns = &index.settings.backup_buckets;
    if patterns.is_empty() {
        return Fact::known(false);
    }
    facts.bucket_name.as_ref().map(|name| patterns.iter().any(|pattern| selection::matches(pattern, name)))
}

/// Whether versioning is on: `Suspended` writes no new versions.
pub fn is_versioned(facts: &Bucket) -> Fact<bool> {
    facts.versioning.as_ref().map(|status| status == "Enabled").or_default_to(false)
}

/// How long noncurrent versions live: the shortest time of any enabled rule, since a rule for some objects limits
/// those; [`FOREVER`] without one.
pub fn noncurrent_retention(facts: &Bucket) -> Fact<SignedDuration> {
    let rules = match &facts.lifecycle.state {
        State::Known(rules) => rules,
        State::Absent => return Fact::known(FOREVER),
        State::Unknown(reasons) => return Fact::unknown(reasons.clone()),
    };
    let mut kept = FOREVER;
    let mut doubt: Option<Reasons> = None;
    for rule in rules.iter().filter(|rule| !rule.enabled.is_false()) {
        let Some(days) = expiry(rule, &mut doubt) else { continue };
        let time = SignedDuration::from_hours(24).saturating_mul(i32::try_from(days).unwrap_or(i32::MAX));
        match rule.enabled.reasons() {
            Some(reasons) => add_reasons(&mut doubt, reasons),
            None => kept = kept.min(time),
        }
    }
    doubt.map_or_else(|| Fact::known(kept), Fact::unknown)
}

fn expiry(rule: &LifecycleRule, doubt: &mut Option<Reasons>) -> Option<i64> {
    if let Some(reasons) = rule.noncurrent_expire_days.reasons() {
        add_reasons(doubt, reasons);
    }
    rule.noncurrent_expire_days.value().copied()
}

/// The buckets that server access logs are delivered to.
pub struct LogTargets<'a> {
    certain: HashSet<&'a ResourceId>,
    /// By place: buckets of which it is not known where their logs go.
    unclear: BTreeMap<[Option<&'a str>; 3], (Sources<'a>, Reasons)>,
}

/// Some resources, of which only the first and their number matter.
pub struct Sources<'a> {
    first: &'a ResourceId,
    several: bool,
}

impl<'a> Sources<'a> {
    /// Starts with one.
    pub fn new(first: &'a ResourceId) -> Self {
        Self { first, several: false }
    }

    /// Adds one more.
    pub fn more(&mut self) {
        self.several = true;
    }

    /// Whether there is one other than this.
    pub fn beside(&self, id: &ResourceId) -> bool {
        self.several || self.first != id
    }
}

/// Finds them.
pub fn log_targets<'a>(index: &Index<'a>) -> LogTargets<'a> {
    let mut targets = LogTargets { certain: HashSet::new(), unclear: BTreeMap::new() };
    for (resource, facts) in &index.buckets {
        let id = &resource.id;
        let ambiguous;
        let reasons = match &facts.logging_target.state {
            State::Absent => continue,
            State::Unknown(reasons) => reasons,
            State::Known(link) => match (index.bucket(link, id), link.text.reasons()) {
                (Some((target, _)), _) => match resource.exists.reasons() {
                    Some(reasons) => reasons,
                    None => {
                        targets.certain.insert(&target.id);
                        continue;
                    }
                },
                (None, Some(reasons)) => reasons,
                (None, None) => match index.buckets_named(link, id).first() {
                    Some((target, _)) => {
                        ambiguous = replication::several(&target.name);
                        &ambiguous
                    }
                    None => continue,
                },
            },
        };
        targets
            .unclear
            .entry([id.root.as_deref(), id.account.as_deref(), id.region.as_deref()])
            .and_modify(|(sources, sum)| {
                sources.more();
                *sum = sum.and(reasons);
            })
            .or_insert_with(|| (Sources::new(id), reasons.clone()));
    }
    targets
}

impl LogTargets<'_> {
    /// Whether logs are certainly delivered to it. Only that exempts a bucket from backup by itself.
    pub fn certain(&self, id: &ResourceId) -> bool {
        self.certain.contains(id)
    }

    /// Whether logs are delivered to it. Source and target share a Region and an account, and a bucket with a default
    /// retention cannot be a target ("Logging requests with server access logging" in the Amazon S3 User Guide).
    fn fact(&self, resource: &Resource, facts: &Bucket) -> Fact<bool> {
        if self.certain(&resource.id) {
            return Fact::known(true);
        }
        if facts.object_lock.value().is_some_and(|lock| lock.mode.is_known()) {
            return Fact::known(false);
        }
        let possible = self.unclear.values().filter(|(sources, _)| {
            sources.beside(&resource.id) && !place::same_place(sources.first, &resource.id).is_false()
        });
        let reasons = possible.map(|(_, reasons)| reasons.clone()).reduce(|a, b| a.and(&b));
        reasons.map_or_else(|| Fact::known(false), Fact::unknown)
    }
}

fn encryption(index: &Index<'_>, resource: &Resource, facts: &Bucket) -> Fact<EncryptionDerived> {
    facts.encryption.as_ref().map(|encryption| {
        let by_kms = encryption.algorithm.as_ref().map(|algorithm| algorithm.starts_with("aws:kms"));
        let key = key::customer_key(index, &encryption.key, &resource.id);
        EncryptionDerived {
            algorithm: encryption.algorithm.clone(),
            customer_key: Fact::all([key, by_kms]).or_at(&encryption.algorithm.at),
        }
    })
}

/// The account's block or the bucket's, flag by flag ("Blocking public access to your Amazon S3 storage" in the Amazon
/// S3 User Guide: the most restrictive combination applies).
pub fn public_access(index: &Index<'_>, resource: &Resource, facts: &Bucket) -> Fact<PublicAccessBlock> {
    let own = &facts.public_access_block;
    let account = index
        .account(resource.id.account.as_deref())
        .map_or_else(|| unread_account(index, resource), |account| account.public_access_block.clone());
    let flag = |get: fn(&PublicAccessBlock) -> &Fact<bool>| {
        let own_flag = own.as_ref().and_then(|block| get(block).clone());
        let account_flag = account.as_ref().and_then(|block| get(block).clone());
        let account_flag = Fact { at: None, ..account_flag };
        Fact::any([own_flag, account_flag]).or_at(&own.at)
    };
    let block = PublicAccessBlock {
        block_public_acls: flag(|block| &block.block_public_acls),
        ignore_public_acls: flag(|block| &block.ignore_public_acls),
        block_public_policy: flag(|block| &block.block_public_policy),
        restrict_public_buckets: flag(|block| &block.restrict_public_buckets),
    };
    // A finding points to the first flag that is not on.
    let flags = [
        &block.block_public_acls,
        &block.ignore_public_acls,
        &block.block_public_policy,
        &block.restrict_public_buckets,
    ];
    let off = flags.into_iter().find(|flag| !flag.is_true()).and_then(|flag| flag.at.clone());
    Fact::known(block).at(off.or_else(|| own.at.clone()))
}

fn unread_account(index: &Index<'_>, bucket: &Resource) -> Fact<PublicAccessBlock> {
    if !index.live() && index.settings.complete {
        let open = index.open_files().or_else(|| declared_block(index, bucket));
        return open.map_or_else(Fact::absent, Fact::unknown);
    }
    let reason = Reason::new("the account's own public access block was not read");
    let cure = if index.live() {
        Cure::Permission("s3:GetAccountPublicAccessBlock".to_owned())
    } else {
        Cure::Source("audit the live account".to_owned())
    };
    Fact::unknown(reason.cured_by(cure))
}

/// Why files may set the block of the bucket's account.
fn declared_block(index: &Index<'_>, bucket: &Resource) -> Option<Reasons> {
    let is_ours = |gap: &&Gap| match (&gap.account, &bucket.id.account) {
        (Some(of), Some(ours)) => of == ours,
        _ => true,
    };
    let mut declared = index.snapshot.gaps.iter().filter(|gap| gap.is_of_account_block()).filter(is_ours);
    declared.next().map(|gap| Reason::new(gap.message.to_string()).into())
}

/// The link of a bucket's KMS key; none where it uses none.
pub fn key_link(facts: &Bucket) -> Fact<&Link> {
    facts.encryption.as_ref().and_then(|encryption| encryption.key.as_ref())
}
