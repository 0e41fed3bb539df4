//! What all sources of declared resources share: values after their expressions were worked out, each with its place,
//! and the way from them to facts.

pub mod iam;
pub mod item;
pub mod join;
pub mod kms;
pub mod lines;
pub mod policy;
pub mod read;
pub mod removal;
pub mod suppression;
pub mod tags;
pub mod workload;
