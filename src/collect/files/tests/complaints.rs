//! What people complain of in scanners of infrastructure code, each case from its file to the fact that is judged.

use super::*;
use crate::model::fact::Fact;
use crate::model::resource::Facts;
use crate::model::s3::Bucket;

fn read(files: &[(&str, &str)]) -> Scanned {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    scanned(&folder(&files), &["."], &FileOptions::default())
}

fn facts<'a>(scanned: &'a Scanned, id: &str) -> &'a Facts {
    let found = scanned.snapshot.resources.iter().find(|resource| &*resource.id.id == id);
    &found.unwrap_or_else(|| panic!("no {id}: {:?}", scanned.snapshot)).facts
}

fn bucket<'a>(scanned: &'a Scanned, id: &str) -> &'a Bucket {
    let Facts::Bucket(bucket) = facts(scanned, id) else { panic!("{id} is no bucket") };
    bucket
}

/// Days until the first rule of a plan deletes.
fn days(scanned: &Scanned, id: &str) -> Fact<i64> {
    let Facts::Plan(plan) = facts(scanned, id) else { panic!("{id} is no plan") };
    plan.rules.value().unwrap()[0].lifecycle.as_ref().and_then(|lifecycle| lifecycle.delete_after_days.clone())
}

fn place<T>(fact: &Fact<T>) -> (String, u32) {
    let at = fact.at.as_ref().unwrap();
    (at.file.to_string(), at.start.line)
}

fn plan(days: &str) -> String {
    format!(
        "variable \"unset\" {{ type = number }}
variable \"none\" {{
  type    = number
  default = null
}}
resource \"aws_backup_plan\" \"p\" {{
  name = \"p\"
  rule {{
    rule_name         = \"daily\"
    target_vault_name = \"v\"
    lifecycle {{
      delete_after = {days}
    }}
  }}
}}
"
    )
}

const MODULE: &str = "variable \"status\" {
  type    = string
  default = \"Suspended\"
}
resource \"aws_s3_bucket\" \"b\" {}
resource \"aws_s3_bucket_versioning\" \"b\" {
  bucket = aws_s3_bucket.b.id
  versioning_configuration {
    status = var.status
  }
}
";

#[test]
fn a_condition_over_null_is_worked_out_and_null_is_no_value() {
    let of = |days_of: &str| days(&read(&[("main.tf", &plan(days_of))]), "aws_backup_plan.p");
    assert_eq!(of("1 > 2 ? 7 : 35").value(), Some(&35));
    assert_eq!(of("coalesce(null, 7)").value(), Some(&7));
    assert_eq!(of("coalesce(var.none, 14)").value(), Some(&14));
    assert!(of("true ? var.none : 7").is_absent(), "as if it were not written");
    assert!(of("var.none").is_absent());
}

#[test]
fn what_no_file_says_is_unknown_and_not_a_failure() {
    let of = |days_of: &str| days(&read(&[("main.tf", &plan(days_of))]), "aws_backup_plan.p");
    for open in ["var.unset", "try(var.unset, 14)", "var.unset > 3 ? 14 : 0", "data.external.x.result.days"] {
        assert!(of(open).is_unknown(), "{open}: {:?}", of(open));
    }
    let why = of("var.unset").reasons().unwrap().iter().map(|reason| reason.why.to_string()).collect::<String>();
    assert!(why.contains("unset"), "it says what stopped it: {why}");
}

#[test]
fn branches_that_agree_decide_though_the_condition_is_open() {
    assert_eq!(days(&read(&[("main.tf", &plan("var.unset > 3 ? 9 : 9"))]), "aws_backup_plan.p").value(), Some(&9));
}

#[test]
fn count_on_a_module_keeps_a_bucket_and_its_versioning_together() {
    let main = "module \"store\" {
  source = \"./store\"
  count  = 2
  status = count.index == 0 ? \"Enabled\" : \"Suspended\"
}
";
    let scanned = read(&[("main.tf", main), ("store/main.tf", MODULE)]);
    let status = |at: usize| &bucket(&scanned, &format!("module.store[{at}].aws_s3_bucket.b")).versioning;
    assert_eq!(status(0).value().map(String::as_str), Some("Enabled"));
    assert_eq!(status(1).value().map(String::as_str), Some("Suspended"));
}

