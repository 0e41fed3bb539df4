//! Recovery points of a vault.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use aws_sdk_backup::types::{RecoveryPointByBackupVault, RecoveryPointStatus};
use jiff::{SignedDuration, Timestamp};

use crate::model::backup::{PlanRuleName, RecoveryPoint};
use crate::model::fact::Fact;
use crate::model::intern::Interner;
use crate::model::resource::{Facts, Resource, Tags};

use super::super::convert::{resource_part, time};
use super::super::look::Look;
use super::super::operation::Operation;
use super::super::part::Part;
use super::super::session::Session;
use super::super::tagging;
use super::read_tags;

pub const LIST_POINTS: Operation = Operation {
    service: "backup",
    name: "ListRecoveryPointsByBackupVault",
    actions: &["backup:ListRecoveryPointsByBackupVault"],
    why: "which recovery points a vault holds",
};

const POINT: &str = "AWS::Backup::RecoveryPoint";

/// The statuses of a point that is there to be restored from.
const KEPT: [&str; 4] = ["COMPLETED", "AVAILABLE", "PARTIAL", "STOPPED"];

/// The vault's recovery points; none where the vault is gone.
pub async fn collect(session: &Session<'_>, region: &str, vault: &str, vault_arn: &str) -> Option<Part> {
    let mut look = Look::at(session, region);
    let clients = session.clients(region);
    let unread =
        Tags::unread("of recovery points, only the newest of each resource in a vault are asked for their tags");
    let fetch = |token| {
        let call = clients
            .backup
            .list_recovery_points_by_backup_vault()
            .backup_vault_name(vault)
            .max_results(1000)
            .set_next_token(token)
            .send();
        async { session.send(call).await.map(|page| (page.recovery_points.unwrap_or_default(), page.next_token)) }
    };
    let read = look.stream(&LIST_POINTS, Some(vault_arn), fetch, |look, point| {
        let Some(arn) = point.recovery_point_arn.clone() else { return };
        let name =
            resource_part(&arn).map_or(arn.as_str(), |part| part.strip_prefix("recovery-point:").unwrap_or(part));
        let facts = session.sharing(|texts| point_facts(texts, &point, vault_arn));
        look.found(look.id(POINT, &arn), name, unread.clone(), Facts::RecoveryPoint(Box::new(facts)));
    });
    match read.await {
        Ok(()) => look.listed(POINT, Some(vault_arn)),
        Err(failure) if failure.code == "ResourceNotFoundException" => return None,
        Err(_) => {}
    }
    read_tags_of_newest(&mut look).await;
    Some(look.part)
}

/// Asks for the tags of the newest periodic point of each resource: those that a restore would begin with. The calls grow
/// with the resources that are backed up, not with the points: the tagging API answers a hundred at once, and those of
/// AWS Backup's own ARNs that it does not know are asked for one by one.
async fn read_tags_of_newest(look: &mut Look<'_>) {
    let mut latest: HashMap<Arc<str>, Timestamp> = HashMap::new();
    for (resource, created, _) in look.part.resources.iter().filter_map(periodic) {
        let latest = latest.entry(resource).or_insert(created);
        *latest = created.max(*latest);
    }
    let newest: HashSet<String> = look
        .part
        .resources
        .iter()
        .filter_map(periodic)
        .filter(|(resource, created, _)| latest.get(resource) == Some(created))
        .map(|(_, _, arn)| arn.to_owned())
        .collect();
    let mut arns: Vec<String> = newest.into_iter().collect();
    arns.sort();
    let tagged = tagging::read(look, &arns).await;
    let mut tags = BTreeMap::new();
    for arn in arns {
        let (mut found, answered) = tagged.of(&arn);
        if !answered && arn.split(':').nth(2) == Some("backup") {
            found = read_tags(look, &arn).await;
        }
        tags.insert(arn, found);
    }
    for resource in &mut look.part.resources {
        if let Some(found) = tags.remove(&*resource.id.id) {
            resource.tags = found;
        }
    }
}

