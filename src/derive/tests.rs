//! Joins end to end: small estates and what is derived for them.

mod access_logs;
mod buckets;
mod build;
mod keys;
mod learning;
mod objectives;
mod plans;
mod protections;
mod recovery_points;
mod regions;
mod soundness;
mod vaults;
