//! Policy documents, of which a template may leave parts open.

use serde_json::json;

use super::*;
use crate::iam::{
    Answer, Attachment, Context, Denial, Layers, Library, Principal as Asker, Request, Resource as Asked,
};

const OPEN: &str =
    "Parameters: {X: {Type: String}, Xs: {Type: CommaDelimitedList}}\nConditions: {C: !Equals [!Ref X, a]}";

#[test]
fn a_hole_is_one_to_whoever_reads_it() {
    assert_eq!(HOLE, crate::iam::HOLE);
}

#[test]
fn what_is_not_known_of_a_text_is_a_hole() {
    let cases = [
        ("!Sub 'arn:aws:s3:::${X}/*'", format!("arn:aws:s3:::{HOLE}/*")),
        ("!Join ['', ['arn:aws:s3:::', !Ref X, '/', '*']]", format!("arn:aws:s3:::{HOLE}/*")),
        ("!Ref X", HOLE.to_string()),
        ("!Select [0, !Split [',', !Sub 'a-${X},b']]", HOLE.to_string()),
        ("!Sub 'arn:aws:s3:::${!aws:username}-${X}'", format!("arn:aws:s3:::${{aws:username}}-{HOLE}")),
        ("!Join ['', ['${aws:', !Ref X, '}']]", HOLE.to_string()),
        ("!GetAtt R.Arn", format!("arn:{HOLE}:iam::{HOLE}:role/{HOLE}")),
        ("!GetAtt N.Arn", format!("arn:{HOLE}:iam::{HOLE}:role/n")),
        ("!GetAtt V.BackupVaultArn", format!("arn:{HOLE}:backup:{HOLE}:{HOLE}:backup-vault:v")),
        ("!GetAtt B.Arn", format!("arn:{HOLE}:s3:::b-{HOLE}")),
        ("'{{resolve:ssm:x}}'", HOLE.to_string()),
    ];
    for (written, wanted) in cases {
        let all = resources(&format!(
            "{OPEN}
Resources:
  N: {{Type: AWS::IAM::Role, Properties: {{RoleName: n}}}}
  V: {{Type: AWS::Backup::BackupVault, Properties: {{BackupVaultName: v}}}}
  B: {{Type: AWS::S3::Bucket, Properties: {{BucketName: !Sub 'b-${{X}}'}}}}
  R:
    Type: AWS::IAM::Role
    Properties:
      Policies:
        - PolicyName: p
          PolicyDocument: {{Version: '2012-10-17', Statement: [{{Effect: Allow, Action: '*', Resource: {written}}}]}}
"
        ));
        let text = json_of(&inline(&all, "R")[0].document);
        assert_eq!(text["Statement"][0]["Resource"], json!(wanted), "{written}");
        let bucket = super::super::bucket(named(&all, "B"));
        assert!(bucket.bucket_name.is_unknown(), "holes are for policies alone");
    }
}

#[test]
fn a_statement_that_hangs_on_a_condition_is_each_that_it_may_be() {
    let open = json!({"Fn::Unknown": []});
    let found = statements(
        OPEN,
        "- !If [C, {Effect: Deny, Action: a:b, Resource: '*'}, !Ref AWS::NoValue]
- {Effect: Allow, Action: !If [C, [a:b, a:c], a:d], Resource: '*'}
- {Effect: Allow, Action: [a:b, !If [C, a:e, !Ref AWS::NoValue]], Resource: '*', Condition: {Bool: {k: true}}}
- Fn::Transform: {Name: Own}",
    );
    let maybe = |effect: &str, action: serde_json::Value| json!({"Effect": effect, "Action": action, "Resource": "*", "Condition": open});
    let with = |action: serde_json::Value| json!({"Effect": "Allow", "Action": action, "Resource": "*", "Condition": {"Bool": {"k": true}, "Null": open}});
    assert_eq!(
        found,
        json!([
            maybe("Deny", json!("a:b")),
            maybe("Allow", json!(["a:b", "a:c"])),
            maybe("Allow", json!("a:d")),
            with(json!(["a:b", "a:e"])),
            with(json!(["a:b"])),
            open,
        ])
    );
}

#[test]
fn a_statement_with_more_conditions_than_are_written_out_has_holes() {
    let found = statements(
        "Parameters: {X: {Type: String}}
Conditions: {A: !Equals [!Ref X, a], B: !Equals [!Ref X, b], C: !Equals [!Ref X, c]}",
        "- Effect: !If [A, Allow, Deny]
  Action: !If [B, s3:Get, s3:Put]
  Resource: !If [C, 'arn:aws:s3:::one', 'arn:aws:s3:::two']",
    );
    assert_eq!(found.as_array().unwrap().len(), 4);
    for statement in found.as_array().unwrap() {
        assert_eq!(statement["Resource"], json!(format!("arn:aws:s3:::{HOLE}")));
        assert_eq!(statement["Condition"], json!({"Fn::Unknown": []}));
    }
    let found = statements(
        "Parameters: {X: {Type: String}}
Conditions: {A: !Equals [!Ref X, a], B: !Equals [!Ref X, b], C: !Equals [!Ref X, c]}",
        "- Effect: !If [A, Allow, Deny]
  Action: !If [B, s3:Get, s3:Put]
  Resource: !If [C, 'arn:aws:s3:::one', !Ref AWS::NoValue]",
    );
    assert_eq!(found[0], json!({"Fn::Unknown": []}), "without a resource it would be another statement");
}

