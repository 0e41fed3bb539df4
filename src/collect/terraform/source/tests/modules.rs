//! Modules: instances, inputs, outputs, places, and those that are not there.

use super::*;

const CHILD: &str = "variable \"name\" {}
variable \"days\" { default = 0 }
variable \"tags\" {
  type    = map(string)
  default = {}
}
variable \"opts\" {
  type    = object({ status = optional(string, \"Enabled\"), n = optional(number) })
  default = {}
}
resource \"aws_s3_bucket\" \"b\" {
  bucket = var.name
  days   = var.days
  sum    = var.days + 1
  tags   = var.tags
  status = var.opts.status
  n      = var.opts.n
}
output \"id\" { value = aws_s3_bucket.b.id }
output \"days\" { value = var.days }
";

#[test]
fn each_call_is_an_instance_of_its_own() {
    let root = root(&[
        (
            "main.tf",
            "module \"one\" {
  source = \"./m\"
  name   = \"first\"
  days   = \"7\"
}
module \"two\" {
  source   = \"./m\"
  for_each = { x = 1, y = 2 }
  name     = \"${each.key}-n\"
  days     = each.value
  opts     = { n = \"3\" }
}
module \"none\" {
  source = \"./m\"
  count  = 0
  name   = \"none\"
}
resource \"t\" \"t\" {
  id   = module.one.id
  key  = module.two[\"y\"].id
  all  = values(module.two)[*].days
  gone = module.one.nothing
}
",
        ),
        ("m/main.tf", CHILD),
    ]);
    assert_eq!(
        addresses(&root),
        ["module.one.aws_s3_bucket.b", "module.two[\"x\"].aws_s3_bucket.b", "module.two[\"y\"].aws_s3_bucket.b", "t.t"]
    );
    assert_eq!(argument(&root, "module.one.aws_s3_bucket.b", "sum"), "8");
    assert_eq!(argument(&root, "module.one.aws_s3_bucket.b", "status"), "\"Enabled\"");
    assert_eq!(argument(&root, "module.two[\"x\"].aws_s3_bucket.b", "bucket"), "\"x-n\"");
    assert_eq!(argument(&root, "module.two[\"x\"].aws_s3_bucket.b", "n"), "3");
    assert_eq!(argument(&root, "t.t", "id"), "->module.one.aws_s3_bucket.b:first");
    assert_eq!(argument(&root, "t.t", "key"), "->module.two[\"y\"].aws_s3_bucket.b:y-n");
    assert_eq!(argument(&root, "t.t", "all"), "[1, 2]");
    assert_eq!(argument(&root, "t.t", "gone"), "?");
}

#[test]
fn values_pass_through_two_modules_and_back() {
    let root = root(&[
        (
            "main.tf",
            "variable \"n\" { default = \"deep\" }
module \"a\" {
  source = \"./a\"
  name   = var.n
}
resource \"t\" \"t\" { id = module.a.id }",
        ),
        (
            "a/main.tf",
            "variable \"name\" {}
module \"b\" {
  source = \"../m\"
  name   = var.name
}
output \"id\" { value = module.b.id }",
        ),
        ("m/main.tf", CHILD),
    ]);
    assert_eq!(argument(&root, "t.t", "id"), "->module.a.module.b.aws_s3_bucket.b:deep");
    // What the innermost module passes on stands at the outermost call's input.
    let bucket = block(&root, "module.a.module.b.aws_s3_bucket.b").body.get("bucket");
    assert_eq!(place(bucket.at.as_ref()), "main.tf:4:12-4:17");
}

#[test]
fn what_a_module_passes_on_stands_at_the_call() {
    let root = root(&[
        (
            "main.tf",
            "module \"m\" {
  source = \"./m\"
  name   = \"n\"
  tags = {
    a = \"b\"
  }
}
",
        ),
        ("m/main.tf", CHILD),
    ]);
    let body = &block(&root, "module.m.aws_s3_bucket.b").body;
    assert_eq!(place(body.get("bucket").at.as_ref()), "main.tf:3:12-3:15");
    assert_eq!(place(body.get("bucket").key_at.as_ref()), "m/main.tf:12:3-12:9");
    // Left out, it stands at the call itself.
    assert_eq!(place(body.get("days").at.as_ref()), "main.tf:1:1-1:11");
    // Worked out from it, it stands where it is worked out.
    assert_eq!(place(body.get("sum").at.as_ref()), "m/main.tf:14:12-14:24");
    assert_eq!(place(body.dig("tags.a").at.as_ref()), "main.tf:5:9-5:12");
}

