//! What a rule says of itself: its annotations, typed.

use std::sync::Arc;

use super::guide::Guide;
use crate::finding::severity::Severity;

/// A rule's annotations, scope and guide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Its id: the stem of its file.
    pub id: Arc<str>,
    /// The passing condition, as a sentence.
    pub title: String,
    /// Its severity.
    pub severity: Severity,
    /// A worse severity, and the fact (a Bool, as a path from the resource) that must be known to be true for it:
    /// `@severity("high, critical if protection.byBackupPlan")`.
    pub escalation: Option<(Severity, String)>,
    /// Sections of the practice guide: `4`, `12.3`.
    pub practice: Vec<String>,
    /// The fact at fault, as a path from the resource; none: the resource's header.
    pub subject: Option<String>,
    /// The message's template.
    pub message: String,
    /// Rules whose fix comes first.
    pub after: Vec<String>,
    /// How seldom it is wrong.
    pub precision: Precision,
    /// Older ids.
    pub aliases: Vec<String>,
    /// Why it is no longer used; none for a current rule.
    pub deprecated: Option<String>,
    /// The question that it answers.
    pub action: Action,
    /// The resource types that it judges, sorted.
    pub types: Vec<String>,
    /// Why it matters and how to fix it: the `.md` beside the rule.
    pub guide: Guide,
    /// Where it was loaded from: a path below `policies/`, or the user's own folder.
    pub file: String,
    /// Whether it came from `--policies`.
    pub from_user: bool,
    /// Its Cedar text.
    pub cedar: String,
}

/// The Cedar action of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Is this resource itself set up as it should be?
    Configure,
    /// Is this workload's declared protection good enough for its objective?
    Protect,
    /// Could this workload be restored right now? Needs evidence.
    Recover,
    /// Does what was set up work: did plans run, jobs succeed, are recovery points whole? Needs evidence.
    Operate,
    /// Who may do what to backups? Asked of users and roles.
    Access,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Configure, Self::Protect, Self::Recover, Self::Operate, Self::Access];

    /// Whether only evidence answers it, which files do not have.
    pub const fn needs_evidence(self) -> bool {
        matches!(self, Self::Recover | Self::Operate)
    }

    /// Whether it is asked of all its types, every workload or every identity; any other question names one type.
    pub const fn is_about_all(self) -> bool {
        matches!(self, Self::Protect | Self::Recover | Self::Access)
    }

    /// The Cedar action's id.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Configure => "configure",
            Self::Protect => "protect",
            Self::Recover => "recover",
            Self::Operate => "operate",
            Self::Access => "access",
        }
    }
}

/// How seldom a rule is wrong, in SARIF's words for GitHub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    /// Decided by AWS's documented semantics.
    VeryHigh,
    /// The default.
    High,
    /// Rests on a heuristic.
    Medium,
    /// Rests on a name.
    Low,
}

impl Precision {
    /// SARIF's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::VeryHigh => "very-high",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}
