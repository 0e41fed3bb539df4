//! Learning what is unknown never leads out of what was possible, and never overturns what every version agreed on.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::build::*;
use crate::derive::derive;
use crate::model::attribute::Ranged;
use crate::model::backup::{Lifecycle, PlanRule, Selection, Vault};
use crate::model::derived::{
    BucketDerived, Derived, KeyDerived, LifecycleDerived, PlanDerived, RecoveryPointDerived, VaultDerived,
};
use crate::model::fact::Fact;
use crate::model::kms::Key;
use crate::model::resource::{Resource, Tags};
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;
use crate::model::workload::{Objective, Protection};

/// A fact that may be hidden: what it is once it is learnt, and whether it is known before.
#[derive(Clone, Debug)]
pub struct Hidden<T> {
    pub truth: Option<T>,
    pub known: bool,
}

impl<T: Clone> Hidden<T> {
    pub fn fact(&self, learnt: bool) -> Fact<T> {
        if self.known || learnt { Fact::from_option(self.truth.clone()) } else { Fact::unknown("hidden") }
    }
}

pub fn hidden<T: Clone + std::fmt::Debug + 'static>(truths: Vec<Option<T>>) -> impl Strategy<Value = Hidden<T>> {
    (proptest::sample::select(truths), any::<bool>()).prop_map(|(truth, known)| Hidden { truth, known })
}

#[derive(Clone, Debug)]
struct RuleSpec {
    schedule: Hidden<String>,
    days: Hidden<i64>,
    window: Hidden<i64>,
    copies: Hidden<&'static str>,
    cold: Hidden<i64>,
    continuous: Hidden<bool>,
    vault: &'static str,
}

#[derive(Clone, Debug)]
struct Spec {
    live: bool,
    versioning: Hidden<String>,
    noncurrent: Hidden<i64>,
    key_state: Hidden<String>,
    tier: Hidden<String>,
    backup_tag: Hidden<String>,
    role: Hidden<String>,
    by_tag: bool,
    rules: Vec<RuleSpec>,
    points: Vec<(i64, Hidden<String>, bool)>,
    selections_listed: bool,
    points_listed: bool,
    further: Further,
}

/// What is asked beyond schedule, retention and a copy in another Region.
#[derive(Clone, Debug)]
struct Further {
    lock: Hidden<bool>,
    away_lock: Hidden<bool>,
    away_type: Hidden<String>,
    team: Hidden<String>,
    opt_in: Hidden<bool>,
    object_lock: Hidden<i64>,
    backup_bucket: bool,
    /// Whether a second plan has the first rule too.
    twin: bool,
}

fn further() -> impl Strategy<Value = Further> {
    let locked = || hidden(vec![Some(true), None]);
    (
        locked(),
        locked(),
        hidden(texts(&["BACKUP_VAULT", "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"])),
        hidden(texts(&["arn:aws:mpa:eu-west-1:123456789012:approval-team/recovery"])),
        hidden(vec![Some(true), Some(false)]),
        hidden(vec![Some(7), Some(35), None]),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(lock, away_lock, away_type, team, opt_in, object_lock, backup_bucket, twin)| Further {
            lock,
            away_lock,
            away_type,
            team,
            opt_in,
            object_lock,
            backup_bucket,
            twin,
        })
}

pub fn texts(all: &[&str]) -> Vec<Option<String>> {
    all.iter().map(|text| Some((*text).to_owned())).chain([None]).collect()
}

fn rule_spec() -> impl Strategy<Value = RuleSpec> {
    (
        hidden(texts(&["cron(0 5 ? * * *)", "cron(0 17 ? * * *)", "cron(0 5 ? * SUN *)", "rate(6 hours)"])),
        hidden(vec![Some(7), Some(35), Some(400), None]),
        hidden(vec![Some(60), Some(600), None]),
        hidden(vec![Some(AWAY), Some(HOME), Some(OTHER_ACCOUNT), None]),
        hidden(vec![Some(30), None]),
        hidden(vec![Some(true), Some(false)]),
        proptest::sample::select(vec!["main", "gone"]),
    )
        .prop_map(|(schedule, days, window, copies, cold, continuous, vault)| RuleSpec {
            schedule,
            days,
            window,
            copies,
            cold,
            continuous,
            vault,
        })
}

