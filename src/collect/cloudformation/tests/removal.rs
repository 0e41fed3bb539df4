//! What CloudFormation does with data that leaves its stack.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::*;
use crate::derive::derive;
use crate::evaluate::evaluate;
use crate::finding::verdict::Verdict;
use crate::model::fact::State;
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;
use crate::rule::load;

const HEAD: &str = "
Transform: AWS::LanguageExtensions
Parameters:
  Free: {Type: String}
  Policy: {Type: String, Default: Retain}
Conditions: {Maybe: !Equals [!Ref Free, x], Always: !Equals [a, a]}
";

const fn letter(fact: &Fact<bool>) -> char {
    match fact.state {
        State::Known(true) => 'L',
        State::Known(false) => 'k',
        State::Unknown(_) => '?',
        State::Absent => '-',
    }
}

/// What becomes of the data of a resource when it is deleted, and when it is replaced: `L` lost, `k` kept, `?` unknown; `-`
/// where it is not asked.
fn fate(all: &[Resource], id: &str) -> String {
    named(all, id).removal.as_ref().map_or_else(
        || "-".to_owned(),
        |removal| [letter(&removal.lost_on_delete), letter(&removal.lost_on_replace)].iter().collect(),
    )
}

/// The same of a resource `R`, whose members are these.
fn of(head: &str, members: &str) -> String {
    fate(&resources(&format!("{head}\nResources:\n  R: {{{members}}}\n")), "R")
}

#[test]
fn each_type_has_the_documented_default() {
    let cases = [
        ("AWS::RDS::DBInstance", "kL"),
        ("AWS::RDS::DBCluster", "kL"),
        ("AWS::DocDB::DBCluster", "LL"),
        ("AWS::Neptune::DBCluster", "LL"),
        ("AWS::Redshift::Cluster", "LL"),
        ("AWS::DynamoDB::Table", "LL"),
        ("AWS::EFS::FileSystem", "LL"),
        ("AWS::EC2::Volume", "LL"),
        ("AWS::KMS::Key", "LL"),
        ("AWS::KMS::ReplicaKey", "-"),
        ("AWS::S3::Bucket", "-"),
        ("AWS::Backup::BackupVault", "-"),
        ("AWS::EC2::Instance", "-"),
    ];
    for (kind, wanted) in cases {
        assert_eq!(of("", &format!("Type: {kind}")), wanted, "{kind}");
    }
}

#[test]
fn each_value_means_what_aws_says() {
    let cases = [
        ("DeletionPolicy: Delete", "LL"),
        ("DeletionPolicy: Retain", "kL"),
        ("DeletionPolicy: RetainExceptOnCreate", "kL"),
        ("DeletionPolicy: Snapshot", "kL"),
        ("UpdateReplacePolicy: Retain", "Lk"),
        ("UpdateReplacePolicy: Snapshot", "Lk"),
        ("UpdateReplacePolicy: Delete", "LL"),
        ("DeletionPolicy: Snapshot, UpdateReplacePolicy: Retain", "kk"),
        // No value of theirs: the template is refused.
        ("UpdateReplacePolicy: RetainExceptOnCreate", "L?"),
        ("DeletionPolicy: retain", "?L"),
        ("DeletionPolicy: [Retain]", "?L"),
        ("DeletionPolicy: null", "?L"),
    ];
    for (attributes, wanted) in cases {
        assert_eq!(of("", &format!("Type: AWS::EC2::Volume, {attributes}")), wanted, "{attributes}");
    }
}

#[test]
fn a_snapshot_of_what_has_none_is_refused_or_none() {
    let all = resources(
        "Resources:\n  R: {Type: AWS::DynamoDB::Table, DeletionPolicy: Snapshot, UpdateReplacePolicy: Snapshot}\n",
    );
    assert_eq!(fate(&all, "R"), "?L");
    let removal = named(&all, "R").removal.as_ref().unwrap();
    assert_eq!(
        why(&removal.lost_on_delete),
        ["CloudFormation takes no snapshot of `AWS::DynamoDB::Table`, and may refuse the template"]
    );
    assert!(removal.faults.is_unknown(), "there may be another");
    let volume = resources("Resources:\n  R: {Type: AWS::EC2::Volume, UpdateReplacePolicy: Delete}\n");
    assert_eq!(
        named(&volume, "R").removal.as_ref().unwrap().faults.value().unwrap(),
        &[
            "without `DeletionPolicy` CloudFormation deletes it with its stack",
            "`UpdateReplacePolicy: Delete` deletes what an update replaces"
        ]
    );
    let wrong = resources("Resources:\n  R: {Type: AWS::EC2::Volume, DeletionPolicy: Keep}\n");
    assert_eq!(
        why(&named(&wrong, "R").removal.as_ref().unwrap().lost_on_delete),
        ["`Keep` is no value of `DeletionPolicy`, so CloudFormation refuses the template"]
    );
}

