//! What stands beside a declared resource and says that findings about it are accepted.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::position::Position;

/// One comment, or one entry of a template's `Metadata`, as it is written: whether its rules exist is judged later.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Suppression {
    /// Where it is written.
    pub at: Arc<Position>,
    /// The ids of the rules whose findings it accepts; empty where it names none.
    pub rules: Vec<Arc<str>>,
    /// Why; none where it does not say, and then it accepts nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Arc<str>>,
}
