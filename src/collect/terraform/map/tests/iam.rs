use super::*;
use crate::model::iam::{HOLE, NamedPolicy, Principal};
use crate::model::resource::Link;

fn principal<'a>(all: &'a [Resource], address: &str) -> &'a Principal {
    match &named(all, address).facts {
        Facts::User(principal) | Facts::Group(principal) | Facts::Role(principal) => principal,
        other => panic!("no principal: {other:?}"),
    }
}

fn inline<'a>(all: &'a [Resource], address: &str) -> &'a [NamedPolicy] {
    principal(all, address).inline.value().unwrap()
}

fn names(all: &[Resource], address: &str) -> Vec<String> {
    inline(all, address).iter().map(|policy| policy.name.clone()).collect()
}

/// Each as its text, `?` where that is not known, with its target.
fn shown(links: &Fact<Vec<Link>>) -> Vec<String> {
    let show = |link: &Link| {
        let text = link.text.value().map_or("?", String::as_str);
        link.target.as_ref().map_or_else(|| text.to_owned(), |target| format!("{text} -> {}", target.id))
    };
    links.value().unwrap().iter().map(show).collect()
}

const ALL: &str = r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
const READ: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

fn reference(text: &str) -> Json {
    json!({ "$": text })
}

#[test]
fn a_role_has_what_its_block_says() {
    let all = mapped(json!({
        "aws_iam_role.r": {
            "name": "restore", "path": "/ops/", "assume_role_policy": "{}",
            "permissions_boundary": reference("aws_iam_policy.p.arn"),
            "managed_policy_arns": [READ, reference("aws_iam_policy.p.arn")],
            "inline_policy": [{ "name": "b", "policy": ALL }, { "name": "a", "policy": ALL }, {}],
        },
        "aws_iam_policy.p": { "name": "limits", "policy": ALL },
        "aws_iam_role.bare": { "name_prefix": "x-" },
    }));
    let role = principal(&all, "aws_iam_role.r");
    assert_eq!(role.name.value().unwrap(), "restore");
    assert_eq!((role.path.value().unwrap().as_str(), role.trust.value().unwrap().as_str()), ("/ops/", "{}"));
    assert_eq!(&*role.boundary.value().unwrap().target.as_ref().unwrap().id, "aws_iam_policy.p");
    assert_eq!(shown(&role.attached), [READ, "? -> aws_iam_policy.p"]);
    assert_eq!(names(&all, "aws_iam_role.r"), ["a", "b"]);
    assert!(role.groups.is_absent());
    assert_eq!(named(&all, "aws_iam_role.r").id.region.as_deref(), Some("global"));
    let bare = principal(&all, "aws_iam_role.bare");
    assert!(bare.name.is_unknown() && bare.boundary.is_absent());
    assert_eq!(bare.path.value().unwrap(), "/");
    assert_eq!((bare.inline.value().unwrap().len(), bare.attached.value().unwrap().len()), (0, 0));
    let Facts::ManagedPolicy(policy) = &named(&all, "aws_iam_policy.p").facts else { panic!("no policy") };
    assert_eq!((policy.document.value().unwrap().as_str(), policy.path.value().unwrap().as_str()), (ALL, "/"));
}

#[test]
fn policies_are_joined_by_reference_and_by_name() {
    let all = mapped(json!({
        "aws_iam_role.r": {},
        "aws_iam_role.named": { "name": "restore" },
        "aws_iam_user.u": { "name": "ann" },
        "aws_iam_group.g": { "name": "hands" },
        "aws_iam_policy.p": { "name": "p", "policy": ALL },
        "aws_iam_role_policy.a": { "role": reference("aws_iam_role.r.id"), "name": "a", "policy": ALL },
        "aws_iam_role_policy.b": { "role": "restore", "name_prefix": "b-", "policy": ALL },
        "aws_iam_role_policy.c": { "role": "elsewhere", "name": "c", "policy": ALL },
        "aws_iam_user_policy.a": { "user": reference("aws_iam_user.u.name"), "name": "a", "policy": ALL },
        "aws_iam_group_policy.a": { "group": "hands", "name": "a", "policy": ALL },
        "aws_iam_role_policy_attachment.a": { "role": "restore", "policy_arn": READ },
        "aws_iam_role_policy_attachments_exclusive.a": {
            "role_name": "restore", "policy_arns": [READ, reference("aws_iam_policy.p.arn")],
        },
        "aws_iam_user_policy_attachment.a": { "user": "ann", "policy_arn": reference("aws_iam_policy.p.arn") },
        "aws_iam_group_policy_attachment.a": { "group": "hands", "policy_arn": READ },
    }));
    assert_eq!(names(&all, "aws_iam_role.r"), ["a"]);
    assert_eq!(names(&all, "aws_iam_role.named"), [format!("b-{HOLE}")]);
    assert_eq!(names(&all, "aws_iam_user.u"), ["a"]);
    assert_eq!(names(&all, "aws_iam_group.g"), ["a"]);
    assert_eq!(shown(&principal(&all, "aws_iam_role.named").attached), [READ, "? -> aws_iam_policy.p"]);
    assert_eq!(shown(&principal(&all, "aws_iam_user.u").attached), ["? -> aws_iam_policy.p"]);
    assert_eq!(shown(&principal(&all, "aws_iam_group.g").attached), [READ]);
    assert_eq!(place(&inline(&all, "aws_iam_role.r")[0].document), "aws_iam_role_policy.a/policy");
}

