//! What a judgement says: findings, their order and fingerprints, and the report that holds them.

pub mod baseline;
pub mod explanation;
pub mod fingerprint;
pub mod outside;
pub mod report;
pub mod severity;
pub mod verdict;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::fact::Reasons;
use crate::model::identity::ResourceId;
use crate::model::position::Position;

use baseline::Novelty;
use severity::Severity;
use verdict::Verdict;

/// One rule's verdict on one resource, where it is not a Pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The rule's id.
    pub rule: Arc<str>,
    /// The severity in effect: the rule's own, raised by its condition, or changed by the settings.
    pub severity: Severity,
    /// Fail, Unknown or Waived.
    pub verdict: Verdict,
    /// The resource's identity.
    pub resource: ResourceId,
    /// What people call it.
    pub name: Arc<str>,
    /// Its ARN (live), logical id (CloudFormation) or address (Terraform).
    pub address: Arc<str>,
    /// What is wrong, as one sentence with the facts filled in, without a full stop.
    pub message: String,
    /// Where the fact at fault is written; none for live resources.
    pub at: Option<Arc<Position>>,
    /// Other places that belong to it, each with a phrase.
    pub related: Vec<(Arc<Position>, String)>,
    /// For Unknown, also where it is waived: the facts that are missing.
    pub missing: Vec<Missing>,
    /// For Fail: the facts that the rule's message and remediation use, by dotted path below the template's root
    /// (`resource.name`, `resource.objective.rpo`), as people read them; lists are joined with `, `.
    pub values: BTreeMap<String, String>,
    /// For Waived: who accepted it, and why; none where only a suppression accepts it.
    pub waiver: Option<Waiver>,
    /// For Waived: what beside the resource accepts it, and why; none where only a waiver does.
    pub suppression: Option<Suppression>,
    /// What it is in comparison to the baseline; none without one.
    pub novelty: Option<Novelty>,
}

impl Finding {
    /// What the rule said, before anybody accepted it.
    pub fn judged(&self) -> Verdict {
        let waived = self.waiver.as_ref().map(|waiver| waiver.accepts);
        waived.or_else(|| self.suppression.as_ref().map(|suppression| suppression.accepts)).unwrap_or(self.verdict)
    }
}

/// A fact that would have decided an Unknown verdict.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// Its path from the resource: `versioning`, `protection.scheduledRpo`, `tags["backup-tier"]`.
    pub fact: String,
    /// Why it is unknown, and what would cure that.
    pub reasons: Reasons,
}

/// A waiver that accepts a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// The waiver's id.
    pub id: Arc<str>,
    /// Where it is written.
    pub at: Arc<Position>,
    /// Why it is accepted.
    pub reason: String,
    /// Who accepted it.
    pub owner: String,
    /// The last day on which it counts, `YYYY-MM-DD`, UTC.
    pub expires: String,
    /// The verdict that it accepts: Fail or Unknown.
    pub accepts: Verdict,
    /// Other waivers that accept the same finding, by id.
    pub also: Vec<Arc<str>>,
}

/// A comment or metadata beside a resource that accepts a finding about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// Where it is written.
    pub at: Arc<Position>,
    /// Why it is accepted.
    pub reason: Arc<str>,
    /// The verdict that it accepts: Fail or Unknown.
    pub accepts: Verdict,
}
