//! Where a resource is: ARNs, accounts, Regions, and whether two of them are the same.

use crate::model::fact::{Cure, Fact, Reason, Reasons};
use crate::model::identity::ResourceId;
use crate::model::resource::{Facts, Resource};

/// The parts of an ARN ("Amazon Resource Names (ARNs)" in the IAM User Guide).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `s3`, `backup`, `kms` …
    pub service: &'a str,
    /// Empty for what belongs to none.
    pub region: &'a str,
    /// Empty where the service leaves it out.
    pub account: &'a str,
    /// All that follows.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// The parts of a text, if it is an ARN.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next() != Some("arn") {
            return None;
        }
        let _partition = parts.next()?;
        Some(Self { service: parts.next()?, region: parts.next()?, account: parts.next()?, resource: parts.next()? })
    }
}

/// Whether both are in the same Region. What one template declares without a Region is in one Region.
pub fn same_region(a: &ResourceId, b: &ResourceId) -> Fact<bool> {
    same(a.region.as_deref(), b.region.as_deref(), one_root(a, b), "Region", "--region")
}

/// Whether both are in the same account.
pub fn same_account(a: &ResourceId, b: &ResourceId) -> Fact<bool> {
    same(a.account.as_deref(), b.account.as_deref(), one_root(a, b), "account", "--account")
}

/// Whether both are in the same Region of the same account.
pub fn same_place(a: &ResourceId, b: &ResourceId) -> Fact<bool> {
    Fact::all([same_region(a, b), same_account(a, b)])
}

/// Whether one file or root module declares both.
pub fn one_root(a: &ResourceId, b: &ResourceId) -> bool {
    a.root.is_some() && a.root == b.root
}

fn same(a: Option<&str>, b: Option<&str>, one_root: bool, what: &str, option: &str) -> Fact<bool> {
    match (a, b) {
        (Some(a), Some(b)) => Fact::known(a == b),
        (None, None) if one_root => Fact::known(true),
        _ => Fact::unknown(unsaid(what, option)),
    }
}

fn unsaid(what: &str, option: &str) -> Reason {
    Reason::new(format!("the files do not say the {what}")).cured_by(Cure::Setting(option.to_owned()))
}

/// The reason that a Region is not known.
pub fn region_unsaid() -> Reason {
    unsaid("Region", "--region")
}

/// The reason that an account is not known.
pub fn account_unsaid() -> Reason {
    unsaid("account", "--account")
}

/// Where a copy or replica goes: the resource of the snapshot that takes it, if it is there, its Region and its account.
#[derive(Clone, Debug)]
pub struct Spot<'a> {
    pub id: Option<&'a ResourceId>,
    pub region: Fact<String>,
    pub account: Fact<String>,
}

impl<'a> Spot<'a> {
    /// The place of a resource.
    pub fn of(id: &'a ResourceId) -> Self {
        let region = id.region.as_deref().map_or_else(|| Fact::unknown(region_unsaid()), |r| Fact::known(r.to_owned()));
        let account =
            id.account.as_deref().map_or_else(|| Fact::unknown(account_unsaid()), |a| Fact::known(a.to_owned()));
        Self { id: Some(id), region, account }
    }

    /// The place that an ARN names, as far as it does.
    pub fn of_arn(arn: &Arn<'_>) -> Self {
        let part = |text: &str, why: fn() -> Reason| {
            if text.is_empty() { Fact::unknown(why()) } else { Fact::known(text.to_owned()) }
        };
        Self { id: None, region: part(arn.region, region_unsaid), account: part(arn.account, account_unsaid) }
    }

    /// A place of which nothing is known.
    pub fn unknown(reasons: &Reasons) -> Self {
        Self { id: None, region: Fact::unknown(reasons.clone()), account: Fact::unknown(reasons.clone()) }
    }

    /// Whether it is in another Region than this resource.
    pub fn elsewhere(&self, from: &ResourceId) -> Fact<bool> {
        if let Some(id) = self.id {
            return same_region(id, from).negate();
        }
        match &from.region {
            Some(own) => self.region.as_ref().map(|region| *region != **own),
            None => Fact::unknown(region_unsaid()),
        }
    }

