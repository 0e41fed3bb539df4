//! What is derived for a recovery point: whether it is the newest, kept as declared, whole, readable and tagged.
//!
//! There may be very many, so that everything that compares points with each other is worked out once for all.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::model::backup::{PlanRuleName, RecoveryPoint};
use crate::model::derived::RecoveryPointDerived;
use crate::model::fact::{Cure, Fact, Reason, Reasons, State};
use crate::model::resource::{Facts, Resource};
use crate::model::workload::FOREVER;

use super::index::{Index, add_reasons};
use super::place::{self, Arn};
use super::plans::{PlanNode, RuleNode, retention};
use super::workload::Workloads;
use super::{evidence, world};

const DAY_SECONDS: i64 = 24 * 3600;

/// The resource of a point, and where its rivals are: the vault, or the account and Region of a continuous one.
type Group<'a> = (&'a str, &'a str, &'a str);

/// The recovery points of an estate, compared once.
pub struct Points<'a> {
    latest: HashMap<Group<'a>, Latest>,
    /// Why a Region may hold continuous points that nobody saw.
    open_regions: HashMap<(&'a str, &'a str), Reasons>,
    open_vaults: HashMap<&'a str, Reasons>,
    plans: HashMap<&'a str, usize>,
    sources: HashMap<&'a str, &'a Resource>,
}

/// The youngest of a group.
#[derive(Default)]
struct Latest {
    /// Of those that certainly are there.
    certain: Option<Timestamp>,
    /// Of those that may be; the end of time where its date is not known.
    possible: Option<Timestamp>,
    reasons: Option<Reasons>,
}

impl<'a> Points<'a> {
    /// Compares all points of the snapshot.
    pub fn new(index: &Index<'a>, workloads: &Workloads<'_, 'a>) -> Self {
        let mut points = Self {
            latest: HashMap::new(),
            open_regions: HashMap::new(),
            open_vaults: HashMap::new(),
            plans: HashMap::new(),
            sources: HashMap::new(),
        };
        if index.points.is_empty() {
            return points;
        }
        for (resource, point) in &index.points {
            let Some(group) = group(resource, point) else { continue };
            let present = present(index, resource, point);
            let latest = points.latest.entry(group).or_default();
            if present.is_true() {
                latest.certain = latest.certain.max(point.created.value().copied());
            }
            if !present.is_false() {
                latest.possible = latest.possible.max(Some(point.created.value().copied().unwrap_or(Timestamp::MAX)));
                let reasons = present.reasons().or(point.created.reasons()).cloned();
                if let Some(reasons) = reasons {
                    add_reasons(&mut latest.reasons, &reasons);
                }
            }
        }
        for (vault, _) in &index.vaults {
            let (account, region) = (vault.id.account.as_deref(), vault.id.region.as_deref());
            let Some(open) = index.open(world::recovery_points(&vault.id.id), account, region) else { continue };
            if let (Some(account), Some(region)) = (account, region) {
                let sum = points.open_regions.remove(&(account, region));
                let sum = sum.map_or_else(|| open.clone(), |sum: Reasons| sum.and(&open));
                points.open_regions.insert((account, region), sum);
            }
            points.open_vaults.insert(&vault.id.id, open);
        }
        for (number, plan) in workloads.plans.iter().enumerate() {
            let Facts::Plan(facts) = &plan.resource.facts else { continue };
            if let Some(id) = facts.plan_id.value() {
                points.plans.insert(id, number);
            }
        }
        let sources = index.snapshot.resources.iter();
        let sources = sources.filter(|one| matches!(one.facts, Facts::Bucket(_) | Facts::Workload(_)));
        points.sources = sources.map(|source| (&*source.id.id, source)).collect();
        points
    }

