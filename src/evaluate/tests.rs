//! The four lessons of three-valued judgement, each pinned, and the property that holds both evaluators together.

mod related;
mod suppress;
mod waive;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::judge::{Circumstances, Judge};
use super::view::View;
use crate::finding::verdict::Verdict;
use crate::model::attribute::{Attribute, Section, Seen, Value};
use crate::model::fact::Fact;
use crate::model::resource::Tags;
use crate::rule::load;
use crate::rule::source::RuleFiles;
use crate::rule::{RuleSet, reads};

fn rule_set(conditions: &[&str]) -> RuleSet {
    let files: Vec<RuleFiles> = conditions
        .iter()
        .enumerate()
        .map(|(index, condition)| RuleFiles {
            stem: format!("r{index}"),
            file: format!("r{index}.cedar"),
            cedar: format!(
                "@id(\"r{index}\") @title(\"t\") @severity(\"high\") @practice(\"4\") @message(\"m\")\n\
                 forbid (principal, action == Action::\"configure\", resource is AWS::S3::Bucket) {condition};"
            ),
            guide: None,
            tests: None,
            from_user: true,
        })
        .collect();
    load::check(&files).unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)))
}

fn circumstances() -> Circumstances {
    Circumstances {
        now: Timestamp::UNIX_EPOCH,
        source: "live",
        recovery_regions: Vec::new(),
        recovery_accounts: Vec::new(),
        units: BTreeMap::new(),
    }
}

fn unknown() -> Seen {
    Seen::Unknown("a test".into())
}

fn text(value: &str) -> Seen {
    Seen::Known(Value::Text(value.into()))
}

fn bucket(attributes: Vec<(&'static str, Seen)>) -> View {
    View {
        kind: "AWS::S3::Bucket".into(),
        id: "b".to_owned(),
        account: Some("111122223333".into()),
        attributes: attributes.into_iter().map(|(name, seen)| Attribute { name, seen, at: None }).collect(),
        tags: Tags::default(),
    }
}

fn verdict_of(condition: &str, view: &View) -> Result<Verdict, String> {
    let rules = rule_set(&[condition]);
    let judge = Judge::new(&rules, &circumstances()).unwrap();
    judge.judge(view, true).pop().unwrap().1
}

fn section(kind: &'static str, attributes: Vec<(&'static str, Seen)>) -> Value {
    let attributes = attributes.into_iter().map(|(name, seen)| Attribute { name, seen, at: None }).collect();
    Value::Section(Section { kind, shared_id: None, attributes })
}

fn hours(hours: i64) -> Seen {
    Seen::Known(Value::Duration(SignedDuration::from_hours(hours)))
}

#[test]
fn presence_of_an_unknown_optional_fact_is_judged_both_ways() {
    let view = bucket(vec![("versioning", unknown())]);
    assert_eq!(verdict_of("unless { resource has versioning }", &view), Ok(Verdict::Unknown));
    assert_eq!(verdict_of("when { resource has versioning }", &view), Ok(Verdict::Unknown));
    let absent = bucket(vec![("versioning", Seen::Absent)]);
    assert_eq!(verdict_of("unless { resource has versioning }", &absent), Ok(Verdict::Fail));
    // Both worlds agree: whatever it is, another conjunct decides.
    let known = bucket(vec![("versioning", unknown()), ("replica", Seen::Known(Value::Bool(false)))]);
    let either = "when { resource has versioning && resource.versioning == \"A\" && resource.replica }";
    assert_eq!(verdict_of(either, &known), Ok(Verdict::Pass));
}

#[test]
fn an_unread_tag_is_judged_both_ways() {
    let mut view = bucket(vec![]);
    view.tags = Tags::unread("not allowed to read tags");
    assert_eq!(verdict_of("unless { resource.hasTag(\"owner\") }", &view), Ok(Verdict::Unknown));
    let guarded = "when { resource.hasTag(\"owner\") && resource.getTag(\"owner\") == \"x\" }";
    assert_eq!(verdict_of(guarded, &view), Ok(Verdict::Unknown));
    view.tags = Tags::default();
    assert_eq!(verdict_of("unless { resource.hasTag(\"owner\") }", &view), Ok(Verdict::Fail));
    view.tags.entries.insert("owner".into(), Fact::unknown("a parameter"));
    assert_eq!(verdict_of("unless { resource.hasTag(\"owner\") }", &view), Ok(Verdict::Pass));
    assert_eq!(verdict_of(guarded, &view), Ok(Verdict::Unknown));
}

