//! Whether service control policies keep the backups of the organization's members.
//!
//! Only the management account and delegated administrators can read them, so a member's answer is Unknown, with where to
//! ask. What is asked about are the recovery accounts of the settings, and the account that was read if it is a member
//! and has vaults. Where the settings name none, all members are looked at: that each is kept can be said; whether one
//! that is not holds backups, cannot. Of a recovery account in another organization, this one's policies say nothing.
//! The management account is bound by none: "SCP effects on permissions" in the AWS Organizations User Guide
//! (<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html>).

use std::collections::BTreeSet;

use crate::derive::access::policies::Policies;
use crate::derive::access::service_control::denies_destroying;
use crate::derive::index::Index;
use crate::derive::several::few;
use crate::model::account::{Account, Organization, ServiceControl};
use crate::model::derived::account::ControlledBackups;
use crate::model::fact::{Cure, Fact, Reason, State};
use crate::model::resource::Resource;

/// How many accounts are told; the rest are counted.
const MOST_NAMES: usize = 10;

/// Derives the section; absent outside an organization, and in one that has not all features.
pub fn derive(
    index: &Index<'_>,
    policies: &Policies<'_>,
    resource: &Resource,
    facts: &Account,
) -> Fact<ControlledBackups> {
    let organization = match &facts.organization.state {
        State::Known(organization) => organization,
        State::Absent => return Fact::absent(),
        State::Unknown(reasons) => return Fact::unknown(reasons.clone()),
    };
    match &facts.service_control.state {
        State::Known(control) => Fact::known(judged(index, policies, resource, (organization, control))),
        State::Absent => Fact::absent(),
        State::Unknown(reasons) => {
            let manager = organization.management_account.value();
            let asked = manager.filter(|manager| resource.id.account.as_deref() != Some(manager.as_str()));
            // That they are withheld from a member is no fault of the audit, so the gap is not what the verdict hangs on.
            let reasons = asked.map_or_else(|| reasons.clone(), |manager| elsewhere(manager).into());
            Fact::known(ControlledBackups { keeps_backups: Fact::unknown(reasons), open: Fact::known(Vec::new()) })
        }
    }
}

fn elsewhere(manager: &str) -> Reason {
    Reason::new("service control policies are told to the organization's management account alone").cured_by(
        Cure::Source(format!(
            "audit account {manager}, or one that its policies are delegated to, with `recovery-accounts` set"
        )),
    )
}

fn judged(
    index: &Index<'_>,
    policies: &Policies<'_>,
    resource: &Resource,
    (organization, control): (&Organization, &ServiceControl),
) -> ControlledBackups {
    let own = resource.id.account.as_deref();
    let manager = organization.management_account.value().map(String::as_str);
    let partition = resource.id.likely_partition();
    let accounts = || control.accounts.iter().map(|account| account.id.as_str());
    let has_vaults = |id: &str| index.vaults.iter().any(|(vault, _)| vault.id.account.as_deref() == Some(id));
    let mut holds: BTreeSet<&str> = index.settings.recovery_accounts.iter().map(String::as_str).collect();
    holds.extend(own.filter(|id| Some(*id) != manager && has_vaults(id)));
    let asked: BTreeSet<&str> = match holds.is_empty() {
        true => accounts().filter(|id| Some(*id) != manager).collect(),
        false => holds.clone(),
    };
    let (mut all, mut open) = (Vec::new(), Vec::new());
    for id in asked {
        if Some(id) == manager {
            open.push(format!("account {id}, the management account, which no such policy binds"));
            all.push(Fact::known(false));
            continue;
        }
        if !accounts().any(|account| account == id) {
            let why = Reason::new(format!("account {id} of `recovery-accounts` is no member of this organization"));
            let cure = Cure::Source("audit the management account of its own organization".to_owned());
            all.push(Fact::unknown(why.cured_by(cure)));
            continue;
        }
        let Some(levels) = policies.controlled.get(id) else {
            all.push(Fact::unknown(format!("account {id} was not found in the organization's tree")));
            continue;
        };
        let kept = denies_destroying(policies, partition, id, levels);
        if !kept.is_false() {
            all.push(kept);
        } else if holds.contains(id) {
            open.push(format!("account {id}"));
            all.push(kept);
        } else {
            let why =
                Reason::new(format!("whether account {id}, whose backups no policy keeps, holds any is not known"));
            all.push(Fact::unknown(why.cured_by(Cure::Setting("recovery-accounts".to_owned()))));
        }
    }
    ControlledBackups { keeps_backups: Fact { at: None, ..Fact::all(all) }, open: Fact::known(few(open, MOST_NAMES)) }
}
