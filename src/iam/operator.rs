//! The names of condition operators.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>; the set
//! qualifiers:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>.

use std::cmp::Ordering;

use super::pattern::Reading;

/// What a condition compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    Numeric(Order),
    Date(Order),
    Bool,
    Binary,
    IpAddress,
    Arn,
    Null,
}

/// How a number or date stands to the policy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    pub(super) fn holds(self, found: Ordering) -> bool {
        match self {
            Self::Equal => found.is_eq(),
            Self::Less => found.is_lt(),
            Self::LessOrEqual => found.is_le(),
            Self::Greater => found.is_gt(),
            Self::GreaterOrEqual => found.is_ge(),
        }
    }
}

/// How the several values of a key are taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantity {
    /// The key has one value.
    One,
    ForAllValues,
    ForAnyValue,
}

/// A condition operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operator {
    pub(super) quantity: Quantity,
    pub(super) test: Test,
    pub(super) negated: bool,
    pub(super) if_exists: bool,
}

impl Operator {
    /// Reads `ForAllValues:StringNotLikeIfExists` and the like; `None` for what is no operator.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (quantity, rest) = match name.split_once(':') {
            Some(("ForAllValues", rest)) => (Quantity::ForAllValues, rest),
            Some(("ForAnyValue", rest)) => (Quantity::ForAnyValue, rest),
            Some(_) => return None,
            None => (Quantity::One, name),
        };
        let (base, if_exists) = match rest.strip_suffix("IfExists") {
            Some(base) => (base, true),
            None => (rest, false),
        };
        let (test, negated) = test(base)?;
        // `IfExists` goes with every operator but `Null`.
        let allowed = test != Test::Null || !if_exists;
        allowed.then_some(Self { quantity, test, negated, if_exists })
    }

    /// How the policy's values are read: with which of wildcards and variables. The page says for each operator
    /// whether it takes variables.
    pub(super) fn reading(self) -> Reading {
        let (wildcards, variables) = match self.test {
            Test::StringLike | Test::Arn => (true, true),
            Test::StringEquals | Test::StringEqualsIgnoreCase | Test::Bool => (false, true),
            Test::Numeric(_) | Test::Date(_) | Test::Binary | Test::IpAddress | Test::Null => (false, false),
        };
        Reading { wildcards, variables }
    }
}

fn test(base: &str) -> Option<(Test, bool)> {
    let found = match base {
        "StringEquals" => (Test::StringEquals, false),
        "StringNotEquals" => (Test::StringEquals, true),
        "StringEqualsIgnoreCase" => (Test::StringEqualsIgnoreCase, false),
        "StringNotEqualsIgnoreCase" => (Test::StringEqualsIgnoreCase, true),
        "StringLike" => (Test::StringLike, false),
        "StringNotLike" => (Test::StringLike, true),
        "Bool" => (Test::Bool, false),
        "BinaryEquals" => (Test::Binary, false),
        "IpAddress" => (Test::IpAddress, false),
        "NotIpAddress" => (Test::IpAddress, true),
        "ArnEquals" | "ArnLike" => (Test::Arn, false),
        "ArnNotEquals" | "ArnNotLike" => (Test::Arn, true),
        "Null" => (Test::Null, false),
        _ => {
            let (of, rest) = match base.strip_prefix("Numeric") {
                Some(rest) => (Test::Numeric as fn(Order) -> Test, rest),
                None => (Test::Date as fn(Order) -> Test, base.strip_prefix("Date")?),
            };
            let (order, negated) = match rest {
                "Equals" => (Order::Equal, false),
                "NotEquals" => (Order::Equal, true),
                "LessThan" => (Order::Less, false),
                "LessThanEquals" => (Order::LessOrEqual, false),
                "GreaterThan" => (Order::Greater, false),
                "GreaterThanEquals" => (Order::GreaterOrEqual, false),
                _ => return None,
            };
            (of(order), negated)
        }
    };
    Some(found)
}
