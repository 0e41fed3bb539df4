//! Which types the policies that AWS manages for roles of AWS Backup cover.
//!
//! Files attach these policies by their ARNs and do not hold their texts. "Managed policies for AWS Backup" in the AWS
//! Backup Developer Guide says what each is for, and that S3 has policies of its own
//! (<https://docs.aws.amazon.com/aws-backup/latest/devguide/security-iam-awsmanpol.html>, `s3-backups.html` there). AWS
//! adds permissions to its policies and takes none away ("Policy updates for AWS Backup" there,
//! <https://docs.aws.amazon.com/aws-backup/latest/devguide/policy-updates.html>).
//!
//! A policy of which the text was read speaks for itself.

use std::collections::BTreeSet;

use serde_json::json;

use super::needs::{SERVICES, Service};

/// A managed policy of AWS.
#[derive(Clone, Copy, Debug)]
pub struct Managed {
    /// What follows `policy/` in its ARN.
    pub path: &'static str,
    /// Whether it is for restores, not for backups.
    restores: bool,
    /// Whether it is for S3, not for all others.
    s3: bool,
    /// Whether it allows everything.
    everything: bool,
}

impl Managed {
    const fn new(path: &'static str, restores: bool, s3: bool) -> Self {
        Self { path, restores, s3, everything: false }
    }
}

/// Those that are attached to roles of AWS Backup, and the one that allows everything ("AWS managed policies for job
/// functions" in the IAM User Guide).
pub const MANAGED: [Managed; 5] = [
    Managed::new("service-role/AWSBackupServiceRolePolicyForBackup", false, false),
    Managed::new("service-role/AWSBackupServiceRolePolicyForRestores", true, false),
    Managed::new("AWSBackupServiceRolePolicyForS3Backup", false, true),
    Managed::new("AWSBackupServiceRolePolicyForS3Restore", true, true),
    Managed { path: "AdministratorAccess", restores: true, s3: true, everything: true },
];

impl Managed {
    /// The policy with this ARN.
    pub fn of_arn(arn: &str) -> Option<&'static Self> {
        let path = arn.split_once(":iam::aws:policy/")?.1;
        MANAGED.iter().find(|managed| managed.path == path)
    }

    /// A policy that allows what it is known to allow, of what this crate asks.
    pub fn stand_in(&self) -> String {
        let covered = SERVICES.iter().filter(|service| service.names.contains(&"S3") == self.s3);
        let needs = covered.map(|service| if self.restores { &service.restore } else { &service.backup });
        let actions: BTreeSet<&str> = needs.flat_map(Service::actions).collect();
        let actions = if self.everything { BTreeSet::from(["*"]) } else { actions };
        let statement = json!({"Effect": "Allow", "Action": actions, "Resource": "*"});
        json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_known_by_its_whole_path_in_any_partition() {
        let of = |arn: &str| Managed::of_arn(arn).map(|managed| managed.path);
        let backup = "service-role/AWSBackupServiceRolePolicyForBackup";
        assert_eq!(of(&format!("arn:aws:iam::aws:policy/{backup}")), Some(backup));
        assert_eq!(of(&format!("arn:aws-us-gov:iam::aws:policy/{backup}")), Some(backup));
        for none in [
            "arn:aws:iam::aws:policy/AWSBackupServiceRolePolicyForBackup",
            "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForS3Backup",
            "arn:aws:iam::111122223333:policy/service-role/AWSBackupServiceRolePolicyForBackup",
        ] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn what_is_for_backups_of_others_allows_nothing_of_s3() {
        let texts: Vec<String> = MANAGED.iter().map(Managed::stand_in).collect();
        assert!(texts[0].contains("ec2:CreateSnapshot") && !texts[0].contains("\"s3:"), "{}", texts[0]);
        assert!(!texts[0].contains("ec2:RunInstances") && texts[1].contains("ec2:RunInstances"));
        assert!(texts[2].contains("s3:GetObjectVersion") && !texts[2].contains("ec2:"));
        assert!(texts[3].contains("s3:PutObject\"") && !texts[3].contains("ec2:"));
    }
}
