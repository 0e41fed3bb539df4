mod complaints;

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::model::gap::GapKind;
use crate::model::resource::Origin;

const TEMPLATE: &str = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n";

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn scanned(folder: &TempDir, paths: &[&str], options: &FileOptions) -> Scanned {
    let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
    scan_from(folder.path(), &paths, options).unwrap()
}

fn roots(scanned: &Scanned) -> Vec<&str> {
    scanned.snapshot.resources.iter().filter_map(|resource| resource.id.root.as_deref()).collect()
}

#[test]
fn templates_are_found_by_their_content_and_the_rest_is_passed_over() {
    let folder = folder(&[
        ("a.yaml", TEMPLATE.as_bytes()),
        ("deep/er/b.template", br#"{"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}"#),
        ("c.txt", b"Resources are what AWS::S3::Bucket is"),
        ("package.json", b"{}"),
        ("README.md", b"```yaml\nAWSTemplateFormatVersion: '2010-09-09'\nResources: [\n```"),
        ("empty.yaml", b""),
        ("image.png", b"\x89PNG\xff\xfe\0AWSTemplateFormatVersion"),
    ]);
    fs::create_dir(folder.path().join("x.yaml")).unwrap();
    let scanned = scanned(&folder, &["."], &FileOptions::default());
    assert_eq!(roots(&scanned), ["a.yaml", "deep/er/b.template"]);
    assert_eq!((scanned.files, scanned.passed_over), (2, 5));
    assert!(scanned.snapshot.gaps.is_empty(), "{:?}", scanned.snapshot.gaps);
    assert_eq!(&*scanned.texts["a.yaml"], TEMPLATE);
}

#[test]
fn a_broken_template_is_a_gap_and_the_rest_goes_on() {
    let folder = folder(&[
        ("bad.yaml", b"AWSTemplateFormatVersion: x\nResources:\n  A: [\n"),
        (
            "wide.yaml",
            &[0xFF, 0xFE].into_iter().chain(TEMPLATE.encode_utf16().flat_map(u16::to_le_bytes)).collect::<Vec<_>>(),
        ),
        ("latin.yaml", b"Resources:\n  A:\n    Type: AWS::S3::Bucket # caf\xe9\n"),
        ("good.yaml", TEMPLATE.as_bytes()),
    ]);
    let scanned = scanned(&folder, &["."], &FileOptions::default());
    assert_eq!(roots(&scanned), ["good.yaml"]);
    assert_eq!((scanned.files, scanned.passed_over), (4, 0));
    let gaps: Vec<_> = scanned
        .snapshot
        .gaps
        .iter()
        .map(|gap| (gap.kind, gap.subject.as_deref().unwrap(), gap.at.as_ref().unwrap().start.line))
        .collect();
    assert_eq!(
        gaps,
        [
            (GapKind::BrokenFile, "bad.yaml", 3),
            (GapKind::BrokenFile, "latin.yaml", 3),
            (GapKind::BrokenFile, "wide.yaml", 1)
        ],
        "{:?}",
        scanned.snapshot.gaps
    );
    assert!(scanned.texts.contains_key("bad.yaml"));
}

#[test]
fn byte_order_marks_are_skipped() {
    let folder = folder(&[
        ("a.yaml", b"\xEF\xBB\xBFResources: {B: {Type: AWS::S3::Bucket}}\r\n"),
        ("a.json", b"\xEF\xBB\xBF{\"Resources\": {\"B\": {\"Type\": \"AWS::S3::Bucket\"}}}"),
    ]);
    let scanned = scanned(&folder, &["."], &FileOptions::default());
    let columns: Vec<_> = scanned
        .snapshot
        .resources
        .iter()
        .map(|resource| match &resource.origin {
            Origin::Declared { header, .. } => (header.start.line, header.start.column),
            Origin::Live => (0, 0),
        })
        .collect();
    assert_eq!(columns, [(1, 16), (1, 13)]);
}

#[test]
fn ignored_files_are_left_out_unless_they_are_named() {
    let folder = folder(&[
        ("kept.yaml", TEMPLATE.as_bytes()),
        ("tests/a.yaml", TEMPLATE.as_bytes()),
        ("other.test.yaml", TEMPLATE.as_bytes()),
        (".hidden/a.yaml", TEMPLATE.as_bytes()),
        ("out/a.yaml", TEMPLATE.as_bytes()),
        (".ignore", b"out/\n"),
    ]);
    let options = FileOptions { ignore: vec!["tests/".to_owned(), "*.test.yaml".to_owned()], ..FileOptions::default() };
    assert_eq!(roots(&scanned(&folder, &["."], &options)), ["kept.yaml"]);
    assert_eq!(
        roots(&scanned(&folder, &["tests/a.yaml", ".hidden/a.yaml"], &options)),
        [".hidden/a.yaml", "tests/a.yaml"]
    );
    let bad = FileOptions { ignore: vec!["a{".to_owned()], ..FileOptions::default() };
    assert!(matches!(scan_from(folder.path(), &[PathBuf::from(".")], &bad), Err(ScanError::Pattern { .. })));
}

#[test]
fn a_path_is_reported_in_one_way_however_it_is_given() {
    let folder = folder(&[("sub/a.yaml", TEMPLATE.as_bytes())]);
    let absolute = folder.path().join("sub").to_string_lossy().into_owned();
    for given in ["sub", "./sub/", "sub/../sub/a.yaml", ".", &absolute] {
        assert_eq!(roots(&scanned(&folder, &[given], &FileOptions::default())), ["sub/a.yaml"], "{given}");
    }
    let twice = scanned(&folder, &["sub", "sub/a.yaml", "."], &FileOptions::default());
    assert_eq!((twice.files, roots(&twice)), (1, vec!["sub/a.yaml"]));
    let below = folder.path().join("sub");
    let up = scan_from(&below, &[PathBuf::from("../sub")], &FileOptions::default()).unwrap();
    assert_eq!(roots(&up), ["a.yaml"]);
}

const PARENT: &str = "Resources:\n  N:\n    Type: AWS::CloudFormation::Stack\n    Properties: {TemplateURL: CHILD}\n";

#[test]
fn a_nested_template_is_judged_with_its_parent_and_not_alone() {
    let parent = PARENT.replace("CHILD", "nested/child.yaml");
    let folder = folder(&[("parent.yaml", parent.as_bytes()), ("nested/child.yaml", TEMPLATE.as_bytes())]);
    for paths in [&["."][..], &["parent.yaml"], &["nested", "parent.yaml"]] {
        let scanned = scanned(&folder, paths, &FileOptions::default());
        assert_eq!(roots(&scanned), ["parent.yaml"], "{paths:?}");
        assert_eq!(&*scanned.snapshot.resources[0].id.id, "N.B");
        assert!(scanned.snapshot.gaps.is_empty(), "{:?}", scanned.snapshot.gaps);
        assert_eq!(scanned.texts.keys().map(|file| &**file).collect::<Vec<_>>(), ["nested/child.yaml", "parent.yaml"]);
    }
    assert_eq!(roots(&scanned(&folder, &["nested"], &FileOptions::default())), ["nested/child.yaml"]);
}

#[test]
fn a_cloud_assembly_is_read_where_it_is_named_though_git_ignores_it() {
    let template =
        br#"{"Resources": {"B": {"Type": "AWS::S3::Bucket", "Metadata": {"aws:cdk:path": "S/B/Resource"}}}}"#;
    let manifest = br#"{"version": "48.0.0", "artifacts": {
        "S": {"type": "aws:cloudformation:stack", "environment": "aws://111122223333/eu-west-1", "properties": {"templateFile": "S.template.json"}},
        "assembly-P": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-P"}}}}"#;
    let stage = manifest.iter().copied().map(|byte| if byte == b'1' { b'2' } else { byte }).collect::<Vec<u8>>();
    let assets = br#"{"version": "48.0.0", "files": {"a": {"source": {"path": "S.template.json"}}}}"#;
    let folder = folder(&[
        (".gitignore", b"cdk.out\n"),
        (".git/HEAD", b"ref: x"),
        ("cdk.out/S.template.json", template),
        ("cdk.out/S.assets.json", assets),
        ("cdk.out/manifest.json", manifest),
        (
            "cdk.out/tree.json",
            br#"{"tree": {"attributes": {"aws:cdk:cloudformation:type": "AWS::S3::Bucket"}}, "Resources": 1}"#,
        ),
        ("cdk.out/assembly-P/S.template.json", template),
        ("cdk.out/assembly-P/manifest.json", &stage),
    ]);
    assert_eq!(roots(&scanned(&folder, &["."], &FileOptions::default())), [""; 0]);
    let scanned = scanned(&folder, &["cdk.out"], &FileOptions::default());
    assert!(scanned.snapshot.gaps.is_empty(), "{:?}", scanned.snapshot.gaps);
    let found: Vec<_> = scanned.snapshot.resources.iter().map(|resource| resource.id.canonical()).collect();
    assert_eq!(
        found,
        [
            "cdk.out/S.template.json||111122223333|eu-west-1|AWS::S3::Bucket|B",
            "cdk.out/assembly-P/S.template.json||222222223333|eu-west-2|AWS::S3::Bucket|B"
        ]
    );
}

#[test]
fn a_template_cannot_name_files_elsewhere() {
    let folder = folder(&[
        ("work/parent.yaml", PARENT.replace("CHILD", "../secret.yaml").as_bytes()),
        ("secret.yaml", TEMPLATE.as_bytes()),
    ]);
    let work = folder.path().join("work");
    let inside = scan_from(&work, &[PathBuf::from(".")], &FileOptions::default()).unwrap();
    assert!(inside.snapshot.resources.is_empty() && inside.snapshot.gaps.len() == 1, "{:?}", inside.snapshot.gaps);
    let named = scan_from(&work, &[PathBuf::from("../secret.yaml"), PathBuf::from(".")], &FileOptions::default());
    assert_eq!(roots(&named.unwrap()), ["parent.yaml"], "its folder was named");
}

#[test]
fn a_path_that_does_not_exist_is_an_error_with_help() {
    let folder = folder(&[]);
    let error = scan_from(folder.path(), &[PathBuf::from("nowhere")], &FileOptions::default()).unwrap_err();
    assert_eq!(error.to_string(), "cannot read `nowhere`: it does not exist");
    assert!(!error.help().is_empty());
}

#[test]
fn the_embedded_examples_are_read_whole() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let options = FileOptions {
        account: Some("111122223333".to_owned()),
        region: Some("us-east-1".to_owned()),
        ..FileOptions::default()
    };
    let scanned = scan_from(&fixtures, &[PathBuf::from("sound"), PathBuf::from("self-deception")], &options).unwrap();
    assert_eq!((scanned.files, scanned.snapshot.gaps.len()), (2, 0), "{:?}", scanned.snapshot.gaps);
    let copies: Vec<_> = scanned
        .snapshot
        .resources
        .iter()
        .filter_map(|resource| match &resource.facts {
            crate::model::resource::Facts::Plan(plan) => {
                plan.rules.value()?.first()?.copies.value()?.first()?.destination.text.value().cloned()
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        copies,
        [
            "arn:aws:backup:us-east-1:111122223333:backup-vault:orders-archive",
            "arn:aws:backup:us-west-2:111122223333:backup-vault:orders-recovery"
        ]
    );
}

#[test]
fn the_same_files_give_the_same_snapshot() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let scan = |paths: &[&str]| {
        let paths: Vec<_> = paths.iter().map(PathBuf::from).collect();
        serde_json::to_string(&scan_from(&fixtures, &paths, &FileOptions::default()).unwrap().snapshot).unwrap()
    };
    assert_eq!(scan(&["sound", "self-deception"]), scan(&["self-deception", "sound", "sound/template.yaml"]));
    assert_eq!(scan(&["."]), scan(&["platform", "sound", "self-deception"]));
    let read: Snapshot = serde_json::from_str(&scan(&["."])).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), scan(&["."]));
}

