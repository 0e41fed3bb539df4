//! What people complain about in other tools: each complaint that can be made of a template, with what we say.

use super::*;

/// checkov#5325: parameters and conditions with defaults are not worked out, and good templates fail.
#[test]
fn parameters_and_conditions_with_defaults_are_worked_out() {
    let head = "
Parameters: {Stage: {Type: String, Default: prod}, Status: {Type: String, Default: Enabled}}
Conditions: {IsProd: !Equals [!Ref Stage, prod]}
";
    for written in ["!Ref Status", "!If [IsProd, Enabled, Suspended]", "!If [IsProd, !Ref Status, !Ref 'AWS::NoValue']"] {
        assert_eq!(versioning(head, written).value().unwrap(), "Enabled", "{written}");
    }
}

/// The same: checkov fails a `Ref` without a default, an import, and a choice that hangs on them; trivy takes the branch
/// of false, and null for the `Ref`.
#[test]
fn what_is_not_known_is_neither_good_nor_bad() {
    let head = "
Parameters: {Free: {Type: String}}
Conditions: {Maybe: !Equals [!Ref Free, x]}
";
    for written in ["!Ref Free", "!ImportValue x", "!If [Maybe, Enabled, Suspended]", "!If [Maybe, Enabled, !Ref 'AWS::NoValue']"] {
        let fact = versioning(head, written);
        assert!(fact.is_unknown() && !why(&fact).is_empty(), "{written}");
    }
    // checkov gives no answer even where both branches are the same.
    assert_eq!(versioning(head, "!If [Maybe, Suspended, Suspended]").value().unwrap(), "Suspended");
}

/// checkov fails a resource whose condition cannot be decided, and trivy#7099 drops what a loop may make in silence.
#[test]
fn what_may_not_exist_is_said_to_be_so() {
    let text = "
Parameters: {Free: {Type: String}, Names: {Type: CommaDelimitedList}}
Conditions: {Maybe: !Equals [!Ref Free, x]}
Resources:
  B: {Type: AWS::S3::Bucket, Condition: Maybe}
  'Fn::ForEach::L': [Id, !Ref Names, {'X${Id}': {Type: 'AWS::S3::Bucket'}}]
";
    let (all, gaps) = stack(&[("t.yaml", text)]);
    assert!(named(&all, "B").exists.is_unknown());
    assert_eq!(gaps.len(), 1);
}

/// cfn-guard#39 wants the values of parameters; #375: `Ref` and `Sub` are treated differently.
#[test]
fn values_that_the_user_gives_hold_wherever_they_are_named() {
    let parameters = [("Free".to_owned(), "Enabled".to_owned())].into();
    let options = FileOptions { parameters, ..FileOptions::default() };
    for written in ["!Ref Free", "!Sub '${Free}'", "{'Fn::Sub': '${Free}'}", "!Join ['', [!Ref Free]]"] {
        let text = with_bucket("Parameters: {Free: {Type: String}}", &format!("VersioningConfiguration:\n  Status: {written}"));
        let all = resources_with(&text, &options);
        assert_eq!(bucket(named(&all, "B")).versioning.value().unwrap(), "Enabled", "{written}");
    }
}

/// trivy#10926: of two modules that use the same child, both have its defaults in place of what they are given.
#[test]
fn siblings_have_each_their_own_values() {
    let parent = "Resources:
  X: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: c.yaml, Parameters: {S: Enabled}}}
  Y: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: c.yaml, Parameters: {S: Suspended}}}
  Z: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: c.yaml}}
";
    let child = "Parameters: {S: {Type: String, Default: Off}}
Resources: {B: {Type: AWS::S3::Bucket, Properties: {VersioningConfiguration: {Status: !Ref S}}}}
";
    let (all, _) = stack(&[("p.yaml", parent), ("c.yaml", child)]);
    let status = |id: &str| bucket(named(&all, id)).versioning.value().unwrap().clone();
    assert_eq!(["X.B", "Y.B", "Z.B"].map(status), ["Enabled", "Suspended", "Off"]);
}

/// checkov#6943, defsec#1147: what is wrong in a nested module is shown at its call, or at a wrong line.
#[test]
fn a_fault_stands_where_it_is_to_be_mended() {
    let parent = "Resources:
  N:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: c.yaml
      Parameters:
        S: Suspended
";
    let child = "Parameters: {S: {Type: String}}
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: {Status: !Ref S}
      PublicAccessBlockConfiguration: {BlockPublicAcls: false}
";
    let (all, _) = stack(&[("p.yaml", parent), ("c.yaml", child)]);
    let bucket = bucket(named(&all, "N.B"));
    let at = |fact: &Option<Arc<crate::model::position::Position>>| {
        fact.as_ref().map(|at| (at.file.to_string(), at.start.line, at.start.column)).unwrap()
    };
    assert_eq!(at(&bucket.versioning.at), ("p.yaml".to_owned(), 7, 12));
    let block = bucket.public_access_block.value().unwrap();
    assert_eq!(at(&block.block_public_acls.at), ("c.yaml".to_owned(), 7, 57));
}

/// checkov#4669, trivy#4780: null in one branch is taken for a missing property.
#[test]
fn no_value_in_one_branch_leaves_the_property_open() {
    let head = "
Parameters: {Free: {Type: String}}
Conditions: {Maybe: !Equals [!Ref Free, x]}
";
    assert!(versioning(head, "!If [Maybe, !Ref 'AWS::NoValue', Enabled]").is_unknown());
    assert!(versioning(head, "!Ref 'AWS::NoValue'").is_absent());
}
