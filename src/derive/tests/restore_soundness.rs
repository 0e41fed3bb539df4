//! The same for restores: learning what is unknown never overturns what every version agreed on.

use proptest::prelude::*;

use super::build::*;
use super::restores::*;
use super::soundness::{Hidden, hidden, stays, texts, with_tag};
use crate::derive::derive;
use crate::model::attribute::Ranged;
use crate::model::backup::job::RestoreJob;
use crate::model::backup::testing::{RestoreTestingPlan, RestoreTestingSelection};
use crate::model::derived::{Derived, Restores};
use crate::model::fact::{Fact, State};
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;
use crate::model::workload::Objective;

#[derive(Clone, Debug)]
struct JobSpec {
    hours: i64,
    away: bool,
    tested: bool,
    status: Hidden<String>,
    resource: Hidden<String>,
    validation: Hidden<String>,
    ended: Hidden<i64>,
}

#[derive(Clone, Debug)]
struct Spec {
    tier: Hidden<String>,
    schedule: Hidden<String>,
    algorithm: Hidden<String>,
    last_run_days: Hidden<i64>,
    vault: Hidden<String>,
    kind: Hidden<String>,
    arn: Hidden<String>,
    made_days: Hidden<i64>,
    jobs: Vec<JobSpec>,
    jobs_listed: bool,
    plans_listed: bool,
    selections_listed: bool,
}

const OTHER: &str = "arn:aws:ec2:eu-west-1:111122223333:volume/vol-2";

fn job_spec() -> impl Strategy<Value = JobSpec> {
    (
        (1_i64..800, any::<bool>(), any::<bool>()),
        hidden(["COMPLETED", "FAILED", "RUNNING"].map(|text| Some(text.to_owned())).to_vec()),
        hidden(texts(&[VOLUME, OTHER])),
        hidden(texts(&["SUCCESSFUL", "FAILED", "VALIDATING"])),
        hidden(vec![Some(1), Some(30), Some(100)]),
    )
        .prop_map(|((hours, away, tested), status, resource, validation, ended)| JobSpec {
            hours,
            away,
            tested,
            status,
            resource,
            validation,
            ended,
        })
}

fn spec() -> impl Strategy<Value = Spec> {
    let plan = (
        hidden(texts(&["critical", "standard", "none"])),
        hidden(texts(&["cron(0 5 1 * ? *)", "cron(0 5 1 1 ? *)"])),
        hidden(texts(&["RANDOM_WITHIN_WINDOW", "LATEST_WITHIN_WINDOW"])),
        hidden(vec![Some(2), Some(9), Some(40), None]),
        hidden(vec![Some("*".to_owned()), Some(vault_arn(HOME, "main")), Some(vault_arn(AWAY, "main"))]),
        hidden(["EBS", "EFS"].map(|text| Some(text.to_owned())).to_vec()),
        hidden(["*", VOLUME, OTHER].map(|text| Some(text.to_owned())).to_vec()),
        hidden(vec![Some(1), Some(20), Some(100)]),
    );
    let lists = (any::<bool>(), any::<bool>(), any::<bool>());
    (plan, proptest::collection::vec(job_spec(), 0..3), lists).prop_map(|(plan, jobs, lists)| {
        let (tier, schedule, algorithm, last_run_days, vault, kind, arn, made_days) = plan;
        let (jobs_listed, plans_listed, selections_listed) = lists;
        Spec {
            tier,
            schedule,
            algorithm,
            last_run_days,
            vault,
            kind,
            arn,
            made_days,
            jobs,
            jobs_listed,
            plans_listed,
            selections_listed,
        }
    })
}

