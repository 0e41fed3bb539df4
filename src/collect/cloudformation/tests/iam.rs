//! Principals and policies of IAM.

mod documents;
mod joins;

use serde_json::{Value as Json, json};

use super::{named, resources, resources_with};
use crate::collect::files::FileOptions;
use crate::model::fact::Fact;
use crate::model::iam::{HOLE, ManagedPolicy, NamedPolicy, Principal};
use crate::model::resource::{Facts, Link, Resource};

fn principal<'a>(all: &'a [Resource], id: &str) -> &'a Principal {
    match &named(all, id).facts {
        Facts::User(principal) | Facts::Group(principal) | Facts::Role(principal) => principal,
        other => panic!("no principal: {other:?}"),
    }
}

fn policy<'a>(all: &'a [Resource], id: &str) -> &'a ManagedPolicy {
    let Facts::ManagedPolicy(policy) = &named(all, id).facts else { panic!("no policy") };
    policy
}

fn json_of(text: &Fact<String>) -> Json {
    serde_json::from_str(text.value().unwrap()).unwrap()
}

fn inline<'a>(all: &'a [Resource], id: &str) -> &'a [NamedPolicy] {
    principal(all, id).inline.value().unwrap()
}

/// Each as its text, `?` where that is not known, with its target.
fn shown(links: &Fact<Vec<Link>>) -> Vec<String> {
    let show = |link: &Link| {
        let text = link.text.value().map_or("?", String::as_str);
        link.target.as_ref().map_or_else(|| text.to_owned(), |target| format!("{text} -> {}", target.id))
    };
    links.value().unwrap().iter().map(show).collect()
}

/// The statements of the only inline policy of a role `R`, which are these lines, indented by fourteen.
fn statements(sections: &str, lines: &str) -> Json {
    let lines: String = lines.lines().map(|line| format!("              {line}\n")).collect();
    let all = resources(&format!(
        "{sections}\nResources:\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n      Policies:\n        - PolicyName: p\n          \
         PolicyDocument:\n            Version: 2012-10-17\n            Statement:\n{lines}"
    ));
    let text = json_of(&inline(&all, "R")[0].document);
    text["Statement"].clone()
}

const PLACE: &str = "111122223333";

fn placed(text: &str) -> Vec<Resource> {
    let options =
        FileOptions { account: Some(PLACE.to_owned()), region: Some("eu-west-1".to_owned()), ..FileOptions::default() };
    resources_with(text, &options)
}

#[test]
fn a_role_has_what_its_template_says() {
    let all = placed(
        "
Resources:
  R:
    Type: AWS::IAM::Role
    Properties:
      RoleName: restore
      Path: /ops/
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: {Service: backup.amazonaws.com}, Action: sts:AssumeRole}]
      ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess', !Ref P]
      PermissionsBoundary: !Ref P
      Policies:
        - PolicyName: b
          PolicyDocument: {Version: '2012-10-17', Statement: {Effect: Allow, Action: 's3:*', Resource: '*'}}
        - PolicyName: a
          PolicyDocument: '{\"Statement\": []}'
  P:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      ManagedPolicyName: limits
      PolicyDocument: {Version: '2012-10-17', Statement: []}
",
    );
    let role = principal(&all, "R");
    assert_eq!(role.name.value().unwrap(), "restore");
    assert_eq!(role.path.value().unwrap(), "/ops/");
    assert_eq!(json_of(&role.trust)["Statement"][0]["Principal"], json!({"Service": "backup.amazonaws.com"}));
    let limits = "arn:aws:iam::111122223333:policy/limits -> P";
    assert_eq!(shown(&role.attached), [limits, "arn:aws:iam::aws:policy/ReadOnlyAccess"]);
    assert_eq!(role.boundary.value().unwrap().target.as_ref().unwrap().id, "P".into());
    let names: Vec<&str> = inline(&all, "R").iter().map(|policy| &*policy.name).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(inline(&all, "R")[0].document.value().unwrap(), "{\"Statement\": []}");
    assert!(role.groups.is_absent());
    let id = &named(&all, "R").id;
    assert_eq!((id.region.as_deref(), id.account.as_deref()), (Some("global"), Some(PLACE)));
    assert_eq!(&*named(&all, "R").name, "restore");
}

#[test]
fn what_is_left_out_has_the_default() {
    let all = resources(
        "Resources:\n  R: {Type: AWS::IAM::Role}\n  U: {Type: AWS::IAM::User}\n  G: {Type: AWS::IAM::Group}\n",
    );
    for id in ["R", "U", "G"] {
        let principal = principal(&all, id);
        assert_eq!(principal.path.value().unwrap(), "/", "{id}");
        assert_eq!(principal.inline.value().unwrap().len(), 0, "{id}");
        assert_eq!(principal.attached.value().unwrap().len(), 0, "{id}");
        assert!(principal.boundary.is_absent(), "{id}");
        assert!(principal.name.is_unknown(), "{id}: it is made up");
    }
    assert_eq!(principal(&all, "U").groups.value().unwrap().len(), 0);
    assert!(principal(&all, "G").groups.is_absent());
}

