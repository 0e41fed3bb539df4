//! Terraform's resource types and the attributes by which they are referred to.

mod arn;
mod referred;

use std::sync::Arc;

use super::block::Place;
use crate::collect::declared::item::{Item, Reference};
use crate::model::fact::Fact;
use crate::model::iam::HOLE;
use crate::model::identity::{GLOBAL, ResourceId};

pub use self::referred::{is_list, referred};

/// A type of Terraform's that is a resource of ours, or that ours refer to.
struct Known {
    terraform: &'static str,
    kind: &'static str,
    /// The argument that names it, if there is one.
    name: Option<&'static str>,
    /// Attributes that are the name, and mean the resource.
    named: &'static [&'static str],
    /// Attributes that are known when it is made, and mean the resource.
    later: &'static [&'static str],
    /// Its ARN before the name: `{p}` partition, `{r}` Region, `{a}` account, `{path}` its path; none where it has no name
    /// in it.
    arn: Option<&'static str>,
}

const TYPES: &[Known] = &[
    Known {
        terraform: "aws_s3_bucket",
        kind: "AWS::S3::Bucket",
        name: Some("bucket"),
        named: &["id", "bucket"],
        later: &["arn"],
        arn: Some("arn:{p}:s3:::"),
    },
    Known {
        terraform: "aws_backup_vault",
        kind: "AWS::Backup::BackupVault",
        name: Some("name"),
        named: &["id", "name"],
        later: &["arn"],
        arn: Some("arn:{p}:backup:{r}:{a}:backup-vault:"),
    },
    Known {
        terraform: "aws_backup_logically_air_gapped_vault",
        kind: "AWS::Backup::BackupVault",
        name: Some("name"),
        named: &["id", "name"],
        later: &["arn"],
        arn: Some("arn:{p}:backup:{r}:{a}:backup-vault:"),
    },
    Known {
        terraform: "aws_backup_plan",
        kind: "AWS::Backup::BackupPlan",
        name: None,
        named: &[],
        later: &["id", "arn"],
        arn: None,
    },
    Known {
        terraform: "aws_kms_key",
        kind: "AWS::KMS::Key",
        name: None,
        named: &[],
        later: &["id", "key_id", "arn"],
        arn: None,
    },
    Known {
        terraform: "aws_kms_external_key",
        kind: "AWS::KMS::Key",
        name: None,
        named: &[],
        later: &["id", "arn"],
        arn: None,
    },
    Known {
        terraform: "aws_kms_replica_key",
        kind: "AWS::KMS::Key",
        name: None,
        named: &[],
        later: &["id", "key_id", "arn"],
        arn: None,
    },
    Known {
        terraform: "aws_backup_selection",
        kind: "AWS::Backup::BackupSelection",
        name: None,
        named: &[],
        later: &["id"],
        arn: None,
    },
    Known {
        terraform: "aws_backup_restore_testing_plan",
        kind: "AWS::Backup::RestoreTestingPlan",
        name: Some("name"),
        named: &["name"],
        later: &["arn"],
        arn: None,
    },
    Known {
        terraform: "aws_backup_restore_testing_selection",
        kind: "AWS::Backup::RestoreTestingSelection",
        name: Some("name"),
        named: &["name"],
        later: &[],
        arn: None,
    },
    Known {
        terraform: "aws_backup_framework",
        kind: "AWS::Backup::Framework",
        name: Some("name"),
        named: &["name"],
        later: &["id", "arn"],
        arn: None,
    },
    Known {
        terraform: "aws_backup_report_plan",
        kind: "AWS::Backup::ReportPlan",
        name: Some("name"),
        named: &["name"],
        later: &["id", "arn"],
        arn: None,
    },
    Known {
        terraform: "aws_cloudtrail",
        kind: "AWS::CloudTrail::Trail",
        name: Some("name"),
        named: &["name"],
        later: &["id", "arn"],
        arn: Some("arn:{p}:cloudtrail:{r}:{a}:trail/"),
    },
    Known {
        terraform: "aws_cloudwatch_event_rule",
        kind: "AWS::Events::Rule",
        name: Some("name"),
        named: &["name"],
        later: &["id", "arn"],
        arn: None,
    },
    Known {
        terraform: "aws_iam_role",
        kind: "AWS::IAM::Role",
        name: Some("name"),
        named: &["id", "name"],
        later: &["arn"],
        arn: Some("arn:{p}:iam::{a}:role{path}"),
    },
    Known {
        terraform: "aws_iam_user",
        kind: "AWS::IAM::User",
        name: Some("name"),
        named: &["id", "name"],
        later: &["arn"],
        arn: Some("arn:{p}:iam::{a}:user{path}"),
    },
    Known {
        terraform: "aws_iam_group",
        kind: "AWS::IAM::Group",
        name: Some("name"),
        named: &["id", "name"],
        later: &["arn"],
        arn: Some("arn:{p}:iam::{a}:group{path}"),
    },
    Known {
        terraform: "aws_iam_policy",
        kind: "AWS::IAM::ManagedPolicy",
        name: Some("name"),
        named: &["name"],
        later: &["id", "arn"],
        arn: Some("arn:{p}:iam::{a}:policy{path}"),
    },
    Known {
        terraform: "aws_ebs_volume",
        kind: "AWS::EC2::Volume",
        name: None,
        named: &[],
        later: &["id", "arn"],
        arn: None,
    },
    Known {
        terraform: "aws_instance",
        kind: "AWS::EC2::Instance",
        name: None,
        named: &[],
        later: &["id", "arn"],
        arn: None,
    },
    Known {
        terraform: "aws_db_instance",
        kind: "AWS::RDS::DBInstance",
        name: Some("identifier"),
        named: &[],
        later: &["id", "arn"],
        arn: None,
    },
    Known {
        terraform: "aws_rds_cluster",
        kind: "AWS::RDS::DBCluster",
        name: Some("cluster_identifier"),
        named: &[],
        later: &["id", "arn"],
        arn: None,
    },
    Known {
        terraform: "aws_docdb_cluster",
        kind: "AWS::DocDB::DBCluster",
        name: Some("cluster_identifier"),
        named: &[],
        later: &["id", "arn"],
        arn: None,
    },
    Known {
        terraform: "aws_neptune_cluster",
        kind: "AWS::Neptune::DBCluster",
        name: Some("cluster_identifier"),
        named: &[],
        later: &["id", "arn"],
        arn: None,
    },
    Known {
        terraform: "aws_redshift_cluster",
        kind: "AWS::Redshift::Cluster",
        name: Some("cluster_identifier"),
        named: &[],
        later: &["id", "arn"],
        arn: None,
    },
    Known {
        terraform: "aws_dynamodb_table",
        kind: "AWS::DynamoDB::Table",
        name: Some("name"),
        named: &[],
        later: &["id", "arn"],
        arn: None,
    },
    Known {
        terraform: "aws_efs_file_system",
        kind: "AWS::EFS::FileSystem",
        name: None,
        named: &[],
        later: &["id", "arn"],
        arn: None,
    },
    Known {
        terraform: "aws_fsx_lustre_file_system",
        kind: "AWS::FSx::FileSystem",
        name: None,
        named: &[],
        later: &["id", "arn"],
        arn: None,
    },
    Known {
        terraform: "aws_fsx_ontap_file_system",
        kind: "AWS::FSx::FileSystem",
        name: None,
        named: &[],
        later: &["id", "arn"],
        arn: None,
    },
    Known {
        terraform: "aws_fsx_openzfs_file_system",
        kind: "AWS::FSx::FileSystem",
        name: None,
        named: &[],
        later: &["id", "arn"],
        arn: None,
    },
    Known {
        terraform: "aws_fsx_windows_file_system",
        kind: "AWS::FSx::FileSystem",
        name: None,
        named: &[],
        later: &["id", "arn"],
        arn: None,
    },
];