#[test]
fn null_stands_for_the_default_only_where_the_module_says_so() {
    let root = root(&[
        (
            "main.tf",
            "variable \"u\" {}
module \"m\" {
  source = \"./m\"
  a = null
  b = null
  c = var.u
}",
        ),
        (
            "m/main.tf",
            "variable \"a\" { default = 1 }
variable \"b\" {
  default  = 2
  nullable = false
}
variable \"c\" {
  default  = 3
  nullable = false
}
resource \"t\" \"t\" {
  a = var.a
  b = var.b
  c = var.c
}",
        ),
    ]);
    assert_eq!(shown(&block(&root, "module.m.t.t").body), "{a=null, b=2, c=?}");
}

#[test]
fn a_module_under_a_condition_leaves_existence_open() {
    let root = root(&[
        (
            "main.tf",
            "variable \"on\" { type = bool }
module \"m\" {
  source = \"./m\"
  count  = var.on ? 1 : 0
  name   = var.on ? \"yes\" : \"no\"
}
resource \"aws_s3_bucket_versioning\" \"v\" {
  count  = var.on ? 1 : 0
  bucket = one(module.m[*].id)
}",
        ),
        ("m/main.tf", CHILD),
    ]);
    let bucket = block(&root, "module.m[0].aws_s3_bucket.b");
    assert_eq!(exists(&bucket.exists), "perhaps");
    assert_eq!(shown(&bucket.body.get("bucket")), "\"yes\"");
    // The link between bucket and versioning holds under `count` on a module.
    assert_eq!(argument(&root, "aws_s3_bucket_versioning.v[0]", "bucket"), "->module.m[0].aws_s3_bucket.b:yes");
}

#[test]
fn a_module_that_is_not_there_is_one_gap_and_its_outputs_are_unknown() {
    let root = single(
        "module \"a\" {
  source = \"terraform-aws-modules/s3-bucket/aws\"
  bucket = aws_s3_bucket.direct.id
  policy = data.aws_iam_policy_document.d.json
  other  = local.l
}
module \"b\" { source = \"terraform-aws-modules/s3-bucket/aws\" }
resource \"aws_s3_bucket\" \"direct\" {}
resource \"aws_s3_bucket\" \"by_local\" { count = 2 }
resource \"aws_s3_bucket\" \"by_data\" {}
resource \"aws_s3_bucket\" \"by_part\" {}
resource \"aws_s3_bucket\" \"free\" {}
resource \"aws_s3_bucket_versioning\" \"v\" { bucket = aws_s3_bucket.by_part.id }
locals { l = [\"${aws_s3_bucket.by_local[0].arn}/*\", aws_s3_bucket_versioning.v.id] }
data \"aws_iam_policy_document\" \"d\" {
  statement { resources = [aws_s3_bucket.by_data.arn] }
}
resource \"t\" \"t\" { x = module.a.s3_bucket_id }
",
    );
    let [gap] = root.root.gaps.as_slice() else { panic!("{:?}", root.root.gaps) };
    assert_eq!((&*gap.code, gap.kind), ("ModuleNotFound", crate::model::gap::GapKind::NotModelled));
    assert_eq!(place(gap.at.as_ref()), "main.tf:1:1-1:11");
    assert_eq!(
        why(&block(&root, "t.t").body.get("x")),
        ["`module.a.s3_bucket_id` is not known: module source `terraform-aws-modules/s3-bucket/aws` is not there"]
    );
    let handed: Vec<&str> = root.root.handed_out.keys().map(|address| &**address).collect();
    assert_eq!(
        handed,
        [
            "aws_s3_bucket.by_data",
            "aws_s3_bucket.by_local[0]",
            "aws_s3_bucket.by_local[1]",
            "aws_s3_bucket.by_part",
            "aws_s3_bucket.direct",
            "aws_s3_bucket_versioning.v",
        ]
    );
}

