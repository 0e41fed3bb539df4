//! Which files are read, and what they leave where they cannot be.

use super::*;

#[test]
fn a_broken_file_is_a_gap_and_the_rest_goes_on() {
    let root = root(&[
        ("infra/broken.tf", "resource \"aws_s3_bucket\" \"x\" {\n  bucket = = 1\n}\n"),
        ("infra/main.tf", "resource \"aws_s3_bucket\" \"b\" { bucket = local.from_broken }\n"),
    ]);
    assert_eq!(addresses(&root), ["aws_s3_bucket.b"]);
    let [gap] = root.root.gaps.as_slice() else { panic!("{:?}", root.root.gaps) };
    assert_eq!(gap.subject.as_deref(), Some("infra/broken.tf"));
    assert_eq!(place(gap.at.as_ref()), "infra/broken.tf:2:12-2:12");
    assert_eq!(argument(&root, "aws_s3_bucket.b", "bucket"), "?");
}

#[test]
fn newlines_in_for_are_taken_as_terraform_takes_them() {
    let text = "locals {
  o = {
    for k, v in { a = 1, b = 2 } :
    k => v # all of them
    ... if v > 0
  }
  p = { for k, v in { a = 1 } : k =>
    v > 0
    ? \"x\"
    : \"y\"
  }
  q = [
    for v in [1, 2] : v
    if v
    > 1
  ]
}
resource \"t\" \"t\" {
  p = local.p
  q = local.q
}
";
    let root = single(&text.replace("    ... if v > 0\n", "    if v > 0\n"));
    assert!(root.root.gaps.is_empty(), "{:?}", root.root.gaps);
    assert_eq!(argument(&root, "t.t", "p"), "{a=\"x\"}");
    assert_eq!(argument(&root, "t.t", "q"), "[2]");
    assert_eq!(place(block(&root, "t.t").body.get("q").at.as_ref()), "main.tf:20:7-20:14");
}

#[test]
fn opentofu_files_stand_before_those_of_the_same_stem() {
    let root = root(&[
        ("a.tf", "resource \"t\" \"tf\" {}"),
        ("a.tofu", "resource \"t\" \"tofu\" {}"),
        ("b.tf", "resource \"t\" \"b\" {}"),
    ]);
    assert_eq!(addresses(&root), ["t.b", "t.tofu"]);
}

#[test]
fn overrides_are_merged_over_what_they_name() {
    let root = root(&[
        (
            "main.tf",
            "variable \"n\" { default = 1 }
locals { l = 1 }
resource \"t\" \"t\" {
  a = 1
  b = 2
  v = var.n
  l = local.l
  rule { x = 1 }
  rule { x = 2 }
  kept { x = 3 }
  lifecycle { prevent_destroy = true }
}",
        ),
        (
            "x_override.tf",
            "variable \"n\" { default = 5 }
locals { l = 9 }
resource \"t\" \"t\" {
  b = 3
  rule { x = 7 }
  lifecycle { ignore_changes = [a] }
}",
        ),
    ]);
    assert_eq!(shown(&block(&root, "t.t").body), "{a=1, b=3, kept=[{x=3}], l=9, rule=[{x=7}], v=5}");
    assert!(block(&root, "t.t").prevent_destroy.is_true());
}

#[test]
fn json_says_the_same_as_the_native_syntax() {
    let root = root(&[(
        "main.tf.json",
        r#"{
  "//": "a comment",
  "variable": {"days": {"type": "number", "default": 7}},
  "locals": {"name": "n-${var.days}"},
  "resource": {
    "aws_s3_bucket": {
      "b": {"bucket": "${local.name}", "tags": {"a": "x"}, "versioning": {"enabled": true}, "count": 1},
      "c": [{"bucket": "${aws_s3_bucket.b[0].id}", "lifecycle_rule": [{"id": "1"}, {"id": "2"}]}]
    }
  }
}"#,
    )]);
    assert_eq!(
        shown(&block(&root, "aws_s3_bucket.b[0]").body),
        "{bucket=\"n-7\", tags={a=\"x\"}, versioning=[{enabled=true}]}"
    );
    assert_eq!(
        shown(&block(&root, "aws_s3_bucket.c").body),
        "{bucket=->aws_s3_bucket.b[0]:n-7, lifecycle_rule=[{id=\"1\"}, {id=\"2\"}]}"
    );
    let bucket = &block(&root, "aws_s3_bucket.b[0]").body.get("bucket");
    assert_eq!(place(bucket.at.as_ref()), "main.tf.json:7:23-7:38");
    assert_eq!(place(bucket.key_at.as_ref()), "main.tf.json:7:13-7:21");
}

#[test]
fn places_are_those_of_the_expressions() {
    let root = single(
        "resource \"aws_s3_bucket\" \"b\" {
  bucket = \"ü😀-${\"x\"}\"
  tags = {
    a = \"1\"
  }
  rule {
    id = 1
  }
}
",
    );
    let block = block(&root, "aws_s3_bucket.b");
    assert_eq!(place(Some(&block.header)), "main.tf:1:1-1:29");
    assert_eq!(place(Some(&block.extent)), "main.tf:1:1-9:2");
    let body = &block.body;
    assert_eq!(place(body.get("bucket").at.as_ref()), "main.tf:2:12-2:24");
    assert_eq!(place(body.get("bucket").key_at.as_ref()), "main.tf:2:3-2:9");
    assert_eq!(place(body.dig("tags.a").at.as_ref()), "main.tf:4:9-4:12");
    assert_eq!(place(body.get("rule").at.as_ref()), "main.tf:6:3-8:4");
    assert_eq!(place(body.get("nothing").at.as_ref()), "-");
}

