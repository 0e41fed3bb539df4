//! Executes the guides of the shipped rules: what they tell people to write must pass.

mod terraform;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use jiff::Timestamp;

use crate::collect::cloudformation::{self, Outcome};
use crate::collect::files::FileOptions;
use crate::derive::derive;
use crate::evaluate::evaluate;
use crate::finding::report::Report;
use crate::finding::severity::Severity;
use crate::finding::verdict::Verdict;
use crate::model::account::Region;
use crate::model::fact::Fact;
use crate::model::identity::ResourceId;
use crate::model::resource::{Facts, Origin, Resource, Tags};
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;
use crate::rule::{Rule, RuleSet, load, template};

const ACCOUNT: &str = "111122223333";
const HOME: &str = "eu-west-1";
const AWAY: &str = "eu-central-1";

/// What stands in the recovery Region before a stack whose copies lead there can be deployed.
const RECOVERY_VAULT: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Vault:
    Type: AWS::Backup::BackupVault
    Properties:
      BackupVaultName: recovery
      LockConfiguration:
        MinRetentionDays: 7
        MaxRetentionDays: 400
        ChangeableForDays: 3
";

/// Guides whose template is not the whole estate, but says in a comment which stack stands beside it in the other
/// Region: that of another rule's guide, or [`RECOVERY_VAULT`]. The Region of the guide's own stack comes first.
const BESIDE: [(&str, &str, Option<&str>); 16] = [
    ("backup-copy-jobs-succeed", HOME, None),
    ("kms-key-usable-in-recovery-region", AWAY, Some("workload-copied-to-recovery-region")),
    ("s3-replication-covers-bucket", HOME, Some("s3-replication-destination-ready")),
    ("s3-replication-crosses-account", AWAY, Some("s3-replication-enabled")),
    ("s3-replication-crosses-region", AWAY, Some("s3-replication-enabled")),
    ("s3-replication-destination-ready", AWAY, Some("s3-replication-enabled")),
    ("s3-replication-enabled", HOME, Some("s3-replication-destination-ready")),
    ("s3-replication-role-least-privilege", HOME, Some("s3-replication-destination-ready")),
    ("s3-replication-role-sufficient", HOME, Some("s3-replication-destination-ready")),
    ("workload-copied-to-recovery-region", HOME, None),
    ("workload-not-backed-up-twice", HOME, None),
    ("workload-recovery-copy-fresh", HOME, None),
    ("workload-recovery-point-fresh", HOME, None),
    ("workload-region-opted-in", HOME, None),
    ("workload-retention-meets-objective", HOME, None),
    ("workload-schedule-meets-rpo", HOME, None),
];

/// Guides without a template: what no template can do.
const BY_HAND: [(&str, &str); 2] = [
    ("iac-plan-keeps-backups", "a template does not say what becomes of a stack that is there"),
    ("iam-root-mfa-enabled", "CloudFormation does not reach the root user"),
];

/// Types that no template declares: rules about them are not asked of templates, so their guides cannot pass there.
const NOT_DECLARED: [&str; 3] = ["AWS::Account", "AWS::Region", "Terraform::PlannedChange"];

/// Guides whose setting no type of CloudFormation holds: their template sets it by a function, which nothing here can run.
const BY_FUNCTION: [&str; 1] = ["backup-cross-account-enabled"];

/// Rules of severity high or critical that a guide's template may fail: (guide, rule), and why.
const ALLOWED: [(&str, &str, &str); 7] = [
    ("s3-lifecycle-tiers-down", "s3-replication-enabled", REPLICATED_ELSEWHERE),
    ("s3-mfa-delete-enabled", "s3-replication-enabled", REPLICATED_ELSEWHERE),
    ("s3-object-lock-enabled", "s3-replication-enabled", REPLICATED_ELSEWHERE),
    ("s3-object-lock-retention-set", "s3-replication-enabled", REPLICATED_ELSEWHERE),
    ("s3-object-lock-retention-set", "workload-copied-to-recovery-account", REPLICATED_ELSEWHERE),
    ("s3-object-lock-retention-set", "workload-copied-to-recovery-region", REPLICATED_ELSEWHERE),
    ("s3-policy-protects-backups", "s3-replication-enabled", REPLICATED_ELSEWHERE),
];

const REPLICATED_ELSEWHERE: &str =
    "a replica needs a second stack in another Region and a role: the guide of `s3-replication-enabled` has both";

fn shipped() -> RuleSet {
    load::load(&[], &BTreeMap::new()).unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)))
}