#[test]
fn sibling_modules_are_worked_out_with_what_each_is_given() {
    let main = "module \"given\" {
  source = \"./store\"
  status = \"Enabled\"
}
module \"left\" {
  source = \"./store\"
}
";
    let scanned = read(&[("main.tf", main), ("store/main.tf", MODULE)]);
    let status = |name: &str| &bucket(&scanned, &format!("module.{name}.aws_s3_bucket.b")).versioning;
    assert_eq!(status("given").value().map(String::as_str), Some("Enabled"));
    assert_eq!(place(status("given")), ("main.tf".to_owned(), 3), "the input of the call");
    assert_eq!(status("left").value().map(String::as_str), Some("Suspended"));
    assert_eq!(place(status("left")), ("main.tf".to_owned(), 5), "the call that leaves it out");
}

#[test]
fn findings_of_a_nested_local_module_stand_in_its_own_file() {
    let nested = "resource \"aws_s3_bucket\" \"b\" {}
resource \"aws_s3_bucket_versioning\" \"b\" {
  bucket = aws_s3_bucket.b.id
  versioning_configuration {
    status = \"Suspended\"
  }
}
";
    let scanned = read(&[
        ("main.tf", "module \"outer\" {\n  source = \"./outer\"\n}\n"),
        ("outer/main.tf", "module \"inner\" {\n  source = \"./inner\"\n}\n"),
        ("outer/inner/main.tf", nested),
    ]);
    let found = bucket(&scanned, "module.outer.module.inner.aws_s3_bucket.b");
    assert_eq!(place(&found.versioning), ("outer/inner/main.tf".to_owned(), 5));
}

#[test]
fn a_registry_module_is_read_where_init_put_it_and_is_a_gap_where_it_did_not() {
    let main = "module \"store\" {
  source  = \"example/store/aws\"
  version = \"1.0.0\"
  status  = \"Enabled\"
}
";
    let absent = read(&[("main.tf", main)]);
    assert!(absent.snapshot.resources.is_empty());
    assert_eq!(&*absent.snapshot.gaps[0].code, "ModuleNotFound");
    let list = r#"{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"store","Source":"registry.terraform.io/example/store/aws","Version":"1.0.0","Dir":".terraform/modules/store"}]}"#;
    let there = read(&[
        ("main.tf", main),
        (".terraform/modules/modules.json", list),
        (".terraform/modules/store/main.tf", MODULE),
    ]);
    assert!(there.snapshot.gaps.is_empty(), "{:?}", there.snapshot.gaps);
    let versioning = &bucket(&there, "module.store.aws_s3_bucket.b").versioning;
    assert_eq!(versioning.value().map(String::as_str), Some("Enabled"));
}

#[test]
fn instances_that_cannot_be_counted_drop_nothing_silently() {
    let main = "variable \"names\" { type = set(string) }
resource \"aws_s3_bucket\" \"b\" {
  for_each = var.names
}
";
    let scanned = read(&[("main.tf", main)]);
    let [one] = scanned.snapshot.resources.as_slice() else { panic!("{:?}", scanned.snapshot.resources) };
    assert!(one.exists.is_unknown(), "there may be none");
}

#[test]
fn parameters_and_conditions_of_templates_are_worked_out_with_their_defaults() {
    let template = "Parameters:
  Stage: {Type: String, Default: prod}
  Status: {Type: String, Default: Enabled}
  Open: {Type: String}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Resources:
  A:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: {Status: !If [IsProd, !Ref Status, Suspended]}
  B:
    Type: AWS::S3::Bucket
    Properties:
      VersioningConfiguration: {Status: !Ref Open}
";
    let scanned = read(&[("t.yaml", template)]);
    assert_eq!(bucket(&scanned, "A").versioning.value().map(String::as_str), Some("Enabled"));
    assert!(bucket(&scanned, "B").versioning.is_unknown());
}

#[test]
fn a_literal_name_joins_versioning_to_its_bucket() {
    let main = "resource \"aws_s3_bucket\" \"b\" {
  bucket = \"platform-orders\"
}
resource \"aws_s3_bucket_versioning\" \"b\" {
  bucket = \"platform-orders\"
  versioning_configuration {
    status = \"Enabled\"
  }
}
";
    let scanned = read(&[("main.tf", main)]);
    assert_eq!(bucket(&scanned, "aws_s3_bucket.b").versioning.value().map(String::as_str), Some("Enabled"));
}