fn spec() -> impl Strategy<Value = Spec> {
    let facts = (
        any::<bool>(),
        hidden(texts(&["Enabled", "Suspended"])),
        (hidden(vec![Some(7), Some(32), Some(90), None]), hidden(texts(&["Enabled", "Disabled"])[..2].to_vec())),
        hidden(texts(&["critical", "standard", "relaxed", "none", "odd"])),
        hidden(texts(&["yes", "no"])),
        hidden(texts(&["arn:aws:iam::111122223333:role/backup"])),
        any::<bool>(),
    );
    let statuses = ["COMPLETED", "AVAILABLE", "EXPIRED"].map(|status| Some(status.to_owned())).to_vec();
    let point = (1_i64..200, hidden(statuses), any::<bool>());
    let lists = (proptest::collection::vec(point, 0..3), any::<bool>(), any::<bool>());
    (facts, proptest::collection::vec(rule_spec(), 0..3), lists, further()).prop_map(
        |(facts, rules, lists, further)| {
            let (live, versioning, (noncurrent, key_state), tier, backup_tag, role, by_tag) = facts;
            let (points, selections_listed, points_listed) = lists;
            Spec {
                live,
                versioning,
                noncurrent,
                key_state,
                tier,
                backup_tag,
                role,
                by_tag,
                rules,
                points,
                selections_listed,
                points_listed,
                further,
            }
        },
    )
}

fn plan_rule(number: usize, spec: &RuleSpec, learnt: bool) -> PlanRule {
    let copies = match spec.copies.fact(learnt).state {
        crate::model::fact::State::Known(OTHER_ACCOUNT) => {
            copies_to(&format!("arn:aws:backup:{AWAY}:{OTHER_ACCOUNT}:backup-vault:main"))
        }
        crate::model::fact::State::Known(region) => copies_to(&vault_arn(region, "main")),
        crate::model::fact::State::Absent => Fact::absent(),
        crate::model::fact::State::Unknown(reasons) => Fact::unknown(reasons),
    };
    PlanRule {
        schedule: spec.schedule.fact(learnt),
        start_window_minutes: spec.window.fact(learnt),
        lifecycle: Fact::known(Lifecycle {
            delete_after_days: spec.days.fact(learnt),
            cold_after_days: spec.cold.fact(learnt),
            archive_opt_in: Fact::known(false),
        }),
        copies,
        continuous: spec.continuous.fact(learnt),
        ..rule(&format!("r{number}"), spec.vault, 35)
    }
}

