//! What is attached to a principal beside it.

use serde_json::json;

use super::super::stack;
use super::*;

const ALL: &str = "{Version: '2012-10-17', Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}";

fn names(all: &[Resource], id: &str) -> Vec<String> {
    inline(all, id).iter().map(|policy| policy.name.clone()).collect()
}

#[test]
fn inline_policies_are_joined_by_reference_and_by_name() {
    let all = resources(&format!(
        "
Resources:
  R: {{Type: AWS::IAM::Role}}
  Named: {{Type: AWS::IAM::Role, Properties: {{RoleName: restore}}}}
  U: {{Type: AWS::IAM::User, Properties: {{UserName: ann}}}}
  G: {{Type: AWS::IAM::Group}}
  Many:
    Type: AWS::IAM::Policy
    Properties: {{PolicyName: many, PolicyDocument: {ALL}, Roles: [!Ref R, restore], Users: [ann], Groups: [!Ref G]}}
  One: {{Type: AWS::IAM::RolePolicy, Properties: {{PolicyName: one, PolicyDocument: {ALL}, RoleName: !Ref R}}}}
  OfUser: {{Type: AWS::IAM::UserPolicy, Properties: {{PolicyName: of-user, PolicyDocument: {ALL}, UserName: !Ref U}}}}
  OfGroup: {{Type: AWS::IAM::GroupPolicy, Properties: {{PolicyName: of-group, PolicyDocument: {ALL}, GroupName: !Ref G}}}}
  Other: {{Type: AWS::IAM::RolePolicy, Properties: {{PolicyName: other, PolicyDocument: {ALL}, RoleName: elsewhere}}}}
"
    ));
    assert_eq!(names(&all, "R"), ["many", "one"]);
    assert_eq!(names(&all, "Named"), ["many"]);
    assert_eq!(names(&all, "U"), ["many", "of-user"]);
    assert_eq!(names(&all, "G"), ["many", "of-group"]);
    let one = &inline(&all, "R")[1];
    assert_eq!(json_of(&one.document)["Statement"][0]["Action"], "*");
    assert_eq!(one.statements[0].as_ref().unwrap().start.line, 10);
}

#[test]
fn managed_policies_and_groups_are_joined_from_either_side() {
    let all = placed(&format!(
        "
Resources:
  R: {{Type: AWS::IAM::Role}}
  U: {{Type: AWS::IAM::User, Properties: {{UserName: ann, Groups: [!Ref G]}}}}
  G: {{Type: AWS::IAM::Group}}
  H: {{Type: AWS::IAM::Group, Properties: {{GroupName: hands}}}}
  P:
    Type: AWS::IAM::ManagedPolicy
    Properties: {{ManagedPolicyName: p, Path: /x/, PolicyDocument: {ALL}, Roles: [!Ref R], Users: [ann]}}
  Add: {{Type: AWS::IAM::UserToGroupAddition, Properties: {{GroupName: !Ref H, Users: [!Ref U]}}}}
"
    ));
    let own = "arn:aws:iam::111122223333:policy/x/p -> P";
    assert_eq!(shown(&principal(&all, "R").attached), [own]);
    assert_eq!(shown(&principal(&all, "U").attached), [own]);
    assert_eq!(shown(&principal(&all, "U").groups), ["hands -> H", "? -> G"]);
    assert_eq!(policy(&all, "P").path.value().unwrap(), "/x/");
    assert!(policy(&all, "P").attachments.is_unknown());
}

#[test]
fn what_may_be_attached_is_a_policy_that_may_allow_nothing() {
    let all = resources(&format!(
        "
Parameters: {{X: {{Type: String}}}}
Conditions: {{C: !Equals [!Ref X, a]}}
Resources:
  R: {{Type: AWS::IAM::Role}}
  Named: {{Type: AWS::IAM::Role, Properties: {{RoleName: !Sub '${{X}}-r'}}}}
  A: {{Type: AWS::IAM::RolePolicy, Condition: C, Properties: {{PolicyName: a, PolicyDocument: {ALL}, RoleName: !Ref R}}}}
  B: {{Type: AWS::IAM::RolePolicy, Properties: {{PolicyName: b, PolicyDocument: {ALL}, RoleName: !Ref X}}}}
  P: {{Type: AWS::IAM::ManagedPolicy, Condition: C, Properties: {{PolicyDocument: {ALL}, Roles: [!Ref R]}}}}
"
    ));
    assert_eq!(names(&all, "R"), ["a"], "no parameter is a name that is not made yet");
    assert_eq!(names(&all, "Named"), ["b"]);
    for id in ["R", "Named"] {
        let statement = &json_of(&inline(&all, id)[0].document)["Statement"][0];
        assert_eq!(statement["Condition"], json!({"Fn::Unknown": []}), "{id}");
    }
    assert_eq!(shown(&principal(&all, "R").attached), ["?"]);
}

#[test]
fn a_policy_of_a_nested_stack_is_joined_to_the_role_that_it_is_given() {
    let (all, gaps) = stack(&[
        (
            "t.yaml",
            "Resources:\n  R: {Type: AWS::IAM::Role}\n  N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: n.yaml, Parameters: {Role: !Ref R}}}\n",
        ),
        (
            "n.yaml",
            &format!(
                "Parameters: {{Role: {{Type: String}}}}\nResources:\n  P: {{Type: AWS::IAM::Policy, Properties: {{PolicyName: p, PolicyDocument: {ALL}, Roles: [!Ref Role]}}}}\n"
            ),
        ),
    ]);
    assert!(gaps.is_empty(), "{gaps:?}");
    assert_eq!(names(&all, "R"), ["p"]);
}
