//! Policies of IAM, of which a configuration may leave parts open.

use serde_json::{Value as Json, json};

use super::*;
use crate::model::iam::HOLE;

const DECLARED: &str = "
variable \"x\" { type = string }
variable \"xs\" { type = list(string) }
resource \"aws_iam_role\" \"named\" {
  name = \"n\"
  path = \"/ops/\"
}
resource \"aws_backup_vault\" \"v\" { name = \"v\" }
resource \"aws_s3_bucket\" \"b\" { bucket = \"b-${var.x}\" }
";

/// The policy of a resource of IAM, written like this.
fn policy(policy: &str) -> Fact<String> {
    let root = single(&format!("{DECLARED}\nresource \"aws_iam_policy\" \"p\" {{\n  policy = {policy}\n}}\n"));
    assert!(root.root.gaps.is_empty(), "{policy}: {:?}", root.root.gaps);
    block(&root, "aws_iam_policy.p").body.get("policy").text()
}

fn statements(written: &str) -> Json {
    let text = policy(written);
    let json: Json = serde_json::from_str(text.value().unwrap_or_else(|| panic!("{written}: {text:?}"))).unwrap();
    json["Statement"].clone()
}

/// The resource of the only statement.
fn resource(expr: &str) -> String {
    let found = statements(&format!(
        "jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"*\", Resource = {expr} }}] }})"
    ));
    found[0]["Resource"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_not_known_of_a_text_is_a_hole() {
    let cases = [
        ("\"arn:aws:s3:::${var.x}/*\"", format!("arn:aws:s3:::{HOLE}/*")),
        ("var.x", HOLE.to_string()),
        ("var.xs", HOLE.to_string()),
        ("upper(\"a-${var.x}\")", HOLE.to_string()),
        ("aws_iam_role.named.arn", format!("arn:{HOLE}:iam::{HOLE}:role/ops/n")),
        ("aws_backup_vault.v.arn", format!("arn:{HOLE}:backup:{HOLE}:{HOLE}:backup-vault:v")),
        ("\"${aws_s3_bucket.b.arn}/*\"", format!("arn:{HOLE}:s3:::b-{HOLE}/*")),
    ];
    for (expr, wanted) in cases {
        assert_eq!(resource(expr), wanted, "{expr}");
    }
}

#[test]
fn a_document_has_holes_as_it_is_written() {
    let heredoc = "<<EOT
{\"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"arn:aws:s3:::${var.x}/*\"}]}
EOT
";
    assert_eq!(statements(heredoc)[0]["Resource"], format!("arn:aws:s3:::{HOLE}/*"));
    // Outside of a text it may be anything.
    let raw = "<<EOT\n{\"Statement\": ${var.x}}\nEOT\n";
    assert!(policy(raw).is_unknown());
    assert!(policy("var.x").is_unknown());
    assert!(policy("jsonencode(var.x)").is_unknown());
    let of_variable = "<<EOT\n{\"Statement\": [{\"Resource\": \"$${aws:${var.x}}\"}]}\nEOT\n";
    assert!(policy(of_variable).is_unknown());
}

#[test]
fn statements_that_hang_on_what_is_not_known_may_be_there() {
    let open = json!({ "Fn::Unknown": [] });
    let found = statements(
        "jsonencode({ Version = \"2012-10-17\", Statement = [
    { Effect = var.x == \"\" ? \"Allow\" : \"Deny\", Action = \"a:b\", Resource = \"*\" },
    { Effect = \"Allow\", Action = \"a:b\", Resource = \"*\", Condition = var.x },
    var.x,
  ] })",
    );
    let of = |effect: &str| json!({ "Effect": effect, "Action": "a:b", "Resource": "*", "Condition": open });
    let mut found = found.as_array().unwrap().clone();
    found.iter_mut().for_each(|statement| statement.sort_all_objects());
    assert_eq!(
        found,
        [of("Allow"), of("Deny"), of("Allow"), open.clone()].map(|mut one| {
            one.sort_all_objects();
            one
        })
    );
}

fn document(statements: &str) -> Json {
    let root = single(&format!(
        "{DECLARED}\ndata \"aws_iam_policy_document\" \"d\" {{\n{statements}\n}}\nresource \"aws_iam_role\" \"r\" {{\n  assume_role_policy = data.aws_iam_policy_document.d.json\n  inline_policy {{\n    name = \"p\"\n    policy = data.aws_iam_policy_document.d.json\n  }}\n}}\n"
    ));
    let body = &block(&root, "aws_iam_role.r").body;
    let text = body.get("assume_role_policy").text();
    let Kind::List(blocks) = &body.get("inline_policy").kind else { panic!("no blocks") };
    assert_eq!(blocks[0].get("policy").text().state, text.state);
    let json: Json = serde_json::from_str(text.value().unwrap_or_else(|| panic!("{text:?}"))).unwrap();
    json["Statement"].clone()
}

#[test]
fn a_data_source_writes_holes() {
    let found = document(
        "  statement {
    sid       = var.x
    effect    = var.x
    actions   = [\"a:b\", var.x]
    resources = [\"${aws_backup_vault.v.arn}\"]
    principals {
      type        = \"AWS\"
      identifiers = [aws_iam_role.named.arn]
    }
    condition {
      test     = \"StringEquals\"
      variable = \"k\"
      values   = var.xs
    }
  }
  statement {
    actions   = var.xs
    resources = [\"*\"]
  }
  statement {
    not_actions = var.xs
    resources   = [\"*\"]
  }
  statement {
    actions   = [\"a:b\"]
    resources = [\"*\"]
    principals {
      type        = var.x
      identifiers = [\"*\"]
    }
    condition {
      test     = \"StringEquals\"
      variable = var.x
      values   = [\"v\"]
    }
  }",
    );
    let (hole, open) = (HOLE.to_string(), json!({ "Fn::Unknown": [] }));
    assert_eq!(
        found,
        json!([
            {
                "Effect": hole, "Action": [hole, "a:b"],
                "Resource": format!("arn:{HOLE}:backup:{HOLE}:{HOLE}:backup-vault:v"),
                "Principal": { "AWS": format!("arn:{HOLE}:iam::{HOLE}:role/ops/n") },
                "Condition": { "StringEquals": { "k": hole } },
            },
            { "Effect": "Allow", "Action": hole, "Resource": "*" },
            open,
            { "Effect": "Allow", "Action": "a:b", "Resource": "*", "Principal": open, "Condition": open },
        ])
    );
}

#[test]
fn holes_are_for_policies_of_iam_alone() {
    let root = single(&format!(
        "{DECLARED}\nresource \"aws_s3_bucket_policy\" \"p\" {{\n  bucket = \"x\"\n  policy = jsonencode({{ Statement = [{{ Resource = var.x }}] }})\n}}\n"
    ));
    assert_eq!(argument(&root, "aws_s3_bucket_policy.p", "policy"), "?");
    assert_eq!(value("variable \"x\" {}", "\"a-${var.x}\""), "?");
    let root = single(&format!("{DECLARED}\nresource \"aws_iam_role\" \"r\" {{\n  name = \"a-${{var.x}}\"\n}}\n"));
    assert_eq!(argument(&root, "aws_iam_role.r", "name"), "?");
}

/// The lines on which the statements of the policies of a root stand.
fn lines(text: &str) -> Vec<Vec<u32>> {
    let root = single(text);
    let places = root.root.statements.values();
    places.map(|all| all.iter().map(|at| at.as_ref().unwrap().start.line).collect()).collect()
}

#[test]
fn each_statement_knows_its_place() {
    let text = "variable \"x\" { type = string }
resource \"aws_iam_policy\" \"p\" {
  policy = jsonencode({
    Statement = [
      { Effect = \"Allow\", Action = \"a:b\", Resource = \"*\" },
      { Effect = \"Allow\", Action = \"a:c\", Resource = \"*\" },
    ]
  })
}
resource \"aws_iam_policy\" \"q\" {
  policy = jsonencode({
    Statement = [{ Effect = \"Allow\", Action = \"a:d\", Resource = var.x }]
  })
}
data \"aws_iam_policy_document\" \"d\" {
  statement {
    actions = [\"a:e\"]
  }
  statement {
    actions   = [\"a:f\"]
    resources = [var.x]
  }
}
resource \"aws_iam_policy\" \"r\" {
  policy = data.aws_iam_policy_document.d.json
}
";
    let mut found = lines(text);
    found.sort();
    assert_eq!(found, [vec![5, 6], vec![12], vec![16, 19]]);
    let twice = "resource \"aws_iam_policy\" \"p\" { policy = jsonencode({ Statement = [{ Effect = \"Allow\" }] }) }
resource \"aws_iam_policy\" \"q\" { policy = jsonencode({ Statement = [{ Effect = \"Allow\" }] }) }
";
    assert_eq!(lines(twice), [[0_u32; 0]; 0], "it cannot be said which of the two is meant");
}
