//! Databases, volumes, instances and file systems: their pages in the CloudFormation Template Reference.

use super::Mapped;
use crate::collect::declared::item::Item;
use crate::collect::declared::tags::tags;
use crate::collect::declared::workload;
use crate::model::fact::Fact;

/// What a type calls its tags and the name that people give it, if they can.
struct Properties {
    tags: &'static str,
    name: Option<&'static str>,
    /// What says that its data is another resource's to back up: a cluster's for its members, a source's for replicas.
    part_of: &'static [&'static str],
}

fn properties_of(kind: &str) -> Properties {
    let (tags, name, part_of): (_, _, &'static [&'static str]) = match kind {
        "AWS::RDS::DBInstance" => (
            "Tags",
            Some("DBInstanceIdentifier"),
            &["DBClusterIdentifier", "SourceDBInstanceIdentifier", "SourceDBClusterIdentifier"],
        ),
        "AWS::RDS::DBCluster" | "AWS::DocDB::DBCluster" | "AWS::Neptune::DBCluster" => {
            ("Tags", Some("DBClusterIdentifier"), &["ReplicationSourceIdentifier"])
        }
        "AWS::Redshift::Cluster" => ("Tags", Some("ClusterIdentifier"), &[]),
        "AWS::DynamoDB::Table" => ("Tags", Some("TableName"), &[]),
        "AWS::EFS::FileSystem" => ("FileSystemTags", None, &[]),
        _ => ("Tags", None, &[]),
    };
    Properties { tags, name, part_of }
}

/// Whether a type is a workload without a mapper of its own.
pub(super) fn is_workload(kind: &str) -> bool {
    workload::workload(kind).is_some()
}

/// Whether its data is its own to back up; so is all that is no member and no replica.
pub(super) fn has_data_of_its_own(kind: &str, properties: &Item) -> Fact<bool> {
    let part_of = properties_of(kind).part_of;
    Fact::any(part_of.iter().map(|property| properties.get(property).present())).negate().at(None)
}

/// A workload.
pub(super) fn workload(kind: &str, properties: &Item) -> Option<Mapped> {
    let facts = workload::workload(kind)?;
    let named = properties_of(kind);
    let name = named.name.and_then(|name| properties.get(name).text().value().cloned());
    Some(Mapped { facts, tags: tags(&properties.get(named.tags)), name })
}
