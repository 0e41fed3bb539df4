use super::*;
use crate::model::fact::Cure;

const PARAMETERS: &str = "\
Parameters:
  Free: {Type: String}
  Given: {Type: String, Default: Enabled}
  One: {Type: String, AllowedValues: [Suspended]}
  Env: {Type: String, AllowedValues: [dev, test]}
  Stored: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /path}
  List: {Type: CommaDelimitedList, Default: 'a, Enabled'}
Mappings:
  Stages:
    dev: {Status: Enabled, Days: 7}
    prod: {Status: Enabled, Days: 35}
Conditions:
  Yes: !Equals [a, a]
  No: !Not [!Condition Yes]
  Maybe: !Equals [!Ref Free, prod]
  MaybeNot: !Not [!Condition Maybe]
  Never: !Equals [!Ref Env, prod]
  Loop: !Not [!Condition Loop]
  Both: !And [!Condition Maybe, !Condition No]
  Either: !Or [!Condition Maybe, !Condition Yes]
";

fn status(written: &str) -> Fact<String> {
    versioning(PARAMETERS, written)
}

fn known(written: &str) -> String {
    let fact = status(written);
    fact.value().cloned().unwrap_or_else(|| panic!("{written}: {fact:?}"))
}

#[test]
fn what_a_template_can_decide_is_decided() {
    for (written, value) in [
        ("!Ref Given", "Enabled"),
        ("{Ref: Given}", "Enabled"),
        ("!Ref One", "Suspended"),
        ("!Sub Enabled", "Enabled"),
        ("!Sub '${Given}'", "Enabled"),
        ("!Sub ['${A}bled', {A: Ena}]", "Enabled"),
        ("{'Fn::Sub': '${Given}'}", "Enabled"),
        ("!Sub 'a${!Given}'", "a${Given}"),
        ("!Join ['', [Ena, bled]]", "Enabled"),
        ("{'Fn::Join': ['-', [a, !Ref 'AWS::NoValue', b]]}", "a-b"),
        ("!Join ['+', !Ref List]", "a+Enabled"),
        ("!Select [1, !Ref List]", "Enabled"),
        ("!Select ['1', !Split [',', 'a,Enabled']]", "Enabled"),
        ("!FindInMap [Stages, prod, Status]", "Enabled"),
        ("!FindInMap [Stages, !Ref Free, Status]", "Enabled"),
        ("!If [Yes, Enabled, !Ref Free]", "Enabled"),
        ("!If [No, !Ref Free, Enabled]", "Enabled"),
        ("!If [Never, Suspended, Enabled]", "Enabled"),
        ("!If [Both, Suspended, Enabled]", "Enabled"),
        ("!If [Either, Enabled, Suspended]", "Enabled"),
        ("!If [Maybe, Enabled, Enabled]", "Enabled"),
        ("!If [Maybe, !If [Maybe, Enabled, x], Enabled]", "Enabled"),
        ("!If [Maybe, Enabled, !If [MaybeNot, Enabled, x]]", "Enabled"),
        ("!Join ['', [!If [Maybe, En, En], abled]]", "Enabled"),
    ] {
        assert_eq!(known(written), value, "{written}");
    }
    assert!(status("!Ref AWS::NoValue").is_absent());
    assert!(status("!If [No, Enabled, !Ref 'AWS::NoValue']").is_absent());
    assert!(status("!If [Maybe, !Ref 'AWS::NoValue', !Ref 'AWS::NoValue']").is_absent());
}

