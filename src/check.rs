//! What rule authors run.
