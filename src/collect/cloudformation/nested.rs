//! Stacks in stacks: `AWS::CloudFormation::Stack` with a template that is a file beside it, and stack sets.
//!
//! "AWS::CloudFormation::Stack" and "AWS::CloudFormation::StackSet" in the CloudFormation Template Reference; local
//! paths are what `aws cloudformation package` takes and replaces.

mod stack_set;

use std::sync::Arc;

use super::cdk;
use super::gaps;
use super::resolve::function::unknown;
use super::resolve::{Resolver, rephrased};
use super::stack::{Given, MAX_NESTING, Stack};
use super::tags;
use super::template::{Declared, Template};
use super::tree::{Node, Span, Value};
use crate::collect::declared::item::{Item, Kind};
use crate::model::fact::{Fact, Reasons, State};
use crate::model::resource::Tags;

/// The bytes of stack that a template takes at most: what the threads of a scan begin with.
const ROOM: usize = 2 * 1024 * 1024;
const STACK: &str = "AWS::CloudFormation::Stack";
const STACK_SET: &str = "AWS::CloudFormation::StackSet";

/// Whether a resource of this type is a stack of its own.
pub(super) fn is_nested(kind: &str) -> bool {
    matches!(kind, STACK | STACK_SET)
}

/// A nested stack.
pub(super) enum Child<'t> {
    /// Its template was read.
    Open(Box<Resolver<'t>>),
    /// Its template is not seen, or it is not made.
    Hidden(Reasons),
}

/// A template to open, and how.
struct Source<'t> {
    file: Arc<str>,
    document: &'t Node,
    loops: bool,
}

impl<'t> Resolver<'t> {
    /// What `Fn::GetAtt` gives of an output of a nested stack.
    pub(super) fn output_of(&mut self, declared: &Declared<'t>, output: &str) -> Kind {
        let stack = declared.logical_id;
        if &**declared.kind == STACK_SET {
            return unknown(&format!("`{stack}.Outputs.{output}` is no attribute of a stack set"));
        }
        if !self.descend(declared) {
            return unknown(&format!("nested stack `{stack}` refers to itself"));
        }
        match self.children.get_mut(stack) {
            Some(Child::Open(child)) => child.output(output),
            Some(Child::Hidden(reasons)) => {
                Kind::Unknown(rephrased(reasons, |why| format!("`{stack}.Outputs.{output}` is not known: {why}")))
            }
            None => unknown(&format!("`{stack}.Outputs.{output}` is known when the stack is made")),
        }
    }

    /// What an output of this stack says.
    fn output(&mut self, name: &str) -> Kind {
        let Some(node) = self.template.outputs.get(name).copied() else {
            return unknown(&format!("`{}` has no output `{name}`", self.stack.file));
        };
        let condition = node.get("Condition").and_then(Node::name);
        if let Some(condition) = &condition
            && self.condition(condition).is_false()
        {
            return unknown(&format!("output `{name}` is left out by its condition"));
        }
        let Some(value) = node.get("Value") else { return unknown(&format!("output `{name}` has no value")) };
        let before = self.assumptions.len();
        self.assumptions.extend(condition.map(|condition| (condition, true)));
        let path = std::mem::replace(&mut self.path, vec!["Outputs".to_owned(), name.to_owned()]);
        let kind = self.argument(value).kind;
        self.path = path;
        self.assumptions.truncate(before);
        kind
    }

    /// Opens a nested stack, once; false if it is just being opened.
    pub(super) fn descend(&mut self, declared: &Declared<'t>) -> bool {
        let id = declared.logical_id;
        if self.children.contains_key(id) {
            return true;
        }
        let mark = format!("stack {id}");
        if self.preliminary || self.visiting.contains(&mark) {
            return false;
        }
        // What the stack is given holds whatever branch is being read.
        let assumptions = std::mem::take(&mut self.assumptions);
        let path = std::mem::take(&mut self.path);
        let inside = std::mem::replace(&mut self.inside_function, false);
        let with_holes = std::mem::replace(&mut self.with_holes, false);
        let of_iam = std::mem::replace(&mut self.of_iam, false);
        self.visiting.push(mark);
        // Functions may already be deep in each other, and the new template may be as deep again.
        let child = stacker::maybe_grow(ROOM, 2 * ROOM, || self.child(declared));
        self.visiting.pop();
        self.assumptions = assumptions;
        self.path = path;
        self.inside_function = inside;
        self.with_holes = with_holes;
        self.of_iam = of_iam;
        self.children.insert(id.clone(), child);
        true
    }

