//! How often `count` and `for_each` multiply a block: "The count Meta-Argument" and "The for_each Meta-Argument" in the
//! Terraform language documentation.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::evaluator::{Caller, Evaluator, Instance, Scope, rephrased};
use super::expression::elements_of;
use super::handle::{Handle, Key, ModuleId, ResourceHandle};
use super::tree::Block;
use super::value::{Kind, Unknown, Value};
use crate::model::fact::{Fact, Reasons};

/// How many instances of one block are told apart.
const MAX_INSTANCES: usize = 1_000;
/// How many instances of modules there may be in one root.
const MAX_MODULES: usize = 2_000;
/// How deep modules may call each other.
const MAX_NESTING: usize = 32;

/// The instances of a block.
#[derive(Debug)]
pub struct Expansion {
    /// What refers to it gets this.
    pub shape: Shape,
    /// The instances that there may be.
    pub instances: Vec<One>,
}

/// What a reference to a block gets.
#[derive(Debug)]
pub enum Shape {
    /// The one instance.
    Single,
    /// A list of this length.
    Counted(Value),
    /// A map with these keys.
    Mapped(Value),
    /// It cannot be decided.
    Undecided {
        /// Why.
        reasons: Reasons,
        /// What it is multiplied by.
        symbols: Vec<Arc<str>>,
    },
}

/// One instance.
#[derive(Clone, Debug)]
pub struct One {
    /// Which one.
    pub key: Key,
    /// Whether there is such an instance.
    pub exists: Fact<bool>,
    /// Conditions that hold if it is there.
    pub assumed: Vec<(Arc<str>, bool)>,
    /// `each.key` and `each.value`.
    pub each: Option<(Value, Value)>,
    /// `count.index`.
    pub index: Option<Value>,
}

/// A value that something may be, and the conditions under which it is.
type Leaf = (Conditions, Value);

/// Conditions by their symbols, each with whether it holds.
type Conditions = Vec<(Arc<str>, bool)>;

