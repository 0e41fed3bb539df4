//! What people complain about with other scanners of Terraform, each with what is right.

use super::*;

const DATABASE: &str = "resource \"aws_db_instance\" \"d\" {\n  backup_retention_period = ";

fn retention(declared: &str, expr: &str) -> String {
    let root = single(&format!("{declared}\n{DATABASE}{expr}\n}}\n"));
    argument(&root, "aws_db_instance.d", "backup_retention_period")
}

/// A conditional whose branches are a variable and null (bridgecrewio/checkov#4669), values that nobody has given, and
/// defaults that are null (#1849, #651): neither failed nor passed over in silence.
#[test]
fn what_is_not_given_is_neither_failed_nor_passed_over() {
    let declared =
        "variable \"unset\" {}\nvariable \"null_default\" { default = null }\nvariable \"on\" { type = bool }";
    for (expr, wanted) in [
        ("var.unset", "?"),
        ("data.aws_ssm_parameter.p.value", "?"),
        ("var.unset ? 14 : 0", "(14|0)"),
        ("var.unset ? 0 : 0", "0"),
        ("var.on ? var.unset : null", "(?|null)"),
        ("var.null_default", "null"),
        ("coalesce(null, 7)", "7"),
        ("try(var.unset, 14)", "?"),
        ("lookup({ prod = 14 }, \"dev\", 0)", "0"),
        ("max(1, 7)", "7"),
    ] {
        assert_eq!(retention(declared, expr), wanted, "{expr}");
    }
    let root = single(&format!("{declared}\n{DATABASE}var.unset\n}}\n"));
    let item = block(&root, "aws_db_instance.d").body.get("backup_retention_period");
    let Kind::Unknown(reasons) = &item.kind else { panic!("{item:?}") };
    let cures: Vec<_> =
        reasons.iter().filter_map(|reason| reason.cure.as_ref()).map(|cure| cure.instruction()).collect();
    assert_eq!(cures, ["give parameter `unset` a value"]);
}

/// The chain of names that leads to what is not known.
#[test]
fn the_reason_names_what_stands_between() {
    let root = single(
        "variable \"u\" {}\nlocals {\n  a = \"x-${var.u}\"\n  b = upper(local.a)\n}\nresource \"t\" \"t\" { x = local.b }",
    );
    assert_eq!(
        why(&block(&root, "t.t").body.get("x")),
        ["`local.b` is not known: `local.a` is not known: variable `u` has no value here"]
    );
}

/// bridgecrewio/checkov#3847: `count` on a module breaks the link between a bucket and its versioning.
#[test]
fn count_on_a_module_keeps_the_parts_of_a_bucket_together() {
    let root = root(&[
        ("main.tf", "module \"m\" {\n  source = \"./m\"\n  count  = 2\n}"),
        (
            "m/main.tf",
            "resource \"aws_s3_bucket\" \"b\" {}
resource \"aws_s3_bucket_versioning\" \"v\" {
  bucket = aws_s3_bucket.b.id
  versioning_configuration { status = \"Enabled\" }
}",
        ),
    ]);
    assert_eq!(argument(&root, "module.m[1].aws_s3_bucket_versioning.v", "bucket"), "->module.m[1].aws_s3_bucket.b");
}

