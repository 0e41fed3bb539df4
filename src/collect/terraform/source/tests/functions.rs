//! Functions: Terraform's documented examples, and what they make of what is not known.

use super::{Beside, SourceOptions, all_give, argument, root_with};

#[test]
fn functions_of_text() {
    all_give(
        "variable \"u\" {}\n",
        &[
            ("join(\", \", [\"a\", \"b\"], [\"c\"])", "\"a, b, c\""),
            ("join(\"-\", [1, true])", "\"1-true\""),
            ("join(\"-\", [var.u])", "?"),
            ("split(\",\", \"a,b\")", "[\"a\", \"b\"]"),
            ("split(\",\", \"\")", "[\"\"]"),
            ("replace(\"1 + 2\", \"+\", \"-\")", "\"1 - 2\""),
            ("replace(\"hello\", \"/l+/\", \"L\")", "\"heLo\""),
            ("replace(\"ab\", \"/(a)(b)/\", \"$2$1\")", "\"ba\""),
            ("lower(\"AbC\")", "\"abc\""),
            ("upper(null)", "?"),
            ("title(\"hello world\")", "\"Hello World\""),
            ("trim(\"?!hello?!\", \"!?\")", "\"hello\""),
            ("trimprefix(\"helloworld\", \"hello\")", "\"world\""),
            ("trimsuffix(\"helloworld\", \"world\")", "\"hello\""),
            ("trimspace(\"  a \\n\")", "\"a\""),
            ("chomp(\"a\\n\\n\")", "\"a\""),
            ("substr(\"hello world\", 1, 4)", "\"ello\""),
            ("substr(\"hello world\", -5, -1)", "\"world\""),
            ("substr(\"hello\", 0, 10)", "\"hello\""),
            ("strrev(\"abc\")", "\"cba\""),
            ("indent(2, \"a\\nb\")", "\"a\\n  b\""),
            ("startswith(\"abc\", \"a\")", "true"),
            ("endswith(var.u, \"a\")", "?"),
            ("strcontains(\"abc\", \"b\")", "true"),
            ("regex(\"[a-z]+\", \"53453453.345345aaabbbccc23454\")", "\"aaabbbccc\""),
            ("regex(\"(\\\\d+)-(\\\\d+)\", \"x 12-34\")", "[\"12\", \"34\"]"),
            ("regex(\"(?P<y>\\\\d+)-(?P<m>\\\\d+)\", \"12-34\")", "{m=\"34\", y=\"12\"}"),
            ("regex(\"z\", \"a\")", "?"),
            ("can(regex(\"z\", \"a\"))", "false"),
            ("regexall(\"[a-z]\", \"1a2b\")", "[\"a\", \"b\"]"),
            (
                "format(\"Hello, %s! %d %5d|%-4s|%05d %% %v %q\", \"x\", 3, 42, \"a\", 7, true, \"q\")",
                "\"Hello, x! 3    42|a   |00007 % true \\\"q\\\"\"",
            ),
            ("format(\"%s\", var.u)", "?"),
            ("format(\"%s\")", "?"),
            ("format(\"%.2f\", 1)", "?"),
            ("formatlist(\"%s-%s\", [\"a\", \"b\"], \"x\")", "[\"a-x\", \"b-x\"]"),
            ("formatlist(\"%s\", [\"a\", var.u])", "[\"a\", ?]"),
            ("basename(\"foo/bar/baz.txt\")", "\"baz.txt\""),
            ("dirname(\"foo/bar/baz.txt\")", "\"foo/bar\""),
        ],
    );
}

#[test]
fn functions_of_lists() {
    all_give(
        "variable \"u\" {}\n",
        &[
            ("length([1, var.u])", "2"),
            ("length({ a = 1 })", "1"),
            ("length(\"abc\")", "3"),
            ("length(var.u)", "?"),
            ("concat([\"a\"], [var.u], [])", "[\"a\", ?]"),
            ("concat([\"a\"], var.u)", "?"),
            ("element([\"a\", \"b\"], 3)", "\"b\""),
            ("element([], 0)", "?"),
            ("element(concat([], [\"\"]), 0)", "\"\""),
            ("index([\"a\", \"b\"], \"b\")", "1"),
            ("contains([\"a\", \"b\"], \"b\")", "true"),
            ("contains([\"a\", var.u], \"a\")", "true"),
            ("contains([\"a\", var.u], \"b\")", "?"),
            ("flatten([[\"a\", [\"b\"]], [], [\"c\"]])", "[\"a\", \"b\", \"c\"]"),
            ("flatten([[var.u]])", "?"),
            ("distinct([\"a\", \"b\", \"a\"])", "[\"a\", \"b\"]"),
            ("distinct([\"a\", var.u])", "?"),
            ("compact([\"a\", \"\", null, \"b\"])", "[\"a\", \"b\"]"),
            ("slice([1, 2, 3], 1, 2)", "[2]"),
            ("sort([\"b\", \"a\"])", "[\"a\", \"b\"]"),
            ("reverse([1, var.u])", "[?, 1]"),
            ("range(3)", "[0, 1, 2]"),
            ("range(1, 8, 3)", "[1, 4, 7]"),
            ("range(4, 1)", "[4, 3, 2]"),
            ("range(1000000000)", "?"),
            ("chunklist([1, 2, 3], 2)", "[[1, 2], [3]]"),
            ("coalescelist([], [2])", "[2]"),
            ("toset([\"b\", \"a\", \"b\"])", "[\"a\", \"b\"]"),
            ("tolist(toset([\"b\", \"a\"]))", "[\"a\", \"b\"]"),
            ("setunion([\"a\"], [\"b\", \"a\"])", "[\"a\", \"b\"]"),
            ("setintersection([\"a\", \"c\"], [\"b\", \"a\"])", "[\"a\"]"),
            ("setsubtract([\"a\", \"c\"], [\"a\"])", "[\"c\"]"),
            ("setproduct([1, 2], [\"a\"])", "[[1, \"a\"], [2, \"a\"]]"),
            ("alltrue([true, false, var.u])", "false"),
            ("alltrue([true, var.u])", "?"),
            ("anytrue([])", "false"),
            ("max(1, 5, 3)", "5"),
            ("min([3, 1]...)", "1"),
            ("max(var.u, 5)", "?"),
            ("sum([1, 2.5])", "3.5"),
            ("ceil(5.1)", "6"),
            ("floor(-0.5)", "-1"),
            ("abs(-3)", "3"),
            ("pow(3, 2)", "9"),
            ("parseint(\"FF\", 16)", "255"),
            ("sum([])", "?"),
        ],
    );
}

