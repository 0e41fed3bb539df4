//! Operators: "Arithmetic and Logical Operators" in the Terraform language documentation.

use std::cmp::Ordering;
use std::sync::Arc;

use super::convert::Stop;
use super::evaluator::{Evaluator, Scope};
use super::expression::decide;
use super::number::Number;
use super::tree::{BinaryOperator, Expr};
use super::value::{Kind, Unknown, Value, identical};

/// How many combinations of two choices are worked out.
const MAX_PAIRS: usize = 64;

impl Evaluator<'_> {
    pub(super) fn binary(&mut self, scope: &Scope, operator: BinaryOperator, sides: &[Expr; 2]) -> Value {
        let [left, right] = sides;
        let left = self.eval(scope, left);
        // Only the left side decides whether the right one is looked at: guards stand there.
        if let (BinaryOperator::And | BinaryOperator::Or, Ok(value)) = (operator, left.boolean())
            && value == (operator == BinaryOperator::Or)
        {
            return Kind::Bool(value).into();
        }
        let right = self.eval(scope, right);
        for side in [&left, &right] {
            if let (BinaryOperator::And | BinaryOperator::Or, Some(doubt)) = (operator, side.doubt()) {
                self.may_fail(&doubt.reasons);
            }
        }
        pair(&left, &right, &mut |left, right| match operator {
            BinaryOperator::And => logical(left, right, true),
            BinaryOperator::Or => logical(left, right, false),
            BinaryOperator::Eq => equality(left, right),
            BinaryOperator::NotEq => not(&equality(left, right)),
            _ => {
                let result = numbers(operator, left, right);
                result.unwrap_or_else(|stop| with_symbol(stop, &[left, right], operator.as_str())).into()
            }
        })
    }
}

/// Applies `f` to all combinations of what two values may be.
pub fn pair(left: &Value, right: &Value, f: &mut dyn FnMut(&Value, &Value) -> Value) -> Value {
    if left.leaves().saturating_mul(right.leaves()) > MAX_PAIRS {
        let reasons = [left, right].into_iter().filter_map(Value::doubt).map(|unknown| unknown.reasons.clone());
        let reasons = reasons.reduce(|sum, more| sum.and(&more)).unwrap_or_else(|| super::evaluator::TANGLED.into());
        return Kind::unknown(reasons).into();
    }
    left.over(&mut |left| right.over(&mut |right| f(left, right)))
}

/// The same stop, and what the value is, if it is not known.
fn with_symbol(stop: Stop, operands: &[&Value], operator: &str) -> Kind {
    let Stop::Unknown(_) = &stop else { return stop.into() };
    let reasons = operands.iter().filter_map(|operand| match &operand.kind {
        Kind::Unknown(unknown) => Some(unknown.reasons.clone()),
        Kind::Reference(reference) => reference.text.reasons().cloned(),
        _ => operand.doubt().map(|unknown| unknown.reasons.clone()),
    });
    let Some(reasons) = reasons.reduce(|sum, more| sum.and(&more)) else { return stop.into() };
    Kind::Unknown(Unknown::derived(reasons, symbol(operands, operator)))
}

fn symbol(operands: &[&Value], operator: &str) -> Option<String> {
    let symbols: Option<Vec<String>> = operands.iter().map(|operand| operand.symbol()).collect();
    Some(format!("({})", symbols?.join(&format!(" {operator} "))))
}

fn numbers(operator: BinaryOperator, left: &Value, right: &Value) -> Result<Kind, Stop> {
    // An error on either side is one whatever the other is.
    for side in [left, right] {
        if let Err(Stop::Error(message)) = side.number() {
            return Err(Stop::Error(message));
        }
    }
    let (a, b) = (left.number()?, right.number()?);
    let compared = |wanted: &[Ordering]| Ok(Kind::Bool(wanted.contains(&a.order(b))));
    let result = match operator {
        BinaryOperator::Less => return compared(&[Ordering::Less]),
        BinaryOperator::LessEq => return compared(&[Ordering::Less, Ordering::Equal]),
        BinaryOperator::Greater => return compared(&[Ordering::Greater]),
        BinaryOperator::GreaterEq => return compared(&[Ordering::Greater, Ordering::Equal]),
        BinaryOperator::Plus => a.with(b, i128::checked_add, |a, b| a + b),
        BinaryOperator::Minus => a.with(b, i128::checked_sub, |a, b| a - b),
        BinaryOperator::Mul => a.with(b, i128::checked_mul, |a, b| a * b),
        BinaryOperator::Div | BinaryOperator::Mod if b.float() == 0.0 => {
            return Err(Stop::error("it is divided by zero"));
        }
        BinaryOperator::Div => {
            a.with(b, |a, b| if a.checked_rem(b) == Some(0) { a.checked_div(b) } else { None }, |a, b| a / b)
        }
        BinaryOperator::Mod => a.with(b, i128::checked_rem, |a, b| a % b),
        BinaryOperator::Eq | BinaryOperator::NotEq | BinaryOperator::And | BinaryOperator::Or => None,
    };
    result.map(Kind::Number).ok_or_else(|| Stop::unknown("the number is too large to work out"))
}

