//! Findings of Backstop itself, which no rule gives.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::finding::Finding;
use crate::finding::report::Report;
use crate::finding::verdict::Verdict;
use crate::model::identity::ResourceId;
use crate::model::position::Position;
use crate::model::settings::Settings;
use crate::rule::notice::Notice;

/// The notices of one run, as the settings want them.
pub struct Notices<'a> {
    /// They may switch a notice off, or change its severity.
    pub settings: &'a Settings,
}

/// What one notice is about.
pub struct Given {
    /// The type of what it is about: `Backstop::Waiver`.
    pub kind: &'static str,
    /// The file that it is in.
    pub root: Arc<str>,
    /// What it is called.
    pub id: Arc<str>,
    /// What is wrong, as one sentence without a full stop.
    pub message: String,
    /// Where.
    pub at: Arc<Position>,
}

impl Notices<'_> {
    /// Adds a notice to the report, unless it is off.
    pub fn give(&self, report: &mut Report, notice: &Notice, given: Given) {
        let change = self.settings.rules.get(notice.id);
        if change.is_some_and(|change| change.disabled) {
            return;
        }
        let severity = change.and_then(|change| change.severity.as_deref()?.parse().ok());
        report.findings.push(Finding {
            rule: notice.id.into(),
            severity: severity.unwrap_or(notice.severity),
            verdict: Verdict::Fail,
            resource: ResourceId {
                root: Some(given.root),
                partition: None,
                account: None,
                region: None,
                kind: given.kind.into(),
                id: Arc::clone(&given.id),
            },
            name: Arc::clone(&given.id),
            address: given.id,
            message: given.message,
            at: Some(given.at),
            related: Vec::new(),
            missing: Vec::new(),
            values: BTreeMap::new(),
            waiver: None,
            suppression: None,
            novelty: None,
        });
        report.notices.entry(notice.id.into()).or_default().add(Verdict::Fail);
    }
}