#[test]
fn functions_of_maps() {
    all_give(
        "variable \"u\" {}\nvariable \"m\" { type = map(string) }\n",
        &[
            ("merge({ a = 1, b = 2 }, { b = 3 }, null)", "{a=1, b=3}"),
            // What is not known may take the place of what stands before it, and of nothing behind.
            ("merge({ a = 1 }, var.m, { b = 2 })", "{b=2, ...}"),
            ("merge({ a = 1 }, var.m).a", "?"),
            ("merge(var.m, { a = 1 }).a", "1"),
            ("lookup({ a = 1 }, \"a\", 2)", "1"),
            ("lookup({ a = 1 }, \"b\", 2)", "2"),
            ("lookup({ a = 1 }, \"b\")", "?"),
            ("lookup({ a = 1 }, var.u, 2)", "?"),
            ("lookup(var.m, \"a\", 2)", "?"),
            ("keys({ b = 1, a = 2 })", "[\"a\", \"b\"]"),
            ("values({ b = 1, a = var.u })", "[?, 1]"),
            ("keys(merge(var.m, { a = 1 }))", "?"),
            ("zipmap([\"a\", \"b\"], [1, 2])", "{a=1, b=2}"),
            ("transpose({ a = [\"1\", \"2\"], b = [\"2\"] })", "{1=[\"a\"], 2=[\"a\", \"b\"]}"),
            ("tomap({ a = 1 })", "{a=1}"),
        ],
    );
}

#[test]
fn encodings() {
    all_give(
        "variable \"u\" {}\n",
        &[
            (
                "jsonencode({ b = [1, null, \"<x>\"], a = true })",
                "\"{\\\"a\\\":true,\\\"b\\\":[1,null,\\\"\\\\u003cx\\\\u003e\\\"]}\"",
            ),
            ("jsonencode({ a = var.u })", "?"),
            ("jsondecode(\"{\\\"a\\\": [1, 2.5, null]}\")", "{a=[1, 2.5, null]}"),
            ("jsondecode(\"{\")", "?"),
            ("yamldecode(\"a: [1, x]\\nb: true\\n\")", "{a=[1, \"x\"], b=true}"),
            ("yamldecode(\"a: yes\\n\")", "?"),
            ("base64encode(\"Hello World\")", "\"SGVsbG8gV29ybGQ=\""),
            ("base64decode(\"SGVsbG8gV29ybGQ=\")", "\"Hello World\""),
            ("urlencode(\"a b/ü\")", "\"a+b%2F%C3%BC\""),
            ("sha256(\"hello world\")", "\"b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9\""),
            ("tostring(5)", "\"5\""),
            ("tonumber(\"5\")", "5"),
            ("tobool(\"true\")", "true"),
            ("tobool(\"yes\")", "?"),
            ("sensitive(\"a\")", "\"a\""),
            ("md5(\"x\")", "?"),
        ],
    );
}

#[test]
fn files_are_read_beside_the_root() {
    let beside = Beside(
        [
            ("infra/policy.json", "{\"a\": 1}"),
            ("infra/modules/m/t.tftpl", "%{ for n in names ~}\nname=${n}\n%{ endfor ~}\nend ${extra}"),
        ]
        .into(),
    );
    let all = [
        (
            "infra/main.tf",
            "module \"m\" { source = \"./modules/m\" }
resource \"t\" \"t\" {
  file   = file(\"${path.module}/policy.json\")
  parsed = jsondecode(file(\"policy.json\")).a
  there  = fileexists(\"policy.json\")
  gone   = fileexists(\"made-by-ci.json\")
  lost   = file(\"made-by-ci.json\")
  cwd    = path.cwd
}",
        ),
        (
            "infra/modules/m/main.tf",
            "resource \"t\" \"t\" {
  here = path.module
  root = path.root
  text = templatefile(\"${path.module}/t.tftpl\", { names = [\"a\", \"b\"], extra = \"x\" })
  open = templatefile(\"${path.module}/t.tftpl\", { names = [] })
}",
        ),
    ];
    let root = root_with(&all, &SourceOptions::default(), &beside);
    let shown = |path: &str| argument(&root, "t.t", path);
    assert_eq!(shown("file"), "\"{\\\"a\\\": 1}\"");
    assert_eq!(shown("parsed"), "1");
    assert_eq!(shown("there"), "true");
    assert_eq!(shown("gone"), "?");
    assert_eq!(shown("lost"), "?");
    assert_eq!(shown("cwd"), "?");
    let inner = |path: &str| argument(&root, "module.m.t.t", path);
    assert_eq!(inner("here"), "\"modules/m\"");
    assert_eq!(inner("root"), "\".\"");
    assert_eq!(inner("text"), "\"name=a\\nname=b\\nend x\"");
    assert_eq!(inner("open"), "?");
}