impl Evaluator<'_> {
    /// The block that a name means: `aws_s3_bucket.b`, `data.aws_region.r`, `module.m`.
    pub(super) fn block(&self, module: ModuleId, name: &str) -> Option<Arc<Block>> {
        let declared = self.declared(module)?;
        match name.strip_prefix("module.") {
            Some(call) => declared.calls.get(call).cloned(),
            None => declared.resources.get(name).cloned(),
        }
    }

    /// The instances of a resource, data source or module; none where it is not declared.
    pub(super) fn expansion(&mut self, module: ModuleId, name: &str) -> Option<Arc<Expansion>> {
        let key = (module, Arc::from(name));
        if let Some(expansion) = self.expansions.get(&key) {
            return Some(expansion.clone());
        }
        let block = self.block(module, name)?;
        let expansion = self
            .once(module, &format!("instances of {name}"), |evaluator| evaluator.expand(module, name, &block))
            .unwrap_or_else(|| undecided(&format!("`{name}` multiplies itself").into(), Vec::new(), true));
        let expansion = Arc::new(expansion);
        self.expansions.insert(key, expansion.clone());
        Some(expansion)
    }

    fn expand(&mut self, module: ModuleId, name: &str, block: &Block) -> Expansion {
        let scope = Scope::of(module);
        let assumed = self.instance(module).map(|instance| instance.assumed.clone()).unwrap_or_default();
        let argument = block.body.attribute("count").map(|count| (true, count));
        let argument = argument.or_else(|| block.body.attribute("for_each").map(|for_each| (false, for_each)));
        let Some((counted, attribute)) = argument else {
            // OpenTofu's `enabled`.
            return Expansion { shape: Shape::Single, instances: vec![One::single()] };
        };
        let mut value = self.eval(&scope, &attribute.expr);
        for (key, holds) in &assumed {
            value = value.assuming(key, *holds);
        }
        let address = self.address(module, name);
        let all = Arc::from(format!("all({address})"));
        let symbols = value.symbol().map(Arc::from).into_iter().chain([all]).collect();
        let mut leaves = Vec::new();
        collect(&value, &mut Vec::new(), &mut leaves);
        let possible = leaves.iter().filter(|(_, leaf)| !matches!(leaf.kind, Kind::Error(_)));
        let keys: Result<Vec<(Conditions, Vec<Key>)>, Reasons> =
            possible.map(|(path, leaf)| Ok((path.clone(), keys(leaf, counted)?))).collect();
        let keys = match keys {
            Ok(keys) if !keys.is_empty() => keys,
            Ok(_) => {
                let why = match leaves.first().map(|(_, leaf)| &leaf.kind) {
                    Some(Kind::Error(message)) => format!("Terraform refuses it: {message}"),
                    _ => "nothing is known of it".to_owned(),
                };
                return undecided(&why.into(), symbols, counted).placed(attribute);
            }
            Err(reasons) => {
                let what = if counted { "count" } else { "for_each" };
                let reasons = rephrased(&reasons, |why| format!("`{what}` of `{address}` cannot be decided: {why}"));
                return undecided(&reasons, symbols, counted).placed(attribute);
            }
        };
        let why = choices(&value);
        let mut present: BTreeMap<Key, Vec<&Conditions>> = BTreeMap::new();
        for (path, keys) in &keys {
            for key in keys {
                present.entry(key.clone()).or_default().push(path);
            }
        }
        let instances = present.into_iter().map(|(key, paths)| {
            let exists = match &why {
                Some(why) if paths.len() < keys.len() => {
                    let what = if counted { "count" } else { "for_each" };
                    let reasons = rephrased(why, |why| format!("`{what}` of `{address}` cannot be decided: {why}"));
                    Fact::unknown(reasons).at(Some(attribute.expr.at.clone()))
                }
                _ => Fact::known(true),
            };
            let certain = |path: &&(Arc<str>, bool)| paths.iter().all(|other| other.contains(path));
            let assumed = paths.first().map(|path| path.iter().filter(certain).cloned().collect()).unwrap_or_default();
            One::new(key, exists, assumed, &value)
        });
        let instances = instances.collect();
        Expansion { shape: if counted { Shape::Counted(value) } else { Shape::Mapped(value) }, instances }
    }

    /// An instance as a value.
    pub(super) fn handle(&mut self, module: ModuleId, name: &str, key: &Key) -> Value {
        let address: Arc<str> = format!("{}{}", self.address(module, name), key.suffix()).into();
        match name.strip_prefix("module.") {
            Some(call) => match self.child(module, call, key) {
                Some(child) => Kind::Whole(Arc::new(Handle::Module(child, address))).into(),
                None => Kind::unknown(format!("`{address}` is not declared")).into(),
            },
            None => {
                let handle = ResourceHandle { module, name: name.into(), key: key.clone(), address };
                Kind::Whole(Arc::new(Handle::Resource(handle))).into()
            }
        }
    }

    /// The names that the expressions of an instance may use.
    pub(super) fn scope_of(&self, module: ModuleId, one: &One) -> Scope {
        Scope { each: one.each.clone(), index: one.index.clone(), ..Scope::of(module) }
    }

    /// The instance of a called module.
    pub(super) fn child(&mut self, module: ModuleId, call: &str, key: &Key) -> Option<ModuleId> {
        let known = (module, Arc::from(call), key.clone());
        if let Some(child) = self.children.get(&known) {
            return Some(*child);
        }
        let name = format!("module.{call}");
        let expansion = self.expansion(module, &name)?;
        let one = expansion.instances.iter().find(|one| one.key == *key)?.clone();
        let block = self.block(module, &name)?;
        let parent = self.instance(module)?.clone();
        let names: Arc<str> =
            if parent.names.is_empty() { call.into() } else { format!("{}.{call}", parent.names).into() };
        let nesting = names.split('.').count();
        let source = if nesting > MAX_NESTING || self.modules.len() >= MAX_MODULES {
            Err(Reasons::from(format!("`{}` is nested too deep or too often", self.address(module, &name))))
        } else {
            self.called(module, &block, &names)
        };
        let mut assumed = parent.assumed.clone();
        assumed.extend(one.assumed.iter().cloned());
        let child = self.modules.len();
        self.modules.push(Instance {
            module: source,
            address: format!("{}{}", self.address(module, &name), key.suffix()).into(),
            names,
            call: Some(Caller { scope: self.scope_of(module, &one), block }),
            exists: Fact::all([parent.exists, one.exists]),
            assumed,
        });
        self.children.insert(known, child);
        Some(child)
    }
}

