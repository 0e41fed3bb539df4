//! The examples of AWS's pages and the open cases.

mod properties;
mod table;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Candidate, assigns, matches, within_reach};
use crate::model::backup::{Selection, TagCondition, TagOperator};
use crate::model::fact::Fact;
use crate::model::identity::ResourceId;
use crate::model::resource::{Link, Tags};

/// A resource with everything known; the tests then take knowledge away.
#[derive(Debug)]
struct Given {
    arn: Fact<String>,
    id: ResourceId,
    kind: &'static str,
    backup_type: Fact<String>,
    tags: Tags,
    opt_in: Fact<BTreeMap<String, bool>>,
}

impl Given {
    fn new(kind: &'static str, backup_type: &str, arn: &str) -> Self {
        Self {
            arn: Fact::known(arn.to_owned()),
            id: id(kind, arn),
            kind,
            backup_type: Fact::known(backup_type.to_owned()),
            tags: Tags::default(),
            opt_in: opt_in(backup_type, true),
        }
    }

    fn volume() -> Self {
        Self::new("AWS::EC2::Volume", "EBS", "arn:aws:ec2:eu-west-1:111122223333:volume/vol-1")
    }

    fn bucket() -> Self {
        Self::new("AWS::S3::Bucket", "S3", "arn:aws:s3:::orders")
    }

    fn tagged(mut self, key: &str, value: &str) -> Self {
        self.tags.entries.insert(key.into(), Fact::known(value.to_owned()));
        self
    }

    fn opted_out(mut self) -> Self {
        self.opt_in = opt_in(self.backup_type.value().unwrap(), false);
        self
    }

    fn unnamed(mut self) -> Self {
        self.arn = Fact::unknown("the bucket has no name in the template");
        self
    }

    fn answer(&self, selection: &Selection) -> Option<bool> {
        let candidate = Candidate {
            arn: &self.arn,
            id: Some(&self.id),
            kind: self.kind,
            backup_type: &self.backup_type,
            tags: &self.tags,
            opt_in: &self.opt_in,
        };
        let answer = assigns(selection, &candidate);
        assert!(!answer.is_absent());
        answer.value().copied()
    }
}

fn id(kind: &str, name: &str) -> ResourceId {
    ResourceId { root: None, partition: None, account: None, region: None, kind: kind.into(), id: name.into() }
}

fn opt_in(name: &str, opted: bool) -> Fact<BTreeMap<String, bool>> {
    Fact::known(BTreeMap::from([(name.to_owned(), opted)]))
}

fn links(texts: &[&str]) -> Fact<Vec<Link>> {
    Fact::known(texts.iter().map(|text| Link::text(Fact::known((*text).to_owned()))).collect())
}

fn tags(operator: TagOperator, pairs: &[(&str, &str)]) -> Vec<TagCondition> {
    pairs
        .iter()
        .map(|(key, value)| TagCondition {
            operator,
            key: Fact::known((*key).to_owned()),
            value: Fact::known((*value).to_owned()),
        })
        .collect()
}

fn selection() -> Selection {
    Selection {
        selection_name: Fact::known("all".to_owned()),
        plan: Link::text(Fact::absent()),
        role: Fact::absent(),
        resources: Fact::absent(),
        not_resources: Fact::absent(),
        list_of_tags: Fact::absent(),
        conditions: Fact::absent(),
    }
}

fn by_resources(texts: &[&str]) -> Selection {
    Selection { resources: links(texts), ..selection() }
}

