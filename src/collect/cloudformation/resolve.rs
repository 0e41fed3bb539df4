//! Works out CloudFormation's functions as far as a template alone allows; what it cannot decide is unknown, with the
//! chain of references that stopped it.
//!
//! "Intrinsic function reference" and "Pseudo parameters reference" in the CloudFormation Template Reference.

mod condition;
mod encode;
pub(super) mod function;
mod parameter;
mod reference;
mod text;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::nested::Child;
use super::stack::{Given, Shared, Stack};
use super::template::{Declared, Template};
use super::tree::{Entry, Node, Span, Value};
use super::{expand, sam};
use crate::collect::declared::item::{Item, Kind, Map};
use crate::model::fact::{Fact, Reason, Reasons};
use crate::model::identity::{GLOBAL, ResourceId};
use crate::model::position::Position;

/// How the types of IAM begin.
const IAM: &str = "AWS::IAM::";

const REWRITTEN: &str = "a macro of the resource writes it anew when the stack is made";

/// The transform that lets functions stand where a template alone has none.
const EXTENSIONS: &str = "AWS::LanguageExtensions";

/// A macro, which is given all of its siblings and may change them ("Fn::Transform" in the CloudFormation Template
/// Reference).
pub const TRANSFORM: &str = "Fn::Transform";

/// Works out one stack.
pub struct Resolver<'t> {
    pub(super) shared: &'t Shared<'t>,
    pub(super) template: Template<'t>,
    pub(super) stack: Stack<'t>,
    /// The stacks that it nests, as far as they were asked for.
    pub(super) children: BTreeMap<Arc<str>, Child<'t>>,
    /// Whether it only works out what loops run over.
    pub(super) preliminary: bool,
    /// Conditions taken for true or false while a branch is read.
    pub(super) assumptions: Vec<(Arc<str>, bool)>,
    /// Conditions and names that are being worked out.
    pub(super) visiting: Vec<String>,
    /// Conditions worked out without assumptions.
    decided: BTreeMap<&'t str, Fact<bool>>,
    /// Property names from the resource down to the value that is being read.
    pub(super) path: Vec<String>,
    /// Whether the value is an argument of a function.
    pub(super) inside_function: bool,
    /// Whether the resource is one of IAM, whose policy documents are read with holes.
    pub(super) of_iam: bool,
    /// Whether texts get a [`HOLE`](crate::model::iam::HOLE) for each piece that is not known.
    pub(super) with_holes: bool,
}

impl<'t> Resolver<'t> {
    /// A resolver of this document as this stack. `loops` says whether there may be any in it.
    pub fn open(shared: &'t Shared<'t>, document: &'t Node, loops: bool, stack: Stack<'t>) -> Self {
        let mut document = document;
        if loops {
            let mut first = Self::new(shared, Template::of(document), stack.clone());
            first.preliminary = true;
            document = expand::loops(&mut first, document).map_or(document, |written| shared.keep(written));
        }
        document = sam::written_out(document).map_or(document, |written| shared.keep(written));
        Self::new(shared, Template::of(document), stack)
    }

    const fn new(shared: &'t Shared<'t>, template: Template<'t>, stack: Stack<'t>) -> Self {
        Self {
            shared,
            template,
            stack,
            children: BTreeMap::new(),
            preliminary: false,
            assumptions: Vec::new(),
            visiting: Vec::new(),
            decided: BTreeMap::new(),
            path: Vec::new(),
            inside_function: false,
            of_iam: false,
            with_holes: false,
        }
    }

    /// The values that a loop runs over; or why they are not known.
    pub(super) fn collection(&mut self, node: Node) -> Result<Vec<String>, Reasons> {
        let node = self.shared.keep(node);
        let Kind::List(items) = self.argument(node).kind else {
            return Err("it runs over no list that is known".into());
        };
        let mut values = Vec::with_capacity(items.len());
        for item in items.iter() {
            match &item.kind {
                Kind::Text(text) | Kind::Number(text) => values.push(text.to_string()),
                Kind::Unknown(reasons) => return Err(reasons.clone()),
                _ => return Err("it runs over what is no text".into()),
            }
        }
        Ok(values)
    }

    /// Whether a resource exists: known, or unknown under a condition that cannot be decided.
    pub fn exists(&mut self, declared: &Declared<'t>) -> Fact<bool> {
        if declared.transformed {
            return Fact::unknown(REWRITTEN);
        }
        let Some(node) = declared.condition else { return Fact::known(true) };
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
        self.of_iam = declared.kind.starts_with(IAM);
        let item = match declared.properties {
            _ if declared.transformed => Item { kind: Kind::Unknown(REWRITTEN.into()), at: None, key_at: None },
            Some(node) => self.item(node, None),
            None => Item { kind: Kind::Map(Map { entries: Vec::new(), open: None }.into()), at: None, key_at: None },
        };
        self.assumptions.truncate(before);
        self.of_iam = false;
        // What a resource as a whole leaves out stands at its header, which its origin names.
        Item { key_at: None, ..item }
    }

