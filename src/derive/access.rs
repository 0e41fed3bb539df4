//! Who may do what to backups: the principals of the estate, the policies that bear upon them, and what they can
//! bring about.
//!
//! [`policies::Policies`] puts every policy text of a snapshot into one library, so that a text which hangs on a thousand
//! roles is read once; [`targets`] says what there is to destroy; [`ways`] what becomes of a call; [`escalation`] how
//! somebody becomes somebody else; [`powers`] sums it up for every user and role. [`vault_policy`] and [`key_policy`] ask
//! what the policy of a vault or key does by itself, to whoever it does not name; [`replication_role`] whether a role can
//! do all that replication needs.

pub(super) mod actions;
pub(super) mod escalation;
mod exemption;
pub(super) mod grants;
mod guard;
pub(super) mod key_policy;
mod outsider;
pub(super) mod policies;
pub(super) mod powers;
pub(super) mod probe;
mod raise;
mod reach;
pub(super) mod replication_role;
mod runners;
mod statement;
pub(super) mod targets;
pub(super) mod trust;
pub(super) mod vault_policy;
pub(super) mod ways;
pub(super) mod who;
