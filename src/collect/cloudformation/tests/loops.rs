//! `Fn::ForEach`: AWS's documented examples, and what is not known.

use super::*;

const HEAD: &str = "
AWSTemplateFormatVersion: '2010-09-09'
Transform: 'AWS::LanguageExtensions'
Parameters:
  Names: {Type: CommaDelimitedList, Default: 'a, b'}
  Free: {Type: CommaDelimitedList}
";

#[test]
fn a_loop_makes_one_resource_for_each_value() {
    let all = resources(&format!(
        "{HEAD}
Resources:
  'Fn::ForEach::Buckets':
    - Name
    - [Success, Failure]
    - 'Bucket${{Name}}':
        Type: AWS::S3::Bucket
        Properties:
          BucketName: !Sub 'x-${{Name}}'
          VersioningConfiguration: {{Status: Enabled}}
          Tags: [{{Key: '${{Name}}', Value: !Ref Name}}]
  Other: {{Type: AWS::S3::Bucket, Properties: {{LoggingConfiguration: {{DestinationBucketName: !Ref BucketSuccess}}}}}}
"
    ));
    assert_eq!(ids(&all), ["BucketFailure", "BucketSuccess", "Other"]);
    let success = named(&all, "BucketSuccess");
    assert_eq!(bucket(success).bucket_name.value().unwrap(), "x-Success");
    assert_eq!(success.tags.get("Success").value().unwrap(), "Success");
    assert_eq!(place(&bucket(success).versioning), "16:45-16:52");
    let target = bucket(named(&all, "Other")).logging_target.value().unwrap().target.clone();
    assert_eq!(target, Some(success.id.clone()));
}

#[test]
fn collections_are_parameters_maps_and_lists_of_functions() {
    for (collection, expected) in [
        ("!Ref Names", vec!["Ba", "Bb"]),
        ("[x, !Select [1, !Ref Names]]", vec!["Bb", "Bx"]),
        ("!Split ['|', 'q|r']", vec!["Bq", "Br"]),
        ("!FindInMap [M, k, v]", vec!["Bm"]),
        ("[]", vec![]),
    ] {
        let text = format!(
            "{HEAD}Mappings: {{M: {{k: {{v: [m]}}}}}}\nResources:\n  'Fn::ForEach::L': [Id, {collection}, {{'B${{Id}}': {{Type: 'AWS::S3::Bucket'}}}}]\n"
        );
        assert_eq!(ids(&resources(&text)), expected, "{collection}");
    }
}

#[test]
fn other_characters_are_dropped_from_logical_ids() {
    // "Pass non-alphanumeric characters within the Collection for Fn::ForEach".
    let all = resources(&format!(
        "{HEAD}
Resources:
  'Fn::ForEach::Buckets':
    - Name
    - ['my-logs', 'a.b']
    - 'Bucket&{{Name}}': {{Type: AWS::S3::Bucket, Properties: {{BucketName: '${{Name}}'}}}}
"
    ));
    assert_eq!(ids(&all), ["Bucketab", "Bucketmylogs"]);
    assert_eq!(bucket(named(&all, "Bucketmylogs")).bucket_name.value().unwrap(), "my-logs");
}

#[test]
fn loops_in_loops_in_conditions_and_among_properties() {
    let all = resources(&format!(
        "{HEAD}
Conditions:
  'Fn::ForEach::Conditions':
    - Name
    - !Ref Names
    - 'Is${{Name}}': !Equals ['${{Name}}', a]
Resources:
  'Fn::ForEach::Outer':
    - Name
    - !Ref Names
    - 'Fn::ForEach::Inner':
        - Kind
        - [Logs, Data]
        - '${{Name}}${{Kind}}':
            Type: AWS::S3::Bucket
            Condition: 'Is${{Name}}'
            Properties:
              'Fn::ForEach::Properties':
                - Property
                - [BucketName]
                - '${{Property}}': !Sub '${{Name}}-${{Kind}}'
"
    ));
    assert_eq!(ids(&all), ["aData", "aLogs"], "those of `b` are left out by their condition");
    assert_eq!(bucket(named(&all, "aLogs")).bucket_name.value().unwrap(), "a-Logs");
}

