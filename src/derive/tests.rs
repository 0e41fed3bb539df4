//! Joins end to end: small estates and what is derived for them.

mod access_logs;
mod backup_keys;
mod buckets;
mod build;
mod coverage;
mod keys;
mod learning;
mod lifecycles;
mod objectives;
mod plans;
mod protections;
mod recovery_points;
mod regions;
mod restore_soundness;
mod restores;
mod soundness;
mod vaults;
