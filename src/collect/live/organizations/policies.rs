//! The service control policies of the organization: their texts, and which of them bear upon which account.
//!
//! `ListRoots` says whether they are enabled, `ListTargetsForPolicy` where each is attached; the tree of units says what
//! an account inherits ("SCP evaluation" in the AWS Organizations User Guide). Like the tree they are told to the
//! management account and to delegated administrators alone ("ListPolicies", "ListRoots" in the AWS Organizations API
//! Reference).

use std::collections::BTreeMap;

use aws_sdk_organizations::types::{AccountStatus, PolicyType, PolicyTypeStatus};

use crate::model::account::{ControlPolicy, ControlledAccount, ServiceControl};
use crate::model::fact::{Fact, Reason};

use super::super::failure::Failure;
use super::super::look::{Look, read_pages};
use super::super::operation::Operation;
use super::{DEEPEST, refused, unsaid};

pub const LIST_ROOTS: Operation = Operation {
    service: "organizations",
    name: "ListRoots",
    actions: &["organizations:ListRoots"],
    why: "whether service control policies are enabled in the organization",
};
pub const LIST_POLICIES: Operation = Operation {
    service: "organizations",
    name: "ListPolicies",
    actions: &["organizations:ListPolicies"],
    why: "which service control policies the organization has",
};
pub const DESCRIBE_POLICY: Operation = Operation {
    service: "organizations",
    name: "DescribePolicy",
    actions: &["organizations:DescribePolicy"],
    why: "what a service control policy says",
};
pub const LIST_TARGETS: Operation = Operation {
    service: "organizations",
    name: "ListTargetsForPolicy",
    actions: &["organizations:ListTargetsForPolicy"],
    why: "to what a service control policy is attached",
};
pub const LIST_UNITS: Operation = Operation {
    service: "organizations",
    name: "ListOrganizationalUnitsForParent",
    actions: &["organizations:ListOrganizationalUnitsForParent"],
    why: "which organizational units the organization has",
};
pub const LIST_ACCOUNTS: Operation = Operation {
    service: "organizations",
    name: "ListAccountsForParent",
    actions: &["organizations:ListAccountsForParent"],
    why: "which accounts are in which organizational unit",
};

/// Reads them; one policy that cannot be read leaves only its own text unknown.
pub async fn service_control(look: &mut Look<'_>, member: bool) -> Fact<ServiceControl> {
    match read(look, member).await {
        Ok(control) => Fact::known(control),
        Err(reason) => Fact::unknown(reason),
    }
}

async fn read(look: &mut Look<'_>, member: bool) -> Result<ServiceControl, Reason> {
    let session = look.session;
    let clients = session.clients(&session.home);
    let account = session.account.to_string();
    let roots = read_pages(|token| {
        let call = clients.organizations.list_roots().set_next_token(token).send();
        async { session.send(call).await.map(|page| (page.roots.unwrap_or_default(), page.next_token)) }
    })
    .await;
    let roots = whole(look, &LIST_ROOTS, &account, member, roots)?;
    let enabled = roots.iter().flat_map(|root| root.policy_types.iter().flatten()).any(|kind| {
        kind.r#type == Some(PolicyType::ServiceControlPolicy) && kind.status == Some(PolicyTypeStatus::Enabled)
    });
    let (policies, attached) = match enabled {
        true => policies(look, &account, member).await?,
        false => Attached::default(),
    };
    let level = |target: &str| attached.get(target).cloned().unwrap_or_default();
    // Parents that are still to be read, each with the policies of all levels down to it.
    let mut parents: Vec<(String, Vec<Vec<String>>)> = Vec::new();
    for root in roots {
        let Some(id) = root.id else { return Err(Reason::new(unsaid("the id of a root"))) };
        parents.push((id.clone(), vec![level(&id)]));
    }
    let mut accounts = Vec::new();
    while let Some((parent, levels)) = parents.pop() {
        if levels.len() > DEEPEST {
            let failure = Failure::ours("TooDeep", "the organizational units lead in a circle");
            return Err(look.fail(&LIST_UNITS, Some(&parent), &failure));
        }
        let with = |id: &str| levels.iter().cloned().chain([level(id)]).collect::<Vec<_>>();
        for id in accounts_of(look, &parent, member).await? {
            accounts.push(ControlledAccount { levels: with(&id), id });
        }
        for id in units_of(look, &parent, member).await? {
            parents.push((id.clone(), with(&id)));
        }
    }
    accounts.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(ServiceControl { enabled, policies, accounts })
}

