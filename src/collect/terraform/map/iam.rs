//! `aws_iam_role`, `aws_iam_user`, `aws_iam_group` and `aws_iam_policy`, and what is declared beside them. Left out, a path
//! is `/`.
//!
//! `aws_iam_role_policies_exclusive` and its like only take away what nobody declares.

use super::split::{Owner, argument};
use super::{Mapped, body as placed, tags, unsaid, when_applied};
use crate::collect::declared::iam::{each, inline, link, sorted};
use crate::collect::declared::item::{Item, Kind};
use crate::collect::declared::policy::Policy;
use crate::model::fact::{Fact, Reasons, State};
use crate::model::iam::{HOLE, ManagedPolicy, NamedPolicy, Principal};
use crate::model::resource::{Facts, Link, Tags};

/// The types that belong to a principal.
struct Beside {
    /// Has one inline policy.
    policy: &'static str,
    /// Types that attach managed policies, the argument that names the principal, and the one that names the policies.
    attachments: [(&'static str, &'static str, &'static str); 3],
}

const OF_ROLE: Beside = Beside {
    policy: "aws_iam_role_policy",
    attachments: [
        ("aws_iam_role_policy_attachment", "role", "policy_arn"),
        ("aws_iam_role_policy_attachments_exclusive", "role_name", "policy_arns"),
        ("aws_iam_policy_attachment", "roles", "policy_arn"),
    ],
};

const OF_USER: Beside = Beside {
    policy: "aws_iam_user_policy",
    attachments: [
        ("aws_iam_user_policy_attachment", "user", "policy_arn"),
        ("aws_iam_user_policy_attachments_exclusive", "user_name", "policy_arns"),
        ("aws_iam_policy_attachment", "users", "policy_arn"),
    ],
};

const OF_GROUP: Beside = Beside {
    policy: "aws_iam_group_policy",
    attachments: [
        ("aws_iam_group_policy_attachment", "group", "policy_arn"),
        ("aws_iam_group_policy_attachments_exclusive", "group_name", "policy_arns"),
        ("aws_iam_policy_attachment", "groups", "policy_arn"),
    ],
};

/// A role.
pub(super) fn role(owner: &Owner<'_>, body: &Item) -> Mapped {
    let facts = Principal { trust: body.get("assume_role_policy").filled(), ..principal(owner, body, &OF_ROLE) };
    mapped(owner, body, Facts::Role(Box::new(facts)))
}

/// A user.
pub(super) fn user(owner: &Owner<'_>, body: &Item) -> Mapped {
    let mut groups = Vec::new();
    beside(owner, "aws_iam_user_group_membership", "user", &mut |body, why| {
        each(&body.get("groups"), why, &mut |group, why| groups.push(link(group, why)));
    });
    beside(owner, "aws_iam_group_membership", "users", &mut |body, why| groups.push(link(&body.get("group"), why)));
    groups.extend(unseen(owner));
    let groups = Fact::known(sorted(groups)).at(Some(owner.block.header.clone()));
    let facts = Principal { groups, ..principal(owner, body, &OF_USER) };
    mapped(owner, body, Facts::User(Box::new(facts)))
}

/// A group, which has no boundary and no tags.
pub(super) fn group(owner: &Owner<'_>, body: &Item) -> Mapped {
    let facts = Principal { boundary: Fact::absent(), ..principal(owner, body, &OF_GROUP) };
    Mapped { tags: Tags::default(), ..mapped(owner, body, Facts::Group(Box::new(facts))) }
}

/// A managed policy.
pub(super) fn policy(owner: &Owner<'_>, body: &Item) -> Mapped {
    let Policy { text, statements } = document(owner, body);
    let facts = ManagedPolicy {
        name: name(body),
        path: path(body),
        document: text.or_unknown("the policy has no document"),
        statements,
        attachments: unsaid("what else it is attached to"),
    };
    Mapped {
        tags: Tags::unread("tags of policies are not read"),
        ..mapped(owner, body, Facts::ManagedPolicy(Box::new(facts)))
    }
}

fn mapped(owner: &Owner<'_>, body: &Item, facts: Facts) -> Mapped {
    Mapped { facts, tags: tags::of(body), name: owner.name.value().cloned() }
}

fn name(body: &Item) -> Fact<String> {
    body.get("name").filled().or_unknown("IAM gets the name when the configuration is applied")
}

fn path(body: &Item) -> Fact<String> {
    body.get("path").filled().or_default_to("/".to_owned())
}

/// What all three have, with the rest as a group has it.
fn principal(owner: &Owner<'_>, body: &Item, types: &Beside) -> Principal {
    Principal {
        name: name(body),
        path: path(body),
        inline: inlined(owner, body, types.policy),
        attached: attached(owner, body, types),
        groups: Fact::absent(),
        boundary: body.get("permissions_boundary").filled_link(),
        trust: Fact::absent(),
    }
}

/// Calls `work` with the arguments of each block of this type that belongs to the owner, and why it may not.
fn beside(owner: &Owner<'_>, kind: &str, argument: &str, work: &mut dyn FnMut(&Item, Option<&Reasons>)) {
    let (sure, unsure) = owner.belonging_by(kind, argument);
    for block in sure {
        work(&placed(block), None);
    }
    for (block, why) in unsure {
        work(&placed(block), Some(&why));
    }
}

/// What may be declared about it that was not seen.
fn unseen(owner: &Owner<'_>) -> Option<Link> {
    owner.unseen().map(|why| Link::text(Fact::unknown(why)))
}

fn inlined(owner: &Owner<'_>, body: &Item, kind: &str) -> Fact<Vec<NamedPolicy>> {
    let mut all = Vec::new();
    let blocks = body.get("inline_policy");
    each(&blocks, None, &mut |block, why| match &block.kind {
        Kind::Unknown(reasons) => all.push(inline(None, Policy::of(Fact::unknown(reasons.clone())), why)),
        // An empty block says that there is none.
        _ if block.get("name").is_set().is_false() && block.get("policy").is_set().is_false() => {}
        _ => all.push(named(owner, block, why)),
    });
    beside(owner, kind, argument(kind).unwrap_or_default(), &mut |body, why| all.push(named(owner, body, why)));
    all.extend(owner.unseen().map(|why| inline(None, Policy::of(Fact::unknown(why)), None)));
    all.sort_by(|a, b| a.name.cmp(&b.name));
    let at = if blocks.present().is_false() { Some(owner.block.header.clone()) } else { blocks.at };
    Fact::known(all).at(at)
}

/// What has a `name` and a `policy`.
fn named(owner: &Owner<'_>, body: &Item, why: Option<&Reasons>) -> NamedPolicy {
    let name = match body.get("name").filled().state {
        State::Known(name) => Some(name),
        State::Absent | State::Unknown(_) => match body.get("name_prefix").filled().state {
            State::Known(prefix) => Some(format!("{prefix}{HOLE}")),
            State::Absent | State::Unknown(_) => None,
        },
    };
    inline(name, document(owner, body), why)
}

fn document(owner: &Owner<'_>, body: &Item) -> Policy {
    let text = body.get("policy").filled();
    Policy { statements: owner.statements(&text), text }
}

fn attached(owner: &Owner<'_>, body: &Item, types: &Beside) -> Fact<Vec<Link>> {
    let mut all = Vec::new();
    let arns = body.get("managed_policy_arns");
    each(&arns, None, &mut |arn, why| all.push(link(arn, why)));
    for (kind, argument, policies) in types.attachments {
        beside(owner, kind, argument, &mut |body, why| {
            let arns = body.get(policies);
            if matches!(arns.kind, Kind::Absent) {
                all.push(Link::text(when_applied("the policy gets its ARN")));
            }
            each(&arns, why, &mut |arn, why| all.push(link(arn, why)));
        });
    }
    all.extend(unseen(owner));
    let at = if arns.present().is_false() { Some(owner.block.header.clone()) } else { arns.at };
    Fact::known(sorted(all)).at(at)
}
