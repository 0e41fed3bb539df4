//! How well a recovery account is guarded.

use super::*;
use crate::model::derived::RecoveryAccount;
use crate::model::trail::Trail;

fn settings() -> Settings {
    Settings { recovery_accounts: vec![ACCOUNT.to_owned()], ..Settings::default() }
}

fn section(snapshot: &Snapshot, settings: &Settings) -> Fact<RecoveryAccount> {
    let subjects = derive(snapshot, settings, Some(now()));
    let own = subjects.into_iter().find(|subject| matches!(subject.resource.facts, Facts::Account(_))).unwrap();
    match own.derived {
        Derived::Account(derived) => derived.recovery,
        other => panic!("{other:?}"),
    }
}

/// An account with a vault and this in it, whose users and roles were listed.
fn whole(more: Vec<Resource>) -> Snapshot {
    let mut snapshot = with_vault(more);
    for kind in ["AWS::IAM::Role", "AWS::IAM::User"] {
        snapshot.listed.insert(listing(kind, "global", None));
    }
    snapshot
}

/// Of an account with this in it.
fn with(more: Vec<Resource>) -> RecoveryAccount {
    let snapshot = whole(more.into_iter().chain([region()]).collect());
    section(&snapshot, &settings()).value().unwrap().clone()
}

fn region() -> Resource {
    let nothing = || Fact::known(std::collections::BTreeMap::new());
    let facts = crate::model::account::Region { backup_opt_in: nothing(), backup_full_management: nothing() };
    live(HOME, "AWS::Region", HOME, HOME, Facts::Region(Box::new(facts)))
}

#[test]
fn only_an_account_that_the_settings_name_is_one() {
    let snapshot = whole(vec![region()]);
    assert!(section(&snapshot, &Settings::default()).is_absent());
    let other = Settings { recovery_accounts: vec![OTHER_ACCOUNT.to_owned()], ..Settings::default() };
    assert!(section(&snapshot, &other).is_absent());
    assert!(section(&snapshot, &settings()).value().is_some());
}

#[test]
fn whoever_destroys_backups_or_comes_to_it_must_be_an_administrator() {
    let alone = with(vec![user("ann", &allow("backup:List*", "*"))]);
    assert!(alone.only_administrators.is_true() && told(&alone.strangers).is_empty());
    let two = with(vec![user("ann", DELETE), user("bob", &allow("iam:CreateAccessKey", &arn("user", "ann")))]);
    assert!(two.only_administrators.is_false());
    assert_eq!(told(&two.strangers), ["user ann", "user bob"]);
    let snapshot = whole(vec![region(), user("ann", DELETE)]);
    let named = Settings { backup_administrators: Some(vec![Holder::Arn(arn("user", "ann"))]), ..settings() };
    assert!(section(&snapshot, &named).value().unwrap().only_administrators.is_true());
    let many = with((10..25).map(|number| user(&format!("u{number}"), DELETE)).collect());
    assert_eq!(told(&many.strangers).len(), 11);
    assert_eq!(told(&many.strangers).last().unwrap(), "5 more");
}

#[test]
fn users_that_were_not_listed_may_be_strangers() {
    let mut snapshot = whole(vec![region(), user("ann", "")]);
    snapshot.listed.retain(|listing| &*listing.kind != "AWS::IAM::User");
    assert!(section(&snapshot, &settings()).value().unwrap().only_administrators.is_unknown());
    snapshot.resources.push(user("eve", DELETE));
    assert!(section(&snapshot, &settings()).value().unwrap().only_administrators.is_false(), "one is enough");
}

#[test]
fn a_trail_counts_that_logs_writings_in_all_regions_and_delivers() {
    assert!(with(Vec::new()).logged.is_false());
    let beside = |change: &dyn Fn(&mut Trail)| {
        let mut facts = trail_facts(&[]);
        change(&mut facts);
        with(vec![trail_of(AWAY, facts)]).logged
    };
    assert!(beside(&|_| {}).is_true(), "wherever its home is");
    assert!(beside(&|trail| trail.organization = Fact::known(true)).is_true());
    assert!(beside(&|trail| trail.management_events = known("WriteOnly")).is_true());
    assert!(beside(&|trail| trail.multi_region = Fact::known(false)).is_false());
    assert!(beside(&|trail| trail.logging = Fact::known(false)).is_false());
    assert!(beside(&|trail| trail.delivery_error = known("AccessDenied")).is_false());
    assert!(beside(&|trail| trail.management_events = Fact::absent()).is_false());
    assert!(beside(&|trail| trail.management_events = known("ReadOnly")).is_false());
    assert!(beside(&|trail| trail.management_events = Fact::unknown("denied")).is_unknown());
    assert!(beside(&|trail| trail.logging = Fact::unknown("denied")).is_unknown());
}

#[test]
fn one_region_whose_trails_were_listed_shows_that_there_is_none_of_all_regions() {
    let mut snapshot = whole(vec![region()]);
    assert!(section(&snapshot, &settings()).value().unwrap().logged.is_false());
    snapshot.listed.retain(|listing| &*listing.kind != "AWS::CloudTrail::Trail");
    assert!(section(&snapshot, &settings()).value().unwrap().logged.is_unknown());
    let bare = whole(Vec::new());
    assert!(section(&bare, &settings()).value().unwrap().logged.is_unknown(), "no Region was read");
}
