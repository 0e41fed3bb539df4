//! Workloads of services whose own backups are not read yet: what AWS Backup may select, by its type and tags.

use crate::model::fact::Fact;
use crate::model::resource::Facts;
use crate::model::workload::{ProtectedWorkload, WORKLOAD_TYPES};

/// A declared workload of this type (CloudFormation's name); none for any other type. A bucket is one with facts of its
/// own.
pub fn workload(kind: &str) -> Option<Facts> {
    let (_, backup_type) = WORKLOAD_TYPES.iter().find(|(known, _)| *known == kind && kind != "AWS::S3::Bucket")?;
    Some(Facts::Workload(Box::new(ProtectedWorkload {
        arn: Fact::unknown("its ARN is made when it is created"),
        backup_type: Fact::known((*backup_type).to_owned()),
        last_backup: Fact::unknown("a file does not say when something was backed up"),
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_workload_type_but_the_bucket_is_one() {
        let made = WORKLOAD_TYPES.iter().filter(|(kind, _)| workload(kind).is_some()).count();
        assert_eq!(made, WORKLOAD_TYPES.len() - 1);
        assert!(workload("AWS::S3::Bucket").is_none() && workload("AWS::SNS::Topic").is_none());
    }
}
