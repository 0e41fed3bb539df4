//! The functions that values are made with.

use std::sync::Arc;

use super::Resolver;
use crate::collect::cloudformation::expand::UNKNOWN;
use crate::collect::cloudformation::tree::{Node, Value};
use crate::collect::declared::item::{Choice, Item, Kind, Reference};
use crate::model::fact::{Cure, Fact, Reason, Reasons, State};

impl<'t> Resolver<'t> {
    /// The value of a function; what stops it is chained to the property that it stands in.
    pub(super) fn call(&mut self, name: &'t str, argument: &'t Node, node: &'t Node) -> Kind {
        if name == "Fn::If" {
            return self.choose(argument, node);
        }
        let outermost = !std::mem::replace(&mut self.inside_function, true);
        // Other functions look into texts, which a hole would mislead.
        let composes = matches!(name, "Ref" | "Fn::GetAtt" | "Fn::Sub" | "Fn::Join");
        let with_holes = self.with_holes;
        self.with_holes = with_holes && composes;
        let kind = self.evaluate(name, argument);
        self.with_holes = with_holes;
        self.inside_function = !outermost;
        match kind {
            Kind::Unknown(reasons) if outermost => Kind::Unknown(self.chained(&reasons, node)),
            Kind::Reference(reference) if outermost => match reference.text.reasons() {
                Some(reasons) => {
                    let text = Fact::unknown(self.chained(reasons, node));
                    Kind::Reference(Arc::new(Reference { text, target: reference.target.clone(), shape: None }))
                }
                None => Kind::Reference(reference),
            },
            other => other,
        }
    }

    fn evaluate(&mut self, name: &'t str, argument: &'t Node) -> Kind {
        match name {
            "Ref" => match self.name(argument).state {
                State::Known(name) => self.reference(&name),
                State::Unknown(reasons) => Kind::Unknown(reasons),
                State::Absent => unknown("`Ref` is given no name"),
            },
            "Fn::GetAtt" => self.attribute(argument),
            "Fn::Sub" => self.substitute(argument),
            "Fn::Join" => self.join(argument),
            "Fn::Select" => self.select(argument),
            "Fn::Split" => self.split(argument),
            "Fn::FindInMap" => self.find_in_map(argument),
            "Fn::Base64" => self.base64(argument),
            "Fn::Cidr" => self.cidr(argument),
            "Fn::Length" => self.length(argument),
            "Fn::ToJsonString" => self.json_text(argument),
            // A name is exported once for each account and Region, and nobody knows whether the template that exports it
            // here is the one that is deployed there.
            "Fn::ImportValue" => Kind::Unknown(
                Reason::new("the value is exported by another stack")
                    .cured_by(Cure::Source("pass the value as a parameter, or audit the account".to_owned()))
                    .into(),
            ),
            "Fn::Transform" => match argument.get("Name").and_then(Node::text).as_deref() {
                Some("AWS::Include") => unknown("`AWS::Include` inserts a file from S3 when the stack is made"),
                _ => unknown("a macro writes the value when the stack is made"),
            },
            "Fn::GetAZs" => unknown("the Availability Zones are known when the stack is made"),
            UNKNOWN => unknown("it hangs on what a loop runs over, which is not known"),
            other => unknown(&format!("`{other}` is not worked out from a template")),
        }
    }

    fn choose(&mut self, argument: &'t Node, node: &'t Node) -> Kind {
        let Value::List(arguments) = &argument.value else { return unknown("`Fn::If` is given no list") };
        let [condition, yes, no] = arguments.as_slice() else {
            return unknown("`Fn::If` is not given three arguments");
        };
        let Some(name) = condition.name() else { return unknown("`Fn::If` is given no condition's name") };
        match self.condition(&name).state {
            State::Known(true) => self.guarded(|resolver| resolver.kind(yes)),
            State::Known(false) | State::Absent => self.guarded(|resolver| resolver.kind(no)),
            State::Unknown(reasons) => {
                let why = if self.inside_function { reasons } else { self.chained(&reasons, node) };
                let yes = self.assuming(&name, true, yes);
                let no = self.assuming(&name, false, no);
                Kind::Choice(Arc::new(Choice { yes, no, why }))
            }
        }
    }

    fn assuming(&mut self, condition: &Arc<str>, value: bool, node: &'t Node) -> Item {
        self.assumptions.push((condition.clone(), value));
        let item = self.item(node, None);
        self.assumptions.pop();
        item
    }

