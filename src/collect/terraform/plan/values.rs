//! The values of one instance, and where they stand.

use std::sync::Arc;

use jsonc_parser::ast::{ObjectPropName, Value};
use jsonc_parser::common::Ranged;

use super::blocks::{Planned, Reader};
use super::inline::{self, Computed};
use super::json::{self, Node, Tree as _};
use super::references::{Referring, Resolver};
use crate::collect::declared::item::{Item, Kind, Map};
use crate::model::fact::{Cure, Reason, Reasons};
use crate::model::position::Position;

/// Reads the values of one instance.
pub struct Values<'r, 'v, 'a> {
    pub reader: &'r Reader<'r, 'v, 'a>,
    pub one: &'r Planned<'v, 'a>,
    pub resolver: &'r Resolver<'r, 'v, 'a>,
    pub header: Arc<Position>,
    /// Whether the source of it is at hand: then places are there, not in the plan.
    pub in_source: bool,
}

/// What the configuration has in a place.
#[derive(Clone, Copy)]
enum Written<'v, 'a> {
    /// It cannot be said: no configuration, or one that is not written block by block.
    Unread,
    /// Nothing.
    Nothing,
    /// An expression.
    Expression(&'v Node<'a>),
    /// The arguments of one block.
    Block(&'v Node<'a>),
    /// Blocks of one type.
    Blocks(&'v Node<'a>),
}

/// A value and all that the plan says of it.
#[derive(Clone)]
struct Spot<'v, 'a> {
    value: Option<&'v Node<'a>>,
    unknown: Option<&'v Node<'a>>,
    sensitive: Option<&'v Node<'a>>,
    written: Written<'v, 'a>,
    /// Names of arguments, without the indexes of blocks.
    argument: String,
    /// The way to it in the source; none where that is not known.
    path: Option<Vec<String>>,
    /// Where it stands, or could.
    at: Arc<Position>,
    key_at: Arc<Position>,
}

/// Block types that only stand where they are written, if not by `dynamic`, which a plan's configuration leaves out.
/// Where one of them is unknown, there may be some.
const BLOCKS: [&str; 31] = [
    "abort_incomplete_multipart_upload",
    "advanced_event_selector",
    "and",
    "apply_server_side_encryption_by_default",
    "condition",
    "control",
    "copy_action",
    "data_resource",
    "default_retention",
    "delete_marker_replication",
    "destination",
    "encryption_configuration",
    "event_selector",
    "expiration",
    "field_selector",
    "filter",
    "lifecycle",
    "metrics",
    "noncurrent_version_expiration",
    "noncurrent_version_transition",
    "protected_resource_conditions",
    "recovery_point_selection",
    "replication_time",
    "report_delivery_channel",
    "report_setting",
    "rule",
    "selection_tag",
    "source_selection_criteria",
    "string_equals",
    "transition",
    "versioning_configuration",
];