#[test]
fn what_it_cannot_decide_is_unknown_and_says_why() {
    for (written, reason) in [
        ("!Ref Free", "`VersioningConfiguration.Status` is `!Ref Free`; parameter `Free` has no default"),
        ("!Sub 'x-${Free}'", "`VersioningConfiguration.Status` is `!Sub x-${Free}`; parameter `Free` has no default"),
        (
            "!Ref Nobody",
            "`VersioningConfiguration.Status` is `!Ref Nobody`; `Nobody` is neither a parameter nor a resource of the template",
        ),
        (
            "!Ref Stored",
            "`VersioningConfiguration.Status` is `!Ref Stored`; parameter `Stored` is read from the SSM Parameter Store when the stack is made",
        ),
        (
            "!ImportValue x",
            "`VersioningConfiguration.Status` is `!ImportValue x`; the value is exported by another stack",
        ),
        (
            "'{{resolve:ssm:a}}'",
            "`VersioningConfiguration.Status` is a dynamic reference, which CloudFormation resolves when the stack is made",
        ),
        (
            "!If [Maybe, Enabled, Suspended]",
            "`VersioningConfiguration.Status` is `!If Maybe`; condition `Maybe` cannot be decided: parameter `Free` has no default",
        ),
        (
            "!If [Loop, Enabled, Suspended]",
            "`VersioningConfiguration.Status` is `!If Loop`; condition `Loop` cannot be decided: condition `Loop` refers to itself",
        ),
        (
            "!If [Maybe, Enabled, !Ref 'AWS::NoValue']",
            "`VersioningConfiguration.Status` is `!If Maybe`; condition `Maybe` cannot be decided: parameter `Free` has no default",
        ),
        (
            "!FindInMap [Stages, !Ref Free, Days]",
            "`VersioningConfiguration.Status` is `!FindInMap Stages`; parameter `Free` has no default",
        ),
        (
            "!Sub '${AWS::Region}'",
            "`VersioningConfiguration.Status` is `!Sub ${AWS::Region}`; the template does not say which Region it is for",
        ),
        (
            "!Ref AWS::StackName",
            "`VersioningConfiguration.Status` is `!Ref AWS::StackName`; `AWS::StackName` is known when the stack is made",
        ),
        (
            "!Select [0, !GetAZs '']",
            "`VersioningConfiguration.Status` is `!Select`; the Availability Zones are known when the stack is made",
        ),
        (
            "{'Fn::Transform': {Name: X}}",
            "`VersioningConfiguration.Status` is `!Transform`; a macro writes the value when the stack is made",
        ),
        (
            "!Cidr [a, 1, 1]",
            "`VersioningConfiguration.Status` is `!Cidr`; `Fn::Cidr` is given a range that does not hold these blocks",
        ),
        ("null", "`VersioningConfiguration.Status` is null, which CloudFormation refuses"),
    ] {
        assert_eq!(why(&status(written)), [reason], "{written}");
    }
    let all = resources(&with_bucket(
        "",
        "ReplicationConfiguration: {Role: r, Rules: [{Destination: {Bucket: !GetAtt B.Arn}}]}",
    ));
    let rules = bucket(named(&all, "B")).replication.value().unwrap().rules.value().unwrap().clone();
    assert_eq!(
        why(&rules[0].destination.bucket.text),
        [
            "`ReplicationConfiguration.Rules[0].Destination.Bucket` is `!GetAtt B.Arn`; `B` gets its name when the stack is made",
            "`ReplicationConfiguration.Rules[0].Destination.Bucket` is `!GetAtt B.Arn`; the template does not say which partition it is for"
        ]
    );
    let fact = status("!If [Maybe, Enabled, Suspended]");
    let cure = fact.reasons().unwrap().iter().next().unwrap().cure.clone();
    assert_eq!(cure, Some(Cure::Parameter("Free".to_owned())));
}

#[test]
fn the_users_values_decide() {
    let options = FileOptions {
        region: Some("us-east-1".to_owned()),
        parameters: [("Free".to_owned(), "prod".to_owned()), ("Given".to_owned(), "Suspended".to_owned())].into(),
        ..FileOptions::default()
    };
    for (written, value) in
        [("!If [Maybe, Enabled, x]", "Enabled"), ("!Ref Given", "Suspended"), ("!Ref AWS::Region", "us-east-1")]
    {
        let text = with_bucket(PARAMETERS, &format!("VersioningConfiguration: {{Status: {written}}}"));
        let all = resources_with(&text, &options);
        assert_eq!(bucket(named(&all, "B")).versioning.value().unwrap(), value);
        assert_eq!(named(&all, "B").id.region.as_deref(), Some("us-east-1"));
    }
}

