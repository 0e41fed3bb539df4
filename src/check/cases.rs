//! A rule's `.tests.json`: cases named by sentences. What a case does not mention is unknown.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use crate::diagnostic::{SourceError, nearest};
use crate::evaluate::view::View;
use crate::model::attribute::{Attribute, Described, Kind, Section, Seen, Value};
use crate::model::duration;
use crate::model::fact::Fact;
use crate::model::resource::Tags;
use crate::model::workload::FOREVER;
use crate::rule::Rule;
use crate::rule::schema::{COMMON, Contract};

/// One case, ready to be judged.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it shows, as a sentence.
    pub name: String,
    /// The verdict that it expects.
    pub expect: Expected,
    /// The resource.
    pub view: View,
    /// The clock.
    pub now: Timestamp,
    /// `live` or `files`.
    pub source: &'static str,
    /// Recovery Regions.
    pub recovery_regions: Vec<String>,
    /// Recovery accounts.
    pub recovery_accounts: Vec<String>,
    /// Organizational units of the account.
    pub units: BTreeMap<Arc<str>, Fact<Vec<String>>>,
}

/// What a case may expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// The rule is kept.
    Pass,
    /// The rule is broken.
    Fail,
    /// The unknown facts decide.
    Unknown,
    /// The rule asks about another type.
    NotApplicable,
}