    /// What stands in an attribute beside the properties of a resource, as it is if the resource exists. Functions make
    /// one only under the transform `AWS::LanguageExtensions`.
    pub fn policy_attribute(&mut self, declared: &Declared<'t>, written: Option<&'t Node>) -> Item {
        let unknown = |why: &str| Item { kind: Kind::Unknown(why.into()), at: None, key_at: None };
        if declared.transformed {
            return unknown(REWRITTEN);
        }
        let Some(node) = written else { return Item::absent(None) };
        let extended = self.template.transforms.iter().any(|(name, _)| &**name == EXTENSIONS);
        if function(node).is_some() && !extended {
            let at = Some(self.position(node.span));
            return Item {
                at,
                ..unknown("a function makes it, which CloudFormation refuses without `AWS::LanguageExtensions`")
            };
        }
        let assumed = declared.condition.and_then(Node::name);
        let before = self.assumptions.len();
        self.assumptions.extend(assumed.map(|name| (name, true)));
        let item = self.item(node, None);
        self.assumptions.truncate(before);
        item
    }

    /// The identity of a resource of this template. Types that share a shape are one type: an air-gapped vault is a
    /// vault, a replica key a key. IAM has no Regions.
    pub fn identity(&self, logical_id: &str, kind: &str) -> ResourceId {
        let kind = match kind {
            "AWS::Backup::LogicallyAirGappedBackupVault" => "AWS::Backup::BackupVault",
            "AWS::KMS::ReplicaKey" => "AWS::KMS::Key",
            other => other,
        };
        let place = &self.stack.place;
        ResourceId {
            root: Some(self.stack.root().clone()),
            partition: place.partition.clone(),
            account: place.account.clone(),
            region: if kind.starts_with(IAM) { Some(GLOBAL.into()) } else { place.region.clone() },
            kind: kind.into(),
            id: self.stack.address(logical_id),
        }
    }

    /// A place in this file.
    pub fn position(&self, span: Span) -> Arc<Position> {
        Arc::new(Position { file: self.stack.file.clone(), start: span.start, end: span.end })
    }

    fn item(&mut self, node: &'t Node, key: Option<Span>) -> Item {
        let kind = self.guarded(|resolver| resolver.kind(node));
        let at = self.input_at(node).unwrap_or_else(|| self.position(node.span));
        Item { kind, at: Some(at), key_at: key.map(|span| self.position(span)) }
    }

    /// Where the value stands that the stack around gives to a parameter, where a property is just that parameter: it
    /// is what a reader has to change.
    fn input_at(&self, node: &Node) -> Option<Arc<Position>> {
        let Given::Stack(inputs) = &self.stack.given else { return None };
        let ("Ref", argument) = function(node)? else { return None };
        let name = argument.name()?;
        self.template.parameters.get(&*name)?;
        let input = inputs.get(&name);
        if matches!(input.kind, Kind::Absent) { None } else { input.at }
    }

    fn guarded(&mut self, work: impl FnOnce(&mut Self) -> Kind) -> Kind {
        if !self.shared.enter() {
            return Kind::Unknown("the template is too entangled to work out".into());
        }
        let kind = work(self);
        self.shared.leave();
        if let Kind::Text(text) = &kind {
            self.shared.spend(text.len());
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
                    let holes = self.with_holes || self.of_iam && is_policy(&entry.key);
                    let before = std::mem::replace(&mut self.with_holes, holes);
                    let item = self.item(&entry.value, Some(entry.key_span));
                    self.with_holes = before;
                    self.path.pop();
                    map.entries.push((entry.key.clone(), item));
                }
                Kind::Map(map.into())
            }
        }
    }

    /// Text as it is written, unless CloudFormation fills it in from another service.
    fn literal(&self, text: &Arc<str>) -> Kind {
        if is_dynamic(text) {
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

/// Whether a property of IAM is a policy document, or names one.
fn is_policy(property: &str) -> bool {
    matches!(property, "PolicyDocument" | "AssumeRolePolicyDocument" | "PolicyName")
}

/// Whether CloudFormation fills a text in from another service ("Get values stored in other services using dynamic
/// references" in the CloudFormation User Guide).
fn is_dynamic(text: &str) -> bool {
    text.contains("{{resolve:")
}

/// The same reasons in other words, their cures kept.
pub(super) fn rephrased(reasons: &Reasons, words: impl Fn(&str) -> String) -> Reasons {
    let mut all: Option<Reasons> = None;
    for reason in reasons.iter() {
        let one: Reasons = Reason { why: words(&reason.why), cure: reason.cure.clone() }.into();
        all = Some(all.map_or_else(|| one.clone(), |sum| sum.and(&one)));
    }
    all.unwrap_or_else(|| words("nothing more is known").into())
}

/// Whether a macro may change what stands beside it. `AWS::Include` inserts, and changes nothing ("AWS::Include
/// transform" in the CloudFormation User Guide).
pub(super) fn rewrites(entry: &Entry) -> bool {
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
