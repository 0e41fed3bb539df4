//! What a template hides, and what cannot be read of it.

use std::sync::Arc;

use super::expand::LOOP;
use super::template::Template;
use super::tree::{Span, TreeError};
use crate::model::gap::{Gap, GapKind};
use crate::model::position::{Point, Position};

/// All that a template declares.
const ALL: &str = "all that the template declares";

/// The gap that a template leaves which cannot be read.
pub fn broken(file: &Arc<str>, error: &TreeError) -> Gap {
    gap_at(file, GapKind::BrokenFile, "parse", "BrokenTemplate", &error.message, point(error.at), ALL)
}

/// The gap of a template whose bytes are no UTF-8.
pub fn not_utf8(file: &Arc<str>, message: &str, line: u32) -> Gap {
    gap_at(file, GapKind::BrokenFile, "read", "NotUtf8", message, point(Point { line, column: 1 }), ALL)
}

/// A macro of one's own is given the whole template and may change all of it ("Using CloudFormation macros to perform
/// custom processing on templates" in the CloudFormation User Guide): nothing can be said before it has run. AWS's own
/// macros add resources, or write out what is written shorter.
pub(super) fn rewritten(file: &Arc<str>, template: &Template<'_>) -> Option<Gap> {
    let (name, span) = template.transforms.iter().find(|(name, _)| !name.starts_with("AWS::"))?;
    let message = format!(
        "macro `{name}` may rewrite the whole template: judge what it makes (`aws cloudformation get-template \
         --template-stage Processed`)"
    );
    Some(gap_at(file, GapKind::BrokenFile, "expand", "Transform", &message, point(span.start), ALL))
}

/// Macros of AWS that leave what stands in the template as it is, or that are worked out here.
const HARMLESS_TRANSFORMS: [&str; 3] =
    ["AWS::Serverless-2016-10-31", "AWS::LanguageExtensions", "AWS::CodeDeployBlueGreen"];

/// The macros of AWS that a template runs, and its loops over what is not known.
pub(super) fn hidden(file: &Arc<str>, template: &Template<'_>) -> Vec<Gap> {
    let not_modelled = |code: &str, message: String, at: Point, lost: String| {
        gap_at(file, GapKind::NotModelled, "expand", code, &message, point(at), &lost)
    };
    let macros =
        template.transforms.iter().filter(|(name, _)| !HARMLESS_TRANSFORMS.contains(&&**name)).map(|(name, span)| {
            let message = format!("macro `{name}` runs when the stack is made");
            not_modelled("Transform", message, span.start, format!("what macro `{name}` adds"))
        });
    let loops = template.loops.iter().map(|(name, span)| {
        if !name.starts_with(LOOP) {
            let message = format!("macro `{name}` among the resources runs when the stack is made");
            return not_modelled("Transform", message, span.start, "what a macro among the resources adds".to_owned());
        }
        let message = format!("loop `{name}` is written out when the stack is made");
        not_modelled("ForEach", message, span.start, format!("the resources that loop `{name}` makes"))
    });
    macros.chain(loops).collect()
}

/// A nested stack whose template is not seen, and why.
pub(super) fn nested(file: &Arc<str>, stack: &str, why: &str, at: Span) -> Gap {
    let message = format!("nested stack `{stack}`: {why}");
    let lost = format!("what nested stack `{stack}` declares: {why}");
    gap_at(file, GapKind::NotModelled, "nest", "NestedStack", &message, at, &lost)
}

const fn point(at: Point) -> Span {
    Span { start: at, end: at }
}

fn gap_at(file: &Arc<str>, kind: GapKind, operation: &str, code: &str, message: &str, at: Span, lost: &str) -> Gap {
    Gap {
        kind,
        account: None,
        region: None,
        operation: operation.into(),
        subject: Some(file.clone()),
        code: code.into(),
        message: message.into(),
        leaves_unknown: lost.into(),
        permission: None,
        at: Some(Arc::new(Position { file: file.clone(), start: at.start, end: at.end })),
    }
}
