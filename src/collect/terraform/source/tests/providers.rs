//! Accounts, Regions and default tags by provider configuration.

use super::*;

fn where_is(root: &SourceRoot, address: &str) -> String {
    let place = &block(root, address).place;
    let text = |part: &Option<Arc<str>>| part.as_deref().unwrap_or("-").to_owned();
    format!("{} {} {}", text(&place.partition), text(&place.account), text(&place.region))
}

const MAIN: &str = "variable \"r\" {}
provider \"aws\" {
  region              = \"eu-west-1\"
  allowed_account_ids = [\"111122223333\"]
  default_tags {
    tags = { team = \"x\", env = \"prod\" }
  }
}
provider \"aws\" {
  alias  = \"dr\"
  region = \"eu-central-1\"
  assume_role { role_arn = \"arn:aws:iam::444455556666:role/dr\" }
}
provider \"aws\" {
  alias   = \"open\"
  region  = var.r
  profile = \"other\"
}
resource \"aws_s3_bucket\" \"main\" { tags = { env = \"test\" } }
resource \"aws_s3_bucket\" \"dr\" { provider = aws.dr }
resource \"aws_s3_bucket\" \"open\" { provider = aws.open }
resource \"aws_s3_bucket\" \"own\" { region = \"us-east-1\" }
resource \"aws_s3_bucket\" \"gone\" { provider = aws.gone }
module \"plain\" { source = \"./m\" }
module \"passed\" {
  source    = \"./m\"
  providers = { aws = aws.dr, aws.second = aws }
}
data \"aws_caller_identity\" \"me\" {}
data \"aws_region\" \"here\" {}
data \"aws_region\" \"there\" { provider = aws.dr }
data \"aws_partition\" \"p\" {}
resource \"t\" \"t\" {
  x = \"arn:${data.aws_partition.p.partition}:kms:${data.aws_region.here.name}:${data.aws_caller_identity.me.account_id}:alias/a\"
  y = data.aws_region.there.region
}
";

#[test]
fn resources_belong_where_their_provider_does() {
    let root = root(&[
        ("main.tf", MAIN),
        (
            "m/main.tf",
            "resource \"aws_s3_bucket\" \"a\" {}\nresource \"aws_s3_bucket\" \"b\" { provider = aws.second }",
        ),
    ]);
    let place = |address: &str| where_is(&root, address);
    assert_eq!(place("aws_s3_bucket.main"), "aws 111122223333 eu-west-1");
    assert_eq!(place("aws_s3_bucket.dr"), "aws 444455556666 eu-central-1");
    assert_eq!(place("aws_s3_bucket.open"), "- - -");
    assert_eq!(place("aws_s3_bucket.own"), "aws 111122223333 us-east-1");
    assert_eq!(place("aws_s3_bucket.gone"), "- - -");
    assert_eq!(place("module.plain.aws_s3_bucket.a"), "aws 111122223333 eu-west-1");
    assert_eq!(place("module.plain.aws_s3_bucket.b"), "- - -");
    assert_eq!(place("module.passed.aws_s3_bucket.a"), "aws 444455556666 eu-central-1");
    assert_eq!(place("module.passed.aws_s3_bucket.b"), "aws 111122223333 eu-west-1");
    assert_eq!(argument(&root, "t.t", "x"), "\"arn:aws:kms:eu-west-1:111122223333:alias/a\"");
    assert_eq!(argument(&root, "t.t", "y"), "\"eu-central-1\"");
}

#[test]
fn a_resources_own_tags_win_over_the_default_ones() {
    let root = root(&[
        ("main.tf", MAIN),
        (
            "m/main.tf",
            "resource \"aws_s3_bucket\" \"a\" {}\nresource \"aws_s3_bucket\" \"b\" { provider = aws.second }",
        ),
    ]);
    assert_eq!(argument(&root, "aws_s3_bucket.main", "tags"), "{env=\"test\", team=\"x\"}");
    assert_eq!(argument(&root, "module.plain.aws_s3_bucket.a", "tags"), "{env=\"prod\", team=\"x\"}");
    assert_eq!(argument(&root, "aws_s3_bucket.dr", "tags"), "null");
    // Nobody knows what a configuration says that is not there.
    assert_eq!(argument(&root, "aws_s3_bucket.gone", "tags"), "{...}");
    assert_eq!(argument(&root, "module.plain.aws_s3_bucket.b", "tags"), "{...}");
    let tags = block(&root, "aws_s3_bucket.main").body.get("tags");
    assert_eq!(place(tags.at.as_ref()), "main.tf:19:42-19:58");
    assert_eq!(place(tags.get("team").at.as_ref()), "main.tf:6:21-6:24");
}

