//! What is derived for a vault: what lands in it, who could remove its lock, who hears of failures.

use std::collections::BTreeSet;

use crate::model::backup::Vault;
use crate::model::derived::VaultDerived;
use crate::model::events::EventRule;
use crate::model::fact::{Cure, Fact, Reason, Reasons};
use crate::model::resource::{Link, Resource};

use super::access::policies::Policies;
use super::access::vault_policy;
use super::index::{Found, Index, Of, add_reasons};
use super::key::Users;
use super::objective::Dependents;
use super::place::{self, Arn};
use super::plans::PlanNode;
use super::workload::Workloads;
use super::{event_pattern, key, world};

/// Derives all of a vault.
pub fn derive(
    index: &Index<'_>,
    workloads: &Workloads<'_, '_>,
    keys: &Users<'_>,
    policies: &Policies<'_>,
    resource: &Resource,
    facts: &Vault,
) -> VaultDerived {
    let writers = writers(workloads, resource, facts);
    let open = unseen_writers(index, resource);
    let mut dependents = Dependents::default();
    for (plan, doubt) in &writers {
        dependents.extend(&plan.dependents, doubt.as_ref());
    }
    let held: BTreeSet<&str> =
        index.points_in(&resource.id.id).iter().filter_map(|(_, point)| Some(&**point.resource.value()?)).collect();
    for possible in held.iter().filter_map(|arn| workloads.tiers_of(arn)) {
        dependents.add(possible, None);
    }
    // Of files, only what they declare depends on it; of a live vault, whatever writes to it.
    if index.live() {
        let unread = unread_points(index, resource, facts);
        for reasons in open.iter().chain(&unread) {
            workloads.add_unseen(&mut dependents, reasons);
        }
    }
    let targeted = writers.iter().map(|(_, doubt)| known_or(doubt.as_ref()));
    let unseen = open.as_ref().map(|reasons| Fact::unknown(reasons.clone()));
    VaultDerived {
        objective: workloads.strictest(&dependents),
        targeted: Fact::any(targeted.chain(unseen)),
        in_use: in_use(index, resource, facts),
        holds_fully_managed: holds_fully_managed(index, (resource, facts), &writers, open.as_ref()),
        customer_key: key::customer_key(index, &facts.key, &resource.id).or_at(&facts.key.at),
        key_separate: keys.is_separate(index, resource, &facts.key).or_at(&facts.key.at),
        key_local: key::is_local(index, &facts.key, &resource.id).or_at(&facts.key.at),
        lock_permanent: lock_permanent(index, facts),
        failures_routed: failures_routed(index, resource),
        access: Fact::known(vault_policy::derive(index, policies, resource, facts, &|types| {
            holds(index, (resource, facts), &writers, open.as_ref(), &|kind, backup_arn| {
                is_of_types(index, resource, kind, backup_arn, types)
            })
        })),
    }
}

/// Whether recovery points of a type are among these types; of none of them, whether they have an ARN of AWS Backup's
/// own, which `backup_arn` tells of a point that is there.
fn is_of_types(
    index: &Index<'_>,
    resource: &Resource,
    kind: &str,
    backup_arn: Option<bool>,
    types: &[&str],
) -> Fact<bool> {
    let own = match (backup_arn, kind) {
        (Some(own), "DynamoDB") => Fact::known(own),
        _ => manages_fully(index, resource, kind),
    };
    match (types.is_empty(), types.contains(&kind)) {
        (true, _) => own,
        (false, true) => own.negate(),
        (false, false) => Fact::known(false),
    }
}

/// Why plans that nobody saw may write to it.
fn unseen_writers(index: &Index<'_>, resource: &Resource) -> Option<Reasons> {
    let (account, region) = (resource.id.account.as_deref(), resource.id.region.as_deref());
    index.open(world::PLANS, account, region).map(|reasons| index.open_in_words(reasons, other_plans))
}

/// Whether a vault holds, or is written to with, backups that are under its key.
pub fn takes_vault_key(
    index: &Index<'_>,
    workloads: &Workloads<'_, '_>,
    resource: &Resource,
    facts: &Vault,
) -> Fact<bool> {
    let open = unseen_writers(index, resource);
    holds_fully_managed(index, (resource, facts), &writers(workloads, resource, facts), open.as_ref())
}

/// Why it may hold recovery points that nobody saw.
fn unread_points(index: &Index<'_>, resource: &Resource, facts: &Vault) -> Option<Reasons> {
    if !index.live() || facts.recovery_points.value() == Some(&0) {
        return None;
    }
    let (account, region) = (resource.id.account.as_deref(), resource.id.region.as_deref());
    index.open(world::recovery_points(&resource.id.id), account, region)
}

