//! What an account has of AWS Backup for all its Regions.

use crate::derive::index::Index;
use crate::derive::workload::Workloads;
use crate::model::account::Account;
use crate::model::derived::BackupAccount;
use crate::model::fact::Fact;
use crate::model::resource::Resource;

/// The setting of `DescribeGlobalSettings` ("Creating backup copies across AWS accounts" in the AWS Backup Developer
/// Guide).
const CROSS_ACCOUNT: &str = "isCrossAccountBackupEnabled";

/// Derives the section.
pub fn derive(index: &Index<'_>, workloads: &Workloads<'_, '_>, resource: &Resource, facts: &Account) -> BackupAccount {
    let enabled = facts.backup_global.as_ref().and_then(|settings| match settings.get(CROSS_ACCOUNT) {
        Some(value) => Fact::known(value.eq_ignore_ascii_case("true")),
        None => Fact::unknown(format!("`backup:DescribeGlobalSettings` did not say `{CROSS_ACCOUNT}`")),
    });
    BackupAccount {
        needs_cross_account: workloads.needs.cross_account(index, &resource.id),
        // Outside an organization there is nobody to copy to.
        cross_account_enabled: enabled.or_default_to(false),
    }
}
