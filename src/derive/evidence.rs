//! The recovery points of a workload: which can be restored, how old the newest is, and which outlives its Region or its
//! account.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use crate::model::backup::RecoveryPoint;
use crate::model::fact::{Cure, Fact, Reason, Reasons};
use crate::model::identity::ResourceId;
use crate::model::workload::FOREVER;

use super::index::{Index, add_reasons};
use super::place::{Arn, Spot};
use super::{resting, world};

/// How far a continuous backup of S3 lags behind ("Continuous backups and point-in-time recovery (PITR)" in the AWS
/// Backup Developer Guide: up to 15 minutes).
pub const S3_LAG: SignedDuration = SignedDuration::from_mins(15);

/// How far a continuous backup of any other type lags behind (the same page: up to 5 minutes).
pub const OTHER_LAG: SignedDuration = SignedDuration::from_mins(5);

/// The lag of a continuous backup of this type (AWS Backup's name of it).
pub fn continuous_lag(backup_type: &str) -> SignedDuration {
    if backup_type == "S3" { S3_LAG } else { OTHER_LAG }
}

/// Whether AWS Backup makes continuous backups of this type (the same page, "Supported services").
pub fn is_continuous_type(backup_type: &str) -> bool {
    matches!(backup_type, "S3" | "RDS" | "Aurora" | "SAP HANA on Amazon EC2")
}

/// What recovery points say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// How many can be restored.
    pub points: i64,
    /// The age of the newest restorable time.
    pub newest: Option<SignedDuration>,
    /// The same of those that outlive the loss of the workload's Region.
    pub newest_copy: Option<SignedDuration>,
    /// The same of those that outlive the loss of its account.
    pub newest_account_copy: Option<SignedDuration>,
}

/// Which losses a recovery point outlives.
#[derive(Clone, Copy, Debug)]
struct Outlives {
    region: bool,
    account: bool,
}

impl Evidence {
    /// What the best has and this has not, in its poorest form: there, and as old as can be.
    pub fn but_present(&self, best: &Self) -> Self {
        Self {
            points: best.points,
            newest: self.newest.or(best.newest.map(|_| FOREVER)),
            newest_copy: self.newest_copy.or(best.newest_copy.map(|_| FOREVER)),
            newest_account_copy: self.newest_account_copy.or(best.newest_account_copy.map(|_| FOREVER)),
        }
    }

    fn add(&mut self, age: SignedDuration, outlives: Outlives) {
        self.points += 1;
        younger(&mut self.newest, age);
        if outlives.region {
            younger(&mut self.newest_copy, age);
        }
        if outlives.account {
            younger(&mut self.newest_account_copy, age);
        }
    }
}

/// Keeps the younger of two ages.
pub fn younger(sum: &mut Option<SignedDuration>, age: SignedDuration) {
    *sum = Some(sum.map_or(age, |sum| sum.min(age)));
}

/// What is certain, what is possible, and why they differ.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub worst: Evidence,
    pub best: Evidence,
    pub reasons: Option<Reasons>,
}

