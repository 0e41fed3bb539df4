//! What the keys of a workload's copies allow: to be made in another account, and to be read in a recovery Region.

use crate::model::derived::BackupKeys;
use crate::model::fact::{Cure, Fact, Reason, Reasons};
use crate::model::resource::{Facts, Link, Resource};

use super::copies::{self, PlanCopy};
use super::index::{Found, Index};
use super::place::Arn;
use super::selecting::backup_type;
use super::workload::Workloads;
use super::{key, key_policy, place, replication, resting, vault};

/// A copy that may lie in a recovery Region.
pub struct Readable {
    /// Whether it is made, and lies there.
    there: Fact<bool>,
    /// Whether its key is one of that Region that can be used.
    usable: Fact<bool>,
    fault: String,
}

impl Readable {
    /// A copy that people call so.
    pub fn new(there: Fact<bool>, usable: Fact<bool>, what: &str) -> Self {
        Self { there, usable, fault: format!("{what} is under a key that cannot be used there") }
    }

    /// A copy that may be made where nobody looked.
    pub fn unseen(reasons: &Reasons) -> Self {
        Self { there: Fact::unknown(reasons.clone()), usable: Fact::unknown(reasons.clone()), fault: String::new() }
    }
}

/// Derives what the keys of a workload's copies allow.
pub fn derive(index: &Index<'_>, workloads: &Workloads<'_, '_>, resource: &Resource) -> BackupKeys {
    let (copies, unseen) = copies::of(workloads, resource);
    let readable = readable_copies(index, workloads, resource, &copies, unseen.as_ref());
    let sharing = sharing(index, resource, &copies);
    let by_vault = vault::manages_fully(index, resource, backup_type(resource).unwrap_or_default());
    let unseen_sharing = unseen.map(|reasons| Fact::any([by_vault.clone(), Fact::unknown(reasons)]));
    let all = sharing.iter().map(|(works, _)| works.clone()).chain(unseen_sharing);
    let failing = |(works, fault): &(Fact<bool>, String)| works.is_false().then(|| fault.clone());
    BackupKeys {
        readable_in_recovery_region: in_recovery_region(&readable),
        recovery_faults: texts(
            readable
                .iter()
                .filter(|copy| !copy.there.is_false() && copy.usable.is_false())
                .map(|copy| copy.fault.clone()),
        ),
        copies_shareable: Fact::all(all),
        sharing_faults: texts(sharing.iter().filter_map(failing)),
    }
}

fn texts(all: impl Iterator<Item = String>) -> Fact<Vec<String>> {
    let mut texts: Vec<String> = all.collect();
    texts.sort();
    texts.dedup();
    Fact::known(texts)
}

/// Whether one copy can be read, or none is there.
fn in_recovery_region(copies: &[Readable]) -> Fact<bool> {
    // Whichever of them are there, one can be read.
    if copies.iter().all(|copy| copy.there.is_false() || copy.usable.is_true()) {
        return Fact::known(true);
    }
    let readable = copies.iter().map(|copy| Fact::all([copy.there.clone(), copy.usable.clone()]));
    let none = Fact::any(copies.iter().map(|copy| copy.there.clone())).negate();
    let place = copies.iter().find(|copy| copy.usable.is_false()).and_then(|copy| copy.usable.at.clone());
    let any = Fact::any(readable.chain([none]));
    Fact { at: None, ..any }.at(place)
}

fn readable_copies(
    index: &Index<'_>,
    workloads: &Workloads<'_, '_>,
    resource: &Resource,
    copies: &[PlanCopy<'_, '_>],
    unseen: Option<&Reasons>,
) -> Vec<Readable> {
    let regions = &index.settings.recovery_regions;
    let mut all: Vec<Readable> = Vec::new();
    for copy in copies {
        let there = Fact::all([copy.holds.clone(), copy.node.spot.recovers(&resource.id, regions)]);
        if there.is_false() {
            continue;
        }
        let at = copy.node.action.destination.text.at.clone();
        all.push(Readable::new(there, in_vault(index, copy).or_at(&at), &format!("the copy of {}", copy.label)));
    }
    // What files do not show is declared elsewhere, and a vault's key is always one of its own Region.
    if let Some(reasons) = unseen {
        let one = Readable::unseen(reasons);
        all.push(if index.live() { one } else { Readable { usable: Fact::known(true), ..one } });
    }
    if let Facts::Bucket(facts) = &resource.facts {
        all.extend(replication::keys::readable(index, resource, facts));
    }
    // Which key a path outside AWS's view uses is for its owner to say.
    all.push(Readable::new(workloads.external_copy(resource), Fact::known(true), ""));
    all
}

