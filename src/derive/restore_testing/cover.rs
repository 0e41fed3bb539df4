//! Which restore-testing plans cover a workload.
//!
//! A selection means a resource by its type, and by its ARN, by `*`, or by tags. AWS Backup compares the tags of the
//! newest recovery point ("Restore testing" in the AWS Backup Developer Guide), which takes those of the resource but
//! may have others by its plan's rule, or older ones. So a match with the resource's tags covers what will be backed up
//! next, and without a match it cannot be said.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::backup::testing::{RestoreTestingPlan, RestoreTestingSelection};
use crate::model::fact::{Cure, Fact, Reason, Reasons, State};
use crate::model::identity::ResourceId;
use crate::model::resource::{Facts, Link, Resource};

use crate::derive::evidence;
use crate::derive::index::{Found, Index, Of, add_reasons};
use crate::derive::place::{self, Arn};
use crate::derive::selecting::backup_type;
use crate::derive::selection::{self, Candidate};
use crate::derive::workload::{Join, Workloads, may_exist};
use crate::derive::world;

use super::{Cover, TestPlan, Testing};

/// Where recovery points of a workload lie, or will.
struct Landing {
    /// Whether they do.
    holds: Fact<bool>,
    /// The vault, where it is one of the snapshot.
    vault: Option<ResourceId>,
    arn: Fact<String>,
    account: Option<String>,
    region: Option<String>,
    continuous: Fact<bool>,
}

/// What covers a workload.
pub fn cover(
    index: &Index<'_>,
    workloads: &Workloads<'_, '_>,
    testing: &Testing<'_>,
    resource: &Resource,
    join: &Join,
) -> Cover {
    let no_opt_in = Fact::known(BTreeMap::new());
    let backup_type = match &resource.facts {
        Facts::Workload(workload) => workload.backup_type.clone(),
        _ => Fact::from_option(backup_type(resource).map(str::to_owned)),
    };
    let candidate = Candidate {
        arn: &join.arn,
        id: Some(&resource.id),
        kind: &resource.id.kind,
        backup_type: &backup_type,
        tags: &resource.tags,
        opt_in: &no_opt_in,
    };
    let (landings, open) = landings(index, workloads, resource, join);
    let mut plans = Vec::new();
    for (number, plan) in testing.plans.iter().enumerate() {
        let seen = plan.selections.iter().map(|selection| means(selection, &candidate));
        let others = plan.open.as_ref().map(|reasons| Fact::unknown(reasons.clone()));
        let meant = Fact::any(seen.chain(others));
        if meant.is_false() {
            continue;
        }
        let reached = reaches(plan, resource, &landings, open.as_ref());
        let covers = Fact::all([plan.resource.exists.clone(), meant, reached]);
        if !covers.is_false() {
            plans.push((number, covers));
        }
    }
    let (account, region) = (resource.id.account.as_deref(), resource.id.region.as_deref());
    let mut unseen = index.open(world::RESTORE_TESTING_PLANS, account, region);
    let unseen_elsewhere = unseen_elsewhere(index, resource, &landings);
    let stray = testing.stray.iter().filter(|(selection, _)| !means(selection, &candidate).is_false());
    for reasons in stray.map(|(_, reasons)| reasons).chain(&unseen_elsewhere) {
        add_reasons(&mut unseen, reasons);
    }
    let seen = plans.iter().map(|(_, covers)| covers.clone());
    let covered = Fact::any(seen.chain(unseen.clone().map(Fact::unknown)));
    Cover { plans, covered, unseen, unseen_elsewhere }
}

/// Why plans that nobody saw may cover it where its copies lie.
fn unseen_elsewhere(index: &Index<'_>, resource: &Resource, landings: &[Landing]) -> Option<Reasons> {
    let own = (resource.id.account.as_deref(), resource.id.region.as_deref());
    let landings = landings.iter().filter(|landing| !landing.holds.is_false());
    let places = landings.map(|landing| (landing.account.as_deref(), landing.region.as_deref()));
    let elsewhere: BTreeSet<_> = places.filter(|place| *place != own).collect();
    let open = elsewhere.into_iter().map(|(account, region)| index.open(world::RESTORE_TESTING_PLANS, account, region));
    open.flatten().reduce(|a, b| a.and(&b))
}

/// Whether a selection's own terms mean a resource.
pub fn means((resource, facts): &Of<'_, RestoreTestingSelection>, candidate: &Candidate<'_>) -> Fact<bool> {
    let of_type = match (&facts.resource_type.state, &candidate.backup_type.state) {
        (State::Known(wanted), State::Known(actual)) => Fact::known(wanted == actual),
        (State::Unknown(reasons), _) | (_, State::Unknown(reasons)) => Fact::unknown(reasons.clone()),
        _ => Fact::known(false),
    };
    if of_type.is_false() {
        return of_type;
    }
    Fact::all([resource.exists.clone(), of_type, chosen(facts, candidate)])
}

