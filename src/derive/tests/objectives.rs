//! Tiers and objectives.

use jiff::SignedDuration;

use super::build::*;
use crate::model::account::Account;
use crate::model::fact::Fact;
use crate::model::resource::Tags;
use crate::model::settings::{Settings, TierMap};
use crate::model::snapshot::Snapshot;
use crate::model::workload::{Objective, WorkloadDerived};

fn find(snapshot: &Snapshot, settings: &Settings, name: &str) -> WorkloadDerived {
    of_workload(snapshot, settings, name)
}

fn tier(objective: &Objective) -> &str {
    objective.tier.value().unwrap()
}

#[test]
fn the_tag_names_the_tier() {
    let snapshot = estate(vec![tagged(bucket("orders"), "backup-tier", known("critical"))]);
    let found = find(&snapshot, &Settings::default(), "orders");
    let objective = found.objective.only().unwrap();
    assert_eq!(tier(objective), "critical");
    assert_eq!(objective.rpo.value(), Some(&SignedDuration::from_hours(4)));
    assert!(found.tier_assigned.is_true());
}

#[test]
fn a_tag_that_names_no_tier_gives_the_default_and_states_nothing() {
    let snapshot = estate(vec![tagged(bucket("orders"), "backup-tier", known("Critical"))]);
    let found = find(&snapshot, &Settings::default(), "orders");
    assert_eq!(tier(found.objective.only().unwrap()), "untagged");
    assert!(found.tier_assigned.is_false());
}

#[test]
fn an_unknown_tag_leaves_every_tier_possible() {
    let by_value = tagged(bucket("orders"), "backup-tier", Fact::unknown("parameter `Tier` has no default"));
    let mut unread = bucket("logs");
    unread.tags = Tags::unread("`s3:GetBucketTagging` was denied");
    let snapshot = estate(vec![by_value, unread]);
    for name in ["orders", "logs"] {
        let found = find(&snapshot, &Settings::default(), name);
        let tiers: Vec<&str> = found.objective.versions.iter().map(tier).collect();
        assert_eq!(tiers, ["critical", "standard", "untagged", "relaxed", "none"], "strictest first");
        assert!(found.tier_assigned.is_unknown() && found.objective.reasons.is_some());
    }
}

#[test]
fn the_first_entry_of_the_tier_map_that_matches_counts_after_the_tag() {
    let entry = |tier: &str, kind: Option<&str>, arn: Option<&str>| TierMap {
        tier: tier.to_owned(),
        kind: kind.map(str::to_owned),
        arn: arn.map(str::to_owned),
        ..TierMap::default()
    };
    let settings = Settings {
        tier_map: vec![
            entry("relaxed", Some("AWS::EC2::Volume"), None),
            entry("critical", None, Some("arn:aws:s3:::orders*")),
            entry("standard", Some("AWS::S3::Bucket"), None),
        ],
        ..Settings::default()
    };
    let snapshot =
        estate(vec![bucket("orders-eu"), bucket("other"), tagged(bucket("own"), "backup-tier", known("none"))]);
    for (name, expected) in [("orders-eu", "critical"), ("other", "standard"), ("own", "none")] {
        let found = find(&snapshot, &settings, name);
        assert_eq!(tier(found.objective.only().unwrap()), expected);
        assert!(found.tier_assigned.is_true());
    }
}

#[test]
fn an_entry_that_may_match_leaves_its_tier_and_the_next_possible() {
    let settings = Settings {
        tier_map: vec![TierMap {
            tier: "critical".to_owned(),
            account: Some(ACCOUNT.to_owned()),
            ..TierMap::default()
        }],
        ..complete()
    };
    let found = find(&template(vec![bucket("orders")]), &settings, "orders");
    let tiers: Vec<&str> = found.objective.versions.iter().map(tier).collect();
    assert_eq!(tiers, ["critical", "untagged"]);
    assert!(found.tier_assigned.is_unknown());
}

#[test]
fn access_log_buckets_are_exempt_by_themselves_but_their_tag_goes_first() {
    let logging = |name: &str, target: &str| {
        bucket_of(HOME, crate::model::s3::Bucket { logging_target: Fact::known(link(target)), ..bucket_facts(name) })
    };
    let snapshot = estate(vec![
        bucket("logs"),
        tagged(bucket("kept"), "backup-tier", known("standard")),
        logging("a", "logs"),
        logging("b", "kept"),
    ]);
    let logs = find(&snapshot, &Settings::default(), "logs");
    assert_eq!(tier(logs.objective.only().unwrap()), "none");
    assert!(logs.objective.only().unwrap().exempt.is_true());
    assert_eq!(tier(find(&snapshot, &Settings::default(), "kept").objective.only().unwrap()), "standard");
}

