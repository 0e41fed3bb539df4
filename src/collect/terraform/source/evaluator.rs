//! Works out what a root module declares, as far as its source alone allows.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::handle::{Key, ModuleId, ResourceHandle};
use super::instances::Expansion;
use super::loader::Loader;
use super::module::Module;
use super::provider::Provider;
use super::resource::Resolved;
use super::tree::{Block, Expr, ExprKind};
use super::value::{Kind, Value};
use crate::collect::terraform::block::Places;
use crate::collect::terraform::source::SourceOptions;
use crate::model::fact::{Fact, Reason, Reasons};

/// How deep expressions, references and modules may be entangled. Threads of a pool have two megabytes of stack.
const MAX_DEPTH: usize = 100;
/// How many values may be worked out for one root module.
const MAX_STEPS: usize = 1_000_000;
/// How many bytes of text may be put together for one root module: a short one that doubles itself could fill any
/// memory.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// How much one value may hold, what is shared counted each time: lists of lists of lists could fill any memory.
const MAX_WEIGHT: usize = 50_000;
/// How much all values together may hold that are gone through for one root module.
const MAX_WALK: usize = 50_000_000;
/// How much all resources of one root module may hold.
const MAX_ITEMS: usize = 5_000_000;

/// What a value is that is not worked out since too much had been.
pub const TANGLED: &str = "the configuration is too entangled to work out";

/// Works out one root module.
pub struct Evaluator<'a> {
    pub(super) options: &'a SourceOptions,
    pub(super) loader: Loader<'a>,
    /// The root module and all instances of the modules below it.
    pub(super) modules: Vec<Instance>,
    pub(super) children: BTreeMap<(ModuleId, Arc<str>, Key), ModuleId>,
    pub(super) expansions: BTreeMap<(ModuleId, Arc<str>), Arc<Expansion>>,
    pub(super) resources: BTreeMap<ResourceHandle, Arc<Resolved>>,
    pub(super) providers: BTreeMap<(ModuleId, Arc<str>), Arc<Provider>>,
    /// Where the statements of policies stand, by their text; none where the same text is written in several places.
    pub(super) statements: BTreeMap<Arc<str>, Option<Places>>,
    /// Values by name: `var.x`, `local.x`, `output.x`.
    values: BTreeMap<(ModuleId, Arc<str>), Value>,
    visiting: Vec<(ModuleId, Arc<str>)>,
    depth: usize,
    steps: usize,
    bytes: usize,
    walked: usize,
    items: usize,
    /// Why the expression that is worked out may be an error although its value is known: a condition may be null.
    pub(super) perhaps: Option<Reasons>,
}

/// An instance of a module.
#[derive(Clone, Debug)]
pub struct Instance {
    /// What it declares, or why it was not read.
    pub module: Result<Arc<Module>, Reasons>,
    /// Its address: `module.a["x"].module.b`; empty for the root.
    pub address: Arc<str>,
    /// The names of the calls down to it, as the module manifest has them: `a.b`.
    pub names: Arc<str>,
    /// Who calls it; none for the root.
    pub call: Option<Caller>,
    /// Whether there is such an instance.
    pub exists: Fact<bool>,
    /// Conditions that hold wherever it exists.
    pub assumed: Vec<(Arc<str>, bool)>,
}

/// Who calls a module.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The names that the call's expressions may use.
    pub scope: Scope,
    /// The `module` block.
    pub block: Arc<Block>,
}

/// What an expression may name.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// The module that it stands in.
    pub module: ModuleId,
    /// Names that `for` and `dynamic` bring; later ones hide earlier ones.
    pub bindings: Vec<(Arc<str>, Value)>,
    /// `each.key` and `each.value`.
    pub each: Option<(Value, Value)>,
    /// `count.index`.
    pub index: Option<Value>,
    /// `self`.
    pub itself: Option<Arc<ResourceHandle>>,
    /// Whether only the bindings may be named, as in a template file.
    pub isolated: bool,
}

impl Scope {
    /// The names of a module.
    pub fn of(module: ModuleId) -> Self {
        Self { module, ..Self::default() }
    }

    /// The same names and one more.
    #[must_use]
    pub fn with(&self, names: impl IntoIterator<Item = (Arc<str>, Value)>) -> Self {
        let mut scope = self.clone();
        scope.bindings.extend(names);
        scope
    }
}

impl<'a> Evaluator<'a> {
    /// An evaluator of the root module in this folder.
    pub fn new(root: &Arc<str>, loader: Loader<'a>, options: &'a SourceOptions) -> Self {
        let mut evaluator = Self {
            options,
            loader,
            modules: Vec::new(),
            children: BTreeMap::new(),
            expansions: BTreeMap::new(),
            resources: BTreeMap::new(),
            providers: BTreeMap::new(),
            statements: BTreeMap::new(),
            values: BTreeMap::new(),
            visiting: Vec::new(),
            depth: 0,
            steps: 0,
            bytes: 0,
            walked: 0,
            items: 0,
            perhaps: None,
        };
        let module = evaluator.loader.folder(root).ok_or_else(|| Reasons::from("the folder has no configuration"));
        evaluator.modules.push(Instance {
            module,
            address: "".into(),
            names: "".into(),
            call: None,
            exists: Fact::known(true),
            assumed: Vec::new(),
        });
        evaluator
    }

    /// An instance of a module.
    pub fn instance(&self, module: ModuleId) -> Option<&Instance> {
        self.modules.get(module)
    }

