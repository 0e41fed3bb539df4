//! What may exist beside what was seen: files are open unless they are the whole estate, live lists are closed where
//! they were read to their end.

use crate::model::fact::{Cure, Reason, Reasons};
use crate::model::snapshot::Source;

use super::index::Index;

/// A list that closes a part of the world.
#[derive(Clone, Copy, Debug)]
pub struct List<'t> {
    /// The type of what it lists.
    pub kind: &'static str,
    /// The operations that read it, without the service.
    pub operations: &'static [&'static str],
    /// The plan, vault … that it belongs to.
    pub parent: Option<&'t str>,
    /// What it lists, for people.
    pub what: &'static str,
}

/// The backup plans of a Region.
pub const PLANS: List<'static> = List {
    kind: "AWS::Backup::BackupPlan",
    operations: &["backup:ListBackupPlans", "backup:GetBackupPlan"],
    parent: None,
    what: "backup plans",
};

/// The vaults of a Region.
pub const VAULTS: List<'static> = List {
    kind: "AWS::Backup::BackupVault",
    operations: &["backup:ListBackupVaults", "backup:DescribeBackupVault"],
    parent: None,
    what: "backup vaults",
};

/// The restore-testing plans of a Region.
pub const RESTORE_TESTING_PLANS: List<'static> = List {
    kind: "AWS::Backup::RestoreTestingPlan",
    operations: &["backup:ListRestoreTestingPlans", "backup:GetRestoreTestingPlan"],
    parent: None,
    what: "restore-testing plans",
};

/// The restore jobs of a Region, as far back as AWS Backup lists them.
pub const RESTORE_JOBS: List<'static> = List {
    kind: "AWS::Backup::RestoreJob",
    operations: &["backup:ListRestoreJobs"],
    parent: None,
    what: "restore jobs",
};

/// The selections of a restore-testing plan, by its ARN.
pub const fn restore_testing_selections(plan: &str) -> List<'_> {
    List {
        kind: "AWS::Backup::RestoreTestingSelection",
        operations: &["backup:ListRestoreTestingSelections", "backup:GetRestoreTestingSelection"],
        parent: Some(plan),
        what: "selections of a restore-testing plan",
    }
}

/// The backup jobs of a Region, of the last 30 days.
pub const BACKUP_JOBS: List<'static> =
    List { kind: "AWS::Backup::BackupJob", operations: &["backup:ListBackupJobs"], parent: None, what: "backup jobs" };

/// The copy jobs of a Region, of the last 30 days.
pub const COPY_JOBS: List<'static> =
    List { kind: "AWS::Backup::CopyJob", operations: &["backup:ListCopyJobs"], parent: None, what: "copy jobs" };

/// The keys of a Region.
pub const KEYS: List<'static> =
    List { kind: "AWS::KMS::Key", operations: &["kms:ListKeys", "kms:DescribeKey"], parent: None, what: "KMS keys" };

/// The buckets of an account: listed for all Regions at once (`global`), or for some.
pub const BUCKETS: List<'static> =
    List { kind: "AWS::S3::Bucket", operations: &["s3:ListBuckets"], parent: None, what: "S3 buckets" };

/// The roles of an account.
pub const ROLES: List<'static> = List {
    kind: "AWS::IAM::Role",
    operations: &["iam:GetAccountAuthorizationDetails"],
    parent: None,
    what: "roles and users",
};

/// The users of an account.
pub const USERS: List<'static> = List { kind: "AWS::IAM::User", ..ROLES };

/// The EventBridge rules of a Region.
pub const EVENT_RULES: List<'static> = List {
    kind: "AWS::Events::Rule",
    operations: &["events:ListRules", "events:ListTargetsByRule"],
    parent: None,
    what: "EventBridge rules",
};

/// The resources that AWS Backup protects in a Region.
pub const PROTECTED: List<'static> = List {
    kind: "Backstop::ProtectedResource",
    operations: &["backup:ListProtectedResources"],
    parent: None,
    what: "protected resources",
};

/// The trails that log what happens in a Region, whatever their home Region.
pub const TRAILS: List<'static> =
    List { kind: "AWS::CloudTrail::Trail", operations: &["cloudtrail:DescribeTrails"], parent: None, what: "trails" };

/// The configuration recorder of a Region.
pub const RECORDERS: List<'static> = List {
    kind: "AWS::Config::ConfigurationRecorder",
    operations: &["config:DescribeConfigurationRecorders"],
    parent: None,
    what: "configuration recorders",
};

