//! Backup vaults of every kind.

use std::collections::BTreeMap;

use aws_sdk_backup::operation::describe_backup_vault::DescribeBackupVaultOutput;
use aws_sdk_backup::operation::get_backup_vault_notifications::GetBackupVaultNotificationsOutput;
use aws_sdk_backup::types::{BackupVaultListMember, EncryptionKeyType, VaultType};
use futures::StreamExt;

use crate::model::backup::{Notifications, Vault, VaultLock};
use crate::model::fact::Fact;
use crate::model::resource::{Facts, Link};

use super::super::convert::{days, time};
use super::super::look::Look;
use super::super::operation::Operation;
use super::super::part::Part;
use super::super::session::Session;
use super::{points, read_tags};

pub const LIST_VAULTS: Operation = Operation {
    service: "backup",
    name: "ListBackupVaults",
    actions: &["backup:ListBackupVaults"],
    why: "which backup vaults there are",
};
pub const DESCRIBE_VAULT: Operation = Operation {
    service: "backup",
    name: "DescribeBackupVault",
    actions: &["backup:DescribeBackupVault"],
    why: "a vault's type, key and lock, and the approval team of a logically air-gapped one",
};
pub const GET_POLICY: Operation = Operation {
    service: "backup",
    name: "GetBackupVaultAccessPolicy",
    actions: &["backup:GetBackupVaultAccessPolicy"],
    why: "a vault's access policy",
};
pub const GET_NOTIFICATIONS: Operation = Operation {
    service: "backup",
    name: "GetBackupVaultNotifications",
    actions: &["backup:GetBackupVaultNotifications"],
    why: "a vault's notifications",
};

const VAULT: &str = "AWS::Backup::BackupVault";
const NOT_FOUND: &str = "ResourceNotFoundException";
/// What a Region answers that does not know a vault type.
const REFUSED_TYPE: [&str; 2] = ["InvalidParameterValueException", "ValidationException"];

/// Lists vaults of each type by name, since the list without a type is not said to hold them all.
const TYPES: [VaultType; 3] =
    [VaultType::BackupVault, VaultType::LogicallyAirGappedBackupVault, VaultType::RestoreAccessBackupVault];

pub async fn collect(session: &Session<'_>, region: &str) -> Part {
    let mut look = Look::at(session, region);
    let mut vaults: BTreeMap<String, BackupVaultListMember> = BTreeMap::new();
    let mut complete = true;
    for kind in TYPES {
        let (items, ended) = list(&mut look, &kind).await;
        complete &= ended;
        for vault in items {
            let Some(arn) = vault.backup_vault_arn.clone() else { continue };
            vaults.entry(arn).or_insert(vault);
        }
    }
    if complete {
        look.listed(VAULT, None);
    }
    let mut parts = futures::stream::iter(vaults)
        .map(|(arn, vault)| read_vault(session, region, arn, vault, Points::Read))
        .buffer_unordered(session.concurrency());
    while let Some(part) = parts.next().await {
        look.part.absorb(part);
    }
    look.part
}

/// The vaults of one type, and whether that is all of them. A Region that does not know a newer type has none of it.
async fn list(look: &mut Look<'_>, kind: &VaultType) -> (Vec<BackupVaultListMember>, bool) {
    let session = look.session;
    let clients = session.clients(look.region);
    let gaps = look.part.gaps.len();
    let list = look
        .list(&LIST_VAULTS, Some(kind.as_str()), |token| {
            let call = clients
                .backup
                .list_backup_vaults()
                .by_vault_type(kind.clone())
                .max_results(1000)
                .set_next_token(token)
                .send();
            async { session.send(call).await.map(|page| (page.backup_vault_list.unwrap_or_default(), page.next_token)) }
        })
        .await;
    let unknown_type = *kind != VaultType::BackupVault
        && list.items.is_empty()
        && look.part.gaps.last().is_some_and(|gap| REFUSED_TYPE.contains(&gap.code.as_ref()));
    if list.broken.is_some() && unknown_type {
        look.part.gaps.truncate(gaps);
        return (Vec::new(), true);
    }
    (list.items, list.broken.is_none())
}

/// Whether a vault's recovery points are read with it: there may be tens of thousands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Points {
    Read,
    LeftOut,
}

/// One vault by its name or ARN, without its recovery points.
pub async fn read_one(session: &Session<'_>, region: &str, vault: &str) -> Part {
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let name = vault.rsplit(':').next().unwrap_or(vault);
    let described = match session.send(clients.backup.describe_backup_vault().backup_vault_name(name).send()).await {
        Ok(described) => described,
        Err(failure) => {
            look.fail(&DESCRIBE_VAULT, Some(vault), &failure);
            return look.part;
        }
    };
    let Some(arn) = described.backup_vault_arn.clone() else { return look.part };
    let listed = BackupVaultListMember::builder()
        .set_backup_vault_name(described.backup_vault_name)
        .set_backup_vault_arn(described.backup_vault_arn)
        .set_vault_type(described.vault_type)
        .set_encryption_key_arn(described.encryption_key_arn)
        .set_encryption_key_type(described.encryption_key_type)
        .number_of_recovery_points(described.number_of_recovery_points)
        .set_locked(described.locked)
        .set_min_retention_days(described.min_retention_days)
        .set_max_retention_days(described.max_retention_days)
        .set_lock_date(described.lock_date)
        .build();
    look.part.absorb(read_vault(session, region, arn, listed, Points::LeftOut).await);
    look.part
}

