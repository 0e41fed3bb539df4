//! Joins end to end: small estates and what is derived for them.

mod backup_setup;
mod buckets;
mod build;
mod keys;
mod objectives;
mod plan_rules;
mod plans;
mod protections;
mod recovery_points;
mod soundness;
mod vaults;
