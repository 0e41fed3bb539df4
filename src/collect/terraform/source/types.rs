//! Type constraints of variables, and the values that they make: "Type Constraints" in the Terraform language
//! documentation.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::convert::Stop;
use super::tree::{Expr, ExprKind};
use super::value::{Kind, Map, Unknown, Value};

/// A type constraint.
#[derive(Clone, Debug)]
pub enum Type {
    /// Anything.
    Any,
    /// Text.
    Text,
    /// A number.
    Number,
    /// A boolean.
    Bool,
    /// A list.
    List(Box<Self>),
    /// A set.
    Set(Box<Self>),
    /// A map.
    Map(Box<Self>),
    /// A tuple.
    Tuple(Vec<Self>),
    /// An object.
    Object(BTreeMap<Arc<str>, Field>),
}

/// An attribute of an object.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its type.
    pub kind: Type,
    /// Whether it may be left out.
    pub optional: bool,
    /// Its value then, else `null`. Only literals are worked out.
    pub default: Option<Expr>,
}

impl Type {
    /// Reads a constraint. What cannot be read lets everything through.
    pub fn of(expr: &Expr) -> Self {
        match &expr.kind {
            ExprKind::Variable(name) => Self::named(name),
            // Old configurations write the type as text.
            ExprKind::Text(name) => match &**name {
                "list" => Self::List(Box::new(Self::Any)),
                "map" => Self::Map(Box::new(Self::Any)),
                other => Self::named(other),
            },
            ExprKind::Call(call) => match (&*call.name, call.arguments.as_slice()) {
                ("list", [of]) => Self::List(Box::new(Self::of(of))),
                ("set", [of]) => Self::Set(Box::new(Self::of(of))),
                ("map", [of]) => Self::Map(Box::new(Self::of(of))),
                ("tuple", [Expr { kind: ExprKind::Tuple(all), .. }]) => Self::Tuple(all.iter().map(Self::of).collect()),
                ("object", [Expr { kind: ExprKind::Object(entries), .. }]) => Self::object(entries),
                _ => Self::Any,
            },
            _ => Self::Any,
        }
    }

    fn named(name: &str) -> Self {
        match name {
            "string" => Self::Text,
            "number" => Self::Number,
            "bool" => Self::Bool,
            "list" => Self::List(Box::new(Self::Any)),
            "set" => Self::Set(Box::new(Self::Any)),
            "map" => Self::Map(Box::new(Self::Any)),
            _ => Self::Any,
        }
    }

    fn object(entries: &[(Expr, Expr)]) -> Self {
        let mut fields = BTreeMap::new();
        for (key, kind) in entries {
            let Some(name) = key.literal() else { return Self::Any };
            let field = match &kind.kind {
                ExprKind::Call(call) if &*call.name == "optional" => match call.arguments.as_slice() {
                    [of] => Field { kind: Self::of(of), optional: true, default: None },
                    [of, default] => Field { kind: Self::of(of), optional: true, default: Some(default.clone()) },
                    _ => return Self::Any,
                },
                _ => Field { kind: Self::of(kind), optional: false, default: None },
            };
            fields.insert(name.clone(), field);
        }
        Self::Object(fields)
    }

    /// Whether a value given as text is taken as it is, rather than read as an expression ("Input Variables on the
    /// Command Line" in the Terraform language documentation).
    pub fn takes_text(&self) -> bool {
        matches!(self, Self::Any | Self::Text | Self::Number | Self::Bool)
    }

    /// A value turned into this type. `literal` works out a default.
    pub fn convert(&self, value: &Value, literal: &mut dyn FnMut(&Expr) -> Value) -> Value {
        let kind = match &value.kind {
            Kind::Null | Kind::Error(_) | Kind::Unknown(_) | Kind::Whole(_) => return value.clone(),
            Kind::Choice(_) => return value.over(&mut |value| self.convert(value, literal)),
            _ => self.kind(value, literal).unwrap_or_else(Kind::from),
        };
        Value { kind, at: value.at.clone(), key_at: value.key_at.clone() }
    }

    fn kind(&self, value: &Value, literal: &mut dyn FnMut(&Expr) -> Value) -> Result<Kind, Stop> {
        Ok(match self {
            Self::Any => value.kind.clone(),
            Self::Text => match &value.kind {
                Kind::Reference(_) => value.kind.clone(),
                _ => Kind::Text(value.text()?),
            },
            Self::Number => Kind::Number(value.number()?),
            Self::Bool => Kind::Bool(value.boolean()?),
            Self::List(of) => {
                Kind::list(value.elements()?.iter().map(|value| of.convert(value, literal)).collect::<Vec<_>>())
            }
            Self::Set(of) => {
                let all: Vec<Value> = value.elements()?.iter().map(|value| of.convert(value, literal)).collect();
                Value::set(&all)?
            }
            Self::Map(of) => {
                let map = value.any_map()?;
                let entries =
                    map.entries.iter().map(|(key, value)| (key.clone(), of.convert(value, literal))).collect();
                Kind::Map(Arc::new(Map { entries, open: map.open.clone() }))
            }
            Self::Tuple(kinds) => {
                let all = value.elements()?;
                if all.len() != kinds.len() {
                    return Err(Stop::error("the tuple has another length"));
                }
                Kind::list(all.iter().zip(kinds).map(|(value, kind)| kind.convert(value, literal)).collect::<Vec<_>>())
            }
            Self::Object(fields) => {
                let map = value.any_map()?;
                let mut entries = BTreeMap::new();
                for (name, field) in fields {
                    let given = match (map.entries.get(name), &map.open) {
                        (Some(value), _) => value.clone(),
                        (None, Some(open)) => Kind::Unknown(Unknown::derived(open.reasons.clone(), None)).into(),
                        (None, None) if field.optional => Kind::Null.into(),
                        (None, None) => return Err(Stop::error(format!("attribute `{name}` is required"))),
                    };
                    let given = match (&given.kind, &field.default) {
                        (Kind::Null, Some(default)) => {
                            let default = literal(default);
                            Value { at: given.at.or_else(|| value.at.clone()), ..default }
                        }
                        // It may be null, and then it is the default.
                        (Kind::Unknown(unknown), Some(_)) => {
                            Kind::Unknown(Unknown::derived(unknown.reasons.clone(), None)).into()
                        }
                        (Kind::Choice(_), Some(default)) => {
                            let default = literal(default);
                            given.over(&mut |value| match &value.kind {
                                Kind::Null => default.clone(),
                                Kind::Unknown(unknown) => {
                                    Kind::Unknown(Unknown::derived(unknown.reasons.clone(), None)).into()
                                }
                                _ => value.clone(),
                            })
                        }
                        _ => given,
                    };
                    entries.insert(name.clone(), field.kind.convert(&given, literal));
                }
                Kind::map(entries)
            }
        })
    }
}
