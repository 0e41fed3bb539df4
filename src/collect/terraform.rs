//! Terraform and OpenTofu: what a root module declares, from its source or from a plan.
//!
//! Both fronts give the same [`block::Block`]s, with expressions worked out as far as they can be; mappers turn them
//! into resources. What cannot be decided is unknown, with the chain of references that stopped it.

pub mod block;
pub mod map;
pub mod plan;
pub mod source;
pub mod types;