/// The frameworks of a Region.
pub const FRAMEWORKS: List<'static> = List {
    kind: "AWS::Backup::Framework",
    operations: &["backup:ListFrameworks", "backup:DescribeFramework"],
    parent: None,
    what: "frameworks of Backup Audit Manager",
};

/// The report plans of a Region.
pub const REPORT_PLANS: List<'static> = List {
    kind: "AWS::Backup::ReportPlan",
    operations: &["backup:ListReportPlans", "backup:DescribeReportPlan"],
    parent: None,
    what: "report plans",
};

/// The selections of a plan, by its ARN or id.
pub const fn selections(plan: &str) -> List<'_> {
    List {
        kind: "AWS::Backup::BackupSelection",
        operations: &["backup:ListBackupSelections", "backup:GetBackupSelection"],
        parent: Some(plan),
        what: "resource assignments",
    }
}

/// The recovery points of a vault, by its ARN.
pub const fn recovery_points(vault: &str) -> List<'_> {
    List {
        kind: "AWS::Backup::RecoveryPoint",
        operations: &["backup:ListRecoveryPointsByBackupVault"],
        parent: Some(vault),
        what: "recovery points",
    }
}

impl Index<'_> {
    /// Whether the snapshot comes from a live account.
    pub fn live(&self) -> bool {
        self.snapshot.source == Source::Live
    }

    /// Why files may declare more than was seen; none where the scanned files are the whole estate and were read to
    /// their end, and none for a live source.
    pub fn open_files(&self) -> Option<Reasons> {
        if self.live() {
            return None;
        }
        if !self.settings.complete {
            return Some(another_stack());
        }
        let gaps = self.snapshot.gaps.iter().filter(|gap| !gap.is_of_account_block());
        gaps.map(|gap| Reasons::from(gap.reason())).reduce(|a, b| a.and(&b))
    }

    /// Why there may be more of a kind in this place than was seen; none where there is not.
    pub fn open(&self, list: List<'_>, account: Option<&str>, region: Option<&str>) -> Option<Reasons> {
        if !self.live() {
            return self.open_files();
        }
        let (Some(account), Some(region)) = (account, region) else {
            return Some(Reason::new(format!("the {} were not listed", list.what)).into());
        };
        if self.snapshot.has_listed(list.kind, account, region, list.parent) {
            return None;
        }
        Some(self.gap_reasons(list, account, region))
    }

    /// Why something is open, in words of its own where only the setting `complete` would close it.
    pub fn open_in_words(&self, reasons: Reasons, words: impl FnOnce() -> Reasons) -> Reasons {
        if self.live() || self.settings.complete { reasons } else { words() }
    }

    /// Why there may be more buckets in this Region than were seen; none where there are not.
    pub fn open_buckets(&self, account: Option<&str>, region: Option<&str>) -> Option<Reasons> {
        let open = self.open(BUCKETS, account, region)?;
        if self.live() { self.open(BUCKETS, account, Some("global")).map(|_| open) } else { Some(open) }
    }

    fn gap_reasons(&self, list: List<'_>, account: &str, region: &str) -> Reasons {
        let here = |value: &Option<std::sync::Arc<str>>, wanted: &str| value.as_deref().is_none_or(|v| v == wanted);
        let is_global = |value: &Option<std::sync::Arc<str>>| value.as_deref() == Some("global");
        let found = self
            .snapshot
            .gaps
            .iter()
            .filter(|gap| list.operations.contains(&&*gap.operation))
            .filter(|gap| here(&gap.account, account) && (here(&gap.region, region) || is_global(&gap.region)))
            .filter(|gap| match (list.parent, &gap.subject) {
                (Some(parent), Some(subject)) => parent.ends_with(&**subject) || subject.ends_with(parent),
                _ => true,
            })
            .map(|gap| Reasons::from(gap.reason()))
            .reduce(|a, b| a.and(&b));
        found.unwrap_or_else(|| {
            let why = format!("the {} of account {account} in {region} were not listed to their end", list.what);
            Reason::new(why).cured_by(Cure::Source(format!("audit {region} in account {account} too"))).into()
        })
    }
}

/// The reason that files leave joined facts open.
pub fn another_stack() -> Reasons {
    Reason::new("another stack or account may protect it")
        .cured_by(Cure::Setting("complete = true in backstop.toml".to_owned()))
        .into()
}