#[test]
fn installed_modules_are_read_where_terraform_put_them() {
    let beside = Beside(
        [
            (
                "app/.terraform/modules/modules.json",
                r#"{"Modules":[{"Key":"","Source":"","Dir":"."},
                {"Key":"a","Source":"registry.terraform.io/x/y/aws","Version":"1.0.0","Dir":".terraform/modules/a"},
                {"Key":"a.b","Source":"./inner","Dir":".terraform/modules/a/inner"}]}"#,
            ),
            (
                "app/.terraform/modules/a/main.tf",
                "variable \"n\" {}\nmodule \"b\" {\n  source = \"./inner\"\n  n = var.n\n}",
            ),
            (
                "app/.terraform/modules/a/inner/main.tf",
                "variable \"n\" {}\nresource \"aws_s3_bucket\" \"b\" { bucket = var.n }",
            ),
        ]
        .into(),
    );
    let all = [("app/main.tf", "module \"a\" {\n  source = \"x/y/aws\"\n  n = \"name\"\n}")];
    let root = root_with(&all, &SourceOptions::default(), &beside);
    assert!(root.root.gaps.is_empty(), "{:?}", root.root.gaps);
    assert_eq!(argument(&root, "module.a.module.b.aws_s3_bucket.b", "bucket"), "\"name\"");
    assert!(root.texts.contains_key("app/.terraform/modules/a/main.tf"));
}

#[test]
fn modules_that_call_each_other_come_to_an_end() {
    let root = root(&[
        ("main.tf", "module \"a\" { source = \"./a\" }"),
        ("a/main.tf", "module \"b\" { source = \"../b\" }\nresource \"t\" \"a\" {}"),
        ("b/main.tf", "module \"a\" { source = \"../a\" }\nmodule \"c\" { source = \"../a\" }"),
    ]);
    assert!(root.root.blocks.len() < 3_000);
    assert!(!root.root.blocks.is_empty());
}

#[test]
fn a_module_that_was_not_read_may_set_up_what_it_is_given_by_name() {
    let text = "locals { n = \"orders\" }
resource \"aws_s3_bucket\" \"x\" { bucket = local.n }
resource \"aws_s3_bucket\" \"looked_up\" { bucket = \"images\" }
resource \"aws_s3_bucket\" \"other\" { bucket = \"other\" }
data \"aws_s3_bucket\" \"d\" { bucket = \"images\" }
module \"far\" {
  source = \"example/bucket/aws\"
  bucket = local.n
  images = data.aws_s3_bucket.d.id
}
";
    let root = single(text);
    let handed: Vec<&str> = root.root.handed_out.keys().map(|address| &**address).collect();
    assert_eq!(handed, ["aws_s3_bucket.looked_up", "aws_s3_bucket.x"]);
}

#[test]
fn what_a_loop_hands_to_a_module_is_handed_on_to_one_that_was_not_read() {
    let main = "resource \"aws_s3_bucket\" \"x\" {}
module \"m\" {
  source   = \"./m\"
  for_each = { a = aws_s3_bucket.x }
  bucket   = each.value.id
}
";
    let inner =
        "variable \"bucket\" {}\nmodule \"far\" {\n  source = \"example/bucket/aws\"\n  bucket = var.bucket\n}\n";
    let root = root(&[("main.tf", main), ("m/main.tf", inner)]);
    assert!(root.root.handed_out.contains_key("aws_s3_bucket.x"), "{:?}", root.root.handed_out);
}

#[test]
fn a_module_that_calls_itself_ends_at_once() {
    let root = single("module \"m\" { source = \"./\" }\nresource \"aws_s3_bucket\" \"x\" {}\n");
    assert_eq!(addresses(&root), ["aws_s3_bucket.x"]);
}
