//! Conditions: what a statement asks of the keys of a request.
//!
//! - Several operators and keys are joined by *and*, several values by *or*, or *nor* where the operator is negated:
//!   <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html>.
//! - Missing keys, `…IfExists` and `Null`:
//!   <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>.
//! - `ForAllValues` holds of no value at all, `ForAnyValue` does not:
//!   <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>.

use super::compare::{boolean, compare};
use super::context::{Scene, Seen};
use super::operator::{Operator, Quantity, Test};
use super::pattern::Pattern;
use super::truth::Truth;

/// One operator on one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) operator: Operator,
    /// As the policy writes it: `ForAnyValue:StringLike`.
    pub(super) written: Box<str>,
    /// As the policy writes it.
    pub(super) key: Box<str>,
    pub(super) lower: Box<str>,
    values: Box<[Pattern]>,
    pub(super) texts: Box<[Box<str>]>,
}

impl Condition {
    pub(super) fn new(operator: Operator, written: &str, key: &str, texts: Vec<Box<str>>, variables: bool) -> Self {
        let mut reading = operator.reading();
        reading.variables &= variables;
        Self {
            operator,
            written: written.into(),
            key: key.into(),
            lower: key.to_ascii_lowercase().into(),
            values: texts.iter().map(|text| Pattern::new(text, reading)).collect(),
            texts: texts.into(),
        }
    }

    pub(super) fn holds(&self, scene: &Scene<'_>) -> Truth {
        if self.values.is_empty() {
            // IAM documents no condition without values.
            return Truth::Maybe;
        }
        let seen = scene.look(&self.lower);
        if self.operator.test == Test::Null {
            return self.is_null(seen);
        }
        match seen {
            Seen::Unknown | Seen::Some => Truth::Maybe,
            Seen::Absent | Seen::Values([]) => self.without_key(),
            Seen::One(value) => self.with(std::iter::once(value), scene),
            Seen::Values(values) => self.with(values.iter().map(String::as_str), scene),
        }
    }

    fn is_null(&self, seen: Seen<'_>) -> Truth {
        if self.operator.quantity != Quantity::One {
            return Truth::Maybe;
        }
        let null = match seen {
            Seen::Unknown => return Truth::Maybe,
            Seen::Absent | Seen::Values([]) => true,
            // Whether an empty value is null is not documented for `Null`.
            Seen::Values(values) if values.iter().all(String::is_empty) => return Truth::Maybe,
            Seen::One("") => return Truth::Maybe,
            Seen::Some | Seen::One(_) | Seen::Values(_) => false,
        };
        Truth::any(self.values.iter().map(|value| match value.literal().and_then(boolean) {
            Some(wanted) => Truth::from(wanted == null),
            None => Truth::Maybe,
        }))
    }

    fn without_key(&self) -> Truth {
        let operator = self.operator;
        Truth::from(match operator.quantity {
            _ if operator.if_exists => true,
            Quantity::ForAllValues => true,
            Quantity::ForAnyValue => false,
            Quantity::One => operator.negated,
        })
    }

