//! Strict JSON, with the bytes of every value.

use jsonc_parser::ast::Value;
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};

/// A value in the text of a plan.
pub type Node<'a> = Value<'a>;

/// Why a text is no JSON, and at which byte.
#[derive(Debug)]
pub struct JsonError {
    pub message: String,
    pub at: usize,
}

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

/// Reads one value; none where the text is empty.
pub fn parse(text: &str) -> Result<Option<Node<'_>>, JsonError> {
    let collect = CollectOptions { comments: CommentCollectionStrategy::Off, tokens: false };
    let parsed = parse_to_ast(text, &collect, &STRICT).map_err(|error| {
        let message = error.kind().to_string();
        let mut chars = message.chars();
        let message = chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default();
        JsonError { message, at: error.range().start }
    })?;
    Ok(parsed.value)
}

/// Looking into values; what is not there is nothing.
pub trait Tree<'a> {
    /// The value under a key.
    fn get(&self, key: &str) -> Option<&Node<'a>>;
    /// The elements of a list.
    fn elements(&self) -> &[Node<'a>];
    /// The entries of a mapping, in the order of the text.
    fn entries<'s>(&'s self) -> impl Iterator<Item = (&'s str, &'s Node<'a>)>
    where
        'a: 's;
}

impl<'a> Tree<'a> for Node<'a> {
    fn get(&self, key: &str) -> Option<&Node<'a>> {
        self.as_object()?.get(key).map(|property| &property.value)
    }

    fn elements(&self) -> &[Node<'a>] {
        self.as_array().map_or(&[], |array| &array.elements)
    }

    fn entries<'s>(&'s self) -> impl Iterator<Item = (&'s str, &'s Node<'a>)>
    where
        'a: 's,
    {
        let properties = self.as_object().map_or(&[][..], |object| &object.properties);
        properties.iter().map(|property| (property.name.as_str(), &property.value))
    }
}

/// A text.
pub fn text<'v>(value: &'v Node<'_>) -> Option<&'v str> {
    value.as_string_lit().map(|literal| &*literal.value)
}

/// A boolean.
pub fn boolean(value: &Node<'_>) -> Option<bool> {
    value.as_boolean_lit().map(|literal| literal.value)
}

/// Whether it is `true`.
pub fn is_true(value: Option<&Node<'_>>) -> bool {
    value.and_then(boolean) == Some(true)
}

/// Whether it is `null`.
pub fn is_null(value: &Node<'_>) -> bool {
    matches!(value, Value::NullKeyword(_))
}

/// Whether two values are the same, wherever they stand.
pub fn same(one: &Node<'_>, other: &Node<'_>) -> bool {
    match (one, other) {
        (Value::NullKeyword(_), Value::NullKeyword(_)) => true,
        (Value::BooleanLit(one), Value::BooleanLit(other)) => one.value == other.value,
        (Value::NumberLit(one), Value::NumberLit(other)) => one.value == other.value,
        (Value::StringLit(one), Value::StringLit(other)) => one.value == other.value,
        (Value::Array(one), Value::Array(other)) => {
            one.elements.len() == other.elements.len()
                && one.elements.iter().zip(&other.elements).all(|(one, other)| same(one, other))
        }
        (Value::Object(object), Value::Object(_)) => {
            object.properties.len() == other.entries().count()
                && one.entries().all(|(key, value)| other.get(key).is_some_and(|other| same(value, other)))
        }
        _ => false,
    }
}
