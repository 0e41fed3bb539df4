use super::*;

const YAML: &str = "\
AWSTemplateFormatVersion: '2010-09-09'
Resources:
  Données:
    Type: AWS::S3::Bucket
    Properties:
      # 😀
      BucketName: orders-backup
      Tags: [{Key: \"😀\", Value: x}, {Key: backup-tier, Value: !Ref Tier}]
      VersioningConfiguration:
        Status: Suspended   # a comment
      LifecycleConfiguration:
        Rules:
          - Id: all
            Status: Enabled
            ExpirationInDays: 30
      ObjectLockEnabled: true
";

#[test]
fn every_value_in_yaml_knows_its_line_and_column() {
    let all = resources(YAML);
    let resource = named(&all, "Données");
    let bucket = bucket(resource);
    assert_eq!(place(&bucket.bucket_name), "7:19-7:32");
    assert_eq!(place(&bucket.versioning), "10:17-10:26");
    assert_eq!(place(&bucket.lifecycle), "13:11-15:33");
    let rule = &bucket.lifecycle.value().unwrap()[0];
    assert_eq!(place(&rule.enabled), "14:21-14:28");
    assert_eq!(place(&rule.expire_days), "15:31-15:33");
    assert_eq!(place(&bucket.object_lock), "16:26-16:30");
    // UTF-16 units: the emoji before it counts two.
    assert_eq!(place(&resource.tags.get("backup-tier")), "8:63-8:72");
    let crate::model::resource::Origin::Declared { header, address } = &resource.origin else { panic!() };
    assert_eq!((header.start.line, header.start.column, header.end.column), (3, 3, 10));
    assert_eq!(&**address, "Données");
    assert_eq!(&*resource.name, "orders-backup");
}

#[test]
fn every_value_in_json_knows_its_line_and_column() {
    let text = "{\"Resources\": {\n  \"B\": {\"Type\": \"AWS::S3::Bucket\", \"Properties\": {\n    \"Tags\": [{\"Key\": \"é😀\", \"Value\": \"v\"}],\n    \"VersioningConfiguration\": {\"Status\": \"Enabled\"},\n    \"ObjectLockConfiguration\": {\"ObjectLockEnabled\": \"Enabled\", \"Rule\": {\"DefaultRetention\": {\n      \"Mode\": \"COMPLIANCE\", \"Years\": 2}}}\n}}}}";
    let all = resources(text);
    let resource = named(&all, "B");
    let bucket = bucket(resource);
    assert_eq!(place(&bucket.versioning), "4:43-4:52");
    assert_eq!(place(&resource.tags.get("é😀")), "3:38-3:41");
    let lock = bucket.object_lock.value().unwrap();
    assert_eq!(place(&lock.mode), "6:15-6:27");
    assert_eq!(
        (place(&lock.retention), lock.retention.value().unwrap().as_hours()),
        ("6:38-6:39".to_owned(), 730 * 24)
    );
}

#[test]
fn carriage_returns_do_not_move_columns() {
    let all = resources(&YAML.replace('\n', "\r\n"));
    let bucket = bucket(named(&all, "Données"));
    assert_eq!(place(&bucket.versioning), "10:17-10:26");
    assert_eq!(bucket.versioning.value().unwrap(), "Suspended");
    assert_eq!(place(&bucket.lifecycle), "13:11-15:33");
}

#[test]
fn what_is_left_out_stands_at_the_key_of_what_it_is_missing_in() {
    let all = resources(&with_bucket("", "PublicAccessBlockConfiguration:\n  BlockPublicAcls: true"));
    let block = bucket(named(&all, "B")).public_access_block.value().unwrap().clone();
    assert_eq!((block.block_public_acls.is_true(), place(&block.block_public_acls)), (true, "7:26-7:30".to_owned()));
    assert_eq!(
        (block.block_public_policy.is_false(), place(&block.block_public_policy)),
        (true, "6:7-6:37".to_owned())
    );
    assert_eq!(place(&bucket(named(&all, "B")).replication), "-");
    let all = resources(&with_bucket("", "LifecycleConfiguration:\n  Rules:\n    - Status: Enabled\n      Id: x"));
    let rule = &bucket(named(&all, "B")).lifecycle.value().unwrap()[0];
    assert_eq!((rule.abort_uploads_days.is_absent(), place(&rule.abort_uploads_days)), (true, "8:13-9:18".to_owned()));
}

#[test]
fn a_function_stands_where_its_tag_begins() {
    let fact = versioning("Conditions: {C: !Equals [a, b]}", "!If [C, Enabled, Suspended]");
    assert_eq!((fact.value().unwrap().as_str(), place(&fact)), ("Suspended", "7:17-7:44".to_owned()));
    let fact = versioning("", "!Ref Nowhere");
    assert_eq!(place(&fact), "7:17-7:29");
}

#[test]
fn duplicate_keys_name_both_lines() {
    let yaml = "AWSTemplateFormatVersion: x\nResources:\n  B: {Type: AWS::S3::Bucket}\n  B: {Type: AWS::S3::Bucket}\n";
    let gap = broken("t.yaml", yaml);
    assert_eq!(&*gap.message, "key `B` stands twice, on lines 3 and 4");
    assert_eq!(gap.at.as_ref().unwrap().start.line, 4);
    let json = "{\"AWSTemplateFormatVersion\": 1,\n\"Resources\": {},\n\"Resources\": {}}";
    assert_eq!(&*broken("t.json", json).message, "key `Resources` stands twice, on lines 2 and 3");
}

#[test]
fn what_does_not_parse_is_broken_at_its_line() {
    let gap = broken("t.yaml", "AWSTemplateFormatVersion: x\nResources:\n  B: [\n");
    assert!(gap.at.as_ref().unwrap().start.line >= 3, "{gap:?}");
    let gap = broken("t.json", "{\"AWSTemplateFormatVersion\": 1,\n  \"Resources\": {},\n}");
    let at = gap.at.as_ref().unwrap().start;
    assert_eq!((at.line, at.column), (2, 18), "{gap:?}");
    assert!(matches!(read(&Arc::from("t.yaml"), "a: [", &FileOptions::default()), Outcome::Other));
}

#[test]
fn ten_thousand_nested_values_are_refused() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        let text = format!("{{\"AWSTemplateFormatVersion\": 1, \"Resources\": {deep}}}");
        assert_eq!(broken("t.json", &text).kind, crate::model::gap::GapKind::BrokenFile);
        assert_eq!(broken("t.yaml", &text).kind, crate::model::gap::GapKind::BrokenFile);
    }
    let mut block = "AWSTemplateFormatVersion: 1\nResources:\n".to_owned();
    for depth in 1..2_000 {
        block.push_str(&format!("{}a:\n", " ".repeat(depth)));
    }
    broken("t.yaml", &block);
    let dashes = format!("AWSTemplateFormatVersion: 1\nResources:\n  {}x\n", "- ".repeat(10_000));
    broken("t.yaml", &dashes);
}

