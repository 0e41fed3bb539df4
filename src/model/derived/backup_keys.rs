//! What the keys of a workload's copies allow.

use crate::model::attribute::attributes;
use crate::model::fact::Fact;

/// Whether copies can be made and read with the keys that they are under.
#[derive(Clone, Debug, PartialEq)]
pub struct BackupKeys {
    /// Whether at least one copy in a recovery Region can be decrypted there; true where no copy leads there.
    pub readable_in_recovery_region: Fact<bool>,
    /// Why copies there cannot be decrypted, for people.
    pub recovery_faults: Fact<Vec<String>>,
    /// Whether the keys let every copy action to another account succeed; true where there is none.
    pub copies_shareable: Fact<bool>,
    /// Why copies to other accounts fail, for people.
    pub sharing_faults: Fact<Vec<String>>,
}

attributes!(BackupKeys: "Backstop::BackupKeys" {
    "readableInRecoveryRegion" => readable_in_recovery_region,
    "recoveryFaults" => recovery_faults,
    "copiesShareable" => copies_shareable,
    "sharingFaults" => sharing_faults,
});