impl<'v, 'a> Values<'_, 'v, 'a> {
    /// All arguments.
    pub fn body(&self, computed: &mut Computed) -> Item {
        let one = self.one;
        let at = one.values.map_or_else(|| self.header.clone(), |values| self.reader.position(values));
        let whole = Spot {
            value: one.values,
            unknown: one.unknown,
            sensitive: one.sensitive,
            written: match one.declared {
                Some(declared) => declared.expressions().map_or(Written::Nothing, Written::Block),
                None => Written::Unread,
            },
            argument: String::new(),
            path: Some(Vec::new()),
            at: if self.in_source { self.header.clone() } else { at },
            key_at: self.header.clone(),
        };
        if let (Some(values), Written::Block(written)) = (one.values, whole.written) {
            let unwritten = values.entries().filter(|(name, _)| written.get(name).is_none());
            computed.note(one.kind, one.address, unwritten.map(|(name, _)| name));
        }
        self.item(&whole)
    }

    fn item(&self, spot: &Spot<'v, 'a>) -> Item {
        let item = Item { kind: self.kind(spot), at: Some(spot.at.clone()), key_at: Some(spot.key_at.clone()) };
        let Written::Expression(expression) = spot.written else { return item };
        let referring = Referring { one: self.one, argument: &spot.argument, expression };
        self.resolver.with_targets(&referring, item)
    }

    fn kind(&self, spot: &Spot<'v, 'a>) -> Kind {
        let name = || if spot.argument.is_empty() { "its arguments" } else { &spot.argument };
        if json::is_true(spot.unknown) {
            if self.is_default(spot) {
                return Kind::Absent;
            }
            let why = format!("`{}` of `{}` is known only when the plan is applied", name(), self.one.address);
            let cure = Cure::Source("apply the plan, and judge the next one or the live account".to_owned());
            return Kind::Unknown(Reason::new(why).cured_by(cure).into());
        }
        if json::is_true(spot.sensitive) {
            return Kind::Unknown(format!("`{}` of `{}` is sensitive", name(), self.one.address).into());
        }
        let Some(value) = spot.value else {
            // Parts of it may be known later.
            return if spot.unknown.is_some_and(|it| it.as_object().is_some()) {
                self.map(spot, None)
            } else {
                Kind::Absent
            };
        };
        match value {
            Value::NullKeyword(_) if self.one.open => Kind::Unknown(self.unsaid()),
            Value::NullKeyword(_) => Kind::Absent,
            Value::BooleanLit(literal) => Kind::Bool(literal.value),
            Value::NumberLit(literal) => Kind::Number(literal.value.into()),
            Value::StringLit(literal) => Kind::Text(literal.value.as_ref().into()),
            Value::Array(array) => Kind::List(self.elements(spot, &array.elements)),
            Value::Object(_) => self.map(spot, Some(value)),
        }
    }

    /// Whether what is unknown and not written is left to the provider, which makes of it what it always makes. Blocks
    /// that are not written may be made by `dynamic`, and the provider may have tags.
    fn is_default(&self, spot: &Spot<'v, 'a>) -> bool {
        let name = spot.argument.rsplit('.').next().unwrap_or_default();
        matches!(spot.written, Written::Nothing)
            && (name != "tags_all" || self.one.tagless)
            && (!BLOCKS.contains(&name) || inline::is_computed(self.one.kind, &spot.argument))
    }

    /// Whether a block is, or lies in, one that the provider fills in.
    fn is_provided(&self, spot: &Spot<'v, 'a>) -> bool {
        let outermost = spot.argument.split('.').next().unwrap_or_default();
        inline::is_computed(self.one.kind, outermost)
    }

    fn unsaid(&self) -> Reasons {
        format!("the plan does not say whether values of `{}` are known", self.one.address).into()
    }

    fn map(&self, spot: &Spot<'v, 'a>, value: Option<&'v Node<'a>>) -> Kind {
        let properties = value.and_then(|it| it.as_object()).map_or(&[][..], |object| &object.properties);
        let mut entries = Vec::with_capacity(properties.len());
        for property in properties {
            let name = property.name.as_str();
            let key = match &property.name {
                ObjectPropName::String(literal) => literal.range,
                ObjectPropName::Word(word) => word.range,
            };
            let key_at = self.reader.span(key.start, key.end);
            let child = self.child(spot, name, Some((&property.value, key_at)));
            entries.push((Arc::from(name), self.item(&child)));
        }
        let left_out = spot.unknown.into_iter().flat_map(|unknown| unknown.entries());
        for (name, _) in left_out.filter(|(name, _)| value.and_then(|it| it.get(name)).is_none()) {
            entries.push((Arc::from(name), self.item(&self.child(spot, name, None))));
        }
        entries.retain(|(_, item)| !matches!(item.kind, Kind::Absent));
        Kind::Map(Arc::new(Map { entries, open: self.one.open.then(|| self.unsaid()) }))
    }

    fn child(&self, spot: &Spot<'v, 'a>, name: &str, value: Option<(&'v Node<'a>, Arc<Position>)>) -> Spot<'v, 'a> {
        let written = match spot.written {
            Written::Block(block) => match block.get(name) {
                None => Written::Nothing,
                Some(blocks @ Value::Array(_)) => Written::Blocks(blocks),
                Some(node) if is_expression(node) => Written::Expression(node),
                Some(node) => Written::Block(node),
            },
            Written::Nothing => Written::Nothing,
            Written::Unread | Written::Expression(_) | Written::Blocks(_) => Written::Unread,
        };
        let argument = if spot.argument.is_empty() { name.to_owned() } else { format!("{}.{name}", spot.argument) };
        let path = spot.path.as_ref().map(|path| [path.as_slice(), &[name.to_owned()]].concat());
        let in_plan = value.as_ref().map(|(node, key_at)| (self.reader.position(node), key_at.clone()));
        let (at, key_at) = self.place(&path, spot, in_plan);
        Spot {
            value: value.map(|(node, _)| node),
            unknown: spot.unknown.and_then(|it| it.get(name)),
            sensitive: spot.sensitive.and_then(|it| it.get(name)),
            written,
            argument,
            path,
            at,
            key_at,
        }
    }

    /// In the source, if it is at hand, else in the plan; what is in neither is where what it is in is.
    fn place(
        &self,
        path: &Option<Vec<String>>,
        parent: &Spot<'v, 'a>,
        in_plan: Option<(Arc<Position>, Arc<Position>)>,
    ) -> (Arc<Position>, Arc<Position>) {
        let parents = || (parent.at.clone(), parent.key_at.clone());
        if self.in_source {
            let found = path.as_ref().and_then(|path| (self.reader.locate)(self.one.address, path));
            return found.map_or_else(parents, |at| (at.clone(), at));
        }
        in_plan.unwrap_or_else(parents)
    }

    fn elements(&self, spot: &Spot<'v, 'a>, elements: &'v [Node<'a>]) -> Arc<[Item]> {
        let each = elements.iter().enumerate().map(|(index, value)| {
            let mark = |marks: Option<&'v Node<'a>>| marks.and_then(|marks| marks.elements().get(index));
            let (written, number) = match spot.written {
                Written::Blocks(blocks) => match aligned(blocks.elements(), value, elements.len()) {
                    Some((number, block)) => (Written::Block(block), Some(number)),
                    None => (Written::Unread, None),
                },
                Written::Block(block) => (Written::Block(block), Some(index)),
                // A block that nobody wrote was made by `dynamic`, whose arguments the configuration leaves out, or by the
                // provider.
                Written::Nothing if value.as_object().is_some() && !self.is_provided(spot) => (Written::Unread, None),
                Written::Nothing => (Written::Nothing, None),
                Written::Unread | Written::Expression(_) => (Written::Unread, Some(index)),
            };
            let path =
                spot.path.as_ref().zip(number).map(|(path, number)| [path.as_slice(), &[number.to_string()]].concat());
            let range = value.range();
            let in_plan = self.reader.span(range.start, range.end);
            let (at, key_at) = self.place(&path, spot, Some((in_plan.clone(), in_plan)));
            let (unknown, sensitive) = (mark(spot.unknown), mark(spot.sensitive));
            let argument = spot.argument.clone();
            self.item(&Spot { value: Some(value), unknown, sensitive, written, argument, path, at, key_at })
        });
        each.collect()
    }
}

/// An expression has the constant that it is or the references in it.
fn is_expression(node: &Node<'_>) -> bool {
    node.entries().all(|(key, _)| key == "constant_value" || key == "references")
}

/// Which of the written blocks a value was made of: the only one, or the only one whose constants it has. A set of blocks
/// is not in the order of the source.
fn aligned<'v, 'a>(blocks: &'v [Node<'a>], value: &Node<'a>, count: usize) -> Option<(usize, &'v Node<'a>)> {
    if blocks.len() != count {
        return None;
    }
    let mut fitting = blocks.iter().enumerate().filter(|(_, block)| count == 1 || fits(block, value));
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

fn fits(block: &Node<'_>, value: &Node<'_>) -> bool {
    block.entries().all(|(name, written)| match written.get("constant_value") {
        Some(constant) => value.get(name).is_some_and(|value| json::same(constant, value)),
        None => true,
    })
}
