//! Which resources are encrypted with which key, and what they are: backups, production data, or both.

use std::collections::{BTreeSet, HashMap};

use crate::model::fact::{Fact, Reasons, State};
use crate::model::identity::ResourceId;
use crate::model::resource::{Link, Resource};

use crate::derive::index::{Index, add_reasons};
use crate::derive::place::{self, Arn};
use crate::derive::workload::Workloads;
use crate::derive::{bucket, replication, vault, world};

/// What a key encrypts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// A vault, a backup bucket or a recovery point.
    Backups,
    /// Backups that could have a key of their own: in a vault, or a backup bucket.
    OwnBackups,
    /// Production data.
    Data,
}

const PARTS: [Part; 3] = [Part::Backups, Part::OwnBackups, Part::Data];

/// Whether a resource is each of [`PARTS`].
type Parts = [Fact<bool>; 3];

/// What depends on each key.
pub struct Users<'a> {
    by_key: HashMap<&'a ResourceId, Used>,
    /// Keys that were not seen, by ARN.
    by_arn: HashMap<&'a str, Used>,
    /// Resources of which the key is not known, which parts they may be, and why.
    unclear: Vec<(&'a ResourceId, [bool; 3], Reasons)>,
}

#[derive(Default)]
struct Used {
    names: BTreeSet<String>,
    points: usize,
    certain: [bool; 3],
    doubts: [Option<Reasons>; 3],
}

impl Used {
    fn add(&mut self, parts: &Parts) {
        for ((part, certain), doubt) in parts.iter().zip(&mut self.certain).zip(&mut self.doubts) {
            *certain |= part.is_true();
            if let Some(reasons) = part.reasons() {
                add_reasons(doubt, reasons);
            }
        }
    }

    fn part(&self, part: Part) -> (bool, Option<&Reasons>) {
        let found = PARTS.iter().zip(&self.certain).zip(&self.doubts).find(|((one, _), _)| **one == part);
        found.map_or((false, None), |((_, certain), doubt)| (*certain, doubt.as_ref()))
    }
}

/// Finds the key of every vault, bucket and recovery point.
pub fn users<'a>(index: &Index<'a>, workloads: &Workloads<'_, 'a>) -> Users<'a> {
    let mut users = Users { by_key: HashMap::new(), by_arn: HashMap::new(), unclear: Vec::new() };
    let no = || Fact::known(false);
    for (resource, facts) in &index.vaults {
        let plain = facts.vault_type.as_ref().map(|kind| kind == "BACKUP_VAULT");
        let own = Fact::all([plain, vault::takes_vault_key(index, workloads, resource, facts)]);
        let parts = [Fact::known(true), own, no()];
        users.add(index, resource, &facts.key.as_ref(), format!("vault {}", resource.name), &parts);
    }
    for (resource, facts) in &index.buckets {
        let backup =
            Fact::any([bucket::named_as_backup(index, facts), replication::is_replica(index, resource, facts)]);
        let parts = [backup.clone(), backup.clone(), backup.negate()];
        users.add(index, resource, &bucket::key_link(facts), format!("bucket {}", resource.name), &parts);
    }
    for (resource, facts) in &index.points {
        match &facts.key.state {
            State::Known(text) => {
                let used = match index.key_by_text(text, &resource.id) {
                    Some((key, _)) => users.by_key.entry(&key.id).or_default(),
                    None => users.by_arn.entry(text).or_default(),
                };
                // A point that is no copy, of a type without full management, is under the key of its source.
                let kept = match (&facts.copied_from.state, facts.resource_type.value()) {
                    (State::Absent, Some(kind)) => {
                        vault::takes_key_of_vault(index, resource, kind, &resource.id.id).negate()
                    }
                    (State::Known(_), _) => no(),
                    _ => Fact::unknown("whether it is under the key of its source is not known"),
                };
                used.add(&[Fact::known(true), no(), kept]);
                used.points += 1;
            }
            State::Absent => {}
            State::Unknown(reasons) => users.unclear(&resource.id, [true, false, true], reasons),
        }
    }
    users
}

impl<'a> Users<'a> {
    fn add(&mut self, index: &Index<'a>, from: &'a Resource, link: &Fact<&'a Link>, name: String, parts: &Parts) {
        let possible = || [0, 1, 2].map(|part| parts.get(part).is_some_and(|part| !part.is_false()));
        match &link.state {
            State::Known(link) => match (index.key(link, &from.id), link.text.reasons()) {
                (Some((key, _)), _) => {
                    if let Some(reasons) = from.exists.reasons() {
                        return self.unclear(&from.id, possible(), reasons);
                    }
                    let used = self.by_key.entry(&key.id).or_default();
                    used.names.insert(name);
                    used.add(parts);
                }
                (None, Some(reasons)) => self.unclear(&from.id, possible(), reasons),
                (None, None) => {
                    let Some(text) = link.text.value().filter(|_| link.target.is_none()) else { return };
                    if let Some(reasons) = index.may_be_key(text, &from.id) {
                        self.unclear(&from.id, possible(), &reasons);
                    } else if Arn::parse(text).is_some() {
                        self.by_arn.entry(text).or_default().add(parts);
                    }
                }
            },
            State::Absent => {}
            State::Unknown(reasons) => self.unclear(&from.id, possible(), reasons),
        }
    }

