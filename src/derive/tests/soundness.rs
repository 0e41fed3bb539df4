//! Learning what is unknown never leads out of what was possible, and never overturns what every version agreed on.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::build::*;
use crate::derive::derive;
use crate::model::attribute::Ranged;
use crate::model::backup::{Lifecycle, PlanRule, Selection, Vault};
use crate::model::derived::{Derived, PlanDerived, RecoveryPointDerived, VaultDerived};
use crate::model::fact::Fact;
use crate::model::resource::{Resource, Tags};
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;
use crate::model::workload::{Objective, Protection};

/// A fact that may be hidden: what it is once it is learnt, and whether it is known before.
#[derive(Clone, Debug)]
struct Hidden<T> {
    truth: Option<T>,
    known: bool,
}

impl<T: Clone> Hidden<T> {
    fn fact(&self, learnt: bool) -> Fact<T> {
        if self.known || learnt { Fact::from_option(self.truth.clone()) } else { Fact::unknown("hidden") }
    }
}

fn hidden<T: Clone + std::fmt::Debug + 'static>(truths: Vec<Option<T>>) -> impl Strategy<Value = Hidden<T>> {
    (proptest::sample::select(truths), any::<bool>()).prop_map(|(truth, known)| Hidden { truth, known })
}

#[derive(Clone, Debug)]
struct RuleSpec {
    schedule: Hidden<String>,
    days: Hidden<i64>,
    window: Hidden<i64>,
    copies: Hidden<&'static str>,
    vault: &'static str,
}

#[derive(Clone, Debug)]
struct Spec {
    live: bool,
    versioning: Hidden<String>,
    noncurrent: Hidden<i64>,
    tier: Hidden<String>,
    backup_tag: Hidden<String>,
    role: Hidden<String>,
    by_tag: bool,
    rules: Vec<RuleSpec>,
    points: Vec<(i64, Hidden<String>, bool)>,
    selections_listed: bool,
    points_listed: bool,
}

fn texts(all: &[&str]) -> Vec<Option<String>> {
    all.iter().map(|text| Some((*text).to_owned())).chain([None]).collect()
}

fn rule_spec() -> impl Strategy<Value = RuleSpec> {
    (
        hidden(texts(&["cron(0 5 ? * * *)", "cron(0 17 ? * * *)", "cron(0 5 ? * SUN *)", "rate(6 hours)"])),
        hidden(vec![Some(7), Some(35), None]),
        hidden(vec![Some(60), Some(600), None]),
        hidden(vec![Some(AWAY), Some(HOME), None]),
        proptest::sample::select(vec!["main", "gone"]),
    )
        .prop_map(|(schedule, days, window, copies, vault)| RuleSpec { schedule, days, window, copies, vault })
}

fn spec() -> impl Strategy<Value = Spec> {
    let facts = (
        any::<bool>(),
        hidden(texts(&["Enabled", "Suspended"])),
        hidden(vec![Some(7), Some(32), Some(90), None]),
        hidden(texts(&["critical", "standard", "relaxed", "none", "odd"])),
        hidden(texts(&["yes", "no"])),
        hidden(texts(&["arn:aws:iam::111122223333:role/backup"])),
        any::<bool>(),
    );
    let statuses = ["COMPLETED", "AVAILABLE", "EXPIRED"].map(|status| Some(status.to_owned())).to_vec();
    let point = (1_i64..200, hidden(statuses), any::<bool>());
    let lists = (proptest::collection::vec(point, 0..3), any::<bool>(), any::<bool>());
    (facts, proptest::collection::vec(rule_spec(), 0..3), lists).prop_map(|(facts, rules, lists)| {
        let (live, versioning, noncurrent, tier, backup_tag, role, by_tag) = facts;
        let (points, selections_listed, points_listed) = lists;
        Spec {
            live,
            versioning,
            noncurrent,
            tier,
            backup_tag,
            role,
            by_tag,
            rules,
            points,
            selections_listed,
            points_listed,
        }
    })
}

