//! What a role lacks, in words.

use crate::iam::HOLE;
use crate::model::fact::{Fact, Reasons};

/// What a role lacks.
#[derive(Default)]
pub struct Lacks {
    /// In the order in which replication needs it.
    pub faults: Vec<String>,
    pub doubt: Option<Reasons>,
    /// What would be read only if something else were wrong too.
    pub remarks: Vec<String>,
}

impl Lacks {
    /// Whether it lacks nothing, and what it lacks.
    pub fn told(mut self) -> (Fact<bool>, Fact<Vec<String>>) {
        if self.faults.is_empty() {
            return match self.doubt {
                Some(reasons) => (Fact::unknown(reasons.clone()), Fact::unknown(reasons)),
                None => (Fact::known(true), Fact::known(Vec::new())),
            };
        }
        self.faults.append(&mut self.remarks);
        (Fact::known(false), Fact::known(self.faults))
    }
}

/// `s3:ListBucket on arn:aws:s3:::b: why (where it is allowed instead)`.
pub fn told(action: &str, arn: &str, why: &str, elsewhere: &[String]) -> String {
    let arn = arn.replace(HOLE, "*");
    let elsewhere = if elsewhere.is_empty() { String::new() } else { format!(" ({})", elsewhere.join("; ")) };
    format!("{action} on {arn}: {why}{elsewhere}")
}
