//! Joins end to end: small estates and what is derived for them.

mod buckets;
mod build;
mod jobs;
mod keys;
mod objectives;
mod plans;
mod point_facts;
mod protections;
mod recovery_points;
mod soundness;
mod vaults;
