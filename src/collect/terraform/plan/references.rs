//! Which resource an argument means.
//!
//! The configuration in a plan lists what an expression refers to, but not what it makes of it. A known value means a
//! resource if it is its name, id or ARN. One that is known only later is taken for it where the argument is one that
//! takes nothing else ([`types::referred`]), where the expression refers to nothing but this one resource, and where the
//! resource's own attribute is as unknown.

use std::ops::Bound;
use std::sync::Arc;

use super::address::{Address, Step, absolute, steps};
use super::blocks::{Instances, Planned};
use super::configuration::{Configuration, references, repeated};
use super::json::{Node, Tree as _};
use crate::collect::declared::item::{Item, Kind, Map, Reference};
use crate::collect::terraform::types;
use crate::model::fact::Fact;

/// How far references are followed through modules.
const MAX_DEPTH: usize = 32;

/// Follows references.
pub struct Resolver<'r, 'v, 'a> {
    pub configuration: &'r Configuration<'v, 'a>,
    pub instances: &'r Instances<'v, 'a>,
}

/// An argument whose references are followed.
pub struct Referring<'r, 'v, 'a> {
    pub one: &'r Planned<'v, 'a>,
    /// Its name, with the names of the blocks that it is in.
    pub argument: &'r str,
    pub expression: &'v Node<'a>,
}

/// What the references of an expression come to.
#[derive(Default)]
struct Hits {
    all: Vec<Hit>,
    /// Whether there is something else that could not be followed, or is no resource.
    more: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Hit {
    address: String,
    attribute: Option<String>,
    /// Whether it is the instance of the same key only because there is one.
    by_key: bool,
}

/// Where an expression stands.
struct Scope<'s, 'v, 'a> {
    modules: &'s [Step],
    /// The key of the instance that it is worked out for.
    key: Option<&'s str>,
    for_each: Option<&'v Node<'a>>,
    depth: usize,
}