/// A copy to another Region is encrypted anew with the key of the destination vault, whatever the source's ("Encryption
/// for backups in AWS Backup" in the AWS Backup Developer Guide; snapshots of unencrypted clusters stay so, and need no
/// key).
fn in_vault(index: &Index<'_>, copy: &PlanCopy<'_, '_>) -> Fact<bool> {
    match &copy.node.destination {
        Found::Here((vault, facts)) => key::usable(index, &facts.key.as_ref(), &vault.id),
        Found::Missing(_) => Fact::known(false),
        Found::Unknown(_) if !index.live() => Fact::known(true),
        Found::Unknown(reasons) => Fact::unknown(copy.node.not_audited.as_ref().unwrap_or(reasons).clone()),
    }
}

/// For every copy to another account, whether the keys let it succeed.
///
/// Fully managed types need no more than a vault. For all others the destination vault needs a customer's key, and the
/// source's key, if it has one, must be a customer's whose policy admits the destination account ("Creating backup copies
/// across AWS accounts" in the AWS Backup Developer Guide).
fn sharing(index: &Index<'_>, resource: &Resource, copies: &[PlanCopy<'_, '_>]) -> Vec<(Fact<bool>, String)> {
    let kind = backup_type(resource).unwrap_or_default();
    let by_vault = vault::manages_fully(index, resource, kind);
    if by_vault.is_true() {
        return Vec::new();
    }
    let source = source_key(index, resource);
    let mut all = Vec::new();
    for copy in copies {
        let there = Fact::all([copy.holds.clone(), copy.to_other_account(&resource.id)]);
        if there.is_false() {
            continue;
        }
        let destination = match &copy.node.destination {
            // A logically air-gapped vault is under a key of AWS Backup's own, or of the customer; either takes copies.
            Found::Here((vault, facts)) => {
                Fact::any([key::customer_key(index, &facts.key, &vault.id), resting::is_air_gapped(facts)])
            }
            Found::Missing(_) => Fact::known(true),
            Found::Unknown(reasons) => Fact::unknown(copy.node.not_audited.as_ref().unwrap_or(reasons).clone()),
        };
        let account = copy.node.spot.account.clone();
        let admitted = admitted(index, resource, &source, &account);
        let fault = if destination.is_false() {
            format!("{}: the destination vault is under aws/backup, not a key of yours", copy.label)
        } else {
            let account = account.value().map_or("the destination account", String::as_str);
            format!("{}: the key of the source does not admit {account}", copy.label)
        };
        let works = Fact::any([by_vault.clone(), there.negate(), Fact::all([destination, admitted])]);
        all.push((Fact { at: None, ..works }.at(copy.node.action.destination.text.at.clone()), fault));
    }
    all
}

fn admitted(index: &Index<'_>, resource: &Resource, source: &Fact<Link>, account: &Fact<String>) -> Fact<bool> {
    let known = source.as_ref().and_then(|link| {
        let customer = key::customer_key(index, &Fact::known(link.clone()), &resource.id);
        if !customer.is_true() {
            return customer;
        }
        match index.key(link, &resource.id) {
            Some((id, key)) => account.as_ref().and_then(|account| key_policy::admits(&key.policy, &id.id, account)),
            None => Fact::unknown("the policy of the source's key was not read"),
        }
    });
    // What has no key needs none.
    known.or_default_to(true)
}

/// The key of a workload, as its recovery points tell it: those of types without full management keep it. Absent where it
/// is not encrypted.
fn source_key(index: &Index<'_>, resource: &Resource) -> Fact<Link> {
    let unread = || {
        let reason = Reason::new("which key encrypts the source was not read, and no recovery point tells it");
        Fact::unknown(reason.cured_by(Cure::Source("audit the live account after its next backup".to_owned())))
    };
    if backup_type(resource) == Some("EC2") {
        return Fact::unknown("each volume of an instance may be under a key of its own");
    }
    let arn = place::arn_of(resource);
    let Some(arn) = arn.value() else { return unread() };
    let own = |region: &str| resource.id.region.as_deref() == Some(region);
    let points = index.points_of(arn).iter().map(|(_, point)| *point);
    let originals = points.filter(|point| {
        point.copied_from.is_absent() && Arn::parse(&point.vault).is_some_and(|vault| own(vault.region))
    });
    let Some(newest) = originals.max_by_key(|point| point.created.value().copied()) else { return unread() };
    match (newest.key.value(), newest.encrypted.value()) {
        (Some(key), _) => Fact::known(Link::text(Fact::known(key.to_string()))),
        (None, Some(false)) => Fact::absent(),
        _ => newest.key.reasons().map_or_else(unread, |reasons| Fact::unknown(reasons.clone())),
    }
}
