//! A generated estate: pairs of Regions with 10,000 resources each, always the same for the same number.
//!
//! Of 10,000 resources 20 are keys, 4 vaults and 2 plans; nine of ten of the others are buckets, the rest volumes with
//! a recovery point at home and its copy in the recovery Region.

use std::sync::Arc;

use backstop::model::account::{Account, Region};
use backstop::model::backup::{
    CopyAction, Lifecycle, Plan, PlanRule, RecoveryPoint, Selection, TagCondition, TagOperator, Vault, VaultLock,
};
use backstop::model::events::EventRule;
use backstop::model::fact::{Cure, Fact, Reason, Reasons};
use backstop::model::identity::ResourceId;
use backstop::model::kms::Key;
use backstop::model::resource::{Facts, Link, Origin, Resource, Tags};
use backstop::model::s3::{
    Bucket, Destination, Encryption, LifecycleRule, ObjectLock, PublicAccessBlock, ReplicationConfiguration,
    ReplicationRule,
};
use backstop::model::snapshot::{Listing, Snapshot, Source};
use backstop::model::workload::ProtectedWorkload;
use jiff::{SignedDuration, Timestamp};

const ACCOUNT: &str = "111122223333";
const PER_REGION: u64 = 10_000;
const KEYS: u64 = 20;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The moment at which the estate is judged.
pub const NOW: Timestamp = Timestamp::constant(1_773_144_000, 0);

/// A live estate with this many judged resources; recovery points and selections come on top.
pub fn estate(size: u64) -> Snapshot {
    let mut snapshot = Snapshot { taken_at: Some(NOW), source: Source::Live, ..Snapshot::default() };
    let mut left = size;
    let facts = Account {
        public_access_block: Fact::absent(),
        organizational_units: Fact::known(vec!["ou-1".to_owned()]),
        service_control: Fact::absent(),
        organization: Fact::absent(),
        root: Fact::absent(),
        backup_global: Fact::absent(),
    };
    let arn = format!("arn:aws:iam::{ACCOUNT}:root");
    Maker::new(0, &mut snapshot).add("global", "AWS::Account", arn, "account", Facts::Account(Box::new(facts)));
    let mut number = 0;
    while left > 0 {
        let share = left.min(PER_REGION);
        Maker::new(number, &mut snapshot).fill(share);
        left -= share;
        number += 1;
    }
    snapshot.resources.shrink_to_fit();
    snapshot.sort();
    snapshot
}

/// Splitmix64: numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    /// A number under 1000.
    fn permille(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % 1000
    }
}

struct Maker<'s> {
    snapshot: &'s mut Snapshot,
    number: u64,
    account: Arc<str>,
    home: Arc<str>,
    away: Arc<str>,
    dice: Dice,
    denied: Reasons,
}

impl<'s> Maker<'s> {
    fn new(number: u64, snapshot: &'s mut Snapshot) -> Self {
        let denied = Reason::new("`GetBucketConfiguration` was denied")
            .cured_by(Cure::Permission("s3:GetBucketConfiguration".to_owned()));
        Self {
            snapshot,
            number,
            account: ACCOUNT.into(),
            home: format!("eu-west-{}", number + 1).into(),
            away: format!("eu-central-{}", number + 1).into(),
            dice: Dice(number),
            denied: denied.into(),
        }
    }

    fn fill(&mut self, share: u64) {
        for region in self.regions() {
            self.region(&region);
        }
        for key in 0..KEYS {
            self.key(key);
        }
        self.plan("daily", "standard");
        self.plan("four-hourly", "critical");
        for workload in 0..share.saturating_sub(KEYS + 6) {
            if workload % 10 == 9 { self.volume(workload) } else { self.bucket(workload) }
        }
    }