    /// Derives all of a point.
    pub fn derive(
        &self,
        index: &Index<'a>,
        workloads: &Workloads<'_, 'a>,
        resource: &'a Resource,
        point: &'a RecoveryPoint,
    ) -> RecoveryPointDerived {
        let arn = &*resource.id.id;
        let continuous = point.is_continuous(arn);
        let present = present(index, resource, point);
        let newest = Fact::all([present.clone(), self.newest(index, resource, point)]);
        let missing_tags = self.missing_tags(index, (resource, point), continuous, &newest);
        RecoveryPointDerived {
            status: point.status.clone(),
            restores: point.resource.clone(),
            vault: Fact::known(vault_name(&point.vault).to_owned()),
            exempt: point.resource.as_ref().and_then(|source| workloads.exempt(source)).or_default_to(false),
            present,
            continuous: Fact::known(continuous),
            newest,
            encrypted: point.encrypted.clone(),
            retention: kept(point),
            declared_retention: if continuous {
                Fact::absent()
            } else {
                self.declared(index, workloads, resource, point)
            },
            overdue: overdue(index, point),
            key: point.key.clone(),
            key_state: point.key.as_ref().and_then(|key| key_state(index, resource, key)),
            tags_carried: missing_tags.as_ref().map(Vec::is_empty),
            missing_tags,
        }
    }

    /// Whether none of its group is certainly or possibly younger.
    fn newest(&self, index: &Index<'a>, resource: &'a Resource, point: &'a RecoveryPoint) -> Fact<bool> {
        let Some(group) = group(resource, point) else {
            return Fact::unknown("what the recovery point restores is not told");
        };
        let none = Latest::default();
        let latest = self.latest.get(&group).unwrap_or(&none);
        let created = match (point.created.value(), point.created.reasons()) {
            (Some(created), _) => *created,
            (None, Some(reasons)) => return Fact::unknown(reasons.clone()),
            (None, None) => return Fact::unknown("AWS names no creation date"),
        };
        if latest.certain.is_some_and(|certain| certain > created) {
            return Fact::known(false);
        }
        let unseen = if point.is_continuous(&resource.id.id) {
            self.open_regions.get(&(group.0, group.1))
        } else {
            self.open_vaults.get(&*point.vault)
        };
        let perhaps = latest.reasons.as_ref().filter(|_| latest.possible.is_some_and(|possible| possible > created));
        let doubts = [unseen, perhaps, index.points_of_unknown_resource.as_ref()];
        let doubt = doubts.into_iter().flatten().cloned().reduce(|a, b| a.and(&b));
        doubt.map_or_else(|| Fact::known(true), Fact::unknown)
    }

    /// How long what made it keeps such points: the plan rule as it stands now, or the copy action of it that leads to
    /// the point's vault. Absent where none made it, or where that is gone.
    ///
    /// "A copy with a retention setting set to never expire will retain its source recovery point's expiration date"
    /// ("Backup and tag copy" in the AWS Backup Developer Guide), so that such a copy is kept as its rule says.
    fn declared(
        &self,
        index: &Index<'a>,
        workloads: &Workloads<'_, 'a>,
        resource: &Resource,
        point: &RecoveryPoint,
    ) -> Fact<SignedDuration> {
        let copy = match &point.copied_from.state {
            State::Known(_) => true,
            State::Absent => false,
            State::Unknown(reasons) => return Fact::unknown(reasons.clone()),
        };
        point.rule.as_ref().and_then(|made_by| {
            point.plan.as_ref().and_then(|plan| {
                let id = plan.rsplit(':').next().unwrap_or(plan);
                match self.plans.get(id).and_then(|number| workloads.plans.get(*number)) {
                    Some(plan) => by_plan(plan, made_by, copy.then_some(&*point.vault)),
                    None => unseen_plan(index, resource, plan, copy),
                }
            })
        })
    }