#[test]
fn aliases_are_written_out_within_a_budget() {
    let all = resources(
        "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties: &p\n      VersioningConfiguration: {Status: Enabled}\n  C:\n    Type: AWS::S3::Bucket\n    Properties:\n      <<: *p\n      BucketName: c\n",
    );
    let copy = bucket(named(&all, "C"));
    assert_eq!(
        (copy.versioning.value().unwrap().as_str(), place(&copy.versioning)),
        ("Enabled", "5:41-5:48".to_owned())
    );
    let mut bomb = "AWSTemplateFormatVersion: 1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        let before = format!("*a{}", level - 1);
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", [before.as_str(); 10].join(", ")));
    }
    assert!(broken("t.yaml", &bomb).message.contains("aliases written out"));
    assert!(
        broken("t.yaml", "AWSTemplateFormatVersion: 1\nResources: &r [*r]\n").message.contains("inside its own anchor")
    );
}

#[test]
fn empty_and_foreign_files_are_no_templates() {
    for text in
        ["", "\n", "# nothing\n", "[]", "1", "Resources: []", "Resources: {a: {Type: b}}", "resources: {Resources: {}}"]
    {
        assert!(matches!(read(&Arc::from("t.yaml"), text, &FileOptions::default()), Outcome::Other), "{text}");
    }
}

#[test]
fn a_second_document_is_an_error() {
    let gap = broken("t.yaml", "AWSTemplateFormatVersion: 1\nResources: {A: {Type: AWS::S3::Bucket}}\n---\nx: 1\n");
    assert_eq!(gap.at.as_ref().unwrap().start.line, 3, "{gap:?}");
}

proptest::proptest! {
    #[test]
    fn no_input_panics(parts in proptest::collection::vec(proptest::sample::select(PARTS.to_vec()), 0..40)) {
        let text = parts.concat();
        let _ = read(&Arc::from("t.yaml"), &text, &FileOptions::default());
        let whole = format!("Resources: {{A: {{Type: AWS::S3::Bucket, Properties: {text}}}}}");
        let _ = read(&Arc::from("t.yaml"), &whole, &FileOptions::default());
    }

    #[test]
    fn no_text_panics(text in ".{0,200}") {
        let _ = read(&Arc::from("t.yaml"), &text, &FileOptions::default());
        let _ = read(&Arc::from("t.json"), &format!("{{\"AWSTemplateFormatVersion\":{text}}}"), &FileOptions::default());
    }
}

const PARTS: &[&str] = &[
    "\n",
    "  ",
    "    ",
    ": ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "\"",
    "'",
    "&a ",
    "*a",
    "<<",
    "!Ref ",
    "!If ",
    "!Sub ",
    "!GetAtt ",
    "Fn::Join",
    "Fn::Select",
    "Fn::FindInMap",
    "Resources",
    "Conditions",
    "Parameters",
    "Type",
    "Properties",
    "AWS::S3::Bucket",
    "AWS::Backup::BackupPlan",
    "Tags",
    "A",
    "B",
    "A.Arn",
    "${A}",
    "${",
    "|",
    ">",
    "é😀",
    "\u{feff}",
    "\r\n",
    "\t",
    "0",
    "-1",
    "yes",
    "~",
    "?",
    "---",
    "...",
    "%TAG ! x",
    "!",
    "!!str ",
    "Condition",
    "Fn::Equals",
    "Fn::Not",
    "LifecycleConfiguration",
    "Rules",
    "VersioningConfiguration",
    "Status",
];
