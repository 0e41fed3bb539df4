//! Judges facts by rules.