    fn region(&mut self, region: &str) {
        let on = || [("EBS", true), ("S3", true)].map(|(name, on)| (name.to_owned(), on)).into();
        let managed = [("EBS", false), ("S3", true)].map(|(name, on)| (name.to_owned(), on)).into();
        let facts = Region { backup_opt_in: Fact::known(on()), backup_full_management: Fact::known(managed) };
        let id = format!("{ACCOUNT}/{region}");
        self.add(region, "AWS::Region", id, region, Facts::Region(Box::new(facts)));
        for kind in ["AWS::Backup::BackupPlan", "AWS::Backup::BackupVault", "AWS::KMS::Key", "AWS::Events::Rule"] {
            self.list(kind, region, None);
        }
        let rule = EventRule {
            enabled: Fact::known(true),
            pattern: known(r#"{"source":["aws.backup"]}"#),
            targets: Fact::known(1),
            bus: known("default"),
        };
        let arn = format!("arn:aws:events:{region}:{ACCOUNT}:rule/backup");
        self.add(region, "AWS::Events::Rule", arn, "backup", Facts::EventRule(Box::new(rule)));
        for name in ["main", "spare"] {
            let arn = self.vault_arn(region, name);
            self.list("AWS::Backup::RecoveryPoint", region, Some(&arn));
            let facts = Vault {
                vault_name: known(name),
                vault_type: known("BACKUP_VAULT"),
                key: Fact::known(Link::text(known(&self.key_arn(0)))),
                lock: Fact::known(VaultLock {
                    min_retention: Fact::known(DAY * 7),
                    max_retention: Fact::known(DAY * 3_650),
                    lock_date: Fact::known(NOW - DAY * 300),
                    compliance: Fact::known(true),
                }),
                notifications: Fact::absent(),
                policy: Fact::absent(),
                approval_team: Fact::absent(),
                recovery_points: Fact::known(i64::from(name == "main")),
            };
            self.add(region, "AWS::Backup::BackupVault", arn, name, Facts::Vault(Box::new(facts)));
        }
    }

    fn key(&mut self, number: u64) {
        let arn = self.key_arn(number);
        let facts = Key {
            key_id: known(arn.rsplit('/').next().unwrap_or_default()),
            manager: known("CUSTOMER"),
            state: known("Enabled"),
            deletion_date: Fact::absent(),
            spec: known("SYMMETRIC_DEFAULT"),
            usage: known("ENCRYPT_DECRYPT"),
            origin: known("AWS_KMS"),
            rotation: Fact::known(!number.is_multiple_of(5)),
            multi_region: Fact::absent(),
            related_regions: Fact::absent(),
            aliases: Fact::known(vec![format!("alias/data-{number}")]),
            policy: Fact::absent(),
        };
        self.add(
            &self.home.clone(),
            "AWS::KMS::Key",
            arn,
            &format!("alias/data-{number}"),
            Facts::Key(Box::new(facts)),
        );
    }

    /// A plan that selects what bears this tier, twelve times a day for `critical`, with a copy in the other Region.
    fn plan(&mut self, name: &str, tier: &str) {
        let lifecycle = || {
            Fact::known(Lifecycle {
                delete_after_days: Fact::known(365),
                cold_after_days: Fact::absent(),
                archive_opt_in: Fact::known(false),
            })
        };
        let schedule = if tier == "critical" { "cron(0 */2 * * ? *)" } else { "cron(0 5 * * ? *)" };
        let id = format!("{name}-{}", self.home);
        let rule = PlanRule {
            name: known(name),
            rule_id: known(name),
            target_vault: Link::text(known("main")),
            schedule: known(schedule),
            timezone: Fact::absent(),
            start_window_minutes: Fact::known(60),
            completion_window_minutes: Fact::known(180),
            continuous: Fact::known(false),
            lifecycle: lifecycle(),
            copies: Fact::known(vec![CopyAction {
                destination: Link::text(known(&self.vault_arn(&self.away, "main"))),
                lifecycle: lifecycle(),
            }]),
        };
        let facts = Plan {
            plan_name: known(name),
            plan_id: known(&id),
            rules: Fact::known(vec![rule]),
            created: Fact::known(NOW - DAY * 400),
            last_run: Fact::known(NOW - DAY),
        };
        let arn = format!("arn:aws:backup:{}:{ACCOUNT}:backup-plan:{id}", self.home);
        self.add(&self.home.clone(), "AWS::Backup::BackupPlan", arn.clone(), name, Facts::Plan(Box::new(facts)));
        self.list("AWS::Backup::BackupSelection", &self.home.clone(), Some(&id));
        self.list("AWS::Backup::BackupSelection", &self.home.clone(), Some(&arn));
        let condition =
            TagCondition { operator: TagOperator::StringEquals, key: known("backup-tier"), value: known(tier) };
        let facts = Selection {
            selection_name: known("by-tier"),
            plan: Link::text(known(&id)),
            role: Fact::known(Link::text(known("arn:aws:iam::111122223333:role/backup"))),
            resources: Fact::known(vec![Link::text(known("arn:aws:ec2:*:*:volume/*"))]),
            not_resources: Fact::absent(),
            list_of_tags: Fact::absent(),
            conditions: Fact::known(vec![condition]),
        };
        let id = format!("{id}/selection/by-tier");
        self.add(&self.home.clone(), "AWS::Backup::BackupSelection", id, "by-tier", Facts::Selection(Box::new(facts)));
    }

    /// A volume in one of both plans; one in ten was backed up too long ago.
    fn volume(&mut self, number: u64) {
        let tier = if number % 20 == 19 { "critical" } else { "standard" };
        let id = format!("vol-{:017x}", self.number * PER_REGION + number);
        let arn = format!("arn:aws:ec2:{}:{ACCOUNT}:volume/{id}", self.home);
        let facts = ProtectedWorkload {
            arn: known(&arn),
            backup_type: known("EBS"),
            last_backup: Fact::known(NOW - SignedDuration::from_hours(1)),
        };
        let age = SignedDuration::from_hours(if self.dice.permille() < 100 { 60 } else { 1 });
        for region in self.regions() {
            let point = RecoveryPoint {
                vault: self.vault_arn(&region, "main").into(),
                resource: text(&arn),
                resource_type: text("EBS"),
                status: text("COMPLETED"),
                created: Fact::known(NOW - age),
                delete_at: Fact::known(NOW + DAY * 30),
                cold_at: Fact::absent(),
                encrypted: Fact::known(true),
                key: text(&self.key_arn(1)),
                copied_from: if region == self.home {
                    Fact::absent()
                } else {
                    text(&self.vault_arn(&self.home, "main"))
                },
                plan: Fact::absent(),
                rule: Fact::absent(),
            };
            let arn = format!("arn:aws:ec2:{region}::snapshot/snap-{id}");
            self.add(&region, "AWS::Backup::RecoveryPoint", arn, &id, Facts::RecoveryPoint(Box::new(point)));
        }
        self.add(&self.home.clone(), "AWS::EC2::Volume", arn, &id, Facts::Workload(Box::new(facts)));
        self.tag(tier);
    }

    /// A bucket: its name, tags and settings; one in ten has something unread, one in five something wrong.
    fn bucket(&mut self, number: u64) {
        let die = self.dice.permille();
        let (unread, wrong) = (die < 100, (100..300).contains(&die));
        let what = self.dice.permille() % 5;
        let name = if number.is_multiple_of(50) {
            format!("backup-{}-{number}", self.home)
        } else {
            format!("data-{}-{number}", self.home)
        };
        let denied = || self.denied.clone();
        let tier = match number % 8 {
            0 => "critical",
            1 | 2 => "standard",
            _ => "relaxed",
        };
        let mut facts = self.sound_bucket(&name, number, tier != "relaxed");
        match what {
            0 if unread => facts.versioning = Fact::unknown(denied()),
            1 if unread => facts.lifecycle = Fact::unknown(denied()),
            2 if unread => facts.public_access_block = Fact::unknown(denied()),
            3 if unread => facts.encryption = Fact::unknown(denied()),
            0 if wrong => facts.versioning = known("Suspended"),
            1 if wrong => facts.lifecycle = Fact::absent(),
            2 if wrong => facts.public_access_block = Fact::absent(),
            3 if wrong => facts.versioning = Fact::absent(),
            _ => {}
        }
        let arn = format!("arn:aws:s3:::{name}");
        self.add(&self.home.clone(), "AWS::S3::Bucket", arn, &name, Facts::Bucket(Box::new(facts)));
        match what {
            4 if unread => {
                let denied = self.denied.clone();
                if let Some(last) = self.snapshot.resources.last_mut() {
                    last.tags = Tags::unread(denied);
                }
            }
            4 if wrong => {}
            _ => self.tag(tier),
        }
    }

    fn sound_bucket(&self, name: &str, number: u64, replicated: bool) -> Bucket {
        let yes = || Fact::known(true);
        let lifecycle = LifecycleRule {
            id: known("default"),
            enabled: yes(),
            whole_bucket: yes(),
            expire_days: Fact::absent(),
            noncurrent_expire_days: Fact::known(400),
            noncurrent_keep: Fact::absent(),
            abort_uploads_days: Fact::known(7),
            transitions: Fact::absent(),
            noncurrent_transitions: Fact::absent(),
        };
        let backup = name.starts_with("backup-");
        Bucket {
            bucket_name: known(name),
            versioning: known("Enabled"),
            mfa_delete: Fact::known(false),
            encryption: Fact::known(Encryption {
                algorithm: known("aws:kms"),
                key: Fact::known(Link::text(known(&self.key_arn(number % KEYS)))),
            }),
            object_lock: if backup {
                Fact::known(ObjectLock { mode: known("COMPLIANCE"), retention: Fact::known(DAY * 35) })
            } else {
                Fact::absent()
            },
            public_access_block: Fact::known(PublicAccessBlock {
                block_public_acls: yes(),
                ignore_public_acls: yes(),
                block_public_policy: yes(),
                restrict_public_buckets: yes(),
            }),
            replication: if replicated || backup {
                Fact::known(ReplicationConfiguration {
                    role: Fact::known(Link::text(known("arn:aws:iam::111122223333:role/replication"))),
                    rules: Fact::known(vec![replicates(name, &self.away)]),
                })
            } else {
                Fact::absent()
            },
            lifecycle: Fact::known(vec![lifecycle]),
            logging_target: Fact::absent(),
            policy: Fact::absent(),
        }
    }

    fn tag(&mut self, tier: &str) {
        if let Some(last) = self.snapshot.resources.last_mut() {
            last.tags.entries.insert("backup-tier".into(), known(tier));
            last.tags.entries.insert("owner".into(), known("team-orders"));
        }
    }

    fn add(&mut self, region: &str, kind: &str, id: String, name: &str, facts: Facts) {
        self.snapshot.resources.push(Resource {
            id: ResourceId {
                root: None,
                partition: Some("aws".into()),
                account: Some(Arc::clone(&self.account)),
                region: Some(region.into()),
                kind: kind.into(),
                id: id.into(),
            },
            name: name.into(),
            origin: Origin::Live,
            exists: Fact::known(true),
            tags: Tags::default(),
            suppressions: Vec::new(),
            removal: None,
            facts,
        });
    }

    fn list(&mut self, kind: &str, region: &str, parent: Option<&str>) {
        self.snapshot.listed.insert(Listing {
            kind: kind.into(),
            account: Arc::clone(&self.account),
            region: region.into(),
            parent: parent.map(Into::into),
        });
    }

    fn regions(&self) -> [Arc<str>; 2] {
        [Arc::clone(&self.home), Arc::clone(&self.away)]
    }

    fn vault_arn(&self, region: &str, name: &str) -> String {
        format!("arn:aws:backup:{region}:{ACCOUNT}:backup-vault:{name}")
    }

    fn key_arn(&self, number: u64) -> String {
        format!("arn:aws:kms:{}:{ACCOUNT}:key/11111111-2222-4333-8444-{number:012}", self.home)
    }
}

/// To a bucket of the other Region that was looked at and is not part of the estate.
fn replicates(name: &str, region: &str) -> ReplicationRule {
    ReplicationRule {
        id: known("dr"),
        enabled: Fact::known(true),
        priority: Fact::known(1),
        prefix: Fact::absent(),
        tag_filter: Fact::absent(),
        delete_markers: Fact::known(false),
        kms_objects: Fact::known(true),
        replica_key: Fact::absent(),
        destination: Destination {
            bucket: Link::text(known(&format!("arn:aws:s3:::{name}-replica"))),
            account: Fact::absent(),
            changes_owner: Fact::known(false),
            exists: Fact::known(true),
            region: known(region),
            versioning: known("Enabled"),
            storage_class: Fact::absent(),
            metrics: Fact::known(true),
        },
    }
}

fn text(text: &str) -> Fact<Arc<str>> {
    Fact::known(text.into())
}

fn known(text: &str) -> Fact<String> {
    Fact::known(text.to_owned())
}
