//! Functions of numbers.

use super::{Answer, misused};
use crate::collect::terraform::source::convert::Stop;
use crate::collect::terraform::source::evaluator::Evaluator;
use crate::collect::terraform::source::number::Number;
use crate::collect::terraform::source::value::{Kind, Value};

pub(super) fn call(_: &mut Evaluator<'_>, name: &str, arguments: &[Value]) -> Answer {
    Some(match (name, arguments) {
        ("min", [_, ..]) => most(arguments, std::cmp::Ordering::Less),
        ("max", [_, ..]) => most(arguments, std::cmp::Ordering::Greater),
        ("sum", [list]) => sum(list),
        ("abs", [value]) => one(value, i128::checked_abs, f64::abs),
        ("ceil", [value]) => one(value, Some, f64::ceil),
        ("floor", [value]) => one(value, Some, f64::floor),
        ("signum", [value]) => {
            one(value, |whole| Some(whole.signum()), |real| if real == 0.0 { 0.0 } else { real.signum() })
        }
        ("pow", [base, exponent]) => power(base, exponent),
        ("parseint", [text, base]) => parse(text, base),
        ("min" | "max" | "sum" | "abs" | "ceil" | "floor" | "signum" | "pow" | "parseint", _) => Err(misused(name)),
        _ => return None,
    })
}

fn made(number: Option<Number>) -> Result<Kind, Stop> {
    number.map(Kind::Number).ok_or_else(|| Stop::unknown("the number is too large to work out"))
}

fn most(arguments: &[Value], wanted: std::cmp::Ordering) -> Result<Kind, Stop> {
    let numbers: Vec<Number> = arguments.iter().map(Value::number).collect::<Result<_, _>>()?;
    made(numbers.into_iter().reduce(|best, next| if next.order(best) == wanted { next } else { best }))
}

fn sum(list: &Value) -> Result<Kind, Stop> {
    let numbers: Vec<Number> = list.elements()?.iter().map(Value::number).collect::<Result<_, _>>()?;
    let mut numbers = numbers.into_iter();
    let first = numbers.next().ok_or_else(|| Stop::error("`sum` is given an empty list"))?;
    made(numbers.try_fold(first, |sum, next| sum.with(next, i128::checked_add, |a, b| a + b)))
}

fn one(value: &Value, whole: fn(i128) -> Option<i128>, real: fn(f64) -> f64) -> Result<Kind, Stop> {
    made(match value.number()? {
        Number::Whole(number) => whole(number).map(Number::Whole),
        Number::Real(number) => Number::real(real(number)),
    })
}

fn power(base: &Value, exponent: &Value) -> Result<Kind, Stop> {
    let (base, exponent) = (base.number()?.whole(), exponent.number()?.whole());
    let exact = base.zip(exponent.and_then(|exponent| u32::try_from(exponent).ok()));
    made(exact.and_then(|(base, exponent)| base.checked_pow(exponent)).map(Number::Whole))
}

fn parse(text: &Value, base: &Value) -> Result<Kind, Stop> {
    let (text, base) = (text.text()?, base.count()?);
    let base = u32::try_from(base).ok().filter(|base| (2..=36).contains(base));
    let base = base.ok_or_else(|| Stop::unknown("the base is not worked out here"))?;
    let number = i128::from_str_radix(&text, base).map_err(|_| Stop::error(format!("`{text}` is no number")))?;
    Ok(Kind::Number(Number::Whole(number)))
}
