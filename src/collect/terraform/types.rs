//! Terraform's resource types and the attributes by which they are referred to.

use std::sync::Arc;

use super::block::Place;
use crate::collect::declared::item::{Item, Reference};
use crate::model::fact::Fact;
use crate::model::iam::HOLE;
use crate::model::identity::{GLOBAL, ResourceId, partition_of};

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
        (Some(argument), Some(pattern)) if is_arn(known, attribute) => match arn(pattern, place, body) {
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

/// Whether an argument is a list. One that is not known may have more in it than references.
pub fn is_list(argument: &str) -> bool {
    let lists = [
        "managed_policy_arns",
        "policy_arns",
        "users",
        "groups",
        "roles",
        "resources",
        "not_resources",
        "protected_resource_arns",
        "include_vaults",
        "exclude_vaults",
    ];
    argument.rsplit('.').next().is_some_and(|name| lists.contains(&name))
}

/// What an argument refers to: the type of ours, and the attribute of it that is meant where only the resource is named.
/// None for arguments that may hold any text: one that is made of a resource's name need not mean the resource.
pub fn referred(terraform: &str, path: &str) -> Option<(&'static str, &'static str)> {
    const BUCKET: &str = "AWS::S3::Bucket";
    const VAULT: &str = "AWS::Backup::BackupVault";
    const KEY: &str = "AWS::KMS::Key";
    const ROLE: &str = "AWS::IAM::Role";
    const USER: &str = "AWS::IAM::User";
    const GROUP: &str = "AWS::IAM::Group";
    Some(match (terraform, path) {
        (iam, "policy_arn" | "policy_arns" | "managed_policy_arns" | "permissions_boundary")
            if iam.starts_with("aws_iam_") =>
        {
            ("AWS::IAM::ManagedPolicy", "arn")
        }
        (iam, "role" | "role_name" | "roles") if iam.starts_with("aws_iam_") => (ROLE, "name"),
        (iam, "user" | "user_name" | "users") if iam.starts_with("aws_iam_") => (USER, "name"),
        (iam, "group" | "group_name" | "groups") if iam.starts_with("aws_iam_") => (GROUP, "name"),
        (split, "bucket") if split.starts_with("aws_s3_bucket_") => (BUCKET, "id"),
        ("aws_s3_bucket_replication_configuration", "rule.destination.bucket")
        | ("aws_s3_bucket", "replication_configuration.rules.destination.bucket") => (BUCKET, "arn"),
        ("aws_s3_bucket_logging", "target_bucket") | ("aws_s3_bucket", "logging.target_bucket") => (BUCKET, "id"),
        (
            "aws_s3_bucket_server_side_encryption_configuration",
            "rule.apply_server_side_encryption_by_default.kms_master_key_id",
        )
        | (
            "aws_s3_bucket",
            "server_side_encryption_configuration.rule.apply_server_side_encryption_by_default.kms_master_key_id",
        )
        | ("aws_backup_vault", "kms_key_arn")
        | ("aws_backup_logically_air_gapped_vault", "encryption_key_arn") => (KEY, "arn"),
        ("aws_kms_alias", "target_key_id") | ("aws_kms_key_policy", "key_id") => (KEY, "key_id"),
        (
            "aws_backup_vault_lock_configuration" | "aws_backup_vault_notifications" | "aws_backup_vault_policy",
            "backup_vault_name",
        )
        | ("aws_backup_plan", "rule.target_vault_name") => (VAULT, "name"),
        (
            "aws_backup_plan",
            "rule.copy_action.destination_vault_arn" | "rule.target_logically_air_gapped_backup_vault_arn",
        )
        | (
            "aws_backup_restore_testing_plan",
            "recovery_point_selection.include_vaults" | "recovery_point_selection.exclude_vaults",
        ) => (VAULT, "arn"),
        ("aws_backup_selection", "plan_id") => ("AWS::Backup::BackupPlan", "id"),
        ("aws_backup_selection", "resources" | "not_resources")
        | ("aws_backup_restore_testing_selection", "protected_resource_arns") => (BUCKET, "arn"),
        ("aws_backup_restore_testing_selection", "restore_testing_plan_name") => {
            ("AWS::Backup::RestoreTestingPlan", "name")
        }
        ("aws_cloudtrail", "s3_bucket_name") | ("aws_backup_report_plan", "report_delivery_channel.s3_bucket_name") => {
            (BUCKET, "id")
        }
        ("aws_cloudwatch_event_target", "rule") => ("AWS::Events::Rule", "name"),
        _ => return None,
    })
}

/// The ARN before the name.
fn arn(pattern: &str, place: &Place, body: &Item) -> Option<String> {
    let mut text = pattern.to_owned();
    for (mark, value) in parts(place, body) {
        if text.contains(mark) {
            text = text.replace(mark, &value?);
        }
    }
    Some(text)
}

/// As much of an attribute that is a name or an ARN as is known, with holes; none where nothing is.
pub fn shape(terraform: &str, place: &Place, body: &Item, attribute: &str) -> Option<Arc<str>> {
    let known = known(terraform)?;
    let name = own_text(body, known.name?);
    if known.named.contains(&attribute) {
        return name.map(Into::into);
    }
    let pattern = known.arn.filter(|_| is_arn(known, attribute))?;
    let hole = || HOLE.to_string();
    let start = parts(place, body)
        .into_iter()
        .fold(pattern.to_owned(), |text, (mark, value)| text.replace(mark, &value.unwrap_or_else(hole)));
    Some(format!("{start}{}", name.unwrap_or_else(hole)).into())
}

/// The arguments by which a thing of this type is named.
pub fn naming(terraform: &str) -> impl Iterator<Item = &'static str> {
    known(terraform).and_then(|known| known.name).into_iter().chain(["path"])
}

fn own_text(body: &Item, argument: &str) -> Option<String> {
    body.get(argument).text().value().filter(|text| !text.is_empty()).cloned()
}

/// What stands in an ARN, by its mark.
fn parts(place: &Place, body: &Item) -> [(&'static str, Option<String>); 4] {
    let partition = place.partition.as_deref().or_else(|| place.region.as_deref().map(partition_of));
    let path = body.get("path").text().or_default_to("/".to_owned());
    [
        ("{p}", partition.map(str::to_owned)),
        ("{r}", place.region.as_deref().map(str::to_owned)),
        ("{a}", place.account.as_deref().map(str::to_owned)),
        ("{path}", path.value().map(|path| if path.is_empty() { "/".to_owned() } else { path.clone() })),
    ]
}