    /// Whether it outlives the loss of this resource's Region: it is in a recovery Region, or in any other Region where
    /// none is named.
    pub fn recovers(&self, from: &ResourceId, recovery_regions: &[String]) -> Fact<bool> {
        let named = recovery_regions.is_empty();
        let named = if named { Fact::known(true) } else { self.region.as_ref().map(|r| recovery_regions.contains(r)) };
        Fact::all([self.elsewhere(from), named])
    }

    /// Whether it outlives the loss of this resource's account by where it lies: it is in a recovery account, or in any
    /// other account where none is named.
    pub fn outlives_account(&self, from: &ResourceId, recovery_accounts: &[String]) -> Fact<bool> {
        match self.id {
            Some(id) => in_recovery_account(id, from, recovery_accounts),
            None => recovers_account(&self.account, from, recovery_accounts),
        }
    }
}

/// Whether this account outlives the loss of the resource's own: it is a recovery account, or any other where none is
/// named.
pub fn recovers_account(account: &Fact<String>, from: &ResourceId, recovery_accounts: &[String]) -> Fact<bool> {
    let elsewhere = match &from.account {
        Some(own) => account.as_ref().map(|account| *account != **own),
        None => Fact::unknown(unsaid("account", "--account")),
    };
    let named = recovery_accounts.is_empty();
    let named = if named { Fact::known(true) } else { account.as_ref().map(|a| recovery_accounts.contains(a)) };
    Fact::all([elsewhere, named])
}

/// The same of the account of another resource.
pub fn in_recovery_account(other: &ResourceId, from: &ResourceId, recovery_accounts: &[String]) -> Fact<bool> {
    let elsewhere = same_account(other, from).negate();
    if elsewhere.is_false() || recovery_accounts.is_empty() {
        return elsewhere;
    }
    match &other.account {
        Some(account) => Fact::all([elsewhere, Fact::known(recovery_accounts.iter().any(|a| **a == **account))]),
        None => Fact::unknown(unsaid("account", "--account")),
    }
}

/// A resource's ARN, as far as it is known. For a bucket of a file it is made from its name, in the partition of its
/// Region; `aws` where the Region is not known.
pub fn arn_of(resource: &Resource) -> Fact<String> {
    if resource.id.id.starts_with("arn:") {
        return Fact::known(resource.id.id.to_string());
    }
    match &resource.facts {
        Facts::Bucket(bucket) => {
            let partition = resource.id.likely_partition();
            bucket.bucket_name.clone().map(|name| format!("arn:{partition}:s3:::{name}"))
        }
        Facts::Workload(workload) => workload.arn.clone(),
        _ => Fact::unknown("its ARN is made by AWS"),
    }
}

/// The bucket's name in its ARN, or the text itself where it is a bare name.
pub fn bucket_name(text: &str) -> &str {
    Arn::parse(text).map_or(text, |arn| arn.resource)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(root: Option<&str>, region: Option<&str>) -> ResourceId {
        ResourceId {
            root: root.map(Into::into),
            partition: None,
            account: None,
            region: region.map(Into::into),
            kind: "AWS::S3::Bucket".into(),
            id: "Bucket".into(),
        }
    }

    #[test]
    fn one_template_is_one_region_and_two_templates_may_be_two() {
        let (a, b) = (Some("a.yaml"), Some("b.yaml"));
        assert!(same_region(&id(a, None), &id(a, None)).is_true());
        assert!(same_region(&id(a, None), &id(b, None)).is_unknown());
        assert!(same_region(&id(a, Some("eu-west-1")), &id(a, None)).is_unknown());
        assert!(same_region(&id(a, Some("eu-west-1")), &id(b, Some("eu-west-1"))).is_true());
        assert!(same_region(&id(a, Some("eu-west-1")), &id(a, Some("us-east-1"))).is_false());
    }

    #[test]
    fn resource_parts_of_arns_keep_their_colons() {
        let arn = Arn::parse("arn:aws:backup:us-east-1:111122223333:backup-vault:main").unwrap();
        assert_eq!((arn.region, arn.account, arn.resource), ("us-east-1", "111122223333", "backup-vault:main"));
        assert_eq!(Arn::parse("main"), None);
        assert_eq!(bucket_name("arn:aws-cn:s3:::logs"), "logs");
    }
}
