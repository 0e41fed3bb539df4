//! The estate by name, place and reference: built once, so that no join walks all resources.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use crate::model::account::{Account, Region};
use crate::model::backup::job::{BackupJob, CopyJob};
use crate::model::backup::{RecoveryPoint, Selection, Vault};
use crate::model::config_recorder::ConfigRecorder;
use crate::model::events::EventRule;
use crate::model::fact::{Cure, Fact, Reason, Reasons};
use crate::model::identity::ResourceId;
use crate::model::kms::Key;
use crate::model::resource::{Facts, Link, Resource};
use crate::model::s3::Bucket;
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;
use crate::model::trail::Trail;

use super::bucket::{self, LogTargets};
use super::place::{self, Arn};
use super::replication::{self, Replicas};
use super::world;

/// What a reference leads to.
#[derive(Clone, Debug)]
pub enum Found<T> {
    /// This resource of the snapshot.
    Here(T),
    /// Nothing: it does not exist. The name, for people.
    Missing(String),
    /// It cannot be said.
    Unknown(Reasons),
}

/// A resource and its facts of one type.
pub type Of<'a, T> = (&'a Resource, &'a T);

/// How a backup or copy job ended.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    pub state: &'a Fact<Arc<str>>,
    /// AWS's category of its message.
    pub category: &'a Fact<Arc<str>>,
    /// Whether another job answers for it.
    pub nested: bool,
}

type Place<'a> = (Option<&'a str>, Option<&'a str>);

/// The estate, indexed.
pub struct Index<'a> {
    pub snapshot: &'a Snapshot,
    pub settings: &'a Settings,
    pub now: Option<Timestamp>,
    by_id: HashMap<&'a ResourceId, &'a Resource>,
    pub buckets: Vec<Of<'a, Bucket>>,
    buckets_by_name: HashMap<&'a str, Vec<Of<'a, Bucket>>>,
    pub vaults: Vec<Of<'a, Vault>>,
    vaults_by_name: HashMap<&'a str, Vec<Of<'a, Vault>>>,
    vaults_by_arn: HashMap<&'a str, Of<'a, Vault>>,
    vault_of_unknown_name: Option<Reasons>,
    keys_by_name: HashMap<&'a str, Vec<Of<'a, Key>>>,
    pub selections: Vec<Of<'a, Selection>>,
    pub points: Vec<Of<'a, RecoveryPoint>>,
    points_by_resource: HashMap<&'a str, Vec<Of<'a, RecoveryPoint>>>,
    points_by_vault: HashMap<&'a str, Vec<Of<'a, RecoveryPoint>>>,
    /// What each restores; built where a restore job does not say it.
    points_by_arn: OnceLock<HashMap<&'a str, &'a str>>,
    /// Why some recovery points may belong to any workload.
    pub points_of_unknown_resource: Option<Reasons>,
    backup_jobs: HashMap<Place<'a>, Vec<&'a BackupJob>>,
    copy_jobs: HashMap<Place<'a>, Vec<&'a CopyJob>>,
    pub event_rules: Vec<Of<'a, EventRule>>,
    pub trails: Vec<Of<'a, Trail>>,
    recorders: HashMap<(&'a str, &'a str), &'a ConfigRecorder>,
    accounts: HashMap<&'a str, &'a Account>,
    known_accounts: HashSet<&'a str>,
    regions: HashMap<(&'a str, &'a str), &'a Region>,
    log_targets: OnceLock<LogTargets<'a>>,
    replicas: OnceLock<Replicas<'a>>,
}

impl<'a> Index<'a> {
    /// Reads the snapshot once.
    pub fn new(snapshot: &'a Snapshot, settings: &'a Settings, now: Option<Timestamp>) -> Self {
        let mut index = Self {
            snapshot,
            settings,
            now,
            by_id: HashMap::with_capacity(snapshot.resources.len()),
            buckets: Vec::new(),
            buckets_by_name: HashMap::new(),
            vaults: Vec::new(),
            vaults_by_name: HashMap::new(),
            vaults_by_arn: HashMap::new(),
            vault_of_unknown_name: None,
            keys_by_name: HashMap::new(),
            selections: Vec::new(),
            points: Vec::new(),
            points_by_resource: HashMap::new(),
            points_by_vault: HashMap::new(),
            points_by_arn: OnceLock::new(),
            points_of_unknown_resource: None,
            backup_jobs: HashMap::new(),
            copy_jobs: HashMap::new(),
            event_rules: Vec::new(),
            trails: Vec::new(),
            recorders: HashMap::new(),
            accounts: HashMap::new(),
            known_accounts: snapshot.listed.iter().map(|listing| &*listing.account).collect(),
            regions: HashMap::new(),
            log_targets: OnceLock::new(),
            replicas: OnceLock::new(),
        };
        for resource in &snapshot.resources {
            index.add(resource);
        }
        index
    }

