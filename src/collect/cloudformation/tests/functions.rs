//! AWS's documented examples of functions ("Intrinsic function reference" in the CloudFormation Template Reference): one
//! table for each page, what is written beside what it gives.

use super::*;

/// What a value gives as the status of a bucket; none where it is not known.
fn gives(sections: &str, written: &str) -> Option<String> {
    versioning(sections, written).value().cloned()
}

fn table(sections: &str, cases: &[(&str, Option<&str>)]) {
    for (written, expected) in cases {
        assert_eq!(gives(sections, written).as_deref(), *expected, "{written}");
    }
}

#[test]
fn base64_as_its_page_shows() {
    // "Fn::Base64": the value of `AWS CloudFormation`.
    table(
        "Parameters: {P: {Type: String}}",
        &[
            ("!Base64 'AWS CloudFormation'", Some("QVdTIENsb3VkRm9ybWF0aW9u")),
            ("{'Fn::Base64': !Sub 'AWS CloudFormation'}", Some("QVdTIENsb3VkRm9ybWF0aW9u")),
            ("{'Fn::Base64': !Ref P}", None),
            ("!Base64 [a]", None),
        ],
    );
}

#[test]
fn cidr_as_its_page_shows() {
    // "Fn::Cidr": six blocks of /27 of 192.168.0.0/24; and the first /64 of a /56.
    let six = "!Cidr ['192.168.0.0/24', 6, 5]";
    table(
        "Parameters: {P: {Type: String}}",
        &[
            (&format!("!Select [0, {six}]"), Some("192.168.0.0/27")),
            (&format!("!Select [5, {six}]"), Some("192.168.0.160/27")),
            (&format!("!Select [6, {six}]"), None),
            (
                "!Join [',', !Cidr ['10.0.0.0/16', '4', '14']]",
                Some("10.0.0.0/18,10.0.64.0/18,10.0.128.0/18,10.0.192.0/18"),
            ),
            ("!Select [1, !Cidr ['2001:db8:1234:1a00::/56', 2, 64]]", Some("2001:db8:1234:1a01::/64")),
            ("!Select [0, !Cidr ['192.168.0.0/24', 9, 5]]", None),
            ("!Select [0, !Cidr ['192.168.0.0/24', 257, 0]]", None),
            ("!Select [0, !Cidr ['192.168.0.0/24', 1, 9]]", None),
            ("!Select [0, !Cidr ['192.168.0.0/24', 1]]", None),
            ("!Select [0, !Cidr ['nowhere', 1, 1]]", None),
            ("!Select [0, !Cidr [!Ref P, 1, 1]]", None),
            ("!Select [0, !Cidr ['192.168.0.0/24', -1, 1]]", None),
        ],
    );
}

#[test]
fn join_split_and_select_as_their_pages_show() {
    table(
        "Parameters: {CIDRs: {Type: CommaDelimitedList, Default: '10.0.48.0/24, 10.0.112.0/24'}}",
        &[
            ("!Join [':', [a, b, c]]", Some("a:b:c")),
            ("!Select ['1', [apples, grapes, oranges, mangoes]]", Some("grapes")),
            ("!Select [0, !Ref CIDRs]", Some("10.0.48.0/24")),
            ("!Select [2, !Split ['|', 'a|b|c']]", Some("c")),
            ("!Select [1, !Split ['|', 'a||c|']]", Some("")),
            ("!Select [3, !Split ['|', 'a||c|']]", Some("")),
            ("!Select [2, !Split [',', !ImportValue AccountSubnetIDs]]", None),
            ("!Select [4, [a]]", None),
        ],
    );
}