#[test]
fn patterns_match_as_aws_writes_them() {
    for (pattern, text, expected) in [
        ("*", "", true),
        ("*", "arn:aws:s3:::orders", true),
        ("arn:aws:s3:::*", "arn:aws:s3:::orders", true),
        ("arn:aws:s3:::Orders", "arn:aws:s3:::orders", false),
        ("arn:aws:s3:::o*s", "arn:aws:s3:::orders", true),
        ("arn:aws:s3:::o*x*s", "arn:aws:s3:::orders", false),
        ("arn:aws:s3:::order?", "arn:aws:s3:::orders", true),
        ("arn:aws:s3:::orders?", "arn:aws:s3:::orders", false),
        ("a*b*c", "aXbYbZc", true),
        ("a*b*c", "aXbYbZ", false),
        ("**", "x", true),
        ("", "", true),
        ("", "x", false),
        ("é?", "éé", true),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} on {text}");
    }
}

#[test]
fn follows_the_examples_of_the_aws_pages() {
    // "How do I assign resources to a Backup plan", AWS re:Post, example 1: volumes with both tags.
    let first = Selection {
        conditions: Fact::known(tags(TagOperator::StringEquals, &[("backup", "yes"), ("owner", "example")])),
        ..by_resources(&["arn:aws:ec2:*:*:volume/*"])
    };
    let both = Given::volume().tagged("backup", "yes").tagged("owner", "example");
    assert_eq!(both.answer(&first), Some(true));
    assert_eq!(Given::volume().tagged("backup", "yes").answer(&first), Some(false));
    assert_eq!(Given::bucket().tagged("backup", "yes").tagged("owner", "example").answer(&first), Some(false));

    // Example 2: all volumes, or any resource with the tag.
    let second = Selection {
        list_of_tags: Fact::known(tags(TagOperator::StringEquals, &[("backup", "yes")])),
        ..by_resources(&["arn:aws:ec2:*:*:volume/*"])
    };
    assert_eq!(Given::volume().answer(&second), Some(true));
    assert_eq!(Given::bucket().tagged("backup", "yes").answer(&second), Some(true));
    assert_eq!(Given::bucket().tagged("backup", "Yes").answer(&second), Some(false));
    assert_eq!(Given::bucket().tagged("Backup", "yes").answer(&second), Some(false));

    // "BackupSelection": tags of the list are alternatives.
    let either = Selection {
        list_of_tags: Fact::known(tags(TagOperator::StringEquals, &[("a", "1"), ("b", "2")])),
        ..selection()
    };
    assert_eq!(Given::bucket().tagged("b", "2").answer(&either), Some(true));

    // "BackupSelection": nothing specified selects all that is supported and opted in.
    assert_eq!(Given::bucket().answer(&selection()), Some(true));
    assert_eq!(Given::bucket().opted_out().answer(&selection()), Some(false));

    // What is excluded stays out.
    let without = Selection { not_resources: links(&["arn:aws:s3:::ord*"]), ..by_resources(&["*"]) };
    assert_eq!(Given::bucket().answer(&without), Some(false));
    assert_eq!(Given::volume().answer(&without), Some(true));
}

#[test]
fn another_region_or_account_in_an_arn_does_not_match() {
    let answer = |pattern| Given::volume().answer(&by_resources(&[pattern]));
    assert_eq!(answer("arn:aws:ec2:eu-west-1:111122223333:volume/vol-1"), Some(true));
    assert_eq!(answer("arn:aws:ec2:us-east-1:111122223333:volume/vol-1"), Some(false));
    assert_eq!(answer("arn:aws:ec2:eu-west-1:444455556666:volume/*"), Some(false));
}

