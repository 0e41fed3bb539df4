//! The copies that backup plans make of one workload.

use crate::model::fact::{Fact, Reasons};
use crate::model::identity::ResourceId;
use crate::model::resource::Resource;
use crate::model::settings::Settings;

use super::index::add_reasons;
use super::plans::CopyNode;
use super::workload::{Workloads, may_exist};

/// One copy action that may apply to a workload.
pub struct PlanCopy<'w, 'a> {
    /// Whether it is made.
    pub holds: Fact<bool>,
    /// The rule that makes it, for people.
    pub label: &'w str,
    pub node: &'w CopyNode<'a>,
}

impl PlanCopy<'_, '_> {
    /// Whether it leads to another account than this resource's.
    pub fn to_other_account(&self, from: &ResourceId) -> Fact<bool> {
        self.node.spot.outlives_account(from, &[])
    }
}

/// The copies of a workload that were seen, and why there may be others.
pub fn of<'w, 'a>(workloads: &'w Workloads<'_, 'a>, resource: &Resource) -> (Vec<PlanCopy<'w, 'a>>, Option<Reasons>) {
    let mut copies = Vec::new();
    let mut unseen = workloads.unseen_plans(resource);
    for (plan, selects) in workloads.plans_of(resource) {
        let rules = match &plan.rules {
            Ok(rules) => rules,
            Err(reasons) => {
                add_reasons(&mut unseen, reasons);
                continue;
            }
        };
        for rule in rules {
            // What is written to a vault that does not exist is written nowhere.
            let holds = Fact::all([selects.clone(), may_exist(&rule.target), rule.runs.clone()]);
            if holds.is_false() {
                continue;
            }
            if let Some(reasons) = &rule.copies_unknown {
                add_reasons(&mut unseen, reasons);
            }
            copies.extend(rule.copies.iter().map(|node| {
                let holds = Fact::all([holds.clone(), may_exist(&node.destination)]);
                PlanCopy { holds, label: &rule.label, node }
            }));
        }
    }
    (copies, unseen)
}

/// Whether copies of AWS Backup outlive the loss of a workload's Region, and of its account.
pub struct Reach {
    pub region: Fact<bool>,
    pub account: Fact<bool>,
}

/// Looks where the copies of a workload lead.
pub fn reach(workloads: &Workloads<'_, '_>, settings: &Settings, resource: &Resource) -> Reach {
    let (copies, unseen) = of(workloads, resource);
    let any = |leads: &dyn Fn(&PlanCopy<'_, '_>) -> Fact<bool>| {
        let seen = copies.iter().map(|copy| Fact { at: None, ..Fact::all([copy.holds.clone(), leads(copy)]) });
        Fact::any(seen.chain(unseen.iter().map(|reasons| Fact::unknown(reasons.clone()))))
    };
    Reach {
        region: any(&|copy| copy.node.spot.recovers(&resource.id, &settings.recovery_regions)),
        account: any(&|copy| copy.node.outlives_account(&resource.id, settings)),
    }
}