fn plan_rule(number: usize, spec: &RuleSpec, learnt: bool) -> PlanRule {
    let copies = match spec.copies.fact(learnt).state {
        crate::model::fact::State::Known(region) => copies_to(&vault_arn(region, "main")),
        crate::model::fact::State::Absent => Fact::absent(),
        crate::model::fact::State::Unknown(reasons) => Fact::unknown(reasons),
    };
    PlanRule {
        schedule: spec.schedule.fact(learnt),
        start_window_minutes: spec.window.fact(learnt),
        lifecycle: Fact::known(Lifecycle {
            delete_after_days: spec.days.fact(learnt),
            cold_after_days: Fact::absent(),
        }),
        copies,
        ..rule(&format!("r{number}"), spec.vault, 35)
    }
}

fn with_tag(mut resource: Resource, key: &str, hidden: &Hidden<String>, learnt: bool) -> Resource {
    match hidden.fact(learnt).state {
        crate::model::fact::State::Known(value) => {
            resource.tags.entries.insert(key.into(), Fact::known(value));
        }
        crate::model::fact::State::Absent => {}
        crate::model::fact::State::Unknown(reasons) => resource.tags.others = Some(reasons),
    }
    resource
}

/// The estate as it was seen, or as it is once everything is learnt.
fn build(spec: &Spec, learnt: bool) -> Snapshot {
    let mut facts = versioned("orders");
    facts.versioning = spec.versioning.fact(learnt);
    facts.lifecycle = match spec.noncurrent.fact(learnt).state {
        crate::model::fact::State::Known(days) => Fact::known(vec![expires_noncurrent(days)]),
        crate::model::fact::State::Absent => Fact::absent(),
        crate::model::fact::State::Unknown(reasons) => Fact::unknown(reasons),
    };
    let mut orders = bucket_of(HOME, facts);
    orders.tags = Tags::default();
    orders = with_tag(orders, "backup-tier", &spec.tier, learnt);
    orders = with_tag(orders, "backup", &spec.backup_tag, learnt);
    let selection = if spec.by_tag { selects_tag("backup", "yes") } else { selection_facts(&["arn:aws:s3:::orders"]) };
    let role = spec.role.fact(learnt).map(|role| link(&role));
    let rules = spec.rules.iter().enumerate().map(|(number, rule)| plan_rule(number, rule, learnt)).collect();
    let full = Vault { recovery_points: Fact::unknown("not counted"), ..vault_facts("main") };
    let resources = vec![orders, vault_of(HOME, full), vault_of(AWAY, vault_facts("main")), plan(rules)];
    let mut snapshot = if spec.live { estate(resources) } else { template(resources) };
    let mut assigned = selection_of(Selection { role, ..selection });
    if !spec.live {
        assigned = declared(assigned, "t.yaml");
        if let crate::model::resource::Facts::Selection(facts) = &mut assigned.facts {
            facts.plan.target = snapshot.resources.iter().find(|one| &*one.name == "daily").map(|one| one.id.clone());
        }
    }
    // A list that was not read hides what is on it.
    if !spec.live || spec.selections_listed || learnt {
        snapshot.resources.push(assigned);
    } else {
        snapshot.listed.remove(&listing("AWS::Backup::BackupSelection", HOME, Some("p-1")));
    }
    if spec.live {
        if spec.points_listed || learnt {
            for (number, (hours, status, away)) in spec.points.iter().enumerate() {
                let region = if *away { AWAY } else { HOME };
                let one = point(region, &format!("p{number}"), "arn:aws:s3:::orders", *hours);
                snapshot.resources.push(change_point(one, |point| point.status = status.fact(learnt).map(Into::into)));
            }
        } else {
            snapshot.listed.remove(&listing("AWS::Backup::RecoveryPoint", HOME, Some(&vault_arn(HOME, "main"))));
            snapshot.listed.remove(&listing("AWS::Backup::RecoveryPoint", AWAY, Some(&vault_arn(AWAY, "main"))));
            if let Some(vault) = snapshot.resources.iter_mut().find(|one| one.id.id.contains(&*vault_arn(AWAY, "main")))
                && let crate::model::resource::Facts::Vault(facts) = &mut vault.facts
            {
                facts.recovery_points = Fact::unknown("not counted");
            }
        }
    }
    snapshot.sort();
    snapshot
}

