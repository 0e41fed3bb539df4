//! Backstop: could this AWS estate be restored now, with how much loss, how fast, and what must be fixed first?
//!
//! Data flows one way: [`collect`] fills a [`model::snapshot::Snapshot`], [`derive`] joins its facts, and
//! [`evaluate`] judges them by [`rule`]s written in Cedar; [`report`] says it to people and machines.
//! `docs/design.md` tells why.

pub mod check;
pub mod cli;
pub mod collect;
pub mod config;
pub mod derive;
pub mod diagnostic;
pub mod evaluate;
pub mod finding;
pub mod iam;
pub mod lambda;
pub mod model;
pub mod report;
pub mod rule;

#[cfg(test)]
mod rooms;
#[cfg(test)]
mod testing;
