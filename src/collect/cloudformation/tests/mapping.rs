use super::*;

#[test]
fn an_empty_bucket_has_the_documented_defaults() {
    let all = resources("Resources: {B: {Type: AWS::S3::Bucket}}");
    let resource = named(&all, "B");
    let bucket = bucket(resource);
    assert!(bucket.bucket_name.is_unknown() && bucket.versioning.is_absent() && bucket.object_lock.is_absent());
    assert_eq!(bucket.encryption.value().unwrap().algorithm.value().unwrap(), "AES256");
    assert!(bucket.public_access_block.value().unwrap().restrict_public_buckets.is_true());
    assert!(bucket.replication.is_absent() && bucket.lifecycle.is_absent() && bucket.logging_target.is_absent());
    assert!(bucket.policy.is_absent() && bucket.mfa_delete.is_false());
    assert_eq!(
        (&*resource.name, resource.id.region.as_deref(), &resource.tags),
        ("B", None, &crate::model::resource::Tags::default())
    );
}

#[test]
fn object_lock_versions_the_bucket() {
    let all = resources(&with_bucket("", "ObjectLockEnabled: true"));
    let facts = bucket(named(&all, "B"));
    assert_eq!(facts.versioning.value().unwrap(), "Enabled");
    assert!(facts.object_lock.value().unwrap().mode.is_absent());
}

#[test]
fn replication_rules_of_both_versions_are_read() {
    let all = resources(&with_bucket(
        "",
        "ReplicationConfiguration:
  Role: arn:aws:iam::111122223333:role/r
  Rules:
    - {Status: Enabled, Prefix: logs/, Destination: {Bucket: 'arn:aws:s3:::a'}}
    - Status: Disabled
      Priority: 1
      Filter: {And: {Prefix: x, TagFilters: [{Key: k, Value: v}]}}
      DeleteMarkerReplication: {Status: Disabled}
      SourceSelectionCriteria: {SseKmsEncryptedObjects: {Status: Enabled}}
      Destination:
        Bucket: !GetAtt B.Arn
        Account: '444455556666'
        AccessControlTranslation: {Owner: Destination}
        StorageClass: GLACIER_IR
        EncryptionConfiguration: {ReplicaKmsKeyID: k}
        Metrics: {Status: Enabled}
    - {Status: Enabled, Filter: {}, Destination: {Bucket: b}}",
    ));
    let facts = bucket(named(&all, "B"));
    let rules = facts.replication.value().unwrap().rules.value().unwrap().clone();
    assert!(rules[0].enabled.is_true() && rules[0].delete_markers.is_true() && rules[0].kms_objects.is_false());
    assert_eq!(rules[0].prefix.value().unwrap(), "logs/");
    assert!(rules[1].enabled.is_false() && rules[1].delete_markers.is_false() && rules[1].kms_objects.is_true());
    assert_eq!(rules[1].tag_filter.value().unwrap(), &["k=v"]);
    assert_eq!(rules[1].destination.bucket.target.as_ref().unwrap(), &named(&all, "B").id);
    assert!(rules[1].destination.metrics.is_true() && rules[1].destination.exists.is_unknown());
    assert!(rules[0].destination.changes_owner.is_false() && rules[1].destination.changes_owner.is_true());
    assert!(rules[2].delete_markers.is_false() && rules[2].tag_filter.is_absent());
}

#[test]
fn lifecycle_rules_say_what_they_cover() {
    let all = resources(&with_bucket(
        "",
        "LifecycleConfiguration:
  Rules:
    - {Status: Enabled, Prefix: '', Transitions: [{StorageClass: GLACIER, TransitionInDays: 90}], NoncurrentVersionExpiration: {NoncurrentDays: 35, NewerNoncurrentVersions: 2}}
    - {Status: Disabled, Prefix: a, ExpirationDate: '2030-01-01'}
    - {Status: Enabled, TagFilters: [{Key: a, Value: b}]}",
    ));
    let rules = bucket(named(&all, "B")).lifecycle.value().unwrap().clone();
    assert!(rules[0].whole_bucket.is_true() && !rules[1].whole_bucket.is_true() && rules[2].whole_bucket.is_false());
    assert_eq!(rules[0].transitions.value().unwrap(), &["GLACIER@90"]);
    assert_eq!((rules[0].noncurrent_expire_days.value(), rules[0].noncurrent_keep.value()), (Some(&35), Some(&2)));
    assert!(rules[1].expire_days.is_unknown() && rules[0].expire_days.is_absent());
}

