//! What a bucket's lifecycle rules do together: what expires, what moves to a cheaper class, and whether S3 takes them.

use crate::model::derived::LifecycleDerived;
use crate::model::fact::{Fact, State};
use crate::model::s3::{Bucket, LifecycleRule};

use super::bucket;
use super::index::Index;
use super::plan::Checks;

/// From this many days on, a cheaper storage class pays: the longest minimum storage duration of any class, that of
/// `DEEP_ARCHIVE` ("Understanding and managing Amazon S3 storage classes" in the Amazon S3 User Guide).
const LONG_DAYS: i64 = 180;

/// How long objects must lie in `STANDARD`, and in an IA class before the next one ("Transitioning objects using Amazon
/// S3 Lifecycle" there).
const IA_DAYS: i64 = 30;

/// Storage classes in the order in which objects may move down (the same page: each may move to any that follows).
const CLASSES: [&str; 6] =
    ["STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"];

/// What the enabled rules do together; absent where none is enabled.
pub fn derive(index: &Index<'_>, facts: &Bucket) -> Fact<LifecycleDerived> {
    let at = &facts.lifecycle.at;
    facts.lifecycle.as_ref().and_then(|rules| {
        let enabled = Fact::any(rules.iter().map(|rule| rule.enabled.clone()));
        if enabled.is_false() {
            return Fact::absent().at(at.clone());
        }
        if let Some(reasons) = enabled.reasons() {
            return Fact::unknown(reasons.clone());
        }
        let everywhere = |rule: &LifecycleRule, does: Fact<bool>| {
            Fact::all([rule.enabled.clone(), rule.whole_bucket.clone(), does])
        };
        let some = |does: &dyn Fn(&LifecycleRule) -> Fact<bool>| {
            let any = Fact::any(rules.iter().map(|rule| Fact { at: None, ..does(rule) }));
            Fact { at: None, ..any }.at(at.clone())
        };
        let has = |days: &Fact<i64>| days.as_ref().map(|_| true).or_default_to(false);
        let soon = |days: &Fact<i64>| days.as_ref().map(|days| *days < LONG_DAYS).or_default_to(false);
        let moves = |rule: &LifecycleRule, steps: &Fact<Vec<String>>| {
            let down = steps.as_ref().map(|steps| steps.iter().any(|step| rank(parts(step).0).is_some()));
            Fact::all([rule.enabled.clone(), down.or_default_to(false)])
        };
        let expires_noncurrent = some(&|rule| everywhere(rule, has(&rule.noncurrent_expire_days)));
        let current = some(&|rule| {
            Fact::any([moves(rule, &rule.transitions), everywhere(rule, soon(&rule.expire_days))])
        });
        let noncurrent = some(&|rule| {
            let soon = everywhere(rule, soon(&rule.noncurrent_expire_days));
            Fact::any([moves(rule, &rule.noncurrent_transitions), soon])
        });
        let unversioned = facts.versioning.as_ref().map(|_| false).or_default_to(true);
        let never = expires_noncurrent.clone().negate();
        let order = order(index, rules);
        Fact::known(LifecycleDerived {
            aborts_uploads: some(&|rule| everywhere(rule, has(&rule.abort_uploads_days))),
            order_accepted: order.passed().or_at(at),
            order_faults: order.texts(),
            current_tiers_down: current,
            noncurrent_tiers_down: Fact { at: None, ..Fact::any([noncurrent, unversioned, never]) }.at(at.clone()),
            expires_noncurrent,
            noncurrent_retention: bucket::noncurrent_retention(facts).or_at(at),
        })
    })
}

/// A transition's storage class, and after how many days it happens; none where it happens at a date.
fn parts(step: &str) -> (&str, Option<i64>) {
    let (class, days) = step.split_once('@').unwrap_or((step, ""));
    (class, days.parse().ok())
}

/// The place of a class among those that objects move down to.
fn rank(class: &str) -> Option<usize> {
    CLASSES.iter().position(|known| known.eq_ignore_ascii_case(class))
}

/// What S3 would refuse. What a live bucket has, S3 has accepted.
fn order(index: &Index<'_>, rules: &[LifecycleRule]) -> Checks {
    let mut checks = Checks::default();
    if index.live() {
        return checks;
    }
    for (number, rule) in rules.iter().enumerate() {
        let name = rule.id.value().cloned().unwrap_or_else(|| format!("{}", number + 1));
        check_steps(&format!("rule {name}"), &rule.transitions, &rule.expire_days, &mut checks);
        let what = format!("rule {name}, noncurrent versions");
        check_steps(&what, &rule.noncurrent_transitions, &rule.noncurrent_expire_days, &mut checks);
    }
    checks
}

fn check_steps(what: &str, steps: &Fact<Vec<String>>, expire: &Fact<i64>, checks: &mut Checks) {
    let list = match &steps.state {
        State::Known(list) if !list.is_empty() => list,
        State::Unknown(reasons) => return checks.doubt(reasons),
        State::Known(_) | State::Absent => return,
    };
    let mut known: Vec<(usize, &str, i64)> = Vec::new();
    for step in list {
        let (class, days) = parts(step);
        match (rank(class), days) {
            (Some(rank), Some(days)) => known.push((rank, class, days)),
            (Some(_), None) if list.len() > 1 || !expire.is_absent() => {
                checks.doubt(&"a transition happens at a date".into());
            }
            _ => {}
        }
    }
    known.sort_by_key(|(rank, _, days)| (*days, *rank));
    let is_ia = |class: &str| class.to_ascii_uppercase().ends_with("_IA");
    for (_, class, days) in known.iter().filter(|(_, class, days)| is_ia(class) && *days < IA_DAYS) {
        checks.fault(format!("{what}: moves to {class} after {days} days, {IA_DAYS} are asked for"), &steps.at);
    }
    for ((from_rank, from, from_days), (to_rank, to, to_days)) in known.iter().zip(known.iter().skip(1)) {
        if to_rank <= from_rank || to_days == from_days {
            let text = format!("{what}: {from} after {from_days} days cannot move to {to} after {to_days}");
            checks.fault(text, &steps.at);
        } else if is_ia(from) && to_days.saturating_sub(*from_days) < IA_DAYS {
            let text = format!("{what}: {to} comes {} days after {from}, {IA_DAYS} are asked for", to_days - from_days);
            checks.fault(text, &steps.at);
        }
    }
    let last = known.last();
    match (&expire.state, last) {
        (State::Known(expire_days), Some((_, class, days))) if expire_days <= days => {
            let text = format!("{what}: expires after {expire_days} days, before it moves to {class} after {days}");
            checks.fault(text, &expire.at);
        }
        (State::Unknown(reasons), Some(_)) => checks.doubt(reasons),
        _ => {}
    }
}
