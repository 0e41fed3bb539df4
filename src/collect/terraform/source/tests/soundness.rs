//! What is known while variables have no value stays so with every value.

use proptest::prelude::*;

use super::*;
use crate::model::fact::State;

const HEAD: &str = r#"variable "a" { type = bool }
variable "b" { type = string }
variable "l" { type = list(string) }
variable "m" { type = map(string) }
variable "o" {}
locals {
  choice = var.a ? "x" : "y"
  list   = var.a ? ["x"] : []
  object = { k = var.b, c = var.a ? 1 : 2 }
  wide   = merge({ k = "1", z = "z" }, var.m, { x = var.b })
}
resource "aws_s3_bucket" "one" { bucket = "one" }
resource "aws_s3_bucket" "some" { count = var.a ? 1 : 0 }
resource "aws_s3_bucket" "each" { for_each = toset(var.l) }
"#;

fn expression() -> BoxedStrategy<String> {
    let leaf = proptest::sample::select(vec![
        "1",
        "2",
        "\"x\"",
        "\"\"",
        "true",
        "false",
        "null",
        "[]",
        "[\"x\"]",
        "{ k = \"1\" }",
        "var.a",
        "var.b",
        "var.l",
        "var.m",
        "var.o",
        "local.choice",
        "local.list",
        "local.object",
        "local.wide",
        "local.object.c",
        "var.o.k",
        "aws_s3_bucket.one.id",
        "aws_s3_bucket.some[0].id",
        "aws_s3_bucket.some[*].id",
        "aws_s3_bucket.each",
        "var.m.k",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 3, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(c, a, b)| format!("({c} ? {a} : {b})")),
            (two.clone(), proptest::sample::select(vec!["==", "!=", "&&", "||", "+", "<", "-"]))
                .prop_map(|((a, b), op)| format!("({a} {op} {b})")),
            (
                two,
                proptest::sample::select(vec![
                    "try",
                    "coalesce",
                    "merge",
                    "concat",
                    "contains",
                    "lookup",
                    "element",
                    "join",
                    "format",
                    "max",
                    "setunion",
                    "zipmap",
                    "split",
                    "coalescelist",
                    "formatlist",
                    "setproduct",
                ])
            )
                .prop_map(|((a, b), f)| format!("{f}({a}, {b})")),
            (
                inner.clone(),
                proptest::sample::select(vec![
                    "length",
                    "can",
                    "tostring",
                    "tonumber",
                    "toset",
                    "tolist",
                    "keys",
                    "values",
                    "flatten",
                    "compact",
                    "distinct",
                    "jsonencode",
                    "upper",
                    "one",
                    "alltrue",
                    "anytrue",
                    "try",
                    "reverse",
                    "sort",
                ])
            )
                .prop_map(|(a, f)| format!("{f}({a})")),
            inner.clone().prop_map(|a| format!("[{a}, \"x\"]")),
            inner.clone().prop_map(|a| format!("{{ k = {a}, j = 1 }}")),
            inner.clone().prop_map(|a| format!("!{a}")),
            inner.clone().prop_map(|a| format!("{a}.k")),
            inner.clone().prop_map(|a| format!("{a}[0]")),
            inner.clone().prop_map(|a| format!("{a}[*]")),
            inner.clone().prop_map(|a| format!("\"p-${{{a}}}\"")),
            inner.clone().prop_map(|a| format!("\"%{{ if {a} }}y%{{ else }}n%{{ endif }}\"")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("[for x in {a} : x if {b}]")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("[for x in {a} : [x, {b}]]")),
            inner.prop_map(|a| format!("{{ for k, x in {a} : k => x }}")),
        ]
    })
    .boxed()
}