pub fn with_tag(mut resource: Resource, key: &str, hidden: &Hidden<String>, learnt: bool) -> Resource {
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
    facts.object_lock = spec.further.object_lock.fact(learnt).map(|days| crate::model::s3::ObjectLock {
        mode: known("COMPLIANCE"),
        retention: Fact::known(SignedDuration::from_hours(24 * days)),
    });
    let mut orders = bucket_of(HOME, facts);
    orders.tags = Tags::default();
    orders = with_tag(orders, "backup-tier", &spec.tier, learnt);
    orders = with_tag(orders, "backup", &spec.backup_tag, learnt);
    let selection = if spec.by_tag { selects_tag("backup", "yes") } else { selection_facts(&["arn:aws:s3:::orders"]) };
    let role = spec.role.fact(learnt).map(|role| link(&role));
    let rules: Vec<PlanRule> =
        spec.rules.iter().enumerate().map(|(number, rule)| plan_rule(number, rule, learnt)).collect();
    let locked = |hidden: &Hidden<bool>| hidden.fact(learnt).map(|_| lock(7, 400));
    let full = Vault {
        recovery_points: Fact::unknown("not counted"),
        lock: locked(&spec.further.lock),
        ..vault_facts("main")
    };
    // The key of the other vault, which the bucket uses too.
    let mut key = key_of(Key { state: spec.key_state.fact(learnt), ..key_facts("k-1") });
    key.id.region = Some(AWAY.into());
    key.id.id = format!("arn:aws:kms:{AWAY}:{ACCOUNT}:key/k-1").into();
    let away = Vault {
        lock: locked(&spec.further.away_lock),
        vault_type: spec.further.away_type.fact(learnt),
        key: Fact::known(link(&key.id.id)),
        approval_team: spec.further.team.fact(learnt),
        ..vault_facts("main")
    };
    let mut resources = vec![orders, vault_of(HOME, full), vault_of(AWAY, away), key, plan(rules.clone())];
    if spec.live {
        let opt_in = spec.further.opt_in.fact(learnt).map(|on| [("S3".to_owned(), on)].into());
        let facts =
            crate::model::account::Region { backup_opt_in: opt_in, backup_full_management: Fact::known([].into()) };
        resources.push(live(HOME, "AWS::Region", HOME, HOME, crate::model::resource::Facts::Region(Box::new(facts))));
        if spec.further.twin {
            let [mut twin, assigned] = second_plan(rules.into_iter().take(1).collect(), "arn:aws:s3:::orders");
            twin.name = "twin".into();
            resources.extend([twin, assigned]);
        }
    }
    let mut snapshot = if spec.live { estate(resources) } else { template(resources) };
    let mut assigned = selection_of(Selection { role, ..selection });
    if !spec.live {
        assigned = declared(assigned, "t.yaml");
        if let crate::model::resource::Facts::Selection(facts) = &mut assigned.facts {
            facts.plan.target = snapshot.resources.iter().find(|one| &*one.name == "daily").map(|one| one.id.clone());
        }
    }
    snapshot.listed.insert(listing("AWS::Backup::BackupSelection", HOME, Some("p-2")));
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

/// Rules about facts that are three-valued by themselves.
type FurtherRule = fn(&Objective, &Protection) -> Option<bool>;

/// Not asked is passed; asked, it is what is known of the fact.
fn asked(asked: bool, fact: &Fact<bool>) -> Option<bool> {
    if asked { fact.value().copied() } else { Some(true) }
}

const FURTHER_RULES: &[(&str, FurtherRule)] = &[
    ("account copy", |o, p| {
        Some(unasked(o, p) || !o.cross_account.is_true() || p.copied_to_recovery_account.is_true())
    }),
    ("account copy fresh", |o, p| {
        let asked = o.cross_account.is_true() && p.copied_to_recovery_account.is_true();
        Some(without_points(o, p) || !asked || within(&p.newest_account_copy_age_less_grace, &o.rpo))
    }),
    ("tiered", |o, p| {
        let daily = p.daily_retention.value().is_some_and(|kept| *kept >= DAY * 7);
        let asked = !unasked(o, p) && o.long_retention.is_known();
        Some(!asked || (daily && within(&o.long_retention, &p.monthly_retention)))
    }),
    ("immutable", |o, p| asked(!unasked(o, p) && o.immutable.is_true(), &p.immutable)),
    ("air-gapped", |o, p| asked(!unasked(o, p), &p.air_gapped)),
    ("continuous", |o, p| asked(!unasked(o, p), &p.continuous)),
    ("opted in", |o, p| asked(!o.exempt.is_true(), &p.opted_in)),
    ("twice", |o, p| asked(!o.exempt.is_true(), &p.paid_twice)),
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

fn verdict<T: PartialEq>(
    rule: impl Fn(&Objective, &Protection) -> T,
    objective: &Ranged<Objective>,
    protection: &Ranged<Protection>,
) -> Option<T> {
    let rule = &rule;
    let mut verdicts = objective
        .versions
        .iter()
        .flat_map(|objective| protection.versions.iter().map(move |protection| rule(objective, protection)));
    let first = verdicts.next()?;
    verdicts.all(|verdict| verdict == first).then_some(first)
}

fn settings(spec: &Spec) -> Settings {
    let settings = if spec.live { Settings::default() } else { complete() };
    let backup_buckets = if spec.further.backup_bucket { vec!["orders".to_owned()] } else { Vec::new() };
    Settings { backup_buckets, ..settings }
}

fn bucket_facts(bucket: &BucketDerived) -> Vec<Fact<bool>> {
    let keys = bucket.workload.keys.value().unwrap();
    let own = [&bucket.workload.tier_assigned, &bucket.backup_bucket, &bucket.copied_by_backup];
    let more = [&bucket.copied_by_backup_to_account, &keys.readable_in_recovery_region, &keys.copies_shareable];
    own.into_iter().chain(more).cloned().collect()
}

pub fn stays(before: &[Fact<bool>], after: &[Fact<bool>]) -> Result<(), TestCaseError> {
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
        let settings = settings(&spec);
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
    fn further_demands_that_every_version_agrees_on_stay_as_they_are(spec in spec()) {
        let settings = settings(&spec);
        let before = of_workload(&build(&spec, false), &settings, "orders");
        let after = of_workload(&build(&spec, true), &settings, "orders");
        for (name, rule) in FURTHER_RULES {
            let (Some(Some(said)), Some(Some(truth))) = (
                verdict(*rule, &before.objective, &before.protection),
                verdict(*rule, &after.objective, &after.protection),
            ) else { continue };
            prop_assert_eq!(said, truth, "{}: {:#?}\n{:#?}", name, before, after);
        }
    }

    #[test]
    fn known_facts_of_plans_vaults_and_buckets_stay_as_they_are(spec in spec()) {
        let settings = settings(&spec);
        let (before, after) = (build(&spec, false), build(&spec, true));
        let (one, two) = (of_plan(&before, &settings), of_plan(&after, &settings));
        let plan_facts = |plan: &PlanDerived| {
            [
                &plan.selects,
                &plan.cold_storage_long_enough,
                &plan.retention_within_locks,
                &plan.vaults_exist,
                &plan.cold_storage_used,
                &plan.windows_fit,
                &plan.every_rule_runs,
                &plan.ran_recently,
            ]
            .map(Clone::clone)
        };
        stays(&plan_facts(&one), &plan_facts(&two))?;
        let (one, two) = (of_vault(&before, &settings, "main"), of_vault(&after, &settings, "main"));
        let vault_facts = |vault: &VaultDerived| {
            let own = [&vault.targeted, &vault.in_use, &vault.holds_fully_managed, &vault.customer_key];
            own.into_iter().chain([&vault.key_separate, &vault.key_local]).cloned().collect::<Vec<_>>()
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
        stays(&bucket_facts(&one), &bucket_facts(&two))?;
        if let (Some(one), Some(two)) = (one.lifecycle.value(), two.lifecycle.value()) {
            let facts = |lifecycle: &LifecycleDerived| {
                let all = [&lifecycle.current_tiers_down, &lifecycle.noncurrent_tiers_down, &lifecycle.expires_noncurrent];
                all.map(Clone::clone)
            };
            stays(&facts(one), &facts(two))?;
        }
        let (one, two) = (of_key(&before, &settings, "k-1"), of_key(&after, &settings, "k-1"));
        let key_facts = |key: &KeyDerived| {
            [&key.encrypts_backups, &key.encrypts_data, &key.shared_with_data, &key.in_use].map(Clone::clone)
        };
        stays(&key_facts(&one), &key_facts(&two))?;
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
        let settings = settings(&spec);
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
