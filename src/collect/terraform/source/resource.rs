//! Resources: their arguments, and the attributes that others read.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::convert::Stop;
use super::evaluator::{Evaluator, Scope};
use super::expression::elements_of;
use super::handle::ResourceHandle;
use super::operator::pair;
use super::tree::{Block, Body};
use super::value::{Kind, Map, Unknown, Value};
use crate::collect::declared::item::{Item, Reference};
use crate::collect::terraform::block::Place;
use crate::collect::terraform::types;
use crate::model::fact::{Fact, Reasons};

/// Arguments that are Terraform's own and none of the resource's.
const META: &[&str] = &["count", "for_each", "provider", "depends_on"];
const META_BLOCKS: &[&str] = &["lifecycle", "connection", "provisioner"];

/// A resource with its arguments worked out.
#[derive(Debug)]
pub struct Resolved {
    /// The arguments.
    pub body: Value,
    /// The same as mappers read them.
    pub item: Item,
    /// Where it belongs.
    pub place: Place,
}

impl Evaluator<'_> {
    /// The arguments of a resource's instance; none where it is not declared, or needs itself.
    pub(super) fn resolved(&mut self, handle: &ResourceHandle) -> Option<Arc<Resolved>> {
        if let Some(resolved) = self.resources.get(handle) {
            return Some(resolved.clone());
        }
        let block = self.block(handle.module, &handle.name)?;
        let expansion = self.expansion(handle.module, &handle.name)?;
        let one = expansion.instances.iter().find(|one| one.key == handle.key)?.clone();
        let name = format!("{}{}", handle.name, handle.key.suffix());
        let resolved = self.once(handle.module, &name, |evaluator| {
            let mut scope = evaluator.scope_of(handle.module, &one);
            scope.itself = Some(Arc::new(handle.clone()));
            let provider = evaluator.provider_of(handle.module, &block);
            let mut body = match evaluator.declared(handle.module).and_then(|module| module.broken_override.clone()) {
                Some(file) => Kind::unknown(format!("`{file}` may change it, and cannot be read")).into(),
                None => evaluator.body(&scope, &block.body, META, META_BLOCKS),
            };
            body = evaluator.counted(body);
            if handle.kind().starts_with("aws_") && !handle.is_data() {
                provider.tag(&mut body);
            }
            let outer = evaluator.instance(handle.module).map(|instance| instance.assumed.clone()).unwrap_or_default();
            for (key, holds) in outer.iter().chain(&one.assumed) {
                body = body.assuming(key, *holds);
            }
            let mut place = provider.place(&evaluator.root_folder());
            // Since version 6 of the provider a resource may name its Region itself ("Enhanced Region Support" in the
            // provider's documentation).
            if let Kind::Map(map) = &body.kind
                && let Some(region) = map.entries.get("region")
                && !matches!(region.kind, Kind::Null)
            {
                place.region = region.text().ok();
                if place.region.is_none() {
                    place = place.set_apart(&format!("the Region of {}", handle.address));
                }
            }
            let of_iam = handle.kind().starts_with("aws_iam_") && !handle.is_data();
            Resolved { item: if of_iam { body.with_policies().item() } else { body.item() }, body, place }
        })?;
        let resolved = Arc::new(resolved);
        self.resources.insert(handle.clone(), resolved.clone());
        Some(resolved)
    }

    /// Arguments and nested blocks, those of one kind as a list.
    pub(super) fn body(&mut self, scope: &Scope, body: &Body, but: &[&str], but_blocks: &[&str]) -> Value {
        let mut entries: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        for attribute in body.attributes.iter().filter(|attribute| !but.contains(&&*attribute.name)) {
            let value = self.argument(scope, &attribute.expr);
            entries.insert(attribute.name.clone(), Value { key_at: Some(attribute.name_at.clone()), ..value });
        }
        for block in body.blocks.iter().filter(|block| !but_blocks.contains(&&*block.kind)) {
            let (kind, blocks) = match (&*block.kind, block.labels.first()) {
                ("dynamic", Some(kind)) => (kind, self.dynamic(scope, kind, block)),
                _ => (&block.kind, Kind::list([self.nested(scope, block)]).into()),
            };
            let place = |value: Value| Value { key_at: Some(block.header.clone()), ..value.or_at(&block.extent) };
            match entries.get_mut(kind) {
                Some(before) => {
                    let joined = pair(before, &blocks, &mut joined);
                    *before = Value { at: before.at.clone(), key_at: before.key_at.clone(), kind: joined.kind };
                }
                None => {
                    entries.insert(kind.clone(), place(blocks));
                }
            }
        }
        Kind::map(entries).into()
    }

    fn nested(&mut self, scope: &Scope, block: &Block) -> Value {
        let value = self.body(scope, &block.body, &[], &[]);
        let value = self.bounded(value);
        Value { kind: value.kind, at: Some(block.extent.clone()), key_at: Some(block.header.clone()) }
    }

    /// The blocks that a `dynamic` block makes ("dynamic Blocks" in the Terraform language documentation).
    fn dynamic(&mut self, scope: &Scope, kind: &Arc<str>, block: &Block) -> Value {
        let Some(collection) = block.body.attribute("for_each") else {
            return Kind::unknown("a `dynamic` block has no `for_each`").into();
        };
        let iterator = block.body.attribute("iterator").and_then(|iterator| match iterator.expr.words().as_deref() {
            Some([name]) => Some((*name).clone()),
            _ => iterator.expr.literal().cloned(),
        });
        let iterator = iterator.unwrap_or_else(|| kind.clone());
        let content: Vec<&Block> = block.body.blocks("content").collect();
        let collection = self.eval(scope, &collection.expr);
        collection.over(&mut |collection| {
            if let Kind::Null = collection.kind {
                return Kind::error("`for_each` is null").into();
            }
            let elements = match elements_of(collection) {
                Ok(elements) => elements,
                Err(stop) => return Kind::from(stop).into(),
            };
            let mut all = Vec::with_capacity(elements.len());
            for (key, value) in elements {
                if self.exhausted() {
                    return Kind::unknown(super::evaluator::TANGLED).into();
                }
                let entries = BTreeMap::from([(Arc::from("key"), key), (Arc::from("value"), value)]);
                let inner = scope.with([(iterator.clone(), Kind::map(entries).into())]);
                for content in &content {
                    let body = self.nested(&inner, content);
                    all.push(Value { key_at: Some(block.header.clone()), ..body });
                }
            }
            Kind::list(all).into()
        })
    }

    /// `aws_s3_bucket.b.arn`.
    pub(super) fn resource_attribute(&mut self, handle: &ResourceHandle, name: &str) -> Value {
        if handle.is_data() {
            return self.data_attribute(handle, name);
        }
        let address = &handle.address;
        let later = || {
            // Instances that are not told apart have no common value.
            let symbol = (handle.key != super::handle::Key::All).then(|| format!("{address}.{name}"));
            Unknown::sure(format!("`{address}.{name}` is known when it is applied"), symbol)
        };
        let Some(resolved) = self.resolved(handle) else {
            return Kind::unknown(format!("`{address}.{name}` cannot be worked out")).into();
        };
        if let Some(mut reference) = types::reference(handle.kind(), address, &resolved.place, &resolved.item, name) {
            if reference.text.is_unknown() {
                let names = resolved.body.naming(types::naming(handle.kind()));
                reference.shape = types::shape(handle.kind(), &resolved.place, &names, name);
            }
            return Kind::Reference(Arc::new(reference)).into();
        }
        let argument = own(handle.kind(), name, &resolved.body).unwrap_or(name);
        if let Some(alias) = alias(handle.kind(), name, &resolved.body) {
            return alias;
        }
        match &resolved.body.kind {
            Kind::Map(map) => match map.entries.get(argument) {
                // What is left out or null has a default that the provider may fill in.
                Some(value) => value.over(&mut |value| match &value.kind {
                    Kind::Null => Kind::Unknown(later()).into(),
                    _ => value.clone(),
                }),
                None => Kind::Unknown(later()).into(),
            },
            _ => Kind::Unknown(later()).into(),
        }
    }

    /// The folder of the root module.
    pub(super) fn root_folder(&self) -> Arc<str> {
        self.declared(0).map(|module| module.folder.clone()).unwrap_or_default()
    }
}

