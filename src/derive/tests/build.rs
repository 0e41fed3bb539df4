//! Small estates.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::derive::derive;
use crate::model::account::Account;
use crate::model::backup::{
    CopyAction, Lifecycle, Plan, PlanRule, RecoveryPoint, Selection, TagCondition, TagOperator, Vault, VaultLock,
};
use crate::model::derived::{BucketDerived, Derived, KeyDerived, PlanDerived, VaultDerived};
use crate::model::fact::Fact;
use crate::model::gap::{Gap, GapKind};
use crate::model::identity::ResourceId;
use crate::model::kms::Key;
use crate::model::position::{Point, Position};
use crate::model::resource::{Facts, Link, Origin, Resource, Tags};
use crate::model::s3::{Bucket, Destination, Encryption, LifecycleRule, ReplicationConfiguration, ReplicationRule};
use crate::model::settings::Settings;
use crate::model::snapshot::{Listing, Snapshot, Source};
use crate::model::trail::{DataEvents, Trail};
use crate::model::workload::{ProtectedWorkload, WorkloadDerived};

pub const ACCOUNT: &str = "111122223333";
pub const OTHER_ACCOUNT: &str = "444455556666";
pub const HOME: &str = "eu-west-1";
pub const AWAY: &str = "eu-central-1";
pub const DAY: SignedDuration = SignedDuration::from_hours(24);

pub fn known(text: &str) -> Fact<String> {
    Fact::known(text.to_owned())
}

/// As [`known`], for facts of which there may be very many.
pub fn text(text: &str) -> Fact<Arc<str>> {
    Fact::known(text.into())
}

pub fn link(text: &str) -> Link {
    Link::text(known(text))
}

pub fn at(line: u32) -> Option<Arc<Position>> {
    let point = Point { line, column: 1 };
    Some(Arc::new(Position { file: "t.yaml".into(), start: point, end: point }))
}

pub fn now() -> Timestamp {
    "2026-03-10T12:00:00Z".parse().unwrap()
}

/// A live resource of the home account.
pub fn live(region: &str, kind: &str, arn: &str, name: &str, facts: Facts) -> Resource {
    Resource {
        id: ResourceId {
            root: None,
            partition: Some("aws".into()),
            account: Some(ACCOUNT.into()),
            region: Some(region.into()),
            kind: kind.into(),
            id: arn.into(),
        },
        name: name.into(),
        origin: Origin::Live,
        exists: Fact::known(true),
        tags: Tags::default(),
        suppressions: Vec::new(),
        removal: None,
        facts,
    }
}

/// The same resource as a template without account and Region declares it.
pub fn declared(mut resource: Resource, root: &str) -> Resource {
    let id: Arc<str> = resource.name.clone();
    resource.id = ResourceId {
        root: Some(root.into()),
        partition: None,
        account: None,
        region: None,
        kind: resource.id.kind.clone(),
        id: id.clone(),
    };
    resource.origin = Origin::Declared { header: at(1).unwrap(), address: id };
    resource
}

pub fn tagged(mut resource: Resource, key: &str, value: Fact<String>) -> Resource {
    resource.tags.entries.insert(key.into(), value);
    resource
}

pub fn bucket_facts(name: &str) -> Bucket {
    Bucket {
        bucket_name: known(name),
        versioning: Fact::absent(),
        mfa_delete: Fact::known(false),
        encryption: Fact::known(Encryption { algorithm: known("AES256"), key: Fact::absent() }),
        object_lock: Fact::absent(),
        public_access_block: Fact::absent(),
        replication: Fact::absent(),
        lifecycle: Fact::absent(),
        logging_target: Fact::absent(),
        policy: Fact::absent(),
    }
}

pub fn bucket_of(region: &str, facts: Bucket) -> Resource {
    let name = facts.bucket_name.value().cloned().unwrap_or_else(|| "unnamed".to_owned());
    live(region, "AWS::S3::Bucket", &format!("arn:aws:s3:::{name}"), &name, Facts::Bucket(Box::new(facts)))
}

