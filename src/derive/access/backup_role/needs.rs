//! What AWS Backup calls with the role that it is given, by type of resource.
//!
//! - "Managed policies for AWS Backup" in the AWS Backup Developer Guide lists for each type the statements that a role
//!   of one's own starts from (<https://docs.aws.amazon.com/aws-backup/latest/devguide/security-iam-awsmanpol.html>);
//!   their actions are those of `AWSBackupServiceRolePolicyForBackup`, `…ForRestores`, `…ForS3Backup` and
//!   `…ForS3Restore` in the AWS Managed Policy Reference
//!   (<https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForBackup.html>).
//! - "Advanced DynamoDB backup" there: with the advanced features another call makes the backup
//!   (<https://docs.aws.amazon.com/aws-backup/latest/devguide/advanced-ddb-backup.html>).
//! - What each action is asked about: the Service Authorization Reference.
//!
//! The call that makes the backup, or brings it back, is one without which there is none. What becomes of a job whose
//! role lacks one of the others, AWS's pages do not say for each.

/// What a call is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// The resource.
    Itself,
    /// The resource, or what has this ARN: either is enough.
    ItselfOr(&'static str),
    /// The objects in the bucket.
    Objects,
    /// What has this ARN after the partition: `{r}` is the Region, `{a}` the account, `{n}` the name of the resource,
    /// and `*` any name.
    Arn(&'static str),
    /// No resource: the action takes none.
    Nothing,
}

/// Calls about the same.
pub type Calls = (&'static [&'static str], On);

/// What a role needs for one type.
#[derive(Clone, Copy, Debug)]
pub struct Needs {
    /// Calls that make it, each a list of which one is enough.
    pub makes: &'static [Calls],
    /// What AWS asks for besides.
    pub further: &'static [Calls],
}

/// A type of AWS Backup.
#[derive(Clone, Copy, Debug)]
pub struct Service {
    /// AWS Backup's names of it. Clusters have one API, whatever their engine.
    pub names: &'static [&'static str],
    /// CloudFormation's types of it, in the same order.
    pub kinds: &'static [&'static str],
    /// What people call several of it.
    pub what: &'static str,
    /// Its ARN, as in [`On::Arn`].
    pub arn: &'static str,
    pub backup: Needs,
    pub restore: Needs,
}