#[test]
fn values_of_variables_have_terraforms_precedence() {
    let main = "variable \"a\" {}
variable \"b\" {}
variable \"c\" {}
variable \"d\" {}
variable \"e\" { default = \"default\" }
variable \"f\" { type = list(string) }
variable \"n\" { type = number }
resource \"t\" \"t\" { all = [var.a, var.b, var.c, var.d, var.e, var.f, var.n] }";
    let all = [
        ("main.tf", main),
        ("terraform.tfvars", "a = \"tfvars\"\nb = \"tfvars\"\nc = \"tfvars\"\n"),
        ("x.auto.tfvars", "b = \"auto\"\nc = \"auto\"\n"),
        ("other.tfvars", "a = \"not read\"\n"),
    ];
    let options = SourceOptions {
        inputs: vec![
            super::super::Input::Value { name: "c".into(), text: "early".into() },
            super::super::Input::File { path: "v.tfvars".into(), text: "c = \"late\"".into() },
            super::super::Input::Value { name: "f".into(), text: "[\"x\"]".into() },
            super::super::Input::Value { name: "n".into(), text: "07".into() },
        ],
        environment: [("a", "env"), ("d", "env")].map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        ..SourceOptions::default()
    };
    let root = root_with(&all, &options, &Nothing);
    assert_eq!(argument(&root, "t.t", "all"), "[\"tfvars\", \"auto\", \"late\", \"env\", \"default\", [\"x\"], 7]");
}

#[test]
fn a_folder_that_is_called_is_no_root_unless_it_looks_like_one() {
    let all = files(&[
        ("app/main.tf", "module \"m\" { source = \"../modules/m\" }\nmodule \"n\" { source = \"../live\" }"),
        ("modules/m/main.tf", "module \"inner\" { source = \"./inner\" }"),
        ("modules/m/inner/main.tf", ""),
        ("live/main.tf", "terraform {\n  backend \"s3\" {}\n}"),
        ("alone/main.tf", ""),
        ("values/terraform.tfvars", "a = 1"),
    ]);
    let sources = super::super::Sources::new(&all);
    let roots: Vec<String> = sources.roots().iter().map(ToString::to_string).collect();
    assert_eq!(roots, ["alone", "app", "live"]);
}

#[test]
fn folders_that_only_call_each_other_are_not_lost() {
    let all = files(&[
        ("a/main.tf", "module \"b\" { source = \"../b\" }"),
        ("b/main.tf", "module \"a\" { source = \"../a\" }"),
    ]);
    let roots: Vec<String> = super::super::Sources::new(&all).roots().iter().map(ToString::to_string).collect();
    assert_eq!(roots, ["a"]);
}

#[test]
fn a_module_is_all_files_of_its_folder_whichever_are_scanned() {
    let beside =
        Beside([("x/main.tf", "resource \"t\" \"seen\" {}"), ("x/other.tf", "resource \"t\" \"beside\" {}")].into());
    let root = root_with(&[("x/main.tf", "resource \"t\" \"seen\" {}")], &SourceOptions::default(), &beside);
    assert_eq!(addresses(&root), ["t.beside", "t.seen"]);
}

#[test]
fn a_broken_override_may_change_anything_and_broken_values_any_variable() {
    let root = root(&[
        ("main.tf", "variable \"v\" { default = 1 }\nresource \"t\" \"t\" { x = var.v }"),
        ("terraform.tfvars", "v = = 2"),
    ]);
    assert_eq!(argument(&root, "t.t", "x"), "?");
    let root = super::root(&[("main.tf", "resource \"t\" \"t\" { x = 1 }"), ("override.tf", "resource {{")]);
    assert_eq!(argument(&root, "t.t", "x"), "?");
}

#[test]
fn a_resource_is_kept_by_a_literal_or_in_opentofu_by_an_expression() {
    let root = single(
        "variable \"keep\" { default = true }
variable \"free\" { type = bool }
resource \"t\" \"none\" {}
resource \"t\" \"yes\" {
  count = 2
  lifecycle { prevent_destroy = true }
}
resource \"t\" \"no\" {
  lifecycle { prevent_destroy = false }
}
resource \"t\" \"variable\" {
  lifecycle { prevent_destroy = var.keep }
}
resource \"t\" \"open\" {
  lifecycle { prevent_destroy = var.free }
}
resource \"t\" \"forgotten\" {
  lifecycle { destroy = false }
}
",
    );
    let of = |address: &str| &block(&root, address).prevent_destroy;
    assert!(of("t.none").is_absent() && of("t.yes[1]").is_true());
    assert!(of("t.no").value() == Some(&false) && place(of("t.no").at.as_ref()) == "main.tf:9:33-9:38");
    assert!(of("t.variable").is_true() && of("t.open").is_unknown() && of("t.forgotten").is_true());
}
