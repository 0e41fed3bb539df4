//! What is known without a parameter's value stays so with every value.

use proptest::prelude::*;
use serde_json::Value as Json;

use super::*;

const HEAD: &str = "\
Parameters:
  A: {Type: String}
  B: {Type: String, AllowedValues: [x, y]}
Mappings:
  M: {x: {v: Enabled, w: '7'}, y: {v: Enabled, w: '9'}}
Conditions:
  CA: !Equals [!Ref A, x]
  CB: !Equals [!Ref B, x]
  CZ: !Equals [!Ref B, z]
  CN: !Not [!Condition CA]
  CO: !Or [!Condition CA, !Condition CN]
  CX: !And [!Condition CA, !Condition CB]
  CT: !Equals [x, x]
";

/// A value that may depend on the parameters, built around plain ones.
fn value(plain: &'static [&'static str]) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        6 => proptest::sample::select(plain.to_vec()).prop_map(str::to_owned),
        1 => proptest::sample::select(vec![
            "!Ref A", "!Ref B", "!Sub '${A}'", "!Ref 'AWS::NoValue'", "!FindInMap [M, !Ref B, v]", "!FindInMap [M, !Ref B, w]",
            "!Select [0, !Split [',', !Ref A]]", "!Join ['', [!Ref B, z]]",
            "{'Fn::Base64': !Ref B}", "{'Fn::Length': !Split [',', !Ref A]}", "{'Fn::ToJsonString': [!Ref B]}",
            "!Select [0, !Cidr ['10.0.0.0/8', 2, !FindInMap [M, !Ref B, w]]]", "!FindInMap [M, !Ref A, v, {DefaultValue: Enabled}]",
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        (proptest::sample::select(vec!["CA", "CB", "CZ", "CN", "CO", "CX"]), inner.clone(), inner)
            .prop_map(|(condition, yes, no)| format!("!If [{condition}, {yes}, {no}]"))
    })
    .boxed()
}

fn properties() -> impl Strategy<Value = String> {
    (
        value(&["Enabled", "Suspended"]),
        value(&["{BlockPublicAcls: true}", "{BlockPublicAcls: false, IgnorePublicAcls: true}", "{}"]),
        value(&["{Key: a, Value: b}", "{Key: a, Value: c}", "{Key: b, Value: x}"]),
        value(&["{Rules: [{Status: Enabled, ExpirationInDays: 7}]}", "{Rules: [{Status: Disabled, ExpirationInDays: 7}]}", "{Rules: []}"]),
        value(&["true", "false"]),
        value(&["{Rule: {DefaultRetention: {Mode: COMPLIANCE, Days: 7}}}", "{ObjectLockEnabled: Enabled}"]),
        value(&["COMPLIANCE", "GOVERNANCE"]),
        value(&["{Status: Enabled, Prefix: a}", "{Status: Enabled, Filter: {Prefix: b}}"]),
        value(&["1", "2"]),
        value(&["Delete", "Retain", "Snapshot"]),
    )
        .prop_map(|(status, block, tag, lifecycle, switch, lock, name, rule, days, policy)| {
            format!(
                "
      BucketName: {name}
      VersioningConfiguration: {{Status: {status}}}
      PublicAccessBlockConfiguration: {block}
      Tags: [{tag}, {{Key: c, Value: {status}}}]
      LifecycleConfiguration: {lifecycle}
      ObjectLockEnabled: {switch}
      ObjectLockConfiguration: {lock}
      ReplicationConfiguration: {{Role: r, Rules: [{rule}]}}
  V:
    Type: AWS::Backup::BackupVault
    Condition: CA
    Properties:
      BackupVaultName: {name}
      LockConfiguration: {{MinRetentionDays: 1, MaxRetentionDays: {days}, ChangeableForDays: {days}}}
  P:
    Type: AWS::Backup::BackupPlan
    Condition: CA
    Properties:
      BackupPlan: {{BackupPlanName: p, BackupPlanRule: [{{RuleName: r, TargetBackupVault: !Ref V, Lifecycle: {{DeleteAfterDays: {days}}}, CopyActions: [{{DestinationBackupVaultArn: {name}}}]}}]}}
  T:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: {policy}
    UpdateReplacePolicy: {policy}
    Properties: {{DeletionProtectionEnabled: {switch}}}
  D: {{Type: AWS::RDS::DBCluster, Condition: CA, DeletionPolicy: {policy}, UpdateReplacePolicy: {policy}}}
"
            )
        })
}