#[test]
fn a_loop_over_what_is_not_known_is_a_gap() {
    let text = format!(
        "{HEAD}
Resources:
  'Fn::ForEach::L': [Id, !Ref Free, {{'B${{Id}}': {{Type: 'AWS::S3::Bucket'}}}}]
  K: {{Type: AWS::S3::Bucket, Properties: {{'Fn::ForEach::P': [Id, !Ref Free, {{'${{Id}}': x}}], BucketName: k}}}}
"
    );
    let (all, gaps) = stack(&[("t.yaml", &text)]);
    assert_eq!(ids(&all), ["K"]);
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert_eq!(&*gaps[0].message, "loop `Fn::ForEach::L` is written out when the stack is made");
    assert!(bucket(named(&all, "K")).versioning.is_unknown());
    let parameters = [("Free".to_owned(), "x,y".to_owned())].into();
    let options = FileOptions { parameters, ..FileOptions::default() };
    assert_eq!(ids(&resources_with(&text, &options)), ["Bx", "By", "K"]);
}

#[test]
fn a_policy_that_such_a_loop_may_make_leaves_the_buckets_policy_unknown() {
    let text = |policy: &str, bucket: &str| {
        format!(
            "{HEAD}
Resources:
  A: {{Type: AWS::S3::Bucket, Properties: {{BucketName: a}}}}
  'Fn::ForEach::L':
    - Id
    - !Ref Free
    - 'P${{Id}}': {{Type: '{policy}', Properties: {{Bucket: {bucket}, PolicyDocument: {{Statement: []}}}}}}
"
        )
    };
    let policy = |kind: &str, meant: &str| bucket(named(&resources(&text(kind, meant)), "A")).policy.clone();
    for meant in ["!Ref A", "!Ref Id", "'${Id}'", "!Sub 'x-${Id}'"] {
        assert!(policy("AWS::S3::BucketPolicy", meant).is_unknown(), "{meant}");
    }
    assert!(policy("AWS::SQS::QueuePolicy", "!Ref A").is_absent());
}

#[test]
fn what_a_loop_makes_twice_is_refused() {
    let text = format!(
        "{HEAD}Resources:\n  'Fn::ForEach::L': [Id, [a-b, ab], {{'B&{{Id}}': {{Type: 'AWS::S3::Bucket'}}}}]\n  C: {{Type: AWS::S3::Bucket}}\n"
    );
    let (all, gaps) = stack(&[("t.yaml", &text)]);
    assert_eq!((ids(&all), gaps.len()), (vec!["C"], 1));
}

#[test]
fn loops_that_would_make_millions_of_resources_end() {
    let values: Vec<String> = (0..200).map(|number| format!("v{number}")).collect();
    let list = values.join(",");
    let mut fragment =
        "{'B${A}${B}${C}${D}': {Type: 'AWS::S3::Bucket', Properties: {BucketName: '${A}${A}'}}}".to_owned();
    for identifier in ["D", "C", "B", "A"] {
        fragment = format!("{{'Fn::ForEach::L{identifier}': [{identifier}, [{list}], {fragment}]}}");
    }
    let text = format!("{HEAD}Resources: {fragment}\n");
    let (_, gaps) = stack(&[("t.yaml", &text)]);
    assert_eq!(gaps.len(), 1, "{gaps:?}");
}

#[test]
fn loops_make_outputs_and_nested_stacks() {
    let parent = format!(
        "{HEAD}
Resources:
  'Fn::ForEach::Stacks':
    - Name
    - !Ref Names
    - 'Stack${{Name}}':
        Type: AWS::CloudFormation::Stack
        Properties: {{TemplateURL: '${{Name}}.yaml', Parameters: {{Name: !Ref Name}}}}
  L: {{Type: AWS::S3::Bucket, Properties: {{LoggingConfiguration: {{DestinationBucketName: !GetAtt Stacka.Outputs.NameX}}}}}}
"
    );
    let child = format!(
        "{HEAD}
Resources: {{B: {{Type: AWS::S3::Bucket, Properties: {{BucketName: !Select [1, !Ref Names]}}}}}}
Outputs:
  'Fn::ForEach::Outputs':
    - Id
    - [X, Y]
    - 'Name${{Id}}': {{Value: !Ref B}}
"
    );
    let (all, gaps) = stack(&[("parent.yaml", &parent), ("a.yaml", &child), ("b.yaml", &child)]);
    assert!(gaps.is_empty(), "{gaps:?}");
    assert_eq!(ids(&all), ["L", "Stacka.B", "Stackb.B"]);
    assert_eq!(
        bucket(named(&all, "L")).logging_target.value().unwrap().target,
        Some(named(&all, "Stacka.B").id.clone())
    );
    assert_eq!(bucket(named(&all, "Stackb.B")).bucket_name.value().unwrap(), "b");
}
