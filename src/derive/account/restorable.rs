//! Whether what an account has backed up can be restored: of each type that has recovery points, by a role that AWS
//! Backup may assume.
//!
//! "IAM service roles" in the AWS Backup Developer Guide: a restore needs a role, as a backup does
//! (<https://docs.aws.amazon.com/aws-backup/latest/devguide/iam-service-roles.html>). Which role people take, nothing
//! says before they do; so it is asked whether there is one.

use std::collections::BTreeSet;

use crate::derive::access::backup_role;
use crate::derive::access::policies::Policies;
use crate::derive::index::{Index, add_reasons};
use crate::derive::world;
use crate::model::fact::{Fact, Reasons};
use crate::model::resource::Resource;

/// Whether all can be restored, and what cannot, for people.
pub fn derive(index: &Index<'_>, policies: &Policies<'_>, account: &Resource) -> (Fact<bool>, Fact<Vec<String>>) {
    let own = |resource: &Resource| resource.id.account == account.id.account;
    let points = index.points.iter().filter(|(point, _)| own(point));
    let types: BTreeSet<&str> =
        points.filter_map(|(_, facts)| facts.resource_type.value().map(|name| &**name)).collect();
    let unlisted = world_of_roles(index, account);
    let (mut faults, mut doubt) = (BTreeSet::new(), None);
    for service in backup_role::needs::SERVICES {
        let restored = backup_role::restorable(index, policies, &account.id, service);
        if !service.names.iter().any(|name| types.contains(name)) {
            // Recovery points that nobody saw may be of it.
            if !restored.is_true()
                && let Some(reasons) = unseen_points(index, account)
            {
                add_reasons(&mut doubt, &reasons);
            }
            continue;
        }
        let restored = Fact::any([restored].into_iter().chain(unlisted.clone().map(Fact::unknown)));
        if let Some(reasons) = restored.reasons() {
            add_reasons(&mut doubt, reasons);
        }
        if restored.is_false() {
            faults.insert(service.what.to_owned());
        }
    }
    match (faults.is_empty(), doubt) {
        (false, _) => (Fact::known(false), Fact::known(faults.into_iter().collect())),
        (true, Some(doubt)) => (Fact::unknown(doubt.clone()), Fact::unknown(doubt)),
        (true, None) => (Fact::known(true), Fact::known(Vec::new())),
    }
}

/// Why there may be roles that were not seen.
fn world_of_roles(index: &Index<'_>, account: &Resource) -> Option<Reasons> {
    index.open(world::ROLES, account.id.account.as_deref(), Some("global"))
}

/// Why there may be recovery points that were not seen.
fn unseen_points(index: &Index<'_>, account: &Resource) -> Option<Reasons> {
    let own = account.id.account.as_deref();
    let regions = index.audited_regions().filter(|region| region.account.as_deref() == own);
    let vaults = regions.filter_map(|region| index.open(world::VAULTS, own, region.region.as_deref()));
    let of_vaults = index
        .vaults
        .iter()
        .filter(|(vault, _)| vault.id.account.as_deref() == own)
        .filter_map(|(vault, _)| index.open(world::recovery_points(&vault.id.id), own, vault.id.region.as_deref()));
    let unknown = index.points.iter().filter(|(point, _)| point.id.account.as_deref() == own);
    let unknown = unknown.filter_map(|(_, facts)| facts.resource_type.reasons().cloned());
    vaults.chain(of_vaults).chain(unknown).reduce(|a, b| a.and(&b))
}
