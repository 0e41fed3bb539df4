//! Literals, collections, conditionals and `for`: "Expressions" in the Terraform language documentation.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::convert::Stop;
use super::evaluator::{Evaluator, Scope};
use super::tree::{Expr, ExprKind, For};
use super::value::{Kind, Map, Unknown, Value, choose};

impl Evaluator<'_> {
    /// The value of an expression, without guards.
    pub(super) fn value(&mut self, scope: &Scope, expr: &Expr) -> Value {
        match &expr.kind {
            ExprKind::Null => Kind::Null.into(),
            ExprKind::Bool(value) => Kind::Bool(*value).into(),
            ExprKind::Number(number) => Kind::Number(*number).into(),
            ExprKind::Text(text) => Kind::Text(text.clone()).into(),
            ExprKind::Tuple(elements) => self.tuple(scope, elements).into(),
            ExprKind::Object(entries) => self.object(scope, entries).unwrap_or_else(Kind::from).into(),
            ExprKind::Template(pieces) => self.template(scope, pieces),
            ExprKind::Variable(name) => self.bare(scope, name),
            ExprKind::Traversal(base, steps) => self.traversal(scope, base, steps),
            ExprKind::Conditional(parts) => self.conditional(scope, parts),
            ExprKind::Call(call) => self.call(scope, call),
            ExprKind::Not(inner) => self.eval(scope, inner).over(&mut super::operator::not),
            ExprKind::Negate(inner) => self.eval(scope, inner).over(&mut super::operator::negate),
            ExprKind::Binary(operator, sides) => self.binary(scope, *operator, sides),
            ExprKind::For(parts) => {
                let collection = self.eval(scope, &parts.collection);
                collection.over(&mut |collection| self.for_each_of(scope, parts, collection))
            }
        }
    }

    fn tuple(&mut self, scope: &Scope, elements: &[Expr]) -> Kind {
        let mut all = Vec::with_capacity(elements.len());
        for element in elements {
            let value = self.eval(scope, element);
            if let Kind::Error(message) = value.kind {
                return Kind::Error(message);
            }
            // What an element leaves out stands at the element.
            all.push(Value { key_at: Some(element.at.clone()), ..value });
        }
        Kind::list(all)
    }

    fn object(&mut self, scope: &Scope, entries: &[(Expr, Expr)]) -> Result<Kind, Stop> {
        let mut all = BTreeMap::new();
        for (key, expr) in entries {
            let name = self.eval(scope, key).text()?;
            let value = self.eval(scope, expr);
            if let Kind::Error(message) = value.kind {
                return Err(Stop::Error(message));
            }
            all.insert(name, Value { key_at: Some(key.at.clone()), ..value });
        }
        Ok(Kind::map(all))
    }

    fn conditional(&mut self, scope: &Scope, parts: &[Expr; 3]) -> Value {
        let [condition, yes, no] = parts;
        let condition = self.eval(scope, condition);
        condition.over(&mut |condition| self.branch(scope, condition, yes, no))
    }

    fn branch(&mut self, scope: &Scope, condition: &Value, yes: &Expr, no: &Expr) -> Value {
        match condition.boolean() {
            Ok(true) => self.taken(scope, yes, no),
            Ok(false) => self.taken(scope, no, yes),
            Err(Stop::Error(message)) => Kind::Error(message).into(),
            Err(Stop::Unknown(unknown)) => {
                self.may_fail(&unknown.reasons);
                let (yes, no) = (self.eval(scope, yes), self.eval(scope, no));
                decide(&unknown, alike(yes.clone(), &no), alike(no, &yes))
            }
        }
    }

    /// The branch that is taken; a number or boolean is text where the other branch is.
    fn taken(&mut self, scope: &Scope, taken: &Expr, other: &Expr) -> Value {
        let value = self.eval(scope, taken);
        if !matches!(value.kind, Kind::Number(_) | Kind::Bool(_)) {
            return value;
        }
        let other = self.eval(scope, other);
        alike(value, &other)
    }

    fn for_each_of(&mut self, scope: &Scope, parts: &For, collection: &Value) -> Value {
        // An object with further keys makes an object with further keys.
        let open = match &collection.kind {
            Kind::Map(map) if parts.key_result.is_some() && !parts.grouping => map.open.clone(),
            _ => None,
        };
        let elements = match if open.is_some() { known_entries(collection) } else { elements_of(collection) } {
            Ok(elements) => elements,
            Err(stop) => return Kind::from(stop).into(),
        };
        let mut taken = Vec::with_capacity(elements.len());
        let mut doubts: Vec<Arc<Unknown>> = Vec::new();
        for (key, value) in elements {
            if self.exhausted() {
                return Kind::unknown(super::evaluator::TANGLED).into();
            }
            let names = parts.key.iter().map(|name| (name.clone(), key.clone())).chain([(parts.value.clone(), value)]);
            let inner = scope.with(names);
            match parts.condition.as_ref().map(|condition| self.eval(&inner, condition).boolean()) {
                None | Some(Ok(true)) => taken.push(inner),
                Some(Ok(false)) => {}
                Some(Err(Stop::Error(message))) => return Kind::Error(message).into(),
                Some(Err(Stop::Unknown(unknown))) => {
                    self.may_fail(&unknown.reasons);
                    doubts.push(unknown);
                    taken.push(inner);
                }
            }
        }
        let Some(first) = doubts.first() else {
            return self.results(parts, &taken, open).unwrap_or_else(Kind::from).into();
        };
        // One condition for all elements takes all or none.
        let same = first.symbol.is_some() && doubts.iter().all(|other| other.symbol == first.symbol);
        if same && doubts.len() == taken.len() {
            let all = self.results(parts, &taken, open.clone()).unwrap_or_else(Kind::from).into();
            let none = self.results(parts, &[], open).unwrap_or_else(Kind::from).into();
            return decide(first, all, none);
        }
        let reasons = doubts.iter().skip(1).fold(first.reasons.clone(), |sum, more| sum.and(&more.reasons));
        Kind::unknown(reasons).into()
    }

    fn results(&mut self, parts: &For, scopes: &[Scope], open: Option<Arc<Unknown>>) -> Result<Kind, Stop> {
        let Some(key) = &parts.key_result else {
            let mut all = Vec::with_capacity(scopes.len());
            for scope in scopes {
                let value = self.eval(scope, &parts.result);
                if let Kind::Error(message) = value.kind {
                    return Err(Stop::Error(message));
                }
                all.push(value);
            }
            return Ok(Kind::list(all));
        };
        let mut grouped: BTreeMap<Arc<str>, Vec<Value>> = BTreeMap::new();
        for scope in scopes {
            let name = self.eval(scope, key).text()?;
            let value = self.eval(scope, &parts.result);
            if let Kind::Error(message) = value.kind {
                return Err(Stop::Error(message));
            }
            grouped.entry(name).or_default().push(value);
        }
        let mut entries = BTreeMap::new();
        for (name, mut values) in grouped {
            let value = match (parts.grouping, values.len()) {
                (true, _) => Kind::list(values).into(),
                (false, 1) => values.pop().unwrap_or_else(|| Kind::Null.into()),
                (false, _) => return Err(Stop::error(format!("key `{name}` is made twice"))),
            };
            entries.insert(name, value);
        }
        Ok(Kind::Map(Arc::new(Map { entries, open })))
    }
}

