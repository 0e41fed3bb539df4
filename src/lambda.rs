//! The AWS Config rule: a notification of AWS Config in, evaluations out.
//!
//! What needs no AWS is pure and stands in every build: notifications ([`event`]), the rule's parameters
//! ([`parameters`]), the role to assume ([`role`]), which evaluations a report gives ([`verdicts`]), and which of them
//! are sent in view of those that stand ([`plan`], [`change`]). The rest comes with the feature `lambda`.
//!
//! Three promises: an Unknown verdict is never called COMPLIANT, also not by leaving an older evaluation in its place;
//! what is not known never hides a NON_COMPLIANT; and whatever goes wrong makes the invocation fail.

pub mod annotation;
#[cfg(feature = "lambda")]
mod aws;
#[cfg(feature = "lambda")]
mod bundle;
pub mod change;
#[cfg(test)]
#[cfg(feature = "live")]
mod deploy;
pub mod event;
#[cfg(feature = "lambda")]
mod handler;
pub mod parameters;
pub mod place;
pub mod plan;
pub mod publish;
pub mod role;
#[cfg(feature = "lambda")]
mod runtime;
#[cfg(feature = "lambda")]
mod send;
#[cfg(test)]
mod tests;
pub mod verdicts;

#[cfg(feature = "lambda")]
pub use runtime::run;
