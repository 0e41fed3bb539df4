//! Conditions, in three values.

use std::collections::BTreeSet;

use super::{Resolver, rephrased};
use crate::collect::cloudformation::tree::{Node, Value};
use crate::model::fact::{Fact, State};

impl<'t> Resolver<'t> {
    /// Whether the condition with this name holds.
    pub(in crate::collect::cloudformation) fn condition(&mut self, name: &str) -> Fact<bool> {
        if let Some((_, value)) = self.assumptions.iter().rev().find(|(assumed, _)| &**assumed == name) {
            return Fact::known(*value);
        }
        if let Some(fact) = self.decided.get(name) {
            return fact.clone();
        }
        let Some((key, node)) = self.template.conditions.get_key_value(name).map(|(key, node)| (*key, *node)) else {
            return Fact::unknown(format!("condition `{name}` is not in the template"));
        };
        if self.visiting.iter().any(|visited| visited == name) {
            return Fact::unknown(format!("condition `{name}` refers to itself"));
        }
        let outermost = self.visiting.is_empty();
        self.visiting.push(name.to_owned());
        let with_holes = std::mem::replace(&mut self.with_holes, false);
        let mut fact = self.expression(node).at(None);
        self.with_holes = with_holes;
        self.visiting.pop();
        if let (true, State::Unknown(reasons)) = (outermost, &fact.state) {
            let chained = rephrased(reasons, |why| format!("condition `{name}` cannot be decided: {why}"));
            fact = Fact::unknown(chained);
        }
        if outermost && self.assumptions.is_empty() {
            self.decided.insert(key, fact.clone());
        }
        fact
    }

    fn expression(&mut self, node: &'t Node) -> Fact<bool> {
        if !self.shared.enter() {
            return Fact::unknown("the conditions are too entangled to work out");
        }
        let fact = self.decide(node);
        self.shared.leave();
        fact
    }

    fn decide(&mut self, node: &'t Node) -> Fact<bool> {
        if let Value::Bool(value, _) = node.value {
            return Fact::known(value);
        }
        let [entry] = node.entries() else { return Fact::unknown("it is not written as one condition function") };
        let operands = match &entry.value.value {
            Value::List(operands) => operands.as_slice(),
            _ => std::slice::from_ref(&entry.value),
        };
        match (&*entry.key, operands) {
            ("Condition", [name]) => match name.name() {
                Some(name) => self.condition(&name),
                None => Fact::unknown("`Condition` is given no name"),
            },
            ("Fn::Not", [one]) => self.expression(one).negate(),
            ("Fn::And", all) => {
                let facts: Vec<_> = all.iter().map(|operand| self.expression(operand)).collect();
                Fact::all(facts)
            }
            ("Fn::Or", any) => {
                let facts: Vec<_> = any.iter().map(|operand| self.expression(operand)).collect();
                Fact::any(facts)
            }
            ("Fn::Equals", [left, right]) => self.equals(left, right),
            (other, _) => Fact::unknown(format!("`{other}` is not worked out in conditions")),
        }
    }

    fn equals(&mut self, left: &'t Node, right: &'t Node) -> Fact<bool> {
        let (a, b) = (self.argument_text(left), self.argument_text(right));
        match (&a.state, &b.state) {
            (State::Known(a), State::Known(b)) => return Fact::known(a == b),
            (State::Absent, _) | (_, State::Absent) => return Fact::unknown("`AWS::NoValue` is compared"),
            _ => {}
        }
        if let (Some(a), Some(b)) = (self.possible(left, &a), self.possible(right, &b))
            && a.is_disjoint(&b)
        {
            return Fact::known(false);
        }
        match (a.state, b.state) {
            (State::Unknown(a), State::Unknown(b)) => Fact::unknown(a.and(&b)),
            (State::Unknown(reasons), _) | (_, State::Unknown(reasons)) => Fact::unknown(reasons),
            _ => Fact::unknown("it cannot be compared"),
        }
    }

    /// All values that a side of a comparison can have, where they are listed.
    fn possible(&self, node: &Node, fact: &Fact<String>) -> Option<BTreeSet<String>> {
        if let Some(value) = fact.value() {
            return Some(BTreeSet::from([value.clone()]));
        }
        let name = node.get("Ref")?.name()?;
        self.allowed(&name).map(BTreeSet::from_iter)
    }
}
