//! Functions of text.

use std::collections::BTreeMap;
use std::sync::Arc;

use regex::{Captures, Regex};

use super::{Answer, misused};
use crate::collect::terraform::source::convert::Stop;
use crate::collect::terraform::source::evaluator::{Evaluator, TANGLED};
use crate::collect::terraform::source::value::{Kind, Value};

const NAMES: &[&str] = &[
    "join",
    "split",
    "replace",
    "lower",
    "upper",
    "title",
    "trim",
    "trimprefix",
    "trimsuffix",
    "trimspace",
    "substr",
    "strrev",
    "chomp",
    "indent",
    "regex",
    "regexall",
    "startswith",
    "endswith",
    "strcontains",
    "basename",
    "dirname",
];

/// The longest text that `replace` may make.
const MAX_TEXT: usize = 16 * 1024 * 1024;
/// How many steps it counts to read a pattern.
const STEPS_OF_PATTERN: usize = 200;

pub(super) fn call(evaluator: &mut Evaluator<'_>, name: &str, arguments: &[Value]) -> Answer {
    if !NAMES.contains(&name) {
        return None;
    }
    if let ("join", [separator, lists @ ..]) = (name, arguments) {
        return Some(join(evaluator, separator, lists));
    }
    Some(plain(evaluator, name, arguments))
}

fn plain(evaluator: &mut Evaluator<'_>, name: &str, arguments: &[Value]) -> Result<Kind, Stop> {
    let texts: Vec<Arc<str>> = arguments.iter().map(Value::text).collect::<Result<_, _>>()?;
    let texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
    let kind = match (name, texts.as_slice()) {
        ("split", [_, text]) if evaluator.spend(text.len() / 8, 0).is_err() => {
            return Err(Stop::unknown(TANGLED));
        }
        ("split", ["", text]) => Kind::list(text.chars().map(|c| Kind::text(c.to_string()).into())),
        ("split", [separator, text]) => Kind::list(text.split(separator).map(|part| Kind::text(part).into())),
        ("replace", [text, _, to]) if text.len().saturating_mul(to.len()) > MAX_TEXT => {
            return Err(Stop::unknown("the text that `replace` makes may be too long"));
        }
        ("replace", [text, from, to]) => replace(evaluator, text, from, to)?,
        ("lower", [text]) => Kind::text(text.to_lowercase()),
        ("upper", [text]) => Kind::text(text.to_uppercase()),
        ("title", [text]) => title(text)?,
        ("trim", [text, cut]) => Kind::text(text.trim_matches(|c| cut.contains(c))),
        ("trimprefix", [text, prefix]) => Kind::text(text.strip_prefix(prefix).unwrap_or(text)),
        ("trimsuffix", [text, suffix]) => Kind::text(text.strip_suffix(suffix).unwrap_or(text)),
        ("trimspace", [text]) => Kind::text(text.trim()),
        ("chomp", [text]) => Kind::text(text.trim_end_matches(['\n', '\r'])),
        ("strrev", [text]) => Kind::text(ascii(text)?.chars().rev().collect::<String>()),
        ("indent", [_, text]) => {
            let width = arguments.first().map_or(Ok(0), Value::count)?;
            evaluator.spend(0, width.saturating_mul(text.lines().count()))?;
            Kind::text(text.replace('\n', &format!("\n{}", " ".repeat(width))))
        }
        ("startswith", [text, start]) => Kind::Bool(text.starts_with(start)),
        ("endswith", [text, end]) => Kind::Bool(text.ends_with(end)),
        ("strcontains", [text, part]) => Kind::Bool(text.contains(part)),
        ("basename", [path]) => Kind::text(path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)),
        ("dirname", [path]) => match path.rsplit_once('/') {
            Some(("", _)) => Kind::text("/"),
            Some((folder, _)) => Kind::text(folder),
            None => Kind::text("."),
        },
        ("substr", [text, _, _]) => substring(ascii(text)?, arguments)?,
        ("regex", [pattern, text]) => {
            let pattern = compiled(evaluator, pattern)?;
            let found = pattern.captures(text).ok_or_else(|| Stop::error("the pattern does not match"))?;
            matched(&pattern, &found)?
        }
        ("regexall", [pattern, text]) => {
            let pattern = compiled(evaluator, pattern)?;
            evaluator.spend(text.len() / 8, 0)?;
            let all: Result<Vec<Value>, Stop> =
                pattern.captures_iter(text).map(|found| Ok(matched(&pattern, &found)?.into())).collect();
            Kind::list(all?)
        }
        _ => return Err(misused(name)),
    };
    if let Kind::Text(text) = &kind {
        evaluator.spend(0, text.len())?;
    }
    Ok(kind)
}