#[test]
fn functions_make_the_attributes_under_the_transform() {
    let cases = [
        ("!Ref Policy", "kL"),
        ("!If [Always, Retain, Delete]", "kL"),
        ("!If [Maybe, Retain, Delete]", "?L"),
        ("!If [Maybe, Retain, RetainExceptOnCreate]", "kL"),
        ("!If [Maybe, Delete, !Ref AWS::NoValue]", "LL"),
        ("!If [Maybe, !Ref Policy, !Ref AWS::NoValue]", "?L"),
        ("!Ref AWS::NoValue", "LL"),
        ("!Ref Free", "?L"),
        ("!Sub 'Re${Free}'", "?L"),
    ];
    for (function, wanted) in cases {
        assert_eq!(of(HEAD, &format!("Type: AWS::DynamoDB::Table, DeletionPolicy: {function}")), wanted, "{function}");
    }
    let absent = resources(&format!(
        "{HEAD}\nResources:\n  R: {{Type: AWS::EC2::Volume, UpdateReplacePolicy: Retain, DeletionPolicy: !If [Maybe, !Ref AWS::NoValue, !Ref AWS::NoValue]}}\n"
    ));
    assert_eq!(
        named(&absent, "R").removal.as_ref().unwrap().faults.value().unwrap(),
        &["without `DeletionPolicy` CloudFormation deletes it with its stack"]
    );
    let without = HEAD.replace("Transform: AWS::LanguageExtensions", "");
    assert_eq!(of(&without, "Type: AWS::DynamoDB::Table, DeletionPolicy: !Ref Policy"), "?L");
    assert_eq!(
        of(HEAD, "Type: AWS::DynamoDB::Table, Condition: Maybe, DeletionPolicy: !If [Maybe, Retain, Delete]"),
        "kL"
    );
    assert_eq!(of(HEAD, "Type: AWS::DynamoDB::Table, 'Fn::Transform': {Name: Mine}, DeletionPolicy: Retain"), "??");
}

#[test]
fn what_is_kept_otherwise_is_not_lost() {
    let cases = [
        ("AWS::RDS::DBInstance", "DeletionProtection: true", "kk"),
        ("AWS::RDS::DBInstance", "DeletionProtection: false", "LL"),
        ("AWS::RDS::DBInstance", "DeletionProtection: !Ref Free", "??"),
        ("AWS::RDS::DBInstance", "DeleteAutomatedBackups: false", "kk"),
        ("AWS::RDS::DBInstance", "DeleteAutomatedBackups: false, BackupRetentionPeriod: 0", "LL"),
        ("AWS::RDS::DBCluster", "DeleteAutomatedBackups: true, BackupRetentionPeriod: 7", "LL"),
        ("AWS::DocDB::DBCluster", "DeletionProtection: true", "kk"),
        ("AWS::Neptune::DBCluster", "DeletionProtection: 'true'", "kk"),
        ("AWS::DynamoDB::Table", "DeletionProtectionEnabled: true", "kk"),
        ("AWS::DynamoDB::Table", "PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}", "kk"),
        ("AWS::DynamoDB::Table", "PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: false}", "LL"),
        ("AWS::DynamoDB::Table", "PointInTimeRecoverySpecification: !Ref Free", "??"),
        ("AWS::KMS::Key", "MultiRegion: true", "??"),
        ("AWS::FSx::FileSystem", "FileSystemType: WINDOWS", "??"),
        ("AWS::FSx::FileSystem", "FileSystemType: ONTAP", "-"),
        ("AWS::FSx::FileSystem", "FileSystemType: LUSTRE", "-"),
        ("AWS::FSx::FileSystem", "FileSystemType: LUSTRE, LustreConfiguration: {DeploymentType: PERSISTENT_2}", "??"),
        ("AWS::FSx::FileSystem", "FileSystemType: LUSTRE, LustreConfiguration: {DeploymentType: SCRATCH_2}", "-"),
    ];
    for (kind, properties, wanted) in cases {
        let members = format!("Type: {kind}, DeletionPolicy: Delete, Properties: {{{properties}}}");
        assert_eq!(of(HEAD, &members), wanted, "{kind} {properties}");
    }
    let retained = "Type: AWS::FSx::FileSystem, DeletionPolicy: Retain, UpdateReplacePolicy: Retain";
    assert_eq!(of(HEAD, retained), "kk");
}