#[test]
fn yaml_1_1_words_are_booleans_unless_quoted() {
    for (written, value) in
        [("yes", Some(true)), ("Off", Some(false)), ("\"true\"", Some(true)), ("'yes'", None), ("!Ref Given", None)]
    {
        let all = resources(&with_bucket(
            PARAMETERS,
            &format!("PublicAccessBlockConfiguration: {{BlockPublicAcls: {written}}}"),
        ));
        let block = bucket(named(&all, "B")).public_access_block.value().unwrap().clone();
        assert_eq!(block.block_public_acls.value().copied(), value, "{written}");
        assert_eq!(block.block_public_acls.is_unknown(), value.is_none(), "{written}");
    }
}

#[test]
fn undecided_branches_of_a_section_are_joined_fact_by_fact() {
    let text = with_bucket(
        PARAMETERS,
        "ObjectLockEnabled: true
ObjectLockConfiguration:
  Rule:
    DefaultRetention: !If [Maybe, {Mode: COMPLIANCE, Days: 30}, {Mode: GOVERNANCE, Days: 30}]
LifecycleConfiguration: !If
  - Maybe
  - Rules: [{Status: Enabled, ExpirationInDays: 1, AbortIncompleteMultipartUpload: {DaysAfterInitiation: 7}}]
  - Rules: [{Status: Enabled, ExpirationInDays: 2, AbortIncompleteMultipartUpload: {DaysAfterInitiation: 7}}]
PublicAccessBlockConfiguration: !If [Maybe, {BlockPublicAcls: true}, !Ref 'AWS::NoValue']
Tags:
  - !If [Maybe, {Key: a, Value: b}, {Key: a, Value: c}]
  - !If [Maybe, {Key: x, Value: y}, !Ref 'AWS::NoValue']
  - {Key: backup-tier, Value: standard}",
    );
    let all = resources(&text);
    let resource = named(&all, "B");
    let bucket = bucket(resource);
    let lock = bucket.object_lock.value().unwrap();
    assert!(lock.mode.is_unknown() && lock.retention.value().unwrap().as_hours() == 720);
    let rule = &bucket.lifecycle.value().unwrap()[0];
    assert_eq!(rule.abort_uploads_days.value(), Some(&7));
    assert!(rule.expire_days.is_unknown() && rule.enabled.is_true());
    assert!(bucket.public_access_block.is_unknown());
    assert!(resource.tags.get("a").is_unknown() && resource.tags.get("x").is_unknown());
    assert!(resource.tags.get("other").is_unknown());
    assert_eq!(resource.tags.get("backup-tier").value().unwrap(), "standard");
}

#[test]
fn a_resource_exists_as_its_condition_says() {
    let text = format!(
        "{PARAMETERS}Resources:
  In: {{Type: AWS::S3::Bucket, Condition: Yes}}
  Out: {{Type: AWS::S3::Bucket, Condition: No}}
  Perhaps:
    Type: AWS::S3::Bucket
    Condition: Maybe
    Properties: {{VersioningConfiguration: {{Status: !If [Maybe, Enabled, Suspended]}}}}
  Named: {{Type: AWS::Backup::BackupVault, Properties: {{BackupVaultName: v, EncryptionKeyArn: !Ref Out}}}}
"
    );
    let all = resources(&text);
    assert!(named(&all, "In").exists.is_true());
    assert!(all.iter().all(|resource| &*resource.id.id != "Out"));
    let perhaps = named(&all, "Perhaps");
    assert_eq!(why(&perhaps.exists), ["condition `Maybe` cannot be decided: parameter `Free` has no default"]);
    assert_eq!(bucket(perhaps).versioning.value().unwrap(), "Enabled");
    assert!(vault(named(&all, "Named")).key.is_unknown());
}

#[test]
fn references_mean_the_resource_even_where_their_text_is_unknown() {
    let template = "Resources:
  Named: {Type: AWS::S3::Bucket, Properties: {BucketName: named}}
  Free: {Type: AWS::S3::Bucket}
  V: {Type: AWS::Backup::BackupVault, Properties: {BackupVaultName: v}}
  K: {Type: AWS::KMS::Key}
  Alias: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/k, TargetKeyId: !Ref K}}
  S:
    Type: AWS::Backup::BackupSelection
    Properties:
      BackupPlanId: x
      BackupSelection:
        Resources: [REFERENCE]