#[test]
fn an_accounts_public_access_block_in_terraform_is_a_gap_of_its_account_with_its_place() {
    let text = "provider \"aws\" { allowed_account_ids = [\"111122223333\"] }
resource \"aws_s3_account_public_access_block\" \"all\" {}
resource \"aws_s3_account_public_access_block\" \"none\" { count = 0 }
";
    let folder = folder(&[("main.tf", text.as_bytes())]);
    let scanned = scanned(&folder, &["."], &FileOptions::default());
    let [gap] = scanned.snapshot.gaps.as_slice() else { panic!("{:?}", scanned.snapshot.gaps) };
    assert!(gap.is_of_account_block());
    assert_eq!(gap.account.as_deref(), Some("111122223333"));
    assert_eq!(gap.at.as_ref().unwrap().start.line, 2);
}

#[test]
fn a_lock_under_another_account_is_not_taken_for_that_of_the_vault_with_the_same_name() {
    let text = r#"
provider "aws" { region = "eu-west-1" }
provider "aws" {
  alias   = "bk"
  region  = "eu-west-1"
  profile = "backup"
}
resource "aws_backup_vault" "l" { name = "v" }
resource "aws_backup_vault" "r" {
  provider = aws.bk
  name     = "v"
}
resource "aws_backup_vault_lock_configuration" "k" {
  provider           = aws.bk
  backup_vault_name  = "v"
  min_retention_days = 7
}
"#;
    let folder = folder(&[("main.tf", text.as_bytes())]);
    let scanned = scanned(&folder, &["."], &FileOptions::default());
    let lock = |address: &str| {
        let found = scanned.snapshot.resources.iter().find(|one| &*one.id.id == address).unwrap();
        let crate::model::resource::Facts::Vault(vault) = &found.facts else { panic!("{address} is no vault") };
        (vault.lock.is_known(), vault.lock.is_unknown())
    };
    assert_eq!(lock("aws_backup_vault.r"), (true, false));
    assert_eq!(lock("aws_backup_vault.l"), (false, true));
}

