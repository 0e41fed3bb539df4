//! What is derived for an account: a section for each area.

mod backup;
mod recovery;

use crate::model::account::Account;
use crate::model::derived::AccountDerived;
use crate::model::fact::Fact;
use crate::model::resource::Resource;

use super::access::powers::Powers;
use super::index::Index;
use super::workload::Workloads;

/// Derives all of an account.
pub fn derive(
    index: &Index<'_>,
    workloads: &Workloads<'_, '_>,
    powers: &Powers<'_>,
    resource: &Resource,
    facts: &Account,
) -> AccountDerived {
    AccountDerived {
        backup: Fact::known(backup::derive(index, workloads, resource, facts)),
        recovery: recovery::derive(index, powers, resource),
    }
}