fn join(evaluator: &mut Evaluator<'_>, separator: &Value, lists: &[Value]) -> Result<Kind, Stop> {
    let separator = separator.text()?;
    let mut all = Vec::new();
    for list in lists {
        all.extend(list.elements()?.iter());
    }
    if let [only] = all.as_slice()
        && let Kind::Reference(_) = only.kind
    {
        return Ok(only.kind.clone());
    }
    let texts: Vec<Arc<str>> = all.into_iter().map(Value::text).collect::<Result<_, _>>()?;
    evaluator.spend(texts.len(), texts.iter().map(|text| text.len() + separator.len()).sum())?;
    Ok(Kind::text(texts.join(&*separator)))
}

/// Terraform counts what people see as characters; only for these it is certain what they are.
fn ascii(text: &str) -> Result<&str, Stop> {
    if text.is_ascii() { Ok(text) } else { Err(Stop::unknown("only the characters of ASCII are counted here")) }
}

/// From an offset, which may be counted from the end, this many characters; all that follow for -1.
fn substring(text: &str, arguments: &[Value]) -> Result<Kind, Stop> {
    let number = |at: usize| {
        let value = arguments.get(at).map(Value::number).transpose()?;
        value.and_then(|value| value.whole()).ok_or_else(|| Stop::error("`substr` takes whole numbers"))
    };
    let (offset, length) = (number(1)?, number(2)?);
    let size = i128::try_from(text.len()).unwrap_or(i128::MAX);
    let start = if offset < 0 { (size + offset).max(0) } else { offset.min(size) };
    let end = if length < 0 { size } else { start.saturating_add(length).min(size) };
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let part = range.and_then(|(start, end)| text.get(start..end));
    Ok(Kind::text(part.unwrap_or_default()))
}

fn title(text: &str) -> Result<Kind, Stop> {
    let mut result = String::with_capacity(text.len());
    let mut inside = false;
    for c in ascii(text)?.chars() {
        result.push(if inside { c } else { c.to_ascii_uppercase() });
        inside = c.is_ascii_alphanumeric() || c == '_' || c == '\'';
    }
    Ok(Kind::text(result))
}

fn compiled(evaluator: &mut Evaluator<'_>, pattern: &str) -> Result<Regex, Stop> {
    evaluator.spend(STEPS_OF_PATTERN, 0)?;
    // Both libraries have the syntax of RE2; what only one takes is not decided.
    regex::RegexBuilder::new(pattern)
        .size_limit(1 << 20)
        .build()
        .map_err(|_| Stop::unknown(format!("the pattern `{pattern}` is not worked out here")))
}

/// A pattern between slashes is a regular expression.
fn replace(evaluator: &mut Evaluator<'_>, text: &str, from: &str, to: &str) -> Result<Kind, Stop> {
    let pattern = from.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    match pattern {
        Some(pattern) => Ok(Kind::text(compiled(evaluator, pattern)?.replace_all(text, to).into_owned())),
        None => Ok(Kind::text(text.replace(from, to))),
    }
}

/// The match; its groups as a list, or as an object if they have names.
fn matched(pattern: &Regex, found: &Captures<'_>) -> Result<Kind, Stop> {
    let text =
        |group: Option<regex::Match<'_>>| Value::from(group.map_or(Kind::Null, |group| Kind::text(group.as_str())));
    let names: Vec<Option<&str>> = pattern.capture_names().skip(1).collect();
    if names.is_empty() {
        return Ok(text(found.get(0)).kind);
    }
    if names.iter().all(Option::is_none) {
        return Ok(Kind::list(found.iter().skip(1).map(text)));
    }
    let entries: Option<BTreeMap<Arc<str>, Value>> =
        names.into_iter().map(|name| Some((Arc::from(name?), text(found.name(name?))))).collect();
    entries.map(Kind::map).ok_or_else(|| Stop::error("some groups of the pattern have names, and some have none"))
}
