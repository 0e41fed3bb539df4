//! Terraform's native syntax into the tree.

use std::ops::Range;
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ObjectKey, TraversalOperator, UnaryOperator};
use hcl_edit::structure::{Block as HclBlock, BlockLabel, Body as HclBody, Structure};
use hcl_edit::template::{Directive, Element, Strip, Template};

use super::number::Number;
use super::relax;
use super::tree::{Attribute, Block, Body, Call, Expr, ExprKind, For, ForPiece, Piece, Step};
use crate::collect::declared::lines::Lines;
use crate::model::position::{Point, Position};

/// Why a text is no Terraform, and where.
#[derive(Clone, Debug)]
pub struct ParseError {
    /// What is wrong, without a full stop.
    pub message: String,
    /// The first character that is wrong.
    pub at: Point,
}

/// The largest file that is parsed: the parser's time grows faster than the text in places.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Reads a file. Fails at the first character that is wrong: the parser does not recover.
pub fn body(file: &Arc<str>, text: &str) -> Result<Body, ParseError> {
    let lines = Lines::new(text);
    let parsed = hcl_edit::parser::parse_body(text).or_else(|error| {
        let again = relax::relaxed(text).and_then(|relaxed| hcl_edit::parser::parse_body(&relaxed).ok());
        again.ok_or(error)
    });
    match parsed {
        Ok(parsed) => Ok(Lowering { file, lines: &lines, whole: None }.body(&parsed)),
        Err(error) => Err(ParseError {
            message: lower(error.message().lines().next().unwrap_or("it is no Terraform")),
            at: lines.point(error.location().offset()),
        }),
    }
}

/// Reads an expression that stands somewhere as text: all of it is at that place.
pub fn expression(text: &str, at: &Arc<Position>) -> Option<Expr> {
    let lines = Lines::new(text);
    let parsed = hcl_edit::parser::parse_expr(text.trim()).ok()?;
    Some(Lowering { file: &at.file, lines: &lines, whole: Some(at) }.expr(&parsed))
}

/// Reads a template that stands somewhere as text: all of it is at that place.
pub fn template(text: &str, at: &Arc<Position>) -> Option<Expr> {
    let lines = Lines::new(text);
    if !text.contains("${") && !text.contains("%{") {
        return Some(Expr { kind: ExprKind::Text(text.into()), at: at.clone() });
    }
    let parsed = hcl_edit::parser::parse_template(text).ok()?;
    let lowering = Lowering { file: &at.file, lines: &lines, whole: Some(at) };
    Some(Expr { kind: lowering.wrapped(&parsed), at: at.clone() })
}

/// Messages begin with a small letter, and have no full stop.
fn lower(message: &str) -> String {
    let mut chars = message.trim_end_matches('.').chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

struct Lowering<'a> {
    file: &'a Arc<str>,
    lines: &'a Lines,
    /// The place of everything, where the text is a part of something else.
    whole: Option<&'a Arc<Position>>,
}

