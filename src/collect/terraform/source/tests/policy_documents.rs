//! `aws_iam_policy_document`.

use super::*;

fn json(root: &SourceRoot, path: &str) -> serde_json::Value {
    let text = block(root, "t.t").body.get(path).text();
    serde_json::from_str(text.value().unwrap_or_else(|| panic!("{path}: {text:?}"))).unwrap()
}

#[test]
fn a_document_is_written_as_the_provider_writes_it() {
    let root = single(
        "provider \"aws\" { region = \"eu-west-1\" }
resource \"aws_s3_bucket\" \"b\" { bucket = \"name\" }
data \"aws_iam_policy_document\" \"d\" {
  policy_id = \"P\"
  statement {
    sid       = \"One\"
    effect    = \"Deny\"
    actions   = [\"s3:GetObject\", \"s3:PutObject\"]
    resources = [aws_s3_bucket.b.arn, \"${aws_s3_bucket.b.arn}/*\"]
    principals {
      type        = \"AWS\"
      identifiers = [\"*\"]
    }
    condition {
      test     = \"Bool\"
      variable = \"aws:SecureTransport\"
      values   = [\"false\"]
    }
  }
  statement {
    not_actions   = [\"iam:*\"]
    not_resources = [\"arn:aws:s3:::x/&{aws:username}\"]
    not_principals {
      type        = \"*\"
      identifiers = [\"*\"]
    }
  }
}
resource \"t\" \"t\" { x = data.aws_iam_policy_document.d.json }
",
    );
    assert_eq!(
        json(&root, "x"),
        serde_json::json!({
            "Version": "2012-10-17",
            "Id": "P",
            "Statement": [
                {
                    "Sid": "One",
                    "Effect": "Deny",
                    "Action": ["s3:PutObject", "s3:GetObject"],
                    "Resource": ["arn:aws:s3:::name/*", "arn:aws:s3:::name"],
                    "Principal": {"AWS": "*"},
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
                {
                    "Effect": "Allow",
                    "NotAction": "iam:*",
                    "NotResource": "arn:aws:s3:::x/${aws:username}",
                    "NotPrincipal": "*",
                },
            ],
        })
    );
}

#[test]
fn statements_with_a_sid_take_the_place_of_earlier_ones() {
    let root = single(
        "data \"aws_iam_policy_document\" \"source\" {
  statement {
    sid     = \"A\"
    actions = [\"s:source\"]
  }
  statement { actions = [\"s:nosid\"] }
}
data \"aws_iam_policy_document\" \"over\" {
  statement {
    sid     = \"B\"
    actions = [\"s:over\"]
  }
}
data \"aws_iam_policy_document\" \"d\" {
  source_policy_documents   = [data.aws_iam_policy_document.source.json]
  override_policy_documents = [data.aws_iam_policy_document.over.json]
  statement {
    sid     = \"A\"
    actions = [\"s:own\"]
  }
  statement {
    sid     = \"B\"
    actions = [\"s:lost\"]
  }
}
resource \"t\" \"t\" { x = data.aws_iam_policy_document.d.json }
",
    );
    let actions: Vec<_> =
        json(&root, "x")["Statement"].as_array().unwrap().iter().map(|one| one["Action"].clone()).collect();
    assert_eq!(actions, ["s:own", "s:nosid", "s:over"]);
}

#[test]
fn one_unknown_makes_the_document_unknown_and_a_condition_makes_two() {
    let root = single(
        "variable \"u\" {}
variable \"on\" { type = bool }
data \"aws_iam_policy_document\" \"u\" {
  statement { actions = [var.u] }
}
data \"aws_iam_policy_document\" \"on\" {
  statement { actions = [\"a:a\"] }
  dynamic \"statement\" {
    for_each = var.on ? [1] : []
    content { actions = [\"b:b\"] }
  }
}
data \"aws_iam_policy_document\" \"many\" {
  for_each = toset([\"x\"])
  statement { actions = [\"${each.key}:x\"] }
}
resource \"t\" \"t\" {
  u  = data.aws_iam_policy_document.u.json
  on = data.aws_iam_policy_document.on.json
  m  = data.aws_iam_policy_document.many[\"x\"].json
}
",
    );
    assert_eq!(argument(&root, "t.t", "u"), "?");
    assert!(matches!(block(&root, "t.t").body.get("on").kind, Kind::Choice(_)));
    assert_eq!(json(&root, "m")["Statement"][0]["Action"], "x:x");
}