/// Rules as they are written: what each passes on.
type Rule = fn(&Objective, &Protection) -> bool;

fn over(age: &Fact<SignedDuration>, limit: &Fact<SignedDuration>) -> bool {
    age.value().zip(limit.value()).is_some_and(|(age, limit)| age > limit)
}

const RULES: &[(&str, Rule)] = &[
    ("protected", |o, p| o.exempt.is_true() || p.covered.is_true()),
    ("schedule", |o, p| unasked(o, p) || within(&p.scheduled_rpo, &o.rpo)),
    ("retention", |o, p| unasked(o, p) || within(&o.retention, &p.retention)),
    ("copied", |o, p| unasked(o, p) || !o.cross_region.is_true() || p.copied_to_recovery_region.is_true()),
    ("points", |o, p| o.exempt.is_true() || !p.by_backup_plan.is_true() || points(p) > 0),
    ("fresh", |o, p| without_points(o, p) || within(&p.newest_age_less_grace, &o.rpo)),
    ("copy fresh", |o, p| {
        let asked = o.cross_region.is_true() && p.copied_to_recovery_region.is_true();
        without_points(o, p) || !asked || within(&p.newest_copy_age_less_grace, &o.rpo)
    }),
];

/// The rules as they are shipped: each asks only where another has nothing to say.
fn unasked(objective: &Objective, protection: &Protection) -> bool {
    objective.exempt.is_true() || !protection.covered.is_true()
}

fn without_points(objective: &Objective, protection: &Protection) -> bool {
    objective.exempt.is_true() || !protection.by_backup_plan.is_true() || points(protection) == 0
}

fn points(protection: &Protection) -> i64 {
    *protection.recovery_points.value().unwrap()
}

/// Whether the first is there and not over the second.
fn within(first: &Fact<SignedDuration>, second: &Fact<SignedDuration>) -> bool {
    first.is_known() && second.is_known() && !over(first, second)
}

fn verdict(rule: Rule, objective: &Ranged<Objective>, protection: &Ranged<Protection>) -> Option<bool> {
    let mut verdicts = objective
        .versions
        .iter()
        .flat_map(|objective| protection.versions.iter().map(move |protection| rule(objective, protection)));
    let first = verdicts.next()?;
    verdicts.all(|verdict| verdict == first).then_some(first)
}

