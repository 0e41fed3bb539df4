//! What somebody could destroy, and by which calls: the recovery points of vaults and the versions of buckets, as far
//! as no lock keeps them.
//!
//! - A vault that is locked in compliance mode, its grace time over, and a logically air-gapped one give nothing away
//!   ("AWS Backup Vault Lock" in the AWS Backup Developer Guide); from a governance lock it takes one more call.
//! - A snapshot that AWS Backup made is deleted through AWS Backup alone: EC2 refuses (`InvalidParameterValue`), and RDS
//!   too. So `ec2:DeleteSnapshot` is no power over what lies in vaults.
//! - The default retention of Object Lock in compliance mode keeps versions from everybody, MFA delete from all but root
//!   ("Locking objects with Object Lock", "Configuring MFA delete" in the Amazon S3 User Guide).

use std::collections::BTreeSet;

use crate::derive::index::Index;
use crate::derive::place::Arn;
use crate::derive::workload::Workloads;
use crate::derive::{bucket, replication, vault, world};
use crate::iam::HOLE;
use crate::model::backup::Vault;
use crate::model::fact::{Fact, Reasons};
use crate::model::resource::Resource;
use crate::model::s3::Bucket;

use super::vault_policy;

/// One call on the way.
#[derive(Clone, Debug)]
pub struct Call<'c> {
    /// Any of these serves.
    pub actions: &'c [&'c str],
    /// On what.
    pub arn: String,
}

/// Something that can be destroyed, and how.
#[derive(Debug)]
pub struct Target<'a> {
    pub resource: &'a Resource,
    /// What people call it: `vault main`.
    pub label: String,
    /// What comes first: a lock is taken away.
    pub before: Vec<Call<'a>>,
    /// What destroys it.
    pub calls: Vec<Call<'a>>,
    /// What destroys it if something is so that is not known.
    pub perhaps: Vec<(Call<'a>, Reasons)>,
    /// What takes the policy of the resource away, so that it holds nobody back any more.
    pub unguard: Call<'a>,
    /// Whether it is there, and no lock keeps it for good. Never false.
    pub open: Fact<bool>,
}

const DELETE_POINT: &[&str] = &["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"];
const UNLOCK_VAULT: &[&str] = &["backup:DeleteBackupVaultLockConfiguration"];
const UNGUARD_VAULT: &[&str] = &["backup:DeleteBackupVaultAccessPolicy", "backup:PutBackupVaultAccessPolicy"];
const DELETE_VERSION: &[&str] = &["s3:DeleteObjectVersion"];
const DELETE_OBJECT: &[&str] = &["s3:DeleteObject"];
const EXPIRE: &[&str] = &["s3:PutLifecycleConfiguration"];
const BYPASS: &[&str] = &["s3:BypassGovernanceRetention"];
const UNGUARD_BUCKET: &[&str] = &["s3:DeleteBucketPolicy", "s3:PutBucketPolicy"];

/// All that can be destroyed.
pub fn targets<'a>(index: &Index<'a>, workloads: &Workloads<'_, 'a>) -> Vec<Target<'a>> {
    let mut targets = Vec::new();
    for (resource, facts) in &index.vaults {
        targets.extend(of_vault(index, resource, facts));
    }
    for (resource, facts) in &index.buckets {
        targets.extend(of_bucket(index, workloads, resource, facts));
    }
    targets
}

/// Why there may be others that nobody saw.
pub fn unseen(index: &Index<'_>, account: Option<&str>) -> bool {
    let regions = index.audited_regions().filter(|region| region.account.as_deref() == account);
    index.open_files().is_some()
        || regions.into_iter().any(|region| index.open(world::VAULTS, account, region.region.as_deref()).is_some())
        || index.live() && index.open(world::BUCKETS, account, Some("global")).is_some()
}

fn of_vault<'a>(index: &Index<'a>, resource: &'a Resource, facts: &'a Vault) -> Option<Target<'a>> {
    if facts.vault_type.value().is_some_and(|kind| kind != "BACKUP_VAULT") {
        return None;
    }
    let kept = Fact::all([facts.lock.as_ref().map(|_| true).or_default_to(false), vault::lock_permanent(index, facts)]);
    if kept.is_true() {
        return None;
    }
    let of_type = facts.vault_type.as_ref().map(|_| true).or_default_to(true);
    let vault = arn_of_vault(resource, facts);
    let call = |actions, arn: &str| Call { actions, arn: arn.to_owned() };
    let shapes = shapes(index, resource);
    let before = match facts.lock.is_absent() {
        true => Vec::new(),
        false => vec![call(UNLOCK_VAULT, &vault)],
    };
    Some(Target {
        resource,
        label: format!("vault {}", resource.name),
        before,
        calls: shapes.iter().map(|shape| call(DELETE_POINT, shape)).collect(),
        perhaps: unlisted(index, resource, &shapes),
        unguard: call(UNGUARD_VAULT, &vault),
        open: Fact { at: None, ..Fact::all([resource.exists.clone(), of_type, kept.negate()]) },
    })
}

