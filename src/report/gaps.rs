//! Gaps, folded: one line for the same failure in the same Region, however many resources it hit.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::gap::{Gap, GapKind};

use super::text::{count, line, some_of, visible};

/// Gaps that differ only in their subject, account or message.
#[derive(Clone, Debug)]
pub struct Folded<'a> {
    /// The first of them.
    pub first: &'a Gap,
    /// How many there are.
    pub count: usize,
    /// What they were about.
    pub subjects: BTreeSet<&'a str>,
    /// What they leave unknown.
    pub leaves_unknown: BTreeSet<&'a str>,
}

/// Folds gaps by kind, operation, error code and Region, in that order. What stands in a file is each its own.
pub fn fold(gaps: &[Gap]) -> Vec<Folded<'_>> {
    let mut folded: BTreeMap<_, Folded<'_>> = BTreeMap::new();
    for gap in gaps {
        let in_file = gap.kind == GapKind::BrokenFile || gap.at.is_some();
        let file = in_file.then_some((&gap.subject, &gap.message));
        let entry = folded.entry((gap.kind, &gap.operation, &gap.code, &gap.region, file)).or_insert_with(|| Folded {
            first: gap,
            count: 0,
            subjects: BTreeSet::new(),
            leaves_unknown: BTreeSet::new(),
        });
        entry.count += 1;
        entry.subjects.extend(gap.subject.as_deref());
        entry.leaves_unknown.insert(&gap.leaves_unknown);
    }
    folded.into_values().collect()
}

impl Folded<'_> {
    /// `s3:GetBucketReplication denied in eu-west-1 (AccessDenied), 3 times: orders, logs, audit`; plain text of
    /// visible characters.
    pub fn headline(&self) -> String {
        let gap = self.first;
        let what = match gap.kind {
            GapKind::Denied => "denied",
            GapKind::Failed => "failed",
            GapKind::BrokenFile => return in_file(gap, "could not be read"),
            GapKind::NotModelled if gap.at.is_some() => return in_file(gap, "hides something"),
            GapKind::Fallback => "replaced by a fallback",
            GapKind::NotModelled => "not modelled",
        };
        let region = gap.region.as_deref().map(|region| format!(" in {region}")).unwrap_or_default();
        let times = if self.count == 1 { String::new() } else { format!(", {}", count(self.count, "time")) };
        let subjects = match some_of(self.subjects.iter().map(|subject| line(subject, 80)), 3) {
            none if none.is_empty() => none,
            some => format!(": {some}"),
        };
        format!("{} {what}{} ({}){times}{subjects}", visible(&gap.operation), visible(&region), visible(&gap.code))
    }

    /// `leaves the replication of the bucket unknown; allow s3:GetReplicationConfiguration`.
    pub fn consequence(&self) -> String {
        let leaves = some_of(self.leaves_unknown.iter().map(|what| line(what, 120)), 3);
        match &self.first.permission {
            Some(permission) if self.first.kind == GapKind::Denied => {
                format!("leaves unknown: {leaves}; allow {}", visible(permission))
            }
            _ if self.first.is_withheld() => {
                format!("leaves unknown: {leaves}; no permission cures it: AWS answers it to other accounts only")
            }
            _ => format!("leaves unknown: {leaves}"),
        }
    }
}

/// `stacks/app.yaml:3:1 could not be read (parse, syntax): did not find expected key`.
fn in_file(gap: &Gap, what: &str) -> String {
    let file = match (&gap.at, &gap.subject) {
        (Some(at), _) => format!("{}:{}:{}", at.file, at.start.line, at.start.column),
        (None, Some(subject)) => subject.to_string(),
        (None, None) => "a file".to_owned(),
    };
    let (why, said) = (visible(&format!("{}, {}", gap.operation, gap.code)), line(&gap.message, 300));
    format!("{} {what} ({why}): {said}", line(&file, 200))
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::finding::verdict::Verdict;

    #[test]
    fn the_same_failure_in_the_same_region_is_one_line() {
        let mut gaps: Vec<Gap> = ["a", "b", "c", "d", "e"].map(|name| sample::denied(name, "eu-west-1")).into();
        gaps.push(sample::denied("a", "us-east-1"));
        let lines: Vec<String> = fold(&gaps).iter().map(Folded::headline).collect();
        assert_eq!(
            lines,
            [
                "s3:GetBucketReplication denied in eu-west-1 (AccessDenied), 5 times: a, b, c and 2 more",
                "s3:GetBucketReplication denied in us-east-1 (AccessDenied): a",
            ]
        );
        assert_eq!(
            fold(&gaps).first().unwrap().consequence(),
            "leaves unknown: the replication of the bucket; allow s3:GetReplicationConfiguration"
        );
    }

    #[test]
    fn a_denial_counts_only_where_it_left_a_verdict_open() {
        let mut report = sample::report();
        report.errors.clear();
        report.gaps = vec![sample::denied("orders", "eu-west-1")];
        assert!(!report.is_complete());
        report.findings.retain(|finding| finding.verdict != Verdict::Unknown);
        assert!(report.is_complete());
        let gap = report.gaps.first_mut().unwrap();
        gap.kind = GapKind::BrokenFile;
        assert!(!report.is_complete());
    }
}