fn known(terraform: &str) -> Option<&'static Known> {
    TYPES.iter().find(|known| known.terraform == terraform)
}

/// The type's name in CloudFormation, of those that become resources of their own, or that such refer to.
pub fn kind(terraform: &str) -> Option<&'static str> {
    known(terraform).map(|known| known.kind)
}

/// The text by which others refer to a thing of this type; absent where it gets it only when it is applied.
pub fn own_name(terraform: &str, body: &Item) -> Fact<String> {
    let Some(argument) = known(terraform).and_then(|known| known.name) else { return Fact::absent() };
    body.get(argument).text().and_then(|name| if name.is_empty() { Fact::absent() } else { Fact::known(name) })
}

/// The identity of a block of this type at this address. IAM has no Regions.
pub fn identity(terraform: &str, address: &str, place: &Place) -> Option<ResourceId> {
    let kind = kind(terraform)?;
    Some(ResourceId {
        root: Some(place.root.clone()),
        partition: place.partition.clone(),
        account: place.account.clone(),
        region: if kind.starts_with("AWS::IAM::") { Some(GLOBAL.into()) } else { place.region.clone() },
        kind: kind.into(),
        id: address.into(),
    })
}

/// The attributes that are the same text as this one, which are all that a reference without an attribute may mean.
pub fn alike(terraform: &str, attribute: &str) -> &'static [&'static str] {
    const ARN: &[&str] = &["arn"];
    let Some(known) = known(terraform) else { return &[] };
    match attribute {
        "arn" => ARN,
        named if known.named.contains(&named) => known.named,
        _ => known.later,
    }
}

