//! Recovery points of a vault.

use aws_sdk_backup::types::RecoveryPointByBackupVault;
use jiff::{SignedDuration, Timestamp};

use crate::model::backup::RecoveryPoint;
use crate::model::fact::Fact;
use crate::model::resource::{Facts, Tags};

use super::super::convert::{resource_part, time};
use super::super::look::Look;
use super::super::operation::Operation;
use super::super::part::Part;
use super::super::session::Session;

pub const LIST_POINTS: Operation = Operation {
    service: "backup",
    name: "ListRecoveryPointsByBackupVault",
    actions: &["backup:ListRecoveryPointsByBackupVault"],
    why: "which recovery points a vault holds",
};

const POINT: &str = "AWS::Backup::RecoveryPoint";

/// The vault's recovery points; none where the vault is gone.
pub async fn collect(session: &Session<'_>, region: &str, vault: &str, vault_arn: &str) -> Option<Part> {
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let list = look
        .list(&LIST_POINTS, Some(vault_arn), |token| {
            let call = clients
                .backup
                .list_recovery_points_by_backup_vault()
                .backup_vault_name(vault)
                .max_results(1000)
                .set_next_token(token)
                .send();
            async { session.send(call).await.map(|page| (page.recovery_points.unwrap_or_default(), page.next_token)) }
        })
        .await;
    if look.part.gaps.iter().any(|gap| gap.code.as_ref() == "ResourceNotFoundException") {
        return None;
    }
    if list.broken.is_none() {
        look.listed(POINT, Some(vault_arn));
    }
    for point in list.items {
        let Some(arn) = point.recovery_point_arn.clone() else { continue };
        let name =
            resource_part(&arn).map_or(arn.as_str(), |part| part.strip_prefix("recovery-point:").unwrap_or(part));
        let id = look.id(POINT, &arn);
        let facts = Facts::RecoveryPoint(Box::new(point_facts(point, vault_arn)));
        look.found(id, name, Tags::unread("tags of recovery points are not read"), facts);
    }
    Some(look.part)
}

fn point_facts(point: RecoveryPointByBackupVault, vault_arn: &str) -> RecoveryPoint {
    let created = time(point.creation_date.as_ref());
    let calculated = point.calculated_lifecycle.as_ref();
    let lifecycle = point.lifecycle.as_ref();
    let delete_at = match calculated.and_then(|dates| dates.delete_at.as_ref()) {
        Some(date) => time(Some(date)),
        None => after(&created, lifecycle.and_then(|lifecycle| lifecycle.delete_after_days)),
    };
    let cold_at = match calculated.and_then(|dates| dates.move_to_cold_storage_at.as_ref()) {
        Some(date) => time(Some(date)),
        None => after(&created, lifecycle.and_then(|lifecycle| lifecycle.move_to_cold_storage_after_days)),
    };
    RecoveryPoint {
        vault: vault_arn.to_owned(),
        resource: Fact::from_option(point.resource_arn),
        resource_type: Fact::from_option(point.resource_type),
        status: point.status.map_or_else(
            || Fact::unknown("`backup:ListRecoveryPointsByBackupVault` did not say the status"),
            |status| Fact::known(status.as_str().to_owned()),
        ),
        created,
        delete_at,
        cold_at,
        encrypted: Fact::known(point.is_encrypted),
        key: Fact::from_option(point.encryption_key_arn),
        copied_from: Fact::from_option(point.source_backup_vault_arn),
    }
}

/// The date that many days after the creation; absent where no days are set, or -1, which AWS writes for never.
fn after(created: &Fact<Timestamp>, days: Option<i64>) -> Fact<Timestamp> {
    let Some(days) = days.filter(|days| *days >= 0) else { return Fact::absent() };
    created.clone().and_then(|created| {
        days.checked_mul(24)
            .and_then(|hours| hours.checked_mul(3600))
            .and_then(|seconds| created.checked_add(SignedDuration::from_secs(seconds)).ok())
            .map_or_else(|| Fact::unknown(format!("{days} days is out of range")), Fact::known)
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_backup::types::{CalculatedLifecycle, Lifecycle, RecoveryPointStatus};
    use aws_smithy_types::DateTime;

    use super::*;

    fn point() -> aws_sdk_backup::types::builders::RecoveryPointByBackupVaultBuilder {
        RecoveryPointByBackupVault::builder()
            .creation_date(DateTime::from_secs(1_700_000_000))
            .status(RecoveryPointStatus::Completed)
    }

    #[test]
    fn a_point_without_a_lifecycle_is_kept_for_ever() {
        let facts = point_facts(point().build(), "v");
        assert!(facts.delete_at.is_absent() && facts.cold_at.is_absent() && facts.copied_from.is_absent());
    }

    #[test]
    fn minus_one_day_is_for_ever_too() {
        let facts = point_facts(point().lifecycle(Lifecycle::builder().delete_after_days(-1).build()).build(), "v");
        assert!(facts.delete_at.is_absent());
    }

    #[test]
    fn awss_own_date_comes_before_one_that_is_worked_out() {
        let lifecycle = Lifecycle::builder().delete_after_days(35).build();
        let worked_out = point_facts(point().lifecycle(lifecycle.clone()).build(), "v");
        assert_eq!(worked_out.delete_at.value().unwrap().as_second(), 1_700_000_000 + 35 * 86_400);
        let dates = CalculatedLifecycle::builder().delete_at(DateTime::from_secs(1_800_000_000)).build();
        let told = point_facts(point().lifecycle(lifecycle).calculated_lifecycle(dates).build(), "v");
        assert_eq!(told.delete_at.value().unwrap().as_second(), 1_800_000_000);
    }

    #[test]
    fn a_lifecycle_without_a_creation_date_leads_to_no_date_that_is_made_up() {
        let lifecycle = Lifecycle::builder().delete_after_days(i64::MAX).build();
        let facts = point_facts(point().lifecycle(lifecycle).build(), "v");
        assert!(facts.delete_at.is_unknown());
    }
}
