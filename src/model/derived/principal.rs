//! What is derived for users and roles of IAM.

use crate::model::attribute::attributes;
use crate::model::fact::Fact;

/// What a user or role can do to backups, in effect: with all policies that bear upon it, against the vaults and
/// buckets that exist.
#[derive(Clone, Debug, PartialEq)]
pub struct Power {
    /// Whether the settings name it a backup administrator.
    pub administrator: Fact<bool>,
    /// Whether the settings name it a restore operator.
    pub restore_operator: Fact<bool>,
    /// Whether it can destroy backups. A role that only a service of AWS assumes, which runs nobody's code, cannot.
    pub destroys_backups: Fact<bool>,
    /// By which actions on what, and which policy allows them, for people.
    pub destroys: Fact<Vec<String>>,
    /// Whether multi-factor authentication could be asked of it here: of users, and of roles that users assume. For
    /// whom an identity provider vouches, the provider asks.
    pub mfa_applies: Fact<bool>,
    /// Whether all that destroys backups needs multi-factor authentication.
    pub needs_mfa: Fact<bool>,
    /// What does not, for people.
    pub without_mfa: Fact<Vec<String>>,
    /// Whether it can start restores, and pass a role to them.
    pub restores_backups: Fact<bool>,
    /// Whether it can pass a role of AWS Backup further than backups need: to another service that the role trusts, to
    /// any service by a grant that does not name the role, or to a restore for which the settings name others.
    pub passes_roles: Fact<bool>,
    /// Which roles where to, and the policies that allow it, for people.
    pub passes: Fact<Vec<String>>,
    /// Whether it is a role over backups that acts for outsiders: for the work of any account that a service takes, or
    /// for anybody who assumes it.
    pub serves_outsiders: Fact<bool>,
    /// For whom, for people.
    pub outsiders: Fact<Vec<String>>,
    /// Whether it can bring itself to destroy backups, though it may not do so as it is.
    pub escalates: Fact<bool>,
    /// The shortest way, step by step, for people.
    pub escalation: Fact<Vec<String>>,
}

attributes!(Power: "Backstop::Power" {
    "administrator" => administrator,
    "restoreOperator" => restore_operator,
    "destroysBackups" => destroys_backups,
    "destroys" => destroys,
    "mfaApplies" => mfa_applies,
    "needsMfa" => needs_mfa,
    "withoutMfa" => without_mfa,
    "restoresBackups" => restores_backups,
    "passesRoles" => passes_roles,
    "passes" => passes,
    "servesOutsiders" => serves_outsiders,
    "outsiders" => outsiders,
    "escalates" => escalates,
    "escalation" => escalation,
});

/// What the policies of the customer's own say by themselves: inline ones, attached ones, and those of its groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Grants {
    /// Whether a policy of the customer's own allows every action on every resource.
    pub everything: Fact<bool>,
    /// Which statements do, for people.
    pub by: Fact<Vec<String>>,
}

attributes!(Grants: "Backstop::Grants" {
    "everything" => everything,
    "by" => by,
});

/// A role that AWS Backup assumes.
#[derive(Clone, Debug, PartialEq)]
pub struct BackupRole {
    /// Whether it trusts AWS Backup alone, and allows on every resource nothing beyond its work.
    pub sound: Fact<bool>,
    /// Why not, for people.
    pub faults: Fact<Vec<String>>,
}

attributes!(BackupRole: "Backstop::BackupRole" {
    "sound" => sound,
    "faults" => faults,
});

/// Derived facts of a user or role.
#[derive(Clone, Debug, PartialEq)]
pub struct IdentityDerived {
    /// What it can do to backups.
    pub power: Fact<Power>,
    /// What its policies say by themselves.
    pub grants: Fact<Grants>,
    /// As a role that AWS Backup assumes; absent for all others.
    pub backup_role: Fact<BackupRole>,
}

attributes!(IdentityDerived: "AWS::IAM::User" {
    "power" => power,
    "grants" => grants,
    "backupRole?" => backup_role,
});
