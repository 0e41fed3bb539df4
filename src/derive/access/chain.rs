//! What one user or role can do to backups, call by call and layer by layer: what stands behind a verdict on its power.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::derived::holders::{CallOn, Row};
use crate::model::resource::Resource;

use super::policies::Policies;
use super::targets::{Call, Target};
use super::who::{Asked, row};

/// The calls that destroy what was seen in its account, those that come first among them; alike ones together, what it
/// can before what it cannot. None where the resource is no user or role.
pub fn calls(policies: &Policies<'_>, targets: &[Target<'_>], resource: &Resource) -> Vec<CallOn> {
    let Some(identity) = policies.identity(&resource.id) else { return Vec::new() };
    let own = targets.iter().filter(|target| target.account == identity.account() && target.resource.is_some());
    let mut by_row: BTreeMap<(u8, String, String), (Row, BTreeSet<String>)> = BTreeMap::new();
    for target in own {
        let policy = target.resource.is_some_and(|resource| policies.of_resource(&resource.id).is_some());
        let before = target.ways.iter().filter_map(|way| way.before.as_ref()).map(|(call, _)| call);
        let unguard = policy.then_some(&target.unguard);
        let all: BTreeMap<&str, BTreeSet<&str>> = before
            .chain(target.ways.iter().map(|way| &way.call))
            .chain(unguard)
            .flat_map(|call: &Call<'_>| call.actions.iter().map(|action| (*action, call.arn.as_str())))
            .fold(BTreeMap::new(), |mut all, (action, arn)| {
                all.entry(action).or_default().insert(arn);
                all
            });
        for (action, arns) in all {
            let asked = Asked {
                label: target.label.clone(),
                resource: target.resource,
                account: target.account.map(str::to_owned),
                arns: arns.into_iter().map(str::to_owned).collect(),
                unread: None,
            };
            let row = row(policies, identity, action, &asked);
            let rank = if row.allowed.is_true() { 0 } else { 1 + u8::from(row.allowed.is_false()) };
            let key = (rank, action.to_owned(), format!("{row:?}"));
            by_row.entry(key).or_insert_with(|| (row, BTreeSet::new())).1.insert(target.label.clone());
        }
    }
    by_row.into_iter().map(|((_, action, _), (row, on))| CallOn { action, on, row }).collect()
}
