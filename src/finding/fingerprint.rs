//! The name of a finding that outlives edits: the hash of its rule and its resource.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::Finding;

impl Finding {
    /// SHA-256 over the rule's id, a NUL, and the resource's canonical text; lower-case hexadecimal.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.rule.as_bytes());
        hash.update([0]);
        hash.update(self.resource.canonical().as_bytes());
        hash.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}
