//! Where a bucket's replicas go, and whether they can get there.

mod coverage;
pub mod keys;

use std::collections::{HashMap, HashSet};

use crate::model::derived::ReplicationDerived;
use crate::model::fact::{Cure, Fact, Reason, Reasons, State};
use crate::model::identity::ResourceId;
use crate::model::resource::Resource;
use crate::model::s3::{Bucket, Destination, ReplicationRule};

use super::access::policies::Policies;
use super::access::{replication_destination, replication_role};
use super::bucket::{self, Sources};
use super::index::Index;
use super::path::Place;
use super::place::{self, Spot};

/// What is known of a rule's destination.
struct Target<'a> {
    name: Fact<String>,
    exists: Fact<bool>,
    spot: Spot<'a>,
    versioned: Fact<bool>,
    /// Whether its account outlives the loss of the source's.
    in_recovery_account: Fact<bool>,
}

fn rules(facts: &Bucket) -> Fact<&Vec<ReplicationRule>> {
    facts.replication.as_ref().and_then(|replication| replication.rules.as_ref())
}

/// What the enabled rules do together; absent where none is enabled.
pub fn derive<'a>(
    index: &Index<'a>,
    policies: &Policies<'a>,
    resource: &Resource,
    facts: &Bucket,
) -> Fact<ReplicationDerived> {
    facts.replication.as_ref().and_then(|configuration| {
        let rules = match &configuration.rules.state {
            State::Known(rules) => rules,
            State::Absent => return Fact::absent().at(configuration.rules.at.clone()),
            State::Unknown(reasons) => return Fact::unknown(reasons.clone()).at(configuration.rules.at.clone()),
        };
        let enabled = Fact::any(rules.iter().map(|rule| rule.enabled.clone()));
        if enabled.is_false() {
            return Fact::absent();
        }
        if let Some(reasons) = enabled.reasons() {
            return Fact::unknown(reasons.clone());
        }
        let rules: Vec<_> = rules
            .iter()
            .filter(|rule| !rule.enabled.is_false())
            .map(|rule| (rule, target(index, resource, &rule.destination)))
            .collect();
        let regions = &index.settings.recovery_regions;
        let some = |fact: &dyn Fn(&Target<'_>) -> Fact<bool>| {
            Fact::any(rules.iter().map(|(rule, target)| {
                Fact::all([fact(target), rule.enabled.clone()]).or_at(&rule.destination.bucket.text.at)
            }))
        };
        let every = |fact: &dyn Fn(&Target<'_>) -> Fact<bool>| {
            Fact::all(rules.iter().map(|(rule, target)| {
                let fact = fact(target);
                let at = fact.at.clone().or_else(|| rule.destination.bucket.text.at.clone());
                let off = Fact { at: None, ..rule.enabled.clone().negate() };
                Fact { at: None, ..Fact::any([Fact { at: None, ..fact }, off]) }.at(at)
            }))
        };
        let possible: Vec<_> = rules.iter().map(|(rule, _)| *rule).collect();
        let role = replication_role::derive(index, policies, resource, facts, configuration, &possible);
        let (admit, faults) = replication_destination::derive(index, policies, resource, configuration, &possible);
        let at = &configuration.rules.at;
        let admit = admit.or_at(at);
        let covers = coverage::of(&rules, facts, &|target| target.spot.recovers(&resource.id, regions));
        Fact::known(ReplicationDerived {
            destinations: destinations(&rules),
            crosses_region: some(&|target| target.spot.elsewhere(&resource.id)),
            reaches_recovery_region: some(&|target| target.spot.recovers(&resource.id, regions)),
            reaches_recovery_account: some(&|target| target.in_recovery_account.clone()),
            destinations_exist: every(&|target| target.exists.clone()),
            destinations_versioned: every(&|target| target.versioned.clone()),
            destinations_admit: admit,
            destination_faults: told_faults(&rules, faults).or_at(at),
            covers_bucket: covers.bucket,
            leaves_encrypted_out: covers.leaves_encrypted_out,
            delete_markers_agree: covers.delete_markers_agree,
            role: role.role,
            role_sufficient: role.sufficient,
            role_faults: role.faults,
            role_minimal: role.minimal,
            role_excess: role.excess,
        })
        .at(configuration.rules.at.clone())
    })
}

