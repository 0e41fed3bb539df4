//! Literals, operators, templates, conditionals, `for`, splats.

use super::{all_give, value};

const UNSET: &str = "variable \"x\" {}\nvariable \"y\" {}\nvariable \"on\" { type = bool }\n";

#[test]
fn literals_are_what_they_say() {
    all_give(
        "",
        &[
            ("1", "1"),
            ("1.5", "1.5"),
            ("-3", "-3"),
            ("1e3", "1000"),
            ("true", "true"),
            ("null", "null"),
            ("\"a\\nb\\t\\\"$${c}\\u00e9\"", "\"a\\nb\\t\\\"${c}é\""),
            ("[1, \"b\", null]", "[1, \"b\", null]"),
            ("{ b = 1, \"a\" : 2, (upper(\"c\")) = 3 }", "{C=3, a=2, b=1}"),
            ("[]", "[]"),
            ("{}", "{}"),
        ],
    );
}

#[test]
fn operators_work_as_terraform_documents_them() {
    all_give(
        "",
        &[
            ("1 + 2 * 3", "7"),
            ("(1 + 2) * 3", "9"),
            ("7 / 2", "3.5"),
            ("6 / 2", "3"),
            ("7 % 3", "1"),
            ("-7 % 3", "-1"),
            ("0.1 + 0.2", "0.3"),
            ("\"3\" + 1", "4"),
            ("1 / 0", "?"),
            ("2 < 10", "true"),
            ("2 >= 10", "false"),
            ("\"a\" == \"a\"", "true"),
            ("\"a\" != \"b\"", "true"),
            ("null == null", "true"),
            ("\"\" == null", "false"),
            ("[1, 2] == [1, 3]", "false"),
            ("{ a = 1 } == { a = 2 }", "false"),
            ("true && false", "false"),
            ("true || false", "true"),
            ("!true", "false"),
            ("\"true\" && true", "true"),
        ],
    );
}

#[test]
fn what_is_not_known_stays_so_unless_the_other_side_decides() {
    all_give(
        UNSET,
        &[
            ("var.x", "?"),
            ("var.x + 1", "?"),
            ("var.x == \"a\"", "?"),
            ("var.x == var.x", "true"),
            ("var.x != var.x", "false"),
            ("var.x && false", "false"),
            ("false && var.x", "false"),
            ("var.x || true", "true"),
            ("true || var.x", "true"),
            ("var.x && true", "?"),
            ("var.x || var.y", "?"),
            ("\"a-${var.x}\"", "?"),
            ("[var.x, 1]", "[?, 1]"),
            ("{ a = var.x, b = 1 }", "{a=?, b=1}"),
            ("{ (var.x) = 1 }", "?"),
            ("[1, 2][var.x]", "?"),
            ("data.aws_ami.a.id", "?"),
            ("nothing.declared.at_all", "?"),
            ("timestamp()", "?"),
            ("some_new_function(1)", "?"),
        ],
    );
}

#[test]
fn an_undecided_conditional_is_known_where_both_branches_are_the_same() {
    all_give(
        UNSET,
        &[
            ("true ? 1 : 2", "1"),
            ("false ? var.x : 2", "2"),
            ("var.on ? 14 : 0", "(14|0)"),
            ("var.on ? 0 : 0", "0"),
            ("!var.on ? 1 : 2", "(2|1)"),
            ("var.on ? (var.on ? 1 : 2) : 3", "(1|3)"),
            ("var.on ? (var.x ? 1 : 2) : 3", "((1|2)|3)"),
            ("(var.on ? 1 : 2) + 10", "(11|12)"),
            ("(var.on ? 1 : 2) + (var.on ? 10 : 20)", "(11|22)"),
            ("(var.on ? 3 : 2) > 1", "true"),
            ("var.on ? null : 1", "(null|1)"),
            ("(var.on ? [1] : [])[0]", "1"),
            ("length(var.on ? [1] : [2])", "1"),
            ("var.on && !var.on ? 1 : 2", "(1|2)"),
        ],
    );
}

#[test]
fn a_guard_keeps_an_error_out() {
    let declared = "variable \"o\" { default = null }\nvariable \"u\" {}\n";
    all_give(
        declared,
        &[
            ("var.o != null && var.o.a == 1", "false"),
            ("var.o == null || var.o.a == 1", "true"),
            ("var.o != null ? var.o.a : 7", "7"),
            ("var.u == null ? 7 : var.u.a", "(7|?)"),
            ("var.o.a", "?"),
        ],
    );
}