// The plan has the vault's condition: CloudFormation refuses a reference to a resource that is left out.

/// Whether all that is known on the left holds on the right.
fn holds(before: &Json, after: &Json) -> bool {
    match (before, after) {
        (Json::Object(before), Json::Object(after)) => {
            if before.contains_key("unknown") {
                return true;
            }
            if let (Some(known), Some(entries)) = (before.get("entries"), after.get("entries")) {
                let same_keys = || known.as_object().unwrap().keys().eq(entries.as_object().unwrap().keys());
                return holds(known, entries) && (before.contains_key("others") || same_keys());
            }
            let beside = |key: &str| key == "at" || key == "target";
            before.iter().all(|(key, value)| beside(key) || after.get(key).is_some_and(|after| holds(value, after)))
        }
        (Json::Array(before), Json::Array(after)) => {
            before.len() == after.len() && before.iter().zip(after).all(|(before, after)| holds(before, after))
        }
        _ => before == after,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn learning_a_parameter_never_overturns_a_fact(properties in properties()) {
        let head = format!("Transform: AWS::LanguageExtensions\n{HEAD}");
        let text = format!("{head}Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:{properties}");
        let before = resources(&text);
        for (a, b) in [("x", "x"), ("x", "y"), ("y", "x"), ("Enabled", "y"), ("7", "x")] {
            let parameters = [("A".to_owned(), a.to_owned()), ("B".to_owned(), b.to_owned())].into();
            let after = resources_with(&text, &FileOptions { parameters, ..FileOptions::default() });
            for resource in &after {
                let earlier = before.iter().find(|earlier| earlier.id == resource.id).expect("it may exist");
                let (earlier, now) = (serde_json::to_value(earlier).unwrap(), serde_json::to_value(resource).unwrap());
                prop_assert!(holds(&earlier["facts"], &now["facts"]), "{text}\n{a} {b}\n{earlier:#}\n{now:#}");
                prop_assert!(holds(&earlier["tags"], &now["tags"]), "{text}\n{a} {b}\n{earlier:#}\n{now:#}");
                prop_assert!(holds(&earlier["removal"], &now["removal"]), "{text}\n{a} {b}\n{earlier:#}\n{now:#}");
            }
            for earlier in before.iter().filter(|earlier| earlier.exists.is_true()) {
                prop_assert!(after.iter().any(|resource| resource.id == earlier.id));
            }
        }
    }
}

const CHILD: &str = "\
Parameters:
  P: {Type: String, Default: Enabled}
  Q: {Type: String, AllowedValues: [x, y], Default: x}
  Z: {Type: CommaDelimitedList, Default: 'a,b'}
Conditions:
  PC: !Equals [!Ref P, Enabled]
  QC: !Equals [!Ref Q, x]
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Sub '${Q}-${P}'
      VersioningConfiguration: {Status: !If [QC, !Ref P, Suspended]}
      Tags: [{Key: !Ref Q, Value: !Join ['+', !Ref Z]}, {Key: n, Value: !Select [0, !Ref Z]}]
  C: {Type: AWS::S3::Bucket, Condition: PC, Properties: {BucketName: !Ref Q, ObjectLockEnabled: !If [PC, true, false]}}
  Policy: {Type: AWS::S3::BucketPolicy, Condition: QC, Properties: {Bucket: !Ref P, PolicyDocument: {Statement: []}}}
Outputs:
  O: {Value: !If [PC, !Ref Q, other]}
  T: {Value: !GetAtt B.Arn}
";

/// A template that nests another one twice, and has loops. What takes an output of the first stack has
/// its condition.
fn nesting() -> impl Strategy<Value = String> {
    let plain = || value(&["Enabled", "Suspended", "x", "y"]);
    let collection = || {
        proptest::sample::select(vec![
            "[x, y]",
            "[x, !Ref B]",
            "!Ref L",
            "!Split [',', !Ref A]",
            "[!If [CA, x, y]]",
            "!FindInMap [M, !Ref B, v]",
            "[Enabled]",
        ])
    };
    let meant =
        proptest::sample::select(vec!["!Ref W", "'${I}'", "!Ref I", "!Sub '${I}'", "!GetAtt N.Outputs.O", "!Ref B"]);
    let stack = proptest::sample::select(vec!["CT", "CA", "CZ", "CO"]);
    (plain(), plain(), plain(), collection(), collection(), meant, stack, plain()).prop_map(
        |(p, q, status, first, second, meant, stack, name)| {
            format!(
                "{HEAD}Resources:
  N:
    Type: AWS::CloudFormation::Stack
    Condition: {stack}
    Properties: {{TemplateURL: child.yaml, Tags: [{{Key: t, Value: {p}}}], Parameters: {{P: {p}, Q: {q}, Z: !Join [',', [{q}, z]]}}}}
  M:
    Type: AWS::CloudFormation::Stack
    Condition: {stack}
    Properties: {{TemplateURL: child.yaml, Parameters: {{P: !GetAtt N.Outputs.O, Q: {q}}}}}
  W: {{Type: AWS::S3::Bucket, Properties: {{BucketName: {name}, VersioningConfiguration: {{Status: {status}}}}}}}
  'Fn::ForEach::X':
    - I
    - {first}
    - 'F${{I}}': {{Type: AWS::S3::Bucket, Properties: {{BucketName: '${{I}}', VersioningConfiguration: {{Status: {status}}}}}}}
  'Fn::ForEach::Y':
    - I
    - {second}
    - 'Pol${{I}}': {{Type: AWS::S3::BucketPolicy, Condition: {stack}, Properties: {{Bucket: {meant}, PolicyDocument: {{Statement: []}}}}}}
"
            )
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn learning_a_parameter_never_overturns_a_fact_of_nested_stacks_and_loops(parent in nesting()) {
        let parent = parent.replacen("Parameters:\n", "Parameters:\n  L: {Type: CommaDelimitedList}\n", 1);
        let files = [("parent.yaml", parent.as_str()), ("child.yaml", CHILD)];
        let (before, gaps, _) = stack_with(&files, &FileOptions::default());
        for (a, b) in [("x", "x"), ("x", "y"), ("y", "x"), ("Enabled", "y"), ("a,b", "x")] {
            let parameters = [("A", a), ("B", b), ("L", "x,q")].map(|(name, value)| (name.to_owned(), value.to_owned()));
            let (after, _, _) = stack_with(&files, &FileOptions { parameters: parameters.into(), ..FileOptions::default() });
            for resource in &after {
                let Some(earlier) = before.iter().find(|earlier| earlier.id == resource.id) else {
                    prop_assert!(gaps.iter().any(|gap| &*gap.code == "ForEach"), "{parent}\n{}", resource.id);
                    continue;
                };
                let (earlier, now) = (serde_json::to_value(earlier).unwrap(), serde_json::to_value(resource).unwrap());
                prop_assert!(holds(&earlier["facts"], &now["facts"]), "{parent}\n{a} {b}\n{earlier:#}\n{now:#}");
                prop_assert!(holds(&earlier["tags"], &now["tags"]), "{parent}\n{a} {b}\n{earlier:#}\n{now:#}");
            }
            for earlier in before.iter().filter(|earlier| earlier.exists.is_true()) {
                prop_assert!(after.iter().any(|resource| resource.id == earlier.id), "{parent}\n{a} {b}\n{}", earlier.id);
            }
        }
    }
}
