//! What the AWS CDK writes beside its templates: the manifest of a cloud assembly, and metadata of resources.
//!
//! "Cloud assembly" in the AWS CDK Developer Guide, and the interface `ArtifactManifest` of the package
//! `@aws-cdk/cloud-assembly-schema`.

use std::sync::Arc;

use serde_json::Value as Json;

use super::nested::beside;
use super::stack::Reader;
use super::tree::Node;
use crate::collect::files::FileOptions;

/// How the names of synthesized templates end.
const TEMPLATE: &str = ".template.json";

/// What the user says of a template, and what the assembly's manifest says of its stack: the manifest knows the account
/// and Region of each, and the user the rest. None where there is no manifest that names the template.
pub(super) fn options(file: &str, options: &FileOptions, reader: &Reader<'_>) -> Option<FileOptions> {
    if !file.ends_with(TEMPLATE) {
        return None;
    }
    let manifest = reader(&beside(file, "manifest.json"))?;
    let manifest: Json = serde_json::from_str(&manifest).ok()?;
    let name = file.rsplit_once('/').map_or(file, |(_, name)| name);
    let is_ours = |artifact: &&Json| {
        let template = artifact.pointer("/properties/templateFile").and_then(Json::as_str);
        artifact["type"] == "aws:cloudformation:stack" && template == Some(name)
    };
    let artifact = manifest.get("artifacts")?.as_object()?.values().find(is_ours)?;
    let mut options = options.clone();
    let environment = artifact.get("environment").and_then(Json::as_str).unwrap_or_default();
    if let Some((account, region)) = environment.strip_prefix("aws://").and_then(|place| place.split_once('/')) {
        if account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()) {
            options.account = Some(account.to_owned());
        }
        if region != "unknown-region" && !region.is_empty() {
            options.region = Some(region.to_owned());
        }
    }
    let texts = |pointer: &str| {
        let map = artifact.pointer(pointer).and_then(Json::as_object);
        map.into_iter().flatten().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
    };
    for (name, value) in texts("/properties/parameters") {
        options.parameters.entry(name).or_insert(value);
    }
    for (key, value) in texts("/properties/tags") {
        options.tags.entry(key).or_insert(value);
    }
    Some(options)
}

/// The file of a nested stack's template: the asset that stands for its `TemplateURL`.
pub(super) fn asset(metadata: &Node) -> Option<String> {
    let property = metadata.get("aws:asset:property").and_then(Node::text)?;
    (&*property == "TemplateURL")
        .then(|| metadata.get("aws:asset:path").and_then(Node::text))?
        .map(|path| path.to_string())
}

/// The path of the construct that a resource comes from: `MyStack/Bucket/Resource`.
pub(super) fn construct(metadata: &Node) -> Option<Arc<str>> {
    metadata.get("aws:cdk:path").and_then(Node::text).filter(|path| !path.is_empty())
}
