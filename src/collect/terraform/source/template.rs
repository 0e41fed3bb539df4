//! Templates: "Strings and Templates" in the Terraform language documentation.

use std::sync::Arc;

use super::convert::Stop;
use super::evaluator::{Evaluator, Scope};
use super::expression::{decide, elements_of};
use super::operator::pair;
use super::tree::{ForPiece, Piece};
use super::value::{Kind, Unknown, Value};

impl Evaluator<'_> {
    pub(super) fn template(&mut self, scope: &Scope, pieces: &[Piece]) -> Value {
        let mut whole: Value = Kind::text("").into();
        for piece in pieces {
            let next = match piece {
                Piece::Text(text) => Kind::Text(text.clone()).into(),
                Piece::Value(expr) => self.eval(scope, expr),
                Piece::If(condition, yes, no) => {
                    let condition = self.eval(scope, condition);
                    condition.over(&mut |condition| match condition.boolean() {
                        Ok(true) => self.template(scope, yes),
                        Ok(false) => self.template(scope, no),
                        Err(Stop::Error(message)) => Kind::Error(message).into(),
                        Err(Stop::Unknown(unknown)) => {
                            self.may_fail(&unknown.reasons);
                            let (yes, no) = (self.template(scope, yes), self.template(scope, no));
                            decide(&unknown, yes, no)
                        }
                    })
                }
                Piece::For(parts) => {
                    let collection = self.eval(scope, &parts.collection);
                    collection.over(&mut |collection| self.repeated(scope, parts, collection))
                }
            };
            whole = pair(&whole, &next, &mut |start, next| self.joined(start, next));
            if let Kind::Error(_) = whole.kind {
                return whole;
            }
        }
        whole
    }

    fn repeated(&mut self, scope: &Scope, parts: &ForPiece, collection: &Value) -> Value {
        let elements = match elements_of(collection) {
            Ok(elements) => elements,
            Err(stop) => return Kind::from(stop).into(),
        };
        let mut whole: Value = Kind::text("").into();
        for (key, value) in elements {
            let names = parts.key.iter().map(|name| (name.clone(), key.clone())).chain([(parts.value.clone(), value)]);
            let next = self.template(&scope.with(names), &parts.pieces);
            whole = pair(&whole, &next, &mut |start, next| self.joined(start, next));
            if matches!(whole.kind, Kind::Error(_)) || self.exhausted() {
                return whole;
            }
        }
        whole
    }

    /// Two texts in a row.
    fn joined(&mut self, start: &Value, next: &Value) -> Value {
        let kind = match (start.text(), next.text()) {
            (Err(Stop::Error(message)), _) | (_, Err(Stop::Error(message))) => Kind::Error(message),
            (Ok(start), Ok(next)) => match self.spend(start.len() / 512, next.len()) {
                Ok(()) => Kind::Text(Arc::from(format!("{start}{next}"))),
                Err(stop) => stop.into(),
            },
            (a, b) => {
                let reasons = [a, b].into_iter().filter_map(|side| match side {
                    Err(Stop::Unknown(unknown)) => Some(unknown.reasons.clone()),
                    _ => None,
                });
                let symbol = start.symbol().zip(next.symbol()).map(|(a, b)| format!("({a} ~ {b})"));
                match reasons.reduce(|sum, more| sum.and(&more)) {
                    Some(reasons) => {
                        let (start, next) = (start.shape(), next.shape());
                        match self.spend(start.len() / 512, next.len()) {
                            Ok(()) => Kind::Unknown(Unknown::derived(reasons, symbol).shaped(format!("{start}{next}"))),
                            Err(stop) => stop.into(),
                        }
                    }
                    None => Kind::unknown(super::evaluator::TANGLED),
                }
            }
        };
        kind.into()
    }
}
