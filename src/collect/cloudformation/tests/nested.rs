//! Nested stacks: what the parent gives and what it takes.

use super::*;
use crate::model::gap::GapKind;
use crate::model::resource::Origin;

const CHILD: &str = "
Parameters:
  Name: {Type: String}
  Status: {Type: String, Default: Enabled}
  Key: {Type: String, Default: ''}
  Zones: {Type: CommaDelimitedList, Default: 'x'}
Conditions: {HasKey: !Not [!Equals [!Ref Key, '']]}
Resources:
  B:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !Ref Name
      VersioningConfiguration: {Status: !Ref Status}
      Tags: [{Key: own, Value: !Select [0, !Ref Zones]}]
  V:
    Type: AWS::Backup::BackupVault
    Condition: HasKey
    Properties: {BackupVaultName: v, EncryptionKeyArn: !Ref Key}
Outputs:
  Arn: {Value: !GetAtt B.Arn}
  Bucket: {Value: !Ref B}
  Text: {Value: !Sub '${Name}-text'}
  Vault: {Condition: HasKey, Value: !Ref V}
";

fn parent(parameters: &str, more: &str) -> String {
    format!(
        "Parameters: {{Free: {{Type: String}}}}
Conditions: {{Maybe: !Equals [!Ref Free, x], Never: !Equals [a, b]}}
Resources:
  K: {{Type: AWS::KMS::Key}}
  N:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ./child.yaml
      Parameters: {parameters}
{more}"
    )
}

fn nested(parameters: &str, more: &str) -> (Vec<Resource>, Vec<Gap>) {
    stack(&[("dir/parent.yaml", &parent(parameters, more)), ("dir/child.yaml", CHILD)])
}

#[test]
fn a_child_has_the_parents_parameters_and_its_own_defaults() {
    let (all, gaps) = nested("{Name: orders, Zones: 'p,q'}", "");
    assert!(gaps.is_empty(), "{gaps:?}");
    assert_eq!(ids(&all), ["K", "N.B"]);
    let b = named(&all, "N.B");
    assert_eq!(b.id.root.as_deref(), Some("dir/parent.yaml"));
    assert_eq!(bucket(b).bucket_name.value().unwrap(), "orders");
    assert_eq!(bucket(b).versioning.value().unwrap(), "Enabled");
    assert_eq!(b.tags.get("own").value().unwrap(), "p");
    let Origin::Declared { header, address } = &b.origin else { panic!() };
    assert_eq!((&**address, &*header.file), ("N.B", "dir/child.yaml"));
}

#[test]
fn what_the_parent_cannot_decide_is_unknown_in_the_child() {
    for (parameters, versioning) in [
        ("{Name: n, Status: !Ref Free}", None),
        ("{Name: n, Status: !If [Maybe, Enabled, Suspended]}", None),
        ("{Name: n, Status: !If [Maybe, Enabled, !Ref 'AWS::NoValue']}", Some("Enabled")),
        ("{Name: n, Status: !If [Never, Suspended, !Ref 'AWS::NoValue']}", Some("Enabled")),
        ("{Name: n, Status: !If [Maybe, Suspended, Suspended]}", Some("Suspended")),
        ("!If [Maybe, {Name: n}, {Name: n, Status: Suspended}]", None),
        ("!If [Maybe, {Name: n}, {Name: m}]", Some("Enabled")),
        ("!Ref Free", None),
    ] {
        let (all, _) = nested(parameters, "");
        let fact = bucket(named(&all, "N.B")).versioning.clone();
        assert_eq!(fact.value().map(String::as_str), versioning, "{parameters}");
        assert_eq!(fact.is_unknown(), versioning.is_none(), "{parameters}");
    }
    let (all, _) = nested("{Status: Enabled}", "");
    assert_eq!(
        why(&bucket(named(&all, "N.B")).bucket_name),
        ["`BucketName` is `!Ref Name`; parameter `Name` of nested stack `N` has no value and no default"]
    );
    let (all, _) = nested("{Name: !Ref Free}", "");
    let fact = bucket(named(&all, "N.B")).bucket_name.clone();
    assert_eq!(
        why(&fact),
        ["`BucketName` is `!Ref Name`; `Parameters.Name` is `!Ref Free`; parameter `Free` has no default"]
    );
    assert!(fact.reasons().unwrap().iter().all(|reason| reason.cure.is_some()));
}