impl Lowering<'_> {
    fn position(&self, range: Option<Range<usize>>) -> Arc<Position> {
        if let Some(whole) = self.whole {
            return whole.clone();
        }
        let range = range.unwrap_or(0..0);
        let span = self.lines.span(range.start, range.end);
        Arc::new(Position { file: self.file.clone(), start: span.start, end: span.end })
    }

    fn body(&self, body: &HclBody) -> Body {
        let mut lowered = Body::default();
        for structure in body {
            match structure {
                Structure::Attribute(attribute) => lowered.attributes.push(Attribute {
                    name: attribute.key.as_str().into(),
                    name_at: self.position(attribute.key.span()),
                    expr: Arc::new(self.expr(&attribute.value)),
                }),
                Structure::Block(block) => lowered.blocks.push(self.block(block)),
            }
        }
        lowered
    }

    fn block(&self, block: &HclBlock) -> Block {
        let label_end = block.labels.last().and_then(|label| match label {
            BlockLabel::Ident(ident) => ident.span(),
            BlockLabel::String(text) => text.span(),
        });
        let start = block.ident.span().map_or(0, |span| span.start);
        let end = label_end.or_else(|| block.ident.span()).map_or(start, |span| span.end);
        Block {
            kind: block.ident.as_str().into(),
            labels: block.labels.iter().map(|label| label.as_str().into()).collect(),
            header: self.position(Some(start..end)),
            extent: self.position(block.span().or(Some(start..end))),
            body: self.body(&block.body),
        }
    }

    fn expr(&self, expr: &Expression) -> Expr {
        if let Expression::Parenthesis(inner) = expr {
            return self.expr(inner.inner());
        }
        Expr { kind: self.kind(expr), at: self.position(expr.span()) }
    }

    fn boxed(&self, expr: &Expression) -> Box<Expr> {
        Box::new(self.expr(expr))
    }

    fn kind(&self, expr: &Expression) -> ExprKind {
        match expr {
            Expression::Null(_) => ExprKind::Null,
            Expression::Bool(value) => ExprKind::Bool(*value.value()),
            Expression::Number(number) => {
                let value = number.value();
                let whole = value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from));
                let number = whole.map(Number::Whole).or_else(|| value.as_f64().and_then(Number::real));
                number.map_or(ExprKind::Null, ExprKind::Number)
            }
            Expression::String(text) => ExprKind::Text(text.value().as_str().into()),
            Expression::Array(array) => ExprKind::Tuple(array.iter().map(|element| self.expr(element)).collect()),
            Expression::Object(object) => ExprKind::Object(
                object
                    .iter()
                    .map(|(key, value)| {
                        let key = match key {
                            ObjectKey::Ident(ident) => {
                                Expr { kind: ExprKind::Text(ident.as_str().into()), at: self.position(ident.span()) }
                            }
                            // A bare word is a key, not a variable; in parentheses it is one.
                            ObjectKey::Expression(Expression::Variable(name)) => {
                                Expr { kind: ExprKind::Text(name.as_str().into()), at: self.position(name.span()) }
                            }
                            ObjectKey::Expression(expr) => self.expr(expr),
                        };
                        (key, self.expr(value.expr()))
                    })
                    .collect(),
            ),
            Expression::StringTemplate(template) => self.wrapped(template),
            Expression::HeredocTemplate(heredoc) => match self.pieces(&heredoc.template).as_slice() {
                [] => ExprKind::Text("".into()),
                [Piece::Text(text)] => ExprKind::Text(text.clone()),
                pieces => ExprKind::Template(pieces.to_vec()),
            },
            Expression::Parenthesis(inner) => self.kind(inner.inner()),
            Expression::Variable(name) => ExprKind::Variable(name.as_str().into()),
            Expression::Conditional(parts) => ExprKind::Conditional(Box::new([
                self.expr(&parts.cond_expr),
                self.expr(&parts.true_expr),
                self.expr(&parts.false_expr),
            ])),
            Expression::FuncCall(call) => {
                let mut name = String::new();
                for part in &call.name.namespace {
                    name.push_str(part.as_str());
                    name.push_str("::");
                }
                name.push_str(call.name.name.as_str());
                ExprKind::Call(Call {
                    name: name.into(),
                    arguments: call.args.iter().map(|argument| self.expr(argument)).collect(),
                    expand: call.args.expand_final(),
                })
            }
            Expression::Traversal(traversal) => ExprKind::Traversal(
                self.boxed(&traversal.expr),
                traversal.operators.iter().map(|operator| self.step(operator.value())).collect(),
            ),
            Expression::UnaryOp(unary) => match unary.operator.value() {
                UnaryOperator::Not => ExprKind::Not(self.boxed(&unary.expr)),
                UnaryOperator::Neg => ExprKind::Negate(self.boxed(&unary.expr)),
            },
            Expression::BinaryOp(binary) => ExprKind::Binary(
                *binary.operator.value(),
                Box::new([self.expr(&binary.lhs_expr), self.expr(&binary.rhs_expr)]),
            ),
            Expression::ForExpr(parts) => ExprKind::For(Box::new(For {
                key: parts.intro.key_var.as_ref().map(|name| name.as_str().into()),
                value: parts.intro.value_var.as_str().into(),
                collection: self.expr(&parts.intro.collection_expr),
                key_result: parts.key_expr.as_ref().map(|expr| self.expr(expr)),
                result: self.expr(&parts.value_expr),
                grouping: parts.grouping,
                condition: parts.cond.as_ref().map(|condition| self.expr(&condition.expr)),
            })),
        }
    }

    fn step(&self, operator: &TraversalOperator) -> Step {
        match operator {
            TraversalOperator::AttrSplat(_) => Step::AttributeSplat,
            TraversalOperator::FullSplat(_) => Step::Splat,
            TraversalOperator::GetAttr(name) => Step::Attribute(name.as_str().into()),
            TraversalOperator::Index(expr) => Step::Index(self.expr(expr)),
            TraversalOperator::LegacyIndex(index) => Step::Index(Expr {
                kind: ExprKind::Number(Number::Whole(i128::from(*index.value()))),
                at: self.position(index.span()),
            }),
        }
    }

    /// A template that is nothing but one `${…}` is the value in it, of whatever type.
    fn wrapped(&self, template: &Template) -> ExprKind {
        let mut pieces = self.pieces(template);
        match pieces.as_slice() {
            [] => ExprKind::Text("".into()),
            [Piece::Text(text)] => ExprKind::Text(text.clone()),
            [Piece::Value(_)] => match pieces.pop() {
                Some(Piece::Value(expr)) => expr.kind,
                _ => ExprKind::Null,
            },
            _ => ExprKind::Template(pieces),
        }
    }

    fn pieces(&self, template: &Template) -> Vec<Piece> {
        let mut trim = false;
        self.strip(template, &mut trim, false)
    }

    /// The pieces with white space stripped as their `~` say. `trim`: whether the piece before stripped what follows;
    /// `trim_end`: whether what stands behind the template strips its end.
    fn strip(&self, template: &Template, trim: &mut bool, trim_end: bool) -> Vec<Piece> {
        let elements: Vec<&Element> = template.iter().collect();
        let mut pieces = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            let next = elements.get(index + 1);
            let strips_end = next.map_or(trim_end, |next| strips_before(next));
            match element {
                Element::Literal(text) => {
                    let mut text = text.as_str();
                    if std::mem::take(trim) {
                        text = stripped_start(text);
                    }
                    if strips_end {
                        text = stripped_end(text);
                    }
                    if !text.is_empty() {
                        pieces.push(Piece::Text(text.into()));
                    }
                }
                Element::Interpolation(interpolation) => {
                    pieces.push(Piece::Value(self.expr(&interpolation.expr)));
                    *trim = interpolation.strip.strip_end();
                }
                Element::Directive(directive) => pieces.push(self.directive(directive, trim)),
            }
        }
        pieces
    }

    fn directive(&self, directive: &Directive, trim: &mut bool) -> Piece {
        match directive {
            Directive::If(parts) => {
                let (if_expr, end) = (&parts.if_expr, parts.endif_expr.strip);
                let before_else = parts.else_expr.as_ref().map_or(end, |branch| branch.strip);
                *trim = if_expr.strip.strip_end();
                let yes = self.strip(&if_expr.template, trim, before_else.strip_start());
                let no = parts.else_expr.as_ref().map_or_else(Vec::new, |branch| {
                    *trim = branch.strip.strip_end();
                    self.strip(&branch.template, trim, end.strip_start())
                });
                *trim = end.strip_end();
                Piece::If(self.expr(&if_expr.cond_expr), yes, no)
            }
            Directive::For(parts) => {
                let (for_expr, end) = (&parts.for_expr, parts.endfor_expr.strip);
                *trim = for_expr.strip.strip_end();
                let pieces = self.strip(&for_expr.template, trim, end.strip_start());
                *trim = end.strip_end();
                Piece::For(Box::new(ForPiece {
                    key: for_expr.key_var.as_ref().map(|name| name.as_str().into()),
                    value: for_expr.value_var.as_str().into(),
                    collection: self.expr(&for_expr.collection_expr),
                    pieces,
                }))
            }
        }
    }
}

