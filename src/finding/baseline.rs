//! What an earlier report found, and what is new since then. A finding is the same one if its rule and its resource are.

use std::collections::{BTreeMap, BTreeSet};

use super::report::Report;
use super::severity::Severity;
use super::verdict::Verdict;

/// The findings of an earlier report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// By fingerprint.
    pub findings: BTreeMap<String, Earlier>,
}

/// A finding of an earlier report, as far as a later one tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// The rule's id.
    pub rule: String,
    /// The severity that was in effect.
    pub severity: Severity,
    /// Fail, Unknown or Waived.
    pub verdict: Verdict,
    /// What people called the resource.
    pub name: String,
    /// Its ARN, logical id or address.
    pub address: String,
    /// What was wrong.
    pub message: String,
    /// The file and the line, if it stood in one.
    pub at: Option<(String, u32)>,
}

/// What a finding is in comparison to a baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Novelty {
    /// It was not there; or it failed less: it was Unknown and is Fail, or it was waived and no longer is.
    New,
    /// It was there, and counted as much or more.
    Unchanged,
}

impl Novelty {
    /// The name in reports, which is SARIF's (§3.27.24).
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Unchanged => "unchanged",
        }
    }
}

/// What a comparison found besides the findings' own marks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// What was there and is no longer, by fingerprint.
    pub absent: BTreeMap<String, Earlier>,
}

impl Report {
    /// Marks each finding by what it is in comparison to a baseline, and keeps what is no longer there.
    pub fn compare(&mut self, baseline: &Baseline) {
        let mut seen = BTreeSet::new();
        for finding in &mut self.findings {
            let fingerprint = finding.fingerprint();
            let earlier = baseline.findings.get(&fingerprint).map(|earlier| earlier.verdict);
            finding.novelty = Some(novelty(earlier, finding.verdict));
            seen.insert(fingerprint);
        }
        let absent = baseline.findings.iter().filter(|(fingerprint, _)| !seen.contains(*fingerprint));
        let absent = absent.map(|(fingerprint, earlier)| (fingerprint.clone(), earlier.clone())).collect();
        self.baseline = Some(Comparison { absent });
    }

    /// How many findings are this in comparison to the baseline.
    pub fn count_of(&self, novelty: Novelty) -> usize {
        self.findings.iter().filter(|finding| finding.novelty == Some(novelty)).count()
    }
}

fn novelty(earlier: Option<Verdict>, now: Verdict) -> Novelty {
    match (earlier, now) {
        (None, _) | (Some(Verdict::Pass), _) => Novelty::New,
        (Some(Verdict::Fail), _) | (Some(_), Verdict::Waived) => Novelty::Unchanged,
        (Some(Verdict::Unknown), Verdict::Unknown | Verdict::Pass) => Novelty::Unchanged,
        (Some(Verdict::Unknown), Verdict::Fail) | (Some(Verdict::Waived), _) => Novelty::New,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_more_than_before_is_new() {
        use Verdict::{Fail, Unknown, Waived};
        for (earlier, now, expected) in [
            (None, Unknown, Novelty::New),
            (None, Waived, Novelty::New),
            (Some(Fail), Fail, Novelty::Unchanged),
            (Some(Fail), Unknown, Novelty::Unchanged),
            (Some(Fail), Waived, Novelty::Unchanged),
            (Some(Unknown), Fail, Novelty::New),
            (Some(Unknown), Unknown, Novelty::Unchanged),
            (Some(Unknown), Waived, Novelty::Unchanged),
            (Some(Waived), Fail, Novelty::New),
            (Some(Waived), Unknown, Novelty::New),
            (Some(Waived), Waived, Novelty::Unchanged),
        ] {
            assert_eq!(novelty(earlier, now), expected, "{earlier:?} {now:?}");
        }
    }
}