#[test]
fn an_unknown_in_a_section_leaves_its_siblings_known() {
    let objective = section("Backstop::Objective", vec![("rpo", hours(4)), ("crossRegion", unknown())]);
    let view = bucket(vec![("objective", Seen::Known(objective))]);
    assert_eq!(verdict_of("when { resource.objective.rpo < duration(\"5h\") }", &view), Ok(Verdict::Fail));
    assert_eq!(verdict_of("when { resource.objective.rpo < duration(\"4h\") }", &view), Ok(Verdict::Pass));
    assert_eq!(verdict_of("when { resource.objective.crossRegion }", &view), Ok(Verdict::Unknown));
}

#[test]
fn the_order_of_operands_does_not_matter() {
    let view = bucket(vec![("mfaDelete", unknown()), ("replica", Seen::Known(Value::Bool(false)))]);
    for condition in ["resource.mfaDelete && resource.replica", "resource.replica && resource.mfaDelete"] {
        assert_eq!(verdict_of(&format!("when {{ {condition} }}"), &view), Ok(Verdict::Pass), "{condition}");
    }
    for condition in ["resource.mfaDelete || !resource.replica", "!resource.replica || resource.mfaDelete"] {
        assert_eq!(verdict_of(&format!("when {{ {condition} }}"), &view), Ok(Verdict::Fail), "{condition}");
    }
    let same = "when { resource.mfaDelete == resource.mfaDelete }";
    assert_eq!(verdict_of(same, &view), Ok(Verdict::Fail));
    let second_clause = "when { resource.mfaDelete } when { resource.replica }";
    assert_eq!(verdict_of(second_clause, &view), Ok(Verdict::Pass));
    let in_a_set = "when { [resource.mfaDelete, resource.replica].contains(false) }";
    assert_eq!(verdict_of(in_a_set, &view), Ok(Verdict::Fail));
}

#[test]
fn an_operand_that_can_error_is_not_dropped() {
    let protection = section("Backstop::Protection", vec![("recoveryPoints", unknown())]);
    let view = bucket(vec![("protection", Seen::Known(protection)), ("replica", Seen::Known(Value::Bool(false)))]);
    let condition = "when { resource.protection.recoveryPoints * 2 > 1 && resource.replica }";
    assert_eq!(verdict_of(condition, &view), Ok(Verdict::Unknown));
}

#[test]
fn a_policy_that_errors_is_an_error_and_never_a_pass() {
    let protection = section("Backstop::Protection", vec![("recoveryPoints", Seen::Known(Value::Long(i64::MAX)))]);
    let view = bucket(vec![("protection", Seen::Known(protection.clone()))]);
    let condition = "when { resource.protection.recoveryPoints + 1 > 1 }";
    assert!(verdict_of(condition, &view).is_err());
    let with_unknown = bucket(vec![("protection", Seen::Known(protection)), ("mfaDelete", unknown())]);
    let condition = "when { resource.protection.recoveryPoints + 1 > 1 && resource.mfaDelete }";
    assert!(verdict_of(condition, &with_unknown).is_err());
}

#[test]
fn a_section_of_several_versions_is_judged_in_each() {
    let version = |rpo| section("Backstop::Objective", vec![("rpo", hours(rpo))]);
    let view = bucket(vec![("objective", Seen::OneOf(vec![version(4), version(24)], "no tag".into()))]);
    assert_eq!(verdict_of("when { resource.objective.rpo < duration(\"48h\") }", &view), Ok(Verdict::Fail));
    assert_eq!(verdict_of("when { resource.objective.rpo < duration(\"1h\") }", &view), Ok(Verdict::Pass));
    assert_eq!(verdict_of("when { resource.objective.rpo < duration(\"12h\") }", &view), Ok(Verdict::Unknown));
}

#[test]
fn an_unread_organizational_unit_is_not_a_unit_without_parents() {
    let condition = |scope: &str| {
        let text = format!(
            "@id(\"r0\") @title(\"t\") @severity(\"high\") @practice(\"4\") @message(\"m\")\n\
             forbid ({scope}, action == Action::\"configure\", resource is AWS::S3::Bucket) when {{ resource.replica }};"
        );
        let files = RuleFiles {
            stem: "r0".into(),
            file: "r0.cedar".into(),
            cedar: text,
            guide: None,
            tests: None,
            from_user: true,
        };
        load::check(&[files]).unwrap()
    };
    let view = bucket(vec![("replica", Seen::Known(Value::Bool(true)))]);
    let judged = |rules: &RuleSet, view: &View, circumstances: &Circumstances| {
        Judge::new(rules, circumstances).unwrap().judge(view, true).pop().unwrap().1.unwrap()
    };
    let in_unit = condition("principal in AWS::OrganizationalUnit::\"ou-prod\"");
    assert_eq!(judged(&in_unit, &view, &circumstances()), Verdict::Unknown);
    let mut known = circumstances();
    known.units.insert("111122223333".into(), Fact::known(vec!["ou-prod".to_owned(), "r-root".to_owned()]));
    assert_eq!(judged(&in_unit, &view, &known), Verdict::Fail);
    known.units.insert("111122223333".into(), Fact::absent());
    assert_eq!(judged(&in_unit, &view, &known), Verdict::Pass);

    let one_account = condition("principal == AWS::Account::\"111122223333\"");
    assert_eq!(judged(&one_account, &view, &circumstances()), Verdict::Fail);
    let mut other = view.clone();
    other.account = Some("444455556666".into());
    assert_eq!(judged(&one_account, &other, &circumstances()), Verdict::Pass);
    other.account = None;
    assert_eq!(judged(&one_account, &other, &circumstances()), Verdict::Unknown);

    let rules = condition("principal in AWS::OrganizationalUnit::\"ou-prod\"");
    let mut denied = circumstances();
    denied.units.insert("111122223333".into(), Fact::unknown("`organizations:ListParents` was denied in global"));
    let judge = Judge::new(&rules, &denied).unwrap();
    let reasons = judge.unknown_principal(&view).unwrap();
    assert_eq!(reasons.iter().next().unwrap().why, "`organizations:ListParents` was denied in global");
    assert_eq!(Judge::new(&rules, &known).unwrap().unknown_principal(&view), None);
}

