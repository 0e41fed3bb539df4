//! What is derived for an account: a section for each area.

mod backup;

use crate::model::account::Account;
use crate::model::derived::AccountDerived;
use crate::model::fact::Fact;
use crate::model::resource::Resource;

use super::index::Index;
use super::workload::Workloads;

/// Derives all of an account.
pub fn derive(
    index: &Index<'_>,
    workloads: &Workloads<'_, '_>,
    resource: &Resource,
    facts: &Account,
) -> AccountDerived {
    AccountDerived { backup: Fact::known(backup::derive(index, workloads, resource, facts)) }
}
