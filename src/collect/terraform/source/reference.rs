//! Names and what is read from them: "References to Named Values" in the Terraform language documentation.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::convert::Stop;
use super::evaluator::{Evaluator, Scope};
use super::expression::elements_of;
use super::handle::{Handle, ModuleId};
use super::instances::Shape;
use super::operator::pair;
use super::path;
use super::tree::{Expr, ExprKind, Step};
use super::value::{Kind, Unknown, Value};

impl Evaluator<'_> {
    /// A name that stands alone.
    pub(super) fn bare(&mut self, scope: &Scope, name: &Arc<str>) -> Value {
        match bound(scope, name) {
            Some(value) => value,
            None => Kind::unknown(format!("`{name}` is not declared")).into(),
        }
    }

    pub(super) fn traversal(&mut self, scope: &Scope, base: &Expr, steps: &[Step]) -> Value {
        let (value, rest) = match &base.kind {
            ExprKind::Variable(name) if bound(scope, name).is_none() && !scope.isolated => {
                match self.root(scope, name, steps) {
                    Some(found) => found,
                    None => return Kind::unknown(format!("`{name}` is not declared")).into(),
                }
            }
            _ => (self.eval(scope, base), steps),
        };
        self.steps(scope, value, rest)
    }

    /// The value that a traversal begins with, and the steps that are left.
    fn root<'s>(&mut self, scope: &Scope, name: &str, steps: &'s [Step]) -> Option<(Value, &'s [Step])> {
        let (Step::Attribute(first), rest) = steps.split_first()? else { return None };
        let module = scope.module;
        Some(match name {
            "var" => (self.variable(module, first), rest),
            "local" => (self.local(module, first), rest),
            "module" => self.multiplied(scope, &format!("module.{first}"), rest),
            "data" => {
                let (Step::Attribute(second), rest) = rest.split_first()? else { return None };
                self.multiplied(scope, &format!("data.{first}.{second}"), rest)
            }
            "each" => {
                let value = scope.each.as_ref().and_then(|(key, value)| match &**first {
                    "key" => Some(key),
                    "value" => Some(value),
                    _ => None,
                });
                (value.cloned().unwrap_or_else(|| Kind::unknown("`each` is used without `for_each`").into()), rest)
            }
            "count" => {
                let unused = || Kind::unknown("`count.index` is used without `count`").into();
                (scope.index.clone().unwrap_or_else(unused), rest)
            }
            "self" => match &scope.itself {
                Some(handle) => {
                    let whole: Value = Kind::Whole(Arc::new(Handle::Resource((**handle).clone()))).into();
                    (whole, steps)
                }
                None => (Kind::unknown("`self` is used outside a resource").into(), rest),
            },
            "path" => (self.path(module, first).into(), rest),
            "terraform" | "tofu" => (self.workspace(first).into(), rest),
            kind => self.multiplied(scope, &format!("{kind}.{first}"), rest),
        })
    }

    fn path(&self, module: ModuleId, which: &str) -> Kind {
        let folder = |module: ModuleId| self.declared(module).map(|module| module.folder.clone());
        let found = match which {
            "root" => Some(".".to_owned()),
            "module" => folder(0).zip(folder(module)).and_then(|(root, own)| path::relative(&root, &own)),
            _ => None,
        };
        found.map_or_else(|| Kind::unknown(format!("`path.{which}` is known where Terraform runs")), Kind::text)
    }

    fn workspace(&self, which: &str) -> Kind {
        match (&self.options.workspace, which) {
            (Some(workspace), "workspace") => Kind::text(workspace.as_str()),
            _ => {
                let symbol = Some(format!("terraform.{which}"));
                Kind::Unknown(Unknown::sure("`terraform.workspace` is chosen where Terraform runs", symbol))
            }
        }
    }

    /// What `count` and `for_each` may multiply.
    fn multiplied<'s>(&mut self, scope: &Scope, name: &str, steps: &'s [Step]) -> (Value, &'s [Step]) {
        let module = scope.module;
        let Some(expansion) = self.expansion(module, name) else {
            return (Kind::unknown(format!("`{}` is not declared", self.address(module, name))).into(), steps);
        };
        let handle = |evaluator: &mut Self, key| evaluator.handle(module, name, &key);
        let value = match &expansion.shape {
            Shape::Single => handle(self, super::handle::Key::Single),
            Shape::Counted(count) => count.over(&mut |count| match count.count() {
                Ok(count) => Kind::list((0..count).map(|index| handle(self, super::handle::Key::Index(index)))).into(),
                Err(stop) => Kind::from(stop).into(),
            }),
            Shape::Mapped(elements) => elements.over(&mut |elements| match elements_of(elements) {
                Ok(elements) => {
                    let mut entries = BTreeMap::new();
                    for (key, _) in elements {
                        match key.text() {
                            Ok(key) => {
                                let value = handle(self, super::handle::Key::Name(key.clone()));
                                entries.insert(key, value);
                            }
                            Err(stop) => return Kind::from(stop).into(),
                        }
                    }
                    Kind::map(entries).into()
                }
                Err(stop) => Kind::from(stop).into(),
            }),
            Shape::Undecided { reasons, symbols } => {
                // The instance with the key that this one has, of what is multiplied alike.
                if let Some((Step::Index(index), rest)) = steps.split_first() {
                    let index = self.eval(scope, index);
                    if let Kind::Unknown(unknown) = &index.kind
                        && let Some(symbol) = &unknown.symbol
                        && symbols.iter().any(|own| **symbol == *format!("key({own})"))
                    {
                        return (handle(self, super::handle::Key::All), rest);
                    }
                }
                let symbol = format!("all({})", self.address(module, name));
                Kind::Unknown(Unknown::sure(reasons.clone(), Some(symbol))).into()
            }
        };
        (value, steps)
    }

    /// Takes the steps of a traversal.
    pub(super) fn steps(&mut self, scope: &Scope, mut value: Value, steps: &[Step]) -> Value {
        let mut rest = steps;
        while let Some((step, after)) = rest.split_first() {
            rest = after;
            value = match step {
                Step::Attribute(name) => value.over(&mut |value| self.attribute(value, name)),
                Step::Index(index) => {
                    let index = self.eval(scope, index);
                    pair(&value, &index, &mut |value, index| self.element(value, index))
                }
                Step::Splat => return value.over(&mut |value| self.splat(scope, value, after)),
                Step::AttributeSplat => {
                    let attributes =
                        after.iter().position(|step| !matches!(step, Step::Attribute(_))).unwrap_or(after.len());
                    let (inner, outer) = after.split_at(attributes);
                    rest = outer;
                    value.over(&mut |value| self.splat(scope, value, inner))
                }
            };
        }
        value
    }

    fn splat(&mut self, scope: &Scope, value: &Value, steps: &[Step]) -> Value {
        let elements: Vec<Value> = match &value.kind {
            Kind::Null => Vec::new(),
            Kind::List(all) | Kind::Set(all) => all.to_vec(),
            Kind::Error(_) => return value.clone(),
            Kind::Unknown(unknown) => {
                return Kind::Unknown(Unknown::derived(unknown.reasons.clone(), None)).into();
            }
            _ => vec![value.clone()],
        };
        let mut all = Vec::with_capacity(elements.len());
        for element in elements {
            let value = self.steps(scope, element, steps);
            if let Kind::Error(_) = value.kind {
                return value;
            }
            all.push(value);
        }
        Kind::list(all).into()
    }

    /// `value.name`.
    pub(super) fn attribute(&mut self, value: &Value, name: &str) -> Value {
        match &value.kind {
            Kind::Map(map) => match (map.entries.get(name), &map.open) {
                (Some(entry), _) => entry.clone(),
                (None, Some(open)) => Kind::Unknown(Unknown::derived(open.reasons.clone(), None)).into(),
                (None, None) => Kind::error(format!("there is no attribute `{name}`")).into(),
            },
            Kind::Whole(handle) => match &**handle {
                Handle::Resource(handle) => self.resource_attribute(handle, name),
                Handle::Module(module, _) => self.output(*module, name),
            },
            Kind::Unknown(unknown) => {
                let symbol = unknown.symbol.as_ref().map(|symbol| format!("{symbol}.{name}"));
                let kind = Kind::Unknown(Unknown::derived(unknown.reasons.clone(), symbol));
                Value { kind, at: value.at.clone(), key_at: None }
            }
            Kind::Error(_) => value.clone(),
            Kind::Choice(_) => value.over(&mut |value| self.attribute(value, name)),
            other => Kind::error(format!("attribute `{name}` is read from {}", other.name())).into(),
        }
    }

    /// `value[index]`.
    pub(super) fn element(&mut self, value: &Value, index: &Value) -> Value {
        match (&value.kind, &index.kind) {
            (Kind::Error(_), _) => return value.clone(),
            (_, Kind::Error(_)) => return index.clone(),
            (Kind::Unknown(unknown), _) => {
                let symbol =
                    unknown.symbol.as_ref().zip(index.symbol()).map(|(value, index)| format!("{value}[{index}]"));
                let kind = Kind::Unknown(Unknown::derived(unknown.reasons.clone(), symbol));
                return Value { kind, at: value.at.clone(), key_at: None };
            }
            (_, Kind::Unknown(unknown)) => {
                return Kind::Unknown(Unknown::derived(unknown.reasons.clone(), None)).into();
            }
            _ => {}
        }
        match &value.kind {
            Kind::List(all) => match index.count() {
                Ok(at) => {
                    let missing = || Kind::error(format!("there is no element {at}")).into();
                    all.get(at).cloned().unwrap_or_else(missing)
                }
                Err(stop) => Kind::from(stop).into(),
            },
            Kind::Map(_) | Kind::Whole(_) => match index.text() {
                Ok(name) => self.attribute(value, &name),
                Err(Stop::Unknown(unknown)) => Kind::Unknown(Unknown::derived(unknown.reasons.clone(), None)).into(),
                Err(Stop::Error(message)) => Kind::Error(message).into(),
            },
            other => Kind::error(format!("an element is taken from {}", other.name())).into(),
        }
    }
}

fn bound(scope: &Scope, name: &str) -> Option<Value> {
    scope.bindings.iter().rev().find(|(bound, _)| &**bound == name).map(|(_, value)| value.clone())
}
