//! Joins end to end: small estates and what is derived for them.

mod access;
mod access_changes;
mod access_further;
mod access_logs;
mod access_soundness;
mod access_ways;
mod backup_keys;
mod backup_setup;
mod buckets;
pub mod build;
mod coverage;
mod further;
mod jobs;
mod keys;
mod learning;
mod lifecycles;
mod objectives;
mod plan_rules;
mod plans;
mod point_facts;
mod protections;
mod recovery_points;
mod regions;
mod restore_soundness;
mod restores;
mod soundness;
mod vaults;