#[test]
fn a_condition_of_the_child_is_decided_by_what_the_parent_gives() {
    assert_eq!(ids(&nested("{Name: n, Key: ''}", "").0), ["K", "N.B"]);
    let (all, _) = nested("{Name: n, Key: some}", "");
    assert!(named(&all, "N.V").exists.is_true());
    let (all, _) = nested("{Name: n, Key: !GetAtt K.Arn}", "");
    assert!(named(&all, "N.V").exists.is_unknown(), "the text of the ARN is not known");
    let key = vault(named(&all, "N.V")).key.value().unwrap().clone();
    assert_eq!(key.target, Some(named(&all, "K").id.clone()), "a reference means the parent's resource");
}

#[test]
fn outputs_mean_the_childs_resources() {
    let more = "  S:
    Type: AWS::Backup::BackupSelection
    Properties:
      BackupPlanId: x
      BackupSelection: {Resources: [!GetAtt N.Outputs.Arn, !GetAtt [N, Outputs.Text], !Sub 'arn:aws:s3:::${N.Outputs.Bucket}']}
  P: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: !GetAtt N.Outputs.Bucket, PolicyDocument: {Statement: []}}}
  M:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: child.yaml, Parameters: {Name: !GetAtt N.Outputs.Text, Status: !GetAtt N.Outputs.Nothing}}
";
    let (all, _) = nested("{Name: orders}", more);
    let b = named(&all, "N.B").id.clone();
    let links = selection(named(&all, "S")).resources.value().unwrap().clone();
    assert_eq!(links[0].target, Some(b.clone()));
    assert_eq!((links[1].text.value().unwrap().as_str(), &links[1].target), ("orders-text", &None));
    assert_eq!(links[2].target, Some(b));
    assert!(bucket(named(&all, "N.B")).policy.is_known(), "the parent's policy is the child's bucket's");
    let second = named(&all, "M.B");
    assert_eq!(bucket(second).bucket_name.value().unwrap(), "orders-text");
    assert_eq!(
        why(&bucket(second).versioning),
        [
            "`VersioningConfiguration.Status` is `!Ref Status`; `Parameters.Status` is `!GetAtt N.Outputs.Nothing`; `dir/child.yaml` has no output `Nothing`"
        ]
    );
}

#[test]
fn stacks_that_need_each_other_end() {
    let more = "  M:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: child.yaml, Parameters: {Name: !GetAtt N.Outputs.Text}}
";
    let (all, _) = nested("{Name: !GetAtt M.Outputs.Text}", more);
    assert!(bucket(named(&all, "N.B")).bucket_name.is_unknown() && bucket(named(&all, "M.B")).bucket_name.is_unknown());
}

#[test]
fn what_the_parent_gives_stands_in_the_parent() {
    let (all, _) = nested("{Name: orders, Status: Suspended}", "");
    let b = bucket(named(&all, "N.B"));
    let at = b.versioning.at.clone().unwrap();
    assert_eq!((&*at.file, at.start.line, at.start.column), ("dir/parent.yaml", 9, 42));
    let (all, _) = nested("{Name: orders}", "");
    let at = bucket(named(&all, "N.B")).versioning.at.clone().unwrap();
    assert_eq!(
        (&*at.file, at.start.line, at.start.column),
        ("dir/child.yaml", 13, 41),
        "a default stands in the child"
    );
}

#[test]
fn a_nested_stack_exists_as_its_condition_says() {
    let text = |condition: &str| {
        parent("{Name: n}", "").replace(
            "    Properties:\n      TemplateURL",
            &format!("    Condition: {condition}\n    Properties:\n      TemplateURL"),
        )
    };
    let never = text("Never");
    let (all, gaps, used) =
        stack_with(&[("dir/parent.yaml", &never), ("dir/child.yaml", CHILD)], &FileOptions::default());
    assert_eq!((ids(&all), gaps.len(), used), (vec!["K"], 0, vec!["dir/child.yaml".to_owned()]));
    let maybe = text("Maybe");
    let (all, _) = stack(&[("dir/parent.yaml", &maybe), ("dir/child.yaml", CHILD)]);
    assert!(named(&all, "N.B").exists.is_unknown());
}