impl<'v, 'a> Resolver<'_, 'v, 'a> {
    /// The same value, as references where it means resources.
    pub fn with_targets(&self, referring: &Referring<'_, 'v, 'a>, item: Item) -> Item {
        let one = referring.one;
        let (Some((kind, default)), Some(address)) = (types::referred(one.kind, referring.argument), &one.parsed)
        else {
            return item;
        };
        if !matches!(item.kind, Kind::Unknown(_) | Kind::Text(_) | Kind::List(_)) {
            return item;
        }
        let scope = Scope {
            modules: &address.modules,
            key: address.resource.key.as_deref(),
            for_each: one.declared.and_then(|declared| declared.for_each()),
            depth: 0,
        };
        let mut hits = self.hits(&scope, referring.expression);
        hits.all.retain(|hit| self.instances.get(&*hit.address).is_some_and(|one| types::kind(one.kind) == Some(kind)));
        // Buckets that replicate to each other are told by their keys, too, and each to another.
        let by_key = referring.argument.ends_with("destination.bucket") && hits.all.iter().any(|hit| hit.by_key);
        hits.more |= by_key;
        match &item.kind {
            Kind::Unknown(_) if types::is_list(referring.argument) => item,
            Kind::Unknown(_) => self.later(&hits, default).map_or(item.clone(), |kind| Item { kind, ..item }),
            Kind::Text(text) => self.proved(&hits, default, text).map_or(item.clone(), |kind| Item { kind, ..item }),
            Kind::List(elements) => {
                let elements = self.in_list(hits, default, elements);
                Item { kind: Kind::List(elements), ..item }
            }
            _ => item,
        }
    }

    /// Known elements are told by what they are. Those that are not are the resources that are left over, if there are as
    /// many of them.
    fn in_list(&self, hits: Hits, default: &str, elements: &[Item]) -> Arc<[Item]> {
        let mut left = hits.all.clone();
        let mut all: Vec<Item> = Vec::with_capacity(elements.len());
        for element in elements {
            let found = match &element.kind {
                Kind::Text(text) => self.proved(&hits, default, text),
                _ => None,
            };
            if let Some(Kind::Reference(reference)) = &found {
                left.retain(|hit| *hit.address != *reference.target.id);
            }
            all.push(found.map_or_else(|| element.clone(), |kind| Item { kind, ..element.clone() }));
        }
        let later: Option<Vec<Kind>> = left.iter().map(|hit| self.of_later(hit, default)).collect();
        let unknown = all.iter().filter(|item| matches!(item.kind, Kind::Unknown(_))).count();
        if let Some(later) = later.filter(|later| later.len() == unknown && !hits.more) {
            let places = all.iter_mut().filter(|item| matches!(item.kind, Kind::Unknown(_)));
            for (item, kind) in places.zip(later) {
                item.kind = kind;
            }
        }
        all.into()
    }

    /// The one resource that a value is, which is known when the plan is applied.
    fn later(&self, hits: &Hits, default: &str) -> Option<Kind> {
        match hits.all.as_slice() {
            [only] if !hits.more => self.of_later(only, default),
            _ => None,
        }
    }

    fn of_later(&self, hit: &Hit, default: &str) -> Option<Kind> {
        let target = self.instances.get(&*hit.address)?;
        let attribute = meant(hit, target, default).find(|attribute| target.is_unknown(attribute))?;
        Some(Kind::Reference(reference(target, attribute)?.into()))
    }

    /// The resource whose name, id or ARN this text is.
    fn proved(&self, hits: &Hits, default: &str, text: &str) -> Option<Kind> {
        let mut proved = hits.all.iter().filter_map(|hit| {
            let target = self.instances.get(&*hit.address)?;
            let attribute = meant(hit, target, default).find(|attribute| target.known(attribute) == Some(text))?;
            Some(reference(target, attribute)?.target)
        });
        let target = proved.next().filter(|_| proved.next().is_none())?;
        Some(Kind::Reference(Reference { text: Fact::known(text.to_owned()), target, shape: None }.into()))
    }

    fn hits(&self, scope: &Scope<'_, 'v, 'a>, expression: &'v Node<'a>) -> Hits {
        let mut hits = Hits::default();
        if scope.depth >= MAX_DEPTH {
            hits.more = true;
            return hits;
        }
        let all = references(expression);
        let by_key = all.iter().any(|one| matches!(*one, "each.key" | "count.index"));
        for reference in all.iter().filter(|one| !matches!(**one, "each.key" | "count.index")) {
            match self.follow(scope, reference, by_key) {
                Some(found) => {
                    hits.more |= found.more;
                    for hit in found.all {
                        if !hits.all.iter().any(|known| known.address == hit.address) {
                            hits.all.push(hit);
                        }
                    }
                }
                None => hits.more = true,
            }
        }
        hits
    }

    fn follow(&self, scope: &Scope<'_, 'v, 'a>, reference: &str, by_key: bool) -> Option<Hits> {
        let way = steps(reference)?;
        let first = way.first()?;
        let attribute = |at: usize| way.get(at).map(|step| step.name.clone());
        match &*first.name {
            "each" if way.get(1)?.name == "value" => {
                let inner = Scope { for_each: None, depth: scope.depth + 1, ..*scope };
                let mut found = self.hits_by_key(&inner, scope.for_each?);
                found.look_up(attribute(2));
                Some(found)
            }
            "var" => {
                let (last, outer) = scope.modules.split_last()?;
                let call = self.configuration.module(&names(outer))?.calls.get(&last.name)?;
                let written = call.get("expressions").and_then(|it| it.get(&way.get(1)?.name));
                // Left to its default, which refers to nothing.
                let Some(written) = written else { return Some(Hits::default()) };
                let inner = Scope {
                    modules: outer,
                    key: last.key.as_deref(),
                    for_each: call.get("for_each_expression"),
                    depth: scope.depth + 1,
                };
                let mut found = self.hits(&inner, written);
                found.look_up(attribute(2));
                Some(found)
            }
            "module" => {
                let called = way.get(1)?;
                let call = self.configuration.module(&names(scope.modules))?.calls.get(&called.name)?;
                let key = match (&called.key, repeated(call)) {
                    (Some(key), _) => Some(key.clone()),
                    (None, false) => None,
                    (None, true) => Some(scope.key.filter(|_| by_key)?.to_owned()),
                };
                let inside = [scope.modules, &[Step { name: called.name.clone(), key }]].concat();
                let output = self.configuration.module(&names(&inside))?.outputs?.get(&way.get(2)?.name)?;
                let inner = Scope { modules: &inside, key: None, for_each: None, depth: scope.depth + 1 };
                let mut found = self.hits(&inner, output.get("expression")?);
                found.look_up(attribute(3));
                Some(found)
            }
            _ => self.resource(scope, reference, by_key),
        }
    }

    /// What `for_each` iterates over, at the key of the instance.
    fn hits_by_key(&self, scope: &Scope<'_, 'v, 'a>, expression: &'v Node<'a>) -> Hits {
        let mut hits = Hits::default();
        for reference in references(expression) {
            match self.resource(scope, reference, true) {
                Some(found) => hits.all.extend(found.all.into_iter().filter(|hit| hit.by_key)),
                None => hits.more = true,
            }
        }
        hits
    }

    fn resource(&self, scope: &Scope<'_, 'v, 'a>, reference: &str, by_key: bool) -> Option<Hits> {
        let Address { modules, kind, resource, attribute } = Address::parse(reference)?;
        if !modules.is_empty() {
            return None;
        }
        let at = |key: Option<&str>| absolute(scope.modules, &kind, &resource.name, key);
        let there = |address: &String| self.instances.contains_key(&**address);
        let own = scope.key.filter(|_| by_key);
        let (address, by_key) = match &resource.key {
            Some(key) => (Some(at(Some(key))).filter(there), false),
            None => match Some(at(None)).filter(there) {
                Some(address) => (Some(address), false),
                None => match own.map(|key| at(Some(key))).filter(there) {
                    Some(address) => (Some(address), true),
                    None => (self.only_instance(&at(None)), false),
                },
            },
        };
        let address = address?;
        let target = self.instances.get(&*address)?;
        // What stands beside a bucket names it.
        if target.kind.starts_with("aws_s3_bucket_") && matches!(attribute.as_deref(), Some("id" | "bucket")) {
            let parsed = target.parsed.as_ref()?;
            let expression = target.declared?.expressions()?.get("bucket")?;
            let inner = Scope {
                modules: &parsed.modules,
                key: parsed.resource.key.as_deref(),
                for_each: target.declared?.for_each(),
                depth: scope.depth + 1,
            };
            return Some(self.hits(&inner, expression));
        }
        Some(Hits { all: vec![Hit { address, attribute, by_key }], more: false })
    }

    /// The only instance of a resource that has instances.
    fn only_instance(&self, resource: &str) -> Option<String> {
        let start = format!("{resource}[");
        let mut all = self
            .instances
            .range::<str, _>((Bound::Included(&*start), Bound::Unbounded))
            .take_while(|(address, _)| address.starts_with(&start));
        let (only, _) = all.next()?;
        all.next().is_none().then(|| (*only).to_owned())
    }
}

