//! Who may do what to backups: the principals of the estate, the policies that bear upon them, and what they can
//! bring about.
//!
//! [`policies::Policies`] puts every policy text of a snapshot into one library, so that a text which hangs on a
//! thousand roles is read once; [`targets`] says what there is to destroy; [`ways`] what becomes of a call;
//! [`escalation`] how somebody becomes somebody else, [`raise`] how they come to do more, and [`runners`] what services
//! do for them; [`passing`] who hands the roles of AWS Backup on; [`deputy`] which roles act for outsiders; [`powers`]
//! sums it up for every user and role, and [`chain`] takes it apart again for one. [`vault_policy`], [`bucket_policy`]
//! and [`key_policy`] ask what the policy of a vault, bucket or key does by itself, to whoever it does not name;
//! [`replication_role`] whether a role can do all that replication needs, [`replication_destination`] whether its
//! destinations let it, [`backup_role`] whether one can back up, or restore, what it is named for, [`service_role`]
//! whether it can do too much, and [`service_control`] what the organization's policies keep.

pub(super) mod actions;
pub(super) mod backup_role;
pub(super) mod bucket_policy;
pub(super) mod chain;
mod deputy;
pub(super) mod escalation;
mod exemption;
pub(super) mod grants;
mod guard;
mod judged;
pub(super) mod key_policy;
mod outsider;
mod passing;
pub(super) mod policies;
pub(super) mod powers;
pub(super) mod probe;
mod raise;
mod reach;
pub(super) mod replication_destination;
pub(super) mod replication_role;
mod role;
mod runners;
pub(super) mod service_control;
pub(super) mod service_role;
mod statement;
mod step;
pub(super) mod targets;
pub(super) mod trust;
pub(super) mod vault_policy;
pub(super) mod ways;
pub(super) mod who;
