//! `AWS::IAM::Role`, `AWS::IAM::User`, `AWS::IAM::Group` and `AWS::IAM::ManagedPolicy`: their pages in the CloudFormation
//! Template Reference. Left out, a path is `/`.

mod attach;

use super::Mapped;
use super::tags::tags;
use crate::collect::declared::iam::{each, inline, links, sorted};
use crate::collect::declared::item::{Item, Kind};
use crate::collect::declared::policy::Policy;
use crate::model::fact::{Fact, Reasons};
use crate::model::iam::{ManagedPolicy, NamedPolicy, Principal};
use crate::model::resource::{Facts, Tags};

pub(super) use self::attach::attach;

/// Why nobody knows a name that its template does not have.
const GENERATED: &str = "IAM gets the name when the stack is made";

/// Whether a name is one that CloudFormation makes up.
fn is_generated(name: &Fact<String>) -> bool {
    name.reasons().is_some_and(|reasons| reasons.iter().all(|reason| reason.why == GENERATED))
}

/// A role.
pub(super) fn role(properties: &Item) -> Mapped {
    let facts = Principal {
        trust: properties.get("AssumeRolePolicyDocument").policy().text,
        ..principal(properties, "RoleName")
    };
    mapped(properties, Facts::Role(Box::new(facts)), "RoleName")
}

/// A user.
pub(super) fn user(properties: &Item) -> Mapped {
    let groups = properties.get("Groups");
    let facts = Principal {
        groups: Fact::known(sorted(links(&groups))).at(groups.at.clone()),
        ..principal(properties, "UserName")
    };
    mapped(properties, Facts::User(Box::new(facts)), "UserName")
}

/// A group, which has no boundary and no tags.
pub(super) fn group(properties: &Item) -> Mapped {
    let facts = Principal { boundary: Fact::absent(), ..principal(properties, "GroupName") };
    Mapped { tags: Tags::default(), ..mapped(properties, Facts::Group(Box::new(facts)), "GroupName") }
}

/// A managed policy.
pub(super) fn managed_policy(properties: &Item) -> Mapped {
    let policy = properties.get("PolicyDocument").policy();
    let facts = ManagedPolicy {
        name: name(properties, "ManagedPolicyName"),
        path: path(properties),
        document: policy.text.or_unknown("the policy has no document"),
        statements: policy.statements,
        attachments: Fact::unknown("a template does not say what else it is attached to"),
    };
    let mapped = mapped(properties, Facts::ManagedPolicy(Box::new(facts)), "ManagedPolicyName");
    Mapped { tags: Tags::unread("tags of policies are not read"), ..mapped }
}

fn mapped(properties: &Item, facts: Facts, name: &str) -> Mapped {
    Mapped { facts, tags: tags(&properties.get("Tags")), name: properties.get(name).text().value().cloned() }
}

/// What all three have, with the rest as a group has it.
fn principal(properties: &Item, name_property: &str) -> Principal {
    let attached = properties.get("ManagedPolicyArns");
    Principal {
        name: name(properties, name_property),
        path: path(properties),
        inline: policies(&properties.get("Policies")),
        attached: Fact::known(sorted(links(&attached))).at(attached.at),
        groups: Fact::absent(),
        boundary: properties.get("PermissionsBoundary").optional_link(),
        trust: Fact::absent(),
    }
}

fn name(properties: &Item, property: &str) -> Fact<String> {
    properties.get(property).text().or_unknown(GENERATED)
}

fn path(properties: &Item) -> Fact<String> {
    properties.get("Path").text().or_default_to("/".to_owned())
}

/// `Policies`: what may be in it is in it.
fn policies(list: &Item) -> Fact<Vec<NamedPolicy>> {
    let mut all = Vec::new();
    each(list, None, &mut |element, why| all.push(named(element, why)));
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Fact::known(all).at(list.at.clone())
}

/// What has a `PolicyName` and a `PolicyDocument`.
fn named(item: &Item, why: Option<&Reasons>) -> NamedPolicy {
    let policy = match &item.kind {
        Kind::Map(_) => item.get("PolicyDocument").policy(),
        Kind::Unknown(reasons) => Policy::of(Fact::unknown(reasons.clone()).at(item.at.clone())),
        _ => Policy::of(Fact::unknown("what stands there is no policy").at(item.at.clone())),
    };
    inline(item.get("PolicyName").name_with_holes(), policy, why)
}
