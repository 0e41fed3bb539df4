//! What is derived for an account: a section for each area.

mod backup;
mod recovery;
mod restorable;
mod service_control;

use crate::model::account::Account;
use crate::model::derived::AccountDerived;
use crate::model::fact::Fact;
use crate::model::resource::Resource;

use super::access::policies::Policies;
use super::access::powers::Powers;
use super::index::Index;
use super::workload::Workloads;

/// Derives all of an account.
pub fn derive(
    index: &Index<'_>,
    workloads: &Workloads<'_, '_>,
    (policies, powers): (&Policies<'_>, &Powers<'_>),
    resource: &Resource,
    facts: &Account,
) -> AccountDerived {
    AccountDerived {
        backup: Fact::known(backup::derive(index, workloads, policies, resource, facts)),
        recovery: recovery::derive(index, powers, resource),
        service_control: service_control::derive(index, policies, resource, facts),
    }
}