/// The policies, and of each root, unit and account the ids of those that are attached to it.
type Attached = (Vec<ControlPolicy>, BTreeMap<String, Vec<String>>);

async fn policies(look: &mut Look<'_>, account: &str, member: bool) -> Result<Attached, Reason> {
    let session = look.session;
    let clients = session.clients(&session.home);
    let summaries = read_pages(|token| {
        let call =
            clients.organizations.list_policies().filter(PolicyType::ServiceControlPolicy).set_next_token(token).send();
        async { session.send(call).await.map(|page| (page.policies.unwrap_or_default(), page.next_token)) }
    })
    .await;
    let summaries = whole(look, &LIST_POLICIES, account, member, summaries)?;
    let (mut policies, mut attached) = (Vec::new(), BTreeMap::<String, Vec<String>>::new());
    for summary in summaries {
        let Some(id) = summary.id else { return Err(Reason::new(unsaid("the id of a policy"))) };
        for target in targets(look, &id, member).await? {
            attached.entry(target).or_default().push(id.clone());
        }
        let answer = session.send(clients.organizations.describe_policy().policy_id(&id).send()).await;
        let document = match answer {
            Ok(output) => match output.policy.and_then(|policy| policy.content) {
                Some(content) => Fact::known(content),
                None => Fact::unknown(unsaid("the text of a policy")),
            },
            Err(failure) => Fact::unknown(refused(look, &DESCRIBE_POLICY, &id, member, &failure)),
        };
        policies.push(ControlPolicy { name: summary.name.unwrap_or_else(|| id.clone()), id, document });
    }
    policies.sort_by(|a, b| a.id.cmp(&b.id));
    attached.values_mut().for_each(|ids| ids.sort());
    Ok((policies, attached))
}

/// A list, where it was read to its end: half of one says nothing of what is not in it.
fn whole<T>(
    look: &mut Look<'_>,
    operation: &Operation,
    subject: &str,
    member: bool,
    (items, failure): (Vec<T>, Option<Failure>),
) -> Result<Vec<T>, Reason> {
    match failure {
        None => Ok(items),
        Some(failure) => Err(refused(look, operation, subject, member, &failure)),
    }
}

async fn targets(look: &mut Look<'_>, policy: &str, member: bool) -> Result<Vec<String>, Reason> {
    let session = look.session;
    let clients = session.clients(&session.home);
    let read = read_pages(|token| {
        let call = clients.organizations.list_targets_for_policy().policy_id(policy).set_next_token(token).send();
        async { session.send(call).await.map(|page| (page.targets.unwrap_or_default(), page.next_token)) }
    })
    .await;
    let targets = whole(look, &LIST_TARGETS, policy, member, read)?;
    ids(targets.into_iter().map(|target| target.target_id), "the id of a target")
}

/// The accounts right below a parent that are not closed.
async fn accounts_of(look: &mut Look<'_>, parent: &str, member: bool) -> Result<Vec<String>, Reason> {
    let session = look.session;
    let clients = session.clients(&session.home);
    let read = read_pages(|token| {
        let call = clients.organizations.list_accounts_for_parent().parent_id(parent).set_next_token(token).send();
        async { session.send(call).await.map(|page| (page.accounts.unwrap_or_default(), page.next_token)) }
    })
    .await;
    let accounts = whole(look, &LIST_ACCOUNTS, parent, member, read)?;
    let open = accounts.into_iter().filter(|account| account.status != Some(AccountStatus::Suspended));
    ids(open.map(|account| account.id), "the id of an account")
}

async fn units_of(look: &mut Look<'_>, parent: &str, member: bool) -> Result<Vec<String>, Reason> {
    let session = look.session;
    let clients = session.clients(&session.home);
    let read = read_pages(|token| {
        let call =
            clients.organizations.list_organizational_units_for_parent().parent_id(parent).set_next_token(token).send();
        async { session.send(call).await.map(|page| (page.organizational_units.unwrap_or_default(), page.next_token)) }
    })
    .await;
    let units = whole(look, &LIST_UNITS, parent, member, read)?;
    ids(units.into_iter().map(|unit| unit.id), "the id of an organizational unit")
}

/// All ids: one that is missing would leave out what hangs on it.
fn ids(all: impl Iterator<Item = Option<String>>, what: &str) -> Result<Vec<String>, Reason> {
    all.map(|id| id.ok_or_else(|| Reason::new(unsaid(what)))).collect()
}