/// All of them, in the order in which they are told.
pub const SERVICES: &[Service] = &[
    Service {
        names: &["S3"],
        kinds: &["AWS::S3::Bucket"],
        what: "S3 buckets",
        arn: "s3:::*",
        backup: Needs {
            makes: &[(&["s3:GetObjectVersion", "s3:GetObject"], On::Objects)],
            further: &[
                (
                    &[
                        "s3:GetObject",
                        "s3:GetObjectAcl",
                        "s3:GetObjectTagging",
                        "s3:GetObjectVersion",
                        "s3:GetObjectVersionAcl",
                        "s3:GetObjectVersionTagging",
                    ],
                    On::Objects,
                ),
                (
                    &[
                        "s3:GetBucketAcl",
                        "s3:GetBucketLocation",
                        "s3:GetBucketNotification",
                        "s3:GetBucketTagging",
                        "s3:GetBucketVersioning",
                        "s3:GetInventoryConfiguration",
                        "s3:ListBucket",
                        "s3:ListBucketVersions",
                        "s3:PutBucketNotification",
                        "s3:PutInventoryConfiguration",
                    ],
                    On::Itself,
                ),
                (
                    &["events:DescribeRule", "events:PutRule", "events:PutTargets"],
                    On::Arn("events:{r}:{a}:rule/AwsBackupManagedRule*"),
                ),
            ],
        },
        restore: Needs {
            makes: &[(&["s3:PutObject"], On::Objects)],
            further: &[
                (
                    &[
                        "s3:GetObject",
                        "s3:GetObjectAcl",
                        "s3:GetObjectTagging",
                        "s3:GetObjectVersion",
                        "s3:GetObjectVersionAcl",
                        "s3:PutObjectAcl",
                        "s3:PutObjectTagging",
                        "s3:PutObjectVersionAcl",
                    ],
                    On::Objects,
                ),
                (
                    &[
                        "s3:CreateBucket",
                        "s3:GetBucketLocation",
                        "s3:GetBucketOwnershipControls",
                        "s3:GetBucketVersioning",
                        "s3:ListBucket",
                        "s3:ListBucketVersions",
                        "s3:PutBucketOwnershipControls",
                        "s3:PutBucketVersioning",
                    ],
                    On::Itself,
                ),
            ],
        },
    },
    Service {
        names: &["EBS"],
        kinds: &["AWS::EC2::Volume"],
        what: "EBS volumes",
        arn: "ec2:{r}:{a}:volume/*",
        backup: Needs {
            makes: &[(&["ec2:CreateSnapshot"], On::Itself)],
            further: &[
                (&["ec2:CreateSnapshot", "ec2:CreateTags"], On::Arn("ec2:{r}::snapshot/*")),
                (&["ec2:DescribeSnapshots", "ec2:DescribeVolumes"], On::Nothing),
            ],
        },
        restore: Needs {
            makes: &[(&["ec2:CreateVolume"], On::Itself)],
            further: &[(&["ec2:DescribeSnapshots", "ec2:DescribeVolumes"], On::Nothing)],
        },
    },
    Service {
        names: &["EC2"],
        kinds: &["AWS::EC2::Instance"],
        what: "EC2 instances",
        arn: "ec2:{r}:{a}:instance/*",
        backup: Needs {
            makes: &[(&["ec2:CreateImage"], On::Itself)],
            further: &[
                (&["ec2:CreateImage"], On::Arn("ec2:{r}::image/*")),
                (&["ec2:CreateTags"], On::Arn("ec2:{r}::snapshot/*")),
                (&["ec2:DescribeImages", "ec2:DescribeInstances", "ec2:DescribeSnapshots"], On::Nothing),
            ],
        },
        restore: Needs {
            makes: &[(&["ec2:RunInstances"], On::Itself)],
            further: &[
                (&["ec2:RunInstances"], On::Arn("ec2:{r}::image/*")),
                (&["ec2:DescribeImages", "ec2:DescribeInstances"], On::Nothing),
            ],
        },
    },
    Service {
        names: &["RDS"],
        kinds: &["AWS::RDS::DBInstance"],
        what: "RDS instances",
        arn: "rds:{r}:{a}:db:*",
        backup: Needs {
            makes: &[(&["rds:CreateDBSnapshot"], On::Itself)],
            further: &[
                (&["rds:AddTagsToResource", "rds:CreateDBSnapshot"], On::Arn("rds:{r}:{a}:snapshot:awsbackup:*")),
                (&["rds:DescribeDBInstances", "rds:ListTagsForResource"], On::Itself),
                (&["rds:DescribeDBSnapshots"], On::Arn("rds:{r}:{a}:snapshot:awsbackup:*")),
            ],
        },
        restore: Needs {
            // A Multi-AZ DB cluster is `RDS` too.
            makes: &[(
                &[
                    "rds:RestoreDBInstanceFromDBSnapshot",
                    "rds:RestoreDBInstanceToPointInTime",
                    "rds:RestoreDBClusterFromSnapshot",
                ],
                On::ItselfOr("rds:{r}:{a}:cluster:*"),
            )],
            further: &[
                (
                    &["rds:AddTagsToResource", "rds:DescribeDBInstances", "rds:RestoreDBInstanceFromDBSnapshot"],
                    On::Itself,
                ),
                (&["rds:DescribeDBSnapshots"], On::Arn("rds:{r}:{a}:snapshot:awsbackup:*")),
            ],
        },
    },
    Service {
        names: &["Aurora", "DocumentDB", "Neptune"],
        kinds: &["AWS::RDS::DBCluster", "AWS::DocDB::DBCluster", "AWS::Neptune::DBCluster"],
        what: "database clusters",
        arn: "rds:{r}:{a}:cluster:*",
        backup: Needs {
            makes: &[(&["rds:CreateDBClusterSnapshot"], On::Itself)],
            further: &[
                (
                    &["rds:AddTagsToResource", "rds:CreateDBClusterSnapshot", "rds:DescribeDBClusterSnapshots"],
                    On::Arn("rds:{r}:{a}:cluster-snapshot:awsbackup:*"),
                ),
                (&["rds:DescribeDBClusters", "rds:ListTagsForResource"], On::Itself),
            ],
        },
        restore: Needs {
            makes: &[(&["rds:RestoreDBClusterFromSnapshot", "rds:RestoreDBClusterToPointInTime"], On::Itself)],
            further: &[
                (&["rds:AddTagsToResource", "rds:DescribeDBClusters", "rds:RestoreDBClusterFromSnapshot"], On::Itself),
                (&["rds:DescribeDBClusterSnapshots"], On::Arn("rds:{r}:{a}:cluster-snapshot:awsbackup:*")),
            ],
        },
    },
    Service {
        names: &["DynamoDB"],
        kinds: &["AWS::DynamoDB::Table"],
        what: "DynamoDB tables",
        arn: "dynamodb:{r}:{a}:table/*",
        backup: Needs {
            makes: &[(ADVANCED_OR_NOT, On::Itself)],
            further: &[
                (&["dynamodb:DescribeTable"], On::Itself),
                (ADVANCED_OR_NOT, On::Itself),
                (&["dynamodb:DescribeBackup"], On::Arn("dynamodb:{r}:{a}:table/{n}/backup/*")),
            ],
        },
        restore: Needs {
            makes: &[(
                &["dynamodb:RestoreTableFromAwsBackup", "dynamodb:RestoreTableFromBackup"],
                On::ItselfOr("dynamodb:{r}:{a}:table/{n}/backup/*"),
            )],
            further: &[
                (&["dynamodb:DescribeTable", "dynamodb:RestoreTableFromAwsBackup"], On::Itself),
                (&["dynamodb:RestoreTableFromBackup"], On::Arn("dynamodb:{r}:{a}:table/{n}/backup/*")),
            ],
        },
    },
    Service {
        names: &["EFS"],
        kinds: &["AWS::EFS::FileSystem"],
        what: "EFS file systems",
        arn: "elasticfilesystem:{r}:{a}:file-system/*",
        backup: Needs {
            makes: &[(&["elasticfilesystem:Backup"], On::Itself)],
            further: &[(&["elasticfilesystem:DescribeTags"], On::Itself)],
        },
        restore: Needs {
            makes: &[(&["elasticfilesystem:Restore"], On::Itself)],
            further: &[(&["elasticfilesystem:CreateFileSystem", "elasticfilesystem:DescribeFileSystems"], On::Itself)],
        },
    },
    Service {
        names: &["FSx"],
        kinds: &["AWS::FSx::FileSystem"],
        what: "FSx file systems",
        arn: "fsx:{r}:{a}:file-system/*",
        backup: Needs {
            makes: &[(&["fsx:CreateBackup"], On::Itself)],
            further: &[
                (&["fsx:CreateBackup", "fsx:DescribeBackups"], On::Arn("fsx:{r}:{a}:backup/*")),
                (&["fsx:ListTagsForResource"], On::Itself),
            ],
        },
        restore: Needs {
            makes: &[(
                &["fsx:CreateFileSystemFromBackup", "fsx:CreateVolumeFromBackup"],
                On::ItselfOr("fsx:{r}:{a}:volume/*"),
            )],
            further: &[
                (&["fsx:CreateFileSystemFromBackup"], On::Itself),
                (&["fsx:CreateFileSystemFromBackup", "fsx:DescribeBackups"], On::Arn("fsx:{r}:{a}:backup/*")),
            ],
        },
    },
    Service {
        names: &["Redshift"],
        kinds: &["AWS::Redshift::Cluster"],
        what: "Redshift clusters",
        arn: "redshift:{r}:{a}:cluster:*",
        backup: Needs {
            makes: &[(&["redshift:CreateClusterSnapshot"], On::Arn("redshift:{r}:{a}:snapshot:{n}/*"))],
            further: &[(&["redshift:DescribeClusters"], On::Itself)],
        },
        restore: Needs {
            makes: &[(
                &["redshift:RestoreFromClusterSnapshot", "redshift:RestoreTableFromClusterSnapshot"],
                On::ItselfOr("redshift:{r}:{a}:snapshot:{n}/*"),
            )],
            further: &[(&["redshift:DescribeClusters"], On::Itself)],
        },
    },
];

