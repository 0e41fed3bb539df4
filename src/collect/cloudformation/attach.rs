//! Resources that only add to others: bucket policies and key aliases.

use super::resolve::Resolver;
use super::s3;
use super::template::Declared;
use crate::model::fact::{Fact, Reasons, State};
use crate::model::resource::{Facts, Link, Resource};

/// Adds those that one stack declares to the buckets and keys that they name, which may be of another stack of the same
/// template.
pub(super) fn attach(resolver: &mut Resolver<'_>, resources: &mut [Resource]) {
    let declared: Vec<_> = resolver.template.resources.values().copied().collect();
    for declared in &declared {
        let exists = Fact::all([resolver.stack.exists.clone(), resolver.exists(declared)]);
        if !exists.is_false() {
            add(resolver, declared, &exists, false, resources);
        }
    }
    // Nobody knows how many of them there are, and which they mean.
    let phantoms = resolver.template.phantoms.clone();
    for declared in &phantoms {
        let exists = Fact::unknown("a loop over what is not known may make it");
        add(resolver, declared, &exists, true, resources);
    }
}

fn add<'t>(
    resolver: &mut Resolver<'t>,
    declared: &Declared<'t>,
    exists: &Fact<bool>,
    phantom: bool,
    resources: &mut [Resource],
) {
    let add: fn(&mut Facts, Meant, Fact<String>) = match &**declared.kind {
        "AWS::S3::BucketPolicy" => policy,
        "AWS::KMS::Alias" => alias,
        _ => return,
    };
    let properties = resolver.properties(declared);
    let (link, value) = if &**declared.kind == "AWS::KMS::Alias" {
        (properties.get("TargetKeyId").link(), properties.get("AliasName").text())
    } else {
        (properties.get("Bucket").link(), properties.get("PolicyDocument").document())
    };
    let value = match &exists.state {
        State::Unknown(reasons) => Fact::unknown(reasons.clone()).at(value.at),
        State::Known(_) | State::Absent => value,
    };
    for resource in resources.iter_mut() {
        if let Some(meant) = meant(&link, resource) {
            add(&mut resource.facts, meant, value.clone());
        } else if let (true, None, State::Unknown(reasons)) = (phantom, &link.target, &exists.state) {
            add(&mut resource.facts, Meant::Perhaps(State::Unknown(reasons.clone())), value.clone());
        }
    }
}

/// Gives keys the names by which people know them: their aliases.
pub(super) fn name_keys(resources: &mut [Resource]) {
    for resource in resources {
        let aliases = if let Facts::Key(key) = &resource.facts { key.aliases.value() } else { None };
        if let Some(alias) = aliases.and_then(|aliases| aliases.first()) {
            resource.name = alias.as_str().into();
        }
    }
}

/// How surely a reference means a resource.
enum Meant {
    Surely,
    Perhaps(State<()>),
}

fn meant(link: &Link, resource: &Resource) -> Option<Meant> {
    if let Some(target) = &link.target {
        return (*target == resource.id).then_some(Meant::Surely);
    }
    let name = if let Facts::Bucket(bucket) = &resource.facts { Some(&bucket.bucket_name) } else { None };
    let perhaps = |reasons: &Reasons| Some(Meant::Perhaps(State::Unknown(reasons.clone())));
    match (&link.text.state, name) {
        (State::Unknown(reasons), _) => perhaps(reasons),
        (State::Known(text), Some(name)) => match &name.state {
            State::Known(name) => (text == name).then_some(Meant::Surely),
            State::Unknown(reasons) if !s3::is_generated(name) => perhaps(reasons),
            State::Absent | State::Unknown(_) => None,
        },
        _ => None,
    }
}

fn policy(facts: &mut Facts, meant: Meant, text: Fact<String>) {
    let Facts::Bucket(bucket) = facts else { return };
    match meant {
        Meant::Surely => bucket.policy = text,
        Meant::Perhaps(State::Unknown(reasons)) if bucket.policy.is_absent() => bucket.policy = Fact::unknown(reasons),
        Meant::Perhaps(_) => {}
    }
}

fn alias(facts: &mut Facts, meant: Meant, name: Fact<String>) {
    let Facts::Key(key) = facts else { return };
    match (meant, name.state) {
        (Meant::Surely, State::Known(name)) => {
            if let State::Known(aliases) = &mut key.aliases.state {
                aliases.push(name);
                aliases.sort();
            }
        }
        (Meant::Surely, State::Unknown(reasons)) | (Meant::Perhaps(State::Unknown(reasons)), _) => {
            key.aliases = Fact::unknown(reasons);
        }
        _ => {}
    }
}
