mod backup;
mod buckets;
mod iam;
mod joins;
mod others;
mod removal;

use std::sync::Arc;

use serde_json::{Map as JsonMap, Value as Json, json};

use super::resources;
use crate::collect::declared::item::{Choice, Item, Kind, Map};
use crate::collect::terraform::block::{Block, Change, Place, Root};
use crate::collect::terraform::types;
use crate::model::fact::Fact;
use crate::model::gap::{Gap, GapKind};
use crate::model::position::{Point, Position};
use crate::model::resource::{Facts, Resource};
use crate::model::s3::Bucket;

/// A position whose file says what stands there: `aws_s3_bucket.b/versioning/0`.
fn position(path: &str) -> Option<Arc<Position>> {
    let point = Point { line: 1, column: 1 };
    Some(Arc::new(Position { file: path.into(), start: point, end: point }))
}

/// A value as it stands in a configuration, with three forms that JSON lacks: `{"$": "aws_s3_bucket.b.id"}` is a
/// reference, `{"?": "why"}` is unknown, `{"?": "why", "yes": …, "no": …}` is a choice.
fn item(path: &str, value: &Json, bodies: &[(Block, Json)]) -> Item {
    let below = |key: &str, value: &Json| item(&format!("{path}/{key}"), value, bodies);
    let kind = match value {
        Json::Null => Kind::Absent,
        Json::Bool(value) => Kind::Bool(*value),
        Json::Number(number) => Kind::Number(number.to_string().into()),
        Json::String(text) => Kind::Text(text.as_str().into()),
        Json::Array(elements) => {
            Kind::List(elements.iter().enumerate().map(|(index, element)| below(&index.to_string(), element)).collect())
        }
        Json::Object(entries) => match (entries.get("$"), entries.get("?").and_then(Json::as_str)) {
            (Some(reference), _) => {
                let (address, attribute) = reference.as_str().unwrap().rsplit_once('.').unwrap();
                let (block, body) = bodies.iter().find(|(block, _)| &*block.address == address).unwrap();
                let body = item(address, body, bodies);
                Kind::Reference(types::reference(&block.kind, address, &block.place, &body, attribute).unwrap().into())
            }
            (None, Some(why)) if entries.contains_key("yes") => Kind::Choice(Arc::new(Choice {
                yes: below("yes", &entries["yes"]),
                no: below("no", &entries["no"]),
                why: why.into(),
            })),
            (None, Some(why)) => Kind::Unknown(why.into()),
            (None, None) => {
                let entries = entries.iter().filter(|(_, value)| !value.is_null());
                let entries = entries.map(|(key, value)| (Arc::from(key.as_str()), below(key, value))).collect();
                Kind::Map(Arc::new(Map { entries, open: None }))
            }
        },
    };
    Item { kind, at: position(path), key_at: position(path) }
}

/// A root with these resources, by address; `"exists": null` in a body makes it unknown whether it is there, `"region"`
/// is its provider's.
fn root(bodies: Json) -> Root {
    let blocks: Vec<(Block, Json)> =
        bodies.as_object().unwrap().iter().map(|(address, body)| block(address, body)).collect();
    let filled =
        blocks.iter().map(|(block, body)| Block { body: item(&block.address, body, &blocks), ..block.clone() });
    Root { blocks: filled.collect(), ..Root::default() }
}

fn block(address: &str, body: &Json) -> (Block, Json) {
    let mut body: JsonMap<String, Json> = body.as_object().unwrap().clone();
    let exists = if body.remove("exists").is_some() { Fact::unknown("count is unknown") } else { Fact::known(true) };
    let region = body.remove("region").and_then(|region| region.as_str().map(Arc::from));
    let kind = address.split(['.', '[']).find(|part| part.starts_with("aws_")).unwrap();
    let block = Block {
        address: address.into(),
        kind: kind.into(),
        place: Place { root: "infra".into(), region, ..Place::default() },
        header: position(address).unwrap(),
        extent: position(address).unwrap(),
        exists,
        body: Item::absent(None),
        prevent_destroy: Fact::absent(),
        change: Change::Kept,
    };
    (block, Json::Object(body))
}

fn mapped(bodies: Json) -> Vec<Resource> {
    resources(&root(bodies))
}

fn named<'a>(all: &'a [Resource], address: &str) -> &'a Resource {
    all.iter().find(|resource| &*resource.id.id == address).unwrap()
}

fn bucket<'a>(all: &'a [Resource], address: &str) -> &'a Bucket {
    let Facts::Bucket(bucket) = &named(all, address).facts else { panic!("no bucket") };
    bucket
}

/// A bucket `b` of this name with one resource beside it, which refers to it.
fn beside(kind: &str, mut body: Json) -> Vec<Resource> {
    body["bucket"] = json!({ "$": "aws_s3_bucket.b.id" });
    let mut all = json!({ "aws_s3_bucket.b": { "bucket": "b" } });
    all[format!("{kind}.x")] = body;
    mapped(all)
}

fn place<T>(fact: &Fact<T>) -> &str {
    fact.at.as_ref().map_or("-", |at| &at.file)
}

fn why<T>(fact: &Fact<T>) -> String {
    let reasons = fact.reasons().map(|reasons| reasons.iter().map(|reason| reason.why.clone()).collect::<Vec<_>>());
    reasons.map_or_else(|| "-".to_owned(), |reasons| reasons.join("; "))
}

fn broken(file: &str) -> Gap {
    Gap {
        kind: GapKind::BrokenFile,
        account: None,
        region: None,
        operation: "parse".into(),
        subject: Some(file.into()),
        code: "Broken".into(),
        message: "no".into(),
        leaves_unknown: "all".into(),
        permission: None,
        at: None,
    }
}
