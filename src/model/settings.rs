//! What the user wants: objectives, Regions, waivers. Plain data; `config/` reads it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::SignedDuration;

/// All settings, with their defaults filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Regions that survive with us; empty: any Region other than the workload's own.
    pub recovery_regions: Vec<String>,
    /// Accounts that survive with us; empty: any other account.
    pub recovery_accounts: Vec<String>,
    /// Regions in which copies may lie; empty: any.
    pub allowed_regions: Vec<String>,
    /// How much longer than the RPO a newest recovery point may take to show; none: the start window of the rule.
    pub grace: Option<SignedDuration>,
    /// The share of a Region's jobs that must succeed, in percent.
    pub job_success_threshold: u8,
    /// Whether the scanned files are the whole estate.
    pub complete: bool,
    /// The tag that names a workload's tier.
    pub tier_tag: String,
    /// The tier of workloads that state none.
    pub default_tier: String,
    /// Tiers by name: the built-in ones and the user's.
    pub tiers: BTreeMap<String, Tier>,
    /// Tiers by account, OU, type or ARN; the first that matches counts, after the tag.
    pub tier_map: Vec<TierMap>,
    /// Name patterns of backup buckets (`*` matches anything).
    pub backup_buckets: Vec<String>,
    /// Who may destroy backups; none: whoever has AWS's own policy for it (`AWSBackupFullAccess`).
    pub backup_administrators: Option<Vec<Holder>>,
    /// Who restores; none: whoever has AWS's own policy for it (`AWSBackupOperatorAccess`).
    pub restore_operators: Option<Vec<Holder>>,
    /// Whether to judge as if no service control policy restricted anybody.
    pub ignore_scps: bool,
    /// Backup paths that AWS does not show.
    pub external_paths: Vec<ExternalPath>,
    /// Rules that are off, or whose severity is changed, by id.
    pub rules: BTreeMap<String, RuleSetting>,
    /// Path patterns (gitignore syntax) of files that are not scanned.
    pub ignore: Vec<String>,
    /// The folder of waivers, if any.
    pub waivers: Option<WaiverFolder>,
}

/// What a tier asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Tier {
    /// The most data, as time, that may be lost.
    pub rpo: SignedDuration,
    /// The longest time that a restore may take.
    pub rto: SignedDuration,
    /// How long backups are kept.
    pub retention: SignedDuration,
    /// How long some of them are kept.
    pub long_retention: Option<SignedDuration>,
    /// A copy in a recovery Region.
    pub cross_region: bool,
    /// A copy in a recovery account.
    pub cross_account: bool,
    /// Backups that nobody can delete.
    pub immutable: bool,
    /// Continuous backup (point in time).
    pub continuous: bool,
    /// A customer-managed key.
    pub customer_key: bool,
    /// Multi-AZ databases.
    pub multi_az: bool,
    /// How often a restore is tested.
    pub restore_test: Option<SignedDuration>,
    /// How often the whole recovery is drilled.
    pub drill: Option<SignedDuration>,
    /// A copy in a logically air-gapped vault.
    pub air_gapped: bool,
    /// How often a logical export is made.
    pub export: Option<SignedDuration>,
    /// Recovery points scanned for malware.
    pub malware_scan: bool,
    /// An AMI in the recovery Region.
    pub image: bool,
    /// Asks for nothing at all.
    pub exempt: bool,
}

/// One `[[tier-map]]` entry: all that it names must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TierMap {
    /// The tier that it gives.
    pub tier: String,
    /// An account id.
    pub account: Option<String>,
    /// An organizational unit id.
    pub organizational_unit: Option<String>,
    /// A resource type: `AWS::S3::Bucket`.
    pub kind: Option<String>,
    /// An ARN pattern with `*`.
    pub arn: Option<String>,
}