#[test]
fn opt_in_counts_only_where_aws_uses_it() {
    let volume = |pattern| Given::volume().opted_out().answer(&by_resources(&[pattern]));
    assert_eq!(volume("arn:aws:ec2:*:*:volume/*"), Some(true));
    assert_eq!(volume("arn:aws:ec2:eu-west-1:111122223333:volume/vol-1"), Some(true));
    assert_eq!(volume("arn:aws:ec2:*"), Some(false));
    assert_eq!(volume("arn:aws:ec2:*:*:*"), Some(false));
    assert_eq!(volume("*"), Some(false));
    assert_eq!(volume("arn:aws:ec2:*:*:vol*"), None);
    assert_eq!(Given::bucket().opted_out().answer(&by_resources(&["arn:aws:s3:::*"])), Some(true));
    assert_eq!(Given::bucket().opted_out().answer(&by_resources(&["arn:aws:s3:*"])), Some(false));

    let tag_only =
        Selection { list_of_tags: Fact::known(tags(TagOperator::StringEquals, &[("backup", "yes")])), ..selection() };
    assert_eq!(Given::volume().tagged("backup", "yes").opted_out().answer(&tag_only), Some(false));
    let beside = Selection { resources: links(&["arn:aws:s3:::*"]), ..tag_only };
    assert_eq!(Given::volume().tagged("backup", "yes").opted_out().answer(&beside), None);
    assert_eq!(Given::volume().tagged("backup", "yes").answer(&beside), Some(true));

    let arn = "arn:aws:rds:eu-west-1:111122223333:cluster:orders";
    let cluster = |name| Given::new("AWS::RDS::DBCluster", name, arn).opted_out();
    assert_eq!(cluster("Aurora").answer(&by_resources(&[arn])), Some(false));
    assert_eq!(cluster("RDS").answer(&by_resources(&[arn])), Some(true));
    let mut unclear = cluster("Aurora");
    unclear.backup_type = Fact::unknown("the engine is not known");
    assert_eq!(unclear.answer(&by_resources(&[arn])), None);
    let mut unread = Given::volume();
    unread.opt_in = Fact::unknown("`DescribeRegionSettings` was denied");
    assert_eq!(unread.answer(&by_resources(&["arn:aws:ec2:*:*:volume/*"])), Some(true));
    assert_eq!(unread.answer(&by_resources(&["*"])), None);
}

#[test]
fn open_cases_are_unknown() {
    let condition = |operator, value| Selection {
        conditions: Fact::known(tags(operator, &[("env", value)])),
        ..by_resources(&["*"])
    };
    // A negated condition on a resource without the tag.
    for operator in [TagOperator::StringNotEquals, TagOperator::StringNotLike] {
        assert_eq!(Given::bucket().answer(&condition(operator, "dev")), None);
        assert_eq!(Given::bucket().tagged("env", "prod").answer(&condition(operator, "dev")), Some(true));
        assert_eq!(Given::bucket().tagged("env", "dev").answer(&condition(operator, "dev")), Some(false));
    }
    let like = condition(TagOperator::StringLike, "pr*d");
    assert_eq!(Given::bucket().tagged("env", "prod").answer(&like), Some(true));
    assert_eq!(Given::bucket().tagged("env", "Prod").answer(&like), Some(false));
    assert_eq!(Given::bucket().answer(&like), Some(false));
    assert_eq!(Given::bucket().tagged("env", "prod").answer(&condition(TagOperator::StringLike, "pro?")), None);

    // Conditions beside the list of tags: known only where both readings agree.
    let both = Selection {
        list_of_tags: Fact::known(tags(TagOperator::StringEquals, &[("backup", "yes")])),
        conditions: Fact::known(tags(TagOperator::StringEquals, &[("env", "prod")])),
        ..selection()
    };
    assert_eq!(Given::bucket().tagged("backup", "yes").tagged("env", "prod").answer(&both), Some(true));
    assert_eq!(Given::bucket().tagged("backup", "yes").answer(&both), None);
    assert_eq!(Given::bucket().tagged("env", "prod").answer(&both), Some(false));

    // Only what narrows, and nothing to narrow.
    let only = Selection { not_resources: links(&["arn:aws:s3:::logs"]), ..selection() };
    assert_eq!(Given::bucket().answer(&only), None);
    assert_eq!(Given::bucket().opted_out().answer(&only), Some(false));
}