/// Whether what is known of the first is so in the second. What Terraform refuses never is.
fn holds(before: &Item, after: &Item) -> bool {
    if let Kind::Unknown(_) = after.kind {
        return true;
    }
    match (&before.kind, &after.kind) {
        (Kind::Unknown(_), _) => true,
        (Kind::Choice(choice), _) => holds(&choice.yes, after) || holds(&choice.no, after),
        // It is still not decided, so neither may be contradicted.
        (_, Kind::Choice(choice)) => holds(before, &choice.yes) || holds(before, &choice.no),
        (Kind::List(a), Kind::List(b)) => a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| holds(a, b)),
        (Kind::Map(a), Kind::Map(b)) => {
            let all = a.entries.iter().all(|(name, item)| {
                b.open.is_some()
                    || holds(
                        item,
                        &b.entries
                            .iter()
                            .find(|(other, _)| other == name)
                            .map_or(Item::absent(None), |(_, item)| item.clone()),
                    )
            });
            let closed = a.open.is_some()
                || b.entries.iter().all(|(name, item)| {
                    matches!(item.kind, Kind::Absent) || a.entries.iter().any(|(other, _)| other == name)
                });
            all && closed
        }
        (Kind::Reference(a), Kind::Reference(b)) => {
            a.target == b.target && (!a.text.is_known() || a.text.state == b.text.state)
        }
        (Kind::Absent, Kind::Absent) => true,
        _ => {
            let (a, b) = (before.text(), after.text());
            matches!((&a.state, &b.state), (State::Known(a), State::Known(b)) if a == b)
        }
    }
}

const VALUES: [&str; 6] = [
    "a = true\nb = \"x\"\nl = []\nm = {}\no = null\n",
    "a = false\nb = \"x\"\nl = [\"x\"]\nm = { k = \"9\" }\no = { k = 1 }\n",
    "a = true\nb = \"\"\nl = [\"x\", \"y\"]\nm = { j = \"x\", z = \"q\" }\no = [1]\n",
    "a = false\nb = \"7\"\nl = [\"\"]\nm = { x = \"\" }\no = \"text\"\n",
    "a = true\nb = null\nl = [\"y\"]\nm = { k = null }\no = 3\n",
    "a = true\nb = \"true\"\nl = [\"k\"]\nm = { k = \"x\" }\no = false\n",
];

fn check(expr: &str, count: &str, each: &str) -> Result<(), TestCaseError> {
    let text = format!(
        "{HEAD}
resource \"t\" \"t\" {{
  x = {expr}
  dynamic \"d\" {{
    for_each = {each}
    content {{ v = d.value }}
  }}
}}
resource \"t\" \"c\" {{
  count = {count}
  x     = {expr}
}}
resource \"t\" \"e\" {{
  for_each = {each}
  x        = each.value
}}
"
    );
    let before = single(&text);
    for values in VALUES {
        let after = root(&[("main.tf", &text), ("terraform.tfvars", values)]);
        for now in &after.root.blocks {
            // A configuration that is refused as a whole says nothing.
            if !now.exists.is_true() {
                continue;
            }
            let start = now.address.split('[').next().unwrap();
            let earlier = before
                .root
                .blocks
                .iter()
                .find(|earlier| earlier.address == now.address)
                .or_else(|| before.root.blocks.iter().find(|earlier| &*earlier.address == start));
            let refused = |root: &SourceRoot| {
                root.root.blocks.iter().any(|block| {
                    block
                        .exists
                        .reasons()
                        .is_some_and(|reasons| reasons.iter().any(|reason| reason.why.contains("refuses")))
                })
            };
            let Some(earlier) = earlier else {
                prop_assert!(refused(&after), "{} was not there: {text}{values}", now.address);
                continue;
            };
            prop_assert!(
                holds(&earlier.body, &now.body),
                "{text}{values}{}\n{}\n{}",
                now.address,
                shown(&earlier.body),
                shown(&now.body)
            );
        }
        for earlier in before.root.blocks.iter().filter(|earlier| earlier.exists.is_true()) {
            let there = after.root.blocks.iter().any(|now| {
                now.address == earlier.address || *now.address == *earlier.address.split('[').next().unwrap()
            });
            prop_assert!(there, "{} is gone: {text}{values}", earlier.address);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn learning_a_variable_never_overturns_a_value(expr in expression(), count in expression(), each in expression()) {
        check(&expr, &count, &each)?;
    }
}

#[test]
fn what_once_went_wrong_stays_right() {
    for expr in [
        "(true ? 1 : \"a\")",
        "toset([1, \"1\"])",
        "(var.a ? 1 : \"a\") == 1",
        "var.b == var.b",
        "can(var.a ? 1 : 1)",
        "try(var.a && false, 3)",
        "try(alltrue([false, var.o]), 3)",
    ] {
        check(expr, "1", "toset([])").unwrap();
    }
}
