//! The one table of operations that collectors may call, and the list of services that fill it.

use futures::future::LocalBoxFuture;

use super::part::Part;
use super::session::{self, Session};
use super::{
    account, account_facts, backup, cloudtrail, config, events, iam, kms, organizations, s3, s3control, tagging,
};

/// An operation of an AWS API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Operation {
    /// The service, by its prefix in IAM (`s3`, `events`, `tag`); `s3control` for S3 Control, whose actions are S3's.
    pub service: &'static str,
    /// The operation's name in the API: `GetBucketReplication`.
    pub name: &'static str,
    /// The IAM actions that it needs (Service Authorization Reference); none where AWS asks for none.
    pub actions: &'static [&'static str],
    /// What it tells: what stays unknown without it.
    pub why: &'static str,
}

/// A service: its operations, and its collectors.
#[derive(Clone, Copy)]
pub struct Service {
    /// What it calls.
    pub operations: &'static [Operation],
    /// Reads what belongs to no Region.
    pub global: Option<Global>,
    /// Reads what says whether a Region is in use: lists, and whatever is in them.
    pub regional: Option<Regional>,
    /// Reads the rest of a Region that is in use. What it tells must be missed by nobody elsewhere.
    pub in_use: Option<Regional>,
}

/// A collector that runs once for the account.
pub type Global = for<'a> fn(&'a Session<'a>) -> LocalBoxFuture<'a, Part>;

/// A collector that runs once for each Region.
pub type Regional = for<'a> fn(&'a Session<'a>, &'a str) -> LocalBoxFuture<'a, Part>;

/// Every service that is read.
pub const SERVICES: &[Service] = &[
    account::SERVICE,
    account_facts::SERVICE,
    backup::SERVICE,
    cloudtrail::SERVICE,
    config::SERVICE,
    events::SERVICE,
    iam::SERVICE,
    kms::SERVICE,
    organizations::SERVICE,
    s3::SERVICE,
    s3control::SERVICE,
    session::SERVICE,
    tagging::SERVICE,
];

const NOTHING: Operation = Operation { service: "", name: "", actions: &[], why: "" };

const COUNT: usize = {
    let mut count = 0;
    let mut at = 0;
    while at < SERVICES.len() {
        count += SERVICES[at].operations.len();
        at += 1;
    }
    count
};

const TABLE: [Operation; COUNT] = {
    let mut table = [NOTHING; COUNT];
    let (mut service, mut next) = (0, 0);
    while service < SERVICES.len() {
        let operations = SERVICES[service].operations;
        let mut at = 0;
        while at < operations.len() {
            table[next] = operations[at];
            next += 1;
            at += 1;
        }
        service += 1;
    }
    table
};

/// Every operation that the collectors call. A call of any other fails before it is sent.
pub const OPERATIONS: &[Operation] = &TABLE;

impl Operation {
    /// The service and operation, as gaps name it: `s3:GetBucketReplication`.
    pub fn label(&self) -> String {
        format!("{}:{}", self.service, self.name)
    }
}

/// The service's name in this table for the SDK's service id.
pub fn service_name(sdk_id: &str) -> String {
    match sdk_id {
        "Config Service" => "config".to_owned(),
        "EventBridge" => "events".to_owned(),
        "Resource Groups Tagging API" => "tag".to_owned(),
        other => other.replace(' ', "").to_lowercase(),
    }
}

/// Whether a collector declared this operation.
pub fn is_declared(service: &str, name: &str) -> bool {
    OPERATIONS.iter().any(|operation| operation.service == service && operation.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::gap::JUDGED_LISTS;

    #[test]
    fn every_operation_is_declared_once_and_says_what_it_tells() {
        let labels: BTreeSet<String> = OPERATIONS.iter().map(Operation::label).collect();
        assert_eq!(labels.len(), OPERATIONS.len());
        for operation in OPERATIONS {
            assert!(!operation.why.is_empty() && !operation.why.ends_with('.'), "{}", operation.label());
            for action in operation.actions {
                assert!(action.contains(':') && !action.contains('*'), "{action}");
            }
        }
    }

    /// A new list must be put either among those of [`JUDGED_LISTS`] or among these.
    #[test]
    fn every_list_either_shows_what_is_judged_or_is_known_not_to() {
        let others = [
            // Its failure is a fallback, which always counts.
            "account:ListRegions",
            // Nothing of these types is judged: what they tell is a fact of something else, unknown without them.
            "backup:ListBackupJobs",
            "backup:ListBackupSelections",
            "backup:ListCopyJobs",
            "backup:ListFrameworks",
            "backup:ListLegalHolds",
            "backup:ListReportPlans",
            "backup:ListRestoreJobs",
            "backup:ListTags",
            "events:ListRules",
            "events:ListTargetsByRule",
            "kms:ListAliases",
            "kms:ListResourceTags",
            "organizations:ListAccountsForParent",
            "organizations:ListDelegatedAdministrators",
            "organizations:ListOrganizationalUnitsForParent",
            "organizations:ListParents",
            "organizations:ListPolicies",
            "organizations:ListRoots",
            "organizations:ListTargetsForPolicy",
        ];
        // One that lists has another name.
        let lists = OPERATIONS.iter().filter(|operation| {
            operation.name.starts_with("List") || operation.name == "GetAccountAuthorizationDetails"
        });
        let lists: BTreeSet<String> = lists.map(Operation::label).collect();
        let judged = JUDGED_LISTS.iter().map(|(operation, _)| *operation);
        let known: BTreeSet<String> = judged.chain(others).map(str::to_owned).collect();
        assert_eq!(lists, known);
    }

    #[test]
    fn only_reading_operations_are_declared() {
        for operation in OPERATIONS {
            assert!(
                ["Get", "List", "Describe", "Head"].iter().any(|verb| operation.name.starts_with(verb)),
                "{}",
                operation.label()
            );
        }
    }

    #[test]
    fn the_sdks_service_ids_lead_to_the_names_of_the_table() {
        for (id, name) in [
            ("S3", "s3"),
            ("S3 Control", "s3control"),
            ("EventBridge", "events"),
            ("Resource Groups Tagging API", "tag"),
            ("KMS", "kms"),
            ("Backup", "backup"),
            ("Account", "account"),
            ("STS", "sts"),
        ] {
            assert_eq!(service_name(id), name);
            assert!(OPERATIONS.iter().any(|operation| operation.service == name), "{name}");
        }
    }
}
