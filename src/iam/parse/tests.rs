use super::*;

fn read(text: &str) -> (Vec<Statement>, Vec<String>) {
    let (statements, faults) = parse(text, &Catalogue::default());
    (statements, faults.iter().map(|fault| fault.to_string()).collect())
}

fn faults(statement: &str) -> Vec<String> {
    read(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#)).1
}

#[test]
fn texts_and_lists_are_taken_everywhere() {
    let one = r#"{"Version": "2012-10-17", "Id": "x", "Statement":
        {"Sid": "A", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:*", "Resource": "*",
         "Condition": {"Bool": {"a": true}, "NumericLessThan": {"b": 3}, "StringLike": {"c": ["x", "y"]}}}}"#;
    let (statements, faults) = read(one);
    assert_eq!((statements.len(), faults), (1, Vec::new()));
    let conditions: Vec<_> = statements[0].conditions.all.iter().map(|condition| condition.texts.join(",")).collect();
    assert_eq!(conditions, ["true", "3", "x,y"]);
    let many = r#"{"Statement": [{"Effect": "Deny", "NotPrincipal": "*", "NotAction": ["a:B", "c:*"],
        "NotResource": ["*"], "Condition": {}}]}"#;
    let (statements, faults) = read(many);
    assert_eq!((statements.len(), faults), (1, Vec::new()));
    assert_eq!(statements[0].effect, Some(Effect::Deny));
    assert!(matches!(statements[0].principals, Principals::AllBut(_)));
    assert!(matches!(statements[0].resources, Resources::AllBut(_)));
}

#[test]
fn what_aws_refuses_is_said_with_its_place() {
    let cases = [
        (r#"{"Effect": "allow", "Action": "*", "Resource": "*"}"#, "unknown effect `allow` at `Statement[0].Effect`"),
        (r#"{"Action": "*", "Resource": "*"}"#, "no `Effect` at `Statement[0]`"),
        (r#"{"Effect": "Allow", "Resource": "*"}"#, "neither `Action` nor `NotAction` at `Statement[0]`"),
        (
            r#"{"Effect": "Allow", "Action": "*", "NotAction": "a:B", "Resource": "*"}"#,
            "`Action` and `NotAction` exclude each other at `Statement[0].NotAction`",
        ),
        (
            r#"{"Effect": "Allow", "Effect": "Deny", "Action": "*", "Resource": "*"}"#,
            "`Effect` stands twice at `Statement[0].Effect`",
        ),
        (
            r#"{"Effect": "Allow", "action": "*", "Action": "*", "Resource": "*"}"#,
            "unknown element `action` at `Statement[0].action`",
        ),
        (r#"{"Effect": "Allow", "Action": "s3", "Resource": "*"}"#, "`s3` names no service at `Statement[0].Action`"),
        (
            r#"{"Effect": "Allow", "Action": ["s3:Get", 3], "Resource": "*"}"#,
            "a number where a text is expected at `Statement[0].Action[1]`",
        ),
        (
            r#"{"Effect": "Allow", "Action": "s3:Get\n*", "Resource": "*"}"#,
            "a control character in the name of an action at `Statement[0].Action`",
        ),
        (r#"{"Effect": "Allow", "Action": [], "Resource": "*"}"#, "an empty list at `Statement[0].Action`"),
        (
            r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringIs": {}}}"#,
            "unknown operator `StringIs` at `Statement[0].Condition.StringIs`",
        ),
        (
            r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"NullIfExists": {"a": "true"}}}"#,
            "unknown operator `NullIfExists` at `Statement[0].Condition.NullIfExists`",
        ),
        (
            r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"a": null}}}"#,
            "null where a value is expected at `Statement[0].Condition.Bool.a`",
        ),
        (
            r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"a": "x", "a": "y"}}}"#,
            "`a` stands twice at `Statement[0].Condition.Bool.a`",
        ),
        (
            r#"{"Effect": "Allow", "Action": "*", "Principal": "111122223333"}"#,
            "`111122223333` says no kind of principal at `Statement[0].Principal`",
        ),
        (
            r#"{"Effect": "Allow", "Action": "*", "Principal": {"Aws": "*"}}"#,
            "unknown element `Aws` at `Statement[0].Principal.Aws`",
        ),
        ("3", "a number where a statement is expected at `Statement[0]`"),
    ];
    for (statement, fault) in cases {
        assert_eq!(faults(statement), [fault], "{statement}");
    }
    let whole = [
        ("[]", "a list where a policy document is expected at `document`"),
        ("{}", "no `Statement` at `document`"),
        (r#"{"Statement": []}"#, "an empty list at `Statement`"),
    ];
    for (text, fault) in whole {
        assert_eq!(read(text).1, [fault]);
    }
    let version = r#"{"Version": "2012-10-18", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
    assert_eq!(read(version).1, ["unknown version `2012-10-18` at `Version`"]);
    assert!(read("{").1[0].starts_with("no JSON: "));
}

#[test]
fn a_sid_that_stands_twice_is_odd_and_no_reason_to_refuse() {
    let same = r#"{"Sid": "A", "Effect": "Allow", "Action": "*", "Resource": "*"}"#;
    let text = format!(r#"{{"Statement": [{same}, {same}]}}"#);
    let (_, faults) = parse(&text, &Catalogue::default());
    assert_eq!(faults[0].to_string(), "`A` names two statements at `Statement[1].Sid`");
    assert!(!faults[0].refused);
}

#[test]
fn functions_of_templates_are_open_and_no_faults() {
    let open = r#"{"Sid": {"Ref": "S"}, "Effect": {"Ref": "E"}, "Action": [{"Fn::Sub": "s3:${A}"}, "s3:Get"],
        "Resource": {"Fn::GetAtt": ["B", "Arn"]}, "Principal": {"AWS": {"Ref": "P"}},
        "Condition": {"Bool": {"a": {"Ref": "V"}}, "StringLike": {"Ref": "W"}}}"#;
    let (statements, faults) = read(&format!(r#"{{"Statement": [{open}, {{"Fn::If": []}}]}}"#));
    assert_eq!(faults, Vec::<String>::new());
    assert_eq!(statements[0].effect, None);
    assert!(statements[0].conditions.open);
    assert_eq!(statements[0].principals, Principals::Named([Who::Unsure].into()));
    assert_eq!(statements[1].principals, Principals::Unknown);
}
