//! Under which type and id AWS Config knows a resource.

use crate::model::identity::ResourceId;

/// The type of what belongs to no resource that AWS Config has a type for.
pub const ACCOUNT: &str = "AWS::::Account";

/// How long an id may be, in characters (`BaseResourceId` in the AWS Config API Reference).
const LONGEST_ID: usize = 768;

/// What an evaluation is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The type: `AWS::S3::Bucket`, `AWS::::Account`.
    pub kind: String,
    /// The id within its type.
    pub id: String,
}

impl Key {
    /// The account as a whole.
    pub fn account(account: &str) -> Self {
        Self { kind: ACCOUNT.to_owned(), id: account.to_owned() }
    }

    /// Whether it is the account as a whole.
    pub fn is_account(&self) -> bool {
        self.kind == ACCOUNT
    }
}

/// Whether an id says by itself which resource it is, whatever the Region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Id {
    /// What follows this text in the ARN, in the rule's own Region; the ARN elsewhere, since another Region may have
    /// a resource of the same name.
    After(&'static str),
    /// What follows this text in the ARN, everywhere.
    AfterEverywhere(&'static str),
    /// The ARN: AWS Config's own id is another one, which the ARN does not tell, or the ARN itself.
    Arn,
}

/// The types that rules judge and AWS Config takes in evaluations, with its id of them ("Supported Resource Types for
/// AWS Config" in the AWS Config Developer Guide). It takes no others, and refuses the whole call for one.
const ACCEPTED: [(&str, Id); 12] = [
    ("AWS::Backup::BackupPlan", Id::After(":backup-plan:")),
    ("AWS::Backup::BackupVault", Id::After(":backup-vault:")),
    ("AWS::Backup::RecoveryPoint", Id::Arn),
    ("AWS::Backup::RestoreTestingPlan", Id::Arn),
    ("AWS::DynamoDB::Table", Id::After(":table/")),
    ("AWS::EC2::Instance", Id::After(":instance/")),
    ("AWS::EC2::Volume", Id::After(":volume/")),
    ("AWS::EFS::FileSystem", Id::After(":file-system/")),
    ("AWS::KMS::Key", Id::After(":key/")),
    ("AWS::RDS::DBCluster", Id::Arn),
    ("AWS::RDS::DBInstance", Id::Arn),
    ("AWS::S3::Bucket", Id::AfterEverywhere(":::")),
];

/// The types of [`ACCEPTED`].
pub fn accepted() -> impl Iterator<Item = &'static str> {
    ACCEPTED.into_iter().map(|(kind, _)| kind)
}

/// What stands for a live resource in evaluations of a rule in this Region; none where AWS Config has no type for it,
/// or no room for its id.
pub fn key_of(resource: &ResourceId, rule_region: &str) -> Option<Key> {
    let (kind, id) = ACCEPTED.into_iter().find(|(kind, _)| *kind == &*resource.kind)?;
    let after = |mark: &str| resource.id.split_once(mark).map(|(_, id)| id).filter(|id| !id.is_empty());
    let here = resource.region.as_deref() == Some(rule_region);
    let short = match id {
        Id::After(mark) if here => after(mark),
        Id::AfterEverywhere(mark) => after(mark),
        Id::After(_) | Id::Arn => None,
    };
    let id = short.unwrap_or(&resource.id);
    (!id.is_empty() && id.chars().count() <= LONGEST_ID).then(|| Key { kind: kind.to_owned(), id: id.to_owned() })
}

