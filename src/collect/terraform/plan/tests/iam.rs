//! Principals of IAM in plans.

use serde_json::{Value as Json, json};

use super::parts::of;
use super::*;
use crate::model::iam::Principal;

const ALL: &str = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const READ: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

fn role(all: &[Resource]) -> &Principal {
    let Facts::Role(role) = &named(all, "aws_iam_role.r").facts else { panic!("no role") };
    role
}

fn attached(all: &[Resource]) -> Vec<String> {
    let links = role(all).attached.value().unwrap();
    links.iter().map(|link| format!("{} {}", link.text.value().map_or("?", String::as_str), target(link))).collect()
}

/// A role that is made, with what its provider fills in still open.
fn made() -> Json {
    json!({
        "after": { "name": "r", "path": "/", "assume_role_policy": "{}" },
        "after_unknown": { "id": true, "arn": true, "inline_policy": true, "managed_policy_arns": true },
        "expressions": { "name": { "constant_value": "r" }, "assume_role_policy": { "constant_value": "{}" } },
    })
}

#[test]
fn what_is_made_is_joined_by_what_it_refers_to() {
    let all = of(json!({
        "aws_iam_role.r": made(),
        "aws_iam_policy.p": {
            "after": { "name": "p", "path": "/", "policy": ALL }, "after_unknown": { "id": true, "arn": true },
            "expressions": { "name": { "constant_value": "p" } },
        },
        "aws_iam_role_policy_attachment.a": {
            "after": { "role": "r" }, "after_unknown": { "id": true, "policy_arn": true },
            "expressions": {
                "role": { "references": ["aws_iam_role.r.name", "aws_iam_role.r"] },
                "policy_arn": { "references": ["aws_iam_policy.p.arn", "aws_iam_policy.p"] },
            },
        },
        "aws_iam_role_policy.i": {
            "after": { "name": "i", "policy": ALL }, "after_unknown": { "role": true },
            "expressions": {
                "role": { "references": ["aws_iam_role.r.id", "aws_iam_role.r"] },
                "name": { "constant_value": "i" },
            },
        },
    }));
    assert_eq!(attached(&all), ["? aws_iam_policy.p"]);
    let inline = role(&all).inline.value().unwrap();
    assert_eq!(inline.iter().map(|policy| &*policy.name).collect::<Vec<_>>(), ["i"]);
    assert_eq!(inline[0].document.value().unwrap(), ALL);
    assert!(role(&all).boundary.is_absent());
}

/// A role that is there, with what the provider read of it.
fn there() -> Json {
    json!({
        "actions": ["no-op"],
        "after": {
            "name": "r", "path": "/", "id": "r", "arn": "arn:aws:iam::111122223333:role/r", "assume_role_policy": "{}",
            "inline_policy": [{ "name": "old", "policy": ALL }], "managed_policy_arns": [READ],
        },
        "after_unknown": {},
        "expressions": { "name": { "constant_value": "r" } },
    })
}

#[test]
fn what_the_provider_read_is_left_to_the_resources_that_set_it() {
    let all = of(json!({ "aws_iam_role.r": there() }));
    assert_eq!(attached(&all), [format!("{READ} -")]);
    assert_eq!(role(&all).inline.value().unwrap().len(), 1);
    assert_eq!(named(&all, "aws_iam_role.r").id.account.as_deref(), Some("111122223333"));
    let all = of(json!({
        "aws_iam_role.r": there(),
        "aws_iam_role_policy.i": {
            "actions": ["delete"], "before": { "role": "r", "name": "old", "policy": ALL }, "after": null,
            "expressions": {},
        },
        "aws_iam_policy_attachment.a": {
            "after": { "roles": ["r"], "policy_arn": "arn:aws:iam::111122223333:policy/new", "name": "a" },
            "after_unknown": {}, "expressions": {},
        },
    }));
    assert_eq!(role(&all).inline.value().unwrap().len(), 0, "it is taken away");
    assert_eq!(attached(&all), ["arn:aws:iam::111122223333:policy/new -"]);
}
