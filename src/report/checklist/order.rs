//! The order of fixes: what others wait for comes first, then the worst.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::finding::severity::Severity;

/// One fix: a rule that something breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix<'a> {
    /// The rule's id.
    pub rule: &'a str,
    /// The worst severity among its findings.
    pub severity: Severity,
    /// The fixes that come before it, out of those that are in the list.
    pub after: Vec<&'a str>,
}

/// A fix in its place, with the urgency that it has from whatever waits for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<'a> {
    /// The fix.
    pub fix: Fix<'a>,
    /// Its severity, or the worst one of a fix that waits for it.
    pub urgency: Severity,
}

/// Puts fixes into order. Fixes that wait for each other in a circle come one after the other, the one that waits for
/// the fewest first.
pub fn order(mut fixes: Vec<Fix<'_>>) -> Vec<Placed<'_>> {
    fixes.sort_by(|a, b| a.rule.cmp(b.rule));
    let mut urgency: BTreeMap<&str, Severity> = fixes.iter().map(|fix| (fix.rule, fix.severity)).collect();
    for fix in &mut fixes {
        fix.after.retain(|rule| *rule != fix.rule && urgency.contains_key(rule));
        fix.after.sort_unstable();
        fix.after.dedup();
    }
    // Urgency only grows and has four values, so this ends.
    let mut changed = true;
    while changed {
        changed = false;
        for fix in &fixes {
            let own = urgency.get(fix.rule).copied().unwrap_or(fix.severity);
            for rule in &fix.after {
                if let Some(before) = urgency.get_mut(rule).filter(|before| **before < own) {
                    *before = own;
                    changed = true;
                }
            }
        }
    }
    let mut waiting: Vec<Placed<'_>> = fixes
        .into_iter()
        .map(|fix| Placed { urgency: urgency.get(fix.rule).copied().unwrap_or(fix.severity), fix })
        .collect();
    let mut placed: Vec<Placed<'_>> = Vec::with_capacity(waiting.len());
    loop {
        let open = |item: &Placed<'_>| {
            item.fix.after.iter().filter(|rule| !placed.iter().any(|done| done.fix.rule == **rule)).count()
        };
        // What a fix waits for is at least as urgent, so within the most urgent ones something is free, or in a circle.
        let next = waiting
            .iter()
            .enumerate()
            .min_by_key(|(_, item)| (Reverse(item.urgency), open(item), Reverse(item.fix.severity), item.fix.rule))
            .map(|(at, _)| at);
        match next {
            Some(at) => placed.push(waiting.remove(at)),
            None => return placed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(fixes: &[(&'static str, Severity, &[&'static str])]) -> String {
        let fixes =
            fixes.iter().map(|(rule, severity, after)| Fix { rule, severity: *severity, after: after.to_vec() });
        let placed = order(fixes.collect());
        placed.iter().map(|item| format!("{} {}", item.fix.rule, item.urgency)).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn the_worst_comes_first_and_names_decide_the_rest() {
        let fixes = [("b", Severity::Low, &[][..]), ("c", Severity::High, &[]), ("a", Severity::Low, &[])];
        assert_eq!(ordered(&fixes), "c high, a low, b low");
    }

    #[test]
    fn what_others_wait_for_is_as_urgent_as_they_are() {
        let fixes = [
            ("a", Severity::Critical, &["b"][..]),
            ("b", Severity::Medium, &["c"]),
            ("c", Severity::Low, &[]),
            ("d", Severity::High, &[]),
        ];
        assert_eq!(ordered(&fixes), "c critical, b critical, a critical, d high");
    }

    #[test]
    fn circles_and_fixes_that_are_not_needed_hold_nothing_up() {
        let fixes = [
            ("a", Severity::Critical, &["b", "a", "gone"][..]),
            ("b", Severity::Low, &["a", "c"]),
            ("c", Severity::Low, &[]),
            ("d", Severity::High, &[]),
        ];
        assert_eq!(ordered(&fixes), "c critical, a critical, b critical, d high");
    }
}
