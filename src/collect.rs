//! Collectors: each fills a snapshot from one kind of source. They judge nothing, and the clock is handed in.

pub mod cloudformation;
pub mod declared;
pub mod files;
#[cfg(feature = "live")]
pub mod live;
pub mod terraform;