    /// The keys of tags that its source bears and it lacks, of the newest periodic point.
    ///
    /// Keys are compared, not values: a plan rule's own tags come before the source's, and the source may have been
    /// tagged anew since ("Copying tags onto backups" in the AWS Backup Developer Guide). AWS's own tags are not copied,
    /// and DynamoDB's backups take none without its advanced features (the same page).
    fn missing_tags(
        &self,
        index: &Index<'a>,
        (resource, point): (&Resource, &RecoveryPoint),
        continuous: bool,
        newest: &Fact<bool>,
    ) -> Fact<Vec<String>> {
        let untaggable = Arn::parse(&resource.id.id).is_some_and(|arn| arn.service == "dynamodb");
        if continuous || untaggable || newest.is_false() {
            return Fact::known(Vec::new());
        }
        let arn = match &point.resource.state {
            State::Known(arn) => arn,
            State::Absent => return Fact::known(Vec::new()),
            State::Unknown(reasons) => return Fact::unknown(reasons.clone()),
        };
        let Some(source) = self.sources.get(&**arn) else {
            return match unseen_source(index, resource, arn) {
                Some(reasons) => Fact::unknown(reasons),
                None => Fact::known(Vec::new()),
            };
        };
        let mut missing = Vec::new();
        let mut doubt = source.tags.others.clone();
        for (key, _) in source.tags.entries.iter().filter(|(key, _)| !key.starts_with("aws:")) {
            let carried = resource.tags.get(key);
            match carried.reasons() {
                // The tag is there, only its value is not known.
                Some(_) if resource.tags.entries.contains_key(&**key) => {}
                Some(reasons) => add_reasons(&mut doubt, reasons),
                None if carried.is_absent() => missing.push(key.to_string()),
                None => {}
            }
        }
        // What is certainly missing from the newest point is enough to say.
        match (doubt, missing.is_empty(), newest.reasons()) {
            (Some(reasons), true, _) => Fact::unknown(reasons),
            (_, false, Some(reasons)) => Fact::unknown(reasons.clone()),
            _ => Fact::known(missing),
        }
    }
}

fn group<'a>(resource: &'a Resource, point: &'a RecoveryPoint) -> Option<Group<'a>> {
    let source = match &point.resource.state {
        State::Known(source) => source,
        // One that restores nothing that has a name has no rival.
        State::Absent => &resource.id.id,
        State::Unknown(_) => return None,
    };
    if point.is_continuous(&resource.id.id) {
        let place = |part: &'a Option<Arc<str>>| part.as_deref().unwrap_or_default();
        return Some((place(&resource.id.account), place(&resource.id.region), source));
    }
    Some((&point.vault, "", source))
}

/// Whether it is there to be restored from. A PARTIAL or STOPPED one still is, for what it holds.
fn present(index: &Index<'_>, resource: &Resource, point: &RecoveryPoint) -> Fact<bool> {
    let there = point
        .status
        .as_ref()
        .map(|status| matches!(&**status, "COMPLETED" | "AVAILABLE" | "PARTIAL" | "STOPPED"))
        .or_default_to(false);
    let lapsed = index.now.map_or(Fact::known(false), |now| evidence::lapsed(&resource.id.id, point, now));
    Fact::all([there, lapsed.negate()])
}

/// Its retention in whole days: AWS's dates differ from whole days by hours.
fn kept(point: &RecoveryPoint) -> Fact<SignedDuration> {
    let created = point.created.clone().or_unknown("AWS names no creation date");
    match &point.delete_at.state {
        State::Absent => Fact::known(FOREVER),
        State::Unknown(reasons) => Fact::unknown(reasons.clone()),
        State::Known(delete_at) => created.map(|created| {
            let days = (delete_at.duration_since(created).as_secs() + DAY_SECONDS / 2).div_euclid(DAY_SECONDS);
            SignedDuration::from_secs(days.max(0) * DAY_SECONDS)
        }),
    }
}

fn overdue(index: &Index<'_>, point: &RecoveryPoint) -> Fact<SignedDuration> {
    let Some(now) = index.now else { return Fact::absent() };
    point.status.as_ref().and_then(|status| {
        if &**status != "DELETING" {
            return Fact::absent();
        }
        let past = point.delete_at.as_ref().map(|at| now.duration_since(*at));
        match past.value() {
            Some(time) if *time >= SignedDuration::ZERO => past,
            _ if past.is_unknown() => past,
            _ => Fact::unknown("AWS does not tell since when it is being deleted"),
        }
    })
}