#[test]
fn one_attachment_may_name_many_and_a_user_be_in_many_groups() {
    let all = mapped(json!({
        "aws_iam_role.r[0]": { "name": "r0" },
        "aws_iam_role.r[1]": { "name": "r1" },
        "aws_iam_user.u": { "name": "ann" },
        "aws_iam_user.v": { "name": "bob" },
        "aws_iam_group.g": {},
        "aws_iam_policy_attachment.a": {
            "policy_arn": READ, "roles": ["r0", reference("aws_iam_role.r[0].name")], "users": ["ann"],
        },
        "aws_iam_user_group_membership.m": {
            "user": "ann", "groups": [reference("aws_iam_group.g.name"), "others"],
        },
        "aws_iam_group_membership.m": { "group": "hands", "users": [reference("aws_iam_user.u.name"), "bob"] },
    }));
    assert_eq!(shown(&principal(&all, "aws_iam_role.r[0]").attached), [READ]);
    assert_eq!(shown(&principal(&all, "aws_iam_role.r[1]").attached), [""; 0]);
    assert_eq!(shown(&principal(&all, "aws_iam_user.u").attached), [READ]);
    assert_eq!(shown(&principal(&all, "aws_iam_group.g").attached), [""; 0]);
    assert_eq!(shown(&principal(&all, "aws_iam_user.u").groups), ["hands", "others", "? -> aws_iam_group.g"]);
    assert_eq!(shown(&principal(&all, "aws_iam_user.v").groups), ["hands"]);
}

#[test]
fn instances_of_attachments_are_joined_each_to_its_own() {
    let all = mapped(json!({
        "aws_iam_role.r[\"a\"]": {},
        "aws_iam_role.r[\"b\"]": {},
        "aws_iam_role_policy_attachment.x[\"a\"]": { "role": reference("aws_iam_role.r[\"a\"].name"), "policy_arn": READ },
        "aws_iam_role_policy.x[1]": { "role": reference("aws_iam_role.r[\"b\"].name"), "name": "p", "policy": ALL },
    }));
    assert_eq!(shown(&principal(&all, "aws_iam_role.r[\"a\"]").attached), [READ]);
    assert_eq!(shown(&principal(&all, "aws_iam_role.r[\"b\"]").attached), [""; 0]);
    assert_eq!(names(&all, "aws_iam_role.r[\"a\"]"), [""; 0]);
    assert_eq!(names(&all, "aws_iam_role.r[\"b\"]"), ["p"]);
}

#[test]
fn what_may_be_attached_is_a_policy_that_may_allow_nothing() {
    let maybe = [
        json!({ "role": { "?": "variable `x`" }, "name": "p", "policy": ALL, "policy_arn": READ }),
        json!({ "role": { "?": "variable `x`", "yes": "r", "no": "s" }, "name": "p", "policy": ALL, "policy_arn": READ }),
        json!({ "exists": null, "role": "r", "name": "p", "policy": ALL, "policy_arn": READ }),
    ];
    for body in maybe {
        let all = mapped(json!({
            "aws_iam_role.r": { "name": "r" },
            "aws_iam_role_policy.p": body.clone(),
            "aws_iam_role_policy_attachment.p": body.clone(),
        }));
        let document = inline(&all, "aws_iam_role.r")[0].document.value().unwrap();
        let document: Json = serde_json::from_str(document).unwrap();
        assert_eq!(document["Statement"][0]["Condition"], json!({ "Fn::Unknown": [] }), "{body}");
        assert_eq!(shown(&principal(&all, "aws_iam_role.r").attached), ["?"], "{body}");
    }
}

#[test]
fn what_was_not_seen_may_attach_more() {
    let mut root = root(json!({ "aws_iam_role.r": { "inline_policy": [{ "name": "p", "policy": ALL }] } }));
    root.gaps.push(broken("iam.tf"));
    let all = resources(&root);
    assert_eq!(names(&all, "aws_iam_role.r"), ["p".to_owned(), HOLE.to_string()]);
    assert!(inline(&all, "aws_iam_role.r")[1].document.is_unknown());
    assert_eq!(shown(&principal(&all, "aws_iam_role.r").attached), ["?"]);
}

#[test]
fn an_account_s_names_are_the_same_in_all_regions() {
    let all = mapped(json!({
        "aws_iam_role.r": { "name": "r", "region": "eu-west-1" },
        "aws_iam_role_policy.p": { "role": "r", "name": "p", "policy": ALL, "region": "us-east-1" },
    }));
    assert_eq!(inline(&all, "aws_iam_role.r")[0].document.value().unwrap(), ALL);
}
