//! What a requester can bring about by the parameters of a call.

use crate::iam::{Ability, Answer, Context};

use super::estate::{ALL, Estate, KEY, ROLE, USER, VAULT};

fn can(estate: &mut Estate, action: &str, arn: &str) -> Ability {
    estate.context = Context::open();
    estate.ask(action, arn, |request, layers| estate.library.can(request, layers))
}

fn chosen(ability: &Ability) -> Vec<(&str, Option<&str>)> {
    ability.choices.iter().map(|choice| (&*choice.key, choice.value.as_deref())).collect()
}

#[test]
fn the_value_that_a_condition_asks_for_is_chosen() {
    let pass = r#"{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
        "Condition": {"StringEquals": {"iam:PassedToService": "states.amazonaws.com"}}}"#;
    let ability = can(&mut Estate::new(USER).identity(pass), "iam:PassRole", ROLE);
    assert_eq!(ability.decision.answer, Answer::Yes);
    assert_eq!(chosen(&ability), [("iam:passedtoservice", Some("states.amazonaws.com"))]);
}

#[test]
fn a_denial_of_some_values_is_avoided_if_others_are_allowed_by_the_call() {
    let deny = |days: u32| {
        format!(
            r#"{ALL}, {{"Effect": "Deny", "Action": "kms:ScheduleKeyDeletion", "Resource": "*",
                "Condition": {{"NumericLessThan": {{"kms:ScheduleKeyDeletionPendingWindowInDays": "{days}"}}}}}}"#
        )
    };
    let root = r#"{"AWS": "111122223333"}"#;
    let ability = can(&mut Estate::new(USER).identity(&deny(30)).allowing(root), "kms:ScheduleKeyDeletion", KEY);
    assert_eq!(chosen(&ability), [("kms:schedulekeydeletionpendingwindowindays", Some("30"))]);
    let never = can(&mut Estate::new(USER).identity(&deny(31)).allowing(root), "kms:ScheduleKeyDeletion", KEY);
    assert_eq!(
        (never.decision.answer, never.choices.len()),
        (Answer::Conditional, 0),
        "no window is longer than 30 days"
    );
}

#[test]
fn an_optional_parameter_is_left_out() {
    let lock = r#"{"Effect": "Allow", "Action": "backup:*", "Resource": "*",
        "Condition": {"Null": {"backup:ChangeableForDays": "true"}}}"#;
    let ability = can(&mut Estate::new(USER).identity(lock), "backup:PutBackupVaultLockConfiguration", VAULT);
    assert_eq!(ability.decision.answer, Answer::Yes);
    assert_eq!(chosen(&ability), [("backup:changeablefordays", None)]);
}

#[test]
fn a_parameter_of_another_call_and_the_circumstances_are_not_chosen() {
    let allow = |key: &str, value: &str| {
        format!(
            r#"{{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {{"StringEquals": {{"{key}": "{value}"}}}}}}"#
        )
    };
    for (key, value) in [("iam:PassedToService", "backup.amazonaws.com"), ("aws:SourceVpce", "vpce-1"), ("x:Y", "z")] {
        let ability = can(&mut Estate::new(USER).identity(&allow(key, value)), "backup:DeleteBackupVault", VAULT);
        assert_eq!((ability.decision.answer, ability.choices.len()), (Answer::Conditional, 0), "{key}");
    }
}

#[test]
fn a_choice_that_leaves_only_the_circumstances_is_taken() {
    let pass = r#"{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition":
        {"StringLike": {"iam:PassedToService": "*.amazonaws.com"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}}"#;
    let ability = can(&mut Estate::new(USER).identity(pass), "iam:PassRole", ROLE);
    assert_eq!(ability.decision.answer, Answer::Conditional);
    let keys: Vec<&str> = ability.decision.residuals().iter().map(|residual| &*residual.key).collect();
    assert_eq!(keys, ["aws:MultiFactorAuthPresent"]);
    assert_eq!(chosen(&ability), [("iam:passedtoservice", Some("ec2.amazonaws.com"))]);
}

#[test]
fn tags_are_left_out_of_calls_that_do_not_tag() {
    let tagged = r#"{"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": "team"}, "Null": {"aws:RequestTag/x": "true"}}}"#;
    let ability = can(&mut Estate::new(USER).identity(tagged), "backup:DeleteBackupVault", VAULT);
    assert_eq!(ability.decision.answer, Answer::Yes);
    assert_eq!(chosen(&ability), [("aws:tagkeys", None), ("aws:requesttag/x", None)]);
    let untag = can(&mut Estate::new(USER).identity(tagged), "backup:UntagResource", VAULT);
    assert_eq!(untag.decision.answer, Answer::Conditional, "whether it takes `aws:RequestTag` is not said");
    let only = r#"{"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": "team"}}}"#;
    let untag = can(&mut Estate::new(USER).identity(only), "backup:UntagResource", VAULT);
    assert_eq!(chosen(&untag), [("aws:tagkeys", Some("team"))]);
}