#[test]
fn find_in_map_as_its_pages_show() {
    // "Fn::FindInMap" and "Fn::FindInMap enhancements": functions as any argument, and a default.
    let mappings = "
Transform: AWS::LanguageExtensions
Parameters:
  Env: {Type: String, Default: us}
  Free: {Type: String}
Mappings:
  RegionMap:
    us-east-1: {HVM64: ami-1, HVMG2: ami-2}
    eu-west-1: {HVM64: ami-3, Zones: [a, b]}
";
    table(
        mappings,
        &[
            ("!FindInMap [RegionMap, us-east-1, HVMG2]", Some("ami-2")),
            ("!FindInMap [RegionMap, !Sub '${Env}-east-1', HVM64]", Some("ami-1")),
            ("!FindInMap [!Join ['', [Region, Map]], us-east-1, !Join ['', [HVM, 64]]]", Some("ami-1")),
            ("!FindInMap [RegionMap, us-east-1, none, {DefaultValue: d}]", Some("d")),
            ("!FindInMap [RegionMap, none, HVM64, {DefaultValue: !Ref Env}]", Some("us")),
            ("!Select [1, !FindInMap [RegionMap, eu-west-1, Zones]]", Some("b")),
            ("!FindInMap [RegionMap, none, HVM64, {DefaultValue: !Ref Free}]", None),
            ("!FindInMap [RegionMap, none, HVM64]", None),
            ("!FindInMap [RegionMap, !Ref Free, HVM64, {DefaultValue: ami-1}]", None),
            ("!FindInMap [!Ref Free, us-east-1, HVM64]", None),
            ("!FindInMap [Nowhere, us-east-1, HVM64]", None),
        ],
    );
}