/// What stands for a resource that AWS Config says was changed: what the schedule calls it, so that one evaluation stands
/// and not two, and a resource that is gone leaves none behind. Where its ARN is not said, AWS Config's own id.
pub fn key_of_item(kind: &str, id: &str, arn: Option<&str>, region: Option<&str>, rule_region: &str) -> Key {
    let known = arn.and_then(|arn| {
        let resource = ResourceId {
            root: None,
            partition: None,
            account: None,
            region: Some(region.unwrap_or(rule_region).into()),
            kind: kind.into(),
            id: arn.into(),
        };
        key_of(&resource, rule_region)
    });
    known.unwrap_or_else(|| Key { kind: kind.to_owned(), id: id.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::schema::judged_types;

    fn key(kind: &str, region: &str, id: &str) -> Option<String> {
        let resource = ResourceId {
            root: None,
            partition: Some("aws".into()),
            account: Some("111122223333".into()),
            region: Some(region.into()),
            kind: kind.into(),
            id: id.into(),
        };
        key_of(&resource, "eu-west-1").map(|key| {
            assert_eq!(key.kind, kind);
            key.id
        })
    }

    #[test]
    fn in_the_rules_region_it_is_what_aws_config_calls_it() {
        for (kind, arn, id) in [
            ("AWS::S3::Bucket", "arn:aws:s3:::acme-orders", "acme-orders"),
            ("AWS::KMS::Key", "arn:aws:kms:eu-west-1:111122223333:key/mrk-1", "mrk-1"),
            ("AWS::Backup::BackupVault", "arn:aws:backup:eu-west-1:111122223333:backup-vault:Default", "Default"),
            ("AWS::Backup::BackupPlan", "arn:aws:backup:eu-west-1:111122223333:backup-plan:p-1", "p-1"),
            ("AWS::DynamoDB::Table", "arn:aws:dynamodb:eu-west-1:111122223333:table/carts", "carts"),
            ("AWS::EC2::Volume", "arn:aws:ec2:eu-west-1:111122223333:volume/vol-1", "vol-1"),
        ] {
            assert_eq!(key(kind, "eu-west-1", arn).as_deref(), Some(id));
        }
    }

    #[test]
    fn two_regions_with_a_vault_of_one_name_are_two_evaluations() {
        let arn = "arn:aws:backup:eu-central-1:111122223333:backup-vault:Default";
        assert_eq!(key("AWS::Backup::BackupVault", "eu-central-1", arn).as_deref(), Some(arn));
        let bucket = key("AWS::S3::Bucket", "eu-central-1", "arn:aws:s3:::acme-copies");
        assert_eq!(bucket.as_deref(), Some("acme-copies"), "no two buckets have one name");
    }

    #[test]
    fn what_the_arn_does_not_tell_is_called_by_the_arn() {
        let arn = "arn:aws:rds:eu-west-1:111122223333:db:orders";
        assert_eq!(key("AWS::RDS::DBInstance", "eu-west-1", arn).as_deref(), Some(arn));
        assert_eq!(key("AWS::KMS::Key", "eu-west-1", "arn:of:something").as_deref(), Some("arn:of:something"));
    }

    #[test]
    fn a_change_is_told_of_the_key_that_the_schedule_uses() {
        let item = |kind, id, arn, region| key_of_item(kind, id, arn, region, "eu-west-1").id;
        let database = "arn:aws:rds:eu-west-1:111122223333:db:orders";
        assert_eq!(item("AWS::RDS::DBInstance", "db-ABC", Some(database), Some("eu-west-1")), database);
        assert_eq!(item("AWS::RDS::DBInstance", "db-ABC", None, None), "db-ABC");
        let vault = "arn:aws:backup:eu-west-1:111122223333:backup-vault:Default";
        assert_eq!(item("AWS::Backup::BackupVault", "Default", Some(vault), None), "Default");
        assert_eq!(item("AWS::S3::Bucket", "acme", Some("arn:aws:s3:::acme"), Some("eu-west-1")), "acme");
        assert_eq!(
            item("AWS::SQS::Queue", "https://q", Some("arn:aws:sqs:eu-west-1:111122223333:q"), None),
            "https://q"
        );
    }

    #[test]
    fn what_aws_config_does_not_take_has_no_key() {
        assert_eq!(
            key("AWS::FSx::FileSystem", "eu-west-1", "arn:aws:fsx:eu-west-1:111122223333:file-system/fs-1"),
            None
        );
        assert_eq!(key("AWS::Account", "global", "111122223333"), None);
        assert_eq!(key("AWS::S3::Bucket", "eu-west-1", &format!("arn:aws:s3:::{}", "a".repeat(769))), None);
    }

    #[test]
    fn every_type_that_is_judged_is_either_accepted_or_known_to_be_refused() {
        // Those that the enumeration `ResourceType` of the AWS Config API Reference does not have, and those whose id
        // there is not known here: Redshift's, and the unique ids of IAM.
        let refused = [
            "AWS::Account",
            "AWS::Backup::RestoreTestingSelection",
            "AWS::DocDB::DBCluster",
            "AWS::FSx::FileSystem",
            "AWS::IAM::Role",
            "AWS::IAM::User",
            "AWS::Neptune::DBCluster",
            "AWS::Redshift::Cluster",
            "AWS::Region",
            "Terraform::PlannedChange",
        ];
        let mut known: Vec<&str> = accepted().chain(refused).collect();
        known.sort_unstable();
        assert_eq!(known, judged_types());
    }
}
