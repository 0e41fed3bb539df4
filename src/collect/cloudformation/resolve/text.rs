//! `Fn::Sub` and `Fn::Join`: text made of pieces, and the resource that an ARN so made means.

use std::sync::Arc;

use super::function::unknown;
use super::{Resolver, is_dynamic};
use crate::collect::cloudformation::tree::{Node, Value};
use crate::collect::declared::item::{Item, Kind, Reference};
use crate::model::fact::{Fact, State};
use crate::model::identity::ResourceId;

/// A piece of a text.
struct Piece {
    text: Fact<String>,
    /// The resource whose name, id or ARN it is.
    target: Option<ResourceId>,
    /// What it is, whatever its value.
    role: Role,
}

impl Piece {
    fn length(&self) -> usize {
        self.text.value().map_or(0, String::len)
    }
}

/// The longest text that is put together: a whole template has at most 1 MB ("AWS CloudFormation quotas"), so none of
/// its values can be longer; a few kilobytes of pieces that repeat each other could fill any memory.
const MAX_TEXT: usize = 1024 * 1024;
const TOO_LONG: &str = "the text that it makes is longer than CloudFormation takes";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Other,
    Partition,
    Region,
    Account,
}

impl<'t> Resolver<'t> {
    /// `Fn::Sub`, with or without a mapping of its own variables.
    pub(super) fn substitute(&mut self, argument: &'t Node) -> Kind {
        let (text, variables) = match &argument.value {
            Value::List(arguments) => match arguments.as_slice() {
                [text] => (text, None),
                [text, variables] => (text, Some(variables)),
                _ => return unknown("`Fn::Sub` is not given one or two arguments"),
            },
            _ => (argument, None),
        };
        let Some(text) = text.text() else { return unknown("`Fn::Sub` is given no text") };
        if is_dynamic(&text) {
            return self.literal(&text);
        }
        let mut pieces = Vec::new();
        let mut length = text.len();
        let mut rest = &*text;
        while let Some((before, after)) = rest.split_once("${") {
            pieces.push(literal(before));
            let Some((name, tail)) = after.split_once('}') else {
                return unknown("`Fn::Sub` has a `${` without its `}`");
            };
            let piece = self.variable(name, variables);
            length += piece.length();
            if length > MAX_TEXT {
                return unknown(TOO_LONG);
            }
            pieces.push(piece);
            rest = tail;
        }
        pieces.push(literal(rest));
        self.composed(pieces)
    }

    fn variable(&mut self, name: &str, variables: Option<&'t Node>) -> Piece {
        if let Some(verbatim) = name.strip_prefix('!') {
            return literal(&format!("${{{verbatim}}}"));
        }
        let name = name.trim();
        if let Some(node) = variables.and_then(|variables| variables.get(name)) {
            return self.piece(node);
        }
        let kind = match name.split_once('.') {
            Some((resource, attribute)) => self.attribute_of(resource, attribute),
            None => self.reference(name),
        };
        piece(kind, name)
    }

    /// `Fn::Join`.
    pub(super) fn join(&mut self, argument: &'t Node) -> Kind {
        let Value::List(arguments) = &argument.value else { return unknown("`Fn::Join` is given no list") };
        let [separator, list] = arguments.as_slice() else { return unknown("`Fn::Join` is not given two arguments") };
        let Some(separator) = separator.text() else { return unknown("`Fn::Join` is given no separator") };
        let mut length = 0;
        let mut fits = |piece: Piece| {
            length += piece.length() + separator.len();
            (length <= MAX_TEXT).then_some(piece)
        };
        let pieces: Option<Vec<Piece>> = match &list.value {
            Value::List(elements) => elements.iter().map(|element| fits(self.piece(element))).collect(),
            _ => match self.argument(list).kind {
                Kind::List(elements) => elements.iter().map(|item| fits(piece(item.kind.clone(), ""))).collect(),
                Kind::Unknown(reasons) => return Kind::Unknown(reasons),
                _ => return unknown("`Fn::Join` is given no list to join"),
            },
        };
        let Some(mut pieces) = pieces else { return unknown(TOO_LONG) };
        pieces.retain(|piece| !piece.text.is_absent());
        let mut spaced = Vec::with_capacity(pieces.len() * 2);
        for (index, piece) in pieces.into_iter().enumerate() {
            if index > 0 {
                spaced.push(literal(&separator));
            }
            spaced.push(piece);
        }
        self.composed(spaced)
    }