/// Recovery points of types whose ARNs were not seen in the vault, where not all that it holds was.
fn unlisted<'a>(index: &Index<'_>, resource: &Resource, seen: &BTreeSet<String>) -> Vec<(Call<'a>, Reasons)> {
    let (account, region) = (resource.id.account.as_deref(), resource.id.region.as_deref());
    let Some(reasons) = index.open(world::recovery_points(&resource.id.id), account, region) else {
        return Vec::new();
    };
    let hole = HOLE.to_string();
    let arns = vault_policy::POINTS
        .iter()
        .map(|(_, pattern)| vault_policy::point_arn(resource, pattern, account.unwrap_or(&hole)));
    let others = arns.filter(|arn| !seen.contains(arn));
    others.map(|arn| (Call { actions: DELETE_POINT, arn }, reasons.clone())).collect()
}

fn arn_of_vault(resource: &Resource, facts: &Vault) -> String {
    if Arn::parse(&resource.id.id).is_some() {
        return resource.id.id.to_string();
    }
    let name = facts.vault_name.value().cloned().unwrap_or_else(|| HOLE.to_string());
    format!("{}backup-vault:{name}", prefix(resource, "backup"))
}

/// `arn:PARTITION:SERVICE:REGION:ACCOUNT:`, with holes for what is not known.
fn prefix(resource: &Resource, service: &str) -> String {
    let hole = HOLE.to_string();
    let id = &resource.id;
    let (region, account) = (id.region.as_deref().unwrap_or(&hole), id.account.as_deref().unwrap_or(&hole));
    format!("arn:{}:{service}:{region}:{account}:", id.likely_partition())
}

/// The ARNs of a vault's recovery points, with a hole for each one's own id. Those of types without full management
/// bear the ARN of their service ("Access control" in the AWS Backup Developer Guide).
pub fn shapes(index: &Index<'_>, resource: &Resource) -> BTreeSet<String> {
    let mut shapes: BTreeSet<String> = BTreeSet::new();
    for (point, _) in index.points_in(&resource.id.id) {
        shapes.extend(shape(&point.id.id));
    }
    if shapes.is_empty() {
        shapes.insert(format!("{}recovery-point:{HOLE}", prefix(resource, "backup")));
    }
    shapes
}

/// `arn:aws:ec2:eu-west-1::snapshot/snap-1` as `arn:aws:ec2:eu-west-1::snapshot/` and a hole.
fn shape(arn: &str) -> Option<String> {
    let parts = Arn::parse(arn)?;
    let end = parts.resource.find(['/', ':']).map_or(0, |at| at + 1);
    let kept = parts.resource.get(..end)?;
    let start = arn.strip_suffix(parts.resource)?;
    Some(format!("{start}{kept}{HOLE}"))
}

/// A bucket counts where something could be restored from it: it keeps versions, or is a backup bucket, and its tier
/// asks for something.
fn of_bucket<'a>(
    index: &Index<'a>,
    workloads: &Workloads<'_, 'a>,
    resource: &'a Resource,
    facts: &'a Bucket,
) -> Option<Target<'a>> {
    let backups = Fact::any([
        bucket::is_versioned(facts),
        bucket::named_as_backup(index, facts),
        replication::is_replica(index, resource, facts),
    ]);
    let asked = workloads.is_exempt(&resource.id).negate();
    let only_root = facts.mfa_delete.clone().or_default_to(false);
    let retention =
        facts.object_lock.as_ref().and_then(|lock| lock.retention.as_ref()).map(|_| true).or_default_to(false);
    let mode = facts.object_lock.as_ref().and_then(|lock| lock.mode.clone());
    let compliance = mode.as_ref().map(|mode| mode == "COMPLIANCE").or_default_to(false);
    let kept = Fact::any([only_root, Fact::all([retention.clone(), compliance])]);
    let open = Fact::all([resource.exists.clone(), backups, asked, kept.negate()]);
    if open.is_false() {
        return None;
    }
    let name = facts.bucket_name.value().cloned().unwrap_or_else(|| HOLE.to_string());
    let bucket = format!("arn:{}:s3:::{name}", resource.id.likely_partition());
    let objects = format!("{bucket}/{HOLE}");
    let call = |actions, arn: &str| Call { actions, arn: arn.to_owned() };
    let never_versioned = facts.versioning.is_absent();
    let mut calls = vec![call(if never_versioned { DELETE_OBJECT } else { DELETE_VERSION }, &objects)];
    let perhaps = match facts.versioning.reasons() {
        Some(reasons) => vec![(call(DELETE_OBJECT, &objects), reasons.clone())],
        None => Vec::new(),
    };
    let before = if retention.is_false() { Vec::new() } else { vec![call(BYPASS, &objects)] };
    // What is locked does not expire either.
    if retention.is_false() {
        calls.push(call(EXPIRE, &bucket));
    }
    Some(Target {
        resource,
        label: format!("bucket {}", resource.name),
        before,
        calls,
        perhaps,
        unguard: call(UNGUARD_BUCKET, &bucket),
        open: Fact { at: None, ..open },
    })
}
