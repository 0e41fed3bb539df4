//! Joins, end to end.