/// The blocks of two lists in a row.
fn joined(before: &Value, after: &Value) -> Value {
    let all = before.elements().and_then(|before| Ok(before.iter().chain(after.elements()?.iter()).cloned().collect()));
    match all {
        Ok(all) => Kind::List(all).into(),
        Err(Stop::Error(message)) => Kind::Error(message).into(),
        Err(Stop::Unknown(unknown)) => Kind::Unknown(unknown).into(),
    }
}

/// The argument that an attribute repeats, of resources that are parts of others: their id is the whole's name.
fn own(kind: &str, attribute: &str, body: &Value) -> Option<&'static str> {
    /// Parts of a bucket whose id is the bucket's name.
    const BUCKET_PARTS: &[&str] = &[
        "aws_s3_bucket_versioning",
        "aws_s3_bucket_server_side_encryption_configuration",
        "aws_s3_bucket_lifecycle_configuration",
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_ownership_controls",
        "aws_s3_bucket_policy",
        "aws_s3_bucket_logging",
        "aws_s3_bucket_replication_configuration",
        "aws_s3_bucket_object_lock_configuration",
        "aws_s3_bucket_notification",
        "aws_s3_bucket_accelerate_configuration",
        "aws_s3_bucket_request_payment_configuration",
        "aws_s3_bucket_cors_configuration",
        "aws_s3_bucket_website_configuration",
    ];
    const VAULT_PARTS: &[&str] =
        &["aws_backup_vault_lock_configuration", "aws_backup_vault_policy", "aws_backup_vault_notifications"];
    if attribute != "id" {
        return None;
    }
    // With an owner the id is both, with a comma between.
    let owned = match &body.kind {
        Kind::Map(map) => {
            map.entries.get("expected_bucket_owner").is_some_and(|owner| !matches!(owner.kind, Kind::Null))
        }
        _ => true,
    };
    if BUCKET_PARTS.contains(&kind) && !owned {
        Some("bucket")
    } else if VAULT_PARTS.contains(&kind) {
        Some("backup_vault_name")
    } else {
        None
    }
}