#[test]
fn what_a_dynamic_block_of_a_plan_leaves_unknown_is_not_left_out() {
    let values = r#"{"name": "p", "rule": [{"rule_name": "r", "target_vault_name": "v",
        "schedule": "cron(0 5 ? * * *)", "lifecycle": [{"cold_storage_after": null}]}]}"#;
    let one = r#""address": "aws_backup_plan.p", "mode": "managed", "type": "aws_backup_plan", "name": "p""#;
    let text = format!(
        r#"{{"format_version": "1.2", "terraform_version": "1.9.0",
        "planned_values": {{"root_module": {{"resources": [{{{one}, "values": {values}}}]}}}},
        "resource_changes": [{{{one}, "change": {{"actions": ["create"], "before": null, "after": {values},
            "after_unknown": {{"id": true, "rule": [{{"lifecycle": [{{"delete_after": true}}]}}]}}}}}}],
        "configuration": {{"provider_config": {{"aws": {{"name": "aws"}}}}, "root_module": {{"resources": [
            {{{one}, "provider_config_key": "aws", "expressions": {{"name": {{"constant_value": "p"}}}}}}]}}}}}}"#
    );
    let folder = folder(&[("plan.json", text.as_bytes())]);
    let scanned = scanned(&folder, &["."], &FileOptions::default());
    let facts = scanned.snapshot.resources.iter().find_map(|one| match &one.facts {
        crate::model::resource::Facts::Plan(plan) => Some(plan),
        _ => None,
    });
    let rules = facts.expect("the plan is read").rules.value().expect("its rules are known");
    let lifecycle = rules[0].lifecycle.value().expect("it has a lifecycle");
    assert!(lifecycle.delete_after_days.is_unknown(), "{lifecycle:?}");
}