#[test]
fn more_than_six_forks_in_one_rule_are_unknown() {
    let sections = ["objectLock.mode", "objectLock.retention", "protection.scheduledRpo", "protection.retention"];
    let more = ["protection.newestAge", "protection.newestCopyAge", "objective.longRetention", "versioning"];
    let has = |path: &&str| {
        let (owner, name) = path
            .rsplit_once('.')
            .map_or(("resource".to_owned(), *path), |(section, name)| (format!("resource.{section}"), name));
        format!("{owner} has {name}")
    };
    let condition =
        format!("unless {{ {} }}", sections[2..].iter().chain(&more).map(has).collect::<Vec<_>>().join(" && "));
    let protection = ["scheduledRpo", "retention", "newestAge", "newestCopyAge"].map(|name| (name, unknown())).to_vec();
    let view = |mut protection: Vec<(&'static str, Seen)>, versioning: Seen| {
        protection.push(("newestAgeLessGrace", unknown()));
        bucket(vec![
            ("protection", Seen::Known(section("Backstop::Protection", protection))),
            ("objective", Seen::Known(section("Backstop::Objective", vec![("longRetention", unknown())]))),
            ("versioning", versioning),
        ])
    };
    // Six forks, one known to be absent: all 64 worlds agree, since one conjunct is false in each.
    assert_eq!(verdict_of(&condition, &view(protection.clone(), Seen::Absent)), Ok(Verdict::Fail));
    let seven = condition.replace("unless {", "unless { resource.protection has newestAgeLessGrace &&");
    assert_eq!(verdict_of(&seven, &view(protection.clone(), unknown())), Ok(Verdict::Unknown));
    assert_eq!(verdict_of(&condition, &view(protection, text("Enabled"))), Ok(Verdict::Unknown));
}

/// Conditions over facts of every type, with both orders of operands, guards, sections and tags.
const CONDITIONS: [&str; 12] = [
    "when { resource has versioning && resource.versioning == \"Enabled\" }",
    "unless { resource has versioning && resource.versioning == \"Enabled\" }",
    "when { resource.mfaDelete || (resource.replica && !resource.backupBucket) }",
    "unless { resource.backupBucket && (resource.replica || resource.mfaDelete) }",
    "when { resource.objective.rpo < duration(\"12h\") && resource.objective.crossRegion }",
    "unless { resource.objective.crossRegion && resource.objective.rpo >= duration(\"12h\") }",
    "when { resource.protection has scheduledRpo && resource.protection.scheduledRpo > resource.objective.rpo }",
    "unless { resource.protection has scheduledRpo && resource.protection.scheduledRpo <= resource.objective.rpo }",
    "when { resource.hasTag(\"a\") && resource.getTag(\"a\") == \"x\" }",
    "unless { resource.hasTag(\"a\") || resource has versioning }",
    "when { if resource.mfaDelete then resource.replica else resource.backupBucket }",
    "when { resource.mfaDelete && principal in AWS::OrganizationalUnit::\"ou-prod\" }",
];

/// What each fact may be in the end. `None` is absence, where the schema allows it.
#[derive(Clone, Debug)]
struct Truth {
    versioning: Option<&'static str>,
    bools: [bool; 4],
    rpo: i64,
    scheduled: Option<i64>,
    tag: Option<&'static str>,
    in_unit: bool,
}

fn truth() -> impl Strategy<Value = Truth> {
    let word = prop_oneof![Just(None), Just(Some("Enabled")), Just(Some("Suspended"))];
    let tag = prop_oneof![Just(None), Just(Some("x")), Just(Some("y"))];
    (word, any::<[bool; 4]>(), 1i64..48, proptest::option::of(1i64..48), tag, any::<bool>()).prop_map(
        |(versioning, bools, rpo, scheduled, tag, in_unit)| Truth { versioning, bools, rpo, scheduled, tag, in_unit },
    )
}