#[test]
fn a_bucket_policy_is_joined_to_its_bucket() {
    let all = resources(
        "Parameters: {P: {Type: String}}
Resources:
  A: {Type: AWS::S3::Bucket, Properties: {BucketName: a}}
  B: {Type: AWS::S3::Bucket}
  PA: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: a, PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Deny, N: 5}]}}}
  PB: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref B, PolicyDocument: {Statement: [{Resource: !GetAtt B.Arn}]}}}
",
    );
    assert_eq!(
        bucket(named(&all, "A")).policy.value().unwrap(),
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","N":5}]}"#
    );
    assert!(bucket(named(&all, "B")).policy.is_unknown());
    let all = resources(
        "Parameters: {P: {Type: String}}
Resources:
  A: {Type: AWS::S3::Bucket, Properties: {BucketName: a}}
  PA: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: !Ref P, PolicyDocument: {}}}
",
    );
    assert!(bucket(named(&all, "A")).policy.is_unknown(), "the policy may be meant for it");
}

#[test]
fn a_lock_is_in_compliance_mode_if_it_has_a_grace_time() {
    let all = resources(
        "Parameters: {P: {Type: Number}}
Resources:
  G: {Type: AWS::Backup::BackupVault, Properties: {BackupVaultName: g, LockConfiguration: {MinRetentionDays: 7}}}
  C: {Type: AWS::Backup::BackupVault, Properties: {BackupVaultName: c, BackupVaultTags: {a: b}, LockConfiguration: {MinRetentionDays: '7', MaxRetentionDays: 30, ChangeableForDays: !Ref P}}}
  A: {Type: AWS::Backup::LogicallyAirGappedBackupVault, Properties: {BackupVaultName: a, MinRetentionDays: 7, MaxRetentionDays: 35}}
  N: {Type: AWS::Backup::BackupVault, Properties: {BackupVaultName: n, Notifications: {SNSTopicArn: t, BackupVaultEvents: [COPY_JOB_FAILED]}}}
",
    );
    let lock = |id| vault(named(&all, id)).lock.value().unwrap().clone();
    assert!(lock("G").compliance.is_false() && lock("G").lock_date.is_absent() && lock("G").max_retention.is_absent());
    assert_eq!(lock("C").min_retention.value().unwrap().as_hours(), 168);
    assert!(lock("C").lock_date.is_unknown());
    assert_eq!(named(&all, "C").tags.get("a").value().unwrap(), "b");
    assert!(lock("A").compliance.is_true());
    assert_eq!((&*named(&all, "A").id.kind, &*named(&all, "A").name), ("AWS::Backup::BackupVault", "a"));
    assert!(vault(named(&all, "N")).lock.is_absent() && vault(named(&all, "N")).key.is_absent());
    assert_eq!(vault(named(&all, "N")).notifications.value().unwrap().events.value().unwrap(), &["COPY_JOB_FAILED"]);
}

#[test]
fn plans_and_selections_are_read_whole() {
    let all = resources(
        "Resources:
  V: {Type: AWS::Backup::BackupVault, Properties: {BackupVaultName: v}}
  P:
    Type: AWS::Backup::BackupPlan
    Properties:
      BackupPlan:
        BackupPlanName: daily
        BackupPlanRule:
          - RuleName: r
            TargetBackupVault: !Ref V
            ScheduleExpression: cron(0 5 * * ? *)
            StartWindowMinutes: 60
            Lifecycle: {DeleteAfterDays: 35, MoveToColdStorageAfterDays: -1}
            CopyActions:
              - DestinationBackupVaultArn: !GetAtt V.BackupVaultArn
          - {RuleName: s, TargetBackupVault: Default, EnableContinuousBackup: yes}
  S:
    Type: AWS::Backup::BackupSelection
    Properties:
      BackupPlanId: !Ref P
      BackupSelection:
        SelectionName: tagged
        IamRoleArn: !GetAtt Role.Arn
        ListOfTags: [{ConditionType: STRINGEQUALS, ConditionKey: backup, ConditionValue: 'on'}]
        Conditions: {StringLike: [{ConditionKey: aws:ResourceTag/env, ConditionValue: prod*}]}
  Role: {Type: AWS::IAM::Role}
",
    );
    let rules = plan(named(&all, "P")).rules.value().unwrap().clone();
    assert_eq!(rules[0].target_vault.target.as_ref().unwrap(), &named(&all, "V").id);
    assert_eq!(rules[0].target_vault.text.value().unwrap(), "v");
    let lifecycle = rules[0].lifecycle.value().unwrap();
    assert!(lifecycle.cold_after_days.is_absent() && lifecycle.delete_after_days.value() == Some(&35));
    assert_eq!(place(&lifecycle.delete_after_days), "13:42-13:44");
    assert_eq!(place(&rules[0].name), "9:13-15:68");
    assert_eq!(rules[0].copies.value().unwrap()[0].destination.target.as_ref().unwrap(), &named(&all, "V").id);
    assert!(rules[1].continuous.is_true() && rules[1].lifecycle.is_absent() && rules[1].schedule.is_absent());
    let selection = selection(named(&all, "S"));
    assert_eq!(selection.plan.target.as_ref().unwrap(), &named(&all, "P").id);
    assert!(selection.role.value().unwrap().target.is_some() && selection.resources.is_absent());
    assert_eq!(selection.conditions.value().unwrap()[0].key.value().unwrap(), "env");
}

