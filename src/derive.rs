//! Joins facts: pure, and never saved.

pub mod event_pattern;
pub mod schedule;
pub mod selection;
