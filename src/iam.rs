//! AWS policy semantics: whether a principal may do something to a resource, depending on what, and by which statement.
//!
//! This room stands by itself: it knows policy documents and requests, no snapshots and no rules. Documents are put
//! into a [`Library`], which reads each distinct text once; a [`Request`] is decided against the [`Layers`] of policies
//! that bear upon it. The answer is three-valued: [`Answer::Yes`] and [`Answer::No`] hold whatever the unknown is, and
//! [`Answer::Conditional`] names what decides.
//!
//! To ask who can do what: make a [`Library`] of the actions of interest and add each document. For each principal,
//! [`Library::candidates`] rules most actions out by sets of bits; [`Library::can`] decides about the rest, with the
//! parameters of the call chosen in the requester's favour, and [`Library::decide`] without. A [`HOLE`] in place of a
//! resource's id asks about any resource of the kind: yes is then yes about all, no is no about each. What the snapshot
//! knows of principal and resource (tags, organization) goes into the [`Context`]; the rest stays unknown.
//!
//! `docs/design.md` ("IAM semantics") says what is modelled, and what is not.

mod action;
mod arn;
mod choice;
mod compare;
mod condition;
mod context;
mod decision;
mod document;
mod fault;
mod glob;
mod json;
mod judge;
mod library;
mod operator;
mod parse;
mod pattern;
mod principal;
mod principals;
mod provenance;
mod public;
mod request;
mod service;
mod statement;
mod truth;

#[cfg(test)]
mod tests;

pub use action::{Action, ActionSet, MOST_ACTIONS};
pub use choice::{Ability, Choice};
pub use context::{Context, Rest, Value};
pub use decision::{Answer, Decision, Denial, Ground, Lack, Layer, Open, Residual, ServiceRule};
pub use document::{Document, Effect};
pub use fault::Fault;
pub use library::{Library, PolicyId};
pub use pattern::HOLE;
pub use principal::{Kind, Principal};
pub use provenance::{Provenance, provenance};
pub use request::{Attachment, Layers, Request, Resource};
pub use truth::Truth;