#[test]
fn length_and_json_text_as_their_pages_show() {
    let head = "
Transform: AWS::LanguageExtensions
Parameters:
  List: {Type: CommaDelimitedList, Default: 'a,b,c'}
  Free: {Type: String}
Conditions: {Maybe: !Equals [!Ref Free, x]}
";
    table(
        head,
        &[
            ("{'Fn::Length': !Ref List}", Some("3")),
            ("{'Fn::Length': [1, !Ref Free, 3]}", None),
            ("{'Fn::Length': !Split ['|', 'a|b']}", Some("2")),
            ("{'Fn::Length': [1, !If [Maybe, 2, 3]]}", Some("2")),
            ("{'Fn::Length': [1, !If [Maybe, 2, !Ref 'AWS::NoValue']]}", None),
            ("{'Fn::Length': text}", None),
            (
                "{'Fn::ToJsonString': {key1: value1, key2: !Select [0, !Ref List]}}",
                Some(r#"{"key1":"value1","key2":"a"}"#),
            ),
            ("{'Fn::ToJsonString': [{a: b}, c]}", Some(r#"[{"a":"b"},"c"]"#)),
            ("{'Fn::ToJsonString': [{a: 1}]}", None),
            ("{'Fn::ToJsonString': {a: true}}", None),
            ("{'Fn::ToJsonString': {key1: !Ref Free}}", None),
            ("{'Fn::ToJsonString': text}", None),
        ],
    );
}

#[test]
fn names_may_be_made_by_functions() {
    let head = "
Transform: AWS::LanguageExtensions
Parameters: {Env: {Type: String, Default: Prod}, ParamProd: {Type: String, Default: yes-it-is}, Free: {Type: String}}
";
    table(head, &[("{Ref: !Sub 'Param${Env}'}", Some("yes-it-is")), ("{Ref: !Sub 'Param${Free}'}", None)]);
    let all = resources(
        "Parameters: {Env: {Type: String, Default: A}}
Resources:
  BucketA: {Type: AWS::S3::Bucket, Properties: {BucketName: named}}
  B:
    Type: AWS::S3::Bucket
    Properties: {LoggingConfiguration: {DestinationBucketName: {Ref: !Sub 'Bucket${Env}'}}}
",
    );
    let target = bucket(named(&all, "B")).logging_target.value().unwrap().clone();
    assert_eq!(target.target, Some(named(&all, "BucketA").id.clone()));
}

#[test]
fn what_only_the_making_of_the_stack_knows_stays_unknown() {
    let reason = |written: &str| why(&versioning("", written)).join("|");
    for (written, expected) in [
        ("{'Fn::Transform': {Name: AWS::Include, Parameters: {Location: 's3://a/b'}}}", "inserts a file from S3"),
        ("!GetAZs us-east-1", "Availability Zones"),
        ("!Join ['', ['{{res', 'olve:ssm:x}}']]", "a dynamic reference"),
        ("!Sub ['${A}resolve:ssm:x}}', {A: '{{'}]", "a dynamic reference"),
        ("{'Fn::Nonsense': x}", "`Fn::Nonsense` is not worked out"),
    ] {
        assert!(reason(written).contains(expected), "{written}: {}", reason(written));
    }
    let cure = versioning("", "!ImportValue x").reasons().unwrap().iter().next().unwrap().cure.clone();
    assert!(cure.unwrap().instruction().contains("as a parameter"));
}

#[test]
fn rules_and_metadata_change_nothing() {
    let head = "
Parameters: {Env: {Type: String, Default: x}}
Rules:
  CheckBootstrapVersion:
    Assertions: [{Assert: {'Fn::Not': [{'Fn::Contains': [['1'], !Ref Env]}]}, AssertDescription: no}]
";
    assert_eq!(gives(head, "!Ref Env").as_deref(), Some("x"));
}

#[test]
fn conditions_as_their_page_shows() {
    // "Condition functions": comparison, conjunction, disjunction, negation, and one named in another.
    let head = "
Parameters:
  EnvironmentType: {Type: String, Default: prod}
  ASecurityGroup: {Type: String, Default: sg-mysggroup}
  Free: {Type: String}
Conditions:
  UseProdCondition: !Equals [!Ref EnvironmentType, prod]
  MyAndCondition: !And [!Equals ['sg-mysggroup', !Ref ASecurityGroup], !Condition UseProdCondition]
  MyNotCondition: !Not [!Equals [!Ref EnvironmentType, prod]]
  MyOrCondition: !Or [!Equals ['sg-mysggroup', !Ref ASecurityGroup], !Condition MyNotCondition]
  Open: !Equals [!Ref Free, x]
  OpenAndNot: !And [!Condition Open, !Condition MyNotCondition]
  OpenOr: !Or [!Condition Open, !Condition UseProdCondition]
";
    table(
        head,
        &[
            ("!If [UseProdCondition, yes-it-is, no]", Some("yes-it-is")),
            ("!If [MyAndCondition, a, b]", Some("a")),
            ("!If [MyNotCondition, a, b]", Some("b")),
            ("!If [MyOrCondition, a, b]", Some("a")),
            ("!If [Open, a, b]", None),
            ("!If [OpenAndNot, a, b]", Some("b")),
            ("!If [OpenOr, a, b]", Some("a")),
            ("{'Fn::If': [Nowhere, a, b]}", None),
        ],
    );
}

#[test]
fn sub_as_its_page_shows() {
    table(
        "Parameters: {Domain: {Type: String, Default: example.com}, Free: {Type: String}}",
        &[
            ("!Sub ['www.${Domain}', {Domain: !Ref Domain}]", Some("www.example.com")),
            ("!Sub 'www.${Domain}'", Some("www.example.com")),
            ("!Sub 'echo ${!Literal}'", Some("echo ${Literal}")),
            ("!Sub ['${A}-${Free}', {A: a}]", None),
            ("!Sub '${AWS::StackName}'", None),
        ],
    );
}

#[test]
fn a_value_that_a_file_leaves_to_the_deployed_stack_is_not_the_default() {
    let unknown = [("Status".to_owned(), "keeps the value that it has in the deployed stack".to_owned())];
    let options = FileOptions { unknown_parameters: unknown.into(), ..FileOptions::default() };
    let text = with_bucket(
        "Parameters: {Status: {Type: String, Default: Enabled}}",
        "VersioningConfiguration: {Status: !Ref Status}",
    );
    let fact = bucket(named(&resources_with(&text, &options), "B")).versioning.clone();
    assert_eq!(
        why(&fact),
        [
            "`VersioningConfiguration.Status` is `!Ref Status`; parameter `Status` keeps the value that it has in the deployed stack"
        ]
    );
    assert!(fact.reasons().unwrap().iter().all(|reason| reason.cure.is_some()));
}
