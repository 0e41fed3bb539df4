//! Denials by IAM policy.
