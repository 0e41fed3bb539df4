//! Terraform's language as a tree of our own: native and JSON syntax become the same, and every expression knows where
//! it stands.

use std::sync::Arc;

pub use hcl_edit::expr::BinaryOperator;

use super::number::Number;
use crate::model::position::Position;

/// Attributes and blocks, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// `name = expression`; names are unique.
    pub attributes: Vec<Attribute>,
    /// `kind "label" { … }`.
    pub blocks: Vec<Block>,
}

/// `name = expression`.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The name.
    pub name: Arc<str>,
    /// Where the name stands.
    pub name_at: Arc<Position>,
    /// The expression.
    pub expr: Arc<Expr>,
}

/// `kind "label" { … }`.
#[derive(Clone, Debug)]
pub struct Block {
    /// `resource`, `provider`, `versioning` …
    pub kind: Arc<str>,
    /// What stands between kind and brace.
    pub labels: Vec<Arc<str>>,
    /// From the kind to the last label.
    pub header: Arc<Position>,
    /// From the kind to the closing brace.
    pub extent: Arc<Position>,
    /// What stands in the braces.
    pub body: Body,
}

/// An expression and its place.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its first and last character.
    pub at: Arc<Position>,
}

/// What an expression may be. Parentheses are gone.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text without templates.
    Text(Arc<str>),
    /// `[a, b]`.
    Tuple(Vec<Expr>),
    /// `{ key = value }`.
    Object(Vec<(Expr, Expr)>),
    /// Text with `${…}` or `%{…}`, always text.
    Template(Vec<Piece>),
    /// A name alone.
    Variable(Arc<str>),
    /// `base.step[step]`.
    Traversal(Box<Expr>, Vec<Step>),
    /// `a ? b : c`.
    Conditional(Box<[Expr; 3]>),
    /// `name(arguments)`.
    Call(Call),
    /// `!a`.
    Not(Box<Expr>),
    /// `-a`.
    Negate(Box<Expr>),
    /// `a op b`.
    Binary(BinaryOperator, Box<[Expr; 2]>),
    /// `[for …]`, `{for …}`.
    For(Box<For>),
}

/// A function call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The function's name, namespaces in front with `::`.
    pub name: Arc<str>,
    /// The arguments.
    pub arguments: Vec<Expr>,
    /// Whether the last argument is a list of further ones (`…`).
    pub expand: bool,
}

/// A step of a traversal.
#[derive(Clone, Debug)]
pub enum Step {
    /// `.name`.
    Attribute(Arc<str>),
    /// `[index]`, or the old `.0`.
    Index(Expr),
    /// `[*]`: all further steps are taken on each element.
    Splat,
    /// `.*`: further attribute steps are taken on each element.
    AttributeSplat,
}

/// `for key, value in collection : key_result => result... if condition`.
#[derive(Clone, Debug)]
pub struct For {
    /// The name for the key or index.
    pub key: Option<Arc<str>>,
    /// The name for the element.
    pub value: Arc<str>,
    /// What is gone through.
    pub collection: Expr,
    /// For an object, its keys.
    pub key_result: Option<Expr>,
    /// The elements.
    pub result: Expr,
    /// Whether values of equal keys are grouped.
    pub grouping: bool,
    /// Which elements are taken.
    pub condition: Option<Expr>,
}

/// A piece of a template.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Text.
    Text(Arc<str>),
    /// `${…}`.
    Value(Expr),
    /// `%{ if }`.
    If(Expr, Vec<Self>, Vec<Self>),
    /// `%{ for }`.
    For(Box<ForPiece>),
}

/// `%{ for key, value in collection }`.
#[derive(Clone, Debug)]
pub struct ForPiece {
    /// The name for the key or index.
    pub key: Option<Arc<str>>,
    /// The name for the element.
    pub value: Arc<str>,
    /// What is gone through.
    pub collection: Expr,
    /// What is written for each element.
    pub pieces: Vec<Piece>,
}

impl Body {
    /// The expression of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| &*attribute.name == name)
    }

    /// The blocks of a kind.
    pub fn blocks<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |block| &*block.kind == kind)
    }
}

impl Expr {
    /// The text of a literal.
    pub fn literal(&self) -> Option<&Arc<str>> {
        match &self.kind {
            ExprKind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The words of a plain traversal: `aws.east`, `var.x.y`.
    pub fn words(&self) -> Option<Vec<&Arc<str>>> {
        match &self.kind {
            ExprKind::Variable(name) => Some(vec![name]),
            ExprKind::Traversal(base, steps) => {
                let ExprKind::Variable(name) = &base.kind else { return None };
                let rest = steps.iter().map(|step| match step {
                    Step::Attribute(name) => Some(name),
                    _ => None,
                });
                std::iter::once(Some(name)).chain(rest).collect()
            }
            _ => None,
        }
    }

    /// Calls `see` with this expression and all within it.
    pub fn visit<'a>(&'a self, see: &mut dyn FnMut(&'a Self)) {
        see(self);
        match &self.kind {
            ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Variable(_) => {}
            ExprKind::Tuple(all) => all.iter().for_each(|expr| expr.visit(see)),
            ExprKind::Call(call) => call.arguments.iter().for_each(|expr| expr.visit(see)),
            ExprKind::Object(entries) => {
                for (key, value) in entries {
                    key.visit(see);
                    value.visit(see);
                }
            }
            ExprKind::Template(pieces) => pieces.iter().for_each(|piece| piece.visit(see)),
            ExprKind::Traversal(base, steps) => {
                base.visit(see);
                for step in steps {
                    if let Step::Index(expr) = step {
                        expr.visit(see);
                    }
                }
            }
            ExprKind::Conditional(parts) => parts.iter().for_each(|expr| expr.visit(see)),
            ExprKind::Not(expr) | ExprKind::Negate(expr) => expr.visit(see),
            ExprKind::Binary(_, parts) => parts.iter().for_each(|expr| expr.visit(see)),
            ExprKind::For(parts) => {
                let optional = [&parts.key_result, &parts.condition].into_iter().flatten();
                [&parts.collection, &parts.result].into_iter().chain(optional).for_each(|expr| expr.visit(see));
            }
        }
    }
}

impl Piece {
    fn visit<'a>(&'a self, see: &mut dyn FnMut(&'a Expr)) {
        match self {
            Self::Text(_) => {}
            Self::Value(expr) => expr.visit(see),
            Self::If(condition, yes, no) => {
                condition.visit(see);
                yes.iter().chain(no).for_each(|piece| piece.visit(see));
            }
            Self::For(parts) => {
                parts.collection.visit(see);
                parts.pieces.iter().for_each(|piece| piece.visit(see));
            }
        }
    }
}