impl One {
    fn single() -> Self {
        Self { key: Key::Single, exists: Fact::known(true), assumed: Vec::new(), each: None, index: None }
    }

    fn new(key: Key, exists: Fact<bool>, assumed: Vec<(Arc<str>, bool)>, value: &Value) -> Self {
        let absent = || Value::from(Kind::error("there is no such instance"));
        let (each, index) = match &key {
            Key::Index(index) => (None, Some(Kind::whole(*index).into())),
            Key::Name(name) => {
                let element = value.over(&mut |leaf| match elements_of(leaf) {
                    Ok(elements) => elements
                        .into_iter()
                        .find(|(key, _)| key.text().is_ok_and(|key| key == *name))
                        .map_or_else(absent, |(_, value)| value),
                    Err(_) => absent(),
                });
                let element = assumed.iter().fold(element, |element, (key, holds)| element.assuming(key, *holds));
                (Some((Kind::Text(name.clone()).into(), element)), None)
            }
            Key::Single | Key::All => (None, None),
        };
        Self { key, exists, assumed, each, index }
    }
}

impl Expansion {
    fn placed(mut self, attribute: &super::tree::Attribute) -> Self {
        for one in &mut self.instances {
            one.exists = one.exists.clone().at(Some(attribute.expr.at.clone()));
        }
        self
    }
}

/// One block that stands for all instances.
fn undecided(reasons: &Reasons, symbols: Vec<Arc<str>>, counted: bool) -> Expansion {
    let symbol = symbols.first().map(|symbol| format!("key({symbol})"));
    let key: Value = Kind::Unknown(Unknown::sure(reasons.clone(), symbol)).into();
    let value = symbols.first().map(|symbol| format!("each({symbol})"));
    let value: Value = Kind::Unknown(Unknown::sure(reasons.clone(), value)).into();
    let one = One {
        key: Key::All,
        exists: Fact::unknown(reasons.clone()),
        assumed: Vec::new(),
        index: counted.then(|| key.clone()),
        each: (!counted).then_some((key, value)),
    };
    Expansion { shape: Shape::Undecided { reasons: reasons.clone(), symbols }, instances: vec![one] }
}

/// All that a value may be, each with the conditions for it.
fn collect(value: &Value, path: &mut Vec<(Arc<str>, bool)>, out: &mut Vec<Leaf>) {
    let Kind::Choice(choice) = &value.kind else {
        out.push((path.clone(), value.clone()));
        return;
    };
    for (holds, branch) in [(true, &choice.yes), (false, &choice.no)] {
        let length = path.len();
        path.extend(choice.key.iter().map(|key| (key.clone(), holds)));
        collect(branch, path, out);
        path.truncate(length);
    }
}

/// Why a value cannot be decided.
fn choices(value: &Value) -> Option<Reasons> {
    let Kind::Choice(choice) = &value.kind else { return None };
    let further = [choices(&choice.yes), choices(&choice.no)].into_iter().flatten();
    Some(further.fold(choice.why.clone(), |sum, more| sum.and(&more)))
}

/// The keys that a `count` or `for_each` makes.
fn keys(value: &Value, counted: bool) -> Result<Vec<Key>, Reasons> {
    let why = |stop: super::convert::Stop| match stop {
        super::convert::Stop::Unknown(unknown) => unknown.reasons.clone(),
        super::convert::Stop::Error(message) => format!("Terraform refuses it: {message}").into(),
    };
    let too_many = || Err(format!("there are more than {MAX_INSTANCES} instances").into());
    if counted {
        let count = value.count().map_err(why)?;
        return if count > MAX_INSTANCES { too_many() } else { Ok((0..count).map(Key::Index).collect()) };
    }
    if let Kind::List(_) = value.kind {
        return Err("Terraform refuses a list".into());
    }
    let elements = elements_of(value).map_err(why)?;
    if elements.len() > MAX_INSTANCES {
        return too_many();
    }
    elements.into_iter().map(|(key, _)| key.text().map(Key::Name).map_err(why)).collect()
}
