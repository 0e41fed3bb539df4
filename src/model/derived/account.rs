//! What is derived for an account.

use crate::model::attribute::attributes;

/// Derived facts of an account.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountDerived {}

attributes!(AccountDerived: "AWS::Account" {});
