//! JSON into the tree: strict JSON, as CloudFormation takes it.

use std::collections::HashMap;
use std::sync::Arc;

use jsonc_parser::ast::Value as Parsed;
use jsonc_parser::common::Range;
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};

use super::tree::{Entry, Lines, MAX_DEPTH, MAX_NODES, Node, Span, TreeError, Value, duplicate_key, over_budget};

const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Reads one JSON value; none where the text is empty. Fails at the first character that is no JSON.
pub fn read(text: &str) -> Result<Option<Node>, TreeError> {
    let lines = Lines::new(text);
    let collect = CollectOptions { comments: CommentCollectionStrategy::Off, tokens: false };
    let parsed = parse_to_ast(text, &collect, &STRICT).map_err(|error| TreeError {
        message: lower(&error.kind().to_string()),
        at: lines.point(error.range().start),
    })?;
    let mut builder = Builder { lines, nodes: 0 };
    parsed.value.map(|value| builder.node(value, 0)).transpose()
}

/// Messages of the parser begin with a capital letter.
fn lower(message: &str) -> String {
    let mut chars = message.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

struct Builder {
    lines: Lines,
    nodes: usize,
}

impl Builder {
    fn span(&self, range: Range) -> Span {
        self.lines.span(range.start, range.end)
    }

    fn node(&mut self, parsed: Parsed<'_>, depth: usize) -> Result<Node, TreeError> {
        self.nodes += 1;
        let plain = |text: &str| Value::Plain(Arc::from(text));
        let (value, range) = match parsed {
            Parsed::NullKeyword(null) => (Value::Null, null.range),
            Parsed::BooleanLit(literal) => {
                (Value::Bool(literal.value, if literal.value { "true".into() } else { "false".into() }), literal.range)
            }
            Parsed::NumberLit(literal) => (plain(literal.value), literal.range),
            Parsed::StringLit(literal) => (Value::Quoted(literal.value.as_ref().into()), literal.range),
            Parsed::Array(array) => {
                self.check(depth, array.range)?;
                let elements: Result<Vec<_>, _> =
                    array.elements.into_iter().map(|element| self.node(element, depth + 1)).collect();
                (Value::List(elements?), array.range)
            }
            Parsed::Object(object) => {
                self.check(depth, object.range)?;
                let mut entries: Vec<Entry> = Vec::with_capacity(object.properties.len());
                let mut seen: HashMap<Arc<str>, Span> = HashMap::new();
                for property in object.properties {
                    let key: Arc<str> = property.name.as_str().into();
                    let name = match &property.name {
                        jsonc_parser::ast::ObjectPropName::String(literal) => literal.range,
                        jsonc_parser::ast::ObjectPropName::Word(word) => word.range,
                    };
                    let key_span = self.span(name);
                    if let Some(first) = seen.insert(key.clone(), key_span) {
                        return Err(duplicate_key(&key, first, key_span));
                    }
                    let value = self.node(property.value, depth + 1)?;
                    entries.push(Entry { key, key_span, value });
                }
                (Value::Map(entries), object.range)
            }
        };
        Ok(Node { value, span: self.span(range) })
    }

    fn check(&self, depth: usize, range: Range) -> Result<(), TreeError> {
        let at = self.lines.point(range.start);
        if depth >= MAX_DEPTH {
            return Err(over_budget(&format!("values are nested over {MAX_DEPTH} deep"), at));
        }
        if self.nodes > MAX_NODES {
            return Err(over_budget(&format!("there are over {MAX_NODES} values"), at));
        }
        Ok(())
    }
}
