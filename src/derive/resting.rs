//! Where backups come to lie: whether they cannot be deleted there, and who can reach them.
//!
//! A locked vault counts in either mode, and a bucket with a default retention too: whether the lock is in compliance
//! mode is for the rules about vaults and buckets to ask. "AWS Backup Vault Lock" and "Logically air-gapped vault" in
//! the AWS Backup Developer Guide; "Locking objects with Object Lock" in the Amazon S3 User Guide.

use crate::model::backup::Vault;
use crate::model::fact::{Cure, Fact, Reason, Reasons};
use crate::model::resource::Link;
use crate::model::s3::{Bucket, LifecycleRule};

use super::index::{Found, Index, Of};
use super::place::Arn;
use super::{bucket, world};

/// `VaultType` of a logically air-gapped vault.
const AIR_GAPPED: &str = "LOGICALLY_AIR_GAPPED_BACKUP_VAULT";

/// A place in which backups lie.
#[derive(Clone, Debug)]
pub struct Resting {
    /// What people call it.
    pub label: String,
    /// Whether nobody can delete a backup there before its time.
    pub immutable: Fact<bool>,
    /// Whether it is a logically air-gapped vault.
    pub air_gapped: Fact<bool>,
    /// Whether it is one that other accounts can reach.
    pub reachable: Fact<bool>,
}

impl Resting {
    /// The vault that a plan rule or copy action names.
    pub fn in_vault(found: &Found<Of<'_, Vault>>, link: &Link) -> Self {
        match found {
            Found::Here((vault, facts)) => {
                let region = vault.id.region.as_deref().map(|region| format!(" in {region}")).unwrap_or_default();
                Self {
                    label: format!("vault {}{region}", vault.name),
                    immutable: is_locked(facts),
                    air_gapped: is_air_gapped(facts),
                    reachable: is_reachable(facts),
                }
            }
            Found::Missing(name) => Self::outside(format!("vault {name}"), &Fact::known(false)),
            Found::Unknown(reasons) => {
                let name = link.text.value().map_or("of unknown name", String::as_str);
                let name = Arn::parse(name).map_or(name, |arn| arn.resource);
                let name = name.strip_prefix("backup-vault:").unwrap_or(name);
                Self::outside(format!("vault {name}"), &Fact::unknown(reasons.clone()))
            }
        }
    }

    /// A place of which nothing is known but this.
    pub fn outside(label: String, fact: &Fact<bool>) -> Self {
        Self { label, immutable: fact.clone(), air_gapped: fact.clone(), reachable: fact.clone() }
    }

    /// A bucket: no vault at all.
    pub const fn in_bucket(label: String, immutable: Fact<bool>) -> Self {
        Self { label, immutable, air_gapped: Fact::known(false), reachable: Fact::known(false) }
    }

    /// Whether it is a logically air-gapped vault that other accounts can reach.
    pub fn beyond_reach(&self) -> Fact<bool> {
        Fact::all([self.air_gapped.clone(), self.reachable.clone()])
    }

    /// The place and what is known of its lock, for people.
    pub fn describe(&self) -> String {
        let state = if self.air_gapped.is_true() {
            if self.reachable.is_true() {
                "logically air-gapped"
            } else {
                "logically air-gapped, no approval team seen"
            }
        } else if self.immutable.is_true() {
            "locked"
        } else if self.immutable.is_false() {
            "not locked"
        } else {
            "not known to be locked"
        };
        format!("{} ({state})", self.label)
    }
}

/// Whether a vault is a logically air-gapped one.
pub fn is_air_gapped(facts: &Vault) -> Fact<bool> {
    Fact { at: None, ..facts.vault_type.as_ref().map(|kind| kind == AIR_GAPPED).or_default_to(false) }
}

/// A lock in either mode; logically air-gapped vaults have one from the start.
fn is_locked(facts: &Vault) -> Fact<bool> {
    let lock = facts.lock.as_ref().map(|_| true).or_default_to(false);
    Fact { at: None, ..Fact::any([is_air_gapped(facts), lock]) }
}

/// Whether other accounts can reach a logically air-gapped vault: it has an approval team ("Multi-party approval" in
/// the AWS Backup Developer Guide), or is shared. AWS Backup does not tell what is shared by AWS RAM.
fn is_reachable(facts: &Vault) -> Fact<bool> {
    let team = facts.approval_team.as_ref().map(|_| true).or_default_to(false);
    let shared = Reason::new("AWS Backup does not tell whether a vault is shared by AWS RAM").cured_by(Cure::Source(
        "see `aws ram list-resources --resource-owner SELF --resource-type backup:BackupVault`, or give the vault an \
         approval team"
            .to_owned(),
    ));
    Fact { at: None, ..Fact::any([team, Fact::unknown(shared)]) }
}

/// Whether the vault of this ARN is a logically air-gapped one that other accounts can reach: its recovery points then
/// outlive the loss of its account.
pub fn outlives_account(index: &Index<'_>, vault: &str) -> Fact<bool> {
    if let Some((_, facts)) = index.vault_by_arn(vault) {
        return Fact::all([is_air_gapped(facts), is_reachable(facts)]);
    }
    let Some(arn) = Arn::parse(vault) else { return Fact::unknown("the vault's ARN is not known") };
    index.open(world::VAULTS, Some(arn.account), Some(arn.region)).map_or_else(|| Fact::known(false), Fact::unknown)
}

/// Whether Object Lock keeps what a bucket holds for as long as it is a backup.
///
/// A default retention counts from the day on which a version is written. So it protects data that is written once,
/// such as exports in a backup bucket, or objects that expire within it; the only copy of an object that was written
/// long ago can be deleted together with its history.
pub fn is_locked_bucket(index: &Index<'_>, source: &Bucket, holder: &Bucket) -> Fact<bool> {
    let locked = holder.object_lock.as_ref().and_then(|lock| lock.retention.as_ref()).map(|_| true);
    let locked = locked.or_default_to(false);
    let written_once = Fact::any([bucket::named_as_backup(index, source), expires_within_lock(holder)]);
    Fact { at: None, ..Fact::all([locked, written_once]) }
}

fn expires_within_lock(holder: &Bucket) -> Fact<bool> {
    let retention = holder.object_lock.as_ref().and_then(|lock| lock.retention.as_ref());
    let expires = |rule: &LifecycleRule| {
        let in_time =
            rule.expire_days.as_ref().and_then(|days| retention.clone().map(|time| *days <= time.as_hours() / 24));
        Fact::all([rule.enabled.clone(), rule.whole_bucket.clone(), in_time.or_default_to(false)])
    };
    holder.lifecycle.as_ref().and_then(|rules| Fact::any(rules.iter().map(expires))).or_default_to(false)
}

/// A place of which nothing could be read.
pub fn unread(label: &str, reasons: &Reasons) -> Resting {
    Resting::outside(label.to_owned(), &Fact::unknown(reasons.clone()))
}