/// The view of a truth in which the facts of `hidden` (a bit each) are unknown.
fn view(truth: &Truth, hidden: u32) -> (View, Circumstances) {
    let hide = |bit: u32, seen: Seen| if hidden & (1 << bit) != 0 { unknown() } else { seen };
    let bool_of = |index: usize| Seen::Known(Value::Bool(truth.bools[index]));
    let objective =
        section("Backstop::Objective", vec![("rpo", hide(1, hours(truth.rpo))), ("crossRegion", hide(2, bool_of(3)))]);
    let scheduled = truth.scheduled.map_or(Seen::Absent, hours);
    let protection = section("Backstop::Protection", vec![("scheduledRpo", hide(3, scheduled))]);
    let mut view = bucket(vec![
        ("versioning", hide(0, truth.versioning.map_or(Seen::Absent, text))),
        ("mfaDelete", hide(4, bool_of(0))),
        ("replica", hide(5, bool_of(1))),
        ("backupBucket", hide(6, bool_of(2))),
        ("objective", Seen::Known(objective)),
        ("protection", Seen::Known(protection)),
    ]);
    let value_hidden = hidden & (1 << 8) != 0;
    if let Some(tag) = truth.tag {
        let value = if value_hidden { Fact::unknown("a test") } else { Fact::known(tag.to_owned()) };
        view.tags.entries.insert("a".into(), value);
    }
    if hidden & (1 << 7) != 0 {
        view.tags = Tags::unread("a test");
    }
    let mut around = circumstances();
    if hidden & (1 << 9) == 0 {
        let units = if truth.in_unit { vec!["ou-prod".to_owned()] } else { Vec::new() };
        around.units.insert("111122223333".into(), Fact::known(units));
    }
    (view, around)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Whatever is hidden, a definite verdict is the one that the whole truth gives; and learning one more fact never
    /// overturns a Fail or a Pass.
    #[test]
    fn no_unknown_contradicts_a_verdict(truth in truth(), hidden in 0u32..1024, learnt in 0u32..10) {
        // One judge for all cases: what it remembers of one must be right for the others.
        thread_local!(static JUDGE: Judge<'static> = {
            let rules: &'static RuleSet = Box::leak(Box::new(rule_set(&CONDITIONS[..11])));
            Judge::new(rules, &circumstances()).unwrap()
        });
        let judged = |hidden: u32| {
            let (view, _) = view(&truth, hidden);
            let verdicts = JUDGE.with(|judge| judge.judge(&view, true));
            verdicts.into_iter().map(|(_, verdict)| verdict.unwrap()).collect::<Vec<_>>()
        };
        let (whole, some, more) = (judged(0), judged(hidden), judged(hidden & !(1 << learnt)));
        for (index, ((whole, some), more)) in whole.iter().zip(&some).zip(&more).enumerate() {
            prop_assert_ne!(*whole, Verdict::Unknown);
            if *some != Verdict::Unknown {
                prop_assert_eq!(some, whole, "rule {} with hidden {:b}", index, hidden);
                prop_assert_eq!(some, more, "rule {} learnt {}", index, learnt);
            }
        }
    }

    /// The same for rules that ask who the account is.
    #[test]
    fn an_unknown_unit_contradicts_no_verdict(truth in truth(), hidden in 0u32..1024) {
        thread_local!(static RULES: Arc<RuleSet> = Arc::new(rule_set(&CONDITIONS[11..])));
        let rules = RULES.with(Arc::clone);
        let judged = |hidden: u32| {
            let (view, around) = view(&truth, hidden);
            Judge::new(&rules, &around).unwrap().judge(&view, true).pop().unwrap().1.unwrap()
        };
        let (whole, some) = (judged(0), judged(hidden));
        prop_assert_eq!(whole == Verdict::Fail, truth.bools[0] && truth.in_unit);
        prop_assert!(some == Verdict::Unknown || some == whole);
    }
}

#[test]
fn reads_are_found_in_every_corner_of_a_condition() {
    let rules = rule_set(&[
        "when { resource.objective.rpo < duration(\"1h\") && resource has lifecycle.abortsUploads } \
                            unless { resource.hasTag(\"keep\") && context.recoveryRegions.contains(resource.region) }",
    ]);
    let reads: &reads::Reads = &rules.rules[0].reads;
    let paths: Vec<&str> = reads.paths.iter().map(String::as_str).collect();
    assert_eq!(paths, ["lifecycle.abortsUploads", "objective.rpo", "region"]);
    assert!(reads.tags.contains("keep") && !reads.principal && !reads.opaque);
    assert!(reads.touch("objective") && reads.touch("lifecycle") && !reads.touch("versioning"));
}