pub fn bucket(name: &str) -> Resource {
    bucket_of(HOME, bucket_facts(name))
}

pub fn versioned(name: &str) -> Bucket {
    Bucket { versioning: known("Enabled"), ..bucket_facts(name) }
}

/// Versioned, but its noncurrent versions live for a day only: what protects it must be something else.
pub fn barely_versioned(name: &str) -> Bucket {
    Bucket { lifecycle: Fact::known(vec![expires_noncurrent(1)]), ..versioned(name) }
}

pub fn expires_noncurrent(days: i64) -> LifecycleRule {
    LifecycleRule {
        id: Fact::absent(),
        enabled: Fact::known(true),
        whole_bucket: Fact::known(true),
        expire_days: Fact::absent(),
        noncurrent_expire_days: Fact::known(days),
        noncurrent_keep: Fact::absent(),
        abort_uploads_days: Fact::absent(),
        transitions: Fact::absent(),
        noncurrent_transitions: Fact::absent(),
    }
}

pub fn replicates_to(destination: Link) -> Fact<ReplicationConfiguration> {
    Fact::known(ReplicationConfiguration {
        role: Fact::known(link("arn:aws:iam::111122223333:role/replication")),
        rules: Fact::known(vec![ReplicationRule {
            id: Fact::absent(),
            enabled: Fact::known(true),
            priority: Fact::absent(),
            prefix: Fact::absent(),
            tag_filter: Fact::absent(),
            delete_markers: Fact::known(false),
            kms_objects: Fact::known(false),
            replica_key: Fact::absent(),
            destination: Destination {
                bucket: destination,
                account: Fact::absent(),
                changes_owner: Fact::known(false),
                exists: Fact::unknown("not looked at"),
                region: Fact::unknown("not looked at"),
                versioning: Fact::unknown("not looked at"),
                storage_class: Fact::absent(),
                metrics: Fact::known(false),
            },
        }]),
    })
}

pub fn workload(kind: &str, backup_type: &str, arn: &str) -> Resource {
    let facts = ProtectedWorkload { arn: known(arn), backup_type: known(backup_type), last_backup: Fact::absent() };
    live(HOME, kind, arn, arn.rsplit('/').next().unwrap(), Facts::Workload(Box::new(facts)))
}

pub fn volume() -> Resource {
    workload("AWS::EC2::Volume", "EBS", VOLUME)
}

pub const VOLUME: &str = "arn:aws:ec2:eu-west-1:111122223333:volume/vol-1";

pub fn vault_arn(region: &str, name: &str) -> String {
    format!("arn:aws:backup:{region}:{ACCOUNT}:backup-vault:{name}")
}

pub fn vault_facts(name: &str) -> Vault {
    Vault {
        vault_name: known(name),
        vault_type: known("BACKUP_VAULT"),
        key: Fact::absent(),
        lock: Fact::absent(),
        notifications: Fact::absent(),
        policy: Fact::absent(),
        approval_team: Fact::absent(),
        recovery_points: Fact::known(0),
    }
}

pub fn vault_of(region: &str, facts: Vault) -> Resource {
    let name = facts.vault_name.value().unwrap().clone();
    live(region, "AWS::Backup::BackupVault", &vault_arn(region, &name), &name, Facts::Vault(Box::new(facts)))
}

pub fn vault(name: &str) -> Resource {
    vault_of(HOME, vault_facts(name))
}

pub fn lock(min_days: i64, max_days: i64) -> VaultLock {
    VaultLock {
        min_retention: Fact::known(SignedDuration::from_hours(24 * min_days)),
        max_retention: Fact::known(SignedDuration::from_hours(24 * max_days)),
        lock_date: Fact::absent(),
        compliance: Fact::known(false),
    }
}

