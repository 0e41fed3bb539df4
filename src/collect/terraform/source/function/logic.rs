//! `try`, `can`, `coalesce` and conversions: functions that decide by what their arguments turn out to be.

use super::{Answer, misused};
use crate::collect::terraform::source::convert::Stop;
use crate::collect::terraform::source::evaluator::{Evaluator, Scope};
use crate::collect::terraform::source::tree::Expr;
use crate::collect::terraform::source::value::{Kind, Unknown, Value};

impl Evaluator<'_> {
    /// `try`: the first argument that is no error. One that may be an error leaves open which it is.
    pub(in super::super) fn first_that_works(&mut self, scope: &Scope, arguments: &[Expr]) -> Value {
        let Some((first, rest)) = arguments.split_first() else {
            return Kind::error("none of what is tried works").into();
        };
        let outer = self.perhaps.take();
        let value = self.eval(scope, first);
        let inner = std::mem::replace(&mut self.perhaps, outer);
        if let Some(reasons) = inner {
            if !rest.is_empty() {
                return Kind::Unknown(Unknown::derived(reasons, None)).into();
            }
            self.may_fail(&reasons);
        }
        value.over(&mut |value| match (&value.kind, value.may_fail()) {
            (Kind::Error(_), _) => self.first_that_works(scope, rest),
            (_, Some(reasons)) if !rest.is_empty() => Kind::Unknown(Unknown::derived(reasons, None)).into(),
            _ => value.clone(),
        })
    }

    /// `can`: whether the argument is no error.
    pub(in super::super) fn works(&mut self, scope: &Scope, arguments: &[Expr]) -> Value {
        let [argument] = arguments else { return Kind::error("`can` takes one argument").into() };
        let outer = self.perhaps.take();
        let value = self.eval(scope, argument);
        let inner = std::mem::replace(&mut self.perhaps, outer);
        if let Some(reasons) = inner {
            return Kind::Unknown(Unknown::derived(reasons, None)).into();
        }
        value.over(&mut |value| match (&value.kind, value.may_fail()) {
            (Kind::Error(_), _) => Kind::Bool(false).into(),
            (_, Some(reasons)) => Kind::Unknown(Unknown::derived(reasons, None)).into(),
            _ => Kind::Bool(true).into(),
        })
    }
}

pub(super) fn call(_: &mut Evaluator<'_>, name: &str, arguments: &[Value]) -> Answer {
    Some(match (name, arguments) {
        ("coalesce", all) => coalesce(all),
        ("coalescelist", all) => coalesce_list(all),
        ("sensitive" | "nonsensitive", [value]) => Ok(value.kind.clone()),
        ("tostring", [value]) => match &value.kind {
            Kind::Null | Kind::Reference(_) => Ok(value.kind.clone()),
            _ => value.text().map(Kind::Text),
        },
        ("tonumber", [value]) => match &value.kind {
            Kind::Null => Ok(Kind::Null),
            _ => value.number().map(Kind::Number),
        },
        ("tobool", [value]) => match &value.kind {
            Kind::Null => Ok(Kind::Null),
            _ => value.boolean().map(Kind::Bool),
        },
        ("one", [value]) => one(value),
        ("alltrue", [value]) => every(value, true),
        ("anytrue", [value]) => every(value, false),
        ("tostring" | "tonumber" | "tobool" | "one" | "alltrue" | "anytrue" | "sensitive" | "nonsensitive", _) => {
            Err(misused(name))
        }
        _ => return None,
    })
}

/// The first argument that is neither null nor the empty text.
fn coalesce(arguments: &[Value]) -> Result<Kind, Stop> {
    for argument in arguments {
        match &argument.known()?.kind {
            Kind::Null => {}
            Kind::Text(text) if text.is_empty() => {}
            kind => return Ok(kind.clone()),
        }
    }
    Err(Stop::error("all arguments of `coalesce` are null or empty"))
}

/// The first argument that is no empty list.
fn coalesce_list(arguments: &[Value]) -> Result<Kind, Stop> {
    for argument in arguments {
        if let Kind::Null = argument.kind {
            continue;
        }
        if !argument.elements()?.is_empty() {
            return Ok(argument.kind.clone());
        }
    }
    Err(Stop::error("all arguments of `coalescelist` are empty"))
}

fn one(value: &Value) -> Result<Kind, Stop> {
    if let Kind::Null = value.kind {
        return Ok(Kind::Null);
    }
    match &**value.elements()? {
        [] => Ok(Kind::Null),
        [only] => Ok(only.kind.clone()),
        _ => Err(Stop::error("`one` is given more than one element")),
    }
}

/// Kleene's conjunction or disjunction over a list; null counts as false.
fn every(value: &Value, all: bool) -> Result<Kind, Stop> {
    let mut doubt = None;
    for element in value.elements()?.iter() {
        let element = match &element.kind {
            Kind::Null => Ok(false),
            _ => element.boolean(),
        };
        match element {
            Ok(value) if value != all => return Ok(Kind::Bool(value)),
            Ok(_) => {}
            Err(stop @ Stop::Error(_)) => return Err(stop),
            Err(stop) => doubt = Some(stop),
        }
    }
    doubt.map_or(Ok(Kind::Bool(all)), Err)
}