#[test]
fn a_policy_of_aws_is_known_whatever_the_partition() {
    let all = resources(
        "
Resources:
  R:
    Type: AWS::IAM::Role
    Properties:
      ManagedPolicyArns:
        - !Sub 'arn:${AWS::Partition}:iam::aws:policy/service-role/A'
        - !Join ['', ['arn:', !Ref AWS::Partition, ':iam::aws:policy/B']]
        - !Sub 'arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/mine'
",
    );
    let shown = shown(&principal(&all, "R").attached);
    assert_eq!(shown, ["arn:aws:iam::aws:policy/B", "arn:aws:iam::aws:policy/service-role/A", "?"]);
}

#[test]
fn a_policy_that_may_not_be_in_a_list_is_one_that_may_allow_nothing() {
    let all = resources(
        "
Parameters: {Env: {Type: String}, Arns: {Type: CommaDelimitedList}}
Conditions: {Prod: !Equals [!Ref Env, prod]}
Resources:
  R:
    Type: AWS::IAM::Role
    Properties:
      ManagedPolicyArns:
        - 'arn:aws:iam::aws:policy/ReadOnlyAccess'
        - !If [Prod, !Ref AWS::NoValue, 'arn:aws:iam::aws:policy/AdministratorAccess']
      Policies:
        - !If
          - Prod
          - !Ref AWS::NoValue
          - PolicyName: p
            PolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}
        - PolicyName: !Sub '${Env}-all'
          PolicyDocument: !Ref Env
  S:
    Type: AWS::IAM::Role
    Properties: {ManagedPolicyArns: !Ref Arns}
",
    );
    assert_eq!(shown(&principal(&all, "R").attached), ["arn:aws:iam::aws:policy/ReadOnlyAccess", "?"]);
    let inline = inline(&all, "R");
    assert_eq!(inline[0].name, "p");
    let open = json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Fn::Unknown": []}});
    assert_eq!(json_of(&inline[0].document)["Statement"], json!([open]));
    assert_eq!(inline[1].name, format!("{HOLE}-all"));
    assert!(inline[1].document.is_unknown());
    assert_eq!(shown(&principal(&all, "S").attached), ["?"]);
}

#[test]
fn a_function_of_sam_without_a_role_gets_one() {
    let all = resources(
        "
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {RolePath: /fn/}}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Policies:
        - AmazonDynamoDBFullAccess
        - arn:aws:iam::aws:policy/AWSBackupFullAccess
        - !Ref P
        - S3CrudPolicy: {BucketName: b}
        - Version: '2012-10-17'
          Statement: [{Effect: Allow, Action: 'backup:*', Resource: '*'}]
  Own:
    Type: AWS::Serverless::Function
    Properties: {Role: 'arn:aws:iam::111122223333:role/r'}
  M:
    Type: AWS::Serverless::StateMachine
    Properties: {Events: {E: {Type: Api}}}
  P:
    Type: AWS::IAM::ManagedPolicy
    Properties: {PolicyDocument: {Version: '2012-10-17', Statement: []}}
",
    );
    let ids = super::ids(&all);
    assert_eq!(ids, ["FRole", "MRole", "P"]);
    let role = principal(&all, "FRole");
    assert_eq!(role.path.value().unwrap(), "/fn/");
    assert_eq!(json_of(&role.trust)["Statement"][0]["Principal"], json!({"Service": "lambda.amazonaws.com"}));
    let basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    assert_eq!(shown(&role.attached), ["arn:aws:iam::aws:policy/AWSBackupFullAccess", basic, "?", "? -> P"]);
    let inline = inline(&all, "FRole");
    let names: Vec<&str> = inline.iter().map(|policy| &*policy.name).collect();
    assert_eq!(names, ["FRolePolicy3", "FRolePolicy4"]);
    assert!(inline[0].document.is_unknown(), "a template of the macro");
    assert_eq!(json_of(&inline[1].document)["Statement"][0]["Action"], "backup:*");
    let machine = principal(&all, "MRole");
    assert_eq!(json_of(&machine.trust)["Statement"][0]["Principal"], json!({"Service": "states.amazonaws.com"}));
    assert_eq!(shown(&machine.attached), ["?"], "the macro may attach more");
}

#[test]
fn a_function_that_may_have_a_role_may_get_one() {
    let all = resources(
        "
Transform: AWS::Serverless-2016-10-31
Parameters: {X: {Type: String}}
Conditions: {C: !Equals [!Ref X, a]}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: {Role: !If [C, !Ref X, !Ref AWS::NoValue], Policies: [!Ref X]}
",
    );
    let role = principal(&all, "FRole");
    assert!(named(&all, "FRole").exists.is_unknown());
    assert_eq!(shown(&role.attached), ["?"]);
    assert!(role.inline.value().unwrap()[0].document.is_unknown() && role.trust.is_unknown());
}
