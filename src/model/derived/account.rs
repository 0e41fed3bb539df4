//! What is derived for an account.

use crate::model::attribute::attributes;
use crate::model::derived::BackupAccount;
use crate::model::fact::Fact;

/// Derived facts of an account.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountDerived {
    /// What it has of AWS Backup for all its Regions.
    pub backup: Fact<BackupAccount>,
    /// How well it is guarded as a recovery account; absent where the settings do not name it as one.
    pub recovery: Fact<RecoveryAccount>,
    /// Whether service control policies keep the backups of the organization's members; absent outside an organization,
    /// and in one that has not all features.
    pub service_control: Fact<ControlledBackups>,
}

attributes!(AccountDerived: "AWS::Account" {
    "backup" => backup,
    "recovery?" => recovery,
    "serviceControl?" => service_control,
});

/// What service control policies do for the backups of an organization's members.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlledBackups {
    /// Whether they deny destroying recovery points to everybody whom they do not spare, in each account that is asked
    /// about.
    pub keeps_backups: Fact<bool>,
    /// The accounts in which they do not, for people.
    pub open: Fact<Vec<String>>,
}

attributes!(ControlledBackups: "Backstop::ServiceControl" {
    "keepsBackups" => keeps_backups,
    "open" => open,
});

/// How well a recovery account is guarded, as far as it can tell itself.
#[derive(Clone, Debug, PartialEq)]
pub struct RecoveryAccount {
    /// Whether nobody but the named administrators can destroy backups, or come to it.
    pub only_administrators: Fact<bool>,
    /// Who else can, for people.
    pub strangers: Fact<Vec<String>>,
    /// Whether a trail of all Regions logs what is done in it, and its logs arrive.
    pub logged: Fact<bool>,
}

attributes!(RecoveryAccount: "Backstop::RecoveryAccount" {
    "onlyAdministrators" => only_administrators,
    "strangers" => strangers,
    "logged" => logged,
});
