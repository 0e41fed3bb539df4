//! Whatever the text is, it is read or refused: no panic, no endless work, no stack that runs over.

use proptest::prelude::*;

use super::*;

const EXAMPLE: &str = r#"variable "on" { type = bool }
variable "names" { type = list(string) }
locals {
  all = { for i, n in var.names : n => { index = i, name = "b-${n}" } if n != "" }
  text = <<-EOT
    a ${var.on ? "x" : "y"}
    %{ for n in ["p", "q"] ~}
    - ${n}
    %{ endfor ~}
  EOT
}
resource "aws_s3_bucket" "b" {
  for_each = local.all
  bucket   = try(each.value.name, "none")
  tags     = merge({ a = 1 }, var.on ? { b = 2 } : {})
  dynamic "rule" {
    for_each = [1, 2, 3]
    content { id = rule.value * 2 }
  }
}
module "m" {
  source = "./m"
  count  = var.on ? 1 : 0
  ids    = values(aws_s3_bucket.b)[*].id
}
data "aws_iam_policy_document" "d" {
  statement { actions = ["s3:*"] }
}
resource "t" "t" { x = [data.aws_iam_policy_document.d.json, one(module.m[*].id), local.text] }
"#;

const PIECES: [&str; 40] = [
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "${",
    "%{",
    "~}",
    "<<EOT\n",
    "EOT\n",
    "\n",
    "\r\n",
    " = ",
    ".",
    ",",
    "?",
    ":",
    "...",
    "*",
    "[*]",
    ".*",
    "for x in ",
    "if ",
    "=>",
    "null",
    "var.on",
    "local.all",
    "each.key",
    "count.index",
    "module.m",
    "aws_s3_bucket.b",
    "resource \"t\" \"x\" {",
    "locals {",
    "😀",
    "\u{FEFF}",
    "\0",
    "#",
    "/*",
];

fn read(text: &str) {
    for file in ["main.tf", "main.tf.json", "terraform.tfvars"] {
        let all = files(&[(file, text), ("m/main.tf", "variable \"ids\" {}\noutput \"id\" { value = var.ids }")]);
        for root in read_all(&all, &SourceOptions::default(), &Beside::default()) {
            for block in &root.root.blocks {
                let _ = shown(&block.body);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        read(&text);
    }

    #[test]
    fn any_pieces_are_read_or_refused(pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..40)) {
        read(&pieces.concat());
        read(&format!("resource \"t\" \"t\" {{\n  x = {}\n}}\n", pieces.concat()));
    }

    #[test]
    fn an_example_that_was_tampered_with_is_read_or_refused(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 0usize..20, proptest::sample::select(&PIECES[..])), 1..4)
    ) {
        let mut chars: Vec<char> = EXAMPLE.chars().collect();
        for (at, length, piece) in changes {
            let at = at.index(chars.len().max(1));
            let end = (at + length).min(chars.len());
            chars.splice(at..end, piece.chars());
        }
        read(&chars.into_iter().collect::<String>());
    }
}

#[test]
fn the_example_is_read() {
    let root = root(&[("main.tf", EXAMPLE), ("m/main.tf", "variable \"ids\" {}\noutput \"id\" { value = var.ids }")]);
    assert!(root.root.gaps.is_empty(), "{:?}", root.root.gaps);
    assert_eq!(addresses(&root), ["aws_s3_bucket.b", "t.t"]);
}

fn tangled(text: &str) {
    let root = single(text);
    let _ = shown(&block(&root, "t.t").body);
}

#[test]
fn lists_of_lists_of_lists_come_to_an_end() {
    let mut text = "locals {\n  a0 = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n".to_owned();
    for i in 1..40 {
        let one = format!("local.a{}", i - 1);
        text.push_str(&format!("  a{i} = [{}]\n", vec![one; 10].join(", ")));
    }
    text.push_str("}\nresource \"t\" \"t\" {\n  x = local.a39\n  y = jsonencode(local.a39)\n  z = flatten(local.a39)\n  e = local.a39 == local.a39\n  w = length(local.a39)\n}\n");
    let root = single(&text);
    assert!(argument(&root, "t.t", "x").len() < 1_000_000);
    assert_eq!(argument(&root, "t.t", "y"), "?");
}