#[test]
fn an_unnamed_bucket_is_matched_by_what_matches_every_bucket() {
    let answer = |pattern| Given::bucket().unnamed().answer(&by_resources(&[pattern]));
    assert_eq!(answer("*"), Some(true));
    assert_eq!(answer("arn:aws:s3:::*"), Some(true));
    assert_eq!(answer("arn:aws-cn:s3:::*"), Some(true));
    assert_eq!(answer("arn:*:s3:::*"), Some(true));
    assert_eq!(answer("arn:aws:s3:::orders"), None);
    assert_eq!(answer("arn:aws:s3:::orders-*"), None);
    assert_eq!(answer("arn:aws:s3:::?*"), None);
    assert_eq!(answer("arn:aws:s3:::orders/*"), Some(false));
    assert_eq!(answer("arn:aws:dynamodb:*:*:table/*"), Some(false));
    let excluded = Selection { not_resources: links(&["arn:aws:s3:::logs"]), ..by_resources(&["*"]) };
    assert_eq!(Given::bucket().unnamed().answer(&excluded), None);

    let mut volume = Given::volume();
    volume.arn = Fact::unknown("declared");
    assert_eq!(volume.answer(&by_resources(&["arn:aws:ec2:*:*:volume/*"])), Some(true));
    assert_eq!(volume.answer(&by_resources(&["arn:aws:ec2:*:*:instance/*"])), Some(false));
    assert_eq!(volume.answer(&by_resources(&["arn:aws:ec2:eu-west-1:*:volume/*"])), None);
    volume.id.region = Some("eu-west-1".into());
    assert_eq!(volume.answer(&by_resources(&["arn:aws:ec2:eu-west-1:*:volume/*"])), Some(true));
    assert_eq!(volume.answer(&by_resources(&["arn:aws:ec2:us-east-1:*:volume/*"])), Some(false));
}

#[test]
fn a_link_that_certainly_means_a_resource_decides() {
    let bucket = Given::bucket().unnamed();
    let link = |target: ResourceId| Link { text: Fact::unknown("no name"), target: Some(target) };
    let this = Selection { resources: Fact::known(vec![link(bucket.id.clone())]), ..selection() };
    assert_eq!(bucket.answer(&this), Some(true));
    let other = Selection { resources: Fact::known(vec![link(id("AWS::S3::Bucket", "other"))]), ..selection() };
    assert_eq!(bucket.answer(&other), Some(false));
    let unknown = Selection { resources: Fact::unknown("parameter `Resources` has no default"), ..selection() };
    assert_eq!(bucket.answer(&unknown), None);
}

#[test]
fn unread_tags_leave_it_open_and_known_ones_decide() {
    let chosen =
        Selection { list_of_tags: Fact::known(tags(TagOperator::StringEquals, &[("backup", "yes")])), ..selection() };
    let mut bucket = Given::bucket();
    bucket.tags = Tags::unread("`GetBucketTagging` was denied");
    assert_eq!(bucket.answer(&chosen), None);
    let bucket = Given { tags: bucket.tags, ..Given::bucket() }.tagged("backup", "yes");
    assert_eq!(bucket.answer(&chosen), Some(true));
}

#[test]
fn a_plan_reaches_its_own_account_and_region() {
    let place = |root: Option<&str>, account: Option<&str>, region: Option<&str>| ResourceId {
        root: root.map(Arc::from),
        partition: Some("aws".into()),
        account: account.map(Arc::from),
        region: region.map(Arc::from),
        kind: "AWS::S3::Bucket".into(),
        id: "x".into(),
    };
    let here = place(None, Some("111122223333"), Some("eu-west-1"));
    assert!(within_reach(&here, &here).is_true());
    assert!(within_reach(&here, &place(None, Some("111122223333"), Some("us-east-1"))).is_false());
    assert!(within_reach(&here, &place(None, None, Some("eu-west-1"))).is_unknown());
    let template = place(Some("a.yaml"), None, None);
    assert!(within_reach(&template, &template).is_true());
    assert!(within_reach(&template, &place(Some("b.yaml"), None, None)).is_unknown());
}
