//! `data "aws_iam_policy_document"`: the policy that it writes ("Data Source: aws_iam_policy_document" in the AWS
//! provider's documentation).

use std::sync::Arc;

use serde_json::{Map as JsonMap, Value as Json};

use super::convert::Stop;
use super::evaluator::Evaluator;
use super::function::encoded;
use super::handle::ResourceHandle;
use super::value::{Kind, Map, Unknown, Value};
use crate::collect::declared::policy::open;
use crate::collect::terraform::block::Places;
use crate::model::iam::HOLE;

/// The version of a document that does not say it.
const VERSION: &str = "2012-10-17";

impl Evaluator<'_> {
    /// The JSON of a policy document.
    pub(super) fn policy_document(&mut self, handle: &ResourceHandle) -> Value {
        let Some(resolved) = self.resolved(handle) else {
            return Kind::unknown(format!("`{}` cannot be worked out", handle.address)).into();
        };
        let Kind::Map(map) = &resolved.body.kind else { return resolved.body.clone() };
        // Conditions decide over whole arguments: each combination is a document.
        let arguments: Vec<Value> =
            ARGUMENTS.iter().map(|name| map.entries.get(*name).cloned().unwrap_or_else(|| Kind::Null.into())).collect();
        if arguments.iter().fold(1_usize, |all, argument| all.saturating_mul(argument.leaves())) > MAX_COMBINATIONS {
            return Kind::unknown(format!("`{}` depends on too many conditions", handle.address)).into();
        }
        let mut written = Vec::new();
        let value = combine(&arguments, &mut Vec::new(), &mut written);
        for (text, places) in written {
            self.note_policy(&text, places);
        }
        value
    }
}

/// How many documents are worked out for one.
const MAX_COMBINATIONS: usize = 16;

const ARGUMENTS: &[&str] = &[
    "version",
    "policy_id",
    "source_policy_documents",
    "statement",
    "override_policy_documents",
    // Up to version 4 of the provider.
    "source_json",
    "override_json",
];

/// `notes` gets where the statements of each document stand.
fn combine(rest: &[Value], chosen: &mut Vec<Value>, notes: &mut Vec<(String, Places)>) -> Value {
    let Some((next, rest)) = rest.split_first() else {
        let unknown = match document(chosen, false) {
            Ok(json) => {
                let text = written(&json);
                notes.extend(places(&json, chosen).map(|places| (text.clone(), places)));
                return Kind::text(text).into();
            }
            Err(Stop::Unknown(unknown)) => unknown,
            Err(stop) => return Kind::from(stop).into(),
        };
        let derived = Unknown::derived(unknown.reasons.clone(), None);
        return Kind::Unknown(match document(chosen, true) {
            Ok(open) => {
                let text = written(&open);
                notes.extend(places(&open, chosen).map(|places| (text.clone(), places)));
                derived.shaped(text)
            }
            Err(_) => derived,
        })
        .into();
    };
    next.over(&mut |value| {
        chosen.push(value.clone());
        let result = combine(rest, chosen, notes);
        chosen.pop();
        result
    })
}

/// Where the statements of a document stand; none where others are merged into it.
fn places(json: &Json, arguments: &[Value]) -> Option<Places> {
    let [_, _, sources, statements, overrides, source, over] = arguments else { return None };
    let alone = [sources, overrides, source, over].iter().all(|value| matches!(value.kind, Kind::Null));
    let places: Places = statements.elements().ok()?.iter().map(|one| one.at.clone()).collect();
    (alone && json.get("Statement")?.as_array()?.len() == places.len()).then_some(places)
}

fn written(json: &Json) -> String {
    encoded(&serde_json::to_string_pretty(json).unwrap_or_else(|_| json.to_string()))
}

