//! Variables, locals and outputs.

use std::sync::Arc;

use super::evaluator::{Evaluator, Scope, rephrased};
use super::folder::{self, FileKind};
use super::handle::ModuleId;
use super::module::Variable;
use super::parse;
use super::tree::{Expr, ExprKind};
use super::types::Type;
use super::value::{Kind, Unknown, Value};
use crate::collect::terraform::source::Input;
use crate::model::fact::{Cure, Reason, Reasons};
use crate::model::position::{Point, Position};

/// The longest reason that gets a chain in front of it.
const MAX_CHAIN: usize = 400;

impl Evaluator<'_> {
    /// `var.name`.
    pub(super) fn variable(&mut self, module: ModuleId, name: &str) -> Value {
        self.named(module, &format!("var.{name}"), |evaluator| {
            let Some(declared) = evaluator.declared(module) else {
                return Kind::unknown("the module was not read").into();
            };
            let Some(variable) = declared.variables.get(name) else {
                return Kind::unknown(format!(
                    "`{}` is not declared",
                    evaluator.address(module, &format!("var.{name}"))
                ))
                .into();
            };
            let given = match evaluator.instance(module).and_then(|instance| instance.call.clone()) {
                None => evaluator.given(name, variable),
                Some(caller) => {
                    let input = caller.block.body.attribute(name).map(|attribute| attribute.expr.clone());
                    let mut value = input.map(|expr| evaluator.argument(&caller.scope, &expr));
                    // What is left out stands where the module is called.
                    if value.is_none() {
                        value = variable.default.is_none().then(|| {
                            let address = evaluator.instance(module).map(|instance| instance.address.clone());
                            let address = address.unwrap_or_default();
                            Kind::unknown(format!("`{address}` leaves out `{name}`, which has no default")).into()
                        });
                        value = value.map(|value: Value| value.at(&caller.block.header));
                    }
                    value.or_else(|| {
                        let default = variable.default.clone()?;
                        Some(evaluator.literal(module, &default).at(&caller.block.header))
                    })
                }
            };
            let value = given.unwrap_or_else(|| evaluator.unset(module, name));
            evaluator.constrained(module, variable, &value)
        })
    }

    fn constrained(&mut self, module: ModuleId, variable: &Variable, value: &Value) -> Value {
        let converted = variable.kind.convert(value, &mut |expr| self.literal(module, expr));
        let (false, Some(default)) = (variable.nullable, &variable.default) else { return converted };
        // `null` stands for the default.
        let default = self.literal(module, default);
        let default = variable.kind.convert(&default, &mut |expr| self.literal(module, expr));
        converted.over(&mut |value| match &value.kind {
            Kind::Null => Value { at: value.at.clone().or_else(|| default.at.clone()), ..default.clone() },
            Kind::Unknown(unknown) => Kind::Unknown(Unknown::derived(unknown.reasons.clone(), None)).into(),
            _ => value.clone(),
        })
    }

    /// A root module's variable that nothing gives a value.
    fn unset(&self, module: ModuleId, name: &str) -> Value {
        let reason = Reason::new(format!("variable `{name}` has no value here")).cured_by(Cure::Parameter(name.into()));
        let symbol = self.address(module, &format!("var.{name}"));
        Kind::Unknown(Unknown::sure(Reasons::from(reason), Some(symbol))).into()
    }

    fn literal(&mut self, module: ModuleId, expr: &Expr) -> Value {
        self.eval(&Scope { isolated: true, ..Scope::of(module) }, expr)
    }

    /// The value that the root module is given, in Terraform's precedence: the environment, `terraform.tfvars`,
    /// `*.auto.tfvars`, the command line.
    fn given(&mut self, name: &str, variable: &Variable) -> Option<Value> {
        for input in self.options.inputs.iter().rev() {
            match input {
                Input::Value { name: given, text } if given == name => {
                    return Some(self.given_text(name, text, &variable.kind));
                }
                Input::Value { .. } => {}
                Input::File { path, text } => {
                    let kind = if path.ends_with(".json") { FileKind::JsonValues } else { FileKind::Values };
                    if let Some(found) = self.in_file(name, &folder::parse(path, kind, text)) {
                        return Some(found);
                    }
                }
            }
        }
        let files = self.declared(0).map(|module| module.values.clone()).unwrap_or_default();
        for file in files.iter().rev() {
            if let Some(found) = self.in_file(name, file) {
                return Some(found);
            }
        }
        if let Some(text) = self.options.environment.get(name) {
            return Some(self.given_text(name, text, &variable.kind));
        }
        let default = variable.default.clone()?;
        Some(self.literal(0, &default))
    }

    /// The value in a file; unknown where the file cannot be read.
    fn in_file(&mut self, name: &str, file: &folder::ParsedFile) -> Option<Value> {
        match &file.body {
            Ok(body) => {
                let expr = body.attribute(name)?.expr.clone();
                Some(self.literal(0, &expr))
            }
            Err(_) => Some(Kind::unknown(format!("`{}` may give it a value, and cannot be read", file.path)).into()),
        }
    }

    fn given_text(&mut self, name: &str, text: &str, kind: &Type) -> Value {
        if kind.takes_text() {
            return Kind::text(text).into();
        }
        let start = Point { line: 1, column: 1 };
        let at = Arc::new(Position { file: format!("var.{name}").into(), start, end: start });
        match parse::expression(text, &at) {
            Some(expr) => Value { at: None, ..self.literal(0, &expr) },
            None => Kind::unknown(format!("the value that is given for variable `{name}` cannot be read")).into(),
        }
    }

    /// `local.name`.
    pub(super) fn local(&mut self, module: ModuleId, name: &str) -> Value {
        let full = format!("local.{name}");
        self.named(module, &full, |evaluator| {
            let expr = evaluator.declared(module).and_then(|declared| declared.locals.get(name).cloned());
            let address = evaluator.address(module, &full);
            let Some(expr) = expr else { return Kind::unknown(format!("`{address}` is not declared")).into() };
            chained(evaluator.eval(&Scope::of(module), &expr), &address, &expr)
        })
    }

    /// An output of a called module.
    pub(super) fn output(&mut self, module: ModuleId, name: &str) -> Value {
        self.named(module, &format!("output.{name}"), |evaluator| {
            let address = evaluator.address(module, name);
            let instance = evaluator.instance(module).cloned();
            let expr = match instance.map(|instance| instance.module) {
                Some(Ok(declared)) => declared.outputs.get(name).cloned(),
                Some(Err(reasons)) => {
                    let reasons = rephrased(&reasons, |why| format!("`{address}` is not known: {why}"));
                    return Kind::Unknown(Unknown::derived(reasons, Some(address))).into();
                }
                None => None,
            };
            match expr {
                Some(expr) => evaluator.eval(&Scope::of(module), &expr),
                None => Kind::unknown(format!("`{address}` is not declared")).into(),
            }
        })
    }
}

/// The same value; where it is not known, with the name that stands for it in front of the reasons.
fn chained(value: Value, name: &str, expr: &Expr) -> Value {
    let Kind::Unknown(unknown) = &value.kind else { return value };
    // A mere other name for it says nothing more.
    if matches!(expr.kind, ExprKind::Variable(_)) || unknown.reasons.iter().any(|reason| reason.why.len() > MAX_CHAIN) {
        return value;
    }
    let reasons = rephrased(&unknown.reasons, |why| format!("`{name}` is not known: {why}"));
    let kind = Kind::Unknown(Arc::new(Unknown { reasons, ..(**unknown).clone() }));
    Value { kind, ..value }
}