pub fn keeps(days: i64) -> Fact<Lifecycle> {
    Fact::known(Lifecycle {
        delete_after_days: Fact::known(days),
        cold_after_days: Fact::absent(),
        archive_opt_in: Fact::known(false),
    })
}

pub fn rule(name: &str, vault: &str, days: i64) -> PlanRule {
    PlanRule {
        name: known(name),
        rule_id: known(name),
        target_vault: link(vault),
        schedule: Fact::absent(),
        timezone: Fact::absent(),
        start_window_minutes: Fact::known(60),
        completion_window_minutes: Fact::absent(),
        continuous: Fact::known(false),
        lifecycle: keeps(days),
        copies: Fact::absent(),
    }
}

pub fn copies_to(arn: &str) -> Fact<Vec<CopyAction>> {
    Fact::known(vec![CopyAction { destination: link(arn), lifecycle: keeps(35) }])
}

pub fn plan(rules: Vec<PlanRule>) -> Resource {
    let facts = Plan {
        plan_name: known("daily"),
        plan_id: known("p-1"),
        rules: Fact::known(rules),
        created: Fact::known(now() - DAY * 400),
        last_run: Fact::absent(),
    };
    let arn = "arn:aws:backup:eu-west-1:111122223333:backup-plan:p-1";
    live(HOME, "AWS::Backup::BackupPlan", arn, "daily", Facts::Plan(Box::new(facts)))
}

/// A second plan, and a selection of it that names this resource.
pub fn second_plan(rules: Vec<PlanRule>, arn: &str) -> [Resource; 2] {
    let mut other = plan(rules);
    other.id.id = "arn:aws:backup:eu-west-1:111122223333:backup-plan:p-2".into();
    other.name = "other".into();
    if let Facts::Plan(facts) = &mut other.facts {
        facts.plan_name = known("other");
        facts.plan_id = known("p-2");
    }
    let mut assigned = selection_of(Selection { plan: link("p-2"), ..selection_facts(&[arn]) });
    assigned.id.id = "p-2/selection/s-1".into();
    [other, assigned]
}

pub fn change_plan(mut resource: Resource, change: impl FnOnce(&mut Plan)) -> Resource {
    if let Facts::Plan(facts) = &mut resource.facts {
        change(facts);
    }
    resource
}

pub fn selection_facts(arns: &[&str]) -> Selection {
    Selection {
        selection_name: known("all"),
        plan: link("p-1"),
        role: Fact::known(link("arn:aws:iam::111122223333:role/backup")),
        resources: Fact::known(arns.iter().map(|arn| link(arn)).collect()),
        not_resources: Fact::absent(),
        list_of_tags: Fact::absent(),
        conditions: Fact::absent(),
    }
}

pub fn selects(arns: &[&str]) -> Resource {
    selection_of(selection_facts(arns))
}

pub fn selection_of(facts: Selection) -> Resource {
    live(HOME, "AWS::Backup::BackupSelection", "p-1/selection/s-1", "all", Facts::Selection(Box::new(facts)))
}

pub fn selects_tag(key: &str, value: &str) -> Selection {
    let condition = TagCondition { operator: TagOperator::StringEquals, key: known(key), value: known(value) };
    Selection { resources: Fact::absent(), list_of_tags: Fact::known(vec![condition]), ..selection_facts(&[]) }
}

pub fn point(region: &str, id: &str, of: &str, hours_old: i64) -> Resource {
    let arn = format!("arn:aws:backup:{region}:{ACCOUNT}:recovery-point:{id}");
    let facts = RecoveryPoint {
        vault: vault_arn(region, "main").into(),
        resource: text(of),
        resource_type: text("EBS"),
        status: text("COMPLETED"),
        created: Fact::known(now() - SignedDuration::from_hours(hours_old)),
        delete_at: Fact::absent(),
        cold_at: Fact::absent(),
        encrypted: Fact::known(true),
        key: Fact::absent(),
        copied_from: Fact::absent(),
        plan: Fact::absent(),
        rule: Fact::absent(),
    };
    live(region, "AWS::Backup::RecoveryPoint", &arn, id, Facts::RecoveryPoint(Box::new(facts)))
}

