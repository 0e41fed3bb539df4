//! A live AWS account.