#[test]
fn loops_macros_nested_stacks_and_the_cdk_go_the_same_way() {
    let all = resources(&format!(
        "{HEAD}
Resources:
  'Fn::ForEach::Tables':
    - Policy
    - [Retain, Delete]
    - 'T${{Policy}}': {{Type: AWS::DynamoDB::Table, DeletionPolicy: !Ref Policy, UpdateReplacePolicy: Retain}}
"
    ));
    assert_eq!((fate(&all, "TRetain"), fate(&all, "TDelete")), ("kk".to_owned(), "Lk".to_owned()));

    let sam = "Transform: AWS::Serverless-2016-10-31\nResources:
  T: {Type: AWS::Serverless::SimpleTable, DeletionPolicy: Retain}
  N: {Type: AWS::Serverless::SimpleTable, Properties: {PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}}}
";
    let all = resources(sam);
    assert_eq!((fate(&all, "T"), fate(&all, "N")), ("kL".to_owned(), "kk".to_owned()));

    let parent = "Resources:\n  S: {Type: AWS::CloudFormation::Stack, DeletionPolicy: Retain, Properties: {TemplateURL: child.yaml, Parameters: {Policy: Delete}}}\n";
    let child = format!("{HEAD}Resources:\n  T: {{Type: AWS::DynamoDB::Table, DeletionPolicy: !Ref Policy}}\n");
    let (all, gaps) = stack(&[("t.yaml", parent), ("child.yaml", &child)]);
    assert_eq!((fate(&all, "S.T"), gaps.len()), ("LL".to_owned(), 0), "a retained stack can still lose what is in it");

    let cdk = r#"{"Resources": {"TableCD117FA1": {"Type": "AWS::DynamoDB::Table", "Properties": {},
        "UpdateReplacePolicy": "Retain", "DeletionPolicy": "Retain", "Metadata": {"aws:cdk:path": "S/Table/Resource"}}}}"#;
    assert_eq!(fate(&resources(cdk), "TableCD117FA1"), "kk");
}

#[test]
fn members_and_replicas_have_nothing_of_their_own_to_lose() {
    let all = resources(
        "Resources:
  C: {Type: AWS::RDS::DBCluster, UpdateReplacePolicy: Snapshot}
  M: {Type: AWS::RDS::DBInstance, DeletionPolicy: Delete, Properties: {DBClusterIdentifier: !Ref C}}
",
    );
    assert_eq!(ids(&all), ["C"]);
    assert_eq!(fate(&all, "C"), "kk");
}

/// What the rule says of the resources of a template: id, verdict, line and column.
fn judged(text: &str) -> Vec<(String, Verdict, u32, u32)> {
    let rules = load::load(&[], &BTreeMap::new()).unwrap();
    let mut snapshot = Snapshot { resources: resources(text), ..Snapshot::default() };
    snapshot.sort();
    let settings = Settings::default();
    let subjects = derive(&snapshot, &settings, None);
    let report = evaluate(&snapshot, &subjects, &rules, &settings, Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(report.errors, Vec::<String>::new());
    let ours = report.findings.iter().filter(|finding| &*finding.rule == "iac-stateful-retained");
    let mut found: Vec<_> = ours
        .map(|finding| {
            let start = finding.at.as_ref().unwrap().start;
            (finding.name.to_string(), finding.verdict, start.line, start.column)
        })
        .collect();
    found.sort();
    found
}

#[test]
fn the_finding_stands_at_the_attribute_or_at_the_header() {
    let found = judged(
        "Parameters: {Free: {Type: String}}
Transform: AWS::LanguageExtensions
Conditions: {Maybe: !Equals [!Ref Free, x]}
Resources:
  Kept:
    Type: AWS::EFS::FileSystem
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
  Nothing:
    Type: AWS::EFS::FileSystem
  Replaced:
    Type: AWS::EFS::FileSystem
    DeletionPolicy: Retain
    UpdateReplacePolicy: Delete
  Both:
    Type: AWS::EFS::FileSystem
    UpdateReplacePolicy: Retain
    DeletionPolicy: Delete
  Open:
    Type: AWS::EFS::FileSystem
    UpdateReplacePolicy: Retain
    DeletionPolicy: !Ref Free
  Perhaps:
    Type: AWS::EFS::FileSystem
    Condition: Maybe
  Exempt:
    Type: AWS::EFS::FileSystem
    Properties:
      FileSystemTags: [{Key: backup-tier, Value: none}]
  Bucket:
    Type: AWS::S3::Bucket
",
    );
    let wanted = [
        ("Both", Verdict::Fail, 18, 21),
        ("Nothing", Verdict::Fail, 9, 3),
        ("Open", Verdict::Unknown, 22, 21),
        ("Perhaps", Verdict::Unknown, 23, 3),
        ("Replaced", Verdict::Fail, 14, 26),
    ];
    assert_eq!(found, wanted.map(|(id, verdict, line, column)| (id.to_owned(), verdict, line, column)));
}
