//! What is derived for an account.

use crate::model::attribute::attributes;
use crate::model::derived::BackupAccount;
use crate::model::fact::Fact;

/// Derived facts of an account.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountDerived {
    /// What it has of AWS Backup for all its Regions.
    pub backup: Fact<BackupAccount>,
}

attributes!(AccountDerived: "AWS::Account" {
    "backup" => backup,
});
