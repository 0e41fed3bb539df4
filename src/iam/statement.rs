//! Holds one statement against a request.

use super::context::Scene;
use super::decision::{Ground, Layer, Open, Residual};
use super::document::{Resources, Statement};
use super::principals::{Meant, Principals};
use super::provenance::provenance;
use super::request::Attachment;
use super::truth::Truth;

/// Whether the statement applies, and by which name it means the principal.
pub(super) fn holds(statement: &Statement, layer: Layer, scene: &Scene<'_>, bounded: Truth) -> Meant {
    let mut truth = statement.actions.mean(scene.request.action);
    if truth == Truth::No {
        return Meant::NOBODY;
    }
    truth = truth.and(resource(statement, layer, scene));
    if truth == Truth::No {
        return Meant::NOBODY;
    }
    let meant = principal(statement, layer, scene, bounded).and(truth);
    if meant.any() == Truth::No {
        return meant;
    }
    meant.and(conditions(statement, scene))
}

fn conditions(statement: &Statement, scene: &Scene<'_>) -> Truth {
    let all = Truth::all(statement.conditions.all.iter().map(|condition| condition.holds(scene)));
    if statement.conditions.open { all.and(Truth::Maybe) } else { all }
}

/// Policies of resources name principals, others do not.
fn principal(statement: &Statement, layer: Layer, scene: &Scene<'_>, bounded: Truth) -> Meant {
    match layer {
        Layer::Resource | Layer::ResourceControl(_) => statement.principals.mean(scene.request.principal, bounded),
        _ if statement.principals == Principals::Absent => Meant::MYSELF,
        _ => Meant::MYSELF.and(Truth::Maybe),
    }
}

fn resource(statement: &Statement, layer: Layer, scene: &Scene<'_>) -> Truth {
    let any =
        |patterns: &[super::arn::ResourcePattern]| Truth::any(patterns.iter().map(|pattern| pattern.means(scene)));
    match &statement.resources {
        Resources::Named(patterns) => any(patterns),
        Resources::AllBut(patterns) => {
            let spared = any(patterns);
            // One page says that a variable without a value is like nothing, another that it may make the whole
            // statement invalid; here, that is the difference between all resources and none.
            let void = spared == Truth::No && patterns.iter().any(|pattern| pattern.is_void(scene));
            if void { Truth::Maybe } else { !spared }
        }
        // A trust policy has none: it speaks of its role.
        Resources::Absent => match layer {
            Layer::Resource if scene.request.action.service() == "sts" => Truth::Yes,
            _ => Truth::Maybe,
        },
    }
}

/// What decides whether the statement applies.
pub(super) fn open(statement: &Statement, layer: Layer, scene: &Scene<'_>, bounded: Truth) -> Vec<Open> {
    let mut open = Vec::new();
    let mut add = |truth: Truth, what: Open| {
        if truth == Truth::Maybe {
            open.push(what);
        }
    };
    if statement.effect.is_none() || statement.conditions.open {
        add(Truth::Maybe, Open::Statement);
    }
    add(principal(statement, layer, scene, bounded).any(), Open::Principal);
    add(statement.actions.mean(scene.request.action), Open::Action);
    add(resource(statement, layer, scene), Open::Resource);
    for condition in &statement.conditions.all {
        let residual = Residual {
            operator: condition.written.clone(),
            key: condition.key.clone(),
            values: condition.texts.clone(),
            provenance: provenance(&condition.key),
        };
        add(condition.holds(scene), Open::Condition(residual));
    }
    open
}

impl Ground {
    /// A policy that could not be read.
    pub(super) fn unreadable(layer: Layer, attachment: &Attachment) -> Self {
        Self {
            layer,
            policy: attachment.name.clone(),
            statement: None,
            sid: None,
            effect: None,
            holds: Truth::Maybe,
            open: vec![Open::Policy],
        }
    }
}
