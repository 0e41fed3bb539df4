//! Settings from `backstop.toml`.