/// Where recovery points may be that nobody saw.
#[derive(Default)]
pub struct Blind {
    /// Vaults, or whole Regions of accounts, of which a list was not read to its end.
    places: Vec<(Spot<'static>, Fact<bool>, Reasons)>,
    /// By account: recovery Regions that were not looked at.
    regions: BTreeMap<String, Vec<(String, Reasons)>>,
    /// Recovery accounts that were not looked at.
    accounts: Option<Reasons>,
}

impl Blind {
    /// Looks for vaults and recovery points that were not listed, in every place that was looked at.
    pub fn new(index: &Index<'_>) -> Self {
        if !index.live() {
            return Self::default();
        }
        let listings = index.snapshot.listed.iter().map(|listing| (&*listing.account, &*listing.region));
        let gaps = index.snapshot.gaps.iter().filter_map(|gap| Some((gap.account.as_deref()?, gap.region.as_deref()?)));
        let audited: BTreeSet<(&str, &str)> = listings.chain(gaps).filter(|(_, region)| *region != "global").collect();
        let unlisted_vaults = audited.into_iter().filter_map(|(account, region)| {
            let reasons = index.open(world::VAULTS, Some(account), Some(region))?;
            // One of the vaults may be logically air-gapped.
            Some((place_of(account, region), Fact::unknown(reasons.clone()), reasons))
        });
        let unlisted_points = index.vaults.iter().filter_map(|(vault, facts)| {
            if facts.recovery_points.value() == Some(&0) {
                return None;
            }
            let (account, region) = (vault.id.account.as_deref()?, vault.id.region.as_deref()?);
            let list = world::recovery_points(&vault.id.id);
            let reasons = index.open(list, Some(account), Some(region))?;
            Some((place_of(account, region), resting::outlives_account(index, &vault.id.id), reasons))
        });
        let places = unlisted_vaults.chain(unlisted_points).collect();
        let accounts: BTreeSet<&str> = index.snapshot.listed.iter().map(|listing| &*listing.account).collect();
        let regions = accounts.into_iter().map(|account| {
            let unseen =
                index.settings.recovery_regions.iter().filter_map(|region| {
                    Some((region.clone(), index.open(world::VAULTS, Some(account), Some(region))?))
                });
            (account.to_owned(), unseen.collect())
        });
        let regions = regions.collect();
        let unseen = index.settings.recovery_accounts.iter().filter(|account| !index.knows_account(account));
        let accounts = unseen.map(|account| other_account(account)).reduce(|a, b| a.and(&b));
        Self { places, regions, accounts }
    }
}

/// What the recovery points of a workload say at `now`. `unseen` says why there may be copies that nobody saw.
pub fn look(
    index: &Index<'_>,
    blind: &Blind,
    now: Timestamp,
    (id, arn): (&ResourceId, &Fact<String>),
    unseen: Option<&Reasons>,
) -> Seen {
    let mut seen = Seen::default();
    let Some(arn) = arn.value() else {
        seen.reasons = arn.reasons().cloned();
        return ideal(seen, ANYTHING);
    };
    let regions = &index.settings.recovery_regions;
    let accounts = &index.settings.recovery_accounts;
    for (resource, point) in index.points_of(arn) {
        let restorable = restorable(&resource.id.id, point, now);
        if restorable.is_false() {
            continue;
        }
        let age = age(index, &resource.id.id, point, now);
        let spot = spot(&point.vault);
        let copy = spot.recovers(id, regions);
        let air_gapped = resting::outlives_account(index, &point.vault);
        let account_copy = Fact::any([spot.outlives_account(id, accounts), air_gapped]);
        let doubts = [restorable.reasons(), age.reasons(), copy.reasons(), account_copy.reasons()];
        for reasons in doubts.into_iter().flatten() {
            add_reasons(&mut seen.reasons, reasons);
        }
        if restorable.is_true() {
            let outlives = Outlives { region: copy.is_true(), account: account_copy.is_true() };
            seen.worst.add(age.value().copied().unwrap_or(FOREVER), outlives);
        }
        let outlives = Outlives { region: !copy.is_false(), account: !account_copy.is_false() };
        seen.best.add(age.value().copied().unwrap_or(SignedDuration::ZERO), outlives);
    }
    if let Some(reasons) = &index.points_of_unknown_resource {
        add_reasons(&mut seen.reasons, reasons);
        seen = ideal(seen, ANYTHING);
    }
    for (spot, air_gapped, reasons) in &blind.places {
        add_reasons(&mut seen.reasons, reasons);
        let account = Fact::any([spot.outlives_account(id, accounts), air_gapped.clone()]);
        let outlives = Outlives { region: !spot.recovers(id, regions).is_false(), account: !account.is_false() };
        seen = ideal(seen, outlives);
    }
    let unlisted = id.account.as_deref().and_then(|account| blind.regions.get(account)).into_iter().flatten();
    let unlisted = unlisted.filter(|(region, _)| Some(region.as_str()) != id.region.as_deref());
    for reasons in unlisted.map(|(_, reasons)| reasons).chain(&blind.accounts).chain(unseen) {
        add_reasons(&mut seen.reasons, reasons);
        seen = ideal(seen, ANYTHING);
    }
    seen
}

/// What a recovery point outlives of which nothing is known: all that may be.
const ANYTHING: Outlives = Outlives { region: true, account: true };

fn ideal(mut seen: Seen, outlives: Outlives) -> Seen {
    let points = seen.best.points.max(1);
    seen.best.add(SignedDuration::ZERO, outlives);
    seen.best.points = points;
    seen
}

fn spot(vault: &str) -> Spot<'static> {
    Arn::parse(vault).map_or_else(|| Spot::unknown(&"the vault's ARN is not known".into()), |arn| Spot::of_arn(&arn))
}