/// What a periodic point that is kept restores, when it was made, and its ARN.
fn periodic(point: &Resource) -> Option<(Arc<str>, Timestamp, &str)> {
    let Facts::RecoveryPoint(facts) = &point.facts else { return None };
    let kept = facts.status.value().is_some_and(|status| KEPT.contains(&&**status));
    let arn = &*point.id.id;
    (kept && !facts.is_continuous(arn)).then_some(())?;
    Some((facts.resource.value()?.clone(), *facts.created.value()?, arn))
}

fn point_facts(texts: &mut Interner, point: &RecoveryPointByBackupVault, vault_arn: &str) -> RecoveryPoint {
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
    let creator = point.created_by.as_ref();
    let rule = creator.filter(|by| by.backup_rule_id.is_some() || by.backup_rule_name.is_some()).map(|by| {
        let id = by.backup_rule_id().map(|text| texts.text(text));
        let name = by.backup_rule_name().map(|text| texts.text(text));
        texts.rule(PlanRuleName { id, name })
    });
    let vault = texts.text(vault_arn);
    let mut shared = |text: Option<&str>| Fact::from_option(text.map(|text| texts.text(text)));
    RecoveryPoint {
        vault,
        resource: shared(point.resource_arn()),
        resource_type: shared(point.resource_type()),
        status: shared(point.status.as_ref().map(RecoveryPointStatus::as_str))
            .or_unknown("`backup:ListRecoveryPointsByBackupVault` did not say the status"),
        created,
        delete_at,
        cold_at,
        encrypted: Fact::known(point.is_encrypted),
        key: shared(point.encryption_key_arn()),
        copied_from: shared(point.source_backup_vault_arn()),
        plan: shared(creator.and_then(|by| by.backup_plan_arn().or(by.backup_plan_id()))),
        rule: Fact::from_option(rule),
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
    use aws_sdk_backup::types::{CalculatedLifecycle, Lifecycle};
    use aws_smithy_types::DateTime;

    use super::*;

    fn point() -> aws_sdk_backup::types::builders::RecoveryPointByBackupVaultBuilder {
        RecoveryPointByBackupVault::builder()
            .creation_date(DateTime::from_secs(1_700_000_000))
            .status(RecoveryPointStatus::Completed)
    }

    fn facts_of(point: &RecoveryPointByBackupVault) -> RecoveryPoint {
        point_facts(&mut Interner::default(), point, "v")
    }

    #[test]
    fn a_point_without_a_lifecycle_is_kept_for_ever() {
        let facts = facts_of(&point().build());
        assert!(facts.delete_at.is_absent() && facts.cold_at.is_absent() && facts.copied_from.is_absent());
    }

    #[test]
    fn minus_one_day_is_for_ever_too() {
        let facts = facts_of(&point().lifecycle(Lifecycle::builder().delete_after_days(-1).build()).build());
        assert!(facts.delete_at.is_absent());
    }

    #[test]
    fn awss_own_date_comes_before_one_that_is_worked_out() {
        let lifecycle = Lifecycle::builder().delete_after_days(35).build();
        let worked_out = facts_of(&point().lifecycle(lifecycle.clone()).build());
        assert_eq!(worked_out.delete_at.value().unwrap().as_second(), 1_700_000_000 + 35 * 86_400);
        let dates = CalculatedLifecycle::builder().delete_at(DateTime::from_secs(1_800_000_000)).build();
        let told = facts_of(&point().lifecycle(lifecycle).calculated_lifecycle(dates).build());
        assert_eq!(told.delete_at.value().unwrap().as_second(), 1_800_000_000);
    }

    #[test]
    fn a_lifecycle_without_a_creation_date_leads_to_no_date_that_is_made_up() {
        let lifecycle = Lifecycle::builder().delete_after_days(i64::MAX).build();
        let facts = facts_of(&point().lifecycle(lifecycle).build());
        assert!(facts.delete_at.is_unknown());
    }
}
