//! `count`, `for_each`, references between resources, modules.

use super::*;

fn all(root: &SourceRoot) -> Vec<String> {
    root.root.blocks.iter().map(|block| format!("{} {}", block.address, exists(&block.exists))).collect()
}

#[test]
fn count_makes_instances_as_far_as_it_is_known() {
    let root = single(
        "variable \"on\" { type = bool }
variable \"n\" {}
resource \"aws_s3_bucket\" \"none\" { count = 0 }
resource \"aws_s3_bucket\" \"two\" {
  count  = 2
  bucket = \"b-${count.index}\"
}
resource \"aws_s3_bucket\" \"perhaps\" { count = var.on ? 1 : 0 }
resource \"aws_s3_bucket\" \"sure\" { count = var.on ? 1 : 2 }
resource \"aws_s3_bucket\" \"many\" { count = var.n }
resource \"aws_s3_bucket\" \"huge\" { count = 100000 }
",
    );
    assert_eq!(
        all(&root),
        [
            "aws_s3_bucket.huge perhaps",
            "aws_s3_bucket.many perhaps",
            "aws_s3_bucket.perhaps[0] perhaps",
            "aws_s3_bucket.sure[0] yes",
            "aws_s3_bucket.sure[1] perhaps",
            "aws_s3_bucket.two[0] yes",
            "aws_s3_bucket.two[1] yes",
        ]
    );
    assert_eq!(argument(&root, "aws_s3_bucket.two[1]", "bucket"), "\"b-1\"");
    assert_eq!(argument(&root, "aws_s3_bucket.many", "bucket"), "null");
}

#[test]
fn for_each_makes_instances_by_key() {
    let root = single(
        "variable \"names\" {}
variable \"v\" {}
variable \"on\" { type = bool }
resource \"aws_s3_bucket\" \"set\" {
  for_each = toset([\"b\", \"a\", \"b\"])
  bucket   = each.value
}
resource \"aws_s3_bucket\" \"map\" {
  for_each = { x = { name = \"n\" }, \"y.z\" = { name = var.v } }
  bucket   = \"${each.key}-${each.value.name}\"
}
resource \"aws_s3_bucket\" \"unknown\" {
  for_each = toset(var.names)
  bucket   = each.key
}
resource \"aws_s3_bucket\" \"perhaps\" {
  for_each = var.on ? { k = \"w\" } : {}
  bucket   = each.value
}
resource \"aws_s3_bucket\" \"list\" { for_each = [\"a\"] }
",
    );
    assert_eq!(
        all(&root),
        [
            "aws_s3_bucket.list perhaps",
            "aws_s3_bucket.map[\"x\"] yes",
            "aws_s3_bucket.map[\"y.z\"] yes",
            "aws_s3_bucket.perhaps[\"k\"] perhaps",
            "aws_s3_bucket.set[\"a\"] yes",
            "aws_s3_bucket.set[\"b\"] yes",
            "aws_s3_bucket.unknown perhaps",
        ]
    );
    assert_eq!(argument(&root, "aws_s3_bucket.set[\"a\"]", "bucket"), "\"a\"");
    assert_eq!(argument(&root, "aws_s3_bucket.map[\"x\"]", "bucket"), "\"x-n\"");
    assert_eq!(argument(&root, "aws_s3_bucket.map[\"y.z\"]", "bucket"), "?");
    assert_eq!(argument(&root, "aws_s3_bucket.unknown", "bucket"), "?");
    assert_eq!(argument(&root, "aws_s3_bucket.perhaps[\"k\"]", "bucket"), "\"w\"");
}

#[test]
fn references_mean_the_resource() {
    let root = single(
        "provider \"aws\" { region = \"eu-west-1\" }
variable \"on\" { type = bool }
resource \"aws_s3_bucket\" \"b\" { bucket = \"name\" }
resource \"aws_s3_bucket\" \"auto\" {}
resource \"aws_s3_bucket\" \"c\" { count = 2 }
resource \"aws_s3_bucket\" \"m\" {
  for_each = toset([\"k\"])
  bucket = each.key
}
resource \"aws_s3_bucket\" \"p\" { count = var.on ? 1 : 0 }
resource \"aws_s3_bucket_versioning\" \"v\" { bucket = aws_s3_bucket.b.id }
locals { whole = aws_s3_bucket.b }
resource \"t\" \"t\" {
  id     = aws_s3_bucket.b.id
  arn    = aws_s3_bucket.b.arn
  auto   = aws_s3_bucket.auto.id
  region = null
  zone   = aws_s3_bucket.b.hosted_zone_id
  under  = \"${aws_s3_bucket.b.arn}/*\"
  wrap   = \"${aws_s3_bucket.b.arn}\"
  index  = aws_s3_bucket.c[1].id
  key    = aws_s3_bucket.m[\"k\"].id
  splat  = aws_s3_bucket.c[*].id
  values = values(aws_s3_bucket.m)[*].arn
  chain  = aws_s3_bucket_versioning.v.bucket
  byid   = aws_s3_bucket_versioning.v.id
  whole  = local.whole.id
  maybe  = aws_s3_bucket.p[0].id
  one    = one(aws_s3_bucket.p[*].id)
  joined = join(\"\", aws_s3_bucket.p[*].id)
  tried  = try(aws_s3_bucket.p[0].id, \"none\")
  gone   = aws_s3_bucket.gone.id
}
",
    );
    let shown = |path: &str| argument(&root, "t.t", path);
    assert_eq!(shown("id"), "->aws_s3_bucket.b:name");
    assert_eq!(shown("arn"), "->aws_s3_bucket.b:arn:aws:s3:::name");
    assert_eq!(shown("auto"), "->aws_s3_bucket.auto");
    assert_eq!(shown("zone"), "?");
    assert_eq!(shown("under"), "\"arn:aws:s3:::name/*\"");
    assert_eq!(shown("wrap"), "->aws_s3_bucket.b:arn:aws:s3:::name");
    assert_eq!(shown("index"), "->aws_s3_bucket.c[1]");
    assert_eq!(shown("key"), "->aws_s3_bucket.m[\"k\"]:k");
    assert_eq!(shown("splat"), "[->aws_s3_bucket.c[0], ->aws_s3_bucket.c[1]]");
    assert_eq!(shown("values"), "[->aws_s3_bucket.m[\"k\"]:arn:aws:s3:::k]");
    assert_eq!(shown("chain"), "->aws_s3_bucket.b:name");
    assert_eq!(shown("byid"), "->aws_s3_bucket.b:name");
    assert_eq!(shown("whole"), "->aws_s3_bucket.b:name");
    assert_eq!(shown("maybe"), "->aws_s3_bucket.p[0]");
    assert_eq!(shown("one"), "(->aws_s3_bucket.p[0]|null)");
    assert_eq!(shown("joined"), "(->aws_s3_bucket.p[0]|\"\")");
    assert_eq!(shown("tried"), "(->aws_s3_bucket.p[0]|\"none\")");
    assert_eq!(shown("gone"), "?");
}

#[test]
fn what_is_multiplied_alike_is_joined_although_nobody_knows_how_often() {
    let root = single(
        "variable \"buckets\" {}
variable \"n\" {}
resource \"aws_s3_bucket\" \"b\" { for_each = var.buckets }
resource \"aws_s3_bucket_versioning\" \"same\" {
  for_each = var.buckets
  bucket   = aws_s3_bucket.b[each.key].id
}
resource \"aws_s3_bucket_versioning\" \"chained\" {
  for_each = aws_s3_bucket.b
  bucket   = aws_s3_bucket.b[each.key].id
}
resource \"aws_s3_bucket_versioning\" \"one\" { bucket = aws_s3_bucket.b[\"x\"].id }
resource \"aws_s3_bucket_versioning\" \"other\" {
  for_each = var.n
  bucket   = aws_s3_bucket.b[each.key].id
}
resource \"aws_s3_bucket\" \"c\" { count = var.n }
resource \"aws_s3_bucket_versioning\" \"counted\" {
  count  = var.n
  bucket = aws_s3_bucket.c[count.index].id
}
resource \"aws_s3_bucket_versioning\" \"first\" { bucket = aws_s3_bucket.c[0].id }
",
    );
    let bucket = |name: &str| argument(&root, &format!("aws_s3_bucket_versioning.{name}"), "bucket");
    assert_eq!(bucket("same"), "->aws_s3_bucket.b");
    assert_eq!(bucket("chained"), "->aws_s3_bucket.b");
    assert_eq!(bucket("one"), "?");
    assert_eq!(bucket("other"), "?");
    assert_eq!(bucket("counted"), "->aws_s3_bucket.c");
    assert_eq!(bucket("first"), "?");
}

