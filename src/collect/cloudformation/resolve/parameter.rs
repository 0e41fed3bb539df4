//! What a parameter is: the value that the user or the stack around gives it, or its default.

use std::sync::Arc;

use super::Resolver;
use super::function::{list_of_texts, unknown};
use crate::collect::cloudformation::stack::Given;
use crate::collect::cloudformation::tree::{Node, Value};
use crate::collect::declared::item::{Choice, Item, Kind};
use crate::model::fact::{Cure, Fact, Reason, State};

impl<'t> Resolver<'t> {
    /// The value of a parameter ("Parameters" in the CloudFormation User Guide).
    pub(super) fn parameter(&self, name: &str, node: &'t Node) -> Kind {
        let kind = node.get("Type").and_then(Node::text).unwrap_or_else(|| "String".into());
        if kind.starts_with("AWS::SSM::") {
            return unknown(&format!("parameter `{name}` is read from the SSM Parameter Store when the stack is made"));
        }
        let list = &*kind == "CommaDelimitedList" || kind.starts_with("List<");
        let given = match &self.stack.given {
            Given::Stack(inputs) => return self.input(name, node, list, &inputs.get(name).kind),
            Given::User(options) => options.parameters.get(name).map(|value| Arc::<str>::from(value.as_str())),
        };
        if given.is_none()
            && let Given::User(options) = &self.stack.given
            && let Some(why) = options.unknown_parameters.get(name)
        {
            let why = format!("parameter `{name}` {why}");
            return Kind::Unknown(Reason::new(why).cured_by(Cure::Parameter(name.to_owned())).into());
        }
        match given {
            Some(value) => self.value(&value, list),
            None => self.default(node, list).unwrap_or_else(|| {
                Kind::Unknown(
                    Reason::new(format!("parameter `{name}` has no default"))
                        .cured_by(Cure::Parameter(name.to_owned()))
                        .into(),
                )
            }),
        }
    }

    /// What the stack around gives; nothing leaves the default.
    fn input(&self, name: &str, node: &'t Node, list: bool, given: &Kind) -> Kind {
        match given {
            Kind::Absent => self.default(node, list).unwrap_or_else(|| {
                let stack = self.stack.path.trim_end_matches('.');
                unknown(&format!("parameter `{name}` of nested stack `{stack}` has no value and no default"))
            }),
            Kind::Choice(choice) => {
                let side = |item: &Item| Item { kind: self.input(name, node, list, &item.kind), ..item.clone() };
                let (yes, no) = (side(&choice.yes), side(&choice.no));
                Kind::Choice(Arc::new(Choice { yes, no, why: choice.why.clone() }))
            }
            Kind::Text(text) | Kind::Number(text) => self.value(text, list),
            Kind::Bool(value) => self.value(if *value { "true" } else { "false" }, list),
            Kind::Unknown(reasons) => Kind::Unknown(reasons.clone()),
            // A name has no comma.
            Kind::Reference(_) if list => Kind::List([Item { kind: given.clone(), at: None, key_at: None }].into()),
            Kind::Reference(_) => given.clone(),
            // CloudFormation wants the elements of a list joined to one text ("AWS::CloudFormation::Stack", `Parameters`).
            Kind::List(_) | Kind::Map(_) => unknown(&format!("parameter `{name}` is given what is no text")),
        }
    }

    /// The default; or the only value that is allowed.
    fn default(&self, node: &'t Node, list: bool) -> Option<Kind> {
        let only = || match node.get("AllowedValues").map(|allowed| &allowed.value) {
            Some(Value::List(allowed)) => match allowed.as_slice() {
                [only] => only.text(),
                _ => None,
            },
            _ => None,
        };
        let default = node.get("Default").and_then(|node| match &node.value {
            Value::Null => Some("".into()),
            _ => node.text(),
        });
        default.or_else(only).map(|value| self.value(&value, list))
    }

    fn value(&self, text: &str, list: bool) -> Kind {
        if list && !super::is_dynamic(text) {
            return list_of_texts(text.split(',').map(str::trim));
        }
        self.literal(&text.into())
    }

    /// The values that a parameter may have; none where they are not listed.
    pub(super) fn allowed(&self, name: &str) -> Option<Vec<String>> {
        let Value::List(allowed) = &self.template.parameters.get(name)?.get("AllowedValues")?.value else {
            return None;
        };
        allowed.iter().map(|value| Some(value.text()?.to_string())).collect()
    }
}

/// A fact as a value.
pub(super) fn kind_of_text(fact: Fact<String>) -> Kind {
    match fact.state {
        State::Known(text) => Kind::Text(text.into()),
        State::Absent => Kind::Absent,
        State::Unknown(reasons) => Kind::Unknown(reasons),
    }
}