pub fn change_point(mut resource: Resource, change: impl FnOnce(&mut RecoveryPoint)) -> Resource {
    if let Facts::RecoveryPoint(facts) = &mut resource.facts {
        change(facts);
    }
    resource
}

pub fn key_facts(id: &str) -> Key {
    Key {
        key_id: known(id),
        manager: known("CUSTOMER"),
        state: known("Enabled"),
        deletion_date: Fact::absent(),
        spec: known("SYMMETRIC_DEFAULT"),
        usage: known("ENCRYPT_DECRYPT"),
        origin: known("AWS_KMS"),
        rotation: Fact::known(true),
        multi_region: Fact::absent(),
        related_regions: Fact::absent(),
        aliases: Fact::known(vec![format!("alias/{id}")]),
        policy: Fact::absent(),
    }
}

pub fn key_arn(id: &str) -> String {
    format!("arn:aws:kms:{HOME}:{ACCOUNT}:key/{id}")
}

pub fn key_of(facts: Key) -> Resource {
    let id = facts.key_id.value().unwrap().clone();
    live(HOME, "AWS::KMS::Key", &key_arn(&id), &id, Facts::Key(Box::new(facts)))
}

/// A trail that logs data events of these starts of ARNs, of readings and writings.
pub fn trail_facts(starts: &[&str]) -> Trail {
    let events = DataEvents {
        read_write: known("All"),
        arn_starts: Fact::known(starts.iter().map(ToString::to_string).collect()),
        not_arn_starts: Fact::known(Vec::new()),
        narrowed: Fact::known(false),
    };
    Trail {
        logging: Fact::known(true),
        delivery_error: Fact::absent(),
        multi_region: Fact::known(true),
        organization: Fact::known(false),
        validated: Fact::known(true),
        bucket: known("trail-logs"),
        management_events: known("All"),
        s3_data_events: Fact::known(vec![events]),
    }
}

pub fn trail_of(region: &str, facts: Trail) -> Resource {
    let arn = format!("arn:aws:cloudtrail:{region}:{ACCOUNT}:trail/t");
    live(region, "AWS::CloudTrail::Trail", &arn, "t", Facts::Trail(Box::new(facts)))
}

pub fn account_facts() -> Account {
    Account {
        public_access_block: Fact::absent(),
        organizational_units: Fact::absent(),
        organization: Fact::absent(),
        service_control: Fact::absent(),
        root: Fact::unknown("not read"),
        backup_global: Fact::unknown("not read"),
    }
}

pub fn account_of(facts: Account) -> Resource {
    live("global", "AWS::Account", ACCOUNT, ACCOUNT, Facts::Account(Box::new(facts)))
}

