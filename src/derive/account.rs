//! What is derived for an account: a section for each area.

mod backup;
mod restorable;

use crate::model::account::Account;
use crate::model::derived::AccountDerived;
use crate::model::fact::Fact;
use crate::model::resource::Resource;

use super::access::policies::Policies;
use super::index::Index;
use super::workload::Workloads;

/// Derives all of an account.
pub fn derive(
    index: &Index<'_>,
    workloads: &Workloads<'_, '_>,
    policies: &Policies<'_>,
    resource: &Resource,
    facts: &Account,
) -> AccountDerived {
    AccountDerived { backup: Fact::known(backup::derive(index, workloads, policies, resource, facts)) }
}
