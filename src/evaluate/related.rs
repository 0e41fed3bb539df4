//! The places that a finding shows beside its own: those that the fact at fault rests on.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::derived::Subject;
use crate::model::position::Position;
use crate::model::resource::Origin;
use crate::rule::meta::Meta;

/// How many are shown: a workload may be in very many plans.
const MOST: usize = 12;

/// The places for what a rule says of a subject, in the order of its protection. `at` is the finding's own.
pub fn places(meta: &Meta, subject: &Subject<'_>, at: Option<&Arc<Position>>) -> Vec<(Arc<Position>, String)> {
    let Some(fact) = meta.subject.as_deref() else { return Vec::new() };
    let mut seen: BTreeSet<&Arc<Position>> = at.into_iter().collect();
    let mut chain = subject.related.iter().filter(|related| related.link.carries(fact)).peekable();
    let own = match &subject.resource.origin {
        // The finding may stand in a plan: then it is not plain which workload it is about.
        Origin::Declared { header, .. } if chain.peek().is_some() => Some((header, "what is to be protected")),
        // It may stand in a statement of a policy that is attached elsewhere.
        Origin::Declared { header, .. } if of_access(fact) => Some((header, "who it is about")),
        Origin::Declared { .. } => None,
        Origin::Live => None,
    };
    let all = own.into_iter().chain(chain.map(|related| (&related.at, &*related.text)));
    let others = all.filter(|(place, _)| seen.insert(place));
    others.take(MOST).map(|(place, text)| (Arc::clone(place), text.to_owned())).collect()
}

/// Whether a fact rests on what policies say.
fn of_access(fact: &str) -> bool {
    fact.starts_with("power.") || fact.starts_with("grants.")
}
