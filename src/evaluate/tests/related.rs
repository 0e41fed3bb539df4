//! Findings about a workload's protection show the places that it goes through.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::collect::cloudformation::{self, Outcome as Read};
use crate::collect::files::FileOptions;
use crate::derive::derive;
use crate::evaluate::evaluate;
use crate::finding::Finding;
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;
use crate::rule::{RuleSet, load};

static RULES: LazyLock<RuleSet> = LazyLock::new(|| load::load(&[], &BTreeMap::new()).unwrap());

const TEXT: &str = "\
Resources:
  Orders:
    Type: AWS::S3::Bucket
    Properties:
      Tags: [{Key: backup-tier, Value: critical}]
      VersioningConfiguration: {Status: Enabled}
      LifecycleConfiguration: {Rules: [{Status: Enabled, NoncurrentVersionExpiration: {NoncurrentDays: 1}}]}
  Vault:
    Type: AWS::Backup::BackupVault
    Properties:
      BackupVaultName: main
      LockConfiguration: {MinRetentionDays: 1}
  Second:
    Type: AWS::Backup::BackupVault
    Properties: {BackupVaultName: second}
  Plan:
    Type: AWS::Backup::BackupPlan
    Properties:
      BackupPlan:
        BackupPlanName: daily
        BackupPlanRule:
          - RuleName: yearly
            TargetBackupVault: !Ref Vault
            ScheduleExpression: cron(0 5 1 1 ? *)
            Lifecycle: {DeleteAfterDays: 2}
            CopyActions:
              - DestinationBackupVaultArn: !GetAtt Second.BackupVaultArn
          - RuleName: nowhere
            TargetBackupVault: gone
  Selection:
    Type: AWS::Backup::BackupSelection
    Properties:
      BackupPlanId: !Ref Plan
      BackupSelection:
        SelectionName: all
        IamRoleArn: arn:aws:iam::111122223333:role/backup
        Resources: [SELECTS]
";

fn findings(selects: &str) -> Vec<Finding> {
    let text = TEXT.replace("SELECTS", selects);
    let options = FileOptions {
        account: Some("111122223333".into()),
        region: Some("eu-west-1".into()),
        partition: Some("aws".into()),
        ..FileOptions::default()
    };
    let Read::Template { resources, .. } = cloudformation::read(&"t.yaml".into(), &text, &options) else {
        panic!("no template");
    };
    let settings = Settings { complete: true, ..Settings::default() };
    let snapshot = Snapshot { resources, ..Snapshot::default() };
    let subjects = derive(&snapshot, &settings, None);
    let now = "2027-01-01T12:00:00Z".parse().unwrap();
    evaluate(&snapshot, &subjects, &RULES, &settings, now).unwrap().findings
}

/// The places of a rule's finding on the bucket: its own, then `line phrase` of the others.
fn places(findings: &[Finding], rule: &str) -> Vec<String> {
    let finding = findings.iter().find(|f| *f.rule == *rule && &*f.address == "Orders");
    let finding = finding.unwrap_or_else(|| panic!("no finding of {rule}"));
    let own = finding.at.as_ref().unwrap().start.line.to_string();
    let related = finding.related.iter().map(|(at, phrase)| format!("{} {phrase}", at.start.line));
    std::iter::once(own).chain(related).collect()
}

#[test]
fn the_chain_leads_from_the_workload_over_its_plan_to_vaults_and_locks() {
    let findings = findings("!GetAtt Orders.Arn");
    let plan = ["24", "2 what is to be protected", "30 the resource assignment that selects it"];
    assert_eq!(places(&findings, "workload-schedule-meets-rpo"), plan);
    let kept = ["25", plan[1], plan[2], "24 plan daily, rule yearly, which backs it up"];
    assert_eq!(places(&findings, "workload-retention-meets-objective"), kept);
    let copied = ["27", plan[1], plan[2], kept[3], "13 the vault of these copies, second"];
    assert_eq!(places(&findings, "workload-copied-to-recovery-region"), copied);
    // What has nothing to do with protection shows nothing.
    assert_eq!(places(&findings, "s3-replication-enabled"), ["2"]);
}

#[test]
fn what_only_may_protect_is_said_to() {
    let whole = [
        "23",
        "2 what is to be protected",
        "30 the resource assignment that may select it",
        "24 plan daily, rule yearly, which may back it up",
        "8 the vault of these backups, main",
        "12 the lock of main",
        "27 perhaps a copy of its backups",
        "13 the vault of these copies, second",
    ];
    assert_eq!(places(&findings("!ImportValue x"), "workload-backups-immutable"), whole);
}
