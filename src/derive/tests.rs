//! Joins end to end: small estates and what is derived for them.

mod buckets;
mod build;
mod further;
mod keys;
mod objectives;
mod plans;
mod protections;
mod recovery_points;
mod soundness;
mod vaults;