    fn child(&mut self, declared: &Declared<'t>) -> Child<'t> {
        let exists = Fact::all([self.stack.exists.clone(), self.exists(declared)]);
        let properties = self.properties(declared);
        if exists.is_false() {
            // Its template is of this one all the same, and says nothing alone.
            let file = location(declared, &properties).value().map(|path| beside(&self.stack.file, path));
            if let Some((file, text)) =
                file.and_then(|file| Some((Arc::from(file.as_str()), (self.shared.reader)(&file)?)))
            {
                self.shared.nested.borrow_mut().insert(file, text);
            }
            return Child::Hidden("it is left out by its condition".into());
        }
        let (source, at) = self.source(declared, &properties);
        let source = match source {
            Ok(source) => source,
            Err(why) => {
                let gap = gaps::nested(&self.stack.file, &self.stack.address(declared.logical_id), &why, at);
                self.shared.gaps.borrow_mut().push(gap);
                return Child::Hidden(why.into());
            }
        };
        let mut around = self.stack.around.clone();
        around.push(self.stack.file.clone());
        // Whether a stack set takes on the tags of the stack that makes it is not documented.
        let sure = &**declared.kind == STACK;
        let tags = tags::with_stack_tags(sure, tags::tags(&properties.get("Tags")), &self.stack.tags);
        let mut stack = Stack {
            file: source.file,
            around,
            path: format!("{}.", self.stack.address(declared.logical_id)),
            place: self.stack.place.clone(),
            given: Given::Stack(properties.get("Parameters")),
            exists,
            tags,
        };
        if &**declared.kind == STACK_SET {
            stack_set::settle(&mut stack, &properties);
        }
        Child::Open(Box::new(Resolver::open(self.shared, source.document, source.loops, stack)))
    }

    /// The template of a nested stack; or why it is not seen. And where it is named.
    fn source(&mut self, declared: &Declared<'t>, properties: &Item) -> (Result<Source<'t>, String>, Span) {
        let node = |key: &str| declared.properties.and_then(|properties| properties.get(key));
        let at = node("TemplateURL").or_else(|| node("TemplateBody")).map_or(declared.header, |node| node.span);
        if let (STACK_SET, Some(node)) = (&**declared.kind, node("TemplateBody")) {
            return (self.inline(declared, &properties.get("TemplateBody").text(), node.span), at);
        }
        (self.file(declared, &location(declared, properties)), at)
    }

    /// A template in a file of its own.
    fn file(&mut self, declared: &Declared<'t>, url: &Fact<String>) -> Result<Source<'t>, String> {
        let path = match &url.state {
            State::Known(path) => path,
            State::Absent => return Err("it names no template".to_owned()),
            State::Unknown(_) => return Err("its template is known when the stack is made".to_owned()),
        };
        if path.contains("://") {
            return Err(format!("its template `{path}` is not on this machine; scan it as a file of its own"));
        }
        let file: Arc<str> = beside(&self.stack.file, path).into();
        self.room(declared, Some(&file))?;
        let Some(text) = (self.shared.reader)(&file) else {
            return Err(format!("its template `{file}` is not there, or may not be read"));
        };
        self.shared.nested.borrow_mut().insert(file.clone(), text.clone());
        let parsed = super::parse(&file, &text).map_err(|error| {
            self.shared.gaps.borrow_mut().push(gaps::broken(&file, &error));
            format!("its template `{file}` cannot be read")
        })?;
        let Some(document) = parsed.filter(|document| Template::recognise(document).is_some()) else {
            return Err(format!("`{file}` is no template"));
        };
        self.source_of(file, document, &text)
    }

    /// A template that stands in the text of a property. Its values all stand there.
    fn inline(&mut self, declared: &Declared<'t>, body: &Fact<String>, at: Span) -> Result<Source<'t>, String> {
        self.room(declared, None)?;
        let State::Known(text) = &body.state else { return Err("its template is not known as text".to_owned()) };
        let parsed = super::parse("", text)
            .map_err(|error| format!("its template cannot be read (line {} of the text: {error})", error.at.line))?;
        let Some(mut document) = parsed.filter(|document| Template::recognise(document).is_some()) else {
            return Err("its text is no template".to_owned());
        };
        stand(&mut document, at);
        self.source_of(self.stack.file.clone(), document, text)
    }

    fn source_of(&self, file: Arc<str>, document: Node, text: &str) -> Result<Source<'t>, String> {
        let document = self.shared.keep(document);
        if let Some(gap) = gaps::rewritten(&file, &Template::of(document)) {
            self.shared.gaps.borrow_mut().push(gap);
            return Err("a macro may rewrite its template".to_owned());
        }
        Ok(Source { file, document, loops: super::expand::may_have_loops(text) })
    }

    /// Whether one more stack may be nested here.
    fn room(&self, declared: &Declared<'t>, file: Option<&Arc<str>>) -> Result<(), String> {
        let around = || self.stack.around.iter().chain([&self.stack.file]);
        if let Some(file) = file
            && around().any(|other| other == file)
        {
            return Err(format!("its template `{file}` nests itself"));
        }
        if self.stack.around.len() >= MAX_NESTING {
            return Err(format!("`{}` is nested over {MAX_NESTING} deep", declared.logical_id));
        }
        if self.shared.nest() { Ok(()) } else { Err("there are too many nested stacks to read".to_owned()) }
    }
}

/// Where the template of a nested stack is.
fn location(declared: &Declared<'_>, properties: &Item) -> Fact<String> {
    match declared.metadata.and_then(cdk::asset) {
        Some(path) => Fact::known(path),
        None => properties.get("TemplateURL").text(),
    }
}

/// Gives everything the same place.
fn stand(node: &mut Node, at: Span) {
    node.span = at;
    match &mut node.value {
        Value::List(elements) => elements.iter_mut().for_each(|element| stand(element, at)),
        Value::Map(entries) => entries.iter_mut().for_each(|entry| {
            entry.key_span = at;
            stand(&mut entry.value, at);
        }),
        _ => {}
    }
}

/// The path of a file that is named from beside another one, without `.` and, as far as possible, without `..`.
pub(super) fn beside(file: &str, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = Vec::new();
    let absolute = folder.starts_with('/');
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    if absolute { format!("/{joined}") } else { joined }
}

/// The tags that all resources of a nested stack take on.
pub(super) fn inherited(kind: &str, own: Tags, stack: &Tags) -> Tags {
    // The article on stack-level tags in the AWS Knowledge Center names S3 buckets; of others the documentation says that
    // it varies by resource type ("CloudFormation resource tagging" in the CloudFormation Template Reference).
    tags::with_stack_tags(kind == "AWS::S3::Bucket", own, stack)
}
