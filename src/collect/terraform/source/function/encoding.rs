//! Encodings and hashes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256, Sha512};

use super::{Answer, misused};
use crate::collect::cloudformation::tree::{Node, Value as Tree};
use crate::collect::cloudformation::yaml;
use crate::collect::terraform::block::Places;
use crate::collect::terraform::source::convert::{Stop, from_json, json};
use crate::collect::terraform::source::evaluator::Evaluator;
use crate::collect::terraform::source::number::Number;
use crate::collect::terraform::source::value::{Kind, Unknown, Value};

const NAMES: &[&str] = &[
    "jsonencode",
    "jsondecode",
    "yamldecode",
    "base64encode",
    "base64decode",
    "urlencode",
    "sha256",
    "sha512",
    "base64sha256",
    "base64sha512",
];

pub(super) fn call(evaluator: &mut Evaluator<'_>, name: &str, arguments: &[Value]) -> Answer {
    NAMES.contains(&name).then(|| match arguments {
        [value] => answer(evaluator, name, value),
        _ => Err(misused(name)),
    })
}

fn answer(evaluator: &mut Evaluator<'_>, name: &str, value: &Value) -> Result<Kind, Stop> {
    if name == "jsonencode" {
        let text = match json(value) {
            Ok(json) => encoded(&json.to_string()),
            Err(stop) => return Err(with_shape(evaluator, stop, value)),
        };
        evaluator.spend(0, text.len())?;
        if let Some(places) = places(value) {
            evaluator.note_policy(&text, places);
        }
        return Ok(Kind::text(text));
    }
    let text = value.text()?;
    evaluator.spend(0, text.len())?;
    Ok(match name {
        "jsondecode" => {
            let json = serde_json::from_str(&text).map_err(|_| Stop::error("the text is no JSON"))?;
            from_json(&json)
        }
        "yamldecode" => match yaml::read(&text) {
            Ok(document) if document.second.is_none() => match &document.first {
                Some(node) => from_yaml(node)?,
                None => Kind::Null,
            },
            _ => return Err(Stop::unknown("the YAML is not worked out here")),
        },
        "base64encode" => Kind::text(STANDARD.encode(&*text)),
        "base64decode" => {
            let bytes = STANDARD.decode(&*text).map_err(|_| Stop::error("the text is no Base64"))?;
            Kind::text(String::from_utf8(bytes).map_err(|_| Stop::error("what is encoded is no text"))?)
        }
        "urlencode" => Kind::text(url_encoded(&text)),
        "sha256" => Kind::text(hex(&Sha256::digest(&*text))),
        "sha512" => Kind::text(hex(&Sha512::digest(&*text))),
        "base64sha256" => Kind::text(STANDARD.encode(Sha256::digest(&*text))),
        "base64sha512" => Kind::text(STANDARD.encode(Sha512::digest(&*text))),
        _ => return Err(misused(name)),
    })
}

/// What is known of a policy all the same.
fn with_shape(evaluator: &mut Evaluator<'_>, stop: Stop, value: &Value) -> Stop {
    let unknown = match stop {
        Stop::Unknown(unknown) => unknown,
        Stop::Error(message) => return Stop::Error(message),
    };
    // What a mere argument is known to be is not what its JSON is.
    let unknown = Unknown::derived(unknown.reasons.clone(), None);
    let is_policy = matches!(&value.kind, Kind::Map(map) if map.entries.contains_key("Statement"));
    let policy = is_policy.then(|| value.with_shapes().item().policy());
    Stop::Unknown(match policy.and_then(|policy| Some((encoded(policy.text.value()?), policy.statements))) {
        Some((text, places)) => {
            evaluator.note_policy(&text, places);
            unknown.shaped(text)
        }
        None => unknown,
    })
}

/// Where the statements of a policy stand; none of what is no policy.
fn places(value: &Value) -> Option<Places> {
    let Kind::Map(map) = &value.kind else { return None };
    let statements = map.entries.get("Statement")?;
    match &statements.kind {
        Kind::List(all) | Kind::Set(all) => Some(all.iter().map(|one| one.at.clone()).collect()),
        Kind::Map(_) => Some(vec![statements.at.clone()]),
        _ => None,
    }
}

/// JSON as Terraform writes it: with `<`, `>` and `&` escaped ("jsonencode Function" in the Terraform language
/// documentation).
pub(in super::super) fn encoded(json: &str) -> String {
    let mut text = json.to_owned();
    for (c, escape) in
        [('<', "\\u003c"), ('>', "\\u003e"), ('&', "\\u0026"), ('\u{2028}', "\\u2028"), ('\u{2029}', "\\u2029")]
    {
        if text.contains(c) {
            text = text.replace(c, escape);
        }
    }
    text
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// As Go's `url.QueryEscape`: blanks become `+`.
fn url_encoded(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => result.push(char::from(byte)),
            b' ' => result.push('+'),
            _ => result.push_str(&format!("%{byte:02X}")),
        }
    }
    result
}

/// YAML, as far as its versions agree: a plain text that one of them takes for a boolean is not decided.
fn from_yaml(node: &Node) -> Result<Kind, Stop> {
    Ok(match &node.value {
        Tree::Null => Kind::Null,
        Tree::Bool(value, written) if matches!(&**written, "true" | "false") => Kind::Bool(*value),
        Tree::Bool(_, written) => {
            return Err(Stop::unknown(format!("whether `{written}` is text depends on the version of YAML")));
        }
        Tree::Plain(text) => match Number::parse(text) {
            Some(number) if *number.text() == **text => Kind::Number(number),
            Some(_) => return Err(Stop::unknown(format!("how `{text}` is read depends on the version of YAML"))),
            None if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-' | '~')) => {
                return Err(Stop::unknown(format!("how `{text}` is read depends on the version of YAML")));
            }
            None => Kind::Text(text.clone()),
        },
        Tree::Quoted(text) => Kind::Text(text.clone()),
        Tree::List(all) => {
            let all: Vec<Value> = all.iter().map(|node| Ok(from_yaml(node)?.into())).collect::<Result<_, Stop>>()?;
            Kind::list(all)
        }
        Tree::Map(entries) => {
            // The reader writes CloudFormation's short tags out as such keys.
            let foreign = |key: &str| key == "Ref" || key == "Condition" || key.starts_with("Fn::");
            if let [entry] = entries.as_slice()
                && foreign(&entry.key)
            {
                return Err(Stop::unknown("the YAML may have tags"));
            }
            let entries: Result<_, Stop> =
                entries.iter().map(|entry| Ok((entry.key.clone(), from_yaml(&entry.value)?.into()))).collect();
            Kind::map(entries?)
        }
    })
}