    fn unclear(&mut self, from: &'a ResourceId, parts: [bool; 3], reasons: &Reasons) {
        let same = |(id, kind, why): &(&ResourceId, [bool; 3], Reasons)| {
            *kind == parts
                && why == reasons
                && id.root == from.root
                && id.account == from.account
                && id.region == from.region
        };
        if !self.unclear.iter().any(same) {
            self.unclear.push((from, parts, reasons.clone()));
        }
    }

    /// What depends on a key, for people.
    pub fn dependents(&self, key: &ResourceId) -> Vec<String> {
        let Some(used) = self.by_key.get(key) else { return Vec::new() };
        let mut dependents: Vec<String> = used.names.iter().cloned().collect();
        if used.points > 0 {
            let plural = if used.points == 1 { "" } else { "s" };
            dependents.push(format!("{} recovery point{plural}", used.points));
        }
        dependents
    }

    /// Whether anything depends on a key.
    pub fn in_use(&self, index: &Index<'_>, key: &ResourceId) -> Fact<bool> {
        let used = self.by_key.get(key).is_some_and(|used| !used.names.is_empty() || used.points > 0);
        self.decide(index, key, used, None, None)
    }

    /// Whether a vault, backup bucket or recovery point does.
    pub fn protects_backups(&self, index: &Index<'_>, key: &ResourceId) -> Fact<bool> {
        self.decide_part(index, key, Part::Backups)
    }

    /// Whether it encrypts backups that could have another key.
    pub fn encrypts_backups(&self, index: &Index<'_>, key: &ResourceId) -> Fact<bool> {
        self.decide_part(index, key, Part::OwnBackups)
    }

    /// Whether it encrypts production data.
    pub fn encrypts_data(&self, index: &Index<'_>, key: &ResourceId) -> Fact<bool> {
        self.decide_part(index, key, Part::Data)
    }

    /// Whether the key of a vault encrypts no production data. AWS's own `aws/backup` encrypts backups alone.
    pub fn is_separate(&self, index: &Index<'_>, vault: &Resource, link: &Fact<Link>) -> Fact<bool> {
        let shared = link.as_ref().and_then(|link| {
            if let Some((key, _)) = index.key(link, &vault.id) {
                return self.encrypts_data(index, &key.id);
            }
            link.text.as_ref().and_then(|text| {
                if text.starts_with("alias/aws/") {
                    return Fact::known(false);
                }
                let (data, doubt) = self.by_arn.get(text.as_str()).map_or((false, None), |used| used.part(Part::Data));
                if data {
                    return Fact::known(true);
                }
                let unseen = index.live() || index.may_be_key(text, &vault.id).is_some();
                match doubt {
                    Some(reasons) => Fact::unknown(reasons.clone()),
                    None if unseen => Fact::unknown(format!("what else key `{text}` encrypts was not seen")),
                    None => Fact::known(false),
                }
            })
        });
        shared.negate()
    }

    fn decide_part(&self, index: &Index<'_>, key: &ResourceId, part: Part) -> Fact<bool> {
        let (certain, doubt) = self.by_key.get(key).map_or((false, None), |used| used.part(part));
        self.decide(index, key, certain, Some(part), doubt)
    }

    /// Known where it is certain, or where nothing that was not seen can be it. Of files, what they declare counts.
    fn decide(
        &self,
        index: &Index<'_>,
        key: &ResourceId,
        certain: bool,
        part: Option<Part>,
        doubt: Option<&Reasons>,
    ) -> Fact<bool> {
        if certain {
            return Fact::known(true);
        }
        let may_be = |parts: &[bool; 3]| {
            part.is_none_or(|part| PARTS.iter().zip(parts).any(|(one, possible)| *one == part && *possible))
        };
        let unclear = self
            .unclear
            .iter()
            .filter(|(from, parts, _)| may_be(parts) && !place::same_region(from, key).is_false())
            .map(|(_, _, reasons)| reasons.clone());
        let (account, region) = (key.account.as_deref(), key.region.as_deref());
        let unlisted = if !index.live() {
            None
        } else if part == Some(Part::Data) {
            index.open_buckets(account, region)
        } else {
            index.open(world::VAULTS, account, region)
        };
        let all = unclear.chain(unlisted).chain(doubt.cloned()).reduce(|a, b| a.and(&b));
        all.map_or_else(|| Fact::known(false), Fact::unknown)
    }
}