fn by_plan(plan: &PlanNode<'_>, made_by: &PlanRuleName, copied_to: Option<&str>) -> Fact<SignedDuration> {
    let rules = match &plan.rules {
        Ok(rules) => rules,
        Err(reasons) => return Fact::unknown(reasons.clone()),
    };
    let same = |own: &Fact<String>, name: &Option<Arc<str>>| {
        own.value().zip(name.as_ref()).is_some_and(|(own, name)| **own == **name)
    };
    let by_id = || rules.iter().find(|node| same(&node.rule.rule_id, &made_by.id));
    let by_name = || rules.iter().find(|node| same(&node.rule.name, &made_by.name));
    let Some(rule) = by_id().or_else(by_name) else { return Fact::absent() };
    copied_to.map_or_else(|| rule.retention.clone(), |vault| by_copy(rule, vault))
}

fn by_copy(rule: &RuleNode<'_>, vault: &str) -> Fact<SignedDuration> {
    if let Some(reasons) = &rule.copies_unknown {
        return Fact::unknown(reasons.clone());
    }
    let leads_here = |text: Option<&String>| text.is_some_and(|text| text == vault);
    let Some(copy) = rule.copies.iter().find(|copy| leads_here(copy.action.destination.text.value())) else {
        return Fact::absent();
    };
    let kept = retention(&copy.action.lifecycle);
    if kept.value().is_some_and(|kept| *kept >= FOREVER) { rule.retention.clone() } else { kept }
}

/// A plan that was not seen: gone, or in a place that was not read.
fn unseen_plan(index: &Index<'_>, resource: &Resource, plan: &str, copy: bool) -> Fact<SignedDuration> {
    let arn = Arn::parse(plan);
    let own = (resource.id.account.as_deref(), resource.id.region.as_deref());
    let (account, region) = match arn {
        Some(arn) => (Some(arn.account), Some(arn.region)),
        None if copy => (None, None),
        None => own,
    };
    index.open(world::PLANS, account, region).map_or_else(Fact::absent, Fact::unknown)
}

/// The state of a key: `Deleted` where all keys of its place were listed, and it is not among them. One that is being
/// made the primary of its multi-Region family (`Updating`) decrypts all the while ("Change the primary key in a set of
/// multi-Region keys" in the AWS KMS Developer Guide).
fn key_state(index: &Index<'_>, resource: &Resource, key: &str) -> Fact<String> {
    if let Some((_, facts)) = index.key_by_text(key, &resource.id) {
        return facts.state.clone().map(|state| if state == "Updating" { "Enabled".to_owned() } else { state });
    }
    let arn = Arn::parse(key);
    if arn.map_or(key, |arn| arn.resource).starts_with("alias/") {
        return Fact::unknown(format!("which key `{key}` means was not seen"));
    }
    let account = arn.map_or(resource.id.account.as_deref(), |arn| Some(arn.account));
    let region = arn.map_or(resource.id.region.as_deref(), |arn| Some(arn.region));
    if account != resource.id.account.as_deref() && !account.is_some_and(|account| index.knows_account(account)) {
        let account = account.unwrap_or("?");
        let reason = Reason::new(format!("its key is in account {account}, which was not audited"));
        return Fact::unknown(reason.cured_by(Cure::Source(format!("audit account {account} too"))));
    }
    let open = index.may_be_key(key, &resource.id).or_else(|| index.open(world::KEYS, account, region));
    open.map_or_else(|| Fact::known("Deleted".to_owned()), Fact::unknown)
}

/// Why a source that is not among the resources may be there all the same; none where it is certainly gone.
fn unseen_source(index: &Index<'_>, resource: &Resource, arn: &str) -> Option<Reasons> {
    let unread = || Reasons::from("the resource that it restores, and so its tags, was not read");
    let parsed = Arn::parse(arn)?;
    // Buckets are listed for all Regions at once, and their ARNs name no account.
    let account = resource.id.account.as_deref().filter(|own| parsed.account.is_empty() || parsed.account == *own);
    let listed = |account: &str| index.snapshot.has_listed("AWS::S3::Bucket", account, "global", None);
    let gone = parsed.service == "s3" && !place::bucket_name(arn).is_empty() && account.is_some_and(listed);
    (!gone).then(unread)
}

fn vault_name(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}