fn known_or(doubt: Option<&Reasons>) -> Fact<bool> {
    doubt.map_or_else(|| Fact::known(true), |doubt| Fact::unknown(doubt.clone()))
}

fn other_plans() -> Reasons {
    Reason::new("a plan of another stack or account may write to it")
        .cured_by(Cure::Setting("complete = true in backstop.toml".to_owned()))
        .into()
}

/// The plans that write to a vault, and why it is only possible that they do.
fn writers<'w, 'a>(
    workloads: &'w Workloads<'_, 'a>,
    resource: &Resource,
    facts: &Vault,
) -> Vec<(&'w PlanNode<'a>, Option<Reasons>)> {
    let mut found = Vec::new();
    for plan in &workloads.plans {
        let rules = match &plan.rules {
            Ok(rules) => rules,
            Err(reasons) => {
                if !place::same_account(&plan.resource.id, &resource.id).is_false() {
                    found.push((plan, Some(reasons.clone())));
                }
                continue;
            }
        };
        let mut certain = false;
        let mut doubt = None;
        for rule in rules {
            let targets = std::iter::once((&rule.target, &rule.rule.target_vault));
            let copies = rule.copies.iter().map(|copy| (&copy.destination, &copy.action.destination));
            for (target, link) in targets.chain(copies) {
                match target {
                    Found::Here((vault, _)) => certain |= vault.id == resource.id,
                    Found::Unknown(reasons) if may_mean(link, resource, facts) => add_reasons(&mut doubt, reasons),
                    Found::Unknown(_) | Found::Missing(_) => {}
                }
            }
            if let Some(reasons) = &rule.copies_unknown {
                add_reasons(&mut doubt, reasons);
            }
        }
        if certain && plan.resource.exists.is_true() {
            found.push((plan, None));
            continue;
        }
        if certain && let Some(reasons) = plan.resource.exists.reasons() {
            add_reasons(&mut doubt, reasons);
        }
        if let Some(doubt) = doubt {
            found.push((plan, Some(doubt)));
        }
    }
    found
}

/// Whether an unresolved link may still mean this vault.
fn may_mean(link: &Link, resource: &Resource, facts: &Vault) -> bool {
    let Some(text) = link.text.value() else { return true };
    let arn = Arn::parse(text);
    let name = arn.map_or(text.as_str(), |arn| arn.resource.strip_prefix("backup-vault:").unwrap_or(arn.resource));
    let same = |own: Option<&str>, named: &str| own.is_none_or(|own| own == named);
    facts.vault_name.value().is_none_or(|own| own == name)
        && arn.is_none_or(|arn| {
            same(resource.id.region.as_deref(), arn.region) && same(resource.id.account.as_deref(), arn.account)
        })
}

pub fn in_use(index: &Index<'_>, resource: &Resource, facts: &Vault) -> Fact<bool> {
    if !index.points_in(&resource.id.id).is_empty() {
        return Fact::known(true);
    }
    facts.recovery_points.as_ref().map(|count| *count > 0).or_default_to(false)
}