#[test]
fn texts_that_double_themselves_come_to_an_end() {
    let mut text = "locals {\n  a0 = \"0123456789\"\n".to_owned();
    for i in 1..60 {
        let one = i - 1;
        text.push_str(&format!("  a{i} = \"${{local.a{one}}}${{local.a{one}}}\"\n"));
    }
    text.push_str("}\nresource \"t\" \"t\" {\n");
    // From the bottom, so that no chain is too long.
    for i in 0..60 {
        text.push_str(&format!("  x{i} = local.a{i}\n"));
    }
    text.push_str(
        "  y = replace(local.a15, \"0\", local.a15)\n  z = join(\",\", [for i in range(1000) : local.a15])\n}\n",
    );
    let root = single(&text);
    assert_eq!(argument(&root, "t.t", "x59"), "?");
    assert!(root.root.gaps.iter().any(|gap| &*gap.code == "TooEntangled"));
}

#[test]
fn huge_products_and_loops_come_to_an_end() {
    tangled(
        "locals { r = range(1000) }
resource \"t\" \"t\" {
  a = setproduct(local.r, local.r, local.r, local.r)
  b = [for x in local.r : [for y in local.r : [for z in local.r : x + y + z]]]
  c = range(1000000000000)
}
",
    );
    tangled(
        "variable \"u\" {}\nresource \"t\" \"t\" {\n  x = [for i in range(1000) : [for j in range(1000) : var.u ? i : j]]\n}\n",
    );
}

#[test]
fn conditions_without_end_come_to_an_end() {
    let mut text = String::new();
    let mut sum = Vec::new();
    for i in 0..40 {
        text.push_str(&format!("variable \"v{i}\" {{ type = bool }}\n"));
        sum.push(format!("(var.v{i} ? {} : {})", i * 2 + 1, i * 1000));
    }
    tangled(&format!("{text}resource \"t\" \"t\" {{\n  x = {}\n}}\n", sum.join(" + ")));
}

#[test]
fn deep_nesting_and_long_chains_come_to_an_end() {
    for (open, close) in [("[", "]"), ("(", ")"), ("{a=", "}"), ("f(", ")"), ("!", ""), ("\"${", "}\"")] {
        for depth in [10, 50, 60, 1_000, 20_000] {
            read(&format!("resource \"t\" \"t\" {{\n  x = {}1{}\n}}\n", open.repeat(depth), close.repeat(depth)));
        }
    }
    let mut chain = "locals {\n  a0 = [1]\n".to_owned();
    for i in 1..3_000 {
        chain.push_str(&format!(
            "  a{i} = try([upper(lower(local.a{}[0]))], [true ? local.a{} : null])\n",
            i - 1,
            i - 1
        ));
    }
    chain.push_str("}\nresource \"t\" \"t\" {\n");
    let mut forward = chain.clone();
    for i in 0..3_000 {
        forward.push_str(&format!("  x{i:05} = local.a{i}\n"));
    }
    tangled(&format!("{forward}}}\n"));
    tangled(&format!("{chain}  x = local.a2999\n}}\n"));
}

#[test]
fn what_refers_to_itself_comes_to_an_end() {
    tangled(
        "locals {
  a = local.b
  b = [local.a, local.c]
  c = { for k in local.c : k => local.a }
}
resource \"t\" \"t\" {
  count = length(t.t)
  x     = local.a
}
resource \"t\" \"u\" {
  for_each = t.u
  x        = t.u[each.key].x
}
resource \"aws_s3_bucket\" \"a\" { bucket = aws_s3_bucket.b.id }
resource \"aws_s3_bucket\" \"b\" { bucket = aws_s3_bucket.a.id }
module \"m\" {
  source = \"./m\"
  x      = module.m.x
}
",
    );
}