/// By ARN or `*`, or by tags; `*` with tags is tags (`RestoreTestingSelectionForCreate` in the AWS Backup API Reference).
fn chosen(facts: &RestoreTestingSelection, candidate: &Candidate<'_>) -> Fact<bool> {
    let conditions = match &facts.conditions.state {
        State::Known(conditions) => conditions.as_slice(),
        State::Absent => &[],
        State::Unknown(reasons) => return Fact::unknown(reasons.clone()),
    };
    let links = match &facts.resources.state {
        State::Known(links) => links.as_slice(),
        State::Absent => &[],
        State::Unknown(reasons) => return Fact::unknown(reasons.clone()),
    };
    let named = Fact::any(links.iter().map(|link| selection::names(link, candidate)));
    match (links.is_empty(), conditions.is_empty()) {
        (true, true) => Fact::unknown("the selection names neither resources nor tags"),
        (false, true) => named,
        _ => {
            let tagged = Fact::all(conditions.iter().map(|condition| selection::holds(condition, candidate.tags)));
            let tagged = if tagged.is_true() { tagged } else { Fact::unknown(OTHER_TAGS) };
            if links.is_empty() { tagged } else { Fact::all([named, tagged]) }
        }
    }
}

const OTHER_TAGS: &str = "restore testing compares the tags of the newest recovery point, which are not read, and those \
                          of the resource do not all match";

/// Whether the plan restores from where recovery points of the workload lie.
fn reaches(plan: &TestPlan<'_>, resource: &Resource, landings: &[Landing], unseen: Option<&Reasons>) -> Fact<bool> {
    let here = place::same_place(&plan.resource.id, &resource.id);
    let everything =
        Fact::all([here, takes_all_vaults(plan.facts), takes(plan.facts, "SNAPSHOT"), takes(plan.facts, "CONTINUOUS")]);
    if everything.is_true() {
        return everything;
    }
    let landings = landings.iter().map(|landing| {
        let lands = Fact::all([landing.holds.clone(), within(&plan.resource.id, landing)]);
        if lands.is_false() {
            return lands;
        }
        let kind = match &landing.continuous.state {
            State::Known(true) => takes(plan.facts, "CONTINUOUS"),
            State::Known(false) | State::Absent => takes(plan.facts, "SNAPSHOT"),
            State::Unknown(reasons) => match (takes(plan.facts, "CONTINUOUS"), takes(plan.facts, "SNAPSHOT")) {
                (a, b) if a.is_true() && b.is_true() => a,
                _ => Fact::unknown(reasons.clone()),
            },
        };
        Fact::all([lands, kind, includes(plan.facts, landing)])
    });
    Fact::any(landings.chain([everything]).chain(unseen.map(|reasons| Fact::unknown(reasons.clone()))))
}

fn within(plan: &ResourceId, landing: &Landing) -> Fact<bool> {
    if let Some(vault) = &landing.vault {
        return place::same_place(plan, vault);
    }
    match (plan.account.as_deref(), plan.region.as_deref(), landing.account.as_deref(), landing.region.as_deref()) {
        (Some(account), Some(region), Some(other), Some(there)) => Fact::known(account == other && region == there),
        _ => Fact::unknown(
            Reason::new("the files do not say the account or Region").cured_by(Cure::Setting("--region".to_owned())),
        ),
    }
}

fn takes(plan: &RestoreTestingPlan, kind: &str) -> Fact<bool> {
    plan.recovery_point_types.as_ref().map(|kinds| kinds.iter().any(|one| one == kind))
}

fn takes_all_vaults(plan: &RestoreTestingPlan) -> Fact<bool> {
    let all = any(&plan.include_vaults, |link| link.text.as_ref().map(|text| text == "*"));
    let none_left_out = any(&plan.exclude_vaults, |_| Fact::known(true)).negate();
    Fact::all([all, none_left_out])
}

fn includes(plan: &RestoreTestingPlan, landing: &Landing) -> Fact<bool> {
    let fits = |link: &Link| {
        if let (Some(target), Some(vault)) = (&link.target, &landing.vault) {
            return Fact::known(target == vault);
        }
        match (&link.text.state, &landing.arn.state) {
            (State::Known(pattern), _) if pattern == "*" => Fact::known(true),
            (State::Known(pattern), State::Known(arn)) => Fact::known(selection::matches(pattern, arn)),
            (State::Unknown(reasons), _) | (_, State::Unknown(reasons)) => Fact::unknown(reasons.clone()),
            _ => Fact::known(false),
        }
    };
    Fact::all([any(&plan.include_vaults, fits), any(&plan.exclude_vaults, fits).negate()])
}