#[test]
fn templates_put_text_together() {
    let declared = "variable \"u\" {}\nlocals { n = 3, l = [\"a\", \"b\"] }";
    let declared = declared.replace("{ n = 3, l", "{\n n = 3\n l").replace("] }", "]\n}");
    all_give(
        &declared,
        &[
            ("\"${local.n}\"", "3"),
            ("\"n${local.n}\"", "\"n3\""),
            ("\"${true}-${1.5}\"", "\"true-1.5\""),
            ("\"%{ if local.n > 2 }big%{ else }small%{ endif }\"", "\"big\""),
            ("\"%{ if local.n > 5 }big%{ endif }\"", "\"\""),
            ("\"%{ for x in local.l }<${x}>%{ endfor }\"", "\"<a><b>\""),
            ("\"%{ for i, x in local.l ~}  ${i}${x}%{ endfor }\"", "\"0a1b\""),
            ("\"a ${~ \"b\" ~} c\"", "\"abc\""),
            ("\"%{ if var.u }a%{ else }b%{ endif }\"", "(\"a\"|\"b\")"),
            ("\"x%{ if var.u }a%{ else }a%{ endif }\"", "\"xa\""),
            ("\"${null}x\"", "?"),
        ],
    );
}

#[test]
fn heredocs_lose_their_indentation_if_they_are_marked() {
    assert_eq!(value("", "<<EOT\n  a\n    b\nEOT\n"), "\"  a\\n    b\\n\"");
    assert_eq!(value("", "<<-EOT\n    a\n      ${1 + 1}\n    EOT\n"), "\"a\\n  2\\n\"");
}

#[test]
fn for_makes_lists_and_objects() {
    let declared = "variable \"u\" {}\nvariable \"m\" { type = map(string) }\n";
    all_give(
        declared,
        &[
            ("[for x in [1, 2, 3] : x * 2 if x != 2]", "[2, 6]"),
            ("[for i, x in [\"a\", \"b\"] : \"${i}${x}\"]", "[\"0a\", \"1b\"]"),
            ("[for k, v in { b = 1, a = 2 } : \"${k}${v}\"]", "[\"a2\", \"b1\"]"),
            ("{ for x in [\"a\", \"b\"] : x => upper(x) }", "{a=\"A\", b=\"B\"}"),
            ("{ for x in [\"a\", \"b\", \"aa\"] : substr(x, 0, 1) => x... }", "{a=[\"a\", \"aa\"], b=[\"b\"]}"),
            ("{ for x in [\"a\", \"a\"] : x => 1 }", "?"),
            ("[for x in var.u : x]", "?"),
            ("[for x in [1, 2] : x if var.u]", "([1, 2]|[])"),
            ("[for x in [1, 2] : x if x == var.u]", "?"),
            ("[for x in [1, var.u] : x]", "[1, ?]"),
            ("{ for k, v in merge(var.m, { a = 1 }) : k => v }", "{a=1, ...}"),
            ("[for k, v in merge(var.m, { a = 1 }) : v]", "?"),
            ("[for x in [[1, 2], [3]] : [for y in x : y + 1]]", "[[2, 3], [4]]"),
        ],
    );
}

#[test]
fn splats_take_steps_on_each_element() {
    let declared =
        "locals {\n  l = [{ a = { b = 1 } }, { a = { b = 2 } }]\n  o = { a = 5 }\n  n = null\n}\nvariable \"u\" {}\n";
    all_give(
        declared,
        &[
            ("local.l[*].a.b", "[1, 2]"),
            ("local.l.*.a.b", "[1, 2]"),
            ("local.l.*.a[0]", "{b=1}"),
            ("local.l[*].a[\"b\"]", "[1, 2]"),
            ("local.l.0.a.b", "1"),
            ("local.o[*].a", "[5]"),
            ("local.n[*].a", "[]"),
            ("var.u[*].a", "?"),
            ("local.l[5]", "?"),
            ("local.o.zzz", "?"),
        ],
    );
}

#[test]
fn try_and_can_and_coalesce_decide_where_they_can() {
    let declared = "variable \"unset\" {}\nvariable \"gone\" { default = null }\nlocals { o = { a = 1 } }\n";
    all_give(
        declared,
        &[
            ("coalesce(null, 7)", "7"),
            ("coalesce(\"\", null, \"x\")", "\"x\""),
            ("coalesce(var.gone, 7)", "7"),
            ("coalesce(var.unset, 7)", "?"),
            ("coalesce(5, var.unset)", "5"),
            ("try(local.o.b, 14)", "14"),
            ("try(local.o.a, 14)", "1"),
            ("try(var.gone.x, 14)", "14"),
            // A variable is some value, and no error: it is what is given, and that is not known.
            ("try(var.unset, 14)", "?"),
            ("try(var.unset.x, 14)", "?"),
            ("can(local.o.b)", "false"),
            ("can(local.o.a)", "true"),
            ("can(var.unset)", "true"),
            ("can(var.unset.x)", "?"),
            // A condition that is null is an error.
            ("can(var.unset ? 1 : 1)", "?"),
            ("try(var.unset ? 1 : 1, 2)", "?"),
            ("try(var.unset && false, true)", "?"),
            ("try(tonumber(\"x\"), tonumber(\"3\"))", "3"),
            ("one([])", "null"),
            ("one([4])", "4"),
        ],
    );
}