#[test]
fn a_template_that_is_not_seen_is_one_gap() {
    for (url, said) in [
        (
            "https://s3.amazonaws.com/bucket/child.yaml",
            "nested stack `N`: its template `https://s3.amazonaws.com/bucket/child.yaml` is not on this machine; scan it as a file of its own",
        ),
        ("!Ref Free", "nested stack `N`: its template is known when the stack is made"),
        ("!Sub 'https://${Free}/child.yaml'", "nested stack `N`: its template is known when the stack is made"),
        ("nowhere.yaml", "nested stack `N`: its template `dir/nowhere.yaml` is not there, or may not be read"),
        ("broken.yaml", "nested stack `N`: its template `dir/broken.yaml` cannot be read"),
        ("other.yaml", "nested stack `N`: `dir/other.yaml` is no template"),
        ("macro.yaml", "nested stack `N`: a macro may rewrite its template"),
    ] {
        let text =
            parent("{Name: n}", "  O: {Type: AWS::S3::Bucket, Properties: {BucketName: !GetAtt N.Outputs.Text}}\n")
                .replace("./child.yaml", url);
        let files = [
            ("dir/parent.yaml", text.as_str()),
            ("dir/broken.yaml", "Resources:\n  A: [\n"),
            ("dir/other.yaml", "a: b"),
            ("dir/macro.yaml", "Transform: Own\nResources: {B: {Type: AWS::S3::Bucket}}\n"),
        ];
        let (all, gaps) = stack(&files);
        assert_eq!(ids(&all), ["K", "O"], "{url}");
        assert!(bucket(named(&all, "O")).bucket_name.is_unknown());
        // A file that cannot be read is a gap of its own, as if it were scanned alone.
        let (broken, nested): (Vec<&Gap>, Vec<&Gap>) = gaps.iter().partition(|gap| gap.kind == GapKind::BrokenFile);
        let own: Vec<_> = broken.iter().map(|gap| gap.subject.as_deref().unwrap()).collect();
        assert_eq!(own, if ["broken.yaml", "macro.yaml"].contains(&url) { vec![format!("dir/{url}")] } else { vec![] });
        assert_eq!(nested.len(), 1, "{url}: {gaps:?}");
        assert!(nested[0].message.starts_with(said), "{url}: {}", nested[0].message);
        assert_eq!((nested[0].kind, nested[0].at.as_ref().unwrap().start.line), (GapKind::NotModelled, 8), "{url}");
    }
}

#[test]
fn templates_that_nest_themselves_or_each_other_end() {
    let nest = |file: &str| {
        format!(
            "Resources:\n  B: {{Type: AWS::S3::Bucket}}\n  N: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: {file}}}}}\n"
        )
    };
    let (own, a, b) = (nest("own.yaml"), nest("b.yaml"), nest("a.yaml"));
    let (all, gaps) = stack(&[("own.yaml", &own)]);
    assert_eq!((ids(&all), gaps.len()), (vec!["B"], 1));
    let (all, gaps) = stack(&[("a.yaml", &a), ("b.yaml", &b)]);
    assert_eq!((ids(&all), gaps.len()), (vec!["B", "N.B"], 1));
    assert!(gaps[0].message.ends_with("its template `a.yaml` nests itself"), "{gaps:?}");
}