fn destinations(rules: &[(&ReplicationRule, Target<'_>)]) -> Fact<Vec<String>> {
    let unknown = rules.iter().flat_map(|(rule, target)| [rule.enabled.reasons(), target.name.reasons()]).flatten();
    if let Some(reasons) = unknown.cloned().reduce(|a, b| a.and(&b)) {
        return Fact::unknown(reasons);
    }
    let mut names: Vec<String> = rules.iter().filter_map(|(_, target)| target.name.value().cloned()).collect();
    names.sort();
    names.dedup();
    Fact::known(names)
}

/// What is wrong with the destinations, for people; `refused` is what their policies do not let in.
fn told_faults(rules: &[(&ReplicationRule, Target<'_>)], refused: Fact<Vec<String>>) -> Fact<Vec<String>> {
    let mut told = Vec::new();
    for (_, target) in rules.iter().filter(|(rule, _)| rule.enabled.is_true()) {
        let name = target.name.value().cloned().unwrap_or_else(|| "a destination".to_owned());
        if target.exists.is_false() {
            told.push(format!("bucket {name} does not exist"));
        } else if target.versioned.is_false() {
            told.push(format!("bucket {name} is not versioned"));
        }
    }
    told.dedup();
    match refused.state {
        State::Known(refused) => {
            told.extend(refused);
            Fact::known(told)
        }
        State::Unknown(reasons) if told.is_empty() => Fact::unknown(reasons),
        State::Unknown(_) | State::Absent => Fact::known(told),
    }
}

/// What one replication rule makes.
pub struct Replica<'a> {
    /// Whether it is made.
    pub holds: Fact<bool>,
    pub spot: Spot<'a>,
    /// Whether it is in a recovery account.
    pub outlives_account: Fact<bool>,
    /// Where its destination is written.
    pub at: Place,
}

/// The replicas of a bucket.
pub fn copies<'a>(index: &Index<'a>, resource: &Resource, facts: &Bucket) -> Vec<Replica<'a>> {
    let rules = match &rules(facts).state {
        State::Known(rules) => *rules,
        State::Absent => return Vec::new(),
        State::Unknown(reasons) => {
            let unknown = || Fact::unknown(reasons.clone());
            let spot = Spot::unknown(reasons);
            return vec![Replica { holds: unknown(), spot, outlives_account: unknown(), at: None }];
        }
    };
    let source = bucket::is_versioned(facts);
    rules
        .iter()
        .map(|rule| {
            let target = target(index, resource, &rule.destination);
            // In open files a destination elsewhere is not seen, and counts as declared.
            let there = [target.exists, target.versioned].map(|fact| Fact::known(!fact.is_false()));
            let holds = Fact::all([rule.enabled.clone(), source.clone()].into_iter().chain(there));
            Replica {
                holds,
                spot: target.spot,
                outlives_account: target.in_recovery_account,
                at: rule.destination.bucket.text.at.clone(),
            }
        })
        .collect()
}

/// Whether another bucket of the snapshot replicates to this one. Only a versioned bucket can be a destination
/// ("Requirements and considerations for replication" in the Amazon S3 User Guide).
pub fn is_replica(index: &Index<'_>, resource: &Resource, facts: &Bucket) -> Fact<bool> {
    if bucket::is_versioned(facts).is_false() {
        return Fact::known(false);
    }
    let replicas = index.replicas();
    if replicas.certain.contains(&resource.id) {
        return Fact::known(true);
    }
    let here = replicas.unclear.get(&resource.id);
    let anywhere = replicas.anywhere.as_ref().filter(|(sources, _)| sources.beside(&resource.id)).map(|(_, why)| why);
    let reasons = here.into_iter().chain(anywhere).cloned().reduce(|a, b| a.and(&b));
    reasons.map_or_else(|| Fact::known(false), Fact::unknown)
}

/// The buckets that others replicate to.
pub struct Replicas<'a> {
    certain: HashSet<&'a ResourceId>,
    unclear: HashMap<&'a ResourceId, Reasons>,
    /// Buckets that may replicate to any other.
    anywhere: Option<(Sources<'a>, Reasons)>,
}

/// Finds them.
pub fn replicas<'a>(index: &Index<'a>) -> Replicas<'a> {
    let mut replicas = Replicas { certain: HashSet::new(), unclear: HashMap::new(), anywhere: None };
    for (resource, facts) in &index.buckets {
        match &rules(facts).state {
            State::Absent => {}
            State::Unknown(reasons) => replicas.add_anywhere(&resource.id, reasons),
            State::Known(rules) => {
                for rule in rules.iter().filter(|rule| !rule.enabled.is_false()) {
                    let link = &rule.destination.bucket;
                    let made = Fact::all([rule.enabled.clone(), resource.exists.clone()]);
                    match (index.bucket(link, &resource.id), made.reasons(), link.text.reasons()) {
                        (Some((target, _)), None, _) => {
                            replicas.certain.insert(&target.id);
                        }
                        (Some((target, _)), Some(reasons), _) => {
                            replicas
                                .unclear
                                .entry(&target.id)
                                .and_modify(|sum| *sum = sum.and(reasons))
                                .or_insert_with(|| reasons.clone());
                        }
                        (None, _, Some(reasons)) => replicas.add_anywhere(&resource.id, reasons),
                        (None, _, None) => {
                            for (target, _) in index.buckets_named(link, &resource.id) {
                                replicas.unclear.entry(&target.id).or_insert_with(|| several(&target.name));
                            }
                        }
                    }
                }
            }
        }
    }
    replicas
}