impl Expected {
    /// The word in the file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::NotApplicable => "not-applicable",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    expect: Expected,
    resource: WrittenResource,
    #[serde(default)]
    context: WrittenContext,
    #[serde(default)]
    principal: WrittenPrincipal,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenResource {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    attributes: Map<String, Json>,
    /// Tags by key; `{"unknown": "why"}` for an unknown value. Without this member no tag was read.
    tags: Option<Map<String, Json>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenContext {
    now: Option<Timestamp>,
    source: Option<WrittenSource>,
    #[serde(default)]
    recovery_regions: Vec<String>,
    #[serde(default)]
    recovery_accounts: Vec<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WrittenSource {
    Live,
    Files,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WrittenPrincipal {
    account: Option<String>,
    organizational_units: Option<Vec<String>>,
}

/// Reads the cases of a rule; every mistake in them, with its place where it can be found.
pub fn parse(file: &str, text: &str, rule: &Rule) -> Result<Vec<Case>, Vec<SourceError>> {
    let written: Vec<Written> = serde_json::from_str(text).map_err(|error| {
        let help = "a case is {\"name\", \"expect\": pass|fail|unknown|not-applicable, \"resource\": {\"type\", \"attributes\"}}";
        vec![SourceError::new(file, text, error.to_string()).help(help).at(offset(text, &error), "here")]
    })?;
    let contract = Contract::default();
    let mut errors = Vec::new();
    let mut cases: Vec<Case> = Vec::new();
    for one in written {
        let name = one.name.clone();
        if cases.iter().any(|case| case.name == name) {
            errors.push(
                SourceError::new(file, text, format!("two cases are named `{name}`")).at_text(&name, "the first"),
            );
        }
        match case(one, &contract) {
            Ok(case) => cases.push(case),
            Err(fault) => {
                let error = SourceError::new(file, text, format!("case `{name}`: {}", fault.message));
                errors.push(error.help(fault.help).at_text(&fault.place, "here"));
            }
        }
    }
    if cases.is_empty() && errors.is_empty() {
        errors.push(
            SourceError::new(file, text, format!("rule `{}` has no cases", rule.meta.id))
                .help("write at least one pass and one fail"),
        );
    }
    if errors.is_empty() { Ok(cases) } else { Err(errors) }
}

fn offset(text: &str, error: &serde_json::Error) -> std::ops::Range<usize> {
    let before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let start = (before + error.column().saturating_sub(1)).min(text.len());
    start..start
}

struct Fault {
    message: String,
    help: String,
    place: String,
}

fn case(written: Written, contract: &Contract) -> Result<Case, Fault> {
    let kind = written.resource.kind.as_str();
    let mut attributes = Vec::new();
    let described = contract.attributes(kind).ok_or_else(|| Fault {
        message: format!("`{kind}` is no type that rules judge"),
        help: "write a CloudFormation type name such as `AWS::S3::Bucket`".to_owned(),
        place: kind.to_owned(),
    })?;
    let mut members = written.resource.attributes;
    for common in COMMON {
        let seen = match members.shift_remove(common) {
            Some(json) => seen(common, Kind::Text, &json, contract)?,
            None if common == "name" => Seen::Known(Value::Text("example".into())),
            None => not_mentioned(),
        };
        attributes.push(Attribute { name: common, seen, at: None });
    }
    attributes.extend(fill(described, members, contract)?);
    let tags = match written.resource.tags {
        None => Tags::unread("the case does not mention tags"),
        Some(tags) => Tags {
            entries: tags
                .into_iter()
                .map(|(key, json)| {
                    let fact = match json {
                        Json::String(text) => Fact::known(text),
                        _ => Fact::unknown("the case says so"),
                    };
                    (Arc::from(key), fact)
                })
                .collect(),
            others: None,
        },
    };
    let account: Option<Arc<str>> = written.principal.account.map(Into::into);
    let units = match (&account, written.principal.organizational_units) {
        (Some(account), Some(units)) => BTreeMap::from([(Arc::clone(account), Fact::known(units))]),
        _ => BTreeMap::new(),
    };
    let source = match written.context.source {
        Some(WrittenSource::Files) => "files",
        Some(WrittenSource::Live) | None => "live",
    };
    Ok(Case {
        name: written.name,
        expect: written.expect,
        view: View { kind: kind.into(), id: "example".to_owned(), account, attributes, tags },
        now: written.context.now.unwrap_or(Timestamp::UNIX_EPOCH),
        source,
        recovery_regions: written.context.recovery_regions,
        recovery_accounts: written.context.recovery_accounts,
        units,
    })
}

fn not_mentioned() -> Seen {
    Seen::Unknown("the case does not mention it".into())
}

/// Attributes as described, from what is written; what is not written is unknown.
fn fill(described: &[Described], mut members: Map<String, Json>, contract: &Contract) -> Result<Vec<Attribute>, Fault> {
    let mut attributes = Vec::with_capacity(described.len());
    for attribute in described {
        let seen = match members.shift_remove(attribute.name) {
            None => not_mentioned(),
            Some(Json::Null) if attribute.optional => Seen::Absent,
            Some(Json::Null) => {
                return Err(Fault {
                    message: format!("`{}` is never absent", attribute.name),
                    help: "null is for facts that the schema marks with `?`".to_owned(),
                    place: attribute.name.to_owned(),
                });
            }
            Some(json) => seen(attribute.name, attribute.kind, &json, contract)?,
        };
        attributes.push(Attribute { name: attribute.name, seen, at: None });
    }
    match members.keys().next() {
        None => Ok(attributes),
        Some(other) => Err(Fault {
            message: format!("`{other}` is no fact here"),
            help: nearest(other, described.iter().map(|attribute| attribute.name))
                .map_or_else(|| "the schema lists the facts".to_owned(), |near| format!("did you mean `{near}`?")),
            place: format!("\"{other}\""),
        }),
    }
}

fn seen(name: &str, kind: Kind, json: &Json, contract: &Contract) -> Result<Seen, Fault> {
    if let Json::Object(object) = json {
        match (object.get("unknown"), object.get("oneOf")) {
            (Some(Json::String(why)), None) if object.len() == 1 => return Ok(Seen::Unknown(why.as_str().into())),
            (None, Some(Json::Array(versions))) => {
                let why = object.get("because").and_then(Json::as_str).unwrap_or("several are possible");
                let values = versions.iter().map(|json| value(name, kind, json, contract)).collect::<Result<_, _>>()?;
                return Ok(Seen::OneOf(values, why.into()));
            }
            _ => {}
        }
    }
    Ok(Seen::Known(value(name, kind, json, contract)?))
}

fn value(name: &str, kind: Kind, json: &Json, contract: &Contract) -> Result<Value, Fault> {
    let wrong = || Fault {
        message: format!("`{name}` is no {kind:?}: {json}"),
        help: "durations are written \"24h\" or \"35d\", sets as arrays, sections as objects".to_owned(),
        place: format!("\"{name}\""),
    };
    match (kind, json) {
        (Kind::Bool, Json::Bool(value)) => Ok(Value::Bool(*value)),
        (Kind::Long, Json::Number(value)) => value.as_i64().map(Value::Long).ok_or_else(wrong),
        (Kind::Text, Json::String(text)) => Ok(Value::Text(text.as_str().into())),
        (Kind::Duration, Json::String(text)) if text == "forever" => Ok(Value::Duration(FOREVER)),
        (Kind::Duration, Json::String(text)) => duration::parse(text).map(Value::Duration).ok_or_else(wrong),
        (Kind::Time, Json::String(text)) => text.parse().map(Value::Time).map_err(|_| wrong()),
        (Kind::Texts, Json::Array(texts)) => {
            let texts: Option<Vec<Arc<str>>> = texts.iter().map(|text| text.as_str().map(Into::into)).collect();
            texts.map(Value::Texts).ok_or_else(wrong)
        }
        (Kind::Section(section), Json::Object(members)) => {
            let described = contract.attributes(section).unwrap_or_default();
            let attributes = fill(described, members.clone(), contract)?;
            Ok(Value::Section(Section { kind: section, shared_id: None, attributes }))
        }
        _ => Err(wrong()),
    }
}