fn any(links: &Fact<Vec<Link>>, test: impl Fn(&Link) -> Fact<bool>) -> Fact<bool> {
    match &links.state {
        State::Known(links) => Fact::any(links.iter().map(test)),
        State::Absent => Fact::known(false),
        State::Unknown(reasons) => Fact::unknown(reasons.clone()),
    }
}

/// Where the recovery points of a workload lie, as its plans and the vaults say; and why there may be others.
fn landings(
    index: &Index<'_>,
    workloads: &Workloads<'_, '_>,
    resource: &Resource,
    join: &Join,
) -> (Vec<Landing>, Option<Reasons>) {
    let id = &resource.id;
    let mut landings = Vec::new();
    let mut unseen = index.open(world::PLANS, id.account.as_deref(), id.region.as_deref());
    let continuous_type = backup_type(resource).is_some_and(evidence::is_continuous_type);
    for (number, doubt) in &join.plans {
        let Some(plan) = workloads.plans.get(*number) else { continue };
        let selects = doubt.as_ref().map_or_else(|| Fact::known(true), |doubt| Fact::unknown(doubt.clone()));
        let rules = match &plan.rules {
            Ok(rules) => rules,
            Err(reasons) => {
                add_reasons(&mut unseen, reasons);
                continue;
            }
        };
        for rule in rules {
            // What is written to a vault that does not exist is written nowhere, and is not copied either.
            let holds = Fact::all([selects.clone(), may_exist(&rule.target), rule.runs.clone()]);
            let continuous = if continuous_type { rule.rule.continuous.clone() } else { Fact::known(false) };
            landings.extend(landing(&holds, &rule.target, &rule.rule.target_vault, &plan.resource.id, continuous));
            // Copies of continuous backups are periodic.
            let copies = rule.copies.iter().filter_map(|copy| {
                landing(&holds, &copy.destination, &copy.action.destination, &plan.resource.id, Fact::known(false))
            });
            landings.extend(copies);
            if let Some(reasons) = &rule.copies_unknown {
                add_reasons(&mut unseen, reasons);
            }
        }
    }
    let (Some(now), Some(arn)) = (index.now, join.arn.value()) else { return (landings, unseen) };
    for (point, facts) in index.points_of(arn) {
        let holds = evidence::restorable(&point.id.id, facts, now);
        let vault = Arn::parse(&facts.vault).filter(|_| !holds.is_false());
        landings.extend(vault.map(|vault| Landing {
            holds,
            vault: None,
            arn: Fact::known(facts.vault.to_string()),
            account: Some(vault.account.to_owned()),
            region: Some(vault.region.to_owned()),
            continuous: Fact::known(facts.is_continuous(&point.id.id)),
        }));
    }
    (landings, unseen)
}

fn landing(
    holds: &Fact<bool>,
    found: &Found<Of<'_, crate::model::backup::Vault>>,
    link: &Link,
    plan: &ResourceId,
    continuous: Fact<bool>,
) -> Option<Landing> {
    let named = link.text.value().map(String::as_str);
    let written = named.and_then(Arn::parse);
    let (vault, account, region) = match found {
        Found::Missing(_) => return None,
        Found::Here((vault, _)) => (Some(vault.id.clone()), vault.id.account.as_deref(), vault.id.region.as_deref()),
        Found::Unknown(_) => match written {
            Some(arn) => (None, Some(arn.account), Some(arn.region)),
            None => (None, plan.account.as_deref(), plan.region.as_deref()),
        },
    };
    let arn = match (&vault, written, named, account, region) {
        (Some(vault), ..) if vault.id.starts_with("arn:") => Fact::known(vault.id.to_string()),
        (_, Some(_), Some(arn), ..) => Fact::known(arn.to_owned()),
        (_, None, Some(name), Some(account), Some(region)) => {
            let partition = plan.likely_partition();
            Fact::known(format!("arn:{partition}:backup:{region}:{account}:backup-vault:{name}"))
        }
        _ => Fact::unknown("the vault's ARN is made by AWS"),
    };
    let holds = match found {
        Found::Here((vault, _)) => Fact::all([holds.clone(), vault.exists.clone()]),
        _ => holds.clone(),
    };
    Some(Landing {
        holds,
        vault,
        arn,
        account: account.map(str::to_owned),
        region: region.map(str::to_owned),
        continuous,
    })
}
