//! Ways round to the backups that change what somebody may do: one change after another, and somebody new.

use super::access::*;
use super::access_ways::{attaches, escalates, group, surely};
use super::build::*;
use crate::model::fact::Fact;
use crate::model::iam::Principal;
use crate::model::resource::{Facts, Resource};
use crate::model::snapshot::Snapshot;

const DENY: &str = r#"{"Effect": "Deny", "Action": "backup:*", "Resource": "*"}"#;

fn all(actions: &[&str]) -> String {
    actions.iter().map(|action| allow(action, "*")).collect::<Vec<_>>().join(", ")
}

fn denying(name: &str, actions: &str) -> Resource {
    managed(name, &format!(r#"{{"Effect": "Deny", "Action": {actions}, "Resource": "*"}}"#))
}

/// The user ann with these statements and these policies of the customer's own.
fn ann(own: &str, attached: &[&str], more: Vec<Resource>) -> Snapshot {
    let arns: Vec<String> = attached.iter().map(|name| arn("policy", name)).collect();
    let arns: Vec<&str> = arns.iter().map(String::as_str).collect();
    with_vault(more.into_iter().chain([user_of("ann", attaches(facts(own), &arns))]).collect())
}

fn found(snapshot: &Snapshot) -> Option<bool> {
    escalates(snapshot, "ann").0
}

#[test]
fn what_somebody_writes_for_themselves_takes_away_what_holds_them() {
    let own = allow("iam:PutUserPolicy", &arn("user", "ann"));
    let with = |denied: &str| ann(&own, &["deny"], vec![denying("deny", denied)]);
    let snapshot = with(r#""backup:*""#);
    surely(&snapshot, "ann");
    assert_eq!(
        escalates(&snapshot, "ann").1,
        [
            "iam:PutUserPolicy on itself, user ann (own, statement 1), then iam:DetachUserPolicy on itself, user ann, which takes away deny",
        ]
    );
    assert_eq!(found(&with(r#"["backup:*", "iam:*"]"#)), Some(false), "the denial keeps itself");
    let detached = r#"["backup:*", "iam:PutUserPolicy", "iam:CreatePolicyVersion"]"#;
    let own = allow("iam:DetachUserPolicy", "*");
    let snapshot =
        ann(&format!("{own}, {}", allow("iam:PutUserPolicy", "*")), &["deny"], vec![denying("deny", detached)]);
    surely(&snapshot, "ann");
}

#[test]
fn a_boundary_that_lets_itself_be_taken_away_holds_nobody_who_writes_their_own_policies() {
    let bounded = |boundary: &str| {
        let bounds = Fact::known(link(&arn("policy", "boundary")));
        let facts = Principal { boundary: bounds, ..facts(&allow("iam:PutUserPolicy", "*")) };
        with_vault(vec![managed("boundary", boundary), user_of("ann", facts)])
    };
    surely(&bounded(&format!("{}, {DENY}", allow("*", "*"))), "ann");
    let keeps = r#"{"Effect": "Deny", "Action": ["iam:*PermissionsBoundary", "iam:*PolicyVersion", "iam:Create*", "iam:UpdateLoginProfile"], "Resource": "*"}"#;
    assert_eq!(found(&bounded(&format!("{}, {DENY}, {keeps}", allow("*", "*")))), Some(false));
}

#[test]
fn a_role_that_is_become_takes_away_what_holds_it() {
    let write = allow("iam:PutRolePolicy", &arn("role", "idle"));
    let mut idle = role("idle", &format!(r#"{{"AWS": "{}"}}"#, arn("user", "ann")), "");
    if let Facts::Role(facts) = &mut idle.facts {
        facts.boundary = Fact::known(link(&arn("policy", "boundary")));
    }
    let boundary = managed("boundary", &format!("{}, {DENY}", allow("*", "*")));
    let snapshot = with_vault(vec![boundary, idle, user("ann", &write)]);
    surely(&snapshot, "ann");
    assert_eq!(
        escalates(&snapshot, "ann").1,
        [
            "1. iam:PutRolePolicy on role idle (own, statement 1)",
            "2. sts:AssumeRole of role idle",
            "3. iam:DeleteRolePermissionsBoundary on itself, role idle",
        ]
    );
}

#[test]
fn several_denials_are_taken_away_one_after_the_other() {
    let own = format!("{DELETE}, {}", allow("iam:DetachUserPolicy", "*"));
    surely(&ann(&own, &["a", "b"], vec![managed("a", DENY), managed("b", DENY)]), "ann");
    let keeps = denying("b", r#"["iam:DetachUserPolicy", "backup:*"]"#);
    assert_eq!(found(&ann(&own, &["a", "b"], vec![managed("a", DENY), keeps])), Some(false));
}

#[test]
fn whoever_leaves_a_group_loses_what_it_allows_too() {
    let of = |own: &str, of_group: &str| {
        let member = Principal { groups: Fact::known(vec![link("ops")]), ..facts(own) };
        let mut ops = group("ops", of_group);
        if let Facts::Group(facts) = &mut ops.facts {
            facts.attached = Fact::known(vec![link(&arn("policy", "deny"))]);
        }
        with_vault(vec![managed("deny", DENY), ops, user_of("ann", member)])
    };
    let leave = allow("iam:RemoveUserFromGroup", "*");
    assert_eq!(found(&of(&leave, DELETE)), Some(false), "the right is the group's");
    surely(&of(&format!("{leave}, {DELETE}"), ""), "ann");
    surely(&of(&allow("iam:DetachGroupPolicy", "*"), DELETE), "ann");
}

#[test]
fn whoever_joins_a_group_that_writes_policies_writes_their_own() {
    let join = allow("iam:AddUserToGroup", &arn("group", "people"));
    let with = |of_group: &str| with_vault(vec![group("people", of_group), user("ann", &join)]);
    surely(&with(&allow("iam:PutUserPolicy", "*")), "ann");
    surely(&with(&format!("{}, {DENY}", allow("iam:*", "*"))), "ann");
    assert_eq!(found(&with(&allow("iam:List*", "*"))), Some(false));
}

#[test]
fn whoever_makes_a_role_and_writes_its_policies_becomes_whatever_they_want() {
    let of = |actions: &[&str], on: &str| {
        let own = actions.iter().map(|action| allow(action, on)).collect::<Vec<_>>().join(", ");
        with_vault(vec![user("ann", &own)])
    };
    let snapshot = of(&["iam:CreateRole", "iam:PutRolePolicy"], &arn("role", "app-*"));
    surely(&snapshot, "ann");
    assert_eq!(
        escalates(&snapshot, "ann").1,
        ["iam:CreateRole, then iam:PutRolePolicy for a new role (own, statement 1), then sts:AssumeRole of it"]
    );
    surely(&of(&["iam:CreateRole", "iam:AttachRolePolicy"], "*"), "ann");
    assert_eq!(found(&of(&["iam:CreateRole"], "*")), Some(false), "it may nothing");
    surely(&of(&["iam:CreateUser", "iam:AttachUserPolicy", "iam:CreateAccessKey"], "*"), "ann");
    let new = arn("user", "new-*");
    assert_eq!(found(&of(&["iam:CreateUser", "iam:AttachUserPolicy"], &new)), Some(false), "it has no credentials");
    surely(&of(&["iam:CreateGroup", "iam:PutGroupPolicy", "iam:AddUserToGroup"], "*"), "ann");
    let apart = format!(
        "{}, {}",
        allow("iam:CreateRole", &arn("role", "a-*")),
        allow("iam:PutRolePolicy", &arn("role", "b-*"))
    );
    assert_ne!(found(&with_vault(vec![user("ann", &apart)])), Some(true), "no role has both names");
}

#[test]
fn nobody_makes_a_role_that_is_there_already() {
    let own = ["iam:CreateRole", "iam:PutRolePolicy"].map(|action| allow(action, &arn("role", "app"))).join(", ");
    surely(&with_vault(vec![user("ann", &own)]), "ann");
    let there = role("app", r#"{"Service": "backup.amazonaws.com"}"#, "");
    assert_ne!(found(&with_vault(vec![there, user("ann", &own)])), Some(true), "it would have to go first");
}

#[test]
fn somebody_new_is_held_by_the_boundary_that_they_must_have() {
    let boundary = arn("policy", "boundary");
    let makes = format!(
        r#"{{"Effect": "Allow", "Action": ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"], "Resource": "*", "Condition": {{"StringEquals": {{"iam:PermissionsBoundary": "{boundary}"}}}}}}"#
    );
    let with = |text: &str| {
        let bounded = Principal { boundary: Fact::known(link(&boundary)), ..facts("") };
        with_vault(vec![managed("boundary", text), user_of("bob", bounded), user("ann", &makes)])
    };
    assert_eq!(found(&with(&allow("s3:ListBucket", "*"))), Some(false));
    surely(&with(&allow("backup:*", "*")), "ann");
    assert_ne!(found(&with_vault(vec![user("ann", &makes)])), Some(false), "the boundary was not read");
}

#[test]
fn a_boundary_that_lets_roles_be_made_holds_nobody() {
    let keeps = r#"{"Effect": "Deny", "Action": ["iam:*Boundary", "iam:*Version"], "Resource": "*"}"#;
    let boundary = managed("boundary", &format!("{}, {DENY}, {keeps}", allow("*", "*")));
    let bounded = |own: &str| Principal { boundary: Fact::known(link(&arn("policy", "boundary"))), ..facts(own) };
    let snapshot = with_vault(vec![boundary, user_of("ann", bounded(&allow("iam:PutUserPolicy", "*")))]);
    assert_eq!(
        escalates(&snapshot, "ann"),
        (
            Some(true),
            vec![
                "iam:PutUserPolicy on itself, user ann (own, statement 1), then iam:CreateRole, then iam:PutRolePolicy for a new role, then sts:AssumeRole of it"
                    .to_owned()
            ]
        )
    );
}

#[test]
fn a_delegated_administrator_of_the_user_guide_is_held_by_the_boundary() {
    let boundary = arn("policy", "delegated");
    let change = format!(
        r#"{{"Effect": "Allow", "Action": ["iam:CreateUser", "iam:DeleteUserPolicy", "iam:AttachUserPolicy", "iam:DetachUserPolicy", "iam:PutUserPermissionsBoundary", "iam:PutUserPolicy"], "Resource": "*", "Condition": {{"StringEquals": {{"iam:PermissionsBoundary": "{}"}}}}}}"#,
        arn("policy", "company")
    );
    let manage = r#"{"Effect": "Allow", "Action": ["iam:CreateGroup", "iam:CreateLoginProfile", "iam:CreateAccessKey", "iam:CreatePolicy", "iam:DeleteGroup", "iam:UpdateUser", "iam:AttachGroupPolicy", "iam:PutGroupPolicy"], "NotResource": "arn:aws:iam::111122223333:user/zhang"}"#;
    let keep = format!(
        r#"{{"Effect": "Deny", "Action": ["iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:SetDefaultPolicyVersion"], "Resource": ["{}", "{boundary}"]}}, {{"Effect": "Deny", "Action": "iam:DeleteUserPermissionsBoundary", "Resource": "*"}}"#,
        arn("policy", "company")
    );
    let of = |company: &str| {
        let zhang = Principal { boundary: Fact::known(link(&boundary)), ..facts(&allow("iam:*", "*")) };
        let bounded = Principal { boundary: Fact::known(link(&arn("policy", "company"))), ..facts("") };
        with_vault(vec![
            managed("company", company),
            managed("delegated", &format!("{change}, {manage}, {keep}")),
            user_of("zhang", zhang),
            user_of("bob", bounded),
        ])
    };
    assert_eq!(escalates(&of(&allow("s3:*", "*")), "zhang").0, Some(false));
    surely(&of(&allow("backup:*", "*")), "zhang");
}

#[test]
fn what_may_be_attached_beside_all_rights_may_be_enough() {
    let attach = |policy: &str| {
        format!(
            r#"{{"Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": "*", "Condition": {{"ArnLike": {{"iam:PolicyARN": "{policy}"}}}}}}"#
        )
    };
    let of = |policy: &str| found(&with_vault(vec![user("ann", &attach(policy))]));
    assert_eq!(of("arn:aws:iam::aws:policy/AWSBackupFullAccess"), None);
    assert_eq!(of("arn:aws:iam::111122223333:policy/app-*"), None);
    assert_eq!(of("arn:aws:iam::aws:policy/*"), Some(true));
}

#[test]
fn a_boundary_may_be_changed_for_another_than_all_rights() {
    let put = format!(
        r#"{{"Effect": "Allow", "Action": "iam:PutUserPermissionsBoundary", "Resource": "*", "Condition": {{"ArnLike": {{"iam:PermissionsBoundary": "{}"}}}}}}"#,
        arn("policy", "boundaries/*")
    );
    let boundary = managed("boundary", &format!("{}, {DENY}", allow("*", "*")));
    let facts =
        Principal { boundary: Fact::known(link(&arn("policy", "boundary"))), ..facts(&format!("{DELETE}, {put}")) };
    assert_eq!(found(&with_vault(vec![boundary, user_of("ann", facts)])), None);
}

#[test]
fn a_group_is_changed_without_a_word_of_the_members_boundary() {
    // `iam:RemoveUserFromGroup` knows no `iam:PermissionsBoundary`.
    let leave = format!(
        r#"{{"Effect": "Allow", "Action": "iam:*", "Resource": "arn:aws:iam::111122223333:group/*", "Condition": {{"StringEquals": {{"iam:PermissionsBoundary": "{}"}}}}}}"#,
        arn("policy", "boundary")
    );
    let member = Principal {
        groups: Fact::known(vec![link("ops")]),
        boundary: Fact::known(link(&arn("policy", "boundary"))),
        ..facts(&format!("{DELETE}, {leave}"))
    };
    let boundary = managed("boundary", &all(&["backup:*", "iam:*Group*"]));
    assert_eq!(found(&with_vault(vec![boundary, group("ops", DENY), user_of("ann", member)])), Some(false));
}

#[test]
fn whoever_changes_their_own_tags_may_be_somebody_that_policies_mean() {
    let by_tag = r#"{"Effect": "Allow", "Action": "backup:DeleteRecoveryPoint", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/duty": "backup"}}}"#;
    let of = |more: &str| {
        let user = tagged(user("ann", &format!("{by_tag}{more}")), "duty", known("other"));
        found(&with_vault(vec![user]))
    };
    assert_eq!(of(""), Some(false));
    assert_eq!(of(&format!(", {}", allow("iam:TagUser", "*"))), None);
}

#[test]
fn another_version_of_a_policy_of_ones_own_may_allow_more() {
    let switch = allow("iam:SetDefaultPolicyVersion", &arn("policy", "own"));
    let snapshot = ann("", &["own"], vec![managed("own", &switch)]);
    assert_eq!(found(&snapshot), None, "its other versions were not read");
    assert_eq!(found(&ann(&switch, &[], vec![])), Some(false), "it does not have the policy");
}

#[test]
fn denials_of_which_each_keeps_the_next_fall_one_after_the_other() {
    const LAST: usize = 7;
    let keeps = |number: usize| {
        let next = arn("policy", &format!("d{}", number + 1));
        let condition = format!(r#"{{"ArnEquals": {{"iam:PolicyARN": "{next}"}}}}"#);
        let text = format!(
            r#"{{"Effect": "Deny", "Action": "iam:DetachUserPolicy", "Resource": "*", "Condition": {condition}}}"#
        );
        managed(&format!("d{number}"), if number == LAST { DENY } else { &text })
    };
    let names: Vec<String> = (0..=LAST).map(|number| format!("d{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let own = format!("{DELETE}, {}", allow("iam:DetachUserPolicy", "*"));
    let snapshot = ann(&own, &names, (0..=LAST).map(keeps).collect());
    surely(&snapshot, "ann");
    let first = format!(
        r#"{own}, {{"Effect": "Deny", "Action": "iam:DetachUserPolicy", "Resource": "*", "Condition": {{"ArnEquals": {{"iam:PolicyARN": "{}"}}}}}}"#,
        arn("policy", "d0")
    );
    let kept = ann(&first, &names, (0..=LAST).map(keeps).collect());
    assert_eq!(found(&kept), Some(false), "the first is kept, and so are all");
}