fn place_of(account: &str, region: &str) -> Spot<'static> {
    Spot { id: None, region: Fact::known(region.to_owned()), account: Fact::known(account.to_owned()) }
}

/// Whether a recovery point can be restored: COMPLETED or AVAILABLE, and not past its deletion.
///
/// `DescribeRecoveryPoint` in the AWS Backup API Reference: a PARTIAL one lacks nested recovery points, and a STOPPED
/// one is a continuous backup that is no longer updated; both may still restore something, up to a time that is not
/// told. EXPIRED ones have outlived their retention and may vanish at any time; DELETING and CREATING ones are not
/// there.
pub fn restorable(arn: &str, point: &RecoveryPoint, now: Timestamp) -> Fact<bool> {
    let gone = lapsed(arn, point, now);
    let not_yet = point.created.as_ref().map(|at| *at > now).or_default_to(false);
    // An unknown date is judged where it matters: as an unknown age.
    if gone.is_true() || not_yet.is_true() {
        return Fact::known(false);
    }
    point.status.as_ref().and_then(|status| match &**status {
        "COMPLETED" | "AVAILABLE" => Fact::known(true),
        "PARTIAL" | "STOPPED" => {
            Fact::unknown(format!("what a recovery point that is `{status}` restores is not told"))
        }
        _ => Fact::known(false),
    })
}

/// Whether the day of its deletion is over. A continuous point that still runs has none: it is updated in place, and
/// its retention counts from each moment that it restores to, not from its creation.
pub fn lapsed(arn: &str, point: &RecoveryPoint, now: Timestamp) -> Fact<bool> {
    if point.is_continuous(arn) && point.status.value().is_some_and(|status| &**status == "AVAILABLE") {
        return Fact::known(false);
    }
    point.delete_at.as_ref().map(|at| *at <= now).or_default_to(false)
}

/// The age of the newest time that a recovery point restores to. A continuous one is updated in place, so that its
/// newest time lags behind the moment of the snapshot by a few minutes; copies keep their source's date.
fn age(index: &Index<'_>, arn: &str, point: &RecoveryPoint, now: Timestamp) -> Fact<SignedDuration> {
    let age = point.created.as_ref().map(|created| now.duration_since(*created).max(SignedDuration::ZERO));
    let age = if age.is_absent() { Fact::unknown("AWS names no creation date") } else { age };
    let stopped = point.status.value().is_some_and(|status| &**status == "STOPPED");
    if !point.is_continuous(arn) {
        return age;
    }
    if stopped {
        return Fact::unknown("how far a stopped continuous backup reaches is not told");
    }
    let lag = point.resource_type.as_ref().map(|backup_type| continuous_lag(backup_type)).or_default_to(OTHER_LAG);
    let since_taken = index.snapshot.taken_at.map_or(SignedDuration::ZERO, |taken| now.duration_since(taken));
    let since_taken = since_taken.max(SignedDuration::ZERO);
    match (age.value(), lag.value()) {
        (Some(age), Some(lag)) => Fact::known((*age).min(since_taken.saturating_add(*lag))),
        (None, Some(lag)) => Fact::known(since_taken.saturating_add(*lag)),
        _ => age,
    }
}

/// Why copies may lie where nobody looked.
pub fn not_audited(account: &str, region: &str) -> Reasons {
    let why = format!("copies lead to account {account} in {region}, which was not audited");
    Reason::new(why).cured_by(Cure::Source(format!("audit {region} in account {account} too"))).into()
}

fn other_account(account: &str) -> Reasons {
    Reason::new(format!("recovery account {account} was not audited"))
        .cured_by(Cure::Source(format!("audit account {account} too")))
        .into()
}