fn stays(before: &[Fact<bool>], after: &[Fact<bool>]) -> Result<(), TestCaseError> {
    for (number, (before, after)) in before.iter().zip(after).enumerate() {
        if !before.is_unknown() {
            prop_assert_eq!(before.value(), after.value(), "fact {}", number);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn what_every_version_agrees_on_stays_true_once_everything_is_learnt(spec in spec()) {
        let settings = if spec.live { Settings::default() } else { complete() };
        let before = of_workload(&build(&spec, false), &settings, "orders");
        let after = of_workload(&build(&spec, true), &settings, "orders");
        for (name, rule) in RULES {
            let (Some(said), Some(truth)) = (
                verdict(*rule, &before.objective, &before.protection),
                verdict(*rule, &after.objective, &after.protection),
            ) else { continue };
            prop_assert_eq!(said, truth, "{}: {:#?}\n{:#?}", name, before, after);
        }
    }

    #[test]
    fn known_facts_of_plans_vaults_and_buckets_stay_as_they_are(spec in spec()) {
        let settings = if spec.live { Settings::default() } else { complete() };
        let (before, after) = (build(&spec, false), build(&spec, true));
        let (one, two) = (of_plan(&before, &settings), of_plan(&after, &settings));
        let plan_facts = |plan: &PlanDerived| {
            let facts = [&plan.selects, &plan.cold_storage_long_enough, &plan.retention_within_locks, &plan.vaults_exist];
            facts.into_iter().chain([&plan.ran_recently]).cloned().collect::<Vec<_>>()
        };
        stays(&plan_facts(&one), &plan_facts(&two))?;
        let (one, two) = (of_vault(&before, &settings, "main"), of_vault(&after, &settings, "main"));
        let vault_facts = |vault: &VaultDerived| {
            [&vault.targeted, &vault.in_use, &vault.holds_fully_managed, &vault.customer_key].map(Clone::clone)
        };
        stays(&vault_facts(&one), &vault_facts(&two))?;
        let demands: [fn(&Objective) -> bool; 4] = [
            |objective| objective.cross_region.is_true(),
            |objective| objective.immutable.is_true(),
            |objective| objective.exempt.is_true(),
            |objective| objective.rpo.value() < Some(&DAY),
        ];
        for demand in demands {
            let agreed = |objective: &Ranged<Objective>| {
                let first = demand(objective.worst().unwrap());
                objective.versions.iter().all(|version| demand(version) == first).then_some(first)
            };
            if let (Some(said), Some(truth)) = (agreed(&one.objective), agreed(&two.objective)) {
                prop_assert_eq!(said, truth, "{:#?}\n{:#?}", one.objective, two.objective);
            }
        }
        let (one, two) = (of_bucket(&before, &settings, "orders"), of_bucket(&after, &settings, "orders"));
        stays(&[one.workload.tier_assigned, one.backup_bucket], &[two.workload.tier_assigned, two.backup_bucket])?;
    }

    #[test]
    fn known_facts_of_recovery_points_stay_as_they_are(spec in spec()) {
        let (before, after) = (build(&spec, false), build(&spec, true));
        let (settings, now) = (Settings::default(), spec.live.then(now));
        let learnt = derive(&after, &settings, now);
        for one in derive(&before, &settings, now) {
            let Derived::RecoveryPoint(one_facts) = one.derived else { continue };
            let two = learnt.iter().find(|two| two.resource.id == one.resource.id);
            let Some(Derived::RecoveryPoint(two_facts)) = two.map(|two| &two.derived) else { panic!("a point is lost") };
            let facts = |point: &RecoveryPointDerived| {
                [&point.present, &point.newest, &point.exempt, &point.tags_carried].map(Clone::clone)
            };
            stays(&facts(&one_facts), &facts(two_facts))?;
        }
    }

    #[test]
    fn versions_range_from_the_worst_to_the_best(spec in spec()) {
        let settings = if spec.live { Settings::default() } else { complete() };
        let found = of_workload(&build(&spec, false), &settings, "orders").protection;
        let (worst, best) = (found.versions.first().unwrap(), found.versions.last().unwrap());
        prop_assert!(!worst.covered.is_true() || best.covered.is_true());
        prop_assert!(worst.recovery_points.value() <= best.recovery_points.value());
        prop_assert!(!over(&best.scheduled_rpo, &worst.scheduled_rpo));
        prop_assert!(!over(&best.newest_age, &worst.newest_age));
        prop_assert!(!over(&worst.retention, &best.retention));
        prop_assert_eq!(found.versions.len() > 1, found.reasons.is_some());
    }

    #[test]
    fn the_same_estate_gives_the_same_facts(spec in spec()) {
        let snapshot = build(&spec, false);
        let now = spec.live.then(now);
        let (one, two) = (derive(&snapshot, &complete(), now), derive(&snapshot, &complete(), now));
        for (one, two) in one.iter().zip(&two) {
            prop_assert_eq!(&one.derived, &two.derived);
        }
    }
}
