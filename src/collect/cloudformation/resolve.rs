//! Works out CloudFormation's functions as far as a template alone allows; what it cannot decide is unknown, with the
//! chain of references that stopped it.
//!
//! "Intrinsic function reference" and "Pseudo parameters reference" in the CloudFormation Template Reference.

mod condition;
mod function;
mod reference;
mod text;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::template::{Declared, Template};
use super::tree::{Entry, Node, Span, Value};
use crate::collect::declared::item::{Item, Kind, Map};
use crate::collect::files::FileOptions;
use crate::model::fact::{Fact, Reason, Reasons};
use crate::model::identity::ResourceId;
use crate::model::position::Position;

const REWRITTEN: &str = "a macro of the resource writes it anew when the stack is made";

/// How deep functions, values and references may be entangled.
const MAX_DEPTH: usize = 200;
/// How many values may be worked out for one template: conditions that name each other could go on for ever.
const MAX_STEPS: usize = 1_000_000;

/// How many bytes of text may be worked out for one template, which has at most 1 MB: one long text that is named
/// everywhere could fill any memory.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// A macro, which is given all of its siblings and may change them ("Fn::Transform" in the CloudFormation Template
/// Reference).
pub const TRANSFORM: &str = "Fn::Transform";

/// Works out one template.
pub struct Resolver<'t> {
    template: &'t Template<'t>,
    options: &'t FileOptions,
    file: &'t Arc<str>,
    /// Conditions taken for true or false while a branch is read.
    assumptions: Vec<(Arc<str>, bool)>,
    /// Conditions and names that are being worked out.
    visiting: Vec<String>,
    /// Conditions worked out without assumptions.
    decided: BTreeMap<&'t str, Fact<bool>>,
    /// Property names from the resource down to the value that is being read.
    path: Vec<String>,
    /// Whether the value is an argument of a function.
    inside_function: bool,
    depth: usize,
    steps: usize,
    /// Bytes of the texts that were worked out.
    bytes: usize,
}

impl<'t> Resolver<'t> {
    /// A resolver of this template.
    pub const fn new(template: &'t Template<'t>, options: &'t FileOptions, file: &'t Arc<str>) -> Self {
        Self {
            template,
            options,
            file,
            assumptions: Vec::new(),
            visiting: Vec::new(),
            decided: BTreeMap::new(),
            path: Vec::new(),
            inside_function: false,
            depth: 0,
            steps: 0,
            bytes: 0,
        }
    }

    /// Whether a resource exists: known, or unknown under a condition that cannot be decided.
    pub fn exists(&mut self, declared: &Declared<'t>) -> Fact<bool> {
        let Some(node) = declared.condition else {
            return if declared.transformed { Fact::unknown(REWRITTEN) } else { Fact::known(true) };
        };
        let fact = match node.name() {
            Some(name) => self.condition(&name),
            None => Fact::unknown("its `Condition` is not a name"),
        };
        fact.at(Some(self.position(node.span)))
    }

    /// The properties of a resource, as they are if it exists.
    pub fn properties(&mut self, declared: &Declared<'t>) -> Item {
        let assumed = declared.condition.and_then(Node::name);
        let before = self.assumptions.len();
        self.assumptions.extend(assumed.map(|name| (name, true)));
        let item = match declared.properties {
            _ if declared.transformed => Item { kind: Kind::Unknown(REWRITTEN.into()), at: None, key_at: None },
            Some(node) => self.item(node, None),
            None => Item { kind: Kind::Map(Map { entries: Vec::new(), open: None }.into()), at: None, key_at: None },
        };
        self.assumptions.truncate(before);
        // What a resource as a whole leaves out stands at its header, which its origin names.
        Item { key_at: None, ..item }
    }

    /// The identity of a resource of this template. Types that share a shape are one type: an air-gapped vault is a
    /// vault, a replica key a key.
    pub fn identity(&self, logical_id: &str, kind: &str) -> ResourceId {
        let kind = match kind {
            "AWS::Backup::LogicallyAirGappedBackupVault" => "AWS::Backup::BackupVault",
            "AWS::KMS::ReplicaKey" => "AWS::KMS::Key",
            other => other,
        };
        ResourceId {
            root: Some(self.file.clone()),
            partition: self.options.partition.as_deref().map(Into::into),
            account: self.options.account.as_deref().map(Into::into),
            region: self.options.region.as_deref().map(Into::into),
            kind: kind.into(),
            id: logical_id.into(),
        }
    }

    /// A place in this file.
    pub fn position(&self, span: Span) -> Arc<Position> {
        Arc::new(Position { file: self.file.clone(), start: span.start, end: span.end })
    }

    fn item(&mut self, node: &'t Node, key: Option<Span>) -> Item {
        let kind = self.guarded(|resolver| resolver.kind(node));
        Item { kind, at: Some(self.position(node.span)), key_at: key.map(|span| self.position(span)) }
    }