/// White space up to the end of the line goes, the next line's indentation stays: Terraform strips line by line.
fn stripped_start(text: &str) -> &str {
    let rest = text.trim_start();
    let space = text.get(..text.len() - rest.len()).unwrap_or_default();
    space.find('\n').and_then(|end| text.get(end + 1..)).unwrap_or(rest)
}

/// The indentation goes; where there is none, the white space at the end of the line before.
fn stripped_end(text: &str) -> &str {
    let line = text.rfind('\n').map_or(0, |end| end + 1);
    match text.get(line..) {
        Some(last) if !last.is_empty() => {
            let kept = line + last.trim_end().len();
            text.get(..kept).unwrap_or(text)
        }
        _ => {
            let before = text.trim_end_matches('\n');
            let line = before.rfind('\n').map_or(0, |end| end + 1);
            let kept = line + before.get(line..).unwrap_or_default().trim_end().len();
            // Further empty lines are lines of their own.
            if text.len() - before.len() > 1 {
                text.get(..text.len() - 1).unwrap_or(text)
            } else {
                text.get(..kept).unwrap_or(text)
            }
        }
    }
}

fn strips_before(element: &Element) -> bool {
    let strip = match element {
        Element::Literal(_) => Strip::None,
        Element::Interpolation(interpolation) => interpolation.strip,
        Element::Directive(directive) => match &**directive {
            Directive::If(parts) => parts.if_expr.strip,
            Directive::For(parts) => parts.for_expr.strip,
        },
    };
    strip.strip_start()
}
