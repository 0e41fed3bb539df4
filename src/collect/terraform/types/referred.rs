//! What arguments refer to, where a plan does not say it.

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
