//! What an account has of AWS Backup for all its Regions.

use super::restorable;
use crate::derive::access::policies::Policies;
use crate::derive::index::Index;
use crate::derive::resting::Resting;
use crate::derive::workload::Workloads;
use crate::derive::{copies, external, place, replication};
use crate::model::account::Account;
use crate::model::derived::BackupAccount;
use crate::model::fact::Fact;
use crate::model::resource::{Facts, Resource};

/// The setting of `DescribeGlobalSettings` ("Creating backup copies across AWS accounts" in the AWS Backup Developer
/// Guide).
const CROSS_ACCOUNT: &str = "isCrossAccountBackupEnabled";

/// Derives the section.
pub fn derive(
    index: &Index<'_>,
    workloads: &Workloads<'_, '_>,
    policies: &Policies<'_>,
    resource: &Resource,
    facts: &Account,
) -> BackupAccount {
    let (restorable, unrestorable_types) = restorable::derive(index, policies, resource);
    let enabled = facts.backup_global.as_ref().and_then(|settings| match settings.get(CROSS_ACCOUNT) {
        Some(value) => Fact::known(value.eq_ignore_ascii_case("true")),
        None => Fact::unknown(format!("`backup:DescribeGlobalSettings` did not say `{CROSS_ACCOUNT}`")),
    });
    BackupAccount {
        needs_cross_account: workloads.needs.cross_account(index, &resource.id, &|one| met(index, workloads, one)),
        // Outside an organization there is nobody to copy to.
        cross_account_enabled: enabled.or_default_to(false),
        restorable,
        unrestorable_types,
    }
}

/// Whether a workload's data outlives its account without a copy that AWS Backup makes in another one: by replication, by
/// a path outside AWS Backup, or in a logically air-gapped vault of its own account that others can reach.
fn met(index: &Index<'_>, workloads: &Workloads<'_, '_>, resource: &Resource) -> Fact<bool> {
    let replicas = match &resource.facts {
        Facts::Bucket(facts) => replication::copies(index, resource, facts),
        _ => Vec::new(),
    };
    let replicated = replicas.into_iter().map(|replica| Fact::all([replica.holds, replica.outlives_account]));
    let (copies, unseen) = copies::of(workloads, resource);
    let gapped = copies.iter().map(|copy| {
        let resting = Resting::in_vault(&copy.node.destination, &copy.node.action.destination);
        Fact::all([copy.holds.clone(), copy.to_other_account(&resource.id).negate(), resting.beyond_reach()])
    });
    let declared = external::reaches_account(index, &resource.id, &place::arn_of(resource));
    Fact::any(replicated.chain(gapped).chain(unseen.map(Fact::unknown)).chain([declared]).map(|fact| fact.at(None)))
}
