//! The vocabulary that every room shares: resources and their identity, facts, gaps, snapshots, settings.
//!
//! It knows nothing of where facts come from or how they are judged.

pub mod account;
pub mod attribute;
pub mod backup;
pub mod config_recorder;
pub mod derived;
pub mod duration;
pub mod events;
pub mod fact;
pub mod gap;
pub mod iam;
pub mod identity;
pub mod intern;
pub mod kms;
pub mod planned;
pub mod position;
pub mod removal;
pub mod resource;
pub mod s3;
pub mod settings;
pub mod small_map;
pub mod snapshot;
pub mod suppression;
pub mod trail;
pub mod workload;