#[test]
fn stacks_that_multiply_end() {
    let mut files = Vec::new();
    for level in 0..12 {
        let mut text = "Resources:\n  B: {Type: AWS::S3::Bucket}\n".to_owned();
        for stack in 0..10 {
            text.push_str(&format!(
                "  N{stack}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: l{}.yaml}}}}\n",
                level + 1
            ));
        }
        files.push((format!("l{level}.yaml"), text));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
    let (all, gaps) = stack(&files);
    assert!(all.len() <= 501 && !gaps.is_empty(), "{} resources", all.len());
}

#[test]
fn the_same_template_twice_makes_two_of_each_resource() {
    let more = "  M: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: ../dir/child.yaml, Parameters: {Name: m}}}\n";
    let (all, gaps) = nested("{Name: n}", more);
    assert_eq!((ids(&all), gaps.len()), (vec!["K", "M.B", "N.B"], 0));
    assert_ne!(named(&all, "M.B").id, named(&all, "N.B").id);
}

#[test]
fn a_stacks_tags_are_its_buckets_tags() {
    let text = parent("{Name: n}", "").replace("      Parameters", "      Tags: [{Key: tier, Value: critical}, {Key: own, Value: stack}, {Key: free, Value: !Ref Free}]\n      Parameters");
    let tags = [("tier".to_owned(), "standard".to_owned()), ("team".to_owned(), "a".to_owned())].into();
    let options = FileOptions { tags, ..FileOptions::default() };
    let (all, _, _) = stack_with(&[("dir/parent.yaml", &text), ("dir/child.yaml", CHILD)], &options);
    let b = named(&all, "N.B");
    let known = |key: &str| b.tags.get(key).value().cloned();
    assert_eq!(known("tier").as_deref(), Some("critical"), "the inner stack's tag replaces the outer one's");
    assert_eq!(known("own").as_deref(), Some("x"), "the bucket's own tag replaces both");
    assert_eq!(known("team").as_deref(), Some("a"));
    assert!(b.tags.get("free").is_unknown() && b.tags.get("none").is_absent());
    assert!(named(&all, "K").tags.get("team").is_unknown(), "nobody documents it for keys");
}

#[test]
fn a_stack_set_is_one_stack_whose_place_is_known_if_there_is_only_one() {
    let text = |group: &str| {
        format!(
            "Resources:
  S:
    Type: AWS::CloudFormation::StackSet
    Properties:
      StackSetName: s
      PermissionModel: SELF_MANAGED
      Parameters: [{{ParameterKey: Name, ParameterValue: given}}]
{group}
      TemplateBody: |
        Parameters: {{Name: {{Type: String}}}}
        Resources:
          B: {{Type: AWS::S3::Bucket, Properties: {{BucketName: !Sub '${{Name}}-${{AWS::Region}}'}}}}
"
        )
    };
    let one = "      StackInstancesGroup: [{DeploymentTargets: {Accounts: ['111122223333']}, Regions: [eu-west-1]}]";
    let two = "      StackInstancesGroup: [{DeploymentTargets: {Accounts: ['111122223333']}, Regions: [eu-west-1, eu-west-2]}]";
    let units =
        "      StackInstancesGroup: [{DeploymentTargets: {OrganizationalUnitIds: [ou-1]}, Regions: [eu-west-1]}]";
    let both = "      StackInstancesGroup: [{DeploymentTargets: {Accounts: ['111122223333']}, Regions: [eu-west-1]}, {DeploymentTargets: {OrganizationalUnitIds: [ou-1]}, Regions: [eu-west-1]}]";
    let other = "      StackInstancesGroup: [{DeploymentTargets: {Accounts: ['111122223333']}, Regions: [eu-west-1], ParameterOverrides: [{ParameterKey: Name, ParameterValue: other}]}]";
    let options = FileOptions {
        account: Some("444455556666".to_owned()),
        region: Some("us-east-1".to_owned()),
        ..FileOptions::default()
    };
    for (group, place, exists, name) in [
        (one, (Some("111122223333"), Some("eu-west-1")), true, Some("given-eu-west-1")),
        (two, (Some("111122223333"), None), true, None),
        (units, (None, Some("eu-west-1")), false, Some("given-eu-west-1")),
        (both, (None, None), true, None),
        (other, (Some("111122223333"), Some("eu-west-1")), true, None),
        ("", (None, None), false, None),
    ] {
        let text = text(group);
        let (all, gaps, _) = stack_with(&[("t.yaml", &text)], &options);
        assert!(gaps.is_empty(), "{gaps:?}");
        let b = named(&all, "S.B");
        assert_eq!((b.id.account.as_deref(), b.id.region.as_deref()), place, "{group}");
        assert_eq!((b.exists.is_true(), b.exists.is_unknown()), (exists, !exists), "{group}");
        assert_eq!(bucket(b).bucket_name.value().map(String::as_str), name, "{group}");
        let Origin::Declared { header, .. } = &b.origin else { panic!() };
        assert_eq!((&*header.file, header.start.line), ("t.yaml", 10), "all of it stands at the property");
    }
}

/// Test threads have the small stack that the threads of a scan have.
#[test]
fn a_template_that_is_opened_deep_inside_another_takes_no_more_room_than_there_is() {
    let deep = |open: &str, close: &str, times: usize, inner: &str| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    for depth in [20, 34, 38, 40] {
        let mut parent = "Transform: AWS::LanguageExtensions\nResources:\n".to_owned();
        for index in 0..8 {
            let next = if index == 7 { "!GetAtt N.Outputs.O".to_owned() } else { format!("!Ref B{}", index + 1) };
            let name = deep("!Join ['', [", "]]", depth, &next);
            parent.push_str(&format!("  B{index}: {{Type: AWS::S3::Bucket, Properties: {{BucketName: {name}}}}}\n"));
        }
        parent.push_str("  N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml}}\n");
        let value = deep("!Join ['', [", "]]", 38, "x");
        let fragment = deep("{a: ", "}", 100, "'${I}'");
        let loops = format!(
            "{{'Fn::ForEach::L': [I, [p, q], {{'R${{I}}': {{Type: 'AWS::S3::Bucket', Properties: {fragment}}}}}]}}"
        );
        let child =
            format!("Transform: AWS::LanguageExtensions\nOutputs: {{O: {{Value: {value}}}}}\nResources: {loops}\n");
        let (all, gaps) = stack(&[("parent.yaml", &parent), ("child.yaml", &child)]);
        assert!(gaps.is_empty(), "{gaps:?}");
        assert_eq!(all.len(), 10);
        assert_eq!(stack(&[("child.yaml", &child)]).0.len(), 2);
    }
}
