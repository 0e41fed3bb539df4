//! The documented shapes of a selection, each row with its page.

use super::{Given, by_resources, links, selection, tags};
use crate::model::backup::TagOperator::{StringEquals, StringLike, StringNotEquals, StringNotLike};
use crate::model::backup::{Selection, TagCondition};
use crate::model::fact::Fact;

/// "Assign resources with AWS CLI" in the AWS Backup Developer Guide.
const BY_JSON: &str = "assigning-resources-json.html";
/// "Assigning resources to a backup plan".
const ASSIGNING: &str = "assigning-resources.html";
/// "How AWS Backup works with supported AWS services".
const SERVICES: &str = "working-with-supported-services.html";
/// `BackupSelection` in the AWS Backup API Reference.
const API: &str = "API_BackupSelection.html";

const VOLUMES: &str = "arn:aws:ec2:*:*:volume/*";
const INSTANCES: &str = "arn:aws:ec2:*:*:instance/*";
const DATABASES: &str = "arn:aws:rds:*:*:db:*";

fn instance() -> Given {
    Given::new("AWS::EC2::Instance", "EC2", "arn:aws:ec2:eu-west-1:111122223333:instance/i-1")
}

fn database() -> Given {
    Given::new("AWS::RDS::DBInstance", "RDS", "arn:aws:rds:eu-west-1:111122223333:db:orders")
}

fn cluster(kind: &str) -> Given {
    Given::new("AWS::RDS::DBCluster", kind, "arn:aws:rds:eu-west-1:111122223333:cluster:orders")
}

fn files() -> Given {
    Given::new("AWS::FSx::FileSystem", "FSx", "arn:aws:fsx:eu-west-1:111122223333:file-system/fs-1")
}

fn backed(given: Given) -> Given {
    given.tagged("backup", "true")
}

fn excluding(texts: &[&str], selection: Selection) -> Selection {
    Selection { not_resources: links(texts), ..selection }
}

fn where_all(conditions: &[Vec<TagCondition>], selection: Selection) -> Selection {
    Selection { conditions: Fact::known(conditions.concat()), ..selection }
}

fn tagged_any(pairs: &[(&str, &str)]) -> Selection {
    Selection { list_of_tags: Fact::known(tags(StringEquals, pairs)), ..selection() }
}

type Row = (&'static str, &'static str, Selection, Vec<(Given, bool)>);

fn rows() -> Vec<Row> {
    let all_but_volumes = || excluding(&[VOLUMES], by_resources(&["*"]));
    let is = |key: &str, value: &str| tags(StringEquals, &[(key, value)]);
    let disks_and_databases = || by_resources(&[VOLUMES, DATABASES]);
    let both = || backed(Given::volume()).tagged("stage", "prod");
    vec![
        (BY_JSON, "all instances", by_resources(&[INSTANCES]), vec![(instance(), true), (Given::volume(), false)]),
        (
            BY_JSON,
            "all resources",
            by_resources(&["*"]),
            vec![(instance(), true), (Given::bucket(), true), (Given::bucket().opted_out(), false)],
        ),
        (BY_JSON, "all but volumes", all_but_volumes(), vec![(instance(), true), (Given::volume(), false)]),
        (
            BY_JSON,
            "what is tagged, but no volumes",
            where_all(&[is("backup", "true")], all_but_volumes()),
            vec![(backed(instance()), true), (instance(), false), (backed(Given::volume()), false)],
        ),
        (
            BY_JSON,
            "volumes and databases with both tags",
            where_all(&[is("backup", "true"), is("stage", "prod")], disks_and_databases()),
            vec![
                (both(), true),
                (backed(database()).tagged("stage", "prod"), true),
                (backed(database()), false),
                (backed(instance()).tagged("stage", "prod"), false),
            ],
        ),
        (
            BY_JSON,
            "volumes and databases with one tag and without another's value",
            where_all(&[is("backup", "true"), tags(StringNotEquals, &[("stage", "test")])], disks_and_databases()),
            vec![(both(), true), (backed(database()).tagged("stage", "test"), false), (Given::volume(), false)],
        ),
        (
            BY_JSON,
            "tags by patterns",
            where_all(
                &[tags(StringLike, &[("key1", "include*")]), tags(StringNotLike, &[("key2", "*exclude*")])],
                by_resources(&["*"]),
            ),
            vec![
                (instance().tagged("key1", "included").tagged("key2", "other"), true),
                (instance().tagged("key1", "included").tagged("key2", "to exclude it"), false),
                (instance().tagged("key1", "not included").tagged("key2", "other"), false),
            ],
        ),
        (
            BY_JSON,
            "what is tagged, but no file systems of FSx and nothing of RDS",
            where_all(&[is("backup", "true")], excluding(&["arn:aws:fsx:*", "arn:aws:rds:*"], by_resources(&["*"]))),
            vec![(backed(instance()), true), (backed(files()), false), (backed(database()), false)],
        ),
        (
            BY_JSON,
            "a service's name needs the opt-in, a type's does not",
            by_resources(&["arn:aws:ec2:*"]),
            vec![(instance(), true), (instance().opted_out(), false)],
        ),
        (
            BY_JSON,
            "a type's name",
            by_resources(&[INSTANCES]),
            vec![(instance(), true), (instance().opted_out(), true)],
        ),
        (
            BY_JSON,
            "types that share an ARN need the opt-in",
            by_resources(&["arn:aws:rds:*:*:cluster:*", "arn:aws:fsx:*:*:file-system/*"]),
            vec![
                (cluster("Aurora"), true),
                (cluster("Aurora").opted_out(), false),
                (files(), true),
                (files().opted_out(), false),
            ],
        ),
        (
            SERVICES,
            "tags alone need the opt-in",
            tagged_any(&[("backup", "true")]),
            vec![(backed(instance()), true), (backed(instance()).opted_out(), false), (instance(), false)],
        ),
        (
            ASSIGNING,
            "a type with a condition needs none, but for Aurora, Neptune and DocumentDB",
            where_all(&[is("backup", "true")], by_resources(&[INSTANCES, "arn:aws:rds:*:*:cluster:*"])),
            vec![
                (backed(instance()).opted_out(), true),
                (instance().opted_out(), false),
                (backed(cluster("Aurora")).opted_out(), false),
                (backed(cluster("Neptune")).opted_out(), false),
                (backed(cluster("DocumentDB")).opted_out(), false),
            ],
        ),
        (
            API,
            "tags of the list are alternatives",
            tagged_any(&[("a", "1"), ("b", "2")]),
            vec![
                (instance().tagged("a", "1"), true),
                (instance().tagged("b", "2"), true),
                (instance().tagged("a", "2"), false),
            ],
        ),
        (
            API,
            "conditions must all hold, and case counts",
            where_all(&[is("a", "1"), is("b", "2")], by_resources(&["*"])),
            vec![
                (instance().tagged("a", "1").tagged("b", "2"), true),
                (instance().tagged("a", "1"), false),
                (instance().tagged("A", "1").tagged("b", "2"), false),
            ],
        ),
        (
            API,
            "nothing named means all that is opted in",
            selection(),
            vec![(instance(), true), (instance().opted_out(), false)],
        ),
    ]
}

#[test]
fn selections_mean_what_the_pages_say() {
    for (page, what, selection, resources) in rows() {
        for (resource, expected) in resources {
            assert_eq!(resource.answer(&selection), Some(expected), "{page}: {what}: {resource:?}");
        }
    }
}