fn build(spec: &Spec, learnt: bool) -> Snapshot {
    let orders = with_tag(volume(), "backup-tier", &spec.tier, learnt);
    let tests = RestoreTestingPlan {
        schedule: spec.schedule.fact(learnt),
        algorithm: spec.algorithm.fact(learnt),
        last_run: spec.last_run_days.fact(learnt).map(|days| now() - DAY * i32::try_from(days).unwrap()),
        include_vaults: spec.vault.fact(learnt).map(|arn| vec![link(&arn)]),
        ..test_plan_facts()
    };
    let selection = RestoreTestingSelection {
        resource_type: spec.kind.fact(learnt),
        resources: spec.arn.fact(learnt).map(|arn| vec![link(&arn)]),
        created: spec.made_days.fact(learnt).map(|days| now() - DAY * i32::try_from(days).unwrap()),
        ..test_selection_facts("EBS", &[])
    };
    let plan = plan(vec![rule("daily", "main", 35)]);
    let mut snapshot =
        estate(vec![orders, vault("main"), plan, selects(&[VOLUME]), region(), test_plan(test_plan_facts())]);
    snapshot.resources.retain(|resource| &*resource.name != "monthly");
    // A list that was not read hides what is on it.
    if spec.plans_listed || learnt {
        snapshot.resources.push(test_plan(tests));
        if spec.selections_listed || learnt {
            snapshot.resources.push(test_selection("volumes", selection));
        } else {
            snapshot.listed.remove(&listing("AWS::Backup::RestoreTestingSelection", HOME, Some(TEST_PLAN)));
        }
    } else {
        snapshot.listed.remove(&listing("AWS::Backup::RestoreTestingPlan", HOME, None));
    }
    if spec.jobs_listed || learnt {
        for (number, spec) in spec.jobs.iter().enumerate() {
            let facts = job_facts(VOLUME, spec.hours);
            let began = *facts.created.value().unwrap();
            let facts = RestoreJob {
                status: spec.status.fact(learnt),
                resource: spec.resource.fact(learnt),
                validation: spec.validation.fact(learnt),
                completed: spec.ended.fact(learnt).map(|hours| began + HOUR * i32::try_from(hours).unwrap()),
                testing_plan: Fact::from_option(spec.tested.then(|| TEST_PLAN.to_owned())),
                ..facts
            };
            let region = if spec.away { AWAY } else { HOME };
            snapshot.resources.push(job(region, &format!("j{number}"), facts));
        }
    } else {
        snapshot.listed.remove(&listing("AWS::Backup::RestoreJob", HOME, None));
        snapshot.listed.remove(&listing("AWS::Backup::RestoreJob", AWAY, None));
    }
    snapshot.sort();
    snapshot
}

/// Rules as they are shipped: what each passes on.
type Rule = fn(&Objective, &Restores) -> bool;

const RULES: &[(&str, Rule)] = &[
    ("tested", |o, r| {
        let (age, cadence) = (&r.tested_age_less_slack, &o.restore_test);
        !cadence.is_known() || (age.is_known() && age.value() <= cadence.value())
    }),
    ("copy tested", |o, r| {
        let (age, cadence) = (&r.copy_tested_age_less_slack, &o.restore_test);
        !cadence.is_known() || (age.is_known() && age.value() <= cadence.value())
    }),
    ("rto", |o, r| !r.restore_time.is_known() || r.restore_time.value() <= o.rto.value()),
];

fn verdict(rule: Rule, objective: &Ranged<Objective>, restores: &Ranged<Restores>) -> Option<bool> {
    let all = objective.versions.iter().flat_map(|o| restores.versions.iter().map(move |r| rule(o, r)));
    let verdicts: Vec<bool> = all.collect();
    verdicts.iter().all(|verdict| *verdict == verdicts[0]).then_some(verdicts[0])
}

/// The facts that are either known or not, without versions.
fn facts(snapshot: &Snapshot) -> Vec<(String, Fact<bool>)> {
    let mut all = Vec::new();
    for subject in derive(snapshot, &Settings::default(), Some(now())) {
        let name = subject.resource.name.to_string();
        match subject.derived {
            Derived::Region(region) => {
                let one = region.restore_testing.only().unwrap().clone();
                all.extend([("needed", one.needed), ("exists", one.exists), ("random", one.random)].map(own));
            }
            Derived::RestoreTestingPlan(plan) => all.push((format!("{name} due"), plan.needed)),
            Derived::RestoreTestingSelection(one) => all.extend(
                [("ran", one.ran), ("succeeded", one.last_run_succeeded), ("validated", one.last_run_validated)]
                    .map(own),
            ),
            Derived::Workload(one) => all.push(own(("covered", one.restores.versions[0].covered.clone()))),
            _ => {}
        }
    }
    all
}

fn own((name, fact): (&str, Fact<bool>)) -> (String, Fact<bool>) {
    (name.to_owned(), fact)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn what_every_version_of_restores_agrees_on_stays_true_once_everything_is_learnt(spec in spec()) {
        let settings = Settings::default();
        let before = of_workload(&build(&spec, false), &settings, "vol-1");
        let after = of_workload(&build(&spec, true), &settings, "vol-1");
        for (name, rule) in RULES {
            let (Some(said), Some(truth)) = (
                verdict(*rule, &before.objective, &before.restores),
                verdict(*rule, &after.objective, &after.restores),
            ) else { continue };
            prop_assert_eq!(said, truth, "{}: {:#?}\n{:#?}", name, before.restores, after.restores);
        }
        prop_assert_eq!(before.restores.versions.len() > 1, before.restores.reasons.is_some());
    }

    #[test]
    fn known_facts_of_restore_testing_stay_as_they_are(spec in spec()) {
        let after = facts(&build(&spec, true));
        for (name, before) in facts(&build(&spec, false)) {
            let Some((_, after)) = after.iter().find(|(other, _)| *other == name) else { continue };
            prop_assert!(!matches!(after.state, State::Absent), "{}", name);
            stays(&[before], std::slice::from_ref(after)).map_err(|error| TestCaseError::fail(format!("{name}: {error}")))?;
        }
    }
}
