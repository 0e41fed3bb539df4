//! Who may do what to backups: the principals of the estate, the policies that bear upon them, and what they can
//! bring about.
//!
//! [`policies::Policies`] puts every policy text of a snapshot into one library, so that a text which hangs on a thousand
//! roles is read once; [`targets`] says what there is to destroy; [`ways`] what becomes of a call; [`escalation`] how
//! somebody becomes somebody else; [`powers`] sums it up for every user and role.

pub(super) mod actions;
pub(super) mod escalation;
pub(super) mod grants;
pub(super) mod policies;
pub(super) mod powers;
pub(super) mod targets;
pub(super) mod trust;
pub(super) mod ways;
pub mod who;