async fn read_vault(
    session: &Session<'_>,
    region: &str,
    arn: String,
    listed: BackupVaultListMember,
    points: Points,
) -> Part {
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let Some(name) = listed.backup_vault_name.clone() else { return look.part };

    let described = if says_enough(&listed) {
        Fact::absent()
    } else {
        let answer = session.send(clients.backup.describe_backup_vault().backup_vault_name(&name).send()).await;
        look.fact(&DESCRIBE_VAULT, &arn, &[], answer, Fact::known)
    };
    let (policy, notifications, tags, points) = {
        let policy = session.send(clients.backup.get_backup_vault_access_policy().backup_vault_name(&name).send());
        let notifications =
            session.send(clients.backup.get_backup_vault_notifications().backup_vault_name(&name).send());
        let (policy, notifications) = futures::future::join(policy, notifications).await;
        let policy = look.fact(&GET_POLICY, &arn, &[NOT_FOUND], policy, |output| Fact::from_option(output.policy));
        let notifications = look.fact(&GET_NOTIFICATIONS, &arn, &[NOT_FOUND], notifications, notifications_of);
        let tags = read_tags(&mut look, &arn).await;
        let points = match points {
            Points::Read => points::collect(session, region, &name, &arn).await,
            Points::LeftOut => Some(Part::default()),
        };
        (policy, notifications, tags, points)
    };
    let Some(points) = points else {
        let mut instead = Look::at(session, region);
        instead.gone(&points::LIST_POINTS, &arn, NOT_FOUND);
        return instead.part;
    };
    look.part.absorb(points);

    let facts =
        Vault { vault_name: Fact::known(name.clone()), policy, notifications, ..vault_facts(&listed, &described) };
    let id = look.id(VAULT, &arn);
    look.found(id, &name, tags, Facts::Vault(Box::new(facts)));
    look.part
}

/// Whether the list told everything that is asked of it. It never tells the approval team of a logically air-gapped
/// vault.
fn says_enough(vault: &BackupVaultListMember) -> bool {
    let key = vault.encryption_key_arn.is_some()
        || matches!(vault.encryption_key_type, Some(EncryptionKeyType::AwsOwnedKmsKey));
    let kind = vault.vault_type.as_ref().is_some_and(|kind| *kind != VaultType::LogicallyAirGappedBackupVault);
    kind && vault.locked.is_some() && key
}

/// What the list says, or where it does not, the description; policy and notifications are filled in by the caller.
fn vault_facts(listed: &BackupVaultListMember, described: &Fact<DescribeBackupVaultOutput>) -> Vault {
    let more = described.value();
    // A fact that neither told is unknown: with the failure's reason, or since AWS left it out.
    fn unsaid<T>(described: &Fact<DescribeBackupVaultOutput>, what: &str) -> Fact<T> {
        let silent = || format!("`backup:DescribeBackupVault` did not say {what}").into();
        Fact::unknown(described.reasons().cloned().unwrap_or_else(silent))
    }
    let kind = listed.vault_type.as_ref().or_else(|| more.and_then(|more| more.vault_type.as_ref()));
    let key = listed.encryption_key_arn.as_ref().or_else(|| more.and_then(|more| more.encryption_key_arn.as_ref()));
    let locked = listed.locked.or_else(|| more.and_then(|more| more.locked));
    let min = listed.min_retention_days.or_else(|| more.and_then(|more| more.min_retention_days));
    let max = listed.max_retention_days.or_else(|| more.and_then(|more| more.max_retention_days));
    let date = listed.lock_date.as_ref().or_else(|| more.and_then(|more| more.lock_date.as_ref()));
    let air_gapped = kind == Some(&VaultType::LogicallyAirGappedBackupVault);
    Vault {
        vault_name: Fact::absent(),
        vault_type: kind
            .map_or_else(|| unsaid(described, "the vault's type"), |kind| Fact::known(kind.as_str().to_owned())),
        key: match key {
            Some(arn) => Fact::known(Link::text(Fact::known(arn.clone()))),
            None if described.is_unknown() => unsaid(described, "the vault's key"),
            None => Fact::absent(),
        },
        lock: match locked {
            None => unsaid(described, "whether the vault is locked"),
            Some(false) => Fact::absent(),
            Some(true) => Fact::known(VaultLock {
                min_retention: min.map_or_else(Fact::absent, days),
                max_retention: max.map_or_else(Fact::absent, days),
                lock_date: time(date),
                // Logically air-gapped vaults are always locked in compliance mode (AWS Backup Developer Guide:
                // Logically air-gapped vault).
                compliance: Fact::known(date.is_some() || air_gapped),
            }),
        },
        notifications: Fact::absent(),
        policy: Fact::absent(),
        approval_team: match more {
            Some(more) => Fact::from_option(more.mpa_approval_team_arn.clone()),
            // Only a logically air-gapped vault has one.
            None if kind.is_some() && !air_gapped => Fact::absent(),
            None => unsaid(described, "the vault's approval team"),
        },
        recovery_points: Fact::known(listed.number_of_recovery_points),
    }
}

