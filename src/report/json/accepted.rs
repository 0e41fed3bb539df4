//! What accepts findings, as JSON: waivers and suppressions.

use serde::Serialize;

use super::{LocationJson, ResourceJson};
use crate::finding::report::{SuppressionUse, WaiverUse};
use crate::finding::{Suppression, Waiver};

#[derive(Serialize)]
pub struct WaiverJson<'a> {
    id: &'a str,
    location: LocationJson<'a>,
    reason: &'a str,
    owner: &'a str,
    expires: &'a str,
    accepts: &'static str,
}

#[derive(Serialize)]
pub struct WaiverUseJson<'a> {
    id: &'a str,
    location: LocationJson<'a>,
    rules: Vec<&'a str>,
    reason: &'a str,
    owner: &'a str,
    expires: &'a str,
    expired: bool,
    findings: u64,
}

#[derive(Serialize)]
pub struct SuppressionJson<'a> {
    location: LocationJson<'a>,
    reason: &'a str,
    accepts: &'static str,
}

#[derive(Serialize)]
pub struct SuppressionUseJson<'a> {
    location: LocationJson<'a>,
    rules: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<ResourceJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<&'a str>,
    findings: u64,
}

impl<'a> WaiverJson<'a> {
    pub fn new(waiver: &'a Waiver) -> Self {
        Self {
            id: &waiver.id,
            location: LocationJson::new(&waiver.at),
            reason: &waiver.reason,
            owner: &waiver.owner,
            expires: &waiver.expires,
            accepts: waiver.accepts.name(),
        }
    }
}

impl<'a> SuppressionJson<'a> {
    pub fn new(suppression: &'a Suppression) -> Self {
        Self {
            location: LocationJson::new(&suppression.at),
            reason: &suppression.reason,
            accepts: suppression.accepts.name(),
        }
    }
}

impl<'a> WaiverUseJson<'a> {
    pub fn new(used: &'a WaiverUse) -> Self {
        let waiver = &used.waiver;
        Self {
            id: &waiver.id,
            location: LocationJson::new(&waiver.at),
            rules: used.rules.iter().map(|rule| &**rule).collect(),
            reason: &waiver.reason,
            owner: &waiver.owner,
            expires: &waiver.expires,
            expired: used.expired,
            findings: used.findings,
        }
    }
}

impl<'a> SuppressionUseJson<'a> {
    pub fn new(used: &'a SuppressionUse) -> Self {
        Self {
            location: LocationJson::new(&used.at),
            rules: used.rules.iter().map(|rule| &**rule).collect(),
            reason: used.reason.as_deref(),
            resource: used.resource.as_ref().map(|(id, _)| ResourceJson::new(id)),
            fault: used.fault.as_deref(),
            findings: used.findings,
        }
    }
}
