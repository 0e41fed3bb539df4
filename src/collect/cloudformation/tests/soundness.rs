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
";

/// A value that may depend on the parameters, built around plain ones.
fn value(plain: &'static [&'static str]) -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        6 => proptest::sample::select(plain.to_vec()).prop_map(str::to_owned),
        1 => proptest::sample::select(vec![
            "!Ref A", "!Ref B", "!Sub '${A}'", "!Ref 'AWS::NoValue'", "!FindInMap [M, !Ref B, v]", "!FindInMap [M, !Ref B, w]",
            "!Select [0, !Split [',', !Ref A]]", "!Join ['', [!Ref B, z]]",
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
    )
        .prop_map(|(status, block, tag, lifecycle, switch, lock, name, rule, days)| {
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
        let text = format!("{HEAD}Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:{properties}");
        let before = resources(&text);
        for (a, b) in [("x", "x"), ("x", "y"), ("y", "x"), ("Enabled", "y"), ("7", "x")] {
            let parameters = [("A".to_owned(), a.to_owned()), ("B".to_owned(), b.to_owned())].into();
            let after = resources_with(&text, &FileOptions { parameters, ..FileOptions::default() });
            for resource in &after {
                let earlier = before.iter().find(|earlier| earlier.id == resource.id).expect("it may exist");
                let (earlier, now) = (serde_json::to_value(earlier).unwrap(), serde_json::to_value(resource).unwrap());
                prop_assert!(holds(&earlier["facts"], &now["facts"]), "{text}\n{a} {b}\n{earlier:#}\n{now:#}");
                prop_assert!(holds(&earlier["tags"], &now["tags"]), "{text}\n{a} {b}\n{earlier:#}\n{now:#}");
            }
            for earlier in before.iter().filter(|earlier| earlier.exists.is_true()) {
                prop_assert!(after.iter().any(|resource| resource.id == earlier.id));
            }
        }
    }
}