#[test]
fn a_plan_takes_prevent_destroy_from_the_source_beside_it() {
    let change = |address: &str| {
        let name = address.rsplit('.').next().unwrap().split('[').next().unwrap();
        format!(
            r#"{{"address": "{}", "mode": "managed", "type": "aws_efs_file_system", "name": "{name}",
            "change": {{"actions": ["create"], "before": null, "after": {{}}, "after_unknown": {{"id": true}}}}}}"#,
            address.replace('"', "\\\"")
        )
    };
    let addresses = ["kept", "each[\"a\"]", "lost", "unwritten"].map(|name| format!("aws_efs_file_system.{name}"));
    let changes = addresses.each_ref().map(|address| change(address)).join(",");
    let plan = format!(
        r#"{{"format_version": "1.2", "planned_values": {{"root_module": {{}}}}, "resource_changes": [{changes}]}}"#
    );
    let source = r#"
variable "names" {
  type = set(string)
}
resource "aws_efs_file_system" "kept" {
  lifecycle {
    prevent_destroy = true
  }
}
resource "aws_efs_file_system" "each" {
  for_each = var.names
  lifecycle {
    prevent_destroy = true
  }
}
resource "aws_efs_file_system" "lost" {
}
"#;
    let fates = |files: &[(&str, &[u8])]| {
        let scanned = scanned(&folder(files), &["."], &FileOptions::default());
        addresses.each_ref().map(|address| {
            let found = scanned.snapshot.resources.iter().find(|one| *one.id.id == **address);
            let removal = found.unwrap().removal.as_ref().unwrap();
            removal.lost_on_delete.value().copied()
        })
    };
    assert_eq!(fates(&[("plan.json", plan.as_bytes())]), [None; 4]);
    assert_eq!(
        fates(&[("plan.json", plan.as_bytes()), ("main.tf", source.as_bytes())]),
        [Some(false), Some(false), Some(true), None]
    );
}