#[test]
fn an_empty_key_has_the_documented_defaults() {
    let all = resources(
        "Resources:
  K: {Type: AWS::KMS::Key}
  M: {Type: AWS::KMS::Key, Properties: {MultiRegion: true, Enabled: false, EnableKeyRotation: true, KeyPolicy: {a: b}}}
  E: {Type: AWS::KMS::Key, Properties: {Origin: EXTERNAL}}
  R: {Type: AWS::KMS::ReplicaKey, Properties: {PrimaryKeyArn: x}}
  A: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/a, TargetKeyId: !GetAtt K.Arn}}
",
    );
    let k = key(named(&all, "K"));
    assert_eq!((k.state.value().unwrap().as_str(), k.spec.value().unwrap().as_str()), ("Enabled", "SYMMETRIC_DEFAULT"));
    assert!(k.rotation.is_false() && k.rotation.is_known() && k.policy.is_unknown() && k.multi_region.is_absent());
    assert_eq!(k.aliases.value().unwrap(), &["alias/a"]);
    assert_eq!((&*named(&all, "K").name, &*named(&all, "M").name), ("alias/a", "M"));
    let m = key(named(&all, "M"));
    assert_eq!((m.state.value().unwrap().as_str(), m.multi_region.value().unwrap().as_str()), ("Disabled", "PRIMARY"));
    assert!(m.rotation.is_true() && m.related_regions.is_unknown() && m.policy.value().unwrap() == "{\"a\":\"b\"}");
    assert!(key(named(&all, "E")).state.is_unknown() && key(named(&all, "R")).rotation.is_unknown());
}

#[test]
fn event_rules_are_enabled_on_the_default_bus() {
    let all = resources(
        "Resources:
  R:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [aws.backup], detail: {state: [FAILED]}}
      Targets: [{Id: a, Arn: !Ref Topic}]
  D: {Type: AWS::Events::Rule, Properties: {State: DISABLED, ScheduleExpression: rate(1 day)}}
  Topic: {Type: AWS::SNS::Topic}
",
    );
    let rule = |id| match &named(&all, id).facts {
        Facts::EventRule(rule) => rule.clone(),
        _ => panic!(),
    };
    assert!(rule("R").enabled.is_true() && rule("R").targets.value() == Some(&1));
    assert_eq!(rule("R").bus.value().unwrap(), "default");
    assert_eq!(rule("R").pattern.value().unwrap(), r#"{"source":["aws.backup"],"detail":{"state":["FAILED"]}}"#);
    assert!(rule("D").enabled.is_false() && rule("D").pattern.is_absent() && rule("D").targets.value() == Some(&0));
}

#[test]
fn macros_and_loops_are_named() {
    let text = "Transform: [AWS::Serverless-2016-10-31, AWS::Include]\nResources:\n  Fn::ForEach::B: [A, !GetAZs '', {}]\n  K: {Type: AWS::KMS::Key}\n";
    let Outcome::Template { gaps, .. } = read(&Arc::from("t.yaml"), text, &FileOptions::default()) else { panic!() };
    let named: Vec<_> = gaps.iter().map(|gap| (&*gap.code, gap.at.as_ref().unwrap().start.line)).collect();
    assert_eq!(named, [("Transform", 1), ("ForEach", 3)]);
}

#[test]
fn a_template_that_a_macro_of_ones_own_may_rewrite_is_not_judged() {
    let text = "Transform: Mine\nResources:\n  B: {Type: AWS::S3::Bucket}\n";
    let Outcome::Broken(gap) = read(&Arc::from("t.yaml"), text, &FileOptions::default()) else { panic!() };
    assert_eq!((gap.kind, &*gap.code), (crate::model::gap::GapKind::BrokenFile, "Transform"));
    assert_eq!(gap.at.unwrap().start.line, 1);
}