    fn add(&mut self, resource: &'a Resource) {
        self.by_id.insert(&resource.id, resource);
        let id = &resource.id;
        self.known_accounts.extend(id.account.as_deref());
        match &resource.facts {
            Facts::Bucket(facts) => {
                self.buckets.push((resource, facts));
                if let Some(name) = facts.bucket_name.value() {
                    self.buckets_by_name.entry(name).or_default().push((resource, facts));
                }
            }
            Facts::Vault(facts) => {
                self.vaults.push((resource, facts));
                self.vaults_by_arn.insert(&id.id, (resource, facts));
                match (facts.vault_name.value(), facts.vault_name.reasons()) {
                    (Some(name), _) => self.vaults_by_name.entry(name).or_default().push((resource, facts)),
                    (None, Some(reasons)) => add_reasons(&mut self.vault_of_unknown_name, reasons),
                    (None, None) => {}
                }
            }
            Facts::Key(facts) => {
                let aliases = facts.aliases.value().into_iter().flatten().map(String::as_str);
                let names = aliases.chain(facts.key_id.value().map(String::as_str));
                for name in names {
                    self.keys_by_name.entry(name).or_default().push((resource, facts));
                }
            }
            Facts::Selection(facts) => self.selections.push((resource, facts)),
            Facts::RecoveryPoint(facts) => {
                self.points.push((resource, facts));
                self.points_by_vault.entry(&facts.vault).or_default().push((resource, facts));
                match (facts.resource.value(), facts.resource.reasons()) {
                    (Some(arn), _) => self.points_by_resource.entry(arn).or_default().push((resource, facts)),
                    (None, Some(reasons)) => add_reasons(&mut self.points_of_unknown_resource, reasons),
                    (None, None) => {}
                }
            }
            Facts::BackupJob(facts) => self.backup_jobs.entry(place_of(id)).or_default().push(facts),
            Facts::CopyJob(facts) => self.copy_jobs.entry(place_of(id)).or_default().push(facts),
            Facts::EventRule(facts) => self.event_rules.push((resource, facts)),
            Facts::Trail(facts) => self.trails.push((resource, facts)),
            Facts::ConfigRecorder(facts) => {
                if let (Some(account), Some(region)) = (&id.account, &id.region) {
                    self.recorders.insert((account, region), facts);
                }
            }
            Facts::Account(facts) => {
                if let Some(account) = &id.account {
                    self.accounts.insert(account, facts);
                }
            }
            Facts::Region(facts) => {
                if let (Some(account), Some(region)) = (&id.account, &id.region) {
                    self.regions.insert((account, region), facts);
                }
            }
            _ => {}
        }
    }

