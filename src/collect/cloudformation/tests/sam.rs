//! The serverless macro.

use super::*;
use crate::model::events::EventRule;

const HEAD: &str = "
Transform: AWS::Serverless-2016-10-31
Parameters: {Free: {Type: String}}
Conditions: {Maybe: !Equals [!Ref Free, x], Never: !Equals [a, b]}
";

fn rule(all: &[Resource], id: &str) -> EventRule {
    let Facts::EventRule(rule) = &named(all, id).facts else { panic!() };
    (**rule).clone()
}

#[test]
fn events_of_functions_make_rules() {
    let all = resources(&format!(
        "{HEAD}
Globals: {{Function: {{Runtime: python3.13}}}}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Events:
        Failed: {{Type: EventBridgeRule, Properties: {{Pattern: {{source: [aws.backup]}}, State: DISABLED}}}}
        Old: {{Type: CloudWatchEvent, Properties: {{Pattern: {{source: [aws.s3]}}, EventBusName: b}}}}
        Off: {{Type: Schedule, Properties: {{Schedule: rate(1 day), Enabled: false}}}}
        On: {{Type: Schedule, Properties: {{Schedule: rate(1 day), Enabled: true, Name: daily}}}}
        Perhaps: {{Type: Schedule, Properties: {{Schedule: rate(1 day), Enabled: !If [Maybe, true, false]}}}}
        Call: {{Type: Api, Properties: {{Path: /, Method: get}}}}
  G:
    Type: AWS::Serverless::Function
    Condition: Never
    Properties: {{Events: {{Failed: {{Type: EventBridgeRule, Properties: {{Pattern: {{}}}}}}}}}}
  M:
    Type: AWS::Serverless::StateMachine
    Condition: Maybe
    Properties: {{Events: {{Failed: {{Type: EventBridgeRule, Properties: {{Pattern: {{}}}}}}}}}}
"
    ));
    assert_eq!(ids(&all), ["FFailed", "FOff", "FOld", "FOn", "FPerhaps", "FRole", "MFailed", "MRole"]);
    let failed = rule(&all, "FFailed");
    assert_eq!(failed.pattern.value().unwrap(), r#"{"source":["aws.backup"]}"#);
    assert!(failed.enabled.is_false() && failed.targets.value() == Some(&1));
    assert_eq!(place(&failed.pattern), "13:63-13:85");
    assert_eq!(rule(&all, "FOld").bus.value().unwrap(), "b");
    assert!(rule(&all, "FOff").enabled.is_false() && rule(&all, "FOn").enabled.is_true());
    assert!(rule(&all, "FPerhaps").enabled.is_unknown());
    assert_eq!(&*named(&all, "FOn").name, "daily");
    assert!(named(&all, "MFailed").exists.is_unknown());
}

#[test]
fn events_that_are_not_known_may_make_rules() {
    let all = resources(&format!(
        "{HEAD}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        'Fn::ForEach::L': [Id, !Ref Free, {{'E${{Id}}': {{Type: Schedule, Properties: {{}}}}}}]
        Some: {{Type: !Ref Free, Properties: {{}}}}
        Plain: {{Properties: {{}}}}
"
    ));
    assert_eq!(ids(&all), ["FFnForEachL", "FRole", "FSome"]);
    assert!(["FFnForEachL", "FSome"].iter().all(|id| named(&all, id).exists.is_unknown()));
    assert!(rule(&all, "FSome").enabled.is_unknown() && rule(&all, "FSome").pattern.is_unknown());
}

#[test]
fn an_application_whose_location_is_a_file_is_a_nested_stack() {
    let text = format!(
        "{HEAD}
Resources:
  App: {{Type: AWS::Serverless::Application, Properties: {{Location: ./app/template.yaml, Parameters: {{Name: n}}, Tags: {{team: a}}}}}}
  Shared:
    Type: AWS::Serverless::Application
    Properties: {{Location: {{ApplicationId: 'arn:aws:serverlessrepo:us-east-1:111122223333:applications/a', SemanticVersion: 1.0.0}}}}
  S: {{Type: AWS::S3::Bucket, Properties: {{LoggingConfiguration: {{DestinationBucketName: !GetAtt App.Outputs.Bucket}}}}}}
"
    );
    let app = "Parameters: {Name: {Type: String}}\nResources: {B: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref Name}}}\nOutputs: {Bucket: {Value: !Ref B}}\n";
    let (all, gaps) = stack(&[("template.yaml", &text), ("app/template.yaml", app)]);
    assert_eq!(ids(&all), ["App.B", "S"]);
    let b = named(&all, "App.B");
    assert_eq!(
        (bucket(b).bucket_name.value().unwrap().as_str(), b.tags.get("team").value().unwrap().as_str()),
        ("n", "a")
    );
    assert_eq!(bucket(named(&all, "S")).logging_target.value().unwrap().target, Some(b.id.clone()));
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert!(gaps[0].message.starts_with("nested stack `Shared`: "), "{gaps:?}");
}

#[test]
fn a_table_is_one_of_dynamodb_and_an_api_is_nothing_that_is_judged() {
    let text = format!(
        "{HEAD}
Globals: {{SimpleTable: {{SSESpecification: {{SSEEnabled: true}}}}, Api: {{Name: a}}}}
Resources:
  T: {{Type: AWS::Serverless::SimpleTable, Properties: {{TableName: t}}}}
  A: {{Type: AWS::Serverless::Api, Properties: {{StageName: s}}}}
  B: {{Type: AWS::S3::Bucket, Properties: {{BucketName: !Sub '${{T}}-x'}}}}
"
    );
    let (all, gaps) = stack(&[("t.yaml", &text)]);
    assert_eq!((ids(&all), gaps.len()), (vec!["B", "T"], 0));
    assert_eq!(&*named(&all, "T").id.kind, "AWS::DynamoDB::Table");
}

#[test]
fn without_the_macro_its_types_mean_nothing() {
    let text = "Resources:\n  F: {Type: AWS::Serverless::Function, Properties: {Events: {E: {Type: Schedule, Properties: {}}}}}\n  B: {Type: AWS::S3::Bucket}\n";
    assert_eq!(ids(&resources(text)), ["B"]);
}

#[test]
fn globals_are_merged_as_the_macro_does_it() {
    let node = |text: &str| super::super::yaml::read(text).unwrap().first.unwrap();
    let merged = super::super::sam::merged(
        &node("{a: 1, b: {c: 2, d: 3}, e: [x], f: {Ref: P}, g: {h: 1}}"),
        &node("{a: 4, b: {c: 5, i: 6}, e: [y], f: {j: 1}, k: 7}"),
    );
    let text = |path: &[&str]| {
        let mut node = &merged;
        for key in path {
            node = node.get(key).unwrap_or_else(|| panic!("{path:?}"));
        }
        node.text().unwrap().to_string()
    };
    assert_eq!([text(&["a"]), text(&["b", "c"]), text(&["b", "d"]), text(&["b", "i"])], ["4", "5", "3", "6"]);
    assert_eq!([text(&["g", "h"]), text(&["k"]), text(&["f", "j"])], ["1", "7", "1"]);
    let super::super::tree::Value::List(list) = &merged.get("e").unwrap().value else { panic!() };
    assert_eq!(list.iter().filter_map(super::super::tree::Node::text).collect::<Vec<_>>(), ["x".into(), "y".into()]);
}