    fn select(&mut self, argument: &'t Node) -> Kind {
        let Value::List(arguments) = &argument.value else { return unknown("`Fn::Select` is given no list") };
        let [index, list] = arguments.as_slice() else { return unknown("`Fn::Select` is not given two arguments") };
        let index = match self.argument_text(index).state {
            State::Known(text) => text.trim().parse::<usize>(),
            State::Unknown(reasons) => return Kind::Unknown(reasons),
            State::Absent => return unknown("`Fn::Select` is given no index"),
        };
        match (index, self.argument(list).kind) {
            (Ok(index), Kind::List(elements)) => {
                let certain = elements
                    .iter()
                    .take(index.saturating_add(1))
                    .all(|item| !matches!(item.kind, Kind::Absent | Kind::Choice(_)));
                match elements.get(index) {
                    Some(item) if certain => item.kind.clone(),
                    _ => unknown("`Fn::Select` cannot tell which element it takes"),
                }
            }
            (_, Kind::Unknown(reasons)) => Kind::Unknown(reasons),
            _ => unknown("`Fn::Select` takes an index and a list"),
        }
    }

    fn split(&mut self, argument: &'t Node) -> Kind {
        let Value::List(arguments) = &argument.value else { return unknown("`Fn::Split` is given no list") };
        let [separator, text] = arguments.as_slice() else { return unknown("`Fn::Split` is not given two arguments") };
        let Some(separator) = separator.text().filter(|separator| !separator.is_empty()) else {
            return unknown("`Fn::Split` is given no separator");
        };
        match self.argument_text(text).state {
            State::Known(text) => list_of_texts(text.split(&*separator)),
            State::Unknown(reasons) => Kind::Unknown(reasons),
            State::Absent => unknown("`Fn::Split` is given no text"),
        }
    }

    fn find_in_map(&mut self, argument: &'t Node) -> Kind {
        let Value::List(arguments) = &argument.value else { return unknown("`Fn::FindInMap` is given no list") };
        let [map, top, second, more @ ..] = arguments.as_slice() else {
            return unknown("`Fn::FindInMap` is not given three arguments");
        };
        // "Fn::FindInMap enhancements", of the transform AWS::LanguageExtensions.
        let default = more.first().and_then(|options| options.get("DefaultValue"));
        let name = match self.name(map).state {
            State::Known(name) => name,
            State::Unknown(reasons) => return Kind::Unknown(reasons),
            State::Absent => return unknown("`Fn::FindInMap` is given no map's name"),
        };
        let Some(mapping) = self.template.mappings.get(name.as_str()).copied() else {
            return unknown(&format!("map `{name}` is not in the template"));
        };
        let (top, second) = (self.name(top), self.name(second));
        let second = match second.state {
            State::Known(second) => second,
            State::Unknown(reasons) => return Kind::Unknown(reasons),
            State::Absent => return unknown("`Fn::FindInMap` is given no second key"),
        };
        match top.state {
            State::Known(top) => match mapping.get(&top).and_then(|row| row.get(&second)) {
                Some(node) => self.argument(node).kind,
                None => match default {
                    Some(node) => self.argument(node).kind,
                    None => unknown(&format!("map `{name}` has no `{second}` under `{top}`")),
                },
            },
            // With a default, the key need not be in the map.
            State::Unknown(reasons) if default.is_some() => Kind::Unknown(reasons),
            // Whatever the key is: where every row says the same, that is the value.
            State::Unknown(reasons) => {
                let mut rows = mapping.entries().iter().map(|row| row.value.get(&second).and_then(Node::text));
                match rows.next().flatten() {
                    Some(first) if rows.all(|text| text.as_ref() == Some(&first)) => self.literal(&first),
                    _ => Kind::Unknown(reasons),
                }
            }
            State::Absent => unknown("`Fn::FindInMap` is given no top key"),
        }
    }

    /// A name as it is written; with the transform `AWS::LanguageExtensions`, a function may make it.
    pub(super) fn name(&mut self, node: &'t Node) -> Fact<String> {
        node.name().map_or_else(|| self.argument_text(node), |name| Fact::known(name.to_string()))
    }

    /// An argument of a function.
    pub(in crate::collect::cloudformation) fn argument(&mut self, node: &'t Node) -> Item {
        let before = std::mem::replace(&mut self.inside_function, true);
        let item = self.item(node, None);
        self.inside_function = before;
        item
    }

    /// The text of an argument.
    pub(super) fn argument_text(&mut self, node: &'t Node) -> Fact<String> {
        self.argument(node).text()
    }
}

/// A list made by a function: its elements stand nowhere of their own.
pub(in crate::collect::cloudformation) fn list_of_texts<'a>(texts: impl Iterator<Item = &'a str>) -> Kind {
    Kind::List(texts.map(|text| Item { kind: Kind::Text(text.into()), at: None, key_at: None }).collect())
}

pub(in crate::collect::cloudformation) fn unknown(why: &str) -> Kind {
    Kind::Unknown(Reasons::from(why))
}