impl Hits {
    /// Looks an attribute up in resources that were handed over whole.
    fn look_up(&mut self, attribute: Option<String>) {
        for hit in &mut self.all {
            if hit.attribute.is_none() {
                hit.attribute.clone_from(&attribute);
            }
        }
    }
}

/// The attributes that a hit may mean: its own, or, where it has none, those that are like the default.
fn meant<'h>(hit: &'h Hit, target: &Planned<'_, '_>, default: &str) -> impl Iterator<Item = &'h str> {
    let alike = if hit.attribute.is_some() { &[] } else { types::alike(target.kind, default) };
    hit.attribute.as_deref().into_iter().chain(alike.iter().copied())
}

fn reference(target: &Planned<'_, '_>, attribute: &str) -> Option<Reference> {
    types::reference(target.kind, target.address, &target.place, &name_of(target), attribute)
}

fn names(modules: &[Step]) -> String {
    let names: Vec<&str> = modules.iter().map(|step| &*step.name).collect();
    names.join(".")
}

/// As much of a resource's arguments as names it.
fn name_of(one: &Planned<'_, '_>) -> Item {
    let unknown =
        || Kind::Unknown(format!("the name of `{}` is known only when the plan is applied", one.address).into());
    let entry = |argument: &'static str| {
        let kind = match one.known(argument) {
            Some(text) => Kind::Text(text.into()),
            None => unknown(),
        };
        (Arc::from(argument), Item { kind, at: None, key_at: None })
    };
    let map = Map { entries: ["bucket", "name", "path"].map(entry).into(), open: None };
    Item { kind: Kind::Map(Arc::new(map)), at: None, key_at: None }
}