/// Kleene's conjunction (`and`) or disjunction.
fn logical(left: &Value, right: &Value, and: bool) -> Value {
    match (left.boolean(), right.boolean()) {
        (Err(Stop::Error(message)), _) => Kind::Error(message).into(),
        (Ok(value), _) if value != and => Kind::Bool(value).into(),
        (Ok(_), Ok(value)) => Kind::Bool(value).into(),
        (Ok(_), Err(Stop::Error(message))) => Kind::Error(message).into(),
        (Ok(_), Err(Stop::Unknown(_))) => right.clone(),
        (Err(Stop::Unknown(_)), Ok(value)) if value != and => Kind::Bool(value).into(),
        (Err(Stop::Unknown(_)), Ok(_)) => left.clone(),
        // The right side is looked at only if the left one lets it.
        (Err(Stop::Unknown(unknown)), Err(Stop::Error(message))) => {
            let (refused, decided): (Value, Value) = (Kind::Error(message).into(), Kind::Bool(!and).into());
            if and { decide(&unknown, refused, decided) } else { decide(&unknown, decided, refused) }
        }
        (Err(Stop::Unknown(a)), Err(Stop::Unknown(b))) => {
            let operator = if and { "&&" } else { "||" };
            Kind::Unknown(Unknown::derived(a.reasons.and(&b.reasons), symbol(&[left, right], operator))).into()
        }
    }
}

/// The opposite of a boolean.
pub fn not(value: &Value) -> Value {
    match value.boolean() {
        Ok(value) => Kind::Bool(!value).into(),
        Err(Stop::Error(message)) => Kind::Error(message).into(),
        Err(Stop::Unknown(unknown)) => {
            let symbol = unknown.symbol.as_deref().map(|symbol| match symbol.strip_prefix('!') {
                Some(positive) => positive.to_owned(),
                None => format!("!{symbol}"),
            });
            Kind::Unknown(Unknown::derived(unknown.reasons.clone(), symbol)).into()
        }
    }
}

/// The negative of a number.
pub fn negate(value: &Value) -> Value {
    match value.number() {
        Ok(number) => Number::Whole(0)
            .with(number, i128::checked_sub, |a, b| a - b)
            .map_or_else(|| Kind::unknown("the number is too large to work out"), Kind::Number)
            .into(),
        Err(stop) => {
            let kind = with_symbol(stop, &[value], "-");
            kind.into()
        }
    }
}

/// Whether two values are equal, of the same type and all.
fn equality(left: &Value, right: &Value) -> Value {
    for side in [left, right] {
        if let Kind::Error(message) = &side.kind {
            return Kind::Error(message.clone()).into();
        }
    }
    match equal(left, right) {
        Ok(equal) => Kind::Bool(equal).into(),
        Err(reasons) => {
            let sure = left.may_fail().is_none() && right.may_fail().is_none();
            // Both orders are the same question.
            let symbol = left.symbol().zip(right.symbol()).map(|(a, b)| {
                let (a, b) = if a <= b { (a, b) } else { (b, a) };
                format!("({a} == {b})")
            });
            let unknown = if sure { Unknown::sure(reasons, symbol) } else { Unknown::derived(reasons, symbol) };
            Kind::Unknown(unknown).into()
        }
    }
}

/// Whether both are equal, or why that is not known.
pub fn equal(left: &Value, right: &Value) -> Result<bool, crate::model::fact::Reasons> {
    let why = |value: &Value| value.doubt().map(|unknown| unknown.reasons.clone());
    match (&left.kind, &right.kind) {
        (Kind::Unknown(a), Kind::Unknown(b)) if a.symbol.is_some() && a.symbol == b.symbol => Ok(true),
        (Kind::Unknown(_) | Kind::Choice(_), _) | (_, Kind::Unknown(_) | Kind::Choice(_)) => {
            let reasons = [why(left), why(right)].into_iter().flatten().reduce(|sum, more| sum.and(&more));
            Err(reasons.unwrap_or_else(|| "it cannot be compared".into()))
        }
        (Kind::Null, Kind::Null) => Ok(true),
        (Kind::Null, _) | (_, Kind::Null) => Ok(false),
        (Kind::Bool(a), Kind::Bool(b)) => Ok(a == b),
        (Kind::Number(a), Kind::Number(b)) => Ok(a == b),
        (Kind::Text(a), Kind::Text(b)) => Ok(a == b),
        (Kind::Reference(_), Kind::Reference(_) | Kind::Text(_)) | (Kind::Text(_), Kind::Reference(_)) => {
            let text = |value: &Value| match value.text() {
                Ok(text) => Ok(text),
                Err(Stop::Unknown(unknown)) => Err(unknown.reasons.clone()),
                Err(Stop::Error(message)) => Err((&*message).into()),
            };
            Ok(text(left)? == text(right)?)
        }
        (Kind::List(a), Kind::List(b)) | (Kind::Set(a), Kind::Set(b)) => {
            if a.len() != b.len() && !matches!(left.kind, Kind::Set(_)) {
                return Ok(false);
            }
            if a.len() == b.len() && a.iter().zip(b.iter()).any(|(a, b)| equal(a, b) == Ok(false)) {
                return Ok(false);
            }
            Err("whether two collections are equal depends on their types".into())
        }
        (Kind::Map(a), Kind::Map(b)) => {
            let closed = a.open.is_none() && b.open.is_none();
            let keys = a.entries.keys().eq(b.entries.keys());
            let differs = |(name, value): (&Arc<str>, &Value)| {
                b.entries.get(name).is_some_and(|other| equal(value, other) == Ok(false))
            };
            if closed && !keys || a.entries.iter().any(differs) {
                return Ok(false);
            }
            Err("whether two collections are equal depends on their types".into())
        }
        _ if identical(left, right) => Ok(true),
        // Text and the number or boolean that it spells may have been made one type on the way.
        _ => match (left.text(), right.text()) {
            (Ok(a), Ok(b)) if a != b => Ok(false),
            _ => Err("values of two types are compared".into()),
        },
    }
}
