//! The places that what is derived for a resource rests on, for people who read a finding about it.

use std::sync::Arc;

use crate::model::position::Position;

/// One place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// What it has to do with the resource.
    pub link: Link,
    /// Where it is written.
    pub at: Arc<Position>,
    /// What stands there, as a phrase.
    pub text: String,
}

/// What a place has to do with a workload's protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// It makes backups of it: a rule of a plan, or what selects it for the plan.
    Path,
    /// Backups lie in it: a vault, or its lock.
    Vault,
    /// It takes copies elsewhere: a copy action.
    Copy,
}

impl Link {
    /// Whether a fact, by its path from the workload, rests on such a place.
    pub fn carries(self, fact: &str) -> bool {
        let Some(fact) = fact.strip_prefix("protection.") else { return false };
        let of_copies = fact.contains("opied") || fact.contains("copy") || fact.contains("Copy");
        let of_places = matches!(fact, "airGapped" | "immutable" | "liesIn");
        match self {
            // These follow from the workload's type and from its Region.
            Self::Path => !matches!(fact, "continuousSupported" | "optedIn"),
            Self::Vault => of_places,
            Self::Copy => of_copies || of_places,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_rests_on_what_it_was_drawn_from() {
        let all = |fact: &str| [Link::Path, Link::Vault, Link::Copy].map(|link| link.carries(fact));
        assert_eq!(all("protection.scheduledRpo"), [true, false, false]);
        assert_eq!(all("protection.immutable"), [true, true, true]);
        assert_eq!(all("protection.copiedToRecoveryRegion"), [true, false, true]);
        assert_eq!(all("protection.newestAccountCopyAge"), [true, false, true]);
        assert_eq!(all("protection.optedIn"), [false, false, false]);
        assert_eq!(all("versioning"), [false, false, false]);
    }
}