/// A live snapshot in which every list of both Regions was read to its end.
pub fn estate(resources: Vec<Resource>) -> Snapshot {
    let mut snapshot = Snapshot { taken_at: Some(now()), source: Source::Live, resources, ..Snapshot::default() };
    let kinds = [
        "AWS::Backup::BackupPlan",
        "AWS::Backup::BackupVault",
        "AWS::CloudTrail::Trail",
        "AWS::Config::ConfigurationRecorder",
        "AWS::Events::Rule",
        "AWS::KMS::Key",
        "AWS::Backup::RestoreJob",
        "AWS::Backup::RestoreTestingPlan",
        "Backstop::ProtectedResource",
    ];
    for region in [HOME, AWAY] {
        for kind in kinds {
            snapshot.listed.insert(listing(kind, region, None));
        }
    }
    let vaults = snapshot.resources.iter().filter(|resource| matches!(resource.facts, Facts::Vault(_)));
    let parents: Vec<_> = vaults.map(|vault| (vault.id.region.clone().unwrap(), vault.id.id.clone())).collect();
    for (region, arn) in parents {
        snapshot.listed.insert(listing("AWS::Backup::RecoveryPoint", &region, Some(&arn)));
    }
    snapshot.listed.insert(listing("AWS::Backup::BackupSelection", HOME, Some("p-1")));
    for kind in ["AWS::S3::Bucket", "AWS::IAM::Role", "AWS::IAM::User"] {
        snapshot.listed.insert(listing(kind, "global", None));
    }
    let tests = snapshot.resources.iter().filter(|resource| matches!(resource.facts, Facts::RestoreTestingPlan(_)));
    let parents: Vec<_> = tests.map(|plan| (plan.id.region.clone().unwrap(), plan.id.id.clone())).collect();
    for (region, arn) in parents {
        snapshot.listed.insert(listing("AWS::Backup::RestoreTestingSelection", &region, Some(&arn)));
    }
    snapshot.sort();
    snapshot
}

pub fn listing(kind: &str, region: &str, parent: Option<&str>) -> Listing {
    Listing { kind: kind.into(), account: ACCOUNT.into(), region: region.into(), parent: parent.map(Into::into) }
}

/// What one template declares.
pub fn template(resources: Vec<Resource>) -> Snapshot {
    let resources = resources.into_iter().map(|resource| declared(resource, "t.yaml")).collect();
    let mut snapshot = Snapshot { resources, ..Snapshot::default() };
    snapshot.sort();
    snapshot
}

/// A file that may hold anything.
pub fn broken_file() -> Gap {
    Gap {
        kind: GapKind::BrokenFile,
        account: None,
        region: None,
        operation: "parse".into(),
        subject: Some("plans.yaml".into()),
        code: "BrokenTemplate".into(),
        message: "a value was expected".into(),
        leaves_unknown: "all that the template declares".into(),
        permission: None,
        at: None,
    }
}

pub fn complete() -> Settings {
    Settings { complete: true, ..Settings::default() }
}

/// What is derived for the resource of this name.
pub fn derived(snapshot: &Snapshot, settings: &Settings, name: &str) -> Derived {
    let now = (snapshot.source == Source::Live).then(now);
    let subjects = derive(snapshot, settings, now);
    let named = subjects.into_iter().find(|subject| &*subject.resource.name == name);
    named.unwrap_or_else(|| panic!("nothing is derived for `{name}`")).derived
}

pub fn of_workload(snapshot: &Snapshot, settings: &Settings, name: &str) -> WorkloadDerived {
    match derived(snapshot, settings, name) {
        Derived::Bucket(bucket) => bucket.workload,
        Derived::Workload(workload) => *workload,
        other => panic!("`{name}` is no workload: {other:?}"),
    }
}

pub fn of_bucket(snapshot: &Snapshot, settings: &Settings, name: &str) -> BucketDerived {
    match derived(snapshot, settings, name) {
        Derived::Bucket(bucket) => *bucket,
        other => panic!("`{name}` is no bucket: {other:?}"),
    }
}

pub fn of_vault(snapshot: &Snapshot, settings: &Settings, name: &str) -> VaultDerived {
    match derived(snapshot, settings, name) {
        Derived::Vault(vault) => *vault,
        other => panic!("`{name}` is no vault: {other:?}"),
    }
}

pub fn of_plan(snapshot: &Snapshot, settings: &Settings) -> PlanDerived {
    match derived(snapshot, settings, "daily") {
        Derived::Plan(plan) => *plan,
        other => panic!("no plan: {other:?}"),
    }
}

pub fn of_key(snapshot: &Snapshot, settings: &Settings, name: &str) -> KeyDerived {
    match derived(snapshot, settings, name) {
        Derived::Key(key) => *key,
        other => panic!("`{name}` is no key: {other:?}"),
    }
}