    /// What an instance of a module declares, if it was read.
    pub fn declared(&self, module: ModuleId) -> Option<Arc<Module>> {
        self.instance(module)?.module.as_ref().ok().cloned()
    }

    /// A name within a module as an address in the root.
    pub fn address(&self, module: ModuleId, name: &str) -> String {
        match self.instance(module).map(|instance| &*instance.address) {
            Some("") | None => name.to_owned(),
            Some(path) => format!("{path}.{name}"),
        }
    }

    /// Whether nothing more is worked out.
    pub fn exhausted(&self) -> bool {
        self.steps >= MAX_STEPS || self.bytes >= MAX_BYTES || self.walked >= MAX_WALK || self.items >= MAX_ITEMS
    }

    /// Counts work that a function does at once; an error once there was too much.
    pub fn spend(&mut self, steps: usize, bytes: usize) -> Result<(), super::convert::Stop> {
        self.steps = self.steps.saturating_add(steps);
        self.bytes = self.bytes.saturating_add(bytes);
        if self.exhausted() { Err(super::convert::Stop::unknown(TANGLED)) } else { Ok(()) }
    }

    /// The value of an expression.
    pub fn eval(&mut self, scope: &Scope, expr: &Expr) -> Value {
        let value = self.guarded(|evaluator| evaluator.value(scope, expr));
        self.bounded(value).or_at(&expr.at)
    }

    /// The same value, unless it holds too much.
    pub(super) fn bounded(&mut self, value: Value) -> Value {
        if !matches!(value.kind, Kind::List(_) | Kind::Set(_) | Kind::Map(_) | Kind::Choice(_)) {
            return value;
        }
        match value.weight(MAX_WEIGHT) {
            Some(weight) => {
                self.walked = self.walked.saturating_add(weight);
                value
            }
            None => {
                self.walked = self.walked.saturating_add(MAX_WEIGHT);
                Value { kind: Kind::unknown(TANGLED), ..value }
            }
        }
    }

    /// The arguments of a resource, unless all resources together hold too much.
    pub(super) fn counted(&mut self, body: Value) -> Value {
        let body = self.bounded(body);
        self.items = self.items.saturating_add(body.weight(MAX_WEIGHT).unwrap_or(0));
        if self.exhausted() { Value { kind: Kind::unknown(TANGLED), ..body } } else { body }
    }

    fn guarded(&mut self, work: impl FnOnce(&mut Self) -> Value) -> Value {
        if self.depth >= MAX_DEPTH || self.exhausted() {
            return Kind::unknown(TANGLED).into();
        }
        self.depth += 1;
        self.steps += 1;
        let value = work(self);
        self.depth -= 1;
        value
    }

    /// The value of an argument. It stands where its expression stands; but what a child module merely passes on from a
    /// variable stands at the call's input, or at the call if that leaves it out: there it can be mended.
    pub fn argument(&mut self, scope: &Scope, expr: &Expr) -> Value {
        let value = self.eval(scope, expr);
        let from_call = scope.module != 0 && passes_on(expr);
        Value { at: if from_call { value.at } else { None }, key_at: None, kind: value.kind }.or_at(&expr.at)
    }

    /// A named value, worked out once.
    pub fn named(&mut self, module: ModuleId, name: &str, work: impl FnOnce(&mut Self) -> Value) -> Value {
        let key = (module, Arc::from(name));
        if let Some(value) = self.values.get(&key) {
            return value.clone();
        }
        if self.visiting.contains(&key) {
            return Kind::unknown(format!("`{}` refers to itself", self.address(module, name))).into();
        }
        self.visiting.push(key.clone());
        // An error in it is one of the configuration, which nothing that names it can catch.
        let perhaps = self.perhaps.take();
        let value = self.guarded(work);
        self.perhaps = perhaps;
        self.visiting.pop();
        self.values.insert(key, value.clone());
        value
    }

    /// Does work on something that must not need itself; none where it does.
    pub fn once<T>(&mut self, module: ModuleId, name: &str, work: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let key = (module, Arc::from(name));
        if self.visiting.contains(&key) || self.depth >= MAX_DEPTH {
            return None;
        }
        self.visiting.push(key);
        self.depth += 1;
        let perhaps = self.perhaps.take();
        let result = work(self);
        self.perhaps = perhaps;
        self.depth -= 1;
        self.visiting.pop();
        Some(result)
    }

    /// Notes where the statements of a policy stand.
    pub(super) fn note_policy(&mut self, text: &str, places: Places) {
        match self.statements.get_mut(text) {
            Some(before) if before.as_ref() == Some(&places) => {}
            Some(before) => *before = None,
            None => drop(self.statements.insert(text.into(), Some(places))),
        }
    }

    /// Says that what is worked out may be an error.
    pub(super) fn may_fail(&mut self, reasons: &Reasons) {
        if self.perhaps.is_none() {
            self.perhaps = Some(reasons.clone());
        }
    }
}

/// Whether an expression is nothing but a variable, or something in it.
fn passes_on(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Traversal(base, _)
        if matches!(&base.kind, ExprKind::Variable(name) if &**name == "var"))
}

/// The same reasons in other words, their cures kept.
pub fn rephrased(reasons: &Reasons, words: impl Fn(&str) -> String) -> Reasons {
    let mut all: Option<Reasons> = None;
    for reason in reasons {
        let one: Reasons = Reason { why: words(&reason.why), cure: reason.cure.clone() }.into();
        all = Some(all.map_or_else(|| one.clone(), |sum| sum.and(&one)));
    }
    all.unwrap_or_else(|| words("nothing more is known").into())
}