/// The document. `holes` stand for what is not known of its statements; else that is what is not known of it all.
fn document(arguments: &[Value], holes: bool) -> Result<Json, Stop> {
    let [version, id, sources, statements, overrides, source, over] = arguments else {
        return Err(Stop::unknown("the document is not worked out"));
    };
    let mut merged = Document::default();
    for text in texts(sources, holes)?.into_iter().chain(texts(source, holes)?) {
        merged.merge(parsed(&text)?);
    }
    let alone = [sources, overrides, source, over].iter().all(|value| matches!(value.kind, Kind::Null));
    let mut own = Document { version: optional(version)?, id: optional(id)?, statements: Vec::new() };
    let literal = own.version.as_deref() == Some("2008-10-17");
    if !matches!(statements.kind, Kind::Null) {
        for value in statements.elements()?.iter() {
            own.statements.push(match value.closed() {
                Ok(map) => statement(map, literal, holes, alone)?,
                Err(Stop::Unknown(_)) if holes && alone => open::part(),
                Err(stop) => return Err(stop),
            });
        }
    }
    merged.merge(own);
    for text in texts(overrides, holes)?.into_iter().chain(texts(over, holes)?) {
        merged.merge(parsed(&text)?);
    }
    let mut json = JsonMap::new();
    json.insert("Version".into(), merged.version.as_deref().unwrap_or(VERSION).into());
    json.extend(merged.id.map(|id| ("Id".to_owned(), Json::from(&*id))));
    json.insert("Statement".into(), Json::Array(merged.statements));
    Ok(Json::Object(json))
}

#[derive(Default)]
struct Document {
    version: Option<Arc<str>>,
    id: Option<Arc<str>>,
    statements: Vec<Json>,
}

impl Document {
    /// A statement with a `Sid` takes the place of an earlier one with the same.
    fn merge(&mut self, later: Self) {
        self.version = later.version.or_else(|| self.version.take());
        self.id = later.id.or_else(|| self.id.take());
        for statement in later.statements {
            let sid = sid(&statement);
            match self.statements.iter_mut().find(|earlier| sid.is_some() && self::sid(earlier) == sid) {
                Some(earlier) => *earlier = statement,
                None => self.statements.push(statement),
            }
        }
    }
}

fn sid(statement: &Json) -> Option<&str> {
    statement.get("Sid").and_then(Json::as_str).filter(|sid| !sid.is_empty())
}

/// A document that is given as JSON.
fn parsed(text: &str) -> Result<Document, Stop> {
    if text.trim().is_empty() {
        return Ok(Document::default());
    }
    let json: Json = serde_json::from_str(text).map_err(|_| Stop::error("a policy document is no JSON"))?;
    let part = |name: &str| json.get(name).and_then(Json::as_str).map(Arc::from);
    let statements = match json.get("Statement") {
        Some(Json::Array(all)) => all.clone(),
        Some(one @ Json::Object(_)) => vec![one.clone()],
        Some(_) => return Err(Stop::error("a policy document has no statements")),
        None => Vec::new(),
    };
    Ok(Document { version: part("Version"), id: part("Id"), statements })
}

fn statement(map: &Map, literal: bool, holes: bool, alone: bool) -> Result<Json, Stop> {
    let null = Value::from(Kind::Null);
    let get = |name: &str| map.entries.get(name).unwrap_or(&null);
    let mut json = JsonMap::new();
    let sid = match optional(get("sid")) {
        // A name that replaces no other statement's means nothing.
        Err(Stop::Unknown(_)) if holes && alone => None,
        sid => sid?,
    };
    if let Some(sid) = sid.filter(|sid| !sid.is_empty()) {
        json.insert("Sid".into(), (&*sid).into());
    }
    let effect = match optional(get("effect")) {
        Err(Stop::Unknown(_)) if holes => Some(HOLE.to_string().into()),
        effect => effect?,
    };
    json.insert("Effect".into(), effect.as_deref().unwrap_or("Allow").into());
    for (argument, key) in [
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ] {
        if holes && !is_plain(get(argument)) {
            let beside = argument.strip_prefix("not_").map_or_else(|| format!("not_{argument}"), str::to_owned);
            // It may be left out; but one of the two must be there.
            let sure = !argument.starts_with("not_") && matches!(get(&beside).kind, Kind::Null);
            if !sure || matches!(get(argument).kind, Kind::Choice(_)) {
                return Ok(open::part());
            }
        }
        let mut all = texts(get(argument), holes)?;
        if argument.ends_with("resources") && !literal {
            all = all.iter().map(|text| variable(text)).collect();
        }
        if !all.is_empty() {
            json.insert(key.into(), several(all));
        }
    }
    for (argument, key) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        let principals = match principals(get(argument), literal, holes) {
            Err(Stop::Unknown(_)) if holes => Some(open::part()),
            principals => principals?,
        };
        json.extend(principals.map(|principals| (key.to_owned(), principals)));
    }
    let conditions = match conditions(get("condition"), literal, holes) {
        Err(Stop::Unknown(_)) if holes => Some(open::part()),
        conditions => conditions?,
    };
    json.extend(conditions.map(|conditions| ("Condition".to_owned(), conditions)));
    Ok(Json::Object(json))
}