/// One of two values by a condition that is not known.
pub fn decide(condition: &Unknown, yes: Value, no: Value) -> Value {
    let symbol = condition.symbol.as_deref();
    match symbol.and_then(|symbol| symbol.strip_prefix('!')) {
        Some(negated) => choose(Some(negated.into()), &condition.reasons, no, yes),
        None => choose(condition.symbol.clone(), &condition.reasons, yes, no),
    }
}

/// A number or boolean as text, where that stands beside it.
fn alike(value: Value, other: &Value) -> Value {
    match (&value.kind, &other.kind) {
        (Kind::Number(_) | Kind::Bool(_), Kind::Text(_) | Kind::Reference(_)) => match value.text() {
            Ok(text) => Value { kind: Kind::Text(text), ..value },
            Err(_) => value,
        },
        _ => value,
    }
}

/// Keys and values of a collection in the order in which Terraform goes through it.
pub fn elements_of(value: &Value) -> Result<Vec<(Value, Value)>, Stop> {
    match &value.known()?.kind {
        Kind::List(all) => {
            Ok(all.iter().enumerate().map(|(index, value)| (Kind::whole(index).into(), value.clone())).collect())
        }
        Kind::Set(all) => Ok(all.iter().map(|value| (value.clone(), value.clone())).collect()),
        Kind::Map(_) => {
            value.closed()?;
            known_entries(value)
        }
        Kind::Whole(handle) => Err(Stop::unknown(format!("`{}` is gone through as a whole", handle.address()))),
        other => Err(Stop::error(format!("a collection is needed, and there is {}", other.name()))),
    }
}

fn known_entries(value: &Value) -> Result<Vec<(Value, Value)>, Stop> {
    let entries = &value.any_map()?.entries;
    Ok(entries.iter().map(|(name, value)| (Kind::Text(name.clone()).into(), value.clone())).collect())
}