#[test]
fn conditions_and_principals_that_are_open_are_open_as_a_whole() {
    let open = json!({"Fn::Unknown": []});
    let found = statements(
        OPEN,
        "- {Effect: Allow, Action: '*', Resource: '*', Condition: !Ref X}
- {Effect: Allow, Action: '*', Resource: '*', Condition: {StringEquals: !Ref X}}
- {Effect: Allow, Action: '*', Resource: '*', Condition: {StringEquals: {k: !Ref X}}}
- {Effect: Allow, Principal: !Ref X, Action: !Ref X, Resource: !Ref Xs, Sid: !Ref X}
- {Effect: Allow, Principal: {AWS: !Ref X}, Action: [a:b, !Ref X]}",
    );
    assert_eq!(found[0]["Condition"], open);
    assert_eq!(found[1]["Condition"], json!({"StringEquals": open}));
    assert_eq!(found[2]["Condition"], json!({"StringEquals": {"k": HOLE.to_string()}}));
    let hole = HOLE.to_string();
    assert_eq!(found[3], json!({"Effect": "Allow", "Principal": open, "Action": hole, "Resource": hole}));
    assert_eq!(found[4]["Principal"], json!({"AWS": hole}));
    assert_eq!(found[4]["Action"], json!(["a:b", hole]));
}

#[test]
fn each_statement_knows_its_place() {
    let all = resources(
        "
Parameters: {X: {Type: String}}
Conditions: {C: !Equals [!Ref X, a]}
Resources:
  P:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - {Effect: Allow, Action: a:b, Resource: '*'}
          - Effect: Allow
            Action: !If [C, a:c, a:d]
            Resource: '*'
",
    );
    let policy = policy(&all, "P");
    let lines: Vec<u32> = policy.statements.iter().map(|at| at.as_ref().unwrap().start.line).collect();
    assert_eq!(lines, [11, 12, 12]);
    assert_eq!(json_of(&policy.document)["Statement"].as_array().unwrap().len(), 3);
    assert_eq!(super::super::place(&policy.document), "9:9-14:26");
}

#[test]
fn a_document_whose_version_or_whole_is_open_is_unknown() {
    for document in [
        "!Ref X",
        "!Sub '{\"Statement\": ${X}}'",
        "!Sub '{\"${X}\": []}'",
        "{Version: !Ref X, Statement: []}",
        "!If [C, {Statement: []}, !Ref AWS::NoValue]",
    ] {
        let all = resources(&format!(
            "{OPEN}\nResources:\n  P:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument: {document}\n"
        ));
        assert!(policy(&all, "P").document.is_unknown(), "{document}");
    }
    let either = "!If [C, {Version: v, Statement: {Effect: Allow}}, {Version: v, Statement: [{Effect: Deny}]}]";
    let all = resources(&format!(
        "{OPEN}\nResources:\n  P:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument: {either}\n"
    ));
    let open = json!({"Fn::Unknown": []});
    let both = json!([{"Effect": "Allow", "Condition": open}, {"Effect": "Deny", "Condition": open}]);
    assert_eq!(json_of(&policy(&all, "P").document)["Statement"], both);
    assert_eq!(policy(&all, "P").statements.len(), 2);
}

const NO: Answer = Answer::No(Denial::Implicit);

/// Whether a role of the account with this policy may do it to this.
fn may(statements: serde_json::Value, action: &str, resource: &str) -> Answer {
    let mut library = Library::new([action]);
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let id = library.add(&text);
    assert!(library.document(id).unwrap().is_readable(), "{text}: {:?}", library.document(id).unwrap().faults());
    let asker = Asker::of_arn("arn:aws:iam::111122223333:role/r").unwrap();
    let identity = [Attachment::new("p", id)];
    let layers = Layers::new(&identity);
    let context = Context::whole();
    let (action, resource) = (library.action(action), Asked::new(resource, Some("111122223333")));
    library.decide(&Request { principal: &asker, action: &action, resource, context: &context }, &layers).answer
}

#[test]
fn what_is_open_is_neither_yes_nor_no() {
    let (delete, vault) = ("backup:DeleteBackupVault", "arn:aws:backup:eu-west-1:111122223333:backup-vault:v");
    let cases = [
        ("- {Effect: Allow, Action: 'backup:*', Resource: '*'}", Answer::Yes),
        ("- {Effect: Allow, Action: 'backup:*', Resource: !Sub 'arn:aws:s3:::${X}'}", NO),
        ("- {Effect: Allow, Action: 'backup:*', Resource: !Ref X}", Answer::Conditional),
        ("- {Effect: Allow, Action: !Ref X, Resource: '*'}", Answer::Conditional),
        ("- {Effect: !Ref X, Action: 'backup:*', Resource: '*'}", Answer::Conditional),
        ("- {Effect: Allow, Action: 's3:*', Resource: !Ref X}", NO),
        ("- !If [C, {Effect: Allow, Action: 'backup:*', Resource: '*'}, !Ref AWS::NoValue]", Answer::Conditional),
        ("- !If [C, {Effect: Allow, Action: 's3:*', Resource: '*'}, !Ref AWS::NoValue]", NO),
        (
            "- {Effect: Allow, Action: 'backup:*', Resource: '*', Condition: {StringEquals: !Ref X}}",
            Answer::Conditional,
        ),
        (
            "- {Effect: Allow, Action: '*', Resource: '*'}\n- !If [C, {Effect: Deny, Action: '*', Resource: '*'}, !Ref AWS::NoValue]",
            Answer::Conditional,
        ),
        (
            "- {Effect: Allow, Action: '*', Resource: '*', Condition: {StringEquals: {'aws:Nothing': !If [C, a, !Ref AWS::NoValue]}}}",
            Answer::Conditional,
        ),
    ];
    for (written, wanted) in cases {
        assert_eq!(may(statements(OPEN, written), delete, vault), wanted, "{written}");
    }
}