fn principals(value: &Value, literal: bool, holes: bool) -> Result<Option<Json>, Stop> {
    if let Kind::Null = value.kind {
        return Ok(None);
    }
    let mut kinds: Vec<(Arc<str>, Vec<Arc<str>>)> = Vec::new();
    for principal in value.elements()?.iter() {
        let map = principal.closed()?;
        let null = Value::from(Kind::Null);
        let kind = map.entries.get("type").unwrap_or(&null).text()?;
        let mut identifiers = texts(map.entries.get("identifiers").unwrap_or(&null), holes)?;
        if !literal {
            identifiers = identifiers.iter().map(|text| variable(text)).collect();
        }
        match kinds.iter_mut().find(|(other, _)| *other == kind) {
            Some((_, all)) => all.extend(identifiers),
            None => kinds.push((kind, identifiers)),
        }
    }
    Ok(match kinds.as_slice() {
        [] => None,
        [(kind, all)] if &**kind == "*" && matches!(all.as_slice(), [one] if &**one == "*") => Some("*".into()),
        _ => Some(Json::Object(kinds.into_iter().map(|(kind, all)| (kind.to_string(), several(all))).collect())),
    })
}

fn conditions(value: &Value, literal: bool, holes: bool) -> Result<Option<Json>, Stop> {
    if let Kind::Null = value.kind {
        return Ok(None);
    }
    let mut tests: JsonMap<String, Json> = JsonMap::new();
    for condition in value.elements()?.iter() {
        let map = condition.closed()?;
        let null = Value::from(Kind::Null);
        let get = |name: &str| map.entries.get(name).unwrap_or(&null);
        let text = |text: Arc<str>| if literal { text } else { variable(&text) };
        let test = get("test").text()?;
        let name = text(get("variable").text()?);
        let values: Vec<Arc<str>> = match holes {
            true => texts(get("values"), true)?.into_iter().map(text).collect(),
            false => {
                get("values").elements()?.iter().map(|value| Ok(text(value.text()?))).collect::<Result<_, Stop>>()?
            }
        };
        let entry = tests.entry(test.to_string()).or_insert_with(|| Json::Object(JsonMap::new()));
        let Some(entry) = entry.as_object_mut() else { continue };
        // One test and variable that stand twice are one condition with the values of both.
        let before = match entry.get(&*name) {
            Some(Json::Array(before)) => before.clone(),
            Some(one) => vec![one.clone()],
            None => Vec::new(),
        };
        let all: Vec<Json> = before.into_iter().chain(values.iter().map(|value| Json::from(&**value))).collect();
        let all = match all.as_slice() {
            [one] => one.clone(),
            _ => Json::Array(all),
        };
        entry.insert(name.to_string(), all);
    }
    Ok((!tests.is_empty()).then_some(Json::Object(tests)))
}

/// One text alone, several as a list.
fn several(mut all: Vec<Arc<str>>) -> Json {
    all.sort_by(|a, b| b.cmp(a));
    all.dedup();
    match all.as_slice() {
        [one] => Json::from(&**one),
        _ => Json::Array(all.iter().map(|text| Json::from(&**text)).collect()),
    }
}

fn optional(value: &Value) -> Result<Option<Arc<str>>, Stop> {
    if let Kind::Null = value.kind { Ok(None) } else { value.text().map(Some) }
}

/// Whether it is known how many texts there are.
fn is_plain(value: &Value) -> bool {
    !matches!(value.kind, Kind::Unknown(_) | Kind::Choice(_))
}

/// The texts of a list, or the one text.
fn texts(value: &Value, holes: bool) -> Result<Vec<Arc<str>>, Stop> {
    if holes {
        let shape = |value: &Value| Arc::from(open::sealed(value.shape()));
        return Ok(match &value.kind {
            Kind::Null => Vec::new(),
            Kind::List(all) | Kind::Set(all) => {
                all.iter().filter(|value| !matches!(value.kind, Kind::Null)).map(shape).collect()
            }
            _ => vec![shape(value)],
        });
    }
    match &value.known()?.kind {
        Kind::Null => Ok(Vec::new()),
        Kind::Text(_) | Kind::Reference(_) => Ok(vec![value.text()?]),
        _ => value.elements()?.iter().filter(|value| !matches!(value.kind, Kind::Null)).map(Value::text).collect(),
    }
}

/// `&{aws:username}` is written for IAM's `${aws:username}`.
fn variable(text: &str) -> Arc<str> {
    text.replace("&{", "${").into()
}