/// A key's alias stands for the key, wherever a key is named.
fn alias(kind: &str, attribute: &str, body: &Value) -> Option<Value> {
    if kind != "aws_kms_alias" || !matches!(attribute, "arn" | "target_key_arn") {
        return None;
    }
    let Kind::Map(map) = &body.kind else { return None };
    let Kind::Reference(target) = &map.entries.get("target_key_id")?.kind else { return None };
    let why: Reasons = "the key's ARN is known when it is applied".into();
    let reference = Reference { text: Fact::unknown(why), target: target.target.clone(), shape: None };
    Some(Kind::Reference(Arc::new(reference)).into())
}

/// A map with another laid over it: what is known of the upper one wins.
pub fn laid_over(upper: Option<&Value>, lower: &Value) -> Value {
    let nothing = Value::from(Kind::map(BTreeMap::new()));
    let upper = match upper {
        Some(value) if !matches!(value.kind, Kind::Null) => value,
        _ => &nothing,
    };
    let merged = pair(upper, lower, &mut |upper, lower| {
        let (upper, lower) = (sides(upper), sides(lower));
        // What is not known of the upper one may hide anything below.
        let hidden = upper.open.is_some();
        let mut entries = if hidden { BTreeMap::new() } else { lower.entries.clone() };
        entries.extend(upper.entries.iter().map(|(name, value)| (name.clone(), value.clone())));
        Kind::Map(Arc::new(Map { entries, open: upper.open.clone().or_else(|| lower.open.clone()) })).into()
    });
    let (at, key_at) = (upper.at.clone(), upper.key_at.clone());
    Value { at: at.or_else(|| merged.at.clone()), key_at, ..merged }
}

/// A map; one of which nothing is known where it is none.
fn sides(value: &Value) -> Arc<Map> {
    match &value.kind {
        Kind::Map(map) => map.clone(),
        Kind::Null => Arc::new(Map::default()),
        Kind::Unknown(unknown) => Arc::new(Map { entries: BTreeMap::new(), open: Some(unknown.clone()) }),
        other => {
            let why = format!("a map is needed, and there is {}", other.name());
            Arc::new(Map { entries: BTreeMap::new(), open: Some(Unknown::derived(why, None)) })
        }
    }
}