/// What an attribute of a resource is, where it means the resource itself: its name, id or ARN. None for any other
/// attribute, which is a value like any.
pub fn reference(terraform: &str, address: &str, place: &Place, body: &Item, attribute: &str) -> Option<Reference> {
    let known = known(terraform)?;
    let target = identity(terraform, address, place)?;
    let later = || format!("`{address}.{attribute}` is known when it is applied");
    let name = |argument: &str| body.get(argument).text().or_unknown(later());
    let text = match (known.name, known.arn) {
        (Some(argument), _) if known.named.contains(&attribute) => name(argument),
        (Some(argument), Some(pattern)) if is_arn(known, attribute) => match arn::known(pattern, place, body) {
            Some(start) => name(argument).map(|name| format!("{start}{name}")),
            None => Fact::unknown(later()),
        },
        _ if known.named.contains(&attribute) || known.later.contains(&attribute) => Fact::unknown(later()),
        _ => return None,
    };
    let shape = if text.is_unknown() { shape(terraform, place, body, attribute) } else { None };
    Some(Reference { text: text.at(None), target, shape })
}

/// Whether an attribute is the ARN; a managed policy's id is, too.
fn is_arn(known: &Known, attribute: &str) -> bool {
    attribute == "arn" || attribute == "id" && known.kind == "AWS::IAM::ManagedPolicy"
}

/// As much of an attribute that is a name or an ARN as is known, with holes; none where nothing is.
pub fn shape(terraform: &str, place: &Place, body: &Item, attribute: &str) -> Option<Arc<str>> {
    let known = known(terraform)?;
    let name = body.get(known.name?).text().value().filter(|name| !name.is_empty()).cloned();
    if known.named.contains(&attribute) {
        return name.map(Into::into);
    }
    let pattern = known.arn.filter(|_| is_arn(known, attribute))?;
    let start = arn::with_holes(pattern, place, body);
    Some(format!("{start}{}", name.unwrap_or_else(|| HOLE.to_string())).into())
}

/// The arguments by which a thing of this type is named.
pub fn naming(terraform: &str) -> impl Iterator<Item = &'static str> {
    known(terraform).and_then(|known| known.name).into_iter().chain(["path"])
}
