//! Joins end to end: small estates and what is derived for them.

mod buckets;
mod build;
mod keys;
mod objectives;
mod plans;
mod protections;
mod recovery_points;
mod restore_soundness;
mod restores;
mod soundness;
mod vaults;
