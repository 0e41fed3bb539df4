//! What a rule says of a resource.

use std::fmt;

/// A verdict. Not applicable is none at all: the rule asks about another type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Whatever the unknown facts are, the rule is broken.
    Fail,
    /// The unknown facts decide.
    Unknown,
    /// It fails or is unknown, and a waiver or a suppression accepts that.
    Waived,
    /// Whatever the unknown facts are, the rule is kept.
    Pass,
}

impl Verdict {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::Waived => "waived",
            Self::Pass => "pass",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