    fn piece(&mut self, node: &'t Node) -> Piece {
        let name = node.get("Ref").and_then(Node::name).unwrap_or_default();
        piece(self.argument(node).kind, &name)
    }

    fn composed(&self, mut pieces: Vec<Piece>) -> Kind {
        pieces.retain(|piece| piece.text.value().is_none_or(|text| !text.is_empty()));
        if let [start, partition, rest, ..] = pieces.as_mut_slice() {
            // The policies that AWS manages are the same in every partition.
            let of_aws = rest.text.value().is_some_and(|text| text.starts_with(":iam::aws:policy/"));
            let is_arn = start.text.value().is_some_and(|text| text == "arn:");
            if is_arn && of_aws && partition.role == Role::Partition && partition.text.is_unknown() {
                partition.text = Fact::known("aws".to_owned());
            }
        }
        let target = match pieces.as_slice() {
            [one] => one.target.clone(),
            [start @ .., last] => last.target.clone().filter(|target| self.names(start, target)),
            [] => None,
        };
        let text = self.joined(pieces.into_iter().map(|piece| piece.text));
        if text.value().is_some_and(|text| is_dynamic(text)) {
            return unknown("it makes a dynamic reference, which CloudFormation resolves when the stack is made");
        }
        match (target, text.state) {
            (Some(target), state) => {
                Kind::Reference(Arc::new(Reference { text: Fact { state, at: None }, target, shape: None }))
            }
            (None, State::Known(text)) => Kind::Text(text.into()),
            (None, State::Unknown(reasons)) => Kind::Unknown(reasons),
            (None, State::Absent) => Kind::Text("".into()),
        }
    }

    /// Whether these pieces before a resource's name make its ARN in the stack's own Region and account.
    fn names(&self, start: &[Piece], target: &ResourceId) -> bool {
        const REGION: &str = "\u{1}region";
        const ACCOUNT: &str = "\u{1}account";
        let mut shape = String::new();
        for piece in start {
            match (piece.role, piece.text.value()) {
                (Role::Partition, _) => shape.push_str("aws"),
                (Role::Region, _) => shape.push_str(REGION),
                (Role::Account, _) => shape.push_str(ACCOUNT),
                (Role::Other, Some(text)) => shape.push_str(text),
                (Role::Other, None) => return false,
            }
        }
        let parts: Vec<&str> = shape.split(':').collect();
        // All stacks of a template have one place, but for those of a stack set.
        let place = &self.stack.place;
        let same = !place.of_stack_set || target.id.starts_with(&self.stack.path);
        let region = |part: &str| same && part == REGION || place.region.as_deref() == Some(part);
        let account = |part: &str| same && part == ACCOUNT || place.account.as_deref() == Some(part);
        match (&*target.kind, parts.as_slice()) {
            ("AWS::S3::Bucket", ["arn", _, "s3", "", "", ""]) => true,
            ("AWS::Backup::BackupVault", ["arn", _, "backup", r, a, "backup-vault", ""]) => region(r) && account(a),
            ("AWS::KMS::Key", ["arn", _, "kms", r, a, "key/"]) => region(r) && account(a),
            _ => false,
        }
    }
}

fn literal(text: &str) -> Piece {
    Piece { text: Fact::known(text.to_owned()), target: None, role: Role::Other }
}

fn piece(kind: Kind, name: &str) -> Piece {
    let role = match name {
        "AWS::Partition" => Role::Partition,
        "AWS::Region" => Role::Region,
        "AWS::AccountId" => Role::Account,
        _ => Role::Other,
    };
    let target = if let Kind::Reference(reference) = &kind { Some(reference.target.clone()) } else { None };
    Piece { text: Item { kind, at: None, key_at: None }.text(), target, role }
}

/// A function as people write it in YAML, shortened: `!Ref Status`.
pub(super) fn shown(node: &Node) -> String {
    let [entry] = node.entries() else { return "a function".to_owned() };
    let name = entry.key.strip_prefix("Fn::").unwrap_or(&entry.key);
    let argument = match &entry.value.value {
        Value::List(arguments) => match (name, arguments.as_slice()) {
            ("GetAtt", [resource, attribute]) => resource
                .text()
                .zip(attribute.text())
                .map(|(resource, attribute)| format!("{resource}.{attribute}").into()),
            ("If" | "Sub" | "FindInMap", [first, ..]) => first.name(),
            _ => None,
        },
        _ => entry.value.name(),
    };
    match argument {
        Some(text) if text.chars().count() <= 60 && !text.contains('\n') => format!("!{name} {text}"),
        _ => format!("!{name}"),
    }
}