/// Users and roles that have a duty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Those whose ARN matches; `*` matches anything.
    Arn(String),
    /// Those whose path starts like this.
    Path(String),
    /// Those that have this tag.
    Tag {
        /// Its key.
        key: String,
        /// Its value.
        value: String,
    },
}

impl Holder {
    /// Reads `arn:…`, `/path/` or `tag:KEY=VALUE`; none for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some((key, value)) = text.strip_prefix("tag:").and_then(|tag| tag.split_once('=')) {
            return Some(Self::Tag { key: key.to_owned(), value: value.to_owned() });
        }
        if text.starts_with("arn:") {
            return Some(Self::Arn(text.to_owned()));
        }
        (text.starts_with('/') && text.ends_with('/')).then(|| Self::Path(text.to_owned()))
    }
}

/// One `[[external-paths]]` entry: a backup that AWS does not show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalPath {
    /// What people call it.
    pub name: String,
    /// ARN patterns of what it covers.
    pub resources: Vec<String>,
    /// How often it runs: `cron(…)`, `rate(…)` or a duration.
    pub schedule: String,
    /// How long it keeps what it writes.
    pub retention: SignedDuration,
    /// The Region that it writes to, if it is another one.
    pub region: Option<String>,
}

/// A user's change to a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleSetting {
    /// Whether it is off.
    pub disabled: bool,
    /// The severity in place of its own: `critical`, `high`, `medium`, `low`.
    pub severity: Option<String>,
    /// Where it is written, if it is written in a file.
    pub at: Option<Written>,
}

/// The folder of waivers, as `backstop.toml` names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaiverFolder {
    /// The folder; a relative one was meant from the settings file.
    pub path: PathBuf,
    /// Where it is named.
    pub at: Option<Written>,
}

/// A place in a settings file, to be shown with its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The file.
    pub file: Arc<str>,
    /// Its whole text.
    pub text: Arc<str>,
    /// The bytes.
    pub span: Range<usize>,
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

impl Default for Settings {
    fn default() -> Self {
        let standard = Tier {
            rpo: DAY,
            rto: DAY,
            retention: DAY * 35,
            long_retention: None,
            cross_region: true,
            cross_account: false,
            immutable: false,
            continuous: false,
            customer_key: false,
            multi_az: false,
            restore_test: Some(DAY * 90),
            drill: None,
            air_gapped: false,
            export: None,
            malware_scan: false,
            image: false,
            exempt: false,
        };
        let critical = Tier {
            rpo: SignedDuration::from_hours(4),
            rto: SignedDuration::from_hours(8),
            long_retention: Some(DAY * 365),
            cross_account: true,
            immutable: true,
            restore_test: Some(DAY * 30),
            ..standard.clone()
        };
        let relaxed = Tier { rpo: DAY * 7, rto: DAY * 3, retention: DAY * 30, cross_region: false, ..standard.clone() };
        let untagged = Tier { cross_region: false, ..standard.clone() };
        let none = Tier { cross_region: false, restore_test: None, exempt: true, ..standard.clone() };
        let tiers = [
            ("critical", critical),
            ("standard", standard),
            ("relaxed", relaxed),
            ("untagged", untagged),
            ("none", none),
        ];
        Self {
            recovery_regions: Vec::new(),
            recovery_accounts: Vec::new(),
            allowed_regions: Vec::new(),
            grace: None,
            job_success_threshold: 98,
            complete: false,
            tier_tag: "backup-tier".to_owned(),
            default_tier: "untagged".to_owned(),
            tiers: tiers.into_iter().map(|(name, tier)| (name.to_owned(), tier)).collect(),
            tier_map: Vec::new(),
            backup_buckets: ["*backup*", "*-dr", "*-dr-*"].map(str::to_owned).to_vec(),
            backup_administrators: None,
            restore_operators: None,
            ignore_scps: false,
            external_paths: Vec::new(),
            rules: BTreeMap::new(),
            ignore: Vec::new(),
            waivers: None,
        }
    }
}