#[test]
fn tags_that_are_not_known_may_hide_default_ones() {
    let root = single(
        "variable \"t\" {}
provider \"aws\" {
  default_tags { tags = { env = \"prod\" } }
}
resource \"aws_s3_bucket\" \"a\" { tags = var.t }
resource \"aws_s3_bucket\" \"b\" { tags = merge(var.t, { x = 1 }) }
",
    );
    assert_eq!(argument(&root, "aws_s3_bucket.a", "tags"), "{...}");
    assert_eq!(argument(&root, "aws_s3_bucket.b", "tags"), "{x=1, ...}");
}

#[test]
fn what_the_user_says_fills_in_what_the_default_provider_leaves_out() {
    let options = SourceOptions {
        account: Some("123456789012".into()),
        region: Some("eu-north-1".into()),
        ..SourceOptions::default()
    };
    let text = "provider \"aws\" {
  alias  = \"x\"
  region = \"us-east-1\"
}
provider \"aws\" {
  alias = \"role\"
  assume_role { role_arn = var.nothing }
}
resource \"aws_s3_bucket\" \"a\" {}
resource \"aws_s3_bucket\" \"x\" { provider = aws.x }
resource \"aws_s3_bucket\" \"role\" { provider = aws.role }";
    let root = root_with(&[("main.tf", text)], &options, &Nothing);
    assert_eq!(where_is(&root, "aws_s3_bucket.a"), "aws 123456789012 eu-north-1");
    assert_eq!(where_is(&root, "aws_s3_bucket.x"), "aws 123456789012 us-east-1");
    assert_eq!(where_is(&root, "aws_s3_bucket.role"), "aws - eu-north-1");
}

#[test]
fn a_broken_file_may_hold_the_default_tags() {
    let root =
        root(&[("a.tf", "provider \"aws\" {"), ("b.tf", "resource \"aws_s3_bucket\" \"a\" { tags = { x = 1 } }")]);
    assert_eq!(argument(&root, "aws_s3_bucket.a", "tags"), "{x=1, ...}");
}

#[test]
fn what_two_configurations_leave_unsaid_is_not_the_same_place() {
    let text = |second: &str| {
        format!(
            "variable \"a\" {{}}\nvariable \"b\" {{}}\nprovider \"aws\" {{ region = var.a }}\n\
             provider \"aws\" {{\n  alias = \"dr\"\n{second}\n}}\n\
             resource \"aws_s3_bucket\" \"here\" {{}}\nresource \"aws_s3_bucket\" \"too\" {{}}\n\
             resource \"aws_s3_bucket\" \"there\" {{ provider = aws.dr }}\n\
             resource \"aws_s3_bucket\" \"moved\" {{ region = var.b }}\n"
        )
    };
    let roots = |second: &str| {
        let root = single(&text(second));
        ["here", "too", "there", "moved"]
            .map(|name| block(&root, &format!("aws_s3_bucket.{name}")).place.root.to_string())
    };
    let [here, too, there, moved] = roots("  region = var.b");
    assert_eq!(here, too);
    assert!(there != here && moved != here && moved != there, "{here} {there} {moved}");
    let [here, _, there, _] = roots("  region = \"eu-central-1\"");
    assert_eq!(here, there, "the same credentials, and a Region that is known");
    let [here, _, there, _] = roots("  region = \"eu-central-1\"\n  assume_role { role_arn = var.b }");
    assert_ne!(here, there);
    let [here, _, there, _] =
        roots("  region = \"eu-central-1\"\n  assume_role { role_arn = \"arn:aws:iam::444455556666:role/dr\" }");
    assert_eq!(here, there, "all of it is known");
}
