//! Whether long-kept backups go to cold storage where they can, and where a restore from there still fits the RTO.
//!
//! Which types can: "Feature availability by resource" in the AWS Backup Developer Guide. EBS snapshots go to the archive
//! tier only where the lifecycle opts in to it (`OptInToArchiveForSupportedResources` of `Lifecycle`), and only from rules
//! that run every 28 days or more seldom ("Lifecycle and storage tiers" under "Backup plan options and configuration").

use jiff::SignedDuration;

use crate::derive::index::{Found, Index};
use crate::derive::needs;
use crate::derive::plans::{PlanNode, RuleNode};
use crate::derive::schedule::shortest_gap;
use crate::derive::vault::manages_fully;
use crate::derive::workload::Workloads;
use crate::model::attribute::Ranged;
use crate::model::fact::{Fact, Reasons, State};
use crate::model::workload::Objective;

use super::{Checks, days, rule_name};

/// What is kept so long pays for the 90 days that cold storage is billed for at least, twice over. The figure is ours.
const LONG: SignedDuration = SignedDuration::from_hours(24 * 180);

/// The shortest time between two runs from which on EBS snapshots may be archived.
const EBS_INTERVAL: SignedDuration = SignedDuration::from_hours(24 * 28);

/// The RTO from which on cold storage is asked for. "Restoring from cold storage typically takes 4 hours more than
/// restoring from warm storage" ("Restore a backup by resource type" in the AWS Backup Developer Guide); the 8 hours for
/// the restore itself are ours.
const COLD_RESTORE: SignedDuration = SignedDuration::from_hours(4 + 8);

/// An archived snapshot takes up to 72 hours to come back ("Considerations and limitations for archiving Amazon EBS
/// snapshots" in the Amazon EBS User Guide).
const EBS_RESTORE: SignedDuration = SignedDuration::from_hours(72);

/// The types, by AWS Backup's names, that cold storage takes, and the RTO that a restore from it needs.
const COLD_TYPES: [(&str, SignedDuration); 7] = [
    ("CloudFormation", COLD_RESTORE),
    ("DynamoDB", COLD_RESTORE),
    ("EBS", EBS_RESTORE),
    ("EFS", COLD_RESTORE),
    ("SAP HANA on Amazon EC2", COLD_RESTORE),
    ("Timestream", COLD_RESTORE),
    ("VirtualMachine", COLD_RESTORE),
];

/// Partitions whose EBS has no archive tier for AWS Backup ("Amazon EBS and AWS Backup").
const WITHOUT_EBS_ARCHIVE: [&str; 2] = ["aws-cn", "aws-us-gov"];

/// Checks the rules of a plan.
pub(super) fn check(
    index: &Index<'_>,
    workloads: &Workloads<'_, '_>,
    plan: &PlanNode<'_>,
    rules: &[RuleNode<'_>],
    checks: &mut Checks,
) {
    let objective = workloads.strictest(&plan.dependents);
    let unseen = needs::unseen(index, &plan.resource.id);
    for rule in rules {
        let asked = asked(rule);
        if asked.is_false() {
            continue;
        }
        let mut faulty = Vec::new();
        for (kind, rto) in COLD_TYPES {
            let selected = match (plan.types.get(kind), &unseen) {
                (Some(None), _) => Fact::known(true),
                (Some(Some(doubt)), _) | (None, Some(doubt)) => Fact::unknown(doubt.clone()),
                (None, None) => continue,
            };
            let fault = Fact::all([
                asked.clone(),
                moves(rule, kind).negate(),
                selected,
                can(index, workloads, plan, rule, kind),
                fits(&objective, rto),
            ]);
            if fault.is_true() {
                faulty.push(kind);
            } else if let Some(reasons) = fault.reasons() {
                checks.doubt(reasons);
            }
        }
        if !faulty.is_empty() {
            let kept = rule.retention.value().map_or_else(String::new, |kept| days(*kept));
            let text = format!("{} keeps {} {kept} in warm storage", rule_name(rule), faulty.join(" and "));
            let at = rule.rule.lifecycle.at.clone().or_else(|| rule.rule.name.at.clone());
            checks.fault(text, &at);
        }
    }
}

/// Whether a rule keeps long what could be moved. Continuous backups stay warm, and are kept 35 days at most
/// ("Continuous backups and point-in-time recovery"); what is written to no vault is not kept at all.
fn asked(rule: &RuleNode<'_>) -> Fact<bool> {
    let air_gapped = match &rule.target {
        Found::Missing(_) => return Fact::known(false),
        Found::Unknown(_) => Fact::known(false),
        Found::Here((_, vault)) => vault.vault_type.as_ref().and_then(|kind| match kind.as_str() {
            "LOGICALLY_AIR_GAPPED_BACKUP_VAULT" => {
                Fact::unknown("AWS does not say which backups of a logically air-gapped vault go to cold storage")
            }
            _ => Fact::known(false),
        }),
    };
    let long = rule.retention.as_ref().map(|kept| *kept >= LONG);
    Fact::all([long, rule.rule.continuous.clone().negate(), air_gapped.negate()])
}

/// Whether the rule's lifecycle moves this type.
fn moves(rule: &RuleNode<'_>, kind: &str) -> Fact<bool> {
    rule.rule
        .lifecycle
        .as_ref()
        .and_then(|lifecycle| {
            // Negative is never.
            let cold = lifecycle.cold_after_days.as_ref().map(|days| *days >= 0);
            if kind == "EBS" { Fact::all([cold, lifecycle.archive_opt_in.clone()]) } else { cold }
        })
        .or_default_to(false)
}

/// Whether cold storage takes what the rule backs up of this type.
fn can(
    index: &Index<'_>,
    workloads: &Workloads<'_, '_>,
    plan: &PlanNode<'_>,
    rule: &RuleNode<'_>,
    kind: &str,
) -> Fact<bool> {
    match kind {
        // Only with AWS Backup's advanced features, which is what makes it fully managed.
        "DynamoDB" => manages_fully(index, plan.resource, kind),
        "EBS" => {
            let partition = plan.resource.id.partition.as_deref();
            if partition.is_some_and(|partition| WITHOUT_EBS_ARCHIVE.contains(&partition)) {
                return Fact::known(false);
            }
            workloads.timed(rule).map_or_else(Fact::unknown, |timed| {
                Fact::known(shortest_gap(&timed.schedule).is_some_and(|gap| gap >= EBS_INTERVAL))
            })
        }
        _ => Fact::known(true),
    }
}

/// Whether a restore that takes this long fits the RTO of all that the plan selects.
fn fits(objective: &Ranged<Objective>, restore: SignedDuration) -> Fact<bool> {
    let fits = |version: &Objective| version.rto.value().is_some_and(|rto| *rto >= restore);
    let (all, any) = (objective.versions.iter().all(fits), objective.versions.iter().any(fits));
    match (&objective.reasons, all == any) {
        (_, true) => Fact { state: State::Known(all), at: None },
        (Some(reasons), false) => Fact::unknown(reasons.clone()),
        (None, false) => Fact::unknown(Reasons::from("the objective of what the plan selects is not known")),
    }
}