    fn guarded(&mut self, work: impl FnOnce(&mut Self) -> Kind) -> Kind {
        if self.depth >= MAX_DEPTH || self.steps >= MAX_STEPS || self.bytes >= MAX_BYTES {
            return Kind::Unknown("the template is too entangled to work out".into());
        }
        self.depth += 1;
        self.steps += 1;
        let kind = work(self);
        self.depth -= 1;
        if let Kind::Text(text) = &kind {
            self.bytes += text.len();
        }
        kind
    }

    fn kind(&mut self, node: &'t Node) -> Kind {
        if let Some((name, argument)) = function(node) {
            return self.call(name, argument, node);
        }
        match &node.value {
            Value::Null => Kind::Unknown(format!("`{}` is null, which CloudFormation refuses", self.path()).into()),
            Value::Bool(value, _) => Kind::Bool(*value),
            Value::Plain(text) if is_number(text) => Kind::Number(text.clone()),
            Value::Plain(text) | Value::Quoted(text) => self.literal(text),
            Value::List(elements) => {
                let mut items = Vec::with_capacity(elements.len());
                for (index, element) in elements.iter().enumerate() {
                    self.path.push(format!("[{index}]"));
                    // What an element leaves out stands at the element.
                    items.push(self.item(element, Some(element.span)));
                    self.path.pop();
                }
                Kind::List(items.into())
            }
            Value::Map(entries) if entries.iter().any(rewrites) => Kind::Unknown(
                format!("a macro in `{}` may change all that stands beside it when the stack is made", self.path())
                    .into(),
            ),
            Value::Map(entries) => {
                let mut map = Map { entries: Vec::with_capacity(entries.len()), open: None };
                for entry in entries {
                    if entry.key.starts_with("Fn::") {
                        let why = format!("`{}` in `{}` may add to it", entry.key, self.path());
                        map.open = Some(why.into());
                        continue;
                    }
                    self.path.push(entry.key.to_string());
                    let item = self.item(&entry.value, Some(entry.key_span));
                    self.path.pop();
                    map.entries.push((entry.key.clone(), item));
                }
                Kind::Map(map.into())
            }
        }
    }

    /// Text as it is written, unless CloudFormation fills it in from another service.
    fn literal(&self, text: &Arc<str>) -> Kind {
        if text.contains("{{resolve:") {
            return Kind::Unknown(
                format!(
                    "`{}` is a dynamic reference, which CloudFormation resolves when the stack is made",
                    self.path()
                )
                .into(),
            );
        }
        Kind::Text(text.clone())
    }

    /// The property that is being read: `VersioningConfiguration.Status`.
    fn path(&self) -> String {
        let mut path = String::new();
        for step in &self.path {
            if !path.is_empty() && !step.starts_with('[') {
                path.push('.');
            }
            path.push_str(step);
        }
        if path.is_empty() { "Properties".to_owned() } else { path }
    }

    /// Says of each reason at which property and function it stopped us.
    fn chained(&self, reasons: &Reasons, node: &Node) -> Reasons {
        let (path, shown) = (self.path(), text::shown(node));
        rephrased(reasons, |why| format!("`{path}` is `{shown}`; {why}"))
    }
}

/// The same reasons in other words, their cures kept.
fn rephrased(reasons: &Reasons, words: impl Fn(&str) -> String) -> Reasons {
    let mut all: Option<Reasons> = None;
    for reason in reasons.iter() {
        let one: Reasons = Reason { why: words(&reason.why), cure: reason.cure.clone() }.into();
        all = Some(all.map_or_else(|| one.clone(), |sum| sum.and(&one)));
    }
    all.unwrap_or_else(|| words("nothing more is known").into())
}

/// Whether a macro may change what stands beside it. `AWS::Include` inserts, and changes nothing ("AWS::Include
/// transform" in the CloudFormation User Guide).
fn rewrites(entry: &Entry) -> bool {
    &*entry.key == TRANSFORM && entry.value.get("Name").and_then(Node::text).as_deref() != Some("AWS::Include")
}

/// The function that a value is, and its argument: a mapping whose only key is `Ref` or begins with `Fn::`.
fn function(node: &Node) -> Option<(&str, &Node)> {
    match node.entries() {
        [entry] if &*entry.key == "Ref" || entry.key.starts_with("Fn::") => Some((&entry.key, &entry.value)),
        _ => None,
    }
}

/// Whether plain text is a decimal number. With a leading zero YAML 1.1 reads another number, or none.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let whole = digits.split_once('.').map_or(digits, |(whole, _)| whole);
    let padded = whole.len() > 1 && whole.starts_with('0');
    digits.starts_with(|c: char| c.is_ascii_digit())
        && !padded
        && serde_json::from_str::<serde_json::Number>(text).is_ok()
}