";
    let options = FileOptions {
        account: Some("111122223333".to_owned()),
        region: Some("us-east-1".to_owned()),
        partition: Some("aws".to_owned()),
        ..FileOptions::default()
    };
    let bare = FileOptions::default();
    for (written, options, text, target) in [
        ("!Ref Named", &bare, Some("named"), Some("Named")),
        ("!Ref Free", &bare, None, Some("Free")),
        ("!GetAtt Named.Arn", &bare, None, Some("Named")),
        ("!GetAtt Named.Arn", &options, Some("arn:aws:s3:::named"), Some("Named")),
        ("!GetAtt [Free, Arn]", &options, None, Some("Free")),
        ("{'Fn::GetAtt': [Named, Arn]}", &options, Some("arn:aws:s3:::named"), Some("Named")),
        ("!Sub '${Named.Arn}'", &options, Some("arn:aws:s3:::named"), Some("Named")),
        ("!Sub 'arn:aws:s3:::${Free}'", &bare, None, Some("Free")),
        ("!Sub 'arn:${AWS::Partition}:s3:::${Named}'", &bare, None, Some("Named")),
        ("!Join ['', ['arn:aws:s3:::', !Ref Named]]", &bare, Some("arn:aws:s3:::named"), Some("Named")),
        ("!Sub 'arn:aws:s3:::${Named}/*'", &bare, Some("arn:aws:s3:::named/*"), None),
        ("!Sub 'arn:aws:s3:::${Named}-copy'", &bare, Some("arn:aws:s3:::named-copy"), None),
        ("!GetAtt Named.DomainName", &bare, None, None),
        ("!GetAtt V.BackupVaultArn", &options, Some("arn:aws:backup:us-east-1:111122223333:backup-vault:v"), Some("V")),
        ("!Sub 'arn:aws:backup:${AWS::Region}:${AWS::AccountId}:backup-vault:${V}'", &bare, None, Some("V")),
        (
            "!Sub 'arn:aws:backup:eu-west-1:111122223333:backup-vault:${V}'",
            &bare,
            Some("arn:aws:backup:eu-west-1:111122223333:backup-vault:v"),
            None,
        ),
        ("!Ref Alias", &bare, Some("alias/k"), Some("K")),
        ("!GetAtt K.Arn", &options, None, Some("K")),
        ("arn:aws:s3:::literal", &bare, Some("arn:aws:s3:::literal"), None),
    ] {
        let all = resources_with(&template.replace("REFERENCE", written), options);
        let resources = selection(named(&all, "S")).resources.clone();
        let (found, meant) = match resources.value() {
            Some(links) => {
                (links[0].text.value().cloned(), links[0].target.as_ref().map(|target| target.id.to_string()))
            }
            None => (None, None),
        };
        assert_eq!((found.as_deref(), meant.as_deref()), (text, target), "{written}");
        if let Some(target) = target {
            let id = resources.value().unwrap()[0].target.clone().unwrap();
            assert_eq!(id, named(&all, target).id, "{written}");
        }
    }
}

#[test]
fn names_that_refer_to_each_other_end() {
    let mut text = "Resources:\n  A: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref B}}\n  B: {Type: AWS::S3::Bucket, Properties: {BucketName: !Ref A}}\n".to_owned();
    for index in 0..2_000 {
        text.push_str(&format!(
            "  N{index}: {{Type: AWS::S3::Bucket, Properties: {{BucketName: !Ref N{}}}}}\n",
            index + 1
        ));
    }
    let all = resources(&text);
    assert!(bucket(named(&all, "A")).bucket_name.is_unknown());
    assert!(bucket(named(&all, "N0")).bucket_name.is_unknown());
}

#[test]
fn conditions_that_double_at_each_step_end() {
    let mut text = "Parameters: {P: {Type: String}}\nConditions:\n  C0: !Equals [!Ref P, x]\n".to_owned();
    for index in 1..60 {
        text.push_str(&format!("  C{index}: !And [!Condition C{0}, !Condition C{0}]\n", index - 1));
    }
    text.push_str("Resources:\n  B: {Type: AWS::S3::Bucket, Condition: C59, Properties: {BucketName: !If [C59, a, !If [C58, b, c]]}}\n");
    assert!(named(&resources(&text), "B").exists.is_unknown());
}