/// aquasecurity/trivy#4780: with a module like cloudposse's, nulls and instances under `count` are taken for absent
/// versioning.
#[test]
fn a_module_that_decides_by_its_inputs_is_read_with_them() {
    let module = "variable \"enabled\" { default = null }
variable \"versioning_enabled\" { default = true }
variable \"lifecycle_rule\" { default = null }
locals { enabled = var.enabled == null ? true : var.enabled }
resource \"aws_s3_bucket\" \"default\" { count = local.enabled ? 1 : 0 }
locals { bucket_id = join(\"\", aws_s3_bucket.default[*].id) }
resource \"aws_s3_bucket_versioning\" \"default\" {
  count  = local.enabled ? 1 : 0
  bucket = local.bucket_id
  versioning_configuration { status = var.versioning_enabled ? \"Enabled\" : \"Suspended\" }
}
resource \"aws_s3_bucket_lifecycle_configuration\" \"default\" {
  count  = var.lifecycle_rule == null ? 0 : 1
  bucket = local.bucket_id
}
";
    let root = root(&[("main.tf", "module \"b\" { source = \"./b\" }"), ("b/main.tf", module)]);
    assert_eq!(addresses(&root), ["module.b.aws_s3_bucket.default[0]", "module.b.aws_s3_bucket_versioning.default[0]"]);
    assert_eq!(
        shown(&block(&root, "module.b.aws_s3_bucket_versioning.default[0]").body),
        "{bucket=->module.b.aws_s3_bucket.default[0], versioning_configuration=[{status=\"Enabled\"}]}"
    );
}

/// aquasecurity/trivy#10926: one call of a module is read with the values of another, or with defaults.
#[test]
fn calls_of_one_module_do_not_mix() {
    let root = root(&[
        (
            "main.tf",
            "module \"a\" {\n  source = \"./m\"\n  days = 7\n}\nmodule \"b\" {\n  source = \"./m\"\n  days = module.a.twice\n}\nmodule \"c\" { source = \"./m\" }",
        ),
        (
            "m/main.tf",
            "variable \"days\" { default = 0 }\nresource \"t\" \"t\" { x = var.days }\noutput \"twice\" { value = var.days * 2 }",
        ),
    ]);
    let days = |call: &str| argument(&root, &format!("module.{call}.t.t"), "x");
    assert_eq!([days("a"), days("b"), days("c")], ["7", "14", "0"]);
}

/// aquasecurity/trivy#7099, and checkov's own cases: resources under an undecided `for_each` or `count` vanish, or are
/// failed as if they were there.
#[test]
fn what_may_exist_is_there_with_its_existence_open() {
    let root = single(
        "variable \"u\" {}
resource \"aws_db_instance\" \"each\" {
  for_each                = var.u
  backup_retention_period = 0
}
resource \"aws_db_instance\" \"count\" {
  count                   = length(var.u)
  backup_retention_period = 0
}
resource \"aws_db_instance\" \"none\" {
  count                   = 0
  backup_retention_period = 0
}",
    );
    assert_eq!(addresses(&root), ["aws_db_instance.count", "aws_db_instance.each"]);
    for block in &root.root.blocks {
        assert_eq!(exists(&block.exists), "perhaps");
        assert_eq!(shown(&block.body.get("backup_retention_period")), "0");
        assert!(block.exists.at.is_some());
    }
}

/// checkov finds versioning by an equal literal name not at all: here the name is there to be joined.
#[test]
fn a_literal_name_stays_a_name() {
    let root = single(
        "resource \"aws_s3_bucket\" \"b\" { bucket = \"name\" }
resource \"aws_s3_bucket_versioning\" \"v\" { bucket = \"name\" }",
    );
    assert_eq!(argument(&root, "aws_s3_bucket_versioning.v", "bucket"), "\"name\"");
}

/// aquasecurity/defsec#1147: every finding of a nested module at the root's call. Only what the call itself decides is.
#[test]
fn what_a_module_decides_itself_stands_in_the_module() {
    let root = root(&[
        ("main.tf", "module \"m\" {\n  source = \"./m\"\n  days = 0\n}"),
        ("m/main.tf", "variable \"days\" {}\nresource \"t\" \"t\" {\n  own    = 0\n  passed = var.days\n}"),
    ]);
    let body = &block(&root, "module.m.t.t").body;
    assert_eq!(place(body.get("own").at.as_ref()), "m/main.tf:3:12-3:13");
    assert_eq!(place(body.get("passed").at.as_ref()), "main.tf:3:10-3:11");
    assert_eq!(place(Some(&block(&root, "module.m.t.t").header)), "m/main.tf:2:1-2:17");
}