/// A finding's values for every place of the rule's guide, as the tier `standard` would give them.
fn values(rule: &Rule) -> BTreeMap<String, String> {
    let kind = rule.meta.types.first().map(String::as_str).unwrap_or_default();
    // A rule that asks about backup buckets is asked about one.
    let bucket = if rule.reads.touch("backupBucket") { "orders-backup" } else { "orders" };
    let (name, arn) = match kind {
        "AWS::Account" => (ACCOUNT, ACCOUNT.to_owned()),
        "AWS::Region" => (HOME, HOME.to_owned()),
        "AWS::Backup::BackupPlan" => ("orders", format!("arn:aws:backup:{HOME}:{ACCOUNT}:backup-plan:1a2b3c4d")),
        "AWS::Backup::BackupVault" => ("orders", format!("arn:aws:backup:{HOME}:{ACCOUNT}:backup-vault:orders")),
        "AWS::Backup::RestoreTestingPlan" => {
            ("monthly", format!("arn:aws:backup:{HOME}:{ACCOUNT}:restore-testing-plan:monthly"))
        }
        "AWS::Backup::RestoreTestingSelection" => {
            ("buckets", format!("arn:aws:backup:{HOME}:{ACCOUNT}:restore-testing-plan:monthly/selection/buckets"))
        }
        "AWS::Backup::RecoveryPoint" => {
            let id = "1EB3B5E7-9EB0-435A-A80B-108B488B0D45";
            (id, format!("arn:aws:backup:{HOME}:{ACCOUNT}:recovery-point:{id}"))
        }
        "AWS::KMS::Key" => {
            let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
            (id, format!("arn:aws:kms:{HOME}:{ACCOUNT}:key/{id}"))
        }
        "AWS::IAM::Role" => ("orders", format!("arn:aws:iam::{ACCOUNT}:role/orders")),
        "Terraform::PlannedChange" => ("aws_backup_vault.orders", "aws_backup_vault.orders".to_owned()),
        "AWS::S3::Bucket" => (bucket, format!("arn:aws:s3:::{bucket}")),
        _ => ("orders", format!("arn:aws:dynamodb:{HOME}:{ACCOUNT}:table/orders")),
    };
    let known = [
        ("access.copyInGrants", "statement 1"),
        ("access.deletionFaults", "it has no access policy"),
        ("access.destroyers", "role dev: kms:DisableKey on it (AdministratorAccess, statement 1)"),
        ("access.outsiderGrants", "statement 1 (kms:Decrypt)"),
        ("access.protectionFaults", "it has no bucket policy"),
        ("access.versionFaults", "it has no bucket policy"),
        ("account", ACCOUNT),
        ("action", "destroy"),
        ("arn", &arn),
        ("backup.idleFrameworks", "none"),
        ("backupJobs.failed", "3"),
        ("backupJobs.failures", "3 FAILED (AccessDenied)"),
        ("backupJobs.finished", "60"),
        ("config.faults", "there is no recorder"),
        ("config.unrecordedBackupTypes", "AWS::Backup::RecoveryPoint"),
        ("copyJobs.failed", "3"),
        ("copyJobs.failures", "3 FAILED (AccessDenied)"),
        ("copyJobs.finished", "60"),
        ("backup.unrestorableTypes", "S3 buckets"),
        ("backupRole.faults", "it allows s3:* on any resource (own, statement 1)"),
        ("declaredRetention", "35d"),
        ("deletedIn", "12d"),
        ("dependents", "vault orders"),
        ("droppedRules", "rule weekly, kept 7 days"),
        ("encryption.algorithm", "AES256"),
        ("key", "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        ("keyState", "PendingDeletion"),
        ("lastRunAge", "3d"),
        ("lastRunFaults", "restore of arn:aws:s3:::orders is FAILED"),
        ("lifecycleFaults", "daily: 30 days in cold storage"),
        ("lock.compliance", "false"),
        ("lock.maxRetention", "none"),
        ("lock.minRetention", "7d"),
        ("longestGap", "1d"),
        ("of", "vault"),
        ("missingTags", "owner"),
        ("missingVaults", "orders"),
        ("name", name),
        ("grants.by", "ops, statement 1"),
        ("power.administrator", "false"),
        ("power.destroys", "backup:DeleteRecoveryPoint on vault orders (ops, statement 1)"),
        ("power.escalation", "sts:AssumeRole of role admin"),
        ("power.outsiders", "dlm.amazonaws.com for any account"),
        ("power.passes", "iam:PassRole to any service on role backup (ops, statement 1)"),
        ("power.restoreOperator", "false"),
        ("power.withoutMfa", "backup:DeleteRecoveryPoint on vault orders (ops, statement 1)"),
        ("partition", "aws"),
        ("notifications.events", "none"),
        ("objectLock.mode", "none"),
        ("objectLock.retention", "none"),
        ("objective.continuous", "false"),
        ("objective.immutable", "false"),
        ("objective.longRetention", "365d"),
        ("objective.restoreTest", "90d"),
        ("objective.retention", "35d"),
        ("objective.rpo", "1d"),
        ("objective.rto", "1d"),
        ("objective.tier", "standard"),
        ("protection.copyAccounts", "none"),
        ("partition", "aws"),
        ("protection.copyRegions", "none"),
        ("protection.dailyRetention", "35d"),
        ("protection.grace", "1h"),
        ("protection.liesIn", "vault orders (not locked)"),
        ("protection.monthlyRetention", "none"),
        ("protection.needlessPaths", "plan orders, rule daily beside plan other, rule daily"),
        ("protection.newestAccountCopyAge", "2d 4h"),
        ("protection.newestAge", "2d 4h"),
        ("protection.newestCopyAge", "2d 4h"),
        ("protection.paths", "none"),
        ("protection.retention", "7d"),
        ("protection.scheduledRpo", "2d"),
        ("publicAccess.blockPublicAcls", "false"),
        ("publicAccess.blockPublicPolicy", "false"),
        ("publicAccess.ignorePublicAcls", "false"),
        ("publicAccess.restrictPublicBuckets", "false"),
        ("recovery.logged", "false"),
        ("recovery.onlyAdministrators", "false"),
        ("recovery.strangers", "role ops"),
        ("region", HOME),
        ("removal.faults", "without `DeletionPolicy` CloudFormation deletes it with its stack"),
        ("removal.lostOnDelete", "true"),
        ("removal.lostOnReplace", "false"),
        ("replication.destinationFaults", "bucket orders-dr does not exist"),
        ("replication.destinations", "orders-dr"),
        ("replication.destinationsAdmit", "false"),
        ("replication.role", "replicate-orders"),
        ("replication.roleExcess", "policy `all`, statement 1 allows s3:*"),
        ("replication.roleFaults", "s3:ListBucket on arn:aws:s3:::orders"),
        ("reports.silence", "none"),
        ("restoreTesting.exists", "false"),
        ("restores", "arn:aws:s3:::orders"),
        ("restores.copyTestedAge", "none"),
        ("restores.restoreTime", "9h"),
        ("restores.testedAge", "none"),
        ("retention", "7d"),
        ("roleFaults", "selection by-tier: role backup lacks s3:GetObjectVersion and s3:GetObject on orders"),
        ("root.accessKeys", "false"),
        ("root.mfa", "false"),
        ("root.password", "true"),
        ("selectionFaults", "no selection"),
        ("serviceControl.open", "account 444455556666"),
        ("state", "Disabled"),
        ("status", "PARTIAL"),
        ("validationWindowHours", "0"),
        ("vault", "orders"),
        ("versioning", "Suspended"),
        ("warmRules", "rule monthly keeps EFS 365 days in warm storage"),
        ("windowFaults", "rule hourly may start 8h late, and is due again after 1h"),
    ];
    known.into_iter().map(|(path, value)| (format!("resource.{path}"), value.to_owned())).collect()
}

fn filled(rule: &Rule, block: &str) -> String {
    template::fill(block, &values(rule)).unwrap_or_else(|error| panic!("{}: {error}", rule.meta.id))
}

/// Adds the resources of a stack in this Region.
fn deploy(snapshot: &mut Snapshot, stack: &str, text: &str, region: &str) {
    let options = FileOptions {
        account: Some(ACCOUNT.to_owned()),
        region: Some(region.to_owned()),
        partition: Some("aws".to_owned()),
        ..FileOptions::default()
    };
    let file: Arc<str> = format!("{stack}.yaml").into();
    match cloudformation::read(&file, text, &options) {
        Outcome::Template { resources, gaps, .. } => {
            assert_eq!(gaps, Vec::new(), "{stack}");
            snapshot.resources.extend(resources);
        }
        Outcome::Other => panic!("{stack}: no template"),
        Outcome::Broken(gap) => panic!("{stack}: {}", gap.message),
    }
}

/// The estate that a rule's guide tells people to declare.
fn estate(rules: &RuleSet, rule: &Rule) -> Snapshot {
    let mut snapshot = Snapshot::default();
    let Some(block) = rule.meta.guide.cloudformation.as_deref() else {
        assert!(BY_HAND.iter().any(|(id, _)| **id == *rule.meta.id), "{} has no template", rule.meta.id);
        return snapshot;
    };
    let text = filled(rule, block);
    let beside = BESIDE.iter().find(|(id, ..)| **id == *rule.meta.id);
    deploy(&mut snapshot, &rule.meta.id, &text, beside.map_or(HOME, |(_, region, _)| region));
    if let Some((_, region, other)) = beside {
        let text = other.map_or_else(
            || RECOVERY_VAULT.to_owned(),
            // Filled for the bucket that this guide is about.
            |other| filled(rule, rules.get(other).unwrap().meta.guide.cloudformation.as_deref().unwrap()),
        );
        deploy(&mut snapshot, "beside", &text, if *region == HOME { AWAY } else { HOME });
    }
    snapshot.resources.extend(place(&rule.meta.types));
    snapshot.sort();
    snapshot
}

/// The Region and the account that the stack stands in, for rules about them: no template declares those.
fn place(types: &[String]) -> Vec<Resource> {
    let unread = || Fact::unknown("the stack does not say");
    let region = Region { backup_opt_in: unread(), backup_full_management: unread() };
    let place = |kind: &str, region: &str, name: &str, facts: Facts| Resource {
        id: ResourceId {
            root: None,
            partition: Some("aws".into()),
            account: Some(ACCOUNT.into()),
            region: Some(region.into()),
            kind: kind.into(),
            id: name.into(),
        },
        name: name.into(),
        origin: Origin::Live,
        exists: Fact::known(true),
        tags: Tags::default(),
        suppressions: Vec::new(),
        removal: None,
        facts,
    };
    let about = |kind: &str| types.iter().any(|one| one == kind);
    let region = about("AWS::Region").then(|| place("AWS::Region", HOME, HOME, Facts::Region(Box::new(region))));
    region.into_iter().collect()
}

/// What all rules say of an estate.
fn judged(rules: &RuleSet, rule: &Rule, snapshot: &Snapshot) -> Report {
    let mut settings = Settings { complete: true, recovery_regions: vec![AWAY.to_owned()], ..Settings::default() };
    // No built-in tier asks for these: without this, any key, and no copy or continuous backup at all, would pass.
    for tier in settings.tiers.values_mut() {
        tier.customer_key = true;
        tier.air_gapped = true;
        tier.continuous = true;
    }
    let subjects = derive(snapshot, &settings, None);
    let report = evaluate(snapshot, &subjects, rules, &settings, Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(report.errors, Vec::<String>::new(), "{}", rule.meta.id);
    report
}

/// What keeps the rule's own guide from passing it; none where it passes.
fn failure(rule: &Rule, report: &Report) -> Option<String> {
    let counts = report.rules[&rule.meta.id];
    let others = counts.fail + counts.unknown + counts.waived;
    // Files hold no evidence: `recover` rules are held to the other test.
    let declared = rule.meta.types.iter().any(|kind| !NOT_DECLARED.contains(&kind.as_str()));
    if rule.meta.action.needs_evidence() || (others == 0 && (counts.pass > 0 || !declared)) {
        return None;
    }
    let said: Vec<_> = report.findings.iter().filter(|finding| finding.rule == rule.meta.id).collect();
    let said: Vec<_> = said.iter().map(|f| format!("{} {:?} {:?}", f.message, f.verdict, f.missing)).collect();
    Some(format!("{}: {counts:?}\n    {}", rule.meta.id, said.join("\n    ")))
}

/// Rules of severity high or critical that the guide of this one fails.
fn grave(rule: &Rule, report: Report) -> impl Iterator<Item = (String, String, String)> {
    let guide = rule.meta.id.to_string();
    let grave = report.findings.into_iter().filter(|f| f.verdict == Verdict::Fail && f.severity >= Severity::High);
    grave.map(move |finding| (guide.clone(), finding.rule.to_string(), finding.message))
}

/// Demands that these grave findings are those that are allowed, and that all of those are still needed.
fn only_allowed(found: &[(String, String, String)], allowed: &[(&str, &str, &str)]) {
    let is_allowed = |guide: &str, rule: &str| allowed.iter().any(|(a, b, _)| (*a, *b) == (guide, rule));
    let wrong: Vec<_> = found.iter().filter(|(guide, rule, _)| !is_allowed(guide, rule)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    for (guide, rule, _) in allowed {
        assert!(found.iter().any(|(a, b, _)| (&**a, &**b) == (*guide, *rule)), "{guide} does not fail {rule} any more");
    }
}

#[test]
fn the_cloudformation_of_every_guide_passes_its_rule() {
    let rules = shipped();
    let asked = rules.rules.iter().filter(|rule| !BY_FUNCTION.contains(&&*rule.meta.id));
    let wrong: Vec<String> =
        asked.filter_map(|rule| failure(rule, &judged(&rules, rule, &estate(&rules, rule)))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_cloudformation_of_no_guide_brings_another_grave_finding() {
    let rules = shipped();
    let reports = rules.rules.iter().map(|rule| (rule, judged(&rules, rule, &estate(&rules, rule))));
    let found: Vec<_> = reports.flat_map(|(rule, report)| grave(rule, report)).collect();
    only_allowed(&found, &ALLOWED);
}

#[test]
fn the_commands_of_every_guide_are_shell() {
    for rule in &shipped().rules {
        let text = filled(rule, rule.meta.guide.cli.as_deref().unwrap());
        let mut shell = Command::new("sh")
            .arg("-n")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        shell.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = shell.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{}: {said}", rule.meta.id);
    }
}
