//! What Backstop itself reports without a rule: notices, which have no condition, guide or cases.

use crate::finding::severity::Severity;

/// A kind of notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its id, which no rule has.
    pub id: &'static str,
    /// The condition under which it is not given, as a sentence without a full stop.
    pub title: &'static str,
    /// Its severity, unless the settings change it.
    pub severity: Severity,
    /// Why it matters.
    pub why: &'static str,
    /// What to do about it.
    pub fix: &'static str,
}

/// A suppression accepts nothing, because of how it is written.
pub const SUPPRESSION_INVALID: Notice = Notice {
    id: "suppression-invalid",
    title: "Every suppression names rules that exist, and a reason",
    severity: Severity::Medium,
    why: "A suppression without a reason, or with a rule that does not exist, accepts nothing: whoever wrote it believes \
          in something that is not so, and nobody will know why it was written.",
    fix: "Write `backstop:ignore RULE[, RULE…] reason`, with ids from `backstop rules list`; or take it away.",
};

/// A suppression accepts nothing that was found.
pub const SUPPRESSION_UNUSED: Notice = Notice {
    id: "suppression-unused",
    title: "Every suppression accepts a finding",
    severity: Severity::Low,
    why: "What a suppression accepted is mended, or it never stood at the resource that was meant. If the same thing \
          breaks again one day, it would be accepted unseen.",
    fix: "Take it away, or move it inside the block of the resource that is meant.",
};

/// A waiver's last day is over.
pub const WAIVER_EXPIRED: Notice = Notice {
    id: "waiver-expired",
    title: "Every waiver is still in force",
    severity: Severity::Medium,
    why: "A waiver accepts a finding for a time. After its last day it accepts nothing: the findings count again, and \
          whoever wrote it should hear of that from more than a failing pipeline.",
    fix: "Mend what it accepted and delete the waiver, or let its owner decide anew and write a later `@expires`.",
};

/// All notices, in order of their ids.
pub const NOTICES: [Notice; 3] = [SUPPRESSION_INVALID, SUPPRESSION_UNUSED, WAIVER_EXPIRED];

/// The notice with this id.
pub fn find(id: &str) -> Option<&'static Notice> {
    NOTICES.iter().find(|notice| notice.id == id)
}
