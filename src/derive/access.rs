//! Who may do what to backups: the principals of the estate, the policies that bear upon them, and what they can
//! bring about.
//!
//! [`Policies`] puts every policy text of a snapshot into one [`Library`], so that a text which hangs on a thousand
//! roles is read once. Everything that asks about access starts there.

pub mod actions;
pub mod policies;