impl<'a> Replicas<'a> {
    fn add_anywhere(&mut self, from: &'a ResourceId, reasons: &Reasons) {
        match &mut self.anywhere {
            Some((sources, sum)) => {
                if sources.beside(from) {
                    sources.more();
                }
                *sum = sum.and(reasons);
            }
            None => self.anywhere = Some((Sources::new(from), reasons.clone())),
        }
    }
}

fn target<'a>(index: &Index<'a>, from: &Resource, destination: &Destination) -> Target<'a> {
    let link = &destination.bucket;
    if let Some((resource, facts)) = index.bucket(link, &from.id) {
        let versioned = bucket::is_versioned(facts);
        // Where a condition leaves it out, another stack may make the bucket of this name.
        let versioned = match resource.exists.reasons() {
            Some(reasons) if !versioned.is_true() => Fact::unknown(reasons.clone()),
            _ => versioned,
        };
        return Target {
            name: Fact::known(resource.name.to_string()),
            exists: resource.exists.clone(),
            spot: Spot::of(&resource.id),
            versioned,
            in_recovery_account: place::in_recovery_account(&resource.id, &from.id, &index.settings.recovery_accounts),
        };
    }
    if let [(first, _), _, ..] = index.buckets_named(link, &from.id).as_slice() {
        let several: Reasons = several(&first.name);
        return Target {
            name: link.text.as_ref().map(|text| place::bucket_name(text).to_owned()),
            exists: Fact::unknown(several.clone()),
            spot: Spot::unknown(&several),
            in_recovery_account: Fact::unknown(several.clone()),
            versioned: Fact::unknown(several),
        };
    }
    let name = link.text.as_ref().map(|text| place::bucket_name(text).to_owned());
    let seen = |fact: Fact<String>, absent: &str| if fact.is_absent() { Fact::unknown(absent) } else { fact };
    let region = seen(destination.region.clone(), "the destination's Region was not read");
    let name_of_it = name.value().map_or("the destination", String::as_str);
    let account = seen(destination.account.clone(), &format!("which account owns bucket `{name_of_it}` was not read"));
    let spot = Spot { id: None, region, account };
    let exists = if destination.exists.is_absent() {
        Fact::unknown("the destination was not looked at")
    } else {
        destination.exists.clone()
    };
    if index.live() || exists.is_known() {
        let versioned = destination.versioning.as_ref().map(|status| status == "Enabled").or_default_to(false);
        let versioned = match (&exists.state, versioned.is_unknown()) {
            (State::Unknown(reasons), false) if destination.versioning.is_absent() => Fact::unknown(reasons.clone()),
            _ => versioned,
        };
        let in_recovery_account = outside(index, &from.id, destination, &exists);
        return Target { name, exists, spot, versioned, in_recovery_account };
    }
    let elsewhere = destination.account.value().is_some_and(|account| !index.knows_account(account));
    let missing = index.open_files().is_none() && name.is_known() && !elsewhere && !index.has_unnamed_bucket();
    let doubt = || not_in_files(name.value());
    Target {
        exists: if missing {
            Fact::known(false)
        } else {
            Fact::unknown(link.text.reasons().cloned().unwrap_or_else(doubt))
        },
        spot: Spot { region: if spot.region.is_known() { spot.region } else { Fact::unknown(doubt()) }, ..spot },
        versioned: if missing { Fact::known(false) } else { Fact::unknown(doubt()) },
        in_recovery_account: match &destination.account.state {
            _ if missing => Fact::known(false),
            State::Known(_) => {
                place::recovers_account(&destination.account, &from.id, &index.settings.recovery_accounts)
            }
            _ => Fact::unknown(doubt()),
        },
        name,
    }
}

/// Whether a bucket that was looked at from outside is in a recovery account. The rule may name its owner; a bucket that
/// exists and is none of the account's own is another's.
fn outside(index: &Index<'_>, from: &ResourceId, destination: &Destination, exists: &Fact<bool>) -> Fact<bool> {
    if exists.is_false() {
        return Fact::known(false);
    }
    let accounts = &index.settings.recovery_accounts;
    if destination.account.is_known() {
        return place::recovers_account(&destination.account, from, accounts);
    }
    let region = destination.region.value().map(String::as_str);
    if let Some(reasons) = index.open_buckets(from.account.as_deref(), region) {
        return Fact::unknown(reasons);
    }
    if !accounts.is_empty() {
        return Fact::unknown("whose bucket the destination is was not told");
    }
    exists.clone()
}

/// Why it cannot be said which bucket a name means.
pub fn several(name: &str) -> Reasons {
    format!("several buckets named `{name}` are declared, of which only one can be made").into()
}

fn not_in_files(name: Option<&String>) -> Reasons {
    let name = name.map_or("the destination", String::as_str);
    Reason::new(format!("bucket `{name}` is in none of the scanned files"))
        .cured_by(Cure::Source("scan the files that declare it, or audit the live account".to_owned()))
        .into()
}