#[test]
fn restore_testing_is_read_with_its_plan() {
    let all = resources(
        "Resources:
  Plan:
    Type: AWS::Backup::RestoreTestingPlan
    Properties:
      RestoreTestingPlanName: monthly
      ScheduleExpression: cron(0 5 1 * ? *)
      Tags: [{Key: team, Value: a}]
      RecoveryPointSelection:
        {Algorithm: RANDOM_WITHIN_WINDOW, IncludeVaults: ['*'], RecoveryPointTypes: [SNAPSHOT], SelectionWindowDays: 7}
  Selection:
    Type: AWS::Backup::RestoreTestingSelection
    Properties:
      RestoreTestingPlanName: !Ref Plan
      RestoreTestingSelectionName: buckets
      ProtectedResourceType: S3
      ProtectedResourceArns: ['*']
      ProtectedResourceConditions: {StringEquals: [{Key: aws:ResourceTag/team, Value: a}]}
      IamRoleArn: r
",
    );
    let Facts::RestoreTestingPlan(plan) = &named(&all, "Plan").facts else { panic!("no plan") };
    assert_eq!(plan.algorithm.value().unwrap(), "RANDOM_WITHIN_WINDOW");
    assert!(plan.start_window_hours.is_absent() && plan.exclude_vaults.is_absent() && plan.last_run.is_unknown());
    assert_eq!(plan.selection_window_days.value(), Some(&7));
    assert_eq!(named(&all, "Plan").tags.get("team").value().unwrap(), "a");
    let Facts::RestoreTestingSelection(selection) = &named(&all, "Selection").facts else { panic!("no selection") };
    assert_eq!(selection.plan.target.as_ref(), Some(&named(&all, "Plan").id));
    assert_eq!(selection.plan.text.value().unwrap(), "monthly");
    assert_eq!(selection.conditions.value().unwrap()[0].key.value().unwrap(), "team");
    assert!(selection.validation_window_hours.is_absent());
}

#[test]
fn frameworks_and_report_plans_are_read() {
    let all = resources(
        "Resources:
  F:
    Type: AWS::Backup::Framework
    Properties: {FrameworkName: daily, FrameworkControls: [{ControlName: A}, {ControlName: B}]}
  R:
    Type: AWS::Backup::ReportPlan
    Properties:
      ReportDeliveryChannel: {S3BucketName: reports}
      ReportSetting: {ReportTemplate: BACKUP_JOB_REPORT, Regions: ['*'], Accounts: [ROOT], OrganizationUnits: [ou-1]}
  S:
    Type: AWS::Backup::ReportPlan
    Properties: {ReportDeliveryChannel: {S3BucketName: !Ref Name}, ReportSetting: {ReportTemplate: !Ref Name}}
Parameters: {Name: {Type: String}}
",
    );
    let Facts::Framework(framework) = &named(&all, "F").facts else { panic!() };
    assert_eq!(framework.controls.value().unwrap(), &["A", "B"]);
    assert!(framework.status.is_unknown() && framework.deployment.is_unknown());
    assert_eq!(&*named(&all, "F").name, "daily");
    let report = |id| match &named(&all, id).facts {
        Facts::ReportPlan(plan) => plan.clone(),
        _ => panic!(),
    };
    assert_eq!(report("R").accounts.value().unwrap(), &["ROOT", "ou-1"]);
    assert_eq!(report("R").regions.value().unwrap(), &["*"]);
    assert!(report("R").plan_name.is_unknown() && report("R").last_success.is_unknown());
    assert!(report("S").template.is_unknown() && report("S").bucket.is_unknown() && report("S").accounts.is_absent());
}

#[test]
fn a_lifecycle_says_whether_it_opts_in_to_the_archive() {
    let plan = |lifecycle: &str| {
        let rule = format!("{{RuleName: r, TargetBackupVault: v, Lifecycle: {lifecycle}}}");
        let text = format!(
            "Resources: {{P: {{Type: AWS::Backup::BackupPlan, Properties: {{BackupPlan: {{BackupPlanRule: [{rule}]}}}}}}}}"
        );
        let all = resources(&text);
        let Facts::Plan(plan) = &named(&all, "P").facts else { panic!() };
        plan.rules.value().unwrap()[0].lifecycle.value().unwrap().archive_opt_in.clone()
    };
    assert!(plan("{DeleteAfterDays: 365, OptInToArchiveForSupportedResources: true}").is_true());
    assert!(plan("{DeleteAfterDays: 365}").is_false());
}