    fn with<'a>(&self, values: impl Iterator<Item = &'a str> + Clone, scene: &Scene<'_>) -> Truth {
        let one = |value: &str| {
            let alike = Truth::any(self.values.iter().map(|wanted| match wanted.resolve(scene) {
                Some(parts) => compare(self.operator.test, &parts, value),
                // A variable without a value is equal to nothing, and like nothing.
                None => Truth::No,
            }));
            if self.operator.negated { !alike } else { alike }
        };
        let all = || Truth::all(values.clone().map(one));
        let any = || Truth::any(values.clone().map(one));
        let empty = values.clone().all(str::is_empty);
        match self.operator.quantity {
            // A key with several values and no set operator: they may be taken together either way.
            Quantity::One => all().agreed(any()),
            // Values that are all empty may count as none.
            Quantity::ForAllValues if empty => all().agreed(Truth::Yes),
            Quantity::ForAnyValue if empty => any().agreed(Truth::No),
            Quantity::ForAllValues => all(),
            Quantity::ForAnyValue => any(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::iam::{Action, Context, Principal, Request, Resource, Value};

    /// Whether the condition holds; the context is whole but for what is set to unknown.
    fn holds(operator: &str, key: &str, values: &[&str], context: &Context) -> Truth {
        let principal = Principal::anonymous();
        let action = Action::new("s3:GetObject");
        let request = Request { principal: &principal, action: &action, resource: Resource::new("*", None), context };
        let texts = values.iter().map(|value| (*value).into()).collect();
        let condition = Condition::new(Operator::parse(operator).unwrap(), operator, key, texts, true);
        condition.holds(&Scene::new(&request))
    }

    fn keys(values: &[&str]) -> Context {
        let mut context = Context::whole();
        context.set("aws:TagKeys", Value::Known(values.iter().map(|value| (*value).to_owned()).collect()));
        context
    }

    #[test]
    fn values_are_joined_by_or_and_by_nor_if_negated() {
        let context = Context::whole().with("k", "a");
        assert_eq!(holds("StringEquals", "K", &["b", "a"], &context), Truth::Yes);
        assert_eq!(holds("StringNotEquals", "k", &["b", "a"], &context), Truth::No);
        assert_eq!(holds("StringNotEquals", "k", &["b", "c"], &context), Truth::Yes);
    }

    #[test]
    fn a_missing_key_fails_a_test_and_meets_its_negation() {
        let none = Context::whole();
        for (operator, truth) in [
            ("StringEquals", Truth::No),
            ("StringNotEquals", Truth::Yes),
            ("StringEqualsIfExists", Truth::Yes),
            ("StringNotEqualsIfExists", Truth::Yes),
            ("Bool", Truth::No),
            ("BoolIfExists", Truth::Yes),
            ("NotIpAddress", Truth::Yes),
            ("NumericLessThan", Truth::No),
            ("ForAllValues:StringEquals", Truth::Yes),
            ("ForAllValues:StringNotEquals", Truth::Yes),
            ("ForAnyValue:StringEquals", Truth::No),
            ("ForAnyValue:StringNotEquals", Truth::No),
            ("ForAnyValue:StringEqualsIfExists", Truth::Yes),
        ] {
            assert_eq!(holds(operator, "k", &["true"], &none), truth, "{operator}");
        }
        assert_eq!(holds("Null", "k", &["true"], &none), Truth::Yes);
        assert_eq!(holds("Null", "k", &["false"], &none), Truth::No);
    }

    #[test]
    fn an_unknown_key_leaves_every_test_open() {
        let mut context = Context::whole();
        context.set("k", Value::Unknown);
        for operator in ["StringEquals", "StringNotEquals", "StringEqualsIfExists", "Null", "ForAllValues:StringLike"] {
            assert_eq!(holds(operator, "k", &["true"], &context), Truth::Maybe, "{operator}");
        }
        context.replace("k", Value::Present);
        assert_eq!(holds("Null", "k", &["true"], &context), Truth::No, "it is there");
        assert_eq!(holds("StringEqualsIfExists", "k", &["true"], &context), Truth::Maybe);
    }

    #[test]
    fn set_operators_ask_for_all_or_for_one_of_the_values() {
        let (one, other) = (keys(&["env"]), keys(&["env", "x"]));
        assert_eq!(holds("ForAllValues:StringEquals", "aws:TagKeys", &["env", "team"], &one), Truth::Yes);
        assert_eq!(holds("ForAllValues:StringEquals", "aws:TagKeys", &["env", "team"], &other), Truth::No);
        assert_eq!(holds("ForAnyValue:StringEquals", "aws:TagKeys", &["env", "team"], &other), Truth::Yes);
        assert_eq!(holds("ForAllValues:StringNotEquals", "aws:TagKeys", &["env"], &other), Truth::No);
        assert_eq!(holds("ForAllValues:StringNotEquals", "aws:TagKeys", &["team"], &other), Truth::Yes);
        assert_eq!(holds("ForAnyValue:StringNotEquals", "aws:TagKeys", &["env"], &other), Truth::Yes);
        assert_eq!(holds("ForAnyValue:StringNotEquals", "aws:TagKeys", &["env"], &one), Truth::No);
    }

    #[test]
    fn what_the_pages_leave_open_is_open() {
        let two = keys(&["env", "x"]);
        assert_eq!(
            holds("StringEquals", "aws:TagKeys", &["env"], &two),
            Truth::Maybe,
            "several values, no set operator"
        );
        assert_eq!(holds("StringEquals", "aws:TagKeys", &["y"], &two), Truth::No);
        let empty = keys(&[""]);
        assert_eq!(holds("ForAllValues:StringEquals", "aws:TagKeys", &["env"], &empty), Truth::Maybe);
        assert_eq!(holds("ForAnyValue:StringEquals", "aws:TagKeys", &[""], &empty), Truth::Maybe);
        assert_eq!(holds("Null", "aws:TagKeys", &["true"], &empty), Truth::Maybe);
        assert_eq!(holds("Null", "k", &["perhaps"], &two), Truth::Maybe);
        assert_eq!(holds("StringEquals", "k", &[], &two), Truth::Maybe, "no values");
        assert_eq!(holds("ForAllValues:Null", "k", &["true"], &two), Truth::Maybe);
    }

    #[test]
    fn a_variable_without_a_value_is_like_nothing() {
        let context = Context::whole().with("aws:ResourceTag/team", "a");
        assert_eq!(holds("StringEquals", "aws:ResourceTag/team", &["${aws:PrincipalTag/team}"], &context), Truth::No);
        assert_eq!(
            holds("StringNotEquals", "aws:ResourceTag/team", &["${aws:PrincipalTag/team}"], &context),
            Truth::Yes
        );
        let both = context.with("aws:PrincipalTag/team", "a");
        assert_eq!(holds("StringLike", "aws:ResourceTag/team", &["${aws:PrincipalTag/team}"], &both), Truth::Yes);
        assert_eq!(
            holds("Bool", "aws:ResourceTag/team", &["${aws:PrincipalTag/team}"], &both),
            Truth::Maybe,
            "no boolean"
        );
        assert_eq!(holds("StringEquals", "aws:ResourceTag/team", &["${aws:PrincipalTag/team}"], &both), Truth::Yes);
    }
}