#[test]
fn a_macro_among_properties_leaves_what_is_not_written_unknown() {
    let all =
        resources(&with_bucket("", "Fn::Transform: {Name: AWS::Include}\nVersioningConfiguration: {Status: Enabled}"));
    let bucket = bucket(named(&all, "B"));
    assert!(bucket.versioning.is_known() && bucket.replication.is_unknown() && bucket.lifecycle.is_unknown());
}

#[test]
fn functions_may_be_nested_and_chained_without_end() {
    let mut text = "Parameters: {P: {Type: String}}\nConditions:\n  C: !Equals [!Ref P, x]\n".to_owned();
    for index in 0..3_000 {
        text.push_str(&format!("  C{index}: !Not [!Condition C{}]\n", index + 1));
    }
    text.push_str("  C3000: !Equals [a, a]\nResources:\n");
    let nested = |open: &str, close: &str| format!("{}x{}", open.repeat(40), close.repeat(40));
    for (id, value) in [
        ("Ifs", nested("!If [C, y, ", "]")),
        ("Joins", nested("!Join ['', [y, ", "]]")),
        ("Subs", nested("!Sub ['${A}', {A: ", "}]")),
        ("Selects", nested("!Select [0, [", "]]")),
        ("Long", nested("{'Fn::Join': ['', [", "]]}")),
        ("Chain", "!If [C0, a, b]".to_owned()),
    ] {
        text.push_str(&format!("  {id}: {{Type: AWS::S3::Bucket, Properties: {{BucketName: {value}}}}}\n"));
    }
    let all = resources(&text);
    assert!(bucket(named(&all, "Ifs")).bucket_name.is_unknown());
    assert_eq!(bucket(named(&all, "Subs")).bucket_name.value().unwrap(), "x");
    assert_eq!(bucket(named(&all, "Selects")).bucket_name.value().unwrap(), "x");
    assert!(bucket(named(&all, "Joins")).bucket_name.value().unwrap().ends_with("yyx"));
    assert!(bucket(named(&all, "Chain")).bucket_name.is_unknown());
}

#[test]
fn a_map_with_a_default_need_not_hold_the_key() {
    assert_eq!(known("!FindInMap [Stages, none, Status, {DefaultValue: Suspended}]"), "Suspended");
    assert_eq!(known("!FindInMap [Stages, dev, Status, {DefaultValue: Suspended}]"), "Enabled");
    assert!(status("!FindInMap [Stages, !Ref Free, Status, {DefaultValue: Suspended}]").is_unknown());
}

#[test]
fn a_macro_may_change_what_stands_beside_it() {
    let of = |beside_type: &str, beside_status: &str| {
        let text = format!(
            "Resources:\n  B:\n    Type: AWS::S3::Bucket\n{beside_type}    Properties:\n      VersioningConfiguration:\n        Status: Suspended\n{beside_status}"
        );
        let Outcome::Template { resources, .. } = read(&"t.yaml".into(), &text, &FileOptions::default()) else {
            panic!()
        };
        match &resources.first().unwrap().facts {
            Facts::Bucket(bucket) => bucket.versioning.clone(),
            _ => panic!(),
        }
    };
    assert!(!of("", "").is_unknown());
    assert!(of("    Fn::Transform: {Name: M}\n", "").is_unknown());
    assert!(of("", "        Fn::Transform: {Name: M}\n").is_unknown());
}

#[test]
fn a_macro_among_the_resources_may_change_all_of_them() {
    let of = |name: &str| {
        let text = format!(
            "Resources:\n  Fn::Transform: {{Name: {name}}}\n  B: {{Type: AWS::S3::Bucket, Properties: {{BucketName: b}}}}\n"
        );
        let (all, gaps) = stack(&[("t.yaml", &text)]);
        assert_eq!((gaps.len(), &*gaps[0].code), (1, "Transform"));
        bucket(named(&all, "B")).bucket_name.is_unknown()
    };
    assert!(of("Own") && !of("AWS::Include"));
}