fn notifications_of(output: GetBackupVaultNotificationsOutput) -> Fact<Notifications> {
    let mut events: Vec<String> =
        output.backup_vault_events.unwrap_or_default().iter().map(|event| event.as_str().to_owned()).collect();
    events.sort();
    match output.sns_topic_arn {
        None => Fact::absent(),
        Some(topic) => Fact::known(Notifications { topic: Fact::known(topic), events: Fact::known(events) }),
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;
    use jiff::SignedDuration;

    use super::*;

    fn locked() -> aws_sdk_backup::types::builders::BackupVaultListMemberBuilder {
        BackupVaultListMember::builder()
            .vault_type(VaultType::BackupVault)
            .encryption_key_arn("arn:aws:kms:eu-west-1:111122223333:key/k")
            .locked(true)
            .min_retention_days(7)
    }

    #[test]
    fn a_lock_without_a_date_is_in_governance_mode() {
        let facts = vault_facts(&locked().build(), &Fact::absent());
        let lock = facts.lock.value().unwrap();
        assert_eq!(lock.compliance, Fact::known(false));
        assert!(lock.lock_date.is_absent() && lock.max_retention.is_absent());
        assert_eq!(lock.min_retention.value(), Some(&SignedDuration::from_hours(7 * 24)));
    }

    #[test]
    fn a_lock_with_a_date_is_in_compliance_mode_even_while_its_grace_time_runs() {
        let facts = vault_facts(&locked().lock_date(DateTime::from_secs(4_000_000_000)).build(), &Fact::absent());
        assert_eq!(facts.lock.value().unwrap().compliance, Fact::known(true));
    }

    #[test]
    fn an_air_gapped_vault_is_locked_for_good() {
        let vault = locked().vault_type(VaultType::LogicallyAirGappedBackupVault).build();
        assert_eq!(vault_facts(&vault, &Fact::absent()).lock.value().unwrap().compliance, Fact::known(true));
    }

    #[test]
    fn the_approval_team_of_an_air_gapped_vault_is_asked_for() {
        let vault = locked().vault_type(VaultType::LogicallyAirGappedBackupVault).build();
        assert!(!says_enough(&vault), "the list does not tell it");
        let team = "arn:aws:mpa:eu-west-1:111122223333:approval-team/recovery";
        let described = DescribeBackupVaultOutput::builder().mpa_approval_team_arn(team).build();
        assert_eq!(vault_facts(&vault, &Fact::known(described)).approval_team, Fact::known(team.to_owned()));
        let none = DescribeBackupVaultOutput::builder().build();
        assert!(vault_facts(&vault, &Fact::known(none)).approval_team.is_absent());
        let denied = Fact::unknown("`backup:DescribeBackupVault` was denied in eu-west-1");
        assert!(vault_facts(&vault, &denied).approval_team.is_unknown());
        assert!(vault_facts(&locked().build(), &Fact::absent()).approval_team.is_absent(), "other vaults have none");
    }

    #[test]
    fn what_the_list_lacks_is_unknown_when_the_description_was_denied() {
        let vault = BackupVaultListMember::builder().backup_vault_name("v").build();
        assert!(!says_enough(&vault));
        let denied = Fact::unknown("`backup:DescribeBackupVault` was denied in eu-west-1");
        let facts = vault_facts(&vault, &denied);
        assert!(facts.lock.is_unknown() && facts.key.is_unknown() && facts.vault_type.is_unknown());
    }

    #[test]
    fn an_unlocked_vault_has_no_lock() {
        let vault = locked().locked(false).build();
        assert!(says_enough(&vault));
        assert!(vault_facts(&vault, &Fact::absent()).lock.is_absent());
    }

    #[test]
    fn a_vault_under_a_key_that_aws_owns_names_none() {
        let vault = BackupVaultListMember::builder()
            .vault_type(VaultType::LogicallyAirGappedBackupVault)
            .locked(true)
            .encryption_key_type(EncryptionKeyType::AwsOwnedKmsKey)
            .build();
        assert!(vault_facts(&vault, &Fact::absent()).key.is_absent());
    }
}
