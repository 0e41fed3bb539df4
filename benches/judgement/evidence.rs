//! A Region with a hundred volumes and very many recovery points and jobs of them, as the collectors leave it: what many
//! share is kept once.

use std::sync::Arc;

use backstop::model::backup::job::BackupJob;
use backstop::model::backup::{PlanRuleName, RecoveryPoint};
use backstop::model::fact::Fact;
use backstop::model::intern::Interner;
use backstop::model::resource::{Facts, Resource, Tags};
use backstop::model::snapshot::{Listing, Snapshot};
use jiff::SignedDuration;

use super::estate::{self, NOW};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";
const VOLUMES: u64 = 100;
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The estate: one point in a hundred is unencrypted, and one job in a hundred failed.
pub fn estate(points: u64, jobs: u64) -> Snapshot {
    let mut snapshot = estate::estate(VOLUMES);
    let mut texts = Interner::default();
    let unread = Tags::unread("only the newest are asked for their tags");
    let vault = format!("arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:main");
    for number in 0..points {
        let id = format!("{number:032x}");
        let arn = format!("arn:aws:backup:{REGION}:{ACCOUNT}:recovery-point:{id}");
        let age = HOUR * i32::try_from(number / VOLUMES + 1).unwrap_or(i32::MAX);
        let rule = PlanRuleName { id: Some("rule-1".into()), name: Some("daily".into()) };
        let plan = format!("arn:aws:backup:{REGION}:{ACCOUNT}:backup-plan:daily-{REGION}");
        let key = format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-4333-8444-{:012}", number % 3);
        let facts = RecoveryPoint {
            vault: texts.text(&vault),
            resource: Fact::known(volume(&mut texts, number)),
            resource_type: Fact::known(texts.text("EBS")),
            status: Fact::known(texts.text("COMPLETED")),
            created: Fact::known(NOW - age),
            delete_at: Fact::known(NOW - age + HOUR * (24 * 365)),
            cold_at: Fact::absent(),
            encrypted: Fact::known(!number.is_multiple_of(100)),
            key: Fact::known(texts.text(&key)),
            copied_from: Fact::absent(),
            plan: Fact::known(texts.text(&plan)),
            rule: Fact::known(texts.rule(rule)),
        };
        let facts = Facts::RecoveryPoint(Box::new(facts));
        snapshot.resources.push(resource(&mut texts, "AWS::Backup::RecoveryPoint", &arn, &id, unread.clone(), facts));
    }
    for number in 0..jobs {
        let id = format!("{number:032x}");
        let failed = number.is_multiple_of(100);
        let facts = BackupJob {
            state: Fact::known(texts.text(if failed { "FAILED" } else { "COMPLETED" })),
            resource: Fact::known(volume(&mut texts, number)),
            resource_type: Fact::known(texts.text("EBS")),
            created: Fact::known(NOW - HOUR),
            completed: Fact::known(NOW),
            vault: Fact::known(texts.text(&vault)),
            plan: Fact::known(texts.text("daily")),
            rule: Fact::known(texts.text("rule-1")),
            message_category: Fact::known(texts.text(if failed { "AccessDenied" } else { "SUCCESS" })),
            nested: false,
        };
        let facts = Facts::BackupJob(Box::new(facts));
        snapshot.resources.push(resource(&mut texts, "AWS::Backup::BackupJob", &id, &id, Tags::default(), facts));
    }
    for kind in ["AWS::Backup::BackupJob", "AWS::Backup::CopyJob"] {
        let (kind, account, region) = (kind.into(), ACCOUNT.into(), REGION.into());
        snapshot.listed.insert(Listing { kind, account, region, parent: None });
    }
    snapshot.sort();
    snapshot
}

fn volume(texts: &mut Interner, number: u64) -> Arc<str> {
    texts.text(&format!("arn:aws:ec2:{REGION}:{ACCOUNT}:volume/vol-{:017x}", number % VOLUMES))
}

fn resource(texts: &mut Interner, kind: &str, id: &str, name: &str, tags: Tags, facts: Facts) -> Resource {
    use backstop::model::identity::ResourceId;
    use backstop::model::resource::Origin;

    Resource {
        id: ResourceId {
            root: None,
            partition: Some(texts.text("aws")),
            account: Some(texts.text(ACCOUNT)),
            region: Some(texts.text(REGION)),
            kind: texts.text(kind),
            id: id.into(),
        },
        name: name.into(),
        origin: Origin::Live,
        exists: Fact::known(true),
        tags,
        suppressions: Vec::new(),
        removal: None,
        facts,
    }
}