/// With the advanced features of AWS Backup, and without.
pub const ADVANCED_OR_NOT: &[&str] = &["dynamodb:StartAwsBackupJob", "dynamodb:CreateBackup"];

impl Service {
    /// The service with this name of AWS Backup.
    pub fn named(name: &str) -> Option<&'static Self> {
        SERVICES.iter().find(|service| service.names.contains(&name))
    }

    /// The service that a selection's ARN or pattern certainly means; none where it may mean several, or one that is
    /// not listed here.
    pub fn of_arn(text: &str) -> Option<&'static Self> {
        SERVICES.iter().find(|service| {
            let rest = text.splitn(3, ':').nth(2).unwrap_or_default();
            let mut parts = rest.splitn(4, ':').zip(service.arn.splitn(4, ':'));
            let service = parts.next().is_some_and(|(own, of)| own == of);
            let named = parts.nth(2).is_some_and(|(own, of)| own.starts_with(of.trim_end_matches('*')));
            service && named
        })
    }

    /// All that it calls for a backup or a restore.
    pub fn actions(needs: &Needs) -> impl Iterator<Item = &'static str> {
        needs.makes.iter().chain(needs.further).flat_map(|(actions, _)| actions.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::workload::WORKLOAD_TYPES;

    #[test]
    fn every_type_of_workload_has_its_needs() {
        for (kind, name) in WORKLOAD_TYPES {
            let service = Service::named(name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(
                service.names.iter().position(|own| own == name),
                service.kinds.iter().position(|own| own == kind)
            );
        }
    }

    #[test]
    fn an_arn_tells_its_service_where_its_type_stands_before_any_wildcard() {
        let of = |text: &str| Service::of_arn(text).map(|service| service.what);
        assert_eq!(of("arn:aws:s3:::orders"), Some("S3 buckets"));
        assert_eq!(of("arn:aws-cn:s3:::*"), Some("S3 buckets"));
        assert_eq!(of("arn:aws:ec2:*:*:volume/*"), Some("EBS volumes"));
        assert_eq!(of("arn:aws:rds:eu-west-1:111122223333:cluster:c"), Some("database clusters"));
        for unclear in [
            "*",
            "arn:aws:ec2:*",
            "arn:aws:ec2:*:*:*",
            "arn:aws:rds:*:*:c*",
            "arn:aws:*:*:*:volume/*",
            "arn:aws:timestream:*:*:database/*",
        ] {
            assert_eq!(of(unclear), None, "{unclear}");
        }
    }
}