/// Whether it holds, or is written to with, a type whose backups take the vault's key.
fn holds_fully_managed(
    index: &Index<'_>,
    (resource, facts): (&Resource, &Vault),
    writers: &[(&PlanNode<'_>, Option<Reasons>)],
    open: Option<&Reasons>,
) -> Fact<bool> {
    holds(index, (resource, facts), writers, open, &|kind, backup_arn| match backup_arn {
        Some(own) => of_point(index, resource, kind, own),
        None => manages_fully(index, resource, kind),
    })
}

/// Whether it holds, or is written to with, a type of which this is true. Of a point that is there it is known whether
/// its ARN is one of AWS Backup's own.
fn holds(
    index: &Index<'_>,
    (resource, facts): (&Resource, &Vault),
    writers: &[(&PlanNode<'_>, Option<Reasons>)],
    open: Option<&Reasons>,
    is: &dyn Fn(&str, Option<bool>) -> Fact<bool>,
) -> Fact<bool> {
    let held: BTreeSet<(&str, bool)> = index
        .points_in(&resource.id.id)
        .iter()
        .filter_map(|(point, facts)| Some((&**facts.resource_type.value()?, has_backup_arn(&point.id.id))))
        .collect();
    let held = held.into_iter().map(|(kind, backup_arn)| is(kind, Some(backup_arn)));
    let written = writers.iter().flat_map(|(plan, doubt)| {
        plan.types.iter().map(move |(kind, selected)| {
            Fact::all([is(kind, None), known_or(doubt.as_ref()), known_or(selected.as_ref())])
        })
    });
    // A plan in open files may select what other files declare; one of a Region that was listed selects what is known.
    let points = unread_points(index, resource, facts);
    let unseen = open.cloned().into_iter().chain(points).map(Fact::unknown);
    Fact::any(held.chain(written).chain(unseen))
}

fn of_point(index: &Index<'_>, resource: &Resource, kind: &str, backup_arn: bool) -> Fact<bool> {
    match kind {
        "DynamoDB" => Fact::known(backup_arn),
        kind => manages_fully(index, resource, kind),
    }
}

/// Whether the recovery point of this ARN, in the place of this resource, took its vault's key.
pub fn takes_key_of_vault(index: &Index<'_>, resource: &Resource, kind: &str, arn: &str) -> Fact<bool> {
    of_point(index, resource, kind, has_backup_arn(arn))
}

/// Whether a recovery point's ARN is one of AWS Backup's own, as those of fully managed types are ("AWS Backup resource
/// ARNs" under "Access control" in the AWS Backup Developer Guide).
fn has_backup_arn(arn: &str) -> bool {
    Arn::parse(arn).is_some_and(|arn| arn.service == "backup")
}

/// Whether AWS Backup manages a type fully: its backups are encrypted with the vault's key. What the Region's settings
/// say comes first; then the table of ARNs that [`has_backup_arn`] names. DynamoDB is one only with advanced features,
/// so that nothing is known of it without the settings; nor of types that the table does not name.
pub fn manages_fully(index: &Index<'_>, resource: &Resource, kind: &str) -> Fact<bool> {
    let settings = index.region(resource.id.account.as_deref(), resource.id.region.as_deref());
    let said = settings.and_then(|region| region.backup_full_management.value()).and_then(|types| types.get(kind));
    if let Some(said) = said {
        return Fact::known(*said);
    }
    match kind {
        "S3"
        | "EFS"
        | "Timestream"
        | "VirtualMachine"
        | "CloudFormation"
        | "SAP HANA on Amazon EC2"
        | "Aurora DSQL"
        | "DSQL" => Fact::known(true),
        "EBS"
        | "EC2"
        | "RDS"
        | "Aurora"
        | "DocumentDB"
        | "Neptune"
        | "Redshift"
        | "Redshift Serverless"
        | "FSx"
        | "Storage Gateway" => Fact::known(false),
        "DynamoDB" => {
            let reason = Reason::new("whether advanced DynamoDB backup is on was not read");
            Fact::unknown(reason.cured_by(Cure::Permission("backup:DescribeRegionSettings".to_owned())))
        }
        kind => Fact::unknown(format!("whether AWS Backup manages {kind} fully is not known")),
    }
}

/// Whether nobody can remove the lock any more: in compliance mode, its grace time over ("AWS Backup Vault Lock" in the
/// AWS Backup Developer Guide).
///
/// Files have no day: they are asked for what they declare. A lock with a grace time becomes permanent by itself once
/// the stack stands, so that compliance mode is all that a template can say, and it is enough.
pub fn lock_permanent(index: &Index<'_>, facts: &Vault) -> Fact<bool> {
    facts.lock.as_ref().and_then(|lock| {
        let Some(now) = index.now else { return lock.compliance.clone() };
        Fact::all([lock.compliance.clone(), lock.lock_date.as_ref().map(|date| *date <= now)])
    })
}

/// Whether an enabled rule on the default bus, with a target, passes on failed jobs of the vault's Region.
fn failures_routed(index: &Index<'_>, resource: &Resource) -> Fact<bool> {
    let (account, region) = (resource.id.account.as_deref(), resource.id.region.as_deref());
    let seen = index
        .event_rules
        .iter()
        .filter(|(rule, _)| !place::same_place(&rule.id, &resource.id).is_false())
        .map(|rule| routes(rule, resource));
    let unseen = index
        .open(world::EVENT_RULES, account, region)
        .map(|reasons| Fact::unknown(index.open_in_words(reasons, other_rules)));
    let routed = Fact::any(seen.chain(unseen));
    Fact { at: None, ..routed }
}

fn other_rules() -> Reasons {
    Reason::new("an EventBridge rule of another stack may watch it")
        .cured_by(Cure::Setting("complete = true in backstop.toml".to_owned()))
        .into()
}

fn routes((rule, facts): &Of<'_, EventRule>, vault: &Resource) -> Fact<bool> {
    let default_bus = facts.bus.as_ref().map(|bus| bus == "default" || bus.ends_with(":event-bus/default"));
    Fact::all([
        rule.exists.clone(),
        place::same_place(&rule.id, &vault.id),
        facts.enabled.clone(),
        default_bus.or_default_to(true),
        facts.targets.as_ref().map(|targets| *targets > 0),
        facts.pattern.as_ref().and_then(|pattern| {
            event_pattern::covers_backup_failures(pattern, vault.id.region.as_deref(), vault.id.account.as_deref())
        }),
    ])
}
