//! IAM: users, groups, roles and managed policies with their texts, and the root user's credentials. IAM is global.

use std::sync::Arc;

use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput;
use aws_sdk_iam::types::{
    AttachedPermissionsBoundary, AttachedPolicy, GroupDetail, ManagedPolicyDetail, PolicyDetail, RoleDetail,
    SummaryKeyType, Tag, UserDetail,
};
use futures::FutureExt;
use percent_encoding::percent_decode_str;

use crate::model::account::RootUser;
use crate::model::fact::Fact;
use crate::model::iam::{ManagedPolicy, NamedPolicy, Principal};
use crate::model::resource::{Facts, Link, Tags};

use super::look::{GLOBAL, Look, tags};
use super::operation::{Operation, Service};
use super::part::Part;
use super::session::Session;

/// IAM.
pub const SERVICE: Service = Service {
    operations: &[DETAILS, SUMMARY],
    global: Some(|session| collect(session).boxed_local()),
    regional: None,
    in_use: None,
};

const DETAILS: Operation = Operation {
    service: "iam",
    name: "GetAccountAuthorizationDetails",
    actions: &["iam:GetAccountAuthorizationDetails"],
    why: "which users, groups, roles and policies there are, and what they allow",
};
const SUMMARY: Operation = Operation {
    service: "iam",
    name: "GetAccountSummary",
    actions: &["iam:GetAccountSummary"],
    why: "whether the root user has MFA, access keys and a password",
};

const USER: &str = "AWS::IAM::User";
const GROUP: &str = "AWS::IAM::Group";
const ROLE: &str = "AWS::IAM::Role";
const POLICY: &str = "AWS::IAM::ManagedPolicy";

/// What is kept of one entry of a page, so that no page stays in memory beside the next.
struct Found {
    kind: &'static str,
    arn: String,
    name: String,
    tags: Tags,
    facts: Facts,
}

async fn collect(session: &Session<'_>) -> Part {
    session.step("IAM");
    let mut look = Look::at(session, GLOBAL);
    let clients = session.clients(&session.home);
    let list = look
        .list(&DETAILS, None, |marker| {
            let call = clients.iam.get_account_authorization_details().max_items(1000).set_marker(marker).send();
            async { session.send(call).await.map(page) }
        })
        .await;
    if list.broken.is_none() {
        [USER, GROUP, ROLE, POLICY].into_iter().for_each(|kind| look.listed(kind, None));
    }
    for found in list.items {
        let id = look.id(found.kind, &found.arn);
        look.found(id, &found.name, found.tags, found.facts);
    }
    look.part
}

fn page(output: GetAccountAuthorizationDetailsOutput) -> (Vec<Found>, Option<String>) {
    let users = output.user_detail_list.unwrap_or_default().into_iter().filter_map(user);
    let groups = output.group_detail_list.unwrap_or_default().into_iter().filter_map(group);
    let roles = output.role_detail_list.unwrap_or_default().into_iter().filter_map(role);
    let policies = output.policies.unwrap_or_default().into_iter().filter_map(managed_policy);
    let found = users.chain(groups).chain(roles).chain(policies).collect();
    (found, output.marker.filter(|_| output.is_truncated))
}

fn user(user: UserDetail) -> Option<Found> {
    let facts = Principal {
        name: Fact::from_option(user.user_name.clone()),
        path: Fact::from_option(user.path),
        inline: inline(user.user_policy_list),
        attached: attached(user.attached_managed_policies),
        groups: Fact::known(links(user.group_list.unwrap_or_default())),
        boundary: boundary(user.permissions_boundary),
        trust: Fact::absent(),
    };
    let tags = all_tags(user.tags);
    Some(Found { kind: USER, arn: user.arn?, name: user.user_name?, tags, facts: Facts::User(Box::new(facts)) })
}

fn group(group: GroupDetail) -> Option<Found> {
    let facts = Principal {
        name: Fact::from_option(group.group_name.clone()),
        path: Fact::from_option(group.path),
        inline: inline(group.group_policy_list),
        attached: attached(group.attached_managed_policies),
        groups: Fact::absent(),
        boundary: Fact::absent(),
        trust: Fact::absent(),
    };
    // Groups have no tags.
    let (arn, name) = (group.arn?, group.group_name?);
    Some(Found { kind: GROUP, arn, name, tags: Tags::default(), facts: Facts::Group(Box::new(facts)) })
}

