//! Whether a plan runs as its schedules say.

use jiff::{SignedDuration, Timestamp};

use crate::derive::index::Index;
use crate::derive::plans::{PlanNode, RuleNode};
use crate::derive::schedules::Gap;
use crate::derive::workload::Workloads;
use crate::model::backup::Plan;
use crate::model::fact::{Fact, Reasons, State};
use crate::model::resource::Facts;

/// What is known of a plan's runs.
pub struct Runs {
    /// Whether it ran within its longest gap, or has not stood for so long.
    pub recently: Fact<bool>,
    /// How long ago it last ran; absent where it never did.
    pub last_age: Fact<SignedDuration>,
    /// The longest time between two of its runs; absent where nothing runs twice.
    pub longest_gap: Fact<SignedDuration>,
}

/// What is known of a plan's runs at the moment of the judgement.
///
/// A run may be late by the start window, so that much is granted; `grace` takes its place where it is set. A plan that
/// was made, or changed, only just now has not had the time.
pub fn runs(index: &Index<'_>, workloads: &Workloads<'_, '_>, plan: &PlanNode<'_>, facts: &Plan) -> Runs {
    let Some(now) = index.now.filter(|_| index.live()) else {
        let unknown = || Reasons::from("a template does not say when a plan ran");
        return Runs {
            recently: Fact::unknown(unknown()),
            last_age: Fact::unknown(unknown()),
            longest_gap: Fact::unknown(unknown()),
        };
    };
    let last_age = facts.last_run.as_ref().map(|at| age(now, *at));
    let spacing = spacing(index, workloads, plan, &|_| Fact::known(true));
    let longest_gap = match &spacing {
        Err(reasons) => Fact::unknown(reasons.clone()),
        Ok(spacing) => match (&spacing.gap.reasons, spacing.gap.worst) {
            (Some(reasons), _) => Fact::unknown(reasons.clone()),
            (None, gap) => Fact::from_option(gap),
        },
    };
    let recently = spacing.map_or_else(Fact::unknown, |spacing| recently(&spacing, &last_age, &facts.created, now));
    Runs { recently, last_age, longest_gap }
}

/// Whether a plan should have run within this window before the moment of the judgement, by rules that are asked for.
pub fn due_within(
    index: &Index<'_>,
    workloads: &Workloads<'_, '_>,
    plan: &PlanNode<'_>,
    window: SignedDuration,
    asked: &dyn Fn(&RuleNode<'_>) -> Fact<bool>,
) -> Fact<bool> {
    let Some(now) = index.snapshot.taken_at.or(index.now) else { return Fact::known(false) };
    let Facts::Plan(facts) = &plan.resource.facts else { return Fact::known(false) };
    let spacing = match spacing(index, workloads, plan, asked) {
        Ok(spacing) => spacing,
        Err(reasons) => return Fact::unknown(reasons),
    };
    let over = |gap: Option<SignedDuration>, late: &Fact<SignedDuration>| {
        late.as_ref().and_then(|late| match gap.map(|gap| gap.saturating_add(*late)) {
            Some(limit) => facts.created.as_ref().map(|at| limit <= window && age(now, *at) > limit),
            None => Fact::known(false),
        })
    };
    let (worst, best) = (over(spacing.gap.worst, &spacing.late), over(spacing.gap.best, &spacing.late));
    match &spacing.gap.reasons {
        Some(reasons) if worst.value() != best.value() => Fact::unknown(reasons.clone()),
        _ => worst,
    }
}

/// How far apart runs are, and how late one may begin.
struct Spacing {
    gap: Gap,
    late: Fact<SignedDuration>,
}

fn spacing(
    index: &Index<'_>,
    workloads: &Workloads<'_, '_>,
    plan: &PlanNode<'_>,
    asked: &dyn Fn(&RuleNode<'_>) -> Fact<bool>,
) -> Result<Spacing, Reasons> {
    let rules = plan.rules.as_ref().map_err(Clone::clone)?;
    let mut numbers = Vec::new();
    let mut late: Fact<SignedDuration> = Fact::known(SignedDuration::ZERO);
    for rule in rules {
        match asked(rule).state {
            State::Known(true) => {}
            State::Known(false) | State::Absent => continue,
            State::Unknown(reasons) => return Err(reasons),
        }
        numbers.push(rule.schedule.as_ref().copied().map_err(Clone::clone)?);
        late = late.and_then(|sum| rule.window.as_ref().map(|window| sum.max(*window)));
    }
    numbers.sort_unstable();
    let late = index.settings.grace.map_or(late, Fact::known);
    Ok(Spacing { gap: workloads.schedules().gap(&numbers), late })
}

fn recently(
    spacing: &Spacing,
    last_age: &Fact<SignedDuration>,
    created: &Fact<Timestamp>,
    now: Timestamp,
) -> Fact<bool> {
    let stands_for = created.as_ref().map(|at| age(now, *at)).or_unknown("AWS gave the plan no creation date");
    // The time since it last could have run: since it did, or, where that is later, since it stands.
    let elapsed = |limit: SignedDuration| {
        let within = |age: &Fact<SignedDuration>| age.as_ref().map(|age| *age <= limit);
        Fact::any([within(last_age), within(&stands_for)])
    };
    let kept = |gap: Option<SignedDuration>| match gap {
        // Nothing runs twice, so that nothing can be late.
        None => Fact::known(true),
        Some(gap) => match &spacing.late.state {
            State::Known(late) => elapsed(gap.saturating_add(*late)),
            State::Absent => elapsed(gap),
            State::Unknown(_) if elapsed(gap).is_true() => Fact::known(true),
            State::Unknown(reasons) => Fact::unknown(reasons.clone()),
        },
    };
    let (worst, best) = (kept(spacing.gap.worst), kept(spacing.gap.best));
    match &spacing.gap.reasons {
        Some(reasons) if worst.value() != best.value() || worst.is_unknown() => Fact::unknown(reasons.clone()),
        _ => worst,
    }
}

fn age(now: Timestamp, at: Timestamp) -> SignedDuration {
    now.duration_since(at).max(SignedDuration::ZERO)
}