#[test]
fn a_plan_takes_the_strictest_of_what_it_selects() {
    let with = |tiers: &[&str]| {
        let mut all = vec![vault("main"), plan(vec![rule("r", "main", 35)])];
        let arns: Vec<String> = tiers.iter().map(|tier| format!("{VOLUME}-{tier}")).collect();
        for (tier, arn) in tiers.iter().zip(&arns) {
            all.push(tagged(workload("AWS::EC2::Volume", "EBS", arn), "backup-tier", known(tier)));
        }
        all.push(selects(&arns.iter().map(String::as_str).collect::<Vec<_>>()));
        estate(all)
    };
    let both = |tiers: &[&str]| {
        let snapshot = with(tiers);
        let of_plan = of_plan(&snapshot, &Settings::default()).objective;
        assert_eq!(of_plan, of_vault(&snapshot, &Settings::default(), "main").objective);
        of_plan.only().unwrap().clone()
    };
    assert_eq!(tier(&both(&["relaxed"])), "relaxed");
    assert_eq!(tier(&both(&["standard", "critical"])), "critical", "critical asks for all that standard asks");
    assert_eq!(tier(&both(&["none", "relaxed"])), "relaxed", "what is exempt asks for nothing");
    assert_eq!(tier(&both(&["none"])), "none");
    assert_eq!(tier(&both(&[])), "untagged", "the default where nothing depends on it");
}

#[test]
fn demands_of_two_tiers_are_joined_under_both_names() {
    let mut settings = Settings::default();
    if let Some(relaxed) = settings.tiers.get_mut("relaxed") {
        relaxed.retention = DAY * 400;
    }
    let volumes = ["critical", "relaxed"].map(|tier| {
        tagged(workload("AWS::EC2::Volume", "EBS", &format!("{VOLUME}-{tier}")), "backup-tier", known(tier))
    });
    let mut all = vec![vault("main"), plan(vec![rule("r", "main", 35)])];
    all.push(selects(&[&format!("{VOLUME}-critical"), &format!("{VOLUME}-relaxed")]));
    all.extend(volumes);
    let objective = of_plan(&estate(all), &settings).objective.only().unwrap().clone();
    assert_eq!(tier(&objective), "critical + relaxed");
    assert_eq!(objective.rpo.value(), Some(&SignedDuration::from_hours(4)));
    assert_eq!(objective.retention.value(), Some(&(DAY * 400)));
    assert!(objective.cross_account.is_true());
}

#[test]
fn a_dependent_of_unknown_tier_leaves_the_vault_between_tiers() {
    let mut odd = volume();
    odd.tags = Tags::unread("`tag:GetResources` was denied");
    let snapshot = estate(vec![odd, vault("main"), plan(vec![rule("r", "main", 35)]), selects(&[VOLUME])]);
    let found = of_vault(&snapshot, &Settings::default(), "main").objective;
    assert_eq!(tier(found.worst().unwrap()), "critical");
    assert!(found.versions.iter().any(|objective| tier(objective) == "none"));
    assert!(found.reasons.is_some());
}

#[test]
fn points_in_a_vault_make_it_depend_on_their_workload() {
    let critical = tagged(volume(), "backup-tier", known("critical"));
    let snapshot = estate(vec![critical, vault_of(AWAY, vault_facts("main")), point(AWAY, "p", VOLUME, 1)]);
    let found = of_vault(&snapshot, &Settings::default(), "main").objective;
    assert_eq!(tier(found.only().unwrap()), "critical");
}

#[test]
fn an_organizational_unit_gives_a_tier_to_all_accounts_below_it() {
    let settings = Settings {
        tier_map: vec![TierMap {
            tier: "critical".to_owned(),
            organizational_unit: Some("ou-ab12-prod".to_owned()),
            ..TierMap::default()
        }],
        ..Settings::default()
    };
    let of = |units: Fact<Vec<String>>| {
        let account = account_of(Account { organizational_units: units, ..account_facts() });
        find(&estate(vec![bucket("orders"), account]), &settings, "orders")
    };
    let units = |names: &[&str]| Fact::known(names.iter().map(ToString::to_string).collect());
    let inside = of(units(&["ou-ab12-team", "ou-ab12-prod", "r-ab12"]));
    assert_eq!(tier(inside.objective.only().unwrap()), "critical");
    assert!(inside.tier_assigned.is_true());
    let beside = of(units(&["ou-ab12-test", "r-ab12"]));
    assert_eq!(tier(beside.objective.only().unwrap()), "untagged");
    assert_eq!(tier(of(Fact::absent()).objective.only().unwrap()), "untagged");
    let unread = of(Fact::unknown("`organizations:ListParents` was denied"));
    assert_eq!(unread.objective.versions.len(), 2);
    assert!(unread.tier_assigned.is_unknown());
}
