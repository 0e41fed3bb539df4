//! Facts of EventBridge rules, as far as they may watch backup jobs.

use serde::{Deserialize, Serialize};

use super::fact::Fact;

/// An EventBridge rule. Source: `ListRules`, `ListTargetsByRule` in the Amazon EventBridge API Reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EventRule {
    /// Whether it is enabled.
    pub enabled: Fact<bool>,
    /// The event bus; `default` is the one that AWS services write to.
    pub bus: Fact<String>,
    /// The event pattern's JSON text; absent for a schedule.
    pub pattern: Fact<String>,
    /// How many targets it has.
    pub targets: Fact<i64>,
}
