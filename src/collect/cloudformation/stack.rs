//! A stack: a template with its place, its parameters, and what is given to it as a whole.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use typed_arena::Arena;

use super::tree::Node;
use crate::collect::declared::item::Item;
use crate::collect::files::FileOptions;
use crate::model::fact::Fact;
use crate::model::gap::Gap;
use crate::model::resource::Tags;

/// Gives the text of a file by the path as it is reported; none where there is no such file.
pub type Reader<'a> = dyn Fn(&str) -> Option<Arc<str>> + 'a;

/// How deep functions, values and references may be entangled.
const MAX_DEPTH: usize = 200;
/// How many values may be worked out for one template with all that it nests: conditions that name each other could go
/// on for ever.
const MAX_STEPS: usize = 1_000_000;
/// How many bytes of text may be worked out for one template, which has at most 1 MB: one long text that is named
/// everywhere could fill any memory.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// How many stacks one template may nest, with those that they nest: a few files that nest each other several times
/// could go on for ever.
const MAX_STACKS: usize = 500;
/// How many stacks may be nested in each other.
pub const MAX_NESTING: usize = 8;

/// What the stacks of one template share: the trees that live as long as they do, and a budget.
pub struct Shared<'t> {
    /// Keeps the trees.
    pub arena: &'t Arena<Node>,
    /// Gives nested templates.
    pub reader: &'t Reader<'t>,
    depth: Cell<usize>,
    steps: Cell<usize>,
    bytes: Cell<usize>,
    stacks: Cell<usize>,
    /// The texts of nested templates, by their reported paths.
    pub nested: RefCell<BTreeMap<Arc<str>, Arc<str>>>,
    /// What nested stacks hide.
    pub gaps: RefCell<Vec<Gap>>,
}

impl<'t> Shared<'t> {
    /// For one template.
    pub const fn new(arena: &'t Arena<Node>, reader: &'t Reader<'t>) -> Self {
        Self {
            arena,
            reader,
            depth: Cell::new(0),
            steps: Cell::new(0),
            bytes: Cell::new(0),
            stacks: Cell::new(0),
            nested: RefCell::new(BTreeMap::new()),
            gaps: RefCell::new(Vec::new()),
        }
    }

    /// Keeps a tree.
    pub fn keep(&self, node: Node) -> &'t Node {
        self.arena.alloc(node)
    }

    /// Begins one more value; whether there is room for it. If so, [`leave`](Self::leave) ends it.
    pub fn enter(&self) -> bool {
        if self.depth.get() >= MAX_DEPTH || self.steps.get() >= MAX_STEPS || self.bytes.get() >= MAX_BYTES {
            return false;
        }
        self.depth.set(self.depth.get() + 1);
        self.steps.set(self.steps.get() + 1);
        true
    }

    /// Ends a value that was begun.
    pub fn leave(&self) {
        self.depth.set(self.depth.get().saturating_sub(1));
    }

    /// Counts a text that was worked out.
    pub fn spend(&self, bytes: usize) {
        self.bytes.set(self.bytes.get().saturating_add(bytes));
    }

    /// Counts a nested stack; whether there is room for it.
    pub fn nest(&self) -> bool {
        self.stacks.set(self.stacks.get() + 1);
        self.stacks.get() <= MAX_STACKS
    }
}

/// A stack.
#[derive(Clone, Debug)]
pub struct Stack<'t> {
    /// Its template, as it is reported.
    pub file: Arc<str>,
    /// The templates in which it is nested, the outermost first.
    pub around: Vec<Arc<str>>,
    /// The logical ids of the stacks in which it is nested, its own the last, each with a dot behind it.
    pub path: String,
    /// Where it is made.
    pub place: Place,
    /// The values of its parameters.
    pub given: Given<'t>,
    /// Whether it is made at all.
    pub exists: Fact<bool>,
    /// The tags of the stack, which its resources take on.
    pub tags: Tags,
}

/// Where a stack is made, as far as that is known.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// `aws`, `aws-cn` …
    pub partition: Option<Arc<str>>,
    /// The twelve-digit account id.
    pub account: Option<Arc<str>>,
    /// The Region.
    pub region: Option<Arc<str>>,
    /// Whether it is made in many places, or in places that the template does not say.
    pub of_stack_set: bool,
}

/// Where the values of parameters come from.
#[derive(Clone, Debug)]
pub enum Given<'t> {
    /// The user.
    User(&'t FileOptions),
    /// The stack in which it is nested: its `Parameters`, by name.
    Stack(Item),
}

impl<'t> Stack<'t> {
    /// The stack that the user makes of a template.
    pub fn outermost(file: &Arc<str>, options: &'t FileOptions) -> Self {
        let part = |text: &Option<String>| text.as_deref().map(Arc::from);
        let tags = options.tags.iter().map(|(key, value)| (Arc::from(key.as_str()), Fact::known(value.clone())));
        Self {
            file: file.clone(),
            around: Vec::new(),
            path: String::new(),
            place: Place {
                partition: part(&options.partition),
                account: part(&options.account),
                region: part(&options.region),
                of_stack_set: false,
            },
            given: Given::User(options),
            exists: Fact::known(true),
            tags: Tags { entries: tags.collect(), others: None },
        }
    }

    /// The template that the user makes a stack of: the one that all the others are nested in.
    pub fn root(&self) -> &Arc<str> {
        self.around.first().unwrap_or(&self.file)
    }

    /// The address of one of its resources: the logical ids of the stacks around it, and its own.
    pub fn address(&self, logical_id: &str) -> Arc<str> {
        format!("{}{logical_id}", self.path).into()
    }
}
