//! Functions: "Functions" in the Terraform language documentation. One that is not known here gives an unknown value.

mod collection;
mod encoding;
mod file;
mod format;
mod list;
mod logic;
mod number;
mod set;
mod text;

pub(super) use encoding::encoded;

use super::convert::Stop;
use super::evaluator::{Evaluator, Scope, TANGLED};
use super::tree::Call;
use super::value::{Kind, Unknown, Value};

/// How many combinations of arguments are worked out.
const MAX_COMBINATIONS: usize = 64;

/// Functions that give another value each time.
const IMPURE: &[&str] = &["uuid", "timestamp", "plantimestamp", "bcrypt", "rsadecrypt"];

impl Evaluator<'_> {
    pub(super) fn call(&mut self, scope: &Scope, call: &Call) -> Value {
        let name = call.name.strip_prefix("core::").unwrap_or(&call.name);
        match name {
            "try" if !call.expand => return self.first_that_works(scope, &call.arguments),
            "can" if !call.expand => return self.works(scope, &call.arguments),
            _ => {}
        }
        let mut arguments: Vec<Value> = Vec::with_capacity(call.arguments.len());
        for (index, expr) in call.arguments.iter().enumerate() {
            let value = self.eval(scope, expr);
            if call.expand && index + 1 == call.arguments.len() {
                // Each list makes other arguments.
                return value.over(&mut |value| match value.elements() {
                    Ok(all) => {
                        let arguments: Vec<Value> = arguments.iter().chain(all.iter()).cloned().collect();
                        self.over_all(name, &arguments)
                    }
                    Err(stop) => Kind::from(stop).into(),
                });
            }
            arguments.push(value);
        }
        self.over_all(name, &arguments)
    }

    /// Applies a function to each combination of what its arguments may be.
    fn over_all(&mut self, name: &str, arguments: &[Value]) -> Value {
        let combinations = arguments.iter().fold(1_usize, |all, argument| all.saturating_mul(argument.leaves()));
        if combinations > MAX_COMBINATIONS {
            let reasons = arguments.iter().filter_map(Value::doubt).map(|unknown| unknown.reasons.clone());
            let reasons = reasons.reduce(|sum, more| sum.and(&more));
            return Kind::unknown(reasons.unwrap_or_else(|| TANGLED.into())).into();
        }
        self.combine(name, arguments, &mut Vec::new())
    }

    fn combine(&mut self, name: &str, rest: &[Value], chosen: &mut Vec<Value>) -> Value {
        let Some((next, rest)) = rest.split_first() else { return self.apply(name, chosen) };
        next.over(&mut |value| {
            chosen.push(value.clone());
            let result = self.combine(name, rest, chosen);
            chosen.pop();
            result
        })
    }

    fn apply(&mut self, name: &str, arguments: &[Value]) -> Value {
        let refused = arguments.iter().find_map(|argument| match &argument.kind {
            Kind::Error(message) => Some(message.clone()),
            _ => None,
        });
        if let Some(message) = refused {
            return Kind::Error(message).into();
        }
        if self.spend(1 + arguments.len(), 0).is_err() {
            return Kind::unknown(TANGLED).into();
        }
        if let Some(doubt) = arguments.iter().find_map(Value::doubt) {
            self.may_fail(&doubt.reasons);
        }
        let result = self.function(name, arguments);
        result.unwrap_or_else(|stop| stopped(stop, name, arguments)).into()
    }

    fn function(&mut self, name: &str, arguments: &[Value]) -> Result<Kind, Stop> {
        let families = [logic::call, text::call, format::call, number::call, list::call, collection::call, set::call];
        for family in families {
            if let Some(result) = family(self, name, arguments) {
                return result;
            }
        }
        if let Some(result) = encoding::call(self, name, arguments).or_else(|| file::call(self, name, arguments)) {
            return result;
        }
        Err(Stop::unknown(format!("function `{name}` is not worked out here")))
    }
}

/// What a function gives that could not be worked out.
fn stopped(stop: Stop, name: &str, arguments: &[Value]) -> Kind {
    let unknown = match stop {
        Stop::Error(message) => return Kind::Error(message),
        Stop::Unknown(unknown) => unknown,
    };
    let symbols: Option<Vec<String>> = arguments.iter().map(Value::symbol).collect();
    let symbol = symbols.filter(|_| !IMPURE.contains(&name)).map(|all| format!("{name}({})", all.join(",")));
    let derived = Unknown::derived(unknown.reasons.clone(), symbol);
    Kind::Unknown(match &unknown.shape {
        // What is known of an argument is known of the result of this function alone.
        Some(shape) if name == "jsonencode" => derived.shaped(shape.to_string()),
        _ => derived,
    })
}

/// What a family of functions makes of a call; none where the function is not of the family.
type Answer = Option<Result<Kind, Stop>>;

/// The wrong number of arguments.
fn misused(name: &str) -> Stop {
    Stop::error(format!("function `{name}` is given the wrong number of arguments"))
}