fn role(role: RoleDetail) -> Option<Found> {
    let facts = Principal {
        name: Fact::from_option(role.role_name.clone()),
        path: Fact::from_option(role.path),
        inline: inline(role.role_policy_list),
        attached: attached(role.attached_managed_policies),
        groups: Fact::absent(),
        boundary: boundary(role.permissions_boundary),
        trust: document(role.assume_role_policy_document),
    };
    let tags = all_tags(role.tags);
    Some(Found { kind: ROLE, arn: role.arn?, name: role.role_name?, tags, facts: Facts::Role(Box::new(facts)) })
}

/// The default version is the one in force ("Versioning IAM policies" in the IAM User Guide).
fn managed_policy(policy: ManagedPolicyDetail) -> Option<Found> {
    let version = policy.policy_version_list.unwrap_or_default().into_iter().find(|version| version.is_default_version);
    let facts = ManagedPolicy {
        name: Fact::from_option(policy.policy_name.clone()),
        path: Fact::from_option(policy.path),
        document: document(version.and_then(|version| version.document)),
        statements: Vec::new(),
        attachments: policy
            .attachment_count
            .map_or_else(|| Fact::unknown("IAM did not count the attachments"), |count| Fact::known(count.into())),
    };
    let arn = policy.arn?;
    // Its name is the last part of its ARN, too.
    let name = policy.policy_name.unwrap_or_else(|| arn.rsplit('/').next().unwrap_or(&arn).to_owned());
    Some(Found {
        kind: POLICY,
        name,
        arn,
        tags: Tags::unread("tags of policies are not read"),
        facts: Facts::ManagedPolicy(Box::new(facts)),
    })
}

fn inline(policies: Option<Vec<PolicyDetail>>) -> Fact<Vec<NamedPolicy>> {
    let named = policies.unwrap_or_default().into_iter().map(|policy| NamedPolicy {
        name: policy.policy_name.unwrap_or_default(),
        document: document(policy.policy_document),
        statements: Vec::new(),
    });
    let mut named: Vec<NamedPolicy> = named.collect();
    named.sort_by(|a, b| a.name.cmp(&b.name));
    Fact::known(named)
}

fn attached(policies: Option<Vec<AttachedPolicy>>) -> Fact<Vec<Link>> {
    let mut arns: Vec<String> =
        policies.unwrap_or_default().into_iter().filter_map(|policy| policy.policy_arn).collect();
    arns.sort();
    Fact::known(links(arns))
}

fn boundary(boundary: Option<AttachedPermissionsBoundary>) -> Fact<Link> {
    Fact::from_option(boundary.and_then(|boundary| boundary.permissions_boundary_arn)).map(link)
}

fn link(text: String) -> Link {
    Link::text(Fact::known(text))
}

fn links(texts: Vec<String>) -> Vec<Link> {
    texts.into_iter().map(link).collect()
}

fn all_tags(list: Option<Vec<Tag>>) -> Tags {
    tags(list.unwrap_or_default().into_iter().map(|tag| (Arc::<str>::from(tag.key), tag.value)))
}

/// Documents come URL-encoded ("GetAccountAuthorizationDetails" in the IAM API Reference: RFC 3986).
fn document(text: Option<String>) -> Fact<String> {
    let Some(text) = text else { return Fact::unknown("IAM did not say the policy's text") };
    match percent_decode_str(&text).decode_utf8() {
        Ok(decoded) => Fact::known(decoded.into_owned()),
        Err(_) => Fact::unknown("the policy's text is no UTF-8"),
    }
}

/// The root user's credentials. A key that the summary leaves out is not known.
pub async fn root_user(look: &mut Look<'_>) -> Fact<RootUser> {
    let session = look.session;
    let clients = session.clients(&session.home);
    let account = session.account.clone();
    let answer = session.send(clients.iam.get_account_summary().send()).await;
    look.fact(&SUMMARY, &account, &[], answer, |output| {
        let summary = output.summary_map.unwrap_or_default();
        let flag = |key: SummaryKeyType| {
            let unsaid = || Fact::unknown(format!("`iam:GetAccountSummary` did not say `{}`", key.as_str()));
            summary.get(&key).map_or_else(unsaid, |value| Fact::known(*value != 0))
        };
        Fact::known(RootUser {
            mfa: flag(SummaryKeyType::AccountMfaEnabled),
            access_keys: flag(SummaryKeyType::AccountAccessKeysPresent),
            password: flag(SummaryKeyType::AccountPasswordPresent),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_decoded_and_a_plus_stays_one() {
        assert_eq!(document(Some("%7B%22a%22%3A%22b%20c+d%22%7D".into())).value().unwrap(), r#"{"a":"b c+d"}"#);
        assert!(document(Some("%ff".into())).is_unknown());
        assert!(document(None).is_unknown());
    }
}
