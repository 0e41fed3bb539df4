//! Outputs: one file and one pure function per format.
//!
//! All of them read one [`Input`] and give text; the same input gives the same bytes. Names, messages and tags come
//! from the estate that was judged and are hostile until escaped for the format at hand.

pub mod asff;
pub mod baseline;
pub mod checklist;
pub mod counts;
mod cure;
pub mod explanation;
mod gaps;
pub mod github;
pub mod json;
pub mod line_hash;
#[cfg(test)]
mod sample;
pub mod sarif;
mod shell;
mod source;
pub mod summary;
pub mod terminal;
mod text;
pub mod who;

pub use text::visible;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::finding::report::Report;
use crate::finding::verdict::Verdict;
use crate::finding::{Finding, Waiver};
use crate::rule::framework::Framework;
use crate::rule::meta::Meta;

/// What every format is made of.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The outcome of the run, sorted.
    pub report: &'a Report,
    /// Every rule that was enabled, sorted by id.
    pub rules: &'a [Arc<Meta>],
    /// The frameworks whose controls the rules speak to, sorted by id.
    pub frameworks: &'a [Framework],
    /// The text of the files that findings point into, by the path that is reported.
    pub texts: &'a BTreeMap<Arc<str>, Arc<str>>,
    /// Backstop's own version.
    pub version: &'static str,
}

impl<'a> Input<'a> {
    /// The rule with this id, if it was enabled.
    pub fn rule(&self, id: &str) -> Option<&'a Meta> {
        let at = self.rules.binary_search_by(|rule| (*rule.id).cmp(id)).ok()?;
        self.rules.get(at).map(AsRef::as_ref)
    }

    /// The findings with this verdict, in the report's order.
    pub fn findings(&self, verdict: Verdict) -> impl Iterator<Item = &'a Finding> + use<'a> {
        self.report.findings.iter().filter(move |finding| finding.verdict == verdict)
    }

    /// The waivers that are in force and accept nothing that was judged.
    pub fn idle_waivers(&self) -> impl Iterator<Item = &'a Waiver> + use<'a> {
        self.report.waivers.iter().filter(|used| !used.expired && used.findings == 0).map(|used| &used.waiver)
    }
}

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A structure that JSON cannot hold: an error of Backstop's own.
    #[error("the report could not be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The compressed size could not be worked out.
    #[error("the size of the report could not be worked out: {0}")]
    Size(#[from] std::io::Error),
    /// Text that could not be formatted.
    #[error("the report could not be formatted: {0}")]
    Format(#[from] std::fmt::Error),
}