#[test]
fn what_stands_under_a_condition_is_read_as_if_it_holds() {
    let root = single(
        "variable \"on\" { type = bool }
resource \"aws_s3_bucket\" \"b\" { count = var.on ? 1 : 0 }
resource \"aws_s3_bucket_versioning\" \"v\" {
  count  = var.on ? 1 : 0
  bucket = one(aws_s3_bucket.b[*].id)
  versioning_configuration { status = var.on ? \"Enabled\" : \"Suspended\" }
}
",
    );
    assert_eq!(argument(&root, "aws_s3_bucket_versioning.v[0]", "bucket"), "->aws_s3_bucket.b[0]");
    assert_eq!(argument(&root, "aws_s3_bucket_versioning.v[0]", "versioning_configuration"), "[{status=\"Enabled\"}]");
}

#[test]
fn dynamic_blocks_are_written_out() {
    let root = single(
        "variable \"u\" {}
variable \"on\" { type = bool }
resource \"t\" \"t\" {
  rule { id = \"first\" }
  dynamic \"rule\" {
    for_each = [\"a\", \"b\"]
    content {
      id = rule.value
      n  = rule.key
    }
  }
  dynamic \"other\" {
    for_each = { k = { days = 3 } }
    iterator = it
    content {
      name = it.key
      dynamic \"inner\" {
        for_each = [it.value.days]
        content { days = inner.value }
      }
    }
  }
  dynamic \"unknown\" {
    for_each = var.u
    content { x = unknown.value }
  }
  dynamic \"none\" {
    for_each = []
    content {}
  }
  dynamic \"perhaps\" {
    for_each = var.on ? [1] : []
    content { x = perhaps.value }
  }
}
",
    );
    let shown = |path: &str| argument(&root, "t.t", path);
    assert_eq!(shown("rule"), "[{id=\"first\"}, {id=\"a\", n=0}, {id=\"b\", n=1}]");
    assert_eq!(shown("other"), "[{inner=[{days=3}], name=\"k\"}]");
    assert_eq!(shown("unknown"), "?");
    assert_eq!(shown("none"), "[]");
    assert_eq!(shown("perhaps"), "([{x=1}]|[])");
}