    /// The buckets that server access logs are delivered to.
    pub fn log_targets(&self) -> &LogTargets<'a> {
        self.log_targets.get_or_init(|| bucket::log_targets(self))
    }

    /// The buckets that others replicate to.
    pub fn replicas(&self) -> &Replicas<'a> {
        self.replicas.get_or_init(|| replication::replicas(self))
    }

    /// Whether a bucket of the files has a name that is not known.
    pub fn has_unnamed_bucket(&self) -> bool {
        self.buckets_by_name.values().map(Vec::len).sum::<usize>() < self.buckets.len()
    }

    /// The resource with this identity.
    pub fn get(&self, id: &ResourceId) -> Option<&'a Resource> {
        self.by_id.get(id).copied()
    }

    /// The account's facts.
    pub fn account(&self, account: Option<&str>) -> Option<&'a Account> {
        self.accounts.get(account?).copied()
    }

    /// The facts of a Region of an account.
    pub fn region(&self, account: Option<&str>, region: Option<&str>) -> Option<&'a Region> {
        self.regions.get(&(account?, region?)).copied()
    }

    /// The Regions of all accounts that were audited.
    pub fn audited_regions(&self) -> impl Iterator<Item = &'a ResourceId> {
        let regions = self.snapshot.resources.iter().filter(|resource| matches!(resource.facts, Facts::Region(_)));
        regions.map(|region| &region.id)
    }

    /// The customer's own configuration recorder of a Region; there is at most one.
    pub fn recorder(&self, account: Option<&str>, region: Option<&str>) -> Option<&'a ConfigRecorder> {
        self.recorders.get(&(account?, region?)).copied()
    }

    /// Whether anything of this account was scanned or audited.
    pub fn knows_account(&self, account: &str) -> bool {
        self.known_accounts.contains(account)
    }

    /// The recovery points of the resource with this ARN.
    pub fn points_of(&self, arn: &str) -> &[Of<'a, RecoveryPoint>] {
        self.points_by_resource.get(arn).map_or(&[], Vec::as_slice)
    }

    /// The ARN of the resource that the recovery point with this ARN restores, where AWS names it.
    pub fn resource_of_point(&self, arn: &str) -> Option<&'a str> {
        let points = self.points_by_arn.get_or_init(|| {
            let named =
                self.points.iter().filter_map(|(point, facts)| Some((&*point.id.id, &**facts.resource.value()?)));
            named.collect()
        });
        points.get(arn).copied()
    }

    /// The recovery points in the vault with this ARN.
    pub fn points_in(&self, vault: &str) -> &[Of<'a, RecoveryPoint>] {
        self.points_by_vault.get(vault).map_or(&[], Vec::as_slice)
    }

    /// The backup jobs of a Region of an account.
    pub fn backup_jobs<'s>(&'s self, region: &'s ResourceId) -> impl Iterator<Item = Job<'a>> + 's {
        let jobs = self.backup_jobs.get(&place_of(region)).into_iter().flatten();
        jobs.map(|job| Job { state: &job.state, category: &job.message_category, nested: job.nested })
    }

    /// The copy jobs of a Region of an account.
    pub fn copy_jobs<'s>(&'s self, region: &'s ResourceId) -> impl Iterator<Item = Job<'a>> + 's {
        let jobs = self.copy_jobs.get(&place_of(region)).into_iter().flatten();
        jobs.map(|job| Job { state: &job.state, category: &job.message_category, nested: job.nested })
    }

    /// The bucket of the snapshot that a link means. Bucket names are unique in a partition, so that a name is enough.
    pub fn bucket(&self, link: &Link, from: &ResourceId) -> Option<Of<'a, Bucket>> {
        if let Some(target) = &link.target {
            return match self.get(target) {
                Some(resource) => match &resource.facts {
                    Facts::Bucket(facts) => Some((resource, facts)),
                    _ => None,
                },
                None => None,
            };
        }
        match self.buckets_named(link, from).as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }

    /// The bucket with this identity.
    pub fn bucket_by_id(&self, id: &ResourceId) -> Option<Of<'a, Bucket>> {
        let resource = self.get(id)?;
        match &resource.facts {
            Facts::Bucket(facts) => Some((resource, facts)),
            _ => None,
        }
    }

    /// The keys with this id, in whatever account and Region: those of a multi-Region key share it.
    pub fn keys_of_id(&self, id: &str) -> &[Of<'a, Key>] {
        self.keys_by_name.get(id).map_or(&[], Vec::as_slice)
    }

    /// The buckets that a link may mean by its name. Several where conditions or files exclude each other, of which
    /// only one can be made.
    pub fn buckets_named(&self, link: &Link, from: &ResourceId) -> Vec<Of<'a, Bucket>> {
        let name = link.text.value().filter(|_| link.target.is_none());
        let named = name.and_then(|name| self.buckets_by_name.get(place::bucket_name(name)));
        let named = named.map_or(&[][..], Vec::as_slice);
        let own = |(bucket, _): &&Of<'a, Bucket>| place::one_root(&bucket.id, from);
        let here: Vec<_> = named.iter().filter(own).copied().collect();
        if here.is_empty() { named.to_vec() } else { here }
    }

    /// The live vault of this ARN.
    pub fn vault_by_arn(&self, arn: &str) -> Option<Of<'a, Vault>> {
        self.vaults_by_arn.get(arn).copied()
    }

    /// The vault that a link of a plan means: by name in the plan's own account and Region, or by ARN.
    pub fn vault(&self, link: &Link, from: &ResourceId) -> Found<Of<'a, Vault>> {
        if let Some(resource) = link.target.as_ref().and_then(|target| self.get(target))
            && let Facts::Vault(facts) = &resource.facts
        {
            return Found::Here((resource, facts));
        }
        let text = match (&link.text.value(), link.text.reasons()) {
            (Some(text), _) => text.as_str(),
            (None, Some(reasons)) => return Found::Unknown(reasons.clone()),
            (None, None) => return Found::Unknown("no vault is named".into()),
        };
        let arn = Arn::parse(text);
        let name = arn.map_or(text, |arn| arn.resource.strip_prefix("backup-vault:").unwrap_or(arn.resource));
        let account = arn.map_or(from.account.as_deref(), |arn| Some(arn.account));
        let region = arn.map_or(from.region.as_deref(), |arn| Some(arn.region));
        let same_name = self.vaults_by_name.get(name).map_or(&[][..], Vec::as_slice);
        let mut doubt = None;
        let mut meant: Vec<Of<'a, Vault>> = Vec::new();
        for (vault, facts) in same_name {
            let here = match arn {
                None => place::same_place(&vault.id, from),
                Some(arn) => Fact::all([
                    is(vault.id.region.as_deref(), arn.region, "--region"),
                    is(vault.id.account.as_deref(), arn.account, "--account"),
                ]),
            };
            if here.is_true() {
                meant.push((vault, facts));
            }
            if let Some(reasons) = here.reasons() {
                add_reasons(&mut doubt, reasons);
            }
        }
        let own: Vec<_> = meant.iter().filter(|(vault, _)| place::one_root(&vault.id, from)).copied().collect();
        match if own.is_empty() { meant } else { own }.as_slice() {
            [] => {}
            [only] => return Found::Here(*only),
            // Conditions that exclude each other: only one of them is made.
            _ => return Found::Unknown(format!("several vaults named `{name}` are declared").into()),
        }
        if let Some(doubt) = doubt.or_else(|| self.vault_of_unknown_name.clone()) {
            return Found::Unknown(doubt);
        }
        if let Some(open) = self.open(world::VAULTS, account, region) {
            return Found::Unknown(if self.live() { open } else { other_vault(name) });
        }
        if !self.live() {
            let elsewhere = arn.is_some() && !account.is_some_and(|account| self.knows_account(account));
            // AWS makes these two by itself.
            if elsewhere || name == "Default" || name == "aws/efs/automatic-backup-vault" {
                return Found::Unknown(other_vault(name));
            }
        }
        Found::Missing(text.to_owned())
    }

    /// The key that a text (ARN, key id or alias) or link of a resource in this place certainly means.
    pub fn key(&self, link: &Link, from: &ResourceId) -> Option<Of<'a, Key>> {
        if let Some(resource) = link.target.as_ref().and_then(|target| self.get(target)) {
            return match &resource.facts {
                Facts::Key(facts) => Some((resource, facts)),
                _ => None,
            };
        }
        self.key_by_text(link.text.value()?, from)
    }

    /// The same by text alone.
    pub fn key_by_text(&self, text: &str, from: &ResourceId) -> Option<Of<'a, Key>> {
        self.keys_by_text(text, from).find(|(_, fits)| fits.is_true()).map(|(key, _)| key)
    }

    /// Why a text may mean a key of which the account or Region is not known; none where it cannot.
    pub fn may_be_key(&self, text: &str, from: &ResourceId) -> Option<Reasons> {
        self.keys_by_text(text, from).find_map(|(_, fits)| fits.reasons().cloned())
    }

    fn keys_by_text(&self, text: &str, from: &ResourceId) -> impl Iterator<Item = (Of<'a, Key>, Fact<bool>)> {
        let arn = Arn::parse(text);
        let name = arn.map_or(text, |arn| arn.resource.strip_prefix("key/").unwrap_or(arn.resource));
        let fits = move |key: &ResourceId| match arn {
            Some(arn) => Fact::all([
                is(key.region.as_deref(), arn.region, "--region"),
                is(key.account.as_deref(), arn.account, "--account"),
            ]),
            None => place::same_place(key, from),
        };
        let named = self.keys_by_name.get(name).map_or(&[][..], Vec::as_slice);
        named.iter().map(move |of| (*of, fits(&of.0.id)))
    }
}

fn place_of(id: &ResourceId) -> Place<'_> {
    (id.account.as_deref(), id.region.as_deref())
}

/// Adds reasons to those that are there.
pub fn add_reasons(sum: &mut Option<Reasons>, more: &Reasons) {
    *sum = Some(sum.as_ref().map_or_else(|| more.clone(), |sum| sum.and(more)));
}

fn is(known: Option<&str>, wanted: &str, option: &str) -> Fact<bool> {
    known.map_or_else(
        || {
            let reason = Reason::new(format!("the files do not say whether they are for `{wanted}`"));
            Fact::unknown(reason.cured_by(Cure::Setting(option.to_owned())))
        },
        |known| Fact::known(known == wanted),
    )
}

fn other_vault(name: &str) -> Reasons {
    Reason::new(format!("vault `{name}` is in none of the scanned files"))
        .cured_by(Cure::Source("audit the live account".to_owned()))
        .into()
}
